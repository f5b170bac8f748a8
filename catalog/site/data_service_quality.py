"""Quality by dimension for the page of the data service: the contract standard's seven, newest and month by month.

Belongs here: the rows of its two tables. Does not belong here: counting (``catalog.data_service``), the other measures'
rows (``data_service_rows``), one product's quality (``quality_pages``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catalog import numbers
from catalog.data_service.definitions import DIMENSION, RECORDS_HELD, RULES_HELD
from catalog.data_service.figures import UNMEASURED, Figure
from catalog.site.data_service_rows import MOST_MONTHS, Cell, ServiceWords, newest_of
from catalog.site.quality_words import DIMENSIONS, dimension_name


@dataclass(frozen=True)
class DimensionRow:
    """A dimension of quality: its newest figures, and its rules month by month."""

    name: str
    rules: Cell | None
    checks: Cell | None
    months: tuple[str, ...]
    is_measured: bool


@dataclass(frozen=True)
class ByDimension:
    """Quality by dimension; ``months`` head the columns of its history, the newest first."""

    rows: tuple[DimensionRow, ...]
    months: tuple[str, ...]


def by_dimension(figures: Sequence[Figure], words: ServiceWords) -> ByDimension:
    """Quality by the standard's seven dimensions; one that is never measured says so."""
    told: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        if figure.dimension == DIMENSION:
            told.setdefault((figure.measure, figure.group), []).append(figure)
    over = sorted({f.period for found in told.values() for f in found if f.is_complete}, reverse=True)[:MOST_MONTHS]
    rows = []
    for name in DIMENSIONS:
        rules, checks = told.get((RULES_HELD, name), []), told.get((RECORDS_HELD, name), [])
        by_month = {f.period: words.value(f) for f in rules}
        newest, newest_checks = newest_of(rules), newest_of(checks)
        rows.append(
            DimensionRow(
                name=dimension_name(name, words.speech),
                rules=words.cell(newest) if newest else None,
                checks=words.cell(newest_checks) if newest_checks else None,
                months=tuple(by_month.get(month, "") for month in over),
                is_measured=name not in UNMEASURED,
            )
        )
    return ByDimension(tuple(rows), tuple(numbers.short_month(month, words.speech.tag) for month in over))
