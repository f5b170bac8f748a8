"""The map beside a problem's table of areas.

Belongs here: choosing the boundaries, putting figures and outlines together, their words. Does not belong here:
geometry and steps (``catalog.maps``), drawing (``catalog.charts``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from catalog.answer import UNPLACED, Answer, Observation
from catalog.answer.figures import month_of
from catalog.answer.sentences import Wording
from catalog.charts import Choropleth, Region, choropleth
from catalog.maps.outlines import PER_UNIT, Outline, Outlines, boundary_file, outlines
from catalog.maps.steps import Steps, steps_of
from catalog.numbers import rounded
from catalog.site.chart_notes import FEW_SIGN, few_sign_note
from catalog.site.drawings import Drawing, both
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import ProductView
from contracts.city import Problem, ProblemMeasure

AREA: Final = "district_id"
"""The key of a product of boundaries: what the product of all measures calls ``area_id``."""
AREA_NAME: Final = "district_name"
"""The column of it that names an area."""


@dataclass(frozen=True)
class _Areas:
    """A month's figures by area, the outlines they belong to, and the steps they fall into.

    A figure is sorted as it is shown, with ``digits`` decimals, so that what stands on an area agrees with its fill.
    """

    measure: ProblemMeasure
    figures: Mapping[str, Observation]
    drawn: Outlines
    steps: Steps
    digits: int
    focus: str | None

    def step(self, area: str) -> int | Literal["hidden", "none"]:
        """The step of an area's figure, or why it has none."""
        found = self.figures.get(area)
        if found is None or (found.value is None and not found.hidden):
            return "none"
        return "hidden" if found.value is None else self.steps.of(float(rounded(found.value, self.digits)))

    @property
    def shown(self) -> list[Observation]:
        """The figures that are on the map, from the highest."""
        found = [self.figures[o.area] for o in self.drawn.areas if o.area in self.figures]
        return sorted((f for f in found if f.value is not None), key=lambda f: (-(f.value or 0.0), f.area_name))

    def number(self, step: int | str) -> int:
        """How many areas have a step."""
        return sum(self.step(o.area) == step for o in self.drawn.areas)


def boundaries_of(site: Site, problem: Problem) -> ProductView | None:
    """The product whose current release has the boundaries of a problem's areas; None where the tier sees none.

    It is one whose key is the column of areas, and whose release has geometry; the problem's own products go before
    others.
    """
    if problem.measure is None:
        return None
    own = [name for name in problem.products if name in site.catalog.products]
    for name in dict.fromkeys([*own, *sorted(site.catalog.products)]):
        product = site.catalog.products[name]
        if [column.name for column in product.columns if column.is_key] != [AREA]:
            continue
        release = product.current
        if release and release.offered and boundary_file(release):
            return product
    return None


def area_map(site: Site, problem: Problem, reply: Answer, speech: Speech) -> Drawing | None:
    """The areas' figures in the month of the answer as a map.

    None where there is nothing to compare, or no released boundary that this tier may see.
    """
    measure, figures = problem.measure, site.figures.get(problem.id)
    product = boundaries_of(site, problem)
    if measure is None or figures is None or product is None or product.current is None or reply.period is None:
        return None
    now = {o.area: o for o in figures.observations or () if month_of(o.period) == reply.period and o.area != UNPLACED}
    drawn = outlines(product.current, AREA, AREA_NAME)
    values = [now[o.area].value for o in drawn.areas if o.area in now] if drawn else []
    known = [v for v in values if v is not None]
    if drawn is None or len(drawn.areas) < 2 or not known:
        return None
    digits = int(reply.evidence["digits"])
    steps = steps_of([float(rounded(v, digits)) for v in known], measure.target, above=measure.direction == "higher")
    areas = _Areas(measure, now, drawn, steps, digits, reply.where or reply.focus_area)
    wording = Wording(measure, speech.regional, digits)
    spec = _spec(problem, areas, wording, speech)
    wide, narrow = both(choropleth, spec, speech, measure.title, measure.unit)
    t = speech.gettext
    return Drawing(
        id=f"map-{problem.id}",
        title=t("%(title)s, on the map") % {"title": wording.own(measure.title)},
        subtitle=t("%(unit)s, %(month)s")
        % {"unit": _capital(wording.own(measure.unit)), "month": speech.month(reply.period)},
        wide=wide,
        narrow=narrow,
        note=" ".join(said for said in (_few_note(areas, speech), _off_the_map(areas, speech)) if said),
        also=product,
    )


