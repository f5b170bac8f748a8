"""Releases under a prefix of an object store: S3, or a store that speaks as it does.

What a name promises rests on the store's own condition (``If-None-Match: *``), for one request and for an upload in
parts alike. A store that takes no notice of the condition would let two publishers overwrite each other in silence,
so it is asked for it once before the first write. Lists and lookups are never answered from a cache.

A version is put file by file: the smallest first, whose creation claims the version, the manifest last. A claim that
is refused counts as lost even where the bytes are the same, since a request that was repeated after its answer got
lost can't be told from another publisher's.

Belongs here: asking the store, and saying what it answered. Does not belong here: credentials, region and endpoint,
which are the store's own configuration (``AWS_PROFILE``, ``AWS_ENDPOINT_URL_S3`` and the like); what files mean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from contracts import kept
from contracts.errors import ArtefactError, OutsideError
from contracts.shelf import S3, Child

PROBE = ".create-if-absent"
"""An object that shows whether the store creates only what is absent; in no tier, so never a release."""

_LOST = frozenset({"PreconditionFailed", "412"})
_UNDECIDED = "ConditionalRequestConflict"
"""Another creation of the same object was under way: nobody knows yet who has it."""

_TRIES = 5
_PIECE = 8 << 20
_BEYOND = frozenset({"InvalidRange", "416"})
"""What a store says of a piece that begins behind the last byte."""

_PARTS = ", upload "


class S3Shelf:
    """One city's releases in an object store. Nothing is asked before the first word.

    Args:
        prefix: Bucket and key prefix, ``bucket/a/b``.
        cache: Where copies of files stand on this disk, each named by its sha256; may be deleted.
        chunk: Bytes from which a file is put in parts (twice this size), and of each part.
    """

    def __init__(self, prefix: str, cache: Path, chunk: int = 50 << 20) -> None:
        self.prefix = prefix.strip("/")
        self.cache = cache
        self.chunk = chunk
        self._is_proven = False
        self._tags: dict[str, str] = {}
        self._read: dict[str, tuple[str, bytes]] = {}

    @cached_property
    def _fs(self) -> Any:
        import s3fs

        return s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True, default_cache_type="none")

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if name else self.prefix

    def shown(self, name: str) -> str:
        """Its address."""
        return S3 + self._key(name)

    @contextmanager
    def _asked(self, what: str, name: str) -> Iterator[None]:
        """One change of the store; what goes wrong is said in our words."""
        try:
            kept.witness("before", what, self.shown(name))
            with self._answered("the object store refused a write", name):
                yield
            kept.witness("midway", what, self.shown(name))
            kept.witness("after", what, self.shown(name))
        except OSError as error:
            raise _refused("the object store refused a write", self.shown(name), error) from error

    @contextmanager
    def _answered(self, what: str, name: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (OSError, BotoCoreError, ClientError) as error:
            raise _refused(what, self.shown(name), error) from error

    # reading

    def read(self, name: str) -> bytes:
        """Its bytes."""
        data = self.look(name)
        if data is None:
            raise self._missing(name)
        return data

    def look(self, name: str) -> bytes | None:
        """Its bytes, or None; not asked for again where the last list showed it under the tag it was read with."""
        tag = self._tags.get(name, "")
        known = self._read.get(name)
        if tag and known and known[0] == tag:
            return known[1]
        with self._answered("the object store cannot be read", name):
            try:
                data: bytes = self._fs.cat_file(self._key(name))
            except FileNotFoundError as error:
                if _code(error) == "NoSuchBucket":
                    raise
                return None
        if tag:
            self._read[name] = (tag, data)
        return data

    def _missing(self, name: str) -> ArtefactError:
        return ArtefactError(
            "a kept file cannot be read", where=self.shown(name), found="no such object", hint="cauce audit verify"
        )

    def exists(self, name: str) -> bool:
        """Whether there is such an object, or one below it."""
        objects, below = self._listed(name, "/")
        return name in objects or f"{name}/" in below

    def _listed(self, start: str, delimiter: str) -> tuple[dict[str, str], list[str]]:
        """Objects whose names begin with ``start``, with their tags, and what is common to those beyond ``delimiter``.

        Asked of the store page by page; s3fs's own lists may come from its cache.
        """
        bucket, _, prefix = self.prefix.partition("/")
        asked = {"Bucket": bucket, "Prefix": f"{prefix}/{start}", "Delimiter": delimiter}
        objects: dict[str, str] = {}
        below: list[str] = []
        with self._answered("the object store cannot be listed", start):
            while True:
                page = self._fs.call_s3("list_objects_v2", **asked)
                for each in page.get("Contents") or ():
                    objects[str(each["Key"]).removeprefix(f"{prefix}/")] = str(each.get("ETag", ""))
                below += [str(p["Prefix"]).removeprefix(f"{prefix}/") for p in page.get("CommonPrefixes") or ()]
                if not page.get("IsTruncated"):
                    break
                asked["ContinuationToken"] = page["NextContinuationToken"]
        objects.pop(PROBE, None)
        return objects, below

    def children(self, prefix: str) -> tuple[Child, ...]:
        """Objects and prefixes directly below."""
        above = f"{prefix}/" if prefix else ""
        objects, below = self._listed(above, "/")
        if prefix.endswith("/commits"):  # small, written once, read often
            self._tags |= objects
        found = [Child(name.removeprefix(above), False) for name in objects if name != above]
        found += [Child(name.removeprefix(above).rstrip("/"), True) for name in below]
        return tuple(sorted(found))

    def names(self, prefix: str) -> tuple[str, ...]:
        """Objects at any depth."""
        objects, _ = self._listed(f"{prefix}/" if prefix else "", "")
        return tuple(sorted(objects))

    def sha256(self, name: str) -> str:
        """Of the object as the store gives it now, in pieces."""
        digest = hashlib.sha256()
        done = 0
        with self._answered("the object store cannot be read", name):
            while True:
                try:
                    piece = self._fs.cat_file(self._key(name), start=done, end=done + _PIECE)
                except FileNotFoundError as error:
                    raise self._missing(name) from error
                except OSError as error:
                    if _code(error) not in _BEYOND:
                        raise
                    piece = b""
                digest.update(piece)
                done += len(piece)
                if len(piece) < _PIECE:
                    return digest.hexdigest()

    def local(self, name: str, sha256: str) -> Path:
        """A copy in the cache, fetched once; a copy that was damaged is fetched again."""
        copy = self.cache / f"{sha256}{Path(name).suffix}"
        if copy.is_file():
            try:
                return kept.hold(copy, sha256)
            except ArtefactError:
                kept.remove(copy)
        kept.make_folder(self.cache)
        coming = self.cache / f"{kept.TEMPORARY_PREFIX}{sha256}"
        with kept.step("fetch", coming), self._answered("the object store cannot be read", name):
            try:
                self._fs.get_file(self._key(name), str(coming))
            except FileNotFoundError as error:
                raise self._missing(name) from error
        if (found := kept.sha256_file(coming)) != sha256:
            kept.discard(coming)
            raise kept.altered(self.shown(name), found, sha256)
        kept.move_file(coming, copy)
        return kept.hold(copy, sha256)

    # writing

    def create_if_absent(self, name: str, data: bytes) -> bool:
        """By the store's own condition."""
        self._prove()
        with self._asked("create", name):
            return self._created(name, lambda key: self._fs.pipe_file(key, data, mode="create"))

    def _created(self, name: str, put: Callable[[str], object]) -> bool:
        for attempt in range(1, _TRIES + 1):
            try:
                put(self._key(name))
            except OSError as error:
                if isinstance(error, FileExistsError) or _code(error) in _LOST:
                    return False
                if _code(error) != _UNDECIDED or attempt == _TRIES:
                    raise
                continue
            break
        return True

    def put_file(self, name: str, local: Path) -> bool:
        """By the store's own condition, in parts where it is large."""
        self._prove()
        with self._asked("put", name):
            return self._created(
                name, lambda key: self._fs.put_file(str(local), key, mode="create", chunksize=self.chunk)
            )

    def put_folder(self, name: str, folder: Path) -> bool:
        """File by file: the smallest claims the name, the manifest comes last."""
        files = sorted(
            (p for p in folder.rglob("*") if p.is_file()),
            key=lambda p: (p.name == "manifest.json", p.stat().st_size, p.as_posix()),
        )
        for number, path in enumerate(files):
            part = f"{name}/{path.relative_to(folder).as_posix()}"
            if self.put_file(part, path):
                continue
            if number == 0:
                return False
            if self.sha256(part) != kept.sha256_file(path):
                raise OutsideError(
                    "a file stands already in a version that was just begun",
                    where=self.shown(part),
                    found="other bytes than those of this release",
                    hint="cauce run; it takes the next number.",
                    retry=True,
                )
        kept.discard(folder)
        return True

    def replace(self, name: str, data: bytes) -> None:
        """By one request, which the store answers for whole."""
        with self._asked("replace", name):
            self._fs.pipe_file(self._key(name), data)

    def remove(self, name: str) -> None:
        """The object, or every object below the name."""
        for each in self.names(name) or ((name,) if self.exists(name) else ()):
            with self._asked("remove", each):
                self._fs.rm_file(self._key(each))

    def _prove(self) -> None:
        """Hold the store to its condition, once.

        Raises:
            OutsideError: It overwrites what it should only create.
        """
        if self._is_proven:
            return
        with self._answered("the object store refused a write", PROBE):
            for _ in range(2):
                if not self._created(PROBE, lambda key: self._fs.pipe_file(key, b"", mode="create")):
                    self._is_proven = True
                    return
        raise OutsideError(
            "the object store overwrites what it should only create",
            where=self.shown(PROBE),
            found="a second creation of the same object succeeded",
            expected="a store that honours If-None-Match on PUT",
            hint="use a store or a version of it that does, or keep releases on a disk (unset CAUCE_RELEASES).",
        )

    # what was begun and not ended

    def unfinished(self) -> tuple[str, ...]:
        """Uploads in parts that were never ended; they cost money and are no objects."""
        return tuple(sorted(f"{key}{_PARTS}{upload}" for key, upload in self._uploads()))

    def _uploads(self) -> Iterator[tuple[str, str]]:
        bucket, _, prefix = self.prefix.partition("/")
        with self._answered("the object store cannot be listed", ""):
            answer = self._fs.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=f"{prefix}/")
        for upload in answer.get("Uploads") or ():
            yield str(upload["Key"]).removeprefix(f"{prefix}/"), str(upload["UploadId"])

    def forget(self, unfinished: str) -> None:
        """Give an upload in parts up."""
        key, _, upload = unfinished.rpartition(_PARTS)
        bucket, _, prefix = self.prefix.partition("/")
        with self._asked("forget", key):
            self._fs.call_s3("abort_multipart_upload", Bucket=bucket, Key=f"{prefix}/{key}", UploadId=upload)


def _code(error: BaseException) -> str:
    """The store's own word for an error, where it gave one."""
    response = getattr(error.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def _refused(what: str, where: str, error: Exception) -> OutsideError:
    denied = isinstance(error, PermissionError) or type(error).__name__ in ("NoCredentialsError", "ProfileNotFound")
    found = str(getattr(error, "strerror", None) or error).strip() or type(error).__name__
    hint = "mend the credentials or the permissions of the bucket" if denied else "look at the store and the network"
    untouched = "; nothing published was touched" if what.endswith("a write") else ""
    return OutsideError(
        what,
        where=where,
        found=found,
        hint=f"{hint} (CAUCE_RELEASES says which), then run again{untouched}.",
        retry=not denied,
    )
