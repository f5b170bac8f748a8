"""Whose records they are: the areas and residents of the records against those of the city.

Belongs here: geographic and demographic disparity. Does not belong here: a measure along the order of need
(``equity``), where residents and their shares come from.

Source: Urban Institute, Spatial Equity Data Tool. There a disparity's interval tells the census sample's error alone.
Here it also tells what chance does to the records; with errors of 0 it tells that alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.statistics.comparisons import Comparison, difference, normal_quantile
from transforms.statistics.intervals import wilson
from transforms.statistics.reasons import NotComputed, Reason


@dataclass(frozen=True)
class GeographicDisparity:
    """One area's share of the records against its share of the residents.

    Attributes:
        area: The area's id.
        share_of_records: Between 0 and 1.
        share_of_population: Between 0 and 1.
        difference: The first minus the second, with its 95 % interval; times 100 for percentage points.
    """

    area: str
    share_of_records: float
    share_of_population: float
    difference: Comparison


@dataclass(frozen=True)
class Residents:
    """One area's residents and records.

    Attributes:
        area: The area's id.
        records: Records that lie in it.
        population: Its residents.
        share: The share of its residents who belong to the group, between 0 and 1.
        error: Standard error of that share, 0 where it is counted (a margin of error at 90 % divided by 1.645).
    """

    area: str
    records: float
    population: float
    share: float
    error: float = 0.0


@dataclass(frozen=True)
class DemographicDisparity:
    """A group's share where the records are against its share in the city.

    Attributes:
        of_records: Mean of the areas' shares, weighted by records.
        of_city: Mean of the areas' shares, weighted by residents.
        difference: The first minus the second, with its 95 % interval.
    """

    of_records: float
    of_city: float
    difference: Comparison


def geographic_disparity(
    areas: Mapping[str, tuple[float, float]],
) -> tuple[GeographicDisparity, ...] | NotComputed:
    """Share of records minus share of residents, for each area, in the order given.

    The interval is Wilson's of the share of records, moved by the share of residents, which is taken as counted. The
    differences add up to 0.

    Args:
        areas: Records and residents by the area's id.

    Raises:
        ValueError: A number is negative, or nobody lives anywhere.
    """
    records = [r for r, _ in areas.values()]
    residents = [p for _, p in areas.values()]
    _check(records, residents)
    all_records, all_residents = math.fsum(records), math.fsum(residents)
    if all_records == 0:
        return NotComputed(Reason.TOO_FEW_CASES)
    lows, highs = wilson(records, [all_records] * len(records))
    return tuple(
        GeographicDisparity(
            area=area,
            share_of_records=here / all_records,
            share_of_population=(expected := living / all_residents),
            difference=difference(here / all_records - expected, float(low) - expected, float(high) - expected),
        )
        for (area, (here, living)), low, high in zip(areas.items(), lows, highs, strict=True)
    )


def demographic_disparity(areas: Sequence[Residents]) -> DemographicDisparity | NotComputed:
    """The record-weighted mean of a group's share minus the city's.

    With w the areas' shares of the n records, q their shares of the residents, d the group's shares and e their
    standard errors, the difference is sum((w - q) d) and its variance
    sum((w - q)^2 e^2) + (sum(w d^2) - (sum(w d))^2) / n: the error of the shares, then that of a sample of n records.

    Raises:
        ValueError: A number is negative, a share is not between 0 and 1, or nobody lives anywhere.
    """
    records, residents = [a.records for a in areas], [a.population for a in areas]
    _check([*records, *(a.error for a in areas)], residents)
    if not all(0 <= a.share <= 1 for a in areas):
        raise ValueError("a group's share lies between 0 and 1")
    n, total = math.fsum(records), math.fsum(residents)
    if n == 0:
        return NotComputed(Reason.TOO_FEW_CASES)
    of_records = math.fsum(a.records / n * a.share for a in areas)
    of_city = math.fsum(a.population / total * a.share for a in areas)
    of_shares = math.fsum(((a.records / n - a.population / total) * a.error) ** 2 for a in areas)
    of_sample = math.fsum(a.records / n * (a.share - of_records) ** 2 for a in areas) / n
    reach = normal_quantile(0.95) * math.sqrt(of_shares + of_sample)
    value = of_records - of_city
    return DemographicDisparity(of_records, of_city, difference(value, value - reach, value + reach))


def _check(counts: Sequence[float], residents: Sequence[float]) -> None:
    if not all(0 <= n < math.inf for n in (*counts, *residents)):
        raise ValueError("records, residents and errors are 0 or more")
    if not math.fsum(residents) > 0:
        raise ValueError("nobody lives in these areas")
