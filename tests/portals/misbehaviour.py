"""What portals do on a bad day, to be switched on at any of them.

Belongs here: one small class per misbehaviour, and the functions that make them. Does not belong here: what a
connector should do about it (``tests/integration/test_portals_*``).

Every misbehaviour says which kinds of requests it concerns (``kinds``), how many pages it leaves alone first
(``after``), and how often it strikes (``times``; None: for ever).
"""

# ruff: noqa: ARG002 (the hooks of all misbehaviours have one signature)
from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.portals.rows import Dataset, Values, View
from tests.portals.serving import Asked, Portal, Reply, http_date

DATA = ("records", "file")
ANY = ("records", "file", "count", "ids", "metadata", "other")
PAGE = b"""<!DOCTYPE html>
<html><head><title>Service Unavailable</title></head>
<body><h1>We'll be back soon</h1><p>The portal is closed for maintenance.</p></body></html>
"""


@dataclass
class Misbehaviour:
    """The base of all: honest as long as nothing is overridden."""

    kinds: tuple[str, ...] = DATA
    after: int = 0
    times: int | None = None
    struck: int = field(default=0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def instead(self, asked: Asked, portal: Portal) -> Reply | None:
        """An answer in place of the honest one, or None."""
        return None

    def answered(self, asked: Asked, reply: Reply, portal: Portal) -> Reply:
        """The answer, spoiled."""
        return reply

    def seen(self, asked: Asked, view: View) -> View:
        """What a request sees of a data set."""
        return view

    def counted(self, asked: Asked, records: int) -> int:
        """How many records the portal claims."""
        return records

    def concerns(self, asked: Asked) -> bool:
        """Whether a request is of the kind and the page, however often it struck."""
        return asked.kind in self.kinds and asked.page >= self.after

    def strikes(self, asked: Asked) -> bool:
        """Whether it strikes now; counts."""
        with self._lock:
            if not self.concerns(asked) or (self.times is not None and self.struck >= self.times):
                return False
            self.struck += 1
            return True


@dataclass
class _Instead(Misbehaviour):
    make: Callable[[Asked, Portal], Reply] = lambda _asked, _portal: Reply()

    def instead(self, asked: Asked, portal: Portal) -> Reply | None:
        return self.make(asked, portal) if self.strikes(asked) else None


@dataclass
class _Spoiled(Misbehaviour):
    spoil: Callable[[Reply], Reply] = lambda reply: reply

    def answered(self, asked: Asked, reply: Reply, portal: Portal) -> Reply:
        return self.spoil(reply) if reply.status in (200, 206) and self.strikes(asked) else reply


def throttled(
    *, times: int | None = 1, after: int = 0, retry_after: int = 0, as_date: bool = False, kinds: tuple[str, ...] = DATA
) -> Misbehaviour:
    """429 with ``Retry-After``, in seconds or as a date that many seconds from now."""

    def make(_: Asked, portal: Portal) -> Reply:
        wait = http_date(datetime.now(UTC) + timedelta(seconds=retry_after)) if as_date else str(retry_after)
        return Reply(429, b'{"message":"Too Many Requests"}', headers={"retry-after": wait})

    return _Instead(kinds, after, times, make=make)


def unavailable(
    *, times: int | None = None, after: int = 0, status: int = 503, kinds: tuple[str, ...] = DATA
) -> Misbehaviour:
    """503, or another status of a server in trouble, with a page of HTML from what stands before it."""
    return _Instead(kinds, after, times, make=lambda _asked, _portal: Reply(status, PAGE, "text/html"))


def html(*, times: int | None = None, after: int = 0, kinds: tuple[str, ...] = DATA) -> Misbehaviour:
    """A page for people, with status 200."""
    return _Instead(kinds, after, times, make=lambda _asked, _portal: Reply(200, PAGE, "text/html;charset=utf-8"))


def error_with_200(*, times: int | None = None, after: int = 0, kinds: tuple[str, ...] = DATA) -> Misbehaviour:
    """The protocol's own error, with status 200."""
    return _Instead(kinds, after, times, make=lambda _asked, portal: replace(portal.own_error(), status=200))


def redirected(
    to: str, *, times: int | None = None, after: int = 0, status: int = 302, kinds: tuple[str, ...] = DATA
) -> Misbehaviour:
    """Elsewhere: ``{target}`` in ``to`` stands for path and query of the request."""

    def make(asked: Asked, _: Portal) -> Reply:
        return Reply(status, b"", "text/html", headers={"location": to.replace("{target}", asked.target)})

    return _Instead(kinds, after, times, make=make)


def hanging(*, times: int | None = None, after: int = 0, kinds: tuple[str, ...] = DATA) -> Misbehaviour:
    """The connection stands open and nothing comes."""
    return _Instead(kinds, after, times, make=lambda _asked, _portal: Reply(hang=True))


def gzip_bomb(
    *, megabytes: int = 2_000, times: int | None = None, after: int = 0, kinds: tuple[str, ...] = DATA
) -> Misbehaviour:
    """A small packed body that unpacks to something enormous."""
    return _Instead(kinds, after, times, make=lambda _asked, _portal: Reply(200, _bomb(megabytes), packed="gzip"))


def _bomb(megabytes: int) -> bytes:
    """A gzip stream of blanks: one flushed block, again and again, so that making it costs nothing."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(b"[") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * megabytes


def cut(*, share: float = 0.5, times: int | None = None, after: int = 0, chunked: bool = False) -> Misbehaviour:
    """The connection breaks in the middle of the body; the length that was promised stands."""
    return _Spoiled(
        DATA, after, times, spoil=lambda reply: replace(reply, sent=int(len(reply.body) * share), chunked=chunked)
    )


def slow(*, pause: float = 0.05, times: int | None = None, after: int = 0) -> Misbehaviour:
    """The body comes in drips of 512 bytes."""
    return _Spoiled(DATA, after, times, spoil=lambda reply: replace(reply, drip=pause))


def no_validators() -> Misbehaviour:
    """Neither ``ETag`` nor ``Last-Modified`` ever."""
    return _Spoiled(ANY, spoil=lambda reply: reply.with_headers(etag=None, last_modified=None))


@dataclass
class _ChangedColumn(Misbehaviour):
    rename: Mapping[str, str] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    add: Mapping[str, Any] = field(default_factory=dict)

    def seen(self, asked: Asked, view: View) -> View:
        begins = self.after == 0 or asked.kind in DATA
        if not self.struck and not (begins and self.concerns(asked)):
            return view
        self.struck += 1  # from now on, whatever is asked
        return view.renamed(self.rename).without(self.remove).adding(self.add)


def changed_column(
    *,
    rename: Mapping[str, str] | None = None,
    remove: Iterable[str] = (),
    add: Mapping[str, Any] | None = None,
    after: int = 0,
) -> Misbehaviour:
    """Columns renamed, gone or new: from the beginning (the next run sees it), or from a page on."""
    return _ChangedColumn(ANY, after, rename=rename or {}, remove=tuple(remove), add=add or {})


@dataclass
class _DuplicatePage(Misbehaviour):
    last: Reply | None = field(default=None, init=False)

    def answered(self, asked: Asked, reply: Reply, portal: Portal) -> Reply:
        if asked.kind not in self.kinds or reply.status != 200:
            return reply
        if self.last is not None and self.strikes(asked):
            return replace(self.last)
        if asked.page < max(self.after, 1):
            self.last = reply
        return reply


def duplicate_page(*, after: int = 1, times: int | None = 1) -> Misbehaviour:
    """Instead of the page asked for, the page before it once more, as a cache that mixes up its answers does."""
    return _DuplicatePage(("records",), max(after, 1), times)


@dataclass
class _RowsAdded(Misbehaviour):
    dataset: Dataset | None = None
    records: tuple[Values, ...] = ()

    def answered(self, asked: Asked, reply: Reply, portal: Portal) -> Reply:
        if reply.status == 200 and self.dataset is not None and self.strikes(asked):
            self.dataset.add(self.records)
        return reply


def rows_added_while_paging(dataset: Dataset, records: Iterable[Values], *, after: int = 0) -> Misbehaviour:
    """Right after the page was answered, records come in."""
    return _RowsAdded(("records",), after, 1, dataset=dataset, records=tuple(records))


@dataclass
class _WrongCount(Misbehaviour):
    by: int = 0

    def counted(self, asked: Asked, records: int) -> int:
        return max(records + self.by, 0)


def wrong_count(by: int) -> Misbehaviour:
    """The portal claims so many records more (or fewer) than it gives."""
    return _WrongCount(ANY, by=by)
