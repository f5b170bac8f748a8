"""Going back to an older release: a new commit that names the old version, in every tier at once.

Belongs here: finding the version, checking its files, committing. The release stays until there is new
input, or a run with ``--force``. Does not belong here: taking a product away altogether.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from contracts.errors import ArtefactError, InputError
from contracts.evidence import Ledger
from contracts.home import CityHome
from contracts.release import Commit, commits, manifest_of, version_name
from orchestration.publish import commit, record, recover
from orchestration.publish.audit import altered_files
from orchestration.publish.job import stamp, wall_clock


@dataclass(frozen=True)
class RolledBack:
    """What a rollback did: the version served now in each tier, and the one served before."""

    product: str
    version: int
    before: int | None
    tiers: tuple[str, ...]
    entry: int


def rollback(
    home: CityHome, ledger: Ledger, product: str, version: int, *, reason: str, by: str, at: datetime
) -> RolledBack:
    """Serve ``version`` of ``product`` again, in every tier it is served in.

    Args:
        home: The city's state.
        ledger: Its ledger.
        product: The product's name.
        version: The version to go back to.
        reason: Why; kept in the commits and the ledger.
        by: Who asks for it.
        at: The time of the decision (UTC).

    Raises:
        InputError: There is no such product or version, it is served already, or no reason or name is given.
        ArtefactError: A file of that version is missing or altered.
        OutsideError: Another process published at the same time, or the disk refused.
    """
    for name, text in (("--reason", reason), ("--by", by)):
        if not text.strip():
            raise InputError("a rollback needs a reason and a name", where=name, found="nothing")
    histories = _histories(home, product)
    for _ in recover.finish_intents(home, ledger, at, product):
        histories = _histories(home, product)
    known = record.of(ledger, product)
    before = next((h[-1].version for h in histories.values() if h[-1].version is not None), None)
    steps = tuple(
        _step(home, product, tier, history, (version, reason))
        for tier, history in histories.items()
        if history[-1].version is not None
    )
    if all(histories[s.tier][-1].version == version for s in steps):
        raise InputError("this version is served already", where=f"{product} version {version}")
    plan = commit.Plan(
        product=product,
        action="rollback",
        version=version,
        steps=steps,
        committed_at=stamp(at),
        facts={
            "reason": reason,
            "by": by,
            "from_version": before,
            "set_aside": known.publication.body.get("inputs_sha256") if known.publication else None,
        },
    )
    marker = home.work / f"rollback-{product}"
    marker.mkdir(parents=True, exist_ok=True)
    entry = commit.declare(ledger, plan, wall_clock())
    if not commit.finish(home, ledger, entry, wall_clock()):
        commit.abandon(ledger, entry, "another process published at the same time", wall_clock())
        raise commit.lost_race(product, version)
    marker.rmdir()
    return RolledBack(product, version, before, tuple(s.tier for s in steps), entry.n)


def _histories(home: CityHome, product: str) -> dict[str, tuple[Commit, ...]]:
    """Commits by tier, from the highest tier to the lowest."""
    found = {tier: commits(home, tier, product) for tier in commit.product_tiers(home, product)}
    found = {tier: history for tier, history in found.items() if history}
    if not any(history[-1].version is not None for history in found.values()):
        raise InputError("nothing of this product is served", where=f"product {product}", hint="cauce release list")
    return found


def _step(
    home: CityHome, product: str, tier: str, history: Iterable[Commit], target: tuple[int, str]
) -> commit.TierStep:
    version, reason = target
    listed = tuple(history)
    named = next((c for c in listed if c.version == version), None)
    if named is None:
        versions = ", ".join(str(v) for v in sorted({c.version for c in listed if c.version is not None}))
        raise InputError(
            "this version was never published for every tier that is served",
            where=f"{product} version {version}, tier {tier}",
            expected=f"one of {versions}",
            hint=f"cauce release list {product}",
        )
    folder = home.release_dir(tier, product) / version_name(version)
    _check(folder, named.manifest_sha256)
    return commit.TierStep(tier, len(listed) + 1, "rollback", version, named.manifest_sha256, reason)


def _check(folder: Path, manifest_sha256: str | None) -> None:
    manifest = manifest_of(folder, manifest_sha256)
    if altered := altered_files(folder, manifest):
        raise ArtefactError(
            "a release to go back to is not whole",
            where=str(altered[0].path),
            found=altered[0].found,
            hint="cauce audit verify; choose another version.",
        )
