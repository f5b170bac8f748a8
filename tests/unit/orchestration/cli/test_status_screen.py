"""``cauce status`` and ``history`` on real terminals: 80 by 24, 60 wide, without colour, piped, in any locale."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration.cli.main import app
from orchestration.cli.status import show, show_line

HELD = {"rule": "no_district_falls_silent", "sentence": "x"}
RUN = {"run": "3f2a9c1b7d44", "state": "ended", "started_at": "2026-01-31T03:00:00+00:00", "seconds": 312.0}


def product(name: str, **facts: Any) -> dict[str, Any]:
    row = {"product": name, "served": 12, "data_to": "2026-01-30", "next_due": "2026-02-03", "late": False}
    return {**row, "closed": False, "withdrawn": False, "held": [], **facts}


def source(name: str, **facts: Any) -> dict[str, Any]:
    row = {"source": name, "outcome": "accepted", "last_look": RUN["started_at"]}
    return {**row, "late": False, "quarantined": 0, **facts}


def item(kind: str, subject: str, why: str = "") -> dict[str, Any]:
    why = why or f"{subject} is {kind}: " + "a sentence of the usual length that says why it is so, with figures. " * 2
    return {"kind": kind, "subject": subject, "why": why, "do": f"cauce x {subject}", "needs_someone": kind == "held"}


def city(products: list[Any], sources: list[Any], to_do: list[Any]) -> dict[str, Any]:
    return {
        **{"city": "demo", "name": "Puerto Alondra", "checked_at": RUN["started_at"], "not_available": {}},
        **{"exit_code": 1, "newest_data": "2026-01-30", "left_behind": []},
        "locked_by": {"what": "cauce run", "pid": 4711, "host": "night.example", "since": "x", "alive": True},
        "last_run": {**RUN, "ended_at": "2026-01-31T03:05:12+00:00", "exit_code": 1},
        "schedule": {"every": "1 day", "due": "2026-02-01T03:05:12+00:00", "overdue": True},
        "disk": {"free_bytes": 10**9, "needed_bytes": 9 * 10**8, "short": True},
        **{"products": products, "sources": sources, "to_do": to_do},
    }


THREE = city(
    [product("districts"), product("service_requests", late=True), product("service_requests_monthly", held=[HELD])],
    [source("demo_districts", outcome="refused"), source("demo_service_requests", quarantined=12_345)],
    [
        item("held", "service_requests_monthly"),
        item("late", "service_requests"),
        item("refused", "demo_districts"),
        item(
            "set aside", "demo_service_requests", "12,345 of 3,456,789 records of demo_service_requests are set aside"
        ),
    ],
)
MANY = city(
    [product(f"product_number_{n}", held=[HELD] * (n % 5 == 0)) for n in range(40)],
    [source(f"source_number_{n}") for n in range(30)],
    [item("held", f"product_number_{n}") for n in range(0, 40, 5)],
)


def printed(facts: dict[str, Any], width: int, **how: Any) -> str:
    out = io.StringIO()
    show(facts, Console(file=out, width=width, height=24, highlight=False, **how))
    return out.getvalue()


def test_a_city_of_three_products_fits_one_screen() -> None:
    lines = printed(THREE, 80).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80


def test_a_city_of_forty_products_fits_one_screen_too() -> None:
    text = printed(MANY, 80)
    lines = text.splitlines()
    assert len(lines) <= 24
    assert "32 more" in text
    assert "8 are held: product_number_0, product_number_5" in " ".join(text.split())


@pytest.mark.parametrize("facts", [THREE, MANY])
@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_every_state_and_command_stays_readable_on_any_width(facts: dict[str, Any], width: int) -> None:
    text = printed(facts, width)
    rows = [line for line in text.splitlines() if "→" not in line]
    assert max(map(len, rows)) <= width
    assert "held" in text
    for thing in facts["to_do"][:1]:
        assert thing["do"] in text
    if width >= 60:
        assert "2026-01-30" in text
        assert "exit 1" in text


def test_colour_is_left_out_where_it_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in printed(THREE, 80, force_terminal=True)
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b[31m" in printed(THREE, 80, force_terminal=True, color_system="standard")
    assert "\x1b" not in printed(THREE, 80)


def test_markup_in_what_a_file_says_is_text() -> None:
    facts = city([product("p", held=[HELD])], [], [item("held", "p", "found [/red] and [bold]x")])
    assert "found [/red] and [bold]x" in printed(facts, 80)


def test_a_broken_city_hides_no_other(tmp_path: Path, project_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "cities" / "broken"
    shutil.copytree(project_root / "cities" / "demo", broken, ignore=shutil.ignore_patterns("*.py", "deliveries"))
    text = (broken / "city.yaml").read_text().replace("id: demo", "id: broken").replace("minimumCell", "minimumSell")
    (broken / "city.yaml").write_text(text)
    monkeypatch.setenv("CAUCE_CITIES", str(tmp_path / "cities"))
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path / "var"))
    done = CliRunner().invoke(app, ["status", "--all", "--format", "json"])
    found = json.loads(done.stdout)
    assert done.exit_code == 2
    assert found["broken"]["exit_code"] == 2
    assert "minimumSell" in found["broken"]["to_do"][0]["why"]
    assert {"never fetched", "never published"} <= {item["kind"] for item in found["demo"]["to_do"]}
    text = CliRunner().invoke(app, ["status", "--all"]).stdout
    assert "cauce city check broken" in text
    assert "cauce status --city demo" in text


def test_one_line_a_city_says_what_needs_someone() -> None:
    out = io.StringIO()
    show_line(THREE, Console(file=out, width=80, highlight=False))
    assert out.getvalue().splitlines()[0] == "demo  ▲ 1 thing to do, and 3 to look at"
    out = io.StringIO()
    show_line({**THREE, "to_do": []}, Console(file=out, width=80, highlight=False))
    assert out.getvalue() == "demo  ✓ nothing needs you\n"


@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "POSIX", "TERM": "dumb", "COLUMNS": "60"}]
)
def test_no_locale_ends_it(tmp_path: Path, project_root: Path, locale: dict[str, str]) -> None:
    environment = {**os.environ, "CAUCE_HOME": str(tmp_path / "var"), **locale}
    command = [sys.executable, "-m", "orchestration.cli.main", "status", "--city", "demo"]
    done = subprocess.run(command, cwd=project_root, env=environment, capture_output=True, check=False)
    assert done.returncode == 1, done.stderr.decode(errors="replace")
    assert b"never run" in done.stdout
    assert b"Traceback" not in done.stderr


def test_a_wrong_city_name_is_answered_with_the_nearest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["status", "--city", "Demmo"])
    assert re.search(r"no such city, --city Demmo\. Found Demmo, expected demo\. Try: --city demo", str(done.exception))


def test_history_of_a_city_that_never_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path))
    assert CliRunner().invoke(app, ["history", "--city", "demo"]).stdout == "Nothing was run yet.\n"
    assert json.loads(CliRunner().invoke(app, ["history", "--city", "demo", "--format", "json"]).stdout) == []
