"""Drift over real service requests: no false alarms, real renames named, the old form against the new."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.home import CityHome
from contracts.shapes import Shape
from orchestration.ingest import drift
from orchestration.ingest.reading import RECORD
from orchestration.ingest.sample import Sample
from orchestration.ingest.shape import accepted_columns, came
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS, MakeTown, Town, make_town

__all__ = ["make_town"]

pytestmark = [
    pytest.mark.real_data,
    *(pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS),
]

SAMPLE, MARCH = "311_service_requests_2018_sample.csv", "311_march_2025.csv"
LEGACY, SODA = "311_legacy_schema_2016.csv", "311_soda_csv_2023.csv"
DOHMH = "311_animal_dohmh_2010_2025.csv.gz"
US_TIMES = {"format": "MM/dd/yyyy hh:mm:ss a", "defaultTimezone": "America/New_York"}
Table = tuple[list[str], list[list[str]]]


def read(shared_data: Path, name: str) -> Table:
    data = (shared_data / "311" / "nyc" / name).read_bytes()
    text = (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return header, rows


def written(header: list[str], rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue()


def town_of(make_town: MakeTown, header: list[str]) -> Town:
    """A source with the export's own columns: its dates as times, its coordinates as numbers, the rest as text."""
    columns: list[dict[str, Any]] = []
    for name in header:
        column: dict[str, Any] = {"name": name, "logicalType": "string", "classification": "public"}
        if name.endswith("Date"):
            column |= {"logicalType": "timestamp", "logicalTypeOptions": US_TIMES}
        elif name in ("Latitude", "Longitude"):
            column["logicalType"] = "number"
        columns.append(column)
    town = make_town(*columns)
    town.home = CityHome(town.home.root / f"home-{sum(1 for _ in town.home.root.glob('home-*'))}")
    town.home.raw.mkdir(parents=True)
    return town


def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.lower())


def renamed(
    make_town: MakeTown, shared_data: Path, first: str, second: str, rename: Callable[[int, str], str]
) -> tuple[list[str], dict[str, tuple[str | None, str | None]]]:
    """Land one file, then another under other names: the second header, and what was named for each missing column.

    Each missing column gives what it looked like, and what it is.
    """
    header, rows = read(shared_data, first)
    town = town_of(make_town, header)
    assert town.land(written(header, rows)).outcome == "accepted"
    old, others = read(shared_data, second)
    new = [rename(n, name) for n, name in enumerate(old)]
    landing = town.land(written(new, others))
    assert landing.outcome == "refused"
    truth = {plain(name): is_now for name, is_now in zip(old, new, strict=True)}
    return new, {
        str(f["column"]): (f.get("like"), truth.get(plain(str(f["column"]))))
        for f in landing.findings
        if f["kind"] == "column_missing"
    }


def shares(told: dict[str, tuple[str | None, str | None]]) -> tuple[int, int, int]:
    """How many were named rightly, named wrongly, and could have been."""
    right = sum(like is not None and like == truth for like, truth in told.values())
    wrong = sum(like is not None and like != truth for like, truth in told.values())
    return right, wrong, sum(truth is not None for _, truth in told.values())


def test_a_portals_own_names_are_found_for_the_exports(make_town: MakeTown, shared_data: Path) -> None:
    _, told = renamed(make_town, shared_data, SAMPLE, SODA, lambda _, name: name)
    right, wrong, possible = shares(told)
    assert (right, wrong, possible, len(told)) == (38, 0, 38, 41)


NEW_NAMES = {
    "Complaint Type": "Problem",
    "Descriptor": "Problem Detail",
    "Location Type": "Site",
    "Open Data Channel Type": "Channel",
    "Incident Zip": "Postcode",
    "Agency Name": "Department",
}


def test_new_names_are_found_by_what_the_columns_hold(make_town: MakeTown, shared_data: Path) -> None:
    _, told = renamed(make_town, shared_data, SAMPLE, MARCH, lambda _, name: NEW_NAMES.get(name, name))
    assert {column: like for column, (like, _) in told.items()} == NEW_NAMES


