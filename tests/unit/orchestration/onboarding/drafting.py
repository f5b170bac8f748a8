"""A town to draft for, and drafts of records: what the tests of onboarding share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.city import City
from contracts.city_load import load_city
from contracts.load import load_contract
from contracts.model import Contract, Role
from orchestration.ingest.delivery import Described, DescribedColumn
from orchestration.onboarding.city_skeleton import NewCity, make_city
from orchestration.onboarding.contract_draft import ContractDraft, Origin, draft_contract
from orchestration.onboarding.contract_text import contract_text
from orchestration.onboarding.sample import from_records

NOW = datetime(2026, 3, 1, tzinfo=UTC)
REQUESTS = [
    {
        "Unique Key": f"{24_445_308 + n}",
        "Created Date": f"{n % 12 + 1:02}/{n % 28 + 1:02}/2025 11:59:30 PM",
        "Closed Date": f"{n % 12 + 1:02}/{n % 28 + 1:02}/2025 11:59:59 PM" if n % 3 else None,
        "Agency": "DOT",
        "Complaint Type": ["Pothole", "Noise"][n % 2],
        "Status": ["Closed", "Open", "Email Sent"][n % 3],
        "Borough": ["BRONX", "Unspecified"][n % 2],
        "Incident Address": f"{n} MADISON AVENUE",
    }
    for n in range(60)
]


def town(root: Path, **more: Any) -> City:
    """A new town, loaded."""
    known: dict[str, Any] = {
        **{"id": "town", "name": "Town", "country": "US", "timezone": "America/New_York", "languages": ("en",)},
        **{"publisher": "Town", "email": "data@town.example"},
    }
    return load_city(make_city(NewCity(**{**known, **more}), root))


def draft_of(
    city: City,
    records: Sequence[Mapping[str, Any]] = REQUESTS,
    columns: Sequence[DescribedColumn] = (),
    settings: Mapping[str, Any] | None = None,
    name: str = "town_requests",
    **described: Any,
) -> ContractDraft:
    """A draft of a JSON file of ``records``."""
    server = {"location": "x.json", "format": "json"} if settings is None else settings
    told = Described(server, columns=tuple(columns), **{"title": "Requests", **described})
    sample = from_records(records, [c.name for c in columns], whole=True)
    return draft_contract(name, city, Origin("file", None, server, told, sample, len(records)), NOW)


def load_draft(draft: ContractDraft, folder: Path) -> Contract:
    """The draft's text, loaded strictly."""
    path = folder / f"{draft.name}.odcs.yaml"
    path.write_text(contract_text(draft), encoding="utf-8")
    return load_contract(path, Role.SOURCE)
