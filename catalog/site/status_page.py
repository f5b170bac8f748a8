"""The data team's page: what ran, what is held and why, what waits, what to do first. Never on the public site.

Belongs here: what the page is handed, what calls for someone first. Does not belong here: the list of things to do
(``to_do``), finding anything out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

from catalog.delivery_views import ChangeView
from catalog.site.addresses import Addresses
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.to_do import Todo, to_do
from catalog.site.words import Standing
from catalog.views import RunView, SetAside, SourceView
from contracts.condition import Need, source_due
from contracts.model import Text
from contracts.tiers import LEAST_RESTRICTIVE

LATEST_RUNS = 20
WHOLE = 60
"""Up to this many products or sources are all listed; of more, those that are not in order."""
FIRST = 5
"""Reasons of a source that stand open; the others are folded."""
MOST_CHANGES = 4
"""Changes of a source that are told here; its own page tells them all."""


@dataclass(frozen=True)
class Overdue:
    """Something that is late: what was promised, when it was due, and by how much."""

    title: Text
    address: str
    kind: str
    promised: str
    due: str
    late_by: timedelta
    is_held: bool = False


@dataclass(frozen=True)
class Waiting:
    """Records of one source set aside for one reason, and for how long deliveries have had such records."""

    reason: SetAside
    age: str
    deliveries: int


@dataclass(frozen=True)
class Aside:
    """What waits of one source: its records in all, the gravest reasons, the others."""

    source: SourceView
    records: int
    first: tuple[Waiting, ...]
    rest: tuple[Waiting, ...]


@dataclass(frozen=True)
class Changed:
    """A source that is not what it was, as far as this tier may know it."""

    source: SourceView
    changes: tuple[ChangeView, ...]
    more: int
    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ran:
    """A run, with its products by their titles where this tier has pages of them."""

    at: datetime
    status: Standing
    published: tuple[Named, ...]
    held: tuple[Named, ...]
    failed: tuple[Named, ...]


@dataclass(frozen=True)
class Named:
    """A name of a run, with the title and the page it has here."""

    name: str
    title: Text | None = None
    address: str | None = None


def status_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The page, on every site but the public one."""
    if site.tier == LEAST_RESTRICTIVE:
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
    todo = to_do(site, speech)
    products, sources = list(catalog.products.values()), list(catalog.sources.values())
    named = cache(partial(_named, site, Addresses(speech.language)))
    runs = [_ran(run, named, speech) for run in catalog.runs[:LATEST_RUNS]]
    return {
        "headline": headline(todo, speech),
        "checked_at": site.checked_at,
        "tallies": _tallies(todo),
        "calling": [item for item in todo if item.calls],
        "waiting": [item for item in todo if not item.calls],
        "overdue": sorted(_overdue(site, speech), key=lambda o: -o.late_by),
        "aside": _aside(site, speech),
        "changed": _changed(site),
        "runs": runs,
        "broken": runs[0] if runs and runs[0].status.tone == "poor" else None,
        "products": products if len(products) <= WHOLE else [p for p in products if p.need],
        "all_products": len(products),
        "sources": sources if len(sources) <= WHOLE else [s for s in sources if s.needs],
        "all_sources": len(sources),
        "unavailable": list(catalog.unavailable.values()),
    }


def headline(todo: Sequence[Todo], speech: Speech) -> str:
    """What calls for someone, counted, each thing once; what may wait is not in it."""
    needs = Counter(item.need for item in todo if item.calls)
    t = speech.translator
    both = sum(item.need is Need.HELD and item.is_late for item in todo)
    held, late, refused = needs[Need.HELD] - both, needs[Need.LATE], needs[Need.REFUSED]
    closed, never = needs[Need.CLOSED], needs[Need.NEVER_PUBLISHED] + needs[Need.NEVER_FETCHED]
    counted = (
        (held, t.ngettext("%(count)s product held", "%(count)s products held", held)),
        (both, t.ngettext("%(count)s product held and late", "%(count)s products held and late", both)),
        (refused, t.ngettext("%(count)s source refused", "%(count)s sources refused", refused)),
        (late, t.ngettext("%(count)s late", "%(count)s late", late)),
        (closed, t.ngettext("%(count)s no longer offered", "%(count)s no longer offered", closed)),
        (never, t.ngettext("%(count)s that never came", "%(count)s that never came", never)),
    )
    parts = [said % {"count": speech.num(count)} for count, said in counted if count]
    return "; ".join(parts) + "." if parts else t.gettext("Nothing waits for you: nothing is held, refused or late.")


