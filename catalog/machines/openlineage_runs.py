"""The form of OpenLineage events: names, ids, and the two events of a run.

Belongs here: what every event has. Does not belong here: what happened (``openlineage``, ``openlineage_deliveries``),
facets (``openlineage_facets``).

Source: OpenLineage 2-0-2, https://openlineage.io/spec/2-0-2/OpenLineage.json; Naming.md of the same.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from catalog.machines import openlineage_facets as of
from catalog.machines.openlineage_facets import Facets, facet
from catalog.site.site import Site

Event = dict[str, Any]
Dataset = dict[str, Any]


def lines(events: Iterable[Event]) -> bytes:
    """Events one a line, in UTF-8."""
    return "".join(
        json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n" for event in events
    ).encode("utf-8")


def namespace(site: Site) -> str:
    """The namespace of the city's own datasets and jobs."""
    return f"cauce://{site.city.id}"


def job_name(site: Site, *parts: str) -> str:
    """A job: the asset's key with dots."""
    return ".".join((site.city.id, *parts))


def run_id(site: Site, *parts: object) -> str:
    """A run's UUID, made of what the run was: the same in every build and for every tier."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join((f"cauce://{site.city.id}", *(str(p) for p in parts)))))


def event(kind: str, at: datetime, **said: Any) -> Event:
    """An event of one kind; what is None is left out."""
    return {
        "eventTime": f"{at.isoformat()}Z",
        "producer": of.PRODUCER,
        "schemaURL": f"{of.SPECIFICATION}/{kind}",
        **{key: value for key, value in said.items() if value is not None},
    }


def run_events(
    at: datetime, outcome: str, run: tuple[str, Facets], job: Mapping[str, Any], data: Mapping[str, Sequence[Dataset]]
) -> Iterator[Event]:
    """A run's two events; everything that was known only at its end stands in the second."""
    identifier, facets = run
    first = {name: facets[name] for name in ("parent", "nominalTime") if name in facets}
    plain = [{key: value for key, value in one.items() if key in ("namespace", "name")} for one in data["inputs"]]
    named = {"namespace": job["namespace"], "name": job["name"]}
    started = {"runId": identifier, "facets": first}
    yield event("RunEvent", at, eventType="START", run=started, job=named, inputs=plain, outputs=[])
    ended = {"runId": identifier, "facets": facets}
    yield event("RunEvent", at, eventType=outcome, run=ended, job=dict(job), **data)


def city_run(site: Site, at: datetime) -> Facets:
    """The run of the whole city in which it happened, which is known by its time of checking."""
    return facet(
        "parent",
        run={"runId": run_id(site, "run", at.isoformat())},
        job={"namespace": namespace(site), "name": job_name(site, "run")},
    )


def bare(space: str, name: str) -> Dataset:
    """A dataset by its name alone."""
    return {"namespace": space, "name": name}


def source_of(site: Site) -> Facets:
    """Where the city's own datasets stand: its site, where it has an address."""
    return facet("dataSource", name=site.city.name.default, uri=site.city.site_url or namespace(site))
