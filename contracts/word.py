"""One row of our vocabulary: a ``customProperties`` name, where it may stand, the form of its value.

Belongs here: the row. Does not belong here: the rows themselves (``vocabulary``, ``server_words``), and holding a
value against its form (``word_forms``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Where = Literal["source", "entity", "product", "server", "property", "rule"]
"""The contract as a whole by its role, one of its servers, a column, or a quality rule."""

Form = Literal[
    "tier",
    "tiers",
    "text",
    "choice",
    "flag",
    "days",
    "date",
    "names",
    "records",
    "translations",
    "range",
    "step",
    "geometry",
    "reconciles",
    "partition",
    "decimals",
    "anonymity",
    "character",
    "mark",
    "missing",
    "position",
    "sheet",
    "cells",
    "bounds",
    "path",
    "reference",
]


@dataclass(frozen=True)
class Word:
    """One row of the vocabulary.

    ``choices`` belongs to the form ``choice``; ``connectors`` and ``formats`` are those a server's word has a meaning
    for (none: all).
    """

    name: str
    where: tuple[Where, ...]
    form: Form
    meaning: str
    choices: tuple[str, ...] = ()
    connectors: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
