"""Kept JSON: its one byte form, its digest, reading it back.

Belongs here: bytes and values. Does not belong here: changing a disk (``kept``, which hands these on), what a value
means.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.disk_errors import altered
from contracts.errors import ArtefactError


def canonical_json(value: Any) -> bytes:
    """One byte form for one value: sorted keys, two-space indent, UTF-8, final newline.

    Not a number and infinity are refused, since JSON has no form for them.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, indent=2, allow_nan=False)
    return (text + "\n").encode("utf-8")


def sha256_bytes(data: bytes) -> str:
    """Hex digest of ``data``."""
    return hashlib.sha256(data).hexdigest()


def read_json(path: Path, *, sha256: str | None = None) -> dict[str, Any]:
    """A kept JSON object; with ``sha256``, only if its bytes still have that digest.

    Raises:
        ArtefactError: Missing, torn, altered or not an object.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ArtefactError(
            "a kept file cannot be read", where=str(path), found=error.strerror or str(error)
        ) from error
    return parse_json(data, str(path), sha256)


def parse_json(data: bytes, where: str, sha256: str | None = None) -> dict[str, Any]:
    """The JSON object in ``data``, which stood at ``where``; with ``sha256``, only if it has that digest.

    Raises:
        ArtefactError: Torn, altered or not an object.
    """
    if sha256 is not None and sha256_bytes(data) != sha256:
        raise altered(where, sha256_bytes(data), sha256)
    try:
        value = json.loads(data)
    except ValueError as error:
        raise ArtefactError("a kept file is torn", where=where, found=str(error)) from error
    if not isinstance(value, dict):
        raise ArtefactError("a kept file is not a JSON object", where=where)
    return value


def check_format(value: Mapping[str, Any], path: Path | str, newest: int) -> None:
    """Refuse a kept file written by a newer Cauce.

    Raises:
        ArtefactError: ``format_version`` is absent or greater than ``newest``.
    """
    version = value.get("format_version")
    if not isinstance(version, int) or version > newest:
        raise ArtefactError(
            "a kept file has a format this Cauce does not know",
            where=str(path),
            found=f"format_version {version}",
            expected=f"{newest} or lower",
            hint="use the Cauce version that wrote it, or a newer one.",
        )
