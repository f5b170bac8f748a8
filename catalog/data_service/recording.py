"""What one product's kept files tell of how well it serves, month by month.

Belongs here: reading it off a view, which holds what one tier may see, once for all languages of a site. Does not
belong here: adding up over products (``figures``), remembering it between builds (``catalog.kept_releases``).
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Final

from catalog.data_service.product_records import ProductRecord, Tally
from catalog.data_service.refreshes import Serving
from catalog.kept_views import KeptReleaseView
from catalog.quality_views import QualityView, RuleView
from catalog.views import ProductView, ReleaseView
from contracts.checks import RECORD_KINDS, Kind
from contracts.model import Contract
from contracts.service_levels import age, interval, local_day, next_due

GATE_RULES: Final = frozenset({"freshness", "reconciliation", "row_count_change"})
"""The gate's own rules that judge the data; its others judge how a release was made."""

_COUNTING: Final = frozenset({Kind.UNIQUE.value, *(kind.value for kind in RECORD_KINDS)})
_ASKING_FOR_ALL: Final = Kind.REQUIRED.value


def product_record(product: ProductView, contract: Contract, zone: str) -> ProductRecord:
    """What a tier's view of a product tells.

    Args:
        product: The view.
        contract: In force, whole: when newer data is due is judged by it, as everywhere.
        zone: The city's, whose calendar counts.

    Raises:
        ArtefactError: A kept report is missing, torn or altered.
    """
    last: dict[date, ReleaseView] = {}
    for release in sorted(product.releases, key=lambda r: (r.published_at, r.version)):
        last[month_in(release.published_at, zone)] = release
    came = [*(r.published_at for r in product.releases), *(c.published_at for c in product.closed)]
    return ProductRecord(
        served=tuple(_served(product, contract)),
        every=interval(contract.service_level("frequency")),
        published=dict(Counter(month_in(moment, zone) for moment in came)),
        refused=dict(Counter(month_in(attempt.at, zone) for attempt in product.attempts)),
        ages={m: days for m, r in last.items() if (days := _age(r, contract, zone)) is not None},
        tallies={month: _tallied(release) for month, release in last.items()},
    )


def month_in(moment: datetime, zone: str) -> date:
    """The first day of the month in which a moment (naive UTC) falls in ``zone``."""
    return local_day(moment, zone).replace(day=1)


def _served(product: ProductView, contract: Contract) -> list[Serving]:
    """What was served from each step of the product's history on; of a withdrawn or closed release nothing is due."""
    due: dict[int, datetime | None] = {}
    for release in product.releases:
        reached, as_of = release.data_to, release.as_of
        moment = next_due(contract, reached.isoformat() if reached else None, as_of.isoformat() if as_of else None)
        due[release.version] = moment.astimezone(UTC).replace(tzinfo=None) if moment else None
    steps = reversed(product.history)
    return [Serving(step.at, due.get(step.version) if step.version is not None else None) for step in steps]


def _age(release: ReleaseView, contract: Contract, zone: str) -> float | None:
    if release.data_to is None or release.as_of is None:
        return None
    promised = interval(contract.service_level("latency"))
    return age(release.data_to, release.dating, release.as_of, zone, promised) / timedelta(days=1)


def _tallied(release: ReleaseView) -> dict[str, Tally]:
    found = tallies(release.quality)
    if isinstance(release, KeptReleaseView):
        release.forget()
    return found


def tallies(report: QualityView) -> dict[str, Tally]:
    """A report's rules by dimension. What did not pass did not hold, whatever else became of it."""
    found: dict[str, Tally] = {}
    for rule in report.rules:
        if rule.result == "not applicable" or (rule.at_gate and rule.id not in GATE_RULES):
            continue
        was = found.get(rule.dimension, Tally())
        checks, held = record_checks(rule)
        found[rule.dimension] = Tally(
            was.asked + 1, was.held + (rule.result == "passed"), was.checks + checks, was.checks_held + held
        )
    return found


def record_checks(rule: RuleView) -> tuple[int, int]:
    """Of how many records a rule was asked one by one, and of how many it held; nothing where it was not asked so.

    An empty cell is asked only whether it is filled: every other rule passes it over.
    """
    if rule.kind not in _COUNTING or rule.at_gate or rule.result in ("error", "not run", "vacuous"):
        return 0, 0
    passed_over = 0 if rule.kind == _ASKING_FOR_ALL else rule.nulls or 0
    checks = max(rule.examined - passed_over, 0)
    return checks, max(checks - rule.failed, 0)
