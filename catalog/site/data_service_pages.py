"""The page of the data service: how well the catalogue itself serves, by its built-in measures, and the same as CSV.

Belongs here: what the page is handed, which files its figures come from. Does not belong here: working figures out
(``catalog.data_service``), rows and drawings of one measure (``data_service_rows``), what a tier may see (its views).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from catalog.data_service.definitions import (
    DATA_AGE,
    IN_REVIEW,
    OWNERS_IN_REVIEW,
    RECORDS_HELD,
    RULES_HELD,
    SERVICE_LEVEL,
    SET_ASIDE,
)
from catalog.data_service.figures import Delivery, Entry, Told
from catalog.data_service.figures_file import service_figures
from catalog.site.addresses import Addresses
from catalog.site.data_service_quality import by_dimension
from catalog.site.data_service_rows import Section, ServiceWords, Titles, sections
from catalog.site.inventory_pages import inventory_files
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.speech import Speech
from contracts import kept
from contracts.model import Contract
from contracts.tiers import LEAST_RESTRICTIVE


@dataclass(frozen=True)
class File:
    """A file that figures come from."""

    name: str
    address: str
    sha256: str


@dataclass(frozen=True)
class Score:
    """A line of the scorecard: a figure, where it is, and the file it comes from; ``file`` is None where nothing is."""

    label: str
    value: str
    when: str
    file: File | None


@dataclass(frozen=True)
class Pillar:
    """A part of a city's data strategy with its figures; ``why_not`` says why there is none."""

    name: str
    scores: tuple[Score, ...]
    why_not: str = ""


def data_service_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The page."""
    at = Addresses(speech.language)
    t = speech.gettext
    told = service_figures(told_of(site))
    figures = told.figures
    words = ServiceWords(speech, _titles(site), site.today)
    found = sections(figures, words)
    files = _files(site, told.sha256)
    title = t("How well the data service serves")
    yield Page(
        address=at.data_service(),
        template="data_service.html",
        title=title,
        section="about",
        summary=t("Whether data is renewed as promised, how good it is, and whether the inventory is looked after."),
        trail=((speech.plain(site.city.name), at.home()), (title, None)),
        context={
            "today": site.today,
            "sections": found,
            "is_empty": not figures,
            "quality": by_dimension(figures, words),
            "pillars": _scorecard(site, found, files, speech),
            "files": files,
            "file": at.service_figures(),
        },
    )


def data_service_files(site: Site) -> Iterator[tuple[str, bytes]]:
    """The figures as CSV: address and bytes."""
    yield Addresses("").service_figures(), service_figures(told_of(site)).csv


def told_of(site: Site) -> Told:
    """What a tier's site knows that figures are made of."""
    return Told(
        products=dict(site.service.items()),
        deliveries=tuple(_deliveries(site)),
        inventory=tuple(_inventory(site)),
        today=site.today,
        zone=site.city.timezone,
    )


def _deliveries(site: Site) -> Iterator[Delivery]:
    for source in site.catalog.sources.values():
        for landing in source.landings:
            if landing.outcome == "accepted":
                yield Delivery(source.name, landing.at, landing.received, landing.quarantined)


def _inventory(site: Site) -> Iterator[Entry]:
    """The entries that are open here; of what is not, neither its owner's other entries nor its review is counted."""
    publisher = site.city.publisher.email
    for product in site.catalog.products.values():
        if product.tombstone is None:
            yield Entry(product.owner or product.steward or publisher, _review_due(product.contract))
    for name, source in site.catalog.sources.items():
        if source.is_open:
            yield Entry(source.owner or source.steward or publisher, _review_due(site.city.sources[name]))


def _review_due(contract: Contract | None) -> date | None:
    written = contract.custom.get("reviewDate") if contract else None
    return date.fromisoformat(str(written)) if written else None


def _titles(site: Site) -> Titles:
    """What products and sources are called."""
    products = {("product", name): product.title for name, product in site.catalog.products.items()}
    return products | {("source", name): source.title for name, source in site.catalog.sources.items()}


def _scorecard(site: Site, found: tuple[Section, ...], files: tuple[File, File], speech: Speech) -> list[Pillar]:
    t = speech.gettext
    own, inventory = files
    by_id = {section.definition.id: section for section in found}

    def scores(*names: str) -> tuple[Score, ...]:
        told = (by_id[name] for name in names)
        none = t("no figure yet")
        return tuple(
            Score(s.definition.title, s.newest.value, s.newest.month, own) if s.newest
            else Score(s.definition.title, none, "", None)
            for s in told
        )  # fmt: skip

    part, whole = _open_to_all(site)
    counted = t("%(part)s of %(whole)s") % {"part": speech.num(part), "whole": speech.num(whole)}
    entries = t("Entries of the inventory that are open to everybody")
    unused = t("Not measured: these pages count nobody, so nothing is known of how much the data is used.")
    return [
        Pillar(t("Governance"), scores(SERVICE_LEVEL, IN_REVIEW, OWNERS_IN_REVIEW)),
        Pillar(t("Quality"), scores(RULES_HELD, RECORDS_HELD, SET_ASIDE)),
        Pillar(t("Use"), (), unused),
        Pillar(t("Transparency"), (Score(entries, counted, speech.day(site.today), inventory), *scores(DATA_AGE))),
    ]


def _open_to_all(site: Site) -> tuple[int, int]:
    """Entries of the inventory that everybody may see, and all that this site lists."""
    catalog = site.catalog
    part = sum(p.is_public for p in catalog.products.values())
    part += sum(s.tier == LEAST_RESTRICTIVE for s in catalog.sources.values())
    return part, len(catalog.products) + len(catalog.sources) + len(catalog.cards)


def _files(site: Site, sha256: str) -> tuple[File, File]:
    """The file of figures, and the inventory."""
    address = Addresses("").service_figures()
    (inventory, data), *_ = inventory_files(site)
    return File(address, address, sha256), File(inventory, inventory, kept.sha256_bytes(data))
