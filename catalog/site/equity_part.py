"""For whom a measure is as it is, in words: by fifths of the areas in need, against the residents, with how sure.

Belongs here: the sentences and rows of that part of a page. Does not belong here: the numbers (``catalog.equity``). A
difference is only told where its interval leaves out chance, and never as a cause; what cannot be worked out says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from catalog import equity
from catalog.equity import Adjusted, ByIndex, Equity
from catalog.measured import Measured
from catalog.site.site import Site
from catalog.site.speech import Speech
from contracts.measure import GAPS_PRODUCT, Measure
from transforms.statistics.comparisons import Comparison
from transforms.statistics.equity import Fifth
from transforms.statistics.gap_table import HIDDEN, SEASON
from transforms.statistics.reasons import NotComputed, Reason

INDICES: Final = "district_indices"
"""The product that holds the indices of the areas."""

OTHERS: Final = 12
"""Areas of a table shown at once, those furthest from their share of the residents first."""


@dataclass(frozen=True)
class Row:
    """One comparison: what is compared, the figure, how sure, and whether chance alone could have made it."""

    label: str
    value: str
    interval: str
    is_clear: bool | None = None


@dataclass(frozen=True)
class FifthRow:
    """One fifth of the areas."""

    label: str
    areas: int
    value: str
    interval: str
    cases: str


@dataclass(frozen=True)
class IndexPart:
    """A measure along one index."""

    name: str
    said: str
    fifths: tuple[FifthRow, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class EquityPart:
    """All of it. ``why_none`` says why there is nothing to compare by need, where there is not."""

    measure: Measure
    months: str
    indices: tuple[IndexPart, ...]
    areas: tuple[Row, ...]
    more_areas: tuple[Row, ...]
    notes: tuple[str, ...]
    why_none: str


def equity_part(site: Site, measured: Measured | None, speech: Speech) -> EquityPart | None:
    """The part of a measure's page; None where the measure is no share or rate, or has no figures by area."""
    if measured is None:
        return None
    places, gaps = site.catalog.products.get(INDICES), site.catalog.products.get(GAPS_PRODUCT)
    indices = equity.read_indices(places.current) if places and places.current else ()
    adjusted = equity.read_gaps(gaps.current, measured.measure) if gaps and gaps.current and indices else {}
    found = equity.weigh(measured, indices, adjusted)
    if found is None:
        return None
    words = _Words(measured.measure, found, speech)
    areas = words.areas()
    return EquityPart(
        measure=measured.measure,
        months=words.months,
        indices=tuple(words.along(one) for one in found.by_index),
        areas=areas[:OTHERS],
        more_areas=areas[OTHERS:],
        notes=words.notes(),
        why_none=words.why_none(bool(indices)),
    )


