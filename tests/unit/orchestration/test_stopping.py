"""Stopping: a wish is heard once and not forgotten, whatever a library does with it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from orchestration import stopping


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in stopping.SIGNALS}
    stopping.forget()
    yield
    stopping.forget()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", stopping.SIGNALS)
def test_a_swallowed_wish_is_heard_at_the_next_step(number: signal.Signals) -> None:
    stopping.listen()
    stopping.check()
    with suppress(KeyboardInterrupt):  # as dbt does
        os.kill(os.getpid(), number)
    assert stopping.asked() == number.name
    with pytest.raises(KeyboardInterrupt):
        stopping.check()


def test_nobody_asked() -> None:
    stopping.listen()
    assert stopping.asked() is None
    stopping.check()
