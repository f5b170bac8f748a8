"""A large file that is not whole yet: what came so far outlives the process, and the fetch goes on behind it.

Belongs here: keeping the bytes of one file up to a size that is surely on the disk, with the sign by which the server
tells that it is still the same file. Does not belong here: asking for the rest (``connectors/http``), fetches in
pages (``pages``).

Two files stand in the folder: ``file.part``, the bytes, and ``file.json``, up to where they are whole, of which
request and of which ETag. What stands behind that size after a crash is cut off.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from contracts import kept
from contracts.errors import ArtefactError, OutsideError
from contracts.home import FORMAT_VERSION
from orchestration.ingest import fetch
from orchestration.ingest.caps import Caps
from orchestration.ingest.delivery import Stream

BYTES, STATE = "file.part", "file.json"
EVERY = 64 << 20
"""Bytes after which what came is brought to the disk: that much is asked for again after a crash."""
CHUNK = 1 << 20


class Partial:
    """One file, so far.

    Args:
        folder: Where it stands.
        asked: A hash of what is asked for: the bytes of another request are of no use.

    Attributes:
        size: Bytes that are here and surely whole.
        sign: The strong ETag they came with; empty where nothing is here.
        whole: How long the server said the file is.
    """

    def __init__(self, folder: Path, asked: str) -> None:
        self.folder, self.asked = folder, asked
        self.size, self.sign = 0, ""
        self.whole: int | None = None
        self._find()

    @property
    def path(self) -> Path:
        """The bytes."""
        return self.folder / BYTES

    def headers(self) -> Mapping[str, str]:
        """What asks for the rest, if the file is still the same; nothing where all is asked for."""
        return {"range": f"bytes={self.size}-", "if-range": self.sign} if self.size else {}

    def begin(self, sign: str, whole: int | None) -> None:
        """Begin anew with a file of this sign.

        Raises:
            OutsideError: The disk refused.
        """
        self.abandon()
        self.sign, self.whole = sign, whole

    def abandon(self) -> None:
        """What is here is of no use.

        Raises:
            OutsideError: The disk refused.
        """
        for name in (STATE, BYTES):
            if (self.folder / name).exists():
                kept.remove(self.folder / name)
        self.size, self.sign, self.whole = 0, "", None

    def take(self, stream: Stream, caps: Caps, shown: str) -> tuple[str, int]:
        """Append all that comes; returns sha256 and size of the whole.

        Args:
            stream: The rest.
            caps: The size that is taken.
            shown: What messages call it.

        Raises:
            OutsideError: It broke off (what came is kept), it is too large, or the disk refused.
        """
        digest = self._digest_so_far()
        kept.make_folder(self.folder)
        with (
            ThreadPoolExecutor(1, "fetch-hash") as hasher,
            kept.step("copy_part", self.path),
            os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600), "wb", buffering=0) as target,
        ):
            target.truncate(self.size)
            target.seek(self.size)
            came = self.size
            hashing: Future[None] | None = None
            buffers = [memoryview(bytearray(CHUNK)) for _ in range(2)]
            try:
                while read := int(stream.readinto(buffers[0]) or 0):
                    if came + read > caps.raw_bytes:
                        raise _too_large(shown, caps)
                    if hashing is not None:
                        hashing.result()
                    hashing = hasher.submit(digest.update, buffers[0][:read])
                    target.write(buffers[0][:read])
                    came += read
                    buffers.reverse()
                    if came - self.size >= EVERY:
                        self._keep(came)
            except OutsideError as error:
                self._keep(came) if error.retry else self.abandon()
                raise
            if hashing is not None:
                hashing.result()
        if self.whole is not None and came != self.whole:
            self.abandon()
            raise OutsideError(
                "a web server sent another size than it said",
                where=shown,
                found=f"{came:,} bytes",
                expected=f"{self.whole:,}",
                hint="run again; the last accepted delivery stays in use.",
                retry=True,
            )
        return digest.hexdigest(), came

    def settle(self, folder: Path, sha256: str, size: int) -> Path:
        """Give the whole file its name in ``folder``, its sha256.

        Raises:
            ArtefactError: Other bytes stand under that name.
            OutsideError: The disk refused.
        """
        path = fetch.settle(self.path, folder, sha256, size)
        self.abandon()
        return path

    def _find(self) -> None:
        """What an earlier process left, if it is of this request and whole as far as it says."""
        try:
            state = kept.read_json(self.folder / STATE)
            size, there = int(state["size"]), self.path.stat().st_size
            if state["asked"] != self.asked or state["format_version"] != FORMAT_VERSION or there < size:
                return
            self.size, self.sign, self.whole = size, str(state["sign"]), state["whole"]
        except (ArtefactError, OSError, KeyError, TypeError, ValueError):
            return  # nothing is here, or it is torn: everything is asked for

    def _keep(self, size: int) -> None:
        """Bring what came to the disk, then write down how far it goes."""
        kept.sync_file(self.path)
        state = {"format_version": FORMAT_VERSION, "asked": self.asked, "sign": self.sign, "whole": self.whole}
        kept.replace(self.folder / STATE, kept.canonical_json({**state, "size": size}))
        self.size = size

    def _digest_so_far(self) -> hashlib._Hash:
        digest = hashlib.sha256()
        left = self.size
        if left:
            with self.path.open("rb", buffering=0) as file:
                buffer = memoryview(bytearray(CHUNK))
                while left > 0 and (read := file.readinto(buffer[: min(CHUNK, left)])):
                    digest.update(buffer[:read])
                    left -= read
        return digest


def _too_large(shown: str, caps: Caps) -> OutsideError:
    return OutsideError(
        "a source's file is larger than is taken",
        where=shown,
        found=f"more than {caps.raw_bytes:,} bytes",
        expected=f"at most {caps.raw_bytes:,} bytes",
    )
