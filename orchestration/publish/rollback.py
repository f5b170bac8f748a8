"""Going back to an older release: a new commit that names the old version, in every tier at once.

Belongs here: finding the version, checking its files, committing. The release stays until there is new
input, or a run with ``--force``. Does not belong here: taking a product away altogether.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from contracts import kept, tiers
from contracts.city import City, Ruling
from contracts.errors import ArtefactError, InputError
from contracts.evidence import Ledger
from contracts.home import CityHome
from contracts.model import Contract
from contracts.release import Commit, Manifest, commits, manifest_of, version_name
from orchestration.publish import commit, record, recover, removal, withdraw
from orchestration.publish.audit import altered_files
from orchestration.publish.job import stamp, wall_clock
from orchestration.publish.render import columns_for


@dataclass(frozen=True)
class RolledBack:
    """What a rollback did: the version served now in each tier, and the one served before."""

    product: str
    version: int
    before: int | None
    tiers: tuple[str, ...]
    entry: int


def rollback(
    home: CityHome,
    ledger: Ledger,
    product: str,
    version: int,
    *,
    city: City,
    reason: str,
    by: str,
    at: datetime,
) -> RolledBack:
    """Serve ``version`` of ``product`` again, in every tier it is served in.

    Args:
        home: The city's state.
        ledger: Its ledger.
        product: The product's name.
        version: The version to go back to.
        city: The city: its product's contract of today, whose classes the old files must keep to, and its
            decisions, without one of which a withdrawn product is not gone back to.
        reason: Why; kept in the ledger and in the highest tier's commit, never in a lower tier's.
        by: Who asks for it.
        at: The time of the decision (UTC).

    Raises:
        InputError: There is no such product or version, it is served already, withdrawn, or its data removed, no
            reason or name is given, or a tier would get a column that it may not see today.
        ArtefactError: A file of that version is missing or altered.
        OutsideError: Another process published at the same time, or the disk refused.
    """
    for name, text in (("--reason", reason), ("--by", by)):
        if not text.strip():
            raise InputError("a rollback needs a reason and a name", where=name, found="nothing")
    contract = city.products.get(product)
    histories = _histories(home, product)
    for _ in recover.finish_intents(home, ledger, at, product):
        histories = _histories(home, product)
    known = record.of(ledger, product)
    before = next((h[-1].version for h in histories.values() if h[-1].version is not None), None)
    served = [tier for tier, history in histories.items() if history[-1].version is not None]
    served = served or _given_back(home, ledger, product, city.rulings)
    _hold_data(ledger, product, version, served)
    steps = tuple(
        _step(home, product, tier, histories[tier], (version, reason if tier == served[0] else "")) for tier in served
    )
    if all(histories[s.tier][-1].version == version for s in steps):
        raise InputError("this version is served already", where=f"{product} version {version}")
    for step in steps:
        place = version_name(step.tier, product, version)
        _allowed(manifest_of(home, place, step.manifest_sha256), contract)
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
            "contract_sha256": contract.sha256 if contract else None,
            "set_aside": known.publication.body.get("inputs_sha256") if known.publication else None,
        },
    )
    marker = home.work / f"rollback-{product}"
    kept.make_folder(marker)
    entry = commit.declare(ledger, plan, wall_clock())
    if not commit.finish(home, ledger, entry, wall_clock()):
        commit.abandon(ledger, entry, "another process published at the same time", wall_clock())
        raise commit.lost_race(product, version)
    kept.remove(marker)
    return RolledBack(product, version, before, tuple(s.tier for s in steps), entry.n)


def _histories(home: CityHome, product: str) -> dict[str, tuple[Commit, ...]]:
    """Commits by tier, from the highest tier to the lowest."""
    found = {tier: commits(home, tier, product) for tier in commit.product_tiers(home, product)}
    found = {tier: history for tier, history in found.items() if history}
    return found


def _given_back(home: CityHome, ledger: Ledger, product: str, rulings: Iterable[Ruling]) -> list[str]:
    """The tiers of a withdrawn product that a decision gives back, from the highest to the lowest."""
    known = withdraw.standing(home, ledger, product)
    if known is None:
        raise InputError("nothing of this product is served", where=f"product {product}", hint="cauce release list")
    if (standing := withdraw.in_force(home, ledger, product, rulings)) is not None:
        raise InputError(
            "this product is withdrawn",
            where=f"product {product}",
            found=standing.sentence,
            expected="a product that no withdrawal keeps away",
            hint=f"it {standing.lift}.",
        )
    return list(known.tiers)


def _hold_data(ledger: Ledger, product: str, version: int, served: Iterable[str]) -> None:
    """The data of the version was not removed on purpose."""
    gone = removal.removed_versions(ledger, product)
    for tier in served:
        if (entry := gone.get((tier, version))) is not None:
            raise InputError(
                "the data of this version was removed",
                where=f"{product} version {version}, tier {tier}",
                found=f"removed by {entry.body['why']} on {entry.recorded_at[:10]}, ledger entry {entry.n}",
                expected="a version whose data is kept",
                hint=f"cauce release list {product}",
            )


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
    _check(home, version_name(tier, product, version), named.manifest_sha256)
    return commit.TierStep(tier, len(listed) + 1, "rollback", version, named.manifest_sha256, reason)


def _allowed(manifest: Manifest, contract: Contract | None) -> None:
    """Refuse a release with a column that today's contract does not show to its tier.

    A column that the contract does not name any more counts as the most restrictive, as one without a class.
    """
    where = f"{manifest.product} version {manifest.version}, tier {manifest.tier}"
    if contract is None:
        raise InputError(
            "nothing says today who may see this product's columns",
            where=where,
            found="no such product in the city",
            expected="a product that the city publishes",
        )
    if manifest.tier == tiers.MOST_RESTRICTIVE:
        return
    seen = {c.name for c in columns_for(contract, manifest.tier)}
    above = [c.name for c in manifest.columns if c.name not in seen]
    if above:
        raise InputError(
            "a column of this version is above the tier today",
            where=where,
            found=", ".join(above),
            expected=f"columns that the contract, version {contract.version}, shows to {manifest.tier}",
            hint=f"cauce release list {manifest.product}; choose a version without them, or mend the data and run.",
        )


def _check(home: CityHome, place: str, manifest_sha256: str | None) -> None:
    manifest = manifest_of(home, place, manifest_sha256)
    if altered := altered_files(home, place, manifest):
        raise ArtefactError(
            "a release to go back to is not whole",
            where=str(altered[0].path),
            found=altered[0].found,
            hint="cauce audit verify; choose another version.",
        )
