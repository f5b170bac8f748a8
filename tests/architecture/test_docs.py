"""Documentation that cannot fall behind: commands, settings, words and errors are on their pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.city_load import discover, load_city
from docs import build, city_table

LEAVES = dict(build.leaves())


def test_the_reference_pages_are_current() -> None:
    assert build.stale() == [], "run `make docs`"


def test_a_stale_page_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(build.PAGES, "errors.md", lambda: "something else")
    assert build.stale() == ["errors.md"]


def test_a_real_city_is_content_alone() -> None:
    cities = [load_city(folder) for folder in discover([city_table.ROOT]).values()]
    real = [city for city in cities if city.portals]
    assert len(real) >= 5
    assert {city.id: city_table.lines_of(city, ".py") for city in real} == {city.id: 0 for city in real}


@pytest.mark.parametrize("name", LEAVES)
def test_every_command_and_option_says_what_it_does(name: str) -> None:
    command = LEAVES[name]
    assert command.help
    silent = [p.name for p in command.params if build.is_option(p) and p.name != "help" and not p.help]
    assert silent == []


def test_commands_named_in_the_docs_exist(project_root: Path) -> None:
    pages = [project_root / "README.md", *sorted((project_root / "docs").rglob("*.md"))]
    for page in pages:
        for group, leaf in re.findall(r"`cauce ([a-z]+)(?: ([a-z]+))?", page.read_text(encoding="utf-8")):
            assert (
                f"cauce {group}" in LEAVES
                or f"cauce {group} {leaf}" in LEAVES
                or (not leaf and any(known.startswith(f"cauce {group} ") for known in LEAVES))
            ), f"{page.name} names `cauce {group} {leaf}`, which does not exist"


def test_paths_named_in_the_architecture_exist(project_root: Path) -> None:
    text = (project_root / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:contracts|catalog|orchestration|transforms)/[\w/.]+)`", text)
    assert len(named) > 10
    missing = [path for path in named if not (project_root / path).exists()]
    assert missing == []
