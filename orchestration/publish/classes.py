"""The classes of records of each tier's files, measured on their own bytes.

Belongs here: which files and columns of a release are measured, over what the contract declares. Does not belong here:
the declaration (``contracts.anonymity``), measuring (``transforms.disclosure.anonymity``), what a find means for the
release (``anonymity_rules``).

A tier that does not see a declared column is measured without it: its readers cannot know anybody by it. Every record
is measured at every release, since a class may lose its records in any part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.anonymity import Declared, declared, is_kept_for
from contracts.engines.sql import parquet
from orchestration.publish.job import PublishJob
from orchestration.publish.render import Rendition, prepare

if TYPE_CHECKING:
    from transforms.disclosure.anonymity import Anonymity


@dataclass(frozen=True)
class Classes:
    """What was measured of one tier's files.

    Attributes:
        asked: What the contract asks of them, over the columns they hold.
        found: What they are; None where it could not be measured.
        stopped: Why it could not: the name of an error, never its text, which may quote a value.
    """

    asked: Declared
    found: Anonymity | None
    stopped: str = ""


def measure(job: PublishJob, renditions: Sequence[Rendition]) -> dict[str, Classes]:
    """Measure the files of every tier below the most restrictive that shows a declared quasi-identifier.

    Args:
        job: The job.
        renditions: The files, from the highest tier to the lowest.
    """
    promised = declared(job.contract)
    asked = {r.tier: mine for r in renditions if promised and is_kept_for(r.tier) and (mine := promised.among(r.names))}
    if not asked:
        return {}
    import duckdb

    from transforms.disclosure.anonymity import measure_anonymity

    done: dict[str, Classes] = {}
    with duckdb.connect(":memory:") as connection:
        prepare(connection, job.threads, job.memory, renditions[0].folder.parent)
        for rendition in (r for r in renditions if r.tier in asked):
            mine = asked[rendition.tier]
            keys, sensitive = mine.quasi_identifiers, mine.sensitive
            try:
                found = measure_anonymity(connection, parquet(rendition.data), keys, sensitive, mine.k, mine.least)
                done[rendition.tier] = Classes(mine, found)
            except duckdb.Error as error:
                done[rendition.tier] = Classes(mine, None, type(error).__name__)
    return done
