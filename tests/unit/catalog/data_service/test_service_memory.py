"""What is known of how well products serve is remembered between builds for as long as nothing of it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.data_service.product_records import ProductRecord
from catalog.data_service.recording import product_record
from catalog.kept_releases import KeptReleases
from catalog.site.data_service_pages import data_service_files
from catalog.site.site import Site, read_site
from catalog.views import ProductView
from contracts.city import City
from contracts.model import Contract
from tests.unit.catalog.site_world import CHECKED_AT, World, build_world, monthly_rows, text


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build_world(tmp_path / "home")


def read(world: World, memory: Path, of: City | None = None) -> tuple[Site, KeptReleases]:
    releases = KeptReleases(world.home, memory, "here")
    return read_site(of or world.city, world.home, "public", CHECKED_AT + timedelta(days=9), 3, releases), releases


def recorded(world: World, memory: Path, of: City | None = None) -> Mapping[str, ProductRecord]:
    site, releases = read(world, memory, of)
    found = dict(site.service.items())
    releases.remember()
    return found


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The products whose kept files were read."""
    seen: list[str] = []

    def noted(product: ProductView, contract: Contract, zone: str) -> ProductRecord:
        seen.append(product.name)
        return product_record(product, contract, zone)

    monkeypatch.setattr("catalog.kept_releases.product_record", noted)
    return seen


def test_what_is_remembered_is_what_was_read(world: World, tmp_path: Path, readings: list[str]) -> None:
    memory = tmp_path / "memory.json"
    first = recorded(world, memory)
    assert set(readings) == set(first) and any(r.tallies for r in first.values())
    readings.clear()
    assert recorded(world, memory) == first
    assert readings == []


def test_what_a_build_did_not_ask_for_stays_remembered(world: World, tmp_path: Path, readings: list[str]) -> None:
    memory = tmp_path / "memory.json"
    first = recorded(world, memory)
    _, releases = read(world, memory)
    releases.remember()
    readings.clear()
    assert recorded(world, memory) == first
    assert readings == []


def test_a_product_that_changed_is_read_again_and_no_other(world: World, tmp_path: Path, readings: list[str]) -> None:
    memory = tmp_path / "memory.json"
    recorded(world, memory)
    readings.clear()
    world.release("requests_monthly", 3, monthly_rows(30), "2026-11-09T06:10:00+00:00")
    again = recorded(world, memory)
    assert readings == ["requests_monthly"]
    assert sum(again["requests_monthly"].published.values()) == 3


def test_another_contract_or_calendar_is_read_by_itself(world: World, tmp_path: Path, readings: list[str]) -> None:
    memory = tmp_path / "memory.json"
    recorded(world, memory)
    readings.clear()
    budget = replace(world.city.products["budget"], usage=text("Otherwise."))
    recorded(world, memory, replace(world.city, products={**world.city.products, "budget": budget}))
    assert "budget" in readings
    recorded(world, memory)
    readings.clear()
    recorded(world, memory, replace(world.city, timezone="Asia/Tokyo"))
    assert set(readings) == set(read(world, memory)[0].service)


def test_figures_are_the_same_with_a_memory_and_without(world: World, tmp_path: Path) -> None:
    memory = tmp_path / "memory.json"
    recorded(world, memory)
    told = next(data_service_files(read(world, memory)[0]))
    assert told == next(data_service_files(read(world, tmp_path / "none.json")[0]))
