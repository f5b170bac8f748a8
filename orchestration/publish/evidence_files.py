"""Files under ``ledger/evidence``: each named by its own sha256, written once, never changed.

Belongs here: keeping one and reading one. Does not belong here: what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts import kept
from contracts.home import FORMAT_VERSION, CityHome


def folder(home: CityHome) -> Path:
    """Where evidence stands."""
    return home.ledger / "evidence"


def path(home: CityHome, sha256: str) -> Path:
    """Where the evidence with this digest stands."""
    return folder(home) / f"{sha256}.json"


def keep(home: CityHome, value: Mapping[str, Any]) -> str:
    """Keep ``value``; returns the sha256 of its bytes. Equal values are kept once."""
    data = kept.canonical_json(value)
    digest = kept.sha256_bytes(data)
    kept.create_if_absent(path(home, digest), data)
    return digest


def read(home: CityHome, sha256: str) -> dict[str, Any]:
    """The evidence with this digest.

    Raises:
        ArtefactError: Missing, altered or of an unknown format.
    """
    value = kept.read_json(path(home, sha256), sha256=sha256)
    kept.check_format(value, path(home, sha256), FORMAT_VERSION)
    return value
