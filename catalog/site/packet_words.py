"""The words of a stat packet: findings, lines of inquiry, and what the figures leave out.

Belongs here: a sentence for each. Does not belong here: deciding which there are (``catalog.packet``), figures in cells
(``performance_words``). A line of inquiry ends in a question and names no cause.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from catalog import numbers
from catalog.answer import Reading
from catalog.answer.figures import RELIABLE_FROM
from catalog.answer.judgement import Judged
from catalog.answer.reply import digits_for
from catalog.answer.sentences import MOST_NAMED, Wording
from catalog.answer.trend import signal_label
from catalog.packet.findings import Finding
from catalog.packet.gaps import Gaps
from catalog.packet.inquiry import Question
from catalog.packet.standing import Standing
from catalog.site.site import Site
from catalog.site.speech import Speech
from contracts.measure import INDEX_GROUPS, Measure
from contracts.model import Text


def wording_of(standing: Standing, speech: Speech) -> Wording:
    """How the figures of a measure are said, with as many decimals as they need beside each other."""
    reading = standing.measure.reading()
    digits = digits_for(reading, standing.judged) if isinstance(standing.judged, Judged) else 1
    return Wording(reading, speech.regional, digits)


@dataclass(frozen=True)
class Said:
    """A sentence, and the texts of the city that it is woven of."""

    text: str
    names: tuple[Text, ...]


class PacketWords:
    """They, in one language.

    Args:
        site: The tier's site.
        speech: The page's language.
        standings: The measures, for how their figures are said.
    """

    def __init__(self, site: Site, speech: Speech, standings: tuple[Standing, ...]) -> None:
        self.site = site
        self.speech = speech
        self.t = speech.gettext
        self._wordings = {s.measure.id: wording_of(s, speech) for s in standings}

    def signal(self, finding: Finding) -> str:
        """What was found, as a label: "above its usual range since May"."""
        wording = self._wordings[finding.measure.id]
        return signal_label(finding.claim, wording, finding.reading, self.speech.regional)

    def usual(self, finding: Finding) -> str:
        """The range that the signal is judged by; empty where there is none."""
        xmr, wording = finding.reading.xmr, self._wordings[finding.measure.id]
        if xmr is None:
            return ""
        ends = {"low": wording.usual(xmr.lower, xmr.upper), "high": wording.usual(xmr.upper, xmr.upper)}
        return self.t("%(low)s to %(high)s") % ends

    def figure(self, finding: Finding) -> str:
        """The newest figure with its unit, and how sure it is."""
        return self._wordings[finding.measure.id].sure(finding.reading.value or 0.0, finding.reading.ends)

    # lines of inquiry

    def ask(self, question: Question) -> Said:
        """A line of inquiry in words."""
        t, measure = self.t, question.measure
        patterns = {
            "one_area": t("%(area)s. %(signals)s. What changed there around %(month)s?"),
            "whole_city": t("The whole city. %(signals)s. What changed around %(month)s?"),
            "late_though_cleared": t(
                "%(title)s fell to %(value)s, while more was closed than came in (%(beside)s: %(other)s). Which cases"
                " are closed first, and which wait?"
            ),
            "of_closed_hides": t(
                "%(title)s: %(value)s. %(beside)s: %(other)s. How late are the cases that fell due and are still open?"
            ),
            "pile_grows": t("%(title)s, the whole city: %(signal)s. Which cases have waited longest, and for what?"),
            "target_out_of_reach": t(
                "%(title)s: the whole usual range, %(low)s to %(high)s, misses the target of %(target)s. What is to be"
                " done differently so that it can be met, or is another target right?"
            ),
            "need_differs": t(
                "%(title)s: %(value)s in the fifth of the areas most in need, %(other)s in the fifth least in need"
                " (%(by)s). Who lives with that difference, and what is planned for them?"
            ),
            "groups_differ": t(
                "%(title)s: %(value)s for “%(area)s”, %(other)s for “%(beside)s” (%(by)s). What is handled differently?"
            ),
            "better_or_gamed": t(
                "%(title)s, %(area)s: %(signal)s. What was done differently around %(month)s, and is the change real? A"
                " known way to make the figure look better: %(gaming)s"
            ),
        }
        beside = question.beside
        others = (*((beside,) if isinstance(beside, Measure) else ()), *(other for other, _ in question.also))
        names = (measure.title, measure.unit, measure.gaming, *(other.title for other in others))
        return Said(patterns[question.rule] % self._parts(question), names)

    def _parts(self, question: Question) -> dict[str, str]:
        measure, beside, reading = question.measure, question.beside, question.reading
        wording = self._wordings[measure.id]
        other = self._wordings[beside.id] if isinstance(beside, Measure) else wording
        parts = {
            "title": self.speech.plain(measure.title),
            "area": question.where or self.t("the whole city"),
            "month": self.speech.month(question.month),
            "value": wording.full(question.value) if question.value is not None else "",
            "other": other.full(question.other) if question.other is not None else "",
            "beside": self.speech.plain(beside.title) if isinstance(beside, Measure) else str(beside or ""),
            "by": self._grouping(measure, question.by),
            "gaming": self.speech.plain(measure.gaming),
            "target": wording.target() if measure.target is not None else "",
            "signal": "",
            "signals": "; ".join(self._told(m, r) for m, r in ((measure, reading), *question.also) if r is not None),
        }
        if reading is not None and reading.claim is not None:
            parts["signal"] = signal_label(reading.claim, wording, reading, self.speech.regional)
        if reading is not None and reading.xmr is not None:
            parts["low"] = wording.usual(reading.xmr.lower, reading.xmr.upper)
            parts["high"] = wording.usual(reading.xmr.upper, reading.xmr.upper)
        return parts

    def _told(self, measure: Measure, reading: Reading) -> str:
        """A measure and the signal of one of its series: "Days to mend a lamp: above its usual range since May"."""
        if reading.claim is None:
            return ""
        signal = signal_label(reading.claim, self._wordings[measure.id], reading, self.speech.regional)
        return self.t("%(title)s: %(signal)s") % {"title": self.speech.plain(measure.title), "signal": signal}

    def _grouping(self, measure: Measure, by: str) -> str:
        """What figures are told apart by: a column's title where the tier may see it, or an index's name."""
        if not by or by.startswith(INDEX_GROUPS):
            return by.removeprefix(INDEX_GROUPS).replace("_", " ")
        product = self.site.origin_of(measure)
        column = next((c for c in product.columns if c.name == by), None) if product else None
        return self.speech.plain(column.title) if column and column.title else by.replace("_", " ")

    # what the figures leave out

    def gaps(self, gaps: Gaps) -> list[str]:
        """What a measure's figures leave out, a sentence each."""
        t, speech = self.t, self.speech
        said = [
            t("The definition was changed as of %(month)s, from version %(version)s: %(why)s")
            % {"month": speech.month(old.until), "version": old.version, "why": speech.plain(old.why)}
            for old in gaps.changed
        ]
        if gaps.missing:
            said.append(
                t("Months without a figure for the whole city: %(months)s.") % {"months": self._months(gaps.missing)}
            )
        if gaps.hidden_months:
            said.append(
                t("Months whose figure for the whole city is not shown, for too few cases: %(months)s.")
                % {"months": self._months(gaps.hidden_months)}
            )
        if gaps.hidden_areas:
            said.append(
                speech.translator.ngettext(
                    "%(count)s area has a figure that is not shown, for too few cases.",
                    "%(count)s areas have a figure that is not shown, for too few cases.",
                    gaps.hidden_areas,
                )
                % {"count": speech.num(gaps.hidden_areas)}
            )
        if gaps.few:
            said.append(self._few(gaps.few))
        return said

    def _few(self, names: tuple[str, ...]) -> str:
        words = {"least": self.speech.num(RELIABLE_FROM), "count": self.speech.num(len(names))}
        if len(names) > MOST_NAMED:
            return self.t("Unreliable in %(count)s areas: fewer than %(least)s cases stand behind the figure.") % words
        listed = numbers.listed(list(names), self.speech.tag)
        return self.t("Unreliable in %(areas)s: fewer than %(least)s cases stand behind the figure.") % {
            **words, "areas": listed,
        }  # fmt: skip

    def _months(self, months: tuple[date, ...]) -> str:
        return numbers.listed([numbers.short_month(m, self.speech.tag) for m in months], self.speech.tag)
