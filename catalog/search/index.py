"""One index a language and tier: things, columns, and where each word stands, as a script that a page may load.

Belongs here: the index's form. Does not belong here: choosing the texts, finding. Things are made one by one from their
own view, so that a changed product changes its own entry alone; putting the entries together is all that is done anew.

The script sets ``self.cauceIndex`` to an object of

- ``language``, ``stops`` (words left out, one text), ``kinds`` (names);
- ``things``: lists of kind (place in ``kinds``), address, title, line, note, language of the words where it is not the
  page's, places of its columns;
- ``columns``: pairs of name and title, each pair once however many products carry it; without a name, a value that
  often stands in a column of theirs;
- ``words`` (one text, in order) and ``posts`` (one text): for each word its places. A place is a letter of the field
  and the distance from the place before in the same word, to the base of 36; columns are counted after the things.

Source: the inverted index of any search; written anew because a page opened from a disk can load a script and nothing
else (docs/adr/0022).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from catalog.search.folding import stops, words

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


class Kind(StrEnum):
    """What is found, in the order in which the page shows it."""

    PROBLEM = "problem"
    MEASURE = "measure"
    PRODUCT = "product"
    SOURCE = "source"
    CARD = "card"
    PAGE = "page"
    WORD = "word"


class Field(StrEnum):
    """Where in a thing a word stands; the first weighs most."""

    TITLE = "A"
    NAME = "B"
    LINE = "C"
    REST = "D"


class ColumnText(NamedTuple):
    """A column as it is searched and shown; one without a name is a value that often stands in one."""

    name: str
    title: str
    description: str


@dataclass(frozen=True)
class Entry:
    """One thing that may be found.

    ``line`` is what the page shows under the title; ``note`` a word on how it stands; ``name`` and ``rest`` are
    searched and not shown; ``language`` is set where the title is in another language than the page.
    """

    kind: Kind
    address: str
    title: str
    line: str = ""
    note: str = ""
    name: str = ""
    rest: tuple[str, ...] = ()
    columns: tuple[ColumnText, ...] = ()
    language: str = ""


def build_index(entries: Iterable[Entry], language: str) -> bytes:
    """The index as a script; the same entries give the same bytes.

    Args:
        entries: In the order in which equals are shown.
        language: The page's language.
    """
    things = list(entries)
    columns: dict[ColumnText, int] = {}
    for thing in things:
        for column in thing.columns:
            columns.setdefault(column, len(columns))
    left_out = stops(language)
    places: dict[str, list[str]] = {}
    last: dict[str, int] = {}
    for number, fields in enumerate([*map(_fields, things), *map(_column_fields, columns)]):
        for word, field in _best(fields, left_out).items():
            places.setdefault(word, []).append(field + _base36(number - last.get(word, 0)))
            last[word] = number
    ordered = sorted(places)
    kinds = list(Kind)
    index = {
        "language": language,
        "stops": " ".join(sorted(left_out)),
        "kinds": kinds,
        "things": [
            [kinds.index(e.kind), e.address, e.title, e.line, e.note, e.language, [columns[c] for c in e.columns]]
            for e in things
        ],
        "columns": [[c.name, c.title] for c in columns],
        "words": " ".join(ordered),
        "posts": " ".join("".join(places[word]) for word in ordered),
    }
    return f"self.cauceIndex = {_script(index)};\n".encode()


def _fields(entry: Entry) -> tuple[tuple[Field, str], ...]:
    rest = ((Field.REST, text) for text in entry.rest)
    return (Field.TITLE, entry.title), (Field.NAME, entry.name), (Field.LINE, entry.line), *rest


def _column_fields(column: ColumnText) -> tuple[tuple[Field, str], ...]:
    if not column.name:
        return ((Field.NAME, column.title),)
    return (Field.TITLE, column.title), (Field.NAME, column.name), (Field.LINE, column.description)


def _best(fields: Iterable[tuple[Field, str]], left_out: frozenset[str]) -> dict[str, Field]:
    """Each word with the weightiest field it stands in; a title made of common words alone keeps them."""
    found: dict[str, Field] = {}
    for field, text in fields:
        told = words(text)
        kept = [w for w in told if w not in left_out]
        for word in kept or (told if field is Field.TITLE else ()):
            found.setdefault(word, field)
    return found


def _base36(number: int) -> str:
    told = ""
    while number:
        number, digit = divmod(number, 36)
        told = _DIGITS[digit] + told
    return told or "0"


def _script(value: object) -> str:
    """A value as a script writes it.

    JSON is a part of JavaScript since ECMAScript 2019; ``<`` is written out, so that no text can end the script it
    might be put into.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
