"""Every kept file against its hash, every commit against its intent, the ledger without a gap.

Belongs here: finding what is missing, altered, torn or unaccounted for, and naming the file. Reads every
byte that is kept; changes nothing. Does not belong here: repairing (a kept file is restored from a copy),
sweeping what a crash left (``recover``), judging data again.

What vouches for what: the ledger's chain for its entries; an intent for the bytes of its commits; a commit
for its manifest; a manifest for the files beside it; the name of an evidence file for its bytes; a landing
for the raw, accepted and quarantined files of a source, and the ledger for the landing.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contracts import kept, tiers
from contracts.errors import ArtefactError
from contracts.evidence import HEAD, Entry, EntryKind, Ledger
from contracts.home import CityHome
from contracts.release import Commit, Manifest, commit_path, commits, manifest_of, version_name
from orchestration.publish import commit, evidence_files, recover

_ENTRY = re.compile(r"\bentry (\d+)\b")
EVIDENCE = "evidence"
"""The one folder in the ledger's."""

SOURCE_FOLDERS = frozenset({"accepted", "bytes", "landings"})
"""The folders of a source under ``raw``; they may be empty."""


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was written down."""

    path: Path
    found: str

    def under(self, root: Path) -> str:
        """The finding as a sentence, the file named from ``root``."""
        named = self.path.relative_to(root) if self.path.is_relative_to(root) else self.path
        return f"{named}: {self.found}"


def verify(home: CityHome, anchor: tuple[int, str] | None = None) -> list[str]:
    """Findings as sentences, each beginning with the file; empty when everything is whole."""
    return [finding.under(home.root) for finding in inspect(home, anchor)]


def inspect(home: CityHome, anchor: tuple[int, str] | None = None) -> tuple[Finding, ...]:
    """Look at every kept file of a city.

    Args:
        home: The city's state.
        anchor: Number and sha256 of a ledger head kept elsewhere: shows a cut tail.

    Returns:
        Findings in the order of the folders: ledger, evidence, releases, raw, quarantine.
    """
    ledger = Ledger(home.ledger)
    found = [*_ledger(ledger, anchor)]
    entries = list(_readable(ledger))
    found += _evidence(home, entries)
    found += _releases(home, ledger, entries)
    found += _sources(home, entries)
    found += [Finding(p, "a temporary file of something cut short") for p in recover.unfinished_files(home)]
    roots = (home.ledger, home.releases, home.raw, home.quarantine)
    found += [Finding(p, "a symbolic link: nothing that is kept is one") for r in roots for p in _links(r)]
    return tuple(dict.fromkeys(found))


def altered_files(folder: Path, manifest: Manifest) -> tuple[Finding, ...]:
    """Files of a release that are missing or not what its manifest says."""
    found = [_against(folder / f.path, f.sha256, "the manifest") for f in manifest.files]
    return tuple(f for f in found if f is not None)


def _against(path: Path, sha256: str, witness: str) -> Finding | None:
    if not path.is_file():
        return Finding(path, f"missing, though {witness} names it")
    digest = kept.sha256_file(path)
    if digest != sha256:
        return Finding(path, f"altered: sha256 {digest[:12]}…, {witness} says {sha256[:12]}…")
    return None


def _below(folder: Path) -> Iterator[Path]:
    """Every name at any depth, sorted; what a symbolic link leads to is not entered."""
    for place, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(place) / name for name in sorted([*folders, *files]))


def _links(folder: Path) -> Iterator[Path]:
    yield from (p for p in _below(folder) if p.is_symlink())


def _said(error: ArtefactError) -> str:
    return f"{error.what}: {error.found}" if error.found else error.what


# The ledger ---------------------------------------------------------------------------------


def _ledger(ledger: Ledger, anchor: tuple[int, str] | None) -> Iterator[Finding]:
    for text in ledger.verify(anchor):
        numbers = [int(n) for n in _ENTRY.findall(text)]
        yield Finding(ledger.path(numbers[-1]) if numbers else ledger.folder / HEAD, text)
    if ledger.folder.is_dir():
        known = {*_ledger_files(ledger), ledger.folder / EVIDENCE}
        for path in sorted(ledger.folder.iterdir()):
            if path not in known and not _is_temporary(path):
                yield Finding(path, "not an entry of the ledger")


def _ledger_files(ledger: Ledger) -> set[Path]:
    newest, _ = ledger.head()
    return {ledger.path(n) for n in range(1, newest + 1)} | {ledger.folder / HEAD}


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(kept.TEMPORARY_PREFIX)


def _readable(ledger: Ledger) -> Iterator[Entry]:
    """The entries that can be read; the others are findings already."""
    newest, _ = ledger.head()
    for n in range(1, newest + 1):
        try:
            yield ledger.read(n)
        except ArtefactError:
            continue


# Evidence -----------------------------------------------------------------------------------


def _evidence(home: CityHome, entries: list[Entry]) -> Iterator[Finding]:
    folder = evidence_files.folder(home)
    names = sorted(folder.iterdir()) if folder.is_dir() else []
    there = {p.stem: p for p in names if p.is_file() and p.suffix == ".json"}
    yield from (Finding(p, "not evidence") for p in names if p not in there.values() and not _is_temporary(p))
    for digest, path in there.items():
        if not _is_temporary(path) and kept.sha256_file(path) != digest:
            yield Finding(path, "altered: its bytes no longer have the sha256 that is its name")
    named = {digest for entry in entries for digest in recover.digests(entry.body)}
    for entry in entries:
        for digest in _evidence_of(entry):
            if digest not in there:
                yield Finding(evidence_files.path(home, digest), f"missing, though ledger entry {entry.n} names it")
    for digest, path in there.items():
        if digest not in named and not _is_temporary(path):
            yield Finding(path, "no entry of the ledger names it")


def _evidence_of(entry: Entry) -> Iterator[str]:
    facts = entry.body.get("facts")
    for body in (entry.body, facts if isinstance(facts, dict) else {}):
        if isinstance(body.get("evidence_sha256"), str):
            yield body["evidence_sha256"]
        contract = body.get("contract")
        if isinstance(contract, dict) and isinstance(contract.get("kept"), str):
            yield contract["kept"]


# Releases -----------------------------------------------------------------------------------


def _releases(home: CityHome, ledger: Ledger, entries: list[Entry]) -> Iterator[Finding]:
    plans = _plans(entries)
    for entry in _unfinished(home, entries):
        yield Finding(ledger.path(entry.n), f"ledger entry {entry.n} intends a release that is not finished: cauce run")
    yield from _missing_commits(home, entries, plans)
    for tier, product in recover.released(home):
        yield from _product(home, plans, tier, product)
    known = {home.release_dir(t, p) for t, p in recover.released(home)}
    for top in sorted(home.releases.iterdir()) if home.releases.is_dir() else ():
        if _is_temporary(top):
            continue
        if top.name not in tiers.TIERS or not top.is_dir():
            yield Finding(top, "not a tier")
        for path in _below(top) if top.name not in tiers.TIERS else sorted(top.iterdir()) if top.is_dir() else ():
            if path not in known and not _is_temporary(path):
                yield Finding(path, "not a release of any tier")


def _plans(entries: list[Entry]) -> dict[int, commit.Plan]:
    """The plan of every intent by its number; of a finished one with the commit numbers its end tells."""
    plans: dict[int, commit.Plan] = {}
    closing = {k.value for k in commit.CLOSING.values()}
    for entry in entries:
        try:
            if entry.kind == EntryKind.INTENT.value:
                plans[entry.n] = commit.Plan.of(entry)
            elif entry.kind in closing and entry.body.get("intent") in plans:
                n = entry.body["intent"]
                steps = tuple(commit.TierStep(**step) for step in entry.body["tiers"])
                plans[n] = replace(plans[n], steps=steps)
        except (ArtefactError, KeyError, TypeError):
            continue
    return plans


def _unfinished(home: CityHome, entries: list[Entry]) -> Iterator[Entry]:
    ended = {e.body.get("intent") for e in entries if e.kind in {k.value for k in commit.ENDING}}
    for entry in entries:
        if entry.kind == EntryKind.INTENT.value and entry.n not in ended:
            try:
                void = commit.is_void(home, entry)
            except ArtefactError:
                continue
            if not void:
                yield entry


def _missing_commits(home: CityHome, entries: list[Entry], plans: Mapping[int, commit.Plan]) -> Iterator[Finding]:
    """Commits that a finished intent says were made."""
    finished = {e.body.get("intent") for e in entries if e.kind in {k.value for k in commit.CLOSING.values()}}
    for n, plan in plans.items():
        for step in plan.steps if n in finished else ():
            path = commit_path(home, step.tier, plan.product, step.n)
            if not path.is_file():
                yield Finding(path, f"missing, though ledger entry {n} made it")


def _product(home: CityHome, plans: Mapping[int, commit.Plan], tier: str, product: str) -> Iterator[Finding]:
    folder = home.release_dir(tier, product)
    try:
        history = commits(home, tier, product)
    except (ArtefactError, TypeError) as error:
        yield from _commit_files(folder, plans, tier)
        yield Finding(folder / "commits", _said(error) if isinstance(error, ArtefactError) else str(error))
        return
    yield from _commit_files(folder, plans, tier)
    versions = {c.version: c for c in history if c.version is not None}
    for version, named in sorted(versions.items()):
        yield from _version(folder / version_name(version), named)
    if history:
        path = folder / commit.CURRENT
        if not path.is_file():
            yield Finding(path, "missing: it should tell of the newest commit")
        elif path.read_bytes() != commit.hint(history[-1], tier, product):
            yield Finding(path, "altered: it does not tell of the newest commit")
    if not history and not any(folder.iterdir()):
        yield Finding(folder, "an empty folder that no release made")
    expected = {"commits", commit.CURRENT, *(version_name(v) for v in versions)}
    for path in sorted(folder.iterdir()):
        if path.name not in expected and not _is_temporary(path):
            yield Finding(path, "no commit names it")


def _commit_files(folder: Path, plans: Mapping[int, commit.Plan], tier: str) -> Iterator[Finding]:
    """Each commit's bytes against the intent that made it."""
    place = folder / "commits"
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        if _is_temporary(path):
            continue
        expected = [
            plan.commit(step, n).to_json()
            for n, plan in plans.items()
            for step in plan.steps
            if plan.product == folder.name and step.tier == tier and path.name == f"{step.n:06d}.json"
        ]
        if not expected:
            yield Finding(path, "no intent in the ledger made it")
        elif not path.is_file() or path.read_bytes() not in expected:
            yield Finding(path, "altered: it is not what the ledger's intent says")


