"""Where one city keeps its state: the folder layout under ``var/<city>/``, and the shelf its releases stand on.

Belongs here: paths and nothing else. Does not belong here: reading or writing (``kept``, ``shelf``,
``release``, ``evidence``). Deleting ``warehouse``, ``site``, ``cache`` or ``held`` loses nothing that
counts; everything else is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from contracts.shelf import DiskShelf, Shelf, open_shelf

FORMAT_VERSION = 1
"""Stands in every manifest and ledger entry; a reader refuses a greater one."""


@dataclass(frozen=True)
class CityHome:
    """One city's state folder.

    ``releases_at`` is the address below which every city's releases stand; its own ``releases`` folder where None.
    """

    root: Path
    releases_at: str | None = None

    @cached_property
    def shelf(self) -> Shelf:
        """Where the releases stand.

        Raises:
            InputError: The address is of no kind that can hold releases.
        """
        if self.releases_at is None:
            return DiskShelf(self.root / "releases")
        return open_shelf(self.releases_at, self.root.name, self.cache)

    @property
    def raw(self) -> Path:
        """Raw bytes, landings, accepted and quarantined records, a folder per source."""
        return self.root / "raw"

    @property
    def warehouse(self) -> Path:
        """Dbt's DuckDB file. May be deleted at any time."""
        return self.root / "warehouse.duckdb"

    @property
    def dbt_target(self) -> Path:
        """Dbt's artefacts of this city. May be deleted at any time."""
        return self.root / "dbt"

    @property
    def releases(self) -> Path:
        """``releases/<tier>/<product>/<version>/`` and ``commits/``: the folder, where they stand on a disk.

        Read and written through ``shelf``, which may stand elsewhere; then nothing is here.
        """
        return self.shelf.root if isinstance(self.shelf, DiskShelf) else self.root / "releases"

    @property
    def cache(self) -> Path:
        """Copies of released files that stand in an object store. May be deleted at any time."""
        return self.root / "cache"

    @property
    def ledger(self) -> Path:
        """The append-only, hash-chained record of what happened."""
        return self.root / "ledger"

    @property
    def site(self) -> Path:
        """The static sites, a folder per tier. May be deleted at any time."""
        return self.root / "site"

    @property
    def held(self) -> Path:
        """Keys of records that hold a product now, a file each. May be deleted at any time."""
        return self.root / "held"

    @property
    def keys(self) -> Path:
        """Secret keys, never published."""
        return self.root / "keys"

    @property
    def work(self) -> Path:
        """Unfinished work; swept at the next start."""
        return self.root / "work"

    @property
    def lock(self) -> Path:
        """The city's one lock."""
        return self.root / "lock"

    @property
    def plan(self) -> Path:
        """What the last run saw (hashes), read by the planner. May be deleted: the next run is then full."""
        return self.root / "plan.json"

    @property
    def proof(self) -> Path:
        """What the last dynamic proof found, with names of columns of any class. May be deleted: it is made again."""
        return self.root / "proof.json"

    def release_dir(self, tier: str, product: str) -> Path:
        """All versions of one product for one tier."""
        return self.releases / tier / product
