"""``cauce problem packet``: a packet for a day, for a tier, in a language, to a file or the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from contracts.city import City
from contracts.errors import InputError
from contracts.home import CityHome
from orchestration.cli.main import app
from tests.unit.catalog.packet.packet_world import follow_up
from tests.unit.catalog.site_world import CHECKED_AT, build_world

Command = Callable[..., Result]


@dataclass(frozen=True)
class Opened:
    city: City
    home: CityHome


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    world = build_world(tmp_path_factory.mktemp("command"))
    entries = (follow_up("closed", date(2026, 9, 7), "done", date(2026, 10, 20)), follow_up("open", date(2026, 9, 7)))
    return Opened(replace(world.city, follow_ups=entries), world.home)


@pytest.fixture
def command(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setattr("orchestration.context.open_city", lambda _city: opened)
    monkeypatch.setattr("orchestration.context.time_of_checking", lambda _opened: CHECKED_AT)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["problem", "packet", *arguments])

    return run


def test_a_file_is_written_for_the_day_and_the_language(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "packet.html"
    result = command("--on", "2026-10-26", "--lang", "es", "--out", str(out))
    assert result.exit_code == 0, result.output
    html = out.read_text(encoding="utf-8")
    assert '<html lang="es">' in html
    assert "26 de octubre de 2026" in html
    assert "Do closed." in html
    assert str(out) in result.output
    assert "2026-10-26" in result.output


def test_without_a_file_it_goes_to_the_screen_for_the_day_of_checking(command: Command) -> None:
    result = command()
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("<!doctype html>")
    assert "Stat packet for 2 November 2026" in result.stdout
    assert "Do open." in result.stdout


def test_the_packet_of_everybody_holds_no_entry_of_staff(command: Command) -> None:
    html = command("--tier", "public").stdout
    assert "Do open." not in html
    assert "No follow-up is due." in html


def test_the_last_meeting_decides_what_was_closed_since(command: Command) -> None:
    assert "Do closed." in command("--since", "2026-10-19").stdout
    assert "Do closed." not in command("--since", "2026-10-20").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--on", "soon"), "a day cannot be read, --on"),
        (("--since", "2026-13-01"), "a day cannot be read, --since"),
        (("--on", "2026-10-26", "--since", "2026-10-26"), "was not before this one.*expected before 2026-10-26"),
        (("--tier", "restricted"), "no packet for that tier.*public or internal"),
        (("--lang", "fr"), "does not speak that language.*en, es"),
    ],
)
def test_what_cannot_be_is_refused(command: Command, arguments: tuple[str, ...], said: str) -> None:
    result = command(*arguments)
    assert isinstance(result.exception, InputError)
    with pytest.raises(InputError, match=said):
        raise result.exception
