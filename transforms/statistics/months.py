"""The months of a measure, as the seasonal and the year's figures read them.

Belongs here: one month's figure, months laid out without a hole. Does not belong here: reading data, formulas.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Month:
    """One month of a measure.

    Attributes:
        month: Any day of it.
        value: The figure, in the measure's unit; None where it is not known.
        numerator: What the figure counts, where it is counted.
        denominator: What it is counted out of: cases, residents.
    """

    month: date
    value: float | None
    numerator: float | None = None
    denominator: float | None = None


def number_of(day: date) -> int:
    """Months since the year 0, so that neighbours differ by one."""
    return day.year * 12 + day.month - 1


def first_day(number: int) -> date:
    """The first day of a month by its number."""
    return date(number // 12, number % 12 + 1, 1)


def known_values(months: Sequence[Month]) -> dict[int, float]:
    """The known values by the month's number, the oldest first.

    Raises:
        ValueError: A month stands there twice, or a value is infinite.
    """
    found: dict[int, float] = {}
    seen: set[int] = set()
    for month in months:
        number = number_of(month.month)
        if number in seen:
            raise ValueError(f"the month {month.month:%Y-%m} stands there twice")
        seen.add(number)
        if month.value is None or math.isnan(month.value):
            continue
        if math.isinf(month.value):
            raise ValueError(f"the value of {month.month:%Y-%m} is infinite")
        found[number] = float(month.value)
    return dict(sorted(found.items()))
