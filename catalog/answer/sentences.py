"""The words of an answer.

Belongs here: sentences. Does not belong here: deciding what is true (``figures``). Every sentence stands
whole in the translations, save the comparison, which is a clause of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from catalog import numbers
from catalog.answer.certainty import against_target, any_apart, has_intervals
from catalog.answer.figure_words import FigureWords
from catalog.answer.figures import RELIABLE_FROM
from catalog.answer.readings import Claim, Reading
from catalog.language import Translator
from transforms.statistics.xmr import FIRM_POINTS

MOST_NAMED = 5
"""Areas that a sentence names one by one; of more it says how many they are."""


@dataclass(frozen=True)
class LeftOut:
    """Areas that a comparison leaves out.

    Attributes:
        areas: How many.
        missed: Whether one of them has a figure that misses the target.
    """

    areas: int = 0
    missed: bool = False


class Wording(FigureWords):
    """How one measure's figures are said in one language, in whole sentences."""

    def figure(self, focus: Reading, others: Sequence[Reading], left_out: LeftOut) -> str:
        """The first sentence: the figure, its month, what it stands against."""
        t = self.translator.gettext
        value = focus.value or 0.0
        words = {
            "head": self.head(focus, value),
            "title": self.own(self.measure.title),
            "value": self.full(value),
            "area": focus.name,
            "month": numbers.month(focus.months[-1], self.language),
            "comparison": self.comparison(others, left_out.areas),
            "target": self.target() if self.measure.target is not None else "",
        }
        is_close = against_target(self.measure, focus) == "close"
        if is_close and not others:
            return (
                t("%(head)s in %(month)s; that is too close to the target of %(target)s to tell whether it is met.")
                % words
            )
        if focus.status == "on_target" and not is_close:
            return self._all_met(bool(others) and not left_out.missed, left_out.areas) % words
        if self.measure.direction == "none" and len(others) > 1:
            lowest = min(others, key=lambda r: (r.value or 0.0, r.name))
            words |= {"low": self.full(lowest.value or 0.0), "lowest": lowest.name}
            if words["low"] == words["value"]:
                return t("%(head)s in %(month)s; the figure is the same in every area compared.") % words
            return self._ends(left_out.areas) % words
        if self.measure.target is None:
            pattern = t("%(head)s in %(month)s, %(comparison)s.") if others else t("%(head)s in %(month)s.")
        elif others:
            pattern = t("%(head)s in %(month)s, %(comparison)s; the target is %(target)s.")
        else:
            pattern = t("%(head)s in %(month)s; the target is %(target)s.")
        return pattern % words

    def signal(self, reading: Reading) -> str:
        """The second sentence: what the chart says of the area the first one is about."""
        t = self.translator
        if reading.xmr is None and reading.known >= FIRM_POINTS:
            return t.gettext("Too many months lack a figure to say what is usual.")
        if reading.xmr is None:
            pattern = t.ngettext(
                "With %(months)s month of figures it is too early to say what is usual; twelve are needed.",
                "With %(months)s months of figures it is too early to say what is usual; twelve are needed.",
                reading.known,
            )
            return pattern % {"months": numbers.integer(reading.known, self.language)}
        words = self._signal_words(reading)
        claim = reading.claim
        if claim is not None:  # the area is named: the first sentence may end with another one, or with the target
            return self.elsewhere(reading)
        return t.gettext("The figure for %(area)s is within its usual range, %(low)s to %(high)s.") % words

    def too_close(self, compared: Sequence[Reading], candidates: Sequence[Reading]) -> str:
        """The sentence after a worst figure that other areas' intervals reach; empty where it is surely the worst."""
        t = self.translator.gettext
        if not has_intervals(compared) or len(compared) < 2:
            return ""
        if self.measure.direction == "none":
            return "" if any_apart(compared) else t("The areas' figures are too close to tell apart.")
        if len(candidates) < 2 or len({self.full(r.value or 0.0) for r in compared}) == 1:
            return ""
        if len(candidates) == len(compared):
            return t("The areas' figures are too close to tell which is worst.")
        return t("That is too close to the figures of other areas to call it the worst.")

    def unreached(self, areas: Sequence[str], month: date) -> str:
        """The sentence on areas left out because their figure is still running."""
        pattern = self.translator.gettext(
            "Not compared: %(areas)s, where the figure for %(month)s cannot be given yet and may turn out higher."
        )
        return pattern % {"areas": ", ".join(areas), "month": numbers.month(month, self.language)}

    def unreliable(self, cases: float) -> str:
        """The sentence after a figure with few cases behind it."""
        pattern = self.translator.ngettext(
            "That is unreliable: only %(cases)s case stands behind it.",
            "That is unreliable: only %(cases)s cases stand behind it.",
            int(cases),
        )
        return pattern % {"cases": numbers.decimal(cases, self.language, 0)}

    def few(self, areas: Sequence[str]) -> str:
        """The sentence on areas left out because few cases stand behind their figure."""
        t = self.translator
        if len(areas) > MOST_NAMED:
            pattern = t.gettext(
                "Not compared: %(count)s areas where fewer than %(least)s cases stand behind the figure, too few to"
                " rely on."
            )
        else:
            pattern = t.gettext(
                "Not compared: %(areas)s, where fewer than %(least)s cases stand behind the figure, too few to rely on."
            )
        return pattern % {
            "areas": ", ".join(areas),
            "count": numbers.integer(len(areas), self.language),
            "least": numbers.integer(RELIABLE_FROM, self.language),
        }

    def uncounted(self, areas: Sequence[str]) -> str:
        """The sentence on areas left out because only others tell how many cases they rest on."""
        pattern = self.translator.gettext(
            "Not compared: %(areas)s, where the number of cases behind the figure is hidden."
        )
        return pattern % {"areas": ", ".join(areas)}

    def elsewhere(self, reading: Reading) -> str:
        """The third sentence: another area whose chart says more than the focus area's."""
        claim = reading.claim
        if claim is None or reading.xmr is None:
            return ""
        if claim.kind == "limit" and claim.months == 1:
            t = self.translator.gettext
            pattern = (
                t("The figure for %(area)s is above its usual range, %(low)s to %(high)s.")
                if claim.side == "above"
                else t("The figure for %(area)s is below its usual range, %(low)s to %(high)s.")
            )
        else:
            pattern = self._lasting(claim)
        return pattern % self._signal_words(reading)

    def since(self, month: date, period: date) -> str:
        """A month, with its year where that is not the year of ``period``."""
        if month.year == period.year:
            return numbers.month_name(month, self.language)
        return numbers.month(month, self.language)

    def head(self, focus: Reading, value: float) -> str:
        """An area's figure as a person would say it, with how sure it is."""
        phrase = self.measure.phrase
        if phrase and (phrase.has(self.language) or phrase.has(self.language.partition("-")[0])):
            return self.own(phrase).replace("{area}", focus.name).replace("{value}", self.sure(value, focus.ends))
        return self.translator.gettext("%(title)s: %(value)s in %(area)s") % {
            "title": self.own(self.measure.title),
            "value": self.sure(value, focus.ends),
            "area": focus.name,
        }

    def comparison(self, others: Sequence[Reading], withheld: int) -> str:
        """What the other areas stand at, as a clause."""
        if not others:
            return ""
        t = self.translator.gettext
        values = [r.value for r in others if r.value is not None]
        low, high = self.bare(min(values)), self.bare(max(values))
        words = {"low": low, "high": high, "area": others[0].name}
        if len(others) == 1:
            return t("against %(low)s in %(area)s") % words
        if low == high:
            pattern = (
                t("against %(low)s in the other areas with a published figure")
                if withheld
                else t("against %(low)s elsewhere in the city")
            )
        else:
            pattern = (
                t("against %(low)s to %(high)s in the other areas with a published figure")
                if withheld
                else t("against %(low)s to %(high)s elsewhere in the city")
            )
        return pattern % words

    def _ends(self, left_out: int) -> str:
        """The pattern for a measure without a better side: the highest figure, then the lowest."""
        t = self.translator.gettext
        if left_out:
            return t("%(head)s in %(month)s, the highest of the areas compared; the lowest was %(low)s, in %(lowest)s.")
        return t("%(head)s in %(month)s, the highest of all areas; the lowest was %(low)s, in %(lowest)s.")

    def _all_met(self, several: bool, withheld: int) -> str:
        """The pattern for a month in which even the worst area met the target."""
        t = self.translator.gettext
        if not several:
            return t("%(head)s in %(month)s, which meets the target of %(target)s.")
        if self.measure.direction == "lower":
            if withheld:
                return t(
                    "%(title)s: every area with a published figure met the target of %(target)s in %(month)s; "
                    "the highest was %(value)s, in %(area)s."
                )
            return t(
                "%(title)s: every area met the target of %(target)s in %(month)s; "
                "the highest was %(value)s, in %(area)s."
            )
        if withheld:
            return t(
                "%(title)s: every area with a published figure met the target of %(target)s in %(month)s; "
                "the lowest was %(value)s, in %(area)s."
            )
        return t(
            "%(title)s: every area met the target of %(target)s in %(month)s; the lowest was %(value)s, in %(area)s."
        )

    def _signal_words(self, reading: Reading) -> dict[str, str]:
        assert reading.xmr is not None
        claim = reading.claim
        return {
            "area": reading.name,
            "low": self.usual(reading.xmr.lower, reading.xmr.upper),
            "high": self.usual(reading.xmr.upper, reading.xmr.upper),
            "since": self.since(claim.since, reading.months[-1]) if claim else "",
        }

    def _lasting(self, claim: Claim) -> str:
        """The pattern for a signal that spans months."""
        t = self.translator.gettext
        above = claim.side == "above"
        match claim.kind:
            case "limit":
                if above:
                    return t("%(area)s has been above its usual range every month since %(since)s.")
                return t("%(area)s has been below its usual range every month since %(since)s.")
            case "level":
                if above:
                    return t("%(area)s has been above its usual level every month since %(since)s.")
                return t("%(area)s has been below its usual level every month since %(since)s.")
            case "trend":
                if above:
                    return t("%(area)s has risen every month since %(since)s.")
                return t("%(area)s has fallen every month since %(since)s.")
            case "edge":
                if above:
                    return t("In two of the last three months %(area)s was close to the top of its usual range.")
                return t("In two of the last three months %(area)s was close to the bottom of its usual range.")


def unanswered(reason: str, translator: Translator) -> str:
    """Why there is no answer, for each reason that ``reply`` gives."""
    t = translator.gettext
    match reason:
        case "no_measure":
            return t("No figure answers this question yet: the city has not said how it will be measured.")
        case "no_release":
            return t("This cannot be answered yet: the figures it rests on have not been published.")
        case "withdrawn":
            return t("This cannot be answered now: the data its figures rest on was withdrawn.")
        case "no_figures":
            return t("This cannot be answered: the published data holds no figures for this question.")
        case "none_over":
            return t("This cannot be answered yet: no month of figures is complete.")
        case "all_withheld":
            return t("This cannot be answered: no area has a figure that may be published.")
        case "still_running":
            return t("This cannot be answered yet: too many cases are still open to say how long they take.")
        case _:
            return t("This cannot be answered: the data gives several figures for the same area and month.")
