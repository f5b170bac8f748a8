"""One tier's site: made aside, then shown.

Belongs here: which units must be made again, what is remembered of them, the order of steps for one tier. Does not
belong here: how a unit is made (``making``), the second folder (``aside``), the tiers together (``build``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.site import memory
from catalog.site.aside import Aside, place_of
from catalog.site.looking import Look
from catalog.site.making import Finished, Maker, Order
from catalog.site.memory import Made, Memory
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
        sha256: Over all its files' addresses and bytes.
    """

    folder: Path
    pages: int
    made: int
    files: int
    sha256: str


class Tier:
    """One tier's site, made aside when it is created.

    Raises:
        ArtefactError: A kept file is missing, torn or altered; what is shown stays as it was.
        OutsideError: The disk refused.
    """

    def __init__(self, order: Order) -> None:
        site_folder = order.home.site
        self._order = order
        self._path = memory.path_of(site_folder, order.tier)
        large = self._path.is_file() and self._path.stat().st_size > LARGE
        look = Look(str(place_of(site_folder, order.tier)), apart=large)
        site, releases = order.read()
        # what chooses words and forms before any unit is made is no part of a unit's reading
        vouches = digest([order.vouches, repr(order.city.languages), str(order.city.country)])
        before = memory.recall(self._path, vouches)
        self._aside = Aside(site_folder, order.tier, before.files, look)
        maker, digests = Maker(site, self._aside), Digests(site)
        taken = _taken(before, digests, maker.names, self._aside)
        finished = list(maker.make([name for name in maker.names if name not in taken]))
        self._before, self._memory = before, _remembered(before, taken, finished, digests, vouches)
        self._made = [address for unit in finished for address in unit.files if address.endswith(".html")]
        releases.remember()

    def show(self) -> None:
        """Exchange it with what is shown, and remember what was made.

        Raises:
            OutsideError: The disk refused; the old site still stands where that was possible.
        """
        self._aside.show(self._memory.files)
        if self._memory != self._before:
            memory.remember(self._path, self._memory)

    def follow(self) -> None:
        """Bring the folder that is no longer shown after the one that is.

        Raises:
            OutsideError: The disk refused; the next build makes it good.
        """
        self._aside.follow()

    def told(self) -> TierSite:
        """What is told of it."""
        files = self._memory.files
        return TierSite(
            folder=self._order.home.site / self._order.tier,
            pages=sum(address.endswith(".html") for address in files),
            made=len(self._made),
            files=len(files),
            sha256=digest(f"{address} {files[address].sha256}" for address in sorted(files)),
        )


def _taken(before: Memory, digests: Digests, names: Sequence[str], aside: Aside) -> dict[str, Made]:
    """The units that need not be made: what they read is what it was, and their files stand as they were made."""
    other = {n for n, (key, was) in enumerate(before.keys) if not (digests.knows(key) and digests.of(key) == was)}
    held = aside.files.items()
    return {
        name: made
        for name in names
        if (made := before.units.get(name)) is not None and other.isdisjoint(made.read) and held >= made.files.items()
    }


def _remembered(
    before: Memory, taken: Mapping[str, Made], finished: Sequence[Finished], digests: Digests, vouches: str
) -> Memory:
    """What was made and taken over, with what each unit read; keys that nothing reads any more are forgotten."""
    used = sorted(set().union(*(made.read for made in taken.values())))
    numbers = {before.keys[n][0]: i for i, n in enumerate(used)}
    if len(used) == len(before.keys):
        units = dict(taken)
    else:
        moved = {n: i for i, n in enumerate(used)}
        units = {name: Made(tuple([moved[n] for n in made.read]), made.files) for name, made in taken.items()}
    for unit in finished:
        units[unit.name] = Made(tuple([numbers.setdefault(key, len(numbers)) for key in unit.read]), unit.files)
    return Memory(vouches, tuple((key, digests.of(key)) for key in numbers), units)
