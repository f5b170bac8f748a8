"""ZIP archives, read with suspicion: what is in one, and the bytes of one member.

Belongs here: the table at an archive's end, checked against each member's own head, and unpacking within
limits. Nothing is unpacked by name: bytes go where the caller says. Does not belong here: which member holds
the data (``unpack``), what a workbook's parts mean (``workbook``).

Python's own module believes the table; here a member is refused by name where the table and its head differ,
where two members share bytes, where a name leads out of the archive, and where more comes out than was said.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from orchestration.ingest.caps import Caps
from orchestration.ingest.refusal import Refusal

CHUNK = 1 << 20
MEMBERS = 10_000
"""Most members of an archive."""
TABLE = 16 << 20
"""Most bytes of its table."""
STORED, DEFLATED = 0, 8
ENCRYPTED, STRONGLY, PATCHED, UTF8 = 0x1, 0x40, 0x20, 0x800
ZIP64 = 0xFFFFFFFF

_END = struct.Struct("<4s4H2LH")
_FAR_END = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s4B4HL2L5H2L")
_HEAD = struct.Struct("<4s2B4H3L2H")
_DRIVE = re.compile(r"[A-Za-z]:")
NESTED = (".zip", ".jar", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".iso", ".cab")
"""Endings of archives, which are not looked into."""


@dataclass(frozen=True)
class Member:
    """One entry of an archive's table. Units: bytes."""

    name: str
    packed: int
    size: int
    crc: int
    method: int
    flags: int
    head: int
    mode: int

    @property
    def is_folder(self) -> bool:
        """Whether it stands for a folder."""
        return self.name.endswith("/")


def members(path: Path, caps: Caps) -> tuple[Member, ...]:
    """What the archive at ``path`` holds, every entry of it checked.

    Raises:
        Refusal: No archive, torn, or with an entry that no honest archive has.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start, length, count = _table(file, size)
        if count > MEMBERS or length > TABLE:
            raise _refusal("a zip archive has too many members", f"{count:,} members", f"at most {MEMBERS:,}")
        file.seek(start)
        found = tuple(_entries(file.read(length), count))
    for member in found:
        _judge_name(member)
        _judge_member(member, caps)
    _judge_together(found, start)
    return found


def _refusal(what: str, found: str, expected: str, where: str | None = None) -> Refusal:
    return Refusal(
        what,
        where=where,
        found=found,
        expected=expected,
        hint="ask the publisher for a plain archive; nothing was unpacked, the last accepted delivery stays in use.",
    )


def _torn(found: str) -> NoReturn:
    raise _refusal("a zip archive can't be read", found, "a whole zip archive, nothing before it or behind it")


def _table(file: BinaryIO, size: int) -> tuple[int, int, int]:
    """Where the table begins, its length, and how many entries it says it has."""
    file.seek(max(0, size - _END.size - 0xFFFF))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        _torn("its end is missing: cut off, or no zip archive")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail):
        _torn("something behind its end")
    end = size - len(tail) + at
    if ZIP64 in (start, length) or 0xFFFF in (here, count):
        start, length, count, end = _far_table(file, end)
    elif (disk, first_disk) != (0, 0) or here != count:
        _torn("one part of an archive in several")
    if start + length != end:
        _torn("something between its members and its table" if start + length < end else "a table beyond its end")
    return start, length, count


def _far_table(file: BinaryIO, end: int) -> tuple[int, int, int, int]:
    if end < _LOCATOR.size + _FAR_END.size:
        _torn("a table that is not there")
    file.seek(end - _LOCATOR.size)
    sign, _disk, at, disks = _LOCATOR.unpack(file.read(_LOCATOR.size))
    if sign != b"PK\x06\x07" or disks > 1 or at + _FAR_END.size > end:
        _torn("a table that is not there")
    file.seek(at)
    record = _FAR_END.unpack(file.read(_FAR_END.size))
    if record[0] != b"PK\x06\x06":
        _torn("a table that is not there")
    count, length, start = record[7], record[8], record[9]
    return start, length, count, at


def _entries(table: bytes, count: int) -> Iterator[Member]:
    at = 0
    for _ in range(count):
        if len(table) - at < _ENTRY.size or table[at : at + 4] != b"PK\x01\x02":
            _torn("a table that is torn")
        row = _ENTRY.unpack_from(table, at)
        made_on, flags, method, crc, packed, size = row[2], row[5], row[6], row[9], row[10], row[11]
        lengths, attributes, head = row[12:15], row[17], row[18]
        at += _ENTRY.size
        raw, extra = table[at : at + lengths[0]], table[at + lengths[0] : at + lengths[0] + lengths[1]]
        at += sum(lengths)
        if at > len(table):
            _torn("a table that is torn")
        size, packed, head = _far_numbers(extra, [size, packed, head])
        try:
            name = raw.decode("utf-8" if flags & UTF8 else "cp437")
        except UnicodeDecodeError:
            _torn("a member whose name is not UTF-8 though it says so")
        mode = attributes >> 16 if made_on == 3 else 0
        yield Member(name, packed, size, crc, method, flags, head, mode)
    if at != len(table):
        _torn("a table that is longer than its members")


def _far_numbers(extra: bytes, numbers: list[int]) -> list[int]:
    """Numbers beyond four bytes, from the extra field that holds them in the order size, packed, head."""
    if ZIP64 not in numbers:
        return numbers
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            waiting = [n for n, number in enumerate(numbers) if number == ZIP64]
            if length < 8 * len(waiting) or at + 4 + length > len(extra):
                break
            for place, n in enumerate(waiting):
                numbers[n] = struct.unpack_from("<Q", extra, at + 4 + 8 * place)[0]
            return numbers
        at += 4 + length
    _torn("a member without its size")


def shown(name: str) -> str:
    """A member's name, fit for a message."""
    plain = "".join(c if c.isprintable() else "?" for c in name)
    return plain if len(plain) <= 80 else plain[:79] + "…"


