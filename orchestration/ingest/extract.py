"""Records out of a file by number: their bytes, copied in blocks.

Belongs here: copying extents that the record index gave. Does not belong here: what the bytes mean.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import BinaryIO

import numpy as np

from contracts import kept
from orchestration.ingest.record_index import Positions, RecordIndex
from orchestration.ingest.sample import picked

STEP = 1 << 20
BLOCK = 16 << 20
"""Bytes handled at once: copied, and gathered."""
PIECE = 64 << 20
"""Bytes of a file that are read as one piece."""
FEW, LONG = 20_000, 4096
"""Up to so many extents, or of this length on average, are copied one by one; the rest is gathered in blocks."""


def copy_records(path: Path, index: RecordIndex, records: Positions, target: Path, line_end: bytes) -> None:
    """Write the bytes of ``records`` (numbers in order) of the file at ``path`` to ``target``, each whole.

    The last record of a file may lack its line end; it gets ``line_end``.
    """
    begins, ends = _joined(*index.extents(records))
    # Overwritten in place, not truncated first: the system need not find new pages for every piece.
    with (
        kept.step("extract", target),
        path.open("rb", buffering=0) as file,
        os.fdopen(os.open(target, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=1 << 20) as out,
    ):
        if len(begins) <= FEW or int((ends - begins).mean()) >= LONG:
            last = _copy(file, begins, ends, out)
        else:
            last = _gather(file, begins, ends, out)
        if len(ends) and not last.endswith((b"\n", b"\r")):
            out.write(line_end)
        out.truncate()


def _copy(file: FileIO, begins: Positions, ends: Positions, out: BinaryIO) -> bytes:
    """Copy long extents one by one; returns the last byte written."""
    buffer = memoryview(bytearray(min(STEP, int((ends - begins).max(initial=1)))))
    last = b""
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        file.seek(begin)
        left = end - begin
        while left > 0 and (read := file.readinto(buffer[: min(STEP, left)])):
            out.write(buffer[:read])
            left -= read
            last = bytes(buffer[read - 1 : read])
    return last


def _without(bad: Positions, first: int, behind: int) -> Positions:
    """Numbers from ``first`` to the one before ``behind``, but for those in ``bad``."""
    everything = np.arange(first, behind)
    here = bad[np.searchsorted(bad, first) : np.searchsorted(bad, behind)]
    return np.delete(everything, here - first) if len(here) else everything


def cut(index: RecordIndex, size: int) -> Iterator[Positions]:
    """The well-formed records in groups of neighbours of some ``size`` bytes; one empty group if there are none."""
    bad = index.malformed()
    given = False
    for first, behind in index.starts.runs(size):
        numbers = _without(bad, first, behind)
        if len(numbers):
            yield numbers
            given = True
    if not given:
        yield np.empty(0, np.int64)


def _joined(begins: Positions, ends: Positions) -> tuple[Positions, Positions]:
    """Neighbouring extents as one."""
    if not len(begins):
        return begins, ends
    gap = begins[1:] != ends[:-1]
    return begins[np.append(True, gap)], ends[np.append(gap, True)]


def _gather(file: FileIO, begins: Positions, ends: Positions, out: BinaryIO) -> bytes:
    """Copy many short extents, a window of the file at a time; returns the last bytes written."""
    done, last = 0, b""
    while done < len(begins):
        start = int(begins[done])
        upto = max(done + 1, int(np.searchsorted(ends, start + BLOCK, side="right")))
        file.seek(start)
        window = np.frombuffer(file.read(int(ends[upto - 1]) - start), np.uint8)
        lengths = ends[done:upto] - begins[done:upto]
        within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        last = window[np.repeat(begins[done:upto] - start, lengths) + within].tobytes()
        out.write(last)
        done = upto
    return last


def some(index: RecordIndex, most: int, size: int = BLOCK) -> Positions:
    """Some ``most`` of the well-formed records, evenly spread, of no more than ``size`` bytes together."""
    numbers = np.setdiff1d(picked(index.count, most), index.malformed(), assume_unique=True)
    if not len(numbers):
        return numbers
    begins, ends = index.extents(numbers)
    fitting = int(np.searchsorted(np.cumsum(ends - begins), size, side="right"))
    # Where they are too many, those at the beginning: taking fewer of all would need them measured again.
    return numbers[:fitting]


def texts(path: Path, index: RecordIndex, records: Positions, limit: int = 1 << 20) -> list[str]:
    """The text of ``records`` as received, without its line end; what is no UTF-8 is written out in hex."""
    found = []
    begins, ends = index.extents(records)
    with path.open("rb") as file:
        for begin, end in zip(begins, ends, strict=True):
            file.seek(int(begin))
            found.append(file.read(min(int(end - begin), limit)).rstrip(b"\r\n").decode("utf-8", "backslashreplace"))
    return found


def line_number(path: Path, offset: int) -> int:
    """The line, from 1, in which the byte at ``offset`` stands."""
    lines, left = 1, offset
    with path.open("rb") as file:
        while left > 0 and (chunk := file.read(min(BLOCK, left))):
            lines += chunk.count(b"\n")
            left -= len(chunk)
    return lines
