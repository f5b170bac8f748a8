"""When cities run: schedules and overdue marks from the service levels of their contracts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg

from contracts.model import Contract
from contracts.service_levels import interval

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition


def cron(every: timedelta) -> str:
    """A cron line that fires at least once in ``every``, at a quiet hour where days are meant."""
    if every < timedelta(hours=1):
        return f"*/{max(1, int(every.total_seconds() // 60))} * * * *"
    if every < timedelta(days=1):
        return f"15 */{int(every.total_seconds() // 3600)} * * *"
    if every < timedelta(days=7):
        return "15 5 * * *"
    return "15 5 * * 1" if every < timedelta(days=28) else "15 5 1 * *"


def shortest(contracts: Iterable[Contract]) -> timedelta:
    """The shortest refresh any of the contracts promises; a day where none promises one."""
    found = [length for c in contracts if (length := interval(c.service_level("frequency"))) is not None]
    return min(found, default=timedelta(days=1))


def overdue_policy(contract: Contract) -> dg.FreshnessPolicy | None:
    """Says in the UI that a run is overdue: twice the promised interval without one."""
    every = interval(contract.service_level("frequency"))
    return dg.FreshnessPolicy.time_window(fail_window=2 * every, warn_window=every) if every else None


def city_schedule(
    city_id: str, job: UnresolvedAssetJobDefinition, contracts: Iterable[Contract], timezone: str
) -> dg.ScheduleDefinition:
    """The city's one schedule: as often as its most frequent source promises. Off until someone turns it on."""
    return dg.ScheduleDefinition(
        name=f"{city_id}_schedule",
        job=job,
        cron_schedule=cron(shortest(contracts)),
        execution_timezone=timezone,
        description="Runs as often as the city's most frequent source promises a delivery.",
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
