"""A measure's figures as they are said: with unit, decimals, and how sure they are.

Belongs here: one figure in words. Does not belong here: sentences (``sentences``, ``city_sentences``), numbers in
general (``catalog.numbers``).
"""

from __future__ import annotations

import math

from catalog import numbers
from catalog.answer.figures import is_percent
from catalog.language import Translator
from contracts.city import ProblemMeasure
from contracts.model import Text

COARSE_FROM = 4.0
"""Intervals at least this wide, in the measure's unit, are told in whole numbers: more digits say nothing."""


class FigureWords:
    """How one measure's figures are said in one language.

    Args:
        measure: The measure.
        translator: The page's language.
        digits: Decimals of its figures.
    """

    def __init__(self, measure: ProblemMeasure, translator: Translator, digits: int) -> None:
        self.measure = measure
        self.translator = translator
        self.digits = digits
        self.language = translator.language

    def own(self, text: Text) -> str:
        """A text of the city's, in the page's language or that language without its country."""
        return text.to(self.language if text.has(self.language) else self.language.partition("-")[0])

    def bare(self, value: float, digits: int | None = None) -> str:
        """A figure without its unit, but with the sign of a percentage: 8.6, 71%."""
        shown = self.digits if digits is None else digits
        if is_percent(self.measure):
            return numbers.percent(value, self.language, shown)
        return numbers.decimal(value, self.language, shown)

    def mean_digits(self, largest: float) -> int:
        """Decimals of a mean: one more than whole figures have, where it is small."""
        return 1 if self.digits == 0 and abs(largest) < 100 else self.digits

    def usual(self, value: float, upper: float) -> str:
        """A level or a limit: a mean."""
        return self.bare(value, self.mean_digits(upper))

    def full(self, value: float, digits: int | None = None) -> str:
        """A figure with its unit: 8.6 days, 71%."""
        shown = self.digits if digits is None else digits
        if is_percent(self.measure):
            return numbers.percent(value, self.language, shown)
        if self.measure.unit.default.strip().lower() in {"days", "day"}:
            return numbers.days(value, self.language, shown, trim=False)
        return f"{numbers.decimal(value, self.language, shown)} {self.own(self.measure.unit)}".strip()

    def brief(self, value: float) -> str:
        """A figure after its unit was said: 8.6 days, 71%, and of other units the number alone."""
        is_days = self.measure.unit.default.strip().lower() in {"days", "day"}
        return self.full(value) if is_days else self.bare(value)

    def sure(self, value: float, ends: tuple[float, float] | None, *, briefly: bool = False) -> str:
        """A figure with its unit and how sure it is: 8.6 days (between 7.9 and 9.4)."""
        said = self.brief(value) if briefly else self.full(value)
        if ends is None:
            return said
        low, high = (self._end(end, ends) for end in ends)
        if low == high:
            return said
        t = self.translator.gettext
        pattern = (
            t("%(value)s (%(low)s or more)") if math.isinf(ends[1]) else t("%(value)s (between %(low)s and %(high)s)")
        )
        return pattern % {"value": said, "low": low, "high": high}

    def _end(self, end: float, ends: tuple[float, float]) -> str:
        """An end of an interval; of a wide one without decimals, unless that moves the target to its other side."""
        low, high = ends
        target = self.measure.target
        if math.isinf(end):
            return ""
        if high - low < COARSE_FROM or math.isinf(high):
            return self.bare(end)
        if target is not None and any((round(e) < target) != (e < target) or round(e) == target != e for e in ends):
            return self.bare(end)
        if is_percent(self.measure):
            return numbers.percent(end, self.language, 0)
        return numbers.decimal(end, self.language, 0)

    def relied(self, said: str, few: bool) -> str:
        """A figure as it is said; with the word for it where too few cases stand behind it to rely on it."""
        return self.translator.gettext("%(figure)s (unreliable)") % {"figure": said} if few else said

    def target(self) -> str:
        """The target with its unit and no more decimals than it was set with."""
        return self.full(self.measure.target or 0.0, self._target_digits())

    def brief_target(self) -> str:
        """The target after its unit was said."""
        is_days = self.measure.unit.default.strip().lower() in {"days", "day"}
        return self.target() if is_days else self.short_target()

    def short_target(self) -> str:
        """The target without its unit."""
        value = self.measure.target or 0.0
        if is_percent(self.measure):
            return self.full(value, self._target_digits())
        return numbers.decimal(value, self.language, self._target_digits())

    def _target_digits(self) -> int:
        value = self.measure.target or 0.0
        return next(d for d in range(7) if d == 6 or round(value, d) == value)
