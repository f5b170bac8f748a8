"""What changed between two contracts: each kind of change with its weight, and the round trip to JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.checks import Threshold
from contracts.diff import diff, from_document, is_sufficient, required_version_bump, to_document
from contracts.errors import ArtefactError
from contracts.model import Contract, Operator, Place, QualityRule, Role, Severity, Text
from contracts.rule_diff import _allows_less
from tests.unit.contracts.contract_texts import ENTITY, PRODUCT, SOURCE, load

PRODUCT_2 = PRODUCT.replace(
    "    quality:\n",
    """\
    quality:
      - {metric: duplicateValues, mustBeLessThan: 5, arguments: {properties: [request_id, days]}}
      - {id: few, type: sql, query: "select count(*) from {object}", mustBe: 0, description: Few.,
         customProperties: [{property: failingExample, value: [{days: 1}]}]}
      - {type: text, description: Counted by hand.}
""",
)

BEFORE_NEEDS = "  - {property: needs"

# name: (old text, new text, kind, impact); see NEEDS_APPROVAL
CASES: dict[str, tuple[str, str, str, str]] = {
    "column removed": (
        "      - {name: month, logicalType: date, classification: public}\n", "", "column_removed", "breaking"),
    "column added": (
        "      - {name: month,", "      - {name: x, logicalType: date, classification: public}\n      - {name: month,",
        "column_added", "compatible"),
    "column renamed": ("name: district_id", "name: district", "column_renamed", "breaking"),
    "type changed": ("name: days, logicalType: integer", "name: days, logicalType: number", "type_changed", "breaking"),
    "made nullable": ("required: true, ", "", "column_nullable", "breaking"),
    "made required": ("{name: month,", "{name: month, required: true,", "column_required", "compatible"),
    "made unique": ("{name: month,", "{name: month, unique: true,", "column_unique", "compatible"),
    "class lowered": (
        "name: department, logicalType: string, classification: internal",
        "name: department, logicalType: string, classification: public", "class_lowered", "breaking"),
    "class raised out of a rendition": (
        "name: month, logicalType: date, classification: public",
        "name: month, logicalType: date, classification: internal", "class_raised", "breaking"),
    "tier raised": ("tier, value: internal", "tier, value: restricted", "tier_raised", "compatible"),
    "rendition removed": ("[public, internal]", "[public]", "rendition_removed", "breaking"),
    "rendition added above": (
        "[public, internal]", "[public, internal, confidential]", "rendition_added", "compatible"),
    "bound tightened": ("maximum: 100", "maximum: 50", "constraint_tightened", "compatible"),
    "bound loosened": ("maximum: 100", "maximum: 200", "constraint_loosened", "breaking"),
    "bound removed": (", maximum: 100", "", "constraint_loosened", "breaking"),
    "rule removed": ("      - {id: enough, metric: rowCount, mustBeGreaterThan: 10}\n", "", "rule_removed", "breaking"),
    "rule loosened": ("mustBeGreaterThan: 10", "mustBeGreaterThan: 5", "rule_loosened", "breaking"),
    "rule tightened": ("mustBeGreaterThan: 10", "mustBeGreaterThan: 20", "rule_tightened", "compatible"),
    "rule of less weight": (
        "mustBeGreaterThan: 10", "mustBeGreaterThan: 10, severity: warning", "rule_loosened", "breaking"),
    "rule without id loosened": ("mustBeLessThan: 5", "mustBeLessThan: 9", "rule_loosened", "breaking"),
    "rule without id changed": ("[request_id, days]", "[request_id]", "rule_changed", "breaking"),
    "rule's query changed": ("count(*)", "count(days)", "rule_changed", "breaking"),
    "rule described": ("description: Few.", "description: Very few.", "description_changed", "documentation"),
    "text rule removed": ("      - {type: text, description: Counted by hand.}\n", "", "rule_removed", "documentation"),
    "rule added": (
        "      - {type: text", "      - {id: more, metric: rowCount, mustBeLessThan: 99}\n      - {type: text",
        "rule_added", "compatible"),
    "service level longer": ("value: 7, unit: d", "value: 2, unit: w", "service_level_loosened", "breaking"),
    "service level shorter": ("value: 7, unit: d", "value: 12, unit: h", "service_level_tightened", "compatible"),
    "rowCountChange wider": ("maximum: 0.5", "maximum: 0.9", "row_count_change_loosened", "breaking"),
    "rowCountChange narrower": ("maximum: 0.5", "maximum: 0.1", "row_count_change_tightened", "compatible"),
    "grain": ("one row per request", "one row per district", "grain_changed", "breaking"),
    "title": ("name: Requests\n", "name: What people asked\n", "text_changed", "documentation"),
    "words of a column": (
        "description: The number.", "description: Its number.", "description_changed", "documentation"),
    "format added": (
        "  - {property: needs", "  - {property: formats, value: [parquet, csv]}\n  - {property: needs",
        "format_added", "compatible"),
    "licence": (
        "  - {property: needs", "  - {property: licenceOut, value: CC0-1.0}\n  - {property: needs",
        "licence_changed", "breaking"),
    "late data holds": (
        "  - {property: needs", "  - {property: lateness, value: error}\n  - {property: needs",
        "lateness_changed", "compatible"),
    "hidden": (
        "  - {property: needs", "  - {property: inventory, value: hidden}\n  - {property: needs",
        "inventory_hidden", "breaking"),
    "unit": (
        "maximum: 100}}", "maximum: 100}, customProperties: [{property: unit, value: hours}]}",
        "unit_changed", "breaking"),
    "step": (
        "{name: month,", "{name: month, customProperties: [{property: step, value: {name: a, version: 1}}],",
        "step_changed", "breaking"),
}  # fmt: skip

NEEDS_APPROVAL = {"class lowered"}


@pytest.fixture
def product(tmp_path: Path) -> Contract:
    return load(tmp_path, PRODUCT_2, Role.PRODUCT)


@pytest.mark.parametrize("name", list(CASES))
def test_one_change_is_seen_as_that_change(name: str, product: Contract, tmp_path: Path) -> None:
    old, new, kind, impact = CASES[name]
    assert old in PRODUCT_2
    changed = load(tmp_path, PRODUCT_2.replace(old, new, 1), Role.PRODUCT)
    changes = diff(product, changed)
    assert [(c.kind, c.impact, c.needs_approval) for c in changes] == [(kind, impact, name in NEEDS_APPROVAL)]
    assert changes[0].breaking == (impact == "breaking")
    assert changes[0].sentence.endswith(".")


def test_nothing_changed(product: Contract) -> None:
    assert diff(product, product) == ()
    assert required_version_bump(()) is None


def test_a_lower_tier_or_a_wider_rendition_needs_an_approval(product: Contract) -> None:
    lowered = diff(replace(product, tier="restricted", renditions=("internal",)), product)
    assert {(c.kind, c.needs_approval) for c in lowered} == {("tier_lowered", True), ("rendition_widened", True)}


def test_columns_in_another_order(product: Contract) -> None:
    other = replace(product, object=replace(product.object, properties=product.columns[::-1]))
    assert [c.kind for c in diff(product, other)] == ["columns_reordered"]


def test_another_key(product: Contract) -> None:
    first, *rest = product.columns
    other = replace(
        product, object=replace(product.object, properties=(replace(first, primary_key_position=None), *rest))
    )
    assert [(c.kind, c.impact) for c in diff(product, other)] == [("key_changed", "breaking")]


def test_what_a_city_must_deliver(tmp_path: Path) -> None:
    old = load(tmp_path, ENTITY, Role.ENTITY)
    new = load(tmp_path, ENTITY.replace("{property: optional, value: true}, ", ""), Role.ENTITY)
    assert [(c.kind, c.impact) for c in diff(old, new)] == [("column_demanded", "breaking")]
    assert [(c.kind, c.impact) for c in diff(new, old)] == [("column_optional", "breaking")]


def test_a_source_s_own_changes(tmp_path: Path) -> None:
    old = load(tmp_path, SOURCE)
    for before, after, kind in (
        ("Reporter's Name", "REPORTER", "source_name_changed"),
        ("deliveries/requests.csv", "new/requests.csv", "server_changed"),
        ("retentionDays, value: 730", "retentionDays, value: 30", "fact_changed"),
        ("value: 2027-01-31", "value: 2028-01-31", "fact_changed"),
        ("value: upsert", "value: append", "delivery_changed"),
    ):
        assert [c.kind for c in diff(old, load(tmp_path, SOURCE.replace(before, after)))] == [kind]


@given(st.permutations(sorted(CASES)).map(lambda names: names[:4]))
def test_several_changes_are_the_sum_and_take_the_greatest_step(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    text = PRODUCT_2
    applied: list[str] = []
    for name in names:
        old, new, kind, _ = CASES[name]
        overlapping = any(old in CASES[other][0] or CASES[other][0] in old for other in applied)
        if old in text and not overlapping and kind not in ("column_removed", "column_renamed"):
            text = text.replace(old, new, 1)
            applied.append(name)
    before = load(folder, PRODUCT_2, Role.PRODUCT)
    changes = diff(before, load(folder, text, Role.PRODUCT))
    assert {CASES[n][2] for n in applied} == {c.kind for c in changes}
    ranks = {"breaking": "major", "compatible": "minor", "documentation": "patch"}
    steps = [ranks[CASES[n][3]] for n in applied]
    expected = next((s for s in ("major", "minor", "patch") if s in steps), None)
    assert required_version_bump(changes) == expected
    impacts = [("breaking", "compatible", "documentation").index(c.impact) for c in changes]
    assert all(a <= b for a, b in pairwise(impacts))


OPERATORS: list[Operator] = [
    "mustBe", "mustBeGreaterThan", "mustBeGreaterOrEqualTo", "mustBeLessThan", "mustBeLessOrEqualTo", "mustBeBetween",
]  # fmt: skip


@given(st.sampled_from(OPERATORS), st.integers(0, 4), st.sampled_from(OPERATORS), st.integers(0, 4), st.integers(0, 3))
def test_tighter_means_that_all_still_allowed_was_allowed(
    before: Operator, a: int, after: Operator, b: int, width: int
) -> None:
    rule = QualityRule(
        "library", "rowCount", None, {}, None, None, "rows", "coverage", Severity.ERROR, Text(""), Place("x")
    )
    old = replace(rule, operator=before, threshold=(a, a + width) if before == "mustBeBetween" else a)
    new = replace(rule, operator=after, threshold=(b, b + width) if after == "mustBeBetween" else b)
    assert old.threshold is not None
    assert new.threshold is not None
    halves = [n / 2 for n in range(-4, 24)]
    allowed_before = {n for n in halves if Threshold(before, old.threshold).holds(n)}
    allowed_after = {n for n in halves if Threshold(after, new.threshold).holds(n)}
    assert _allows_less(old, new) == (allowed_after <= allowed_before)


# versions and keeping -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "bump", "enough"),
    [
        ("1.2.3", "2.0.0", "major", True),
        ("1.2.3", "1.3.0", "major", False),
        ("1.2.3", "1.3.0", "minor", True),
        ("1.2.3", "1.2.4", "minor", False),
        ("1.2.3", "1.2.4", "patch", True),
        ("1.2.3", "1.2.3", "patch", False),
        ("1.2.3", "1.2.3", None, True),
        ("1.2.3", "1.2.2", None, False),
        ("0.2.3", "0.3.0", "major", True),
        ("1.9.0", "1.10.0", "minor", True),
    ],
)
def test_version_steps(old: str, new: str, bump: str | None, enough: bool) -> None:
    assert is_sufficient(old, new, bump) is enough  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "role"), [(SOURCE, Role.SOURCE), (PRODUCT_2, Role.PRODUCT), (ENTITY, Role.ENTITY)])
def test_a_kept_contract_is_the_contract(text: str, role: Role, tmp_path: Path) -> None:
    contract = load(tmp_path, text, role)
    document = json.loads(json.dumps(to_document(contract)))
    again = from_document(document)
    assert to_document(again) == document
    assert diff(contract, again) == ()
    assert again.path == Path("x.odcs.yaml")
    assert str(tmp_path) not in json.dumps(document)
    assert again.object.quality == tuple(
        replace(r, place=replace(r.place, file="x.odcs.yaml")) for r in contract.object.quality
    )
    assert (again.tier, again.renditions, again.delivery, again.team) == (
        contract.tier, contract.renditions, contract.delivery, contract.team,
    )  # fmt: skip


def test_every_field_is_kept(product: Contract) -> None:
    document = to_document(product)
    assert set(document) == {"format_version", *product.__dataclass_fields__}
    assert set(document["object"]["properties"][0]) == set(product.columns[0].__dataclass_fields__)


@pytest.mark.parametrize(
    "broken",
    [
        {"format_version": 99},
        {"format_version": 1, "id": "x"},
        {"columns": 3},
        {"tier": 5},
        {"role": "king"},
        {"renditions": "public"},
    ],
)
def test_a_kept_contract_that_is_not_whole(broken: dict[str, object], product: Contract) -> None:
    whole = {} if "id" in broken else to_document(product)
    with pytest.raises(ArtefactError):
        from_document({**whole, **broken})
