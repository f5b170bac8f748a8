"""Pages of measures: the list of all, and one page a measure.

Belongs here: what those pages are handed. Does not belong here: rows of their tables (``measure_rows``), words for a
formula (``formula_words``), what is wrong with the products they rest on (``notices``), problems' pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.answer import answer_measure
from catalog.machines.formats import Format
from catalog.measured import Measured, why_none
from catalog.site.addresses import Addresses
from catalog.site.chart_notes import FEW_SIGN, few_sign_note
from catalog.site.citing import figure_file
from catalog.site.equity_part import equity_part
from catalog.site.formula_words import FormulaWords, formula_words
from catalog.site.measure_rows import (
    Meeting,
    area_figures,
    groupings,
    is_for_parts,
    measure_row,
    meetings,
    newest_month,
)
from catalog.site.notices import notices
from catalog.site.performance import performance
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.speech import Speech
from contracts.condition import State
from contracts.measure import PRODUCT, Earlier, Measure


@dataclass(frozen=True)
class Replaced:
    """A definition that was replaced: what it was, and the months in which it and the one in force meet."""

    earlier: Earlier
    formula: FormulaWords | None
    meetings: tuple[Meeting, ...]


def measures_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The list of all measures."""
    at = Addresses(speech.language)
    t = speech.gettext
    rows = {name: measure_row(site, m, speech) for name, m in site.city.measures.items()}
    asked = [(p, [rows[m.id] for m in found]) for p in site.problems if (found := site.measures_of(p))]
    yield Page(
        address=at.measures(),
        template="measures.html",
        title=t("Measures"),
        section="measures",
        summary=t("What the city keeps count of: each figure with its definition, its target and who answers for it."),
        trail=((speech.plain(site.city.name), at.home()), (t("Measures"), None)),
        context={
            "asked": asked,
            "unasked": [row for row in rows.values() if not row.problems],
            "any_few": any(row.figure.few for row in rows.values()),
            "product": site.catalog.products.get(PRODUCT),
            "few_sign": FEW_SIGN,
            "few_note": few_sign_note(speech),
        },
    )


def measure_pages(site: Site, speech: Speech, measure: Measure) -> Iterator[Page]:
    """A measure's page."""
    at = Addresses(speech.language)
    t = speech.gettext
    title = speech.plain(measure.title)
    yield Page(
        address=at.measure(measure.id),
        template="measure.html",
        title=title,
        section="measures",
        summary=measure.definition,
        trail=((t("Measures"), at.measures()), (title, None)),
        names=(measure.title,),
        context=_context(site, measure, speech),
    )


def _context(site: Site, measure: Measure, speech: Speech) -> dict[str, Any]:
    told = site.measured.get(measure.id) or Measured(measure)
    product, origin = site.catalog.products.get(PRODUCT), site.origin_of(measure)
    row = measure_row(site, measure, speech)
    at = Addresses(speech.language)
    areas = area_figures(told, speech)
    return {
        "alternates": (Format("CSV", at.measured(measure.id), "text/csv"),) if measure.id in site.measured else (),
        "measure": measure,
        "row": row,
        "city_row": row.figure if row.figure.period == newest_month(told.areas) else None,
        "none_said": why_said(site, measure, told, speech),
        "product": product,
        "origin": origin,
        "reach": reach_of(told),
        "notices": notices(site, measure, speech),
        "part": performance(told, speech),
        "answer": answer_measure(measure, (*told.city, *told.areas), speech.regional),
        "judges_parts": is_for_parts(measure),
        "equity": equity_part(site, site.measured.get(measure.id), speech),
        "areas": areas,
        "areas_month": newest_month(told.areas),
        "groupings": groupings(site, told, speech),
        "formula": formula_words(site, measure.formula, speech),
        "replaced": [
            Replaced(old, formula_words(site, old.formula, speech), meetings(told, old.version, speech))
            for old in measure.earlier
        ],
        "near": speech.figure(measure.near * 100) if measure.target is not None else "",
        "query": told.query,
        "figure_file": figure_file(site, product, speech) if product else None,
        "few_sign": FEW_SIGN,
        "few_note": few_sign_note(speech),
        "minimum_cell": site.city.minimum_cell if site.city.hides_counts else 0,
    }


def reach_of(told: Measured) -> date | None:
    """The newest month that has a figure of the whole city or of an area; None where none has."""
    return max((o.period for o in (*told.city, *told.areas) if o.value is not None), default=None)


def why_said(site: Site, measure: Measure, told: Measured, speech: Speech) -> str:
    """Why no figure of the whole city is shown; empty where one is."""
    t = speech.gettext
    product = site.catalog.products.get(PRODUCT)
    if product is None:
        return t("This site may not show the product that holds the figures of measures.")
    if product.current is None:
        if product.state is State.WITHDRAWN:
            return t("The product that holds the figures of measures was withdrawn.")
        return t("The product that holds the figures of measures has not been published yet.")
    origin = site.origin_of(measure)
    if origin is not None and origin.state is State.WITHDRAWN:
        return t("The product it is worked out from was withdrawn.")
    if measure.formula.product not in site.city.products:
        return t("It is worked out from a product that this city does not have.")
    return {
        "": "",
        "no_rows": t("The release holds no row of it: its records hold none that count, or it was defined later."),
        "all_hidden": t("Too few cases stand behind each of its figures to show any."),
        "none_yet": t("No month has a figure yet: nothing has fallen due or come to an end."),
    }[why_none(told.city)]
