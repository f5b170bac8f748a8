"""Compiled templates, kept between builds: compiling them took longer than making the pages of one changed product.

Belongs here: keeping them, and finding them again. Does not belong here: how they are compiled (``templating``). One
file a language, in the city's ``cache``; it may be deleted at any time. It holds code, as Python's own
``__pycache__`` does, so it counts only where it belongs to whoever builds, nobody else may write it, it is whole, and
it was made by this very version of the code. Source:
https://jinja.palletsprojects.com/en/stable/api/#jinja2.BytecodeCache.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache

from catalog.language import Translator
from catalog.site.code import code_digest
from catalog.site.templating import templates
from contracts import kept

_HEAD = 32
"""Bytes before the rest: the digest of the rest."""


class _Kept(msgspec.Struct, array_like=True):
    """Templates in one language: for each, the digest of its text and its code."""

    vouches: str
    templates: dict[str, tuple[str, bytes]] = {}


class CompiledTemplates(BytecodeCache):
    """The compiled templates of one language. ``vouches`` is what they must have been compiled under."""

    def __init__(self, path: Path, vouches: str) -> None:
        self._path = path
        self._kept = _read(path, vouches)
        self._is_new = False

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand out a template that was compiled from the same text."""
        checksum, code = self._kept.templates.get(bucket.key, ("", b""))
        if checksum == bucket.checksum:
            bucket.code = marshal.loads(code)  # noqa: S302 - see above

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Note a template that was compiled."""
        self._kept.templates[bucket.key] = (bucket.checksum, marshal.dumps(bucket.code))
        self._is_new = True

    def keep(self) -> None:
        """Write what was compiled, if anything was.

        Raises:
            OutsideError: The disk refused.
        """
        if self._is_new:
            rest = msgspec.msgpack.encode(self._kept)
            kept.replace(self._path, hashlib.sha256(rest).digest() + rest)


@contextmanager
def compiled(cache: Path, translators: Iterable[Translator]) -> Iterator[None]:
    """Inside the block, templates that were compiled before are not compiled again; at its end, new ones are kept.

    Args:
        cache: The city's folder for what can be made again.
        translators: The languages.

    Raises:
        OutsideError: The disk refused.
    """
    known: list[tuple[Environment, CompiledTemplates]] = []
    for translator in translators:
        found = CompiledTemplates(cache / f"templates-{translator.language}.bin", code_digest())
        environment = templates(translator)
        environment.bytecode_cache = found
        known.append((environment, found))
    try:
        yield
    finally:
        for environment, _ in known:
            environment.bytecode_cache = None
    for _, found in known:
        found.keep()


def _read(path: Path, vouches: str) -> _Kept:
    nothing = _Kept(vouches)
    try:
        with path.open("rb") as file:
            if not _is_ours(os.fstat(file.fileno())):
                return nothing
            data = file.read()
        if hashlib.sha256(data[_HEAD:]).digest() != data[:_HEAD]:
            return nothing
        found = msgspec.msgpack.decode(data[_HEAD:], type=_Kept)
    except (OSError, msgspec.DecodeError):
        return nothing
    return found if found.vouches == vouches else nothing


def _is_ours(found: os.stat_result) -> bool:
    """Whether a file is of the user who builds, and nobody else may write it."""
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
