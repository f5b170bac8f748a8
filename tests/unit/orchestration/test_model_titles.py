"""What models are called in a lineage: every shared one in every language, a city's own after its entity."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from contracts.city_load import load_entities
from contracts.model import Text
from contracts.sentences import LANGUAGES
from orchestration.dbt_project import TRANSFORMS
from orchestration.model_titles import model_title
from orchestration.shaping import LineageGraph, LineageNode
from tests.unit.catalog.site_world import city

INTERMEDIATE = TRANSFORMS / "models" / "intermediate"
INNER = sorted(
    p.stem
    for p in INTERMEDIATE.rglob("*")
    if p.suffix in (".sql", ".py") and p.stem.startswith("int_") and not p.stem.endswith("__received")
)


def declared() -> dict[str, dict[str, Any]]:
    models = yaml.safe_load((INTERMEDIATE / "_titles.yml").read_text(encoding="utf-8"))["models"]
    return {model["name"]: model["config"]["meta"] for model in models}


def node(name: str, meta: dict[str, Any] | None = None, code: str = "-- one row per thing\nselect 1") -> dict[str, Any]:
    return {"name": name, "raw_code": code, "config": {"meta": meta or {}}}


def test_titles_are_of_the_models_that_are_there() -> None:
    assert sorted(declared()) == INNER


@pytest.mark.parametrize("name", INNER)
def test_every_shared_step_has_a_title_in_every_language(name: str) -> None:
    title = model_title(node(name, declared()[name]), city())
    said = [title.to(language) for language in LANGUAGES]
    assert all(title.has(language) for language in LANGUAGES)
    assert len(set(said)) == len(LANGUAGES) and all(said)


@pytest.mark.parametrize("entity", sorted(load_entities()))
def test_what_delivers_an_entity_is_called_after_it(entity: str) -> None:
    """A city's staging says nothing of its own: its first line may be in any language, and is no title."""
    contract = load_entities()[entity]
    here = city(staging={entity: f"stg_ribera__{entity}"})
    staged = model_title(node(f"stg_ribera__{entity}", code="-- una fila por caso\nselect 1"), here)
    received = model_title(node(f"int_{entity}__received"), here)
    for language in LANGUAGES:
        assert contract.title.to(language) in staged.to(language)
        assert contract.title.to(language) in received.to(language)
        assert staged.to(language) != received.to(language)
    assert "fila" not in staged.default


def test_a_product_has_its_own_title_and_a_model_without_one_its_first_line() -> None:
    assert model_title(node("districts"), city()).to("es") == "Distritos"
    assert model_title(node("int_x"), city()) == Text("one row per thing")
    assert model_title(node("int_x", code="select 1"), city()) == Text("int_x")


def test_a_kept_step_tells_its_translations_where_it_has_some() -> None:
    bare = LineageNode("mart.a", "mart", "a", "A", "public")
    told = LineageNode("mart.b", "mart", "b", "B", "public", {"es": "Be"})
    assert LineageGraph((bare, told), ()).as_dict()["nodes"] == [
        {"id": "mart.a", "kind": "mart", "name": "a", "title": "A", "tier": "public"},
        {"id": "mart.b", "kind": "mart", "name": "b", "title": "B", "tier": "public", "translations": {"es": "Be"}},
    ]
