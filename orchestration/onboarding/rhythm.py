"""How often a source changes, and which of its times says how new it is: what the portal says, and what is seen.

Belongs here: the service level of a draft, and from what it was told. Does not belong here: keeping to it
(``contracts.service_levels``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from contracts.columns import EPOCHS
from orchestration.ingest.patterns import strptime_formats
from orchestration.onboarding.column_types import TypedColumn
from orchestration.onboarding.sample import Sample, SeenColumn, words_of

LOOKED_AT: Final = 2_000
"""Values of a column of times that are read, spread evenly over the sample, and all at its two ends."""
ENDS: Final = 100

Every = tuple[int, str]
"""A number and a unit of a service level."""

_WORDS: Final[tuple[tuple[Every, frozenset[str]], ...]] = (
    ((1, "h"), frozenset({"hourly", "cada hora", "por hora", "horaria", "a cada hora", "horario"})),
    (
        (1, "d"),
        frozenset({"daily", "diaria", "diario", "diariamente", "every day", "cada dia", "continual", "continuous"}),
    ),
    (
        (1, "d"),
        frozenset({"realtime", "real time", "real-time", "tiempo real", "tempo real", "continua", "cont", "live"}),
    ),
    ((1, "d"), frozenset({"daily monday friday", "weekdays", "daily monday - friday", "business daily"})),
    ((7, "d"), frozenset({"weekly", "semanal", "semanalmente", "every week", "cada semana"})),
    ((14, "d"), frozenset({"biweekly", "fortnightly", "quincenal", "quinzenal", "every two weeks"})),
    ((1, "m"), frozenset({"monthly", "mensual", "mensal", "mensualmente", "mensalmente", "every month", "cada mes"})),
    ((2, "m"), frozenset({"bimonthly", "bimestral"})),
    ((3, "m"), frozenset({"quarterly", "trimestral", "every quarter"})),
    ((6, "m"), frozenset({"semiannual", "biannually", "semestral", "twice a year", "biannual"})),
    ((1, "y"), frozenset({"annual", "annually", "yearly", "anual", "anualmente", "every year", "cada año"})),
)
"""How publishers say it, in English, Spanish and Portuguese."""
_DURATION = re.compile(
    r"(?:R/)?P(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(\d+)H)?\Z"
)
_IN_A_TEXT = re.compile(
    r"(?:updated|refreshed|published|actualiza(?:do|da|cion)?|atualiza(?:do|da)?)\W+(?:\w+\W+){0,3}?"
    r"(hourly|daily|weekly|monthly|quarterly|annually|yearly|diari\w+|semanal\w*|mensual\w*|mensal\w*|anual\w*)",
    re.IGNORECASE,
)
_OPENED: Final = (
    "created",
    "opened",
    "open",
    "creation",
    "requested",
    "received",
    "fecha",
    "apertura",
    "ingreso",
    "abertura",
)
_NEVER: Final = frozenset(
    {"due", "expected", "target", "expire", "expiration", "expires", "vencimiento", "limite", "prazo"}
)
"""Words of times that lie ahead, and say nothing of how new a record is."""


@dataclass(frozen=True)
class Rhythm:
    """What a draft says of time.

    Attributes:
        every: How often a delivery is promised.
        because: From what that was told, for a comment.
        event_time: The column whose newest value dates the data; None where there is none.
        latency: Days from an event to its record; None without a column.
        sure: Whether the publisher says it itself.
    """

    every: Every
    because: str
    event_time: str | None = None
    latency: int | None = None
    sure: bool = False


def rhythm(
    columns: Sequence[TypedColumn], sample: Sample, told: tuple[str | None, str], updated_at: str | None, now: datetime
) -> Rhythm:
    """The service level of a source.

    Args:
        columns: Its columns, typed.
        sample: Some records.
        told: How often the publisher says that it changes, and the description, which often says it.
        updated_at: When the portal says that its records last changed.
        now: The time of asking: what lies ahead of it is no event.
    """
    frequency, description = told
    changed = _instant(updated_at)
    event = _event_time(columns, sample, min(changed or now, now))
    every, because, sure = _every(frequency or "", description, event.times if event else ())
    if event is None:
        return Rhythm(every, because, sure=sure)
    latency = _latency(every, event, changed if sample.whole else None)
    return Rhythm(every, because, event.column, latency, sure)


def _every(frequency: str, description: str, times: Sequence[datetime]) -> tuple[Every, str, bool]:
    """How often, from what that was told, and whether the publisher says it."""
    if (every := frequency_of(frequency)) is not None:
        return every, f"the publisher says: {frequency}", True
    said = _IN_A_TEXT.search(description)
    if said and (every := frequency_of(said[1])) is not None:
        return every, f"the portal's description says: {said[1].lower()}", True
    if (seen := _observed(times)) is not None:
        return seen, "as records follow each other in the sample", False
    return (1, "m"), "nothing tells how often it changes", False


def _latency(every: Every, event: Event, changed: datetime | None) -> int:
    """Days from an event to its record: as it was at the portal's last change, or else as long as a delivery takes."""
    one = max(1, round(every[0] * _DAYS[every[1]]))
    if changed is None:
        return one
    seen = -(-(changed - event.newest) // timedelta(days=1))
    return min(max(1, seen), 4 * one)


_DAYS: Final = {"h": 1 / 24, "d": 1, "m": 31, "y": 366}


@dataclass(frozen=True)
class Event:
    """The column of times that says how new the data is, with its newest value and all of them."""

    column: str
    newest: datetime
    times: list[datetime]


def frequency_of(text: str) -> Every | None:
    """What a publisher's word for a frequency means: ``Daily``, ``mensual``, ``R/P1W``."""
    duration = _DURATION.match(text.strip())
    if duration and any(duration.groups()):
        years, months, weeks, days, hours = (float(g) if g else 0 for g in duration.groups())
        for number, unit in ((years, "y"), (months, "m"), (weeks * 7, "d"), (days, "d"), (hours, "h")):
            if number >= 1:
                return int(number), unit
        return (1, "d")
    flat = " ".join(words_of(text))
    for every, words in _WORDS:
        if flat in {" ".join(words_of(word)) for word in words}:
            return every
    folded = set(flat.split())
    return next((every for every, words in _WORDS if folded & words), None)


def _event_time(columns: Sequence[TypedColumn], sample: Sample, until: datetime) -> Event | None:
    """The column whose newest value is newest, but for what lies ahead; of near ones, that of the opening.

    A sample that is not the whole says nothing of what is newest: there the names decide alone.
    """
    found: list[tuple[int, Event]] = []
    for column in columns:
        seen = sample.column(column.name)
        if column.logical_type not in ("date", "timestamp") or seen is None or set(seen.words) & _NEVER:
            continue
        times = [moment for moment in moments(column, seen) if moment <= until + timedelta(days=1)]
        if len(times) * 2 > min(seen.filled, LOOKED_AT):
            rank = min((n for n, word in enumerate(_OPENED) if word in seen.words), default=len(_OPENED))
            found.append((rank, Event(column.name, max(times), times)))
    if not found:
        return None
    newest = max(event.newest for _, event in found)
    near = [one for one in found if not sample.whole or newest - one[1].newest <= timedelta(days=7)]
    return min(near, key=lambda one: (one[0], -one[1].newest.timestamp()))[1]


def moments(column: TypedColumn, seen: SeenColumn) -> list[datetime]:
    """The values of a column of dates or times, as far as Python reads them; without a zone they are taken as UTC."""
    from contracts.model import Place

    pattern = column.options.get("format")
    values = [v for v in seen.values if v is not None and v != ""]
    step = max(1, len(values) // LOOKED_AT)
    values = [*values[:ENDS], *values[ENDS:-ENDS:step], *values[-ENDS:]] if step > 1 else values
    if pattern in EPOCHS:
        return [_counted(v, EPOCHS[str(pattern)]) for v in values if _is_count(v, EPOCHS[str(pattern)])]
    formats = strptime_formats(str(pattern), Place("draft")) if pattern else ()
    found: list[datetime] = []
    for value in values:
        moment = _python_moment(value, formats)
        if moment is not None:
            found.append(moment)
    return found


def _is_count(value: object, per_second: int) -> bool:
    text = str(value)
    return value is not None and text.lstrip("-").isdigit() and abs(int(text)) < 7_000_000_000 * per_second


def _counted(value: object, per_second: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(str(value)) / per_second)


def _python_moment(value: object, formats: Sequence[str]) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if hasattr(value, "isoformat") and not isinstance(value, str):
        return _instant(str(value))
    if not isinstance(value, str) or not value:
        return None
    for form in formats:
        try:
            moment = datetime.strptime(value.strip(), form.replace("%g", "%f").replace("%n", "%f"))
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return _instant(value) if not formats else None


def _instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _observed(times: Sequence[datetime]) -> Every | None:
    """The usual gap between days on which something happened, among the newest fifty of them."""
    days = sorted({moment.date() for moment in times})[-50:]
    if len(days) < 3:
        return None
    gaps = sorted((b - a).days for a, b in pairwise(days))
    usual = gaps[len(gaps) // 2]
    for most, every in ((2, (1, "d")), (9, (7, "d")), (45, (1, "m")), (120, (3, "m"))):
        if usual <= most:
            return every
    return (1, "y")
