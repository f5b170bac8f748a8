"""The situations of the reading test, each with its figures.

Belongs here: what stands in the figures. Does not belong here: sentences (the rules make them), making series
(``figures``). Figures and places are invented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from catalog.answer import Observation
from contracts.measure import Measure
from tests.reading.figures import LAST, counts, days, measure, of_city, rates, ratios, shares, still_running, text


@dataclass(frozen=True)
class Situation:
    """One situation: ``id`` names it, ``about`` says in English what stands in its figures."""

    id: str
    about: str
    measure: Measure
    figures: tuple[Observation, ...]


DAYS = (
    text("Days until a streetlight is mended", "Días hasta reparar una luminaria", "Dias até consertar uma luminária"),
    text("days", "días", "dias"),
)
LIGHTS = (
    text(
        "In {area} it typically took {value} to mend a streetlight reported",
        "En {area} se tardó por lo general {value} en reparar una luminaria reportada",
        "Em {area} levou-se em geral {value} para consertar uma luminária informada",
    ),
    text(
        "Across the city it typically took {value} to mend a streetlight reported",
        "En toda la ciudad se tardó por lo general {value} en reparar una luminaria reportada",
        "Em toda a cidade levou-se em geral {value} para consertar uma luminária informada",
    ),
)
ON_TIME = (
    text("Potholes mended by their day", "Baches tapados a tiempo", "Buracos tapados no prazo"),
    text("per cent of all that fell due", "por ciento de los que vencían", "por cento dos que venciam"),
)
HOLES = (
    text(
        "Of the potholes due in {area}, {value} were mended by their day",
        "De los baches que vencían en {area} se tapó a tiempo el {value}",
        "Dos buracos que venciam em {area}, {value} foram tapados no prazo",
    ),
    text(
        "Of the potholes due across the city, {value} were mended by their day",
        "De los baches que vencían en toda la ciudad se tapó a tiempo el {value}",
        "Dos buracos que venciam em toda a cidade, {value} foram tapados no prazo",
    ),
)
PER_1000 = text("per 1,000 residents", "por cada 1.000 habitantes", "por mil habitantes")

LIGHT_DAYS = measure("days", DAYS, "lower", 8, phrases=LIGHTS)
ON_TIME_SHARE = measure("share", ON_TIME, "higher", 80, phrases=HOLES)
COMPLAINTS = measure(
    "rate", (text("Complaints about noise", "Quejas por ruido", "Reclamações de ruído"), PER_1000), "lower"
)
REQUESTS = measure(
    "rate", (text("Requests for cleaning", "Pedidos de limpieza", "Pedidos de limpeza"), PER_1000), "none"
)
BACKLOG = measure(
    "count",
    (
        text("Requests open at month's end", "Solicitudes abiertas a fin de mes", "Pedidos abertos no fim do mês"),
        text("open requests", "solicitudes abiertas", "pedidos abertos"),
    ),
    "lower",
    1500,
    is_stock=True,
)
CLEARANCE = measure(
    "ratio",
    (
        text("Closed for every 100 opened", "Cerradas por cada 100 abiertas", "Encerrados por 100 abertos"),
        text("closed per 100 opened", "cerradas por cada 100 abiertas", "encerrados por 100 abertos"),
    ),
    "higher",
    100,
)

CALM = [6, 7, 6, 6, 7, 6, 7, 7, 6, 6, 7, 6, 6, 7, 7, 6, 6, 7, 6, 7, 6, 6, 7, 6]
"""24 months of a median that changes by a day at most."""
SHARE = [84, 83, 85, 84, 86, 83, 84, 85, 83, 84, 85, 84, 84, 83, 85, 84, 85, 83, 84, 84, 85, 83, 84, 84]
"""24 months of a share in per cent that changes by a few points."""


def _of(values: Sequence[int], whole: int = 400) -> list[tuple[int, int]]:
    return [(round(v * whole / 100), whole) for v in values]


def _city_of(*areas: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """All areas' cases together."""
    return [(sum(p for p, _ in month), sum(w for _, w in month)) for month in zip(*areas, strict=True)]


def _more(values: Sequence[int], by: int) -> list[int]:
    return [v + by for v in values]


