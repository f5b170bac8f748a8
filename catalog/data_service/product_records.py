"""What is known of how well one product serves, month by month: the shapes, which a memory can keep.

Belongs here: the shapes. Does not belong here: reading them off kept files (``recording``), adding up over products
(``figures``), the rule of what was due (``refreshes``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from catalog.data_service.refreshes import Serving


@dataclass(frozen=True)
class Tally:
    """Rules of one dimension in one report: asked and held; checks of single records, and those that held."""

    asked: int = 0
    held: int = 0
    checks: int = 0
    checks_held: int = 0


@dataclass(frozen=True)
class ProductRecord:
    """What is known of one product. Months are their first days, by the city's calendar.

    Attributes:
        served: What was served, the oldest first.
        every: How often newer data is promised.
        published: Releases by the month in which they came out.
        refused: Refused attempts by month.
        ages: How old the newest data was when the month's last release was made, in days.
        tallies: Of the month's last release, by dimension of quality.
    """

    served: tuple[Serving, ...] = ()
    every: timedelta | None = None
    published: Mapping[date, int] = field(default_factory=dict)
    refused: Mapping[date, int] = field(default_factory=dict)
    ages: Mapping[date, float] = field(default_factory=dict)
    tallies: Mapping[date, Mapping[str, Tally]] = field(default_factory=dict)
