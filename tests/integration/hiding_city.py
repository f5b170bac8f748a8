"""A town of its own with internal records and a public product whose small cells are hidden, in a copy of the checkout.

Belongs here: the town's contracts, models and invented records. Does not belong here: what is expected of its releases
(``test_hiding_small_cells``). Entity, product and models are added to the copy as a data team adds them to the shared
ones (docs/how-to/hide-small-cells.md).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from contracts.engines.dbt_properties import files_for
from tests.integration.whole_city import Place, Surroundings, copy_checkout

CITY = "town"
AS_OF = "2025-07-05T00:00:00Z"
MINIMUM_CELL = 7
MONTHS = tuple(date(2025, month, 1) for month in range(1, 7))
DISTRICTS = ("D1", "D2", "D3", "D4", "D5")
CATEGORIES = ("falls", "fights", "fires", "floods")

CASES: Mapping[str, tuple[str, str]] = {
    "case_id": ("string", "VARCHAR"),
    "opened_date": ("date", "DATE"),
    "district_id": ("string", "VARCHAR"),
    "category": ("string", "VARCHAR"),
    "days": ("integer", "BIGINT"),
    "cost": ("integer", "BIGINT"),
}
PRODUCT: Mapping[str, tuple[str, str, bool, bool]] = {
    "month": ("date", "DATE", True, False),
    "district_id": ("string", "VARCHAR", True, False),
    "category": ("string", "VARCHAR", True, False),
    "cases": ("integer", "BIGINT", False, True),
    "is_suppressed": ("boolean", "BOOLEAN", False, True),
    "mean_days": ("number", "DOUBLE", False, True),
    "cost": ("integer", "BIGINT", False, True),
}
"""Logical and physical type, whether of the key, whether made by the step."""

CITY_YAML = f"""formatVersion: 1
id: {CITY}
name: {{en: Town}}
country: US
timezone: America/New_York
languages: [en]
environment: development
publisher: {{name: {{en: Town}}, email: data@example.gov}}
licence: CC0-1.0
minimumCell: {MINIMUM_CELL}
"""
RECEIVED = """-- one row per case
select COLUMNS
from {{ staged('cases') }}
"""
STAGED_DISTRICTS = """-- one row per district
select
    district_id,
    district_name,
    cast(null as bigint) as population,
    cast(null as bigint) as population_year,
    cast(null as varchar) as geometry_wkt
from {{ raw('town_districts') }}
"""
COUNTED = """-- one row per month, district and category, whether anything happened there or not
with

cells as (
    select
        cast(months.month as date) as month,
        districts.district_id,
        categories.category
    from {{ ref('int_districts__received') }} as districts
    cross join unnest(generate_series(date '2025-01-01', date '2025-06-01', interval 1 month)) as months (month)
    cross join (values CATEGORIES) as categories (category)
),

cases as (
    select
        district_id,
        category,
        days,
        cost,
        date_trunc('month', opened_date) as month
    from {{ ref('int_cases__received') }}
)

select
    cells.month,
    cells.district_id,
    cells.category,
    (select count(*) from cases where MATCHED) as cases,
    (select avg(cases.days) from cases where MATCHED) as mean_days,
    (select coalesce(sum(cases.cost), 0) from cases where MATCHED) as cost
from cells
"""
MATCHED = "cases.month = cells.month and cases.district_id = cells.district_id and cases.category = cells.category"
HIDDEN = '''# one row per month, district and category, and per total
"""Belongs here: hiding what is small, and what would give it away."""

from __future__ import annotations

from typing import Any


def model(dbt: Any, session: Any) -> Any:
    """The counts that may be published, with their totals."""
    from transforms.disclosure.model_step import hide_small_cells

    dbt.config(materialized="table")
    return hide_small_cells(
        dbt.ref("int_cases__counted"),
        dimensions=["month", "district_id", "category"],
        count="cases",
        margins=[["month", "district_id"], ["month", "category"], ["month"]],
        tells=["mean_days"],
        sums=["cost"],
    )
'''
MART = """-- one row per month, district and category; `all` is their total
select
    month,
    coalesce(district_id, 'all') as district_id,
    coalesce(category, 'all') as category,
    cases,
    is_suppressed,
    mean_days,
    cast(cost as bigint) as cost
from {{ ref('int_cases__hidden') }}
"""
PLAIN_MART = """-- the same without the step
select
    month,
    district_id,
    category,
    cases,
    false as is_suppressed,
    mean_days,
    cast(cost as bigint) as cost
