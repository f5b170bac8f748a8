"""The secret key of a city's keyed steps (pseudonyms, geomask): kept beside the warehouse, never in it.

Belongs here: making the key's file, handing the key to a connection of DuckDB, telling which projects need one. Does
not belong here: what is done with it (``contracts.steps``, ``step_functions``).

The key is 32 random bytes in ``keys/steps.key``, made at the first run that needs it, readable by its owner alone. A
connection gets it as two variables, so that it is in no SQL that is kept, logged or compiled. Whoever loses the file
gets other pseudonyms from the next run on; whoever copies it can try identifiers one by one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from contracts import kept
from contracts.errors import ArtefactError
from contracts.flow.model import Need
from contracts.steps import load_steps
from orchestration.step_functions import INNER_KEY, OUTER_KEY

if TYPE_CHECKING:
    import duckdb

    from orchestration.dbt_project import ProjectFile

FILE: Final = "steps.key"
BYTES: Final = 32
_BLOCK = 64
"""Bytes of a block of SHA-256."""


def kept_key(folder: Path) -> bytes:
    """The city's key; made where there is none yet.

    Args:
        folder: The city's folder of keys.

    Raises:
        ArtefactError: The file is not a key.
    """
    path = folder / FILE
    kept.create_if_absent(path, secrets.token_bytes(BYTES), private=True)
    key = path.read_bytes()
    if len(key) != BYTES:
        raise ArtefactError(
            "the key of the de-identifying steps is not as it was made",
            where=str(path),
            found=f"{len(key)} bytes",
            expected=f"{BYTES} bytes",
            hint="put back the file from a backup; without it pseudonyms change",
        )
    return key


def give_key(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Hand a connection the key, in HMAC's two forms.

    Source: RFC 2104; tried against Python's ``hmac``.
    """
    padded = key.ljust(_BLOCK, b"\0")
    for name, mask in ((INNER_KEY, 0x36), (OUTER_KEY, 0x5C)):
        connection.execute(f"SET VARIABLE {name} = from_hex('{bytes(byte ^ mask for byte in padded).hex()}')")


def calls_keyed_step(files: Mapping[str, ProjectFile], register: Path) -> bool:
    """Whether a model of the project calls a step that needs the key: its own, or that of the numbers it is given."""
    keyed = [
        name
        for name, step in load_steps(register).items()
        if any("{keyed(" in f.body or Need.NUMBERING in f.flow.needs.values() for f in step.functions)
    ]
    call = re.compile(rf"\b(?:{'|'.join(keyed)})\(")
    return bool(keyed) and any(call.search(file.text) for name, file in files.items() if not name.startswith("macros/"))


@contextmanager
def given_to_dbt(key: bytes | None) -> Iterator[None]:
    """Within the block, each connection that dbt opens has the key.

    dbt-duckdb would take it from its profile, and so from a file or an environment; this keeps it in this process.
    """
    if key is None:
        yield
        return
    from dbt.adapters.duckdb import environments

    environment: Any = environments.Environment
    plain = environment.__dict__["initialize_cursor"]

    def initialize(cls: Any, creds: Any, cursor: Any, *rest: Any, **more: Any) -> Any:
        give_key(cursor, key)
        return plain.__func__(cls, creds, cursor, *rest, **more)

    environment.initialize_cursor = classmethod(initialize)
    try:
        yield
    finally:
        environment.initialize_cursor = plain
