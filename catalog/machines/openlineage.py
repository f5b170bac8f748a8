"""OpenLineage events of what really ran: releases, checks, refusals and deliveries, as one tier may know them.

Belongs here: which events there are, and which facets each carries. Does not belong here: a facet's form
(``openlineage_facets``), where the files stand (``files``).

One event a line. Of a product: what each release, refusal, going back and withdrawal was (a run with a START and a
COMPLETE or FAIL), the checks of each release as a run of its own (``<job>.gate``), and the tables behind the release
served now as events of their jobs alone, since no run of a single table is on record. Of a source: its deliveries.

Nothing is invented. A kept file states one time of a run, the time of checking (of a delivery, of retrieval): it is the
time of both its events, and no duration is told. A run's id is made of what the run was, so that it is the same in
every build and in every tier. A step that a tier may not know is in none of its events: what stands on both its sides
is joined. Where no release kept which column is made from which, no event says so; code that lies nowhere with an
address has no facet. An error tells the rule that did not hold, never a value.

What does not change is said once: a facet of a job, or a rule's sentence, stands in the first event that knows it, and
again when it differs; events add up, as the specification has it. The release served now is told in full, with its
columns, counts and checks. Of an earlier one its run, number and change of state are told; the rest stands in its own
manifest and reports, and a file of events that repeated them would grow without end.

Names: a dataset's namespace is a scheme and an authority (``cauce://<city>``, or where a source's records come from),
its name a path; a job is an asset's key with dots.

Source: OpenLineage 2-0-2, https://openlineage.io/spec/2-0-2/OpenLineage.json
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from catalog.lineage import Graph, Node, read_graph
from catalog.machines import openlineage_facets as of
from catalog.machines.openlineage_deliveries import openlineage_source_events
from catalog.machines.openlineage_facets import Facets, Said, facet
from catalog.machines.openlineage_runs import (
    Event,
    bare,
    city_run,
    event,
    job_name,
    lines,
    namespace,
    run_events,
    run_id,
    source_of,
)
from catalog.site.site import Site
from catalog.views import Attempt, Change, ProductView, ReleaseView
from contracts.tiers import LEAST_RESTRICTIVE

__all__ = ["openlineage_events", "openlineage_source_events", "product_events"]

_FOLDERS = {"source": "raw", "staging": "staging", "intermediate": "intermediate", "mart": "marts"}


def openlineage_events(site: Site, product: ProductView) -> bytes:
    """Every event of one product, oldest first, one a line in UTF-8."""
    return lines(product_events(site, product))


def product_events(site: Site, product: ProductView) -> Iterator[Event]:
    """The same as objects: what happened in its order, then the tables behind the release served now."""
    happened: list[tuple[datetime, int, Change | Attempt]] = [
        *((change.at, order, change) for order, change in enumerate(reversed(product.history))),
        *((attempt.at, len(product.history) + attempt.number, attempt) for attempt in product.attempts),
    ]
    said = Said()
    before = ""
    for _, _, what in sorted(happened, key=lambda h: h[:2]):
        if isinstance(what, Attempt):
            yield from _refused(site, product, what, said)
        else:
            yield from _changed(site, product, what, before, said)
            before = what.action
    if product.current is not None:
        yield from _tables(site, product.current)


def _release_job(site: Site, product: ProductView, said: Said) -> dict[str, Any]:
    return {
        "namespace": namespace(site),
        "name": job_name(site, "releases", product.name),
        "facets": said.new("job", of.described(product)),
    }


def _changed(site: Site, product: ProductView, change: Change, before: str, said: Said) -> Iterator[Event]:
    """A publication with its checks, a going back to an older release, or a withdrawal."""
    identifier = run_id(site, "releases", product.name, change.action, change.version, change.at.isoformat())
    release = product.release(change.version) if change.version is not None else None
    job = _release_job(site, product, said)
    if change.action == "publish" and release is not None and release is product.current:
        state = "CREATE" if before in ("", "withdraw") else "OVERWRITE"
        facets = {**city_run(site, change.at), **_engine(release)}
        inputs = [bare(*name) for name in _read_by_release(site, release)]
        output = {
            **bare(*_release_dataset(site, product)),
            "facets": {
                **_released(site, product, release),
                **facet("version", datasetVersion=str(release.version)),
                **facet("lifecycleStateChange", lifecycleStateChange=state),
            },
            "outputFacets": facet("outputStatistics", **of.data_files(release)),
        }
        yield from run_events(change.at, "COMPLETE", (identifier, facets), job, {"inputs": inputs, "outputs": [output]})
        yield from _checked(site, product, release, (change, identifier), said)
        return
    state = "DROP" if change.action == "withdraw" else "CREATE" if before in ("", "withdraw") else "OVERWRITE"
    told = facet("lifecycleStateChange", lifecycleStateChange=state)
    if change.version is not None:
        told |= facet("version", datasetVersion=str(change.version))
    output = {**bare(*_release_dataset(site, product)), "facets": told}
    facets = city_run(site, change.at) if change.action == "publish" else {}
    yield from run_events(change.at, "COMPLETE", (identifier, facets), job, {"inputs": [], "outputs": [output]})


def _engine(release: ReleaseView) -> Facets:
    """When the data is as of, and what ran it, by the hash of the engine's files."""
    facets: Facets = {}
    if release.as_of is not None:
        facets |= facet("nominalTime", nominalStartTime=f"{release.as_of.isoformat()}Z")
    version = release.manifest.code.get("engine_sha256")
    return {**facets, **(facet("processing_engine", name="Cauce", version=version) if version else {})}


