"""What a line over months is made of, with every word already in the page's language.

Belongs here: the shape. Does not belong here: the drawing (``line``), limits, signals, sentences (``catalog.answer``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Mark:
    """One month of the line.

    Attributes:
        period: First day of the month.
        value: The figure; None draws a gap.
        signal: Ringed: beyond what is usual, on the side that is worse.
        good: Ringed on the side that is better.
        ringed: Ringed where no side is better.
        low: Lower end of the figure's interval, where it is published.
        high: Upper end of it.
        few: Crossed: too few cases stand behind the figure to rely on it.
    """

    period: date
    value: float | None
    signal: bool = False
    good: bool = False
    ringed: bool = False
    low: float | None = None
    high: float | None = None
    few: bool = False

    @property
    def is_ringed(self) -> bool:
        """Whether the month is outside of what is usual, or part of the signal that is told."""
        return self.signal or self.good or self.ringed

    @property
    def side(self) -> str:
        """The class of what marks the month; empty where no side is better or nothing is marked."""
        return "worse" if self.signal else "better" if self.good else ""


@dataclass(frozen=True)
class Year:
    """What a year as a whole is foretold to come to: a dashed line over its months, in the band of how sure that is.

    Attributes:
        first: Place of the mark of its first month that is shown.
        last: Place of the mark of its last month.
        value: The year's figure.
        low: Lower end of its interval.
        high: Upper end.
        label: Beside its line: "2026: 5.8".
    """

    first: int
    last: int
    value: float
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class LineChart:
    """What a line chart needs, with every word already in the page's language.

    Attributes:
        id: Unique in the page; title and description get ids made from it.
        title: What the picture shows (read by screen readers).
        description: What the picture says, in a sentence or two (read by screen readers).
        marks: The months, in order, without a hole in the calendar.
        language: For the numbers and months of the axes.
        centre: The usual level.
        lower: Lower end of the usual range.
        upper: Upper end of the usual range.
        target: The target, in the unit.
        end_label: Beside the last figure: "8.6 days".
        centre_label: "usual 5.1".
        target_label: "target 4".
        signal_label: Over the ringed points: "beyond its usual range since May".
        zero: Whether the axis must begin at 0 (a count, a duration); else it may float.
        year: What the year as a whole is foretold to come to; its months to come have marks without a figure.
    """

    id: str
    title: str
    description: str
    marks: tuple[Mark, ...]
    language: str
    centre: float | None = None
    lower: float | None = None
    upper: float | None = None
    target: float | None = None
    end_label: str = ""
    centre_label: str = ""
    target_label: str = ""
    signal_label: str = ""
    zero: bool = True
    year: Year | None = None

    @property
    def last(self) -> int:
        """Place of the newest figure."""
        return max(i for i, m in enumerate(self.marks) if m.value is not None)

    @property
    def past(self) -> tuple[Mark, ...]:
        """The months up to the newest figure: not those of a year to come."""
        return self.marks[: self.last + 1]

    @property
    def values(self) -> tuple[float | None, ...]:
        """One for each mark."""
        return tuple(m.value for m in self.marks)
