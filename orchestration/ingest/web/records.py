"""The records of one page: the array in a JSON answer, cut into its elements, each as it was sent.

Belongs here: finding the array, and one line for each element. No value is read: ``1.10`` stays ``1.10``. Does not
belong here: what an answer means that holds no such array (the connector asks that first), and judging a record:
not a number, names twice, half a surrogate pair go on as they came, and the door says what they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from contracts.errors import OutsideError

BOM = b"\xef\xbb\xbf"
HIDDEN = b"\x01"
"""What a line end inside a text becomes, which JSON forbids: it is found again at the door as what it is."""
ITEMS = "items"

_BLANK = re.compile(r"[ \t\n\r]*")
_TEXT_OR_END = re.compile(rb'"(?:[^"\\]|\\.)*"|[\r\n]+', re.DOTALL)
_LINE_END = re.compile(rb"[\r\n]")
_REACH = 512
"""Bytes before a record's end in which such members are looked for."""


def split(body: bytes, path: Sequence[str] = (), *, shown: str | None = None) -> list[bytes]:
    """The elements of a JSON array, one line each, in order.

    White space between the tokens of an element is taken out only where it holds a line end.

    Args:
        body: A JSON document, UTF-8.
        path: Names that lead to the array, plain ones; none: the document is the array.
        shown: What messages call the answer.

    Raises:
        OutsideError: The body is no JSON, is cut off, or has no array there.
    """
    import msgspec

    text = body.removeprefix(BOM)
    try:
        holder = msgspec.json.decode(text, type=_form(tuple(path)))
    except (msgspec.DecodeError, RecursionError):
        found = _cut(text, tuple(path), shown)
    else:
        for _ in path:
            holder = getattr(holder, ITEMS)
        found = [bytes(raw) for raw in holder]
    return [one if b"\n" not in one and b"\r" not in one else _on_one_line(one) for one in found]


def all_without(records: Sequence[bytes], names: tuple[str, ...]) -> Sequence[bytes]:
    """``without`` for the records of a page: quick where all such members stand last, as in its first record.

    Args:
        records: JSON objects, each on one line.
        names: Of the members; without a character that JSON escapes.
    """
    if not names or not records:
        return records
    order = tuple(sorted(names, key=lambda name: records[0].rfind(f'"{name}":'.encode())))
    begin, last = _end(order)
    opened = b'{"' + names[0][:1].encode()
    found: list[bytes] = []
    for record in records:
        # A quote behind a comma opens a name, or ends a text; behind the latter no such name can follow.
        at = record.find(begin)
        if at > 0 and last.match(record, at) is not None and not record.startswith(opened):
            found.append(record[:at] + b"}")
        else:
            found.append(without(record, names))
    return found


@lru_cache(maxsize=64)
def _end(names: tuple[str, ...]) -> tuple[bytes, re.Pattern[bytes]]:
    """What the first of such members begins with, and all of them, in order, as the last ones of a record."""
    keys = [f',"{name}":'.encode() for name in names]
    value = rb"(?:\"[^\"\\]*\"|-?[0-9]+|null)"
    return keys[0], re.compile(b"".join(re.escape(key) + value for key in keys) + rb"\}\Z")


def without(record: bytes, names: tuple[str, ...]) -> bytes:
    """A record without members that were asked for only to find the way; every other byte as it was sent.

    Args:
        record: One JSON object on one line.
        names: Of the members; without a character that JSON escapes.
    """
    if not names:
        return record
    first, last, keys = _edges(names)
    left = len(names)
    found = first.match(record)
    if found is not None:
        left -= sum(key in found[0] for key in keys)
        record = b"{" + record[found.end() :]
    places = [at for at in (record.find(key, -_REACH) for key in keys) if at > 0] if left else []
    if places and (found := last.match(record, record.rfind(b",", 0, min(places)))) is not None:
        left -= sum(key in found[0] for key in keys)
        record = record[: found.start()] + b"}"
    return _rebuilt(record, names) if left and any(key[:-1] in record for key in keys) else record


@lru_cache(maxsize=64)
def _edges(names: tuple[str, ...]) -> tuple[re.Pattern[bytes], re.Pattern[bytes], tuple[bytes, ...]]:
    """Where such members stand as a rule, at a record's beginning and its end; and what tells that one is left."""
    keys = tuple(f'"{name}":'.encode() for name in names)
    member = rb"(?:%s)[ \t]*(?:\"[^\"\\]*\"|-?[0-9]+|null)" % b"|".join(map(re.escape, keys))
    first = re.compile(rb"\{[ \t]*(?:%s[ \t]*,[ \t]*)+" % member)
    last = re.compile(rb",[ \t]*%s(?:[ \t]*,[ \t]*%s)*[ \t]*\}\Z" % (member, member))
    return first, last, keys


