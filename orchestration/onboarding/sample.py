"""Some records of a data set, column by column: all that a draft may conclude from.

Belongs here: the sample's shape. Does not belong here: getting one (``file_sample``, a connector's ``describe``), and
concluding anything (``column_types``, ``personal``). A sample is held in memory while a draft is made and never kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

MOST: Final = 20_000
"""Records of a sample."""

NO_VALUE: Final = frozenset(
    {"", "na", "n/a", "#n/a", "n.a.", "n/d", "nd", "n.d.", "s/d", "s.d.", "null", "(null)", "none", "nan", "nil", "\\n"}
    | {"-", "--", "---", "?", ".", "sin dato", "sin datos", "sem dado", "sem informação", "no data", "not available"}
)
"""Texts that often mean "no value", in lower case."""


@dataclass(frozen=True)
class SeenColumn:
    """One column of a sample: a value for each record, as received (None: nothing stood there)."""

    name: str
    values: tuple[Any, ...]

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The texts that say something, trimmed; empty ones and other values are left out."""
        return tuple(v.strip() for v in self.values if isinstance(v, str) and v.strip())

    @cached_property
    def told(self) -> tuple[str, ...]:
        """The texts that are not a way of saying "no value"."""
        return tuple(t for t in self.texts if t.lower() not in NO_VALUE)

    @cached_property
    def filled(self) -> int:
        """Records in which something stands."""
        return sum(v is not None and v != "" for v in self.values)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The name's words, in lower case."""
        return words_of(self.name)


@dataclass(frozen=True)
class Sample:
    """The columns of some records.

    Attributes:
        columns: In the order in which they stand.
        records: How many records they hold.
        whole: Whether these are all the records there are.
        typed: Whether values come with types of their own (JSON, a sheet), not as texts alone.
    """

    columns: tuple[SeenColumn, ...]
    records: int
    whole: bool
    typed: bool

    def column(self, name: str) -> SeenColumn | None:
        """The column called ``name``, or None."""
        return next((c for c in self.columns if c.name == name), None)


def from_records(records: Sequence[Mapping[str, Any]], names: Iterable[str] = (), *, whole: bool = False) -> Sample:
    """A sample of records given one by one, such as a portal's JSON.

    Args:
        records: The records; a key that is not there is no value.
        names: Columns that are known to exist, first and in this order.
        whole: Whether these are all the records there are.
    """
    order = dict.fromkeys(names)
    for record in records:
        order.update(dict.fromkeys(record))
    columns = tuple(SeenColumn(name, tuple(record.get(name) for record in records)) for name in order)
    return Sample(columns, len(records), whole, typed=True)


def from_rows(names: Sequence[str], rows: Sequence[Sequence[Any]], *, whole: bool, typed: bool = False) -> Sample:
    """A sample of rows of fields, such as a CSV file's; a row that is too short lacks its last values."""
    columns = tuple(
        SeenColumn(name, tuple(row[n] if n < len(row) else None for row in rows)) for n, name in enumerate(names)
    )
    return Sample(columns, len(rows), whole, typed)


@lru_cache(maxsize=20_000)
def words_of(name: str) -> tuple[str, ...]:
    """A column's name as words in lower case: ``CreatedDate``, ``created_date`` and ``Created Date`` are alike."""
    words: list[str] = []
    word = ""
    for before, letter in zip("\0" + name, name, strict=False):
        boundary = letter.isupper() and before.islower()
        if not letter.isalnum() or boundary:
            if word:
                words.append(word.lower())
            word = letter if letter.isalnum() else ""
        else:
            word += letter
    if word:
        words.append(word.lower())
    return tuple(_folded(w) for w in words)


def _folded(word: str) -> str:
    """``word`` without accents: ``dirección`` is ``direccion``."""
    import unicodedata

    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
