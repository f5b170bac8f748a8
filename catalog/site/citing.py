"""What stands beside a file of figures: how to name it, under which licence it is, what its columns are.

Belongs here: the line to cite a release by, a problem's file of figures. Does not belong here: the file
(``catalog.figures``), words of licences (a template's).
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.figures import interval_columns
from catalog.site.addresses import Addresses
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import ProductView, ReleaseView
from contracts.city import ProblemMeasure
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
    """What is told of a problem's file of figures."""

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


def figure_file(site: Site, product: ProductView, measure: ProblemMeasure, speech: Speech) -> FigureFile | None:
    """What stands beside a problem's file of figures; None where its product is not served."""
    if product.current is None:
        return None
    carried = {column.name: column for column in product.columns}
    t = speech.gettext
    roles = {
        measure.area: t("which area"),
        measure.area_name: t("the area's name"),
        measure.period: t("which month, by its first day"),
        measure.value: t("the figure; empty where it is not shown or there is none"),
    }
    low, high = interval_columns(measure)
    if low in carried and high in carried:
        roles |= {low: t("how sure the figure is: the lower end"), high: t("how sure the figure is: the upper end")}
    if measure.n:
        roles[measure.n] = t("how many cases the figure rests on; empty where too few to show")
    return FigureFile(
        tuple(FigureColumn(n, r, carried[n].title if n in carried else Text("")) for n, r in roles.items()),
        product.licence or site.city.licence,
        citation(site, product, product.current, speech),
    )
