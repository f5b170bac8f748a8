"""How long data is kept: old releases as ``city.yaml`` says, raw deliveries as their contracts say.

    retention: {releases: {keep: 12, days: 730}}       in city.yaml; without it every release keeps its data
    {property: retentionDays, value: 1825}             in a source's contract; without it every delivery is kept

Of a product, in each tier: the newest ``keep`` versions (at least two) stay, and what is served, what a rollback went
back to, and what an unfinished intent names; of the others, those go that are older than ``days``. Of a source: what is
in force and the last delivery stay; of the others, those go that are older than ``retentionDays``, with the records
accepted and set aside from them. Only data goes (``removal``).

Belongs here: choosing what goes. Does not belong here: removing it, and what nothing names (``collect``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from contracts.city import City, Retention
from contracts.evidence import Ledger
from contracts.home import CityHome
from contracts.model import Contract
from contracts.release import Commit, commits, release_of
from orchestration.ingest import manifest as deliveries
from orchestration.publish import commit, recover, removal
from orchestration.publish.job import wall_clock
from orchestration.publish.removal import Gone, Removal


class _Old(NamedTuple):
    """A version whose data may go."""

    tier: str
    version: int


def retire(home: CityHome, ledger: Ledger, city: City, now: datetime) -> tuple[str, ...]:
    """Remove the data that retention lets go of; one sentence for each product or source, empty if nothing goes.

    Args:
        home: The city's state; its lock is held.
        ledger: Its ledger.
        city: The city, with its retention and its sources' contracts.
        now: The instant from which ages are told (UTC).

    Raises:
        ArtefactError: A commit, a manifest or a landing is torn or altered; nothing is removed on its word.
        OutsideError: The disk or the store refused; what was written down goes at the next start.
    """
    done = []
    for due in expired(home, ledger, city, now):
        removal.remove(home, ledger, due, wall_clock())
        done.append(f"removed {due.sentence}")
    return tuple(done)


def expired(home: CityHome, ledger: Ledger, city: City, now: datetime) -> tuple[Removal, ...]:
    """What retention lets go of at ``now``; changes nothing."""
    return (*_releases(home, ledger, city.retention, now), *_deliveries(home, city, now))


# Releases -----------------------------------------------------------------------------------


def _releases(home: CityHome, ledger: Ledger, rule: Retention | None, now: datetime) -> Iterator[Removal]:
    if rule is None:
        return
    named = {"keep": rule.keep, "days": rule.days}
    for product in sorted({product for _, product in recover.released(home)}):
        old = [one for tier in commit.product_tiers(home, product) for one in _old(home, tier, product, rule, now)]
        if old and (due := _data_of(home, product, _less_intended(home, ledger, product, old))):
            by_tier: dict[str, tuple[int, ...]] = {}
            for tier, version in due:
                by_tier[tier] = (*by_tier.get(tier, ()), version)
            files = tuple(file for listed in due.values() for file in listed)
            yield Removal("retention", product, files, by_tier, rule=named)


def _old(home: CityHome, tier: str, product: str, rule: Retention, now: datetime) -> list[_Old]:
    """Versions of a tier that are neither among the newest, nor served, nor gone back to, nor young."""
    history = commits(home, tier, product)
    born: dict[int, Commit] = {}
    for step in history:
        if step.version is not None:
            born.setdefault(step.version, step)
    stays = set(sorted(born, reverse=True)[: rule.keep])
    stays |= {step.version for step in (*history[-1:], *(s for s in history if s.action == "rollback")) if step.version}
    edge = now - timedelta(days=rule.days)
    return [_Old(tier, v) for v, step in sorted(born.items()) if v not in stays and _instant(step.committed_at) < edge]


def _less_intended(home: CityHome, ledger: Ledger, product: str, old: list[_Old]) -> list[_Old]:
    """Without what an intent names that is not carried out yet."""
    plans = [commit.Plan.of(entry) for entry in commit.open_intents(ledger, home)]
    named = {(step.tier, step.version) for plan in plans if plan.product == product for step in plan.steps}
    return [one for one in old if (one.tier, one.version) not in named]


def _data_of(home: CityHome, product: str, old: list[_Old]) -> dict[_Old, list[Gone]]:
    """The data files of these versions that are still there."""
    found: dict[_Old, list[Gone]] = {}
    for tier in dict.fromkeys(one.tier for one in old):
        there = removal.still_there(home, tier, product)
        holding = {int(n.split("/")[3]) for n in there if not n.endswith(".json") and n.split("/")[3].isdigit()}
        known = {c.version: c for c in commits(home, tier, product)}
        for one in (one for one in old if one.tier == tier and one.version in holding):
            manifest = release_of(home, known[one.version], tier, product).manifest
            found[one] = [file for file in removal.data_files(manifest) if file.name in there]
    return {one: files for one, files in found.items() if files}


# Deliveries ---------------------------------------------------------------------------------


def _deliveries(home: CityHome, city: City, now: datetime) -> Iterator[Removal]:
    for name, contract in sorted(city.sources.items()):
        if contract.retention_days is not None and (due := _delivered(home, contract, now)):
            numbers = tuple(sorted({n for n, _ in due}))
            files = tuple(dict.fromkeys(file for _, file in due))
            yield Removal("retention", name, files, landings=numbers, rule={"retentionDays": contract.retention_days})


def _delivered(home: CityHome, contract: Contract, now: datetime) -> list[tuple[int, Gone]]:
    """Files of landings that are old, not in force and not the last, and that no other landing names."""
    assert contract.retention_days is not None
    known = deliveries.landings(home, contract.name)
    stays = {landing.n for landing in (*deliveries.in_force(home, contract), *known[-1:])}
    edge = now - timedelta(days=contract.retention_days)
    stays |= {landing.n for landing in known if _instant(landing.retrieved_at) >= edge}
    named = {name for landing in known if landing.n in stays for name, _, _ in removal.landing_files(home, landing)}
    return [
        (landing.n, Gone(*file))
        for landing in known
        if landing.n not in stays
        for file in removal.landing_files(home, landing)
        if file[0] not in named and (home.root / file[0]).exists()
    ]


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
