"""Drift from a delivery to the screen: shapes kept, deliveries held and approved, renames named, the commands."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from openpyxl import Workbook
from typer.testing import CliRunner

from contracts.city import Ruling
from contracts.errors import ArtefactError, InputError
from contracts.model import Place
from contracts.shapes import read_shape
from orchestration.cli import source, status
from orchestration.ingest.landing import Landing, land, surely_unchanged
from tests.integration.test_landing_commands import CITY
from tests.unit.orchestration.ingest.conftest import (
    COLUMNS,
    THIRD_PARTY_WARNINGS,
    MakeTown,
    Town,
    contract_text,
    make_town,
)

__all__ = ["make_town"]

pytestmark = [pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS]

runner = CliRunner()
NAMES = ("Ana", "Bo", "Eve", "Luis", "Max", "Noa", "Pia", "Rui", "Sol", "Tom", "Uma", "Zoe")
STATES = ("open", "closed", "pending")
STATE: dict[str, Any] = {"name": "state", "logicalType": "string", "classification": "public"}


def records(count: int, seed: int = 1) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    return [
        {
            "id": f"{n:05d}",
            "name": draw.choice(NAMES),
            "amount": round(draw.uniform(1, 99), 2),
            "day": f"2026-01-{1 + n % 28:02d}",
            "state": draw.choice(STATES),
        }
        for n in range(count)
    ]


def as_csv(rows: list[dict[str, Any]], renamed: dict[str, str] | None = None) -> str:
    names = list(rows[0])
    head = ",".join((renamed or {}).get(name, name) for name in names)
    return "\n".join([head, *(",".join(str(row[name]) for name in names) for row in rows)]) + "\n"


def as_lines(rows: list[dict[str, Any]], renamed: dict[str, str] | None = None) -> str:
    return "".join(json.dumps({(renamed or {}).get(k, k): v for k, v in row.items()}) + "\n" for row in rows)


def shape_of(town: Town, landing: Landing) -> Any:
    assert landing.shape_file is not None
    return read_shape(town.home.root / landing.shape_file.path, landing.shape_file.sha256)


def approval(landing: int, subject: str = "things.record_count_change") -> Ruling:
    on = date(2026, 1, 31)
    return Ruling("approval", subject, "it was split", "x@example.org", on, None, None, Place("d"), landing=landing)


def ruled(town: Town, *rulings: Ruling) -> Any:
    job = town.job()
    return replace(job, city=replace(job.city, rulings=rulings))


@pytest.fixture
def town(make_town: MakeTown) -> Town:
    return make_town(*COLUMNS, STATE)


def test_half_a_delivery_is_held_and_force_does_not_help(town: Town) -> None:
    town.land(as_csv(records(400)))
    for force in (False, True):
        held = town.land(as_csv(records(200)), force=force)
        assert (held.outcome, held.received, held.rejected, held.accepted_file) == ("refused", 200, 200, None)
        assert held.refusal is not None
        message = str(held.refusal["message"])
        assert "far fewer records than the last one, things: record_count_change" in message
        assert "Found 200 records after 400 (-50%), expected more than half and less than twice as many" in message
        assert f"subject: things.record_count_change, landing: {held.n}" in message
    assert town.land(as_csv(records(201))).outcome == "accepted"
    assert town.land(as_csv(records(402))).outcome == "refused"
    assert town.land(as_csv(records(401))).outcome == "accepted"


def test_small_deliveries_are_not_judged_by_their_number(town: Town) -> None:
    town.land(as_csv(records(99)))
    assert town.land(as_csv(records(5))).outcome == "accepted"


def test_a_contract_may_allow_more_or_less(make_town: MakeTown) -> None:
    town = make_town(*COLUMNS, STATE)
    text = town.contract.path.read_text(encoding="utf-8")
    allowed = "- property: recordCountChange\n  value: {minimum: -0.9, maximum: 3.0}\n- property: delivery"
    from contracts.load import load_contract

    town.land(as_csv(records(400)))
    assert town.land(as_csv(records(100))).outcome == "refused"
    town.contract.path.write_text(text.replace("- property: delivery", allowed), encoding="utf-8")
    town.contract = load_contract(town.contract.path, town.contract.role)
    assert town.contract.row_count_change == (-0.9, 3.0)
    assert town.land(as_csv(records(100))).outcome == "accepted"  # the same bytes, under another contract
    assert town.land(as_csv(records(400))).outcome == "accepted"
    assert town.land(as_csv(records(39))).outcome == "refused"


def test_an_approval_lets_the_delivery_in_and_is_the_new_measure(town: Town) -> None:
    town.land(as_csv(records(400)))
    held = town.land(as_csv(records(100)))
    others = (approval(held.n, "others.record_count_change"), approval(held.n - 1))
    assert land(town.contract, ruled(town, *others)).outcome == "unchanged"
    job = ruled(town, approval(held.n))
    assert not surely_unchanged(town.contract, job)
    let_in = land(town.contract, job)
    assert (let_in.outcome, let_in.accepted) == ("accepted", 100)
    assert [(f["kind"], f["weight"], f["before"], f["after"]) for f in let_in.findings] == [
        ("record_count", "info", 400, 100)
    ]
    assert land(town.contract, job).outcome == "unchanged"


def test_after_an_approval_a_newer_delivery_of_that_size_comes_in(town: Town) -> None:
    town.land(as_csv(records(400)))
    held = town.land(as_csv(records(100)))
    town.deliver(as_csv(records(120)))
    assert land(town.contract, ruled(town)).outcome == "refused"
    assert land(town.contract, ruled(town, approval(held.n))).outcome == "accepted"
    town.deliver(as_csv(records(30)))
    assert land(town.contract, ruled(town, approval(held.n))).outcome == "refused"


def test_increments_are_compared_by_their_columns_alone(make_town: MakeTown) -> None:
    town = make_town(*COLUMNS, STATE, delivery="upsert")
    town.land(as_csv(records(400)))
    part = [{**row, "state": "other", "extra": 1} for row in records(20)]
    landing = town.land(as_csv(part))
    assert landing.outcome == "accepted"
    assert [f["kind"] for f in landing.findings] == ["column_added"]


def test_a_batch_is_held_against_the_batch_before(make_town: MakeTown) -> None:
    town = make_town(*COLUMNS, STATE, delivery="append")
    town.land(as_csv(records(400)))
    rows = [{**row, "id": f"b{row['id']}", "name": ""} for row in records(100, 2)]
    landing = town.land(as_csv(rows))
    assert landing.outcome == "accepted"
    assert [(f["kind"], f["column"]) for f in landing.findings] == [("emptier", "name")]


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "geojsonl", "parquet", "xlsx"])
def test_a_renamed_column_is_found_in_every_format(make_town: MakeTown, tmp_path: Path, form: str) -> None:
    columns = (*COLUMNS, {**STATE, "required": True})
    if form == "xlsx":
        columns = tuple({**c, "logicalType": "string"} if c["name"] == "day" else c for c in columns)
    town = make_town(*columns, server={"format": form})

    def written(rows: list[dict[str, Any]], renamed: dict[str, str]) -> bytes:
        rows = [{renamed.get(k, k): v for k, v in row.items()} for row in rows]
        match form:
            case "csv":
                return as_csv(rows).encode()
            case "jsonl":
                return as_lines(rows).encode()
            case "json":
                return json.dumps(rows).encode()
            case "geojsonl":
                point = {"type": "Point", "coordinates": [0, 0]}
                return as_lines([{"type": "Feature", "geometry": point, "properties": row} for row in rows]).encode()
            case "parquet":
                pq.write_table(pa.Table.from_pylist(rows), tmp_path / "made")
            case "xlsx":
                book = Workbook()
                assert book.active is not None
                for row in ([*rows[0]], *([*row.values()] for row in rows)):
                    book.active.append(row)
                book.save(tmp_path / "made")
        return (tmp_path / "made").read_bytes()

    first = town.land(written(records(300), {}))
    assert first.outcome == "accepted", first.refusal
    again = town.land(written([{**row, "extra": 7} for row in records(310, 2)], {"state": "Condition"}))
    assert (again.outcome, again.received, again.rejected) == ("refused", 310, 310)
    told = {f["column"]: f for f in again.findings}
    assert (told["state"]["kind"], told["state"]["weight"]) == ("column_missing", "breaks")
    assert (told["state"]["like"], told["state"]["known"]) == ("Condition", 1.0)
    assert told["extra"]["kind"] == "column_added"
    assert again.refusal is not None
    assert "“Condition” looks like it: 100 % of its values are known values" in str(again.refusal["message"])
    assert "physicalName: Condition at state" in str(again.refusal["message"])
    came = {c.name: c.kind for c in shape_of(town, again).came}
    assert (came["Condition"], came["extra"]) == ("text", "integer")


def test_a_key_that_was_filled_and_is_gone_is_a_missing_column(make_town: MakeTown) -> None:
    town = make_town(*COLUMNS, STATE, server={"format": "jsonl"})
    town.land(as_lines(records(300)))
    gone = town.land(as_lines(records(300, 2), {"state": "condition_now"}))
    assert gone.outcome == "refused"
    assert gone.refusal is not None
    assert gone.refusal["what"] == "declared keys are missing from the file"
    assert [f["column"] for f in gone.findings if f["weight"] == "breaks"] == ["state"]


def test_a_key_that_was_hardly_ever_filled_may_be_absent(make_town: MakeTown) -> None:
    town = make_town(*COLUMNS, STATE, server={"format": "jsonl"})
    rows = [{k: v for k, v in row.items() if k != "state" or n < 2} for n, row in enumerate(records(300))]
    town.land(as_lines(rows))
    landing = town.land(as_lines([{k: v for k, v in row.items() if k != "state"} for row in records(300, 2)]))
    assert landing.outcome == "accepted"
    assert landing.findings == []


def test_an_optional_column_that_goes_is_a_warning(make_town: MakeTown) -> None:
    optional = {**STATE, "customProperties": [{"property": "optional", "value": True}]}
    town = make_town(*COLUMNS, optional)
    town.land(as_csv(records(300)))
    landing = town.land(as_csv([{k: v for k, v in r.items() if k != "state"} for r in records(300, 2)]))
    assert landing.outcome == "accepted", landing.refusal
    assert [(f["kind"], f["column"], f["weight"]) for f in landing.findings if f["kind"] == "column_missing"] == [
        ("column_missing", "state", "warning")
    ]


def test_no_value_of_a_record_stands_in_a_landing(town: Town) -> None:
    town.land(as_csv(records(300)))
    changed = [{**row, "state": "Xyzzy", "amount": row["amount"] * 1000} for row in records(300)]
    landing = town.land(as_csv(changed))
    kinds = {f["kind"] for f in landing.findings}
    assert {"new_values", "silent_values", "too_high"} <= kinds
    assert b"Xyzzy" not in landing.to_json()
    assert "Xyzzy" in (shape_of(town, landing).column("state").categories or {})
    high = str(shape_of(town, landing).column("amount").high)
    assert high.encode() not in landing.to_json()


def test_a_shape_is_told_of_a_refused_file_too(town: Town) -> None:
    rows = records(300)
    twice = town.land(as_csv([*rows, *rows[:1]]))
    assert twice.outcome == "refused"
    assert shape_of(town, twice).column("state").filled == 301


@pytest.mark.parametrize("data", ["", "<html>", "id,name\n", "id,name,amount,day,state\n"])
def test_a_file_without_a_record_leaves_no_false_shape(town: Town, data: str) -> None:
    landing = town.land(data)
    assert landing.outcome == "refused"
    assert landing.shape_file is None or shape_of(town, landing).accepted == 0
    assert town.land(as_csv(records(300))).outcome == "accepted"


def test_an_altered_shape_is_not_believed(town: Town) -> None:
    first = town.land(as_csv(records(300)))
    assert first.shape_file is not None
    path = town.home.root / first.shape_file.path
    path.write_bytes(path.read_bytes().replace(b'"accepted": 300', b'"accepted": 301'))
    with pytest.raises(ArtefactError, match="altered"):
        town.land(as_csv(records(301)))


def test_a_shape_that_was_removed_with_its_records_is_no_fault(town: Town) -> None:
    first = town.land(as_csv(records(300)))
    assert first.shape_file is not None
    (town.home.root / first.shape_file.path).unlink()
    landing = town.land(as_csv(records(301, 2)))
    assert (landing.outcome, landing.findings) == ("accepted", [])


def test_the_same_shapes_whatever_the_threads_and_the_zone(
    make_town: MakeTown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    found = []
    for zone, threads in (("UTC", 1), ("Pacific/Kiritimati", 4)):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        town = make_town(*COLUMNS, STATE)
        town.home = type(town.home)(tmp_path / zone.replace("/", "-"))
        town.land(as_csv(records(3_000)), threads=threads)
        changed = [{**r, "state": "new" if r["state"] == "open" else r["state"]} for r in records(3_100, 2)]
        landing = town.land(as_csv(changed), threads=threads)
        assert landing.shape_file is not None
        found.append((landing.shape_file.sha256, landing.findings))
    monkeypatch.undo()
    time.tzset()
    assert found[0] == found[1]


# The commands


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cities" / "testtown"
    (folder / "sources").mkdir(parents=True)
    (folder / "city.yaml").write_text(yaml.safe_dump(CITY), encoding="utf-8")
    text = contract_text((*COLUMNS, STATE), {"format": "csv"})
    (folder / "sources" / "things.odcs.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("CAUCE_CITIES", str(folder.parent))
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("CAUCE_CITY", "testtown")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return folder


def deliver(folder: Path, data: str, on: str) -> Any:
    (folder / "delivery").write_text(data, encoding="utf-8")
    return runner.invoke(source.app, ["fetch", "things", "--as-of", on])


def profile(*more: str) -> str:
    result = runner.invoke(source.app, ["profile", "things", *more])
    assert result.exit_code == 0, result.output
    return result.output


def test_fetch_status_and_profile_tell_what_changed(city: Path) -> None:
    assert "was never fetched" in profile()
    assert json.loads(profile("--format", "json")) == {"source": "things", "landing": None, "outcome": "never fetched"}
    assert deliver(city, as_csv(records(300)), "2026-01-01").exit_code == 0
    assert "There is no earlier delivery to compare it with." in profile()
    changed = [{**row, "state": "Xyzzy" if row["state"] == "open" else row["state"]} for row in records(310, 2)]
    told = deliver(city, as_csv(changed), "2026-01-02")
    assert told.exit_code == 0
    assert "“state” has a value never seen before" in told.output
    assert "A value of “state” no longer occurs" in told.output
    assert "cauce source profile things --city testtown" in told.output
    assert "Xyzzy" not in told.output
    screen = profile()
    assert "Since landing 1" in screen
    assert "Xyzzy" not in screen + profile("--format", "json")
    assert "Xyzzy" in profile("--values")
    found = json.loads(profile("--format", "json", "--values"))
    assert {f["kind"]: f["values"] for f in found["findings"]} == {"new_values": ["Xyzzy"], "silent_values": ["open"]}
    facts = json.loads(runner.invoke(_status(), ["--format", "json"]).output)
    (item,) = [i for i in facts["to_do"] if i["kind"] == "changed content"]
    assert "values never seen: “state” (1)" in item["why"]
    assert item["do"] == "cauce source profile things --landing 2 --city testtown"
    assert not item["needs_someone"]


def _status() -> Any:
    import typer

    app = typer.Typer()
    app.command()(status.status)
    return app


def test_a_held_delivery_is_told_with_what_to_do(city: Path) -> None:
    deliver(city, as_csv(records(300)), "2026-01-01")
    held = deliver(city, as_csv(records(100)), "2026-01-02")
    assert held.exit_code == 1
    assert "The delivery holds 100 records; the last one held 300." in held.output
    assert "landing 2 of 2026-01-02" in profile()
    assert "landing 1 of 2026-01-01" in profile("--landing", "1")
    decision = {
        "kind": "approval", "subject": "things.record_count_change", "landing": 2,
        "reason": "split", "by": "x@example.org", "on": date(2026, 1, 2),
    }  # fmt: skip
    (city / "decisions.yaml").write_text(yaml.safe_dump([decision]), encoding="utf-8")
    assert runner.invoke(source.app, ["fetch", "things", "--as-of", "2026-01-03"]).exit_code == 0
    assert json.loads(profile("--format", "json"))["outcome"] == "accepted"


def test_two_deliveries_of_ones_choice_are_compared(city: Path) -> None:
    deliver(city, as_csv(records(300)), "2026-01-01")
    deliver(city, as_csv([{**row, "name": ""} for row in records(310)]), "2026-01-02")
    deliver(city, as_csv([{**row, "name": ""} for row in records(320)]), "2026-01-03")
    assert "Nothing changed since landing 2" in profile()
    assert "“name” is empty in 100 % of the records; it was in 0 %." in profile("--against", "1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["thing"], "Found thing, expected things"),
        (["things", "--landing", "7"], "Found 7, expected a number from 1 to 2"),
        (["things", "--against", "2"], "nothing is known of the shape of that landing"),
    ],
)
def test_what_can_not_be_profiled_is_said(city: Path, arguments: list[str], said: str) -> None:
    deliver(city, as_csv(records(300)), "2026-01-01")
    deliver(city, "<html>", "2026-01-02")
    if "--against" in arguments:
        arguments = [*arguments, "--landing", "1"]
    result = runner.invoke(source.app, ["profile", *arguments])
    assert isinstance(result.exception, InputError)
    assert said in result.exception.message


def test_a_refused_page_has_no_shape_and_says_so(city: Path) -> None:
    deliver(city, "<html>", "2026-01-02")
    screen = profile()
    assert "the file is not CSV" in screen
    assert "Its shape is not known" in screen


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"landing": 0}, "the number of the refused delivery's landing"),
        ({"landing": 2, "kind": "review"}, "landing says nothing in this decision"),
        ({}, "an approval does not say what it approves"),
    ],
)
def test_an_approval_names_a_landing(city: Path, entry: dict[str, Any], said: str) -> None:
    whole = {
        "kind": "approval", "subject": "things.record_count_change", "reason": "r", "by": "x@y.org",
        "on": date(2026, 1, 1), **entry,
    }  # fmt: skip
    (city / "decisions.yaml").write_text(yaml.safe_dump([whole]), encoding="utf-8")
    result = runner.invoke(source.app, ["list"])
    assert isinstance(result.exception, InputError)
    assert said in result.exception.message
