"""One way to the web for each process, folder, allowance and pace."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration.ingest.web import open_web

MIRROR = (("p", "http://127.0.0.1:8000/"),)


def test_the_same_request_gets_the_same_way(tmp_path: Path) -> None:
    assert open_web(tmp_path, MIRROR, 5) is open_web(tmp_path, MIRROR, 5)
    assert open_web(tmp_path, MIRROR, 5) is not open_web(tmp_path, (), 5)


def test_a_forked_process_does_not_speak_on_its_parents_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parents = open_web(tmp_path, MIRROR, 5)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert open_web(tmp_path, MIRROR, 5) is not parents


def test_who_asked_last_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    open_web(tmp_path, MIRROR, 5, told.append)
    open_web(tmp_path, MIRROR, 5).tell("waiting")
    assert told == ["waiting"]
