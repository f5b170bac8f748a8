"""What nothing names: left by a crash, a race that was lost, a landing that never came to be.

    releases/<tier>/<product>/<version>/    no commit and no unfinished intent names it
    ledger/evidence/<sha256>.json           no entry of the ledger and no manifest names it
    raw/<source>/bytes, accepted, quarantine    no landing names it, and no entry of the ledger
    temporary files, empty folders of products, copies of an object store's files

Only what Cauce itself writes there is ever taken, told by the form of its name; a foreign file is left for ``cauce
audit verify`` to name. What a release, a landing, an entry of the ledger or a contract of theirs names is never taken,
nor is anything taken while one of them cannot be read: then it is not known what they name.

Belongs here: finding that, and removing it. Does not belong here: what is named and let go of (``retention``), what
the last crash left half done (``recover``, which goes first).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contracts import kept
from contracts.evidence import Entry, EntryKind, Ledger
from contracts.home import CityHome
from contracts.release import product_name, version_name
from orchestration.ingest import manifest as deliveries
from orchestration.publish import commit, evidence_files, recover, removal

_DIGEST_NAME = re.compile(r"[0-9a-f]{64}")
_NUMBERED = re.compile(r"([0-9]{6,})\.parquet")


@dataclass(frozen=True)
class Stray:
    """Something that nothing names. ``name`` is its place below the city's folder."""

    name: str
    bytes: int


def collect(home: CityHome, ledger: Ledger) -> tuple[Stray, ...]:
    """Remove what nothing names; the city's lock is held, and ``recover`` has run. Returns what was removed.

    Raises:
        ArtefactError: A commit, a landing, a manifest or an entry cannot be read; nothing is removed then.
        OutsideError: The disk or the store refused.
    """
    found = strays(home, ledger)
    for stray in found:
        if stray.name.startswith(removal.RELEASES):
            name = stray.name.removeprefix(removal.RELEASES)
            (home.shelf.forget if name in home.shelf.unfinished() else home.shelf.remove)(name)
        else:
            kept.remove(home.root / stray.name)
    return found


def strays(home: CityHome, ledger: Ledger) -> tuple[Stray, ...]:
    """What nothing names, sorted by name; changes nothing.

    Raises:
        ArtefactError: A commit, a landing, a manifest or an entry cannot be read.
    """
    entries = list(ledger.entries())
    found = [
        *_releases(home, ledger),
        *_evidence(home, entries),
        *_raw(home, entries),
        *(_stray(home, path) for path in recover.unfinished_files(home)),
        *([_stray(home, home.cache)] if home.cache.exists() else []),
    ]
    return tuple(sorted(set(found), key=lambda stray: stray.name))


def _stray(home: CityHome, path: Path) -> Stray:
    files = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
    return Stray(path.relative_to(home.root).as_posix(), sum(p.stat().st_size for p in files))


def _releases(home: CityHome, ledger: Ledger) -> Iterator[Stray]:
    intended = {
        version_name(step.tier, plan.product, step.version)
        for plan in map(commit.Plan.of, commit.open_intents(ledger, home))
        for step in plan.steps
        if step.version is not None
    }
    for name in recover.stray_versions(home):
        if name not in intended:
            yield Stray(removal.RELEASES + name, 0)
    for name in home.shelf.unfinished():
        yield Stray(removal.RELEASES + name, 0)
    for tier, product in recover.released(home):
        if not home.shelf.children(product_name(tier, product)):
            yield Stray(removal.RELEASES + product_name(tier, product), 0)


def _evidence(home: CityHome, entries: list[Entry]) -> Iterator[Stray]:
    folder = evidence_files.folder(home)
    named = {digest for entry in entries for digest in recover.digests(entry.body)}
    for tier, product in recover.released(home):
        for manifest in removal.versions(home, tier, product).values():
            named |= set(recover.digests(dict(manifest.contract)))
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        if _DIGEST_NAME.fullmatch(path.stem) and path.stem not in named:
            yield _stray(home, path)


def _raw(home: CityHome, entries: list[Entry]) -> Iterator[Stray]:
    told = [entry.body for entry in entries if entry.kind == EntryKind.LANDING]
    for folder in sorted(p for p in home.raw.iterdir() if p.is_dir()) if home.raw.is_dir() else ():
        source = folder.name
        named = removal.named_by_landings(home, source, frozenset())
        digests = {str(body.get("raw_sha256")) for body in told if body.get("source") == source}
        numbers = {int(body["landing"]) for body in told if body.get("source") == source}
        look = deliveries.last_look(home, source)
        digests |= {look.raw_sha256} if look else set()
        for path in _written_by_us(folder):
            name = path.relative_to(home.root).as_posix()
            numbered = _NUMBERED.fullmatch(path.name)
            is_told = path.name in digests or (numbered is not None and int(numbered[1]) in numbers)
            if name not in named and not is_told:
                yield _stray(home, path)


def _written_by_us(folder: Path) -> Iterator[Path]:
    """Raw bytes by digest, and numbered files of records, of one source."""
    for part, form in (
        ("bytes", _DIGEST_NAME),
        ("accepted", _NUMBERED),
        ("quarantine", _NUMBERED),
        ("shapes", _NUMBERED),
    ):
        place = folder / part
        yield from sorted(p for p in place.iterdir() if form.fullmatch(p.name)) if place.is_dir() else ()
