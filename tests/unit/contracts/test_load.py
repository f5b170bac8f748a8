"""Loading one contract: everything read, and every kind of mistake refused at its line."""

from __future__ import annotations

import copy
import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.credentials import REFERENCE
from contracts.errors import InputError
from contracts.load import load_contract
from contracts.model import Contract, Delivery, Member, Place, Role, Severity
from contracts.tiers import TIERS
from contracts.vocabulary import WORDS, nearest, words_for
from contracts.word_forms import expectation
from contracts.yaml_places import parse_yaml
from tests.unit.contracts.contract_texts import ENTITY, PRODUCT, SOURCE, line_of, load, refusal


@pytest.fixture
def source(tmp_path: Path) -> Contract:
    return load(tmp_path, SOURCE)


def test_the_contract_s_own_facts(source: Contract) -> None:
    assert (source.id, source.name, source.role) == ("town/town_requests", "town_requests", Role.SOURCE)
    assert source.title.default == "Requests"
    assert source.title.to("es") == "Solicitudes"
    assert source.title.to("pt") == "Requests"
    assert source.object.description.to("es") == "Una solicitud."
    assert source.tier == "restricted"
    assert source.delivery is Delivery.UPSERT
    assert source.retention_days == 730
    assert source.custom == {"reviewDate": "2027-01-31"}
    assert source.object.grain == "one row per request"
    assert source.sha256 == hashlib.sha256(SOURCE.encode()).hexdigest()


def test_who_has_left_is_not_of_the_team(source: Contract) -> None:
    assert source.owner == "owner@example.gov"
    assert source.steward == "steward@example.gov"
    assert source.team[0] == Member("owner@example.gov", "owner", "Ana")
    assert len(source.team) == 2


def test_columns_types_and_classes(source: Contract) -> None:
    rows = [(c.name, c.physical_type, c.classification, c.classified, c.required) for c in source.columns]
    assert rows == [
        ("request_id", "VARCHAR", "public", True, True),
        ("opened_at", "TIMESTAMP", "public", True, False),
        ("amount", "DECIMAL(12,2)", "internal", True, False),
        ("reporter", "VARCHAR", "restricted", False, False),
    ]
    assert source.primary_key == ("request_id",)
    assert source.columns[1].options["defaultTimezone"] == "America/Bogota"
    assert [c.source_name for c in source.columns] == ["request_id", "opened_at", "amount", "Reporter's Name"]


def test_rules(source: Contract) -> None:
    enough, in_order, documented = source.object.quality
    assert (enough.metric, enough.operator, enough.threshold) == ("rowCount", "mustBeBetween", (1, 1000))
    assert (enough.severity, enough.dimension) == (Severity.WARNING, "coverage")
    assert in_order.failing_example == ({"request_id": "A", "amount": -1},)
    assert in_order.description.to("es") == "Nada cuesta menos que nada."
    assert (in_order.severity, in_order.dimension) == (Severity.ERROR, "consistency")
    assert (documented.type, documented.operator, documented.threshold) == ("text", None, None)
    column_rule = source.columns[2].quality[0]
    assert (column_rule.unit, column_rule.threshold, column_rule.dimension) == ("percent", 5, "completeness")


def test_places_are_lines_of_the_file(source: Contract) -> None:
    assert source.columns[3].place.line == line_of(SOURCE, "- name: reporter")
    assert source.object.quality[1].place.line == line_of(SOURCE, "- id: in_order")
    assert source.service_levels[1].place.line == line_of(SOURCE, "- {property: latency")


def test_server_and_service_levels(source: Contract) -> None:
    server = source.servers[0]
    assert (server.connector, server.portal) == ("file", None)
    assert server.settings == {"location": "deliveries/requests.csv", "format": "csv"}
    assert source.event_time == "opened_at"


def test_a_product(tmp_path: Path) -> None:
    product = load(tmp_path, PRODUCT, Role.PRODUCT)
    assert product.renditions == ("internal", "public")
    assert product.needs == ("requests",)
    assert product.row_count_change == (-0.3, 0.5)
    assert product.columns[0].required


def test_an_entity(tmp_path: Path) -> None:
    entity = load(tmp_path, ENTITY, Role.ENTITY)
    assert entity.unlocks == ("requests",)
    assert (entity.columns[1].optional, entity.columns[1].unlocks) == (True, ("requests",))
    assert entity.tier == "restricted"


