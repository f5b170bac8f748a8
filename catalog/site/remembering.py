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


def remembering(kind: type[K]) -> type[K]:
    """``kind`` with public methods that keep their answers; a question that cannot be kept is answered each time."""
    for name, method in list(vars(kind).items()):
        if not name.startswith("_") and inspect.isfunction(method):
            setattr(kind, name, _kept(method))
    return kind


def _kept(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that keeps its answers; a question with a dict in it is known by how that is written."""
    known = lru_cache(maxsize=MOST, typed=True)(method)
    written: dict[tuple[Any, ...], Any] = {}

    @wraps(method)
    def ask(*args: Any) -> Any:
        try:
            return known(*args)
        except TypeError:
            key = tuple((type(a), repr(a) if type(a) is dict else a) for a in args)
        try:
            return written[key]
        except KeyError:
            if len(written) >= MOST:
                written.clear()
            answer = written[key] = method(*args)
            return answer
        except TypeError:
            return method(*args)

    return ask