def _judge_name(member: Member) -> None:
    name = member.name
    parts = name.replace("\\", "/").split("/")
    wrong = None
    if not name or "\0" in name or any(ord(c) < 32 for c in name):
        wrong = "a name with control characters" if name else "no name"
    elif name.startswith(("/", "\\")) or _DRIVE.match(name):
        wrong = "an absolute path"
    elif ".." in parts:
        wrong = "a path that leads out of the archive"
    elif "\\" in name:
        wrong = "a path with backslashes"
    if wrong:
        raise _refusal(
            "a zip archive holds a member that is not taken", wrong, "plain relative names", f"member {shown(name)}"
        )


def _judge_member(member: Member, caps: Caps) -> None:
    kind = stat.S_IFMT(member.mode)
    wrong, expected = None, "a plain file"
    if kind == stat.S_IFLNK:
        wrong = "a link"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        wrong = "a device or a pipe"
    elif member.flags & (ENCRYPTED | STRONGLY):
        wrong, expected = "an encrypted member", "a member without a password"
    elif member.method not in (STORED, DEFLATED) or member.flags & PATCHED:
        wrong, expected = f"packed by method {member.method}", "stored or deflated, as every program writes it"
    elif member.size > caps.unpacked_bytes:
        wrong, expected = f"{member.size:,} bytes", f"at most {caps.unpacked_bytes:,} bytes"
    elif member.size > caps.ratio_from and member.size > member.packed * caps.ratio:
        wrong = f"{member.packed:,} bytes that unpack to {member.size:,}"
        expected = f"at most {caps.ratio} times the packed size"
    elif member.method == STORED and member.size != member.packed:
        wrong, expected = "a size that is not its own", f"{member.packed:,} bytes"
    if wrong:
        where = f"member {shown(member.name)}"
        raise _refusal("a zip archive holds a member that is not taken", wrong, expected, where)


