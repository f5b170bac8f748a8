"""The formats that are landed: one row each, with all that the door must know of a format before it is read.

Belongs here: a format's name, what people call it, how its files begin and end, and the module that reads it. To
add one: its row, its reader, its name in ``contracts/vocabulary.py``, its section in
``docs/how-to/file-formats.md`` and its parser in ``tests/fuzz``; a test names what is missing. Does not belong
here: reading (``readers``), and telling what a file that is none of these is (``prepare``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol, cast

from contracts.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from contracts.model import Contract
    from orchestration.ingest.caps import Caps
    from orchestration.ingest.dialect import Dialect
    from orchestration.ingest.reading import Reading
    from orchestration.ingest.workplace import Workplace

READERS = "orchestration.ingest.readers"

Build = Literal["fields", "lines", "document", "binary"]
"""Text with a record of fields to a line, with one JSON value to a line, one JSON document; or no text."""


class Reader(Protocol):
    """What each module of ``readers`` that reads a format gives."""

    def read(self, path: Path, contract: Contract, dialect: Dialect, place: Workplace, caps: Caps) -> Reading:
        """Read a prepared file.

        Args:
            path: What ``prepare`` made of the delivery: plain UTF-8, or the bytes of a format that is no text.
            contract: The source's contract.
            dialect: What its server declares.
            place: Where the landing works.
            caps: Limits for one delivery.

        Raises:
            Refusal: The whole file can't be taken; its ``report`` tells the records counted, if any were.
            OutsideError: The disk refused.
        """


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        shown: What messages call it.
        build: How its files are built.
        endings: How the name of a file ends that may hold it, as in an archive with several.
        module: The module below ``READERS`` that reads it, imported when a file is there to be read.
        begins: The first bytes of each file of it, where it is no text.
        empty_is_missing: Whether an empty text means "no value" where the contract does not say.
    """

    shown: str
    build: Build
    endings: tuple[str, ...]
    module: str
    begins: bytes = b""
    empty_is_missing: bool = False

    @property
    def reader(self) -> Reader:
        """The module that reads it."""
        return cast("Reader", import_module(f"{READERS}.{self.module}"))


FORMATS: Mapping[str, Format] = {
    "csv": Format("CSV", "fields", (".csv", ".txt", ".tsv"), "csv", empty_is_missing=True),
    "jsonl": Format("JSON lines", "lines", (".jsonl", ".ndjson", ".json"), "jsonl"),
    "json": Format("a JSON document", "document", (".json",), "json"),
    "geojson": Format("GeoJSON", "document", (".geojson", ".json"), "geojson"),
    "geojsonl": Format("GeoJSON lines", "lines", (".geojsonl", ".geojsons", ".ndjson", ".jsonl"), "geojson"),
    "xlsx": Format("a spreadsheet (XLSX)", "binary", (".xlsx",), "xlsx", b"PK", empty_is_missing=True),
    "parquet": Format("Parquet", "binary", (".parquet",), "parquet", b"PAR1"),
}
"""Every format there is, by its name in a contract."""


def the_format(name: str, where: str | None = None) -> Format:
    """The row of a format.

    Raises:
        InputError: There is no such format. ``where``: what names it.
    """
    if name not in FORMATS:
        *others, last = FORMATS
        raise InputError(
            "a file's format is not read", where=where, found=name, expected=f"{', '.join(others)} or {last}"
        )
    return FORMATS[name]
