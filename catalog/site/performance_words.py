"""The words of a measure's performance: one cell a question and a subject.

Belongs here: saying a figure, or why there is none. Does not belong here: working it out (``performance``,
``transforms.statistics``), how to read it (``performance_notes``). A status by bands never stands without the signal
beside it, and says its bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from catalog.answer import Reading
from catalog.answer.certainty import against_target, is_beyond_usual
from catalog.answer.figures import is_percent
from catalog.answer.readings import trial_limits
from catalog.answer.sentences import Wording
from catalog.answer.trend import signal_label
from catalog.charts import Mark
from catalog.site.speech import Speech
from catalog.site.words import Standing
from contracts.measure import Measure
from transforms.statistics.performance import score
from transforms.statistics.projection import Projection
from transforms.statistics.reasons import NotComputed, Reason
from transforms.statistics.seasonal import YEAR, Adjustment, Change
from transforms.statistics.xmr import assurance


@dataclass(frozen=True)
class Cell:
    """What is said of one subject: a status where there is one, words, and in smaller type how sure or why."""

    text: str
    note: str = ""
    standing: Standing | None = None


class PerformanceWords:
    """They, for one measure in one language.

    Args:
        measure: The measure.
        wording: How its figures are said.
        speech: The page's language.
    """

    def __init__(self, measure: Measure, wording: Wording, speech: Speech) -> None:
        self.measure = measure
        self.wording = wording
        self.speech = speech
        self.t = speech.gettext
        self.has_target = measure.target is not None and measure.direction != "none"

    # figures

    def plain(self, value: float | None) -> str:
        """A figure without its unit; empty where there is none."""
        return "" if value is None else self.wording.bare(value)

    def count(self, n: float | None) -> str:
        """A number of cases; empty where it is not told."""
        return "" if n is None else self.speech.num(n)

    def interval(self, low: float | None, high: float | None) -> str:
        """How sure a figure is; empty where that is not told."""
        if low is None:
            return ""
        if high is None:
            return self.t("%(low)s or more") % {"low": self.wording.bare(low)}
        return self.t("%(low)s to %(high)s") % {"low": self.wording.bare(low), "high": self.wording.bare(high)}

    def month_signal(self, mark: Mark) -> Standing | None:
        """What the chart marks a month as."""
        side = "worse" if mark.signal else "good" if mark.good else "either" if mark.ringed else ""
        return self.speech.words.signal(side) if side else None

    def figure(self, reading: Reading) -> Cell:
        """The newest figure, how sure it is and what it rests on."""
        said = self.wording.relied(self.wording.sure(reading.value or 0.0, reading.ends), reading.is_unreliable)
        if reading.n is None or self.measure.formula.kind == "count":
            return Cell(said)
        note = self.speech.translator.ngettext(
            "resting on %(cases)s case", "resting on %(cases)s cases", int(reading.n)
        )
        return Cell(said, note % {"cases": self.speech.num(reading.n)})

    # the target

    def target_label(self) -> str:
        """What the row on the target is called."""
        if not self.has_target:
            return self.t("Against the target")
        by = self.measure.target_by
        if by is None:
            return self.t("Against the target of %(target)s") % {"target": self.wording.target()}
        return self.t("Against the target of %(target)s by %(day)s") % {
            "target": self.wording.target(),
            "day": self.speech.day(by),
        }

    def against_target(self, reading: Reading) -> Cell:
        """The status by the stated bands, and whether chance alone could turn it."""
        t = self.t
        if not self.has_target:
            none = t("Neither side is better.") if self.measure.direction == "none" else t("No target is set.")
            return Cell(none)
        if reading.status == "unknown":
            return Cell(t("The target is the whole city's."))
        close = against_target(self.wording.measure, reading) == "close"
        return Cell(
            "",
            t("Too close to tell: the target lies within what the figure may be.") if close else "",
            self.speech.words.against_target(reading.status, True),
        )

    def score(self, reading: Reading) -> Cell:
        """How much of its target a figure reaches."""
        if reading.status == "unknown":
            return Cell(self.t("The target is the whole city's."))
        found = score(reading.value, self.measure.target, self.measure.direction)
        if found is None:
            return Cell(self.t("Cannot be worked out: it divides by 0."))
        return Cell(self.speech.figure(found, 2))

    # the chart of the series

    def signal(self, reading: Reading) -> Cell:
        """Whether the newest figure is unusual for its own series; trial limits judge nothing."""
        t = self.t
        if reading.is_unreliable:
            return Cell(t("too few cases to tell"))
        xmr, claim = reading.xmr, reading.claim
        if xmr is not None:
            usual = t("usual: %(low)s to %(high)s") % {
                "low": self.wording.usual(xmr.lower, xmr.upper),
                "high": self.wording.usual(xmr.upper, xmr.upper),
            }
            if claim is None:
                return Cell(t("within its usual range"), usual)
            side = "either" if claim.bad is None else "worse" if claim.bad else "good"
            said = signal_label(claim, self.wording, reading, self.speech.regional)
            return Cell(said, usual, self.speech.words.signal(side))
        trial = trial_limits(self.wording.measure, reading)
        if trial is None:
            return Cell(t("too few months to tell"))
        note = t("Trial limits from %(months)s months: %(low)s to %(high)s. With twelve they are firm.") % {
            "months": self.speech.num(trial.baseline),
            "low": self.wording.usual(trial.lower, trial.upper),
            "high": self.wording.usual(trial.upper, trial.upper),
        }
        return Cell(t("too few months to tell"), note)

    def assurance(self, reading: Reading) -> Cell:
        """Whether a series like this one meets the target of itself."""
        t = self.t
        if reading.status == "unknown":
            return Cell(t("The target is the whole city's."))
        if reading.xmr is None:
            return Cell(t("Needs twelve months of figures: limits from fewer are on trial."))
        claim = reading.claim
        if claim is not None and claim.kind in ("limit", "level") and claim.months > 1:
            return Cell(t("It has left what is usual, so that what is usual says nothing of the target now."))
        match assurance(reading.xmr, self.measure.target, self.measure.direction):
            case "passes":
                return Cell(
                    "",
                    t("Its whole usual range meets the target."),
                    Standing(t("Consistently meets it"), "●", "good"),
                )
            case "fails":
                return Cell(
                    "",
                    t("Its whole usual range misses the target."),
                    Standing(t("Consistently misses it"), "▲", "poor"),
                )
            case _:
                return Cell(
                    "",
                    t("Its usual range lies on both sides of the target."),
                    Standing(t("Hit and miss"), "◐", "fair"),
                )

    # time

    def year_before(self, change: Change | NotComputed, reading: Reading) -> Cell:
        """The same month a year before, and whether the difference is more than chance."""
        t = self.t
        if isinstance(change, NotComputed):
            return Cell(t("The same month of last year has no figure."))
        words = {
            "before": self.wording.full(change.before),
            "month": self.speech.month(date(change.month.year - 1, change.month.month, 1)),
            "difference": self._difference(abs(change.difference)),
        }
        said = t("%(before)s in %(month)s") % words
        if change.significant is None:
            return Cell(
                said, t("Whether the difference is more than chance cannot be told: no counts stand behind it.")
            )
        if not change.significant:
            return Cell(said, t("The difference may be chance."))
        if not is_beyond_usual(change, reading):
            return Cell(said, t("The counts differ by more than chance, but no more than its months usually do."))
        if change.difference > 0:
            return Cell(said, t("Up by %(difference)s since, which is more than chance.") % words)
        return Cell(said, t("Down by %(difference)s since, which is more than chance.") % words)

    def _difference(self, value: float) -> str:
        if is_percent(self.wording.measure):
            return self.t("%(value)s points") % {"value": self.speech.figure(value, self.wording.digits)}
        return self.wording.full(value)

    def season(self, adjusted: Adjustment | NotComputed, reading: Reading) -> Cell:
        """The newest figure without what its month of the year adds.

        Of two years the last of which has changed, the season is not known: half of it is the change.
        """
        t, known, claim = self.t, reading.known, reading.claim
        if isinstance(adjusted, NotComputed):
            if adjusted.reason is Reason.TWO_SEASONS:
                pattern = self.speech.translator.ngettext(
                    "Needs two whole years of months; there is %(months)s.",
                    "Needs two whole years of months; there are %(months)s.",
                    known,
                )
                return Cell(pattern % {"months": self.speech.num(known)})
            return Cell(t("Needs two whole years without a gap; months are missing."))
        if claim is not None and claim.kind != "edge" and claim.months > 1 and known < 3 * YEAR:
            return Cell(t("Something changed within the two years known, so that no season can be told from it."))
        value = adjusted.adjusted[-1]
        return Cell(
            self.wording.full(value, self.wording.mean_digits(value)),
            t("From %(months)s months: the fewer years, the rougher the season.") % {"months": self.speech.num(known)},
        )

    def year(self, year: Projection | NotComputed) -> Cell:
        """What the year is foretold to come to, and how likely it meets the target."""
        t = self.t
        if isinstance(year, NotComputed):
            if year.reason is Reason.TOO_FEW_CASES:
                return Cell(t("Cannot be foretold: too few cases."))
            return Cell(t("Cannot be foretold yet: that needs twelve months of figures."))
        digits = self.wording.mean_digits(year.high)
        words = {
            "year": str(year.year),
            "value": self.wording.full(year.value, digits),
            "low": self.wording.bare(year.low, digits),
            "high": self.wording.bare(year.high, digits),
            "known": self.speech.num(year.known),
        }
        if year.method == "complete":
            met = year.likelihood is not None and year.likelihood > 0.5
            said = t("%(year)s: %(value)s, all twelve months known.") % words
            if year.likelihood is None:
                return Cell(said)
            return Cell(said, t("That meets the target.") if met else t("That misses the target."))
        same = words["low"] == words["high"]
        pattern = (
            t("%(year)s: %(value)s.") if same else t("%(year)s: probably %(value)s (between %(low)s and %(high)s).")
        )
        return Cell(
            pattern % words,
            " ".join(said for said in (self._likelihood(year.likelihood), self._method(year)) if said),
        )

    def year_label(self, year: Projection) -> str:
        """Beside its line in the chart."""
        return self.t("%(year)s: %(value)s") % {
            "year": str(year.year),
            "value": self.wording.usual(year.value, year.high),
        }

    def _likelihood(self, likelihood: float | None) -> str:
        """A chance as a person says it; nothing between 0 and 1 is called certain."""
        if likelihood is None:
            return ""
        if likelihood < 0.05:
            return self.t("Likelihood of meeting the target: less than 1 in 20.")
        if likelihood > 0.95:
            return self.t("Likelihood of meeting the target: more than 19 in 20.")
        tenths = min(max(round(likelihood * 10), 1), 9)
        return self.t("Likelihood of meeting the target: about %(tenths)s in 10.") % {"tenths": self.speech.num(tenths)}

    def _method(self, year: Projection) -> str:
        if year.method == "season":
            return self.t("Foretold from the last years and their season; %(known)s months are known.") % {
                "known": self.speech.num(year.known)
            }
        return self.t("Foretold from twelve months, which tell no season; %(known)s months are known.") % {
            "known": self.speech.num(year.known)
        }
