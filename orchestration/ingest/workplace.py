"""Where one landing works: a folder of its own and a temporary database that may spill into it.

Belongs here: settings of that database, and leaving nothing behind. Does not belong here: what is done there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.engines.sql import text_literal
from contracts.errors import OutsideError

if TYPE_CHECKING:
    import duckdb

READING_MEMORY = "800MB"


@dataclass(frozen=True)
class Workplace:
    """Where a landing works: a connection, its temporary folder, and how many threads it may use."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    threads: int

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
def workplace(parent: Path, source: str, threads: int) -> Iterator[Workplace]:
    """A folder below ``parent`` and a temporary database; both are gone afterwards.

    Raises:
        OutsideError: The disk refused.
    """
    import duckdb

    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"landing-{source}-", dir=parent))
    except OSError as error:
        raise OutsideError(
            "the disk refused a folder to work in", where=str(parent), found=error.strerror or str(error)
        ) from error
    try:
        with duckdb.connect(str(folder / "landing.duckdb")) as connection:
            for setting in (
                f"memory_limit = '{READING_MEMORY}'",
                f"threads = {int(threads)}",
                f"temp_directory = {text_literal(str(folder / 'spill'))}",
                "TimeZone = 'UTC'",
                "preserve_insertion_order = true",
                "disabled_optimizers = 'in_clause'",  # a long IN list would become a join, and lose the order
                "python_enable_replacements = false",
                "autoinstall_known_extensions = false",
            ):
                connection.execute(f"SET {setting}")
            yield Workplace(connection, folder, threads)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
