"""A city with one source, for trials of a landing: a first delivery landed, a second one waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from contracts import kept
from contracts.evidence import EntryKind, Ledger
from contracts.home import CityHome
from contracts.load import load_contract
from contracts.model import Role
from orchestration.ingest.manifest import Landing, landing_path, numbers, read
from tests.unit.orchestration.ingest.conftest import COLUMNS, Town, contract_text

SOURCE = "things"
FIRST = "id,name,amount,day\n1,Ana,2.50,2026-01-01\n2,Luis,3,2026-01-02\n"
SECOND = FIRST + "3,Eva,-1,2026-01-03\n4,Max,7.25,2026-01-04\n5,Zoë,12,2026-01-05\n"
"""The third record breaks a rule: amounts are not below zero."""


@dataclass(frozen=True)
class Delivery:
    """The city, and landing its deliveries as a run does: the landing, then the ledger's word of it."""

    town: Town
    ledger: Ledger

    @classmethod
    def of(cls, root: Path) -> Delivery:
        """The city below ``root``."""
        folder = root / "testtown"
        path = folder / "sources" / "things.odcs.yaml"
        if not path.exists():
            path.parent.mkdir(parents=True)
            path.write_text(contract_text(COLUMNS, {"format": "csv"}), encoding="utf-8")
        home = CityHome(root / "var" / "town")
        return cls(Town(folder, home, load_contract(path, Role.SOURCE)), Ledger(home.ledger))

    def land_first(self) -> None:
        """Land the first delivery, and put the second where the source looks."""
        assert self._land(FIRST).accepted == 2
        self.town.deliver(SECOND)

    def land_second(self) -> str:
        """Land what waits."""
        return self._land(None).outcome

    def _land(self, data: str | None) -> Landing:
        landing = self.town.land(data)
        told = {e.body.get("landing") for e in self.ledger.entries(EntryKind.LANDING)}
        for n in sorted(set(numbers(self.town.home, SOURCE)) - told):
            made = read(landing_path(self.town.home, SOURCE, n))
            body = {
                "source": SOURCE,
                "landing": n,
                "landing_sha256": kept.sha256_bytes(made.to_json()),
                "raw_sha256": made.raw_sha256,
                "received": made.received,
            }
            self.ledger.append(EntryKind.LANDING, body, datetime(2026, 1, 31, 7, tzinfo=UTC))
        return landing


__all__ = ["FIRST", "SECOND", "SOURCE", "Delivery"]
