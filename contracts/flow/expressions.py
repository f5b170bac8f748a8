"""Reading expressions: what a value is made of and what decides it.

Belongs here: one method for each kind of node that has a value. Does not belong here: aggregates and windows
(``aggregates``), what queries inside expressions decide (``conditions``), names (``names``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Protocol

from sqlglot import exp

from contracts.flow.aggregates import is_aggregate, read_aggregate
from contracts.flow.conditions import read_any, read_exists, read_in, read_subquery
from contracts.flow.edges import NOTHING, bounded, through_step
from contracts.flow.functions import (
    LISTED_CLASSES,
    LISTED_NAMES,
    MOMENT_CLASSES,
    MOMENT_NAMES,
    PLACING,
    RANKING,
    RANKING_NAMES,
    SCALAR_CLASSES,
    SCALAR_NAMES,
    UNITS,
)
from contracts.flow.model import Nature, Need, Subtype, fold
from contracts.flow.names import read_column
from contracts.flow.natures import CONSTANT, NEUTRAL, UNKNOWN, Value, added, chosen, worked_out
from contracts.flow.nested import read_array, read_dot, read_struct, read_unnest, read_with_lambda
from contracts.flow.nodes import OPERATORS
from contracts.flow.reading import Reading, bare, called, instead_of, quoted
from contracts.flow.scopes import Rows, Scope
from contracts.flow.step_calls import called_step, falls_in_order
from contracts.flow.traits import ANYTHING, MOMENT, Traits, traits_of
from contracts.flow.windows import read_window

_CHAINS: Final = (exp.And, exp.Or, exp.DPipe)
"""Operators that stand in long rows: read without going a level deeper for each."""

_MOMENTS: Final = frozenset(
    {
        exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPNTZ, exp.DType.TIMESTAMP_S,
        exp.DType.TIMESTAMP_MS, exp.DType.TIMESTAMP_NS, exp.DType.DATETIME, exp.DType.TIMESTAMPLTZ,
    }
)  # fmt: skip
_NUMBERS: Final = exp.DataType.NUMERIC_TYPES
_MADE_MOMENTS: Final[tuple[type[exp.Expr], ...]] = (
    exp.Cast,
    exp.TryCast,
    exp.Anonymous,
    exp.Sub,
    exp.Add,
    *MOMENT_CLASSES,
)
"""What gives a moment only where it is given one, or a text."""


class ReadQuery(Protocol):
    """What reads a query inside an expression."""

    def __call__(self, node: exp.Expr, parent: Scope, *, any_will_do: bool = False) -> Rows:
        """What the query gives."""


class Expressions:
    """Reads the expressions of one model."""

    def __init__(self, reading: Reading, read_query: ReadQuery) -> None:
        self.reading = reading
        self._read_query = read_query
        self._traits: dict[int, Traits] = {}

    def read_query(self, node: exp.Expr, scope: Scope, *, any_will_do: bool = False) -> Rows:
        """What a query inside an expression gives."""
        return self._read_query(node, scope, any_will_do=any_will_do)

    def value(self, node: exp.Expr, scope: Scope) -> Value:
        """What ``node`` gives, in ``scope``."""
        if not self.reading.knows(node):
            self.reading.skip(node)
            return UNKNOWN
        value = self._read(node, scope)
        traits = traits_of(node, value.traits, self._traits)
        is_moment = value.is_moment and (not isinstance(node, _MADE_MOMENTS) or traits.kind in (MOMENT, ANYTHING))
        if traits is not value.traits or is_moment != value.is_moment:
            value = replace(value, traits=traits, is_moment=is_moment)
        self._traits[id(node)] = traits
        return value if len(value.plain) + len(value.pooled) < 32 else _bounded(value)

    def values(self, nodes: Any, scope: Scope) -> list[Value]:
        """What each of several nodes gives; words that are no expression are passed over."""
        found: list[Value] = []
        for node in nodes:
            if isinstance(node, list):
                found += self.values(node, scope)
            elif isinstance(node, exp.Expr):
                found.append(self.value(node, scope))
        return found

    def refused(self, node: exp.Expr, construct: str, instead: str) -> Value:
        """Note a refusal; the value is unknown."""
        self.reading.refuse(node, construct, instead)
        self.reading.skip(node)
        return UNKNOWN

    def _read(self, node: exp.Expr, scope: Scope) -> Value:
        kind = type(node)
        if isinstance(node, exp.Column):
            return read_column(self, node, scope)
        if kind is exp.Literal:
            return NEUTRAL if not node.is_string and _is_zero(node.this) else CONSTANT
        if (reader := _READERS.get(kind)) is not None:
            return reader(self, node, scope)
        if isinstance(node, exp.Window):
            return read_window(self, node, scope)
        if is_aggregate(node):
            return read_aggregate(self, node, scope)
        if kind in _CHAINS:
            return self._chain(node, scope)
        if kind in OPERATORS:
            return worked_out(self.values(node.args.values(), scope))
        if kind in SCALAR_CLASSES:
            return self._scalar(node, scope, gives_moment=kind in MOMENT_CLASSES)
        if kind in LISTED_CLASSES:
            return read_with_lambda(self, node, scope)
        if kind is exp.Anonymous:
            return self._named(node, scope)
        if kind in PLACING or kind in RANKING:
            return self.refused(node, f"a function of a window stands without one: {quoted(node)}", "Write OVER (…).")
        return self.refused(node, f"{kind.__name__} has no value here: {quoted(node)}", instead_of(node))

    def _chain(self, node: exp.Expr, scope: Scope) -> Value:
        sides: list[exp.Expr] = []
        rest: exp.Expr = node
        while isinstance(rest, _CHAINS):
            if not self.reading.knows(rest):
                self.reading.skip(node)
                return UNKNOWN
            sides.append(rest.expression)
            rest = rest.this
        return worked_out([self.value(side, scope) for side in (rest, *reversed(sides))])

    def _scalar(self, node: exp.Expr, scope: Scope, *, gives_moment: bool) -> Value:
        result = worked_out(self.values(node.args.values(), scope))
        return replace(result, is_moment=gives_moment)

    def _named(self, node: exp.Expr, scope: Scope) -> Value:
        name = called(node)
        function = self.reading.steps.get(fold(name))
        if function is not None:
            given = node.expressions
            if len(given) != len(function.arguments):
                expected = f"{name}({', '.join(function.arguments)})"
                return self.refused(node, f"{name} has {len(given)} arguments", f"Write {expected}.")
            before, scope.windows_order = scope.windows_order, NOTHING
            result, lowers = called_step(self.reading, node, function, given, lambda one: self.value(one, scope))
            needs = {function.needs.get(name) for name in function.lowered}
            if lowers and Need.WINDOW in needs:
                scope.windows_order = through_step(scope.windows_order, function.name, with_conditions=True)
            elif lowers and Need.NUMBERING in needs:
                falls = falls_in_order(given[0], lambda one: self.value(one, scope))
                ends = {(edge.relation, edge.column, edge.steps) for edge in falls}
                fall = frozenset(e for e in scope.windows_order if (e.relation, e.column, e.steps) in ends)
                scope.windows_order -= fall
                scope.windows_order |= through_step(fall, function.name, with_conditions=True)
            scope.windows_order |= before
            return result
        if name.startswith("step_"):
            return self.refused(node, f"{name} is no registered step", "Use a step of the register.")
        if name in LISTED_NAMES:
            return read_with_lambda(self, node, scope)
        if name in RANKING_NAMES:
            return self.refused(node, f"a function of a window stands without one: {quoted(node)}", "Write OVER (…).")
        if name in SCALAR_NAMES:
            return self._scalar(node, scope, gives_moment=name in MOMENT_NAMES)
        return self.refused(node, f"the function {name} is not known", instead_of(node))

    def parameter(self, name: str) -> Value | None:
        """What a lambda's parameter called ``name`` stands for."""
        return next((given[fold(name)] for given in reversed(self.reading.lambdas) if fold(name) in given), None)

    def identifier(self, node: exp.Expr, _: Scope) -> Value:
        """A bare name: the parameter of a lambda."""
        value = self.parameter(node.name)
        return value or self.refused(node, f"{node.name} names nothing", "Name a column.")

    def paren(self, node: exp.Expr, scope: Scope) -> Value:
        """Brackets."""
        return self.value(node.this, scope)

    def word(self, _: exp.Expr, __: Scope) -> Value:
        """True and false, a path into JSON: constants."""
        return CONSTANT

    def unit(self, node: exp.Expr, _: Scope) -> Value:
        """A unit of time, or the name of a collation; not a column in its place."""
        if not isinstance(node.parent, exp.Collate) and node.name.upper() not in UNITS:
            return self.refused(node, f"{node.name} is no unit of time", "Write the unit as text: 'month'.")
        return CONSTANT

    def null(self, _: exp.Expr, __: Scope) -> Value:
        """NULL."""
        return NEUTRAL

    def sum(self, node: exp.Expr, scope: Scope) -> Value:
        """``+`` and ``-``: of counts a count, of a moment and an interval a moment."""
        left, right = self.value(node.this, scope), self.value(node.expression, scope)
        result = added(left, right, is_same=isinstance(node, exp.Add) and node.this == node.expression)
        shifts = isinstance(bare(node.expression), exp.Interval) and right.nature is Nature.CONSTANT
        return replace(result, is_moment=left.is_moment and shifts)

    def cast(self, node: exp.Expr, scope: Scope) -> Value:
        """A cast: a count stays one as a number; what is cast to a date or timestamp is a moment."""
        value = self.value(node.this, scope)
        to = node.args["to"]
        self.reading.skip(to)
        nature = value.nature
        if nature is Nature.COUNT and to.this not in _NUMBERS:
            nature = Nature.AGGREGATE
        return replace(value.made(Subtype.TRANSFORMATION), nature=nature, is_moment=to.this in _MOMENTS)

    def case(self, node: exp.Expr, scope: Scope) -> Value:
        """CASE: its branches, decided by its conditions."""
        subject = [self.value(node.this, scope)] if node.this is not None else []
        conditions, branches = list(subject), []
        for branch in node.args.get("ifs") or []:
            self.reading.knows(branch)
            conditions.append(self.value(branch.this, scope))
            branches.append(self.value(branch.args["true"], scope))
        default = node.args.get("default")
        branches.append(self.value(default, scope) if default is not None else NEUTRAL)
        return chosen(branches, conditions)

    def iff(self, node: exp.Expr, scope: Scope) -> Value:
        """``if(condition, one, other)``."""
        other = node.args.get("false")
        branches = [self.value(node.args["true"], scope), self.value(other, scope) if other is not None else NEUTRAL]
        return chosen(branches, [self.value(node.this, scope)])

    def choice(self, node: exp.Expr, scope: Scope) -> Value:
        """``coalesce``, ``greatest``, ``least``: one of the arguments."""
        return chosen(self.values([node.this, *node.expressions], scope))

    def nullif(self, node: exp.Expr, scope: Scope) -> Value:
        """``nullif(value, other)``: the value, or NULL where it equals the other."""
        return chosen([self.value(node.this, scope)], [self.value(node.expression, scope)])

    def grouping(self, node: exp.Expr, scope: Scope) -> Value:
        """``grouping(key)``: which total a record is, whatever the data."""
        self.values(node.expressions, scope)
        return CONSTANT