def _spec(problem: Problem, areas: _Areas, wording: Wording, speech: Speech) -> Choropleth:
    t = speech.gettext
    measure = areas.measure
    hidden, none = areas.number("hidden"), areas.number("none")
    focus = areas.figures.get(areas.focus or "")
    return Choropleth(
        id=f"map-{problem.id}",
        title=t("%(title)s, on the map") % {"title": wording.own(measure.title)},
        description=_description(areas, wording, speech),
        size=(areas.drawn.width, areas.drawn.height),
        per_unit=PER_UNIT,
        regions=tuple(_region(outline, areas, wording, speech) for outline in areas.drawn.areas),
        steps=tuple(
            _counted(said, areas.number(n), speech)
            for n, said in enumerate(_names(areas.steps, measure, wording, speech))
        ),
        hidden=_counted(t("not shown: too few cases"), hidden, speech) if hidden else "",
        none=_counted(t("no figure"), none, speech) if none else "",
        focus=focus.area_name if focus and any(o.area == focus.area for o in areas.drawn.areas) else "",
        unit=t("%(unit)s (number of areas)") % {"unit": _capital(wording.own(measure.unit))},
    )


def _region(outline: Outline, areas: _Areas, wording: Wording, speech: Speech) -> Region:
    t = speech.gettext
    found, step = areas.figures.get(outline.area), areas.step(outline.area)
    name = found.area_name if found else outline.name
    if found is not None and found.value is not None:
        said = wording.relied(wording.full(found.value), found.is_unreliable)
    else:
        said = t("not shown: too few cases") if step == "hidden" else t("no figure")
    return Region(
        name=name,
        path=outline.path,
        label_at=outline.middle,
        room=outline.room,
        step=step,
        figure=_short(found, wording) if found is not None else "",
        tip=t("%(area)s: %(figure)s") % {"area": name, "figure": said},
        focus=outline.area == areas.focus,
    )


def _short(found: Observation, wording: Wording) -> str:
    """A figure in few words, with a sign where it is unreliable; empty where there is none."""
    if found.value is None:
        return ""
    return wording.bare(found.value) + (FEW_SIGN if found.is_unreliable else "")


def _names(steps: Steps, measure: ProblemMeasure, wording: Wording, speech: Speech) -> list[str]:
    """The figures that each step holds, from the lowest step; steps on the target say so."""
    t = speech.gettext
    if not steps.ends:
        return [t("all areas with a figure")]
    ends = [wording.short_target() if end == steps.target else wording.bare(end) for end in steps.ends]
    if steps.above:
        first, between, last = t("under %(high)s"), t("%(low)s to under %(high)s"), t("%(low)s or more")
    else:
        first, between, last = t("up to %(high)s"), t("over %(low)s, up to %(high)s"), t("over %(low)s")
    found = [
        first % {"high": ends[0]},
        *(between % {"low": low, "high": high} for low, high in pairwise(ends)),
        last % {"low": ends[-1]},
    ]
    if steps.target is None:
        return found
    met = steps.ends.index(steps.target)
    on_target = t("%(range)s, on target")
    return [
        on_target % {"range": said} if (n > met if measure.direction == "higher" else n <= met) else said
        for n, said in enumerate(found)
    ]


def _counted(said: str, count: int, speech: Speech) -> str:
    """A name in the key with how many areas it stands for."""
    return speech.gettext("%(name)s (%(count)s)") % {"name": said, "count": speech.num(count)}


def _description(areas: _Areas, wording: Wording, speech: Speech) -> str:
    """The highest and the lowest figure, and how many areas have none."""
    t, shown = speech.gettext, areas.shown
    told = []
    if len(shown) > 1:
        ends = {
            "high": shown[0].area_name,
            "most": wording.full(shown[0].value or 0.0),
            "low": shown[-1].area_name,
            "least": wording.full(shown[-1].value or 0.0),
        }
        told.append(t("Highest: %(high)s, %(most)s. Lowest: %(low)s, %(least)s.") % ends)
    else:
        told.append(f"{shown[0].area_name}: {wording.full(shown[0].value or 0.0)}.")
    without = len(areas.drawn.areas) - len(shown)
    if without:
        pattern = speech.translator.ngettext(
            "%(count)s area is without a figure.", "%(count)s areas are without a figure.", without
        )
        told.append(pattern % {"count": speech.num(without)})
    return " ".join(told)


def _few_note(areas: _Areas, speech: Speech) -> str:
    """What the sign behind a figure means; empty where none bears it."""
    return few_sign_note(speech) if any(o.is_unreliable for o in areas.shown) else ""


def _off_the_map(areas: _Areas, speech: Speech) -> str:
    """The areas with a figure that the boundaries do not know; empty where there is none."""
    drawn = {outline.area for outline in areas.drawn.areas}
    missing = sorted(o.area_name for area, o in areas.figures.items() if area not in drawn and o.value is not None)
    if not missing:
        return ""
    return speech.gettext("Not on the map, since no boundary is published for it: %(areas)s.") % {
        "areas": ", ".join(missing)
    }


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]
