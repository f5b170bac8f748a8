"""Control totals: what stands accepted by kind of delivery, and whose records an entity's are."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.release import InputRef
from orchestration.publish import reconcile
from tests.unit.orchestration.publish.publish_world import LINEAGE, SOURCE, World, changed, quality_of, rows


@pytest.mark.parametrize(("delivery", "standing"), [("snapshot", 25), ("append", 65), ("upsert", 40)])
def test_what_stands_depends_on_the_delivery(tmp_path: Path, delivery: str, standing: int) -> None:
    def edit(document: dict[str, Any]) -> None:
        next(w for w in document["customProperties"] if w["property"] == "delivery")["value"] = delivery

    world = World(tmp_path, source=changed(SOURCE, edit))
    world.deliver(rows(40))
    world.deliver(rows(25))
    with duckdb.connect() as connection:
        assert reconcile.standing_records(connection, world.job(), world.source_contract) == standing


def test_a_source_without_its_file_cannot_be_counted(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.deliver(rows(40))
    (world.home.raw / "requests/accepted/000001.parquet").unlink()
    with duckdb.connect() as connection:
        assert reconcile.standing_records(connection, world.job(), world.source_contract) is None
    result = world.publish()
    assert quality_of(result, "reconciliation")["result"] == "not run"
    assert result.outcome == "held"


@pytest.mark.parametrize(
    ("standing", "wanted", "expected"),
    [
        ({"a": 10}, 10, ("a",)),
        ({"a": 10}, 9, None),
        ({"a": 10, "b": 5}, 15, ("a", "b")),
        ({"a": 10, "codes": 5}, 10, ("a",)),
        ({"a": 10, "b": None}, 10, None),
        ({}, 0, None),
        ({f"s{i}": 1 for i in range(9)}, 9, None),
    ],
)
def test_whose_records_they_are(standing: dict[str, int | None], wanted: int, expected: tuple[str, ...] | None) -> None:
    assert reconcile.made_of(standing, wanted) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((5, 3, 1, 1), True), ((5, 3, 1, 0), False), ((5, 3, None, 1), None), ((0, 0, 0, 0), True)],
)
def test_received_is_what_became_of_it(counts: tuple[int | None, ...], expected: bool | None) -> None:
    assert reconcile.balanced(InputRef("a", "0" * 64, None, *counts)) is expected


def test_a_source_whose_records_are_not_the_entity_s_is_told_as_a_warning(tmp_path: Path) -> None:
    """Codes or boundaries that staging joins in: the report says that their records were not counted."""
    world = World(tmp_path)
    world.deliver(rows(40))
    codes = World(tmp_path / "codes", source=changed(SOURCE, lambda document: document.update(id="town/codes")))
    codes.deliver(rows(7))
    landings = codes.home.raw / "requests"
    shutil.copytree(landings, world.home.raw / "codes")
    shutil.copytree(codes.home.quarantine / "requests", world.home.quarantine / "codes")
    path = world.home.raw / "codes/landings/000001.json"
    path.write_text(
        path.read_text().replace("raw/requests", "raw/codes").replace("quarantine/requests", "quarantine/codes")
    )
    city = replace(world.city, sources={**world.city.sources, "codes": codes.source_contract})
    nodes = [
        *LINEAGE["nodes"],
        {"id": "source.codes", "kind": "source", "name": "codes", "title": "", "tier": "public"},
    ]
    lineage = {"nodes": nodes, "edges": [*LINEAGE["edges"], ["source.codes", "model.stg_town__requests"]]}
    inputs = (*world.inputs, InputRef("codes", "0" * 64, None, 7, 7, 0, 0))
    result = world.publish(city=city, lineage=lineage, inputs=inputs)
    entry = quality_of(result, "reconciliation")
    assert (result.outcome, entry["result"]) == ("published", "warned")
    assert "the records of requests are those of requests alone, of codes 7, requests 40" in entry["detail"]
    assert result.quality["reconciliation"]["standing"] == {"codes": 7, "requests": 40}
    unrelated = world.publish(city=city, inputs=inputs, force=True)
    assert unrelated.quality["reconciliation"]["standing"] == {"requests": 40}
