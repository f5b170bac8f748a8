"""Pages of products and of each of their releases.

Belongs here: the change log, the sample, how to cite. Does not belong here: quality reports
(``quality_pages``), what a tier may see (``catalog.store``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.charts import Cell, strip
from catalog.figures import Sample
from catalog.machines.files import product_block
from catalog.machines.formats import formats
from catalog.site.addresses import Addresses
from catalog.site.citing import citation
from catalog.site.inventory_pages import public_page
from catalog.site.made_from import Ways, inputs
from catalog.site.pictures import picture
from catalog.site.problem_pages import instead
from catalog.site.rendering import Page, drawing
from catalog.site.review_words import review_lines
from catalog.site.sisters import held_sisters
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from catalog.views import Change, ProductView, ReleaseView
from contracts.anonymity import WORD as ANONYMITY
from contracts.anonymity import declared, is_kept_for
from contracts.tiers import LEAST_RESTRICTIVE

LONGEST_STRIP = 40
"""Attempts shown in the drawing of a product's history; its page lists them all."""

SHOWN_MEASURES = 40
"""Measures that a product's page names; the list of measures has them all."""

SHOWN_CHANGES = 12
"""Entries of the change log that a product's page shows at once."""


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
    ways = Ways(site, product, speech)
    yield Page(
        address=at.product(product.name),
        template="tombstone.html" if product.tombstone else "product.html",
        title=title,
        section="products",
        summary=product.purpose,
        trail=(home, (title, None)),
        names=(product.title,),
        context=_product(site, product, ways, speech),
    )
    for release in product.paged:
        named = t("release %(n)s") % {"n": release.version}
        yield Page(
            address=at.release(product.name, release.version),
            template="release.html",
            title=f"{title}, {named}",
            section="products",
            trail=(home, (title, at.product(product.name)), (named, None)),
            names=(product.title,),
            context=_release(site, product, release, ways, speech),
        )
    for closed in product.closed_pages:
        named = t("release %(n)s") % {"n": closed.version}
        yield Page(
            address=at.release(product.name, closed.version),
            template="closed_release.html",
            title=f"{title}, {named}",
            section="products",
            trail=(home, (title, at.product(product.name)), (named, None)),
            names=(product.title,),
            context={"product": product, "release": closed},
        )


def _product(site: Site, product: ProductView, ways: Ways, speech: Speech) -> dict[str, Any]:
    current = product.current
    return {
        "product": product,
        "problems": site.served_problems(product.name),
        "measures": site.measures_from(product.name)[:SHOWN_MEASURES],
        "more_measures": max(0, len(site.measures_from(product.name)) - SHOWN_MEASURES),
        "picture": picture(site, product, speech),
        "instead": instead(site, product),
        "sample": site.samples.get(product.name, Sample()),
        "none_cell": speech.gettext("(none)"),
        "sisters": held_sisters(site, product),
        "lowered": _lowered(product, speech),
        "crowds": crowds(product, speech),
        "kept_from_public": kept_from_public(site, product, speech),
        "public_at": public_page(site, product, Addresses(speech.language)),
        "reviewed": review_lines(product.privacy, speech),
        "licence": product.licence or site.city.licence,
        "cite": citation(site, product, current, speech) if current else "",
        "strip": drawing(history_strip(product, speech)) if product.happenings > 1 else "",
        "log": _log(product, speech),
        "shown_changes": SHOWN_CHANGES,
        "sections": _sections(product, speech),
        "alternates": formats(product, site.city, speech.language),
        "data_block": product_block(site, product),
        "way": ways.of(current) if current else None,
        "followed": _followed(current) if current else frozenset(),
        "made_under": current.manifest.contract.get("version") if current else None,
    }


def _followed(release: ReleaseView) -> frozenset[str]:
    """The columns whose way back the page of lineage tells."""
    return frozenset(c.name for c in release.manifest.columns) if release.lineage.get("nodes") else frozenset()


