"""What a product's page says of how many records agree: only what the gate measured, of columns that the tier sees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog.settings import CatalogSettings
from catalog.site.product_pages import crowds, product_pages
from catalog.site.rendering import Renderer
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from tests.unit.catalog import site_world
from tests.unit.catalog.site_world import CHECKED_AT, build_world, text

NAME = "requests_monthly"
WORD = {"quasiIdentifiers": ["district_id", "category", "SECRET_column"], "k": 5, "sensitive": ["median_days"]}


def site_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tier: str, *, word: Any = WORD, result: str = "passed"
) -> Site:
    """The site of a city whose product promises ``word``, and whose gate came to ``result``."""
    plain = site_world.quality

    def measured(*given: Any, **more: Any) -> dict[str, Any]:
        told = plain(*given, **more)
        facts: dict[str, Any] = {
            "kind": "gate",
            "columns": [],
            "query": "",
            "engines": {},
            "proof": None,
            "result": result,
        }
        told["gate"].append(site_world.rule("anonymity", text("Nobody stands alone."), **facts))
        return told

    monkeypatch.setattr(site_world, "quality", measured)
    made = build_world(folder)
    promising = replace(made.city.products[NAME], custom={"anonymity": word} if word else {})
    city = replace(made.city, products={**made.city.products, NAME: promising})
    return read_site(city, made.home, tier, CHECKED_AT, CatalogSettings().sample_rows)


def said(site: Site, language: str = "en") -> list[tuple[str, list[str]]]:
    return crowds(site.catalog.products[NAME], Speech(site.city, language))


def test_it_is_said_of_the_columns_that_the_tier_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = site_of(tmp_path, monkeypatch, "public")
    assert said(site) == [
        ("Each combination of values of these columns stands in at least 5 records.", ["district_id", "category"]),
        ("Records that agree in that hold at least 2 different values of this column.", ["median_days"]),
    ]
    speech = Speech(site.city, "es")
    page = next(p for p in product_pages(site, speech, site.catalog.products[NAME]))
    html = Renderer(speech, site.tier, tuple(site.city.languages)).render(page).decode()
    withheld = html[html.index('id="withheld"') : html.index('id="columns"')]
    assert "Cada combinación de valores de estas columnas figura en al menos 5 registros." in withheld
    assert "<code>category</code>" in withheld
    assert "SECRET" not in withheld


def test_staff_read_of_their_own_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(site_of(tmp_path, monkeypatch, "internal"), "pt")[0] == (
        "Cada combinação de valores destas colunas aparece em pelo menos 5 registros.",
        ["district_id", "category", "SECRET_column"],
    )


@pytest.mark.parametrize(
    ("word", "result"),
    [(None, "not applicable"), (WORD, "not applicable"), ({"quasiIdentifiers": ["SECRET_column"]}, "passed")],
)
def test_nothing_is_said_that_was_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: Any, result: str
) -> None:
    assert said(site_of(tmp_path, monkeypatch, "public", word=word, result=result)) == []


def test_a_promise_that_the_release_was_not_made_under_is_not_said_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = site_of(tmp_path, monkeypatch, "public", word={"quasiIdentifiers": ["category"], "k": 20})
    product = site.catalog.products[NAME]
    assert product.contract is not None
    assert said(site)[0][0] == "Each value of this column stands in at least 20 records."
    later = replace(product.contract, version="1.1.0")
    monkeypatch.setitem(vars(product), "contract", later)
    assert said(site) == []
