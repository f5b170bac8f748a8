"""Quality as pages: one report a release, one a refused attempt, one page a product for all of them over time.

Belongs here: what these pages are handed, in the order in which an auditor asks.
Does not belong here: any judging (a result is shown as the evidence has it), the layout over releases
(``quality_history``), sentences (``quality_words``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from markupsafe import Markup

from catalog.charts import sparkline
from catalog.quality_views import RED
from catalog.site.addresses import Addresses
from catalog.site.gate_words import counted, in_english, note
from catalog.site.made_from import named
from catalog.site.product_pages import history_strip
from catalog.site.quality_history import Cell, Happening, History, history_of, promises_kept, since_before
from catalog.site.quality_words import (
    DIMENSIONS,
    agreed,
    came_out,
    conclusion,
    dimension_name,
    dimension_question,
    found_in,
    is_green,
    proven,
    ruling_sentence,
    sum_of_rules,
)
from catalog.site.rendering import Page, drawing
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from catalog.views import Attempt, ProductView, QualityView, Reason, ReleaseView, RuleView, SourceCount
from contracts.model import Text

REPORT = "quality.json"
"""The report for programs, as it is kept with a release and stands beside its files."""

MOST_MEASURED = 20
"""Lines on the page of a product's history: the number of rows, then rules that did not always hold, then others."""


class Asked(msgspec.Struct, frozen=True):
    """A rule on its report's page. ``place`` is its anchor there; ``over`` how it came out, report by report."""

    place: int
    rule: RuleView
    came_out: Markup
    is_green: bool
    examined: str
    found: str = ""
    detail: Markup = Markup()
    ruling: str = ""
    reason: str = ""
    over: tuple[tuple[Happening, Cell], ...] = ()


@dataclass(frozen=True)
class Dimension:
    """One of the seven dimensions: what it asks, how its rules came out, the rules."""

    id: str
    name: str
    question: str
    status: Standing
    said: str
    rules: tuple[Asked, ...]


@dataclass(frozen=True)
class Counts:
    """A source's sums; ``adds_up`` is None where the tier may not know them all."""

    title: Text
    counts: SourceCount
    adds_up: bool | None


def quality_pages(site: Site, speech: Speech, product: ProductView) -> Iterator[Page]:
    """One page a release of the product, one a refused attempt, and the page of them all."""
    at = Addresses(speech.language)
    t = speech.gettext
    name = speech.plain(product.title)
    home = ((t("Products"), at.products()), (name, at.product(product.name)))
    over = (t("Quality"), at.quality_over_time(product.name))
    history = history_of(product, speech)
    strip = drawing(history_strip(product, speech)) if product.happenings > 1 else ""
    yield Page(
        address=at.quality_over_time(product.name),
        template="quality_history.html",
        title=t("Quality of %(product)s over its releases") % {"product": name},
        section="products",
        summary=_newest_verdict(product, speech),
        trail=(*home, (t("Quality"), None)),
        names=(product.title,),
        context=_over_time(site, product, history, speech),
    )
    for release in product.paged:
        before = next((r.quality for r in product.releases if r.version < release.version), None)
        verdict = speech.words.verdict(release.quality)
        yield Page(
            address=at.quality(product.name, release.version),
            template="quality.html",
            title=t("Quality of %(product)s, release %(n)s") % {"product": name, "n": release.version},
            section="products",
            summary=verdict,
            trail=(*home, over, (t("release %(n)s") % {"n": release.version}, None)),
            names=(product.title,),
            context={
                "attempt": None,
                "release": release,
                "verdict": verdict,
                "report": at.data(product.name, release.version, REPORT) if offers_report(product, release) else None,
                "strip": strip,
                **_context(site, product, release.quality, speech, history, before),
            },
        )
    for attempt in product.attempts:
        served = product.release(attempt.still_served) if attempt.still_served is not None else None
        yield Page(
            address=at.attempt(product.name, attempt.number),
            template="quality.html",
            title=t("%(product)s: the attempt refused on %(day)s") % {"product": name, "day": speech.day(attempt.at)},
            section="products",
            trail=(*home, over, (t("Refused attempt"), None)),
            names=(product.title,),
            context={
                "attempt": attempt,
                "release": None,
                "verdict": _attempt_verdict(attempt, speech),
                "report": None,
                "strip": strip,
                **_context(site, product, attempt.quality, speech, history, served.quality if served else None),
            },
        )


