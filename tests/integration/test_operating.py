"""A city run by the real command: stopped in the middle, then run over planted values; what is left, said and logged.

One city, three commands in this order: a run that somebody stops, a run whose model fails over a planted address and
whose source stands behind a planted password, and a look at it all.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cities.demo.generate import generate, read_deliveries

ROOT = Path(__file__).resolve().parents[2]
CITY = "probe"
PLANTED = "Carrera 77 CANARY-VALUE"
PASSWORD = "CANARY-PASSWORD"
CANARY = re.compile(rb"CANARY")
MAY_HOLD = ("raw", "quarantine", "warehouse.duckdb", "work", "releases")
"""Folders of a city that hold records, by their nature."""


@dataclass(frozen=True)
class Place:
    """The city's content and state."""

    root: Path

    @property
    def home(self) -> Path:
        """The city's state folder."""
        return self.root / "var" / CITY

    @property
    def content(self) -> Path:
        """The city's own folder."""
        return self.root / "cities" / CITY

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start ``cauce`` as a person would, in a process group of its own."""
        environment = {
            **os.environ,
            **{"CAUCE_HOME": str(self.root / "var"), "CAUCE_CITIES": str(self.root / "cities"), "CAUCE_CITY": CITY},
            **{"GX_ANALYTICS_ENABLED": "false", "PORTAL_SECRET": PASSWORD},
        }
        return subprocess.Popen(
            [sys.executable, "-m", "orchestration.cli.main", *arguments],
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output and errors of a command."""
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=300)
        return process.returncode, out, errors

    def logged(self) -> list[list[dict[str, Any]]]:
        """The lines of every log, oldest log first."""
        return [
            [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            for path in sorted((self.home / "logs").iterdir())
        ]


def make(root: Path) -> Place:
    """A copy of the demo whose register quotes a planted address where a number should be."""
    place = Place(root)
    shutil.copytree(
        ROOT / "cities" / "demo", place.content, ignore=shutil.ignore_patterns("*.py", "deliveries", "__pycache__")
    )
    for path in place.content.rglob("*.yaml"):
        text = re.sub(r"^id: demo(/|$)", rf"id: {CITY}\1", path.read_text(), flags=re.MULTILINE)
        path.write_text(text)
    for path in (place.content / "staging").iterdir():
        path.rename(path.with_name(path.name.replace("stg_demo__", f"stg_{CITY}__")))
    deliveries = place.content / "deliveries"
    generate(read_deliveries(600)[0], deliveries)
    register = deliveries / "service_requests.csv"
    lines = register.read_text(encoding="utf-8").splitlines(keepends=True)
    place_of_address = lines[0].rstrip("\r\n").split(";").index("direccion")
    for n in (1, 2, 3):
        cells = lines[n].split(";")
        cells[place_of_address] = f'"{PLANTED}"'
        lines[n] = ";".join(cells)
    register.write_text("".join(lines), encoding="utf-8")
    with (place.content / "city.yaml").open("a", encoding="utf-8") as file:
        file.write(f"portals: {{register: 'file://{deliveries}'}}\n")
    contract = place.content / "sources" / "demo_districts.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    portal = "      - {property: portal, value: register}\n"
    named = "      - {property: location, value: deliveries/districts.jsonl}\n"
    assert named in text
    contract.write_text(text.replace(named, portal + named.replace("deliveries/", "")), encoding="utf-8")
    staging = place.content / "staging" / f"stg_{CITY}__service_requests.sql"
    staging.write_text(staging.read_text().replace("latitud as latitude", "cast(direccion as double) as latitude"))
    return place


@dataclass(frozen=True)
class Story:
    """What the commands answered."""

    place: Place
    stopped: tuple[int, str, str]
    after_stop: dict[str, Any]
    failed: tuple[int, str, str]
    unreachable: tuple[int, str, str]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = make(tmp_path_factory.mktemp("operating"))
    process = place.start("run", "--as-of", "2026-10-01T05:00:00Z")
    told = []
    assert process.stderr is not None
    for line in process.stderr:
        told.append(line)
        if "demo_districts" in line:
            os.killpg(process.pid, signal.SIGINT)
            break
    out, errors = process.communicate(timeout=120)
    stopped = (process.returncode, out, "".join(told) + errors)
    after = json.loads(place.run("status", "--format", "json")[1])
    failed = place.run("run", "--as-of", "2026-10-01T05:00:00Z", "--format", "json")
    address = f"sftp://someone:{PASSWORD}@127.0.0.1:9/files?token={PASSWORD}"
    unreachable = place.run("source", "fetch", "demo_districts", "--portal", f"register={address}")
    yield Story(place, stopped, after, failed, unreachable)


def test_ctrl_c_ends_a_run_with_a_sentence_and_no_traceback(story: Story) -> None:
    code, out, errors = story.stopped
    assert code == 130
    assert out == ""
    assert "Traceback" not in errors
    assert errors.rstrip().splitlines()[-1].startswith("Stopped. What was published before stays as it is")
    assert [row["served"] for row in story.after_stop["products"]] == [None] * 4


def test_what_was_stopped_is_told_by_status_and_log(story: Story) -> None:
    log = story.place.logged()[0]
    assert [line["event"] for line in log][-2:] == ["stopped", "run ended"]
    assert log[-1]["exit_code"] == 130
    assert story.after_stop["last_run"]["error"] == "stopped"
    assert "cut short" in {item["kind"] for item in story.after_stop["to_do"]}
    assert story.after_stop["locked_by"] is None


def test_the_failed_model_is_told_without_the_value(story: Story) -> None:
    code, out, _ = story.failed
    result = json.loads(out)
    assert code == 2
    (failed,) = (row for row in result["failed"] if "DOUBLE" in row["error"])
    assert "column direccion (the value is not repeated here)" in failed["error"]
    assert PLANTED not in out


def test_no_planted_value_stands_in_any_byte_that_is_not_a_record(story: Story) -> None:
    place = story.place
    assert any(CANARY.search(path.read_bytes()) for path in (place.home / "raw").rglob("*") if path.is_file())
    looked, found = 0, []
    for path in sorted((place.root / "var").rglob("*")):
        kept_by_city = path.relative_to(place.root / "var").parts
        if not path.is_file() or (kept_by_city[0] == CITY and kept_by_city[1].startswith(MAY_HOLD)):
            continue
        looked += 1
        if CANARY.search(path.read_bytes()):
            found.append("/".join(kept_by_city))
    assert looked > 50
    assert found == []


def test_no_password_stands_in_what_is_said(story: Story) -> None:
    code, out, errors = story.unreachable
    assert code == 3
    assert "Traceback" not in errors
    assert "sftp://127.0.0.1:9/files." in errors
    assert not CANARY.search((out + errors).encode())
    last = story.place.logged()[-1]
    assert last[0]["what"] == "cauce source fetch demo_districts"
    assert [line["what"] for line in last if line["event"] == "failed"] == [
        "fetched",
        "landed",
        "cauce source fetch demo_districts",
    ]


def test_the_search_would_find_one(story: Story) -> None:
    """The same bytes, planted where nobody may: in Dagster's history and in a log."""
    databases = sorted((story.place.root / "var" / "dagster" / "history").rglob("*.db"))
    assert databases
    copy = story.place.root / "copy.db"
    shutil.copy(databases[0], copy)
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        connection.execute("create table planted as select ? as v", [PLANTED])
        connection.commit()
    assert CANARY.search(copy.read_bytes())


def test_dagster_keeps_no_printed_text(story: Story) -> None:
    assert not list((story.place.root / "var" / "dagster").rglob("compute_logs"))


def test_each_step_of_the_run_is_logged(story: Story) -> None:
    log = story.place.logged()[1]
    events = [line["event"] for line in log]
    assert events[0] == "run started"
    assert events[-1] == "run ended"
    assert {"fetched", "landed", "model", "shaped", "pages built"} <= set(events)
    landed = {line["source"]: line for line in log if line["event"] == "landed"}
    register = landed["demo_service_requests"]
    assert register["received"] == register["accepted"] + register["quarantined"] + register["rejected"]
    assert {line["outcome"] for line in log if line["event"] == "model"} == {"ok", "error", "skipped"}
    assert log[-1]["exit_code"] == 2
    assert log[-1]["cpu_seconds"] > 0


def test_history_and_status_tell_both_runs(story: Story) -> None:
    _, out, _ = story.place.run("history", "--format", "json")
    rows = json.loads(out)
    assert rows[0]["what"] == "cauce source fetch demo_districts"
    assert (rows[1]["exit_code"], rows[1]["state"]) == (2, "ended")
    assert (rows[2]["state"], rows[2]["exit_code"], rows[2]["error"]) == ("ended", 130, "stopped")
    code, out, _ = story.place.run("status", "--format", "json")
    facts = json.loads(out)
    assert code == 1
    assert f"cauce history {rows[1]['run']} --city {CITY}" in {item["do"] for item in facts["to_do"]}
    code, out, _ = story.place.run("history", rows[1]["run"][:6])
    assert code == 0
    assert rows[1]["run"] in out
    assert "stg_probe__service_requests" in out or "int_service_requests__placed" in out
