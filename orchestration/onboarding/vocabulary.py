"""What files call an entity's columns and values, as data: the tables beside the contracts, read once.

Belongs here: reading the two tables, and comparing names by their words. Does not belong here: choosing
(``likeness``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from contracts.city_load import SHARED_ROOT
from contracts.errors import InputError
from contracts.yaml_places import read_yaml
from orchestration.onboarding.sample import words_of


@dataclass(frozen=True)
class Words:
    """Both tables.

    Attributes:
        columns: Names by entity and column, likeliest first, each as ``compared``.
        values: What files write, by entity, column and allowed value, each as ``compared``.
        stand_ins: SQL for a column that is not there, by entity and column, with other columns of the entity in braces.
    """

    columns: Mapping[str, Mapping[str, tuple[str, ...]]]
    values: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]
    stand_ins: Mapping[str, Mapping[str, str]]


def compared(name: str) -> str:
    """``name`` as it is compared: its words in lower case, without accents, joined."""
    return "".join(words_of(name))


@cache
def read_words(root: Path = SHARED_ROOT) -> Words:
    """The tables that ship with Cauce.

    Raises:
        InputError: One of them has another form.
    """
    synonyms, values = root / "entities" / "synonyms.yaml", root / "value_words.yaml"
    columns = _nested(read_yaml(synonyms).value, 2, synonyms)
    told = read_yaml(values).value
    if not isinstance(told, dict) or set(told) != {"values", "stand_ins"}:
        raise InputError("a table of words has another form", where=str(values), expected="values and stand_ins")
    return Words(columns, _nested(told["values"], 3, values), told["stand_ins"])


def _nested(value: Any, depth: int, path: Path) -> Any:
    """A mapping of mappings down to lists of words."""
    if depth == 0:
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise InputError("a table of words has another form", where=str(path), expected="lists of words")
        return tuple(dict.fromkeys(compared(word) for word in value))
    if not isinstance(value, dict):
        raise InputError("a table of words has another form", where=str(path), expected="a mapping")
    return {name: _nested(inner, depth - 1, path) for name, inner in value.items()}
