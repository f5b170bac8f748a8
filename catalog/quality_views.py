"""What pages are handed of a quality report: its rules, its sums, and questions it can answer about itself.

Belongs here: the shapes. Does not belong here: reading a report (``catalog.reports``), the other views (``views``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from catalog.ruling_views import RulingView
from contracts.model import Text
from contracts.service_levels import Dating, age


@dataclass(frozen=True)
class Proof:
    """That a rule can fail: what was done to the data, and whether the rule caught it."""

    mutation: Text
    caught: bool


@dataclass(frozen=True)
class RuleView:
    """One rule of a quality report."""

    id: str
    text: Text
    kind: str
    columns: tuple[str, ...]
    dimension: str
    severity: str
    result: str
    examined: int
    failed: int
    nulls: int | None
    value: float | None
    threshold: Mapping[str, Any]
    engines: Mapping[str, Any]
    query: str
    proof: Proof | None
    detail: str
    at_gate: bool = False


@dataclass(frozen=True)
class SourceCount:
    """Records of one source as a release used them; None where the tier may not know."""

    source: str
    received: int | None
    accepted: int | None
    quarantined: int | None
    rejected: int | None


@dataclass(frozen=True)
class QualityView:
    """A quality report: of a release, or of an attempt that was refused."""

    product: str
    version: int | None
    outcome: str
    as_of: datetime | None
    data_to: datetime | None
    rows: int | None
    contract: Mapping[str, str]
    rules: tuple[RuleView, ...]
    counts: tuple[SourceCount, ...]
    dating: Dating = "instant"
    previous_rows: int | None = None
    rulings: tuple[RulingView, ...] = ()

    def number(self, *results: str) -> int:
        """How many rules came out with one of ``results``."""
        return sum(rule.result in results for rule in self.rules)

    @cached_property
    def red(self) -> tuple[RuleView, ...]:
        """Rules that hold a release, or would."""
        return tuple(r for r in self.rules if r.result in ("failed", "error", "not run", "vacuous"))

    @cached_property
    def examined(self) -> int:
        """The most records that any rule of the contract looked at."""
        return max((r.examined for r in self.rules if not r.at_gate), default=0)

    @cached_property
    def withheld(self) -> int | None:
        """Records set aside or refused over all sources; None where one of them may not be told."""
        numbers = [(c.quarantined, c.rejected) for c in self.counts]
        if not numbers or any(q is None or r is None for q, r in numbers):
            return None
        return sum((q or 0) + (r or 0) for q, r in numbers)

    @cached_property
    def freshness(self) -> RuleView | None:
        """The gate's rule on how old the data was; None where no age is promised, or the tier may not know it."""
        found = next((r for r in self.rules if r.at_gate and r.id == "freshness"), None)
        return found if found is not None and found.result != "not applicable" else None

    def age(self, zone: str, at: datetime | None = None) -> timedelta | None:
        """How old the data was at the as-of instant, or is at ``at``; None of data that is not dated."""
        when = at or self.as_of
        if when is None or self.data_to is None:
            return None
        return age(self.data_to, self.dating, when, zone, self.promised_age)

    @cached_property
    def promised_age(self) -> timedelta | None:
        """How old the data may be, as the gate judged it."""
        bounds = self.freshness.threshold.get("value") if self.freshness else None
        return timedelta(days=float(bounds[1])) if isinstance(bounds, (list, tuple)) and len(bounds) == 2 else None
