"""The product of all measures over a tiny city, against figures worked out another way."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from contracts.city import City
from contracts.city_load import load_city
from orchestration import flows
from orchestration.shaping import ShapeJob, Shaping, shape
from tests.integration.shaping_city import Record, TinyCity, build, invent

AS_OF = datetime(2025, 3, 20, 3, 30)
"""Still 19 March in New York."""
NEW_YORK = ZoneInfo("America/New_York")
RESIDENTS = {"01": 20000, "02": 30000}
MODELS = ("measures", "int_measures__defined", "int_measures__summed", "int_measures__rated", "int_measures__timed")

DAYS = "kind: days\nproduct: service_requests\nbegin: opened_date\nend: closed_date\nfinished: {status: closed}\n"
MONTHLY = "product: service_requests_monthly\n"
POTHOLES = "where: {category: Pothole}\n"
CELL = "where: {category: Pothole, department: Works}\n"
MEASURES = {
    "cell_days": f"{DAYS}{CELL}quantile: 0.5\n",
    "cell_days_nine_in_ten": f"{DAYS}{CELL}quantile: 0.9\n",
    "days": f"{DAYS}where: {{category: [Pothole, Street light]}}\nquantile: 0.25\ngroups: [channel, department]\n",
    "undated_days": DAYS.replace("finished: {status: closed}\n", "") + "quantile: 0.5\n",
    "cell_on_time": f"kind: share\n{MONTHLY}{CELL}numerator: due_on_time\ndenominator: due\n",
    "on_time": f"kind: share\n{MONTHLY}numerator: due_on_time\ndenominator: due\ngroups: [department]\n",
    "cell_opened": f"kind: rate\n{MONTHLY}{CELL}numerator: opened\n",
    "opened": f"kind: rate\n{MONTHLY}{POTHOLES}numerator: opened\nper: 10000\ngroups: [department]\n",
    "clearance": f"kind: ratio\n{MONTHLY}numerator: closed\ndenominator: opened\nper: 100\n",
    "backlog": f"kind: count\n{MONTHLY}where: {{category: Street light}}\nnumerator: backlog\nstock: true\n",
}
FILE = """id: {id}
version: 2.0.0
title: {{en: T}}
definition: {{en: D}}
{formula}unit: {{en: u}}
direction: none
gaming: {{en: G}}
owner: {{role: {{en: R}}}}
"""
EARLIER = """earlier:
  - {version: 1.0.0, until: 2025-01-01, why: {en: W}, definition: {en: D}, kind: count,
     product: service_requests_monthly, numerator: overdue}
