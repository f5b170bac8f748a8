"""A turn at a city: what every command that writes does before it begins, and after it ends.

Belongs here: the lock, the room on the disk, the log, and finishing what a process that was cut short had left.
Does not belong here: what the command itself does; printing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from orchestration import logs
from orchestration.context import OpenCity
from orchestration.lock import city_lock
from orchestration.logs import RunLog
from orchestration.space import Space, must_have_room


@dataclass(frozen=True)
class Turn:
    """The city is ours.

    Attributes:
        log: The command's log; ``exit_code`` and ``facts`` are set by whoever knows them.
        swept: What was finished or removed after a process that was cut short, a sentence each.
        space: Room on the disk at the start.
    """

    log: RunLog
    swept: tuple[str, ...]
    space: Space

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should read before the command's own words, a short line each."""
        found = [f"Mended after a process that was cut short: {sentence}" for sentence in self.swept]
        if self.space.is_short:
            found.append(f"Little room: {self.space.sentence}. Free some before the next large delivery.")
        return tuple(found)


@contextmanager
def take_turn(opened: OpenCity, what: str, *, run: str | None = None, at: datetime | None = None) -> Iterator[Turn]:
    """Hold the city, keep a log, and begin from a state that is whole.

    Args:
        opened: The city.
        what: The command, as the lock and the log name it.
        run: The run's id; a new one where None.
        at: The time that mending writes in the ledger; the clock where None.

    Raises:
        OutsideError: Another run holds the city, its folder cannot be written, or no room is left.
        ArtefactError: What was left cannot be finished, because a file it names is missing or altered.
    """
    from orchestration.publish.recover import recover

    start = logs.now().replace(microsecond=0)
    with city_lock(opened.home, what, start):
        room = must_have_room(opened.home)
        with logs.keeping(opened.home, opened.city.id, what, run=run, days=opened.settings.log_days) as log:
            swept = recover(opened.home, opened.ledger, at or start)
            if swept:
                logs.log("swept", did=list(swept))
            yield Turn(log, swept, room)
