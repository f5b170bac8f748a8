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
from catalog.views import SetAside, SourceView
from contracts.condition import Need

LATEST_RUNS = 20


@dataclass(frozen=True)
class Todo:
    """One thing to do; ``need`` is what a product or a source needs by ``contracts.condition``, where it is that."""

    status: Standing
    title: str
    address: str | None
    sentence: str
    command: str = ""
    need: Need | None = None


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
        "todo": to_do(site, speech),
        "products": list(catalog.products.values()),
        "sources": list(catalog.sources.values()),
        "aside": _waiting(site),
        "runs": catalog.runs[:LATEST_RUNS],
        "unavailable": list(catalog.unavailable.values()),
    }


def to_do(site: Site, speech: Speech) -> list[Todo]:
    """Everything to do, the most urgent first."""
    return sorted([*_products(site, speech), *_sources(site, speech), *_problems(site, speech)], key=_urgency)


def _urgency(todo: Todo) -> int:
    return {"poor": 0, "fair": 1}.get(todo.status.tone, 2)


def _headline(site: Site, speech: Speech) -> str:
    catalog = site.catalog
    needs = [*(p.need for p in catalog.products.values()), *(n for s in catalog.sources.values() for n in s.needs)]
    held, late, refused = (needs.count(need) for need in (Need.HELD, Need.LATE, Need.REFUSED))
    t = speech.translator
    parts = [
        t.ngettext("%(count)s product held", "%(count)s products held", held) % {"count": speech.num(held)},
        t.ngettext("%(count)s late", "%(count)s late", late) % {"count": speech.num(late)},
        t.ngettext("%(count)s source refused", "%(count)s sources refused", refused) % {"count": speech.num(refused)},
    ]
    return "; ".join(parts) + "."


def _products(site: Site, speech: Speech) -> Iterator[Todo]:
    """One thing a product at most; a withdrawn one is told in the table, and is nothing to do."""
    at = Addresses(speech.language)
    t, words = speech.gettext, speech.words
    again = f"cauce run --city {site.city.id}"
    for product in site.catalog.products.values():
        need, address = product.need, at.product(product.name)
        late = t("The next release was due %(span)s ago.") % {"span": speech.span(product.late_by or timedelta(0))}
        if need is None or not need.calls:
            continue
        command, sentence = again, late
        if need is Need.HELD and product.held is not None:
            told = [speech.hold_reason(r) for r in product.held.reasons]
            sentence = " ".join(told) or t("The reason concerns data above this page's tier.")
            sentence += f" {late}" if product.late_by else ""
            address = at.attempt(product.name, product.held.number)
            command = f"cauce audit report {product.name} --city {site.city.id}"
        elif need is Need.NEVER_PUBLISHED:
            sentence = t("No release has been made yet.")
        elif need is Need.CLOSED:
            sentence = t("The release served now holds a column that may no longer be seen here.")
        yield Todo(words.state(need.value), speech.plain(product.title), address, sentence, command, need)


def _sources(site: Site, speech: Speech) -> Iterator[Todo]:
    at = Addresses(speech.language)
    for source in site.catalog.sources.values():
        for need in source.needs:
            status, sentence, command = _source_need(source, need, speech)
            title = speech.plain(source.title)
            yield Todo(status, title, at.source(source.name), sentence, f"{command} --city {site.city.id}", need)


def _source_need(source: SourceView, need: Need, speech: Speech) -> tuple[Standing, str, str]:
    """How one need of a source is told: its status, its sentence, and its command without the city."""
    t, words, last = speech.gettext, speech.words, source.newest
    if need is Need.REFUSED:
        said = last.refusal if last else ""
        sentence = said or t("Its last file was refused whole; the reason is above this page's tier.")
        if last and last.advice:
            sentence += " " + t("What to try:") + " " + last.advice
        return words.source_state("refused"), sentence, f"cauce source fetch {source.name}"
    if need is Need.NEVER_FETCHED:
        return words.source_state("never retrieved"), t("Nothing has been retrieved yet."), "cauce run"
    if need is Need.LATE:
        span = speech.span(source.late_by or timedelta(0))
        return words.source_state("late"), t("A new delivery was due %(span)s ago.") % {"span": span}, "cauce run"
    if need is Need.SET_ASIDE:
        records = source.newest_accepted.quarantined if source.newest_accepted else 0
        sentence = speech.translator.ngettext(
            "%(count)s record waits to be mended.", "%(count)s records wait to be mended.", records
        ) % {"count": speech.num(records)}
        return Standing(t("Set aside"), "◐", "fair"), sentence, f"cauce quarantine export {source.name}"
    if need is Need.CHANGED_CONTENT:
        sentence = t("It changed since the delivery before in a way that chance does not explain.")
        return words.weight("warning"), sentence, f"cauce source profile {source.name}"
    sentence = t("The file has columns that its contract does not know, or lacks some.")
    return Standing(t("Changed form"), "◐", "fair"), sentence, f"cauce contract show {source.name}"


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
