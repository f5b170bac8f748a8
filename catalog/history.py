"""What happened, read back: the ledger's chain of refusals and runs, and the landings of a source.

Belongs here: reading these kept files in their order, without knowing any tier. Does not belong here:
deciding who may see what (``catalog.store``), writing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from catalog.reports import text_of
from catalog.views import Reason, Removed, RunView, instant
from contracts import kept
from contracts.errors import ArtefactError
from contracts.evidence import Entry, EntryKind, Ledger
from contracts.home import FORMAT_VERSION, CityHome
from contracts.model import Contract, Text
from contracts.tiers import MOST_RESTRICTIVE, visible

MOST_RUNS = 100
"""Runs that are told of, the newest; the ledger has them all."""

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


class _Folded(msgspec.Struct):
    """What the entries up to ``n`` come to; ``mark`` stands for the identities of their files."""

    vouches: str
    n: int = 0
    mark: str = ""
    refusals: dict[str, list[Refusal]] = {}
    held: set[str] = set()
    runs: list[RunView] = []
    withdrawals: dict[int, Withdrawn] = {}
    removed: list[tuple[str, str, int, Removed]] = []

    def add(self, entry: Entry) -> None:
        """Take one more entry."""
        self.n = entry.n
        if entry.kind == EntryKind.REFUSAL and entry.body.get("outcome") != "abandoned":
            refusal = _refusal(entry)
            self.refusals.setdefault(refusal.product, []).append(refusal)
            self.held.add(refusal.product)
        elif entry.kind in _SETTLING:
            self.held.discard(str(entry.body.get("product", "")))
        elif entry.kind == EntryKind.RUN:
            run = _run(entry)
            self.runs = [run, *self.runs[: MOST_RUNS - 1]]
            self.held = (self.held - {*run.published, *run.unchanged}) | set(run.held)
        elif entry.kind == EntryKind.INTENT and entry.body.get("action") == "withdraw":
            facts = entry.body.get("facts") or {}
            self.withdrawals[entry.n] = Withdrawn(text_of(facts.get("public_note")), facts.get("instead"))
        elif entry.kind == EntryKind.RETIREMENT and "product" in entry.body:
            self.removed += _removed(entry)

    def chain(self) -> Chain:
        """As it is handed out."""
        return Chain(
            {product: tuple(found) for product, found in self.refusals.items()},
            frozenset(self.held),
            tuple(self.runs),
            self.withdrawals,
            {(product, tier, version): told for product, tier, version, told in self.removed},
        )


def read_chain(home: CityHome, memory: Path | None = None, vouches: str = "") -> Chain:
    """All refusals by product (oldest first), what is held now, the last runs (newest first), withdrawals, removals.

    A product is held when the last word on it in the ledger is a refusal, or a run that lists it as held.

    Args:
        home: The city's state folder.
        memory: Where to remember what the entries come to, so that only new ones are read; None to read them all.
            It counts only while the files it was made of are the very same, and may be deleted at any time.
        vouches: What the memory must have been written under.

    Raises:
        ArtefactError: An entry is torn.
    """
    ledger = Ledger(home.ledger)
    found = _identities(home.ledger)
    folded = _recalled(memory, vouches, found)
    known = folded.n
    for n, _ in found:
        if n > known:
            folded.add(ledger.read(n))
    if memory is not None and folded.n > known:
        folded.mark = _mark(found, folded.n)
        kept.replace(memory, msgspec.json.encode(folded))
    return folded.chain()


def _identities(folder: Path) -> list[tuple[int, str]]:
    """The ledger's entries by number, each with inode, size and times of its file."""
    found: list[tuple[int, str]] = []
    with suppress(FileNotFoundError), os.scandir(folder) as listed:
        for entry in listed:
            number, _, ending = entry.name.partition(".")
            if ending == "json" and number.isdecimal():
                told = entry.stat()
                found.append((int(number), f"{told.st_ino} {told.st_size} {told.st_mtime_ns} {told.st_ctime_ns}"))
    return sorted(found)


def _mark(found: list[tuple[int, str]], n: int) -> str:
    return kept.sha256_bytes("\n".join([f"{number} {mark}" for number, mark in found if number <= n]).encode())


def _recalled(memory: Path | None, vouches: str, found: list[tuple[int, str]]) -> _Folded:
    """What was remembered, if it was made of the files that are there now; otherwise nothing."""
    if memory is not None:
        with suppress(OSError, msgspec.DecodeError):
            folded = msgspec.json.decode(memory.read_bytes(), type=_Folded)
            if folded.vouches == vouches and folded.mark == _mark(found, folded.n):
                return folded
    return _Folded(vouches)


def _removed(entry: Entry) -> list[tuple[str, str, int, Removed]]:
    """The releases whose data an entry says was removed."""
    body, at = entry.body, _moment(entry)
    told = Removed(at, "erasure" if body.get("why") == "erasure" else "retention")
    versions = body.get("versions") or {}
    return [(str(body["product"]), str(tier), int(v), told) for tier, numbers in versions.items() for v in numbers]


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
        failed=_names(body.get("failed"), "what"),
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
