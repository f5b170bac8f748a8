"""DuckDB's identifiers and literals, and the row groups of Parquet, written in one place.

Belongs here: quoting, what every Parquet file we write has in common. Does not belong here: what is asked (``scan``,
``guard``, ``expectations``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

ROW_GROUP = 122_880
"""Records per row group of every Parquet file we write.

DuckDB's own size, so that readers can share the work; said by us, so that a file's bytes depend neither on the
machine nor on an engine's default.
"""


def quoted(name: str) -> str:
    """``name`` as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(value: str) -> str:
    """``value`` as a string literal."""
    return "'" + value.replace("'", "''") + "'"


def literal(value: Any) -> str:
    """``value`` as a literal of its own type.

    Raises:
        TypeError: It has no literal form.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, float):
        return f"CAST({value!r} AS DOUBLE)"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, time):
        return f"TIME '{value.isoformat()}'"
    if isinstance(value, str):
        return text_literal(value)
    raise TypeError(f"no SQL literal for {type(value).__name__}")


def address(file: Path | str) -> str:
    """``file`` under the one name it is read by: an absolute path, or its URL."""
    return str(file) if "://" in str(file) else str(Path(file).resolve())


def parquet(files: Iterable[Path | str]) -> str:
    """Parquet ``files`` as one relation."""
    return f"read_parquet([{', '.join(text_literal(address(f)) for f in files)}])"
