"""The gate's rule on definitions: a figure is worked out otherwise only under another version.

Belongs here: setting the definitions of a table of measures beside those of the last release, and what is told of them.
Does not belong here: what a definition is (``contracts.measure``), other changes of content.

A definition stands in the table itself: the measure, its version and the digest of its formula. So the rule looks at
the very files that are published, and a city cannot change what "on time" means between two releases in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from contracts import tiers
from contracts.engines.sql import parquet
from contracts.results import Result
from orchestration.publish.gate_facts import Facts, Finding, passed

if TYPE_CHECKING:
    import duckdb

    from contracts.release import Release
    from orchestration.publish.render import Rendition

RULE: Final = "definitions"
COLUMNS: Final = frozenset({"measure_id", "measure_version", "formula_digest"})
"""The columns by which a table says how its figures are worked out."""
_TOLD: Final = 4
"""Definitions named in one sentence."""


@dataclass(frozen=True)
class Redefined:
    """What became of the definitions that the last release had.

    Attributes:
        examined: Definitions that stand in both.
        changed: Those whose formula is another one, as ``measure version``, in order.
        doubled: Definitions that stand in the new files with more than one formula.
    """

    examined: int
    changed: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()


def look_back(renditions: Sequence[Rendition], previous: Mapping[str, Release]) -> Redefined | None:
    """The definitions of new files beside those of the release that is served.

    Args:
        renditions: The new files, from the highest tier to the lowest.
        previous: The release served now, by tier.

    Returns:
        None where the files hold no definitions.
    """
    import duckdb

    new = next((r for r in renditions if set(r.names) >= COLUMNS), None)
    if new is None:
        return None
    last = previous[max(previous, key=tiers.rank)] if previous else None
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        now = _definitions(connection, parquet(new.data))
        held = last is not None and {c.name for c in last.manifest.columns} >= COLUMNS
        before = _definitions(connection, parquet(last.parquet())) if last is not None and held else {}
    shared = sorted(set(now) & set(before))
    return Redefined(
        len(shared),
        tuple(" ".join(one) for one in shared if now[one] != before[one]),
        tuple(" ".join(one) for one in sorted(now) if len(now[one]) > 1),
    )


def _definitions(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[tuple[str, str], frozenset[str]]:
    """The formulas by measure and version."""
    found: dict[tuple[str, str], set[str]] = {}
    query = f"SELECT DISTINCT measure_id, measure_version, formula_digest FROM {relation}"
    for measure, version, digest in connection.execute(query).fetchall():
        found.setdefault((str(measure), str(version)), set()).add(str(digest))
    return {one: frozenset(digests) for one, digests in found.items()}


def definitions(facts: Facts, tier: str | None) -> Finding:
    """No definition was changed under its own version. A tier is told the same: it reads the definitions itself."""
    del tier
    found = facts.redefined
    if found is None:
        return Finding(Result.NOT_APPLICABLE, "it holds no figures of measures")
    if found.doubled:
        said = f"with more than one formula under one version: {_named(found.doubled)}"
        return Finding(Result.FAILED, said, max(found.examined, len(found.doubled)), len(found.doubled))
    if found.changed:
        said = f"worked out otherwise than in the last release, under the same version: {_named(found.changed)}"
        return Finding(Result.FAILED, said, found.examined, len(found.changed))
    if not found.examined:
        return Finding(Result.NOT_APPLICABLE, "no definition of the last release stands in it")
    return passed("", found.examined)


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(names[:_TOLD]) + more