"""


def with_measures(tiny: TinyCity) -> City:
    folder = tiny.city.folder
    (folder / "measures").mkdir()
    for name, formula in MEASURES.items():
        text = FILE.format(id=name, formula=formula) + (EARLIER if name == "backlog" else "")
        (folder / "measures" / f"{name}.yaml").write_text(text)
    (folder / "products" / "measures.yaml").write_text("product: measures\nenabled: true\n")
    return load_city(folder)


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """Requests opened before the as-of instant: those of its own day that come later have no moment in public."""
    return [record for record in invent(4000, AS_OF, seed=7) if record["opened_at"] <= AS_OF]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> tuple[TinyCity, City, Shaping]:
    """A city that hides counts below five."""
    tiny = build(tmp_path_factory.mktemp("measured"))
    city = with_measures(tiny)
    return tiny, city, shape(ShapeJob(city, tiny.home, AS_OF, tiny.files(records)))


Key = tuple[str, date, str, str, str]


def figures(tiny: TinyCity, version: str = "2.0.0") -> dict[Key, dict[str, Any]]:
    rows = tiny.rows(f"select * from measures where measure_version = '{version}'")
    keys = ("measure_id", "period", "group_dimension", "group_id", "area_id")
    return {tuple(row[k] for k in keys): row for row in rows}


def cells(tiny: TinyCity) -> dict[tuple[date, str], dict[str, Any]]:
    """What the product by month says of potholes of one department, by month and district."""
    where = "category = 'Pothole' and department = 'Works'"
    rows = tiny.rows(f"select * from service_requests_monthly where {where}")
    return {(row["month"], row["district_id"]): row for row in rows}


def test_the_mart_is_built_as_promised(made: tuple[TinyCity, City, Shaping]) -> None:
    tiny, city, shaping = made
    assert {n.status for n in shaping.nodes} == {"ok"}
    contract = city.products["measures"]
    found = [(r["column_name"], r["column_type"]) for r in tiny.rows("describe measures")]
    assert sorted(found) == sorted((c.name, c.physical_type) for c in contract.columns)
    for rule in contract.object.quality:
        if rule.type == "sql":
            query = str(rule.query).replace("${object}", "measures").replace("{object}", "measures")
            assert next(iter(tiny.rows(query)[0].values())) == 0, rule.id
    keys = ", ".join(contract.primary_key)
    assert tiny.rows(f"select count(*) - count(distinct ({keys})) as n from measures")[0]["n"] == 0
    read = {name for name, other in shaping.graph.edges if other.endswith("int_measures__summed")}
    assert any(name.endswith("service_requests_monthly") for name in read)


def test_nothing_of_it_is_unknown_to_the_analysis_of_flows(made: tuple[TinyCity, City, Shaping]) -> None:
    tiny, city, _ = made
    graph = flows.read_flow(city, tiny.home).graph
    relations = {name: graph.relation(name) for name in MODELS}
    assert {name for name, relation in relations.items() if relation is None or relation.is_refused} == set()
    assert "service_requests_monthly" in graph.relation("int_measures__summed").reads  # type: ignore[union-attr]
    internal = {c.name for c in city.products["service_requests_monthly"].columns if c.classification != "public"}
    for name in ("int_measures__summed", "int_measures__timed"):
        relation = graph.relation(name)
        assert relation is not None
        edges = {e for column in relation.columns.values() for e in column.edges} | set(relation.presence)
        assert {e.column for e in edges if e.relation == "service_requests_monthly"}.isdisjoint(internal)


def test_one_category_and_department_agree_with_the_product_by_month(made: tuple[TinyCity, City, Shaping]) -> None:
    tiny, _, _ = made
    found, monthly = figures(tiny), cells(tiny)
    same = {
        "cell_days": {"value": "median_days_to_close", "n": "requests_timed"},
        "cell_days_nine_in_ten": {"value": "p90_days_to_close"},
        "cell_on_time": {"value": "on_time_pct_of_due", "n": "due", "numerator": "due_on_time"},
        "cell_opened": {
            **{"value": "opened_per_1000", "value_low": "opened_per_1000_low", "value_high": "opened_per_1000_high"},
            **{"n": "opened", "denominator": "population"},
        },
    }
    compared = dict.fromkeys(same, 0)
    for (month, area), cell in monthly.items():
        for measure, columns in same.items():
            row = found.get((measure, month, "all", "all", area))
            if row is None:
                assert measure.startswith("cell_days") and cell["requests_timed_exact"] == 0
                continue
            assert row["is_complete_month"] == cell["is_complete_month"]
            assert row["area_name"] == cell["district_name"]
            exact = "_exact" if measure.startswith("cell_days") else ""  # days are made of records, all of them public
            expected = {name: cell[column + exact] for name, column in columns.items()}
            assert {name: row[name] for name in columns} == expected
            compared[measure] += row["value"] is not None
    assert min(n for name, n in compared.items() if name != "cell_days_nine_in_ten") > 8


def timed(records: list[Record]) -> list[dict[str, Any]]:
    """Of each request its days so far, and whether it ended, as the definition reads."""

    def day(moment: datetime) -> date:
        return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(NEW_YORK).date()

    found = []
    for record in records:
        is_closed = record["status"] == "closed"
        left = max(record["opened_at"], record["closed_at"] or record["updated_at"] or record["opened_at"])
        if is_closed and left <= AS_OF:
            if not record["closed_at"] or day(record["closed_at"]) < day(record["opened_at"]):
                continue
            days, ended = (day(record["closed_at"]) - day(record["opened_at"])).days, True
        else:
            days, ended = (day(AS_OF) - day(record["opened_at"])).days, False
        found.append(
            {
                "period": day(record["opened_at"]).replace(day=1),
                "area": record["district_id"] or "unknown",
                "category": record["service_name"],
                "department": record["agency_responsible"] or "unknown",
                **{"days": days, "ended": ended},
            }
        )
    return found


def test_days_and_their_limits_are_those_of_statsmodels(
    made: tuple[TinyCity, City, Shaping], records: list[Record]
) -> None:
    from statsmodels.duration.survfunc import SurvfuncRight

    groups: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for case in timed(records):
        for area in (case["area"], "all"):
            groups["days", case["period"], "all", "all", area].append(case)
            if (case["category"], case["department"]) == ("Pothole", "Works"):
                groups["cell_days", case["period"], "all", "all", area].append(case)
                groups["cell_days_nine_in_ten", case["period"], "all", "all", area].append(case)
        groups["days", case["period"], "department", case["department"], "all"].append(case)
        groups["days", case["period"], "channel", "phone", "all"].append(case)
    share = {"days": 0.25, "cell_days": 0.5, "cell_days_nine_in_ten": 0.9}
    found = {key: row for key, row in figures(made[0]).items() if key[0] in share}
    assert found.keys() == groups.keys()
    reached: dict[str, int] = defaultdict(int)
    for key, cases in groups.items():
        row = found[key]
        assert (row["n"], row["numerator"]) == (len(cases), sum(case["ended"] for case in cases))
        curve = SurvfuncRight([case["days"] for case in cases], [case["ended"] for case in cases])
        reaching = curve.surv_times[curve.surv_prob <= 1 - share[key[0]] + 1e-9]
        assert row["value"] == (reaching[0] if len(reaching) else None), key
        assert row["is_unreached"] == (len(reaching) == 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = curve.quantile_ci(share[key[0]], method="cloglog")
        last = len(curve.surv_prob) == 0 or curve.surv_prob[-1] > 0
        if not last or math.isnan(low):  # where the curve comes down to nothing its limits are not defined
            continue
        reached[key[0]] += row["value_high"] is not None
        assert row["value_low"] == low, key
        assert row["value_high"] == (None if math.isinf(high) else high), key
    assert reached["days"] > 40 and reached["cell_days"] > 8


def test_the_city_and_its_groups_are_what_their_parts_make(made: tuple[TinyCity, City, Shaping]) -> None:
    from scipy.stats import chi2
    from statsmodels.stats.proportion import proportion_confint

    tiny, _, _ = made
    found = figures(tiny)
    rows = tiny.rows("select * from service_requests_monthly")
    checked = {"shown": 0, "hidden": 0}
    for month in sorted({row["month"] for row in rows}):
        for department in (None, "Works", "unknown"):
            group = ("all", "all") if department is None else ("department", department)
            mine = [r for r in rows if r["month"] == month and department in (None, r["department"])]
            if not mine:
                continue
            share = found["on_time", month, *group, "all"]
            parts = [r["due_on_time"] for r in mine], [r["due"] for r in mine]
            hidden = None in parts[0] or None in parts[1]
            assert share["is_suppressed"] == hidden
            checked["hidden" if hidden else "shown"] += 1
            if not hidden and sum(parts[1]):
                low, high = proportion_confint(sum(parts[0]), sum(parts[1]), method="wilson")
                assert share["value"] == pytest.approx(100 * sum(parts[0]) / sum(parts[1]), abs=0.051)
                assert (share["value_low"], share["value_high"]) == pytest.approx((100 * low, 100 * high), abs=0.051)
                assert share["n"] == sum(parts[1])
            rate = found["opened", month, *group, "all"]
            counts = [r["opened"] for r in mine if r["category"] == "Pothole" and r["district_id"] in RESIDENTS]
            assert rate["is_suppressed"] == (None in counts)
            assert rate["denominator"] == 50000
            if None not in counts:
                events = sum(counts)
                ends = chi2.ppf(0.025, 2 * events) / 2 if events else 0, chi2.ppf(0.975, 2 * events + 2) / 2
                assert rate["n"] == events
                assert rate["value"] == pytest.approx(events / 5, abs=0.0051)
                assert (rate["value_low"], rate["value_high"]) == pytest.approx([e / 5 for e in ends], abs=0.0051)
    assert min(checked.values()) > 2, checked
    unknown = [row for key, row in found.items() if key[0] == "opened" and key[4] == "unknown"]
    assert {(r["value"], r["denominator"], r["is_suppressed"]) for r in unknown} == {(None, None, False)}


def test_ratios_counts_and_replaced_definitions(made: tuple[TinyCity, City, Shaping]) -> None:
    tiny, _, _ = made
    found = figures(tiny)
    rows = tiny.rows("select * from service_requests_monthly")
    told = 0
    for (measure, month, _, _, area), row in found.items():
        mine = [r for r in rows if r["month"] == month and area in ("all", r["district_id"])]
        if measure == "clearance":
            closed, opened = [r["closed"] for r in mine], [r["opened"] for r in mine]
            if row["is_suppressed"]:
                assert row["value"] is None and None in (*closed, *opened)
            elif sum(opened):
                assert row["value"] == pytest.approx(100 * sum(closed) / sum(opened), abs=0.0051)
                told += 1
        if measure == "backlog":
            parts = [r["backlog"] for r in mine if r["category"] == "Street light"]
            assert row["value"] == row["numerator"] == row["n"] == (None if None in parts else sum(parts))
            assert (row["denominator"], row["value_low"]) == (None, None)
    assert told > 5
    old = figures(tiny, "1.0.0")
    assert {key[0] for key in old} == {"backlog"}
    digests = {row["formula_digest"] for row in old.values()}
    assert len(digests) == 1 and digests.isdisjoint({row["formula_digest"] for row in found.values()})


def test_cases_without_a_day_of_their_end_are_left_out_only_where_they_are_said_to_have_ended(
    made: tuple[TinyCity, City, Shaping], records: list[Record]
) -> None:
    tiny, _, _ = made
    month = date(2025, 1, 1)
    seen = "select count(*) as n, count(closed_date) as ended from service_requests where opened_date between"
    row = tiny.rows(f"{seen} '2025-01-01' and '2025-01-31' and (closed_date is null or closed_date >= opened_date)")[0]
    everything = figures(tiny)["undated_days", month, "all", "all", "all"]
    assert (everything["denominator"], everything["numerator"]) == (row["n"], row["ended"])
    assert everything["n"] > sum(case["period"] == month for case in timed(records))


def test_a_city_with_the_product_and_no_measure_has_an_empty_one(tmp_path: Path) -> None:
    tiny = build(tmp_path)
    (tiny.city.folder / "products" / "measures.yaml").write_text("product: measures\nenabled: true\n")
    city = load_city(tiny.city.folder)
    opened = {"service_request_id": "A", "service_name": "Pothole", "status": "open"}
    files = tiny.files([{**opened, "opened_at": AS_OF - timedelta(days=3)}])
    shaping = shape(ShapeJob(city, tiny.home, AS_OF, files, select=("+measures",)))
    assert {n.status for n in shaping.nodes} == {"ok"}
    assert tiny.rows("select count(*) as n from measures") == [{"n": 0}]
    found = [(r["column_name"], r["column_type"]) for r in tiny.rows("describe measures")]
    assert sorted(found) == sorted((c.name, c.physical_type) for c in city.products["measures"].columns)
