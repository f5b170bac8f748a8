"""The quality report as data: every rule and its result, as a tier may see it, and whole.

    {format_version, city, product, tier, version, outcome, as_of, data_to, rows, contract, summary,
     rules: [...], gate: [...], reasons: [...], reconciliation: {...}, identifiers: {...}}

Belongs here: writing results down, and what a waiver changes. Nothing of the clock, the machine or the run
stands in it: the same data judged by the same rules gives the same bytes. Rules on columns above the tier
are absent, not blanked; failing keys and values never stand in it. Does not belong here: finding anything
out (``judging``, ``gate_rules``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from contracts.checks import Check, Threshold
from contracts.city import Ruling
from contracts.home import FORMAT_VERSION
from contracts.model import Severity, Text
from contracts.results import GREEN, Result, RuleResult
from orchestration.publish import identifier_rules
from orchestration.publish.gate_facts import Facts, Finding
from orchestration.publish.gate_rules import RULES, GateRule, look_all, plain_bounds, severity_of
from orchestration.publish.job import HoldReason, stamp
from orchestration.publish.judging import Judged
from orchestration.publish.lineage_view import inputs_for

WORST = tuple(Result)
"""Results from best to worst."""


def worst(results: Iterable[Result]) -> Result:
    """The worst of several results; passed where there is none."""
    return max(results, key=WORST.index, default=Result.PASSED)


def waiver(rulings: Iterable[Ruling], product: str, rule: str, on: date) -> Ruling | None:
    """The waiver of a product's rule that is in force on a day, if there is one.

    A waiver has an owner, a reason and an end; without any of them, or past its end, it waives nothing.
    """
    for ruling in rulings:
        whole = ruling.kind == "waiver" and ruling.subject == f"{product}.{rule}"
        if whole and ruling.by.strip() and ruling.reason.strip() and ruling.until is not None and ruling.until >= on:
            return ruling
    return None


def texts(text: Text) -> dict[str, str]:
    """A text in every language it has."""
    return {"en": text.default, **dict(sorted(text.translations.items()))}


def number(value: float | None) -> float | int | None:
    """A number as JSON can hold it; whole numbers without a point."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else value


def threshold(given: Threshold) -> dict[str, Any]:
    """A threshold as data."""
    value = [number(v) for v in given.value] if isinstance(given.value, tuple) else number(given.value)
    return {"operator": given.operator, "value": value, "unit": given.unit}


def report(facts: Facts, tier: str | None, outcome: str, version: int | None) -> dict[str, Any]:
    """The quality report for ``tier``, or the whole one for None.

    Args:
        facts: What was found out.
        tier: Whose report; None for the whole one, for operators and auditors.
        outcome: ``published`` or ``held``.
        version: The version it is about; None for a refused attempt.
    """
    job = facts.job
    rules = _rules(facts, tier)
    gate = _gate(facts, tier)
    shown = facts.at(tier)
    return {
        "format_version": FORMAT_VERSION,
        "city": job.city.id,
        "product": job.product,
        "tier": tier,
        "version": version,
        "outcome": outcome,
        "as_of": stamp(job.as_of),
        "data_to": shown[0].seen.data_to if shown else None,
        "data_from": shown[0].seen.data_from if shown else None,
        "rows": shown[0].rendition.rows if shown else None,
        "contract": {"id": job.contract.id, "version": job.contract.version, "sha256": job.contract.sha256},
        "summary": {**_summary(rules), "gate": _summary(gate)},
        "rules": rules,
        "gate": gate,
        "reasons": _told(facts, tier, rules, gate) if outcome == "held" else [],
        "reconciliation": _reconciliation(facts, tier),
        "identifiers": identifier_rules.evidence(facts, tier),
    }


