"""The budgets, and whether a result keeps them.

Belongs here: the limits and the comparison with a result's own figures. Does not belong here: measuring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.measure import table

TELLING = 0.25
"""A ratio without start-up is given where what is left is at least this part of start-up."""
AT = 10_000_000
"""The size that the budgets of a run are set for; a smaller one only tells the way it goes."""


@dataclass(frozen=True)
class Budget:
    """One limit beside what was found; ``aim`` is what we work towards. ``at`` says at which size it was found.

    ``found`` is None where the size is too small to tell: start-up would drown what is left after it is taken off.
    """

    what: str
    limit: float
    found: float | None
    unit: str
    at: str
    aim: float | None = None

    def as_row(self) -> list[object]:
        """The cells of a table: what, at, limit, aim, found, unit, verdict."""
        found: object = "-" if self.found is None else self.found
        return [self.what, self.at, self.limit, self.aim or "-", found, self.unit, self.verdict]

    @property
    def is_kept(self) -> bool:
        """Whether the limit is kept."""
        return self.found is not None and self.found <= self.limit

    @property
    def verdict(self) -> str:
        """Reached or not, and by how much."""
        if self.found is None:
            return "this size is too small to tell"
        share = abs(self.found - self.limit) / self.limit
        return f"reached, {share:.0%} below" if self.is_kept else f"NOT reached, {share:.0%} above"


def budgets_of_runs(result: Mapping[str, Any]) -> list[Budget]:
    """The budgets of ``full_run``, at each size measured."""
    found = []
    for row in result["sizes"]:
        at = f"{row['requests']:,}"
        if "ratio" in row:
            own, fixed = row["run"]["seconds"] - row["start_up_seconds"], row["start_up_seconds"]
            tells = own >= fixed * TELLING
            ratio = row["ratio_without_start_up"] if tells else None
            newest = row["newest"]["share_without_start_up"] if tells else None
            found += [
                Budget("full run / bare script, without start-up", 2.0, ratio, "x", at, 1.25),
                Budget("newest 1 % / full run, both without start-up", 0.30, newest, "x", at, 0.10),
                Budget("run with nothing to do", 2.0, row["unchanged"]["seconds"], "s", at),
            ]
        found.append(Budget("peak memory of a full run", 2_000.0, row["run"]["peak_mb"], "MB", at))
    return found


def budgets_of_scan(result: Mapping[str, Any]) -> list[Budget]:
    """The budget of the one-scan verdict."""
    at = f"{result['rows']:,}"
    return [Budget("one-scan verdict / hand-written query", 1.5, result["scan_to_hand"], "x", at)]


def budgets_of_pages(result: Mapping[str, Any]) -> list[Budget]:
    """The budgets of JSON pages, at each size measured: ratios of CPU seconds of whole processes."""
    found = []
    for size in result["sizes"]:
        at = f"{size['records']:,}"
        if "typed_to_bare" in size:
            found.append(Budget("pages to typed Parquet / bare httpx loop", 1.3, size["typed_to_bare"], "x", at))
        if "typed_to_dlt" in size:
            found.append(Budget("pages to typed Parquet / dlt's best", 0.2, size["typed_to_dlt"], "x", at))
        peak = max(one["process"]["peak_mb"] for name, one in size["contenders"].items() if name.startswith("cauce"))
        found.append(Budget("peak memory of pages", 500.0, peak, "MB", at))
    return found


def show_budgets(budgets: list[Budget]) -> str:
    """The budgets as a table."""
    head = ["budget", "at", "limit", "aim", "found", "unit", ""]
    text = table(head, [b.as_row() for b in budgets])
    if not any(b.at == f"{AT:,}" for b in budgets if "run" in b.what):
        text += f"\n(the budgets of a run are set for {AT:,} requests)"
    return text
