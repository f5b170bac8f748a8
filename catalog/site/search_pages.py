"""The search page, and everything by letter for whoever has no scripts.

Belongs here: what the page is handed, and the index it loads. Does not belong here: what of a view is searched
(``search_entries``), the index's form (``catalog.search``), finding (``scripts/search.js``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.answer import UNPLACED
from catalog.glossary import glossary
from catalog.search import Entry, Kind, build_index, fold
from catalog.site.addresses import Addresses
from catalog.site.rendering import Page
from catalog.site.search_entries import (
    card_entry,
    help_entries,
    measure_entry,
    problem_entry,
    product_entry,
    source_entry,
    term_entry,
)
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import ProductView
from contracts.city import Problem

MOST_ON_ONE_PAGE = 300
"""Things listed on the search page itself; where there are more, each letter has a page."""
OTHER = "0"
"""The letter of what begins with none."""


@dataclass(frozen=True)
class Letter:
    """A letter and what begins with it; ``address`` is its own page, or None where it stands on the search page."""

    letter: str
    label: str
    entries: tuple[Entry, ...]
    address: str | None


def search_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The search, and a page a letter where there is much."""
    yield from search_unit(site, speech)[0]


def search_files(site: Site, speech: Speech) -> Iterator[tuple[str, bytes]]:
    """The index that the search page loads, by its address."""
    yield search_unit(site, speech)[1]


def search_unit(site: Site, speech: Speech) -> tuple[tuple[Page, ...], tuple[str, bytes]]:
    """The pages, and the index with its address: both of the same entries, which are made once."""
    made = entries(site, speech)
    data = build_index(made, speech.language)
    address = f"assets/search-{speech.language}-{hashlib.sha256(data).hexdigest()[:12]}.js"
    return tuple(_pages(site, speech, made, address)), (address, data)


def _pages(site: Site, speech: Speech, made: Sequence[Entry], index_address: str) -> Iterator[Page]:
    at = Addresses(speech.language)
    t = speech.gettext
    title = t("Search")
    every = letters(speech, made)
    kinds = _kinds(speech)
    yield Page(
        address=at.search(),
        template="search.html",
        title=title,
        section="search",
        summary=t("Find questions, data products, their columns, sources and words."),
        trail=((speech.plain(site.city.name), at.home()), (title, None)),
        context={"index_address": index_address, "letters": every, "kinds": kinds},
    )
    for letter in every:
        if letter.address is None:
            continue
        named = t("Everything with %(letter)s") % {"letter": letter.label}
        yield Page(
            address=letter.address,
            template="letter.html",
            title=named,
            section="search",
            trail=((title, at.search()), (named, None)),
            across=at.search(),
            context={"letter": letter, "letters": every, "kinds": kinds},
        )


def entries(site: Site, speech: Speech) -> tuple[Entry, ...]:
    """Everything that may be found on one tier's site, in one language."""
    catalog = site.catalog
    areas = {problem.id: _areas(site, problem) for problem in site.problems}
    of = {name: site.served_problems(name) for name in catalog.products}
    return (
        *(problem_entry(speech, problem, (*areas[problem.id], *_counted(site, problem))) for problem in site.problems),
        *(measure_entry(speech, m, site.problems_of(m)) for m in site.city.measures.values()),
        *(product_entry(speech, p, of[p.name], _held(site, p, of[p.name], areas)) for p in catalog.products.values()),
        *(source_entry(speech, source) for source in catalog.sources.values()),
        *(card_entry(speech, card) for card in catalog.cards),
        *help_entries(speech, site.tier),
        *(term_entry(speech, term) for group in glossary(speech.translator) for term in group.terms),
    )


def _areas(site: Site, problem: Problem) -> tuple[str, ...]:
    """The names of the areas that a problem's figures tell of."""
    figures = site.figures[problem.id].observations if problem.id in site.figures else None
    return tuple(sorted({o.area_name for o in figures or () if o.area != UNPLACED}))


def _counted(site: Site, problem: Problem) -> tuple[str, ...]:
    """What a problem's figures are counted of, where the tier may see the products that they are worked out from."""
    seen = [m.formula for m in site.measures_of(problem) if m.id in site.measured and site.origin_of(m) is not None]
    return tuple(str(value) for formula in seen for values in formula.where.values() for value in values)


def _held(
    site: Site, product: ProductView, problems: Sequence[Problem], areas: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """What a product's files hold again and again, and the areas of the problems it serves; only what is served."""
    if product.name not in site.values:
        return ()
    columns = {column.name for column in product.columns}
    naming = [p.id for p in problems if p.measure and p.measure.area_name in columns]
    told = {area for problem in naming for area in areas[problem]}
    return tuple(sorted(told | set(site.values[product.name])))


def letters(speech: Speech, made: Sequence[Entry]) -> tuple[Letter, ...]:
    """What has a page of its own, under the first letter of its title, without accents."""
    listed = sorted((e for e in made if e.kind not in (Kind.PAGE, Kind.WORD)), key=lambda e: (fold(e.title), e.address))
    found: dict[str, list[Entry]] = {}
    for entry in listed:
        first = next((c for c in fold(entry.title) if c.isalnum()), "")
        found.setdefault(first if first.isascii() and first.isalpha() else OTHER, []).append(entry)
    at = Addresses(speech.language)
    apart = len(listed) > MOST_ON_ONE_PAGE
    return tuple(
        Letter(
            letter,
            letter.upper() if letter != OTHER else speech.gettext("other signs"),
            tuple(found[letter]),
            at.letter(letter) if apart else None,
        )
        for letter in sorted(found, key=lambda name: (name == OTHER, name))
    )


def _kinds(speech: Speech) -> dict[Kind, str]:
    t = speech.gettext
    return {
        Kind.PROBLEM: t("question"),
        Kind.MEASURE: t("measure"),
        Kind.PRODUCT: t("data product"),
        Kind.SOURCE: t("source"),
        Kind.CARD: t("not open here"),
    }
