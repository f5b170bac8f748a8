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
from contracts.release import Commit, Manifest, commit_name, commits, manifest_of, product_name, version_name
from orchestration.ingest import manifest as deliveries
from orchestration.publish import commit, evidence_files, recover, removal

_ENTRY = re.compile(r"\bentry (\d+)\b")
EVIDENCE = "evidence"
"""The one folder in the ledger's."""

SOURCE_FOLDERS = frozenset({"accepted", "bytes", "landings", "quarantine", "shapes", "unfinished"})
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
        Findings in the order of the folders: ledger, evidence, releases, raw.
    """
    ledger = Ledger(home.ledger)
    found = [*_ledger(ledger, anchor)]
    entries = list(_readable(ledger))
    found += _evidence(home, entries)
    found += _releases(home, ledger, entries)
    found += _sources(home, entries)
    unfinished = [*(_at(home, n) for n in home.shelf.unfinished()), *recover.unfinished_files(home)]
    found += [Finding(p, "a temporary file of something cut short") for p in unfinished]
    roots = (home.ledger, home.releases, home.raw)
    found += [Finding(p, "a symbolic link: nothing that is kept is one") for r in roots for p in _links(r)]
    return tuple(dict.fromkeys(_explained(home, entries, found)))


def _explained(home: CityHome, entries: list[Entry], found: list[Finding]) -> Iterator[Finding]:
    """The findings without files that were removed on purpose; and files that were to go and are still there."""
    try:
        removed = removal.removed_files(home, entries)
    except ArtefactError as error:
        yield from found
        yield Finding(home.ledger, _said(error))
        return
    below = removal.RELEASES
    paths = {
        _at(home, name.removeprefix(below)) if name.startswith(below) else home.root / name: name for name in removed
    }
    yield from (f for f in found if f.path not in paths or not f.found.startswith("missing, though"))
    for path, name in paths.items():
        if removal.is_there(home, name):
            yield Finding(path, f"still there, though ledger entry {removed[name].n} removed it: cauce run")


def altered_files(home: CityHome, place: str, manifest: Manifest) -> tuple[Finding, ...]:
    """Files of the release at ``place`` that are missing or not what its manifest says."""
    found = [_shelved(home, f"{place}/{f.path}", f.sha256) for f in manifest.files]
    return tuple(f for f in found if f is not None)


def _shelved(home: CityHome, name: str, sha256: str) -> Finding | None:
    """A file of a release, read anew from its shelf, against its manifest."""
    try:
        digest = home.shelf.sha256(name)
    except ArtefactError:
        return Finding(_at(home, name), "missing, though the manifest names it")
    if digest != sha256:
        return Finding(_at(home, name), f"altered: sha256 {digest[:12]}…, the manifest says {sha256[:12]}…")
    return None


def _at(home: CityHome, name: str) -> Path:
    """What a finding calls a name on the shelf: its path, or below ``releases`` where the shelf is no folder."""
    return home.releases / name


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
    known = {product_name(t, p) for t, p in recover.released(home)}
    for top in home.shelf.children(""):
        if top.name.startswith(kept.TEMPORARY_PREFIX):
            continue
        if top.name not in tiers.TIERS or not top.is_folder:
            yield Finding(_at(home, top.name), "not a tier")
        below = (c.name for c in home.shelf.children(top.name))
        for name in below if top.name in tiers.TIERS else _deep(home, top.name):
            if f"{top.name}/{name}" not in known and not Path(name).name.startswith(kept.TEMPORARY_PREFIX):
                yield Finding(_at(home, f"{top.name}/{name}"), "not a release of any tier")


def _deep(home: CityHome, prefix: str) -> Iterator[str]:
    """Every name at any depth, folders too; what a symbolic link leads to is not entered."""
    for child in home.shelf.children(prefix):
        yield child.name
        if child.is_folder and not _at(home, f"{prefix}/{child.name}").is_symlink():
            yield from (f"{child.name}/{below}" for below in _deep(home, f"{prefix}/{child.name}"))


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
            name = commit_name(step.tier, plan.product, step.n)
            if not home.shelf.exists(name):
                yield Finding(_at(home, name), f"missing, though ledger entry {n} made it")


def _product(home: CityHome, plans: Mapping[int, commit.Plan], tier: str, product: str) -> Iterator[Finding]:
    folder = product_name(tier, product)
    yield from _commit_files(home, plans, tier, product)
    try:
        history = commits(home, tier, product)
    except (ArtefactError, TypeError) as error:
        yield Finding(_at(home, f"{folder}/commits"), _said(error) if isinstance(error, ArtefactError) else str(error))
        return
    versions = {c.version: c for c in history if c.version is not None}
    for version, named in sorted(versions.items()):
        yield from _version(home, version_name(tier, product, version), named)
    there = home.shelf.children(folder)
    if history:
        name = f"{folder}/{commit.CURRENT}"
        hint = home.shelf.look(name)
        if hint is None:
            yield Finding(_at(home, name), "missing: it should tell of the newest commit")
        elif hint != commit.hint(history[-1], tier, product):
            yield Finding(_at(home, name), "altered: it does not tell of the newest commit")
    elif not there:
        yield Finding(_at(home, folder), "an empty folder that no release made")
    expected = {"commits", commit.CURRENT, *(str(v) for v in versions)}
    for child in there:
        if child.name not in expected and not child.name.startswith(kept.TEMPORARY_PREFIX):
            yield Finding(_at(home, f"{folder}/{child.name}"), "no commit names it")


def _commit_files(home: CityHome, plans: Mapping[int, commit.Plan], tier: str, product: str) -> Iterator[Finding]:
    """Each commit's bytes against the intent that made it."""
    folder = f"{product_name(tier, product)}/commits"
    for child in home.shelf.children(folder):
        if child.name.startswith(kept.TEMPORARY_PREFIX):
            continue
        name = f"{folder}/{child.name}"
        expected = [
            plan.commit(step, n).to_json()
            for n, plan in plans.items()
            for step in plan.steps
            if plan.product == product and step.tier == tier and name == commit_name(tier, product, step.n)
        ]
        if not expected:
            yield Finding(_at(home, name), "no intent in the ledger made it")
        elif child.is_folder or home.shelf.read(name) not in expected:
            yield Finding(_at(home, name), "altered: it is not what the ledger's intent says")


