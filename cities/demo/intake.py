"""The invented city's requests: what residents report, when, where, and how long it takes.

Belongs here: drawing one month of requests from the seed, as columns, fast enough for ten million.
Does not belong here: places and people (``places``), bad records (``faults``), files (``generate``).

A month is drawn from (seed, month) alone, so that the second delivery tells the same past as the first. All
times are local and naive, as the city's intake system writes them, in whole seconds since 1970.

The planted story: since March 2026, streetlights in La Ladera take far longer to mend.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from cities.demo.places import ADDRESSES_EACH, DISTRICTS, REPORTERS

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

DAY = 86_400
NEVER = np.iinfo(np.int64).max
"""Closing time of a request that nobody ever closes."""

STORY_DISTRICT = "07"
STORY_SERVICE = "Alumbrado público"
STORY_DELAY = 2.1
"""From ``STORY_START`` on, the time to mend is this many times longer there."""


def month_number(text: str) -> int:
    """Months since January 1970 of ``yyyy-mm``; the form in which this module speaks of months."""
    year, month = text.split("-")
    return (int(year) - 1970) * 12 + int(month) - 1


def month_start(month: int) -> int:
    """Seconds since 1970 of the month's first local midnight."""
    return int(np.datetime64(month, "M").astype("datetime64[s]").astype(np.int64))


STORY_START = month_number("2026-03")


@dataclass(frozen=True)
class Service:
    """A kind of request.

    Attributes:
        code: Code in the intake system.
        name: As the intake system writes it.
        department: Who answers for it.
        promised_days: The city's service level.
        usual_days: Median time to close in an average month and district.
        share: Part of all requests in an average month.
        rain: How much the rainy months (April, May, September to November) add, as a share.
        leisure: Whether it follows evenings and weekends (noise) and not working hours.
    """

    code: str
    name: str
    department: str
    promised_days: int
    usual_days: float
    share: float
    rain: float = 0.0
    leisure: bool = False


SERVICES = (
    Service("ALU-01", STORY_SERVICE, "Alumbrado y Energía", 10, 6.8, 0.130, 0.05),
    Service("VIA-01", "Huecos en la vía", "Infraestructura", 20, 11.5, 0.120, 0.45),
    Service("VIA-02", "Andén en mal estado", "Infraestructura", 30, 19.0, 0.045),
    Service("ASE-01", "Recolección de basuras", "Aseo Urbano", 2, 1.1, 0.160),
    Service("ASE-02", "Escombros en espacio público", "Aseo Urbano", 7, 4.2, 0.080),
    Service("AGU-01", "Fuga de agua", "Acueducto y Alcantarillado", 2, 0.9, 0.100),
    Service("AGU-02", "Alcantarilla tapada", "Acueducto y Alcantarillado", 4, 2.3, 0.070, 0.80),
    Service("AMB-01", "Árbol caído o en riesgo", "Ambiente", 10, 5.5, 0.055, 0.60),
    Service("AMB-02", "Animal abandonado o herido", "Ambiente", 8, 4.1, 0.045),
    Service("CON-01", "Ruido", "Convivencia Ciudadana", 3, 1.0, 0.075, -0.05, True),
    Service("CON-02", "Ocupación del espacio público", "Convivencia Ciudadana", 15, 8.8, 0.040),
    Service("MOV-01", "Semáforo dañado", "Movilidad", 1, 0.5, 0.030, 0.25),
    Service("MOV-02", "Señal de tránsito dañada", "Movilidad", 20, 13.0, 0.025),
    Service("PAR-01", "Parque o cancha en mal estado", "Parques y Recreación", 30, 18.0, 0.025),
)

