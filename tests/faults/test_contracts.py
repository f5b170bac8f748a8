"""Bad contracts, 32, 33, 35 and 36: read from files as the command reads them.

Belongs here: YAML that is not what it seems, patterns, tiers and classes. Does not belong here: markup
(``test_markup``) and SQL (``test_rule_sql``).
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from contracts.city_load import load_products
from contracts.decisions import read_rulings
from contracts.errors import InputError
from contracts.load import load_contract
from contracts.model import Role
from contracts.yaml_places import parse_yaml
from orchestration.cli.contract import app
from tests.faults.saying import Says
from tests.unit.contracts.contract_texts import PRODUCT, SOURCE
from tests.unit.orchestration.ingest.conftest import MakeTown
from tests.unit.orchestration.publish import publish_world
from tests.unit.orchestration.publish.publish_world import World, changed, ruling

runner = CliRunner()
QUICK = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def lint(folder: Path, text: str | bytes, role: Role = Role.SOURCE) -> str:
    """What ``cauce contract lint`` says of a file; it must be one mistake, with the file's name and a line."""
    path = folder / "requests.odcs.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    result = runner.invoke(app, ["lint", str(path), "--role", role.value])
    assert result.exit_code == InputError.exit_code, result.output
    (mistake,) = [line for line in result.output.splitlines() if line.startswith("✗ ")]
    assert re.search(r"requests\.odcs\.yaml:\d+", mistake), mistake
    return mistake.removeprefix("✗ ")


# 32 -----------------------------------------------------------------------------------------

BOMB = "a: &a [x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 4)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.fault(32)
def test_yaml_that_is_not_what_it_seems(tmp_path: Path, says: Says) -> None:
    says(lint(tmp_path, BOMB), "a bomb of aliases")
    says(lint(tmp_path, "[" * 100_000), "a hundred thousand brackets")
    says(lint(tmp_path, SOURCE.replace("name: Requests", "name: !!python/object/apply:os.system [id]", 1)), "a tag")
    says(lint(tmp_path, SOURCE.replace("status: active", "status: active\nstatus: draft")), "a key that stands twice")
    says(lint(tmp_path, SOURCE.replace("team:", "<<: {}\nteam:", 1)), "a merge key")
    says(lint(tmp_path, SOURCE.replace("  purpose", "\tpurpose", 1)), "a tab")
    says(lint(tmp_path, SOURCE.replace("What people ask of the town", "Requests: all of them")), "a colon in a text")
    says(lint(tmp_path, SOURCE.replace("What people ask", "\u202eksa elpoep tahW")), "text that turns its direction")
    says(lint(tmp_path, SOURCE.replace("What people", "Peticiones del público").encode("latin-1")), "Latin-1")
    says(lint(tmp_path, f"{SOURCE}---\n{SOURCE}"), "two documents")


Tree = dict[str, Any]
NAMES = st.text("abcdefgh", min_size=1, max_size=4)
LEAVES = st.one_of(st.integers(), st.booleans(), st.text("xyzñ é", max_size=8), st.none())
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.dictionaries(NAMES, LEAVES, min_size=1, max_size=3),
    lambda inner: st.dictionaries(NAMES, st.one_of(LEAVES, inner, st.lists(inner, min_size=1, max_size=2)), min_size=1),
    max_leaves=12,
)


@dataclass(frozen=True)
class Oddity:
    """What is put at the end of a line, or in a line of its own (``{indent}`` before it, ``{key}`` above it)."""

    name: str
    line: str
    said: str


ODDITIES = (
    Oddity("a key twice", "{indent}{key}: again", "stands twice"),
    Oddity("a tag", "{indent}zz: !!binary aGk=", "tags are not supported"),
    Oddity("an own tag", "{indent}zz: !thing x", "tags are not supported"),
    Oddity("a merge key", "{indent}<<: {{}}", "merge keys are not supported"),
    Oddity("an alias of nothing", "{indent}zz: *nothing", "names no finished anchor"),
    Oddity("an anchor on a key", "{indent}&k zz: 1", "a key has an anchor"),
    Oddity("a list as a key", "{indent}? [a, b]", "a key is a list or a mapping"),
    Oddity("an endless number", "{indent}zz: .inf", "not finite"),
    Oddity("a number too large", "{indent}zz: 1e999", "too large"),
    Oddity("a hidden character", '{indent}zz: "a\\u202eb"', "cannot be seen"),
    Oddity("NUL", '{indent}zz: "\\0"', "cannot be seen"),
    Oddity("a tab", "{indent}\tzz: 1", "not YAML"),
    Oddity("an open quote", '{indent}zz: "open', "not YAML"),
    Oddity("an open bracket", "{indent}zz: [open", "not YAML"),
)


