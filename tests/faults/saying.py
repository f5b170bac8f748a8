"""Recording what the user is told, and comparing it with what was told before.

Belongs here: the fixture ``says`` and making a message independent of folders, hashes and process numbers.
Does not belong here: the rows of the book and its page (``book``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.faults import book

ROOT: Final = Path(__file__).resolve().parents[2]

Says = Callable[..., None]
"""``says(message, label)``: the message must be the one kept for this test; ``label`` tells several apart."""

keeping: dict[str, dict[str, str]] | None = None
"""Where messages are collected instead of compared; set by ``python -m tests.faults``."""

_VARYING: Final = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\bprocess \d+ on \S+"), "process <number> on <machine>"),
    (re.compile(r":\d{4,5}(?=/)"), ":<port>"),
    (re.compile(r"\bkill \d+"), "kill <number>"),
    (re.compile(r"\b(publish-[a-z_]+-)\w{8}\b"), r"\1<name>"),
    (re.compile(r"\.tmp-[A-Za-z0-9_.-]+"), ".tmp-<name>"),
)


@pytest.fixture
def says(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Says]:
    """Hold each message against the one kept in ``messages.json``."""
    file = Path(str(request.path)).relative_to(book.TESTS).as_posix()
    key = f"{file}::{request.node.originalname}"
    marks = list(request.node.iter_markers("fault"))
    if not marks:
        pytest.fail(f"{key} says something and carries no @pytest.mark.fault(number)")
    told: dict[str, str] = {}

    def record(message: str | None, label: str) -> None:
        assert message, f"{label}: nothing was said"
        assert label not in told, f"two messages are labelled {label!r}"
        told[label] = plain(message, tmp_path)

    yield record
    if keeping is not None:
        keeping.setdefault(key, {}).update(told)
        return
    kept = book.kept_messages().get(key, {})
    differing = {label: text for label, text in told.items() if kept.get(label) != text}
    shown = "\n".join(f"  {label}\n    kept: {kept.get(label)}\n    told: {text}" for label, text in differing.items())
    assert not differing, f"what the user is told has changed; read it, then: python -m tests.faults\n{shown}"


def plain(message: str, folder: Path) -> str:
    """``message`` without what differs from run to run."""
    for path in sorted({str(folder), str(folder.resolve())}, key=len, reverse=True):
        message = message.replace(path, "<folder>")
    message = message.replace(f"{ROOT}/", "")
    for pattern, word in _VARYING:
        message = pattern.sub(word, message)
    return message.strip()