def _version(home: CityHome, place: str, named: Commit) -> Iterator[Finding]:
    there = tuple(_deep(home, place))
    if not there:
        yield Finding(_at(home, place), f"missing, though commit {named.n} names it")
        return
    try:
        manifest = manifest_of(home, place, named.manifest_sha256)
    except (ArtefactError, AttributeError) as error:
        said = _said(error) if isinstance(error, ArtefactError) else str(error)
        yield Finding(_at(home, f"{place}/manifest.json"), said)
        return
    yield from altered_files(home, place, manifest)
    listed = {"manifest.json", *(f.path for f in manifest.files)}
    listed |= {folder.as_posix() for name in listed for folder in Path(name).parents}
    for name in there:
        if name not in listed and not Path(name).name.startswith(kept.TEMPORARY_PREFIX):
            yield Finding(_at(home, f"{place}/{name}"), "the manifest does not name it")


# Sources ------------------------------------------------------------------------------------


def _sources(home: CityHome, entries: list[Entry]) -> Iterator[Finding]:
    told = {(str(e.body.get("source")), e.body.get("landing")): e for e in entries if e.kind == EntryKind.LANDING.value}
    tops = sorted(home.raw.iterdir()) if home.raw.is_dir() else []
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
        for key in deliveries.KEPT_FILES:
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
    if folder.is_dir() and not any(folder.iterdir()):
        yield Finding(folder, "an empty folder: nothing of this source was ever received")
    coming = deliveries.unfinished_folder(home, source)
    for path in _below(folder):
        if path not in expected and not _is_temporary(path) and coming not in path.parents:
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
