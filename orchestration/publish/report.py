"""The auditor's quality report in words: one attempt, published or refused, in a fixed order of parts.

Belongs here: choosing the attempt, and putting its evidence into sentences. Everything comes from the kept
evidence; nothing is judged again and nothing is guessed: what was not measured is said to be so. Does not
belong here: pages for readers of a tier (``catalog``), printing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.errors import InputError
from contracts.evidence import Entry, EntryKind, Ledger
from contracts.home import CityHome
from contracts.results import GREEN, Result
from orchestration.publish import evidence_files

_ORDER = {result.value: place for place, result in enumerate(reversed(Result))}
"""What needs attention comes first."""

Part = tuple[str, list[str]]
"""A heading and its lines."""


def find(home: CityHome, ledger: Ledger, product: str, version: int | None) -> tuple[Entry, dict[str, Any]]:
    """The ledger entry and the evidence of a version, or of the last attempt where none is given.

    Raises:
        InputError: There was no such attempt.
        ArtefactError: Its evidence is missing or altered.
    """
    found: Entry | None = None
    for entry in ledger.entries(EntryKind.PUBLICATION, EntryKind.REFUSAL):
        body = entry.body
        if body.get("product") != product or "evidence_sha256" not in body:
            continue
        if version is None or (entry.kind == EntryKind.PUBLICATION.value and body.get("version") == version):
            found = entry
    if found is None:
        raise InputError(
            "there is no attempt to report on",
            where=product if version is None else f"{product}@{version}",
            hint=f"cauce release list {product}",
        )
    return found, evidence_files.read(home, str(found.body["evidence_sha256"]))


def as_data(entry: Entry, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The report for programs: the evidence, and where the ledger speaks of it."""
    return {
        "entry": {"n": entry.n, "kind": entry.kind, "recorded_at": entry.recorded_at, "previous": entry.previous},
        "verdict": verdict(evidence),
        "conclusion": conclusion(evidence),
        **evidence,
    }


def verdict(evidence: Mapping[str, Any]) -> str:
    """The one sentence the report opens with."""
    what = evidence["product"]
    rules = [*evidence["quality"]["rules"], *evidence["quality"]["gate"]]
    red = [r for r in rules if Result(r["result"]) not in GREEN]
    warned = sum(r["result"] in {Result.WARNED.value, Result.WAIVED.value} for r in rules)
    if evidence["outcome"] == "held":
        return f"{what} was held: {_plural(len(red), 'rule')} of {len(rules)} did not hold."
    published = f"{what} version {evidence['version']} was published"
    if warned:
        return f"{published}; {_plural(warned, 'rule')} of {len(rules)} ask for care."
    return f"{published}; all of its {len(rules)} rules hold."


