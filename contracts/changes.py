"""One change of a contract, and the three weights it can have.

Belongs here: the row that ``diff`` and ``rule_diff`` answer in. Does not belong here: comparing anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Impact = Literal["breaking", "compatible", "documentation"]


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes:
        kind: A stable word, such as ``column_removed``.
        path: What changed: ``column.<name>``, ``rule.<id>``, ``contract.<field>``.
        sentence: The change in plain words.
        breaking: Whether a reader of the old version may be hurt.
        impact: Breaking, compatible or documentation.
        needs_approval: Whether someone other than the author must approve it.
    """

    kind: str
    path: str
    sentence: str
    breaking: bool
    impact: Impact
    needs_approval: bool = False


def breaking(kind: str, path: str, sentence: str, *, approval: bool = False) -> Change:
    """A reader of the old version may be hurt."""
    return Change(kind, path, sentence, True, "breaking", approval)


def compatible(kind: str, path: str, sentence: str) -> Change:
    """Something was added, or is promised more firmly."""
    return Change(kind, path, sentence, False, "compatible")


def documented(kind: str, path: str, sentence: str) -> Change:
    """Words changed."""
    return Change(kind, path, sentence, False, "documentation")
