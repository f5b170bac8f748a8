"""Where one city keeps its state: the folder layout under ``var/<city>/``.

Belongs here: paths and nothing else. Does not belong here: reading or writing (``kept``,
``release``, ``evidence``). Deleting ``warehouse`` or ``site`` loses nothing; everything else is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FORMAT_VERSION = 1
"""Stands in every manifest and ledger entry; a reader refuses a greater one."""


@dataclass(frozen=True)
class CityHome:
    """One city's state folder."""

    root: Path

    @property
    def raw(self) -> Path:
        """Raw bytes, landings and accepted records, a folder per source."""
        return self.root / "raw"

    @property
    def quarantine(self) -> Path:
        """Quarantined records, a folder per source."""
        return self.root / "quarantine"

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
        """``releases/<tier>/<product>/<version>/`` and ``commits/``."""
        return self.root / "releases"

    @property
    def ledger(self) -> Path:
        """The append-only, hash-chained record of what happened."""
        return self.root / "ledger"

    @property
    def site(self) -> Path:
        """The static sites, a folder per tier. May be deleted at any time."""
        return self.root / "site"

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

    def release_dir(self, tier: str, product: str) -> Path:
        """All versions of one product for one tier."""
        return self.releases / tier / product
