"""Reading our own YAML files key by key, each mistake with its line.

Belongs here: a value together with its place, and the handful of forms our files use (known keys, text,
texts in several languages, a date, a choice, a list). Does not belong here: what a file means.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.errors import InputError
from contracts.model import Place, Text
from contracts.vocabulary import nearest
from contracts.yaml_places import Document, Path_

_SHOWN = 80


@dataclass(frozen=True)
class Node:
    """One value of a parsed file, and the way to it."""

    document: Document
    path: Path_
    value: Any

    @classmethod
    def root(cls, document: Document) -> Node:
        """The whole of ``document``."""
        return cls(document, (), document.value)

    @property
    def place(self) -> Place:
        """Where the value stands."""
        return self.document.place(*self.path)

    @property
    def name(self) -> str:
        """The key the value stands under."""
        return str(self.path[-1]) if self.path else "the file"

    def refuse(
        self, what: str, *, found: str | None = None, expected: str | None = None, hint: str | None = None
    ) -> InputError:
        """An error that points at this value."""
        return InputError(what, where=str(self.place), found=found, expected=expected, hint=hint)

    def wrong(self, expected: str) -> InputError:
        """An error that says that this value is not what it should be."""
        return self.refuse(f"{self.name} is not as it should be", found=shown(self.value), expected=expected)

    def has(self, key: str) -> bool:
        """Whether ``key`` is written and not null."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def child(self, key: str | int) -> Node:
        """The value under ``key``; null where a mapping lacks it."""
        value = self.value.get(key) if isinstance(self.value, dict) else self.value[key]
        return Node(self.document, (*self.path, key), value)

    def need(self, key: str) -> Node:
        """The value under ``key``.

        Raises:
            InputError: It is missing or null.
        """
        if not self.has(key):
            raise self.refuse(f"the key {key!r} is missing", expected=f"{key}: ...")
        return self.child(key)

    def mapping(self, allowed: Collection[str]) -> Node:
        """This value, if it is a mapping with no key but the allowed ones.

        Raises:
            InputError: It is not; the nearest allowed key is named.
        """
        if not isinstance(self.value, dict):
            raise self.wrong(f"a mapping with the keys {', '.join(allowed)}")
        for key in self.value:
            if key not in allowed:
                close = nearest(key, [a for a in allowed if a not in self.value])
                raise self.child(key).refuse(
                    f"unknown key {key!r}", found=key, expected=close or f"one of {', '.join(allowed)}"
                )
        return self

    def entries(self) -> Iterator[tuple[str, Node]]:
        """Key and value of a mapping, in the order written.

        Raises:
            InputError: It is not a mapping.
        """
        if not isinstance(self.value, dict):
            raise self.wrong("a mapping")
        for key in self.value:
            yield key, self.child(key)

    def items(self) -> Iterator[Node]:
        """The entries of a list.

        Raises:
            InputError: It is not a list.
        """
        if not isinstance(self.value, list):
            raise self.wrong("a list")
        for i in range(len(self.value)):
            yield self.child(i)

    def text(self) -> str:
        """A text that is not blank.

        Raises:
            InputError: It is not.
        """
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.wrong("a text (in quotes where it looks like a number)")
        return self.value

    def texts(self) -> Text:
        """A text in several languages: ``{en: ..., es: ...}``, or a plain English one.

        Raises:
            InputError: It is neither, or has no English.
        """
        if isinstance(self.value, str):
            return Text(self.text())
        if not isinstance(self.value, dict) or "en" not in self.value:
            raise self.wrong("a text, or texts by language with at least en")
        words = {language: node.text() for language, node in self.entries()}
        return Text(words.pop("en"), words)

    def day(self) -> date:
        """A date written 2026-12-31.

        Raises:
            InputError: It is not.
        """
        try:
            if isinstance(self.value, str) and len(self.value) == 10:
                return date.fromisoformat(self.value)
        except ValueError:
            pass
        raise self.wrong("a date such as 2026-12-31")

    def choice(self, *allowed: str) -> str:
        """One of the ``allowed`` words.

        Raises:
            InputError: It is none of them.
        """
        if self.value not in allowed or not isinstance(self.value, str):
            raise self.wrong(f"one of {', '.join(allowed)}")
        return self.value

    def number(self) -> float:
        """A number.

        Raises:
            InputError: It is not.
        """
        value: object = self.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong("a number")
        return value

    def flag(self) -> bool:
        """True or false.

        Raises:
            InputError: It is neither.
        """
        if not isinstance(self.value, bool):
            raise self.wrong("true or false")
        return self.value


def shown(value: Any) -> str:
    """A value as an error shows it: as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
