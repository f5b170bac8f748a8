"""What commands say alike: notes beside a result, a moment, a length of time.

Belongs here: short lines on stderr, so that stdout stays one result; words that several screens share. Does not
belong here: results.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer


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