def _since(values: Sequence[int], new: Sequence[int]) -> list[int]:
    return [*values[: len(values) - len(new)], *new]


def _shares(**areas: Sequence[tuple[int, int]]) -> tuple[Observation, ...]:
    found = of_city(shares("all", _city_of(*areas.values())))
    for name, series in areas.items():
        found += shares(name, series)
    return tuple(found)


def _days(city: Sequence[int | None], **areas: Sequence[int | None]) -> tuple[Observation, ...]:
    found = of_city(days("all", city, 600))
    for name, series in areas.items():
        found += days(name, series)
    return tuple(found)


RISE = [*[9, 17] * 8, 16, 9, 10, 11, 12, 13, 14, 15]
"""Up and down, and up each month since April."""

SOUTH = _since(CALM, [13, 14, 13, 15, 14])
"""Above its usual range since June."""


def _of_days() -> list[Situation]:
    return [
        Situation(
            "area-worse",
            "The city keeps its target; one area has been far above its usual range since June.",
            LIGHT_DAYS,
            _days(CALM, South=SOUTH, North=CALM, East=_more(CALM, -1), West=CALM),
        ),
        Situation(
            "area-leads",
            "The city is too close to its target to tell; one area has been far above its usual range since June.",
            measure("days", DAYS, "lower", 6.5, phrases=LIGHTS),
            _days(CALM, South=SOUTH, North=CALM, East=_more(CALM, -1), West=CALM),
        ),
        Situation(
            "area-once",
            "The city keeps its target; one area is surely the worst, and above its usual range in October alone.",
            LIGHT_DAYS,
            _days(CALM, South=[*CALM[:-1], 14], North=CALM, East=_more(CALM, -1), West=CALM),
        ),
        Situation(
            "city-misses",
            "The city misses its target, as it always does; one area is surely the worst, as it always was.",
            LIGHT_DAYS,
            _days(_more(CALM, 5), South=_more(CALM, 9), North=_more(CALM, 4), East=_more(CALM, 3)),
        ),
        Situation(
            "close-to-target",
            "The city's figure is a day under the target; its interval reaches beyond it.",
            measure("days", DAYS, "lower", 6.5, phrases=LIGHTS),
            _days(CALM, South=_more(CALM, 1), North=CALM, East=CALM),
        ),
        Situation(
            "two-worst",
            "Two areas are worse than the others, and cannot be told apart.",
            LIGHT_DAYS,
            _days(_more(CALM, 2), South=_more(CALM, 8), West=_more(CALM, 7), North=CALM, East=_more(CALM, -1)),
        ),
        Situation(
            "none-apart",
            "The areas' figures differ by less than their intervals.",
            LIGHT_DAYS,
            _days(_more(CALM, 4), South=_more(CALM, 5), North=_more(CALM, 4), East=_more(CALM, 3)),
        ),
        Situation(
            "all-met",
            "The city and each of its areas are surely under the target.",
            measure("days", DAYS, "lower", 12, phrases=LIGHTS),
            _days(CALM, South=_more(CALM, 2), North=CALM, East=_more(CALM, -2)),
        ),
        Situation(
            "city-worse",
            "The whole city has been above its usual range since July; so has every area.",
            LIGHT_DAYS,
            _days(_since(CALM, [12, 13, 12, 13]), South=_since(CALM, [12, 13, 12, 13]), North=_since(CALM, [12] * 4)),
        ),
        Situation(
            "city-and-area",
            "The whole city has been above its usual range since August, one area since June and much farther.",
            LIGHT_DAYS,
            _days(_since(CALM, [10, 11, 10]), South=_since(CALM, [19, 20, 22, 21, 22]), North=CALM, East=CALM),
        ),
        Situation(
            "city-better",
            "The whole city has been below its usual range since May.",
            LIGHT_DAYS,
            _days(
                _since(_more(CALM, 8), [8, 7, 7, 6, 6, 6]),
                South=_since(_more(CALM, 8), [8, 7, 7, 6, 6, 6]),
                North=_since(_more(CALM, 8), [8, 7, 7, 6, 6, 7]),
            ),
        ),
        Situation(
            "one-month",
            "The city was above its usual range in October alone.",
            LIGHT_DAYS,
            _days([*CALM[:-1], 11], South=[*CALM[:-1], 11], North=[*CALM[:-1], 10]),
        ),
        Situation(
            "city-rising",
            "The city's figure has risen month by month since April without leaving its usual range.",
            measure("days", DAYS, "lower", 25, phrases=LIGHTS),
            _days(RISE, South=RISE, North=_more(RISE, -1)),
        ),
        Situation(
            "too-early",
            "Eight months have a figure: nobody can say what is usual.",
            LIGHT_DAYS,
            _days(CALM[:8], South=_more(CALM, 9)[:8], North=CALM[:8]),
        ),
        Situation(
            "open-ended",
            "The upper end of the city's interval is not reached: too many cases are still open.",
            LIGHT_DAYS,
            (
                *of_city(days("all", [*CALM[:-1], None], 600)[:-1]),
                replace(of_city(days("all", [9], 600))[0], low=7.0, high=None),
                *days("South", _more(CALM, 5)),
                *days("North", CALM),
            ),
        ),
        Situation(
            "city-running",
            "Of the whole city more than half of October's cases are still open; one area has a figure.",
            LIGHT_DAYS,
            (
                *of_city(days("all", CALM, 600)[:-1]),
                *of_city([still_running("all")]),
                *days("North", CALM),
                *days("South", CALM)[:-1],
                still_running("South"),
            ),
        ),
        Situation(
            "city-hidden",
            "The city's October is hidden, since it would give away a small count; two areas have figures.",
            LIGHT_DAYS,
            _days([*CALM[:-1], None], South=_more(CALM, 6), North=CALM, East=[*CALM[:-1], None]),
        ),
        Situation(
            "few-everywhere",
            "The city has cases enough; no area has sixteen.",
            LIGHT_DAYS,
            (
                *of_city(days("all", CALM, 40, 2)),
                *days("South", _more(CALM, 6), 12, 5),
                *days("North", CALM, 14, 4),
                *days("East", CALM, 14, 4),
            ),
        ),
        Situation(
            "some-not-compared",
            "One area has few cases, the number of cases of one is hidden, the time of one is still running.",
            LIGHT_DAYS,
            (
                *of_city(days("all", CALM, 600)),
                *days("South", _more(CALM, 5)),
                *days("North", CALM),
                *days("East", _more(CALM, 9), 9, 8),
                *days("West", _more(CALM, 7), None),
                *days("Centre", CALM)[:-1],
                still_running("Centre"),
            ),
        ),
        Situation(
            "swinging",
            "October is surely above October of last year, but the months always swing as far: nothing is said of it.",
            LIGHT_DAYS,
            _days([6, 4, 9, 5, 10, 4, 9, 5, 10, 6, 9, 4, 5, 9, 4, 10, 5, 9, 4, 10, 5, 9, 6, 9]),
        ),
    ]


