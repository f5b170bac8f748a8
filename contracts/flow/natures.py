"""Values: their edges and their nature, and what becomes of both.

Belongs here: ``Value``, and rules that need no SQL: what a function, a choice, a sum of values is. Does not belong
here: which functions there are (``functions``), reading expressions (``expressions``).

A value's edges stand in two sets: ``pooled`` went through an aggregate over several records (or come from a column
that did), ``plain`` did not. A step for aggregates lowers the pooled ones alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contracts.flow.edges import NOTHING, Flows, direct, indirect, inside_aggregate, union
from contracts.flow.model import Nature, Subtype
from contracts.flow.traits import CONSTANT as SAME
from contracts.flow.traits import NONE, NULL, Traits, joined


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression gives.

    ``is_neutral``: the literal NULL or 0, which changes no count it stands beside. ``is_key``: a column of a source's
    key, as it came. ``pools`` tells apart the sets of records that aggregates in it are over; ELSEWHERE stands for
    those of another model. ``conditions``: what, in models above, decided which value a column has.
    """

    plain: Flows = NOTHING
    pooled: Flows = NOTHING
    nature: Nature = Nature.RECORD
    is_moment: bool = False
    is_neutral: bool = False
    is_key: bool = False
    pools: frozenset[str] = frozenset()
    traits: Traits = NONE
    conditions: Flows = NOTHING

    @property
    def flows(self) -> Flows:
        """All its edges."""
        return self.plain | self.pooled

    def made(self, subtype: Subtype) -> Value:
        """The value after something that keeps its nature."""
        return replace(self, plain=direct(self.plain, subtype), pooled=direct(self.pooled, subtype))

    def deciding(self, subtype: Subtype) -> Value:
        """The value as something that decides another one."""
        return replace(self, plain=indirect(self.plain, subtype), pooled=indirect(self.pooled, subtype))

    def plus(self, others: Iterable[Value]) -> Value:
        """The value with the edges of others beside its own."""
        found = tuple(others)
        return replace(
            self,
            plain=union((self.plain, *(v.plain for v in found))),
            pooled=union((self.pooled, *(v.pooled for v in found))),
            conditions=union((self.conditions, *(v.conditions for v in found))),
        )


CONSTANT: Final = Value(nature=Nature.CONSTANT, traits=SAME)
NEUTRAL: Final = Value(nature=Nature.CONSTANT, is_neutral=True, is_moment=True, traits=NULL)
UNKNOWN: Final = Value()
"""Of what was refused; the refusal makes its model's columns most restrictive."""

ELSEWHERE: Final = ""
"""The pool of an aggregate that another model works out."""

MANY: Final = frozenset({Nature.COUNT, Nature.AGGREGATE})


def worked_out(values: Sequence[Value]) -> Value:
    """What a scalar function makes of its arguments."""
    pools = frozenset[str]().union(*(value.pools for value in values))
    made = (value.made(Subtype.TRANSFORMATION) for value in values)
    return Value(nature=mixed(value.nature for value in values), pools=pools).plus(made)


def chosen(
    branches: Sequence[Value], conditions: Sequence[Value] = (), subtype: Subtype = Subtype.CONDITIONAL
) -> Value:
    """One of ``branches``, decided by ``conditions`` (a case, a coalesce, a set operation)."""
    real = [branch for branch in branches if not branch.is_neutral]
    natures = {branch.nature for branch in real}
    if not real:
        nature = mixed(condition.nature for condition in conditions)
    elif natures == {Nature.COUNT}:
        nature = Nature.COUNT
    elif natures == {Nature.CONSTANT}:
        nature = mixed([Nature.CONSTANT, *(condition.nature for condition in conditions)])
    else:
        nature = mixed(natures)
    edges = [branch.made(Subtype.TRANSFORMATION) for branch in branches]
    edges += [condition.deciding(subtype) for condition in conditions]
    return Value(
        nature=nature,
        is_moment=bool(real) and all(branch.is_moment for branch in real),
        is_key=bool(real) and all(branch.is_key for branch in real),
        is_neutral=not real and not conditions,
        pools=frozenset[str]().union(*(branch.pools for branch in branches)),
        traits=joined(branch.traits for branch in branches),
    ).plus(edges)


def added(left: Value, right: Value, *, is_same: bool) -> Value:
    """A sum or difference; one of a count with another one is a count, unless the two are the same expression."""
    both = worked_out((left, right))
    real = [value for value in (left, right) if not value.is_neutral]
    if not is_same and real and all(value.nature is Nature.COUNT for value in real):
        return replace(both, nature=Nature.COUNT)
    return both


def mixed(natures: Iterable[Nature]) -> Nature:
    """The nature of what is worked out from values of these natures."""
    found = set(natures)
    if Nature.RECORD in found:
        return Nature.RECORD
    return Nature.AGGREGATE if found & MANY else Nature.CONSTANT


def pooled(value: Value, presence: Flows, nature: Nature, pool: str) -> Value:
    """An aggregate over ``value``; ``presence`` decides which records it is over, which ``pool`` names."""
    flows = inside_aggregate(value.flows) | indirect(presence, Subtype.FILTER)
    pools = value.pools if value.nature in MANY else frozenset({pool})
    return Value(pooled=flows, nature=nature, pools=pools, conditions=value.conditions)


def picked(value: Value, presence: Flows) -> Value:
    """One record's value, taken by an aggregate (min, first) from among many."""
    made = Value(
        inside_aggregate(value.plain),
        inside_aggregate(value.pooled),
        is_moment=value.is_moment,
        pools=value.pools,
        conditions=value.conditions,
    )
    nature = value.nature if value.nature in MANY else Nature.RECORD
    filters = indirect(presence, Subtype.FILTER)
    if nature in MANY:
        return replace(made, nature=nature, pooled=made.pooled | filters)
    return replace(made, plain=made.plain | filters)


def as_column(value: Value) -> Value:
    """The value as a column of a relation that is read: a constant may be missing there, so it is one no more."""
    if value.nature is Nature.CONSTANT:
        return replace(value, nature=Nature.RECORD, is_neutral=False)
    return replace(value, is_neutral=False) if value.is_neutral else value


def described(value: Value) -> str:
    """What a value is, in words for whoever wrote a model."""
    words = {
        Nature.CONSTANT: "a constant",
        Nature.COUNT: "a count",
        Nature.AGGREGATE: "an aggregate",
        Nature.RECORD: "a value of one record",
    }
    return words[value.nature] + (" (a moment)" if value.is_moment else "")
