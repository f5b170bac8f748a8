"""Answers that are the same for the same question, kept.

Belongs here: remembering what methods answer. Does not belong here: what they answer. For a class whose methods depend
on nothing but what it was made of and what they are asked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

MOST = 4096
"""Answers kept of one method."""

K = TypeVar("K")


_PLAIN = frozenset({"str", "str | None", "bool", "int", "float"})
_WRITTEN = frozenset({"Mapping[str, Any]", *_PLAIN})


def remembering(kind: type[K]) -> type[K]:
    """``kind`` with public methods that keep their answers to questions of texts and numbers, and of dicts of them."""
    for name, method in list(vars(kind).items()):
        if name.startswith("_") or not inspect.isfunction(method):
            continue
        asked = {str(a) for n, a in inspect.get_annotations(method).items() if n != "return"}
        if asked <= _PLAIN:
            setattr(kind, name, lru_cache(maxsize=MOST, typed=True)(method))
        elif asked <= _WRITTEN:
            setattr(kind, name, _kept(method))
    return kind


def _kept(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that keeps its answers; a dict is known by how it is written."""
    known: dict[tuple[Any, ...], Any] = {}

    @wraps(method)
    def ask(*args: Any) -> Any:
        key = tuple([(type(a), repr(a) if type(a) is dict else a) for a in args])
        try:
            return known[key]
        except KeyError:
            if len(known) >= MOST:
                known.clear()
            answer = known[key] = method(*args)
            return answer
        except TypeError:
            return method(*args)

    return ask
