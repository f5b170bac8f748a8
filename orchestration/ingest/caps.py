"""Limits that keep a hostile or broken delivery from filling the disk or the memory.

Belongs here: the numbers. Does not belong here: enforcing them (``fetch``, ``prepare``, ``record_index``).
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True)
class Caps:
    """Limits for one delivery. Units: bytes, and a ratio of unpacked to packed bytes.

    The ratio is judged only beyond ``ratio_from`` unpacked bytes, since a small file of equal lines
    packs well and does no harm.
    """

    raw_bytes: int = 64 * GIB
    unpacked_bytes: int = 64 * GIB
    ratio: int = 250
    ratio_from: int = 64 * MIB
    record_bytes: int = 32 * MIB
    workbook_bytes: int = 2 * GIB
