"""Opening files: all that a file of any kind says, as bytes and as texts.

Belongs here: what is packed, stored in columns or written in another way than plainly. Does not belong here: what is
looked for in it (``renderings``).

A view is one reading of a file. The bytes themselves always are; then what an archive, a Parquet file, a database or a
picture holds, its statistics, dictionaries, comments and names included; then texts with escapes, UTF-16, base64 and
hexadecimal undone.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import html
import io
import json
import re
import sqlite3
import tarfile
import tempfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

DEEP: Final = 4
"""So many wrappings within each other are undone."""
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{20,}")
BESIDE: Final = 60
"""So many letters beside an escape are read with it: more than any marker has."""
_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2}){10,}")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}|&(?:#\w+|[A-Za-z]+);|\\[ux][0-9A-Fa-f]{2}|=[0-9A-F]{2}|=\r?\n")
_WIDE: Final = re.compile(r"(?:[^\0]\0){6,}|(?:\0[^\0]){6,}")
_BACKSLASH: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_QUOTED_PRINTABLE: Final = re.compile(r"=([0-9A-F]{2})|=\r?\n")
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def contents(data: bytes, deep: int = DEEP) -> Iterator[tuple[bytes, bool]]:
    """The bytes, and the bytes of whatever is packed in them, whatever the file is called.

    Beside each stands whether something was unpacked from them: then what they say as they stand is in the main
    remains, such as pages of a database that are no longer in use.
    """
    inside = list(_inside(data)) if deep else []
    yield data, bool(inside)
    for inner in inside:
        yield from contents(inner, deep - 1)


def _inside(data: bytes) -> Iterator[bytes]:
    """What a container holds, one level down; nothing where it is none."""
    head = data[:16]
    if head[:2] == b"\x1f\x8b":
        yield _gunzipped(data)
    elif head[:2] == b"PK":
        yield from _unzipped(data)
    elif head[:4] == b"PAR1":
        yield from _columns(data)
    elif head == b"SQLite format 3\0":
        yield from _sqlite(data)
    elif data[8:12] == b"DUCK":
        yield from _duckdb(data)
    elif head[:8] == _PNG:
        yield from _png(data)
    elif data[257:262] == b"ustar":
        yield from _untarred(data)
    elif len(head) > 2 and head[0] == 0x78 and int.from_bytes(head[:2], "big") % 31 == 0:
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(data)


def _gunzipped(data: bytes) -> bytes:
    """As much as can be unpacked: the end may be missing."""
    name = data[:512]
    try:
        return name + gzip.decompress(data)
    except (EOFError, OSError, zlib.error):
        return name


def _unzipped(data: bytes) -> Iterator[bytes]:
    with contextlib.suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            yield member.filename.encode() + b"\n" + member.comment + b"\n" + member.extra
            yield archive.read(member)


def _untarred(data: bytes) -> Iterator[bytes]:
    with contextlib.suppress(tarfile.TarError), tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is not None:
                yield file.read()


def _columns(data: bytes) -> Iterator[bytes]:
    """Every value of a Parquet file, its names, its key-value texts and the statistics of each part of a column."""
    try:
        file = pq.ParquetFile(io.BytesIO(data))
    except (OSError, pa.ArrowInvalid):
        return
    said: list[object] = [file.schema_arrow.names, file.metadata.created_by, file.metadata.metadata or {}]
    for group in range(file.metadata.num_row_groups):
        for column in range(file.metadata.num_columns):
            statistics = file.metadata.row_group(group).column(column).statistics
            if statistics is not None and statistics.has_min_max:
                said += [statistics.min, statistics.max]
    yield _written(said)
    with contextlib.suppress(OSError, pa.ArrowInvalid):
        for column in file.read().itercolumns():
            yield _written(column.to_pylist())


def _written(values: Iterable[object]) -> bytes:
    return "\n".join(v.hex() if isinstance(v, bytes) else str(v) for v in values).encode("utf-8", "surrogatepass")


@contextlib.contextmanager
def _beside(data: bytes) -> Iterator[Path]:
    """The bytes as a file that an engine can open."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "database"
        path.write_bytes(data)
        yield path


