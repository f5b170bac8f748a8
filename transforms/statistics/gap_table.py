"""The gaps of all measures as a table, for dbt.

Belongs here: handing counted cells to the model, measure by measure, and its answers back. Does not belong here: the
model (``gaps``), which cells are counted (the dbt models say so).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from transforms.statistics.gaps import Cell, Gap, gap
from transforms.statistics.reasons import NotComputed

if TYPE_CHECKING:
    from transforms.statistics.comparisons import Comparison

MOST: Final = "1"
"""The fifth most in need."""
LEAST: Final = "5"
"""The fifth least in need."""
HIDDEN: Final = "counts are hidden"
"""Why there is no gap where one of its counts is not published."""
SEASON: Final = "month"
"""How the calendar month is called among what is adjusted for."""
_KEY: Final = ("measure_id", "measure_version", "index_id")
_TOLD: Final = ("formula_digest", "kind", "per", "period_to")
_ENDS: Final = ("", "_low", "_high")


def fitted_gaps(relation: Any) -> Any:
    """One row per measure, version and index, in that order.

    Args:
        relation: DuckDB's relation of counted cells (``int_measure_gaps__counted``).

    Shape:
        An Arrow table: measure_id, measure_version, index_id, formula_digest, kind, per, period_from, period_to; ratios
        and differences with ``_low`` and ``_high``, raw and adjusted; n (cases of a share, events of a rate), areas,
        adjusted_for, reason (why there is no adjusted gap; empty where there is one).

    Units:
        Differences in the measure's unit: per cent, or events per ``per`` residents and month.
    """
    import pyarrow as pa

    ordered = relation.order(", ".join((*_KEY, "area_id", "period", "stratum_1", "stratum_2")))
    names = list(ordered.columns)
    rows = [dict(zip(names, row, strict=True)) for row in ordered.fetchall()]
    found = list(_gaps(rows))
    return pa.Table.from_pylist(found, schema=_schema())


def _gaps(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for key, grouped in groupby(rows, key=lambda row: tuple(row[name] for name in _KEY)):
        cells = list(grouped)
        told = {name: cells[0][name] for name in _TOLD}
        yield {
            **dict(zip(_KEY, key, strict=True)),
            **told,
            "period_from": min(row["period"] for row in cells),
            **_gap_of(cells, told["kind"], told["per"]),
        }


def _gap_of(cells: Sequence[dict[str, Any]], kind: Any, per: float) -> dict[str, Any]:
    n = sum(row["base"] if kind == "share" else row["events"] for row in cells)
    told: dict[str, Any] = {"n": round(n), "areas": len({row["area_id"] for row in cells})}
    if any(row["is_hidden"] for row in cells):
        return {**told, "reason": HIDDEN}
    counted = [
        Cell(
            group=row["group_id"],
            events=row["events"],
            base=row["base"],
            strata=(row["stratum_1"], row["stratum_2"], f"{row['period'].month:02d}"),
            cluster=row["area_id"],
        )
        for row in cells
    ]
    strata = (cells[0]["stratum_1_of"], cells[0]["stratum_2_of"], SEASON)
    found = gap(counted, MOST, LEAST, kind, strata)
    if isinstance(found, NotComputed):
        return {**told, "reason": found.reason.value}
    return {**told, **_written(found, per)}


def _written(found: Gap, per: float) -> dict[str, Any]:
    adjusted = found.odds_ratio or found.rate_ratio
    assert adjusted is not None, "a gap of shares has an odds ratio, one of rates a rate ratio"
    return {
        **_ends("raw_ratio", found.raw_ratio, 1.0),
        **_ends("raw_difference", found.raw_difference, per),
        **_ends("adjusted_ratio", adjusted, 1.0),
        **_ends("adjusted_difference", found.difference, per),
        "adjusted_for": ", ".join(found.adjusted_for),
    }


def _ends(name: str, comparison: Comparison, per: float) -> dict[str, float | None]:
    ends = (comparison.value, comparison.low, comparison.high)
    return {f"{name}{end}": None if x is None else round(per * x, 4) for end, x in zip(_ENDS, ends, strict=True)}


def _schema() -> Any:
    import pyarrow as pa

    ratios = [
        f"{kind}_{what}{end}" for kind in ("raw", "adjusted") for what in ("ratio", "difference") for end in _ENDS
    ]
    return pa.schema(
        [
            *((name, pa.string()) for name in (*_KEY, "formula_digest", "kind")),
            ("per", pa.float64()),
            ("period_from", pa.date32()),
            ("period_to", pa.date32()),
            *((name, pa.float64()) for name in ratios),
            ("n", pa.int64()),
            ("areas", pa.int64()),
            ("adjusted_for", pa.string()),
            ("reason", pa.string()),
        ]
    )
