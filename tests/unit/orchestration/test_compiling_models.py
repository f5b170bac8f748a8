"""Compiling a city's models without a delivery: what dbt is told, and that one that cannot be compiled is an error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.errors import InputError
from orchestration import dbt_project, shaping
from tests.unit.orchestration.publish.publish_world import World

Told = list[tuple[tuple[str, ...], Mapping[str, Any]]]


def invoked(monkeypatch: pytest.MonkeyPatch, *, success: bool) -> Told:
    told: Told = []

    def invoke(
        command: tuple[str, ...], _: Path, __: Path, given: Mapping[str, Any], hear: Callable[[Any], None], ___: Any
    ) -> Any:
        told.append((command, given))
        hear(SimpleNamespace(info=SimpleNamespace(level="info", msg="parsing")))
        if not success:
            hear(SimpleNamespace(info=SimpleNamespace(level="error", msg="no macro of that name")))
        return SimpleNamespace(exception=None, success=success)

    monkeypatch.setattr(shaping, "parse", lambda *_: {})
    monkeypatch.setattr(dbt_project, "invoke", invoke)
    return told


def test_models_are_compiled_as_if_every_source_had_a_delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world, told = World(tmp_path), invoked(monkeypatch, success=True)
    shaping.compile_models(world.city, world.home)
    ((command, given),) = told
    assert command == ("compile",)
    assert given["sources"] == {name: {"deliveries": 1} for name in world.city.sources} != {}
    assert given["point_to_area"] == "always"
    assert not world.home.warehouse.exists()


def test_a_model_that_cannot_be_compiled_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    invoked(monkeypatch, success=False)
    with pytest.raises(InputError, match="a model cannot be compiled") as caught:
        shaping.compile_models(world.city, world.home)
    assert "no macro of that name" in str(caught.value)
    assert "parsing" not in str(caught.value)
