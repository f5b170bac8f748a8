"""Where one landing works: a folder of its own and a temporary database that may spill into it.

Belongs here: settings of that database, how the memory is shared out, what is said when memory or disk run
short, and leaving nothing behind. Does not belong here: what is done there.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contracts import kept
from contracts.engines.sql import text_literal
from contracts.errors import InputError, OutsideError

if TYPE_CHECKING:
    import duckdb

MEMORY = "1500MB"
READING, JUDGING = 0.5, 0.65
"""Shares of the run's memory: what reads holds little while what judges works, but never nothing."""

_SIZE = re.compile(r"^([0-9]+(?:\.[0-9]+)?)\s*([KMGT]i?B)$")
_SHORT = re.compile(r"^(IO|Out of Memory|OutOfMemory) ?(Error|Exception)\b")
"""How DuckDB begins where the disk or the memory failed, not the data (whose values stand further on)."""


def silent(_text: str) -> None:
    """Nobody is told how far a landing is."""


@dataclass(frozen=True)
class Engine:
    """What a landing may use. ``tell`` is called with how far it is."""

    threads: int = 2
    memory: str = MEMORY
    tell: Callable[[str], None] = silent

    def share(self, part: float) -> str:
        """A part of the memory, as DuckDB takes it.

        Raises:
            InputError: ``memory`` is not a size.
        """
        size = _SIZE.match(self.memory.strip())
        if size is None:
            raise InputError(
                "a memory limit is not a size", found=self.memory, expected="a number and a unit, such as 1500MB"
            )
        return f"{float(size[1]) * part:.3f}{size[2]}"


@dataclass(frozen=True)
class Workplace:
    """Where a landing works: a connection, its temporary folder, and what it may use."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    engine: Engine

    @property
    def accepted(self) -> Path:
        """The accepted records."""
        return self.folder / "accepted.parquet"

    @property
    def suspects(self) -> Path:
        """Typed records that don't pass, for the engines to judge."""
        return self.folder / "suspects.parquet"

    @property
    def quarantine(self) -> Path:
        """Records set aside, with reasons."""
        return self.folder / "quarantine.parquet"


@contextmanager
def workplace(parent: Path, source: str, engine: Engine) -> Iterator[Workplace]:
    """A folder below ``parent`` and a temporary database; both are gone afterwards.

    Raises:
        OutsideError: The disk refused.
        InputError: The engine's memory is not a size.
    """
    import duckdb

    memory = engine.share(READING)
    kept.make_folder(parent)
    with kept.step("make_folder", parent / f"landing-{source}-"):
        folder = Path(tempfile.mkdtemp(prefix=f"landing-{source}-", dir=parent))
    try:
        with duckdb.connect(str(folder / "landing.duckdb")) as connection:
            for setting in (
                f"memory_limit = '{memory}'",
                f"threads = {int(engine.threads)}",
                f"temp_directory = {text_literal(str(folder / 'spill'))}",
                "TimeZone = 'UTC'",
                "preserve_insertion_order = true",
                "disabled_optimizers = 'in_clause'",  # a long IN list would become a join, and lose the order
                "python_enable_replacements = false",
                "autoinstall_known_extensions = false",
            ):
                connection.execute(f"SET {setting}")
            yield Workplace(connection, folder, engine)
    finally:
        kept.discard(folder)


@contextmanager
def copying(path: Path) -> Iterator[None]:
    """DuckDB writes ``path``: one step of the write layer.

    Raises:
        OutsideError: The disk refused, or the memory does not suffice.
    """
    import duckdb

    try:
        with kept.step("copy", path):
            yield
    except duckdb.Error as error:
        raise ran_short(f"{type(error).__name__}: {error}", path) or error from error


def ran_short(said: str, where: Path | None = None) -> OutsideError | None:
    """The error of a disk or a memory that failed, if that is what DuckDB ``said``; else None.

    It must never be taken for a fault of the data: a file refused for it would not be looked at again.
    """
    found = _SHORT.match(said)
    if found is None:
        return None
    is_disk = found[1] == "IO"
    return OutsideError(
        "the disk failed while a delivery was read" if is_disk else "the memory does not suffice to read a delivery",
        where=str(where) if where else None,
        found=("no space left on the device" if "No space left" in said else "an input or output error")
        if is_disk
        else "DuckDB reached its limit",
        hint=f"{'free space or have the disk looked at' if is_disk else 'raise CAUCE_MEMORY_LIMIT'}, then run again; "
        "nothing published was touched.",
        retry=True,
    )
