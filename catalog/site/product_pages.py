"""Pages of products and of each of their releases.

Belongs here: the change log, the sample, the inputs, how to cite. Does not belong here: quality reports
(``quality_pages``), what a tier may see (``catalog.store``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog import lineage
from catalog.charts import Cell, strip
from catalog.figures import Sample
from catalog.site.addresses import Addresses
from catalog.site.problem_pages import instead
from catalog.site.rendering import Page, drawing
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from catalog.views import Change, ProductView, ReleaseView, SourceCount, instant
from contracts.model import Text
from contracts.tiers import LEAST_RESTRICTIVE

LONGEST_STRIP = 40
"""Attempts shown in the drawing of a product's history; its page lists them all."""


@dataclass(frozen=True)
class LogLine:
    """One line of a product's change log."""

    at: datetime
    status: Standing
    label: str
    address: str | None
    rows: int | None
    notes: tuple[str, ...]


def product_pages(site: Site, speech: Speech, product: ProductView) -> Iterator[Page]:
    """A product's page, and one a release."""
    at = Addresses(speech.language)
    t = speech.gettext
    title = speech.plain(product.title)
    home = (t("Products"), at.products())
    yield Page(
        address=at.product(product.name),
        template="tombstone.html" if product.tombstone else "product.html",
        title=title,
        section="products",
        summary=speech.plain(product.purpose),
        trail=(home, (title, None)),
        context=_product(site, product, speech),
    )
    for release in product.releases:
        named = t("release %(n)s") % {"n": release.version}
        yield Page(
            address=at.release(product.name, release.version),
            template="release.html",
            title=f"{title}, {named}",
            section="products",
            trail=(home, (title, at.product(product.name)), (named, None)),
            context=_release(site, product, release, speech),
        )
    for closed in product.closed:
        named = t("release %(n)s") % {"n": closed.version}
        yield Page(
            address=at.release(product.name, closed.version),
            template="closed_release.html",
            title=f"{title}, {named}",
            section="products",
            trail=(home, (title, at.product(product.name)), (named, None)),
            context={"product": product, "release": closed},
        )


def _product(site: Site, product: ProductView, speech: Speech) -> dict[str, Any]:
    current = product.current
    return {
        "product": product,
        "problems": site.served_problems(product.name),
        "instead": instead(site, product),
        "sample": site.samples.get(product.name, Sample()),
        "none_cell": speech.gettext("(none)"),
        "lowered": _lowered(product, speech),
        "licence": product.licence or site.city.licence,
        "cite": citation(site, product, current, speech) if current else "",
        "strip": drawing(history_strip(product, speech)) if product.happenings > 1 else "",
        "log": _log(product, speech),
        "stages": lineage.stages(current.lineage, speech.translator) if current else (),
    }


def _lowered(product: ProductView, speech: Speech) -> list[tuple[str, list[str]]]:
    """What was done to columns so that they may be shown, each with the columns it was done to."""
    found: dict[str, list[str]] = {}
    for column in product.columns:
        if column.step:
            found.setdefault(speech.words.step(column.step, column.step_parameters), []).append(column.name)
    return list(found.items())


def _release(site: Site, product: ProductView, release: ReleaseView, speech: Speech) -> dict[str, Any]:
    return {
        "product": product,
        "release": release,
        "changes": [change_sentence(c, speech) for c in release.manifest.changes],
        "inputs": inputs(site, release, speech),
        "stages": lineage.stages(release.lineage, speech.translator),
        "cite": citation(site, product, release, speech),
    }


def citation(site: Site, product: ProductView, release: ReleaseView, speech: Speech) -> str:
    """How to cite a release."""
    said = speech.gettext("%(publisher)s: %(title)s, release %(n)s, %(day)s.") % {
        "publisher": speech.plain(site.city.publisher.name),
        "title": speech.plain(product.title),
        "n": release.version,
        "day": speech.long_day(release.published_at),
    }
    if site.city.site_url and site.tier == LEAST_RESTRICTIVE:
        address = Addresses(speech.language).release(product.name, release.version)
        said += f" {site.city.site_url.rstrip('/')}/{address}"
    return said


def history_strip(product: ProductView, speech: Speech) -> str:
    """Publications and refusals of a product, oldest first, as a drawing."""
    t = speech.gettext
    happened: list[tuple[datetime, int, Cell]] = []
    for release in product.releases:
        label = t("release %(n)s, %(day)s: published") % {"n": release.version, "day": speech.day(release.published_at)}
        happened.append((release.published_at, 0, Cell("published", label)))
    for closed in product.closed:
        label = t("release %(n)s, %(day)s: published") % {"n": closed.version, "day": speech.day(closed.published_at)}
        happened.append((closed.published_at, 0, Cell("published", label)))
    for attempt in product.attempts:
        label = t("%(day)s: held") % {"day": speech.day(attempt.at)}
        happened.append((attempt.at, 1, Cell("held", label)))
    cells = [cell for _, _, cell in sorted(happened, key=lambda h: h[:2])][-LONGEST_STRIP:]
    return strip(cells, t("What became of each attempt, oldest first"), f"strip-{product.name}")


