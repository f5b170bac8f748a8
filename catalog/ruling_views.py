"""What a page is handed of people's decisions.

Belongs here: the shape. Does not belong here: what a tier may know of it (``catalog.rulings``), whether it counts
(the gate), words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True)
class RulingView:
    """What a person decided about a product, as far as the tier may know it.

    ``rule`` is what a waiver lets pass, ``change`` the contract's version that an approval is for. ``by`` and
    ``reason`` are None where the tier may not know them.
    """

    kind: Literal["waiver", "approval", "review"]
    on: date | None
    until: date | None
    rule: str | None = None
    change: str | None = None
    by: str | None = None
    reason: str | None = None
