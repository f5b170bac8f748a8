"""Calls of registered steps in SQL: whether the arguments are what the step needs, and what it lowers.

Belongs here: judging the arguments of one call. Does not belong here: which steps there are (the register), classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlglot import exp

from contracts.flow.edges import through_step
from contracts.flow.model import Nature, Need, StepFunction, Subtype
from contracts.flow.natures import ELSEWHERE, MANY, Value, described, worked_out
from contracts.flow.nodes import COMPARISONS
from contracts.flow.reading import Reading, bare, quoted

Evaluate = Callable[[exp.Expr], Value]


def called_step(
    reading: Reading, node: exp.Expr, function: StepFunction, given: Sequence[exp.Expr], evaluate: Evaluate
) -> tuple[Value, bool]:
    """What a call of a step gives, and whether it lowers; ``given`` are its arguments, as many as the function has."""
    arguments = [(argument, evaluate(argument)) for argument in given]
    unfit = [
        (name, found)
        for name, (argument, value) in zip(function.arguments, arguments, strict=True)
        if (found := _unfit(function.needs.get(name, Need.ANY), argument, value, evaluate)) is not None
    ]
    unfit += _over_others(function, [value for _, value in arguments])
    for name, found in unfit:
        reading.misuse(node, function, name, found)
    result = worked_out(
        [
            _lowered(function.name, function.needs.get(name, Need.ANY), argument, value, evaluate)
            if name in function.lowered and not unfit
            else value
            for name, (argument, value) in zip(function.arguments, arguments, strict=True)
        ]
    )
    if function.gives is not None and not unfit:
        in_many = function.gives in MANY
        result = Value(
            plain=frozenset() if in_many else result.plain,
            pooled=result.flows if in_many else result.pooled,
            nature=function.gives,
        )
    return result, not unfit


def _lowered(function: str, need: Need, node: exp.Expr, value: Value, evaluate: Evaluate) -> Value:
    """An argument's value with the step's name on the edges that it lowers."""
    if need is Need.WINDOW:
        return _with_window(function, node, value, evaluate)
    if need in (Need.COUNT, Need.AGGREGATE):
        return replace(value, pooled=through_step(value.pooled, function, with_conditions=True))
    return replace(
        value,
        plain=through_step(value.plain, function, with_conditions=False),
        pooled=through_step(value.pooled, function, with_conditions=False),
    )


def _with_window(function: str, node: exp.Expr, value: Value, evaluate: Evaluate) -> Value:
    """Lowered is what the window partitions and orders by where that is a key or a moment, and by nothing else too."""
    window = bare(node)
    orders = window.args.get("order")
    by = [*(window.args.get("partition_by") or []), *(part.this for part in (orders.expressions if orders else []))]
    parts = [evaluate(part) for part in by]
    fit = Value().plus(part for part in parts if part.is_key or part.is_moment).deciding(Subtype.WINDOW)
    unfit = Value().plus(part for part in parts if not (part.is_key or part.is_moment)).deciding(Subtype.WINDOW)
    falls = fit.flows - unfit.flows
    return replace(
        value,
        plain=(value.plain - falls) | through_step(value.plain & falls, function, with_conditions=True),
        pooled=(value.pooled - falls) | through_step(value.pooled & falls, function, with_conditions=True),
    )


def _over_others(function: StepFunction, values: Sequence[Value]) -> list[tuple[str, str]]:
    """The aggregates among the arguments that are over other records than the counts beside them."""
    needs = [function.needs.get(name, Need.ANY) for name in function.arguments]
    counted = frozenset[str]().union(*(v.pools for need, v in zip(needs, values, strict=True) if need is Need.COUNT))
    if not counted or ELSEWHERE in counted:
        return []
    return [
        (name, "worked out from other records than are counted beside it")
        for name, need, value in zip(function.arguments, needs, values, strict=True)
        if need is Need.AGGREGATE and value.pools and ELSEWHERE not in value.pools and not value.pools & counted
    ]


def _unfit(need: Need, given: exp.Expr, value: Value, evaluate: Evaluate) -> str | None:
    """What an argument is, where it is not what the step needs; None where it is."""
    node = bare(given)
    match need:
        case Need.ANY:
            fits = True
        case Need.LITERAL:
            fits = _is_literal(node)
        case Need.CONSTANT:
            fits = value.nature is Nature.CONSTANT and not value.flows
        case Need.COUNT:
            fits = value.nature is Nature.COUNT or value.is_neutral
        case Need.AGGREGATE:
            fits = value.nature in MANY or value.is_neutral or bool(value.pooled)
        case Need.WINDOW:
            fits = isinstance(node, exp.Window) and isinstance(node.this, exp.RowNumber)
        case Need.COMPARISON:
            fits = _compares_moments(node, evaluate)
        case Need.MOMENT:
            fits = value.is_moment
    return None if fits else f"{described(value)}: {quoted(given)}"


def _compares_moments(node: exp.Expr, evaluate: Evaluate) -> bool:
    """Whether the node is a comparison of two moments; equality only of two columns, since a literal would tell one."""
    if not isinstance(node, (*COMPARISONS, exp.EQ, exp.NEQ)):
        return False
    sides = [bare(node.this), bare(node.expression)]
    if isinstance(node, exp.EQ | exp.NEQ) and not all(isinstance(side, exp.Column) for side in sides):
        return False
    return all(evaluate(side).is_moment for side in sides)


def _is_literal(node: exp.Expr) -> bool:
    if isinstance(node, exp.Neg):
        node = bare(node.this)
    if isinstance(node, exp.Cast):
        node = bare(node.this)
    return isinstance(node, exp.Literal | exp.Boolean | exp.Null)