def _bounded(value: Value) -> Value:
    return replace(value, plain=bounded(value.plain), pooled=bounded(value.pooled))


def _is_zero(text: str) -> bool:
    return text.strip("0.") == "" and "0" in text


_READERS: Final[dict[type[exp.Expr], Callable[[Expressions, Any, Scope], Value]]] = {
    exp.Identifier: Expressions.identifier,
    exp.Paren: Expressions.paren,
    exp.Null: Expressions.null,
    exp.Boolean: Expressions.word,
    exp.Var: Expressions.unit,
    exp.JSONPath: Expressions.word,
    exp.Add: Expressions.sum,
    exp.Sub: Expressions.sum,
    exp.Cast: Expressions.cast,
    exp.TryCast: Expressions.cast,
    exp.Case: Expressions.case,
    exp.If: Expressions.iff,
    exp.Coalesce: Expressions.choice,
    exp.Greatest: Expressions.choice,
    exp.Least: Expressions.choice,
    exp.Nullif: Expressions.nullif,
    exp.Array: read_array,
    exp.Struct: read_struct,
    exp.Dot: read_dot,
    exp.Explode: read_unnest,
    exp.Grouping: Expressions.grouping,
    exp.Subquery: read_subquery,
    exp.Exists: read_exists,
    exp.In: read_in,
    exp.Any: read_any,
    exp.All: read_any,
}
