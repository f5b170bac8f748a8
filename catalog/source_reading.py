"""One source as one tier sees it: its deliveries, how it stands, and what is in it as far as the tier may know.

Belongs here: making a source's view of its contract and its landings. Does not belong here: which sources have a page,
how time is told (``catalog.store``), single deliveries (``catalog.landing_views``, ``catalog.deliveries``).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from catalog import deliveries, history
from catalog.contract_views import column_views, promises_of
from catalog.landing_views import landing_view
from catalog.views import SourceView
from contracts import condition
from contracts.city import City
from contracts.condition import Feed, SourceFacts
from contracts.home import CityHome
from contracts.model import Contract, Text
from contracts.service_levels import covered_to, dating_of, interval
from contracts.tiers import visible


def read_source(
    contract: Contract,
    city: City,
    home: CityHome,
    tier: str,
    now: datetime,
    told: Callable[[datetime | None], timedelta | None],
) -> SourceView:
    """One source as a tier sees it, judged at ``now``; ``told`` says how late something is that was due.

    Raises:
        ArtefactError: One of its landings is torn.
    """
    is_open = visible(contract.tier, tier)
    kept_landings = history.landings(home, contract.name)
    landings = tuple(landing_view(contract, entry, tier, is_open=is_open) for entry in kept_landings)
    accepted = next((entry for entry in kept_landings if entry["outcome"] == "accepted"), None)
    looks = [history.last_look(home, contract.name), *(n.at for n in landings if n.outcome != "refused")]
    looked_at = max((moment for moment in looks if moment is not None), default=None)
    good = next((n for n in landings if n.outcome == "accepted"), None)
    newest = deliveries.newest_event(home, contract, kept_landings, city, tier)
    dating = dating_of(contract)
    facts = SourceFacts(
        outcome=landings[0].outcome if landings else None,
        looked_at=looked_at,
        every=interval(contract.service_level("frequency")),
        reaches=covered_to(newest[0], dating, newest[1]) if newest else None,
        latency=interval(contract.service_level("latency")),
        set_aside=good.quarantined if good else 0,
        has_drifted=good is not None and bool(good.added or good.missing),
        warnings=sum(change.weight == "warning" for change in good.changes) if good else 0,
    )
    return SourceView(
        name=contract.name,
        title=contract.title,
        purpose=contract.purpose,
        limitations=contract.limitations if is_open else Text(""),
        tier=contract.tier,
        is_open=is_open,
        owner=contract.owner,
        steward=contract.steward,
        licence=contract.licence_in if is_open else None,
        legal_basis=contract.legal_basis if is_open else None,
        delivery=contract.delivery.value,
        promises=promises_of(contract, tier),
        columns=column_views(contract, city, tier) if is_open else (),
        landings=landings,
        looked_at=looked_at,
        state=condition.source_state(facts, now),
        late_by=told(condition.source_due(facts)),
        needs=condition.source_needs(facts, now),
        feeds=(),
        why_not_public=contract.why_not_public,
        how_to_ask=contract.how_to_ask,
        origin=deliveries.origin(contract, city) if is_open else None,
        shape=deliveries.columns(home, contract, accepted, city, tier) if is_open else (),
        rhythm=deliveries.rhythm([n.at for n in landings]),
        newest_event=newest[0] if newest else None,
        dating=dating,
        feed=Feed(contract.name, facts.outcome == "refused", good.at if good else None, facts),
    )
