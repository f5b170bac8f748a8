"""Shaping: a city's accepted records become its marts, by dbt, in this process.

Belongs here: running the project for one city, what each model came to, the lineage of tables, the unit tests
of the logic. Does not belong here: how the project is put together (``dbt_project``), the wording of errors
(``dbt_errors``), what may be published (``publish``), Dagster.

A failed model does not stop the others; what depends on it is skipped. Where sources enter is not known to dbt,
which sees no dependency in a Parquet file: the macro ``raw`` marks each model that calls it, in the model's meta,
while dbt parses it. So the lineage knows what really was called, also through a loop or a variable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from contracts import kept, tiers
from contracts.city import City
from contracts.engines.spatial import spatial_extension
from contracts.errors import CauceError, InputError
from contracts.home import CityHome
from contracts.model import EMPTY, Contract
from orchestration import dbt_project, staging_rules, step_functions, step_keys, warehouse
from orchestration.dbt_errors import FailedNode, node_error, project_error
from orchestration.dbt_project import DEFAULT_MEMORY, ProjectFile
from orchestration.model_titles import model_title
from orchestration.step_functions import StepSettings

if TYPE_CHECKING:
    import duckdb

Layer = Literal["staging", "intermediate", "mart", "unit_test"]
Status = Literal["ok", "error", "skipped"]

RAW_MARK: Final = "raw:"
"""Prefix of the keys in a model's meta by which the macro ``raw`` names the sources it was asked for."""

UNIT_TESTS_UNTIL: Final = datetime(2040, 1, 1)
"""An as-of instant later than that of any unit test: changes of offset are known until ten years after it."""

UNIT_TESTS_KEY: Final = bytes(range(step_keys.BYTES))
"""The key that unit tests are run with; no secret."""

_UNIT_TEST_ZONE: Final = re.compile(r"\btimezone:\s*([A-Za-z_]+(?:/[A-Za-z_]+)*)")

_STATUS: Final[Mapping[str, Status]] = {"success": "ok", "pass": "ok", "skipped": "skipped"}
_LAYERS: Final[Mapping[str, Layer]] = {"staging": "staging", "intermediate": "intermediate", "marts": "mart"}


@dataclass(frozen=True)
class NodeRun:
    """What one model, or one unit test, came to.

    Attributes:
        unique_id: dbt's id.
        name: The model's name.
        layer: staging, intermediate, mart, or unit_test.
        status: ``skipped`` where something it reads failed.
        seconds: How long it took.
        rows: Records of its table, or of a mart; None for other views and until the run is over.
        message: What went wrong, in our form; empty where nothing did.
        path: The file it is written in.
        error: The same as an error, to be raised by whoever wants to.
    """

    unique_id: str
    name: str
    layer: Layer
    status: Status
    seconds: float
    rows: int | None
    message: str
    path: str
    error: CauceError | None = field(default=None, compare=False)


@dataclass(frozen=True)
class LineageNode:
    """One table: ``id`` is stable across cities and runs; ``tier`` who may see its records."""

    id: str
    kind: Literal["source", "staging", "intermediate", "mart"]
    name: str
    title: str
    tier: str
    translations: Mapping[str, str] = EMPTY

    def as_dict(self) -> dict[str, Any]:
        """As a release keeps it; without translations where nothing is translated."""
        told = {**asdict(self), "translations": dict(self.translations)}
        return told if self.translations else {k: v for k, v in told.items() if k != "translations"}


