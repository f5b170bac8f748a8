"""The main job: plan, land, shape and publish what is stale, show it, and say what happened.

Belongs here: the order of phases and the one result object. The assets themselves are Dagster's
(``definitions``), imported only when there is something to do. Does not belong here: printing.

The phases are three materialisations of the same asset graph, so that a source that cannot be reached
stops no other source, and the catalogue is built last, whatever failed.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from contracts.errors import CauceError
from orchestration import plan, stopping
from orchestration.context import OpenCity
from orchestration.job import CityJob, RunRequest, Tell
from orchestration.quotations import Unexpected
from orchestration.turn import Turn, take_turn

if TYPE_CHECKING:
    import dagster as dg


@dataclass
class RunOutcome:
    """What one run did, as ``cauce run --format json`` prints it.

    ``held`` rows hold product, rule, reason and whether the hold is an old one (``still``);
    ``quarantined`` rows source, records and reasons with counts; ``failed`` rows what, error and exit code;
    ``withdrawn`` rows product, since when, by whom, why, and what lifts it. ``retired`` says what retention removed.
    """

    city: str
    as_of: str | None = None
    checked_at: str = ""
    published: list[dict[str, Any]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    held: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    withdrawn: list[dict[str, Any]] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    swept: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    run: str = ""
    nothing_to_do: bool = False
    ledger_head: dict[str, Any] = field(default_factory=dict)
    site: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """The worst of the outcomes: 4, 3, 2, then 1 while anything is held, else 0."""
        codes = [int(row["exit_code"]) for row in self.failed]
        if self.held or self.refused:
            codes.append(1)
        return max(codes, default=0)

    def as_recorded(self) -> dict[str, Any]:
        """What the ledger keeps: the pages are built after it, so that they can show this run.

        Of a refusal only what is wrong: what was found may be a line of the file, and the ledger forgets nothing.
        """
        left_out = {"ledger_head", "site", "checked_at", "notes", "run"}
        refused = [{**row, "refusal": {"what": row["refusal"].get("what")}} for row in self.refused]
        return {**{name: value for name, value in self.as_dict().items() if name not in left_out}, "refused": refused}

    def as_logged(self) -> dict[str, Any]:
        """What the log's last line says: counts, and where the ledger ends."""
        return {
            "as_of": self.as_of,
            "checked_at": self.checked_at,
            "published": len(self.published),
            "unchanged": len(self.unchanged),
            "held": len({row["product"] for row in self.held}),
            "refused": len(self.refused),
            "withdrawn": len(self.withdrawn),
            "failed": len(self.failed),
            "set_aside": sum(int(row["records"]) for row in self.quarantined),
            **self.ledger_head,
        }

    def as_dict(self) -> dict[str, Any]:
        """The JSON object."""
        return {**vars(self), "exit_code": self.exit_code}


def run_city(opened: OpenCity, request: RunRequest, tell: Tell) -> RunOutcome:
    """Run one city under its lock.

    Raises:
        OutsideError: Another run holds the city.
    """
    with take_turn(opened, "cauce run", run=request.run_id) as turn, ExitStack() as stack:
        job = CityJob(opened, request, tell)
        outcome = _run(job, _Graph(job, stack), turn)
        turn.log.exit_code = outcome.exit_code
        turn.log.facts = outcome.as_logged()
        return outcome


def _run(job: CityJob, graph: _Graph, turn: Turn) -> RunOutcome:
    outcome = RunOutcome(job.city.id, checked_at=job.checked_at.isoformat())
    outcome.run, outcome.swept, outcome.notes = job.request.run_id, list(turn.swept), list(turn.notes)
    job.carry_out_withdrawals()
    sources = job.stale_sources()
    if sources:
        graph.materialize([("raw", name) for name in sources])
    products: tuple[str, ...] = ()
    try:
        outcome.as_of = job.as_of().isoformat()
        products = job.stale_products()
    except CauceError as error:
        job.journal.failures["as-of"] = error
    if products:
        graph.materialize([("marts", name) for name in products] + [("releases", name) for name in products])
    outcome.retired = list(job.retire())
    catalogue = bool(outcome.retired) or not job.catalogue_is_current()
    outcome.nothing_to_do = not (sources or products or catalogue)
    _tell_all(job, outcome)
    job.record(outcome.as_recorded())
    if catalogue:
        graph.materialize([("catalog", "site")])
    _tell_failures(job, outcome)
    for tier in ("public", "internal"):
        index = job.home.site / tier / "index.html"
        if index.exists():
            outcome.site[tier] = str(index)
    n, digest = job.ledger.head()
    outcome.ledger_head = {"entry": n, "sha256": digest}
    return outcome


