"""The main job: plan, land, shape and publish what is stale, show it, and say what happened.

Belongs here: the order of phases and the one result object. The assets themselves are Dagster's
(``definitions``), imported only when there is something to do. Does not belong here: printing.

The phases are three materialisations of the same asset graph, so that a source that cannot be reached
stops no other source, and the catalogue is built last, whatever failed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts.errors import CauceError
from orchestration import plan
from orchestration.context import OpenCity
from orchestration.job import CityJob, RunRequest, Tell
from orchestration.lock import city_lock


@dataclass
class RunOutcome:
    """What one run did, as ``cauce run --format json`` prints it.

    ``held`` rows hold product, rule, reason and whether the hold is an old one (``still``);
    ``quarantined`` rows source, records and reasons with counts; ``failed`` rows what, error and exit code.
    """

    city: str
    as_of: str | None = None
    checked_at: str = ""
    published: list[dict[str, Any]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    held: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    failed: list[dict[str, Any]] = field(default_factory=list)
    swept: list[str] = field(default_factory=list)
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
        """What the ledger keeps: the pages are built after it, so that they can show this run."""
        left_out = {"ledger_head", "site", "checked_at"}
        return {name: value for name, value in self.as_dict().items() if name not in left_out}

    def as_dict(self) -> dict[str, Any]:
        """The JSON object."""
        return {**vars(self), "exit_code": self.exit_code}


def run_city(opened: OpenCity, request: RunRequest, tell: Tell) -> RunOutcome:
    """Run one city under its lock.

    Raises:
        OutsideError: Another run holds the city.
    """
    with city_lock(opened.home, "cauce run", datetime.now(UTC)):
        return _run(CityJob(opened, request, tell))


def _run(job: CityJob) -> RunOutcome:
    outcome = RunOutcome(job.city.id, checked_at=job.checked_at.isoformat())
    outcome.swept = _recover(job)
    sources = job.stale_sources()
    if sources:
        _materialize(job, [("raw", name) for name in sources])
    products: tuple[str, ...] = ()
    try:
        outcome.as_of = job.as_of().isoformat()
        products = job.stale_products()
    except CauceError as error:
        job.journal.failures["as-of"] = error
    if products:
        _materialize(job, [("marts", name) for name in products] + [("releases", name) for name in products])
    catalogue = not job.catalogue_is_current()
    outcome.nothing_to_do = not (sources or products or catalogue)
    _tell_all(job, outcome)
    job.record(outcome.as_recorded())
    if catalogue:
        _materialize(job, [("catalog", "site")])
    _tell_failures(job, outcome)
    for tier in ("public", "internal"):
        index = job.home.site / tier / "index.html"
        if index.exists():
            outcome.site[tier] = str(index)
    n, digest = job.ledger.head()
    outcome.ledger_head = {"entry": n, "sha256": digest}
    return outcome


def _recover(job: CityJob) -> list[str]:
    """Roll forward or sweep what a crash left behind; returns a sentence for each thing done."""
    if not job.home.root.exists():
        return []
    from orchestration.publish.recover import recover

    return list(recover(job.home, job.ledger, job.checked_at))


def _materialize(job: CityJob, wanted: list[tuple[str, str]]) -> None:
    """Materialise the named assets (layer, name) in process; failures go to the journal, never up."""
    import dagster as dg

    from orchestration.defs.cities import city_assets
    from orchestration.defs.instance import open_instance
    from orchestration.defs.resources import PresetRun

    assets = city_assets(job.opened).assets
    keys = [dg.AssetKey([job.city.id, layer, name]) for layer, name in wanted]
    selection: dg.AssetSelection = dg.AssetSelection.assets(*keys)
    if any(layer == "marts" for layer, _ in wanted):
        models = {key for asset in assets for key in asset.keys if key.path[1] in {"staging", "intermediate", "marts"}}
        selection = selection | (selection.upstream() & dg.AssetSelection.assets(*models))
    with open_instance(job.opened.settings) as instance:
        result = dg.materialize(
            list(assets),
            selection=selection,
            resources={"run": PresetRun(job)},
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
            tags={"city": job.city.id, "run": job.request.run_id},
        )
    if not result.success:
        _keep_failures(job, result)


def _keep_failures(job: CityJob, result: Any) -> None:
    """Failures of steps that were not already told by the job itself."""
    for event in result.all_events:
        if event.is_step_failure and event.step_key not in job.journal.failures:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None:
                error = error.cause
            message = (error.message if error else "unknown").strip()
            job.journal.failures.setdefault(event.step_key, _Unexpected(message))


class _Unexpected(CauceError):
    """A failure inside a Dagster step that none of our own errors told of."""


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
    for name in job.city.products:
        last, attempt = seen.get(name), attempts.get(name)
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
