"""What a data team must know now, gathered from what is on record; runs nothing, changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contracts.model import Contract
from contracts.release import current
from contracts.service_levels import next_due
from orchestration import plan
from orchestration.context import OpenCity
from orchestration.lock import holder


def overview(opened: OpenCity, now: datetime) -> dict[str, Any]:
    """Facts for ``cauce status``: a row per product, a row per source, and what to do about each.

    Shape:
        ``{"city", "locked_by", "products": [...], "sources": [...], "to_do": [{"why", "do"}]}``
    """
    city = opened.city
    products = [_product(opened, contract, now) for contract in city.products.values()]
    sources = [_source(opened, name) for name in city.sources]
    to_do = [item for row in (*products, *sources) for item in row.pop("to_do")]
    return {
        "city": city.id,
        "locked_by": holder(opened.home),
        "products": products,
        "sources": sources,
        "not_available": dict(city.unavailable),
        "to_do": to_do,
    }


def _product(opened: OpenCity, contract: Contract, now: datetime) -> dict[str, Any]:
    home, name = opened.home, contract.name
    attempted = plan.load_seen(home).products.get(name)
    held = list(attempted.reasons) if attempted and attempted.outcome == "held" else []
    release = current(home, contract.renditions[-1], name) if contract.renditions else None
    due = next_due(contract, release.manifest.data_to) if release else None
    late = due is not None and due < now
    to_do = []
    served = f"release {release.commit.version} stays served" if release else "nothing was ever published"
    for reason in held:
        do = f"cauce audit report {name} --city {opened.city.id}"
        to_do.append({"why": f"{name} is held ({served}): {reason['sentence']}", "do": do})
    if late and due is not None:
        why = f"{name} is late: newer data was due {due.date().isoformat()}"
        to_do.append({"why": why, "do": f"cauce source list --city {opened.city.id}, then cauce run"})
    return {
        "product": name,
        "served": release.commit.version if release else None,
        "data_to": release.manifest.data_to[:10] if release and release.manifest.data_to else None,
        "next_due": due.date().isoformat() if due else None,
        "late": late,
        "held": held,
        "to_do": to_do,
    }


def _source(opened: OpenCity, name: str) -> dict[str, Any]:
    from orchestration.ingest.manifest import latest

    landing = latest(opened.home, name)
    to_do = []
    if landing is None:
        to_do.append({"why": f"{name} was never fetched", "do": f"cauce run --city {opened.city.id}"})
    elif landing.outcome == "refused":
        refusal = landing.refusal or {}
        why = f"the last delivery of {name} was refused: {refusal.get('what', 'see its landing')}"
        to_do.append(
            {"why": why, "do": str(refusal.get("try") or "ask the publisher for a mended file, then cauce run")}
        )
    elif landing.quarantined:
        why = f"{landing.quarantined} records of {name} are set aside"
        to_do.append({"why": why, "do": f"cauce quarantine export {name} --city {opened.city.id}"})
    return {
        "source": name,
        "outcome": landing.outcome if landing else None,
        "retrieved_at": landing.retrieved_at if landing else None,
        "quarantined": landing.quarantined if landing else 0,
        "to_do": to_do,
    }
