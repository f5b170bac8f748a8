"""One line of a city's checklist, and where it points.

Belongs here: the line, marks told together, the place of a text in a file. Does not belong here: what is to do
(``checklist``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from contracts.model import Place
from orchestration.onboarding.marks import Mark

Kind = Literal["stops", "to do", "advice", "good"]

LINES: Final = 6
"""Line numbers that are told of one thing."""


@dataclass(frozen=True)
class Item:
    """One line of the checklist. ``kind``: ``stops`` keeps a first run from publishing anything."""

    step: str
    kind: Kind
    text: str
    where: str = ""
    do: str = ""

    def as_dict(self) -> dict[str, str]:
        """For ``--format json``."""
        return asdict(self)


def told(marks: tuple[Mark, ...], step: str) -> Iterator[Item]:
    """Marks, those that say the same together."""
    ordered = sorted(marks, key=lambda m: (m.path, m.text, m.line))
    groups = [list(group) for _, group in groupby(ordered, key=lambda m: (m.path, m.text))]
    for group in sorted(groups, key=lambda g: (g[0].path, g[0].line)):
        first = group[0]
        lines = ", ".join(str(mark.line) for mark in group[1:LINES])
        more = f" (and {len(group) - LINES} more)" if len(group) > LINES else ""
        also = f"; also line{'s' if len(group) > 2 else ''} {lines}{more}" if len(group) > 1 else ""
        count = f"{len(group)} times: " if len(group) > 1 else ""
        yield Item(step, "to do", f"{count}{first.text}{also}", f"{first.path}:{first.line}")


def at_line(path: Path, line: int) -> str:
    """A line of a file; the file alone where the line is 0."""
    return str(Place(str(path), line))


def first_with(path: Path, part: str) -> Place:
    """The first line of a file that holds ``part``; the file where none does."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if part in line:
            return Place(str(path), number)
    return Place(str(path))
