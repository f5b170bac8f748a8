"""Opening a city: its declared content, its state folder, its ledger, the process's settings.

Belongs here: the one way in for the command line, Dagster and tests. Does not belong here: doing
anything with the city.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

from contracts.city import City
from contracts.errors import InputError
from contracts.evidence import Ledger
from contracts.home import CityHome
from orchestration.settings import Settings, load_settings


@dataclass(frozen=True)
class OpenCity:
    """A city ready to work on."""

    city: City
    home: CityHome
    ledger: Ledger
    settings: Settings


def city_home(city_id: str, settings: Settings) -> CityHome:
    """Where the city keeps its state, absolute."""
    return CityHome((settings.home / city_id).absolute(), settings.releases)


def city_folders(settings: Settings) -> dict[str, Path]:
    """Every city's folder by id, over all content roots, sorted by id. Loads none of them."""
    from contracts.city_load import discover

    return dict(sorted(discover(settings.content_roots).items()))


def open_city(city_id: str | None = None, settings: Settings | None = None) -> OpenCity:
    """Load one city and open its state.

    Args:
        city_id: The city; the process's default city where None.
        settings: Settings to use; read from the environment where None.

    Raises:
        InputError: There is no such city, or its folder has a mistake (with file and line).
    """
    from contracts.city_load import load_city

    settings = settings or load_settings()
    city_id = city_id or settings.city
    folders = city_folders(settings)
    if city_id not in folders:
        raise _no_such_city(city_id, tuple(folders))
    home = city_home(city_id, settings)
    return OpenCity(load_city(folders[city_id]), home, Ledger(home.ledger), settings)


def _no_such_city(city_id: str, known: tuple[str, ...]) -> InputError:
    """With the nearest names, since most wrong names are slips; all of them where there are few."""
    near = get_close_matches(city_id.lower(), known, n=3, cutoff=0.5)
    named = ", ".join(near) if near else ", ".join(known) if len(known) <= 10 else f"one of {len(known)} cities"
    return InputError(
        "no such city",
        where=f"--city {city_id}",
        found=city_id,
        expected=named or "a city: no content root holds one",
        hint=f"--city {near[0]}" if near else "cauce city list, or set CAUCE_CITIES to the folder that holds yours.",
    )


def time_of_checking(opened: OpenCity) -> datetime:
    """The time by which lateness is judged: the wall clock, or for an exhibited city its newest input's."""
    if opened.city.clock == "inputs":
        from orchestration.ingest.manifest import in_force

        landings = [one for contract in opened.city.sources.values() for one in in_force(opened.home, contract)]
        if landings:
            return max(datetime.fromisoformat(one.retrieved_at) for one in landings)
    return datetime.now(UTC).replace(microsecond=0)
