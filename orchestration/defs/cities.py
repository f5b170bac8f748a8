"""One city as Dagster assets: raw sources, dbt models, releases, the catalogue.

Dagster reads the annotation of ``context`` at run time, so annotations are not postponed here.

Every body is a few lines around ``CityJob``. A hold is a completed asset with a failed check; only
failures of the outside world or of kept files raise.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from contracts.compile_checks import compile_checks
from contracts.errors import CauceError, OutsideError
from contracts.model import Contract
from orchestration.context import OpenCity
from orchestration.defs.checks import check_name, results_for, specs_for
from orchestration.defs.column_lineage import column_lineage
from orchestration.defs.schedules import city_schedule, overdue_policy
from orchestration.flows import read_flow
from orchestration.job import CityJob
from orchestration.publish.gate_rules import GATE_RULES
from orchestration.quotations import told
from orchestration.shaping import LineageGraph, LineageNode, NodeRun, lineage

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

Events = Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]

RETRY = dg.RetryPolicy(max_retries=2, delay=20, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
RECONCILED = {"reconciliation": "Records received are accepted, quarantined or rejected: none is lost."}
LAYERS = {"staging": "staging", "intermediate": "intermediate", "mart": "marts"}


@dataclass(frozen=True)
class CityAssets:
    """All that one city adds to the code location."""

    assets: tuple[dg.AssetsDefinition, ...]
    job: "UnresolvedAssetJobDefinition | None" = None
    schedule: dg.ScheduleDefinition | None = None


def _owners(contract: Contract) -> list[str]:
    return [m.username for m in contract.team if m.role == "owner" and "@" in m.username]


def _describe(contract: Contract) -> str:
    return "\n\n".join(text for text in (contract.title.default, contract.purpose.default) if text)


@contextmanager
def _border(context: dg.AssetExecutionContext, city_id: str, name: str) -> Iterator[CityJob]:
    """Hand out the run's job; an error inside becomes Dagster's, told to the job, retried only where that may help.

    What caused it is not handed on: Dagster keeps every error whole, and an engine's may quote a record.
    """
    job: CityJob = context.resources.run.job(city_id)
    job.journal.failures.pop(name, None)
    try:
        yield job
    except KeyboardInterrupt:  # Dagster would try again after it
        raise dg.Failure(description="stopped", allow_retries=False) from None
    except Exception as error:  # noqa: BLE001 - the border to Dagster
        job.journal.failures[name] = failure = told(error)
        retry = isinstance(failure, OutsideError) and failure.retry
        raise dg.Failure(description=failure.message, allow_retries=retry) from None


def raw_asset(city_id: str, contract: Contract) -> dg.AssetsDefinition:
    """One source: fetched, kept, judged, accepted or refused."""
    key = dg.AssetKey([city_id, "raw", contract.name])
    specs = specs_for(key, compile_checks(contract), RECONCILED)

    @dg.multi_asset(
        name=f"{city_id}__raw__{contract.name}",
        specs=[
            dg.AssetSpec(
                key,
                description=_describe(contract),
                group_name="sources",
                owners=_owners(contract),
                kinds={contract.servers[0].connector},
                tags={"city": city_id, "layer": "raw", "tier": contract.tier},
                freshness_policy=overdue_policy(contract),
            )
        ],
        check_specs=specs,
        required_resource_keys={"run"},
        retry_policy=RETRY,
    )
    def land(context: dg.AssetExecutionContext) -> Events:
        with _border(context, city_id, contract.name) as job:
            landing = job.land(contract.name)
        sums = landing.received == landing.accepted + landing.quarantined + landing.rejected
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={
                "outcome": landing.outcome,
                "received": landing.received,
                "accepted": landing.accepted,
                "quarantined": landing.quarantined,
                "rejected": landing.rejected,
                "raw_sha256": landing.raw_sha256 or "",
                "refused because": (landing.refusal or {}).get("what") or "",
            },
        )
        reconciled = {"id": "reconciliation", "result": "passed" if sums else "failed", "examined": landing.received}
        yield from results_for(key, [s.name for s in specs], [*landing.rules, reconciled])

    return land


def model_assets(opened: OpenCity, graph: LineageGraph) -> dg.AssetsDefinition | None:
    """All dbt models of a city, run by one dbt invocation; each tells on its own whether it was built."""
    city_id = opened.city.id
    keys = {node.id: dg.AssetKey([city_id, LAYERS.get(node.kind, "raw"), node.name]) for node in graph.nodes}
    models = [node for node in graph.nodes if node.kind in LAYERS]
    if not models:
        return None
    parents: dict[str, list[dg.AssetKey]] = {node.id: [] for node in models}
    for source, target in graph.edges:
        if target in parents:
            parents[target].append(keys[source])
    groups = {name: c.practice or "shared" for name, c in opened.city.products.items()}

    def spec(node: LineageNode) -> dg.AssetSpec:
        product = opened.city.products.get(node.name) if node.kind == "mart" else None
        return dg.AssetSpec(
            keys[node.id],
            deps=parents[node.id],
            description=_describe(product) if product else node.title,
            group_name=groups.get(node.name, LAYERS[node.kind]),
            owners=_owners(product) if product else None,
            kinds={"dbt", "duckdb"},
            tags={"city": city_id, "layer": LAYERS[node.kind], "tier": node.tier},
            skippable=True,
        )

    by_key = {keys[node.id]: node for node in models}

    @dg.multi_asset(
        name=f"{city_id}__models",
        specs=[spec(node) for node in models],
        check_specs=[dg.AssetCheckSpec("built", asset=key, description="dbt built this model.") for key in by_key],
        can_subset=True,
        required_resource_keys={"run"},
    )
    def shape(context: dg.AssetExecutionContext) -> Events:
        wanted = {by_key[key].name: key for key in by_key if key in context.selected_asset_keys}
        with _border(context, city_id, "models") as job:
            done = {node.name: node for node in job.shape(tuple(wanted)).nodes}
            flow = read_flow(job.city, job.home)
        for name in (*done, *(name for name in wanted if name not in done)):
            if name in wanted:
                yield from _told(wanted[name], done.get(name), column_lineage(flow, name, keys))

    return shape


def _told(key: dg.AssetKey, run: NodeRun | None, columns: Mapping[str, dg.TableColumnLineageMetadataValue]) -> Events:
    """What one model came to: a materialisation only where it was built, and a check in any case."""
    built = run is not None and run.status == "ok"
    if run is not None and built:
        counted = {} if run.rows is None else {"rows": run.rows}
        yield dg.MaterializeResult(asset_key=key, metadata={**counted, "seconds": run.seconds, **columns})
    metadata = {"result": run.status if run else "not run", "message": run.message if run else ""}
    yield dg.AssetCheckResult(passed=built, asset_key=key, check_name="built", metadata=metadata)


def release_asset(city_id: str, contract: Contract, upstream: tuple[str, ...]) -> dg.AssetsDefinition:
    """One product: rendered per tier, judged, published or held."""
    key = dg.AssetKey([city_id, "releases", contract.name])
    specs = specs_for(key, compile_checks(contract), {check_name(k): text for k, text in GATE_RULES.items()})

    @dg.multi_asset(
        name=f"{city_id}__releases__{contract.name}",
        specs=[
            dg.AssetSpec(
                key,
                deps=[
                    dg.AssetKey([city_id, "marts", contract.name]),
                    *(dg.AssetKey([city_id, "releases", name]) for name in upstream),
                ],
                description=_describe(contract),
                group_name=contract.practice or "shared",
                owners=_owners(contract),
                kinds={"parquet"},
                tags={"city": city_id, "layer": "releases", "tier": contract.tier},
                freshness_policy=overdue_policy(contract),
            )
        ],
        check_specs=specs,
        required_resource_keys={"run"},
    )
    def publish(context: dg.AssetExecutionContext) -> Events:
        with _border(context, city_id, contract.name) as job:
            attempt = job.publish(contract.name, job.held(upstream))
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={
                "outcome": attempt.outcome,
                "served version": attempt.version or 0,
                "held because": "; ".join(reason.sentence for reason in attempt.reasons),
            },
        )
        rules = [*attempt.quality.get("rules", ()), *attempt.quality.get("gate", ())]
        yield from results_for(key, [s.name for s in specs], rules)

    return publish


def catalogue_asset(city_id: str, products: Mapping[str, Contract]) -> dg.AssetsDefinition:
    """The static sites, built last, from what is on record."""

    @dg.asset(
        key=dg.AssetKey([city_id, "catalog", "site"]),
        name=None,
        deps=[dg.AssetKey([city_id, "releases", name]) for name in products],
        group_name="catalog",
        kinds={"html"},
        tags={"city": city_id, "layer": "catalog"},
        description="The catalogue: one static site per tier, built from releases and the ledger.",
        required_resource_keys={"run"},
    )
    def site(context: dg.AssetExecutionContext) -> None:
        with _border(context, city_id, "pages") as job:
            job.build_catalogue()

    return site


def broken_city(city_id: str, error: CauceError) -> CityAssets:
    """A city that does not load: one asset that says why, and fails when run."""

    @dg.asset(
        key=dg.AssetKey([city_id, "city"]),
        group_name="broken",
        tags={"city": city_id},
        description=f"This city does not load: {error.message}",
        metadata={"error": error.message},
    )
    def city() -> None:
        raise dg.Failure(description=error.message, allow_retries=False)

    return CityAssets((city,))


def city_assets(opened: OpenCity) -> CityAssets:
    """All assets of one city that loads."""
    city = opened.city
    graph = lineage(city, opened.home)
    models = model_assets(opened, graph)
    upstream = graph.upstream_products(tuple(city.products))
    assets = [
        *(raw_asset(city.id, contract) for contract in city.sources.values()),
        *([models] if models else []),
        *(release_asset(city.id, contract, upstream.get(name, ())) for name, contract in city.products.items()),
        catalogue_asset(city.id, city.products),
    ]
    job = dg.define_asset_job(
        f"{city.id}_run",
        selection=dg.AssetSelection.assets(*assets),
        description=f"All of {city.name.default}: land, shape, judge, publish, show.",
        tags={"city": city.id},
        executor_def=dg.in_process_executor,
    )
    schedule = city_schedule(city.id, job, city.sources.values(), city.timezone)
    return CityAssets(tuple(assets), job, schedule)
