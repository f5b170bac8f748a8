"""What every command that writes says beside its result.

Belongs here: short lines on stderr, so that stdout stays one result. Does not belong here: results.
"""

from __future__ import annotations

from collections.abc import Iterable

import typer


def tell_notes(notes: Iterable[str]) -> None:
    """What a command found before it began: what was mended after a crash, little room on the disk."""
    for note in notes:
        typer.echo(note, err=True)
