"""The one code location: every city found under the content roots, as Dagster definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from contracts.errors import CauceError
from orchestration.context import city_folders, open_city
from orchestration.defs.cities import CityAssets, broken_city, city_assets
from orchestration.defs.resources import CityRun
from orchestration.defs.sensors import catalogue_after_failure
from orchestration.settings import Settings, load_settings


def load_cities(settings: Settings) -> dict[str, CityAssets]:
    """Every city's assets; a city that does not load becomes one error asset and stops no other."""
    found = {}
    for city_id in city_folders(settings):
        try:
            found[city_id] = city_assets(open_city(city_id, settings))
        except CauceError as error:
            found[city_id] = broken_city(city_id, error)
    return found


def build_definitions(settings: Settings | None = None, resources: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Definitions of all cities. ``resources`` replaces the run resource in tests."""
    cities = load_cities(settings or load_settings())
    jobs = [c.job for c in cities.values() if c.job]
    return dg.Definitions(
        assets=[asset for c in cities.values() for asset in c.assets],
        jobs=jobs,
        schedules=[c.schedule for c in cities.values() if c.schedule],
        sensors=[catalogue_after_failure(jobs)] if jobs else [],
        resources=dict(resources) if resources else {"run": CityRun()},
        executor=dg.in_process_executor,
    )


defs = build_definitions()