def _tallies(todo: Sequence[Todo]) -> list[tuple[Standing, int]]:
    """How often each status stands in the list, in its order."""
    return list(Counter(item.status for item in todo).items())


def _overdue(site: Site, speech: Speech) -> Iterator[Overdue]:
    """What is late; a source's day is when its next delivery was promised."""
    at = Addresses(speech.language)
    t, words = speech.gettext, speech.words
    for product in site.catalog.products.values():
        if product.late_by and product.next_due:
            every = product.promise("frequency")
            promised = words.promised(every) if every else ""
            yield Overdue(product.title, at.product(product.name), t("Product"), promised,
                          speech.day(product.next_due), product.late_by, product.held is not None)  # fmt: skip
    for source in site.catalog.sources.values():
        if source.late_by and source.feed:
            every = next((p for p in source.promises if p.name == "frequency"), None)
            promised = words.promised(every) if every else ""
            yield Overdue(source.title, at.source(source.name), t("Source"), promised,
                          speech.day(source_due(source.feed.facts) or site.checked_at), source.late_by)  # fmt: skip


def _aside(site: Site, speech: Speech) -> list[Aside]:
    """What waits, the source with the most records first."""
    found = []
    for source in site.catalog.sources.values():
        good = source.newest_accepted
        if good is None or not good.set_aside:
            continue
        waiting = tuple(_waiting(site, source, reason, speech) for reason in good.set_aside)
        found.append(Aside(source, good.quarantined, waiting[:FIRST], waiting[FIRST:]))
    return sorted(found, key=lambda a: (-a.records, a.source.name))


def _waiting(site: Site, source: SourceView, reason: SetAside, speech: Speech) -> Waiting:
    """For how long, counted from the first delivery since which records were set aside for a reason, without a break.

    Of reasons that this tier may not name, only the last delivery can be told.
    """
    accepted = [n for n in source.landings if n.outcome == "accepted"]
    since, count = accepted[0].at, 1
    for landing in accepted[1:] if reason.rule else ():
        if all(reason.rule != told.rule for told in landing.set_aside):
            break
        since, count = landing.at, count + 1
    return Waiting(reason, speech.between(since, site.checked_at), count)


def _changed(site: Site) -> list[Changed]:
    """Sources whose last accepted delivery was not like the one before."""
    found = []
    for source in site.catalog.sources.values():
        good = source.newest_accepted
        if good is None or not ({Need.CHANGED_FORM, Need.CHANGED_CONTENT} & set(source.needs)):
            continue
        grave = [change for change in good.changes if change.weight != "info"]
        more = len(grave) - MOST_CHANGES if len(grave) > MOST_CHANGES else 0
        found.append(Changed(source, tuple(grave[:MOST_CHANGES]), more, good.added, good.missing))
    return found


def _ran(run: RunView, named: Callable[[str], Named], speech: Speech) -> Ran:
    return Ran(
        at=run.at,
        status=speech.words.run(run),
        published=tuple(map(named, run.published)),
        held=tuple(map(named, run.held)),
        failed=tuple(map(named, run.failed)),
    )


def _named(site: Site, at: Addresses, name: str) -> Named:
    product, source = site.catalog.products.get(name), site.catalog.sources.get(name)
    if product is not None:
        return Named(name, product.title, at.product(name))
    return Named(name) if source is None else Named(name, source.title, at.source(name))
