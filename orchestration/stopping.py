"""Stopping a command: Ctrl-C, and the signal by which systems end a process.

Belongs here: hearing the wish once, and not forgetting it. Libraries swallow it: Dagster marks a step as failed and
goes on, dbt reports models as cancelled, DuckDB's client raises an error of its own. So the wish is noted where it is
heard, and whoever begins a next step asks (``check``). Does not belong here: undoing anything: what is unfinished is
finished or removed at the next start, as after a crash.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)

_asked: list[str] = []


def listen() -> None:
    """Hear both signals from now on, in the main thread; a library may have taken them over since."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            signal.signal(number, _hear)


def _hear(number: int, _frame: FrameType | None) -> None:
    _asked.append(signal.Signals(number).name)
    raise KeyboardInterrupt


def asked() -> str | None:
    """The name of the signal by which somebody asked to stop; None while nobody did."""
    return _asked[0] if _asked else None


def check() -> None:
    """End here if somebody asked to stop.

    Raises:
        KeyboardInterrupt: Somebody did, and a library has swallowed it since.
    """
    if _asked:
        raise KeyboardInterrupt


def forget() -> None:
    """Start anew; for tests, which outlive a stopped run."""
    _asked.clear()
