"""Every form a marker may take, and every kind of file it may be in: what the search must be able to find.

Belongs here: writing markers down otherwise, and wrapping texts into files. Does not belong here: finding them. Nothing
of ``renderings`` or ``views`` is used, so that a mistake there is not made here too.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import json
import sqlite3
import struct
import tarfile
import tempfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

MONTHS: Final = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "es": [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    "pt": [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
}
EPOCH: Final = datetime(1970, 1, 1)
NARROW: Final = "\u202f"


def grouped(digits: str, separator: str) -> str:
    """A whole number's digits in threes from the right."""
    return f"{int(digits):,}".replace(",", separator)


def words(text: str) -> list[str]:
    """Of a word: as it is, in either case, within others, and cut short."""
    return [text, text.lower(), text.upper(), f"x_{text}_y", f"/{text.lower()}/", text[:11] + "…"]


def wholes(text: str) -> list[str]:
    """Of a whole number: with every separator, as a floating-point number, in thousands of digits."""
    separated = [grouped(text, s) for s in (",", ".", " ", "\u00a0", NARROW, "'", "\u2019", "_")]
    return [text, *separated, f"{int(text)}.0", f"{float(text):.12e}", f"-{text}", f"id={text};"]


def amounts(text: str) -> list[str]:
    """Of an amount: with separators and decimal signs of three languages, rounded, as a floating-point number."""
    whole, _, cents = text.partition(".")
    return [
        *(
            text,
            f"{whole}.{cents}00",
            f"{whole},{cents}",
            f"{float(text)!r}",
            f"{float(text):.10e}",
            f"{float(text):.0f}",
        ),
        *(f"{grouped(whole, ',')}.{cents}", f"{grouped(whole, '.')},{cents}", f"{grouped(whole, NARROW)},{cents}"),
        *(f"$ {grouped(whole, ',')}", f"{Decimal(text) * 100:f}", f"{Decimal(text):.1f}"),
    ]


def phones(text: str) -> list[str]:
    """Of a telephone: with and without country, with every separator."""
    digits = "".join(c for c in text if c.isdigit())
    local = digits[2:]
    return [
        *(text, digits, f"+{digits}", local, f"({local[:4]}) {local[4:7]}-{local[7:]}", f"tel:+{digits}"),
        *(f"{local[:4]}.{local[4:7]}.{local[7:]}", f"+57-{local[:4]}-{local[4:]}", f"0057 {local}"),
    ]


def days(text: str) -> list[str]:
    """Of a day: in every order and language, and counted from 1970."""
    day = date.fromisoformat(text)
    seconds = int((datetime(day.year, day.month, day.day) - EPOCH).total_seconds())
    named = {language: names[day.month - 1] for language, names in MONTHS.items()}
    return [
        *(text, f"{day:%d/%m/%Y}", f"{day:%m/%d/%Y}", f"{day:%d.%m.%Y}", f"{day:%d-%m-%Y}", f"{day:%Y/%m/%d}"),
        *(f"{day:%Y%m%d}", f"{day.day}/{day.month}/{day.year}", f"{text}T00:00:00Z", f"{text} 00:00:00"),
        *(
            f"{day.day} {named['en']} {day.year}",
            f"{named['en']} {day.day}, {day.year}",
            f"{day.day} {named['en'][:3]} {day.year}",
        ),
        *(f"{day.day} de {named['es']} de {day.year}", f"{day.day} de {named['pt']} de {day.year}"),
        *(f"{day.day} {named['es'][:3]} {day.year}", f"{day.day} {named['pt'][:3]}. {day.year}"),
        *(f"{day.day}-{named['en'][:3]}-{day.year}", str(seconds), str(seconds * 1000), str(seconds * 10**6)),
        str(seconds + 5 * 3600),
    ]


def moments(text: str) -> list[str]:
    """Of a moment: UTC and local, to the second and to the minute, and counted from 1970."""
    utc = datetime.fromisoformat(text)
    found = []
    for at in (utc, utc - timedelta(hours=5)):
        found += [
            f"{at:%Y-%m-%d %H:%M:%S}",
            f"{at:%Y-%m-%dT%H:%M:%SZ}",
            f"{at:%Y-%m-%dT%H:%M}",
            f"{at:%d/%m/%Y %H:%M:%S}",
        ]
        found += [
            f"{at:%m/%d/%Y, %H:%M}",
            f"{at:%Y%m%dT%H%M%S}",
            f"{at:%Y%m%d%H%M%S}",
            f"{at:%Y-%m-%d %H:%M:%S}.000+00",
        ]
    seconds = int((utc - EPOCH).total_seconds())
    counted = [seconds * 10**power for power in (0, 3, 6, 9)]
    return [*found, *map(str, counted), f"{seconds}.0"]


