"""The figures of the data service with their file: CSV in the columns of the product of all measures.

Belongs here: the file, and working both out once for all languages of a site. Does not belong here: the figures
themselves (``figures``), where the file stands in a site.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from catalog.data_service.definitions import BY_ID
from catalog.data_service.figures import Figure, Told, figures_of
from contracts import kept

COLUMNS: Final = (
    *("measure_id", "measure_version", "period", "area_id", "group_dimension", "group_id"),
    *("numerator", "denominator", "value", "value_low", "value_high", "n", "is_complete_month"),
)


@dataclass(frozen=True)
class ServiceFigures:
    """All figures of one tier's site, their file and its digest."""

    figures: tuple[Figure, ...]
    csv: bytes
    sha256: str


_LAST: Final[deque[tuple[Told, ServiceFigures]]] = deque(maxlen=1)
"""What was asked for last: the pages of all languages and the file ask for the same."""


def service_figures(told: Told) -> ServiceFigures:
    """The figures with their file; worked out anew where anything that they are made of is another."""
    for known, made in _LAST:
        if known == told:
            return made
    figures = figures_of(told)
    data = figures_csv(figures)
    made = ServiceFigures(figures, data, kept.sha256_bytes(data))
    _LAST.append((told, made))
    return made


def figures_csv(figures: Iterable[Figure]) -> bytes:
    """The figures, one a row; an empty cell is what a measure does not have."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for f in figures:
        names = (f.measure, BY_ID[f.measure].version, f.period.isoformat(), f.area, f.dimension, f.group)
        known = (f.numerator, f.denominator, f.value, f.low, f.high, f.n)
        writer.writerow([*names, *("" if v is None else v for v in known), "true" if f.is_complete else "false"])
    return text.getvalue().encode("utf-8")
