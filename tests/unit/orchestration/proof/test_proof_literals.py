"""The literals of compiled SQL, and their neighbours."""

from __future__ import annotations

from datetime import date, datetime

from orchestration.proof.literals import literals_of

SQL = """
-- 'a remark' 99
select "12 Elm St" from t  /* 'another' */
where name = 'O''Neill' and x > 42 and y = 2.5 and "col 7" like '%gang%' and at <= timestamp '2026-03-01 05:00:00'
"""


def test_literals_are_found_and_neither_remarks_nor_names() -> None:
    found = literals_of([SQL, "select 42"])
    assert found.texts == ("O'Neill", "%gang%", "2026-03-01 05:00:00")
    assert found.numbers == (42.0, 2.5)
    assert found.moments == (datetime(2026, 3, 1, 5),)


def test_neighbours_differ_by_as_little_as_can_be() -> None:
    found = literals_of(["select 'Ana', 9, date '2026-03-01', 1980"])
    assert {"Ana", "An", "Anax", "ANA", "ana", "Bna", "x" * 8, "x" * 10} <= set(found.near_texts())
    assert {9.0, 8.0, 10.0, -9.0, 0.0} <= set(found.near_numbers(1))
    assert {date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), date(1980, 7, 1)} <= set(found.near_days())
    assert datetime(2026, 2, 28, 23, 59, 59) in found.near_moments()


def test_nothing_is_made_of_no_literal() -> None:
    found = literals_of([])
    assert found.near_moments() == []
    assert found.near_numbers(1) == [0.0]
