"""How long, how slow and how often: the numbers of asking web servers, and the clock they are counted with.

Belongs here: the numbers, so that a trial can set others. Does not belong here: enforcing them (``wire``,
``patience``, ``client``), sizes of a delivery (``orchestration/ingest/caps``).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from orchestration import stopping


def _sleep(seconds: float) -> None:
    stopping.check()
    time.sleep(seconds)
    stopping.check()


@dataclass(frozen=True)
class Clock:
    """What is asked for the time.

    Attributes:
        monotonic: Seconds; the same for all processes of one machine since it started.
        wall: Seconds since 1970, for dates that servers name.
        sleep: Waits so many seconds, unless somebody asked to stop.
        chance: A number from 0 to 1, so that many clients do not come back at one moment.
    """

    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = _sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True)
class Limits:
    """Units: seconds, bytes, bytes a second.

    Attributes:
        connect: For a connection to be made.
        head: From a request to the end of the answer's headers: a portal may count long before it answers.
        head_bytes: Of the answer's headers.
        silence: Without a byte, within a body.
        window: Over which ``slowest`` is measured.
        slowest: Below this a body counts as held back.
        grace: After which a body must have come at ``average`` altogether.
        average: See ``grace``.
        longest: For one body, whatever its size.
        tries: How often one request is tried.
        altogether: After which no further try of one request begins, as long as nothing of it came.
        first_pause: Before the second try at most, and doubled before each later one.
        longest_pause: Between two tries, and as a server asks for it (Retry-After).
        progress: Bytes after which a transfer that breaks again is given all its tries anew.
        redirects: Followed at most.
        remembered: How long a name's addresses are used again.
    """

    connect: float = 10
    head: float = 120
    head_bytes: int = 256 << 10
    silence: float = 60
    window: float = 60
    slowest: float = 1024
    grace: float = 300
    average: float = 32 << 10
    longest: float = 12 * 3600
    tries: int = 6
    altogether: float = 600
    first_pause: float = 0.5
    longest_pause: float = 120
    progress: int = 8 << 20
    redirects: int = 5
    remembered: float = 300


CLOCK = Clock()
LIMITS = Limits()
