"""Quality reports as pages: one a release, one a refused attempt.

Belongs here: the verdict's sentence, the parts of the table, the history beside it. Does not belong here: any
judging; a result is shown as the evidence has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catalog.site.addresses import Addresses
from catalog.site.product_pages import history_strip, named
from catalog.site.rendering import Page, drawing
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from catalog.views import Attempt, ProductView, QualityView, RuleView, SourceCount
from contracts.checks import Kind
from contracts.model import Text

_ORDER = ("failed", "error", "not run", "vacuous", "warned", "waived", "passed", "not applicable")


MOST_OTHERS = 12
"""Other reports that a report links to, the newest; the product's page lists them all."""


@dataclass(frozen=True)
class Part:
    """One table of rules with its heading."""

    id: str
    heading: str
    sentence: str
    rules: tuple[RuleView, ...]
    folded: bool = False


@dataclass(frozen=True)
class Other:
    """Another report of the same product."""

    label: str
    address: str
    status: Standing


@dataclass(frozen=True)
class Counts:
    """A source's sums; ``adds_up`` is None where the tier may not know them all."""

    title: Text
    counts: SourceCount
    adds_up: bool | None


def quality_pages(site: Site, speech: Speech, product: ProductView) -> Iterator[Page]:
    """One page a release of the product, and one a refused attempt."""
    at = Addresses(speech.language)
    t = speech.gettext
    name = speech.plain(product.title)
    home = ((t("Products"), at.products()), (name, at.product(product.name)))
    for release in product.releases:
        title = t("Quality of %(product)s, release %(n)s") % {"product": name, "n": release.version}
        yield Page(
            address=at.quality(product.name, release.version),
            template="quality.html",
            title=title,
            section="products",
            summary=speech.words.verdict(release.quality),
            trail=(*home, (t("release %(n)s") % {"n": release.version}, at.release(product.name, release.version)),
                   (t("Quality report"), None)),
            context={
                "attempt": None,
                "verdict": speech.words.verdict(release.quality),
                **_context(site, product, release.quality, at.quality(product.name, release.version), speech),
            },
        )  # fmt: skip
    for attempt in product.attempts:
        title = t("%(product)s: the attempt refused on %(day)s") % {"product": name, "day": speech.day(attempt.at)}
        yield Page(
            address=at.attempt(product.name, attempt.number),
            template="quality.html",
            title=title,
            section="products",
            trail=(*home, (t("Refused attempt"), None)),
            context={
                "attempt": attempt,
                "verdict": _attempt_verdict(attempt, speech),
                **_context(site, product, attempt.quality, at.attempt(product.name, attempt.number), speech),
            },
        )


def _attempt_verdict(attempt: Attempt, speech: Speech) -> str:
    t = speech.gettext
    if attempt.quality is not None and attempt.quality.red:
        return t("Not published.") + " " + speech.words.verdict(attempt.quality)
    return t("Not published. What failed concerns data or files that this site may not show.")


def _context(
    site: Site, product: ProductView, quality: QualityView | None, here: str, speech: Speech
) -> dict[str, Any]:
    return {
        "product": product,
        "quality": quality,
        "withheld": quality.withheld if quality else None,
        "parts": _parts(quality, speech) if quality else [],
        "counts": _counts(site, quality, speech) if quality else [],
        "strip": drawing(history_strip(product, speech)) if product.happenings > 1 else "",
        "others": [other for other in _others(product, speech) if other.address != here],
    }


def _parts(quality: QualityView, speech: Speech) -> list[Part]:
    t = speech.gettext
    red = quality.red
    rest = [r for r in quality.rules if r not in red]
    asked = [r for r in rest if r.result != "not applicable"]
    contract = [r for r in asked if not r.at_gate and r.kind != Kind.COLUMN]
    form = [r for r in asked if not r.at_gate and r.kind == Kind.COLUMN]
    parts = [
        Part(
            "red",
            t("What did not hold"),
            t("What could not run, or had nothing to check, counts as not held."),
            _sorted(red),
        ),
        Part(
            "rules",
            t("Rules of the contract"),
            t("Each was checked on the very file that is published."),
            _sorted(contract),
        ),
        Part(
            "form",
            t("The form of its columns"),
            t("Every promised column is there and of its kind."),
            _sorted(form),
            folded=True,
        ),
        Part(
            "gate",
            t("Rules of the gate"),
            t("What every release must show, whatever its contract."),
            _sorted([r for r in asked if r.at_gate]),
        ),
        Part(
            "na",
            t("Rules for other readers"),
            t("They speak of columns that are not in this rendition."),
            _sorted([r for r in rest if r.result == "not applicable"]),
            folded=True,
        ),
    ]
    return [part for part in parts if part.rules]


def _sorted(rules: list[RuleView] | tuple[RuleView, ...]) -> tuple[RuleView, ...]:
    rank = {result: i for i, result in enumerate(_ORDER)}
    return tuple(sorted(rules, key=lambda r: rank.get(r.result, -1)))


def _counts(site: Site, quality: QualityView, speech: Speech) -> list[Counts]:
    found = []
    for c in quality.counts:
        parts = (c.received, c.accepted, c.quarantined, c.rejected)
        known = [p for p in parts if p is not None]
        whole = len(known) == len(parts)
        found.append(Counts(named(site, c.source, speech)[0], c, known[0] == sum(known[1:]) if whole else None))
    return found


def _others(product: ProductView, speech: Speech) -> list[Other]:
    at = Addresses(speech.language)
    t = speech.gettext
    found = [
        (r.published_at, Other(t("release %(n)s") % {"n": r.version}, at.quality(product.name, r.version),
                               speech.words.standing(r.standing)))
        for r in product.releases
    ]  # fmt: skip
    found += [
        (a.at, Other(t("attempt of %(day)s") % {"day": speech.day(a.at)}, at.attempt(product.name, a.number),
                     speech.words.action("refusal")))
        for a in product.attempts
    ]  # fmt: skip
    newest = sorted(found, key=lambda row: (row[0], row[1].address), reverse=True)
    return [other for _, other in newest[:MOST_OTHERS]]