def offers_report(product: ProductView, release: ReleaseView) -> bool:
    """Whether the report for programs stands beside the release's files."""
    is_offered = release.standing in ("served", "replaced") and product.tombstone is None
    return is_offered and release.report_is_handed_on


def _newest_verdict(product: ProductView, speech: Speech) -> str:
    if product.held is not None:
        return _attempt_verdict(product.held, speech)
    if product.current is not None:
        return speech.words.verdict(product.current.quality)
    return speech.gettext("Nothing is served now.")


def _attempt_verdict(attempt: Attempt, speech: Speech) -> str:
    t = speech.gettext
    if attempt.quality is not None and attempt.quality.red:
        return t("Not published.") + " " + speech.words.verdict(attempt.quality)
    return t("Not published. What failed concerns data or files that this site may not show.")


def _over_time(site: Site, product: ProductView, history: History, speech: Speech) -> dict[str, Any]:
    t = speech.gettext
    known = [h for h in history.happenings if h.quality is not None]
    uneven = {row.id for row in history.uneven}
    measured = sorted(history.measured, key=lambda one: bool(one.id) and one.id not in uneven)
    return {
        "product": product,
        "verdict": _newest_verdict(product, speech),
        "conclusion": conclusion(product.current.quality, speech) if product.current else None,
        "history": history,
        "known": len(known),
        "promises": promises_kept(product, speech, site.today),
        "reviews": [(ruling_sentence(r, speech), r.reason) for r in product.reviews],
        "sparks": [
            (one, drawing(sparkline(one.values, t("Its line over the reports"), f"spark-{n}")))
            for n, one in enumerate(measured[:MOST_MEASURED], start=1)
        ],
        "unmeasured": max(0, len(measured) - MOST_MEASURED),
    }


def _context(
    site: Site,
    product: ProductView,
    quality: QualityView | None,
    speech: Speech,
    history: History,
    before: QualityView | None,
) -> dict[str, Any]:
    if quality is None:
        return {"product": product, "quality": None, "red": []}
    asked = _asked(quality, speech, history)
    red = [a for a in asked if a.rule.result in RED]
    wary = [a for a in asked if not a.is_green and a.rule.result not in RED]
    judged = [a for a in asked if a.rule.result != "not applicable"]
    return {
        "product": product,
        "quality": quality,
        "age": _age(quality, speech),
        "withheld": quality.withheld,
        "conclusion": conclusion(quality, speech),
        "red": red,
        "wary": wary,
        "dimensions": _dimensions(judged, speech),
        "others": [a for a in asked if a.rule.result == "not applicable"],
        "has_queries": any(a.rule.asks.query for a in asked),
        "proven": proven(quality, speech),
        "agreed": agreed(quality, speech),
        "since": since_before(quality, before, speech),
        "counts": _counts(site, quality, speech),
        "previous_rows": quality.previous_rows if _shows_previous(product, quality) else None,
        "decisions": [(ruling_sentence(r, speech), r.reason, r.rule) for r in quality.rulings],
        "reviews": [(ruling_sentence(r, speech), r.reason) for r in product.reviews],
        "inputs": _inputs(site, product, quality, speech),
        "command_of": f"{product.name}@{quality.version}" if quality.version else product.name,
    }


def _age(quality: QualityView, speech: Speech) -> tuple[str, str] | None:
    """How old the data was when it was judged, and from when to when that is; None of data that is not dated."""
    length = quality.age(speech.city.timezone)
    if length is None or quality.data_to is None or quality.as_of is None:
        return None
    reached = speech.covered(quality.data_to, quality.dating, quality.as_of)
    to = {"from": reached, "to": speech.day(quality.as_of)}
    return speech.age(length), speech.gettext(
        "from %(from)s, the last day in it, to %(to)s, as of when it was made"
    ) % to