def _plural(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def conclusion(evidence: Mapping[str, Any]) -> str:
    """Whether the data is reliable enough for the contract's purpose, in the words of GAO-20-283G."""
    results = {r["result"] for r in (*evidence["quality"]["rules"], *evidence["quality"]["gate"])}
    if Result.FAILED.value in results:
        return "not sufficiently reliable for the purpose its contract states"
    if results & {Result.ERROR.value, Result.NOT_RUN.value, Result.VACUOUS.value}:
        return "undetermined: not every rule could be judged"
    if results & {Result.WARNED.value, Result.WAIVED.value}:
        return "sufficiently reliable for the purpose its contract states, with the cautions below"
    return "sufficiently reliable for the purpose its contract states"


def parts(entry: Entry, evidence: Mapping[str, Any]) -> list[Part]:
    """The report's parts in their order."""
    return [
        ("In short", _short(evidence)),
        ("Subject", _subject(evidence)),
        ("Inputs", _inputs(evidence)),
        ("Code", [*_pairs(evidence["code"]), *_pairs(evidence["environment"])]),
        ("Contract", _contract(evidence)),
        ("Rules", _rules(evidence["quality"]["rules"])),
        ("Gate", _rules(evidence["quality"]["gate"])),
        ("Reconciliation", _reconciliation(evidence)),
        ("Lineage", _lineage(evidence)),
        ("People", _people(evidence)),
        ("Decision", _decision(entry, evidence)),
        ("Conclusion", [f"The data is {conclusion(evidence)}."]),
        ("Integrity", _integrity(entry)),
    ]


def _pairs(values: Mapping[str, Any]) -> list[str]:
    return [f"{key.replace('_', ' ')}: {values[key]}" for key in sorted(values)]


def _short(evidence: Mapping[str, Any]) -> list[str]:
    rules = [*evidence["quality"]["rules"], *evidence["quality"]["gate"]]
    holding = sum(Result(r["result"]) in GREEN for r in rules)
    withheld = [i["quarantined"] + i["rejected"] for i in evidence["inputs"] if i["quarantined"] is not None]
    told = f"{sum(withheld):,}" if len(withheld) == len(evidence["inputs"]) else "not stated"
    return [
        verdict(evidence),
        f"Rules that hold: {holding} of {len(rules)}",
        f"Records withheld from the inputs: {told}",
        f"Age of the data at the as-of instant: {_age(evidence)}",
    ]


def _age(evidence: Mapping[str, Any]) -> str:
    newest = evidence["quality"]["data_to"]
    if newest is None:
        return "not stated: the contract names no event time"
    days = next((r["value"] for r in evidence["quality"]["gate"] if r["id"] == "freshness"), None)
    if days is None:
        return f"not measured: the contract promises no latency (newest event {newest})"
    return f"{round(days, 1):g} days, from the last day that it covers (newest event {newest})"


def _subject(evidence: Mapping[str, Any]) -> list[str]:
    quality = evidence["quality"]
    lines = [
        f"{evidence['city']} / {evidence['product']}, version {evidence['version'] or 'none: refused'}",
        f"As of {evidence['as_of']}, checked at {evidence['checked_at']}, {quality['rows']} records",
    ]
    for tier, files in evidence["files"].items():
        lines.append(f"{tier}: content {evidence['content'][tier]}")
        lines += [f"{tier}/{f['path']}: {f['bytes']:,} bytes, sha256 {f['sha256']}" for f in files]
    return lines


def _inputs(evidence: Mapping[str, Any]) -> list[str]:
    return [f"{i['name']}: retrieved {i['retrieved_at']}, sha256 {i['sha256']}" for i in evidence["inputs"]] or ["none"]


def _contract(evidence: Mapping[str, Any]) -> list[str]:
    contract = evidence["contract"]
    lines = [f"{contract['id']} version {contract['version']}, sha256 {contract['sha256']}"]
    lines += [f"{'breaking: ' if c['breaking'] else ''}{c['sentence']}" for c in evidence["changes"]]
    return lines if evidence["changes"] else [*lines, "unchanged since the release served before, or the first one"]


def _rules(rules: Sequence[Mapping[str, Any]]) -> list[str]:
    lines: list[str] = []
    for rule in sorted(rules, key=lambda r: _ORDER[r["result"]]):
        proof = rule.get("proof")
        shown = "" if rule["kind"] == "gate" else "; not shown able to fail"
        if proof and proof["caught"]:
            done = proof["mutation"]
            shown = f"; shown able to fail: {done if isinstance(done, str) else done['en']}"
        counts = f"{rule['examined']:,} examined, {rule['failed']:,} failed"
        detail = f"; {rule['detail']}" if rule["detail"] else ""
        lines.append(f"[{rule['result']}] {rule['id']}: {rule['text']['en']} ({counts}{detail}{shown})")
    return lines


def _reconciliation(evidence: Mapping[str, Any]) -> list[str]:
    told = evidence["quality"]["reconciliation"]
    lines = [
        f"{s['source']}: received {s['received']} = accepted {s['accepted']} + quarantined {s['quarantined']}"
        f" + rejected {s['rejected']}"
        for s in told["sources"]
    ]
    if told.get("entity"):
        lines.append(f"{told['entity']}: {told['entity_rows']} records, published {told['product_rows']}")
    if told["previous_rows"] is not None:
        lines.append(f"the release served before: {told['previous_rows']} records")
    return lines


def _lineage(evidence: Mapping[str, Any]) -> list[str]:
    graph = evidence["lineage"]
    return [
        f"{len(graph['nodes'])} tables and files, {len(graph['edges'])} steps between them",
        *(f"{a} → {b}" for a, b in graph["edges"]),
    ]


def _people(evidence: Mapping[str, Any]) -> list[str]:
    waived = [r for r in (*evidence["quality"]["rules"], *evidence["quality"]["gate"]) if r["result"] == "waived"]
    lines = [f"run: {evidence['run'] or 'not said'}"]
    lines.append(f"change approved by: {evidence['approved_by'] or 'nothing needed approval, or nobody approved'}")
    return [*lines, *(f"{r['id']}: {r['detail']}" for r in waived)]


def _decision(entry: Entry, evidence: Mapping[str, Any]) -> list[str]:
    if evidence["outcome"] == "held":
        served = entry.body.get("served_version")
        stays = f"version {served} stays served" if served else "nothing is served"
        reasons = [r["sentence"] for r in entry.body.get("reasons", ())]
        return [f"held on {entry.recorded_at}; {stays}", *reasons]
    return [f"{evidence['outcome']} as version {evidence['version']}, recorded {entry.recorded_at}"]


def _integrity(entry: Entry) -> list[str]:
    return [
        f"ledger entry {entry.n}, after {entry.previous}",
        f"evidence sha256 {entry.body['evidence_sha256']}",
        "check everything: cauce audit verify",
        "not signed: the ledger's head, kept elsewhere, is what shows a rewritten ledger",
    ]
