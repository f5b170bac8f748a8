"""A layer read in increments: what is in force after each landing, until everything is read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.ingest import landing, manifest
from orchestration.ingest.manifest import Landing, accepted_files
from tests.integration.portal_world import PortalTown, Speaker, arcgis, make_portal_town, quick
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS

__all__ = ["quick"]

pytestmark = [
    pytest.mark.real_data,
    *(pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS),
]


def standing(town: PortalTown) -> tuple[Landing, ...]:
    """The deliveries in force, oldest first."""
    return manifest.in_force(town.home, town.contract)


def in_force(town: PortalTown) -> int:
    """How many different requests the accepted files in force hold."""
    paths = [str(path) for path in accepted_files(town.home, town.contract)]
    with duckdb.connect() as connection:
        row = connection.execute("select count(distinct request_id) from read_parquet(?)", [paths]).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def speaker() -> Speaker:
    """A layer that says of each record when it last changed."""
    made = arcgis()
    made.server = {**made.server, "increment": "edited_at"}
    made.dataset.edited = "edited_at"  # type: ignore[attr-defined]
    made.more = {"delivery": "upsert"}
    rows, last = made.dataset.rows, made.dataset.updated_at
    made.dataset.rows = [replace(r, updated_at=last - timedelta(minutes=len(rows) - n)) for n, r in enumerate(rows, 1)]
    return made


def test_only_what_changed_comes_until_everything_is_read_again(tmp_path: Path, quick: None, speaker: Speaker) -> None:
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


def test_a_process_that_dies_while_deliveries_are_read_again_loses_none(
    tmp_path: Path, quick: None, speaker: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with speaker.portal:
        town = make_portal_town(tmp_path, speaker)
        town.land()
        for more in (3, 2):
            speaker.dataset.updated_at += timedelta(minutes=5)
            speaker.dataset.add(speaker.extra(more))
            speaker.at += timedelta(minutes=5)
            assert town.land().whole is False
        before = [landing.raw_sha256 for landing in standing(town)]
        assert [landing.whole for landing in standing(town)] == [True, False, False]

        read = landing._land_bytes
        done: list[Landing] = []

        def dying(*given: Any) -> Landing:
            if done:
                raise KeyboardInterrupt
            done.append(read(*given))
            return done[0]

        monkeypatch.setattr(landing, "reader_sha256", lambda: "another reader")
        monkeypatch.setattr(landing, "_land_bytes", dying)
        with pytest.raises(KeyboardInterrupt):
            town.land()
        assert [one.raw_sha256 for one in standing(town)] == before, "the one that was read again keeps its place"

        monkeypatch.setattr(landing, "_land_bytes", read)
        assert town.land().outcome == "unchanged"
        assert [(one.raw_sha256, one.whole) for one in standing(town)] == list(
            zip(before, (True, False, False), strict=True)
        )
        assert {one.reader for one in standing(town)} == {"another reader"}
        assert in_force(town) == speaker.holds()[1]


def test_a_whole_reading_that_was_refused_is_not_asked_for_again_until_something_changed(
    tmp_path: Path, quick: None, speaker: Speaker
) -> None:
    with speaker.portal:
        town = make_portal_town(tmp_path, speaker)
        town.land()
        speaker.dataset.updated_at += timedelta(minutes=5)
        speaker.dataset.add(speaker.extra(3))
        assert town.land().whole is False
        held = in_force(town)

        speaker.at += timedelta(days=8)
        speaker.dataset.rows = speaker.dataset.rows[: len(speaker.dataset.rows) // 3]
        speaker.dataset.updated_at += timedelta(minutes=5)
        refused = town.land()
        assert (refused.outcome, refused.whole, in_force(town)) == ("refused", True, held)
        speaker.portal.forget()
        again = town.land()
        assert (again.outcome, again.n) == ("unchanged", refused.n)
        assert not [asked for asked in speaker.portal.asked if "resultOffset" in str(asked)], "no page is asked for"