def _version(folder: Path, named: Commit) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding(folder, f"missing, though commit {named.n} names it")
        return
    path = folder / "manifest.json"
    try:
        manifest = manifest_of(folder, named.manifest_sha256)
    except (ArtefactError, AttributeError) as error:
        yield Finding(path, _said(error) if isinstance(error, ArtefactError) else str(error))
        return
    yield from altered_files(folder, manifest)
    listed = {"manifest.json", *(f.path for f in manifest.files)}
    for extra in _below(folder):
        if extra.relative_to(folder).as_posix() not in listed and not _is_temporary(extra):
            yield Finding(extra, "the manifest does not name it")


# Sources ------------------------------------------------------------------------------------


def _sources(home: CityHome, entries: list[Entry]) -> Iterator[Finding]:
    told = {(str(e.body.get("source")), e.body.get("landing")): e for e in entries if e.kind == EntryKind.LANDING.value}
    tops = [p for root in (home.raw, home.quarantine) if root.is_dir() for p in sorted(root.iterdir())]
    yield from (Finding(p, "not a source's folder") for p in tops if not p.is_dir() and not _is_temporary(p))
    for source in sorted({p.name for p in tops if p.is_dir()}):
        yield from _source(home, source, told)
    for (source, n), entry in told.items():
        path = home.raw / source / "landings" / f"{int(n or 0):06d}.json"
        if not path.is_file():
            yield Finding(path, f"missing, though ledger entry {entry.n} tells of it")


