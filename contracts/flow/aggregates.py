"""Aggregates: values worked out over several records.

Belongs here: what an aggregate's arguments, order and filter do, of which nature the result is. Does not belong here:
which functions there are (``functions``), windows (``windows``).

Whatever is worked out over several records also depends on which records there are; what takes a "first" one, or tells
tied ones apart, on the order in which they lie.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from sqlglot import exp

from contracts.flow.edges import Flows, indirect
from contracts.flow.functions import (
    AGGREGATE_NAMES,
    AGGREGATES,
    COUNTING,
    COUNTING_NAMES,
    NEEDING_ORDER,
    NEEDING_ORDER_NAMES,
    ORDERED_PICKING,
    ORDERED_PICKING_NAMES,
    PICKING,
    PICKING_NAMES,
    QUANTILES,
)
from contracts.flow.model import Nature, Subtype
from contracts.flow.natures import MANY, Value, picked, pooled, worked_out
from contracts.flow.reading import Evaluator, bare, called, quoted
from contracts.flow.scopes import Scope
from contracts.flow.traits import counted

_AROUND: Final = (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)

_GIVING_ONE: Final = (exp.Min, exp.Max, exp.AnyValue, exp.First, exp.Last, exp.Mode, exp.Sum)
"""Aggregates that give a value of the kind and unit they are given (a sum only of counts)."""

LEAST_QUANTILE: Final = 0.05
"""A quantile nearer to the ends of its range counts as one record's value."""


def is_aggregate(node: exp.Expr) -> bool:
    """Whether the node is an aggregate, with its filter and order if it has them."""
    while isinstance(node, _AROUND):
        node = node.this
    return type(node) in AGGREGATES or called(node) in AGGREGATE_NAMES


