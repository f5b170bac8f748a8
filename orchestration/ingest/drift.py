"""What changed between two deliveries: from two shapes to findings, by stated thresholds.

Belongs here: the comparison, as pure functions, and its thresholds. Does not belong here: measuring (``shape``),
which deliveries are compared and what a finding does (``comparing``), sentences (``contracts.drift_words``).

A finding weighs ``warning`` only where chance can be ruled out: two deliveries drawn from the same records would give
it less than once in 100,000 times. What chance may have done is told as ``info`` or not at all. So three records
don't cry, and a million records are not asked for a jump of ten points where one of one point is certain.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from contracts.model import EMPTY, Contract, Property
from contracts.shapes import QUANTILES, CameColumn, ColumnShape, Finding, Shape, Value

CHANCE = 1e-5
"""How often two deliveries out of the same records may give what is called a warning."""
DEVIATIONS = 5.0
"""Standard deviations between two shares that are called different: chance gives so many once in a million times."""
ASIDE_FROM = 20
"""Records set aside from which on a rise of their share is told: a few bad records are everyday."""
ASIDE_TIMES = 1.5
"""Times the share of records set aside before, from which on its rise is told: it is never quite the same."""
SHARE_STEP = 0.10
"""Difference between two shares of empty or unreadable values that is worth a warning: ten points of a hundred."""
ALIKE_BEFORE, ALIKE_AFTER = 0.9, 0.5
"""Shares of a column's values that looked alike, and of those that still do, where its kind has changed."""
SOME = 30
"""Values from which on a median, or a kind of value, says something."""
MAGNITUDE = 10.0
"""Times by which a median moved, or the lowest and the highest are passed, that means another unit or scale."""
YEAR = timedelta(days=365)
"""Time, or the whole span of the dates before where that is longer, beyond which a single date is told."""
FUTURE = timedelta(days=1)
"""Time after the retrieval up to which a date is no future date: zones and clocks differ."""
COUNT_FROM = 100
"""Records of the last delivery from which on a change of their number is judged where the contract says nothing."""
COUNT_CHANGE = (-0.5, 1.0)
"""Relative change of the number of records at which a delivery is held where the contract says nothing: these
themselves, halved and doubled, are held."""

THRESHOLDS = {
    "CHANCE": CHANCE,
    "DEVIATIONS": DEVIATIONS,
    "SHARE_STEP": SHARE_STEP,
    "ASIDE_FROM": ASIDE_FROM,
    "ASIDE_TIMES": ASIDE_TIMES,
    "ALIKE_BEFORE": ALIKE_BEFORE,
    "ALIKE_AFTER": ALIKE_AFTER,
    "SOME": SOME,
    "MAGNITUDE": MAGNITUDE,
    "FUTURE_DAYS": FUTURE.days,
    "YEAR_DAYS": YEAR.days,
    "COUNT_FROM": COUNT_FROM,
    "COUNT_MINIMUM": COUNT_CHANGE[0],
    "COUNT_MAXIMUM": COUNT_CHANGE[1],
}
"""All of them; ``docs/how-to/when-a-source-changes.md`` states them, and a test holds the two together."""


def compare(
    before: Shape, after: Shape, contract: Contract, seen: Mapping[str, Collection[str]] = EMPTY, *, whole: bool = True
) -> tuple[Finding, ...]:
    """What changed in the columns and their values; columns that went are told by ``resemblance``.

    Args:
        before: The delivery it is compared with.
        after: This one.
        contract: The source's contract.
        seen: Values by column that are known from deliveries before that one.
        whole: Whether both hold records of the same kind; of others, only the columns are compared.
    """
    found = [*_added(before, after), *_kinds(before, after, contract)]
    found += _set_aside(before, after) if whole else ()
    for column in contract.columns if whole else ():
        old, new = before.column(column.name), after.column(column.name)
        if old is not None and new is not None and old.type == new.type:
            found += [*_column(old, new, column), *_categories(old, new, seen.get(column.name, ()))]
            found += _times(old, new, before, after) if new.type in ("date", "timestamp") else ()
    return tuple(found)


