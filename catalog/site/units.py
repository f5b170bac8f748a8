"""The units of a site: what is made together, and made again together.

    en/product/x    every page of one product in one language     files/product/x   its files for programs
    en/problem/x    a problem's page                               files/problem/x   its figures as CSV, its feeds
    en/measure/x    a measure's page                               files/measure/x   its figures as CSV
    en/source/x     a source's page                                files/source/x    its files for programs
    en/card/x, en/front, en/search, ...                            data/x            a product's released files
    files/catalog, files/feeds, files/sitemap, ...

Belongs here: which units there are, and calling the builders of pages and files. Does not belong here: what a page
says, whether a unit must be made again (``build``), files of releases, which are copied and not made (``data``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from catalog.machines.feeds import problem_feeds
from catalog.machines.files import SITE_FILES, product_files, source_files
from catalog.measured import measured_csv
from catalog.site.about_pages import about_pages
from catalog.site.addresses import Addresses
from catalog.site.assets import assets
from catalog.site.data_service_pages import data_service_files, data_service_pages
from catalog.site.follow_pages import follow_pages
from catalog.site.front_pages import card_pages, front_pages, missing_page, root_page
from catalog.site.glossary_pages import glossary_pages
from catalog.site.inventory_pages import inventory_files, inventory_pages
from catalog.site.lineage_overview import lineage_overview_pages
from catalog.site.lineage_pages import lineage_pages
from catalog.site.measure_pages import measure_pages, measures_pages
from catalog.site.packet_pages import packet_pages
from catalog.site.problem_pages import problem_pages
from catalog.site.product_pages import product_pages
from catalog.site.quality_pages import quality_pages
from catalog.site.rendering import Page, Renderer
from catalog.site.request_pages import request_pages
from catalog.site.search_pages import search_pages, search_unit
from catalog.site.site import Site
from catalog.site.source_pages import source_pages
from catalog.site.speech import Speech
from catalog.site.status_page import status_pages

Files = Iterator[tuple[str, bytes]]
Builder = Callable[[Site, tuple[Speech, ...]], Files]
"""Makes a unit's files, by address, of a site and its languages."""

_PAGES: Mapping[str, Callable[[Site, Speech], Iterator[Page]]] = {
    "front": front_pages,
    "about": about_pages,
    "follow": follow_pages,
    "glossary": glossary_pages,
    "requests": request_pages,
    "inventory": inventory_pages,
    "data-service": data_service_pages,
    "lineage": lineage_overview_pages,
    "packet": packet_pages,
    "measures": measures_pages,
    "status": status_pages,
}
"""Pages of which a language has one unit each."""

_FILES: Mapping[str, Callable[[Site], Files]] = {
    **SITE_FILES,
    "inventory": inventory_files,
    "data-service": data_service_files,
}
"""Files for programs of the whole site."""


def units(site: Site, languages: tuple[str, ...]) -> dict[str, Builder]:
    """Every unit's builder but those of released files, by the unit's name."""
    found: dict[str, Builder] = {"root": _root, "assets": _assets}
    for n, language in enumerate(languages):
        found |= {f"{language}/{name}": partial(_pages, n, builder) for name, builder in _PAGES.items()}
        found |= {f"{language}/problem/{p.id}": partial(_problem, n, i) for i, p in enumerate(site.problems)}
        found |= {f"{language}/measure/{name}": partial(_measure, n, name) for name in site.city.measures}
        found |= {f"{language}/product/{name}": partial(_product, n, name) for name in site.catalog.products}
        found |= {f"{language}/source/{name}": partial(_source, n, name) for name in site.catalog.sources}
        found |= {f"{language}/card/{card.key}": partial(_card, n, i) for i, card in enumerate(site.catalog.cards)}
        found[f"{language}/search"] = partial(_search, n)
    found |= {f"files/{name}": partial(_files, builder) for name, builder in _FILES.items()}
    found |= {f"files/problem/{p.id}": partial(_problem_files, i) for i, p in enumerate(site.problems)}
    found |= {f"files/measure/{name}": partial(_measure_files, name) for name in site.city.measures}
    found |= {f"files/product/{name}": partial(_product_files, name) for name in site.catalog.products}
    found |= {f"files/source/{name}": partial(_source_files, name) for name in site.catalog.sources}
    return found