def _sections(product: ProductView, speech: Speech) -> list[tuple[str, str]]:
    """The sections of a product's page, for the links at its head."""
    t = speech.gettext
    published = product.current is not None
    sections = (
        ("get", t("Download"), published),
        ("cite", t("How to cite"), published),
        ("sample", t("Sample"), published),
        ("trust", t("Quality"), True),
        ("withheld", t("What is not here"), True),
        ("columns", t("Columns"), True),
        ("changes", t("Changes"), True),
        ("lineage", t("How it is made"), published),
        ("readers", t("Something wrong?"), True),
    )
    return [(anchor, label) for anchor, label, there in sections if there]


def _lowered(product: ProductView, speech: Speech) -> list[tuple[str, list[str]]]:
    """What was done to columns so that they may be shown, each with the columns it was done to."""
    found: dict[str, list[str]] = {}
    for column in product.columns:
        if column.step:
            found.setdefault(speech.words.step(column.step, column.step_parameters), []).append(column.name)
    return list(found.items())


def crowds(product: ProductView, speech: Speech) -> list[tuple[str, list[str]]]:
    """How many records agree in what somebody could be known by, each sentence with the columns it is about.

    Said only of a release that the gate measured under the contract in force.
    """
    current, contract, t = product.current, product.contract, speech.translator
    if current is None or contract is None or current.manifest.contract.get("version") != contract.version:
        return []
    promised = declared(contract)
    measured = any(r.id == ANONYMITY and r.asks.at_gate and r.result == "passed" for r in current.quality.rules)
    if promised is None or not measured or not is_kept_for(product.rendition):
        return []
    keys, sensitive = promised.quasi_identifiers, promised.sensitive
    said = t.ngettext(
        "Each value of this column stands in at least %(k)s records.",
        "Each combination of values of these columns stands in at least %(k)s records.",
        len(keys),
    )
    found = [(said % {"k": speech.num(promised.k)}, list(keys))]
    if sensitive:
        among = t.ngettext(
            "Records that agree in that hold at least %(l)s different values of this column.",
            "Records that agree in that hold at least %(l)s different values of each of these columns.",
            len(sensitive),
        )
        found.append((among % {"l": speech.num(promised.least)}, list(sensitive)))
    return found


def kept_from_public(site: Site, product: ProductView, speech: Speech) -> str:
    """How many of the columns everybody does not get; empty on the public site."""
    t = speech.translator
    if site.tier == LEAST_RESTRICTIVE:
        return ""
    if not product.is_public:
        return t.gettext("It has no public edition.")
    kept = sum(column.readers != LEAST_RESTRICTIVE for column in product.columns)
    if not kept:
        return t.gettext("The public edition has all of these columns.")
    return t.ngettext(
        "%(kept)s of these %(all)s columns is not in the public edition.",
        "%(kept)s of these %(all)s columns are not in the public edition.",
        kept,
    ) % {"kept": speech.num(kept), "all": speech.num(len(product.columns))}


def _release(site: Site, product: ProductView, release: ReleaseView, ways: Ways, speech: Speech) -> dict[str, Any]:
    way = ways.of(release)
    return {
        "product": product,
        "release": release,
        "sisters": held_sisters(site, product) if release.standing == "served" else (),
        "changes": [change_sentence(c, speech) for c in release.manifest.changes],
        "inputs": inputs(site, release, way, speech),
        "way": way,
        "cite": citation(site, product, release, speech),
        "licence": product.licence or site.city.licence,
    }


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
                    address=_told_at(at, product, change.version),
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


def _told_at(at: Addresses, product: ProductView, version: int | None) -> str | None:
    """Where a release is told: its page, or its report for programs where it is too old for one."""
    if version is None or product.is_listed(version):
        return at.release(product.name, version) if version else None
    filed = next((r for r in product.filed if r.version == version), None)
    return at.data(product.name, version, "quality.json") if filed and filed.report_is_handed_on else None


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
