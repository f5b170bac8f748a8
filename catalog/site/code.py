"""Of which code, templates, words and libraries a site is made, as one digest.

Belongs here: hashing what pages are made with. Does not belong here: what they are made of (``tracing``).
"""

from __future__ import annotations

import hashlib
import sys
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import catalog
import contracts
from transforms import statistics

LIBRARIES = ("babel", "duckdb", "jinja2", "markupsafe", "msgspec", "numpy", "scipy", "statsmodels")
"""Whose versions decide how a page comes out."""


@lru_cache(maxsize=1)
def code_digest() -> str:
    """The digest, as the files stood when it was first asked for: those that this process runs."""
    made = hashlib.sha256(sys.version.encode())
    made.update(repr([(name, version(name)) for name in LIBRARIES]).encode())
    for package in (catalog, contracts, statistics):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                made.update(
                    f"{path.relative_to(folder).as_posix()}\0".encode() + hashlib.sha256(path.read_bytes()).digest()
                )
    return made.hexdigest()
