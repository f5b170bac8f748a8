"""k-anonymity and l-diversity, held against what pycanon found.

pycanon 1.3.6 needs numpy 2.0 and pandas 2, so it cannot stand beside what Cauce runs on. ``PYCANON`` was made once, in
an environment of its own (``pip install pycanon==1.3.6``), by calling for the frame of ``records(case)`` and the
quasi-identifiers age_band, district, sex: ``anonymity.k_anonymity(frame, quasi)``, and for cause and outcome
``anonymity.l_diversity(frame, quasi, [column])`` and ``anonymity.entropy_l_diversity(frame, quasi, [column])``.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

import duckdb
import pytest

from transforms.disclosure.anonymity import anonymity_sql, measure_anonymity

COLUMNS = ("age_band", "district", "sex", "cause", "outcome")
QUASI = COLUMNS[:3]

PYCANON: list[dict[str, Any]] = [
    {"seed": 1, "records": 200, "values": (3, 4, 2), "k": 3, "cause": (2, 1), "outcome": (1, 1)},
    {"seed": 2, "records": 60, "values": (2, 2, 2), "k": 5, "cause": (2, 1), "outcome": (2, 1)},
    {"seed": 3, "records": 500, "values": (5, 6, 2), "k": 2, "cause": (2, 1), "outcome": (1, 1)},
    {"seed": 4, "records": 40, "values": (6, 5, 4), "k": 1, "cause": (1, 1), "outcome": (1, 1)},
    {"seed": 5, "records": 12, "values": (1, 1, 1), "k": 12, "cause": (3, 2), "outcome": (2, 1)},
]


def records(case: dict[str, Any]) -> list[tuple[Any, ...]]:
    chance = random.Random(case["seed"])
    a, b, c = case["values"]
    return [
        (
            chance.randrange(a),
            chance.randrange(b),
            chance.randrange(c),
            chance.choice("aaaabbbcd"),
            chance.choice("xy"),
        )
        for _ in range(case["records"])
    ]


def connected(rows: list[tuple[Any, ...]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create table people (age_band int, district int, sex int, cause varchar, outcome varchar)")
    connection.executemany("insert into people values (?, ?, ?, ?, ?)", rows)
    return connection


@pytest.mark.parametrize("case", PYCANON, ids=lambda case: f"seed {case['seed']}")
def test_the_figures_are_pycanons(case: dict[str, Any]) -> None:
    with connected(records(case)) as connection:
        found = measure_anonymity(connection, "people", QUASI, ("cause", "outcome"))
    assert found.smallest == case["k"]
    assert [(d.least, d.entropy) for d in found.diversity] == [case["cause"], case["outcome"]]


def test_counts_of_classes_are_those_of_counting_by_hand() -> None:
    rows = records(PYCANON[2])
    classes = Counter(row[:3] for row in rows)
    causes: dict[Any, set[str]] = defaultdict(set)
    for row in rows:
        causes[row[:3]].add(row[3])
    with connected(rows) as connection:
        found = measure_anonymity(connection, "people", QUASI, ("cause",), k=8, least=4)
    assert (found.records, found.classes) == (500, len(classes))
    assert found.classes_under == sum(n < 8 for n in classes.values()) > 0
    assert found.records_under == sum(n for n in classes.values() if n < 8)
    (cause,) = found.diversity
    assert cause.classes_under == sum(len(v) < 4 for v in causes.values()) > 0
    assert cause.records_under == sum(classes[key] for key, values in causes.items() if len(values) < 4)
    assert found.holds(2, 2)
    assert not found.holds(3)
    assert not found.holds(2, 3)


def test_nulls_are_a_value() -> None:
    rows = [(None, 1, 1, "a", "x"), (None, 1, 1, None, "x"), (2, 1, 1, "a", "x"), (2, 1, 1, "a", "x")]
    with connected(rows) as connection:
        found = measure_anonymity(connection, "people", QUASI, ("cause",))
    assert (found.classes, found.smallest) == (2, 2)
    assert (found.diversity[0].least, found.diversity[0].classes_under) == (1, 1)


def test_a_sensitive_column_may_be_a_quasi_identifier() -> None:
    with connected(records(PYCANON[1])) as connection:
        found = measure_anonymity(connection, "people", ("sex", "cause"), ("cause",))
    assert found.diversity[0].least == 1


def test_without_records_nothing_is_under() -> None:
    with connected([(1, 1, 1, "a", "x")]) as connection:
        found = measure_anonymity(connection, "(select * from people where false)", QUASI, ("cause",))
    assert (found.records, found.smallest, found.classes_under) == (0, None, 0)
    assert found.holds(5, 2)


def test_names_are_quoted_and_nonsense_is_refused() -> None:
    assert '"a ""b"""' in anonymity_sql("t", ['a "b"'], [], 5, 2)[0]
    with pytest.raises(ValueError, match="one quasi-identifier"):
        anonymity_sql("t", [], [], 5, 2)
    with pytest.raises(ValueError, match="1 or more"):
        anonymity_sql("t", ["a"], [], 0, 2)
