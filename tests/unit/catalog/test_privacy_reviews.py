"""Privacy reviews on the pages: who may know what of them, and the sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from catalog.ruling_views import PrivacyView
from catalog.rulings import privacy, reviews
from catalog.settings import CatalogSettings
from catalog.site.product_pages import product_pages
from catalog.site.rendering import Renderer
from catalog.site.review_words import review_lines, review_todo
from catalog.site.site import read_site
from catalog.site.speech import Speech
from contracts.city import PrivacyReview, Ruling
from contracts.model import Place, Step, Text
from contracts.reviews import ReviewState
from tests.unit.catalog.site_world import CHECKED_AT, World, build_world, city, products

TODAY = date(2026, 11, 2)

PRODUCT = replace(products()["requests_monthly"])
ENGLISH = Speech(city(), "en")


def review(*covers: str, **more: Any) -> Ruling:
    found = PrivacyReview(
        more.pop("risk", "low"), Text("Districts can be compared."), more.pop("decision", "open"), more.pop("if_", None)
    )
    given: dict[str, Any] = {
        **{"kind": "review", "subject": "requests_monthly", "reason": "SECRET reason", "by": "privacy@ribera.example"},
        **{"on": date(2026, 9, 1), "until": date(2027, 9, 1), "change": None, "place": Place("decisions.yaml", 1)},
        **{"author": "SECRET author", "covers": covers or ("generalise_date", "count_with_min_cell"), "review": found},
    }
    return Ruling(**{**given, **more})


def said(view: PrivacyView | None) -> list[str]:
    return [str(sentences) for sentences, _ in review_lines(view, ENGLISH)]


def test_everybody_is_told_what_was_weighed_and_staff_by_whom() -> None:
    public = privacy([review()], PRODUCT, "public", TODAY)
    assert said(public) == [
        "On 1 Sep 2026 the person who answers for privacy weighed whether the data could point at somebody, "
        "and found the risk low. It was decided to publish it. Districts can be compared. "
        "The decision is to be made again by 1 Sep 2027."
    ]
    assert public is not None
    assert (public.state, public.until, public.held_from) == (None, None, None)
    staff = privacy([review()], PRODUCT, "internal", TODAY)
    assert staff is not None
    assert said(staff)[0].startswith("On 1 Sep 2026 privacy@ribera.example weighed")
    assert "SECRET" not in repr((public, staff))
    assert "SECRET" not in repr([reviews([review()], PRODUCT, tier) for tier in ("public", "internal")])


def test_conditions_an_end_and_columns_that_nobody_reviewed() -> None:
    given = review("opened", risk="moderate", decision="limited", if_=Text("By month alone."), until=date(2026, 10, 1))
    view = privacy([given], PRODUCT, "public", TODAY)
    lines = review_lines(view, ENGLISH)
    assert "found the risk moderate. It was decided to publish it under conditions. By month alone." in lines[0][0]
    assert lines[0][0].endswith("The decision was to be made again by 1 Oct 2026, and has not been.")
    assert lines[0][1] == ("opened",)
    assert lines[1] == ("No person has put on record yet why this may be seen.", ("month",))


def test_everybody_is_not_told_that_a_review_withholds() -> None:
    given = [review(), review("opened", decision="withhold", on=date(2026, 10, 1))]
    public, staff = (privacy(given, PRODUCT, tier, TODAY) for tier in ("public", "internal"))
    assert "not to publish" not in " ".join(said(public))
    assert "Reviewed on 1 Oct 2026 by the person who answers for privacy." in " ".join(said(public))
    assert "It was decided not to publish it." in " ".join(said(staff))
    assert staff is not None
    assert staff.state is ReviewState.WITHHELD


def test_a_column_above_the_tier_is_named_to_nobody_below() -> None:
    columns = [replace(c, step=Step("pseudonym", "1.0.0")) if c.name == "SECRET_column" else c for c in PRODUCT.columns]
    above = replace(PRODUCT, object=replace(PRODUCT.object, properties=tuple(columns)))
    given = [review("generalise_date", "count_with_min_cell"), review("SECRET_column", on=date(2026, 9, 2))]
    assert "SECRET" not in repr(privacy(given, above, "public", TODAY))
    assert "SECRET_column" in repr(privacy(given, above, "internal", TODAY))
    only = [c for c in columns if c.name in ("district_id", "SECRET_column")]
    assert privacy([], replace(above, object=replace(above.object, properties=tuple(only))), "public", TODAY) is None


@pytest.mark.parametrize(
    ("rulings", "on", "words"),
    [
        ([], TODAY, "nobody has reviewed that"),
        ([review()], date(2027, 8, 1), "ends on 1 Sep 2027"),
        ([review()], date(2027, 9, 2), "ended on 1 Sep 2027; from 1 Dec 2027 on the product is held"),
        ([review()], date(2028, 9, 2), "ended on 1 Sep 2027, and the product is held"),
        ([review(decision="withhold")], TODAY, "must not be public"),
        ([review()], TODAY, ""),
    ],
)
def test_what_the_data_team_is_told(rulings: list[Ruling], on: date, words: str) -> None:
    staff = privacy(rulings, PRODUCT, "internal", on)
    public = privacy(rulings, PRODUCT, "public", on)
    assert staff is not None
    assert public is not None
    told = review_todo(staff, ENGLISH)
    assert (told is not None) is bool(words)
    assert told is None or (words in told[0] and told[1].endswith("."))
    assert review_todo(public, ENGLISH) is None


@pytest.mark.parametrize("tier", ["public", "internal"])
def test_it_stands_on_the_products_page_under_what_is_not_here(tmp_path: Path, tier: str) -> None:
    made = build_world(tmp_path)
    world = World(replace(made.city, rulings=(review("count_with_min_cell"),)), made.home)
    site = read_site(world.city, world.home, tier, CHECKED_AT, CatalogSettings().sample_rows)
    speech = Speech(site.city, "es")
    page = next(p for p in product_pages(site, speech, site.catalog.products["requests_monthly"]))
    html = Renderer(speech, site.tier, tuple(site.city.languages)).render(page).decode()
    withheld = html[html.index('id="withheld"') : html.index('id="columns"')]
    assert "Districts can be compared." in withheld
    assert "<code>opened</code>" in withheld
    assert "SECRET" not in withheld
    assert ("privacy@ribera.example" in withheld) is (tier == "internal")
