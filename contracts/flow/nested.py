"""Nested values: lists, records made of named values, functions that take a lambda.

Belongs here: what is made of, and chosen by, the elements of a list or the fields of a record. Does not belong here:
records of relations as values, which are refused (``names``).
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from contracts.flow.conditions import read_subquery
from contracts.flow.functions import INSTEAD, LISTS
from contracts.flow.model import Nature, Subtype, fold
from contracts.flow.natures import UNKNOWN, Value, worked_out
from contracts.flow.reading import Evaluator, bare, quoted
from contracts.flow.scopes import Scope


def read_with_lambda(evaluator: Evaluator, node: exp.Expr, scope: Scope) -> Value:
    """A function that takes a list and a lambda: what the lambda gives is chosen by, or made of, each element."""
    parts = [p for value in node.args.values() for p in (value if isinstance(value, list) else [value])]
    given = [part for part in parts if isinstance(part, exp.Expr)]
    lambdas = [part for part in given if isinstance(part, exp.Lambda)]
    plain = [evaluator.value(part, scope) for part in given if not isinstance(part, exp.Lambda)]
    if len(lambdas) != 1:
        return evaluator.refused(node, f"a lambda is missing in: {quoted(node)}", "Write lambda x: ….")
    (function,) = lambdas
    if not evaluator.reading.knows(function):
        evaluator.reading.skip(function)
        return UNKNOWN
    element = worked_out(plain)
    evaluator.reading.lambdas.append({fold(parameter.name): element for parameter in function.expressions})
    try:
        result = evaluator.value(function.this, scope)
    finally:
        evaluator.reading.lambdas.pop()
    if isinstance(node, exp.ArrayFilter):
        return worked_out([*plain, result.deciding(Subtype.CONDITIONAL)])
    return worked_out([*plain, result])


def read_array(evaluator: Evaluator, node: exp.Expr, scope: Scope) -> Value:
    """A list: of expressions, or of what a query gives."""
    elements = node.expressions
    if len(elements) == 1 and isinstance(elements[0], exp.Query):
        return read_subquery(evaluator, elements[0], scope, takes_all=True)
    values = evaluator.values(elements, scope)
    whole = worked_out(values)
    are_counts = bool(values) and all(value.nature is Nature.COUNT or value.is_neutral for value in values)
    return replace(whole, nature=Nature.COUNT) if are_counts and whole.pooled else whole


def read_struct(evaluator: Evaluator, node: exp.Expr, scope: Scope) -> Value:
    """``{'name': value}``; each value is named."""
    found = []
    for field in node.expressions:
        if not isinstance(field, exp.PropertyEQ) or not evaluator.reading.knows(field):
            return evaluator.refused(node, f"a record as a value: {quoted(node)}", "Name the columns one by one.")
        if not isinstance(field.this, exp.Identifier | exp.Literal):
            found.append(evaluator.value(field.this, scope))
        found.append(evaluator.value(field.expression, scope))
    return worked_out(found)


def read_dot(evaluator: Evaluator, node: exp.Expr, scope: Scope) -> Value:
    """``expression.field``."""
    if not isinstance(node.expression, exp.Identifier):
        name = node.expression.name.lower()
        return evaluator.refused(node, f"a function of a schema: {quoted(node)}", INSTEAD.get(name) or "Name it alone.")
    return worked_out([evaluator.value(node.this, scope)])


def read_unnest(evaluator: Evaluator, node: exp.Expr, scope: Scope) -> Value:
    """``unnest(list)`` in a select list: a record for each element."""
    given = bare(node.this)
    if not isinstance(given, LISTS):
        # of a record it would make columns under the names of its fields
        evaluator.reading.refuse(
            node,
            f"unnest of what may be a record: {quoted(node)}",
            "Write it in FROM: FROM …, unnest(list) AS name(item).",
        )
    value = worked_out([evaluator.value(node.this, scope)])
    scope.fan_out |= value.deciding(Subtype.FILTER).flows
    return value