class _Graph:
    """The city's assets and Dagster's own state, opened at the first phase that needs them, closed with the run."""

    def __init__(self, job: CityJob, stack: ExitStack) -> None:
        self._job = job
        self._stack = stack

    @cached_property
    def _assets(self) -> tuple[dg.AssetsDefinition, ...]:
        from orchestration.defs.cities import city_assets

        return city_assets(self._job.opened).assets

    @cached_property
    def _instance(self) -> dg.DagsterInstance:
        from orchestration.defs.instance import open_instance

        return self._stack.enter_context(open_instance(self._job.opened.settings))

    def materialize(self, wanted: list[tuple[str, str]]) -> None:
        """Materialise the named assets (layer, name) in process; failures go to the journal, never up."""
        import dagster as dg

        from orchestration.defs.resources import PresetRun

        job, assets = self._job, self._assets
        keys = [dg.AssetKey([job.city.id, layer, name]) for layer, name in wanted]
        selection: dg.AssetSelection = dg.AssetSelection.assets(*keys)
        if any(layer == "marts" for layer, _ in wanted):
            layers = {"staging", "intermediate", "marts"}
            models = {key for asset in assets for key in asset.keys if key.path[1] in layers}
            selection = selection | (selection.upstream() & dg.AssetSelection.assets(*models))
        result = dg.materialize(
            list(assets),
            selection=selection,
            resources={"run": PresetRun(job)},
            instance=self._instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
            tags={"city": job.city.id, "run": job.request.run_id},
        )
        stopping.check()
        if not result.success:
            _keep_failures(job, result)


def _keep_failures(job: CityJob, result: Any) -> None:
    """Failures outside the assets' bodies, which tell their own: the class alone, for a message may quote a record."""
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.user_failure_data is None:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            found = (error.cls_name if error else None) or "no reason given"
            unexpected = Unexpected("a step of Dagster failed outside our own code", where=event.step_key, found=found)
            job.journal.failures.setdefault(event.step_key, unexpected)


def _tell_all(job: CityJob, outcome: RunOutcome) -> None:
    """Fill the result object from the journal and from what is on record."""
    _tell_products(job, outcome)
    _tell_failures(job, outcome)
    for source in job.city.sources:
        _tell_source(job, source, outcome)


def _tell_failures(job: CityJob, outcome: RunOutcome) -> None:
    failed = [(n.name, n.message, 2) for n in job.journal.shaped.values() if n.status == "error"]
    failed += [(name, error.message, error.exit_code) for name, error in job.journal.failures.items()]
    outcome.failed = [{"what": name, "error": message, "exit_code": code} for name, message, code in failed]


def _tell_products(job: CityJob, outcome: RunOutcome) -> None:
    seen = plan.load_seen(job.home).products
    attempts, shaped = job.journal.attempts, job.journal.shaped
    withdrawn = job.withdrawn()
    for name in job.city.products:
        last, attempt = seen.get(name), attempts.get(name)
        if name in withdrawn:
            outcome.withdrawn.append(dict(withdrawn[name]))
            continue
        if attempt is None and name in shaped and shaped[name].status != "ok":
            continue  # its model failed in this run, and is told there
        if last is not None and last.outcome == "held":
            outcome.held += [{"product": name, "still": attempt is None, **reason} for reason in last.reasons]
        elif attempt is not None and attempt.outcome == "published":
            outcome.published.append({"product": name, "version": attempt.version})
        elif last is not None:
            outcome.unchanged.append(name)


def _tell_source(job: CityJob, source: str, outcome: RunOutcome) -> None:
    from orchestration.ingest.manifest import latest

    landing = latest(job.home, source)
    if landing is None:
        return
    new = source in job.journal.landings and job.journal.landings[source].outcome != "unchanged"
    if landing.quarantined:
        outcome.quarantined.append(
            {"source": source, "records": landing.quarantined, "reasons": dict(landing.reasons), "new": new}
        )
    if landing.outcome == "refused":
        outcome.refused.append({"source": source, "refusal": dict(landing.refusal or {}), "still": not new})
