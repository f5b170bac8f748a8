"""For whom a measure is as it is: its figures along the areas' needs and residents, from released rows alone.

Belongs here: reading the areas' indices and the adjusted gaps, adding up a year of figures, and handing them to the
statistics. Does not belong here: formulas (``transforms.statistics``), words (``catalog.site.equity_part``).

A month alone says little of a fifth of the areas, so figures are of the newest twelve complete months together, or of
as many as there are. A sum is left out where one of its months is hidden: what is hidden is never worked out from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from catalog.answer import UNPLACED, Observation
from catalog.figures import reading
from catalog.measured import Measured
from catalog.views import ReleaseView
from contracts.engines.sql import parquet, text_literal
from contracts.measure import Measure
from transforms.statistics.comparisons import Comparison
from transforms.statistics.disparity import (
    DemographicDisparity,
    GeographicDisparity,
    Residents,
    demographic_disparity,
    geographic_disparity,
)
from transforms.statistics.equity import Area, Fifth, FifthGap, Slope, by_fifth, gap_of_fifths, slope
from transforms.statistics.reasons import NotComputed

MONTHS: Final = 12
"""Months that a figure is made of at most, the newest."""

INDEX_COLUMNS: Final = (
    *("index_id", "index_year", "district_id", "index_name", "index_value", "unit", "direction", "need_rank"),
    *("need_fifth", "population", "index_source"),
)
GAP_COLUMNS: Final = (
    *("index_id", "period_from", "period_to", "raw_ratio", "raw_ratio_low", "raw_ratio_high"),
    *("adjusted_ratio", "adjusted_ratio_low", "adjusted_ratio_high"),
    *("adjusted_difference", "adjusted_difference_low", "adjusted_difference_high"),
    *("n", "areas", "adjusted_for", "reason"),
)


@dataclass(frozen=True)
class Place:
    """One area in the order of an index: its value, its fifth (1 the most in need), its rank from the most in need."""

    value: float
    fifth: int
    rank: int
    residents: float | None


@dataclass(frozen=True)
class Index:
    """An index of the areas' need, in its newest year that has fifths."""

    id: str
    name: str
    unit: str
    year: int
    source: str
    places: Mapping[str, Place]

    @property
    def is_share(self) -> bool:
        """Whether its value is the part of the residents or households that is in need, in per cent."""
        return self.unit.strip().startswith("%")


@dataclass(frozen=True)
class Adjusted:
    """The gap between the fifths most and least in need with like compared to like, as the city's product has it."""

    ratio: Comparison | None
    difference: Comparison | None
    n: int
    areas: int
    adjusted_for: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Sums:
    """An area's figures of the months together; ``base`` is cases, or residents times months."""

    area: str
    name: str
    numerator: float
    base: float


@dataclass(frozen=True)
class ByIndex:
    """A measure along one index."""

    index: Index
    fifths: tuple[Fifth, ...]
    gap: FifthGap | NotComputed
    slope: Slope | NotComputed
    adjusted: Adjusted | None
    demographic: DemographicDisparity | NotComputed | None


@dataclass(frozen=True)
class Equity:
    """A measure along all indices and residents.

    Attributes:
        kind: Whether its figures are shares or rates.
        first: First of the months added up.
        last: Last of them.
        months: How many those are.
        by_index: One for each index that some areas with figures stand in.
        geographic: Each area's share of the records against its share of the residents; None for a share, whose records
            are not what is compared, and where no residents are known.
        names: Areas' names by id.
        hidden: Areas left out because one of their months is hidden.
    """

    kind: Literal["share", "rate"]
    first: date
    last: date
    months: int
    by_index: tuple[ByIndex, ...]
    geographic: tuple[GeographicDisparity, ...] | NotComputed | None
    names: Mapping[str, str]
    hidden: tuple[str, ...]


# reading ------------------------------------------------------------------------------------


def _rows(release: ReleaseView, columns: Sequence[str], where: str) -> list[dict[str, Any]]:
    if not release.parquet or not {c.name for c in release.manifest.columns} >= set(columns):
        return []
    query = f"SELECT {', '.join(columns)} FROM {parquet(release.parquet)} WHERE {where} ORDER BY ALL"
    with reading(release.parquet) as connection:
        return [dict(zip(columns, row, strict=True)) for row in connection.execute(query).fetchall()]


def read_indices(release: ReleaseView) -> tuple[Index, ...]:
    """The indices that sort the areas into fifths, each in its newest year that does.

    Raises:
        ArtefactError: A released file cannot be read.
    """
    rows = _rows(release, INDEX_COLUMNS, "need_fifth IS NOT NULL AND index_value IS NOT NULL")
    newest = {row["index_id"]: row["index_year"] for row in sorted(rows, key=lambda r: int(r["index_year"]))}
    found = []
    for name, year in sorted(newest.items()):
        own = [row for row in rows if row["index_id"] == name and row["index_year"] == year]
        places = {
            str(row["district_id"]): Place(
                float(row["index_value"]),
                int(row["need_fifth"]),
                int(row["need_rank"]),
                None if row["population"] is None else float(row["population"]),
            )
            for row in own
        }
        first = own[0]
        found.append(
            Index(
                name, str(first["index_name"]), str(first["unit"]), int(year), str(first["index_source"] or ""), places
            )
        )
    return tuple(found)


