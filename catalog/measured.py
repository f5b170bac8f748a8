"""The figures of the city's measures, read from the released product that holds them all.

Belongs here: the queries over that product, and its rows as observations: of the whole city, by area, by group, and of
definitions that were replaced. Does not belong here: working figures out (the dbt models), judging them
(``catalog.answer``), the figures of one problem's areas (``figures``), pages.

Only months that the data covers whole are read. Rows come in a stated order.
"""

from __future__ import annotations

import csv
import io
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Literal, TypeVar

from catalog.answer import Observation
from catalog.figures import reading
from catalog.views import ReleaseView
from contracts.engines.sql import parquet, text_literal
from contracts.measure import ALL, Measure

NEEDED: Final = (
    *("measure_id", "measure_version", "period", "group_dimension", "group_id", "area_id", "area_name"),
    *("is_complete_month", "numerator", "denominator", "value", "value_low", "value_high", "n"),
    *("is_suppressed", "is_unreached"),
)
"""Columns of the product that its reading needs."""

_SHOWN: Final = ("period", "area_name", "numerator", "denominator", "value", "value_low", "value_high", "n")
_LISTED: Final = (
    "measure_id, measure_version, group_dimension, group_id, area_id, area_name, period,"
    " numerator, denominator, value, value_low, value_high, n, is_suppressed, is_unreached"
)
KEPT: Final = 64
"""Measures whose figures are kept at once: of a thousand measures more would fill the memory."""

T = TypeVar("T")


@dataclass(frozen=True)
class Measured:
    """A measure's figures in one release.

    Attributes:
        measure: The measure.
        city: Of the whole city, the oldest first.
        areas: By area, then month.
        groups: By what the figures are told apart by, then group, then month; an observation's area is the group's id.
        earlier: Of the whole city by the definitions that were replaced, by version.
        query: What gives the figures of the whole city and its areas, to run on the released file.
        is_missing: Whether the release holds no figure by the definition in force.
    """

    measure: Measure
    city: tuple[Observation, ...] = ()
    areas: tuple[Observation, ...] = ()
    groups: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    earlier: Mapping[str, tuple[Observation, ...]] = field(default_factory=dict)
    query: str = ""
    is_missing: bool = True

    @property
    def newest(self) -> Observation | None:
        """The whole city's newest figure, shown or hidden; None where there is none."""
        return self.city[-1] if self.city else None

    @property
    def why_none(self) -> Literal["", "no_rows", "all_hidden", "none_yet"]:
        """Why no figure of the whole city is shown; empty where one is."""
        return why_none(self.city)


def why_none(observations: Sequence[Observation]) -> Literal["", "no_rows", "all_hidden", "none_yet"]:
    """Why none of the figures is shown: there are none, all are hidden, or none can be worked out; empty where one is.

    Figures of which some are hidden and the others cannot be worked out count as hidden.
    """
    if not observations:
        return "no_rows"
    if any(o.value is not None for o in observations):
        return ""
    return "all_hidden" if any(o.hidden for o in observations) else "none_yet"


class Kept(Mapping[str, T]):
    """Things by name, each read when asked for; the ``KEPT`` asked for last are kept."""

    def __init__(self, names: Sequence[str], read: Callable[[str], T]) -> None:
        self._names = dict.fromkeys(names)
        self._read = read
        self._kept: OrderedDict[str, T] = OrderedDict()

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._kept:
            self._kept[name] = self._read(name)
        self._kept.move_to_end(name)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def lacking(release: ReleaseView) -> tuple[str, ...]:
    """The columns that reading needs and that a release does not carry."""
    carried = {c.name for c in release.manifest.columns}
    return tuple(c for c in NEEDED if c not in carried)


def read_measured(release: ReleaseView, measures: Sequence[Measure]) -> Mapping[str, Measured]:
    """The figures of measures in one release of the product that holds them, by the measure's id: one query for all.

    A measure of which the release holds nothing, or a release that lacks a column, gives one that ``is_missing``.

    Raises:
        ArtefactError: A released file cannot be read.
    """
    found: dict[str, list[tuple[Any, ...]]] = {m.id: [] for m in measures}
    if measures and release.parquet and not lacking(release):
        with reading(release.parquet) as connection:
            for row in connection.execute(_all_rows(release, measures)).fetchall():
                found[row[0]].append(row)
    return {m.id: _measured(m, found[m.id], release) for m in measures}


def read_newest(release: ReleaseView, measures: Sequence[Measure]) -> Mapping[str, Observation]:
    """The whole city's newest figure of each measure, shown or hidden, by its id: one query for all.

    A measure without one has no entry.

    Raises:
        ArtefactError: A released file cannot be read.
    """
    if not measures or not release.parquet or lacking(release):
        return {}
    versions = ", ".join(f"({text_literal(m.id)}, {text_literal(m.version)})" for m in measures)
    of_counts = {m.id for m in measures if m.formula.kind == "count"}
    with reading(release.parquet) as connection:
        rows = connection.execute(
            f"SELECT {_LISTED} FROM {parquet(release.parquet)}\n"
            f"WHERE (measure_id, measure_version) IN ({versions}) AND is_complete_month\n"
            f"  AND group_dimension = {text_literal(ALL)} AND area_id = {text_literal(ALL)} AND period IS NOT NULL\n"
            "QUALIFY row_number() OVER (PARTITION BY measure_id ORDER BY period DESC) = 1\nORDER BY measure_id"
        ).fetchall()
    return {row[0]: _observation(row, row[0] in of_counts) for row in rows}


