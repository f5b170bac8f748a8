"""The word ``anonymity``: what is refused, what a tier is left of it, and what a change of it weighs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from catalog.machines.odcs import odcs
from contracts.anonymity import Declared, declared
from contracts.diff import diff, from_document, to_document
from contracts.model import Contract, Role
from contracts.readable import readable
from tests.unit.contracts.contract_texts import PRODUCT, load, refusal

BEFORE = "  - {property: needs"


def written(value: str, text: str = PRODUCT) -> str:
    return text.replace(BEFORE, f"  - property: anonymity\n    value: {value}\n{BEFORE}", 1)


WORD_LINE = written("X").splitlines().index("    value: X") + 1


def product(tmp_path: Path, value: str, text: str = PRODUCT) -> Contract:
    return load(tmp_path, written(value, text), Role.PRODUCT)


def test_k_is_11_where_nothing_else_is_said(tmp_path: Path) -> None:
    assert declared(product(tmp_path, "{quasiIdentifiers: [month, district_id]}")) == Declared(("month", "district_id"))
    assert Declared(("month",)).k == 11
    said = declared(product(tmp_path, "{quasiIdentifiers: [month, department], k: 5, sensitive: [days], l: 3}"))
    assert said == Declared(("month", "department"), 5, ("days",), 3)
    assert declared(load(tmp_path, PRODUCT, Role.PRODUCT)) is None


@pytest.mark.parametrize(
    ("value", "what", "found", "expected"),
    [
        ("[month]", "anonymity is not", '["month"]', None),
        ("{k: 11}", "'quasiIdentifiers' is missing", None, "quasiIdentifiers: ..."),
        ("{quasiIdentifiers: [month], K: 5}", "unknown key 'K'", "K", "k"),
        ("{quasiIdentifiers: []}", "quasiIdentifiers is not", "[]", "one column or more"),
        ("{quasiIdentifiers: month}", "quasiIdentifiers is not", '"month"', "a list"),
        ("{quasiIdentifiers: [moth]}", "a column the contract does not have", "moth", "month"),
        ("{quasiIdentifiers: [month, month]}", "names a column twice", "month", None),
        ("{quasiIdentifiers: [month], k: 1}", "k is not", "1", "a whole number from 2"),
        ("{quasiIdentifiers: [month], k: 2.5}", "k is not", "2.5", None),
        ("{quasiIdentifiers: [month], k: true}", "k is not", "true", None),
        ("{quasiIdentifiers: [month], sensitive: []}", "sensitive is not", "[]", "one column or more"),
        ("{quasiIdentifiers: [month], sensitive: [day]}", "a column the contract does not have", "day", "days"),
        ("{quasiIdentifiers: [month], l: 2}", "l counts the values", "l: 2", None),
        ("{quasiIdentifiers: [month], sensitive: [days], l: 1}", "l is not", "1", "a whole number from 2"),
        ("{quasiIdentifiers: [month], sensitive: [month]}", "is a quasi-identifier and sensitive", "month", None),
        ("{quasiIdentifiers: [month, request_id]}", "no two records could agree", "request_id", None),
    ],
)
def test_what_means_nothing_is_refused_with_its_line(
    tmp_path: Path, value: str, what: str, found: str | None, expected: str | None
) -> None:
    error = refusal(tmp_path, written(value), Role.PRODUCT)
    assert what in error.message
    assert error.where is not None
    file, line = error.where.split(":")[:2]
    assert (file, int(line)) in {("x.odcs.yaml", WORD_LINE), ("x.odcs.yaml", WORD_LINE - 1)}
    assert found is None or error.found == found
    assert expected is None or error.expected == expected


def test_a_column_that_no_lower_rendition_shows_is_no_quasi_identifier(tmp_path: Path) -> None:
    hidden = PRODUCT.replace("classification: internal", "classification: restricted").replace(
        "tier, value: internal", "tier, value: restricted"
    )
    error = refusal(tmp_path, written("{quasiIdentifiers: [month, department]}", hidden), Role.PRODUCT)
    assert "no rendition below restricted shows this column" in error.message
    assert error.found == "department, restricted"
    alone = PRODUCT.replace("[public, internal]", "[public]")
    assert refusal(tmp_path, written("{quasiIdentifiers: [department]}", alone), Role.PRODUCT).found == (
        "department, internal"
    )
    unique = PRODUCT.replace("{name: month,", "{name: month, unique: true,")
    assert refusal(tmp_path, written("{quasiIdentifiers: [month]}", unique), Role.PRODUCT).found == "month"


def test_only_a_product_promises_it(tmp_path: Path) -> None:
    from tests.unit.contracts.contract_texts import ENTITY

    text = ENTITY.replace("  - {property: unlocks, value: [requests]}\n", "", 1)
    text += "  - {property: anonymity, value: {quasiIdentifiers: [district_id]}}\n"
    assert "unknown custom property" in refusal(tmp_path, text, Role.ENTITY).message


def test_a_tier_reads_of_it_what_is_about_its_own_columns(tmp_path: Path) -> None:
    whole = product(tmp_path, "{quasiIdentifiers: [month, department], k: 5, sensitive: [days]}")
    assert declared(readable(whole, "public")) == Declared(("month",), 5, ("days",), 2)
    assert declared(readable(whole, "internal")) == declared(whole)
    assert "department" not in json.dumps(to_document(readable(whole, "public")))
    assert declared(readable(product(tmp_path, "{quasiIdentifiers: [department]}"), "public")) is None
    other = readable(product(tmp_path, "{quasiIdentifiers: [month], sensitive: [department], l: 4}"), "public")
    assert other.custom["anonymity"] == {"quasiIdentifiers": ["month"], "k": 11}
    for tier in ("public", "internal"):
        cut = readable(whole, tier)
        assert declared(load(tmp_path, odcs(cut).decode(), Role.PRODUCT)) == declared(cut), "the file for programs"


BASE = "{quasiIdentifiers: [month, district_id], k: 11, sensitive: [days], l: 3}"


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        (BASE.replace("11", "10"), [("anonymity_lowered", "breaking", True)]),
        (BASE.replace("11", "20"), [("anonymity_raised", "compatible", False)]),
        (BASE.replace("k: 11, ", ""), []),
        (BASE.replace("l: 3", "l: 2"), [("anonymity_lowered", "breaking", True)]),
        (BASE.replace(", l: 3", ""), [("anonymity_lowered", "breaking", True)]),
        (BASE.replace("l: 3", "l: 4"), [("anonymity_raised", "compatible", False)]),
        (BASE.replace(", district_id", ""), [("anonymity_lowered", "breaking", True)]),
        (BASE.replace("[days]", "[days, department]"), [("anonymity_raised", "compatible", False)]),
        ("{quasiIdentifiers: [month, district_id], k: 11}", [("anonymity_lowered", "breaking", True)]),
        (None, [("anonymity_dropped", "breaking", True)]),
        (
            BASE.replace("district_id", "department"),
            [("anonymity_lowered", "breaking", True), ("anonymity_raised", "compatible", False)],
        ),
    ],
)
def test_asking_less_needs_an_approval_and_asking_more_does_not(
    tmp_path: Path, value: str | None, kinds: list[tuple[str, str, bool]]
) -> None:
    old = from_document(json.loads(json.dumps(to_document(product(tmp_path, BASE)))))
    new = product(tmp_path, value) if value else load(tmp_path, PRODUCT, Role.PRODUCT)
    changes = diff(old, new)
    assert [(c.kind, c.impact, c.needs_approval) for c in changes] == kinds
    assert all(c.sentence.endswith(".") and c.path.startswith("contract.anonymity") for c in changes)


def test_to_ask_it_for_the_first_time_is_compatible(tmp_path: Path) -> None:
    changes = diff(load(tmp_path, PRODUCT, Role.PRODUCT), product(tmp_path, BASE))
    assert [(c.kind, c.impact) for c in changes] == [("anonymity_declared", "compatible")]


def test_a_column_that_nobody_sees_any_more_needs_no_approval_to_leave_it_and_a_new_name_does(tmp_path: Path) -> None:
    old = product(tmp_path, BASE)
    without = BASE.replace(", district_id", "")
    column = "      - {name: district_id, logicalType: string, required: true, classification: public, description: The"
    gone = product(tmp_path, without, PRODUCT.replace(f"{column} district.}}\n", ""))
    renamed = product(tmp_path, without, PRODUCT.replace("name: district_id", "name: district"))
    lowered = [[c.needs_approval for c in diff(old, new) if c.kind == "anonymity_lowered"] for new in (gone, renamed)]
    assert lowered == [[False], [True]]