def test_a_team_written_as_a_list_is_read(tmp_path: Path) -> None:
    start, end = SOURCE.index("team:"), SOURCE.index("servers:")
    text = SOURCE[:start] + "team:\n  - {username: a@example.gov, role: owner}\n" + SOURCE[end:]
    assert load(tmp_path, text).owner == "a@example.gov"


def test_older_versions_of_the_standard(tmp_path: Path) -> None:
    for version in ("v3.0.0", "v3.0.1", "v3.0.2"):
        assert load(tmp_path, SOURCE.replace("v3.1.0", version)).id == "town/town_requests"
    error = refusal(tmp_path, SOURCE.replace("v3.1.0", "v2.2.2"))
    assert (error.where, error.found) == ("x.odcs.yaml:1", '"v2.2.2"')


def test_markup_in_texts_is_data(tmp_path: Path) -> None:
    text = SOURCE.replace("name: Requests", 'name: "<script>alert(1)</script>"')
    assert load(tmp_path, text).title.default == "<script>alert(1)</script>"


# (what is replaced, by what, what the error says, what it found, what it expected, text whose line it names)
MISTAKES: dict[str, tuple[str, str, str, str | None, str | None]] = {
    "unknown key": ("status: active", "status: active\nstatsu: x", "no key 'statsu'", "statsu", None),
    "unknown key in a column": (
        "        required: true",
        "        requierd: true",
        "no key 'requierd'",
        "requierd",
        "required",
    ),
    "missing key": ("status: active\n", "", "the key 'status' is missing", None, "status: ..."),
    "wrong type of value": ("required: true", "required: maybe", "required is not", '"maybe"', "true or false"),
    "number where text is meant": ("version: 1.0.0", "version: 1.0", "version is not", "1.0", None),
    "logical type": ("logicalType: number", "logicalType: numbre", "logicalType is not", '"numbre"', None),
    "no logical type": ("        logicalType: number\n", "", "the column amount has no logicalType", None, None),
    "version": ("version: 1.0.0", "version: 1.0.0-beta", "version is not", '"1.0.0-beta"', None),
    "unknown tier": ("classification: internal", "classification: intern", "no such tier", "intern", None),
    "unknown word": (
        "property: retentionDays",
        "property: retentionDay",
        "unknown custom property",
        "retentionDay",
        "retentionDays",
    ),
    "word twice": (
        "property: retentionDays, value: 730",
        "property: tier, value: restricted",
        "stands twice",
        "tier",
        None,
    ),
    "word of another form": ("value: 730", "value: two years", "retentionDays is not", '"two years"', None),
    "unknown delivery": (
        "value: upsert",
        "value: replace",
        "delivery is not",
        '"replace"',
        "one of snapshot, append, upsert",
    ),
    "repeated by a column that is not there": (
        "value: upsert}",
        "value: append}\n  - {property: repeatedBy, value: [case]}",
        "repeatedBy names a column",
        "case",
        None,
    ),
    "upsert without key": ("        primaryKey: true\n", "", "an upsert needs a key", "no primary key", None),
    "column above the tier": (
        "tier, value: restricted",
        "tier, value: internal",
        "the column reporter is above",
        None,
        None,
    ),
    "sql without example": (
        "          - {property: failingExample, value: [{request_id: A, amount: -1}]}\n",
        "",
        "no failing example",
        None,
        None,
    ),
    "example of another column": ("amount: -1", "amont: -1", "names a column", "amont", "amount"),
    "custom rule": (
        "{id: enough, metric: rowCount, mustBeBetween: [1, 1000], severity: warning}",
        "{id: enough, type: custom, engine: soda, implementation: x}",
        "not supported: custom rule of engine soda",
        "type: custom",
        None,
    ),
    "rule without comparison": ("mustBeBetween: [1, 1000], ", "", "a rule needs one comparison", "none", None),
    "rule with two": (
        "mustBeBetween: [1, 1000]",
        "mustBe: 1, mustBeLessThan: 2",
        "one comparison",
        "mustBe and mustBeLessThan",
        None,
    ),
    "comparison with text": ("mustBeLessOrEqualTo: 5", "mustBe: five", "mustBe is not", '"five"', "a number"),
    "range upside down": ("[1, 1000]", "[1000, 1]", "a range is upside down", None, None),
    "severity": ("severity: warning", "severity: blocker", "severity is not", '"blocker"', None),
    "dimension": ("severity: warning", "dimension: freshness", "dimension is not", '"freshness"', None),
    "metric": ("metric: rowCount", "metric: rowCounts", "metric is not", '"rowCounts"', None),
    "percent of rows of a table": (
        "[1, 1000]",
        "[1, 99], unit: percent",
        "a percentage of nothing",
        "unit: percent",
        None,
    ),
    "row count of a column": ("metric: nullValues", "metric: rowCount", "no meaning for one column", None, None),
    "nulls of a table": (
        "metric: rowCount, mustBeBetween: [1, 1000]",
        "metric: nullValues, mustBe: 0",
        "whole table",
        None,
        None,
    ),
    "arguments": ("unit: percent", "arguments: {x: 1}", "nullValues takes no arguments", None, None),
    "3.0 rule name": (
        "metric: nullValues",
        "metric: nullValues, rule: nullCheck",
        "library rule named by 'rule'",
        "nullCheck",
        None,
    ),
    "rule id twice": ("- id: in_order", "- id: enough", "two rules have the same id", None, None),
    "sla element": (
        "element: requests.opened_at",
        "element: requests.opend_at",
        "an element the contract does not have",
        "requests.opend_at",
        "requests.opened_at",
    ),
    "sla element of another table": (
        "element: requests.opened_at",
        "element: tab1.opened_at",
        "does not have",
        "tab1.opened_at",
        None,
    ),
    "latency by text": (
        "element: requests.opened_at",
        "element: requests.reporter",
        "measured by an instant",
        None,
        None,
    ),
    "sla unit": ("value: 1, unit: d", "value: 1, unit: fortnights", "frequency is not an interval", None, None),
    "server type": (
        "type: custom\n",
        "type: local\n    path: a\n    format: csv\n",
        "a server of type local",
        None,
        None,
    ),
    "connector": ("value: file}", "value: gopher}", "no connector that is there", '"gopher"', "connector: file"),
    "connector's setting": ("property: format,", "property: formt,", "unknown custom property", "formt", "format"),
    "missing setting": (
        "      - {property: location, value: deliveries/requests.csv}\n",
        "",
        "needs location",
        None,
        None,
    ),
    "csv word for parquet": (
        "value: csv}",
        'value: parquet}\n      - {property: delimiter, value: ";"}',
        "belongs to CSV",
        None,
        None,
    ),
    "two columns of one name": ("- name: opened_at", "- name: REQUEST_ID", "two columns have one name", None, None),
    "reserved name": ("- name: reporter", "- name: _record", "name is not", '"_record"', None),
    "key position without key": ("        required: true\n", "        primaryKeyPosition: 1\n", "", None, None),
    "nested properties": (
        "- name: reporter\n        physicalName: Reporter's Name\n        logicalType: string",
        "- name: reporter\n        logicalType: object\n        properties: [{name: a, logicalType: string}]",
        "not supported: nested properties of reporter",
        None,
        None,
    ),
    "array items": (
        "- name: reporter\n        physicalName: Reporter's Name\n        logicalType: string",
        "- name: reporter\n        logicalType: array\n        items: {logicalType: string}",
        "not supported: the items of an array of reporter",
        None,
        None,
    ),
    "option of an array": (
        "- name: reporter\n        physicalName: Reporter's Name\n        logicalType: string",
        "- name: reporter\n        logicalType: array\n        logicalTypeOptions: {maxItems: 3}",
        "not supported: maxItems of an array",
        "maxItems: 3",
        None,
    ),
    "relationships of a column": (
        "physicalName: Reporter's Name",
        "relationships: [{to: people.name}]",
        "not supported: relationships of reporter",
        None,
        None,
    ),
    "relationships of a table": (
        "    physicalType: table\n",
        "    relationships: [{from: requests.reporter, to: people.name}]\n",
        "not supported: relationships of a schema object",
        None,
        None,
    ),
    "several tables": (
        "slaProperties:",
        "  - name: more\nslaProperties:",
        "none or several schema objects",
        "2 (requests, more)",
        None,
    ),
    "default element": (
        "slaProperties:",
        "slaDefaultElement: requests.x\nslaProperties:",
        "slaDefaultElement",
        "requests.x",
        None,
    ),
    "date with a time in 3.0": (
        "logicalType: number\n        physicalType: NUMERIC(12, 2)",
        "logicalType: date\n        physicalType: timestamp",
        "a date that holds a time",
        None,
        "logicalType: timestamp",
    ),
    "decimal": ("NUMERIC(12, 2)", "NUMERIC(12, 20)", "no such decimal type", "NUMERIC(12, 20)", None),
    "look-ahead": (
        "- name: reporter\n",
        "- name: reporter\n        logicalTypeOptions: {pattern: '^(?!x)'}\n",
        "a pattern looks around",
        "(?! in ^(?!x)",
        None,
    ),
    "back-reference": (
        "- name: reporter\n",
        "- name: reporter\n        logicalTypeOptions: {pattern: '(a)\\1'}\n",
        "a pattern refers back",
        "\\1 in (a)\\1",
        None,
    ),
    "impossible length": (
        "- name: reporter\n",
        "- name: reporter\n        logicalTypeOptions: {minLength: 5, maxLength: 2}\n",
        "that short and that long",
        None,
        None,
    ),
    "two titles": (
        "physicalName: Reporter's Name",
        "businessName: A\n        customProperties: [{property: title, value: B}]",
        "has two titles",
        None,
        None,
    ),
    "translation into English": ("value: {es: {title", "value: {en: {title", "translations is not", None, None),
    "translation of what is not there": (
        "{title: Solicitudes,",
        "{titel: Solicitudes,",
        "translations is not",
        None,
        None,
    ),
    "words of description": (
        "  purpose: What",
        "  customProperties: [{property: a, value: 1}]\n  purpose: What",
        "unknown custom property 'a'",
        "a",
        None,
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused_at_its_line(name: str, tmp_path: Path) -> None:
    old, new, said, found, expected = MISTAKES[name]
    assert old in SOURCE
    text = SOURCE.replace(old, new, 1)
    if name == "key position without key":
        text = text.replace("        primaryKey: true\n", "", 1).replace("value: upsert", "value: append")
        said = "a column has a key position and is no key"
    error = refusal(tmp_path, text)
    assert said in error.what, error.message
    if found is not None:
        assert error.found == found
    if expected is not None:
        assert (error.expected or "").startswith(expected)
    file, _, line = (error.where or "").partition(":")
    assert file == "x.odcs.yaml"
    first = line_of(SOURCE, old)
    changed = range(first, first + max(old.count("\n"), new.count("\n")) + 1)
    elsewhere = line_of(text, ELSEWHERE[name]) if name in ELSEWHERE else None
    allowed = {elsewhere} if elsewhere else {*changed, *enclosing(text, first)}
    assert int(line) in allowed, error.message


# Mistakes of two distant parts: the text at which the error points.
ELSEWHERE = {
    "upsert without key": "- {property: delivery",
    "column above the tier": "- name: reporter",
    "two columns of one name": "- name: REQUEST_ID",
    "several tables": "schema:",
    "key position without key": "primaryKeyPosition: 1",
}


def enclosing(text: str, line: int) -> set[int]:
    """The lines of the mappings and list entries around ``line``, outermost line 1."""
    rows = text.split("\n")
    found, depth = {1}, len(rows[line - 1]) - len(rows[line - 1].lstrip())
    for number in range(line - 1, 0, -1):
        row = rows[number - 1]
        indent = len(row) - len(row.lstrip())
        if row.strip() and indent < depth:
            found.add(number)
            depth = indent
    return found


NEEDS = "{property: needs, value: [requests]}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("primaryKey: true, ", "", "a product has no primary key"),
        ("dataGranularityDescription: one row per request\n    ", "", "what one row is"),
        ("  - {property: tier, value: internal}\n", "", "names no tier"),
        ("primaryKey: true, classification: public", "primaryKey: true, classification: internal", "missing from"),
        ("value: [public, internal]", "value: [public, secret]", "renditions is not"),
        ("value: [public, internal]", "value: []", "renditions is not"),
        ("{minimum: -0.3, maximum: 0.5}", "{minimum: 0.3, maximum: 0.5}", "rowCountChange is not"),
        ("customProperties:\n", "servers: [{server: a, type: custom}]\ncustomProperties:\n", "only a source"),
        ("logicalType: date", "logicalType: date, physicalType: VARCHAR", "a date is not kept as that"),
        (NEEDS, "{property: geometry, value: {column: shape, format: wkt}}", "geometry names a column"),
        (NEEDS, "{property: decimals, value: {dayz: 2}}", "decimals names a column"),
        (NEEDS, "{property: reconciles, value: {entity: requests}}", "does not need"),
        (NEEDS, "{property: partition, value: {by: moon, every: month}}", "partition names a column"),
        (NEEDS, "{property: partition, value: {by: month, every: week}}", "partition is not"),
        (NEEDS, "{property: partition, value: {by: days, every: month}}", "months or years of a date only"),
        (NEEDS, "{property: delivery, value: append}", "unknown custom property 'delivery'"),
    ],
)  # fmt: skip
def test_a_product_s_own_mistakes(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in PRODUCT
    assert said in refusal(tmp_path, PRODUCT.replace(old, new, 1), Role.PRODUCT).what


def test_a_product_is_cut_by_a_column_that_every_rendition_has(tmp_path: Path) -> None:
    """Which parts changed between two releases must tell a reader nothing that the records would not."""
    cut = PRODUCT.replace(NEEDS, f"{NEEDS}\n  - {{property: partition, value: {{by: month, every: year}}}}", 1)
    assert load(tmp_path, cut, Role.PRODUCT).custom["partition"] == {"by": "month", "every": "year"}
    hidden = cut.replace("logicalType: date, classification: public", "logicalType: date, classification: internal", 1)
    said = refusal(tmp_path, hidden, Role.PRODUCT)
    assert "the public rendition would be cut by a column that it does not have" in said.what
    assert said.found == "month, internal"


def test_an_optional_column_is_not_required(tmp_path: Path) -> None:
    text = ENTITY.replace("classification: public\n        custom", "required: true\n        custom")
    assert "optional and required at once" in refusal(tmp_path, text, Role.ENTITY).what


def test_key_positions(tmp_path: Path) -> None:
    two = PRODUCT.replace("required: true, classification", "primaryKey: true, primaryKeyPosition: 1, classification")
    error = refusal(tmp_path, two, Role.PRODUCT)
    assert (error.what, error.found, error.expected) == ("the key's positions are not 1, 2, 3, ...", "none, 1", "1, 2")
    right = two.replace("primaryKey: true, classification", "primaryKey: true, primaryKeyPosition: 2, classification")
    assert load(tmp_path, right, Role.PRODUCT).primary_key == ("district_id", "request_id")


def test_a_text_rule_may_not_be_silent(tmp_path: Path) -> None:
    text = SOURCE.replace('{type: text, description: "Requests by phone are typed in by hand."}', "{type: text}")
    assert "says nothing" in refusal(tmp_path, text).what


SECRETS = {
    "by its name": ("{property: location, value: deliveries/requests.csv}", "{property: password, value: hunter2}"),
    "an address with a password": ("deliveries/requests.csv", "ftp://user:hunter2@host/a.csv"),
    "a token in an address": ("deliveries/requests.csv", '"https://host/a.csv?api_key=hunter2"'),
    "a private key": ("What people ask of the town.", '"-----BEGIN RSA PRIVATE KEY----- hunter2"'),
    "an access key": ("What people ask of the town.", "AKIAABCDEFGHIJKLMNOP hunter2"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_refused_and_not_repeated(name: str, tmp_path: Path) -> None:
    old, new = SECRETS[name]
    error = refusal(tmp_path, SOURCE.replace(old, new, 1))
    assert error.what == "a secret is written out"
    assert error.where == f"x.odcs.yaml:{line_of(SOURCE, old)}"
    assert "hunter2" not in str(error) + str(error.as_dict())


def test_a_reference_is_no_secret(tmp_path: Path) -> None:
    assert REFERENCE.match("${PORTAL_TOKEN}")
    address = '"https://user:${PORTAL_PASSWORD}@host/a.csv?token=${PORTAL_TOKEN}"'
    assert load(tmp_path, SOURCE.replace("deliveries/requests.csv", address)).servers[0].settings["location"]


def test_sql_is_proven_at_load(tmp_path: Path) -> None:
    load(tmp_path, SOURCE, prove_sql=True)
    for query in ("delete from {object}", "select now()", "select count(*) from read_csv('/etc/passwd')", "select (("):
        text = SOURCE.replace("select count(*) from {object} where amount < 0", query)
        path = tmp_path / "y.odcs.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as caught:
            load_contract(path, Role.SOURCE)
        assert f"y.odcs.yaml:{line_of(text, '- id: in_order')}" in (caught.value.where or "")


def test_the_file_s_bytes_decide_not_its_age(tmp_path: Path) -> None:
    first = load(tmp_path, SOURCE)
    assert load(tmp_path, SOURCE) is first
    assert load(tmp_path, SOURCE.replace("name: Requests", "name: Asked")).title.default == "Asked"


@given(st.sampled_from(TIERS), st.lists(st.sampled_from([*TIERS, None]), min_size=5, max_size=5))
def test_no_column_is_ever_above_the_tier(tmp_path_factory: Any, tier: str, classes: list[str | None]) -> None:
    names = ("request_id", "district_id", "month", "days", "department")
    columns = [
        f"{{name: {n}, logicalType: string{f', classification: {c}' if c else ''}}}"
        for n, c in zip(names, classes, strict=True)
    ]
    text = f"""\
apiVersion: v3.1.0
kind: DataContract
id: entity/x
version: 1.0.0
status: active
schema: [{{name: x, properties: [{", ".join(columns)}]}}]
customProperties: [{{property: tier, value: {tier}}}]
"""
    folder = tmp_path_factory.getbasetemp()
    highest = max(TIERS.index(c or "restricted") for c in classes)
    if highest > TIERS.index(tier):
        assert "above the contract's tier" in refusal(folder, text, Role.ENTITY).what
    else:
        contract = load(folder, text, Role.ENTITY)
        assert [c.classification for c in contract.columns] == [c or "restricted" for c in classes]
        assert [c.classified for c in contract.columns] == [c is not None for c in classes]


def spoilt(value: Any, chance: random.Random) -> Any:
    """A copy of a parsed contract with one thing in it changed, removed, added or put elsewhere."""
    changed = copy.deepcopy(value)
    spots: list[tuple[Any, Any]] = []

    def collect(node: Any) -> None:
        for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
            spots.append((node, key))
            collect(node[key])

    collect(changed)
    node, key = chance.choice(spots)
    other, name = chance.choice(spots)
    match chance.randrange(5):
        case 0:
            node[key] = chance.choice([None, 7, -1, 1.5, "nonsense", "", [], {}, True, ["a"], {"a": 1}, [None], "{x}"])
        case 1:
            node[key] = copy.deepcopy(other[name])
        case 2:
            node[key] = [node[key]]
        case 3 if isinstance(node, dict):
            node["unheardOf"] = 1
        case _:
            del node[key]
    return changed


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_spoilt_is_read_or_refused_with_a_line(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    refused = 0
    for text, role in ((SOURCE, Role.SOURCE), (PRODUCT, Role.PRODUCT), (ENTITY, Role.ENTITY)) * 5:
        value = spoilt(parse_yaml(text.encode(), "x").value, chance)
        try:
            load(tmp_path, json.dumps(value, indent=1), role)
        except InputError as error:
            refused += 1
            assert (error.where or "").startswith(f"{tmp_path}/x.odcs.yaml:")
    assert refused > 0


def test_every_word_says_what_it_is_and_knows_a_wrong_value() -> None:
    places = [(w.name, where, name) for w in WORDS for where in w.where for name in (w.connectors or ("any",))]
    assert len(set(places)) == len(places)
    for word in WORDS:
        assert word.meaning.endswith(".")
        assert expectation(word, object(), word.where[0]) is not None
        assert all(words_for(word.where[0], name)[word.name] is word for name in (word.connectors or ("file",)))


def test_the_nearest_word() -> None:
    assert nearest("licence_in", words_for("source")) == "licenceIn"
    assert nearest("zzz", words_for("source")) is None


def test_a_place_without_a_line_is_the_file() -> None:
    assert str(Place("a.yaml")) == "a.yaml"