def has_aggregate(node: exp.Expr) -> bool:
    """Whether an aggregate of the query itself stands in the node: not in a query inside it, not as a window."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, exp.Query):
            continue
        if isinstance(found, exp.Window):
            inner = found.this
            while isinstance(inner, _AROUND):
                waiting += [part for part in inner.iter_expressions() if part is not inner.this]
                inner = inner.this
            waiting += [part for part in found.iter_expressions() if part is not found.this]
            waiting += inner.iter_expressions()
            continue
        if type(found) in AGGREGATES or called(found) in AGGREGATE_NAMES:
            return True
        waiting += found.iter_expressions()
    return False


@dataclass
class Arguments:
    """What an aggregate is given: values, what they are sorted and filtered by."""

    values: list[Value] = field(default_factory=list)
    sorting: list[Value] = field(default_factory=list)
    filters: list[Value] = field(default_factory=list)

    @property
    def value(self) -> Value:
        """The arguments as one value."""
        if len(self.values) == 1:
            return self.values[0]
        return worked_out(self.values)


def read_aggregate(evaluator: Evaluator, node: exp.Expr, scope: Scope) -> Value:
    """An aggregate over the records of a query or of its groups."""
    return pooled_over(evaluator, node, scope, scope.presence, "")[0]


def sorted_by(evaluator: Evaluator, order: exp.Order | None, scope: Scope) -> list[Value]:
    """What records are sorted by; positions are refused."""
    if order is None or not evaluator.reading.knows(order):
        return []
    found = []
    for part in order.expressions:
        if not isinstance(part, exp.Ordered):
            found.append(evaluator.value(part, scope))
            continue
        evaluator.reading.knows(part)
        by = bare(part.this)
        if isinstance(by, exp.Literal) and not by.is_string:
            evaluator.reading.refuse(part, f"ORDER BY a position: {by.name}", "Name the column.")
        found.append(evaluator.value(part.this, scope))
    return found


def record_order(scope: Scope) -> Flows:
    """What decides the order in which the records of a query lie."""
    return indirect(scope.order | scope.windows_order, Subtype.SORT)


def pooled_over(
    evaluator: Evaluator, node: exp.Expr, scope: Scope, presence: Flows, window: str
) -> tuple[Value, Value]:
    """An aggregate over the records that ``presence`` decides, in ``window``, and its argument."""
    given = Arguments()
    pool = [str(scope.number), window]
    function = node
    while isinstance(function, _AROUND):
        if not evaluator.reading.knows(function):
            evaluator.reading.skip(function)
            return Value(), Value()
        if isinstance(function, exp.Filter):
            evaluator.reading.knows(function.expression)
            given.filters.append(evaluator.value(function.expression.this, scope))
            pool.append(function.expression.sql())
        if isinstance(function, exp.WithinGroup):
            given.values += sorted_by(evaluator, function.expression, scope)
        function = function.this
    if not evaluator.reading.knows(function):
        evaluator.reading.skip(function)
        return Value(), Value()
    argued = read_arguments(evaluator, function, scope)
    within_group = bool(given.values)
    given.values += argued.values if not within_group else [v for v in argued.values if v.nature is not Nature.CONSTANT]
    given.sorting += argued.sorting
    needs_order = type(function) in NEEDING_ORDER or called(function) in NEEDING_ORDER_NAMES
    if needs_order and not given.sorting and not within_group:
        evaluator.reading.refuse(
            node,
            f"{quoted(node)} over records in no order",
            "Write min(…) or max(…), or ORDER BY with a key's columns after the argument.",
        )
    argument = given.value
    pool += sorted(part.sql() for part in function.find_all(exp.Case, exp.If) if part.arg_key != "ifs")
    result = _result(function, argument, given, (presence, "|".join(pool)), within_group=within_group)
    if result.nature in MANY and argument.nature not in MANY:
        over = [node.sql(), *sorted(map(str, presence)), *sorted(source.alias for source in scope.sources)]
        result = replace(result, traits=counted("\n".join(over)))
    elif isinstance(function, _GIVING_ONE):
        result = replace(result, traits=argument.traits)
    if type(function) in ORDERED_PICKING or called(function) in ORDERED_PICKING_NAMES:
        result = replace(result, plain=result.plain | record_order(scope))
    return result, argument


def _result(
    function: exp.Expr, argument: Value, given: Arguments, over: tuple[Flows, str], *, within_group: bool
) -> Value:
    """What an aggregate gives; ``over``: what decides the records it is over, and the name of their pool."""
    presence, pool = over
    kind, name = type(function), called(function)
    decides = [*given.filters, *given.sorting]
    if kind in COUNTING or name in COUNTING_NAMES:
        nature: Nature | None = Nature.COUNT
    elif kind is exp.Sum:
        nature = Nature.COUNT if argument.nature is Nature.COUNT or _counts_ones(function.this) else Nature.AGGREGATE
    elif (
        kind in PICKING | ORDERED_PICKING
        or name in PICKING_NAMES | ORDERED_PICKING_NAMES
        or (kind in QUANTILES and not _is_inner(function.this if within_group else _share(function)))
    ):
        nature = None
    else:
        nature = Nature.AGGREGATE
    if nature is not None:
        whole = argument.plus(value.deciding(Subtype.FILTER) for value in decides)
        return pooled(whole, presence, nature, pool)
    result = picked(argument, presence)
    return result.plus(
        [
            *(value.deciding(Subtype.FILTER) for value in given.filters),
            *(value.deciding(Subtype.SORT) for value in given.sorting),
        ]
    )


def read_arguments(evaluator: Evaluator, function: exp.Expr, scope: Scope) -> Arguments:
    """What a function over several records is given, with the DISTINCT and ORDER BY its arguments bear."""
    found = Arguments()
    picks_by = isinstance(function, exp.ArgMax | exp.ArgMin) or called(function).startswith("arg_")
    parts = [p for value in function.args.values() for p in (value if isinstance(value, list) else [value])]
    for part in parts:
        if not isinstance(part, exp.Expr):
            continue
        if isinstance(part, exp.Star) and isinstance(function, exp.Count):
            evaluator.reading.knows(part)
            if any(part.args.values()):
                evaluator.refused(part, f"not known: {quoted(function)}", "Write count(*), or count(column).")
            continue
        values = _argument(evaluator, part, scope, found)
        if picks_by and found.values:
            found.sorting += values
        else:
            found.values += values
    return found


def _argument(evaluator: Evaluator, part: exp.Expr, scope: Scope, found: Arguments) -> list[Value]:
    """The values of one argument, which may bear DISTINCT and ORDER BY."""
    if isinstance(part, exp.Order):
        found.sorting += sorted_by(evaluator, part, scope)
        return _argument(evaluator, part.this, scope, found) if part.this is not None else []
    if isinstance(part, exp.Distinct):
        if not evaluator.reading.knows(part) or part.args.get("on") is not None:
            evaluator.reading.refuse(part, f"not known: {quoted(part)}")
        return [value for one in part.expressions for value in _argument(evaluator, one, scope, found)]
    return [evaluator.value(part, scope)]


def _counts_ones(node: exp.Expr | None) -> bool:
    """Whether a sum of the node counts records: 1, or a choice between 1 and nothing."""
    if node is None:
        return False
    node = bare(node)
    if isinstance(node, exp.Cast):
        return _counts_ones(node.this)
    if isinstance(node, exp.Case):
        branches = [branch.args["true"] for branch in node.args.get("ifs") or []]
        branches += [default] if (default := node.args.get("default")) is not None else []
        return all(_counts_ones(branch) or _counts_nothing(branch) for branch in branches)
    if isinstance(node, exp.If):
        branches = [b for b in (node.args.get("true"), node.args.get("false")) if b is not None]
        return all(_counts_ones(branch) or _counts_nothing(branch) for branch in branches)
    return isinstance(node, exp.Literal) and not node.is_string and node.this == "1"


def _counts_nothing(node: exp.Expr) -> bool:
    node = bare(node)
    return isinstance(node, exp.Null) or (isinstance(node, exp.Literal) and not node.is_string and node.this == "0")


def _share(function: exp.Expr) -> exp.Expr | None:
    """The share a quantile is asked for."""
    share = function.args.get("quantile") or function.args.get("expression")
    return share if isinstance(share, exp.Expr) else None


def _is_inner(node: exp.Expr | None) -> bool:
    """Whether a quantile's share, or each of a list of them, is a literal away from the ends of its range."""
    if node is None:
        return False
    node = bare(node)
    if isinstance(node, exp.Array):
        return bool(node.expressions) and all(_is_inner(one) for one in node.expressions)
    if not isinstance(node, exp.Literal) or node.is_string:
        return False
    return LEAST_QUANTILE <= float(node.this) <= 1 - LEAST_QUANTILE
