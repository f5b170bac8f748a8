"""Words of the quality pages: dimensions, what a rule asks, what may be concluded, what people decided.

Belongs here: sentences that only quality reports and their history need. Does not belong here: results and states
(``words``), judging; every sentence says what a report already holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from markupsafe import Markup, escape

from catalog import numbers
from catalog.ruling_views import RulingView
from catalog.site import gate_words
from catalog.site.speech import Speech
from catalog.site.words import Standing, Words
from catalog.views import Asks, QualityView, RuleView
from contracts.checks import RECORD_KINDS, Kind

DIMENSIONS = ("completeness", "conformity", "uniqueness", "consistency", "accuracy", "coverage", "timeliness")
"""The Open Data Contract Standard's seven dimensions of quality, in the order in which a reader asks them."""

_COUNTING = frozenset({Kind.UNIQUE.value, *(kind.value for kind in RECORD_KINDS)})
_WORST_FIRST = ("failed", "error", "not run", "vacuous", "waived", "warned")
_GREEN = frozenset({"passed", "not applicable"})


def dimension_name(dimension: str, speech: Speech) -> str:
    """A dimension's name as a heading."""
    t = speech.gettext
    return {
        "completeness": t("Completeness"),
        "conformity": t("Conformity"),
        "uniqueness": t("Uniqueness"),
        "consistency": t("Consistency"),
        "accuracy": t("Accuracy"),
        "coverage": t("Coverage"),
        "timeliness": t("Timeliness"),
    }.get(dimension) or t("Other rules")


def dimension_question(dimension: str, speech: Speech) -> str:
    """What a dimension asks, in a sentence for everybody."""
    t = speech.gettext
    return {
        "completeness": t("Is everything filled in that should be?"),
        "conformity": t("Is every value of the kind and form that was promised?"),
        "uniqueness": t("Does everything stand in it once only?"),
        "consistency": t("Do its figures agree with each other and with what they were made from?"),
        "accuracy": t("Can its values be true, as far as that can be told from them?"),
        "coverage": t("Are all the places, times and groups in it?"),
        "timeliness": t("Is it as recent as promised?"),
    }.get(dimension, "")


def sum_of_rules(rules: Sequence[RuleView], speech: Speech) -> tuple[Standing, str]:
    """How a group of rules came out: the worst of their results, and how many held."""
    t, words = speech.translator, speech.words
    if not rules:
        return Standing(t.gettext("No rule"), "○", "quiet"), t.gettext("No rule asks this of it.")
    results = [rule.result for rule in rules]
    held = results.count("passed")
    said = t.ngettext("%(held)s of %(all)s rule held", "%(held)s of %(all)s rules held", len(rules)) % {
        "held": speech.num(held),
        "all": speech.num(len(rules)),
    }
    return words.result(worst(results)), said


def worst(results: Sequence[str]) -> str:
    """The worst of some results; passed where there is none."""
    return next((result for result in _WORST_FIRST if result in results), "passed")


def is_green(rule: RuleView) -> bool:
    """Whether a rule held without a word to be said about it."""
    return rule.result in _GREEN and ((proof := rule.asks.proof) is None or proof.caught)


def checked_how(asks: Asks, speech: Speech) -> Iterator[str]:
    """How a rule is checked, in short pieces; what every rule has in common stands above them all."""
    t, words = speech.gettext, speech.words
    if asks.at_gate and (told := gate_words.how(asks.id, speech)):
        yield told
    if asks.severity != "error":
        yield words.severity(asks.severity)
    if asks.threshold:
        yield t("holds when %(comparison)s") % {"comparison": words.threshold(asks.threshold)}
    if not asks.agreed:
        answers = {words.engine(k): words.result(str(v)).word for k, v in sorted(asks.engines.items())}
        if len(set(answers.values())) > 1:
            yield from (f"{engine}: {word}" for engine, word in answers.items())


@lru_cache(maxsize=1 << 14)
def measured(asks: Asks, value: float, words: Words) -> str:
    """What a rule measured, in the unit of its threshold."""
    return words.measured(value, asks.threshold)


@lru_cache(maxsize=1 << 14)
def came_out(asks: Asks, value: float | None, nulls: int | None, words: Words) -> Markup:
    """What checking a rule brought out, in short pieces, each after a dot."""
    t = words.t.gettext
    said = ""
    if value is not None:
        said += " · " + t("measured: %(value)s") % {"value": measured(asks, value, words)}
    if nulls:
        said += " · " + t("without a value: %(count)s") % {"count": numbers.integer(nulls, words.tag)}
    return escape(said)


