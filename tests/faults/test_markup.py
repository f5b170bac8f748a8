"""Markup and scripts in words that people write, 31: every text of a city is hostile, and the pages stay inert.

Belongs here: walking over all texts of a city and reading the built pages as a browser would. Does not belong
here: which addresses a page may link to (the catalogue's own tests).
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from catalog.settings import CatalogSettings
from catalog.site.build import build
from contracts.city import City
from contracts.model import Place, Text
from orchestration.cli.contract import app
from tests.faults.saying import Says
from tests.integration.test_site import Reader
from tests.unit.catalog import site_world
from tests.unit.contracts.contract_texts import SOURCE
from tests.unit.contracts.test_city_load import refusal, rewrite, shared, town

__all__ = ["shared", "town"]

EVIL = (
    "\"'><script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)><a href=javascript:alert(1)>x</a>"
    "</title></style><iframe srcdoc=x></iframe>{{ 7*7 }}{% raw %}&lt;b&gt;[a](javascript:alert(1))<!-- ${7*7}"
)
LINK = "javascript:alert(1)//https://example.org"
RUNS = frozenset({"script", "iframe", "object", "embed", "img", "base", "form", "frame", "audio", "video", "source"})
LINKS = frozenset({"licence", "licence_in", "licence_out", "url", "email", "legal_basis", "username"})
"""Fields whose text might become an address."""
STRUCTURE = frozenset(
    {
        *("id", "name", "country", "timezone", "environment", "languages", "clock", "tier", "renditions", "status"),
        *("practice", "inventory", "version", "sha256", "logical_type", "physical_type", "classification", "property"),
        *("role", "product", "products", "value", "n", "period", "area", "area_name", "direction", "where", "needs"),
        *("options", "element", "sources", "staging", "custom", "connector", "type", "metric", "operator", "kind"),
        *("parameters", "site_url"),
    }
)
"""Fields that are names or choices: the loader lets nothing else in."""


def hostile(value: Any, field: str = "") -> Any:
    """``value`` with every text in it made hostile, names and choices left alone."""
    match value:
        case Text():
            return Text(EVIL, dict.fromkeys(value.translations, EVIL))
        case Place() | Path() | Enum() | date() | datetime() | None:
            return value
        case str():
            return LINK if field in LINKS else value if field in STRUCTURE else EVIL
        case tuple():
            return tuple(hostile(one, field) for one in value)
        case Mapping():
            return {key: hostile(one, field) for key, one in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.replace(
            value,
            **{
                f.name: hostile(getattr(value, f.name), f.name)
                for f in dataclasses.fields(value)
                if f.init
                and f.name != "service_levels"
                and (f.name not in STRUCTURE or not isinstance(getattr(value, f.name), (str, Enum)))
            },
        )
    return value


def ours(tag: str, attributes: dict[str, str]) -> bool:
    """Whether it is one of the three that our own templates write: the search field, its scripts, a block of data."""
    if tag == "form":
        return re.fullmatch(r"(\.\./)*(\w+/)?(search/)?index\.html", attributes["action"]) is not None
    if tag != "script":
        return False
    if "src" in attributes:
        return re.fullmatch(r"(\.\./)*assets/[a-z0-9-]+\.js", attributes["src"]) is not None
    return attributes == {"type": "application/ld+json"}


def active(page: str) -> list[str]:
    """What a browser would run, load or follow on ``page`` because of a text."""
    found = []
    for tag, attributes in Reader(page).tags:
        if tag in RUNS and not ours(tag, attributes):
            found.append(f"<{tag}>")
        for name, value in attributes.items():
            if name.startswith("on") or name in {"srcdoc", "formaction", "ping", "background"}:
                found.append(f"{tag} {name}={value}")
            if name in {"href", "src", "action", "xlink:href"}:
                scheme = urlsplit(value.strip()).scheme.lower()
                if scheme not in {"", "http", "https", "mailto"} and value != "data:,":
                    found.append(f"{tag} {name}={value}")
            if name == "style" and ("url" in value.lower() or "expression" in value.lower()):
                found.append(f"{tag} style={value}")
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole site, public and internal, of a city whose every text is hostile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_world, "text", lambda _en, es="": Text(EVIL, {"es": EVIL} if es else {}))
        made = site_world.build_world(tmp_path_factory.mktemp("hostile"))
    evil: City = hostile(made.city)
    assert evil.name.default == EVIL
    assert evil.problems["streetlights"].question.default == EVIL
    assert evil.products["requests_monthly"].columns[0].description.default == EVIL
    assert evil.licence == LINK
    build(evil, made.home, checked_at=site_world.CHECKED_AT, settings=CatalogSettings())
    return made.home.site


@pytest.mark.fault(31)
@pytest.mark.parametrize("tier", ["public", "internal"])
def test_no_page_runs_loads_or_follows_what_a_text_says(site: Path, tier: str) -> None:
    pages = sorted((site / tier).rglob("*.html"))
    assert len(pages) > 20
    shown = 0
    for path in pages:
        page = path.read_text(encoding="utf-8")
        assert active(page) == [], path
        reader = Reader(page)
        assert reader.unbalanced == [], path
        assert "49" not in reader.said("title"), path
        shown += "<script>alert(1)</script>" in " ".join(w for words in reader.words.values() for w in words)
    assert shown > 20


@pytest.mark.fault(31)
@pytest.mark.parametrize("tier", ["public", "internal"])
def test_what_machines_read_stays_whole(site: Path, tier: str) -> None:
    files = sorted(p for p in (site / tier).rglob("*.json") if p.is_file())
    assert files
    for path in files:
        assert "</script>" not in path.read_text(encoding="utf-8") or json.loads(path.read_bytes())


@pytest.mark.fault(31)
def test_an_address_that_is_a_script_is_no_address(town: Path, shared: Path, says: Says) -> None:
    rewrite(town / "city.yaml", "licence:", 'siteUrl: "javascript://example.org/%0aalert(1)"\nlicence:')
    says(refusal(town, shared).message, "the site's own address")
    rewrite(town / "city.yaml", 'siteUrl: "javascript://example.org/%0aalert(1)"\n', "")
    rewrite(town / "city.yaml", "https://example.gov}", "javascript://example.gov/%0aalert(1)}")
    says(refusal(town, shared).message, "the publisher's address")


@pytest.mark.fault(31)
def test_the_command_line_shows_markup_as_text(tmp_path: Path) -> None:
    path = tmp_path / "requests.odcs.yaml"
    text = SOURCE.replace("reporter", "'[bold red]x[/]<script>'").replace("classification: public", "classification: x")
    path.write_text(text, encoding="utf-8")
    told = CliRunner().invoke(app, ["lint", str(path), "--role", "source"])
    assert told.exit_code == 2
    assert "\x1b" not in told.output
    path.write_text(SOURCE.replace("name: reporter", "name: '[bold red]x[/]<script>'\n        zz: 1"), encoding="utf-8")
    assert "the standard has no key 'zz'" in CliRunner().invoke(app, ["lint", str(path), "--role", "source"]).output
