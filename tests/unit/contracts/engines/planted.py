"""A contract with a check of every kind, and a table with a fault planted for each.

``EXPECTED`` was counted by hand from ``FAULTS``; every engine must find exactly that.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from contracts.model import (
    Contract,
    Place,
    Property,
    QualityRule,
    Role,
    SchemaObject,
    Severity,
    Text,
)
from contracts.results import Result

PLACE = Place("planted.odcs.yaml", 7)


def column(name: str, logical: str = "string", physical: str = "VARCHAR", **more: Any) -> Property:
    fields: dict[str, Any] = {
        "required": False,
        "unique": False,
        "primary_key_position": None,
        "classification": "public",
        "classified": True,
        "description": Text(f"The {name}."),
        "options": {},
        "quality": (),
        "place": PLACE,
        **more,
    }
    return Property(name, logical, physical, **fields)


def rule(**more: Any) -> QualityRule:
    fields: dict[str, Any] = {
        "type": "library",
        "metric": None,
        "query": None,
        "arguments": {},
        "operator": "mustBe",
        "threshold": 0,
        "unit": "rows",
        "dimension": "conformity",
        "severity": Severity.ERROR,
        "description": Text(""),
        "place": PLACE,
        **more,
    }
    return QualityRule(**fields)


def sql(query: str, example: list[dict[str, Any]], **more: Any) -> QualityRule:
    return rule(type="sql", query=query, failing_example=tuple(example), **more)


def contract(columns: tuple[Property, ...], rules: tuple[QualityRule, ...] = (), **more: Any) -> Contract:
    fields: dict[str, Any] = {
        "id": "product/planted",
        "role": Role.PRODUCT,
        "name": "planted",
        "title": Text("Planted faults", {"es": "Fallos plantados"}),
        "version": "1.0.0",
        "status": "active",
        "purpose": Text("To be wrong in every way."),
        "limitations": Text("Everything is invented."),
        "usage": Text(""),
        "tier": "public",
        "team": (),
        "servers": (),
        "object": SchemaObject("planted", "table", Text(""), columns, rules, PLACE, "one row per fault"),
        "service_levels": (),
        "path": Path("planted.odcs.yaml"),
        "sha256": "0" * 64,
        **more,
    }
    return Contract(**fields)


COLUMNS = (
    column("id", required=True, unique=True, primary_key_position=1, options={"pattern": "^P[0-9]{4}$"}),
    column(
        "status",
        required=True,
        title=Text("Status", {"es": "Estado"}),
        quality=(rule(metric="invalidValues", arguments={"validValues": ["open", "closed", "it's", None]}),),
    ),
    column("name", options={"minLength": 2, "maxLength": 10}),
    column("score", "number", "DOUBLE", options={"minimum": 0, "maximum": 100}),
    column("ratio", "number", "DOUBLE"),
    column("above", "number", "DOUBLE", options={"exclusiveMinimum": 0}),
    column("whole", "integer", "BIGINT", options={"minimum": -0.5, "multipleOf": 5}),
    column("price", "number", "DECIMAL(10,2)", options={"exclusiveMaximum": 1000, "multipleOf": 0.05}),
    column("step", "number", "DOUBLE", options={"multipleOf": 0.1}),
    column("opened_at", "timestamp", "TIMESTAMP", required=True, options={"minimum": "2000-01-01"}),
    column("closed_at", "timestamp", "TIMESTAMP", options={"maximum": "2030-01-01T00:00:00"}),
    column("day", "date", "DATE", options={"exclusiveMinimum": "2000-01-01"}),
    column("hour", "time", "TIME", options={"maximum": "18:00:00"}),
    column("flag", "boolean", "BOOLEAN"),
    column(
        "note",
        quality=(
            rule(
                id="notes_written",
                metric="missingValues",
                arguments={"missingValues": [None, "N/A", ""]},
                operator="mustBeLessOrEqualTo",
                threshold=3.0,
                unit="percent",
                severity=Severity.WARNING,
            ),
            rule(metric="missingValues", arguments={"missingValues": ["N/A"]}),
        ),
    ),
    column(
        "code",
        quality=(
            rule(metric="invalidValues", arguments={"validValues": ["A1", "B2", "cc"], "pattern": "^[A-Z]"}),
            rule(metric="invalidValues", arguments={"pattern": "^.{2}$"}),
            rule(metric="duplicateValues", operator="mustBeGreaterThan", threshold=50),
        ),
    ),
    column("ticket", quality=(rule(metric="duplicateValues"),)),
    column("team"),
    column("member", "integer", "BIGINT"),
    column("wrong", "integer", "BIGINT", options={"minimum": 0}),
    column("absent", required=True),
)

RULES = (
    rule(metric="duplicateValues", arguments={"properties": ["team", "member"]}),
    rule(metric="rowCount", operator="mustBeBetween", threshold=(50.0, 200.0)),
    rule(id="many", metric="rowCount", operator="mustBeGreaterThan", threshold=1000),
    sql(
        "select count(*) from {object} where closed_at < opened_at",
        [{"opened_at": "2020-01-02", "closed_at": "2020-01-01"}],
        description=Text("No request is closed before it is opened", {"es": "Nada se cierra antes de abrirse"}),
    ),
    sql(
        "with kept as (select {object}.whole from {object}) select avg(whole) from kept",
        [{"whole": 1000}],
        operator="mustBeBetween",
        threshold=(0.0, 500.0),
    ),
)

PLANTED = contract(COLUMNS, RULES)

GOOD = """
    select
        'P' || lpad(i::varchar, 4, '0') as id,
        case i % 3 when 0 then 'open' when 1 then 'closed' else 'it''s' end as status,
        'name ' || (i % 9) as name,
        (i % 101)::double as score,
        i / 7.0::double as ratio,
        (i + 1)::double as above,
        (i * 5)::bigint as whole,
        ((i * 5) / 100.0)::decimal(10, 2) as price,
        (i % 7)::double * 0.1 as step,
        timestamp '2020-01-01' + to_hours(i) as opened_at,
        timestamp '2020-01-02' + to_hours(i) as closed_at,
        date '2020-01-01' + i::integer as day,
        time '08:00:00' + to_minutes(i) as hour,
        i % 2 = 0 as flag,
        'note' as note,
        case i % 2 when 0 then 'A1' else 'B2' end as code,
        case when i % 2 = 0 then 'T' || i end as ticket,
        'team ' || (i % 10) as team,
        (i // 10)::bigint as member,
        'w' || i as wrong
    from range(100) as numbers(i)
"""
"""100 records that keep every promise, but for ``wrong`` (text where a whole number was promised) and ``absent``."""

FAULTS = (
    "status = null where id = 'P0001'",
    "status = 'opne' where id in ('P0002', 'P0003')",
    "name = 'x' where id = 'P0004'",
    "name = 'far too long a name' where id in ('P0005', 'P0006')",
    "score = -0.5 where id = 'P0007'",
    "score = 'nan' where id = 'P0008'",
    "score = 'inf' where id = 'P0009'",
    "ratio = 'nan' where id = 'P0010'",
    "ratio = '-inf' where id = 'P0011'",
    "above = 0 where id = 'P0012'",
    "above = 'nan' where id in ('P0013', 'P0014')",
    "whole = -5 where id = 'P0015'",
    "whole = 7 where id in ('P0016', 'P0017')",
    "price = 1000 where id = 'P0018'",
    "price = 0.07 where id = 'P0019'",
    "step = 0.25 where id = 'P0020'",
    "step = 'nan' where id = 'P0021'",
    "opened_at = timestamp '1999-12-31 23:59:59' where id = 'P0022'",
    "opened_at = null, closed_at = null where id = 'P0023'",
    "closed_at = timestamp '2031-01-01' where id = 'P0024'",
    "closed_at = opened_at - interval 1 hour where id in ('P0025', 'P0026')",
    "day = date '2000-01-01' where id = 'P0027'",
    "hour = time '18:00:01' where id = 'P0028'",
    "note = 'N/A' where id in ('P0029', 'P0030')",
    "note = '' where id = 'P0031'",
    "note = null where id = 'P0032'",
    "code = 'cc' where id = 'P0033'",
    "code = 'Z99' where id = 'P0034'",
    "ticket = 'T36' where id in ('P0038', 'P0040')",
    "team = 'team 1', member = 0 where id in ('P0041', 'P0042')",
    "member = null where id in ('P0043', 'P0053')",
    "id = 'P0044' where id = 'P0045'",
    "id = 'p46' where id = 'P0046'",
    "id = null where id = 'P0047'",
)

FAILED, WARNED, PASSED, ERROR = Result.FAILED, Result.WARNED, Result.PASSED, Result.ERROR

EXPECTED: Mapping[str, tuple[Result, int]] = {
    "id.required": (FAILED, 1),
    "id.pattern": (FAILED, 1),
    "id.unique": (FAILED, 2),
    "status.required": (FAILED, 1),
    "status.valid": (FAILED, 2),
    "name.length": (FAILED, 3),
    "score.range": (FAILED, 3),
    "ratio.finite": (FAILED, 2),
    "above.range": (FAILED, 3),
    "whole.range": (FAILED, 1),
    "whole.multiple": (FAILED, 2),
    "price.range": (FAILED, 1),
    "price.multiple": (FAILED, 1),
    "step.finite": (FAILED, 1),
    "step.multiple": (FAILED, 2),
    "opened_at.required": (FAILED, 1),
    "opened_at.range": (FAILED, 1),
    "closed_at.range": (FAILED, 1),
    "day.range": (FAILED, 1),
    "hour.range": (FAILED, 1),
    "notes_written": (WARNED, 4),
    "note.missing": (FAILED, 2),
    "code.valid": (FAILED, 2),
    "code.valid_2": (FAILED, 1),
    "code.unique": (PASSED, 98),
    "ticket.unique": (FAILED, 3),
    "planted.unique": (FAILED, 3),
    "planted.row_count": (PASSED, 0),
    "many": (FAILED, 1),
    "planted.sql": (FAILED, 1),
    "planted.sql_2": (PASSED, 0),
    "wrong.column": (FAILED, 1),
    "wrong.range": (ERROR, 0),
    "absent.column": (FAILED, 1),
    "absent.required": (ERROR, 0),
    **{f"{c.name}.column": (PASSED, 0) for c in COLUMNS if c.name not in {"wrong", "absent"}},
}
"""Check to result and failed records."""


def write_good(path: Path) -> Path:
    """The table without a fault, as Parquet; ``wrong`` and ``absent`` are as they should be."""
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * REPLACE (1::BIGINT AS wrong), 'there' AS absent FROM ({GOOD})) "
            f"TO '{path}' (FORMAT parquet)"
        )
    return path


def write_planted(path: Path) -> Path:
    """The table with every fault, as Parquet."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE planted AS {GOOD}")
        for fault in FAULTS:
            connection.execute(f"UPDATE planted SET {fault}")
        connection.execute(f"COPY planted TO '{path}' (FORMAT parquet)")
    return path
