"""The standard's own examples: each is read, or refused with the exact thing that is not supported.

An example that only describes a table is loaded as an entity (which needs neither server nor team), one
that is about a server as a source.
"""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft201909Validator

from contracts import standard
from contracts.compile_checks import compile_checks
from contracts.errors import InputError
from contracts.load import load_contract
from contracts.model import Role
from contracts.tiers import MOST_RESTRICTIVE
from contracts.yaml_places import Document, read_yaml

EXAMPLES = "contracts/odcs_examples"

# file (without .odcs.yaml): (role, columns, key, ids of the checks that its rules became)
READ: dict[str, tuple[Role, list[str], tuple[str, ...], list[str]]] = {
    "column-completeness": (Role.ENTITY, ["UniqueID"], ("UniqueID",), ["UniqueID.required"]),
    "column-validity": (Role.ENTITY, ["air_quality_status"], ("air_quality_status",), ["air_quality_status.valid"]),
    "table-column": (Role.ENTITY, ["rcvr_cntry_code"], (), []),
    "table-column-description": (Role.ENTITY, ["txn_ref_dt"], (), []),
    "table-columns-with-partition": (
        Role.ENTITY,
        ["rcvr_cntry_code", "rcvr_id", "year", "amount"],
        ("rcvr_cntry_code", "rcvr_id"),
        [],
    ),
}

# file: (role, line, what is said, what was found)
REFUSED: dict[str, tuple[Role, int, str, str | None]] = {
    "all-data-types": (Role.ENTITY, 72, "not supported: minItems of an array", "minItems: 0"),
    "all-schema-types": (Role.ENTITY, 7, "none or several schema objects", "3 (tbl, AnObject, AnotherObject)"),
    "azure-server": (Role.SOURCE, 1, "none or several schema objects", "0 (none)"),
    "basic-four-dpo": (Role.ENTITY, 8, "none or several schema objects", "0 (none)"),
    "column-accuracy": (Role.ENTITY, 21, "an sql rule has no failing example", None),
    "column-custom": (Role.ENTITY, 22, "not supported: custom rule of engine soda", "type: custom"),
    "database-table-sla": (Role.ENTITY, 8, "none or several schema objects", "0 (none)"),
    "full-example": (Role.SOURCE, 36, "none or several schema objects", "2 (tbl, receivers)"),
    "kafka-schema": (Role.SOURCE, 30, "not supported: a server of type kafka", "type: kafka"),
    "kafka-schemaregistry": (Role.SOURCE, 8, "a schema object has no properties", "Orders"),
    "kafka-server": (Role.SOURCE, 7, "a schema object has no properties", "Orders"),
    "postgresql-adventureworks-contract": (
        Role.ENTITY,
        7,
        "none or several schema objects",
        "68 (department, employee, employeedepartmenthistory, employeepayhistory, jobcandidate, …)",
    ),
    "service-and-operational-roles": (Role.ENTITY, 7, "none or several schema objects", "0 (none)"),
}


def example(shared_data: Path, name: str) -> Path:
    return shared_data / EXAMPLES / f"{name}.odcs.yaml"


@pytest.mark.real_data
def test_every_example_is_in_a_table(shared_data: Path) -> None:
    there = {p.name.removesuffix(".odcs.yaml") for p in (shared_data / EXAMPLES).glob("*.odcs.yaml")}
    assert there == READ.keys() | REFUSED.keys()


@pytest.mark.real_data
@pytest.mark.parametrize("name", READ)
def test_an_example_is_read(name: str, shared_data: Path) -> None:
    role, columns, key, checks = READ[name]
    contract = load_contract(example(shared_data, name), role)
    assert [c.name for c in contract.columns] == columns
    assert contract.primary_key == key
    assert contract.tier == MOST_RESTRICTIVE
    assert {c.classification for c in contract.columns} == {MOST_RESTRICTIVE}
    assert set(checks) <= {c.id for c in compile_checks(contract)}


@pytest.mark.real_data
@pytest.mark.parametrize("name", REFUSED)
def test_an_example_is_refused_with_the_exact_thing(name: str, shared_data: Path) -> None:
    role, line, said, found = REFUSED[name]
    path = example(shared_data, name)
    with pytest.raises(InputError) as caught:
        load_contract(path, role)
    error = caught.value
    assert said in error.what
    assert error.where == f"{path}:{line}"
    assert error.found == found


@pytest.mark.real_data
def test_the_vendored_schema_is_the_standard_s_own(shared_data: Path) -> None:
    own = json.loads((shared_data / "schemas/odcs/odcs-json-schema-v3.1.0.json").read_bytes())
    assert standard.schema() == own


def spoilt(value: Any, random_: random.Random) -> Any:
    """A copy of a parsed example with one thing changed somewhere."""
    changed = copy.deepcopy(value)
    spots: list[tuple[Any, Any]] = []

    def collect(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
            spots.append((node, key))
            collect(node[key])

    collect(changed)
    node, key = random_.choice(spots)
    match random_.randrange(4):
        case 0:
            del node[key]
        case 1:
            node[key] = random_.choice([None, 7, "nonsense", [], {}, True])
        case 2 if isinstance(node, dict):
            node["unheardOf"] = 1
        case _:
            node[key] = [node[key]]
    return changed


@pytest.mark.real_data
def test_ours_judges_spoilt_examples_as_the_standard_s_schema_does(shared_data: Path) -> None:
    own = json.loads((shared_data / "schemas/odcs/odcs-json-schema-v3.1.0.json").read_bytes())
    judge = Draft201909Validator(own)
    random_ = random.Random(20261122)
    verdicts = {True: 0, False: 0}
    for path in sorted((shared_data / EXAMPLES).glob("*.odcs.yaml")):
        if path.stat().st_size > 20_000:
            continue
        read = read_yaml(path)
        assert judge.is_valid(read.value)
        for _ in range(12):
            value = spoilt(read.value, random_)
            if not isinstance(value, dict) or value.get("apiVersion", "v3.1.0") not in standard.API_VERSIONS:
                continue
            valid = judge.is_valid(value)
            try:
                standard.judge(Document(str(path), value, read.places))
            except InputError as error:
                assert not valid, error.message
                assert error.found is not None or error.expected is not None
            else:
                assert valid
            verdicts[valid] += 1
    assert verdicts[True] > 20
    assert verdicts[False] > 20
