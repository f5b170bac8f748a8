"""``TO DO`` marks: how a draft says what a person must decide, and finding them again.

Belongs here: the mark's one form, in texts and in comments of YAML and SQL. Does not belong here: what is to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.errors import InputError

WORD: Final = "TO DO"
"""Two words that no city's data says by chance in capitals, with a colon behind them."""

_MARK = re.compile(rf"{WORD}:\s*(.*?)[\"'}}\],]*\s*\Z")
_READ = (".yaml", ".sql", ".md")


@dataclass(frozen=True)
class Mark:
    """One thing left to a person: file, line from 1, and what it says."""

    path: Path
    line: int
    text: str


def todo(what: str) -> str:
    """``what``, marked."""
    return f"{WORD}: {what}"


def find_marks(folder: Path) -> tuple[Mark, ...]:
    """Every mark in a city's files, by file and line.

    Raises:
        InputError: A file is not UTF-8 text or can't be read.
    """
    paths = (p for p in sorted(folder.rglob("*")) if p.suffix in _READ and p.is_file() and not p.name.startswith("."))
    return tuple(mark for path in paths for mark in marks_of(path))


def marks_of(path: Path) -> Iterator[Mark]:
    """The marks of one file.

    Raises:
        InputError: It is not UTF-8 text or can't be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("a city's file cannot be read", where=str(path), found=type(error).__name__) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _MARK.search(line):
            yield Mark(path, number, found[1])