CHANNELS = ("Línea telefónica", "Aplicación móvil", "Sitio web", "WhatsApp", "Presencial")
RAINY = frozenset({4, 5, 9, 10, 11})
WEEKDAYS = np.array([1.18, 1.12, 1.08, 1.06, 1.04, 0.82, 0.70])
LEISURE_WEEKDAYS = np.array([0.70, 0.65, 0.70, 0.85, 1.25, 1.60, 1.25])
HOURS = np.array([1, 1, 1, 1, 1, 2, 5, 9, 14, 15, 14, 12, 9, 10, 12, 11, 9, 7, 6, 5, 4, 3, 2, 1], dtype=float)
LEISURE_HOURS = np.array([9, 8, 6, 4, 2, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 5, 6, 8, 10, 13, 13, 11], dtype=float)
YEARLY_GROWTH = 0.04
NO_DISTRICT = 0.015
NO_PLACE = 0.004
"""Shares of requests without a district, and with neither district nor place."""
ANONYMOUS = 0.12
NEVER_CLOSED = 0.006
SPREAD = 0.68
"""Standard deviation of the logarithm of the time to close."""


@dataclass(frozen=True)
class Month:
    """One month of requests, ordered by opening time; the columns have one length.

    ``district`` and ``service`` are indexes into ``DISTRICTS`` and ``SERVICES``; ``address`` and
    ``reporter`` into the pools, -1 for none. ``closed`` is ``NEVER`` where nobody closes the request.
    """

    month: int
    first_number: int
    opened: Integers
    due: Integers
    closed: Integers
    touched: Integers
    district: Integers
    service: Integers
    channel: Integers
    address: Integers
    reporter: Integers
    district_known: Booleans

    def __len__(self) -> int:
        return len(self.opened)


@cache
def _district_shares() -> Floats:
    weight: Floats = np.array([d.residents * d.reporting for d in DISTRICTS])
    total: Floats = weight / weight.sum()
    return total


def _joint(month: int) -> Floats:
    """Unnormalised share of each (district, service) in a month; sums to about one in an average month."""
    calendar = month % 12 + 1
    season = np.ones(len(SERVICES))
    if calendar in RAINY:
        season += np.array([s.rain for s in SERVICES])
    if calendar in (12, 1):
        season *= np.array([1.5 if s.leisure else 0.93 for s in SERVICES])
    affinity = np.ones((len(DISTRICTS), len(SERVICES)))
    codes = {d.code: i for i, d in enumerate(DISTRICTS)}
    names = {s.code: i for i, s in enumerate(SERVICES)}
    affinity[codes["02"], names["CON-01"]] = 1.7  # bars around the harbour
    affinity[codes["04"], names["AGU-02"]] = 1.6  # low ground
    affinity[codes["07"], names["AGU-01"]] = 1.4  # old pipes on the slope
    affinity[codes["01"], names["CON-02"]] = 1.9  # street trade
    joint: Floats = affinity * np.outer(_district_shares(), season * np.array([s.share for s in SERVICES]))
    return joint


def counts(first: int, months: int, total: int) -> list[int]:
    """Requests of each month, so that the first 36 add up to ``total`` and later ones follow on.

    Raises:
        ValueError: Fewer than one request a month.
    """
    weights = np.array([_joint(first + m).sum() * (1 + YEARLY_GROWTH) ** (m / 12) for m in range(max(months, 36))])
    edges = np.rint(np.cumsum(weights) / weights[:36].sum() * total).astype(np.int64)
    found = np.diff(edges, prepend=0)[:months]
    if (found < 1).any():
        raise ValueError(f"{total} requests are too few for {months} months")
    return [int(n) for n in found]


