"""What happened, as feeds: of the city, of each problem, of each product, in each language of the city.

Belongs here: which happenings stand in a feed and what each says, as far as the tier may know it: releases, refused
attempts, rollbacks, withdrawals, at the times of the ledger. Does not belong here: the format (``atom``), the ledger,
where a feed stands (``catalog.site.addresses``).

Names (``atom:id``) are UUIDs made of city, product and happening, so that neither a new address of the site nor a new
publisher makes an old entry look new. A feed in another language than English tells the same in other entries, which
carry the language in their names, so that whoever reads two of them sees both. A happening that came before the newest
``LONGEST`` leaves the feed and stays on the product's page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from catalog.language import SOURCE_LANGUAGE
from catalog.machines.atom import Feed, FeedEntry, Worded, atom
from catalog.machines.describing import base_of
from catalog.machines.naming import address, urn
from catalog.site.addresses import Addresses, between
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import Attempt, Change, ProductView
from contracts.city import Problem
from contracts.model import Text

LONGEST = 50
"""Entries of a feed."""

Files = Iterator[tuple[str, bytes]]


@dataclass(frozen=True)
class _Happening:
    """One entry before its words are made."""

    at: datetime
    key: str
    made: Callable[[], FeedEntry]


@dataclass(frozen=True)
class _Place:
    """A feed in one language. ``speech`` says its words; ``where`` is its address; ``marks`` its part of names."""

    site: Site
    speech: Speech
    where: str
    marks: tuple[str, ...]

    @property
    def pages(self) -> Addresses:
        """Where pages of its language stand."""
        return Addresses(self.speech.language)

    def name(self, *of: str) -> str:
        """A name that stays."""
        return urn(self.site.city.id, self.site.tier, *of, *self.marks)

    def link(self, page: str) -> str:
        """The way to a page from here."""
        return address(base_of(self.site), page) or between(self.where, page)

    def worded(self, text: Text) -> Worded:
        """A text of the city with its language."""
        return Worded(self.speech.plain(text), self.speech.spoken(text))


def product_feeds(site: Site, product: ProductView) -> Files:
    """The feeds of one product, by address."""
    said = product.purpose if product.purpose.default else product.title

    def made(place: _Place) -> bytes:
        page = place.pages.product(product.name)
        return _feed(place, ("products", product.name), _Head(place.worded(product.title), place.worded(said), page),
                     [product])  # fmt: skip

    return _in_each_language(site, ("products", product.name), made)


def problem_feeds(site: Site, problem: Problem) -> Files:
    """The feeds of one problem: what happened to each product that serves it."""

    def made(place: _Place) -> bytes:
        head = _Head(place.worded(problem.title), place.worded(problem.question), place.pages.problem(problem.id))
        return _feed(place, ("problems", problem.id), head, site.serving(problem))

    return _in_each_language(site, ("problems", problem.id), made)


def city_feeds(site: Site) -> Files:
    """The feeds of the whole catalogue."""

    def made(place: _Place) -> bytes:
        t, speech = place.speech.gettext, place.speech
        title = t("%(city)s: data catalogue") % {"city": speech.plain(site.city.name)}
        said = t("Releases, refused releases and withdrawals of every data product in this catalogue.")
        head = _Head(Worded(title, speech.interface), Worded(said, speech.interface), place.pages.home())
        return _feed(place, (), head, site.catalog.products.values())

    return _in_each_language(site, (), made)


@dataclass(frozen=True)
class _Head:
    """What a feed says of itself, and its page."""

    title: Worded
    said: Worded
    page: str


def _in_each_language(site: Site, of: tuple[str, ...], made: Callable[[_Place], bytes]) -> Files:
    """A feed in each language; where the city has no pages in English, its first language at the first address too.

    That address once told in English whatever the city spoke, and whoever follows it still is told.
    """
    languages = site.city.languages or (SOURCE_LANGUAGE,)
    for language in languages:
        where = Addresses(language).feed(*of)
        yield where, made(_Place(site, Speech(site.city, language), where, _marks(language)))
    if SOURCE_LANGUAGE not in languages:
        where = Addresses(SOURCE_LANGUAGE).feed(*of)
        yield where, made(_Place(site, Speech(site.city, languages[0]), where, ()))


def _marks(language: str) -> tuple[str, ...]:
    return () if language == SOURCE_LANGUAGE else (language,)


def _feed(place: _Place, of: tuple[str, ...], head: _Head, products: Iterable[ProductView]) -> bytes:
    site = place.site
    happened = sorted((h for p in products for h in _happenings(place, p)), key=lambda h: (h.at, h.key))
    return atom(
        Feed(
            id=place.name("feed", *of),
            language=place.speech.interface,
            title=head.title,
            subtitle=head.said,
            author=place.worded(site.city.publisher.name),
            email=site.city.publisher.email,
            page=place.link(head.page),
            page_language=place.speech.language,
            own=address(base_of(site), place.where),
            entries=[h.made() for h in reversed(happened[-LONGEST:])],
        )
    )


def _happenings(place: _Place, product: ProductView) -> Iterator[_Happening]:
    def entry(at: datetime, key: str, words: Callable[[], tuple[str, str, str, str]]) -> _Happening:
        def made() -> FeedEntry:
            title, summary, page, category = words()
            return FeedEntry(place.name(key), title, at, summary, place.link(page), category)

        return _Happening(at, key, made)

    for change in product.history:
        key = f"{product.name}/{change.action}/{change.version}/{change.at.isoformat()}"
        yield entry(change.at, key, lambda change=change: _changed(place, product, change))  # type: ignore[misc]
    for attempt in product.attempts:
        key = f"{product.name}/held/{attempt.number}"
        yield entry(attempt.at, key, lambda attempt=attempt: _held(place, product, attempt))  # type: ignore[misc]


def _changed(place: _Place, product: ProductView, change: Change) -> tuple[str, str, str, str]:
    at, t = place.pages, place.speech.gettext
    title = place.speech.plain(product.title)
    page = at.product(product.name)
    if change.action == "withdraw" or change.version is None:
        stone = product.tombstone
        note = place.speech.plain(stone.note) if stone and stone.at == change.at else ""
        said = f"{t('It is no longer offered.')} {note}".strip()
        return t("Withdrawn: %(title)s") % {"title": title}, said, page, "withdrawal"
    if product.is_listed(change.version):
        page = at.release(product.name, change.version)
    named = {"title": title, "n": change.version}
    if change.action == "rollback":
        said = t("Release %(n)s is served again.") % named
        return t("%(title)s: back to release %(n)s") % named, said, page, "rollback"
    return t("%(title)s: release %(n)s") % named, _released(place, product, change.version), page, "release"


def _released(place: _Place, product: ProductView, version: int) -> str:
    speech = place.speech
    t, n = speech.gettext, {"n": version}
    release = product.release(version)
    if release is None:
        return t("Release %(n)s was published; its files are no longer offered here.") % n
    if product.current is None or version != product.current.version:
        return t("Release %(n)s was published.") % n
    rows = release.manifest.rows
    said = speech.translator.ngettext(
        "Release %(n)s was published with %(rows)s record, after every rule that holds a release.",
        "Release %(n)s was published with %(rows)s records, after every rule that holds a release.",
        rows,
    ) % {**n, "rows": speech.num(rows)}
    if release.data_to is None:
        return said
    return said + " " + t("Data to %(day)s.") % {"day": speech.dated(release.data_to, release.dating)}


def _held(place: _Place, product: ProductView, attempt: Attempt) -> tuple[str, str, str, str]:
    at, speech = place.pages, place.speech
    t = speech.gettext
    reasons = [r.sentence for r in attempt.reasons if r.sentence]
    why = [t("Not kept: %(rule)s") % {"rule": speech.plain(r)} for r in reasons] or [t("A rule did not hold.")]
    if attempt.more and reasons:
        why.append(t("There are further reasons that are not open here."))
    if attempt.still_served:
        why.append(t("Release %(n)s stays served.") % {"n": attempt.still_served})
    else:
        why.append(t("Nothing is served yet."))
    page = at.attempt(product.name, attempt.number) if attempt.quality else at.product(product.name)
    title = t("Held: %(title)s") % {"title": speech.plain(product.title)}
    return title, " ".join(why), page, "hold"
