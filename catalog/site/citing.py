"""What stands beside a file of figures: how to name it, under which licence it is, what its columns are.

Belongs here: the line to cite a release by, a file of figures. Does not belong here: the file
(``catalog.figures``), words of licences (a template's).
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.measured import COLUMNS
from catalog.site.addresses import Addresses
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import ProductView, ReleaseView
from contracts.model import Text
from contracts.tiers import LEAST_RESTRICTIVE


@dataclass(frozen=True)
class FigureColumn:
    """A column of a file of figures: its name, what it is, and its contract's words."""

    name: str
    role: str
    title: Text


@dataclass(frozen=True)
class FigureFile:
    """What is told of a file of figures."""

    columns: tuple[FigureColumn, ...]
    licence: str
    cite: str


def citation(site: Site, product: ProductView, release: ReleaseView, speech: Speech) -> str:
    """How to cite a release."""
    said = speech.gettext("%(publisher)s: %(title)s, release %(n)s, %(day)s.") % {
        "publisher": speech.plain(site.city.publisher.name),
        "title": speech.plain(product.title),
        "n": release.version,
        "day": speech.long_day(release.published_at),
    }
    if site.city.site_url and site.tier == LEAST_RESTRICTIVE:
        address = Addresses(speech.language).release(product.name, release.version)
        said += f" {site.city.site_url.rstrip('/')}/{address.removesuffix('index.html')}"
    return said


def figure_file(site: Site, product: ProductView, speech: Speech) -> FigureFile | None:
    """What stands beside a file of figures of measures; None where the product that holds them is not served."""
    if product.current is None:
        return None
    carried = {column.name: column for column in product.columns}
    t = speech.gettext
    roles = {
        "measure_id": t("which measure"),
        "measure_version": t("by which version of its definition"),
        "group_dimension": t("by what the figure is told apart; “all” where it is of everybody"),
        "group_id": t("which group; “all” where it is of everybody"),
        "area_id": t("which area; “all” for the whole city"),
        "area_name": t("the area's name"),
        "period": t("which month, by its first day"),
        "numerator": t("what stands above the line"),
        "denominator": t("what stands below the line"),
        "value": t("the figure; empty where it is not shown or there is none"),
        "value_low": t("how sure the figure is: the lower end"),
        "value_high": t("how sure the figure is: the upper end"),
        "n": t("how many cases the figure rests on; empty where too few to show"),
    }
    return FigureFile(
        tuple(FigureColumn(n, roles[n], carried[n].title if n in carried else Text("")) for n in COLUMNS),
        product.licence or site.city.licence,
        citation(site, product, product.current, speech),
    )