@pytest.mark.fault(32)
@QUICK
@given(tree=TREES, oddity=st.sampled_from(ODDITIES), data=st.data())
def test_each_oddity_is_named_with_its_line_however_deep(tree: Tree, oddity: Oddity, data: st.DataObject) -> None:
    lines = yaml.safe_dump(tree, allow_unicode=True, width=10_000).splitlines()
    keys = [i for i, line in enumerate(lines) if re.match(r" *[a-h]+:", line)]
    at = data.draw(st.sampled_from(keys))
    indent, key = re.match(r"( *)([a-h]+):", lines[at]).groups()  # type: ignore[union-attr]
    lines.insert(at, oddity.line.format(indent=indent, key=key))
    with pytest.raises(InputError) as caught:
        parse_yaml("\n".join(lines).encode(), "f.yaml")
    assert oddity.said in caught.value.what
    where = caught.value.where or ""
    assert where.startswith("f.yaml:")
    line = int(where.split(":")[1])
    if caught.value.what != "the file is not YAML":
        expected = at + 1 if "twice" not in oddity.said else range(at + 2, at + 3)
        assert line == expected or (isinstance(expected, range) and line in expected)
    else:
        assert line >= at + 1


@pytest.mark.fault(32)
@QUICK
@given(st.one_of(st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,? \n\t\\0", max_size=60), st.binary(max_size=60)))
def test_any_bytes_are_read_or_refused(given_bytes: str | bytes) -> None:
    data = given_bytes.encode() if isinstance(given_bytes, str) else given_bytes
    try:
        document = parse_yaml(data, "f.yaml")
    except InputError as error:
        assert (error.where or "").startswith("f.yaml")
        return
    json.dumps(document.value)


ODD_VALUES: tuple[Any, ...] = (
    *(None, "", 0, -1, True, [], {}, [None], ["x"], {"a": 1}, "x" * 50, "2026-13-40", [[1]], 10**30),
    *("null", "{object}", {"property": "tier"}, ["a", "a"], "<script>", "../../etc/passwd", 0.5),
)


def ways(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every way into a nested value."""
    found = [path] if path else []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        found += ways(inner, (*path, key))
    return found


@pytest.mark.fault(32)
@QUICK
@given(text=st.sampled_from([(SOURCE, Role.SOURCE), (PRODUCT, Role.PRODUCT)]), data=st.data())
def test_a_contract_with_anything_in_the_wrong_place_is_read_or_refused_with_its_line(
    tmp_path: Path, text: tuple[str, Role], data: st.DataObject
) -> None:
    document = yaml.safe_load(text[0])
    for _ in range(data.draw(st.integers(1, 2))):
        way = data.draw(st.sampled_from(ways(document)))
        holder = document
        for key in way[:-1]:
            holder = holder[key]
        match data.draw(st.sampled_from(("remove", "replace", "add"))):
            case "remove":
                del holder[way[-1]]
            case "replace":
                holder[way[-1]] = copy.deepcopy(data.draw(st.sampled_from(ODD_VALUES)))
            case _ if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[way[-1]]))
            case _:
                holder["zz"] = copy.deepcopy(data.draw(st.sampled_from(ODD_VALUES)))
        if not ways(document):
            break
    path = tmp_path / "x.odcs.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    try:
        load_contract(path, text[1], prove_sql=False)
    except InputError as error:
        assert re.search(r"x\.odcs\.yaml:\d+", error.where or ""), error.message


# 33 -----------------------------------------------------------------------------------------


def with_pattern(pattern: str) -> str:
    rule = f"quality: [{{metric: invalidValues, arguments: {{pattern: {json.dumps(pattern)}}}, mustBe: 0}}]"
    return SOURCE.replace("      - name: reporter\n", f"      - name: reporter\n        {rule}\n", 1)


@pytest.mark.fault(33)
def test_patterns_that_no_linear_engine_has_are_refused(tmp_path: Path, says: Says) -> None:
    says(lint(tmp_path, with_pattern(r"^(a+)+\1$")), "a back-reference")
    says(lint(tmp_path, with_pattern("^(?=.*x)(?=.*y)")), "a look-ahead")
    says(lint(tmp_path, with_pattern("(" * 3000 + "a" + ")" * 3000)), "three thousand brackets")
    says(lint(tmp_path, with_pattern("((a{1000}){1000}){1000}")), "a repetition of repetitions")
    says(lint(tmp_path, with_pattern("a(b")), "an open bracket")


@pytest.mark.fault(33)
def test_a_pattern_that_backtracks_for_ever_elsewhere_is_matched_at_once(
    make_town: MakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's ``re`` would need 2 to the power of 200,000 steps; it is never handed the pattern."""
    catastrophic = "^(a+)+$"
    column = {"name": "code", "logicalType": "string", "classification": "public"}
    compile_ = re.compile

    def watch(pattern: Any, *arguments: Any) -> Any:
        assert catastrophic not in str(pattern)
        return compile_(pattern, *arguments)

    monkeypatch.setattr(re, "compile", watch)
    town = make_town({**column, "logicalTypeOptions": {"pattern": catastrophic}}, {**column, "name": "other"})
    landing = town.land("code,other\n" + "a" * 200_000 + "!,x\n" + "a" * 200_000 + ",x\n")
    assert (landing.accepted, landing.quarantined) == (1, 1)


@pytest.mark.fault(33)
def test_a_product_with_such_a_pattern_is_judged_at_once(world: World) -> None:
    def edit(document: dict[str, Any]) -> None:
        document["schema"][0]["properties"][1]["logicalTypeOptions"] = {"pattern": "^([a-z ]+)+$"}

    world.product = changed(publish_world.PRODUCT, edit)
    table = publish_world.rows()
    world.deliver([(row[0], "a" * 5000 + "!", *row[2:]) for row in table])
    assert [r.rule for r in world.publish().reasons] == ["category.pattern"]


# 35, 36 -------------------------------------------------------------------------------------


def lowered(document: dict[str, Any]) -> None:
    document["version"] = "2.0.0"
    next(c for c in document["schema"][0]["properties"] if c["name"] == "opened_at")["classification"] = "public"


@pytest.mark.fault(35)
def test_a_tier_lowered_without_approval_is_held(world: World, says: Says) -> None:
    world.publish()
    world.product = changed(publish_world.PRODUCT, lowered)
    held = world.publish()
    assert [r.rule for r in held.reasons] == ["contract_change"]
    says(held.reasons[0].sentence, "nobody approved it")
    world.rulings = (ruling("approval", "cases", change="2.0.0", by="steward@example.gov"),)
    says(world.publish().reasons[0].sentence, "its author approved it")
    world.rulings = (ruling("approval", "cases", change="2.0.0", until=None),)
    says(world.publish().reasons[0].sentence, "approved without a day of review")
    world.rulings = (ruling("approval", "cases", change="2.0.0", author=None),)
    says(world.publish().reasons[0].sentence, "approved without naming the author")
    world.rulings = (ruling("approval", "cases", change="2.0.0"),)
    assert world.publish().outcome == "published"


OPENED = """\
- kind: review
  subject: service_requests
  author: steward@example.gov
  by: privacy@example.gov
  on: 2026-01-10
  until: 2027-01-10
  risk: low
  value: Anybody can see how long it takes.
  decision: open
  covers: [opened_date]
  reason: read against the register
"""


@pytest.mark.fault(35)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("by: privacy@", "by: steward@", "its author reviewed it"),
        ("  until: 2027-01-10\n", "", "a review for ever"),
        ("  risk: low\n", "", "no risk weighed"),
        ("decision: open", "decision: limited", "limits that nobody wrote down"),
        ("[opened_date]", "[opened_at]", "a column that is not lowered"),
    ],
)
def test_a_review_that_leaves_something_out_is_refused(
    tmp_path: Path, says: Says, old: str, new: str, said: str
) -> None:
    path = tmp_path / "decisions.yaml"
    path.write_text(OPENED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_rulings(path, load_products(), [])
    assert refused.value.where is not None
    says(refused.value.message, said)


@pytest.mark.fault(36)
def test_a_column_that_nobody_classified_is_restricted(tmp_path: Path, world: World, says: Says) -> None:
    text = PRODUCT.replace("classification: internal}", "description: New.}", 1)
    says(lint(tmp_path, text, Role.PRODUCT), "in a product of a lower tier")
    with duckdb.connect(str(world.home.warehouse)) as connection:
        connection.execute("ALTER TABLE cases ADD COLUMN surprise VARCHAR DEFAULT 'SURPRISE'")

    def edit(document: dict[str, Any]) -> None:
        document["schema"][0]["properties"].append({"name": "surprise", "logicalType": "string"})
        for word in document["customProperties"]:
            if word["property"] == "tier":
                word["value"] = "restricted"
            if word["property"] == "renditions":
                word["value"] = ["restricted", "internal", "public"]

    world.product = changed(publish_world.PRODUCT, edit)
    assert world.publish().outcome == "published"
    released = dict.fromkeys(("restricted", "internal", "public"), b"")
    for tier in released:
        files = (p for p in (world.home.releases / tier).rglob("*") if p.is_file())
        released[tier] = b"".join(p.read_bytes() for p in files)
    assert b"surprise" in released["restricted"]
    assert b"surprise" not in released["internal"] + released["public"]
    assert b"SURPRISE" not in released["internal"] + released["public"]
