"""Regular expressions in contracts: what may be written, told apart without running one.

Belongs here: refusing what RE2, DuckDB's engine, does not have, so that no pattern is ever matched by an engine
that can go back over a text for ever. Does not belong here: whether RE2 can compile the rest (``engines.guard``
tries it), matching (each engine does so in DuckDB, in time proportional to the text).

Python's own ``re`` never sees a contract's pattern: it needs exponential time for ``(a+)+$``, and its parser
recurses as deep as the pattern is nested.
"""

from __future__ import annotations

import re
from typing import Final

from contracts.nodes import Node

MAXIMUM_LENGTH: Final = 1000
"""Characters of a pattern."""

_SHOWN: Final = 60

_PARTS: Final = re.compile(
    r"\\\\|\\(?P<back>[1-9]|k<)|\\(?P<python>[ZN])|\\."
    r"|\[\^?\]?(?:\\.|[^\]\\])*\]"
    r"|(?P<around>\(\?(?:=|!|>|<=|<!|\(|\#|P=))"
    r"|(?P<greedy>(?:[*+?]|\{\d+(?:,\d*)?\})\+)",
    re.DOTALL,
)
_ABSENT: Final = {
    "back": ("refers back to what it has matched", "say the rule as sql: such a pattern can take for ever."),
    "python": ("uses a word that only Python's patterns have", r"end a text with $ or \z, and write letters out."),
    "around": (
        "looks around, or holds a condition or a comment",
        "say what must stand there, or say the rule as sql: a pattern that looks around can take for ever.",
    ),
    "greedy": ("repeats without giving back", "use *, +, ? or {n,m} alone."),
}


def hold_pattern(node: Node) -> None:
    """Refuse a pattern that RE2 could not match.

    Raises:
        InputError: It is no text, too long, or uses look-around, back-references, conditions, comments or
            possessive repetitions.
    """
    pattern = node.text()
    if len(pattern) > MAXIMUM_LENGTH:
        raise node.refuse(
            "a pattern is too long",
            found=f"{len(pattern):,} characters",
            expected=f"at most {MAXIMUM_LENGTH:,}",
            hint="list the values in validValues, or say the rule as sql.",
        )
    for part in _PARTS.finditer(pattern):
        if part.lastgroup is not None:
            what, hint = _ABSENT[part.lastgroup]
            raise node.refuse(
                f"a pattern {what}",
                found=f"{part[0]} in {pattern[:_SHOWN]}{'…' if len(pattern) > _SHOWN else ''}",
                expected="what RE2, DuckDB's engine, can match",
                hint=hint,
            )
