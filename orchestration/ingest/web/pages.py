"""The journal of one fetch in pages: what came so far outlives the process, and the fetch goes on behind it.

Belongs here: appending records durably, taking back what a crash cut short, and giving the whole its name. Does not
belong here: asking for a page, and what ``state`` means (the connector's own words: where it goes on).

A fetch stands in one folder as two files: ``pages.jsonl``, the records one to a line, and ``pages.json``, how far
they go: the size up to which the records are whole, their sha256, and the state that came with the last page. Records
are appended and brought to the disk from time to time; only then is the size replaced. What stands behind that size
after a crash is cut off. No name begins like a temporary file, so that nothing is swept (``unfinished`` forgets it).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from contracts import kept
from contracts.errors import ArtefactError, OutsideError
from contracts.home import FORMAT_VERSION
from contracts.model import EMPTY
from orchestration.ingest import fetch
from orchestration.ingest.caps import Caps
from orchestration.ingest.web.unfinished import AGE

RECORDS = "pages.jsonl"
STATE = "pages.json"
EVERY_SECONDS = 1.0
EVERY_BYTES = 32 << 20
"""After how long, and how much, what came is brought to the disk: that much is asked for again after a crash."""


class Pages:
    """One fetch in pages.

    Attributes:
        state: What was given with the last page that is kept; empty at the beginning.
        records: Records kept so far.
        pages: Pages kept so far.
        size: Their bytes, line ends included.
    """

    def __init__(self, folder: Path, asked: str, now: datetime, caps: Caps) -> None:
        self.folder, self.asked, self.caps = folder, asked, caps
        self.state: Mapping[str, Any] = EMPTY
        self.records = self.pages = self.size = 0
        self._begun_at = now.astimezone(UTC)
        self._digest = hashlib.sha256()
        self._file: IO[bytes] | None = None
        self._kept_size, self._kept_at = -1, time.monotonic()
        self._go_on(now)

    @property
    def resumed(self) -> bool:
        """Whether there is something to go on from."""
        return self.pages > 0

    def add(self, records: Sequence[bytes], state: Mapping[str, Any]) -> None:
        """Keep a page.

        Args:
            records: Each on one line, without its line end.
            state: Where to go on behind it. JSON.

        Raises:
            OutsideError: It is more than is taken, or the disk refused.
        """
        data = b"\n".join([*records, b""])
        if self.size + len(data) > self.caps.raw_bytes:
            self.abandon()
            raise OutsideError(
                "a source's records are more than is taken",
                where=self.folder.parent.name,
                found=f"more than {self.caps.raw_bytes:,} bytes",
                expected=f"at most {self.caps.raw_bytes:,} bytes",
            )
        path = self.folder / RECORDS
        with kept.step("append_page", path):
            if self._file is None:
                self._file = path.open("ab")
            self._file.write(data)
        self._digest.update(data)
        self.size += len(data)
        self.records += len(records)
        self.pages += 1
        self.state = dict(state)
        if self.size - self._kept_size >= EVERY_BYTES or time.monotonic() - self._kept_at >= EVERY_SECONDS:
            self.keep()

    def keep(self) -> None:
        """Bring everything so far to the disk.

        Raises:
            OutsideError: The disk refused.
        """
        path = self.folder / RECORDS
        with kept.step("keep_pages", path):
            if self._file is None:
                self._file = path.open("ab")
            self._file.flush()
            os.fsync(self._file.fileno())
        told = {
            "format_version": FORMAT_VERSION,
            "asked": self.asked,
            "begun_at": self._begun_at.isoformat(),
            "records": self.records,
            "pages": self.pages,
            "bytes": self.size,
            "sha256": self._digest.hexdigest(),
            "state": dict(self.state),
        }
        kept.replace(self.folder / STATE, kept.canonical_json(told))
        self._kept_size, self._kept_at = self.size, time.monotonic()

    def finish(self, folder: Path, caps: Caps) -> tuple[Path, str, int]:
        """Give the whole its name, its sha256, in ``folder``; the journal is gone then.

        Returns:
            The kept file, its sha256 and its size in bytes.

        Raises:
            ArtefactError: Other bytes stand under that name.
            OutsideError: It is more than is taken, or the disk refused.
        """
        path = self.folder / RECORDS
        if self.size > caps.raw_bytes:
            raise AssertionError("pages beyond the cap were added")
        with kept.step("append_page", path):
            if self._file is None:
                self._file = path.open("ab")
            self._file.flush()
        self.close()
        sha256, size = self._digest.hexdigest(), self.size
        placed = fetch.settle(path, folder, sha256, size)
        self.abandon()
        return placed, sha256, size

    def abandon(self) -> None:
        """Forget what came so far: the next page is the first."""
        self.close()
        for name in (STATE, RECORDS):
            kept.remove(self.folder / name)
        self.state = EMPTY
        self.records = self.pages = self.size = 0
        self._kept_size = -1
        self._digest = hashlib.sha256()

    def close(self) -> None:
        """Let go of the file; what was kept stays."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _go_on(self, now: datetime) -> None:
        """Take up what an earlier process kept, if it is of this request, whole, and not old."""
        kept.make_folder(self.folder)
        told = _told(self.folder / STATE)
        begun_at = _begun_at(told)
        fresh = begun_at is not None and abs(now - begun_at) < AGE
        if told is None or not fresh or told.get("asked") != self.asked or not self._take_up(told):
            self.abandon()
            return
        self._begun_at = begun_at or self._begun_at

    def _take_up(self, told: Mapping[str, Any]) -> bool:
        path = self.folder / RECORDS
        size, records, pages, state = (told.get(name) for name in ("bytes", "records", "pages", "state"))
        counts = [n for n in (size, records, pages) if isinstance(n, int)]
        if len(counts) < 3 or not isinstance(state, dict):
            return False
        digest = _digest_of(path, counts[0])
        if digest is None or digest.hexdigest() != told.get("sha256"):
            return False
        with kept.step("cut_back", path):
            os.truncate(path, counts[0])
        self.size, self.records, self.pages = counts
        self.state, self._digest, self._kept_size = state, digest, self.size
        return True


