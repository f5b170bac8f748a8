"""What two published tables tell together."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from transforms.disclosure.differencing import Finding, Way, compare_releases, compare_sisters
from transforms.disclosure.model_step import hide_small_cells
from transforms.disclosure.published import Key, PublishedTable, count_records, read_published
from transforms.disclosure.rules import CellRule


def published(name: str, rows: list[tuple[str, str | None, int | None]]) -> PublishedTable:
    months, districts, counts = zip(*rows, strict=True)
    over = ["" if d else "district" for d in districts]
    table = pa.table({"month": months, "district": districts, "n": pa.array(counts, pa.int64()), "summed_over": over})
    return read_published(name, table, ["month", "district"], "n", "summed_over")


def cell(**values: str) -> Key:
    return tuple(sorted(values.items()))


def ways(found: tuple[Finding, ...]) -> dict[Key, Way]:
    return {f.cell: f.way for f in found}


JUNE = [("06", "a", None), ("06", "b", None), ("06", "c", 40), ("06", None, 70)]


def test_a_cell_shown_by_a_sister() -> None:
    sister = published("sister", [("06", "a", 5), ("06", "c", 40)])
    sister = PublishedTable("sister", sister.shown, sister.hidden, is_complete=False)
    found = compare_sisters([published("table", JUNE), sister])
    assert ways(found) == {
        cell(month="06", district="a"): Way.SHOWN_ELSEWHERE,
        cell(month="06", district="b"): Way.SUBTRACTION,
    }
    assert found[0].had_from == ("sister",)


def test_a_total_less_its_parts() -> None:
    table = published("table", [("06", "a", None), ("06", "b", 30), ("06", "c", 40)])
    totals = read_published("totals", pa.table({"month": ["06"], "n": [74]}), ["month"], "n")
    assert compare_sisters([table]) == ()
    (found,) = compare_sisters([table, totals])
    assert (found.cell, found.way, found.hidden_in) == (cell(month="06", district="a"), Way.SUBTRACTION, "table")
    assert found.had_from == ("table",)


def test_tables_that_share_only_a_margin() -> None:
    """Month x district hides one district; month x kind gives the month's total, which nobody published."""
    table = published("by district", [("06", "a", None), ("06", "b", 30)])
    kinds = pa.table({"month": ["06", "06"], "kind": ["x", "y"], "n": [20, 14]})
    (found,) = compare_sisters([table, read_published("by kind", kinds, ["month", "kind"], "n")])
    assert (found.cell, found.way) == (cell(month="06", district="a"), Way.SUBTRACTION)
    assert found.had_from == ("by district", "by kind")


def test_numbers_that_leave_too_little() -> None:
    """Two cells are hidden, so no line can be solved; their sum is 3, so each is 1 or 2."""
    table = published("table", [("06", "a", None), ("06", "b", None), ("06", None, 3)])
    found = compare_sisters([table])
    assert set(ways(found).values()) == {Way.NARROWED}
    assert len(found) == 2
    assert compare_sisters([published("table", JUNE)]) == ()


def test_records_are_counted_again() -> None:
    records = duckdb.sql(
        "select * from (values ('06', 'a', 1), ('06', 'a', 2), ('06', 'b', 3)) as t (month, district, id) "
        "union all select '06', 'b', i from range(27) as r (i) union all select '06', 'c', i from range(40) as r (i)"
    )
    counted = count_records("requests", records, ["month", "district"])
    assert counted.shown[cell(month="06", district="a")] == 2
    found = compare_sisters([published("table", JUNE), counted])
    assert set(ways(found).values()) == {Way.SHOWN_ELSEWHERE}
    assert len(found) == 2


def test_contradicting_tables_are_not_one_population() -> None:
    other = published("other", [("06", "c", 41)])
    with pytest.raises(ValueError, match="same population"):
        compare_sisters([published("table", JUNE), other])


def test_what_the_last_release_showed() -> None:
    last = published("version 1", [("06", "a", 9), ("06", "b", None), ("06", "c", 40), ("06", None, 70)])
    found = compare_releases(last, published("version 2", JUNE))
    assert ways(found) == {
        cell(month="06", district="a"): Way.SHOWN_BEFORE,
        cell(month="06", district="b"): Way.SUBTRACTION,
    }
    assert found[1].had_from == ("version 1", "version 2")
    assert compare_releases(published("version 1", JUNE), published("version 2", JUNE)) == ()


def test_small_changes_are_found_when_asked_for() -> None:
    last = published("version 1", [("06", "a", 30), ("06", "b", 40), ("06", "c", 50)])
    new = published("version 2", [("06", "a", 33), ("06", "b", 60), ("06", "c", 50)])
    assert compare_releases(last, new) == ()
    (found,) = compare_releases(last, new, k=11)
    assert (found.cell, found.way) == (cell(month="06", district="a"), Way.SMALL_CHANGE)


def test_a_finding_holds_no_count() -> None:
    last = published("version 1", [("06", "a", 98_765), ("06", "b", 43_210), ("06", None, 141_975)])
    new = published("version 2", [("06", "a", None), ("06", "b", None), ("06", None, 141_975)])
    text = repr(compare_releases(last, new))
    assert "98" not in text
    assert "43" not in text


def test_what_the_step_hides_stays_hidden_beside_itself() -> None:
    chance = np.random.default_rng(2)
    rows = [(m, d, int(chance.poisson(20))) for m in "123456" for d in "abcdefg"]
    months, districts, counts = zip(*rows, strict=True)
    table = pa.table({"month": months, "district": districts, "n": counts})
    result = hide_small_cells(
        table, dimensions=["month", "district"], count="n", margins=[["month"], ["district"], []], k=15
    )
    assert result["n"].null_count > 3
    whole = read_published("table", result, ["month", "district"], "n", "summed_over")
    assert compare_sisters([whole], CellRule(k=15)) == ()
    exact = read_published("records counted again", table, ["month", "district"], "n")
    found = compare_sisters([whole, exact], CellRule(k=15))
    assert {f.cell for f in found} == set(whole.hidden)
    assert {f.had_from for f in found} == {("records counted again",)}