def record_count(before: int, after: int, allowed: tuple[float, float] | None) -> Finding | None:
    """The finding that a delivery holds too few or too many records; None where it does not.

    Args:
        before: Records of the delivery it is compared with.
        after: Records of this one.
        allowed: ``recordCountChange`` of the contract, its ends included; None: ``COUNT_CHANGE``, its ends held,
            from ``COUNT_FROM`` records on.
    """
    if before == 0 or (allowed is None and before < COUNT_FROM):
        return None
    low, high = allowed or COUNT_CHANGE
    change = (after - before) / before
    inside = low <= change <= high if allowed else low < change < high
    return None if inside else Finding("record_count", "breaks", before=before, after=after)


def _set_aside(before: Shape, after: Shape) -> Iterator[Finding]:
    """A greater share of records set aside; nothing where one of the two was not judged record by record."""
    if not before.columns or not after.columns:
        return
    old, new = before.received - before.accepted, after.received - after.accepted
    was, now = _share(old, before.received), _share(new, after.received)
    if new >= ASIDE_FROM and now >= ASIDE_TIMES * was and _differ((old, before.received), (new, after.received)):
        yield Finding("set_aside", "warning", before=old, after=new, count=after.received)


def _column(old: ColumnShape, new: ColumnShape, column: Property) -> Iterator[Finding]:
    yield from _unreadable(old, new)
    yield from _emptiness(old, new)
    if new.type in ("integer", "number") and not (column.unique or column.primary_key_position):
        yield from _numbers(old, new)


# Columns as they came


def _added(before: Shape, after: Shape) -> Iterator[Finding]:
    """Columns that the last delivery did not have and the contract does not read."""
    known = {column.name for column in before.came}
    if known:
        yield from (
            Finding("column_added", "info", column=column.name)
            for column in after.came
            if column.read is None and column.name not in known
        )


def _kinds(before: Shape, after: Shape, contract: Contract) -> Iterator[Finding]:
    """Columns whose values look like something else than they did: where no type of the contract would tell."""
    texts = {column.name for column in contract.columns if column.logical_type == "string"}
    old = {column.name: column for column in before.came}
    for new in after.came:
        was = old.get(new.name)
        if was is None or min(was.filled, new.filled) < SOME or not (new.read is None or new.read in texts):
            continue
        if _alike(was, was.kind) >= ALIKE_BEFORE and _alike(new, was.kind) <= ALIKE_AFTER and was.kind != new.kind:
            yield Finding("kind_changed", "warning", new.read or new.name, was.kind, new.kind)


def _alike(column: CameColumn, kind: str) -> float:
    """Share of a column's values that look like ``kind``; every value is a text."""
    if kind == "text":
        return 1.0
    return column.kinds.get(kind, 0) / column.filled if column.filled else 0.0


# Shares


def _unreadable(old: ColumnShape, new: ColumnShape) -> Iterator[Finding]:
    """More values than before that are not of the column's type."""
    was, now = _share(old.unread, old.filled + old.unread), _share(new.unread, new.filled + new.unread)
    if now - was >= SHARE_STEP and _differ(
        (old.unread, old.filled + old.unread), (new.unread, new.filled + new.unread)
    ):
        yield Finding("unreadable", "warning", new.name, round(was, 4), round(now, 4), new.unread)


def _emptiness(old: ColumnShape, new: ColumnShape) -> Iterator[Finding]:
    was, now = _share(old.nulls, old.records), _share(new.nulls, new.records)
    if abs(now - was) >= SHARE_STEP and _differ((old.nulls, old.records), (new.nulls, new.records)):
        emptier = now > was
        kind, weight = ("emptier", "warning") if emptier else ("fuller", "info")
        yield Finding(kind, weight, new.name, round(was, 4), round(now, 4), new.nulls)  # type: ignore[arg-type]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _differ(old: tuple[int, int], new: tuple[int, int]) -> bool:
    """Whether two shares, as parts of wholes, differ by more than chance gives."""
    if not old[1] or not new[1]:
        return False
    pooled = (old[0] + new[0]) / (old[1] + new[1])
    spread = math.sqrt(pooled * (1 - pooled) * (1 / old[1] + 1 / new[1]))
    return spread > 0 and abs(new[0] / new[1] - old[0] / old[1]) >= DEVIATIONS * spread


# Values


def _is_chance(count: int, own: int, other: int) -> bool:
    """Whether ``count`` records may all stand in the delivery of ``own`` records by chance, none in the other's."""
    return (own / (own + other)) ** count > CHANCE if count and own and other else True