@contextmanager
def open_pages(folder: Path, asked: Mapping[str, Any], now: datetime, caps: Caps) -> Iterator[Pages]:
    """The journal of one fetch, taken up where an earlier process left it.

    Whatever goes wrong inside the block, what came so far is kept for the next time.

    Args:
        folder: ``Errand.unfinished``.
        asked: All that makes this request this one (address, query, order, portal's time of the last change), as
            JSON; no secret. What was kept for another is forgotten.
        now: The time of checking, UTC.
        caps: Limits for one delivery.

    Raises:
        OutsideError: The disk refused.
    """
    pages = Pages(folder, kept.sha256_bytes(kept.canonical_json(dict(asked))), now, caps)
    try:
        yield pages
    finally:
        if pages.pages:
            with suppress(OutsideError):  # what was kept before stands, and what went wrong first is told
                pages.keep()
        pages.close()


def _told(path: Path) -> dict[str, Any] | None:
    """What the state file says; None where it is missing, torn or of a newer Cauce: then all is asked for anew."""
    try:
        told = kept.read_json(path)
        kept.check_format(told, path, FORMAT_VERSION)
    except ArtefactError:
        return None
    return told


def _begun_at(told: Mapping[str, Any] | None) -> datetime | None:
    try:
        begun_at = datetime.fromisoformat(str((told or {}).get("begun_at")))
    except ValueError:
        return None
    return begun_at if begun_at.tzinfo is not None else None


def _digest_of(path: Path, size: int) -> Any:
    """A digest of the first ``size`` bytes that can be gone on with; None where there are not so many."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            left = size
            while left and (chunk := file.read(min(left, kept.CHUNK))):
                digest.update(chunk)
                left -= len(chunk)
    except OSError:
        return None
    return None if left else digest