def _sqlite(data: bytes) -> Iterator[bytes]:
    with _beside(data) as path, contextlib.closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        names = [row[0].decode() for row in connection.execute("select name from sqlite_master where type = 'table'")]
        for name in names:
            with contextlib.suppress(sqlite3.DatabaseError):
                for row in connection.execute(f'select * from "{name}"'):
                    yield from (value for value in row if isinstance(value, bytes) and value[:1] in b"\x1f\x78P")
                rows = connection.execute(f'select * from "{name}"')
                while some := list(islice(rows, 10_000)):
                    yield b"\n".join(v if isinstance(v, bytes) else str(v).encode() for row in some for v in row)


def _duckdb(data: bytes) -> Iterator[bytes]:
    with _beside(data) as path, duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set threads = 1")
        for schema, name in connection.execute("select schema_name, table_name from duckdb_tables()").fetchall():
            for row in connection.execute(f'select columns(*)::varchar from "{schema}"."{name}"').fetchall():
                yield "\n".join(str(value) for value in row).encode()
        said = connection.execute("select sql from duckdb_views() union all select comment from duckdb_tables()")
        yield "\n".join(str(row[0]) for row in said.fetchall()).encode()


def _png(data: bytes) -> Iterator[bytes]:
    """Its texts, plain or packed."""
    at = len(_PNG)
    while at + 12 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + size]
        if kind in (b"tEXt", b"iTXt", b"zTXt", b"eXIf"):
            yield body
            start = body.find(b"\x78")
            while start >= 0:
                with contextlib.suppress(zlib.error):
                    yield zlib.decompress(body[start:])
                start = body.find(b"\x78", start + 1)
        at += 12 + size


def texts(data: bytes) -> Iterator[str]:
    """The readings of bytes as a text: plain, what stands in it as UTF-16, and what is escaped in either."""
    try:
        plain = data.decode("utf-8")
    except UnicodeDecodeError:
        plain = data.decode("latin-1")
    wide = "\n".join(found[0].replace("\0", "") for found in _WIDE.finditer(plain)) if "\0" in plain else ""
    for text in (plain, wide):
        yield text
        if escaped := _around_escapes(text):
            yield unescaped(escaped)


def _around_escapes(text: str) -> str:
    """The stretches of a text that hold escapes, with what stands beside them."""
    stretches: list[list[int]] = []
    for found in _ESCAPE.finditer(text):
        start, end = max(found.start() - BESIDE, 0), found.end() + BESIDE
        if stretches and start <= stretches[-1][1]:
            stretches[-1][1] = end
        else:
            stretches.append([start, end])
    return "\n".join(text[start:end] for start, end in stretches)


def unescaped(text: str) -> str:
    """Escapes of JSON, HTML, addresses and mails undone, one after the other."""
    text = _BACKSLASH.sub(lambda m: chr(int(m[1] or m[2], 16)), text)
    text = urllib.parse.unquote(html.unescape(text).replace("+", " "))
    return _QUOTED_PRINTABLE.sub(lambda m: chr(int(m[1], 16)) if m[1] else "", text)


def runs(text: str) -> tuple[set[str], set[str]]:
    """Stretches of a text that may be hexadecimal, and that may be base64."""
    return set(_HEX.findall(text)), {run for run in _BASE64.findall(text) if not _HEX.fullmatch(run)}


def from_hex(run: str) -> bytes:
    """Both readings: from the first digit, and from the second."""
    return binascii.unhexlify(run) + b"\n" + binascii.unhexlify(run[1:-1])


def from_base64(run: str) -> Iterator[bytes]:
    """The four readings: base64 may begin anywhere in a longer stretch."""
    plain = run.replace("-", "+").replace("_", "/")
    for start in range(4):
        part = plain[start:]
        yield base64.b64decode(part[: len(part) // 4 * 4] + _end(part))


def _end(part: str) -> str:
    """The last letters of a stretch whose padding was left out, or is not in the alphabet."""
    rest = part[len(part) // 4 * 4 :]
    return "" if len(rest) < 2 else rest + "=" * (4 - len(rest))


def strings(value: object) -> Iterator[str]:
    """Every text in a JSON document, keys included."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield str(name)
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value
    elif value is not None:
        yield json.dumps(value)
