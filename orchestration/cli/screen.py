"""What commands say alike: notes beside a result, a moment, a length of time, and where they say it.

Belongs here: short lines on stderr, so that stdout stays one result; words and forms that several screens share. Does
not belong here: results.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

FILE_WIDTH = 200
"""Width of a screen that is a file."""


def wide_console() -> Console:
    """The terminal's own width; wide where there is none, so that nothing is cut off in a file."""
    from rich.console import Console

    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=FILE_WIDTH)


def print_json(value: Any) -> None:
    """One result, for programs."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def tell_notes(notes: Iterable[str]) -> None:
    """What a command found before it began: what was mended after a crash, little room on the disk."""
    for note in notes:
        typer.echo(note, err=True)


def from_here(text: str) -> str:
    """``text`` with paths below the current folder as they are seen from it."""
    return text.replace(f"{Path.cwd()}/", "")


def minute(instant: str | None) -> str:
    """An instant, kept in UTC, to the minute; a dash where there is none."""
    return "–" if instant is None else instant[:16].replace("T", " ")


def duration(seconds: float) -> str:
    """A length of time: seconds to a tenth, minutes from two minutes on."""
    return f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