def pages(site: Site, speech: Speech) -> Iterator[Page]:
    """Every page of one tier in one language."""
    for builder in (*_PAGES.values(), search_pages):
        yield from builder(site, speech)
    for problem in site.problems:
        yield from problem_pages(site, speech, problem)
    for measure in site.city.measures.values():
        yield from measure_pages(site, speech, measure)
    for name in site.catalog.products:
        yield from _pages_of_product(site, speech, name)
    for source in site.catalog.sources.values():
        yield from source_pages(site, speech, source)
    for card in site.catalog.cards:
        yield from card_pages(speech, card)


def _pages_of_product(site: Site, speech: Speech, name: str) -> Iterator[Page]:
    product = site.catalog.products[name]
    yield from product_pages(site, speech, product)
    yield from quality_pages(site, speech, product)
    yield from lineage_pages(site, speech, product)


def _rendered(site: Site, voices: tuple[Speech, ...], n: int, made: Iterator[Page]) -> Files:
    renderer = Renderer(voices[n], site.tier, tuple(v.language for v in voices))
    for page in made:
        yield page.address, renderer.render(page)


def _root(site: Site, voices: tuple[Speech, ...]) -> Files:
    return _rendered(site, voices, 0, iter((root_page(voices[0]), missing_page(voices))))


def _assets(site: Site, voices: tuple[Speech, ...]) -> Files:
    del site, voices
    yield from assets().items()


def _pages(n: int, builder: Callable[[Site, Speech], Iterator[Page]], site: Site, voices: tuple[Speech, ...]) -> Files:
    return _rendered(site, voices, n, builder(site, voices[n]))


def _problem(n: int, i: int, site: Site, voices: tuple[Speech, ...]) -> Files:
    return _rendered(site, voices, n, problem_pages(site, voices[n], site.problems[i]))


def _measure(n: int, name: str, site: Site, voices: tuple[Speech, ...]) -> Files:
    return _rendered(site, voices, n, measure_pages(site, voices[n], site.city.measures[name]))


def _product(n: int, name: str, site: Site, voices: tuple[Speech, ...]) -> Files:
    return _rendered(site, voices, n, _pages_of_product(site, voices[n], name))


def _source(n: int, name: str, site: Site, voices: tuple[Speech, ...]) -> Files:
    return _rendered(site, voices, n, source_pages(site, voices[n], site.catalog.sources[name]))


def _card(n: int, i: int, site: Site, voices: tuple[Speech, ...]) -> Files:
    return _rendered(site, voices, n, card_pages(voices[n], site.catalog.cards[i]))


def _search(n: int, site: Site, voices: tuple[Speech, ...]) -> Files:
    made, index = search_unit(site, voices[n])
    yield index
    yield from _rendered(site, voices, n, iter(made))


def _files(builder: Callable[[Site], Files], site: Site, voices: tuple[Speech, ...]) -> Files:
    del voices
    return builder(site)


def _product_files(name: str, site: Site, voices: tuple[Speech, ...]) -> Files:
    del voices
    return product_files(site, site.catalog.products[name])


def _source_files(name: str, site: Site, voices: tuple[Speech, ...]) -> Files:
    del voices
    return source_files(site, site.catalog.sources[name])


def _problem_files(i: int, site: Site, voices: tuple[Speech, ...]) -> Files:
    del voices
    problem = site.problems[i]
    yield from problem_feeds(site, problem)
    told = [site.measured[name] for name in problem.measures if name in site.measured]
    if told:
        yield Addresses("").figures(problem.id), measured_csv([replace(m, groups={}, earlier={}) for m in told])


def _measure_files(name: str, site: Site, voices: tuple[Speech, ...]) -> Files:
    del voices
    if name in site.measured:
        yield Addresses("").measured(name), measured_csv([site.measured[name]])
