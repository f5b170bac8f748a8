"""Unpacking what was delivered packed: gzip, and one member of a zip archive, bounded at every step.

Belongs here: which member of an archive holds the data, and limits on what comes out. Does not belong here:
the form of an archive (``archive``), what the unpacked bytes are (``prepare``).
"""

from __future__ import annotations

import fnmatch
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from contracts import kept
from orchestration.ingest import archive
from orchestration.ingest.archive import Member, shown
from orchestration.ingest.caps import Caps
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.formats import the_format
from orchestration.ingest.refusal import Refusal

CHUNK = 1 << 20
BESIDE = ("__macosx/", ".ds_store", "thumbs.db")
"""What systems put into archives of their own accord."""


def unpack(raw: Path, dialect: Dialect, target: Path, caps: Caps) -> Path:
    """Write what is packed in ``raw`` to ``target``.

    Raises:
        Refusal: Not packed as declared, torn, hostile, or too large when unpacked.
        OutsideError: The disk refused.
    """
    if dialect.compression == "zip":
        return _from_archive(raw, dialect, target, caps)
    packed = raw.stat().st_size
    unpacked = 0
    with raw.open("rb") as source, kept.step("unpack", target), target.open("wb") as out:
        for piece in _gunzipped(source):
            unpacked += len(piece)
            over_ratio = unpacked > caps.ratio_from and unpacked > packed * caps.ratio
            if unpacked > caps.unpacked_bytes or over_ratio:
                raise Refusal(
                    "a packed file is too large when unpacked",
                    found=f"{packed:,} bytes that unpack to more than {unpacked:,}",
                    expected=f"at most {caps.ratio} times the packed size"
                    if over_ratio
                    else f"at most {caps.unpacked_bytes:,} bytes",
                    hint="ask the publisher what was packed; the last accepted delivery stays in use.",
                )
            out.write(piece)
    return target


def _gunzipped(source: BinaryIO) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    waiting = b""
    members = 0
    while True:
        chunk = waiting or source.read(CHUNK)
        waiting = b""
        if not chunk:
            yield unpacker.flush()
            break
        if unpacker.eof:
            if not chunk.strip(b"\0"):
                continue
            unpacker = zlib.decompressobj(wbits=31)
        try:
            piece = unpacker.decompress(chunk, CHUNK * 4)
        except zlib.error as error:
            raise Refusal(
                "a packed file cannot be unpacked",
                found="no gzip" if not members else "torn or altered bytes",
                expected="gzip, as the source's server declares",
                hint="fetch it again, or declare compression: none.",
            ) from error
        members += 1
        yield piece
        waiting = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
    if not unpacker.eof:
        raise Refusal(
            "a packed file is cut off", found="its end is missing", expected="a whole gzip file", hint="fetch it again."
        )


def _from_archive(raw: Path, dialect: Dialect, target: Path, caps: Caps) -> Path:
    with raw.open("rb") as file:
        if not file.read(2) == b"PK":
            raise Refusal(
                "a packed file cannot be unpacked",
                found="no zip archive",
                expected="zip, as the source's server declares",
                hint="fetch it again, or declare compression: none.",
            )
    member = _chosen(archive.members(raw, caps), dialect)
    with raw.open("rb") as file, kept.step("unpack", target), target.open("wb") as out:
        for piece in archive.unpacked(file, member, caps):
            out.write(piece)
    return target


def _chosen(members: Sequence[Member], dialect: Dialect) -> Member:
    """The one member that holds the data.

    Raises:
        Refusal: None, several, or an archive within the archive.
    """
    there = [m for m in members if not m.is_folder and not _is_beside(m.name)]
    nested = [m.name for m in there if m.name.casefold().endswith(archive.NESTED)]
    if nested:
        raise Refusal(
            "a zip archive holds another archive",
            where=f"member {shown(nested[0])}",
            found=f"{len(nested)} archives within" if len(nested) > 1 else "an archive within",
            expected="the data itself",
            hint="ask the publisher to pack the data once.",
        )
    if dialect.member is not None:
        fits = [m for m in there if fnmatch.fnmatchcase(m.name, dialect.member)]
        wanted = f"one member that fits {dialect.member}"
    else:
        endings = the_format(dialect.format).endings
        fits = [m for m in there if m.name.casefold().endswith(endings)]
        wanted = f"one member that ends in {' or '.join(endings)}"
    if len(fits) == 1:
        return fits[0]
    listed = fits or there
    names = ", ".join(shown(m.name) for m in sorted(listed, key=lambda m: m.name)[:10])
    more = f" and {len(listed) - 10} more" if len(listed) > 10 else ""
    raise Refusal(
        "the data is not one member of the zip archive",
        found=f"{len(fits) or 'none'} of them{': ' if names else ''}{names}{more}"
        if fits
        else f"no such member among {names}{more}"
        if names
        else "an empty archive",
        expected=wanted,
        hint="name the file in member of the source's server.",
    )


def _is_beside(name: str) -> bool:
    folded = name.casefold()
    return folded.startswith(BESIDE[0]) or folded.rsplit("/", 1)[-1] in BESIDE[1:]
