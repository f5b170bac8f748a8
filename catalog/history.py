"""What happened, read back: the ledger's chain of refusals and runs, and the landings of a source.

Belongs here: reading these kept files in their order, without knowing any tier. Does not belong here:
deciding who may see what (``catalog.store``), writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from catalog.reports import text_of
from catalog.views import Reason, Removed, RunView, instant
from contracts import kept
from contracts.errors import ArtefactError
from contracts.evidence import Entry, EntryKind, Ledger
from contracts.home import FORMAT_VERSION, CityHome
from contracts.model import Contract, Text
from contracts.tiers import MOST_RESTRICTIVE, visible

_SETTLING = frozenset({EntryKind.PUBLICATION, EntryKind.ROLLBACK, EntryKind.WITHDRAWAL})


@dataclass(frozen=True)
class Refusal:
    """One refused attempt with full knowledge: each reason with the tier that may know it."""

    product: str
    at: datetime
    reasons: tuple[tuple[str, Reason], ...]
    evidence_sha256: str | None
    still_served: int | None
    run: str


@dataclass(frozen=True)
class Withdrawn:
    """What may be told to everybody of a withdrawal, and what to use instead. Why it was withdrawn stands elsewhere."""

    public_note: Text
    instead: str | None


@dataclass(frozen=True)
class Chain:
    """The ledger, read once. ``withdrawals`` stand by their intent, ``removed`` by product, tier and version."""

    refusals: Mapping[str, tuple[Refusal, ...]] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    runs: tuple[RunView, ...] = ()
    withdrawals: Mapping[int, Withdrawn] = field(default_factory=dict)
    removed: Mapping[tuple[str, str, int], Removed] = field(default_factory=dict)


def read_chain(home: CityHome) -> Chain:
    """All refusals by product (oldest first), what is held now, all runs (newest first), withdrawals, removals.

    A product is held when the last word on it in the ledger is a refusal, or a run that lists it as held.

    Raises:
        ArtefactError: An entry is torn.
    """
    refusals: dict[str, list[Refusal]] = {}
    held: set[str] = set()
    runs: list[RunView] = []
    withdrawals: dict[int, Withdrawn] = {}
    removed: dict[tuple[str, str, int], Removed] = {}
    for entry in Ledger(home.ledger).entries():
        if entry.kind == EntryKind.REFUSAL and entry.body.get("outcome") != "abandoned":
            refusal = _refusal(entry)
            refusals.setdefault(refusal.product, []).append(refusal)
            held.add(refusal.product)
        elif entry.kind in _SETTLING:
            held.discard(str(entry.body.get("product", "")))
        elif entry.kind == EntryKind.RUN:
            run = _run(entry)
            runs.append(run)
            held -= {*run.published, *run.unchanged}
            held |= set(run.held)
        elif entry.kind == EntryKind.INTENT and entry.body.get("action") == "withdraw":
            facts = entry.body.get("facts") or {}
            withdrawals[entry.n] = Withdrawn(text_of(facts.get("public_note")), facts.get("instead"))
        elif entry.kind == EntryKind.RETIREMENT and "product" in entry.body:
            removed |= _removed(entry)
    found = {k: tuple(v) for k, v in refusals.items()}
    return Chain(found, frozenset(held), tuple(reversed(runs)), withdrawals, removed)


def _removed(entry: Entry) -> dict[tuple[str, str, int], Removed]:
    """The releases whose data an entry says was removed."""
    body, at = entry.body, _moment(entry)
    told = Removed(at, "erasure" if body.get("why") == "erasure" else "retention")
    versions = body.get("versions") or {}
    return {(str(body["product"]), str(tier), int(v)): told for tier, numbers in versions.items() for v in numbers}


def _refusal(entry: Entry) -> Refusal:
    body = entry.body
    served = body.get("served_version")
    return Refusal(
        product=str(body.get("product", "")),
        at=_moment(entry),
        reasons=tuple(
            (
                str(reason.get("tier") or MOST_RESTRICTIVE),
                Reason(
                    str(reason.get("rule", "")),
                    Text(str(reason.get("sentence", ""))),
                    reason.get("failed") or None,
                    reason.get("examined") or None,
                ),
            )
            for reason in body.get("reasons") or ()
        ),
        evidence_sha256=body.get("evidence_sha256"),
        still_served=int(served) if served is not None else None,
        run=str(body.get("run_id", body.get("run", ""))),
    )


def _run(entry: Entry) -> RunView:
    body = entry.body
    code = body.get("exit_code")
    return RunView(
        number=entry.n,
        at=_moment(entry),
        id=str(body.get("run", body.get("run_id", ""))),
        published=_names(body.get("published"), "product"),
        unchanged=_names(body.get("unchanged"), "product"),
        held=_names(body.get("held"), "product"),
        failed=_names(body.get("failed"), "name"),
        exit_code=int(code) if code is not None else None,
    )


def _names(value: Iterable[Any] | Mapping[str, Any] | None, key: str) -> tuple[str, ...]:
    """Names out of a list of names, a list of objects, or an object by name; sorted, each once."""
    found = {str(item.get(key, "")) if isinstance(item, Mapping) else str(item) for item in value or ()}
    return tuple(sorted(found - {""}))


def _moment(entry: Entry) -> datetime:
    """The time of checking where the entry states it, otherwise when it was recorded."""
    moment = instant(entry.body.get("checked_at") or entry.recorded_at)
    assert moment is not None, "every entry is dated"
    return moment


def landings(home: CityHome, source: str) -> tuple[Mapping[str, Any], ...]:
    """A source's landings as they are kept, newest first.

    Raises:
        ArtefactError: One is torn, or not a landing.
    """
    folder = home.raw / source / "landings"
    found = []
    for path in folder.glob("*.json"):
        if not re.fullmatch(r"[0-9]+", path.stem):
            continue
        entry = kept.read_json(path)
        kept.check_format(entry, path, FORMAT_VERSION)
        if not {"n", "outcome", "retrieved_at"} <= set(entry):
            raise ArtefactError("a kept landing lacks a field", where=str(path), expected="n, outcome, retrieved_at")
        found.append(entry)
    return tuple(sorted(found, key=lambda e: int(e["n"]), reverse=True))


def last_look(home: CityHome, source: str) -> datetime | None:
    """When the source was last looked at with success, whether or not anything had changed; None if never.

    Raises:
        ArtefactError: The kept note of it is torn.
    """
    path = home.raw / source / "look.json"
    if not path.exists():
        return None
    look = kept.read_json(path)
    kept.check_format(look, path, FORMAT_VERSION)
    return instant(look.get("at"))


def rule_texts(contract: Contract, landing: Mapping[str, Any]) -> dict[str, Text]:
    """The sentence of each reason a landing may name: the landing's own, else the contract's."""
    texts = {check_id: check[0] for check_id, check in _checks(contract).items()}
    told = [r for r in landing.get("rules") or () if isinstance(r, Mapping) and r.get("text")]
    return texts | {str(r.get("check_id", "")): text_of(r["text"]) for r in told}


def reasons_within(contract: Contract, tier: str, reasons: Iterable[str]) -> frozenset[str]:
    """Those of ``reasons`` that speak only of columns a reader of ``tier`` may see, or of a record's form.

    A reason is a rule of the contract, a landing's own ``<column>.<what>``, or ``record.<what>``; what is none
    of these is told to nobody below the source's tier.
    """
    classes = {p.name: p.classification for p in contract.columns}
    checks = _checks(contract)
    found = set()
    for reason in reasons:
        head, _, what = reason.rpartition(".")
        columns: tuple[str, ...] = (head,) if head in classes and what else ()
        if reason in checks:
            columns = checks[reason][1]
        of_form = head == "record" and "record" not in classes and reason not in checks
        if of_form or (columns and all(visible(classes.get(c, MOST_RESTRICTIVE), tier) for c in columns)):
            found.add(reason)
    return frozenset(found)


def _checks(contract: Contract) -> dict[str, tuple[Text, tuple[str, ...]]]:
    from contracts.compile_checks import compile_checks

    return {check.id: (check.text, check.columns) for check in compile_checks(contract)}
