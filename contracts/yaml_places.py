"""YAML read into plain values, with the place of every one of them.

Belongs here: turning one small YAML file into strings, numbers, booleans, nulls, lists and mappings,
and remembering line and column for each, so that every later error can point at its line. Does not
belong here: what the values mean (``load``, ``city_load``).

Stricter than YAML on purpose, since a contract that is read differently from what its author meant is
worse than one that is refused:

- scalars follow YAML 1.2's core schema: ``no`` and ``on`` are text, ``12:30`` is text, dates stay text,
  and a number with a leading zero (``007``) stays text;
- refused: duplicate keys, tags, merge keys, more than one document, more than 20 aliases, more than
  50 levels, more than 1 MiB, more than 200,000 values, bytes that are not UTF-8, infinity and NaN, characters
  that cannot be seen or that turn the direction of reading (one alone may stand as a delimiter).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from contracts.errors import InputError
from contracts.model import Place

MAXIMUM_BYTES: Final = 1 << 20
MAXIMUM_DEPTH: Final = 50
MAXIMUM_ALIASES: Final = 20
MAXIMUM_VALUES: Final = 200_000

Path_ = tuple[str | int, ...]
"""The way from a document's root to a value: keys and list positions."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {w: w.lower() == "true" for w in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_MAXIMUM_DIGITS = 40
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_STANDARD_TAGS = "tag:yaml.org,2002:"
_ADVICE: Final[Mapping[str, str]] = {
    "mapping values are not allowed": "put the text in quotes: a colon and a space begin a value.",
    "could not find expected ':'": "end a key with a colon and a space, and put a text of several lines in quotes.",
    "tab character": "indent with spaces, not with tabs.",
    "cannot start any token": "indent with spaces, not with tabs, and put text that begins with @, ` or % in quotes.",
    "did not find expected key": "begin the keys of one mapping in the same column, here and above.",
    "did not find expected '-' indicator": "begin the entries of one list in the same column, here and above.",
    "expected <block end>": "begin the keys or entries of one block in the same column, here and above.",
    "unexpected end of stream": "close the quote or bracket that is opened above.",
    "expected ',' or": "close the bracket, or put a comma between its entries.",
    "invalid leading UTF-8": "save the file as UTF-8.",
}
"""What to try, by a part of what the parser says."""


@dataclass(frozen=True)
class Document:
    """One parsed file: its values, and where each stands.

    ``places`` maps a path to (line, column), both from 1; a mapping's entry has the place of its key.
    """

    file: str
    value: Any
    places: Mapping[Path_, tuple[int, int]]

    def place(self, *path: str | int) -> Place:
        """Where the value at ``path`` stands; its nearest known parent where there is no such value."""
        for end in range(len(path), -1, -1):
            at = self.places.get(path[:end])
            if at is not None:
                return Place(self.file, *at)
        return Place(self.file, 1, 1)


@dataclass
class _Frame:
    """A list or mapping being filled."""

    container: list[Any] | dict[str, Any]
    path: Path_
    anchor: str | None
    key: str | None = None
    key_at: tuple[int, int] = (1, 1)


