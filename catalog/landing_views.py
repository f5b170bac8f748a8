"""One landing of a source as a view: its sums, what was set aside and why, how it differed.

Belongs here: cutting a kept landing to what a tier may know of it. Does not belong here: reading it (``history``), what
a delivery holds (``deliveries``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog import deliveries, history
from catalog.kept_views import kept_time
from catalog.views import LandingView, SetAside
from contracts.model import Contract, Text


def landing_view(contract: Contract, entry: Mapping[str, Any], tier: str, *, is_open: bool) -> LandingView:
    """One landing of a source, as far as a tier may know it; its records only where ``is_open``."""
    refusal = entry.get("refusal") or {}
    drift = entry.get("drift") or {}
    told, hidden = deliveries.changes(contract, entry.get("findings") or (), tier, is_open)
    return LandingView(
        number=entry["n"],
        at=kept_time(entry["retrieved_at"]),
        outcome=entry["outcome"],
        received=entry.get("received") or 0,
        accepted=entry.get("accepted") or 0,
        quarantined=entry.get("quarantined") or 0,
        rejected=entry.get("rejected") or 0,
        set_aside=_set_aside(contract, entry, tier, is_open=is_open),
        added=tuple(sorted(drift.get("added", ()))) if is_open else (),
        missing=tuple(sorted(drift.get("missing", ()))) if is_open else (),
        refusal=_refusal(refusal if is_open else {"what": refusal.get("what")}),
        advice=str(refusal.get("try") or "") if is_open else "",
        declared=entry.get("declared"),
        pages=entry.get("pages"),
        whole=entry.get("whole", True),
        changes=tuple(told),
        hidden_changes=hidden,
    )


def _set_aside(contract: Contract, entry: Mapping[str, Any], tier: str, *, is_open: bool) -> tuple[SetAside, ...]:
    reasons: Mapping[str, int] = entry.get("reasons") or {}
    if not reasons:
        return ()
    told = history.rule_texts(contract, entry)
    open_rules = frozenset(reasons) if is_open else history.reasons_within(contract, tier, reasons)
    shown = [SetAside(rule, told.get(rule, Text(rule)), count) for rule, count in reasons.items() if rule in open_rules]
    rest = sum(count for rule, count in reasons.items() if rule not in open_rules)
    if rest:
        shown.append(SetAside("", Text(""), rest))
    return tuple(sorted(shown, key=lambda s: (-s.records, s.rule)))


def _refusal(refusal: Mapping[str, Any]) -> str:
    """The refusal's sentence without its place, which may name a path of the operator's machine."""
    if not refusal.get("what"):
        return ""
    text = f"{str(refusal['what'])[:1].upper()}{str(refusal['what'])[1:]}."
    if refusal.get("found"):
        text += f" Found {refusal['found']}"
        text += f", expected {refusal['expected']}." if refusal.get("expected") else "."
    elif refusal.get("expected"):
        text += f" Expected {refusal['expected']}."
    return text
