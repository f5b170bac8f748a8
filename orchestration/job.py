"""One run over one city: the plain functions that Dagster's assets and the tests call.

Belongs here: the order of steps of a dataset's life, what each is handed, and the run's journal.
Does not belong here: Dagster, the command line, how any step does its work.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from contracts import kept
from contracts.errors import CauceError, InputError
from contracts.evidence import EntryKind
from contracts.release import InputRef
from orchestration import logs, plan
from orchestration.context import OpenCity, time_of_checking
from orchestration.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.ingest.landing import LandingJob
    from orchestration.ingest.manifest import Landing
    from orchestration.proof.outcome import CityProof
    from orchestration.publish.job import Attempt
    from orchestration.shaping import NodeRun, Shaping

Tell = Callable[[str, str, str], None]
"""Progress: stage (land, shape, publish, catalogue), what, how it went."""


def _silent(_stage: str, _what: str, _outcome: str) -> None:
    return None


@dataclass(frozen=True)
class RunRequest:
    """What the caller asked for.

    ``as_of`` None means: the newest retrieval time of the inputs, with the wall clock as time of
    checking; a stated instant is both.
    """

    as_of: datetime | None = None
    force: bool = False
    portals: Mapping[str, str] = field(default_factory=dict)
    run_id: str = field(default_factory=lambda: uuid4().hex[:12])


@dataclass
class Journal:
    """What happened in this run, by name, in the order in which it happened."""

    landings: dict[str, Landing] = field(default_factory=dict)
    shaped: dict[str, NodeRun] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    failures: dict[str, CauceError] = field(default_factory=dict)


class CityJob:
    """One run over one city. Steps may be called alone; each reads what the others kept on disk."""

    def __init__(self, opened: OpenCity, request: RunRequest, tell: Tell = _silent) -> None:
        self.opened = opened
        self.request = request
        self.tell = tell
        self.journal = Journal()
        self.city, self.home, self.ledger = opened.city, opened.home, opened.ledger

    @cached_property
    def checked_at(self) -> datetime:
        """The run's time of checking: the stated as-of instant, or the city's own clock (UTC)."""
        return self.request.as_of or time_of_checking(self.opened)

    def as_of(self) -> datetime:
        """The run's as-of instant: the stated one, or the newest retrieval time of accepted inputs.

        Raises:
            InputError: Nothing was ever accepted and no instant was stated.
        """
        if self.request.as_of:
            return self.request.as_of
        times = [datetime.fromisoformat(one.retrieved_at) for landings in self._in_force().values() for one in landings]
        if not times:
            raise InputError(
                "nothing has been accepted yet, so there is no as-of instant",
                where=f"city {self.city.id}",
                hint="look at why the sources were refused: cauce source list.",
            )
        return max(times)

    def _in_force(self) -> dict[str, tuple[Landing, ...]]:
        """The accepted landings that make up each source now, oldest first."""
        from orchestration.ingest.manifest import in_force

        return {name: in_force(self.home, contract) for name, contract in self.city.sources.items()}

    def landing_job(self) -> LandingJob:
        """What landing is handed."""
        from orchestration.ingest.landing import LandingJob

        return LandingJob(
            city=self.city,
            home=self.home,
            now=self.checked_at,
            portals=self.request.portals,
            force=self.request.force,
            threads=self.opened.settings.threads,
            memory=self.opened.settings.memory_limit,
            pace=self.opened.settings.requests_per_second,
        )

    def land(self, source: str) -> Landing:
        """Fetch, keep, judge and accept or refuse one source's delivery.

        Raises:
            OutsideError: The address cannot be read.
        """
        from orchestration.ingest.landing import land

        self.tell("land", source, "")
        with logs.step("landed", source=source) as told:
            job = replace(self.landing_job(), tell=lambda far: self.tell("land", f"{source}: {far}", ""))
            landing = land(self.city.sources[source], job)
            told.update(landing.as_logged())
        self.journal.landings[source] = landing
        self._record_landings(source)
        self.tell("land", source, landing.outcome)
        return landing

    def _record_landings(self, source: str) -> None:
        """An entry in the ledger for every landing that has none: new ones, and one cut short by a crash."""
        from orchestration.ingest.manifest import landing_path, numbers, read

        for n in sorted(set(numbers(self.home, source)) - self._recorded(source)):
            landing = read(landing_path(self.home, source, n))
            self.ledger.append(
                EntryKind.LANDING,
                {
                    "run": self.request.run_id,
                    "source": source,
                    "landing": n,
                    "outcome": landing.outcome,
                    "raw_sha256": landing.raw_sha256,
                    "landing_sha256": kept.sha256_bytes(landing.to_json()),
                    "received": landing.received,
                    "accepted": landing.accepted,
                    "quarantined": landing.quarantined,
                    "rejected": landing.rejected,
                },
                datetime.now(UTC),
            )

    def _recorded(self, source: str) -> set[int]:
        """Landings of ``source`` that the ledger tells of; they are entered in order, so the newest tells of all."""
        newest, _ = self.ledger.head()
        for n in range(newest, 0, -1):
            entry = self.ledger.read(n)
            if entry.kind == EntryKind.LANDING and entry.body.get("source") == source:
                return set(range(1, int(entry.body["landing"]) + 1))
        return set()

    def stale_sources(self) -> tuple[str, ...]:
        """Sources whose address may hold something new; the others are looked at here, and that is recorded."""
        from orchestration.ingest.landing import surely_unchanged

        stale = []
        for name, contract in self.city.sources.items():
            try:
                if surely_unchanged(contract, self.landing_job()):
                    self.land(name)
                else:
                    stale.append(name)
            except CauceError:
                stale.append(name)  # told by the asset, with its reason
        return tuple(stale)

    def inputs(self) -> dict[str, str]:
        """sha256 of the accepted records that stand, by source: what a product may depend on."""
        return {
            name: ",".join(one.accepted_file.sha256 for one in landings if one.accepted_file)
            for name, landings in self._in_force().items()
            if landings
        }

    def fingerprint(self, product: str) -> str:
        """Hash of all that an attempt at ``product`` would depend on now."""
        return plan.product_fingerprint(
            self.city, self.city.products[product], self.inputs(), self.as_of().isoformat(), self.checked_at.date()
        )

    def stale_products(self) -> tuple[str, ...]:
        """Products whose last attempt saw something else; all of them under ``--force``."""
        seen = plan.load_seen(self.home).products
        return tuple(
            name
            for name in self.city.products
            if self.request.force or name not in seen or seen[name].fingerprint != self.fingerprint(name)
        )

    def files(self) -> dict[str, tuple[Path, ...]]:
        """Accepted Parquet files by source, oldest first."""
        from orchestration.ingest.manifest import accepted_files

        return {name: accepted_files(self.home, contract) for name, contract in self.city.sources.items()}

    def shape(self, select: Sequence[str] | None = None) -> Shaping:
        """Run dbt over the accepted records; ``select`` names models, None means all."""

        def finished(node: NodeRun) -> None:
            self.journal.shaped[node.name] = node
            logs.log("model", model=node.name, layer=node.layer, outcome=node.status, seconds=node.seconds)
            self.tell("shape", node.name, node.status)

        from contracts.engines import expectations

        expectations.import_first()
        with logs.step("shaped") as told, ThreadPoolExecutor(1, "gate-imports") as importer:
            # DuckDB works, Python waits: time to import what the gate judges with
            importer.submit(expectations.import_engine)  # what goes wrong is told where it is imported in earnest
            shaping = self._shape(select, finished)
            told |= {"models": len(shaping.nodes), "rows": {n.name: n.rows for n in shaping.nodes if n.rows}}
        for node in shaping.nodes:
            self.journal.shaped.setdefault(node.name, node)
        return shaping

    def _shape(self, select: Sequence[str] | None, finished: Callable[[NodeRun], None]) -> Shaping:
        from orchestration.shaping import ShapeJob, shape

        return shape(
            ShapeJob(
                city=self.city,
                home=self.home,
                as_of=self.as_of(),
                files=self.files(),
                select=tuple(select) if select is not None else None,
                threads=self.opened.settings.threads,
                memory=self.opened.settings.memory_limit,
                callback=finished,
            )
        )

    def input_refs(self, product: str) -> tuple[InputRef, ...]:
        """The deliveries a product stands on, with their counts and hashes."""
        wanted = set(plan.sources_of_product(self.city, self.city.products[product]))
        return tuple(
            InputRef(
                name=name,
                sha256=landing.raw_sha256,
                retrieved_at=landing.retrieved_at,
                received=landing.received,
                accepted=landing.accepted,
                quarantined=landing.quarantined,
                rejected=landing.rejected,
            )
            for name, landings in sorted(self._in_force().items())
            if name in wanted
            for landing in landings
        )

    def code(self) -> dict[str, str]:
        """What made the release: hashes of engine and SQL, the git commit if there is one."""
        return {
            "engine_sha256": plan.engine_sha256(),
            "sql_sha256": plan.sql_sha256(self.city),
            "lock_sha256": _lock_sha256(),
            "git_commit": git_commit(),
        }

    def publish(self, product: str, held_upstream: tuple[str, ...] = ()) -> Attempt:
        """Render, judge and publish or hold one product; never raises for a hold."""
        self.tell("publish", product, "")
        with logs.step("judged", product=product) as told:
            result = self._attempt(product, held_upstream)
            told.update(result.as_logged())
        if result.outcome == "published":
            logs.log("committed", product=product, version=result.version)
        self.journal.attempts[product] = result
        seen = plan.load_seen(self.home)
        reasons = tuple(reason.as_dict() for reason in result.reasons)
        attempted = plan.Attempted(self.fingerprint(product), result.outcome, reasons)
        plan.save_seen(self.home, plan.Seen({**seen.products, product: attempted}, seen.catalogue))
        self.tell("publish", product, result.outcome)
        return result

    @cached_property
    def proof(self) -> CityProof:
        """What building all models again with other contents above each tier showed: once a run, when first asked."""
        from orchestration.flows import read_flow
        from orchestration.proof.of_city import prove_city

        self.tell("publish", "proof of the tiers", "")
        with logs.step("proved") as told:
            flow, memory = read_flow(self.city, self.home), self.opened.settings.memory_limit
            found = prove_city(self.city, self.home, flow, self.as_of(), self.inputs(), memory)
            told["products"] = found.as_logged()
        self.tell("publish", "proof of the tiers", "made")
        return found

    def _attempt(self, product: str, held_upstream: tuple[str, ...]) -> Attempt:
        from orchestration.flows import read_flow
        from orchestration.publish.attempt import attempt
        from orchestration.publish.job import PublishJob
        from orchestration.shaping import lineage

        return attempt(
            PublishJob(
                city=self.city,
                contract=self.city.products[product],
                home=self.home,
                ledger=self.ledger,
                relation=product,
                as_of=self.as_of(),
                checked_at=self.checked_at,
                inputs=self.input_refs(product),
                lineage=lineage(self.city, self.home).as_dict(),
                flow=read_flow(self.city, self.home),
                proof=self.proof,
                code=self.code(),
                held_upstream=held_upstream,
                force=self.request.force,
                run_id=self.request.run_id,
                threads=self.opened.settings.threads,
                memory=self.opened.settings.memory_limit,
            )
        )

    def carry_out_withdrawals(self) -> None:
        """Withdraw what the city's decisions withdraw; what cannot be is a failure of this run, and stops nothing."""
        if all(ruling.kind != "withdrawal" for ruling in self.city.rulings):
            return
        from orchestration.publish import withdraw

        try:
            for done in withdraw.carry_out(self.home, self.ledger, self.city.rulings, self.checked_at):
                logs.log("withdrawn", product=done.product, entry=done.entry)
                self.tell("publish", done.product, "withdrawn")
        except CauceError as error:
            self.journal.failures["withdrawals"] = error

    def withdrawn(self) -> Mapping[str, Mapping[str, Any]]:
        """The products that a withdrawal keeps away, by name, each with since when, by whom, why and what lifts it."""
        from orchestration.publish import withdraw

        found: dict[str, Mapping[str, Any]] = {}
        for name in self.city.products:
            try:
                standing = withdraw.in_force(self.home, self.ledger, name, self.city.rulings)
            except CauceError as error:
                self.journal.failures.setdefault(name, error)
                continue
            if standing is not None:
                found[name] = standing.as_dict()
        return found

    def retire(self) -> tuple[str, ...]:
        """Remove the data that retention lets go of; a sentence each. What cannot be is a failure of this run."""
        from orchestration.publish import retention

        try:
            done = retention.retire(self.home, self.ledger, self.city, self.checked_at)
        except CauceError as error:
            self.journal.failures["retention"] = error
            return ()
        if done:
            logs.log("retired", did=list(done))
        return done

    def held(self, products: tuple[str, ...]) -> tuple[str, ...]:
        """Those of ``products`` whose last attempt was held."""
        seen = plan.load_seen(self.home).products
        return tuple(name for name in products if name in seen and seen[name].outcome == "held")

    def catalogue_fingerprint(self) -> str:
        """Hash of all that the pages depend on now."""
        return plan.catalogue_fingerprint(self.city, self.home, "")

    def catalogue_is_current(self) -> bool:
        """Whether the pages already show all there is."""
        return (
            plan.load_seen(self.home).catalogue == self.catalogue_fingerprint()
            and (self.home.site / "public").is_dir()
            and (self.home.site / "internal").is_dir()
        )

    def build_catalogue(self) -> None:
        """Build the static sites from what is on record."""
        from catalog.site.build import build

        self.tell("catalogue", "pages", "")
        with logs.step("pages built") as told:
            built = build(self.city, self.home, checked_at=self.checked_at)
            told["pages"] = sum(site.pages for site in built.tiers.values())
        seen = plan.load_seen(self.home)
        plan.save_seen(self.home, plan.Seen(seen.products, self.catalogue_fingerprint()))
        self.tell("catalogue", "pages", "built")

    def record(self, outcome: Mapping[str, Any]) -> None:
        """Write the run's entry to the ledger."""
        self.ledger.append(
            EntryKind.RUN,
            {"run": self.request.run_id, "checked_at": self.checked_at.isoformat(), **outcome},
            datetime.now(UTC),
        )


def git_commit() -> str:
    """The checkout's commit with ``-dirty`` where files differ; "unknown" without git. Recorded, never compared."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],  # noqa: S607 - git is looked up on PATH
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return found.stdout.strip() if found.returncode == 0 and found.stdout.strip() else "unknown"


def _lock_sha256() -> str:
    from contracts.kept import sha256_file

    path = PROJECT_ROOT / "requirements" / "run.txt"
    return sha256_file(path) if path.exists() else "unknown"
