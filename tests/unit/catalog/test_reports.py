"""Reading a kept quality report: what is asked again is one object; a report that is torn is refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from catalog import reports
from catalog.store import Store
from contracts import kept
from contracts.errors import ArtefactError
from contracts.release import Release, current
from tests.unit.catalog.site_world import CHECKED_AT, World, build_world, quality, rule, text

PRODUCT = "requests_monthly"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build_world(tmp_path)


def release_of(world: World) -> Release:
    found = current(world.home, "public", PRODUCT)
    assert found is not None
    return found


def test_what_is_asked_again_is_one_object_and_what_came_out_is_not(world: World) -> None:
    releases = Store(world.city, world.home, "public").catalog(CHECKED_AT).products[PRODUCT].releases
    first, second = (r.quality for r in releases[:2])
    assert first.version != second.version
    assert [r.asks for r in first.rules] == [r.asks for r in second.rules]
    assert all(a.asks is b.asks for a, b in zip(first.rules, second.rules, strict=True))


@pytest.mark.parametrize(
    "other",
    [
        {"id": "another"},
        {"text": {"en": "Another."}},
        {"severity": "warning"},
        {"threshold": {"operator": "mustBe", "value": 1, "unit": "rows"}},
        {"query": "SELECT 1"},
        {"proof": None},
        {"engines": {"scan": "failed"}},
    ],
)
def test_a_rule_that_asks_anything_else_is_another(other: dict[str, object]) -> None:
    one = rule("r", text("R."))
    view = reports.quality(quality("p", "public", 1, rules=[one, {**one, **other}, {**one, "nulls": 9}], gate=[one]))
    first, changed, measured, at_gate = view.rules
    assert first.asks is measured.asks
    assert first != measured
    assert changed.asks is not first.asks
    assert at_gate.asks is not first.asks and at_gate.at_gate and not first.at_gate


def test_a_kept_report_reads_as_its_data_does(world: World) -> None:
    release = release_of(world)
    told = json.loads(release.read("quality.json"))
    assert reports.read_quality(release, "month") == reports.quality(told, "month")


def test_what_a_report_leaves_out_is_not_made_up() -> None:
    view = reports.quality({"rules": [{"id": "r"}], "reconciliation": None})
    assert (view.rules[0].result, view.rules[0].examined, view.rules[0].nulls) == ("not run", 0, None)
    assert (view.counts, view.rows, view.previous_rows, view.data_to) == ((), None, None, None)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (b"{", "cannot be read"),
        (b'{"format_version": 1, "rules": {}}', "cannot be read"),
        (b'{"format_version": 99}', "format this Cauce does not know"),
        (b"{}", "format this Cauce does not know"),
    ],
)
def test_a_report_that_cannot_be_read_is_named(world: World, said: bytes, found: str) -> None:
    release = release_of(world)
    folder = world.home.release_dir("public", PRODUCT) / str(release.manifest.version)
    (folder / "quality.json").write_bytes(said)
    with pytest.raises(ArtefactError, match="altered"):
        reports.read_quality(release, "month")
    files = tuple(
        replace(f, sha256=kept.sha256_bytes(said)) if f.path == "quality.json" else f for f in release.manifest.files
    )
    mended = replace(release, manifest=replace(release.manifest, files=files))
    with pytest.raises(ArtefactError, match=found):
        reports.read_quality(mended, "month")
