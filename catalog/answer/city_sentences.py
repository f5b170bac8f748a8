"""The words of an answer that the whole city's figure opens.

Belongs here: the city's figure against its target, what its chart says, where it is worst. Does not belong here:
deciding what is true (``judgement``, ``certainty``), an area's figure (``sentences``). Every sentence stands whole in
the translations, save the comparison and the clause on the year before.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from catalog import numbers
from catalog.answer.certainty import TargetStanding, against_target, any_apart, has_intervals
from catalog.answer.figures import RELIABLE_FROM
from catalog.answer.judgement import Judged
from catalog.answer.readings import Reading
from catalog.answer.sentences import MOST_NAMED, Wording
from contracts.measure import Measure
from transforms.statistics.seasonal import Change

MOST_ALIKE = 3
"""Areas named one by one where it can't be told which of them is the worst; of more the first is named."""


class CityWording:
    """How the whole city's figure is said in one language.

    Args:
        wording: How the measure's figures are said.
        definition: The governed measure, where it is one.
    """

    def __init__(self, wording: Wording, definition: Measure | None) -> None:
        self.wording = wording
        self.measure = wording.measure
        self.definition = definition
        self.translator = wording.translator
        self.language = wording.language

    def figure(self, city: Reading, before: Change | None) -> str:
        """The first sentence: the city's figure, how sure it is, its month, the target."""
        words = {
            "head": self._head(city),
            "month": self._month(city, before),
            "target": self.wording.brief_target() if self.measure.target is not None else "",
        }
        standing = against_target(self.measure, city)
        by = self.definition.target_by if self.definition else None
        if by is not None and by.replace(day=1) > city.months[-1]:
            return self._ahead(standing) % {**words, "by": numbers.long_day(by, self.language)}
        t = self.translator.gettext
        match standing:
            case "met":
                return t("%(head)s in %(month)s; that meets the target of %(target)s.") % words
            case "missed":
                return t("%(head)s in %(month)s; that misses the target of %(target)s.") % words
            case "close":
                return (
                    t("%(head)s in %(month)s; that is too close to the target of %(target)s to tell whether it is met.")
                    % words
                )
            case "none":
                return t("%(head)s in %(month)s.") % words

    def story(self, area: Reading, others: Sequence[Reading], left_out: int) -> str:
        """The first sentence where an area leads: its figure, its month, the others, since when it is unusual."""
        t = self.translator.gettext
        claim = area.claim
        assert claim is not None, "an area that leads carries a signal"
        words = {
            "head": self.wording.head(area, area.value or 0.0),
            "month": numbers.month(area.months[-1], self.language),
            "comparison": self.wording.comparison(others, left_out),
            "since": self.wording.since(claim.since, area.months[-1]),
        }
        if claim.side == "above":
            pattern = t(
                "%(head)s in %(month)s, %(comparison)s; it has been above its usual range every month since %(since)s."
            )
        else:
            pattern = t(
                "%(head)s in %(month)s, %(comparison)s; it has been below its usual range every month since %(since)s."
            )
        return pattern % words

    def _ahead(self, standing: TargetStanding) -> str:
        """The pattern for a target whose day is still to come."""
        t = self.translator.gettext
        match standing:
            case "met":
                return t("%(head)s in %(month)s; that already meets the target of %(target)s set for %(by)s.")
            case "missed":
                return t("%(head)s in %(month)s; the target set for %(by)s is %(target)s.")
            case "close":
                return t(
                    "%(head)s in %(month)s; that is too close to the target of %(target)s set for %(by)s to tell"
                    " whether it is met already."
                )
            case "none":
                return t("%(head)s in %(month)s.")

    def _head(self, city: Reading) -> str:
        value = self.wording.sure(city.value or 0.0, city.ends)
        phrase = self.definition.city_phrase if self.definition else None
        if phrase and (phrase.has(self.language) or phrase.has(self.language.partition("-")[0])):
            return self.wording.own(phrase).replace("{value}", value)
        return self.translator.gettext("%(title)s: %(value)s across the city") % {
            "title": self.wording.own(self.measure.title),
            "value": value,
        }

    def _month(self, city: Reading, before: Change | None) -> str:
        month = numbers.month(city.months[-1], self.language)
        if before is None:
            return month
        t = self.translator.gettext
        words = {"month": month, "before": self.wording.brief(before.before)}
        if before.difference > 0:
            return t("%(month)s, up from %(before)s a year before") % words
        return t("%(month)s, down from %(before)s a year before") % words

    def signal(self, city: Reading) -> str:
        """The sentence after it: what the chart of the whole city says; a month is told as "that"."""
        t = self.translator.gettext
        claim, xmr = city.claim, city.xmr
        if xmr is None:
            return self.wording.signal(city)
        words = {
            "low": self.wording.usual(xmr.lower, xmr.upper),
            "high": self.wording.usual(xmr.upper, xmr.upper),
            "since": self.wording.since(claim.since, city.months[-1]) if claim else "",
        }
        if claim is None:
            return t("That is within the city's usual range, %(low)s to %(high)s.") % words
        above = claim.side == "above"
        match claim.kind:
            case "limit" if claim.months == 1:
                pattern = (
                    t("That is above the city's usual range, %(low)s to %(high)s.")
                    if above
                    else t("That is below the city's usual range, %(low)s to %(high)s.")
                )
            case "limit":
                pattern = (
                    t("The city has been above its usual range every month since %(since)s.")
                    if above
                    else t("The city has been below its usual range every month since %(since)s.")
                )
            case "level":
                pattern = (
                    t("The city has been above its usual level every month since %(since)s.")
                    if above
                    else t("The city has been below its usual level every month since %(since)s.")
                )
            case "trend":
                pattern = (
                    t("The city's figure has risen every month since %(since)s.")
                    if above
                    else t("The city's figure has fallen every month since %(since)s.")
                )
            case "edge":
                pattern = (
                    t("In two of the last three months the city was close to the top of its usual range.")
                    if above
                    else t("In two of the last three months the city was close to the bottom of its usual range.")
                )
        return pattern % words

    def where(self, judged: Judged) -> str:
        """Where it is worst, or why that cannot be told; empty with fewer than two areas."""
        t = self.translator.gettext
        areas = judged.compared
        if len(judged.areas) < 2:
            return ""
        if areas[0].is_unreliable:
            return t("In every area fewer than %(least)s cases stand behind the figure, too few to compare.") % {
                "least": numbers.integer(RELIABLE_FROM, self.language)
            }
        if len(areas) < 2:
            return t("Only in %(area)s do enough cases stand behind the figure to rely on it.") % {
                "area": areas[0].name
            }
        shown = {self.wording.brief(r.value or 0.0) for r in areas}
        if len(shown) == 1:
            return t("The figure is the same in every area compared.")
        if self.measure.direction == "none":
            return self._ends(areas)
        if self._all_meet(judged):
            return self._all_met(judged)
        return self._worst(judged)

    def _ends(self, areas: Sequence[Reading]) -> str:
        """Of a measure without a better side: from the lowest to the highest."""
        t = self.translator.gettext
        lowest = min(areas, key=lambda r: (r.value or 0.0, r.name))
        words = {
            "low": self.wording.brief(lowest.value or 0.0),
            "lowest": lowest.name,
            "high": self.wording.brief(areas[0].value or 0.0),
            "highest": areas[0].name,
        }
        if has_intervals(areas) and not any_apart(areas):
            return (
                t("The areas, from %(low)s in %(lowest)s to %(high)s in %(highest)s, are too close to tell apart.")
                % words
            )
        return t("The areas ran from %(low)s in %(lowest)s to %(high)s in %(highest)s.") % words

    def _all_meet(self, judged: Judged) -> bool:
        """Whether the city and each of its areas surely met the target, which is already due."""
        city = judged.city
        assert city is not None
        by = self.definition.target_by if self.definition else None
        if by is not None and by.replace(day=1) > judged.period:
            return False
        surely = all(against_target(self.measure, r) == "met" for r in (city, *judged.compared))
        return surely and not judged.missed_outside

    def _all_met(self, judged: Judged) -> str:
        t = self.translator.gettext
        words = {"area": judged.areas[0].name, "value": self.wording.brief(judged.areas[0].value or 0.0)}
        if self.measure.direction == "lower":
            if judged.left_out:
                return t("Every area compared met the target; the highest was %(value)s, in %(area)s.") % words
            return t("Every area met the target; the highest was %(value)s, in %(area)s.") % words
        if judged.left_out:
            return t("Every area compared met the target; the lowest was %(value)s, in %(area)s.") % words
        return t("Every area met the target; the lowest was %(value)s, in %(area)s.") % words

    def _worst(self, judged: Judged) -> str:
        """Where it is worst: one area, one of a few, or nobody can tell."""
        t = self.translator.gettext
        worst, candidates = judged.compared[0], judged.candidates
        high = self.measure.direction == "lower"
        words = {
            "area": worst.name,
            "value": self.wording.brief(worst.value or 0.0),
            "count": numbers.integer(len(candidates), self.language),
        }
        if not has_intervals(judged.compared):
            words["comparison"] = self.wording.comparison(judged.compared[1:], judged.left_out)
            if high:
                return t("%(area)s had the highest figure, %(value)s, %(comparison)s.") % words
            return t("%(area)s had the lowest figure, %(value)s, %(comparison)s.") % words
        if len(candidates) == 1:
            only = candidates[0]
            others = [r for r in judged.compared if r is not only]
            words = {
                "area": only.name,
                "value": self.wording.sure(only.value or 0.0, only.ends, briefly=True),
                "comparison": self.wording.comparison(others, judged.left_out),
            }
            if judged.left_out:
                return t("Of the areas compared it was worst in %(area)s, at %(value)s, %(comparison)s.") % words
            return t("It was worst in %(area)s, at %(value)s, %(comparison)s.") % words
        if len(candidates) < len(judged.compared) and len(candidates) <= MOST_ALIKE:
            named = [
                t("%(area)s (%(value)s)") % {"area": r.name, "value": self.wording.brief(r.value or 0.0)}
                for r in candidates
            ]
            either = {"areas": numbers.either(named, self.language)}
            if judged.left_out:
                return t("Of the areas compared it was worst in %(areas)s: they are too close to tell which.") % either
            return t("It was worst in %(areas)s: they are too close to tell which.") % either
        if len(candidates) < len(judged.compared):
            if high:
                return (
                    t(
                        "Which of %(count)s areas compared was worst cannot be told;"
                        " the highest was %(value)s, in %(area)s."
                    )
                    % words
                )
            return (
                t("Which of %(count)s areas compared was worst cannot be told; the lowest was %(value)s, in %(area)s.")
                % words
            )
        if high:
            return (
                t(
                    "The areas compared are too close to tell where it was worst;"
                    " the highest was %(value)s, in %(area)s."
                )
                % words
            )
        return (
            t("The areas compared are too close to tell where it was worst; the lowest was %(value)s, in %(area)s.")
            % words
        )

    def left_out(self, judged: Judged) -> str:
        """Who is not compared, and why, in one sentence; empty where everybody is."""
        t = self.translator
        running, few = [name for _, name in judged.unreached], [r.name for r in judged.unreliable]
        uncounted = [r.name for r in judged.uncounted]
        parts: list[str] = []
        if len(running) + len(few) + len(uncounted) <= MOST_NAMED:
            parts += [t.gettext("%(area)s (too many cases open; may turn out higher)") % {"area": a} for a in running]
            parts += [t.gettext("%(area)s (too few cases)") % {"area": a} for a in few]
            parts += [t.gettext("%(area)s (number of cases hidden)") % {"area": a} for a in uncounted]
        else:
            if running:
                pattern = t.ngettext(
                    "%(count)s area with too many cases open, which may turn out higher",
                    "%(count)s areas with too many cases open, which may turn out higher",
                    len(running),
                )
                parts.append(pattern % {"count": numbers.integer(len(running), self.language)})
            if few:
                pattern = t.ngettext(
                    "%(count)s area with too few cases", "%(count)s areas with too few cases", len(few)
                )
                parts.append(pattern % {"count": numbers.integer(len(few), self.language)})
            if uncounted:
                pattern = t.ngettext(
                    "%(count)s area whose number of cases is hidden",
                    "%(count)s areas whose number of cases is hidden",
                    len(uncounted),
                )
                parts.append(pattern % {"count": numbers.integer(len(uncounted), self.language)})
        if not parts:
            return ""
        return t.gettext("Not compared: %(areas)s.") % {"areas": numbers.listed(parts, self.language)}

    def gap(self, why: str, month: date) -> str:
        """Why the answer does not open with the whole city's figure; empty where the data has none."""
        t = self.translator.gettext
        if why == "unreached":
            pattern = t("For the whole city no figure can be given for %(month)s yet: too many cases are still open.")
            return pattern % {"month": numbers.month(month, self.language)}
        return t("The figure for the whole city is not shown: it would give away a small count.") if why else ""
