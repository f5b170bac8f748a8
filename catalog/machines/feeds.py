"""What happened, as feeds: of the city, of each problem, of each product.

Belongs here: which happenings stand in a feed and what each says, as far as the tier may know it: releases, refused
attempts, rollbacks, withdrawals, at the times of the ledger. Does not belong here: the format (``atom``), the ledger.

Names (``atom:id``) are UUIDs made of city, product and happening, so that neither a new address of the site nor a new
publisher makes an old entry look new. A happening that came before the newest ``LONGEST`` leaves the feed and stays
on the product's page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from catalog.machines.atom import Feed, FeedEntry, atom
from catalog.machines.describing import base_of
from catalog.machines.naming import address, urn
from catalog.site.addresses import Addresses, between
from catalog.site.site import Site
from catalog.views import Attempt, Change, ProductView
from contracts.city import Problem

LONGEST = 50
"""Entries of a feed."""


@dataclass(frozen=True)
class _Happening:
    """One entry before its words are made."""

    at: datetime
    key: str
    made: Callable[[], FeedEntry]


def product_feed(site: Site, product: ProductView) -> bytes:
    """The feed of one product."""
    title = product.title.default
    return _feed(site, ("products", product.name), title, product.purpose.default or title, [product])


def problem_feed(site: Site, problem: Problem) -> bytes:
    """The feed of one problem: what happened to each product that serves it."""
    return _feed(site, ("problems", problem.id), problem.title.default, problem.question.default, site.serving(problem))


def city_feed(site: Site) -> bytes:
    """The feed of the whole catalogue."""
    name = site.city.name.default
    said = "Releases, refused releases and withdrawals of every data product in this catalogue."
    return _feed(site, (), f"{name}: data catalogue", said, site.catalog.products.values())


def _feed(site: Site, of: tuple[str, ...], title: str, said: str, products: Iterable[ProductView]) -> bytes:
    at = Addresses((site.city.languages or ("en",))[0])
    where = at.feed(*of)
    page = at.home()
    if of:
        page = at.product(of[1]) if of[0] == "products" else at.problem(of[1])
    happened = sorted((h for p in products for h in _happenings(site, p, where)), key=lambda h: (h.at, h.key))
    base = base_of(site)
    return atom(
        Feed(
            id=urn(site.city.id, site.tier, "feed", *of),
            title=title,
            subtitle=said,
            author=site.city.publisher.name.default,
            email=site.city.publisher.email,
            page=address(base, page) or between(where, page),
            own=address(base, where),
            entries=[h.made() for h in reversed(happened[-LONGEST:])],
        )
    )


def _happenings(site: Site, product: ProductView, feed: str) -> Iterator[_Happening]:
    def entry(at: datetime, key: str, words: Callable[[], tuple[str, str, str, str]]) -> _Happening:
        def made() -> FeedEntry:
            title, summary, page, category = words()
            link = address(base_of(site), page) or between(feed, page)
            return FeedEntry(urn(site.city.id, site.tier, key), title, at, summary, link, category)

        return _Happening(at, key, made)

    for change in product.history:
        key = f"{product.name}/{change.action}/{change.version}/{change.at.isoformat()}"
        yield entry(change.at, key, lambda change=change: _changed(site, product, change))  # type: ignore[misc]
    for attempt in product.attempts:
        key = f"{product.name}/held/{attempt.number}"
        yield entry(attempt.at, key, lambda attempt=attempt: _held(site, product, attempt))  # type: ignore[misc]


def _changed(site: Site, product: ProductView, change: Change) -> tuple[str, str, str, str]:
    at = Addresses((site.city.languages or ("en",))[0])
    title = product.title.default
    page = at.product(product.name)
    if change.action == "withdraw" or change.version is None:
        stone = product.tombstone
        note = stone.note.default if stone and stone.at == change.at else ""
        said = f"It is no longer offered. {note}".strip()
        return f"Withdrawn: {title}", said, page, "withdrawal"
    if product.is_listed(change.version):
        page = at.release(product.name, change.version)
    if change.action == "rollback":
        said = f"Release {change.version} is served again."
        return f"{title}: back to release {change.version}", said, page, "rollback"
    return f"{title}: release {change.version}", _released(product, change.version), page, "release"


def _released(product: ProductView, version: int) -> str:
    release = product.release(version)
    if release is None:
        return f"Release {version} was published; its files are no longer offered here."
    if product.current is None or version != product.current.version:
        return f"Release {version} was published."
    manifest = release.manifest
    reaches = f" Data to {release.data_to.date().isoformat()}." if release.data_to else ""
    return (
        f"Release {version} was published with {manifest.rows} records, after every rule that holds a release.{reaches}"
    )


def _held(site: Site, product: ProductView, attempt: Attempt) -> tuple[str, str, str, str]:
    at = Addresses((site.city.languages or ("en",))[0])
    stays = f"Release {attempt.still_served} stays served." if attempt.still_served else "Nothing is served yet."
    reasons = [r.sentence.default for r in attempt.reasons if r.sentence]
    more = ["There are further reasons that are not open here."] if attempt.more and reasons else []
    why = ["A rule did not hold."] if not reasons else [f"Not kept: {r}" for r in reasons]
    page = at.attempt(product.name, attempt.number) if attempt.quality else at.product(product.name)
    return f"Held: {product.title.default}", " ".join([*why, *more, stays]), page, "hold"