def _rebuilt(record: bytes, names: Sequence[str]) -> bytes:
    """The same, whatever the white space and wherever the names stand; a record that is no object stays as it is."""
    import msgspec

    try:
        members = msgspec.json.decode(record, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError):
        return record
    if not any(name in members for name in names):
        return record
    left = [msgspec.json.encode(name) + b":" + bytes(value) for name, value in members.items() if name not in names]
    return b"{" + b",".join(left) + b"}"


@lru_cache(maxsize=64)
def _form(path: tuple[str, ...]) -> Any:
    """The type of a document that holds an array of anything at ``path``: what stands beside it is passed over."""
    import msgspec

    form: Any = list[msgspec.Raw]
    for name in reversed(path):
        form = msgspec.defstruct("Holder", [(ITEMS, form)], rename={ITEMS: name})
    return form


def _on_one_line(record: bytes) -> bytes:
    import msgspec

    try:
        found = bytes(msgspec.json.format(record, indent=-1))
    except msgspec.DecodeError:
        found = record
    if _LINE_END.search(found) is None:
        return found
    return _TEXT_OR_END.sub(lambda part: _LINE_END.sub(HIDDEN, part[0]) if part[0][:1] == b'"' else b" ", record)


def _cut(body: bytes, path: tuple[str, ...], shown: str | None) -> list[bytes]:
    """The elements of an array that no strict reader takes: slower, and at ease with what the door will refuse."""
    text = body.decode("utf-8", "surrogateescape")
    reader = json.JSONDecoder(strict=False)
    try:
        at = _blank(text, 0)
        for name in path:
            at = _member(reader, text, at, name)
        pieces, at = _elements(reader, text, at)
        if not path and _blank(text, at) != len(text):
            raise ValueError("something follows the array")
        if path:
            _, end = reader.raw_decode(text, _blank(text, 0))
            if _blank(text, end) != len(text):
                raise ValueError("something follows the document")
    except (ValueError, RecursionError, LookupError) as error:
        raise _refusal(body, path, shown) from error
    return [piece.encode("utf-8", "surrogateescape") for piece in pieces]


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _member(reader: json.JSONDecoder, text: str, at: int, name: str) -> int:
    """Where the value of ``name`` begins in the object that begins at ``at``; of several, the last."""
    if text[at : at + 1] != "{":
        raise LookupError(name)
    found, at = -1, _blank(text, at + 1)
    while text[at : at + 1] != "}":
        key, at = reader.raw_decode(text, at)
        at = _blank(text, at)
        if not isinstance(key, str) or text[at : at + 1] != ":":
            raise ValueError("no name and colon")
        begin = _blank(text, at + 1)
        found = begin if key == name else found
        _, at = reader.raw_decode(text, begin)
        at = _blank(text, at)
        if text[at : at + 1] == ",":
            at = _blank(text, at + 1)
        elif text[at : at + 1] != "}":
            raise ValueError("no comma and no end")
    if found < 0:
        raise LookupError(name)
    return found


def _elements(reader: json.JSONDecoder, text: str, at: int) -> tuple[list[str], int]:
    """The elements of the array that begins at ``at``, as they are written, and where it ends."""
    if text[at : at + 1] != "[":
        raise LookupError("no array")
    pieces: list[str] = []
    at = _blank(text, at + 1)
    if text[at : at + 1] == "]":
        return pieces, at + 1
    while True:
        _, end = reader.raw_decode(text, at)
        pieces.append(text[at:end])
        at = _blank(text, end)
        if text[at : at + 1] == "]":
            return pieces, at + 1
        if text[at : at + 1] != ",":
            raise ValueError("no comma and no end")
        at = _blank(text, at + 1)


def _refusal(body: bytes, path: tuple[str, ...], shown: str | None) -> OutsideError:
    wanted = f"records at {'.'.join(path)}" if path else "a JSON array of records"
    found = what_it_is(body)
    return OutsideError(
        "an answer holds no records",
        where=shown,
        found=found,
        expected=wanted,
        hint="look at that address in a browser, then run again; the last accepted delivery stays in use.",
        retry=not found.startswith(("an object", "an empty object", "an array", "a single")),
    )


def what_it_is(body: bytes) -> str:
    """What a body is, in a few words and without any of its values: an HTML page, an object with these names."""
    head = body.removeprefix(BOM).lstrip()[:512].lower()
    if not head:
        return "an empty answer"
    if head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page"
    if head.startswith(b"<"):
        return "XML"
    try:
        value = json.loads(body.removeprefix(BOM))
    except (ValueError, RecursionError):
        kind = {b"[": "a JSON array", b"{": "a JSON object"}.get(head[:1])
        return f"{kind} that is cut off or broken" if kind else "text that is not JSON"
    if isinstance(value, dict):
        names = [str(name)[:40] for name in list(value)[:6]]
        return f"an object with {', '.join(names)}" if names else "an empty object"
    if isinstance(value, list):
        return "an array"
    return "a single value"
