"""The one resource: a run over a city, holding the city's lock while it lives.

Assets ask it for a ``CityJob``. The UI and schedules configure it; ``cauce run`` hands in a job that
stands already (``PresetRun``), so that both materialise the very same assets.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime

import dagster as dg
from pydantic import PrivateAttr

from orchestration import stopping
from orchestration.context import open_city
from orchestration.job import CityJob, RunRequest
from orchestration.turn import take_turn


class CityRun(dg.ConfigurableResource):  # type: ignore[type-arg]
    """A run started by the UI or a schedule."""

    as_of: str | None = None
    force: bool = False
    _jobs: dict[str, CityJob] = PrivateAttr(default_factory=dict)
    _locks: ExitStack = PrivateAttr(default_factory=ExitStack)

    def job(self, city_id: str) -> CityJob:
        """The run's job over ``city_id``; takes the city's lock when first asked.

        Raises:
            OutsideError: Another run holds the city.
        """
        if city_id not in self._jobs:
            opened = open_city(city_id)
            instant = datetime.fromisoformat(self.as_of) if self.as_of else None
            request = RunRequest(as_of=instant, force=self.force)
            self._locks.enter_context(take_turn(opened, "a run from Dagster", run=request.run_id))
            self._jobs[city_id] = CityJob(opened, request)
        return self._jobs[city_id]

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002 - Dagster names it
        """Let the cities go."""
        self._locks.close()
        self._jobs.clear()


class PresetRun:
    """A run that the command line started: the job and the lock are its own."""

    def __init__(self, job: CityJob) -> None:
        self._job = job

    def job(self, city_id: str) -> CityJob:
        """The command's job; none where somebody asked to stop."""
        stopping.check()
        assert city_id == self._job.city.id
        return self._job
