"""OpenLineage events of a source's deliveries, as one tier may know them.

Belongs here: what each delivery was. Does not belong here: products (``openlineage``), facets.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from catalog.machines import openlineage_facets as of
from catalog.machines.openlineage_facets import Facets, facet
from catalog.machines.openlineage_runs import (
    Dataset,
    Event,
    bare,
    job_name,
    lines,
    namespace,
    run_events,
    run_id,
    source_of,
)
from catalog.site.site import Site
from catalog.views import LandingView, SourceView


def openlineage_source_events(site: Site, source: SourceView) -> bytes:
    """Every event of one source's deliveries, oldest first, one a line in UTF-8."""
    return lines(source_events(site, source))


def source_events(site: Site, source: SourceView) -> Iterator[Event]:
    """The events of a source's deliveries as objects, oldest first."""
    for landing in reversed(source.landings):
        yield from _landed(site, source, landing)


def _origin(site: Site, source: SourceView) -> tuple[str, str]:
    """Namespace and name of what a source is read from: its public address, or its name where it has none."""
    origin = source.origin
    parts = urlsplit(origin.address) if origin else urlsplit("")
    if origin is None or not parts.netloc:
        return namespace(site), f"deliveries/{source.name}"
    path = "/".join(part for part in (parts.path.strip("/"), origin.dataset.strip("/")) if part)
    return f"{parts.scheme}://{parts.netloc}", path or source.name


def _landed(site: Site, source: SourceView, landing: LandingView) -> Iterator[Event]:
    """A delivery: accepted, unchanged, or refused whole."""
    given: Dataset = bare(*_origin(site, source))
    counted = facet("dataQualityMetrics of an input", rowCount=landing.received, columnMetrics={})
    given["inputFacets"] = counted
    job = {
        "namespace": namespace(site),
        "name": job_name(site, "raw", source.name),
        "facets": {
            **facet("jobType", processingType="BATCH", integration="CAUCE", jobType="DELIVERY"),
            **of.documentation(source.purpose.default, job=True),
            **of.ownership(source, job=True),
        },
    }
    facets: Facets = {}
    outputs: list[Dataset] = []
    if landing.outcome == "accepted":
        made = {
            **of.schema((c.name, c.type, c.description.default) for c in source.columns),
            **source_of(site),
            **facet("version", datasetVersion=str(landing.number)),
            **of.documentation(source.purpose.default),
            **of.ownership(source),
            **facet("tags", tags=[{"key": "tier", "value": source.tier, "source": "CONTRACT"}]),
        }
        written = facet("outputStatistics", rowCount=landing.accepted)
        outputs = [{**bare(namespace(site), f"raw/{source.name}"), "facets": made, "outputFacets": written}]
    elif landing.outcome == "refused":
        facets = facet("errorMessage", message=_what(landing), programmingLanguage="SQL")
    outcome = "FAIL" if landing.outcome == "refused" else "COMPLETE"
    run = (run_id(site, "raw", source.name, landing.number), facets)
    yield from run_events(landing.at, outcome, run, job, {"inputs": [given], "outputs": outputs})


def _what(landing: LandingView) -> str:
    """What was wrong with a refused delivery, without what was found in it."""
    said = landing.refusal.partition(" Found ")[0].partition(" Expected ")[0]
    return said or "The delivery was refused."
