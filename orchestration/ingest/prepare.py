"""From raw bytes to a plain UTF-8 file: unpacking with caps, transcoding, refusing what is something else.

Belongs here: what can be told of a file before any record is read (empty, packed, a page of HTML, another
encoding). Does not belong here: records (``record_index``), columns (``columns``).
"""

from __future__ import annotations

import codecs
from pathlib import Path

from contracts import kept
from orchestration.ingest.caps import Caps
from orchestration.ingest.dialect import CODECS, Dialect
from orchestration.ingest.formats import the_format
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.unpack import unpack

CHUNK = 1 << 20
HEAD = 4096
COMPOUND = b"\xd0\xcf\x11\xe0"
SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "a gzip file"),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet (XLSX, ODS)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (COMPOUND, "an old spreadsheet (XLS)"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
)
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def prepare(raw: Path, dialect: Dialect, work: Path, caps: Caps) -> Path:
    """The file to read: ``raw`` itself where it is plain UTF-8, else a plain copy under ``work``.

    Args:
        raw: The kept bytes.
        dialect: What the source declares.
        work: Folder for the copy.
        caps: Limits on what is unpacked.

    Raises:
        Refusal: Empty, not what was promised, cut off, a bomb, or not in the declared encoding.
        OutsideError: The disk refused.
    """
    head = _head(raw)
    _refuse_nothing(head)
    plain = raw
    if dialect.compression != "none":
        plain = unpack(raw, dialect, work / "unpacked", caps)
        head = _head(plain)
        _refuse_nothing(head)
    form = the_format(dialect.format)
    if form.build == "binary":
        if dialect.format == "xlsx" and head.startswith(COMPOUND):
            raise Refusal(
                "the file is not a spreadsheet (XLSX)",
                found="an old spreadsheet (XLS), or one with a password",
                expected="XLSX without a password",
                hint="ask the publisher to save it as .xlsx without a password.",
            )
        if not head.startswith(form.begins):
            raise _not_promised(head, form.shown)
        return plain
    _refuse_other_forms(head, dialect)
    encoded = dialect.encoding != "utf-8"
    if encoded or dialect.line_ends == "mixed":
        plain = _transcode(plain, work / "plain", dialect, caps)
    return plain


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _refuse_nothing(head: bytes) -> None:
    if not head.strip(codecs.BOM_UTF8 + b" \t\r\n"):
        raise Refusal(
            "the file is empty",
            found=f"{len(head):,} bytes, none of them a record" if head else "0 bytes",
            expected="records",
            hint="ask the publisher for the file again; the last accepted delivery stays in use.",
        )


def _not_promised(head: bytes, promised: str) -> Refusal:
    return Refusal(
        f"the file is not {promised}",
        found=_nature(head) or "something else",
        expected=promised,
        hint="open the address by hand: an error page or another export may have been put there.",
    )


def _nature(head: bytes) -> str | None:
    """What the first bytes say the file is, if it is surely not a table of text."""
    for sign, name in SIGNS:
        if head.startswith(sign):
            return name
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    lower = text[:512].lower()
    if lower.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in lower:
        return "a page of HTML"
    if lower.startswith((b"<?xml", b"<rss", b"<error", b"<!--")):
        return "XML"
    return None


def _refuse_other_forms(head: bytes, dialect: Dialect) -> None:
    if _nature(head):
        raise _not_promised(head, the_format(dialect.format).shown)
    wide = head.startswith(UTF16_MARKS) or head[:200].count(0) * 3 > len(head[:200])
    if wide and dialect.encoding != "utf-16":
        raise _encoding_refusal(dialect, "utf-16")
    if not wide and dialect.encoding == "utf-16":
        raise _encoding_refusal(dialect, "utf-8")
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not wide:
        _refuse_other_text(text, dialect)


def _refuse_other_text(text: bytes, dialect: Dialect) -> None:
    """Refuse CSV where JSON was promised, JSON where CSV was, and a document where lines were."""
    form = the_format(dialect.format)
    if form.build == "fields" and _looks_like_json(text):
        raise Refusal(
            f"the file is not {form.shown}",
            found="JSON",
            expected=form.shown,
            hint="declare format: json or jsonl if the publisher changed the form, or open the address by hand.",
        )
    if form.build == "lines" and text.startswith(b"["):
        raise Refusal(
            f"the file is not {form.shown}",
            found="one JSON array",
            expected="one JSON object on each line",
            hint="declare format: json if the publisher changed the form.",
        )
    if form.build == "document" and not text.startswith((b"{", b"[")):
        raise _not_promised(text, form.shown)


def _looks_like_json(text: bytes) -> bool:
    first = text.split(b"\n", 1)[0]
    return text.startswith((b'{"', b"{ ", b"{\n", b"{\r", b"[{", b"[\n", b"[\r", b"[ ")) or first.strip() in (
        b"{",
        b"[",
        b"{}",
        b"[]",
    )


def _encoding_refusal(dialect: Dialect, likely: str, found: str | None = None) -> Refusal:
    return Refusal(
        "the file is not in the declared encoding",
        found=found or f"most likely {likely}",
        expected=dialect.encoding,
        hint=f"declare encoding: {likely} in the source's server, or ask the publisher for {dialect.encoding}.",
    )


def undeclared_encoding(path: Path, dialect: Dialect) -> Refusal:
    """The refusal of a file that is not UTF-8 though nothing else was declared, with the likely encoding."""
    likely = "latin-1"
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if any(0x80 <= byte <= 0x9F for byte in set(chunk)):
                likely = "windows-1252"
                break
    return _encoding_refusal(dialect, likely)


def _transcode(plain: Path, target: Path, dialect: Dialect, caps: Caps) -> Path:
    """A UTF-8 copy of ``plain``; with mixed line ends declared, each becomes a line feed."""
    decoder = codecs.getincrementaldecoder(CODECS[dialect.encoding])()
    also_utf8 = _Utf8Witness()
    written = 0
    held = ""
    with plain.open("rb") as source, kept.step("transcode", target), target.open("wb") as out:
        while True:
            chunk = source.read(CHUNK)
            also_utf8.take(chunk)
            try:
                text = held + decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                at = source.tell() - len(chunk) + error.start
                found = f"a byte that {dialect.encoding} does not have, at offset {at:,}"
                raise _encoding_refusal(dialect, "windows-1252", found) from error
            held = ""
            if dialect.line_ends == "mixed":
                if chunk and text.endswith("\r"):
                    text, held = text[:-1], "\r"
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            data = text.encode("utf-8")
            written += len(data)
            if written > caps.unpacked_bytes:
                raise Refusal("a file is too large", found=f"more than {caps.unpacked_bytes:,} bytes")
            out.write(data)
            if not chunk:
                break
    if dialect.encoding in ("latin-1", "windows-1252") and also_utf8.holds:
        raise _encoding_refusal(dialect, "utf-8")
    return target


class _Utf8Witness:
    """Notices bytes that are UTF-8 beyond ASCII although a one-byte encoding was declared."""

    def __init__(self) -> None:
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.possible = True
        self.beyond_ascii = False

    def take(self, chunk: bytes) -> None:
        if self.possible:
            try:
                self.beyond_ascii |= not self.decoder.decode(chunk, final=not chunk).isascii()
            except UnicodeDecodeError:
                self.possible = False

    @property
    def holds(self) -> bool:
        return self.possible and self.beyond_ascii