class _Words:
    """The words for one measure in one language."""

    def __init__(self, measure: Measure, found: Equity, speech: Speech) -> None:
        self.measure = measure
        self.found = found
        self.speech = speech
        self.t = speech.gettext
        self.is_rate = found.kind == "rate"
        self.months = _months(found.first, found.last, speech)

    # one index

    def along(self, one: ByIndex) -> IndexPart:
        t = self.t
        index = one.index
        notes = [
            t("Index: %(name)s, %(year)s (%(unit)s).") % {"name": index.name, "year": index.year, "unit": index.unit}
        ]
        if index.source:
            notes.append(t("Source of the index: %(source)s.") % {"source": index.source.rstrip(".")})
        notes.append(
            t(
                "As counted, the fifths' intervals tell the chance of counting alone. The line through all areas and"
                " the adjusted gap also allow for how areas differ among themselves."
            )
        )
        notes += self._adjusted_notes(one.adjusted)
        return IndexPart(
            name=index.name,
            said=self._said(one),
            fifths=tuple(self._fifth(fifth) for fifth in one.fifths),
            rows=tuple(self._rows(one)),
            notes=tuple(notes),
        )

    def _said(self, one: ByIndex) -> str:
        """The gap as a sentence. Without an adjusted one it is told only where the line through all areas agrees."""
        t = self.t
        told = one.adjusted
        if told is not None and told.ratio is not None and told.difference is not None:
            of = told.ratio if self.is_rate else told.difference
            clear, like = of.significant, True
        elif not isinstance(one.gap, NotComputed) and not isinstance(one.slope, NotComputed):
            of = one.gap.ratio if self.is_rate else one.gap.difference
            clear, like = of.significant and one.slope.index.significant, False
        else:
            return t("The areas most and least in need cannot be compared.")
        words = {"months": self.months, "value": self._size(of), "interval": self._ends(of)}
        if not clear:
            return (
                t("%(months)s: no difference between the areas most and least in need can be told apart from chance.")
                % words
            )
        if self.is_rate and like:
            pattern = t(
                "%(months)s: the figure of the areas most in need was %(value)s times that of the areas least in"
                " need (%(interval)s), like compared with like."
            )
        elif self.is_rate:
            pattern = t(
                "%(months)s: the figure of the areas most in need was %(value)s times that of the areas least in"
                " need (%(interval)s)."
            )
        elif like:
            pattern = t(
                "%(months)s: the areas most in need stood %(value)s points from the areas least in need"
                " (%(interval)s), like compared with like."
            )
        else:
            pattern = t(
                "%(months)s: the areas most in need stood %(value)s points from the areas least in need (%(interval)s)."
            )
        return pattern % words

    def _fifth(self, fifth: Fifth) -> FifthRow:
        t = self.t
        names = {
            1: t("most in need"),
            2: t("second fifth"),
            3: t("middle fifth"),
            4: t("fourth fifth"),
            5: t("least in need"),
        }
        return FifthRow(
            label=names[fifth.fifth],
            areas=fifth.areas,
            value="" if fifth.value is None else self._figure(fifth.value),
            interval="" if fifth.low is None or fifth.high is None else self._between(fifth.low, fifth.high),
            cases=self.speech.num(fifth.numerator if self.is_rate else fifth.denominator),
        )

    def _rows(self, one: ByIndex) -> list[Row]:
        t = self.t
        rows = []
        if isinstance(one.gap, NotComputed):
            rows.append(Row(t("Most in need against least in need"), self.why(one.gap.reason), ""))
        else:
            label = self._in_unit(t("Most in need minus least in need"))
            rows.append(self._as_counted(t("Most in need divided by least in need"), one.gap.ratio, 2))
            rows.append(self._as_counted(label, one.gap.difference, None))
        if isinstance(one.slope, NotComputed):
            rows.append(Row(t("Line through all areas"), self.why(one.slope.reason), ""))
        else:
            rows.append(self._row(self._in_unit(t("Slope index: along all areas")), one.slope.index, None))
            rows.append(self._row(t("Relative index: along all areas"), one.slope.relative, 2))
        told = one.adjusted
        if told is not None and told.ratio is not None and told.difference is not None:
            ratio = t("Adjusted ratio of rates") if self.is_rate else t("Adjusted ratio of odds")
            rows.append(self._row(ratio, told.ratio, 2))
            rows.append(self._row(self._in_unit(t("Adjusted difference")), told.difference, None))
        elif told is not None:
            rows.append(Row(t("Adjusted gap"), self.why_text(told.reason), ""))
        if one.demographic is not None and not isinstance(one.demographic, NotComputed):
            rows.append(self._points(t("Share of the group in need: where the records are, minus in the city (points)"),
                                     one.demographic.difference))  # fmt: skip
        return rows

    def _adjusted_notes(self, told: Adjusted | None) -> list[str]:
        t = self.t
        if told is None:
            return [t("No gap with like compared to like is published for it.")]
        if told.ratio is None:
            return []
        named = ", ".join(t("calendar month") if name == SEASON else name for name in told.adjusted_for)
        said = t("Adjusted for: %(what)s; the areas' likeness within themselves is allowed for (%(areas)s areas).") % {
            "what": named or t("nothing else that varies"),
            "areas": self.speech.num(told.areas),
        }
        return [
            said,
            t("An adjusted gap is what remains when like is compared with like. It is not the effect of anything."),
        ]

    # the areas against the residents

    def areas(self) -> tuple[Row, ...]:
        """Each area's share of the records against its share of the residents, the furthest apart first."""
        found = self.found.geographic
        if found is None or isinstance(found, NotComputed):
            return ()
        ordered = sorted(found, key=lambda d: (-round(abs(d.difference.value or 0.0), 9), d.area))
        return tuple(self._points(self.found.names[d.area], d.difference) for d in ordered)

    def notes(self) -> tuple[str, ...]:
        t = self.t
        found = [
            t(
                "Residents are those that the city gives for its areas; who commutes, visits or was not counted is not"
                " among them."
            )
            if self.is_rate
            else t("The share is of the cases on record, not of the residents."),
            t("Records tell who reported, by which channel, and not who needed it: some residents ask more readily."),
        ]
        if self.found.hidden:
            found.append(
                t("Left out, because a month of theirs is hidden: %(areas)s.") % {"areas": ", ".join(self.found.hidden)}
            )
        return tuple(found)

    def why_none(self, has_indices: bool) -> str:
        if self.found.by_index:
            return ""
        if has_indices:
            return self.t("None of the areas that the city's index ranks has a figure here.")
        return self.t("The city has no index of its areas' needs in this catalogue, so nothing is compared by need.")

    # sayings

    def _row(self, label: str, told: Comparison, digits: int | None) -> Row:
        if told.value is None:
            return Row(label, self.t("not defined: it divides by 0"), "")
        return Row(label, self._number(told.value, digits), self._ends(told, digits), told.significant)

    def _as_counted(self, label: str, told: Comparison, digits: int | None) -> Row:
        """A comparison whose interval knows the chance of counting alone: nothing is said of what chance could do."""
        return replace(self._row(label, told, digits), is_clear=None)

    def _points(self, label: str, told: Comparison) -> Row:
        high = None if told.high is None else 100 * told.high
        scaled = Comparison(100 * (told.value or 0.0), 100 * told.low, high, told.significant)
        return self._row(label, scaled, 1)

    def _size(self, told: Comparison) -> str:
        return self._number(told.value or 0.0, 2 if self.is_rate else 1)

    def _ends(self, told: Comparison, digits: int | None = 2) -> str:
        shown = digits if self.is_rate or digits is None else min(digits, 2)
        low = self._number(told.low, shown)
        if told.high is None:
            return self.t("%(low)s or more") % {"low": low}
        return self.t("%(low)s to %(high)s") % {"low": low, "high": self._number(told.high, shown)}

    def _between(self, low: float, high: float) -> str:
        return self.t("%(low)s to %(high)s") % {"low": self._figure(low), "high": self._figure(high)}

    def _figure(self, value: float) -> str:
        return self._number(value, None)

    def _number(self, value: float, digits: int | None) -> str:
        return self.speech.figure(value, (2 if self.is_rate else 1) if digits is None else digits)

    def _in_unit(self, label: str) -> str:
        unit = self.speech.plain(self.measure.unit) if self.is_rate else self.t("points")
        return f"{label} ({unit})"

    def why_text(self, reason: str) -> str:
        """Why the city's product holds no adjusted gap."""
        if reason == HIDDEN:
            return self.t("Cannot be worked out: one of its counts is hidden.")
        known = next((r for r in Reason if r.value == reason), None)
        return self.why(known) if known is not None else self.t("Cannot be worked out.")

    def why(self, reason: Reason) -> str:
        """Why a comparison could not be worked out."""
        t = self.t
        return {
            Reason.TOO_FEW_CASES: t("Cannot be worked out: there are too few cases."),
            Reason.ONE_GROUP: t("Cannot be worked out: only one group has cases."),
            Reason.NO_OVERLAP: t("Cannot be worked out: the groups have no kind of case in common."),
            Reason.SEPARATION: t("Cannot be worked out: a kind of case always or never has the outcome."),
            Reason.NO_VARIATION: t("Cannot be worked out: all areas are equally in need."),
        }.get(reason, t("Cannot be worked out."))


def _months(first: date, last: date, speech: Speech) -> str:
    if first == last:
        return speech.month(last)
    return speech.gettext("%(first)s to %(last)s") % {"first": speech.month(first), "last": speech.month(last)}
