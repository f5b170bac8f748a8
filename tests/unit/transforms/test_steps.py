"""The registered steps: documented in one place, in three languages, and the only ones a contract may name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.city_load import load_shared
from contracts.model import Contract
from contracts.tiers import rank

LANGUAGES = {"en", "es", "pt"}
INTERNAL = {"needs_point_to_area", "load_spatial", "is_small_cell", "is_known", "has_small_part", "has_position"} | {
    "block_midpoints",
    "needs_table",
}
"""Macros beside the steps that only serve them."""


@pytest.fixture(scope="module")
def registered(project_root: Path) -> dict[str, dict[str, Any]]:
    text = (project_root / "transforms" / "macros" / "steps" / "steps.yml").read_text(encoding="utf-8")
    return {m["name"]: m["config"]["meta"]["step"] for m in yaml.safe_load(text)["macros"]}


def products() -> list[Contract]:
    return list(load_shared().products.values())


def test_every_step_is_a_macro_and_every_macro_a_step(project_root: Path, registered: dict[str, Any]) -> None:
    folder = project_root / "transforms" / "macros" / "steps"
    macros = {name for p in folder.glob("*.sql") for name in re.findall(r"{% macro (\w+)\(", p.read_text("utf-8"))}
    assert macros - INTERNAL == set(registered)
    assert macros >= INTERNAL


def test_every_step_lowers_and_says_so_in_every_language(registered: dict[str, Any]) -> None:
    for name, step in registered.items():
        assert rank(step["lowers"]["to"]) < rank(step["lowers"]["from"]), name
        assert set(step["sentence"]) == LANGUAGES, name
        assert len(set(step["sentence"].values())) == len(LANGUAGES), name
        assert re.fullmatch(r"\d+\.\d+\.\d+", step["version"]), name


def test_contracts_name_registered_steps_in_their_version(registered: dict[str, Any]) -> None:
    named = [(p.name, c.name, c.step) for p in products() for c in p.columns if c.step is not None]
    assert len(named) > 20
    for product, column, step in named:
        assert step.name in registered, (product, column)
        assert step.version == registered[step.name]["version"], (product, column)
        assert set(step.parameters) <= set(registered[step.name]["parameters"]), (product, column)


def test_a_public_count_of_a_mart_with_exact_counts_is_made_by_a_step() -> None:
    for product in products():
        exact = {c.name.removesuffix("_exact") for c in product.columns if c.name.endswith("_exact")}
        for column in product.columns:
            if column.name in exact:
                assert column.classification == "public" and column.step is not None, (product.name, column.name)
            if column.name.endswith("_exact"):
                assert column.classification == "internal", (product.name, column.name)


def test_nothing_restricted_enters_a_product() -> None:
    for product in products():
        assert {c.classification for c in product.columns} <= {"public", "internal"}, product.name
        assert not {"address", "latitude", "longitude"} & {c.name for c in product.columns}, product.name
