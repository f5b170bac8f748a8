"""Kept files: whole or not at all, created once, checked against their hash."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import pytest

from contracts import kept
from contracts.errors import ArtefactError, OutsideError


def test_one_value_has_one_byte_form() -> None:
    assert kept.canonical_json({"b": 1, "a": "ñ"}) == '{\n  "a": "ñ",\n  "b": 1\n}\n'.encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        kept.canonical_json({"a": math.nan})


def test_only_one_of_many_creates_a_file(tmp_path: Path) -> None:
    won: list[int] = []
    barrier = threading.Barrier(16)

    def race(n: int) -> None:
        barrier.wait()
        if kept.create_if_absent(tmp_path / "one.json", str(n).encode()):
            won.append(n)

    threads = [threading.Thread(target=race, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert (tmp_path / "one.json").read_bytes() == str(won[0]).encode()
    assert [p.name for p in tmp_path.iterdir()] == ["one.json"]


def test_an_altered_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    kept.replace(path, b'{"a": 1}')
    digest = kept.sha256_file(path)
    assert kept.read_json(path, sha256=digest) == {"a": 1}
    path.write_bytes(b'{"a": 2}')
    with pytest.raises(ArtefactError, match=r"altered.*a\.json"):
        kept.read_json(path, sha256=digest)


def test_torn_missing_and_foreign_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(ArtefactError, match="cannot be read"):
        kept.read_json(path)
    path.write_bytes(b'{"a": ')
    with pytest.raises(ArtefactError, match="torn"):
        kept.read_json(path)
    with pytest.raises(ArtefactError, match="format_version 99"):
        kept.check_format({"format_version": 99}, path, 1)


def test_a_refusing_disk_is_an_outside_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutsideError, match="disk refused"):
        kept.replace(tmp_path / "file" / "below.json", b"{}")