def _all_rows(release: ReleaseView, measures: Sequence[Measure]) -> str:
    """Of the definition in force all rows; of those replaced the ones of the whole city."""
    ids = ", ".join(text_literal(m.id) for m in measures)
    now = ", ".join(f"({text_literal(m.id)}, {text_literal(m.version)})" for m in measures)
    city = f"group_dimension = {text_literal(ALL)} AND area_id = {text_literal(ALL)}"
    return (
        f"SELECT {_LISTED} FROM {parquet(release.parquet)}\n"
        f"WHERE measure_id IN ({ids}) AND is_complete_month AND period IS NOT NULL\n"
        f"  AND ((measure_id, measure_version) IN ({now}) OR ({city}))\n"
        "ORDER BY measure_id, measure_version, group_dimension, group_id, area_id, period"
    )


def _measured(measure: Measure, rows: Sequence[tuple[Any, ...]], release: ReleaseView) -> Measured:
    city: list[Observation] = []
    areas: list[Observation] = []
    groups: dict[str, list[Observation]] = {}
    earlier: dict[str, list[Observation]] = {}
    kinds = {version.version: version.formula.kind for version in measure.earlier} | {
        measure.version: measure.formula.kind
    }
    for row in rows:
        _, version, dimension, group, area, *_ = row
        if version not in kinds:
            continue
        seen = _observation(row, kinds[version] == "count")
        if version != measure.version:
            earlier.setdefault(version, []).append(seen)
        elif dimension != ALL:
            groups.setdefault(str(dimension), []).append(replace(seen, area=str(group), area_name=str(group)))
        elif area == ALL:
            city.append(seen)
        else:
            areas.append(seen)
    return Measured(
        measure=measure,
        city=tuple(city),
        areas=tuple(areas),
        groups={name: tuple(found) for name, found in groups.items()},
        earlier={version: tuple(found) for version, found in earlier.items()},
        query=measured_query(measure, release),
        is_missing=not (city or areas or groups),
    )


def _observation(row: Sequence[Any], is_count: bool) -> Observation:
    area, name, period, numerator, denominator, value, low, high, n, is_suppressed, is_unreached = row[4:]
    return Observation(
        area=str(area),
        area_name=str(area if name is None else name),
        period=_month(period),
        value=_number(value),
        n=_number(n),
        unreached=bool(is_unreached) and value is None,
        hidden=bool(is_suppressed) and value is None,
        low=_number(low),
        high=_number(high),
        is_count=is_count,
        numerator=_number(numerator),
        denominator=_number(denominator),
    )


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _month(period: Any) -> date:
    return period.date() if isinstance(period, datetime) else period


def measured_query(measure: Measure, release: ReleaseView) -> str:
    """What gives a measure's figures of the whole city and its areas, to run on the released file."""
    names = ", ".join(text_literal(p.name) for p in release.parquet)
    if not names:
        return ""
    relation = f"read_parquet([{names}])" if len(release.parquet) > 1 else names
    return (
        f"SELECT {', '.join(_SHOWN)}\nFROM {relation}\n"
        f"WHERE measure_id = {text_literal(measure.id)} AND measure_version = {text_literal(measure.version)}\n"
        f"  AND group_dimension = {text_literal(ALL)} AND is_complete_month\nORDER BY area_id, period"
    )


COLUMNS: Final = (
    *("measure_id", "measure_version", "group_dimension", "group_id", "area_id", "area_name", "period"),
    *("numerator", "denominator", "value", "value_low", "value_high", "n"),
)
"""Columns of a file of figures, as the product names them."""


def measured_csv(found: Sequence[Measured]) -> bytes:
    """The figures of measures as CSV: the whole city's, then by area and group, then by definitions that were replaced.

    An empty cell is a figure that is hidden or that there is not.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for told in found:
        measure = told.measure
        for o in (*told.city, *told.areas):
            writer.writerow(_cells((measure.id, measure.version, ALL, ALL, o.area, o.area_name), o))
        for dimension, groups in told.groups.items():
            for o in groups:
                writer.writerow(_cells((measure.id, measure.version, dimension, o.area, ALL, ALL), o))
        for version, old in told.earlier.items():
            for o in old:
                writer.writerow(_cells((measure.id, version, ALL, ALL, o.area, o.area_name), o))
    return text.getvalue().encode("utf-8")


def _cells(names: tuple[str, ...], o: Observation) -> list[object]:
    figures = (_whole(o.numerator), _whole(o.denominator), o.value, o.low, o.high, _whole(o.n))
    return [*names, o.period.isoformat(), *("" if figure is None else figure for figure in figures)]


def _whole(count: float | None) -> float | int | None:
    return int(count) if count is not None and count.is_integer() else count
