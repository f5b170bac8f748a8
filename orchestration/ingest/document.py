"""One JSON document into its records: where each begins and ends, told from the bytes alone.

Belongs here: finding the array that holds the records, cutting it at its commas, and showing that what is
around it and each record is JSON. It knows nothing of DuckDB, so that its count can disagree with what
DuckDB read. Does not belong here: columns, types, what the records mean (``readers``).

The document is read in chunks and never held whole. What stands outside of the array (the *frame*) is held
and read as JSON; each record is read as JSON by msgspec on its way out. The records are written one to a
line: a line end between two tokens becomes a blank, a control character inside a text becomes U+0001, which
no line may hold, so that it is found again as what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from contracts import kept
from orchestration.ingest.caps import Caps
from orchestration.ingest.extract import line_number
from orchestration.ingest.json_frame import Twice, Way, form_of, no_constant, shortened, unique_pairs
from orchestration.ingest.json_tokens import (
    CLOSE_ARRAY,
    COMMA,
    NEWLINE,
    OPEN_OBJECT,
    SPACE,
    STEP,
    Lexer,
    Tokens,
)
from orchestration.ingest.refusal import Refusal

CHUNK = 2 << 20
BOM = b"\xef\xbb\xbf"
DEEPEST = 100
"""Levels of nesting that a document may have."""
FRAME = 16 << 20
"""Bytes that may stand outside of the records."""
HIDDEN = 1
"""What a control character inside a text becomes."""

_NO_NUMBER = re.compile(rb"NaN|Infinity", re.IGNORECASE)
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True)
class Document:
    """What a document was taken apart into.

    Attributes:
        records: Records in its array.
        frame: Everything else: the document with an empty array in place of the records.
    """

    records: int
    frame: Any


def take_apart(path: Path, where: Sequence[str], target: Path, caps: Caps) -> Document:
    """Write the records of the document at ``path`` to ``target``, one to a line.

    Args:
        path: A plain UTF-8 file.
        where: Names that lead to the array of records; none: the document is the array.
        target: The file to write.
        caps: Limits.

    Raises:
        Refusal: Not one JSON document, cut off, too deep, too large, or without such an array.
        OutsideError: The disk refused.
    """
    with path.open("rb") as source, kept.step("take apart", target), target.open("wb") as out:
        scan = _Scan(path, tuple(where), out, caps)
        scan.offset = len(BOM) if source.read(len(BOM)) == BOM else 0
        source.seek(scan.offset)
        while chunk := source.read(CHUNK):
            scan.take(chunk)
    return scan.finish()


class _Scan:
    """The state between chunks: inside a text or not, how deep, and which part of the document is read."""

    def __init__(self, path: Path, where: tuple[str, ...], out: BinaryIO, caps: Caps) -> None:
        import msgspec

        self.path = path
        self.where = where
        self.out = out
        self.caps = caps
        self.lexer = Lexer()
        self.offset = 0
        self.frame = bytearray()
        self.part = "before"  # the array, then "within", then "behind"
        self.way = Way(where)
        self.records = 0
        self.objects = False  # whether one of them is an object
        self.held: list[bytes] = []  # of a record whose end is not yet read, as received and as written
        self.held_plain: list[bytes] = []
        self.held_size = 0
        self.began = 0  # offset of that record
        self.several = msgspec.json.Decoder(list[msgspec.Raw])
        self.single = msgspec.json.Decoder(msgspec.Raw)
        self.error: type[Exception] = msgspec.DecodeError

    def take(self, data: bytes) -> None:
        """Read one chunk."""
        tokens = self._read(data)
        at = 0
        if self.part == "before":
            base = len(self.frame)
            found = self.way.follow(self.frame, data, tokens)
            at = len(data) if found is None else found - base + 1
            self._frame(data[:at])
            if found is not None:
                self.part, self.began = "within", self.offset + at
        if self.part == "within":
            at = self._within(data, tokens, at)
        if self.part == "behind":
            self._frame(data[at:])
        self.offset += len(data)

    def _read(self, data: bytes) -> Tokens:
        tokens = self.lexer.read(np.frombuffer(data, np.uint8))
        if self.lexer.deepest > DEEPEST:
            raise Refusal(
                "the document is nested too deep",
                found=f"more than {DEEPEST} levels of brackets",
                expected=f"at most {DEEPEST}",
                hint="ask the publisher for one flat object per record.",
            )
        return tokens

    def _frame(self, data: bytes) -> None:
        self.frame += data
        if len(self.frame) > FRAME:
            raise Refusal(
                "too much stands outside of the records",
                where=f"records: {'.'.join(self.where) or '(the document itself)'}",
                found=f"more than {FRAME:,} bytes that are no record",
                expected="an array of records that is nearly all of the document",
                hint="check records of the source's server: it may name another array.",
            )

    def _within(self, data: bytes, tokens: Tokens, start: int) -> int:
        """Cut the part of the array that stands in this chunk. Returns where the array ended, if it did."""
        inner = len(self.where) + 1
        here = tokens.places >= start
        level = here & (tokens.before == inner)
        closing = np.flatnonzero(level & (STEP[tokens.kinds] < 0))
        end = int(tokens.places[closing[0]]) if len(closing) else len(data)
        cuts = tokens.places[level & (tokens.kinds == COMMA)]
        cuts = cuts[cuts < end]
        written = np.frombuffer(data, np.uint8).copy()
        written[tokens.blanks] = SPACE
        written[tokens.hidden] = SPACE
        plain = written.tobytes()  # as JSON has it: what is wrong in texts is told of each record
        written[tokens.hidden] = HIDDEN
        written[cuts] = NEWLINE
        shown = written.tobytes()
        last = int(cuts[-1]) + 1 if len(cuts) else start
        if len(cuts):
            self._judge(b"".join((*self.held_plain, plain[start : last - 1])), len(cuts))
            self.out.write(b"".join((*self.held, shown[start:last])))
            self.held, self.held_plain, self.held_size = [], [], 0
            self.began = self.offset + last
        self.held.append(shown[last:end])
        self.held_plain.append(plain[last:end])
        self.held_size += end - last
        if self.held_size > self.caps.record_bytes:
            raise Refusal(
                "a record is too large",
                where=self._place(self.records + 1, self.began),
                found=f"more than {self.caps.record_bytes:,} bytes",
                expected=f"at most {self.caps.record_bytes:,} bytes",
                hint="ask the publisher for simpler shapes or smaller records.",
            )
        if len(closing):
            if tokens.kinds[closing[0]] != CLOSE_ARRAY:
                self._broken("a bracket that closes nothing", self._place(self.records + 1, self.offset + end))
            self._close()
        return end

    def _close(self) -> None:
        plain = b"".join(self.held_plain)
        if plain.strip() or self.records:
            self._judge(plain, 1)
            self.out.write(b"".join(self.held) + b"\n")
        self.part = "behind"

    def _judge(self, text: bytes, count: int) -> None:
        """Whether ``text`` is ``count`` JSON values with commas between."""
        try:
            values = self.several.decode(b"[" + text + b"]")
        except (self.error, RecursionError):
            self._blame(text)
        if len(values) != count:
            self._blame(text)
        self.records += count
        self.objects = self.objects or any(memoryview(value)[0] == OPEN_OBJECT for value in values)

    def _blame(self, text: bytes) -> NoReturn:
        """Name the first record of ``text`` that is no JSON."""
        tokens = Lexer().read(np.frombuffer(text, np.uint8))
        cuts = tokens.places[(tokens.before == 0) & (tokens.kinds == COMMA)]
        bounds = [-1, *cuts.tolist(), len(text)]
        for n, (begin, end) in enumerate(pairwise(bounds), start=1):
            record = text[begin + 1 : end]
            try:
                self.single.decode(record)
            except (self.error, RecursionError):
                number = self.records + n
                offset = self.began + begin + 1
                said = "a record that is no JSON"
                if not record.strip():
                    said = "a comma with no record behind it"
                elif _NO_NUMBER.search(_TEXT.sub(b"", record)):
                    said = "NaN or Infinity, which JSON does not have"
                self._broken(said, self._place(number, offset + len(record) - len(record.lstrip())))
        self._broken("records that are no JSON", self._place(self.records + 1, self.began))

    def _place(self, record: int, offset: int) -> str:
        return f"record {record:,}, line {line_number(self.path, offset):,}"

    def _broken(self, found: str, where: str | None = None) -> NoReturn:
        raise Refusal(
            "the document is not JSON",
            where=where,
            found=found,
            expected="one JSON document, whole and nothing behind it",
            hint="fetch it again, or send this place to the publisher; the last accepted delivery stays in use.",
        )

    def finish(self) -> Document:
        """Judge what stands around the records."""
        if self.lexer.quoted or self.lexer.depth > 0:
            still_open = f"{self.lexer.depth:,} brackets not closed"
            raise Refusal(
                "the document is cut off",
                where=f"after record {self.records:,}" if self.part == "within" else None,
                found="the end of the file inside a text" if self.lexer.quoted else still_open,
                expected="a whole JSON document",
                hint="fetch it again; the last accepted delivery stays in use.",
            )
        frame = self._read_frame()
        if self.part == "before":
            self._refuse_form(frame)
        if self.records and not self.objects:
            raise self._elsewhere(f"an array of {self.records:,} values, none of them an object")
        return Document(self.records, frame)

    def _read_frame(self) -> Any:
        try:
            return json.loads(self.frame.decode("utf-8"), object_pairs_hook=unique_pairs, parse_constant=no_constant)
        except Twice as twice:
            self._broken(f"the name {shortened(twice.name)} twice in one object outside of the records")
        except UnicodeDecodeError:
            raise Refusal(
                "the file is not in the declared encoding",
                found="bytes that are not UTF-8 outside of the records",
                expected="utf-8",
                hint="declare the encoding in the source's server, or ask the publisher for utf-8.",
            ) from None
        except json.JSONDecodeError as error:
            behind = error.msg == "Extra data"
            said = "something behind the end of the document" if behind else "text that is no JSON around the records"
            self._broken(said, f"line {self._line(error.pos):,}")
        except ValueError:
            self._broken("NaN or Infinity, which JSON does not have, outside of the records")
        except RecursionError:
            self._broken(f"more than {DEEPEST} levels of brackets")

    def _line(self, position: int) -> int:
        """The line of a character of the frame, if it stands before the records; else the last line."""
        if self.part == "before":
            return self.frame.decode("utf-8", "replace")[:position].count("\n") + 1
        size = self.path.stat().st_size
        behind = len(self.frame.decode("utf-8", "replace")[position:].encode())
        return line_number(self.path, max(0, size - behind))

    def _refuse_form(self, frame: Any) -> NoReturn:
        """Say what the document is, where it has no such array."""
        value = frame
        way: list[str] = []
        for name in self.where:
            if not isinstance(value, dict) or name not in value:
                break
            value = value[name]
            way.append(name)
        raise self._elsewhere(f"{'.'.join(way) or 'the document'} is {form_of(value)}")

    def _elsewhere(self, found: str) -> Refusal:
        return Refusal(
            "the records are not where they were declared",
            where=f"records: {'.'.join(self.where) or '(the document itself)'}",
            found=found,
            expected="an array of objects",
            hint="name the array in records of the source's server, as in records: result.records.",
        )