def _categories(old: ColumnShape, new: ColumnShape, seen: Collection[str]) -> Iterator[Finding]:
    """Values never seen, and known ones that no longer occur."""
    if old.categories is None or new.type == "integer":
        return
    if new.categories is None:
        more = new.distinct - len(old.categories)
        if more > len(old.categories):  # so many that they are no categories any more
            yield Finding("new_values", "warning", new.name, count=more)
        return
    fresh = sorted(set(new.categories) - set(old.categories) - set(seen))
    if fresh:
        records = sum(new.categories[value] for value in fresh)
        certain = any(not _is_chance(new.categories[value], new.filled, old.filled) for value in fresh)
        yield Finding(
            "new_values",
            "warning" if certain else "info",
            new.name,
            after=records,
            count=len(fresh),
            values=tuple(fresh),
        )
    silent = [
        value
        for value in sorted(set(old.categories) - set(new.categories))
        if not _is_chance(old.categories[value], old.filled, new.filled)
    ]
    if silent:
        records = sum(old.categories[value] for value in silent)
        yield Finding("silent_values", "warning", new.name, before=records, count=len(silent), values=tuple(silent))


def _outermost(old: ColumnShape, new: ColumnShape) -> tuple[float, float] | None:
    """The shares between which a quantile of ``new`` beyond all of ``old`` is no chance; None where none is so near."""
    share = next(
        (q for q in QUANTILES if q < 0.5 and not _is_chance(int(q * new.looked), new.looked, old.filled)), None
    )
    return None if share is None else (share, round(1 - share, 3))


def _at(column: ColumnShape, share: float) -> Value:
    return column.quantiles[QUANTILES.index(share)]


def _times(old: ColumnShape, new: ColumnShape, before: Shape, after: Shape) -> Iterator[Finding]:
    """Dates earlier than any before, or further in the future than any was."""
    if old.low is None or old.high is None or new.low is None or new.high is None or not new.quantiles:
        return
    shares = _outermost(old, new)
    low, high = _moment(old.low), _moment(old.high)
    if shares is not None and _moment(_at(new, shares[0])) < low:
        yield Finding("too_early", "warning", new.name, values=(old.low, new.low))
    elif _moment(new.low) < low - max(high - low, YEAR):
        yield Finding("too_early", "info", new.name, values=(old.low, new.low))
    limit = max(high, _moment(after.at) + max(FUTURE, high - _moment(before.at)))
    if shares is not None and _moment(_at(new, shares[1])) > limit:
        yield Finding("too_late", "warning", new.name, values=(old.high, new.high))
    elif _moment(new.high) > limit + max(high - low, YEAR):
        yield Finding("too_late", "info", new.name, values=(old.high, new.high))


def _moment(value: Value) -> datetime:
    """An ISO 8601 date or time, as naive UTC."""
    moment = datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=None) if moment.tzinfo is None or not moment.utcoffset() else moment


def _numbers(old: ColumnShape, new: ColumnShape) -> Iterator[Finding]:
    """Numbers far beyond any before, below zero where none was, or of another order of magnitude altogether."""
    shares = _outermost(old, new)
    if not old.quantiles or not new.quantiles or old.low is None or old.high is None:
        return
    low, high = float(old.low), float(old.high)
    if shares is not None:
        reach = MAGNITUDE * max(abs(low), abs(high))
        below, above = float(_at(new, shares[0])), float(_at(new, shares[1]))
        if below < -reach or (low >= 0 > below):
            yield Finding("too_low", "warning", new.name, values=(old.low, new.low or 0))
        if above > reach or (high <= 0 < above):
            yield Finding("too_high", "warning", new.name, values=(old.high, new.high or 0))
    middle, now = abs(float(_at(old, 0.5))), abs(float(_at(new, 0.5)))
    if middle and now and min(old.looked, new.looked) >= SOME and _steady(old) and _steady(new):
        times = now / middle
        if times >= MAGNITUDE or times <= 1 / MAGNITUDE:
            yield Finding("magnitude", "warning", new.name, values=(_at(old, 0.5), _at(new, 0.5)))


def _steady(column: ColumnShape) -> bool:
    """Whether a median says how large the values are: half of them lie within one order of magnitude of it."""
    quarter, middle, more = (abs(float(_at(column, q))) for q in (0.25, 0.5, 0.75))
    return all(min(pair) * MAGNITUDE >= max(pair) for pair in pairwise((quarter, middle, more)))
