"""A layer read in increments: what is in force after each landing, until everything is read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.ingest.landing import Landing
from orchestration.ingest.manifest import accepted_files
from tests.integration.portal_world import PortalTown, arcgis, make_portal_town, quick
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS

__all__ = ["quick"]

pytestmark = [
    pytest.mark.real_data,
    *(pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS),
]


def in_force(town: PortalTown) -> int:
    """How many different requests the accepted files in force hold."""
    paths = [str(path) for path in accepted_files(town.home, town.contract)]
    with duckdb.connect() as connection:
        row = connection.execute("select count(distinct request_id) from read_parquet(?)", [paths]).fetchone()
    assert row is not None
    return int(row[0])


def test_only_what_changed_comes_until_everything_is_read_again(tmp_path: Path, quick: None, shared_data: Path) -> None:
    speaker = arcgis()
    speaker.server = {**speaker.server, "increment": "edited_at"}
    speaker.dataset.edited = "edited_at"  # type: ignore[attr-defined]
    speaker.more = {"delivery": "upsert"}
    rows, last = speaker.dataset.rows, speaker.dataset.updated_at
    speaker.dataset.rows = [
        replace(r, updated_at=last - timedelta(minutes=len(rows) - n)) for n, r in enumerate(rows, 1)
    ]
    total, good, _ = speaker.holds()
    with speaker.portal:
        town = make_portal_town(tmp_path, speaker)
        first = town.land()
        assert (first.outcome, first.received, first.whole, first.declared) == ("accepted", total, True, total)
        assert first.cursor == str(int(speaker.dataset.updated_at.timestamp() * 1000))
        assert in_force(town) == good

        again: Landing = town.land()
        assert again.outcome == "unchanged"

        speaker.dataset.updated_at += timedelta(minutes=5)
        speaker.dataset.add(speaker.extra(3))
        second = town.land()
        assert (second.outcome, second.received, second.whole) == (
            "accepted",
            4,
            False,
        )  # what stands on the cursor comes again
        assert in_force(town) == speaker.holds()[1]

        gone = speaker.dataset.rows[0].values["unique_key"]
        held = in_force(town)
        speaker.dataset.delete(lambda values: values["unique_key"] == gone)
        third = town.land()
        assert (third.received, third.whole, in_force(town)) == (3, False, held)  # deletions show when all is read
        speaker.at += timedelta(days=8)
        whole = town.land()
        assert (whole.received, whole.whole) == (total + 2, True)
        assert in_force(town) == speaker.holds()[1]
