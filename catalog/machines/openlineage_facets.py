"""OpenLineage facets from views: each with its own schema's address, under the name the specification gives it.

Belongs here: one function a facet. Does not belong here: which event carries which (``openlineage``), what a tier may
know (what is handed in is already cut).

Source: the OpenLineage specification 2-0-2 and its facets, whose versions stand in ``_VERSIONS``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from catalog.lineage import ColumnEdge, Graph, RecordEdge
from catalog.views import ColumnView, ProductView, QualityView, ReleaseView, RuleView
from contracts.model import Contract

PRODUCER = "cauce://engine"
"""Who says it. The engine's own version stands in the ``processing_engine`` facet."""
SPECIFICATION = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs"

Facets = dict[str, dict[str, Any]]

_VERSIONS: Mapping[str, tuple[str, str]] = {
    "columnLineage": ("1-2-0", "ColumnLineageDatasetFacet"),
    "dataQualityAssertions": ("1-1-0", "DataQualityAssertionsDatasetFacet"),
    "dataQualityMetrics": ("1-0-0", "DataQualityMetricsDatasetFacet"),
    "dataQualityMetrics of an input": ("1-0-3", "DataQualityMetricsInputDatasetFacet"),
    "dataSource": ("1-0-1", "DatasourceDatasetFacet"),
    "datasetType": ("1-0-1", "DatasetTypeDatasetFacet"),
    "documentation": ("1-1-0", "DocumentationDatasetFacet"),
    "documentation of a job": ("1-1-0", "DocumentationJobFacet"),
    "errorMessage": ("1-0-1", "ErrorMessageRunFacet"),
    "jobType": ("2-0-4", "JobTypeJobFacet"),
    "lifecycleStateChange": ("1-0-1", "LifecycleStateChangeDatasetFacet"),
    "nominalTime": ("1-0-1", "NominalTimeRunFacet"),
    "outputStatistics": ("1-0-2", "OutputStatisticsOutputDatasetFacet"),
    "ownership": ("1-0-1", "OwnershipDatasetFacet"),
    "ownership of a job": ("1-0-1", "OwnershipJobFacet"),
    "parent": ("1-2-0", "ParentRunFacet"),
    "processing_engine": ("1-1-1", "ProcessingEngineRunFacet"),
    "schema": ("1-2-0", "SchemaDatasetFacet"),
    "symlinks": ("1-0-1", "SymlinksDatasetFacet"),
    "tags": ("1-0-0", "TagsDatasetFacet"),
    "tags of a job": ("1-0-0", "TagsJobFacet"),
    "test": ("1-0-1", "TestRunFacet"),
    "version": ("1-0-1", "DatasetVersionDatasetFacet"),
}

_BASES: Mapping[str, Mapping[str, str]] = {
    name: {
        "_producer": PRODUCER,
        "_schemaURL": f"https://openlineage.io/spec/facets/{version}/{title}.json#/$defs/{title}",
    }
    for name, (version, title) in _VERSIONS.items()
}


class Said:
    """What events have told so far, so that each says only what is new."""

    def __init__(self) -> None:
        self._last: dict[str, object] = {}

    def is_new(self, about: str, value: object) -> bool:
        """Whether ``value`` differs from what was last told about it; it counts as told from here on."""
        differs = about not in self._last or self._last[about] != value
        self._last[about] = value
        return differs

    def new(self, about: str, facets: Facets) -> Facets:
        """Those of ``facets`` that differ from what was last told."""
        return {name: value for name, value in facets.items() if self.is_new(f"{about} {name}", value)}


def facet(name: str, /, **said: Any) -> Facets:
    """One facet by the name of its schema here, under the name that events give it."""
    return {name.partition(" ")[0]: {**_BASES[name], **said}}


def schema(columns: Iterable[tuple[str, str, str]]) -> Facets:
    """A dataset's columns: name, type and description, the last two empty where they are not known."""
    fields = [
        {
            "name": name,
            **({"type": kind} if kind else {}),
            **({"description": said} if said else {}),
            "ordinal_position": i,
        }
        for i, (name, kind, said) in enumerate(columns, start=1)
    ]
    return facet("schema", fields=fields) if fields else {}


def ownership(of: Any, *, job: bool = False) -> Facets:
    """Who answers for it and who looks after it; ``of`` is a product's view or a source's."""
    owners = [{"name": name, "type": kind} for name, kind in ((of.owner, "OWNER"), (of.steward, "STEWARD")) if name]
    return facet("ownership of a job" if job else "ownership", owners=owners) if owners else {}


def documentation(said: str, *, job: bool = False) -> Facets:
    """What it is for."""
    name = "documentation of a job" if job else "documentation"
    return facet(name, description=said, contentType="text/plain") if said else {}


def classes(tier: str, columns: Iterable[ColumnView], contract: Contract | None) -> Facets:
    """Who may see the dataset, each column's class, and the registered step that lowered one."""
    tags = [{"key": "tier", "value": tier, "source": "CONTRACT"}]
    kept = {p.name: p.classification for p in contract.columns} if contract else {}
    for column in columns:
        if column.name in kept:
            tags.append(_tag("classification", kept[column.name], column.name))
        if column.step:
            tags.append(_tag("deidentified_by", column.step, column.name))
    return facet("tags", tags=tags)