@dataclass(frozen=True)
class LineageGraph:
    """The tables of a city and what is made from what, sorted. An edge leads from what is read to the reader."""

    nodes: tuple[LineageNode, ...]
    edges: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """``{"nodes": [...], "edges": [[from, to], ...]}``, as a release keeps it."""
        return {"nodes": [n.as_dict() for n in self.nodes], "edges": [list(e) for e in self.edges]}

    def upstream(self, identity: str) -> frozenset[str]:
        """Ids of all that ``identity`` is made from, itself left out."""
        reached: set[str] = set()
        frontier = [identity]
        while frontier:
            reader = frontier.pop()
            new = {a for a, b in self.edges if b == reader} - reached
            reached |= new
            frontier += new
        return frozenset(reached - {identity})

    def upstream_products(self, products: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        """For each product, the other products its mart is made from, sorted."""
        marts = {n.name: n.id for n in self.nodes if n.kind == "mart" and n.name in products}
        found = {}
        for name in products:
            above = self.upstream(marts[name]) if name in marts else frozenset()
            found[name] = tuple(sorted(other for other, identity in marts.items() if identity in above))
        return found


@dataclass(frozen=True)
class ShapeJob:
    """One run of a city's models.

    Attributes:
        city: The city.
        home: Where its warehouse stands and dbt's artefacts go.
        as_of: The run's as-of instant, in UTC.
        files: Accepted Parquet files by source, oldest first.
        select: Names of models, or dbt's selectors (``+service_requests``); None for all.
        threads: Threads DuckDB may use.
        callback: Told of each model as it ends (its rows are not counted yet).
        memory: Memory DuckDB may use before it spills to disk.
    """

    city: City
    home: CityHome
    as_of: datetime
    files: Mapping[str, tuple[Path, ...]]
    select: tuple[str, ...] | None = None
    threads: int = 2
    callback: Callable[[NodeRun], None] | None = None
    memory: str = DEFAULT_MEMORY


@dataclass(frozen=True)
class Shaping:
    """What a run came to: its models in the order in which they ended, and the lineage of the whole project."""

    nodes: tuple[NodeRun, ...]
    graph: LineageGraph
    manifest_path: Path

    @property
    def failed(self) -> tuple[NodeRun, ...]:
        """The models that failed by themselves."""
        return tuple(n for n in self.nodes if n.status == "error")


def shape(job: ShapeJob) -> Shaping:
    """Build a city's models in its warehouse.

    Raises:
        InputError: The project as a whole cannot be read (a model that fails alone is a result, not an error).
    """
    files = dbt_project.city_files(job.city)
    staging_rules.judge_templates(files)
    project = dbt_project.assemble(files, job.home.dbt_target / "project")
    engine = dbt_project.engine_variables(job.home.warehouse, job.home.work / "duckdb", job.threads, job.memory)
    told = {**dbt_project.variables(job.city, job.home, job.files, job.as_of), **engine}
    target = job.home.dbt_target / "target"
    for name, said in warehouse.prepare(engine, job.city, job.files, job.as_of).items():
        told["sources"][name]["unread"] = said
    command = ("run", *(("--select", *job.select) if job.select else ()))
    listener = _Listener(files, _entities(job.city), job.callback)
    parsed = _PARSED.pop(dbt_project.digest(files, dbt_project.variables(job.city, job.home)), None)
    key = step_keys.kept_key(job.home.keys) if _needs_key(files) else None
    with step_keys.given_to_dbt(key):
        result = dbt_project.invoke(command, project, target, told, listener.hear, parsed)
    _hold_read(result, files, job.city.id)
    path = (target if parsed is None else job.home.dbt_target / "parsed") / "manifest.json"
    manifest = kept.read_json(path)
    staging_rules.judge_settings(manifest, files)
    nodes = _counted(listener.nodes, manifest, job.home.warehouse)
    return Shaping(nodes, graph_of(manifest, job.city), path)


def _needs_key(files: Mapping[str, ProjectFile]) -> bool:
    return step_keys.calls_keyed_step(files, dbt_project.step_register())


_PARSED: dict[str, Any] = {}
"""What dbt read last in this process, by the project's hash: the run that follows takes it instead of reading again."""


def parse(city: City, home: CityHome) -> dict[str, Any]:
    """Dbt's manifest of a city's project, kept and made again only when SQL, YAML or settings changed.

    Raises:
        InputError: The project cannot be read.
    """
    files = dbt_project.city_files(city)
    told = dbt_project.variables(city, home)
    target = home.dbt_target / "parsed"
    mark, manifest = target / "project.sha256", target / "manifest.json"
    wanted = dbt_project.digest(files, told)
    if manifest.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == wanted:
        return kept.read_json(manifest)
    kept.remove(mark)
    staging_rules.judge_templates(files)
    project = dbt_project.assemble(files, home.dbt_target / "project")
    result = dbt_project.invoke(("parse",), project, target, told, lambda _: None)
    _hold_read(result, files, city.id)
    staging_rules.judge_settings(kept.read_json(manifest), files)
    kept.replace(mark, wanted.encode())
    _PARSED.clear()
    _PARSED[wanted] = result.result
    return kept.read_json(manifest)


def compile_models(city: City, home: CityHome) -> None:
    """Compile a city's models as if each source had a delivery, without one: nothing is run and no record is read.

    What a model asks of the data while it is compiled is answered so that its SQL reads all it may ever read.

    Raises:
        InputError: The project cannot be read, or a model cannot be compiled.
    """
    parse(city, home)
    files = dbt_project.city_files(city)
    told = dbt_project.variables(city, home)
    parsed = _PARSED.pop(dbt_project.digest(files, told), None)
    told |= {"sources": {name: {"deliveries": 1} for name in city.sources}, "point_to_area": "always"}
    said: list[str] = []
    result = dbt_project.invoke(
        ("compile",),
        home.dbt_target / "project",
        home.dbt_target / "target",
        told,
        lambda event: said.append(str(event.info.msg)) if event.info.level == "error" else None,
        parsed,
    )
    _hold_read(result, files, city.id)
    if not result.success:
        raise InputError("a model cannot be compiled", where=f"city {city.id}", found="; ".join(said))


def lineage(city: City, home: CityHome) -> LineageGraph:
    """The lineage of a city's tables, from the kept manifest where nothing changed.

    Raises:
        InputError: The project cannot be read.
    """
    return graph_of(parse(city, home), city)


def graph_of(manifest: Mapping[str, Any], city: City) -> LineageGraph:
    """The lineage of tables in a manifest of dbt's, with the sources that the models' marks name."""
    models = {i: n for i, n in manifest["nodes"].items() if n["resource_type"] == "model"}
    edges: set[tuple[str, str]] = set()
    sources: set[str] = set()
    for identity, node in models.items():
        marked = [key.removeprefix(RAW_MARK) for key in node["config"]["meta"] if key.startswith(RAW_MARK)]
        sources |= set(marked)
        edges |= {(f"source.{name}", _lineage_id(node)) for name in marked}
        edges |= {(_lineage_id(models[p]), _lineage_id(node)) for p in manifest["parent_map"][identity] if p in models}
    nodes = {f"source.{name}": _source_node(city, name) for name in sorted(sources)}
    for identity in in_order(models, manifest):
        node = models[identity]
        title = model_title(node, city)
        above = [nodes[a].tier for a, b in sorted(edges) if b == _lineage_id(node)]
        nodes[_lineage_id(node)] = LineageNode(
            id=_lineage_id(node),
            kind=_layer(node["original_file_path"]),  # type: ignore[arg-type]
            name=node["name"],
            title=title.default,
            tier=node["config"]["meta"].get("tier") or tiers.highest(above or [tiers.MOST_RESTRICTIVE]),
            translations=title.translations,
        )
    return LineageGraph(tuple(nodes[i] for i in sorted(nodes)), tuple(sorted(edges)))


def test(folder: Path, select: tuple[str, ...] | None = None) -> tuple[NodeRun, ...]:
    """Run dbt's unit tests of the shared models, against an empty warehouse in ``folder``.

    The tests stand on a city with every entity and product and no record, whose staging is made from the
    entities' contracts.

    Args:
        folder: An empty folder for the warehouse and dbt's artefacts.
        select: Names of models or unit tests; None for all.

    Returns:
        The unit tests, sorted by name.

    Raises:
        InputError: The project cannot be read, or a model the tests stand on does not run.
    """
    from contracts.city_load import load_shared
    from contracts.formulas import strata
    from orchestration.probe_measures import probe_measures

    shared = load_shared()
    staging = {name: f"stg_probe__{name}" for name in shared.entities}
    files = dbt_project.shared_files(with_unit_tests=True)
    for name, contract in shared.entities.items():
        files[f"staging/{staging[name]}.sql"] = ProjectFile(contract.path, empty_staging(contract))
    engine = dbt_project.engine_variables(folder / "probe.duckdb", folder / "duckdb")
    told = {
        **{"city": "probe", "timezone": "UTC", "as_of": dbt_project.PLACEHOLDER_AS_OF, "minimum_cell": 10},
        **{"entities": staging, "products": sorted(shared.products), "sources": {}, "point_to_area": "never"},
        "measures": probe_measures(),
        "measure_strata": {name: list(strata(contract)) for name, contract in shared.products.items()},
        "spatial_extension": spatial_extension(),
        **engine,
    }
    settings = StepSettings(unit_test_zones(files), 10, UNIT_TESTS_UNTIL, dbt_project.step_register())
    with warehouse.opened(engine) as connection:
        step_functions.make(connection, settings)
    project = dbt_project.assemble(files, folder / "project")
    contracts = {staging[name]: contract for name, contract in shared.entities.items()}
    built = _Listener(files, contracts, None)
    _hold_read(dbt_project.invoke(("run",), project, folder / "target", told, built.hear), files, "probe")
    for node in built.nodes:
        if node.error is not None:
            raise node.error
    chosen = ("--select", *(f"{name},test_type:unit" for name in select)) if select else ("--select", "test_type:unit")
    listener = _Listener(files, contracts, None)
    with step_keys.given_to_dbt(UNIT_TESTS_KEY):
        result = dbt_project.invoke(("test", *chosen), project, folder / "target", told, listener.hear)
    _hold_read(result, files, "probe")
    return tuple(sorted(listener.nodes, key=lambda n: n.name))


def unit_test_zones(files: Mapping[str, ProjectFile]) -> tuple[str, ...]:
    """The time zones that unit tests say a city has, and UTC, sorted."""
    found = {"UTC"}
    for name, file in files.items():
        if name.startswith("unit_tests/"):
            found |= set(_UNIT_TEST_ZONE.findall(file.text))
    return tuple(sorted(found))


def empty_staging(entity: Contract) -> str:
    """A staging model that delivers every column of an entity and no record."""
    columns = ",\n".join(f"    cast(null as {c.physical_type.lower()}) as {c.name}" for c in entity.columns)
    return f"-- {entity.object.grain}\nselect\n{columns}\nwhere false\n"


class _Listener:
    """Turns dbt's events into node runs, in the order in which the nodes end."""

    def __init__(
        self,
        files: Mapping[str, ProjectFile],
        staging: Mapping[str, Contract],
        callback: Callable[[NodeRun], None] | None,
    ) -> None:
        self.nodes: list[NodeRun] = []
        self._files = files
        self._staging = staging
        self._callback = callback

    def hear(self, event: Any) -> None:
        """Take note of a node that ended; every other event passes."""
        if event.info.name != "NodeFinished":
            return
        info, result = event.data.node_info, event.data.run_result
        kind = "unit_test" if info.resource_type == "unit_test" else None
        path = self._path(info)
        file = self._files.get(path)
        status = _STATUS.get(result.status, "error")
        error = None
        if status == "error":
            error = node_error(self._failed(info.node_name, file, str(result.message)))
        node = NodeRun(
            unique_id=info.unique_id,
            name=info.node_name,
            layer=kind or _layer(path),  # type: ignore[arg-type]
            status=status,
            seconds=round(result.execution_time, 3),
            rows=None,
            message=error.message if error else "",
            path=str(file.origin) if file else path,
            error=error,
        )
        self.nodes.append(node)
        if self._callback is not None:
            self._callback(node)

    def _path(self, info: Any) -> str:
        """The node's file within the project; dbt gives it from the folder of its kind on."""
        named = str(info.node_path)
        return next((name for name in self._files if name == named or name.endswith(f"/{named}")), named)

    def _failed(self, name: str, file: ProjectFile | None, message: str) -> FailedNode:
        parents: tuple[str, ...] = ()
        if file is not None:
            parents = tuple(n for n, c in self._staging.items() if f"staged('{c.name}')" in file.text)
        parent_files = {Path(p).stem: f for p, f in self._files.items()}
        return FailedNode(name, file, message, self._staging, parents, parent_files)


def _hold_read(result: Any, files: Mapping[str, ProjectFile], city: str) -> None:
    if result.exception is not None:
        raise project_error(str(result.exception), files, city) from result.exception


def _entities(city: City) -> dict[str, Contract]:
    """Staging models of a city by name, with the contract of the entity each delivers."""
    from contracts.city_load import load_entities

    entities = load_entities()
    return {model: entities[name] for name, model in city.staging.items() if name in entities}


def _counted(nodes: list[NodeRun], manifest: Mapping[str, Any], file: Path) -> tuple[NodeRun, ...]:
    """The nodes with the records of their tables counted. A view's are computed when it is read, and counted there."""
    import duckdb

    counted: list[NodeRun] = []
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for node in nodes:
            view = manifest["nodes"][node.unique_id]["config"]["materialized"] == "view"
            wanted = node.status == "ok" and not view
            counted.append(_with_rows(node, connection) if wanted else node)
    return tuple(counted)


def _with_rows(node: NodeRun, connection: duckdb.DuckDBPyConnection) -> NodeRun:
    from dataclasses import replace

    found = connection.execute(f'select count(*) from "{node.name}"').fetchone()
    return replace(node, rows=int(found[0]) if found else None)


def _layer(path: str) -> Layer:
    """The layer of a model's file, by its folder within the project."""
    parts = Path(path).parts
    folder = parts[0] if parts[0] == "staging" else parts[1] if len(parts) > 1 else ""
    if folder not in _LAYERS:
        raise InputError("a model stands in no layer", where=path, expected=f"one of {', '.join(_LAYERS)}")
    return _LAYERS[folder]


def _lineage_id(node: Mapping[str, Any]) -> str:
    return f"{_layer(node['original_file_path'])}.{node['name']}"


def _source_node(city: City, name: str) -> LineageNode:
    contract = city.sources[name]
    title = contract.title
    return LineageNode(f"source.{name}", "source", name, title.default, contract.tier, title.translations)


def in_order(models: Iterable[str], manifest: Mapping[str, Any]) -> list[str]:
    """Ids of dbt's, so that each stands after all it reads."""
    return sorted(models, key=lambda i: _depth(i, manifest))


def _depth(identity: str, manifest: Mapping[str, Any]) -> tuple[int, str]:
    """How far a node stands from what reads nothing, so that a sort puts it after all it reads."""
    parents = manifest["parent_map"].get(identity, ())
    return (1 + max((_depth(p, manifest)[0] for p in parents), default=0), identity)
