"""Invented measures with series of months, for tests of packets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from catalog.answer import CITY, Observation
from catalog.measured import Measured
from catalog.packet.standing import Standing, stand_on
from contracts.city import FollowUp, Person
from contracts.measure import Formula, Measure
from contracts.model import Place, Text

DAY = date(2026, 11, 2)
LAST = date(2026, 10, 1)
CALM = (10.0, 11.0) * 12
"""Two years that only waver: the usual range is 7.8 to 13.2."""


def month_before(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def measure(name: str = "days", **more: Any) -> Measure:
    formula: dict[str, Any] = {"kind": "days", "product": "requests", "where": {}}
    formula |= {k: more.pop(k) for k in tuple(more) if k in Formula.__dataclass_fields__}
    facts: dict[str, Any] = {
        "id": name,
        "version": "1.0.0",
        "title": Text(name.capitalize()),
        "definition": Text("What is counted."),
        "formula": Formula(**formula),
        "unit": Text("days"),
        "direction": "lower",
        "owner": Person(Text("Head of works")),
        "gaming": Text("Closing a case too early."),
    }
    return Measure(**{**facts, **more})


def series(
    values: Sequence[float | None], area: str = CITY, *, n: float | None = 100, spread: float = 0.5, last: date = LAST
) -> tuple[Observation, ...]:
    """A series that ends in the month ``last``; of a month without a value there is a row that says nothing."""
    count = len(values)
    return tuple(
        Observation(
            area=area,
            area_name=area.title(),
            period=month_before(last, count - 1 - i),
            value=value,
            n=n,
            low=None if value is None else value - spread,
            high=None if value is None else value + spread,
        )
        for i, value in enumerate(values)
    )


def standing(
    of: Measure,
    city: Sequence[float | None] = CALM,
    areas: Mapping[str, Sequence[float | None]] | None = None,
    groups: Mapping[str, Iterable[Observation]] | None = None,
    **more: Any,
) -> Standing:
    told = Measured(
        of,
        city=series(city, **more) if city else (),
        areas=tuple(o for name, values in (areas or {}).items() for o in series(values, name, **more)),
        groups={name: tuple(found) for name, found in (groups or {}).items()},
        is_missing=False,
    )
    return stand_on(told, DAY, "the whole city")


def follow_up(name: str, due: date, status: Any = "open", closed: date | None = None, **more: Any) -> FollowUp:
    facts: dict[str, Any] = {
        "id": name,
        "what": Text(f"Do {name}."),
        "owner": Person(Text("Head of works"), "Ana Ruiz", "ana@ribera.example"),
        "asked": date(2026, 6, 1),
        "response": Text("It is done.") if closed else None,
        "problem": None,
        "measure": None,
        "tier": "internal",
        "place": Place("followups.yaml", 1),
    }
    return FollowUp(due=due, status=status, closed=closed, **{**facts, **more})
