"""Records out of a file by number: their bytes, copied in blocks.

Belongs here: copying extents that the record index gave. Does not belong here: what the bytes mean.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np

from orchestration.ingest.record_index import Bytes, Positions, RecordIndex

BLOCK = 16 << 20
LONG = 4096
"""Extents of this length on average are copied one by one; shorter ones are gathered in blocks."""


def copy_records(path: Path, index: RecordIndex, records: Positions, target: Path, line_end: bytes) -> None:
    """Write the bytes of ``records`` (numbers in order) of the file at ``path`` to ``target``, each whole.

    The last record of a file may lack its line end; it gets ``line_end``.
    """
    begins, ends = _joined(*index.extents(records))
    data = np.memmap(path, np.uint8, mode="r") if path.stat().st_size else np.empty(0, np.uint8)
    with target.open("wb") as out:
        if len(begins) and int((ends - begins).mean()) >= LONG:
            for begin, end in zip(begins, ends, strict=True):
                for at in range(int(begin), int(end), BLOCK):
                    out.write(data[at : min(at + BLOCK, int(end))].data)
        else:
            _gather(data, begins, ends, out)
        if len(ends) and data[ends[-1] - 1] not in (10, 13):
            out.write(line_end)


def _joined(begins: Positions, ends: Positions) -> tuple[Positions, Positions]:
    """Neighbouring extents as one."""
    if not len(begins):
        return begins, ends
    gap = begins[1:] != ends[:-1]
    return begins[np.append(True, gap)], ends[np.append(gap, True)]


def _gather(data: Bytes, begins: Positions, ends: Positions, out: BinaryIO) -> None:
    """Copy many short extents: the position of every byte to take is computed, a block at a time."""
    lengths = ends - begins
    behind = np.cumsum(lengths)
    done = 0
    while done < len(begins):
        reached = behind[done - 1] if done else 0
        upto = max(done + 1, int(np.searchsorted(behind, reached + BLOCK, side="right")))
        count = lengths[done:upto]
        total = int(count.sum())
        within = np.arange(total) - np.repeat(np.cumsum(count) - count, count)
        out.write(data[np.repeat(begins[done:upto], count) + within].data)
        done = upto


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
