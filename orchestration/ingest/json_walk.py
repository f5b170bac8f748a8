"""One walk over lines of JSON: which of them are none, which names they have, and which can be read quickly.

Belongs here: what is told of lines before DuckDB reads them. Does not belong here: where they begin
(``record_index``), the SQL that reads them (``json_sql``, ``json_quick``).

DuckDB takes NaN, infinity and a comma behind the last member for JSON; here they are none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from orchestration.ingest import extract
from orchestration.ingest.json_quick import HIDDEN, Quick
from orchestration.ingest.json_sql import JSON
from orchestration.ingest.record_index import SIZE, Positions, RecordIndex

LONGEST = 8 << 20
"""Bytes of a line that is taken apart: DuckDB holds it, and each of its tokens, many times over."""
BLOCK = 256 << 10
"""Bytes of lines that are looked at together: few enough for what is made of them to stay in a core's own cache."""
DRIFT_RECORDS, DRIFT_BYTES = 100_000, extract.PIECE
"""Keys that came or went are told from so many records and bytes."""
BRACKET = ord("{")
MOST_OTHERWISE = 50
"""Blocks with lines that can't be read quickly, after which no more are tried."""
WORTH = 32 << 20
"""Bytes of neighbouring lines for which a query of their own is planned, because they can be read quickly."""


@dataclass(frozen=True)
class Walked:
    """What was found.

    Attributes:
        bad: Record numbers by reason: lines that are no JSON, or too long to be taken apart.
        names: Every name in the first records.
        quick: How to read quickly; None where no line is to be.
        upto: The record before which all but those in ``otherwise`` can be read quickly.
        otherwise: Numbers of such records, in order.
    """

    bad: dict[str, Positions]
    names: set[str]
    quick: Quick | None
    upto: int
    otherwise: Positions

    def parts(self, numbers: Positions, index: RecordIndex) -> Iterator[tuple[Positions, bool]]:
        """Records, numbers in order, cut where another way of reading them pays; and whether it is the quick one."""
        end = int(np.searchsorted(numbers, self.upto)) if self.quick else 0
        first, last = (int(numbers[0]), int(numbers[end - 1])) if end else (1, 0)
        inside = self.otherwise[np.searchsorted(self.otherwise, first) : np.searchsorted(self.otherwise, last + 1)]
        edges = [-1, *np.searchsorted(numbers, inside).tolist(), end]
        done = 0
        for before, behind in pairwise(edges):
            run = numbers[before + 1 : behind]
            if len(run) and (len(run) == len(numbers) or _size(run, index) >= WORTH):
                if before + 1 > done:
                    yield numbers[done : before + 1], False
                yield run, True
                done = behind
        if done < len(numbers) or not len(numbers):
            yield numbers[done:], False


def _size(run: Positions, index: RecordIndex) -> int:
    begins, ends = index.extents(run[[0, -1]])
    return int(ends[1] - begins[0])


def _begin(data: bytes, begins: Positions) -> bool:
    """Whether every line begins with a bracket: then each is a record for DuckDB as well, or breaks it off."""
    return bool((np.frombuffer(data, np.uint8)[begins] == BRACKET).all())


def walk(path: Path, index: RecordIndex, holder: str, quick: Quick | None) -> Walked:
    """Look at every well-formed line of the file at ``path``.

    Args:
        path: The lines.
        index: Where they are.
        holder: Pointer to the object in a line whose names are the file's columns; empty for the line itself.
        quick: How lines may be read quickly, to be shown here line by line; None where they may not.
    """
    walker = _Walker(holder, quick)
    with path.open("rb", buffering=0) as file:
        for numbers in extract.cut(index, BLOCK):
            if not len(numbers):
                continue
            begins, ends = index.extents(numbers)
            file.seek(int(begins[0]))
            data = file.read(int(ends[-1] - begins[0]))
            walker.look(data, numbers, begins - begins[0], ends - begins[0])
            walker.looked += len(numbers)
            walker.size += len(data)
    return walker.walked(index)