def _of_shares() -> list[Situation]:
    calm = _of(SHARE)
    low = _of(_more(SHARE, -14))
    return [
        Situation(
            "share-worst",
            "The city surely misses its target, and one area is surely the worst.",
            ON_TIME_SHARE,
            _shares(South=_of(_more(SHARE, -34)), North=low, East=_of(_more(SHARE, -8)), West=low),
        ),
        Situation(
            "share-close",
            "The city is a point under its target with a wide interval; areas cannot be told apart.",
            ON_TIME_SHARE,
            _shares(
                South=_of(_more(SHARE, -6), 100), North=_of(_more(SHARE, -5), 100), East=_of(_more(SHARE, -4), 100)
            ),
        ),
        Situation(
            "share-up",
            "The city's share is surely above that of October last year, and has left its usual range for the better.",
            ON_TIME_SHARE,
            _shares(
                South=_of(_since(_more(SHARE, -24), [84, 85, 86, 84])),
                North=_of(_since(_more(SHARE, -20), [86, 88, 87, 88])),
            ),
        ),
        Situation(
            "share-same",
            "October differs from October of last year by less than chance: nothing is said of it.",
            ON_TIME_SHARE,
            _shares(South=[*calm[:-1], (345, 400)], North=[*calm[:-1], (345, 400)]),
        ),
        Situation(
            "target-ahead",
            "The target is for the end of next year; the city is surely under it.",
            replace(ON_TIME_SHARE, target=90.0, target_by=date(2027, 12, 31)),
            _shares(South=low, North=calm),
        ),
        Situation(
            "target-ahead-met",
            "The target is for the end of next year; the city surely keeps it already.",
            replace(ON_TIME_SHARE, target=70.0, target_by=date(2027, 12, 31)),
            _shares(South=calm, North=calm),
        ),
        Situation(
            "share-all-met",
            "The city and each area surely keep the target.",
            replace(ON_TIME_SHARE, target=70.0),
            _shares(South=calm, North=_of(_more(SHARE, 8)), East=_of(_more(SHARE, 4))),
        ),
        Situation(
            "many-alike",
            "Five of eight areas may be the worst; the other three cannot.",
            ON_TIME_SHARE,
            _shares(
                **{f"District {n}": _of(_more(SHARE, -20 + n % 2), 200) for n in range(1, 6)},
                **{f"District {n}": _of(_more(SHARE, 4), 200) for n in range(6, 9)},
            ),
        ),
        Situation(
            "city-few",
            "Eleven cases stand behind the city's October.",
            ON_TIME_SHARE,
            _shares(South=[*calm[:-1], (3, 6)], North=[*calm[:-1], (4, 5)]),
        ),
        Situation(
            "gaps",
            "Every second month is hidden: nobody can say what is usual.",
            ON_TIME_SHARE,
            tuple(
                replace(o, value=None, n=None, low=None, high=None, hidden=True)
                if i % 2 == 0 and o.period != LAST
                else o
                for i, o in enumerate(of_city(shares("all", _of(_more(SHARE, 2)))))
            ),
        ),
    ]


