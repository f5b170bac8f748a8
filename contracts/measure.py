"""A measure: a governed figure of a city, defined once for every page, table, packet and download.

Belongs here: the shape of a definition, and the plain values by which SQL computes it. Does not belong here: reading a
file (``measures``), computing (the dbt models), judging a figure (``catalog.answer``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from contracts.city import BetterSide, Person, ProblemMeasure
from contracts.model import Place, Text

MeasureKind = Literal["share", "rate", "ratio", "count", "days"]
"""What a measure is.

``share``: a part of a whole in per cent. ``rate``: a number per residents. ``ratio``: one number per another, neither a
part of the other. ``count``: a number. ``days``: the days within which a share of the cases has come to an end, by
Kaplan-Meier, since open cases are censored.
"""

POPULATION: Final = "population"
"""The denominator of a rate: the residents of the area."""

PRODUCT: Final = "measures"
"""The product that holds every measure's figures."""

GAPS_PRODUCT: Final = "measure_gaps"
"""The product that holds the gaps between the areas most and least in need."""

MADE_OF_MEASURES: Final = (PRODUCT, GAPS_PRODUCT)
"""The products that are worked out from the city's measures, and so from other products."""

ALL: Final = "all"
"""The area of a row that covers the whole city, and the group of a row that covers everybody."""

INDEX_GROUPS: Final = "index:"
"""What the name of a grouping begins with that sorts the areas by an index (``index:hardship``)."""

DEFAULT_NEAR: Final = 0.1
"""A figure that misses its target by at most this share of it is near it, unless the measure says otherwise."""

Values = tuple[Any, ...]


@dataclass(frozen=True)
class Formula:
    """How a measure's figures are worked out.

    Attributes:
        kind: What it is.
        product: The product whose public columns it reads.
        where: Which rows count: columns, each with the values that count, by column's name.
        numerator: The column whose sum stands above the line; None for days.
        denominator: The column whose sum stands below it, or ``population``; None for counts and days.
        per: What a rate or a ratio is given per: 1000 residents, 100 opened. A share is per 100.
        quantile: For days, the share of the cases: 0.5 is the median.
        begin: For days, the column of the day on which a case begins.
        end: For days, the column of the day on which it ended; empty while it lasts.
        finished: For days, which rows have ended although no day says so: they are left out.
        is_stock: Whether the numerator is what there is at a month's end, which never adds up over months.
    """

    kind: MeasureKind
    product: str
    where: Mapping[str, Values]
    numerator: str | None = None
    denominator: str | None = None
    per: float = 1.0
    quantile: float | None = None
    begin: str | None = None
    end: str | None = None
    finished: Mapping[str, Values] | None = None
    is_stock: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Its plain values, in a stated order."""
        return {
            "kind": self.kind,
            "product": self.product,
            "where": _listed(self.where),
            "numerator": self.numerator,
            "denominator": self.denominator,
            "per": self.per,
            "quantile": self.quantile,
            "begin": self.begin,
            "end": self.end,
            "finished": _listed(self.finished or {}),
            "is_stock": self.is_stock,
        }

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that change with anything a figure depends on."""
        told = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(told.encode("utf-8")).hexdigest()[:12]


@dataclass(frozen=True)
class Earlier:
    """A definition that was replaced: its figures stay beside the new ones.

    ``until`` is the first day of the month from which the next version holds; ``why`` says what was changed and why.
    """

    version: str
    until: date
    definition: Text
    formula: Formula
    why: Text


@dataclass(frozen=True)
class Measure:
    """A governed figure.

    Attributes:
        id: Its name in addresses and files.
        version: Of the definition; a changed formula is a new version.
        title: What it is called.
        definition: In plain words: what is counted, and what is not.
        formula: The same for the machine.
        unit: Of its values.
        direction: Which way is better.
        target: In its unit; None where there is none.
        target_by: The day by which the target is to be met; None for one that holds always.
        near: A figure that misses the target by at most this share of it is near it.
        groups: Columns of its product by which it is told apart for the whole city.
        gaming: Known ways to make the figure look better than things are.
        owner: Who answers for it.
        phrase: The figure as a person would say it, with ``{area}`` and ``{value}`` in their places.
        city_phrase: The same for the whole city, with ``{value}`` in its place.
        earlier: Definitions that were replaced, the newest first.
        place: Where it is written.
    """

    id: str
    version: str
    title: Text
    definition: Text
    formula: Formula
    unit: Text
    direction: BetterSide
    owner: Person
    gaming: Text
    target: float | None = None
    target_by: date | None = None
    near: float = DEFAULT_NEAR
    groups: tuple[str, ...] = ()
    phrase: Text | None = None
    city_phrase: Text | None = None
    earlier: tuple[Earlier, ...] = ()
    place: Place | None = None

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The formula that holds, and those it replaced, the newest first."""
        return (self.formula, *(old.formula for old in self.earlier))

    def to_dicts(self) -> list[dict[str, Any]]:
        """What SQL is told of it: one mapping a version, the newest first."""
        versions = [(self.version, self.formula), *((old.version, old.formula) for old in self.earlier)]
        return [
            {"id": self.id, "version": version, "digest": formula.digest, **formula.to_dict()}
            | {"groups": list(self.groups)}
            for version, formula in versions
        ]

    def reading(self, version: str | None = None) -> ProblemMeasure:
        """Where its figures stand in the product of all measures, by area and for the whole city."""
        return ProblemMeasure(
            id=self.id,
            title=self.title,
            product=PRODUCT,
            value="value",
            n="n",
            period="period",
            area="area_id",
            area_name="area_name",
            unit=self.unit,
            direction=self.direction,
            target=self.target,
            where={"measure_id": self.id, "measure_version": version or self.version, "group_dimension": ALL},
            phrase=self.phrase,
            kind=self.formula.kind,
        )


def _listed(where: Mapping[str, Values]) -> list[list[Any]]:
    return [[column, list(values)] for column, values in sorted(where.items())]
