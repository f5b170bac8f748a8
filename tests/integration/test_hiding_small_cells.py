"""A public product with its small cells hidden, through the whole channel; and what is held without the step."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.optimize import linprog

from tests.integration.hiding_city import (
    AS_OF,
    CATEGORIES,
    CITY,
    DISTRICTS,
    MINIMUM_CELL,
    MONTHS,
    PLAIN_MART,
    invent,
    settle,
)
from tests.integration.whole_city import Place

Cell = tuple[str, str, str]
"""Month, district and category; ``all`` for a total."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The town, run once."""
    place = settle(tmp_path_factory.mktemp("town"))
    result = run(place)
    assert [one["product"] for one in result["published"]] == ["cases_by_month"], result
    assert result["held"] == result["failed"] == []
    return place


def run(place: Place) -> dict[str, Any]:
    done = place.cauce("run", "--city", CITY, "--as-of", AS_OF, "--format", "json")
    assert done.stdout, done.stderr.decode(errors="replace")[-4000:]
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def release(place: Place) -> Path:
    return place.folder / "var" / CITY / "releases" / "public" / "cases_by_month" / "1"


def published(place: Place) -> dict[Cell, dict[str, str]]:
    with (release(place) / "data.csv").open(encoding="utf-8", newline="") as file:
        return {(one["month"], one["district_id"], one["category"]): one for one in csv.DictReader(file)}


def true_counts() -> Counter[Cell]:
    """Every cell and total, from the records themselves."""
    found: Counter[Cell] = Counter()
    for month in MONTHS:
        for district in (*DISTRICTS, "all"):
            for category in (*CATEGORIES, "all"):
                found[month.isoformat(), district, category] = 0
    for one in invent():
        month = one["opened_date"][:7] + "-01"
        for district in (one["district_id"], "all"):
            for category in (one["category"], "all"):
                found[month, district, category] += 1
    return found


def lines(cells: Iterable[Cell]) -> Iterator[tuple[Cell, list[Cell]]]:
    """Each total with its parts, as a reader would add them up."""
    present = set(cells)
    for cell in sorted(present):
        for place, values in ((1, DISTRICTS), (2, CATEGORIES)):
            if cell[place] == "all":
                yield cell, [(*cell[:place], value, *cell[place + 1 :]) for value in values]  # type: ignore[misc]


def reach(table: dict[Cell, dict[str, str]], column: str, least: float) -> dict[Cell, tuple[float, float]]:
    """The least and the greatest value each hidden cell can have, by what is published alone."""
    hidden = [cell for cell, row in table.items() if row["is_suppressed"] == "true"]
    place = {cell: number for number, cell in enumerate(hidden)}
    rows, rights = [], []
    for total, parts in lines(table):
        row, right = np.zeros(len(hidden)), 0.0
        for cell, sign in [(total, -1.0), *((part, 1.0) for part in parts)]:
            if cell in place:
                row[place[cell]] += sign
            else:
                right -= sign * float(table[cell][column])
        if row.any():
            rows.append(row)
            rights.append(right)
    found = {}
    for cell, number in place.items():
        ends = []
        for sign in (1.0, -1.0):
            aim = np.zeros(len(hidden))
            aim[number] = sign
            done = linprog(aim, A_eq=np.array(rows), b_eq=np.array(rights), bounds=[(least, None)] * len(hidden))
            assert done.status in (0, 3), done.message
            ends.append(float(done.x[number]) if done.status == 0 else np.inf)
        found[cell] = (ends[0], ends[1])
    return found


def test_what_is_shown_is_true_and_what_is_small_is_hidden(town: Place) -> None:
    table, truth = published(town), true_counts()
    assert set(table) == set(truth)
    shown = {cell: int(row["cases"]) for cell, row in table.items() if row["is_suppressed"] == "false"}
    assert shown == {cell: truth[cell] for cell in shown}
    small = {cell for cell, count in truth.items() if 0 < count < MINIMUM_CELL}
    hidden = set(table) - set(shown)
    assert len(small) > 20
    assert small < hidden
    assert any(truth[cell] == 0 for cell in shown)
    for cell in hidden:
        assert (table[cell]["cases"], table[cell]["mean_days"], table[cell]["cost"]) == ("", "", "")


def test_no_hidden_cell_can_be_worked_out_from_the_published_bytes(town: Place) -> None:
    table, truth = published(town), true_counts()
    for cell, (low, high) in reach(table, "cases", 1.0).items():
        assert low - 1e-6 <= truth[cell] <= high + 1e-6
        values = np.floor(high + 1e-6) - np.ceil(low - 1e-6) + 1
        assert values >= MINIMUM_CELL or (low <= 1.0 + 1e-6 and high >= MINIMUM_CELL - 1 - 1e-6), (cell, low, high)
    costs: dict[Cell, int] = defaultdict(int)
    for one in invent():
        costs[one["opened_date"][:7] + "-01", one["district_id"], one["category"]] += one["cost"]
    for cell, (low, high) in reach(table, "cost", 0.0).items():
        if "all" not in cell:
            assert low - 1e-3 <= costs[cell] <= high + 1e-3
        assert high - low > 1.0, (cell, low, high)


def test_the_parquet_file_says_the_same(town: Place) -> None:
    rows = pq.read_table(release(town) / "data.parquet").to_pylist()
    table = published(town)
    assert len(rows) == len(table)
    for row in rows:
        told = table[str(row["month"]), row["district_id"], row["category"]]
        assert ("" if row["cases"] is None else str(row["cases"])) == told["cases"]
        assert str(row["is_suppressed"]).lower() == told["is_suppressed"]


def test_who_asks_is_told_of_the_step(town: Place) -> None:
    told = town.cauce("tier", "explain", "cases_by_month.cases", "--city", CITY, "--format", "json")
    assert told.returncode == 0
    (column,) = json.loads(told.stdout)["columns"]
    assert (column["declared"], column["computed"]) == ("public", "public")
    above = [way for way in column["ways"] if way["begins_with"] == "internal"]
    assert above
    assert all(way["steps"] == ["hide_small_cells 1.0.0"] for way in above)
    site = town.folder / "var" / CITY / "site" / "public" / "en" / "products" / "cases_by_month" / "index.html"
    assert f"Counts from 1 up to one less than {MINIMUM_CELL} are hidden" in site.read_text(encoding="utf-8")


def test_without_the_step_it_is_held(town: Place) -> None:
    """Runs last: the town's mart is another one from here on."""
    before = (release(town) / "data.csv").read_bytes()
    mart = town.checkout / "transforms" / "models" / "marts" / "cases_by_month.sql"
    mart.write_text(PLAIN_MART, encoding="utf-8")
    result = run(town)
    assert result["published"] == []
    assert {one["product"] for one in result["held"]} == {"cases_by_month"}
    (held,) = [one for one in result["held"] if one["rule"] == "flows"]
    assert "cases_by_month.cases is declared public; what it is made from is internal" in held["sentence"]
    current = json.loads((release(town).parent / "current.json").read_text(encoding="utf-8"))
    assert current["version"] == 1
    assert (release(town) / "data.csv").read_bytes() == before