def found_in(rule: RuleView, speech: Speech) -> str:
    """How many of the records that a rule looked at break it; empty where it counts none."""
    if not rule.failed or rule.kind not in _COUNTING:
        return ""
    t = speech.translator
    return t.ngettext("%(failed)s of %(examined)s record", "%(failed)s of %(examined)s records", rule.examined) % {
        "failed": speech.num(rule.failed),
        "examined": speech.num(rule.examined),
    }


def proven(quality: QualityView, speech: Speech) -> str:
    """How many rules were shown able to fail; empty where no report says so."""
    shown = [asks.proof.caught for rule in quality.rules if (asks := rule.asks).proof]
    if not shown:
        return ""
    caught = sum(shown)
    t = speech.translator
    pattern = t.ngettext(
        "%(caught)s of the contract's %(all)s rule was shown able to fail, on a copy of the data broken on purpose.",
        "%(caught)s of the contract's %(all)s rules were shown able to fail, on a copy of the data broken on purpose.",
        len(shown),
    )
    said = pattern % {"caught": speech.num(caught), "all": speech.num(len(shown))}
    own = sum([r.asks.at_gate and not r.proof and r.result != "not applicable" for r in quality.rules])
    if not own:
        return said
    rest = t.ngettext(
        "The other %(count)s is the gate's own, asked of every product alike: it compares whole files and releases, "
        "so no value is broken to try it.",
        "The other %(count)s are the gate's own, asked of every product alike: they compare whole files and releases, "
        "so no value is broken to try them.",
        own,
    )
    return said + " " + rest % {"count": speech.num(own)}


def agreed(quality: QualityView, speech: Speech) -> str:
    """That two engines judged every rule and agreed, where they did."""
    both = [asks for rule in quality.rules if len((asks := rule.asks).engines) > 1]
    if not both:
        return ""
    t = speech.gettext
    engines = " + ".join(sorted({speech.words.engine(e) for e in set().union(*[asks.engines for asks in both])}))
    if all(asks.agreed for asks in both):
        return t("Two engines judged each of them apart and agreed: %(engines)s.") % {"engines": engines}
    return t("Two engines judged each of them apart and did not agree on all: %(engines)s.") % {"engines": engines}


def conclusion(quality: QualityView, speech: Speech) -> tuple[Standing, str]:
    """What an auditor may conclude for the purpose that the contract states."""
    t = speech.gettext
    results = quality.tally.keys() - {"not applicable"}
    if results <= {"not run", "error", "vacuous"}:
        word = t("Undetermined")
        return Standing(word, "○", "fair"), t("Nothing was found out, so nothing may be concluded.")
    if results & {"failed", "error", "not run", "vacuous"}:
        said = t("What did not hold is listed below, and it was not published.")
        if quality.outcome == "published":
            said = t("What did not hold is listed below; do not rely on it for what that names.")
        return Standing(t("Not sufficiently reliable"), "▲", "poor"), said
    if results & {"warned", "waived"}:
        said = t("Read the warnings and waivers below before relying on what they name.")
        return Standing(t("Sufficiently reliable, with limits"), "◐", "fair"), said
    said = t("Every rule that its contract and the gate ask held. Its limits are those stated with the product.")
    return Standing(t("Sufficiently reliable"), "●", "good"), said


def ruling_sentence(ruling: RulingView, speech: Speech) -> str:
    """What a person decided, with its day and its end, as far as the tier may know it."""
    t = speech.gettext
    told = {
        "who": ruling.by or t("a named person"),
        "on": speech.day(ruling.on) if ruling.on else t("a day not on record here"),
        "until": speech.day(ruling.until) if ruling.until else "",
        "version": ruling.change or "",
    }
    if ruling.kind == "waiver":
        if ruling.until is None:
            return t("Waived on %(on)s by %(who)s.") % told
        if ruling.on is None:
            return t("Waived by %(who)s until %(until)s.") % told
        return t("Waived on %(on)s by %(who)s, until %(until)s.") % told
    if ruling.kind == "approval":
        if ruling.until is None:
            return t("Version %(version)s of its contract was approved on %(on)s by %(who)s.") % told
        return (
            t("Version %(version)s of its contract was approved on %(on)s by %(who)s, to be reviewed by %(until)s.")
            % told
        )
    if ruling.until is None:
        return t("Reviewed on %(on)s by %(who)s.") % told
    return t("Reviewed on %(on)s by %(who)s; to be reviewed again by %(until)s.") % told