def _judge_together(found: Sequence[Member], table: int) -> None:
    """Refuse names that are the same, and members that share bytes or reach into the table."""
    names: set[str] = set()
    for member in found:
        folded = member.name.casefold().rstrip("/")
        if folded in names:
            raise _refusal(
                "a zip archive holds two members of one name",
                "the name twice (upper and lower case are the same)",
                "each name once",
                f"member {shown(member.name)}",
            )
        names.add(folded)
    ordered = sorted(found, key=lambda m: m.head)
    for member, behind in zip(ordered, [*(m.head for m in ordered), table][1:], strict=True):
        if member.head + _HEAD.size + member.packed > behind:
            raise _refusal(
                "a zip archive holds members that share bytes",
                "a member that reaches into the next one",
                "each byte used once",
                f"member {shown(member.name)}",
            )
    if ordered and ordered[0].head != 0:
        _torn("something before its first member")


def unpacked(file: BinaryIO, member: Member, caps: Caps) -> Iterator[bytes]:
    """The bytes of one member, in pieces.

    Raises:
        Refusal: Torn, altered, or not what the table says.
    """
    where = f"member {shown(member.name)}"
    _skip_head(file, member, where)
    left, size, crc = member.packed, 0, 0
    inflater = zlib.decompressobj(-15) if member.method == DEFLATED else None
    while True:
        waiting = inflater.unconsumed_tail if inflater else b""
        chunk = waiting or file.read(min(CHUNK, left))
        if not waiting:
            left -= len(chunk)
        if not chunk:
            break
        try:
            piece = inflater.decompress(chunk, CHUNK * 4) if inflater else chunk
        except zlib.error as error:
            raise _altered(where, "torn or altered bytes") from error
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        if size > min(member.size, caps.unpacked_bytes):
            raise _altered(where, f"more than the {member.size:,} bytes it says it has")
        yield piece
        if inflater and inflater.eof:
            if inflater.unused_data or left:
                raise _altered(where, "something behind its end")
            break
    if inflater and not inflater.eof:
        piece = inflater.flush()
        size, crc = size + len(piece), zlib.crc32(piece, crc)
        yield piece
    if left or (inflater and not inflater.eof) or size != member.size:
        raise _altered(where, f"{size:,} bytes where it says {member.size:,}")
    if crc != member.crc:
        raise _altered(where, "bytes that do not give its checksum (CRC)")


def _altered(where: str, found: str) -> Refusal:
    return Refusal(
        "a member of a zip archive can't be unpacked",
        where=where,
        found=found,
        expected="the bytes its own table promises",
        hint="fetch it again; the last accepted delivery stays in use.",
    )


def _skip_head(file: BinaryIO, member: Member, where: str) -> None:
    """Go to a member's bytes; its own head must say what the table says."""
    file.seek(member.head)
    data = file.read(_HEAD.size)
    if len(data) < _HEAD.size or data[:4] != b"PK\x03\x04":
        raise _altered(where, "no member where the table says")
    row = _HEAD.unpack(data)
    flags, method, crc, packed, size, name_length, extra_length = (
        row[3],
        row[4],
        row[7],
        row[8],
        row[9],
        row[10],
        row[11],
    )
    raw = file.read(name_length)
    name = raw.decode("utf-8" if flags & UTF8 else "cp437", "replace")
    later = bool(flags & 0x8)  # sizes stand behind the bytes
    told = (crc, packed, size)
    known = (member.crc, member.packed, member.size)
    same = all(t in (k, ZIP64) or (later and t == 0) for t, k in zip(told, known, strict=True))
    if name != member.name or method != member.method or not same or (flags ^ member.flags) & (ENCRYPTED | UTF8):
        raise _altered(where, "a head that differs from the table")
    file.seek(extra_length, 1)
