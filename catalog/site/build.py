"""Building a city's sites: what must be made is made in a second folder, then one exchange with what is shown.

Belongs here: which tiers have a static site, and in which order things happen to them. Does not belong here: what a
page says, one tier's site (``tier``), another process (``apart``). The same kept files, content and time of checking
give the same bytes, whatever was built before and by however many processes; nothing here reads a clock.
docs/adr/0019-a-site-made-unit-by-unit.md says why it is so.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from catalog.settings import CatalogSettings, load_catalog_settings
from catalog.site import apart, memory
from catalog.site.apart import TierApart, pays
from catalog.site.code import code_digest
from catalog.site.collecting import sparing
from catalog.site.making import Order
from catalog.site.tier import Tier, TierSite
from catalog.site.tracing import digest
from catalog.site.units import pages
from contracts import kept
from contracts.city import City
from contracts.home import CityHome

__all__ = ["SITE_TIERS", "BuiltSite", "TierSite", "build", "pages"]

SITE_TIERS = ("public", "internal")
"""Tiers with a static site; higher ones are only ever rendered by a service, per grant."""


@dataclass(frozen=True)
class BuiltSite:
    """What a build made, by tier."""

    city: str
    tiers: Mapping[str, TierSite]


def build(city: City, home: CityHome, *, checked_at: datetime, settings: CatalogSettings | None = None) -> BuiltSite:
    """Build ``site/public`` and ``site/internal`` of one city, each language, and show them.

    Args:
        city: The city's declared content.
        home: Its state folder; only ``site`` and ``cache`` are written.
        checked_at: The time of checking, from which lateness is told.
        settings: The catalogue's settings; from the environment where None.

    Raises:
        ArtefactError: A kept file is missing, torn or altered; the sites stay as they were.
        OutsideError: The disk refused.
    """
    settings = settings or load_catalog_settings()
    for left in (home.site / memory.FOLDER).glob(f"{kept.TEMPORARY_PREFIX}*"):
        kept.discard(left)
    orders = {tier: _order(city, home, tier, checked_at, settings) for tier in SITE_TIERS}
    with sparing(), ExitStack() as ends:
        shown = {tier: _begun(order, settings, ends) for tier, order in orders.items()}
        chain = cache(orders[SITE_TIERS[-1]].chain)
        for name, tier in shown.items():
            may_go = name != SITE_TIERS[-1] and pays(orders[name], settings.site_processes)
            # where little changed, one process is done before another has started
            if isinstance(tier, Tier) and may_go and (not tier.remembers or tier.plan(chain()) >= apart.MANY):
                tier.leave()
                shown[name] = _apart(orders[name], ends)
            elif isinstance(tier, Tier) and not may_go:
                tier.plan(chain())
        for one in shown.values():
            if isinstance(one, Tier):
                one.make()
        for one in shown.values():
            one.made()
        for one in shown.values():
            one.show()
        for one in shown.values():
            one.follow()
        return BuiltSite(city.id, {name: one.told() for name, one in shown.items()})


def _begun(order: Order, settings: CatalogSettings, ends: ExitStack) -> Tier | TierApart:
    """A tier's site, begun where it will be made as far as can be told before it is read."""
    if order.tier != SITE_TIERS[-1] and pays(order, settings.site_processes) and apart.always(order):
        return _apart(order, ends)
    tier = Tier(order)
    ends.callback(tier.leave)
    return tier


def _apart(order: Order, ends: ExitStack) -> TierApart:
    other = TierApart(order)
    ends.callback(other.end)
    return other


def _order(city: City, home: CityHome, tier: str, checked_at: datetime, settings: CatalogSettings) -> Order:
    """What is built; what is remembered counts only where it was written under the same circumstances."""
    vouches = digest([city.id, str(home.root), str(home.releases_at), tier, code_digest(), str(settings.sample_rows)])
    place = home.site / memory.FOLDER / f"{tier}-releases.json"
    return Order(city, home, tier, checked_at, settings.sample_rows, place, vouches)
