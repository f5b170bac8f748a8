"""One tier's site: made aside, then shown.

Belongs here: which units must be made again, what is remembered of them, the order of steps for one tier. Does not
belong here: how a unit is made (``making``), the second folder (``aside``), the tiers together (``build``).
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.history import Chain
from catalog.kept_releases import KeptReleases
from catalog.site import memory
from catalog.site.aside import Aside, place_of
from catalog.site.compiled import compiled
from catalog.site.looking import Look
from catalog.site.making import Finished, Maker, Order
from catalog.site.memory import Made, Memory, made_of
from catalog.site.site import Site
from catalog.site.tracing import Digests, digest

LARGE = 1 << 20
"""Bytes of a memory of some ten thousand files."""


@dataclass(frozen=True)
class TierSite:
    """One built site.

    Attributes:
        folder: Where it stands.
        pages: Its pages; ``made`` of them were made by this build, the others taken over.
        made: Pages that this build made.
        files: All its files.
        sha256: Over all its files' addresses and bytes, unit by unit.
    """

    folder: Path
    pages: int
    made: int
    files: int
    sha256: str


@dataclass(frozen=True)
class Plan:
    """What is to be done: the site, the units that are taken over, the names of those that must be made."""

    site: Site
    releases: KeptReleases
    digests: Digests
    aside: Aside
    maker: Maker
    taken: Mapping[str, Made]
    missing: Sequence[str]


class Tier:
    """One tier's site. What is remembered of it is read when it is created, and the look at its folder begun."""

    def __init__(self, order: Order) -> None:
        site_folder = order.home.site
        self.order = order
        self._path = memory.path_of(site_folder, order.tier)
        # what chooses words and forms before any unit is made is no part of a unit's reading
        vouches = digest([order.vouches, repr(order.city.languages), str(order.city.country)])
        self._before = memory.recall(self._path, vouches)
        large = self._path.is_file() and self._path.stat().st_size > LARGE
        remembered = str(self._path) if self.remembers else ""
        self._look = Look(str(place_of(site_folder, order.tier)), remembered, apart=large)
        self._plan: Plan | None = None

    @property
    def remembers(self) -> bool:
        """Whether anything is remembered that could be taken over."""
        return bool(self._before.units)

    def plan(self, chain: Chain | None = None) -> int:
        """Read the site and find what must be made. Returns how many units.

        Args:
            chain: The ledger, where it was read already.

        Raises:
            ArtefactError: A kept file is missing, torn or altered.
            OutsideError: The disk refused.
        """
        site, releases = self.order.read(chain)
        digests = Digests(site)
        aside = Aside(self.order.home.site, self.order.tier, self._look)
        maker = Maker(site, aside)
        taken = _taken(self._before, digests, maker.names, aside.torn)
        missing = [name for name in maker.names if name not in taken]
        self._plan = Plan(site, releases, digests, aside, maker, taken, missing)
        gc.freeze()  # what was read stays to the end
        return len(missing)

    def make(self) -> None:
        """Make the site aside.

        Raises:
            ArtefactError: A kept file is missing, torn or altered; what is shown stays as it was.
            OutsideError: The disk refused.
        """
        plan, before = self._planned(), self._before
        plan.aside.renew({name: made for name, made in before.units.items() if name not in plan.taken})
        with compiled(self.order.home.cache, plan.maker.translators):
            finished = list(plan.maker.make(plan.missing))
        self._made = {address for unit in finished for address in unit.files}
        self._memory = _remembered(before, plan.taken, finished, plan.digests)
        plan.releases.remember()

    def made(self) -> None:
        """As of a tier that another process makes: ``make`` is done when it returns."""

    def leave(self) -> None:
        """Another process makes it."""
        self._look.end()
        self._plan = None

    def show(self) -> None:
        """Exchange it with what is shown, and remember what was made.

        Raises:
            OutsideError: The disk refused; the old site still stands where that was possible.
        """
        self._planned().aside.show(self._made)
        if self._memory != self._before:
            memory.remember(self._path, self._memory)

    def follow(self) -> None:
        """Bring the folder that is no longer shown after the one that is.

        Raises:
            OutsideError: The disk refused; the next build makes it good.
        """
        self._planned().aside.follow()

    def told(self) -> TierSite:
        """What is told of it."""
        units = self._memory.units
        return TierSite(
            folder=self.order.home.site / self.order.tier,
            pages=sum(made.pages for made in units.values()),
            made=sum(address.endswith(".html") for address in self._made),
            files=sum(made.count for made in units.values()),
            sha256=digest(f"{name} {units[name].sha256}" for name in sorted(units)),
        )

    def _planned(self) -> Plan:
        assert self._plan is not None, "made after it was planned"
        return self._plan


def _taken(before: Memory, digests: Digests, names: Sequence[str], torn: Collection[str]) -> dict[str, Made]:
    """The units that need not be made: what they read is what it was, and their files stand as they were made."""
    other = {n for n, (key, was) in enumerate(before.keys) if not (digests.knows(key) and digests.of(key) == was)}
    return {
        name: made
        for name in names
        if (made := before.units.get(name)) is not None and name not in torn and other.isdisjoint(made.read)
    }


def _remembered(before: Memory, taken: Mapping[str, Made], finished: Sequence[Finished], digests: Digests) -> Memory:
    """What was made and taken over, with what each unit read; keys that nothing reads any more are forgotten."""
    used = sorted(set().union(*(made.read for made in taken.values())))
    numbers = {before.keys[n][0]: i for i, n in enumerate(used)}
    if len(used) == len(before.keys):
        units = dict(taken)
    else:
        moved = {n: i for i, n in enumerate(used)}
        units = {
            name: Made(tuple([moved[n] for n in made.read]), made.pages, made.count, made.sha256, made.files)
            for name, made in taken.items()
        }
    for unit in finished:
        units[unit.name] = made_of(tuple([numbers.setdefault(key, len(numbers)) for key in unit.read]), unit.files)
    return Memory(before.vouches, tuple((key, digests.of(key)) for key in numbers), units)