from {{ ref('int_cases__counted') }}
"""


def settle(root: Path) -> Place:
    """The town in a copy of the checkout, with its records waiting."""
    place = Place(root, Surroundings("the town"))
    copy = copy_checkout(place.checkout)
    entity = _contract(
        "entity/cases", "cases", [_property(n, *t, "internal", n == "case_id") for n, t in CASES.items()]
    )
    product = _contract("product/cases_by_month", "cases_by_month", [
        _property(name, logical, physical, "public", is_key, is_made) for name, (logical, physical, is_key, is_made)
        in PRODUCT.items()
    ])  # fmt: skip
    product["slaProperties"] = [
        {"property": "frequency", "value": 1, "unit": "m"},
        {"property": "latency", "value": 65, "unit": "d", "element": "cases_by_month.month"},
    ]
    product["customProperties"] += [
        {"property": "tier", "value": "public"},
        {"property": "needs", "value": ["cases", "districts"]},
        {"property": "renditions", "value": ["public"]},
    ]
    _write(copy / "contracts/entities/cases.odcs.yaml", entity)
    _write(copy / "contracts/products/cases_by_month.odcs.yaml", product)
    models = copy / "transforms/models"
    received = ", ".join(f"cast({name} as {physical}) as {name}" for name, (_, physical) in CASES.items())
    kinds = ", ".join(f"('{name}')" for name in CATEGORIES)
    for path, text in {
        "intermediate/int_cases__received.sql": RECEIVED.replace("COLUMNS", received),
        "intermediate/int_cases__counted.sql": COUNTED.replace("MATCHED", MATCHED).replace("CATEGORIES", kinds),
        "intermediate/int_cases__hidden.py": HIDDEN,
        "marts/cases_by_month.sql": MART,
    }.items():
        (models / path).write_text(text, encoding="utf-8")
    _write_city(copy / "cities" / CITY)
    _enable(copy / "transforms" / "dbt_project.yml")
    for name, text in files_for(copy / "contracts").items():
        (copy / name).write_text(text, encoding="utf-8")
    return place


def invent() -> list[dict[str, Any]]:
    """Cases, most of them of one category and in one district; some cells have none, many have few."""
    dice = random.Random(5)
    found: list[dict[str, Any]] = []
    for month in MONTHS:
        for d, district in enumerate(DISTRICTS):
            for c, category in enumerate(CATEGORIES):
                for _ in range(round(dice.expovariate(1 / (40 / (1 + d + c * 1.5))))):
                    found.append(
                        {
                            "case_id": f"C{len(found):05d}",
                            "opened_date": (month + timedelta(days=dice.randrange(28))).isoformat(),
                            "district_id": district,
                            "category": category,
                            "days": dice.randrange(1, 90),
                            "cost": dice.randrange(10, 5_000),
                        }
                    )
    return found


def _write_city(folder: Path) -> None:
    for part in ("sources", "staging", "products", "deliveries"):
        (folder / part).mkdir(parents=True)
    (folder / "city.yaml").write_text(CITY_YAML, encoding="utf-8")
    (folder / "products" / "cases_by_month.yaml").write_text("product: cases_by_month\nenabled: true\n")
    districts = {"district_id": ("string", "VARCHAR"), "district_name": ("string", "VARCHAR")}
    for name, columns, tier in (("cases", CASES, "internal"), ("districts", districts, "public")):
        source = _contract(
            f"{CITY}/town_{name}",
            f"town_{name}",
            [_property(n, *t, tier, i == 0) for i, (n, t) in enumerate(columns.items())],
        )
        source["team"] = {"name": "town", "members": [{"username": "owner@example.gov", "role": "owner"}]}
        told = {"connector": "file", "location": f"deliveries/{name}.csv", "format": "csv"}
        source["servers"] = [{"server": "file", "type": "custom", "customProperties": _told(told)}]
        source["customProperties"] += _told(
            {"tier": tier, "delivery": "snapshot", "licenceIn": "none", "legalBasis": "none"}
        )
        _write(folder / "sources" / f"town_{name}.odcs.yaml", source)
    cases = ",\n    ".join(CASES)
    (folder / "staging" / "stg_town__cases.sql").write_text(
        f"-- one row per case\nselect\n    {cases}\nfrom {{{{ raw('town_cases') }}}}\n"
    )
    (folder / "staging" / "stg_town__districts.sql").write_text(STAGED_DISTRICTS)
    records = invent()
    lines = [",".join(CASES), *(",".join(str(one[name]) for name in CASES) for one in records)]
    (folder / "deliveries" / "cases.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    named = [f"{code},District {code}" for code in DISTRICTS]
    (folder / "deliveries" / "districts.csv").write_text("\n".join(["district_id,district_name", *named]) + "\n")


def _contract(identity: str, name: str, properties: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": identity,
        "name": name.replace("_", " ").capitalize() if identity.startswith("product") else name,
        "version": "1.0.0",
        "status": "active",
        "description": {"purpose": "For tests.", "limitations": "Invented.", "usage": "In tests."},
        "schema": [
            {
                "name": name,
                "physicalType": "table",
                "description": "One.",
                "dataGranularityDescription": "one row per key",
                "properties": properties,
            }
        ],
        "customProperties": [],
    }


def _property(
    name: str, logical: str, physical: str, classification: str, is_key: bool, is_made: bool = False
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": name,
        "logicalType": logical,
        "physicalType": physical,
        "classification": classification,
        "description": name.capitalize(),
    }
    if is_key:
        found |= {"required": True, "primaryKey": True, "primaryKeyPosition": 1}
    if is_made:
        step = {"name": "hide_small_cells", "version": "1.0.0", "parameters": {"k": "minimumCell"}}
        found["customProperties"] = [{"property": "step", "value": step}]
    return found


def _told(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"property": name, "value": value} for name, value in values.items()]


def _write(path: Path, contract: Mapping[str, Any]) -> None:
    positions = 0
    for one in contract["schema"][0]["properties"]:
        if one.get("primaryKey"):
            positions += 1
            one["primaryKeyPosition"] = positions
    path.write_text(yaml.safe_dump(dict(contract), sort_keys=False, allow_unicode=True), encoding="utf-8")


def _enable(project: Path) -> None:
    """The town's models are on where the city has cases, as every model says."""
    written = yaml.safe_load(project.read_text(encoding="utf-8"))
    on = {"+enabled": "{{ 'cases' in var('entities') }}"}
    shared = written["models"]["cauce"]
    shared["intermediate"] |= {f"int_cases__{part}": on for part in ("received", "counted", "hidden")}
    shared["marts"]["cases_by_month"] = on
    project.write_text(yaml.safe_dump(written, sort_keys=False), encoding="utf-8")
