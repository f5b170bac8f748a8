"""Spoiling good bytes: flips, cuts, splices, nasty words; and, for archives, the same within a member."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence

TOKENS: tuple[bytes, ...] = (
    *(b"\0", b'"', b'""', b"'", b",", b";", b"\n", b"\r", b"\r\n", b"\t", b" ", b"\\", b"\\u0000", b"\\ud800"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\xc3", b"\xe2\x80\xae", b"\xf0\x9f\x98\x80", b"\x1a", b"\x7f"),
    *(b"NaN", b"-Infinity", b"1e999", b"-0", b"99999999999999999999", b"0.1e-400", b"1_000", b"0x1F", b"1,5", b"#REF!"),
    *(b"{", b"}", b"[", b"]", b":", b"null", b"true", b"{}", b"[]", b'{"a":1}', b"[" * 300, b"{" * 40, b'"' * 50),
    *(b"<html>", b"<!DOCTYPE a>", b"<!ENTITY x 'y'>", b"&x;", b"<row/>", b"</row>", b"<c/>", b"<!--", b"]]>"),
    *(
        b"PK\x03\x04",
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"\x1f\x8b\x08",
        b"PAR1",
        b"../",
        b"\xff\xff\xff\xff",
        b"\0\0\0\0\0\0\0\0",
    ),
    *(
        b"!!python/object:os.system",
        b"&a ",
        b"*a",
        b"<<: *a",
        b"- ",
        b"? ",
        b"|",
        b">",
        b"#",
        b"---\n",
        b"%",
        b"@",
        b"`",
    ),
    *(b"2026-02-30", b"0001-01-01", b"9999-12-31", b"24:00:00", b"epoch", b"infinity", b"=cmd()", b"+1", b"-1"),
    *(b"SELECT", b"; DROP TABLE t", b"read_csv('/etc/passwd')", b"--", b"/*", b"$1", b"::", b"now()"),
)


def mutate(data: bytes, others: Sequence[bytes], random_: random.Random) -> bytes:
    """One to four small injuries."""
    found = bytearray(data)
    for _ in range(random_.choice((1, 1, 1, 2, 3, 4))):
        random_.choice(INJURIES)(found, others, random_)
    return bytes(found)


def _place(data: bytearray, random_: random.Random) -> int:
    return random_.randrange(len(data) + 1)


def _flip(data: bytearray, _others: Sequence[bytes], random_: random.Random) -> None:
    if data:
        data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)


def _set(data: bytearray, _others: Sequence[bytes], random_: random.Random) -> None:
    if data:
        data[random_.randrange(len(data))] = random_.choice((0, 1, 9, 10, 13, 34, 44, 92, 127, 128, 255))


def _cut(data: bytearray, _others: Sequence[bytes], random_: random.Random) -> None:
    del data[_place(data, random_) :]


def _behead(data: bytearray, _others: Sequence[bytes], random_: random.Random) -> None:
    del data[: min(_place(data, random_), 1 + random_.randrange(16))]


def _remove(data: bytearray, _others: Sequence[bytes], random_: random.Random) -> None:
    at = _place(data, random_)
    del data[at : at + 1 + random_.randrange(20)]


def _repeat(data: bytearray, _others: Sequence[bytes], random_: random.Random) -> None:
    at, to = _place(data, random_), _place(data, random_)
    piece = bytes(data[at : at + 1 + random_.randrange(60)])
    data[to:to] = piece * random_.choice((1, 1, 2, 30))


def _insert(data: bytearray, _others: Sequence[bytes], random_: random.Random) -> None:
    at = _place(data, random_)
    data[at:at] = random_.choice(TOKENS)


def _overwrite(data: bytearray, _others: Sequence[bytes], random_: random.Random) -> None:
    at, token = _place(data, random_), random_.choice(TOKENS)
    data[at : at + len(token)] = token


def _splice(data: bytearray, others: Sequence[bytes], random_: random.Random) -> None:
    other = random_.choice(others)
    start, at = random_.randrange(len(other) + 1), _place(data, random_)
    data[at : at + random_.choice((0, 40))] = other[start : start + 1 + random_.randrange(120)]


INJURIES: tuple[Callable[[bytearray, Sequence[bytes], random.Random], None], ...] = (
    *(_flip, _set, _cut, _behead, _remove, _repeat, _insert, _insert, _overwrite, _splice),
)

_SIGNS = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06")


def mutate_archive(data: bytes, others: Sequence[bytes], random_: random.Random) -> bytes:
    """An archive spoiled from within: a member's content, its name, a field of a head, or its bytes anyhow."""
    way = random_.randrange(4)
    if way == 0:
        return mutate(data, others, random_)
    if way == 1:
        return _spoil_field(bytearray(data), random_)
    members = read_archive(data)
    name = random_.choice(sorted(members))
    if way == 2:
        wrong = random_.choice(
            ("../x.csv", "/etc/x.csv", "a\\b.csv", "C:\\x.csv", "", "a/../../x", name, "inner.zip", "\0")
        )
        members = {(wrong if key == name else key): value for key, value in members.items()}
        if wrong == name:
            return write_archive([*members.items(), (name.upper(), b"twice")])
    else:
        members[name] = mutate(members[name], list(members.values()), random_)
    return write_archive(list(members.items()))


def _spoil_field(data: bytearray, random_: random.Random) -> bytes:
    places = [at for sign in _SIGNS for at in _finds(data, sign)]
    at = random_.choice(places) + 4 + random_.randrange(42)
    value = random_.choice((0, 1, 8, 0x41, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, len(data), random_.randrange(1 << 16)))
    raw = struct.pack("<I", value)[: random_.choice((1, 2, 4))]
    data[at : at + len(raw)] = raw
    return bytes(data)


def _finds(data: bytes | bytearray, sign: bytes) -> list[int]:
    found, at = [], data.find(sign)
    while at >= 0:
        found.append(at)
        at = data.find(sign, at + 1)
    return found


def read_archive(data: bytes) -> dict[str, bytes]:
    """The members of a good archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_archive(members: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of ``members``, names as they are."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")  # a name twice is what is wanted here
        for name, content in members:
            entry = zipfile.ZipInfo(name or "x", (2026, 1, 1, 0, 0, 0))
            entry.filename = name or "x"  # ZipInfo mends backslashes and NUL
            entry.compress_type = method
            archive.writestr(entry, content)
    return out.getvalue()
