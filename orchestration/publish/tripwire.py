"""The renditions searched for identifiers of persons, on their own bytes.

Belongs here: which files and columns of a release are searched, and what is kept of the finds. Does not belong here:
finding (``contracts.identifiers``), what a find means for the release (``identifier_rules``).

A column is searched in the lowest tier that carries it: higher tiers hold the same values, which ``copies_agree``
shows. What only the few named people of the most restrictive tier may see is not searched: they may see identifiers.
A part taken over from the release served is not searched again where a search of it, by the same code, found nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contracts import tiers
from contracts.engines.sql import parquet
from orchestration.publish.job import PublishJob
from orchestration.publish.render import Rendition, prepare
from orchestration.publish.standing import Standing

if TYPE_CHECKING:
    import duckdb

    from contracts.identifiers.search import Found

CLEAN = "gate.identifiers"
"""The name under which a part is on record as searched, with nothing found."""


@dataclass(frozen=True)
class Searched:
    """What a search of one tier's files found.

    Attributes:
        columns: Names of the columns searched.
        found: What they hold.
        stopped: Why it could not be done: the name of an error, never its text, which may quote a value.
    """

    columns: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    stopped: str = ""


def search(job: PublishJob, renditions: Sequence[Rendition], standing: Standing | None) -> dict[str, Searched]:
    """Search every tier's files but the most restrictive one's.

    Args:
        job: The job.
        renditions: The files, from the highest tier to the lowest.
        standing: What is known of the parts of the release served, where it was judged by the same rules and code.
    """
    import duckdb

    done: dict[str, Searched] = {}
    known = Searched()
    lower = [r for r in reversed(renditions) if r.tier != tiers.MOST_RESTRICTIVE]
    with duckdb.connect(":memory:") as connection:
        prepare(connection, job.threads, job.memory, renditions[0].folder.parent)
        for rendition in lower:
            here = set(rendition.names)
            try:
                known = _further(connection, job, rendition, (known, standing))
            except duckdb.Error as error:
                known = Searched(known.columns, known.found, type(error).__name__)
            done[rendition.tier] = Searched(
                tuple(c for c in known.columns if c in here),
                tuple(f for f in known.found if f.column in here),
                known.stopped,
            )
    return done


def _further(
    connection: duckdb.DuckDBPyConnection,
    job: PublishJob,
    rendition: Rendition,
    before: tuple[Searched, Standing | None],
) -> Searched:
    """What is known, with the columns of one tier that no lower one carries."""
    from contracts.identifiers.columns import Column, is_searched
    from contracts.identifiers.search import search as find

    known, standing = before
    named = {c.name: c for c in rendition.columns}
    columns = [
        Column(name, kind, (named[name].source_name, named[name].title.default))
        for name, kind in rendition.typed
        if name not in known.columns and is_searched(kind)
    ]
    files = _files(rendition, standing)
    found = find(connection, parquet(files), columns, job.city.country) if columns and files else ()
    return Searched((*known.columns, *(c.name for c in columns)), (*known.found, *found), known.stopped)


def _files(rendition: Rendition, standing: Standing | None) -> list[Path]:
    """The Parquet files that no search by the same code is known to have found nothing in."""
    clean = {
        name
        for name in rendition.reused
        if standing is not None and name in standing.parts and CLEAN in standing.parts[name].clean
    }
    return [rendition.folder / name for name in rendition.parts if name not in clean]