def _shows_previous(product: ProductView, quality: QualityView) -> bool:
    """Whether the release that a report compares with is shown: of a closed one, not even its size is told."""
    if quality.version is None:
        return not product.closed
    release = product.release(quality.version)
    previous = release.manifest.previous if release else None
    return previous is not None and product.release(previous) is not None


def _asked(quality: QualityView, speech: Speech, history: History) -> list[Asked]:
    over = {row.id: tuple(zip(history.happenings, row.cells, strict=True)) for row in history.uneven}
    ruled = {r.rule: r for r in quality.rulings if r.rule}
    words = speech.words
    found = []
    for place, rule in enumerate(quality.rules, start=1):
        came = came_out(rule.asks, rule.value, rule.nulls, words)
        uncommon = rule.result not in ("passed", "failed", "warned") or (rule.result != "passed" and rule.value is None)
        detail = _detail(rule, quality, speech) if uncommon or rule.asks.at_gate else Markup()
        examined = counted(rule, speech)
        if is_green(rule) and rule.id not in ruled:
            found.append(Asked(place, rule, came, True, examined, detail=detail))
            continue
        ruling = ruled.get(rule.id)
        found.append(
            Asked(
                place=place,
                rule=rule,
                came_out=came,
                is_green=is_green(rule),
                examined=examined,
                found=_found(rule, speech),
                detail=detail,
                ruling=ruling_sentence(ruling, speech) if ruling else "",
                reason=ruling.reason or "" if ruling else "",
                over=() if is_green(rule) else over.get(rule.id, ()),
            )
        )
    return found


def _detail(rule: RuleView, quality: QualityView, speech: Speech) -> Markup:
    return note(rule, quality, speech) if rule.asks.at_gate else in_english(rule.detail, speech)


def _found(rule: RuleView, speech: Speech) -> str:
    """What was found of a rule that did not simply hold, and what it allows."""
    if is_green(rule) or rule.result not in ("failed", "warned", "waived"):
        return ""
    failed = rule.failed if found_in(rule, speech) else None
    return speech.words.found(
        Reason(rule.id, rule.text, failed, rule.examined or None, "failed", rule.value, rule.threshold)
    )


def _dimensions(asked: Sequence[Asked], speech: Speech) -> list[Dimension]:
    """The standard's seven, each with its rules, and one more for rules of no known dimension where there are any."""
    rules: dict[str, list[Asked]] = {name: [] for name in (*DIMENSIONS, "")}
    for a in asked:
        rules[name if (name := a.rule.asks.dimension) in rules else ""].append(a)
    found = []
    for name, these in rules.items():
        if not these and not name:
            continue
        status, said = sum_of_rules([a.rule for a in these], speech)
        found.append(
            Dimension(
                id=name or "other",
                name=dimension_name(name, speech),
                question=dimension_question(name, speech),
                status=status,
                said=said,
                rules=tuple(sorted(these, key=lambda a: (a.rule.asks.kind == "column", a.rule.asks.at_gate))),
            )
        )
    return found


def _counts(site: Site, quality: QualityView, speech: Speech) -> list[Counts]:
    found = []
    for c in quality.counts:
        parts = (c.received, c.accepted, c.quarantined, c.rejected)
        known = [p for p in parts if p is not None]
        whole = len(known) == len(parts)
        found.append(Counts(named(site, c.source, speech)[0], c, known[0] == sum(known[1:]) if whole else None))
    return found


def _inputs(site: Site, product: ProductView, quality: QualityView, speech: Speech) -> list[tuple[Text, str | None]]:
    """The inputs of a release, each with the fingerprint of its bytes where the tier may know it."""
    release = product.release(quality.version) if quality.version is not None else None
    refs = release.manifest.inputs if release else ()
    return [(named(site, ref.name, speech)[0], ref.sha256) for ref in refs]
