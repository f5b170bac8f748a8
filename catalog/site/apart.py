"""A tier's site made by another process, while this one makes the other tier's.

Belongs here: when another process pays, telling it what to do, taking its answers. Does not belong here: making a site
(``tier``). The other process is a new one, which reads the kept files itself and opens its own connections: a forked
one would share DuckDB's and Dagster's threads and locks. What it cannot do, for whatever reason, this process does, and
so meets the same error in its own form. Which process made a site is not to be seen in it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any

from catalog.site.collecting import seldom
from catalog.site.making import Order
from catalog.site.tier import Tier, TierSite
from contracts.errors import CauceError

WORTH = 60
"""Products from which on the start of another process, a second of computing or so, is soon made good."""


MANY = 150
"""Units to be made from which on another process pays, which reads a tier's site anew: some five seconds of work."""


def pays(order: Order, processes: int) -> bool:
    """Whether the tiers of a city are made by two processes; ``processes`` is what the operator allows, 0 for both."""
    return len(order.city.products) >= WORTH and (processes or min(2, os.cpu_count() or 1)) > 1


ALWAYS = 400
"""Products from which on reading the tier's site and making its lists alone takes longer than the start."""


def always(order: Order) -> bool:
    """Whether another process pays whatever changed."""
    return len(order.city.products) >= ALWAYS


class TierApart:
    """As ``Tier``, in a process of its own, which begins at once."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._here: Tier | None = None
        root = str(Path(__file__).resolve().parents[2])
        program = f"import sys; sys.path.insert(0, {root!r}); from catalog.site.apart import serve; serve()"
        self._process = subprocess.Popen(  # noqa: S603 - this very Python, and a program of ours
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._postman = Thread(target=self._post, daemon=True)
        self._postman.start()
        self._asked = ["make"]
        self._outbox.put(_packed(("make", order)))

    def _post(self) -> None:
        """Write what is to be said, in its order, without holding up who says it."""
        assert self._process.stdin is not None
        with suppress(OSError):
            while (message := self._outbox.get()) is not None:
                self._process.stdin.write(message)
                self._process.stdin.flush()
        with suppress(OSError):
            self._process.stdin.close()

    def made(self) -> None:
        """Wait until the site is made aside.

        Raises:
            ArtefactError: A kept file is missing, torn or altered.
            OutsideError: The disk refused.
        """
        self._answered()

    def show(self) -> None:
        """As ``Tier.show``.

        Raises:
            OutsideError: The disk refused.
        """
        self._do("show")

    def follow(self) -> None:
        """As ``Tier.follow``, but without waiting for its end; ``told`` waits.

        Raises:
            OutsideError: The disk refused.
        """
        self._ask("follow")

    def told(self) -> TierSite:
        """What is told of it."""
        self._answered()
        return self._here.told() if self._here else self._do("told")

    def end(self) -> None:
        """Let the process go; one that has not answered yet has nothing more to do."""
        self._outbox.put(None)
        if self._asked:
            self._process.kill()
        self._postman.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process.wait()

    def _ask(self, what: str) -> None:
        self._answered()
        self._asked.append(what)
        if self._here is None:
            self._outbox.put(_packed((what,)))

    def _do(self, what: str) -> Any:
        self._ask(what)
        return self._answered()

    def _answered(self) -> Any:
        """The answer to what was asked last; where none comes, it is done here."""
        answer = None
        while self._asked:
            assert self._process.stdout is not None
            heard = _unpacked(self._process.stdout) if self._here is None else None
            what = self._asked.pop(0)
            if heard is not None:
                (answer,) = heard
            elif what != "follow" or self._here:  # a folder that is not shown and lags behind, the next build mends
                if self._here is None:
                    self._here = _made(self._order)
                answer = getattr(self._here, what)() if what != "make" else None
        return answer


def _made(order: Order) -> Tier:
    tier = Tier(order)
    tier.plan()
    tier.make()
    return tier


def serve() -> None:
    """What the other process does: read orders from its standard input, answer on its standard output, end with it."""
    seldom()
    heard, answers = sys.stdin.buffer, os.dup(1)
    os.dup2(2, 1)  # whatever is printed here is no answer
    tier: Tier | None = None
    while (message := _unpacked(heard)) is not None:
        try:
            if message[0] == "make":
                tier = _made(message[1])
                answer = None
            else:
                answer = getattr(tier, message[0])()
        except CauceError:
            return  # whoever asked does it again, and meets the error
        rest = memoryview(_packed((answer,)))
        while rest:
            rest = rest[os.write(answers, rest) :]


def _packed(message: object) -> bytes:
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(8, "big") + data


def _unpacked(stream: IO[bytes]) -> Any:
    """The next message of a process of ours; None where there is no more."""
    head = stream.read(8)
    size = int.from_bytes(head, "big")
    data = stream.read(size) if len(head) == 8 else b""
    return pickle.loads(data) if data and len(data) == size else None  # noqa: S301 - from a process started here
