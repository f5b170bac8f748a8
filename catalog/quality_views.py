"""What pages are handed of a quality report: its rules, its sums, and questions it can answer about itself.

Belongs here: the shapes. Does not belong here: reading a report (``catalog.reports``), the other views (``views``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec

from catalog.ruling_views import RulingView
from contracts.model import EMPTY, Text
from contracts.service_levels import Dating, age

RED = frozenset({"failed", "error", "not run", "vacuous"})
"""Results that hold a release, or would."""


@dataclass(frozen=True)
class Proof:
    """That a rule can fail: what was done to the data, and whether the rule caught it."""

    mutation: Text
    caught: bool


@dataclass(frozen=True, eq=False)
class Asks:
    """What a rule asks, without what came out of it. ``counts`` names what it looks at, one by one.

    Rules that ask the same, in whichever report, share one, so that what is said of it may be kept by it.
    """

    id: str
    text: Text
    kind: str
    columns: tuple[str, ...] = ()
    dimension: str = ""
    severity: str = "error"
    threshold: Mapping[str, Any] = EMPTY
    engines: Mapping[str, Any] = EMPTY
    query: str = ""
    proof: Proof | None = None
    at_gate: bool = False
    counts: str = "records"

    @cached_property
    def agreed(self) -> bool:
        """Whether all engines that judged it came to the same."""
        return len(set(self.engines.values())) <= 1


class RuleView(msgspec.Struct, frozen=True):
    """One rule of a quality report: what it asks, and what came out. ``parts`` are the numbers in ``detail``.

    A city's reports hold millions of them, hence no dataclass: this kind is made in a fifth of the time.
    """

    asks: Asks
    result: str
    examined: int = 0
    failed: int = 0
    nulls: int | None = None
    value: float | None = None
    detail: str = ""
    parts: Mapping[str, int] = EMPTY

    @property
    def id(self) -> str:
        """Its name in the contract, or the gate's."""
        return self.asks.id

    @property
    def text(self) -> Text:
        """What it asks, as a sentence."""
        return self.asks.text

    @property
    def kind(self) -> str:
        """Of which kind it is."""
        return self.asks.kind

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it speaks of."""
        return self.asks.columns

    @property
    def dimension(self) -> str:
        """Its dimension of quality."""
        return self.asks.dimension

    @property
    def severity(self) -> str:
        """What its failing does."""
        return self.asks.severity

    @property
    def threshold(self) -> Mapping[str, Any]:
        """What is compared with what."""
        return self.asks.threshold

    @property
    def engines(self) -> Mapping[str, Any]:
        """What each engine came to."""
        return self.asks.engines

    @property
    def query(self) -> str:
        """The SQL that was run."""
        return self.asks.query

    @property
    def proof(self) -> Proof | None:
        """That it can fail."""
        return self.asks.proof

    @property
    def at_gate(self) -> bool:
        """Whether it is the gate's own, and not the contract's."""
        return self.asks.at_gate


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
        return sum(self.tally.get(result, 0) for result in results)

    @cached_property
    def tally(self) -> Mapping[str, int]:
        """How many rules came out how."""
        return Counter([rule.result for rule in self.rules])

    @cached_property
    def held(self) -> Mapping[str, bool]:
        """Whether each rule that applied held, by its name."""
        return {rule.asks.id: rule.result == "passed" for rule in self.rules if rule.result != "not applicable"}

    @cached_property
    def red(self) -> tuple[RuleView, ...]:
        """Rules that hold a release, or would."""
        return tuple([r for r in self.rules if r.result in RED])

    @cached_property
    def examined(self) -> int:
        """The most records that any rule of the contract looked at."""
        return max([r.examined for r in self.rules if not r.asks.at_gate], default=0)

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
        found = next((r for r in self.rules if r.asks.at_gate and r.id == "freshness"), None)
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
