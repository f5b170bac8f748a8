"""The data team's page: what ran, what is held and why, what waits, what to do first. Never on the public site.

Belongs here: putting what the views say in order of urgency. Does not belong here: finding it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from catalog.site.addresses import Addresses
from catalog.site.problem_pages import items
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from catalog.views import SetAside, SourceState, SourceView, State

LATEST_RUNS = 20


@dataclass(frozen=True)
class Todo:
    """One thing to do."""

    status: Standing
    title: str
    address: str | None
    sentence: str
    command: str = ""


@dataclass(frozen=True)
class Waiting:
    """Records of one source set aside for one reason, and since when they wait."""

    source: SourceView
    reason: SetAside
    age: timedelta
    first: bool


def status_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The page, on every site but the public one."""
    if site.tier == "public":
        return
    at = Addresses(speech.language)
    t = speech.gettext
    title = t("The data team's page")
    yield Page(
        address=at.status(),
        template="status.html",
        title=title,
        section="status",
        trail=((speech.plain(site.city.name), at.home()), (t("Data team"), None)),
        context=_context(site, speech),
    )


def _context(site: Site, speech: Speech) -> dict[str, Any]:
    catalog = site.catalog
    return {
        "headline": _headline(site, speech),
        "todo": sorted([*_products(site, speech), *_sources(site, speech), *_problems(site, speech)], key=_urgency),
        "products": list(catalog.products.values()),
        "sources": list(catalog.sources.values()),
        "aside": _waiting(site),
        "runs": catalog.runs[:LATEST_RUNS],
        "unavailable": list(catalog.unavailable.items()),
    }


def _urgency(todo: Todo) -> int:
    return {"poor": 0, "fair": 1}.get(todo.status.tone, 2)


def _headline(site: Site, speech: Speech) -> str:
    products = site.catalog.products.values()
    held = sum(p.state is State.HELD for p in products)
    late = sum(p.late_by is not None for p in products)
    refused = sum(s.state is SourceState.REFUSED for s in site.catalog.sources.values())
    t = speech.translator
    parts = [
        t.ngettext("%(count)s product held", "%(count)s products held", held) % {"count": speech.num(held)},
        t.ngettext("%(count)s late", "%(count)s late", late) % {"count": speech.num(late)},
        t.ngettext("%(count)s source refused", "%(count)s sources refused", refused) % {"count": speech.num(refused)},
    ]
    return "; ".join(parts) + "."


def _products(site: Site, speech: Speech) -> Iterator[Todo]:
    at = Addresses(speech.language)
    t, words = speech.gettext, speech.words
    city = site.city.id
    for product in site.catalog.products.values():
        title = speech.plain(product.title)
        if product.held is not None:
            told = [speech.hold_reason(r) for r in product.held.reasons]
            sentence = " ".join(told) or t("The reason concerns data above this page's tier.")
            yield Todo(words.state("held"), title, at.attempt(product.name, product.held.number), sentence,
                       f"cauce audit report {product.name} --city {city}")  # fmt: skip
        elif product.state is State.NEVER:
            yield Todo(words.state("never published"), title, at.product(product.name),
                       t("No release has been made yet."), f"cauce run --city {city}")  # fmt: skip
        elif product.state is State.CLOSED:
            yield Todo(words.state("closed"), title, at.product(product.name),
                       t("The release served now holds a column that may no longer be seen here."),
                       f"cauce run --city {city}")  # fmt: skip
    for product in site.catalog.products.values():
        if product.late_by is not None:
            sentence = t("The next release was due %(span)s ago.") % {"span": speech.span(product.late_by)}
            yield Todo(words.state("late"), speech.plain(product.title), at.product(product.name), sentence,
                       f"cauce run --city {city}")  # fmt: skip


def _sources(site: Site, speech: Speech) -> Iterator[Todo]:
    at = Addresses(speech.language)
    t, words = speech.gettext, speech.words
    city = site.city.id
    for source in site.catalog.sources.values():
        title, address, last = speech.plain(source.title), at.source(source.name), source.newest
        if source.state is SourceState.REFUSED and last is not None:
            sentence = last.refusal or t("Its last file was refused whole; the reason is above this page's tier.")
            if last.advice:
                sentence += " " + t("What to try:") + " " + last.advice
            yield Todo(
                words.source_state("refused"),
                title,
                address,
                sentence,
                f"cauce source fetch {source.name} --city {city}",
            )
        elif source.state is SourceState.NEVER:
            yield Todo(words.source_state("never retrieved"), title, address, t("Nothing has been retrieved yet."),
                       f"cauce run --city {city}")  # fmt: skip
        elif source.late_by is not None:
            sentence = t("A new delivery was due %(span)s ago.") % {"span": speech.span(source.late_by)}
            yield Todo(words.source_state("late"), title, address, sentence, f"cauce run --city {city}")
        good = source.newest_accepted
        if good and good.quarantined:
            sentence = speech.translator.ngettext(
                "%(count)s record waits to be mended.", "%(count)s records wait to be mended.", good.quarantined
            ) % {"count": speech.num(good.quarantined)}
            yield Todo(Standing(t("Set aside"), "◐", "fair"), title, address, sentence,
                       f"cauce quarantine export {source.name} --city {city}")  # fmt: skip
        if good and (good.added or good.missing):
            yield Todo(Standing(t("Changed form"), "◐", "fair"), title, address,
                       t("The file has columns that its contract does not know, or lacks some."),
                       f"cauce contract show {source.name} --city {city}")  # fmt: skip


def _problems(site: Site, speech: Speech) -> Iterator[Todo]:
    """Questions that cannot be answered although their product is served."""
    at = Addresses(speech.language)
    t = speech.gettext
    for item in items(site, speech):
        if item.product and item.product.current and item.answer.focus_area is None:
            yield Todo(Standing(t("No answer"), "○", "quiet"), speech.plain(item.problem.title),
                       at.problem(item.problem.id), item.answer.sentence)  # fmt: skip


def _waiting(site: Site) -> list[Waiting]:
    found = []
    for source in site.catalog.sources.values():
        good = source.newest_accepted
        for i, reason in enumerate(good.set_aside if good else ()):
            assert good is not None
            found.append(Waiting(source, reason, max(site.checked_at - good.at, timedelta(0)), i == 0))
    return found
