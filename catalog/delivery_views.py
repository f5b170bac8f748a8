"""What a source's page is handed of its deliveries: where they come from, what they hold, what changed.

Belongs here: the shapes. Does not belong here: what a tier may see of them (``catalog.deliveries``), the source as a
whole (``catalog.views``).
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts.model import Text
from contracts.shapes import Value, Weight


@dataclass(frozen=True)
class ChangeView:
    """Something that changed in a source since the delivery before, told without any value."""

    weight: Weight
    text: Text


@dataclass(frozen=True)
class ValueShare:
    """A value of a column and the share of the records that hold it; the rare ones together, without a name."""

    value: str
    share: float


@dataclass(frozen=True)
class ShapeColumnView:
    """A column as the last accepted delivery holds it.

    Attributes:
        name: In the contract.
        title: In plain words.
        type: Its logical type.
        empty: Share of the records that hold nothing there.
        distinct: Different values, where few enough records were looked at to know.
        at_least: Whether there may be more of them.
        low: The lowest number or date.
        high: The highest.
        shares: The most frequent values, where there are few.
        more: How many other values there are that are not rare.
        rare: Whether there are values too rare to be told.
    """

    name: str
    title: Text
    type: str
    empty: float | None
    distinct: int
    at_least: bool
    low: Value | None = None
    high: Value | None = None
    shares: tuple[ValueShare, ...] = ()
    more: int = 0
    rare: bool = False


@dataclass(frozen=True)
class Origin:
    """Where a source's records come from: the connector, and the address without anything secret."""

    connector: str
    address: str
    dataset: str
