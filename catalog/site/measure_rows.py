"""A measure's figures as rows of tables: the newest of the whole city, of areas, of groups, and definitions that meet.

Belongs here: choosing what a table shows, and how a figure stands against the target. Does not belong here: reading
figures (``catalog.measured``), pages (``measure_pages``), words for a formula (``formula_words``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from catalog.answer import UNPLACED, Observation, status_of
from catalog.answer.sentences import Wording
from catalog.measured import Measured
from catalog.site.area_rows import interval_of
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from contracts.city import Problem
from contracts.measure import INDEX_GROUPS, Measure

MEETING: Final = 24
"""Months in which two definitions are shown side by side, the newest ones."""


@dataclass(frozen=True)
class Figure:
    """One figure as a table shows it.

    Attributes:
        name: What it is of: an area, a group, a measure's title; empty for the whole city.
        period: Its month; None where there is no figure at all.
        value: As it is said, without its unit; empty where none is shown.
        interval: How sure it is; empty where the product does not say. Where no value is reached yet, what it is at
            least.
        n: Cases behind it; None where hidden or not told.
        status: Against the target.
        why: Why no value is shown: ``hidden``, ``unreached`` or ``none``; empty where one is.
        few: Whether too few cases stand behind it to rely on it.
    """

    name: str
    period: date | None
    value: str
    interval: str
    n: float | None
    status: Standing
    why: str = ""
    few: bool = False


@dataclass(frozen=True)
class Grouping:
    """The newest figures of one grouping. ``is_index`` tells fifths of the areas by an index from other groups."""

    title: str
    rows: tuple[Figure, ...]
    period: date
    is_index: bool


@dataclass(frozen=True)
class Meeting:
    """A month for which two definitions both have a row: the figure by the one in force, and by the one replaced."""

    period: date
    now: Figure
    then: Figure


@dataclass(frozen=True)
class MeasureRow:
    """A measure in a list: its newest figure of the whole city, its target, the problems that name it."""

    measure: Measure
    figure: Figure
    target: str
    problems: tuple[Problem, ...]


def digits_of(values: Iterable[float | None], target: float | None = None) -> int:
    """Decimals of figures that stand together: none for whole numbers, two where all are below 1.

    Where a figure would look like a target that it is not, one more.
    """
    known = [v for v in values if v is not None]
    if all(float(v).is_integer() for v in known) or (target is None and min(map(abs, known)) >= 1000):
        return 0
    digits = 1 if max(map(abs, known)) >= 1 else 2
    alike = target is not None and any(v != target and round(v, digits) == round(target, digits) for v in known)
    return 2 if alike else digits


def wording(measure: Measure, speech: Speech, digits: int) -> Wording:
    """How figures of a measure are said."""
    return Wording(measure.reading(), speech.regional, digits)


def target_of(measure: Measure, speech: Speech) -> str:
    """The target with its unit; empty where there is none."""
    return wording(measure, speech, 0).target() if measure.target is not None else ""


def figure_of(
    measure: Measure, found: Observation | None, speech: Speech, digits: int, name: str = "", *, judged: bool = True
) -> Figure:
    """A figure as a table shows it; ``judged`` is whether it is set against the target."""
    value = found.value if found else None
    status = status_of(measure.reading(), value if judged else None, measure.near)
    standing = speech.words.against_target(status, value is not None)
    if found is None or value is None:
        why = "hidden" if found and found.hidden else "unreached" if found and found.unreached else "none"
        least = interval_of(found, speech, digits) if why == "unreached" else ""
        return Figure(name, found.period if found else None, "", least, found.n if found else None, standing, why)
    return Figure(
        name=name,
        period=found.period,
        value=wording(measure, speech, digits).bare(value),
        interval=interval_of(found, speech, digits),
        n=found.n,
        status=standing,
        few=found.is_unreliable,
    )


def measure_row(site: Site, measure: Measure, speech: Speech) -> MeasureRow:
    """A measure as lists show it: its newest figure is the only one that is read."""
    newest = site.newest.get(measure.id)
    digits = digits_of([newest.value if newest else None], measure.target)
    return MeasureRow(
        measure, figure_of(measure, newest, speech, digits), target_of(measure, speech), site.problems_of(measure)
    )


def newest_month(found: Sequence[Observation]) -> date | None:
    """The newest month with a figure, or with a row where none is shown."""
    return max((o.period for o in found if o.value is not None), default=max((o.period for o in found), default=None))


def area_figures(told: Measured, speech: Speech) -> tuple[Figure, ...]:
    """The newest month's figures by area, by name; those whose area is not known last."""
    month = newest_month(told.areas)
    now = [o for o in told.areas if o.period == month]
    digits = digits_of([o.value for o in (*now, *told.city[-1:])], told.measure.target)
    unknown, judged = speech.gettext("area not known"), is_for_parts(told.measure)
    return tuple(
        figure_of(told.measure, o, speech, digits, unknown if o.area == UNPLACED else o.area_name, judged=judged)
        for o in sorted(now, key=lambda o: (o.area == UNPLACED, o.area_name, o.area))
    )


def is_for_parts(measure: Measure) -> bool:
    """Whether the target holds for an area or a group too: that of a number is of the whole city alone."""
    return measure.target is not None and measure.formula.kind != "count"


def groupings(site: Site, told: Measured, speech: Speech) -> tuple[Grouping, ...]:
    """The newest month's figures of each grouping."""
    found = []
    for dimension, rows in told.groups.items():
        month = newest_month(rows)
        if month is None:
            continue
        now = [o for o in rows if o.period == month]
        digits = digits_of([o.value for o in now], told.measure.target)
        is_index = dimension.startswith(INDEX_GROUPS)
        judged = is_for_parts(told.measure)
        figures = tuple(
            figure_of(told.measure, o, speech, digits, _fifth(o.area, speech) if is_index else o.area, judged=judged)
            for o in now
        )
        found.append(Grouping(_grouped_by(site, told.measure, dimension, speech), figures, month, is_index))
    return tuple(found)


def _fifth(group: str, speech: Speech) -> str:
    t = speech.gettext
    return {
        "1": t("1: most in need"),
        "5": t("5: least in need"),
    }.get(group, group)


def _grouped_by(site: Site, measure: Measure, dimension: str, speech: Speech) -> str:
    """What figures are told apart by, as a heading."""
    t = speech.gettext
    if dimension.startswith(INDEX_GROUPS):
        index = dimension.removeprefix(INDEX_GROUPS).replace("_", " ")
        return t("By fifth of the areas, by the index “%(index)s”") % {"index": index}
    product = site.origin_of(measure)
    column = next((c for c in product.columns if c.name == dimension), None) if product else None
    title = speech.plain(column.title) if column and column.title else dimension.replace("_", " ")
    return t("By %(column)s") % {"column": title[:1].lower() + title[1:]}


def meetings(told: Measured, version: str, speech: Speech) -> tuple[Meeting, ...]:
    """The months with a row of the whole city both by a replaced definition and by the one in force, newest first."""
    now = {o.period: o for o in told.city}
    then = {o.period: o for o in told.earlier.get(version, ())}
    months = sorted(now.keys() & then.keys(), reverse=True)[:MEETING]
    digits = digits_of([v for m in months for v in (now[m].value, then[m].value)])
    return tuple(
        Meeting(
            m,
            figure_of(told.measure, now[m], speech, digits, judged=False),
            figure_of(told.measure, then[m], speech, digits, judged=False),
        )
        for m in months
    )
