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


@pytest.mark.parametrize(
    ("delivery", "key", "standing"),
    [("append", "case_id", 40), ("snapshot", "case_id", 25), ("snapshot", "officer", 1)],
)
def test_what_a_source_repeats_is_counted_once(tmp_path: Path, delivery: str, key: str, standing: int) -> None:
    """Twenty-five of forty cases come again; one officer has them all."""

    def edit(document: dict[str, Any]) -> None:
        words = document["customProperties"]
        next(w for w in words if w["property"] == "delivery")["value"] = delivery
        words.append({"property": "repeatedBy", "value": [key]})

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
    ("standing", "expected"),
    [({"a": 10}, 10), ({"a": 10, "b": 5}, 15), ({"a": 10, "b": 0}, 10), ({"a": 10, "b": None}, None), ({}, None)],
)
def test_every_source_of_the_entity_counts(standing: dict[str, int | None], expected: int | None) -> None:
    assert reconcile.total(standing) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((5, 3, 1, 1), True), ((5, 3, 1, 0), False), ((5, 3, None, 1), None), ((0, 0, 0, 0), True)],
)
def test_received_is_what_became_of_it(counts: tuple[int | None, ...], expected: bool | None) -> None:
    assert reconcile.balanced(InputRef("a", "0" * 64, None, *counts)) is expected


def with_codes(world: World, folder: Path, read_by: str) -> dict[str, Any]:
    """A job's fields with a second source of 7 records, which the model ``read_by`` reads."""
    codes = World(folder, source=changed(SOURCE, lambda document: document.update(id="town/codes")))
    codes.deliver(rows(7))
    shutil.copytree(codes.home.raw / "requests", world.home.raw / "codes")
    path = world.home.raw / "codes/landings/000001.json"
    path.write_text(path.read_text().replace("raw/requests", "raw/codes"))
    helper = "model.stg_town__codes"
    nodes = [
        *LINEAGE["nodes"],
        {"id": "source.codes", "kind": "source", "name": "codes", "title": "", "tier": "public"},
        {"id": helper, "kind": "staging", "name": "stg_town__codes", "title": "", "tier": "public"},
    ]
    edges = [*LINEAGE["edges"], ["source.codes", read_by], [helper, "model.stg_town__requests"]]
    return {
        "city": replace(world.city, sources={**world.city.sources, "codes": codes.source_contract}),
        "lineage": {"nodes": nodes, "edges": edges},
        "inputs": (*world.inputs, InputRef("codes", "0" * 64, None, 7, 7, 0, 0)),
    }


def test_a_source_that_staging_only_joins_in_is_not_counted(tmp_path: Path) -> None:
    """Codes or boundaries, read in a model of their own: none of their records is the entity's."""
    world = World(tmp_path)
    world.deliver(rows(40))
    result = world.publish(**with_codes(world, tmp_path / "codes", "model.stg_town__codes"))
    assert (result.outcome, quality_of(result, "reconciliation")["result"]) == ("published", "passed")
    assert result.quality["reconciliation"]["standing"] == {"requests": 40}


def test_a_source_whose_records_are_all_forgotten_holds(tmp_path: Path) -> None:
    """The entity's staging reads two sources, and the records of one of them are nowhere."""
    world = World(tmp_path)
    world.deliver(rows(40))
    result = world.publish(**with_codes(world, tmp_path / "codes", "model.stg_town__requests"))
    assert result.outcome == "held"
    entry = quality_of(result, "reconciliation")
    assert entry["result"] == "failed"
    assert "accepted records (codes 7, requests 40) do not add up to 40 of requests" in entry["detail"]


def test_two_sources_of_one_entity_add_up(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.deliver(rows(40))
    given = with_codes(world, tmp_path / "codes", "model.stg_town__requests")
    world._build(47)
    entry = quality_of(world.publish(**given), "reconciliation")
    assert "47 records of requests, no step removed, but 40 published" in entry["detail"]
    assert "do not add up" not in entry["detail"]


def test_staging_that_reads_through_models_of_its_own_counts_all_above_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.deliver(rows(40))
    given = with_codes(world, tmp_path / "codes", "model.stg_town__codes")
    edges = [e for e in given["lineage"]["edges"] if e != ["source.requests", "model.stg_town__requests"]]
    edges.append(["source.requests", "model.stg_town__codes"])
    result = world.publish(**{**given, "lineage": {**given["lineage"], "edges": edges}})
    assert result.outcome == "held"
    assert result.quality["reconciliation"]["standing"] == {"codes": 7, "requests": 40}
    other = replace(given["city"], staging={**given["city"].staging, "codes": "stg_town__codes"})
    alone = {**given["lineage"], "edges": edges[:-1]}
    apart = world.publish(**{**given, "city": other, "lineage": alone}, force=True)
    assert apart.quality["reconciliation"]["standing"] == {}
    assert quality_of(apart, "reconciliation")["result"] == "not run"


def test_several_deliveries_of_one_source_are_counted_once(tmp_path: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        next(w for w in document["customProperties"] if w["property"] == "delivery")["value"] = "append"

    world = World(tmp_path, source=changed(SOURCE, edit))
    world.deliver(rows(40))
    first = world.inputs
    world.deliver(rows(25))
    world.deliver(rows(65), entity_rows=0)
    world._build(65)
    result = world.publish(inputs=(*first, *world.inputs))
    assert quality_of(result, "reconciliation")["result"] == "passed"
    assert result.quality["reconciliation"]["standing"] == {"requests": 65}