def read_gaps(release: ReleaseView, measure: Measure) -> Mapping[str, Adjusted]:
    """The adjusted gaps of a measure by index, by the definition in force.

    Raises:
        ArtefactError: A released file cannot be read.
    """
    where = (
        f"measure_id = {text_literal(measure.id)} AND measure_version = {text_literal(measure.version)}"
        f" AND formula_digest = {text_literal(measure.formula.digest)}"
    )
    return {str(row["index_id"]): _adjusted(row) for row in _rows(release, GAP_COLUMNS, where)}


def _adjusted(row: Mapping[str, Any]) -> Adjusted:
    told = tuple(name.strip() for name in str(row["adjusted_for"] or "").split(",") if name.strip())
    return Adjusted(
        ratio=_comparison(row, "adjusted_ratio", 1.0),
        difference=_comparison(row, "adjusted_difference", 0.0),
        n=int(row["n"]),
        areas=int(row["areas"]),
        adjusted_for=told,
        reason=str(row["reason"] or ""),
    )


def _comparison(row: Mapping[str, Any], name: str, none: float) -> Comparison | None:
    value, low, high = (row[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None or low is None:
        return None
    return Comparison(value, low, high, low > none or (high is not None and high < none))


# adding up ----------------------------------------------------------------------------------


def weigh(measured: Measured, indices: Sequence[Index], gaps: Mapping[str, Adjusted]) -> Equity | None:
    """A measure along the areas' needs and residents; None for one that is neither share nor rate, or without figures.

    Args:
        measured: Its figures.
        indices: The indices of the areas.
        gaps: The adjusted gaps by index.
    """
    kind: Literal["share", "rate"] = "share" if measured.measure.formula.kind == "share" else "rate"
    if measured.measure.formula.kind not in ("share", "rate") or measured.measure.formula.is_stock:
        return None
    months = sorted({o.period for o in measured.areas})[-MONTHS:]
    newest = [o for o in measured.areas if o.period in months and o.area != UNPLACED]
    sums, hidden = _sums(newest)
    if not sums:
        return None
    per = measured.measure.formula.per
    found = tuple(_by_index(index, sums, kind, per, gaps.get(index.id)) for index in indices)
    return Equity(
        kind=kind,
        first=months[0],
        last=months[-1],
        months=len(months),
        by_index=tuple(one for one in found if one is not None),
        geographic=_geographic(sums, newest) if kind == "rate" else None,
        names={one.area: one.name for one in sums},
        hidden=hidden,
    )


def _sums(observations: Sequence[Observation]) -> tuple[tuple[Sums, ...], tuple[str, ...]]:
    """The figures of each area added up, and the areas of which a month is hidden."""
    by_area: dict[str, list[Observation]] = {}
    for o in observations:
        by_area.setdefault(o.area, []).append(o)
    found, hidden = [], []
    for area, rows in sorted(by_area.items()):
        if any(o.hidden for o in rows):
            hidden.append(rows[0].area_name)
            continue
        known = [(o.numerator, o.denominator) for o in rows if o.numerator is not None and o.denominator is not None]
        base = sum(denominator for _, denominator in known)
        if base > 0:
            found.append(Sums(area, rows[0].area_name, sum(numerator for numerator, _ in known), base))
    return tuple(found), tuple(hidden)


def _by_index(
    index: Index, sums: Sequence[Sums], kind: Literal["share", "rate"], per: float, adjusted: Adjusted | None
) -> ByIndex | None:
    placed = [(one, index.places[one.area]) for one in sums if one.area in index.places]
    known = [(one, place, place.residents) for one, place in placed if place.residents]
    if not known:
        return None
    areas = [Area(one.area, one.numerator, one.base, residents or 0.0, -place.rank) for one, place, residents in known]
    fifths = by_fifth(areas, kind, per, {one.area: place.fifth for one, place, _ in known})
    group = [
        Residents(one.area, one.numerator, residents or 0.0, place.value / 100)
        for one, place, residents in known
        if 0 <= place.value <= 100
    ]
    return ByIndex(
        index=index,
        fifths=fifths,
        gap=gap_of_fifths(fifths, kind, per),
        slope=slope(areas, kind, per),
        adjusted=adjusted,
        demographic=demographic_disparity(group) if index.is_share and kind == "rate" and group else None,
    )


def _geographic(
    sums: Sequence[Sums], observations: Sequence[Observation]
) -> tuple[GeographicDisparity, ...] | NotComputed | None:
    residents = {o.area: o.denominator for o in sorted(observations, key=lambda o: o.period) if o.denominator}
    areas = {one.area: (one.numerator, residents[one.area]) for one in sums if one.area in residents}
    return geographic_disparity({a: (n, r) for a, (n, r) in areas.items() if r is not None}) if areas else None
