"""The catalogue's command over a city that has nothing published yet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.errors import InputError, OutsideError
from orchestration.cli.catalog import app

CITY = """\
formatVersion: 1
id: aldea
name: {en: Aldea, es: Aldea}
country: CO
timezone: America/Bogota
languages: [en, es]
environment: development
publisher: {name: {en: Office of Data}, email: data@aldea.example}
licence: CC-BY-4.0
minimumCell: 10
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cities" / "aldea"
    folder.mkdir(parents=True)
    (folder / "city.yaml").write_text(CITY)
    monkeypatch.setenv("CAUCE_CITIES", str(folder.parent))
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path / "var"))
    return tmp_path / "var" / "aldea"


def test_build_makes_both_sites_and_names_them(home: Path) -> None:
    said = CliRunner().invoke(app, ["build", "--city", "aldea", "--as-of", "2026-11-02"], catch_exceptions=False)
    assert said.exit_code == 0
    assert f"public: {len(list((home / 'site' / 'public').rglob('*.html')))} pages" in said.output
    assert str(home / "site" / "internal" / "index.html") in said.output.replace("\n", "")
    as_json = CliRunner().invoke(
        app, ["build", "--city", "aldea", "--as-of", "2026-11-02", "--format", "json"], catch_exceptions=False
    )
    told = json.loads(as_json.output)
    assert told["sites"]["public"] == str(home / "site" / "public")
    assert told["pages"]["internal"] > told["pages"]["public"]


def test_build_waits_for_nobody_when_another_run_holds_the_city(home: Path) -> None:
    import subprocess
    import sys

    hold = (
        "import sys, fcntl, json; f = open(sys.argv[1], 'a+'); fcntl.flock(f, fcntl.LOCK_EX);"
        "json.dump({'what': 'cauce run', 'pid': 1, 'host': 'h', 'since': 'then'}, f); f.flush();"
        "print('held', flush=True); sys.stdin.read()"
    )
    home.mkdir(parents=True)
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(home / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        with pytest.raises(OutsideError, match="another run holds this city"):
            CliRunner().invoke(app, ["build", "--city", "aldea"], catch_exceptions=False)
    assert not (home / "site").exists()


def test_serve_says_what_to_do_before_there_is_a_site(home: Path) -> None:
    with pytest.raises(InputError, match="cauce catalog build --city aldea"):
        CliRunner().invoke(app, ["serve", "--city", "aldea"], catch_exceptions=False)
    assert not home.exists()


def test_serve_knows_only_the_two_static_sites(home: Path) -> None:
    with pytest.raises(InputError, match="public or internal"):
        CliRunner().invoke(app, ["serve", "--city", "aldea", "--tier", "restricted"], catch_exceptions=False)


def test_a_setting_out_of_range_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUCE_SITE_PORT", "99999")
    with pytest.raises(InputError, match="CAUCE_SITE_PORT"):
        CliRunner().invoke(app, ["build", "--city", "aldea"], catch_exceptions=False)
