"""What a connector is sent for, and which kept bytes stand for a source that is as it was.

Belongs here: what a landing needs to know of the run, and what of earlier looks and landings goes with an errand:
marks, the cursor, whether all is read again. Does not belong here: fetching (``connectors``), reading what came
(``landing``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from contracts import kept
from contracts.city import City
from contracts.errors import ArtefactError
from contracts.home import CityHome
from contracts.model import Contract
from orchestration.ingest import connectors, manifest
from orchestration.ingest.caps import Caps
from orchestration.ingest.delivery import Connector, Errand, Fetched, Location, Unchanged
from orchestration.ingest.dialect import the_server
from orchestration.ingest.manifest import Landing, Look
from orchestration.ingest.web import PACE, open_web
from orchestration.settings import secret

WHOLE_EVERY = 7
"""Days after which a source that is asked for what is new is read whole again, where its contract does not say."""


def _silent(_far: str) -> None:
    """Nobody is told how far a landing is."""


@dataclass(frozen=True)
class LandingJob:
    """What landing needs to know of the run.

    Attributes:
        city: The city.
        home: Its state folder.
        now: The run's time of checking, UTC.
        portals: The operator's addresses by portal name; they go before the city's.
        force: Land again although nothing changed, whole.
        pace: Requests a second that one web server is asked at most.
        secret: The value of a reference to the environment.
        threads: Worker threads.
        memory: What DuckDB may use, as a size such as 1500MB.
        tell: Called with how far it is.
        caps: Limits for one delivery.
    """

    city: City
    home: CityHome
    now: datetime
    portals: Mapping[str, str] = field(default_factory=dict)
    force: bool = False
    threads: int = 2
    memory: str = "1500MB"
    tell: Callable[[str], None] = _silent
    caps: Caps = field(default_factory=Caps)
    pace: float = PACE
    secret: Callable[[str], str] = secret


def errand_for(source: Contract, job: LandingJob) -> tuple[Connector, Errand]:
    """The connector of a source, and what it is sent for.

    What the last look and the accepted landings know goes with it, if the request is the same.

    Raises:
        InputError: The contract's server says something that can't be done, or its portal has no address.
        ArtefactError: A kept file is torn or missing.
    """
    server = the_server(source)
    connector = connectors.connector(server)
    location = connector.locate(server, job.city.folder, {**job.city.portals, **job.portals})
    look = None if job.force else _look_at_the_same(source, job, location)
    standing = manifest.in_force(job.home, source)
    cursor = standing[-1].cursor if look and standing and not _whole_is_due(source, standing[0], job) else None
    # That nothing changed since a look at the newer records says nothing of what was deleted before it.
    tells = look is not None and (cursor is not None or _looked_at(source, job, look).whole)
    return connector, Errand(
        source=source,
        server=server,
        location=location,
        folder=manifest.bytes_folder(job.home, source.name),
        unfinished=manifest.unfinished_folder(job.home, source.name),
        caps=job.caps,
        now=job.now,
        web=partial(open_web, job.home.root.parent / "web", tuple(sorted(job.portals.items())), job.pace, job.tell),
        secret=job.secret,
        tell=job.tell,
        marks=look.marks if look is not None and tells else {},
        cursor=cursor,
    )


def as_it_was(source: Contract, job: LandingJob, brought: Unchanged) -> Fetched:
    """The bytes of the last look, which stand for a source that is as it was.

    Raises:
        ArtefactError: They are gone, or the look or its landing is.
    """
    look = manifest.last_look(job.home, source.name)
    if look is None:
        raise AssertionError(f"{source.name}: nothing was ever brought, so nothing can be unchanged")
    return replace(kept_delivery(job, _looked_at(source, job, look)), marks=brought.marks)


def kept_delivery(job: LandingJob, landing: Landing) -> Fetched:
    """The delivery that a landing read, from its kept bytes.

    Raises:
        ArtefactError: They are gone.
    """
    path = manifest.bytes_folder(job.home, landing.source) / landing.raw_sha256
    return Fetched(
        path,
        landing.raw_sha256,
        kept_size(path),
        whole=landing.whole,
        cursor=landing.cursor,
        declared=landing.declared,
        pages=landing.pages,
    )


def kept_size(path: Path) -> int:
    """Size of kept raw bytes.

    Raises:
        ArtefactError: They are gone.
    """
    try:
        return path.stat().st_size
    except OSError as error:
        raise ArtefactError("raw bytes that were kept are gone", where=str(path), hint="cauce audit verify") from error


def request_sha256(source: Contract, location: Location) -> str:
    """Hash of what is asked for: where, and with which settings. Of another request, nothing is known yet."""
    server = the_server(source)
    asked = {"connector": server.connector, "address": location.shown, "settings": dict(server.settings)}
    return kept.sha256_bytes(kept.canonical_json(asked))


def _look_at_the_same(source: Contract, job: LandingJob, location: Location) -> Look | None:
    """The last look, if it asked for the same and its bytes are here."""
    look = manifest.last_look(job.home, source.name)
    if look is None or look.request != request_sha256(source, location):
        return None
    return look if (manifest.bytes_folder(job.home, source.name) / look.raw_sha256).exists() else None


def _looked_at(source: Contract, job: LandingJob, look: Look) -> Landing:
    """The landing of what a look saw."""
    return manifest.read(manifest.landing_path(job.home, source.name, look.landing))


def _whole_is_due(source: Contract, first: Landing, job: LandingJob) -> bool:
    """Whether it is time to read everything again: what was deleted at the source shows only then."""
    every = timedelta(days=int(the_server(source).settings.get("wholeEvery", WHOLE_EVERY)))
    return job.now - datetime.fromisoformat(first.retrieved_at) >= every
