"""The ledger: an append-only chain of what happened to a city's data.

    ledger/<n>.json = {"format_version", "n", "kind", "previous", "recorded_at", "body"}

Belongs here: the entry, appending, reading, verifying the chain. Does not belong here: deciding
what happened (``orchestration``), pages about it (``catalog``). ``previous`` is the sha256 of the
preceding entry's bytes, so that an edited, removed or reordered entry breaks the chain. The newest entry
has no successor to vouch for it: ``head.json`` holds its number and sha256. Whoever can write here can
rewrite all of it; a head kept elsewhere shows that too, which is why every run prints it.

Bodies hold no personal data: counts, hashes and keyed digests only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from contracts import kept
from contracts.errors import ArtefactError, OutsideError
from contracts.home import FORMAT_VERSION

GENESIS = "0" * 64
HEAD = "head.json"
DIGITS = 8


class EntryKind(StrEnum):
    """What an entry tells of."""

    LANDING = "landing"
    RUN = "run"
    INTENT = "intent"
    PUBLICATION = "publication"
    REFUSAL = "refusal"
    ROLLBACK = "rollback"
    WITHDRAWAL = "withdrawal"
    RETIREMENT = "retirement"


@dataclass(frozen=True)
class Entry:
    """One link of the chain. ``recorded_at`` is the wall clock, UTC, ISO 8601."""

    n: int
    kind: str
    previous: str
    recorded_at: str
    body: Mapping[str, Any]
    format_version: int = FORMAT_VERSION

    def to_json(self) -> bytes:
        """The entry's one byte form."""
        return kept.canonical_json(asdict(self))


def _head(n: int, sha256: str) -> bytes:
    """The bytes of ``head.json``."""
    return kept.canonical_json({"format_version": FORMAT_VERSION, "n": n, "sha256": sha256})


class Ledger:
    """One city's ledger in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, n: int) -> Path:
        """Where entry ``n`` stands."""
        return self.folder / f"{n:0{DIGITS}d}.json"

    def _numbers(self) -> list[int]:
        return sorted(int(p.stem) for p in self.folder.glob("[0-9]*.json"))

    def head(self) -> tuple[int, str]:
        """Number and sha256 of the newest entry; (0, zeros) for an empty ledger."""
        numbers = self._numbers()
        if not numbers:
            return 0, GENESIS
        return numbers[-1], kept.sha256_file(self.path(numbers[-1]))

    def append(self, kind: EntryKind, body: Mapping[str, Any], recorded_at: datetime) -> Entry:
        """Add one entry at the end.

        Raises:
            ArtefactError: The newest entry is not the one that was written: nothing is chained to it.
            OutsideError: Another process keeps appending, or the disk refused.
        """
        for _ in range(100):
            n, previous = self._sound_head()
            entry = Entry(n + 1, kind.value, previous, recorded_at.isoformat(), body)
            if kept.create_if_absent(self.path(n + 1), entry.to_json()):
                self.write_head()
                return entry
        raise OutsideError("another process keeps writing to the ledger", where=str(self.folder), retry=True)

    def _sound_head(self) -> tuple[int, str]:
        """The head, checked against ``head.json``, which is read first and so never names a later entry."""
        named, expected = self.named()
        n, digest = self.head()
        if n < named or (n == named and digest != expected):
            raise ArtefactError(
                "the ledger's newest entry is missing or was altered",
                where=str(self.path(named)),
                found=f"entry {n} with sha256 {digest[:12]}…",
                expected=f"entry {named} with {expected[:12]}…",
                hint="cauce audit verify",
            )
        return n, digest

    def named(self) -> tuple[int, str]:
        """Number and sha256 of the entry that ``head.json`` names; (0, zeros) where there is none.

        Raises:
            ArtefactError: It is torn or of an unknown format.
        """
        path = self.folder / HEAD
        if not path.exists():
            return 0, GENESIS
        value = kept.read_json(path)
        kept.check_format(value, path, FORMAT_VERSION)
        try:
            return int(value["n"]), str(value["sha256"])
        except (KeyError, TypeError, ValueError) as error:
            raise ArtefactError("a kept file is torn", where=str(path), found=f"no {error}") from error

    def write_head(self) -> None:
        """Write down number and sha256 of the newest entry."""
        n, digest = self.head()
        kept.replace(self.folder / HEAD, _head(n, digest))

    def read(self, n: int) -> Entry:
        """Entry ``n``.

        Raises:
            ArtefactError: Missing, torn or of an unknown format.
        """
        value = kept.read_json(self.path(n))
        kept.check_format(value, self.path(n), FORMAT_VERSION)
        try:
            return Entry(**value)
        except TypeError as error:
            raise ArtefactError(
                "a ledger entry has other fields than it should", where=str(self.path(n)), found=str(error)
            ) from error

    def entries(self, *kinds: EntryKind) -> Iterator[Entry]:
        """All entries, oldest first, of the given kinds (all kinds where none is given)."""
        wanted = {k.value for k in kinds}
        for n in self._numbers():
            entry = self.read(n)
            if not wanted or entry.kind in wanted:
                yield entry

    def verify(self, anchor: tuple[int, str] | None = None) -> list[str]:
        """What is wrong with the chain, one sentence a finding, naming the entry; empty when whole.

        Args:
            anchor: Number and sha256 of a head kept elsewhere; shows a cut tail.
        """
        findings: list[str] = []
        previous = GENESIS
        numbers = self._numbers()
        for expected, n in enumerate(numbers, start=1):
            if n != expected:
                findings.append(f"ledger entry {expected} is missing")
                break
            try:
                entry = self.read(n)
            except ArtefactError as error:
                findings.append(error.message)
                previous = kept.sha256_file(self.path(n))
                continue
            if entry.n != n:
                findings.append(f"ledger entry {n} says it is entry {entry.n}")
            if entry.previous != previous:
                findings.append(f"ledger entry {n} does not follow from entry {n - 1}: one of them was edited")
            previous = kept.sha256_file(self.path(n))
        findings += self._verify_head(numbers)
        if anchor is not None:
            n, digest = anchor
            if n not in numbers:
                findings.append(f"ledger entry {n}, anchored elsewhere, is missing: the tail was cut")
            elif kept.sha256_file(self.path(n)) != digest:
                findings.append(f"ledger entry {n} is not the one anchored elsewhere")
        return findings

    def _verify_head(self, numbers: list[int]) -> list[str]:
        """The newest entry against ``head.json``; a head that lags by one was overtaken by a crash."""
        path = self.folder / HEAD
        if not path.exists():
            return [f"{HEAD} is missing: nothing vouches for ledger entry {numbers[-1]}"] if numbers else []
        try:
            n, digest = self.named()
        except ArtefactError as error:
            return [f"{HEAD} is torn: {error}"]
        if path.read_bytes() != _head(n, digest):
            return [f"{HEAD} was edited"]
        if n not in numbers:
            return [f"ledger entry {n}, which {HEAD} names, is missing: the tail was cut"]
        if kept.sha256_file(self.path(n)) != digest:
            return [f"ledger entry {n} is not the one {HEAD} names: one of the two was edited"]
        if n < numbers[-1] - 1:
            return [f"{HEAD} names ledger entry {n}, but there are {numbers[-1]}"]
        return []