def _release_dataset(site: Site, product: ProductView) -> tuple[str, str]:
    """Namespace and name of the rendition that this tier reads."""
    return namespace(site), f"releases/{product.rendition}/{product.name}"


def _released(site: Site, product: ProductView, release: ReleaseView) -> Facets:
    """What a release says of itself, but for its number and that it is new."""
    graph = read_graph(release.lineage)
    ends = {node.id for node in graph.of_kind("release")}
    return {
        **of.schema((c.name, c.type, c.description) for c in release.manifest.columns),
        **source_of(site),
        **facet("datasetType", datasetType="FILE"),
        **of.documentation(product.purpose.default),
        **of.ownership(product),
        **of.classes(product.rendition, product.columns, product.contract),
        **of.measured(release),
        **_where(site, product),
        **of.column_lineage(graph, ends, _datasets(site, graph)),
    }


def _where(site: Site, product: ProductView) -> Facets:
    """The same dataset by its address on the web, where the city has one."""
    parts = urlsplit(site.city.site_url or "")
    if not parts.netloc or site.tier != LEAST_RESTRICTIVE:
        return {}
    path = "/".join(part for part in (parts.path.strip("/"), "data", product.name) if part)
    known = {"namespace": f"{parts.scheme}://{parts.netloc}", "name": path, "type": "LOCATION"}
    return facet("symlinks", identifiers=[known])


def _checked(
    site: Site, product: ProductView, release: ReleaseView, of_run: tuple[Change, str], said: Said
) -> Iterator[Event]:
    """The checks of a release: they read its files, so it is their input."""
    change, identifier = of_run
    parent = facet(
        "parent",
        run={"runId": identifier},
        job={"namespace": namespace(site), "name": job_name(site, "releases", product.name)},
        root={
            "run": {"runId": run_id(site, "run", change.at.isoformat())},
            "job": {"namespace": namespace(site), "name": job_name(site, "run")},
        },
    )
    gate = {
        "namespace": namespace(site),
        "name": job_name(site, "releases", product.name, "gate"),
        "facets": said.new("gate", facet("jobType", processingType="BATCH", integration="CAUCE", jobType="TEST")),
    }
    given = {
        **bare(*_release_dataset(site, product)),
        "facets": facet("version", datasetVersion=str(release.version)),
        "inputFacets": of.assertions(release.quality, said),
    }
    run = (run_id(site, "gate", identifier), parent)
    yield from run_events(change.at, "COMPLETE", run, gate, {"inputs": [given], "outputs": []})


def _refused(site: Site, product: ProductView, attempt: Attempt, said: Said) -> Iterator[Event]:
    """An attempt that was held: it wrote nothing, and says which rules did not hold."""
    why = " ".join(reason.sentence.default for reason in attempt.reasons)
    if attempt.more or not why:
        why = f"{why} Held for a reason that may not be told here.".strip()
    facets = {**city_run(site, attempt.at), **facet("errorMessage", message=why, programmingLanguage="SQL")}
    if attempt.quality is not None:
        facets |= of.tests(attempt.quality, said)
    run = (run_id(site, "releases", product.name, "refusal", attempt.number), facets)
    yield from run_events(attempt.at, "FAIL", run, _release_job(site, product, said), {"inputs": [], "outputs": []})


def _read_by(site: Site, graph: Graph, node: Node) -> list[tuple[str, str]]:
    """The datasets a step reads, each that the tier may not know replaced by what that one reads."""
    found: dict[tuple[str, str], None] = {}
    frontier = list(graph.parents(node.id))
    while frontier:
        parent = frontier.pop(0)
        if parent.opaque:
            frontier += graph.parents(parent.id)
        else:
            found[_named(site, parent)] = None
    return list(found)


def _read_by_release(site: Site, release: ReleaseView) -> list[tuple[str, str]]:
    graph = read_graph(release.lineage)
    read = [name for node in graph.of_kind("release") for name in _read_by(site, graph, node)]
    return list(dict.fromkeys(read))


def _datasets(site: Site, graph: Graph) -> dict[str, tuple[str, str]]:
    return {node.id: _named(site, node) for node in graph.nodes if not node.opaque and node.kind in _FOLDERS}


def _tables(site: Site, release: ReleaseView) -> Iterator[Event]:
    """A job of each table behind a release: what it reads and writes. A run of one is not on record."""
    graph = read_graph(release.lineage)
    datasets = _datasets(site, graph)
    for node in graph.nodes:
        if node.opaque or node.kind not in ("staging", "intermediate", "mart"):
            continue
        space, name = datasets[node.id]
        made = {
            **of.schema((column, "", "") for column in node.columns or ()),
            **facet("datasetType", datasetType="TABLE"),
            **of.documentation(node.title),
            **facet("tags", tags=[{"key": "tier", "value": node.tier, "source": "CONTRACT"}]),
            **of.column_lineage(graph, (node.id,), datasets),
        }
        job = {
            "namespace": namespace(site),
            "name": job_name(site, _FOLDERS[node.kind], node.name),
            "facets": facet("jobType", processingType="BATCH", integration="DBT", jobType="MODEL"),
        }
        yield event(
            "JobEvent",
            release.published_at,
            job=job,
            inputs=[bare(*read) for read in _read_by(site, graph, node)],
            outputs=[{**bare(space, name), "facets": made}],
        )


def _named(site: Site, node: Node) -> tuple[str, str]:
    """Namespace and name of a step's own dataset."""
    return namespace(site), f"{_FOLDERS[node.kind]}/{node.name}"