@dataclass
class _Walker:
    """The state between blocks."""

    holder: str
    quick: Quick | None
    looked: int = 0
    size: int = 0
    names: set[str] = field(default_factory=set)
    no_json: list[int] = field(default_factory=list)
    large: list[int] = field(default_factory=list)
    otherwise: list[Positions] = field(default_factory=list)
    tried: int = 0
    upto: int | None = None

    def __post_init__(self) -> None:
        import msgspec

        self.wrong = (msgspec.DecodeError, RecursionError)
        self.plain = msgspec.json.Decoder(msgspec.Raw)
        kinds: Any = dict[str, msgspec.Raw]
        if self.holder:
            held = ("held", kinds | None, None)
            kinds = msgspec.defstruct("Line", [held], rename={"held": self.holder.removeprefix("/")})
        self.naming = msgspec.json.Decoder(kinds)
        self.unset = msgspec.UNSET
        self._prepare(self.quick)
        columns = self.quick.contract.columns if self.quick else ()
        self.unseen = {f"c{n}": column.source_name for n, column in enumerate(columns)}

    def walked(self, index: RecordIndex) -> Walked:
        """What was found."""
        large = np.union1d(index.bad.get(SIZE, np.empty(0, np.int64)), np.array(self.large, np.int64))
        found = {JSON: np.array(self.no_json, np.int64), SIZE: large}
        bad = {reason: numbers for reason, numbers in found.items() if len(numbers)}
        otherwise = np.concatenate([*self.otherwise, np.empty(0, np.int64)])
        upto = index.count + 1 if self.upto is None else self.upto
        return Walked(bad, self.names, self.quick, upto, otherwise)

    def look(self, data: bytes, numbers: Positions, begins: Positions, ends: Positions) -> None:
        """Look at the next block."""
        short = int((ends - begins).max()) <= LONGEST
        if short and self.tries and _begin(data, begins) and self._is_quick(data, len(numbers)):
            return
        if short and not self.tries and self._is_json(data, len(numbers)):
            self._name(data)
            return
        otherwise = []
        for number, begin, end in zip(numbers.tolist(), begins.tolist(), ends.tolist(), strict=True):
            line = data[begin:end]
            if end - begin > LONGEST:
                self.large.append(number)
            if not self._is_one(line):
                self.no_json.append(number)
            elif end - begin <= LONGEST and not (self.tries and line.startswith(b"{") and self._is_quick(line, 1)):
                self._name(line)
                otherwise.append(number)
        if self.tries and otherwise:
            self._note(otherwise)

    # Read quickly

    @property
    def tries(self) -> bool:
        """Whether lines are still to be shown as ones that can be read quickly."""
        return self.quick is not None and self.upto is None

    def _prepare(self, quick: Quick | None) -> None:
        self.quick = quick
        self.decoder = quick.decoder() if quick else None

    def _note(self, otherwise: list[int]) -> None:
        self.tried += 1
        if self.tried > MOST_OTHERWISE:
            self.upto = otherwise[0]
        else:
            self.otherwise.append(np.array(otherwise, np.int64))

    def _is_quick(self, data: bytes, count: int) -> bool:
        """Whether all lines, so many of them, can be read quickly; their names are noted."""
        import msgspec

        if b"\\" in data and HIDDEN.search(data):
            return False
        assert self.decoder is not None
        try:
            lines = self.decoder.decode_lines(data)
        except msgspec.ValidationError:
            return self._learn(data) and self._is_quick(data, count)
        except self.wrong:
            return False
        if len(lines) != count:
            return False
        if self._is_first() and self.unseen:
            unset = self.unset
            seen = [name for name in self.unseen if any(getattr(line, name) is not unset for line in lines)]
            self.names.update(self.unseen.pop(name) for name in seen)
        return True

    def _learn(self, data: bytes) -> bool:
        """Have names that stand in these lines and were not known read as well; False where there are none."""
        assert self.quick is not None
        found = self._names(data)
        new = sorted(found.difference(self.quick.names()))
        more = self.quick.with_names(new) if new else None
        if more is None:
            return False
        if self._is_first():
            self.names.update(new)
        self._prepare(more)
        return True

    # Names, and what is no JSON

    def _is_first(self) -> bool:
        """Whether these are the records from which names are told."""
        return self.looked < DRIFT_RECORDS and self.size < DRIFT_BYTES

    def _is_json(self, data: bytes, count: int) -> bool:
        try:
            return len(self.plain.decode_lines(data)) == count
        except self.wrong:
            return False

    def _is_one(self, line: bytes) -> bool:
        try:
            self.plain.decode(line)
        except self.wrong:
            return False
        return True

    def _name(self, data: bytes) -> None:
        """Note the names in these lines; a line that is no object is told of as a record."""
        if self._is_first():
            self.names |= self._names(data)

    def _names(self, data: bytes) -> set[str]:
        try:
            lines = self.naming.decode_lines(data)
        except self.wrong:
            parts = data.split(b"\n")
            return set().union(*map(self._names, parts)) if len(parts) > 1 else set()
        return set().union(*((line.held or () for line in lines) if self.holder else lines))