@pytest.mark.parametrize(
    ("first", "second", "floor"), [(SAMPLE, SAMPLE, 0.85), (SAMPLE, MARCH, 0.35), (DOHMH, SAMPLE, 0.3)]
)
def test_names_that_say_nothing_leave_what_the_columns_hold(
    make_town: MakeTown, shared_data: Path, first: str, second: str, floor: float
) -> None:
    """Of every second column of another file, with a name that says nothing: some are found, hardly one wrongly."""
    _, told = renamed(make_town, shared_data, first, second, lambda n, name: f"column {n}" if n % 2 else name)
    right, wrong, possible = shares(told)
    assert possible == 20
    assert right / possible >= floor, f"{right} right, {wrong} wrong"
    assert wrong <= 1


def test_the_old_form_against_the_new(make_town: MakeTown, shared_data: Path) -> None:
    """53 columns where 41 were, and the other way round: what went is named, and nothing is said to be like it."""
    _, gone = renamed(make_town, shared_data, SAMPLE, LEGACY, lambda _, name: name)
    assert gone == {"BBL": (None, None), "Open Data Channel Type": (None, None)}
    _, went = renamed(make_town, shared_data, LEGACY, SAMPLE, lambda _, name: name)
    assert len(went) == 14
    assert set(went.values()) == {(None, None)}


class Resampled:
    """A real file landed once, and shapes of deliveries drawn from its records."""

    def __init__(self, town: Town, header: list[str], rows: list[list[str]], folder: Path) -> None:
        landing = town.land(written(header, rows))
        assert landing.accepted == len(rows), landing.refusal
        assert landing.accepted_file is not None
        self.contract = town.contract
        self.table = pq.read_table(town.home.root / landing.accepted_file.path)
        self.texts = [{name: value or None for name, value in zip(header, row, strict=True)} for row in rows]
        self.folder = folder

    def shape(self, chosen: Any, connection: duckdb.DuckDBPyConnection) -> Shape:
        count = len(chosen)
        table = self.table.take(chosen).drop_columns([RECORD])
        table = table.append_column(RECORD, pa.array(np.arange(1, count + 1)))
        pq.write_table(table, self.folder / "drawn.parquet", compression="none")
        sample = Sample()
        sample.take(table)
        columns = accepted_columns(self.contract, self.folder / "drawn.parquet", sample, {}, connection)
        texts = came([self.texts[n] for n in chosen[:150]], self.contract)
        return Shape("things", 1, "accepted", "2026-01-31T06:00:00+00:00", count, count, texts, columns)


def test_no_false_alarm_in_200_resamples(make_town: MakeTown, shared_data: Path, tmp_path: Path) -> None:
    """Deliveries drawn at random from the same records, of another size, with and without repeats: nothing to look at.

    Fewer than one in a hundred may be told as changed; none is.
    """
    draw = np.random.default_rng(311)
    alarms: list[dict[str, Any]] = []
    tried = 0
    with duckdb.connect() as connection:
        for name, times in ((SAMPLE, 70), (MARCH, 60), (LEGACY, 60), (DOHMH, 10)):
            header, rows = read(shared_data, name)
            drawn = Resampled(town_of(make_town, header), header, rows, tmp_path)
            for repeat in range(times):
                sizes = (draw.uniform(0.3, 1.0, 2) * len(rows)).astype(int)
                chosen = [draw.choice(len(rows), size, replace=bool(repeat % 2)) for size in sizes]
                one, two = (drawn.shape(each, connection) for each in chosen)
                found = drift.compare(one, two, drawn.contract)
                alarms += [{"file": name, **f.told()} for f in found if f.weight != "info"]
                tried += 1
    assert tried == 200
    assert alarms == []


def test_what_changed_between_two_real_years_is_told(make_town: MakeTown, shared_data: Path) -> None:
    """A sample of 2014 to 2019 against a day of 2025: real changes, and nothing of the other 36 columns."""
    header, rows = read(shared_data, SAMPLE)
    town = town_of(make_town, header)
    town.land(written(header, rows[:400]))
    _, later = read(shared_data, MARCH)
    landing = town.land(written(header, later))
    assert landing.outcome == "accepted"
    told = {(f["kind"], f["column"]) for f in landing.findings if f["weight"] == "warning"}
    assert told == {
        ("emptier", "Closed Date"),  # the newest requests are still open
        ("emptier", "Due Date"),
        ("emptier", "Facility Type"),
        ("silent_values", "Borough"),  # "Unspecified"
        ("silent_values", "Park Borough"),
    }
