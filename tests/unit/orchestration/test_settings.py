"""Settings: prefixed, frozen, clear when wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from contracts.errors import InputError
from orchestration.context import city_folders, open_city
from orchestration.settings import load_settings


def test_the_environment_is_read_by_prefix(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path))
    monkeypatch.setenv("CAUCE_CITIES", f"{tmp_path / 'a'}{os.pathsep}{tmp_path / 'b'}")
    settings = load_settings()
    assert settings.home == tmp_path
    assert settings.content_roots[1:] == (tmp_path / "a", tmp_path / "b")
    with pytest.raises(ValidationError):
        settings.threads = 8


def test_a_wrong_value_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUCE_THREADS", "many")
    with pytest.raises(InputError, match=r"CAUCE_THREADS.*'many'"):
        load_settings()


def test_an_unknown_city_lists_those_there_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"--city atlantis.*demo"):
        open_city("atlantis")
    assert not any(tmp_path.iterdir())


def test_content_may_stand_outside_the_checkout(monkeypatch: pytest.MonkeyPatch, project_root: Path) -> None:
    monkeypatch.setenv("CAUCE_CITIES", str(project_root / "tests" / "content"))
    assert "newyork" in city_folders(load_settings())