def _summary(entries: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts = {result.value: 0 for result in Result}
    for entry in entries:
        counts[entry["result"]] += 1
    return {"rules": len(entries), **counts}


# Rules of the contract ----------------------------------------------------------------------


def _rules(facts: Facts, tier: str | None) -> list[dict[str, Any]]:
    """One entry per rule; the whole report also lists what no rendition could be asked (``_unasked``)."""
    judged = facts.at(tier)
    entries: dict[str, dict[str, Any]] = {}
    for one in judged:
        for check in one.checks:
            entry = _rule(facts, one, check, whole=tier is None)
            if check.id in entries:
                first = entries[check.id]
                first["tiers"][one.tier] = _brief(entry)
                if WORST.index(Result(entry["result"])) > WORST.index(Result(first["result"])):
                    entries[check.id] = {**entry, "tiers": first["tiers"]}
            else:
                entries[check.id] = {**entry, "tiers": {one.tier: _brief(entry)}} if tier is None else entry
    if tier is None and judged:
        entries |= {c.id: _unasked(c) for c in judged[0].hidden}
    return list(entries.values())


def _brief(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {k: entry[k] for k in ("result", "examined", "failed")}


def _described(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "kind": check.kind.value,
        "columns": list(check.columns),
        "text": texts(check.text),
        "dimension": check.dimension,
        "severity": check.severity.value,
    }


def _rule(facts: Facts, judged: Judged, check: Check, *, whole: bool) -> dict[str, Any]:
    missing = RuleResult(check.id, Result.NOT_RUN, detail="the engine gave no result")
    scan = judged.scan.of(check.id) or missing
    second = judged.expectations.of(check.id) or missing
    result = worst((scan.result, second.result))
    detail = scan.detail if scan.result is result else second.detail
    if result is Result.FAILED:
        given = waiver(facts.job.rulings, facts.job.product, check.id, facts.job.checked_at.date())
        if given is not None:
            result, detail = Result.WAIVED, _waived(given, detail, whole=whole)
    if earlier := judged.earlier.get(check.id):
        said = f"{earlier} of these records stand in files that did not change since they were judged"
        detail = f"{detail}; {said}" if detail else said
    proof = judged.proofs.get(check.id)
    return {
        **_described(check),
        "result": result.value,
        "examined": scan.examined,
        "examined_earlier": judged.earlier.get(check.id, 0),
        "failed": scan.failed,
        "nulls": scan.nulls,
        "value": number(scan.value),
        "threshold": threshold(check.threshold),
        "engines": {"scan": scan.result.value, "great_expectations": second.result.value},
        "query": scan.query,
        "proof": {"mutation": texts(proof.text), "caught": proof.caught} if proof else None,
        "detail": detail,
    }


def _unasked(check: Check) -> dict[str, Any]:
    """A rule that no rendition can answer: a promise nobody checked, which closes the gate if it is an error."""
    result = Result.NOT_RUN if check.severity is Severity.ERROR else Result.NOT_APPLICABLE
    return {
        **_described(check),
        "result": result.value,
        "examined": 0,
        "examined_earlier": 0,
        "failed": 0,
        "nulls": None,
        "value": None,
        "threshold": threshold(check.threshold),
        "engines": {},
        "query": "",
        "proof": None,
        "detail": f"no rendition carries all the columns of {check.id}: {', '.join(check.columns)}",
        "tiers": {},
    }


def _waived(given: Ruling, detail: str, *, whole: bool) -> str:
    """What is said of a waiver; who and why stand in the whole report only."""
    until = given.until.isoformat() if given.until else ""
    said = f"waived until {until} by {given.by}: {given.reason}" if whole else f"waived by a named person until {until}"
    return f"{detail}; {said}" if detail else said


# Rules of the gate --------------------------------------------------------------------------


def _gate(facts: Facts, tier: str | None) -> list[dict[str, Any]]:
    findings = look_all(facts, tier)
    return [_gate_rule(facts, rule, findings[rule.id], tier) for rule in RULES]


def _gate_rule(facts: Facts, rule: GateRule, found: Finding, tier: str | None) -> dict[str, Any]:
    result, detail = found.result, found.detail
    if result is Result.FAILED and rule.waivable and not found.unwaivable:
        given = waiver(facts.job.rulings, facts.job.product, rule.id, facts.job.checked_at.date())
        if given is not None:
            result, detail = Result.WAIVED, _waived(given, detail, whole=tier is None)
    return {
        "id": rule.id,
        "kind": "gate",
        "columns": [],
        "text": texts(rule.text),
        "dimension": rule.dimension,
        "severity": severity_of(rule, facts.contract).value,
        "result": result.value,
        "examined": found.examined,
        "counts": rule.counts,
        "failed": found.failed,
        "nulls": None,
        "value": number(found.value),
        "threshold": plain_bounds(found),
        "engines": {},
        "query": "",
        "proof": None,
        "detail": detail,
        "parts": dict(found.parts),
    }


# What holds ---------------------------------------------------------------------------------


def hold_reasons(facts: Facts, whole: Mapping[str, Any]) -> tuple[HoldReason, ...]:
    """Why the product is held: every result that is not green, on the highest tier where it is not."""
    found: list[HoldReason] = []
    for entry in whole["rules"]:
        if Result(entry["result"]) in GREEN:
            continue
        tier = next((t for t, b in entry["tiers"].items() if Result(b["result"]) not in GREEN), facts.top.tier)
        judged = next(j for j in facts.judged if j.tier == tier)
        answer = judged.scan.of(entry["id"])
        samples, sampled = (answer.samples, answer.sampled) if answer else ((), ())
        said = (entry["id"], tier, sentence(entry), entry["failed"], entry["examined"])
        found.append(HoldReason(*said, samples=samples, sampled=sampled))
    for entry in whole["gate"]:
        if Result(entry["result"]) not in GREEN:
            tier = facts.judged[0].tier if facts.judged else ""
            found.append(HoldReason(entry["id"], tier, sentence(entry), entry["failed"], entry["examined"]))
    return tuple(found)


_SAID = {
    Result.FAILED.value: "did not hold",
    Result.ERROR.value: "could not run",
    Result.NOT_RUN.value: "was not run",
    Result.VACUOUS.value: "had nothing to examine",
}


def sentence(entry: Mapping[str, Any]) -> str:
    """A rule that did not hold, in one sentence: what was promised, what was found."""
    said = _SAID.get(entry["result"], entry["result"])
    detail = f": {entry['detail']}" if entry["detail"] else ""
    return f"{entry['text']['en'].rstrip('.')} ({said}{detail})."


def _told(
    facts: Facts, tier: str | None, rules: Sequence[Mapping[str, Any]], gate: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """Why it is held, as the tier may know."""
    del facts, tier
    told = [{"rule": e["id"], "sentence": sentence(e)} for e in (*rules, *gate) if Result(e["result"]) not in GREEN]
    if told:
        return told
    return [{"rule": "", "sentence": "A promise about data that is not shown here did not hold."}]


# Numbers of records -------------------------------------------------------------------------


def _reconciliation(facts: Facts, tier: str | None) -> dict[str, Any]:
    job = facts.job
    inputs = sorted(job.inputs, key=lambda i: i.name) if tier is None else inputs_for(job.city, job.inputs, tier)
    sources = [
        {
            "source": i.name,
            "received": i.received,
            "accepted": i.accepted,
            "quarantined": i.quarantined,
            "rejected": i.rejected,
        }
        for i in inputs
    ]
    previous = facts.previous.get(tier) if tier else next(iter(facts.previous.values()), None)
    told: dict[str, Any] = {
        "sources": sources,
        "product_rows": facts.top.rendition.rows if facts.judged else None,
        "previous_rows": previous.manifest.rows if previous else None,
        "entity_rows": None,
    }
    if tier is None:
        totals = facts.totals
        told |= {
            "entity": totals.entity,
            "entity_rows": totals.entity_rows,
            "standing": dict(totals.standing),
            "removed": dict(totals.removed),
        }
    return told