def _moments(rng: np.random.Generator, month: int, leisure: Booleans) -> Integers:
    """Opening times, following weekday and hour."""
    days = np.arange(month_start(month) // DAY, month_start(month + 1) // DAY)
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    slots = np.empty(len(leisure), dtype=np.int64)
    for which, by_day, by_hour in ((~leisure, WEEKDAYS, HOURS), (leisure, LEISURE_WEEKDAYS, LEISURE_HOURS)):
        weight = np.outer(by_day[weekday], by_hour).ravel()
        slots[which] = rng.choice(len(weight), size=int(which.sum()), p=weight / weight.sum())
    moments: Integers = month_start(month) + slots * 3600 + rng.integers(0, 3600, size=len(slots))
    return moments


def _closings(
    rng: np.random.Generator, opened: Integers, district: Integers, service: Integers, month: int
) -> Integers:
    """Closing times: log-normal, slower in the rains, never at night, some never."""
    usual = np.array([s.usual_days for s in SERVICES])[service]
    # Districts differ a little, and each month has a mood of its own.
    pace = np.array([0.94, 0.98, 0.95, 1.03, 1.00, 0.97, 1.04, 0.96, 1.12, 1.05])[district]
    mood = np.random.default_rng([month, 7]).normal(0, 0.045, (len(DISTRICTS), len(SERVICES)))
    calendar = month % 12 + 1
    slow = np.array([1 + s.rain * 0.3 for s in SERVICES])[service] if calendar in RAINY else 1.0
    median = usual * pace * np.exp(mood[district, service]) * slow
    if month >= STORY_START:
        story = (service == _service_index(STORY_SERVICE)) & (district == _district_index(STORY_DISTRICT))
        median = np.where(story, median * STORY_DELAY, median)
    seconds = np.maximum(median * np.exp(rng.normal(0, SPREAD, len(opened))) * DAY, 1200)
    closed = opened + seconds.astype(np.int64)
    # Crews report between seven and six; what would close at night is closed next morning.
    clock = closed % DAY
    morning = 7 * 3600 + rng.integers(0, 4 * 3600, len(opened))
    closed = np.where(clock < 7 * 3600, closed - clock + morning, closed)
    closed = np.where(clock >= 18 * 3600, closed - clock + DAY + morning, closed)
    return np.where(rng.random(len(opened)) < NEVER_CLOSED, NEVER, closed)


@cache
def _service_index(name: str) -> int:
    return next(i for i, s in enumerate(SERVICES) if s.name == name)


@cache
def _district_index(code: str) -> int:
    return next(i for i, d in enumerate(DISTRICTS) if d.code == code)


def draw(seed: int, month: int, size: int, first_number: int) -> Month:
    """All requests that open in ``month``.

    Args:
        seed: The city's seed.
        month: Months since January 1970.
        size: How many.
        first_number: Running number of the first one within its calendar year.
    """
    rng = np.random.default_rng([seed, 3, month])
    joint = _joint(month).ravel()
    cell = rng.choice(len(joint), size=size, p=joint / joint.sum())
    district, service = np.divmod(cell, len(SERVICES))
    leisure = np.array([s.leisure for s in SERVICES])[service]
    opened = _moments(rng, month, leisure)
    order = np.argsort(opened, kind="stable")
    opened, district, service = opened[order], district[order], service[order]
    due = opened + np.array([s.promised_days for s in SERVICES])[service] * DAY
    closed = _closings(rng, opened, district, service, month)
    years = (month - month_number("2023-10")) / 12
    mix = np.array([0.44 - 0.05 * years, 0.18 + 0.04 * years, 0.14, 0.12 + 0.02 * years, 0.12 - 0.01 * years])
    channel = rng.choice(len(CHANNELS), size=size, p=mix / mix.sum())
    address = district * ADDRESSES_EACH + rng.integers(0, ADDRESSES_EACH, size)
    placeless = rng.random(size)
    reporter = np.where(rng.random(size) < ANONYMOUS, -1, rng.integers(0, REPORTERS, size))
    return Month(
        month=month,
        first_number=first_number,
        opened=opened,
        due=due,
        closed=closed,
        touched=opened + rng.integers(600, 20 * DAY, size),
        district=district,
        service=service,
        channel=channel,
        address=np.where(placeless < NO_PLACE, -1, address),
        reporter=reporter,
        district_known=placeless >= NO_DISTRICT,
    )