def _tag(key: str, value: str, field: str) -> dict[str, str]:
    return {"key": key, "value": value, "source": "CONTRACT", "field": field}


def data_files(release: ReleaseView) -> dict[str, int]:
    """Rows, bytes and number of a release's data files, as ``outputStatistics`` calls them."""
    files = release.downloads
    return {"rowCount": release.manifest.rows, "size": sum(f.bytes for f in files), "fileCount": len(files)}


def measured(release: ReleaseView) -> Facets:
    """What the gate counted in the release: its records, and each column's empty values where a rule counted them."""
    said = data_files(release)
    names = {c.name for c in release.manifest.columns}
    empty = {
        rule.columns[0]: {"nullCount": rule.nulls}
        for rule in release.quality.rules
        if len(rule.columns) == 1 and rule.columns[0] in names and rule.nulls is not None and rule.examined > 0
    }
    return facet(
        "dataQualityMetrics",
        rowCount=said["rowCount"],
        bytes=said["size"],
        fileCount=said["fileCount"],
        columnMetrics=dict(sorted(empty.items())),
    )


def assertions(quality: QualityView, said: Said) -> Facets:
    """Every rule that says something here, as an assertion; nothing but a rule that ran and held is a success."""
    told = [
        {
            "assertion": rule.kind,
            "success": rule.result == "passed",
            **({"column": rule.columns[0]} if len(rule.columns) == 1 else {}),
            **_said_of(rule, said),
        }
        for rule in quality.rules
        if rule.result != "not applicable"
    ]
    return facet("dataQualityAssertions", assertions=told)


def tests(quality: QualityView, said: Said) -> Facets:
    """The checks of an attempt that left no data set: what did not run is skipped, and never passed."""
    told = [
        {"status": _STATUS.get(rule.result, "fail"), "type": rule.kind, **_said_of(rule, said)}
        for rule in quality.rules
        if rule.result != "not applicable"
    ]
    return facet("test", tests=told)


_STATUS = {"passed": "pass", "not run": "skip", "vacuous": "skip"}


def _said_of(rule: RuleView, said: Said) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": rule.id,
        "severity": "error" if rule.severity == "error" else "warn",
        "params": {"result": rule.result, "examined": rule.examined, "failed": rule.failed},
    }
    if said.is_new(f"rule {rule.id}", rule.text.default):
        told["description"] = rule.text.default
    if rule.threshold:
        parts = (rule.threshold.get("operator"), rule.threshold.get("value"), rule.threshold.get("unit"))
        told["expected"] = " ".join(str(part) for part in parts if part is not None)
    if rule.value is not None:
        told["actual"] = f"{rule.value:g}"
    return told


def column_lineage(graph: Graph, ends: Collection[str], dataset: Mapping[str, tuple[str, str]]) -> Facets:
    """What the columns of the steps ``ends`` are made from, and what decides their records, told of the dataset.

    None where no release kept that. ``dataset`` names each step's dataset.
    """
    fields: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = {}
    for edge in graph.column_edges or ():
        if edge.end[0] in ends and edge.start[0] in dataset:
            kind = "DIRECT" if edge.by == "value" else "INDIRECT"
            fields.setdefault(edge.end[1], {}).setdefault(edge.start, []).append(_transformation(kind, edge))
    whole: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for given in graph.record_edges:
        if given.end in ends and given.start[0] in dataset:
            whole.setdefault(given.start, []).append(_transformation("INDIRECT", given))
    if not fields and not whole:
        return {}
    told = {name: {"inputFields": _input_fields(given, dataset)} for name, given in sorted(fields.items())}
    return facet("columnLineage", fields=told, **({"dataset": _input_fields(whole, dataset)} if whole else {}))


def _transformation(kind: str, edge: ColumnEdge | RecordEdge) -> dict[str, Any]:
    """One transformation: how a column takes part; a registered step masks, and is named."""
    told: dict[str, Any] = {"type": kind, **({"subtype": edge.how} if edge.how else {})}
    return {**told, **({"description": edge.step, "masking": True} if edge.step else {})}


def _input_fields(
    given: Mapping[tuple[str, str], list[dict[str, Any]]], dataset: Mapping[str, tuple[str, str]]
) -> list[dict[str, Any]]:
    found = []
    for (node, column), transformations in sorted(given.items()):
        namespace, name = dataset[node]
        found.append({"namespace": namespace, "name": name, "field": column, "transformations": transformations})
    return found


def described(product: ProductView) -> Facets:
    """What a job of a product is: its purpose, who answers for it, its practice."""
    tags = [{"key": "practice", "value": product.practice, "source": "CONTRACT"}] if product.practice else []
    return {
        **facet("jobType", processingType="BATCH", integration="CAUCE", jobType="RELEASE"),
        **documentation(product.purpose.default, job=True),
        **ownership(product, job=True),
        **(facet("tags of a job", tags=tags) if tags else {}),
    }