def _of_others() -> list[Situation]:
    noise = [120, 131, 118, 125, 129, 116, 122, 127, 119, 124, 121, 126] * 2
    return [
        Situation(
            "rate-worst",
            "A rate without a target; one area is surely the highest.",
            COMPLAINTS,
            (
                *of_city(rates("all", [3 * n for n in noise], 400_000)),
                *rates("South", [2 * n for n in noise], 100_000),
                *rates("North", [n // 2 for n in noise], 100_000),
                *rates("East", [n // 2 for n in noise], 200_000),
            ),
        ),
        Situation(
            "neither-better",
            "A rate of which neither more nor less is better; the areas differ.",
            REQUESTS,
            (
                *of_city(rates("all", [2 * n for n in noise], 200_000)),
                *rates("South", [n + n // 2 for n in noise], 100_000),
                *rates("North", [n // 2 for n in noise], 100_000),
            ),
        ),
        Situation(
            "neither-better-alike",
            "A rate of which neither more nor less is better; the areas cannot be told apart.",
            REQUESTS,
            (
                *of_city(rates("all", [2 * n for n in noise], 200_000)),
                *rates("South", [n + 2 for n in noise], 100_000),
                *rates("North", [n - 2 for n in noise], 100_000),
            ),
        ),
        Situation(
            "backlog",
            "A number with a target for the whole city: an area's number is not held against it.",
            BACKLOG,
            (
                *of_city(counts("all", [1700 + 10 * (n % 3) for n in noise])),
                *counts("South", [900 + n % 3 for n in noise]),
                *counts("North", [800 + n % 3 for n in noise]),
            ),
        ),
        Situation(
            "clearance",
            "A ratio: no interval is published, so that no area is called the worst.",
            CLEARANCE,
            (
                *of_city(ratios("all", [(760 + n % 7, 800) for n in noise])),
                *ratios("South", [(340 + n % 7, 400) for n in noise]),
                *ratios("North", [(420, 400)] * 24),
            ),
        ),
        Situation(
            "nothing-yet",
            "Every figure is still running.",
            LIGHT_DAYS,
            (*of_city([still_running("all")]), still_running("South")),
        ),
    ]


SITUATIONS: tuple[Situation, ...] = (*_of_days(), *_of_shares(), *_of_others())
