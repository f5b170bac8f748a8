"""Windows: values worked out over a record's neighbours.

Belongs here: what a window's partition, order and frame decide, and the functions of windows alone. Does not belong
here: aggregates (``aggregates``), which functions there are (``functions``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from contracts.flow.aggregates import is_aggregate, pooled_over, read_arguments, record_order, sorted_by
from contracts.flow.edges import indirect
from contracts.flow.functions import PLACING, RANKING, RANKING_NAMES
from contracts.flow.model import Nature, Subtype, fold
from contracts.flow.natures import MANY, Value, chosen, worked_out
from contracts.flow.reading import Evaluator, called, quoted
from contracts.flow.scopes import Scope


@dataclass(frozen=True)
class _Over:
    """What a window partitions by, is ordered by and framed by; what its pool is called."""

    keys: tuple[Value, ...]
    orders: tuple[Value, ...]
    frame: tuple[Value, ...]
    kinds: tuple[str, ...]
    pool: str

    @property
    def counts_rows(self) -> bool:
        """Whether the frame counts records, so that tied ones are told apart."""
        return bool(self.orders) and "ROWS" in self.kinds


def read_window(evaluator: Evaluator, node: exp.Window, scope: Scope) -> Value:
    """A function over a window."""
    over = _over(evaluator, node, scope)
    if over is None:
        return evaluator.refused(node, f"the window of {quoted(node)} is not known", "Write OVER (…).")
    decides = [value.deciding(Subtype.WINDOW) for value in (*over.keys, *over.orders, *over.frame)]
    function = node.this
    while isinstance(function, exp.IgnoreNulls | exp.RespectNulls) and not is_aggregate(node.this):
        evaluator.reading.knows(function)
        function = function.this
    if type(function) in PLACING:
        evaluator.reading.knows(function)
        if not over.orders and not any(isinstance(part, exp.Order) for part in function.iter_expressions()):
            return evaluator.refused(
                node, f"{quoted(function)} over records in no order", "Write ORDER BY with the columns of a key."
            )
        result = _placed(evaluator, function, scope)
        result = replace(result, plain=result.plain | record_order(scope))
    elif type(function) in RANKING or called(function) in RANKING_NAMES:
        evaluator.reading.knows(function)
        result = worked_out(evaluator.values(function.args.values(), scope))
        result = Value(result.plain | indirect(scope.window_presence, Subtype.FILTER), result.pooled)
    elif is_aggregate(function):
        result, argument = pooled_over(evaluator, function, scope, scope.window_presence, over.pool)
        if result.nature is Nature.AGGREGATE and (over.orders or over.kinds) and argument.nature not in MANY:
            # one record more or less in the frame tells that record's own value
            result = Value(plain=result.flows, nature=Nature.RECORD)
        if over.counts_rows:
            result = replace(result, plain=result.plain | record_order(scope))
    else:
        return evaluator.refused(node, f"{quoted(function)} is no function of a window", "Use a known one.")
    scope.windows_order |= Value().plus(value.deciding(Subtype.SORT) for value in (*over.keys, *over.orders)).flows
    return result.plus(decides)


def read_definition(evaluator: Evaluator, node: exp.Window, scope: Scope) -> None:
    """The definition of a named window, so that it is read even where no function uses it."""
    if _over(evaluator, node, scope) is None:
        evaluator.refused(node, f"the window of {quoted(node)} is not known", "Write OVER (…).")


def _placed(evaluator: Evaluator, function: exp.Expr, scope: Scope) -> Value:
    """What lag, lead, first_value and their like take from another record; row_number and ntile number it."""
    given = read_arguments(evaluator, function, scope)
    presence = indirect(scope.window_presence, Subtype.FILTER)
    decides = [value.deciding(Subtype.WINDOW) for value in given.sorting]
    if isinstance(function, exp.RowNumber | exp.Ntile):
        return Value(plain=presence).plus([*(value.made(Subtype.TRANSFORMATION) for value in given.values), *decides])
    first, *others = given.values
    defaults = [function.args.get("default")]
    branches = [first, *(evaluator.value(node, scope) for node in defaults if node is not None)]
    taken = chosen(branches, [], Subtype.WINDOW).plus(value.deciding(Subtype.WINDOW) for value in others)
    nature = Nature.RECORD if taken.nature is Nature.CONSTANT else taken.nature
    return replace(taken, nature=nature, plain=taken.plain | presence).plus(decides)


def _over(evaluator: Evaluator, node: exp.Window, scope: Scope) -> _Over | None:
    """What a window is over, with what the window it names is; None where that is not known."""
    partition = node.args.get("partition_by") or []
    keys = tuple(evaluator.values(partition, scope))
    orders = tuple(sorted_by(evaluator, node.args.get("order"), scope))
    frame: tuple[Value, ...] = ()
    kinds: tuple[str, ...] = ()
    if (spec := node.args.get("spec")) is not None and evaluator.reading.knows(spec):
        ends = (spec.args.get("start"), spec.args.get("end"))
        frame = tuple(evaluator.value(end, scope) for end in ends if isinstance(end, exp.Expr))
        kinds = (str(spec.args.get("kind")).upper(),)
    pool = " ".join(["over", *(key.sql() for key in partition)])
    if (name := node.args.get("alias")) is None:
        return _Over(keys, orders, frame, kinds, pool)
    named = scope.windows.get(fold(name.name))
    if named is None:
        return None
    evaluator.reading.knows(named)
    base = _over(evaluator, named, scope)
    if base is None:
        return None
    return _Over(keys + base.keys, orders + base.orders, frame + base.frame, kinds + base.kinds, f"{pool} {base.pool}")