def times(text: str) -> list[str]:
    """Of a time of day: as it is."""
    return [text, f"2026-02-03T{text}", f"T{text}Z"]


def coordinates(text: str) -> list[str]:
    """Of a coordinate: six decimals and more, rounded and cut, with either decimal sign, within points."""
    number = Decimal(text)
    rounded = [f"{number:.{places}f}" for places in (6, 7, 8)]
    size = text.lstrip("-")
    return [
        *(text, size, text.replace(".", ","), *rounded, text[: text.index(".") + 7], f"{float(text)!r}", f"{text}000"),
        *(f"POINT ({text} 1)", f"[{text}, 1]", f"POLYGON ((0 {text}, 1 1))", f"{float(text):.17g}", f"x={text}&y=0"),
    ]


FORMS: Final[Mapping[str, Callable[[str], list[str]]]] = {
    **{"word": words, "whole": wholes, "amount": amounts, "phone": phones, "day": days, "moment": moments},
    **{"time": times, "latitude": coordinates, "longitude": coordinates},
}


def _sql_value(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _database(make: Callable[[Path], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made"
        make(path)
        return path.read_bytes()


def in_duckdb(text: str) -> bytes:
    """A DuckDB file with a table that holds a text, compressed as DuckDB does."""

    def make(path: Path) -> None:
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create table t as select {_sql_value(text)} || ' ' || i as v from range(3000) r(i)")
            connection.execute("checkpoint")

    return _database(make)


def in_duckdb_view(text: str) -> bytes:
    """A DuckDB file whose view names a text."""

    def make(path: Path) -> None:
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create view v as select {_sql_value(text)} as said")

    return _database(make)


def in_sqlite(value: str | bytes) -> bytes:
    """An SQLite file with a table that holds a text or bytes."""

    def make(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.execute("create table t (v)")
        connection.execute("insert into t values (?)", [value])
        connection.commit()
        connection.close()

    return _database(make)


def in_parquet(values: list[Any], **how: Any) -> bytes:
    """A Parquet file with one column, compressed, with a dictionary and statistics."""
    sink = io.BytesIO()
    pq.write_table(pa.table({"v": values}), sink, compression="zstd", **how)
    return sink.getvalue()


def in_parquet_metadata(text: str) -> bytes:
    """A Parquet file whose own description holds a text."""
    sink = io.BytesIO()
    pq.write_table(pa.table({"v": [1]}).replace_schema_metadata({"said": text}), sink)
    return sink.getvalue()


def in_png(kind: bytes, text: str) -> bytes:
    """A picture with a text chunk, plain or packed."""
    body = b"Comment\0" + (b"\0" + zlib.compress(text.encode()) if kind == b"zTXt" else text.encode())
    if kind == b"iTXt":
        body = b"Comment\0\x01\0\0\0" + zlib.compress(text.encode())
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IEND" + struct.pack(">I", zlib.crc32(b"IEND"))


def in_zip(text: str | bytes, name: str = "xl/sharedStrings.xml") -> bytes:
    """An archive (a workbook is one) with a packed member."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return sink.getvalue()


def in_tar(text: str) -> bytes:
    """A packed tar."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = len(text.encode())
        archive.addfile(member, io.BytesIO(text.encode()))
    return sink.getvalue()


def _noise(text: str) -> str:
    """A text among others, so that nothing begins or ends with it."""
    return f"before it; {text} and after"


FILES: Final[Mapping[str, Callable[[str], bytes]]] = {
    "plain": lambda t: _noise(t).encode(),
    "latin-1": lambda t: ("ñ " + _noise(t)).encode("latin-1", "replace"),
    "UTF-16, little end first": lambda t: _noise(t).encode("utf-16-le"),
    "UTF-16, big end first": lambda t: b"\0" + _noise(t).encode("utf-16-be"),
    "base64": lambda t: b"data:;base64," + base64.b64encode(_noise(t).encode()),
    "base64, one later": lambda t: b"x " + base64.b64encode(b"1" + _noise(t).encode()),
    "base64, two later": lambda t: b"x " + base64.b64encode(b"12" + _noise(t).encode()).rstrip(b"="),
    "base64 of addresses": lambda t: b"?q=" + base64.urlsafe_b64encode("ÿ¿þ".encode() + _noise(t).encode()),
    "base64 of UTF-16": lambda t: base64.b64encode(_noise(t).encode("utf-16-le")),
    "base64 of base64": lambda t: base64.b64encode(base64.b64encode(_noise(t).encode())),
    "base64 of gzip": lambda t: b'"' + base64.b64encode(gzip.compress(_noise(t).encode())) + b'"',
    "hexadecimal": lambda t: _noise(t).encode().hex().encode(),
    "hexadecimal, capitals": lambda t: _noise(t).encode().hex().upper().encode(),
    "hexadecimal, a digit before": lambda t: b"0x7" + _noise(t).encode().hex().encode(),
    "address": lambda t: urllib.parse.quote(_noise(t), safe="").encode(),
    "address of a form": lambda t: urllib.parse.urlencode({"q": _noise(t)}).encode(),
    "address, each letter": lambda t: "".join(f"%{b:02X}" for b in _noise(t).encode()).encode(),
    "HTML": lambda t: html.escape(f"<p>{_noise(t)}</p>").encode(),
    "HTML, each letter": lambda t: "".join(f"&#{ord(c)};" for c in _noise(t)).encode(),
    "HTML, hexadecimal": lambda t: "".join(f"&#x{ord(c):x};" for c in _noise(t)).encode(),
    "JSON": lambda t: json.dumps({"v": _noise(t)}).encode(),
    "JSON in JSON": lambda t: json.dumps({"v": json.dumps([_noise(t)])}).encode(),
    "JSON, each letter": lambda t: "".join(f"\\u{ord(c):04x}" for c in _noise(t)).encode(),
    "mail": lambda t: "".join(f"={b:02X}" for b in _noise(t).encode()).encode(),
    "gzip": lambda t: gzip.compress(_noise(t).encode()),
    "zlib": lambda t: zlib.compress(_noise(t).encode()),
    "zip": lambda t: in_zip(_noise(t)),
    "zip in zip": lambda t: in_zip(in_zip(_noise(t)), "inner.zip"),
    "tar": lambda t: in_tar(_noise(t)),
    "SVG": lambda t: f'<svg><title>{t}</title><path d="M0 0L1 1"/></svg>'.encode(),
    "PNG, plain": lambda t: in_png(b"tEXt", t),
    "PNG, packed": lambda t: in_png(b"zTXt", t),
    "PNG, packed and tagged": lambda t: in_png(b"iTXt", t),
    "SQLite": lambda t: in_sqlite(_noise(t)),
    "SQLite, packed": lambda t: in_sqlite(zlib.compress(_noise(t).encode())),
    "DuckDB": in_duckdb,
    "DuckDB, a view": in_duckdb_view,
    "Parquet": lambda t: in_parquet([_noise(t), "other"]),
    "Parquet, a list": lambda t: in_parquet([[t, "other"]]),
    "Parquet, a record": lambda t: in_parquet([{"a": {"b": t}}]),
    "Parquet, its description": in_parquet_metadata,
}
"""Kinds of files and encodings, each with a text in it."""

HASHES: Final = ("md5", "sha1", "sha256", "sha512")


def hashes(text: str) -> list[bytes]:
    """Hashes without a salt, of a text and of its small and capital letters, whole and cut short, in three writings."""
    found = []
    for name in HASHES:
        for form in (text, text.lower(), text.upper()):
            digest = hashlib.new(name, form.encode(), usedforsecurity=False)
            found += [
                digest.hexdigest().encode(),
                digest.hexdigest().upper().encode(),
                base64.b64encode(digest.digest()),
            ]
            found.append(f"id-{digest.hexdigest()[:16]}".encode())
    return found


def stored(kind: str, text: str) -> list[bytes]:
    """A number as databases and files store it, among other bytes."""
    form = ("q", int(text)) if kind == "whole" else ("d", float(text))
    eight = [struct.pack(f"{end}{form[0]}", form[1]) for end in "<>"]
    return [b"\x01\0\x02" + one + b"\x03\0" for one in eight] + [
        in_parquet([form[1]], use_dictionary=False, write_statistics=False)
    ]
