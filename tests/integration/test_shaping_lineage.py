"""What dbt's manifest tells: lineage of tables, sources included; and when it is made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import InputError
from orchestration import dbt_project
from orchestration.shaping import lineage, parse
from tests.integration.shaping_city import TinyCity, build


def staging(tiny: TinyCity, entity: str) -> Path:
    return tiny.city.folder / "staging" / f"stg_tiny__{entity}.sql"


def test_lineage_leads_from_sources_to_marts(tmp_path: Path) -> None:
    tiny = build(tmp_path)
    graph = lineage(tiny.city, tiny.home)
    tiers = {n.id: n.tier for n in graph.nodes}
    assert {i for i in tiers if i.startswith("source.")} == {"source.tiny_districts", "source.tiny_requests"}
    assert ("source.tiny_requests", "staging.stg_tiny__service_requests") in graph.edges
    assert "source.tiny_districts" in graph.upstream("mart.service_requests_monthly")
    assert graph.upstream("mart.districts") == {
        "intermediate.int_districts__received",
        "staging.stg_tiny__districts",
        "source.tiny_districts",
    }
    assert tiers["staging.stg_tiny__service_requests"] == "restricted"
    assert tiers["intermediate.int_service_requests__received"] == "restricted"
    assert tiers["mart.service_requests"] == "internal"
    assert tiers["mart.districts"] == tiers["staging.stg_tiny__districts"] == "public"
    assert set(graph.as_dict()) == {"nodes", "edges"}
    assert graph.as_dict()["nodes"] == sorted(graph.as_dict()["nodes"], key=lambda n: str(n["id"]))
    assert graph.upstream_products(tuple(tiny.city.products)) == dict.fromkeys(tiny.city.products, ())


def test_a_source_named_through_a_variable_is_traced(tmp_path: Path) -> None:
    tiny = build(tmp_path)
    path = staging(tiny, "districts")
    text = path.read_text()
    path.write_text(text.replace("{{ raw('tiny_districts') }}", "{% set s = 'tiny_' ~ 'districts' %}{{ raw(s) }}"))
    assert path.read_text() != text
    assert ("source.tiny_districts", "staging.stg_tiny__districts") in lineage(tiny.city, tiny.home).edges


def test_the_manifest_is_kept_until_something_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = build(tmp_path)
    runs: list[tuple[str, ...]] = []
    invoke = dbt_project.invoke

    def counted(command: tuple[str, ...], *rest: object) -> object:
        runs.append(command)
        return invoke(command, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(dbt_project, "invoke", counted)
    first = parse(tiny.city, tiny.home)
    assert parse(tiny.city, tiny.home) == first
    assert runs == [("parse",)]
    staging(tiny, "districts").write_text(staging(tiny, "districts").read_text() + "-- changed\n")
    assert parse(tiny.city, tiny.home) != first
    assert runs == [("parse",), ("parse",)]


def test_a_project_that_cannot_be_read_is_not_kept(tmp_path: Path) -> None:
    tiny = build(tmp_path)
    path = staging(tiny, "districts")
    good = path.read_text()
    path.write_text(good.replace("raw('tiny_districts')", "raw('tiny_distrits')"))
    for _ in range(2):
        with pytest.raises(InputError) as raised:
            lineage(tiny.city, tiny.home)
        assert raised.value.found == "tiny_distrits"
        assert raised.value.where == f"{path}:8"
    path.write_text(good)
    assert lineage(tiny.city, tiny.home).nodes
