"""Asking a web server no oftener than so many times a second, across sources and processes.

Belongs here: waiting for one's turn. Does not belong here: waiting because an answer failed (``patience``).

A file for each host and port says when the host may be asked next. Whoever wants to ask takes the file's lock for
an instant, takes that moment for itself, writes down the one after it, and sleeps until its own has come: no
process holds a lock while it sleeps, and one that is killed costs one turn.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts import kept
from orchestration.ingest.web.limits import CLOCK, LIMITS, Clock, Limits

QUEUE = 100
"""Turns that may be taken ahead. A moment further off was written before the machine was started anew."""


class Pace:
    """When hosts may be asked.

    Args:
        folder: Where the files stand.
        rate: Requests a second for one host; 0: no limit.
        clock: What is asked for the time.
        limits: How long is waited at most because a host asks for it.
    """

    def __init__(self, folder: Path, rate: float, clock: Clock = CLOCK, limits: Limits = LIMITS) -> None:
        self.folder, self.interval, self.clock = folder, 1 / rate if rate > 0 else 0.0, clock
        self._longest = limits.longest_pause
        self._made = False

    def wait(self, authority: str) -> float:
        """Sleep until ``authority`` (host and port) may be asked. Returns the seconds slept.

        Raises:
            OutsideError: The disk refused.
        """
        if not self.interval:
            return 0.0
        with self._next(authority) as file:
            now = self.clock.monotonic()
            mine = self._believed(file, now)
            _write(file, mine + self.interval)
        if mine > now:
            self.clock.sleep(mine - now)
        return max(mine - now, 0.0)

    def hold_off(self, authority: str, seconds: float) -> None:
        """Let nobody ask ``authority`` for so long: it said so to one of us.

        Raises:
            OutsideError: The disk refused.
        """
        if not self.interval:
            return
        with self._next(authority) as file:
            now = self.clock.monotonic()
            _write(file, max(self._believed(file, now), now + min(seconds, self._longest)))

    def _believed(self, file: int, now: float) -> float:
        """The moment from which on the host may be asked."""
        try:
            said = float(os.pread(file, 64, 0) or b"0")
        except ValueError:
            said = 0.0
        furthest = now + self._longest + QUEUE * self.interval
        return said if now < said <= furthest else now

    @contextmanager
    def _next(self, authority: str) -> Iterator[int]:
        """The host's file, locked."""
        if not self._made:
            kept.make_folder(self.folder)
            self._made = True
        path = self.folder / f"{authority.translate(_PLAIN)[:200]}.next"
        with kept.step("pace", path):
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield file
            finally:
                os.close(file)


_PLAIN = str.maketrans({":": "_", "[": "", "]": ""})


def _write(file: int, moment: float) -> None:
    os.pwrite(file, f"{moment:<32.6f}\n".encode(), 0)
