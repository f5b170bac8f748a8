"""Calls of registered steps in SQL: whether the arguments are what the step needs, and what it lowers.

Belongs here: judging the arguments of one call. Does not belong here: which steps there are (the register), classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from contracts.flow.edges import NOTHING, Flows, through_step
from contracts.flow.model import MARK, Narrowing, Nature, Need, StepFunction, Subtype
from contracts.flow.natures import ELSEWHERE, MANY, Value, described, worked_out
from contracts.flow.nodes import COMPARISONS
from contracts.flow.reading import Reading, bare, quoted
from contracts.flow.traits import ANYTHING, DEGREES, NUMBERS, POINT, STAND_IN, TEXT, YEARS, Form, Traits, digest

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
    unfit += _beyond_all(function, arguments)
    for name, found in unfit:
        reading.misuse(node, function, name, found)
    marks = _marks(function, {n: value.traits for n, (_, value) in zip(function.arguments, arguments, strict=True)})
    decided = [value.conditions for name, (_, value) in zip(function.arguments, arguments, strict=True)]
    result = worked_out(
        [
            _lowered((function.name, *marks), function.needs.get(name, Need.ANY), argument, value, evaluate)
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
    is_stand_in = function.is_keyed and any(evaluate(one).is_key for part in given for one in part.find_all(exp.Column))
    result = replace(result, traits=Traits(unit=STAND_IN) if is_stand_in and not unfit else result.traits)
    return replace(result, plain=result.plain.union(*decided)), not unfit


def _lowered(words: Sequence[str], need: Need, node: exp.Expr, value: Value, evaluate: Evaluate) -> Value:
    """An argument's value with the step's name, and what tells this use apart, on the edges that it lowers."""
    function = words[0]
    if need is Need.WINDOW:
        return _falling(function, value, _of_window(node, evaluate))
    if need is Need.NUMBERING:
        return _falling(function, value, falls_in_order(node, evaluate))
    with_conditions = need in (Need.COUNT, Need.AGGREGATE)
    plain, pooled = (NOTHING if with_conditions else value.plain), value.pooled
    for word in words:
        plain = through_step(plain, word, with_conditions=with_conditions)
        pooled = through_step(pooled, word, with_conditions=with_conditions)
    return replace(value, plain=value.plain if with_conditions else plain, pooled=pooled)


def _marks(function: StepFunction, given: Mapping[str, Traits]) -> tuple[str, ...]:
    """What tells this use apart from another on the same column; nothing for the column as it is."""
    if function.narrows is None:
        return ()
    lowered = [given[name] for name in function.lowered]
    if function.narrows is Narrowing.FORM:
        changes = sorted({change for one in lowered for _, change in one.forms})
        return (f"{MARK}:{digest(' '.join(changes))}",) if changes not in ([], [""]) else ()
    literals = [str(one.maximum) for name, one in given.items() if function.needs.get(name) is Need.LITERAL]
    forms = sorted(frozenset[Form]().union(*(one.forms for one in lowered)))
    if any(function.needs.get(name) is Need.COUNT for name in function.lowered):
        return tuple(f"{MARK}{base}:{digest(' '.join([change, *literals]))}" for base, change in forms)
    return (f"{MARK}:{digest(' '.join([*literals, *(change for _, change in forms)]))}",)


def _falling(function: str, value: Value, falls: Flows) -> Value:
    """A value with the step's name on the edges that fall."""
    return replace(
        value,
        plain=(value.plain - falls) | through_step(value.plain & falls, function, with_conditions=True),
        pooled=(value.pooled - falls) | through_step(value.pooled & falls, function, with_conditions=True),
    )


def _ordered_by(node: exp.Expr) -> list[exp.Expr]:
    orders = bare(node).args.get("order")
    return [part.this for part in (orders.expressions if orders else [])]


def _of_window(node: exp.Expr, evaluate: Evaluate) -> Flows:
    """What a window partitions and orders by where that is a key or a moment, and by nothing else too."""
    parts = [evaluate(part) for part in [*(bare(node).args.get("partition_by") or []), *_ordered_by(node)]]
    return _only_of(parts, lambda part: part.is_key or part.is_moment)


def falls_in_order(node: exp.Expr, evaluate: Evaluate) -> Flows:
    """What a window orders by where that is the stand-in of a key, and by nothing else too."""
    return _only_of([evaluate(part) for part in _ordered_by(node)], lambda part: part.traits.unit == STAND_IN)


def _only_of(parts: Sequence[Value], fits: Callable[[Value], bool]) -> Flows:
    fit = Value().plus(part for part in parts if fits(part)).deciding(Subtype.WINDOW)
    unfit = Value().plus(part for part in parts if not fits(part)).deciding(Subtype.WINDOW)
    return fit.flows - unfit.flows


def _beyond_all(function: StepFunction, arguments: Sequence[tuple[exp.Expr, Value]]) -> list[tuple[str, str]]:
    """A number whose cap no value is known to pass: then the step leaves it as it is."""
    given = dict(zip(function.arguments, arguments, strict=True))
    found = []
    for name, (node, value) in given.items():
        if function.needs.get(name) is not Need.CAPPED or not value.flows:
            continue
        maximum, cap = value.traits.maximum, given["cap"][1].traits.maximum
        if maximum is None or value.traits.kind not in NUMBERS:
            found.append((name, f"a value without a declared maximum: {quoted(node)}"))
        elif cap is None or cap >= maximum:
            found.append((name, f"a maximum of {maximum:g}, which no cap of {quoted(given['cap'][0])} lowers"))
    return found


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
        case Need.CAPPED:
            fits = True
        case Need.NUMBERING:
            fits = isinstance(node, exp.Window) and isinstance(node.this, exp.RowNumber)
            fits = fits and not node.args.get("partition_by") and node.args.get("alias") is None
        case _:
            fits = (need is not Need.POSITION and not value.flows) or _has_traits(need, value.traits)
    return None if fits else f"{described(value)}: {quoted(given)}"


def _has_traits(need: Need, traits: Traits) -> bool:
    """Whether a value is of the kind and unit a step is for."""
    match need:
        case Need.TEXT:
            return traits.kind in (TEXT, ANYTHING) and traits.is_plain
        case Need.COORDINATE | Need.POSITION:
            is_number = traits.kind in NUMBERS and traits.unit in (DEGREES, ANYTHING)
            return is_number and (need is Need.COORDINATE or bool(traits.forms))
        case Need.POINT:
            return traits.kind in (POINT, ANYTHING)
        case _:
            return traits.kind in NUMBERS and traits.unit in (YEARS, ANYTHING)


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
