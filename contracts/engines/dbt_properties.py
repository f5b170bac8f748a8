"""Entity and product contracts as dbt properties: descriptions, types, tests, tier and class.

Belongs here: each check as one of dbt's data tests (its own, or those of
``transforms/macros/contract_checks.sql``), and the two generated files. Does not belong here: running dbt.

Only shared contracts become properties; a city's tightening is held at the door and at the gate. A rule
with a threshold in per cent has no form as a dbt test and is left to the gate; a comment says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, assert_never

import yaml

from contracts.checks import Check, Kind, Threshold
from contracts.compile_checks import compile_checks
from contracts.engines import judging
from contracts.engines.sql import literal, text_literal
from contracts.model import Contract, Property, Role, Severity

COMMAND = "cauce contract compile"
HEADER = f"""\
# Generated from the contracts by `{COMMAND}`; do not edit. `{COMMAND} --check` fails where it is stale.
"""
FILES: Mapping[Role, str] = {
    Role.ENTITY: "transforms/models/intermediate/_entities.yml",
    Role.PRODUCT: "transforms/models/marts/_products.yml",
}
"""Where the properties of each role stand, relative to the checkout."""

COMPARE: Mapping[str, tuple[str, str]] = {
    "mustBe": ("= {0}", "<> {0}"),
    "mustNotBe": ("<> {0}", "= {0}"),
    "mustBeGreaterThan": ("> {0}", "<= {0}"),
    "mustBeGreaterOrEqualTo": (">= {0}", "< {0}"),
    "mustBeLessThan": ("< {0}", ">= {0}"),
    "mustBeLessOrEqualTo": ("<= {0}", "> {0}"),
    "mustBeBetween": ("between {0} and {1}", "not between {0} and {1}"),
    "mustNotBeBetween": ("not between {0} and {1}", "between {0} and {1}"),
}
"""A threshold as SQL that holds, and as SQL that does not."""


class _Folded(str):
    """A text dumped as a literal block where it has line ends."""


class _Dumper(yaml.SafeDumper):
    """YAML as people write it: lists indented, nothing aliased."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists under their key."""
        del indentless
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Say everything where it stands."""
        del data
        return True


def _block(dumper: yaml.SafeDumper, text: _Folded) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|" if "\n" in text else None)


_Dumper.add_representer(_Folded, _block)


def files_for(root: Path) -> dict[str, str]:
    """Every generated file by its path relative to the checkout, as it should stand.

    Args:
        root: The folder that holds ``entities`` and ``products`` (``contracts/``).

    Raises:
        InputError: A contract is wrong.
    """
    from contracts.city_load import load_entities, load_products

    return {
        FILES[Role.ENTITY]: properties(load_entities(root).values()),
        FILES[Role.PRODUCT]: properties(load_products(root).values()),
    }


def properties(contracts: Iterable[Contract]) -> str:
    """The properties of the models that ``contracts`` describe, as the YAML text of one file.

    An entity's stand on ``int_<entity>__received``, a product's on its mart. Sorted by model; the same
    contracts always give the same bytes.
    """
    ordered = sorted(contracts, key=lambda c: c.name)
    body = yaml.dump(
        {"version": 2, "models": [_model(c) for c in ordered]},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=110,
    )
    return HEADER + body


def model_name(contract: Contract) -> str:
    """The dbt model that ``contract`` describes."""
    return f"int_{contract.name}__received" if contract.role is Role.ENTITY else contract.name


def _model(contract: Contract) -> dict[str, Any]:
    checks = compile_checks(contract)
    on_columns = {c.id: c for c in checks if len(c.columns) == 1 and c.is_record_local}
    on_table = [c for c in checks if c.id not in on_columns and c.kind is not Kind.COLUMN]
    meta = {
        "contract": contract.id,
        "contract_version": contract.version,
        "tier": contract.tier,
        "owner": contract.owner,
        "left_to_the_gate": [c.id for c in checks if _test(contract, c) is None and c.kind is not Kind.COLUMN],
    }
    tests = [_columns_test(contract), *(t for c in on_table if (t := _test(contract, c)) is not None)]
    return {
        "name": model_name(contract),
        "description": _jinja_safe(_description(contract)),
        "config": {"meta": {k: v for k, v in meta.items() if v}},
        "data_tests": tests,
        "columns": [_column(contract, column, on_columns.values()) for column in contract.columns],
    }


def _description(contract: Contract) -> str:
    said = [contract.purpose.default, contract.limitations.default]
    grain = f"Grain: {contract.object.grain}." if contract.object.grain else ""
    return _Folded("\n\n".join(t.strip() for t in (*said, grain) if t.strip()))


def _column(contract: Contract, column: Property, checks: Iterable[Check]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "description": _jinja_safe(" ".join(column.description.default.split())),
        "data_type": judging.canonical_type(column.physical_type).lower(),
        "config": {"meta": {"class": column.classification}},
    }
    if column.unit:
        described["config"]["meta"]["unit"] = column.unit
    tests = [t for c in checks if c.columns == (column.name,) and (t := _test(contract, c)) is not None]
    if tests:
        described["data_tests"] = tests
    return described


def _columns_test(contract: Contract) -> dict[str, Any]:
    types = {c.name: judging.canonical_type(c.physical_type) for c in contract.columns}
    return {
        "contract_columns": {
            "name": f"{model_name(contract)}__columns",
            "arguments": {"columns": types},
            "config": {"meta": {"checks": "column"}},
        }
    }


def _test(contract: Contract, check: Check) -> dict[str, Any] | None:
    """``check`` as a dbt data test; None where dbt cannot say it."""
    if check.threshold.unit == "percent" or (named := _named(check)) is None:
        return None
    name, arguments = named
    config: dict[str, Any] = {"meta": {"check": check.id, "dimension": check.dimension}}
    warns = check.severity is not Severity.ERROR
    if warns:
        config["severity"] = "warn"
    if check.threshold != Threshold() and check.kind not in {Kind.ROW_COUNT, Kind.SQL}:
        breaks = _compared(check.threshold)[1]
        config |= {"warn_if": breaks} if warns else {"error_if": breaks, "warn_if": breaks}
    test: dict[str, Any] = {"name": f"{model_name(contract)}__{check.id.replace('.', '_')}"}
    if arguments:
        test["arguments"] = arguments
    test["config"] = config
    return {name: test}


def _named(check: Check) -> tuple[str, dict[str, Any]] | None:
    """The test's name and arguments; None for a column, which ``_columns_test`` asks with all others."""
    arguments = check.arguments
    match check.kind:
        case Kind.COLUMN:
            return None
        case Kind.REQUIRED:
            return "not_null", {}
        case Kind.MISSING:
            some = [_sql(v) for v in arguments["values"] if v is not None]
            return "contract_not_missing", {"values_sql": some, "null_is_missing": None in arguments["values"]}
        case Kind.VALID:
            return _valid(arguments)
        case Kind.PATTERN:
            return "contract_matches", {"pattern_sql": _sql(arguments["pattern"])}
        case Kind.LENGTH:
            return "contract_length", {k: v for k, v in arguments.items() if k in {"minimum", "maximum"}}
        case Kind.RANGE | Kind.FINITE:
            return "contract_range", _range(check)
        case Kind.MULTIPLE:
            return "contract_multiple", _multiple(arguments)
        case Kind.UNIQUE:
            return "contract_unique", {"columns": list(check.columns)}
        case Kind.ROW_COUNT:
            return "contract_row_count", {"holds": f"n {_compared(check.threshold)[0]}"}
        case Kind.SQL:
            return "contract_sql", {
                "object": arguments["object"],
                "query": _raw(str(arguments["query"])),
                "holds": f"n {_compared(check.threshold)[0]}",
            }
        case _:
            assert_never(check.kind)