@dataclass
class _Builder:
    """Turns parser events into values, one event at a time, without recursion."""

    file: str
    places: dict[Path_, tuple[int, int]] = field(default_factory=dict)
    stack: list[_Frame] = field(default_factory=list)
    anchors: dict[str, tuple[Any, Path_]] = field(default_factory=dict)
    aliases: int = 0
    root: Any = None

    def refuse(self, what: str, mark: Any, *, found: str | None = None, expected: str | None = None) -> InputError:
        return InputError(what, where=f"{self.file}:{mark.line + 1}:{mark.column + 1}", found=found, expected=expected)

    def key(self, event: Any) -> None:
        """Take ``event`` as the next key of the mapping on top of the stack."""
        frame = self.stack[-1]
        name = event.value
        assert isinstance(frame.container, dict)
        self.refuse_unseen(name, event.start_mark)
        if event.anchor:
            raise self.refuse("a key has an anchor", event.start_mark, found=f"&{event.anchor}", expected="plain keys")
        if event.tag is not None:
            shown = event.tag.replace(_STANDARD_TAGS, "!!")
            raise self.refuse("a key has a tag", event.start_mark, found=shown, expected="plain text")
        if name == "<<" and event.implicit[0]:
            raise self.refuse("merge keys are not supported", event.start_mark, found="<<", expected="plain keys")
        if name in frame.container:
            first = self.places[(*frame.path, name)]
            raise self.refuse(
                f"the key {name!r} stands twice in one mapping",
                event.start_mark,
                found=f"it again after line {first[0]}",
                expected="each key once",
            )
        frame.key = name
        frame.key_at = (event.start_mark.line + 1, event.start_mark.column + 1)

    def next_path(self, mark: Any) -> tuple[Path_, tuple[int, int]]:
        """Path and place of the value about to be added."""
        here = (mark.line + 1, mark.column + 1)
        if not self.stack:
            return (), here
        frame = self.stack[-1]
        if isinstance(frame.container, list):
            return (*frame.path, len(frame.container)), here
        assert frame.key is not None
        return (*frame.path, frame.key), frame.key_at

    def add(self, value: Any, mark: Any, anchor: str | None = None) -> Path_:
        """Put ``value`` where the next value belongs."""
        path, at = self.next_path(mark)
        if len(self.places) >= MAXIMUM_VALUES:
            raise self.refuse("the file holds too many values", mark, expected=f"at most {MAXIMUM_VALUES}")
        self.places[path] = at
        if not self.stack:
            self.root = value
        else:
            frame = self.stack[-1]
            if isinstance(frame.container, list):
                frame.container.append(value)
            else:
                assert frame.key is not None
                frame.container[frame.key] = value
                frame.key = None
        if anchor is not None and not isinstance(value, list | dict):
            self.anchors[anchor] = (value, path)
        return path

    def start(self, container: list[Any] | dict[str, Any], event: Any) -> None:
        """Open a list or mapping."""
        self.refuse_tag(event)
        if len(self.stack) >= MAXIMUM_DEPTH:
            raise self.refuse(
                "the file is nested too deep", event.start_mark, expected=f"at most {MAXIMUM_DEPTH} levels"
            )
        if self.stack and isinstance(self.stack[-1].container, dict) and self.stack[-1].key is None:
            raise self.refuse("a key is a list or a mapping", event.start_mark, expected="text")
        path = self.add(container, event.start_mark)
        self.stack.append(_Frame(container, path, event.anchor))

    def end(self) -> None:
        """Close the list or mapping on top of the stack."""
        frame = self.stack.pop()
        if frame.anchor is not None:
            self.anchors[frame.anchor] = (frame.container, frame.path)

    def scalar(self, event: Any) -> None:
        """Add a key or a value."""
        if self.stack and isinstance(self.stack[-1].container, dict) and self.stack[-1].key is None:
            self.key(event)
            return
        self.refuse_tag(event)
        self.refuse_unseen(event.value, event.start_mark)
        value = event.value
        if event.implicit[0]:
            value = self.resolve(event)
        self.add(value, event.start_mark, event.anchor)

    def resolve(self, event: Any) -> Any:
        """A plain scalar's value by YAML 1.2's core schema."""
        text: str = event.value
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if text[0] not in "0123456789+-.":
            return text
        if _NOT_FINITE.match(text):
            raise self.refuse(
                "a number is not finite", event.start_mark, found=text, expected="a finite number, or quotes"
            )
        if len(text) > _MAXIMUM_DIGITS:
            return text
        if _INTEGER.match(text):
            return int(text)
        if _BASED.match(text):
            return int(text, 0)
        if _FLOAT.match(text):
            number = float(text)
            if number in (float("inf"), float("-inf")):
                raise self.refuse("a number is too large", event.start_mark, found=text, expected="a finite number")
            return number
        return text

    def alias(self, event: Any) -> None:
        """Add a copy of what an anchor names."""
        mark = event.start_mark
        self.aliases += 1
        if self.aliases > MAXIMUM_ALIASES:
            raise self.refuse("the file has too many aliases", mark, expected=f"at most {MAXIMUM_ALIASES}")
        if event.anchor not in self.anchors:
            raise self.refuse(
                "an alias names no finished anchor", mark, found=f"*{event.anchor}", expected="an anchor above it"
            )
        if self.stack and isinstance(self.stack[-1].container, dict) and self.stack[-1].key is None:
            raise self.refuse("a key is an alias", mark, found=f"*{event.anchor}", expected="text")
        value, origin = self.anchors[event.anchor]
        path = self.add(_copied(value), mark)
        inner = [(p, at) for p, at in self.places.items() if len(p) > len(origin) and p[: len(origin)] == origin]
        if len(self.places) + len(inner) > MAXIMUM_VALUES:
            raise self.refuse("aliases unfold to too many values", mark, expected=f"at most {MAXIMUM_VALUES}")
        if len(self.stack) + max((len(p) - len(origin) for p, _ in inner), default=0) > MAXIMUM_DEPTH:
            raise self.refuse("aliases unfold too deep", mark, expected=f"at most {MAXIMUM_DEPTH} levels")
        for inner_path, at in inner:
            self.places[path + inner_path[len(origin) :]] = at

    def refuse_tag(self, event: Any) -> None:
        """Refuse ``!tag`` and ``!!tag``: nothing here constructs objects."""
        if event.tag is not None:
            raise self.refuse(
                "tags are not supported",
                event.start_mark,
                found=event.tag.replace(_STANDARD_TAGS, "!!"),
                expected="a plain value, quoted where it is text",
            )

    def refuse_unseen(self, text: str, mark: Any) -> None:
        """Refuse characters that hide what a text says; one alone, but for NUL, may be a delimiter."""
        unseen = _UNSEEN.search(text)
        if unseen and (len(text) > 1 or text == "\0"):
            raise self.refuse(
                "a text holds a character that cannot be seen",
                mark,
                found=f"U+{ord(unseen[0]):04X}",
                expected="text that reads as it is written",
            )


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_copied(v) for v in value]
    return value


