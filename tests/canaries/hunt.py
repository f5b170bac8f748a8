"""The search: every view of a file, read for every marker in every form.

Belongs here: what is looked at for one file, and that the same bytes are looked at once. Does not belong here: who may
read which file (``readers``).
"""

from __future__ import annotations

import hashlib
import re
from itertools import islice
from typing import Final

from tests.canaries.markers import Marker
from tests.canaries.renderings import HASH_LETTERS, Index
from tests.canaries.views import contents, from_base64, from_hex, runs, texts

_DIGESTS: Final = frozenset({16, 20, 32, 64})
_DIGEST: Final = re.compile(rf"(?<![0-9a-z])[0-9a-f]{{{HASH_LETTERS},128}}")
NESTED: Final = 3


class Hunt:
    """A search that remembers what it has seen: bytes by their hash, stretches of base64 and hexadecimal by themselves.

    Attributes:
        index: The markers.
        files: How many different contents were read.
        size: Their bytes.
    """

    def __init__(self, index: Index) -> None:
        self.index = index
        self.files = 0
        self.size = 0
        self._seen: dict[bytes, frozenset[Marker]] = {}
        self._empty: set[str] = set()

    def search(self, data: bytes, name: str = "") -> frozenset[Marker]:
        """Every marker in the bytes of a file, or in its name."""
        known = self._seen.get(digest := hashlib.sha256(name.encode() + b"\0" + data).digest())
        if known is not None:
            return known
        self.files += 1
        self.size += len(data)
        found = set(self._in_text(name))
        for view, is_unpacked in contents(data):
            if b"\0" in view:
                found |= self.index.in_bytes(view)
            if is_unpacked:
                found |= self.index.in_text(view.decode("latin-1"))
            else:
                for text in texts(view):
                    found |= self._in_text(text)
        self._seen[digest] = frozenset(found)
        return self._seen[digest]

    def _in_text(self, text: str, nested: int = NESTED) -> set[Marker]:
        found = self.index.in_text(text)
        digests = (self.index.hashed(match[0]) for match in _DIGEST.finditer(text.lower()))
        found.update(marker for marker in digests if marker is not None)
        return found | self._in_runs(text, nested) if nested else found

    def _in_runs(self, text: str, nested: int) -> set[Marker]:
        """What stands in a text as base64 or hexadecimal; stretches that were empty before are passed over."""
        hexadecimal, base64 = runs(text)
        found: set[Marker] = set()
        new: dict[str, list[bytes]] = {run: [from_hex(run)] for run in hexadecimal - self._empty}
        new.update((run, list(from_base64(run))) for run in base64 - self._empty)
        for decoded in new.values():
            digests = (self.index.hashed(one.hex()) for one in decoded if len(one) in _DIGESTS)
            found.update(marker for marker in digests if marker is not None)
            for one in decoded:
                for inner, _ in islice(contents(one), 1, None):
                    found |= self._in_decoded(inner, nested - 1)
        if new:
            found |= self._in_decoded(b"\n".join(one for decoded in new.values() for one in decoded), nested - 1)
        if not found:
            self._empty.update(new)
        return found

    def _in_decoded(self, data: bytes, nested: int) -> set[Marker]:
        found = self.index.in_bytes(data)
        for text in texts(data):
            found |= self._in_text(text, nested)
        return found