def _source(home: CityHome, source: str, told: Mapping[tuple[str, Any], Entry]) -> Iterator[Finding]:
    folder = home.raw / source
    expected: set[Path] = set()
    landings = folder / "landings"
    for path in sorted(landings.glob("*.json")) if landings.is_dir() else ():
        if _is_temporary(path):
            continue
        expected.add(path)
        try:
            value = kept.read_json(path)
        except ArtefactError as error:
            yield Finding(path, _said(error))
            continue
        yield from _landing(path, value, told.get((source, value.get("n"))))
        raw = str(value.get("raw_sha256"))
        if recover.is_digest(raw):
            expected.add(folder / "bytes" / raw)
            finding = _against(folder / "bytes" / raw, raw, f"landing {path.stem}")
            yield from [finding] if finding else []
        for key in ("accepted_file", "quarantine_file"):
            listed = value.get(key)
            if isinstance(listed, dict):
                target = home.root / str(listed.get("path"))
                expected.add(target)
                finding = _against(target, str(listed.get("sha256")), f"landing {path.stem}")
                yield from [finding] if finding else []
    look = folder / "look.json"
    if look.is_file():
        expected.add(look)
        yield from _hint(look)
    expected |= {folder / name for name in SOURCE_FOLDERS if (folder / name).is_dir()}
    for root in (folder, home.quarantine / source):
        if root.is_dir() and not any(root.iterdir()):
            yield Finding(root, "an empty folder: nothing of this source was ever received")
        for path in _below(root):
            if path not in expected and not _is_temporary(path):
                yield Finding(path, "no landing names it")


def _landing(path: Path, value: Mapping[str, Any], entry: Entry | None) -> Iterator[Finding]:
    """A landing's own bytes: against the ledger's digest of them, and against what the entry tells."""
    if entry is None:
        yield Finding(path, "no entry of the ledger tells of it")
        return
    data = path.read_bytes()
    vouched = entry.body.get("landing_sha256")
    if vouched is not None and kept.sha256_bytes(data) != vouched:
        yield Finding(path, f"altered: ledger entry {entry.n} tells of other bytes")
        return
    differing = [
        k
        for k in ("outcome", "raw_sha256", "received", "accepted", "quarantined", "rejected")
        if k in entry.body and entry.body[k] != value.get(k)
    ]
    if differing:
        yield Finding(path, f"altered: {', '.join(differing)} differ from ledger entry {entry.n}")
    elif data != kept.canonical_json(value):
        yield Finding(path, "altered: not in the form it was written in")


def _hint(path: Path) -> Iterator[Finding]:
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        yield Finding(path, f"torn: {error}")
        return
    if path.read_bytes() != kept.canonical_json(value):
        yield Finding(path, "altered: not in the form it was written in")
