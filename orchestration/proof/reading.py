"""What a model's text reads.

Belongs here: names of relations in compiled SQL, what a relation is made from. Does not belong here: what flows where,
which the analysis follows (``contracts.flow``): the proof does not rely on it for what it builds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from contracts.flow.model import ModelText, PythonModel, fold

_WORD: Final = re.compile(r"\w+")


def sql_of(model: ModelText | PythonModel) -> str:
    """A model's SQL; empty for one in Python."""
    return model.sql if isinstance(model, ModelText) else ""


def reads_of(models: Sequence[ModelText | PythonModel], sources: Sequence[str]) -> dict[str, frozenset[str]]:
    """What each model may read (all folded): the sources and models before it that its text names."""
    known = set(map(fold, sources))
    found: dict[str, frozenset[str]] = {}
    for model in models:
        words = model.inputs if isinstance(model, PythonModel) else _WORD.findall(model.sql)
        found[fold(model.name)] = frozenset(known & set(map(fold, words)))
        known.add(fold(model.name))
    return found


def above(reads: Mapping[str, frozenset[str]], relation: str) -> frozenset[str]:
    """All that a relation is made from, itself among it (all folded)."""
    reached, waiting = {fold(relation)}, [fold(relation)]
    while waiting:
        new = reads.get(waiting.pop(), frozenset()) - reached
        reached |= new
        waiting += new
    return frozenset(reached)