def _log(product: ProductView, speech: Speech) -> list[LogLine]:
    at = Addresses(speech.language)
    t, words = speech.gettext, speech.words
    lines: list[tuple[datetime, int, LogLine]] = []
    for order, change in enumerate(reversed(product.history)):
        release = product.release(change.version) if change.version is not None else None
        notes = [_note(product, change, speech)] if change.reason else []
        if release and release.removed:
            notes.append(t("data removed on %(day)s") % {"day": speech.day(release.removed.at)})
        if release and change.action == "publish":
            notes += [change_sentence(c, speech) for c in release.manifest.changes]
            notes += _difference(product, release, speech)
        lines.append(
            (
                change.at,
                order,
                LogLine(
                    at=change.at,
                    status=words.action(change.action),
                    label=t("release %(n)s") % {"n": change.version} if change.version is not None else "",
                    address=at.release(product.name, change.version)
                    if change.version and product.is_listed(change.version)
                    else None,
                    rows=release.manifest.rows if release else None,
                    notes=tuple(notes),
                ),
            )
        )
    for attempt in product.attempts:
        told = tuple(speech.hold_reason(r) for r in attempt.reasons)
        lines.append(
            (
                attempt.at,
                len(lines) + attempt.number,
                LogLine(
                    at=attempt.at,
                    status=words.action("refusal"),
                    label=t("the attempt's report"),
                    address=at.attempt(product.name, attempt.number),
                    rows=attempt.quality.rows if attempt.quality else None,
                    notes=told or (t("The reason concerns data that this site may not show."),),
                ),
            )
        )
    return [line for _, _, line in sorted(lines, key=lambda row: row[:2], reverse=True)]


def _note(product: ProductView, change: Change, speech: Speech) -> str:
    """Why a commit was made; of the withdrawal that stands, in the page's language where it was written in it."""
    stone = product.tombstone
    return speech.plain(stone.note) if stone and change is product.history[0] else change.reason


def _difference(product: ProductView, release: ReleaseView, speech: Speech) -> list[str]:
    """How many rows a release has more or fewer than the one before it."""
    before = product.release(release.manifest.previous) if release.manifest.previous else None
    if before is None:
        return []
    change = release.manifest.rows - before.manifest.rows
    if change == 0:
        return [speech.gettext("As many rows as before.")]
    n = abs(change)
    t = speech.translator
    pattern = (
        t.ngettext("%(count)s row more than before.", "%(count)s rows more than before.", n)
        if change > 0
        else t.ngettext("%(count)s row fewer than before.", "%(count)s rows fewer than before.", n)
    )
    return [pattern % {"count": speech.num(n)}]


def change_sentence(change: Mapping[str, Any], speech: Speech) -> str:
    """One change of the contract, as the release keeps it."""
    sentence = change.get("sentence") or change.get("text") or change.get("what") or change.get("kind") or ""
    if isinstance(sentence, Mapping):
        sentence = sentence.get(speech.language) or sentence.get(speech.base) or sentence.get("en") or ""
    return str(sentence)


@dataclass(frozen=True)
class Input:
    """One row of the table of inputs: a source's page or card where there is one."""

    title: Text
    address: str | None
    at: datetime | None
    counts: SourceCount


def named(site: Site, name: str, speech: Speech) -> tuple[Text, str | None]:
    """A source's title and address by its name, id or inventory title, as far as the tier may know it."""
    at = Addresses(speech.language)
    for source in site.catalog.sources.values():
        if name in (source.name, f"{site.city.id}/{source.name}", source.title.default):
            return source.title, at.source(source.name)
    for card in site.catalog.cards:
        if card.kind == "source" and name == card.title.default:
            return card.title, at.card(card.key)
    return Text(name, {speech.language: name}), None


def inputs(site: Site, release: ReleaseView, speech: Speech) -> list[Input]:
    """The table of inputs of a release."""
    found = []
    for ref in release.manifest.inputs:
        title, address = named(site, ref.name, speech)
        counts = SourceCount(ref.name, ref.received, ref.accepted, ref.quarantined, ref.rejected)
        found.append(Input(title, address, instant(ref.retrieved_at), counts))
    return found