def _valid(arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    pattern = {"pattern_sql": _sql(arguments["pattern"])} if "pattern" in arguments else {}
    if "values" not in arguments:
        return "contract_matches", pattern
    return "contract_valid", {"values_sql": [_sql(v) for v in arguments["values"]], **pattern}


def _range(check: Check) -> dict[str, Any]:
    if check.kind is Kind.FINITE:
        return {"finite": True}
    return {"bounds_sql": _bounds(check.arguments), "finite": _knows_infinity(check.arguments)}


def _multiple(arguments: Mapping[str, Any]) -> dict[str, Any]:
    kind = judging.canonical_type(str(arguments["physical_type"]))
    of = arguments["of"]
    whole = kind in judging.WHOLE and float(of).is_integer()
    if whole or kind.startswith("DECIMAL"):
        return {"of_sql": str(int(of)) if whole else f"cast({of} as decimal(38, 10))"}
    return {"of_sql": f"cast({of} as double)", "exact": False}


def _bounds(arguments: Mapping[str, Any]) -> list[str]:
    signs = (("minimum", ">="), ("exclusive_minimum", ">"), ("maximum", "<="), ("exclusive_maximum", "<"))
    return [f"{sign} {_sql(arguments[name])}" for name, sign in signs if name in arguments]


def _knows_infinity(arguments: Mapping[str, Any]) -> bool:
    return judging.canonical_type(str(arguments["physical_type"])) in {"DOUBLE", "FLOAT", "DATE", "TIMESTAMP"}


def _compared(threshold: Threshold) -> tuple[str, str]:
    values: Sequence[Any] = threshold.value if isinstance(threshold.value, tuple) else (threshold.value,)
    holds, breaks = COMPARE[threshold.operator]
    numbers = [f"{v:g}" if isinstance(v, float) else str(v) for v in values]
    return holds.format(*numbers), breaks.format(*numbers)


def _sql(value: Any) -> str:
    return _raw(text_literal(value) if isinstance(value, str) else literal(value))


def _raw(text: str) -> str:
    """Keep Jinja away from what only looks like it."""
    return f"{{% raw %}}{text}{{% endraw %}}" if any(mark in text for mark in ("{{", "{%", "{#")) else text


def _jinja_safe(text: str) -> str:
    """A description in which nothing is a template."""
    return type(text)(text.replace("{{", "{ {").replace("{%", "{ %").replace("{#", "{ #"))
