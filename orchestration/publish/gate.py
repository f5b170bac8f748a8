"""The gate: every rendition judged on its own bytes, the facts gathered, the reports written.

Belongs here: the order of judging, and the one question whether a release may go out. Does not belong
here: the rules (``gate_rules``), the engines, committing. Nothing here publishes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts import tiers
from contracts.errors import PromiseBroken
from contracts.home import CityHome
from contracts.release import Manifest, Release, commits, manifest_of, version_name
from orchestration import step_functions, warehouse
from orchestration.publish import (
    commit,
    contract_change,
    definitions,
    differencing,
    judging,
    quality,
    reconcile,
    standing,
)
from orchestration.publish.gate_facts import Facts
from orchestration.publish.job import HoldReason, PublishJob
from orchestration.publish.render import PARQUET, Rendition, columns_of_mart, open_warehouse, render, tiers_of


@dataclass(frozen=True)
class Judgement:
    """What the gate says.

    Attributes:
        facts: All that was found out.
        reasons: Why the product is held; empty where it may go out.
    """

    facts: Facts
    reasons: tuple[HoldReason, ...]

    @property
    def is_open(self) -> bool:
        """Whether the release may go out."""
        return not self.reasons

    def whole(self, outcome: str, version: int | None) -> dict[str, Any]:
        """The whole report."""
        return quality.report(self.facts, None, outcome, version)

    def by_tier(self, outcome: str, version: int | None) -> dict[str, dict[str, Any]]:
        """Each tier's own report."""
        return {t: quality.report(self.facts, t, outcome, version) for t in tiers_of(self.facts.contract)}


def judge(job: PublishJob, folder: Path, previous: Mapping[str, Release]) -> Judgement:
    """Render the product below ``folder`` and judge what was rendered.

    Args:
        job: The job.
        folder: An empty folder, for each tier's files.
        previous: The release served now, by tier.

    Raises:
        InputError: The mart is missing or carries an undeclared column, or a rule is wrong.
        ArtefactError: What the served release keeps is missing or altered.
        OutsideError: The disk refused.
    """
    from contracts.compile_checks import compile_checks

    checks = compile_checks(job.contract)
    with open_warehouse(job, folder) as connection:
        present = columns_of_mart(connection, job)
        totals = reconcile.count(connection, job)
        altered = step_functions.altered_functions(connection, warehouse.step_settings(job.city, job.as_of))
    last = last_published(job.home, job.product, previous)
    change = contract_change.since(job, last)
    renditions: tuple[Rendition, ...] = ()
    broken = ""
    known = standing.standing(job, previous)
    try:
        renditions = render(job, folder, known)
    except PromiseBroken as error:
        broken = error.message
    contents = {
        file.sha256: release.manifest.content_sha256
        for release in previous.values()
        for file in release.manifest.files
        if file.path == PARQUET
    }
    judged = judging.judge(job, renditions, checks, (known, contents)) if renditions else ()
    by = standing.judged_by(job, checks)
    compared = differencing.compare(job, renditions, previous) if renditions and job.flow is not None else None
    redefined = definitions.look_back(renditions, previous) if renditions else None
    facts = Facts(job, present, judged, previous, change, totals, broken, last, by, altered, compared, redefined)
    return Judgement(facts, quality.hold_reasons(facts, quality.report(facts, None, "held", None)))


def last_published(home: CityHome, product: str, served: Mapping[str, Release]) -> Manifest | None:
    """What a reader last had of the product: in the highest tier served, whatever tiers the new contract names.

    Where nothing is served now, the newest version that a commit names and that still stands; None where
    the product never had one.

    Raises:
        ArtefactError: Its manifest is torn or altered.
    """
    if served:
        return served[max(served, key=tiers.rank)].manifest
    for tier in commit.product_tiers(home, product):
        for made in reversed(commits(home, tier, product)):
            if made.version is None:
                continue
            place = version_name(tier, product, made.version)
            if home.shelf.exists(f"{place}/manifest.json"):
                return manifest_of(home, place, made.manifest_sha256)
    return None