def read_bytes(path: Path) -> bytes:
    """A YAML file's bytes, if it is small enough to be one.

    Raises:
        InputError: Missing, unreadable or larger than 1 MiB.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise InputError("a file cannot be read", where=str(path), found=error.strerror or str(error)) from error
    if len(data) > MAXIMUM_BYTES:
        raise InputError("the file is too large", where=str(path), found="more than 1 MiB", expected="at most 1 MiB")
    return data


def read_yaml(path: Path) -> Document:
    """The one document in ``path``.

    Raises:
        InputError: Unreadable, not YAML, or something this module refuses; with file, line and column.
    """
    return parse_yaml(read_bytes(path), str(path))


def parse_yaml(data: bytes, file: str) -> Document:
    """The one document in ``data``; ``file`` names it in places and errors.

    Raises:
        InputError: Not UTF-8, not YAML, or something this module refuses; with file, line and column.
    """
    if len(data) > MAXIMUM_BYTES:
        raise InputError("the file is too large", where=file, found=f"{len(data)} bytes", expected="at most 1 MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            "the file is not UTF-8",
            where=f"{file}:{line}",
            found=f"byte 0x{data[error.start]:02x}",
            expected="text saved as UTF-8",
            hint="open the file in an editor and save it again as UTF-8.",
        ) from error
    builder = _Builder(file)
    try:
        _build(builder, text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        told = _problem(error)
        hint = next((advice for part, advice in _ADVICE.items() if part in told), None)
        raise InputError("the file is not YAML", where=where, found=told, hint=hint) from error
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        reason = getattr(error, "reason", str(error))
        told = "a control character" if "control characters" in str(reason) else str(reason)
        raise InputError("the file is not YAML", where=f"{file}:{line}", found=told, expected="text alone") from error
    return Document(file, builder.root, builder.places)


def _problem(error: yaml.MarkedYAMLError) -> str:
    told = " ".join(str(part) for part in (error.problem, error.context) if part)
    return told.removeprefix("found ")


def _build(builder: _Builder, text: str) -> None:
    documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        match event:
            case yaml.ScalarEvent():
                builder.scalar(event)
            case yaml.MappingStartEvent():
                builder.start({}, event)
            case yaml.SequenceStartEvent():
                builder.start([], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                builder.end()
            case yaml.AliasEvent():
                builder.alias(event)
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise builder.refuse(
                        "the file holds several documents", event.start_mark, found="a second ---", expected="one"
                    )
            case _:
                pass
    if documents == 0:
        raise InputError("the file is empty", where=builder.file, expected="one YAML document")
