"""The bench of measures: as many as asked for, each with what both sides need; its budget judges the figures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench import measures, measures_peer, page


def test_a_thousand_measures_are_a_thousand() -> None:
    plan = measures.plan_for(1000)
    told = measures.definitions(plan)
    assert len(told) == plan.measures == 1000
    assert len({one["id"] for one in told}) == 1000
    assert Counter(one["kind"] for one in told) == {"share": 240, "rate": 240, "ratio": 240, "count": 240, "days": 40}


def test_the_invented_products_hide_some_counts_and_leave_some_cases_open(tmp_path: Path) -> None:
    plan = measures.Plan(2, 1)
    measures.fill(plan, tmp_path / "probe.duckdb")
    with duckdb.connect(str(tmp_path / "probe.duckdb")) as connection:
        monthly = connection.execute("select count(*), count(opened), count(due) from service_requests_monthly")
        rows, opened, due = monthly.fetchall()[0]
        assert rows == 2 * 2 * measures.AREAS * measures.MONTHS
        assert rows > opened > due > 0
        cases = connection.execute("select count(*), count(closed_date), max(category) from service_requests")
        assert [n > 0 for n in cases.fetchall()[0][:2]] == [True, True]
        seconds = measures_peer.run(connection, measures.definitions(plan))
        assert seconds > 0
        connection.execute("create table measures as select * from peer_figures")
        columns = [row[0] for row in connection.execute("describe measures").fetchall()]
        promised = (
            *("measure_id", "measure_version", "period", "group_dimension", "group_id", "area_id", "area_name"),
            *("formula_digest", "is_complete_month", "numerator", "denominator", "value", "value_low", "value_high"),
            *("n", "is_suppressed", "is_unreached", "minimum_cell"),
        )
        for old, new in zip(columns, promised, strict=True):
            if old != new:
                connection.execute(f'alter table measures rename column "{old}" to "{new}"')
        assert measures_peer.difference(connection) == 0
        connection.execute("update measures set value = value + 1 where measure_id = 'rate_000' and area_id = 'all'")
        changed = connection.execute(
            "select count(*) from measures where measure_id = 'rate_000' and area_id = 'all' and value is not null"
        ).fetchall()[0][0]
        assert measures_peer.difference(connection) == 2 * changed > 0


@pytest.mark.parametrize(("ratio", "number", "kept"), [(1.3, 1000, True), (2.1, 1000, False), (1.0, 100, False)])
def test_the_budget_judges_a_thousand(ratio: float, number: int, kept: bool) -> None:
    result: dict[str, Any] = {
        "measures": number, "figures": 9, "characters": 9, "compile_seconds": 5.0, "models_seconds": ratio,
        "hand_seconds": 1.0, "ratio": ratio,
    }  # fmt: skip
    (budget,) = measures.budgets_of_measures(result)
    assert budget.is_kept is kept
    assert f"{number:,} measures" in page.tell_measures(result)
    assert budget.what in measures.show(result)
