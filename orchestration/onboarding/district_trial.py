"""Whether the districts that requests name are those of the city's districts, told from what was landed.

Belongs here: the one comparison between two staging models that no contract can make. Does not belong here: trying a
model alone (``staging_trial``), running models (``shaping``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.model import Contract
from orchestration.onboarding.staging_trial import rendered

AREAS: Final = "districts"
AREA_ID: Final = "district_id"


@dataclass(frozen=True)
class Meeting:
    """Of the districts that an entity's records name, how many there are and how many are districts of the city."""

    entity: str
    named: int
    known: int


def meet(
    staging: Mapping[str, Path], entities: Mapping[str, Contract], files: Mapping[str, tuple[Path, ...]]
) -> tuple[Meeting, ...]:
    """Hold the districts of each staged entity against the city's.

    Args:
        staging: The models' files by entity.
        entities: The entities' contracts.
        files: Accepted Parquet files by source, the oldest first.

    Returns:
        One meeting for each other entity that names districts; none where a model can't be tried, or nothing landed.
    """
    import duckdb

    others = [name for name in staging if name != AREAS and entities[name].object.column(AREA_ID) is not None]
    if AREAS not in staging or not others:
        return ()
    with duckdb.connect() as connection:
        try:
            return tuple(_meet(name, staging, files, connection) for name in others)
        except (duckdb.Error, LookupError):
            return ()  # what is wrong with a model is told where it is tried alone


def _meet(name: str, staging: Mapping[str, Path], files: Mapping[str, tuple[Path, ...]], connection: object) -> Meeting:
    """Raises LookupError where a model reads what was not landed, or uses more than ``raw()``."""
    import duckdb

    assert isinstance(connection, duckdb.DuckDBPyConnection)
    mine, theirs = (rendered(staging[one], files) for one in (name, AREAS))
    row = connection.execute(
        f"WITH named AS (SELECT DISTINCT {AREA_ID} FROM ({mine}\n) WHERE {AREA_ID} IS NOT NULL),"
        f" known AS (SELECT DISTINCT {AREA_ID} FROM ({theirs}\n))"
        f" SELECT (SELECT count(*) FROM named), (SELECT count(*) FROM named SEMI JOIN known USING ({AREA_ID}))"
    ).fetchone()
    assert row is not None
    return Meeting(name, int(row[0]), int(row[1]))
