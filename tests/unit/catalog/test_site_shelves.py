"""A list of a thousand products is read by practice, in parts, in counts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any, cast

from catalog.site.shelves import FIRST, ON_A_PAGE, OTHER, WHOLE, Shelf, shelves, source_tally
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import CatalogView, ProductView, SourceView
from contracts.condition import SourceState, State
from contracts.model import Text
from tests.unit.catalog import site_world


class Named:
    """As much of a view as a shelf looks at."""

    def __init__(self, name: str, **more: Any) -> None:
        self.name = name
        self.title = Text(more.pop("title", name))
        self.practice = more.pop("practice", None)
        self.state = more.pop("state", State.PUBLISHED)


def stand(*products: Named, language: str = "en") -> tuple[Shelf, ...]:
    city = site_world.city()
    view = CatalogView("public", products={p.name: cast(ProductView, p) for p in products})
    site = Site(city, "public", datetime(2026, 11, 2), view, (), {}, {})
    return shelves(site, Speech(city, language))


def test_practices_keep_their_order_and_products_without_one_come_last() -> None:
    found = stand(Named("a"), Named("b", practice="data_service"), Named("c", practice="performance"))
    assert [(s.practice, [p.name for p in s.products]) for s in found] == [
        ("performance", ["c"]),
        ("data_service", ["b"]),
        (OTHER, ["a"]),
    ]


def test_titles_are_ordered_without_their_accents() -> None:
    found = stand(Named("1", title="Zanjas"), Named("2", title="Árboles"), Named("3", title="bicicletas"))
    assert [p.title.default for p in found[0].products] == ["Árboles", "bicicletas", "Zanjas"]


def test_what_needs_someone_is_counted_first() -> None:
    found = stand(Named("a"), Named("b", state=State.LATE), Named("c", state=State.HELD), Named("d"))
    assert [(t.status.word, t.count) for t in found[0].tally] == [("Held", 1), ("Late", 1), ("Published", 2)]


def test_a_few_products_are_all_named_and_of_many_the_first() -> None:
    (shelf,) = stand(*(Named(f"p{n:04}") for n in range(ON_A_PAGE + 1)))
    assert len(shelf.first(WHOLE)) == ON_A_PAGE + 1
    assert [p.name for p in shelf.first(WHOLE + 1)] == [f"p{n:04}" for n in range(FIRST)]
    parts = dict(shelf.parts())
    assert [len(parts[n]) for n in parts] == [ON_A_PAGE, 1]
    assert shelf.pages == len(parts)
    assert [p for part in parts.values() for p in part] == list(shelf.products)


def test_every_state_of_a_product_and_of_a_source_is_counted() -> None:
    products = [Named(s.value, state=s) for s in State]
    assert sum(t.count for t in stand(*products)[0].tally) == len(State)
    sources = [cast(SourceView, Named(s.value, state=s)) for s in SourceState]
    speech = Speech(site_world.city(folder=Path("x")), "es")
    assert sum(t.count for t in source_tally(sources, speech)) == len(SourceState)
