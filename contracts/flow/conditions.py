"""Queries inside expressions: a value taken from one, and conditions that ask one.

Belongs here: scalar subqueries, EXISTS, IN, ANY and ALL. Does not belong here: reading the queries (``queries``).
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from contracts.flow.edges import indirect
from contracts.flow.model import Nature, Subtype
from contracts.flow.natures import Value, worked_out
from contracts.flow.reading import Evaluator, bare, quoted
from contracts.flow.scopes import Rows, Scope


def read_subquery(evaluator: Evaluator, node: exp.Expr, scope: Scope, *, takes_all: bool = False) -> Value:
    """The one column of a query as a value; ``takes_all``: of all its records, as a list."""
    rows = evaluator.read_query(node, scope)
    if len(rows.columns) != 1:
        return evaluator.refused(node, f"a query of several columns as a value: {quoted(node)}", "Select one column.")
    column = rows.columns[0].value.made(Subtype.TRANSFORMATION)
    decides = indirect(rows.presence, Subtype.FILTER)
    if takes_all:
        decides |= indirect(rows.order, Subtype.SORT)
    nature = Nature.RECORD if column.nature is Nature.CONSTANT and rows.presence else column.nature
    return replace(
        column, plain=column.plain | decides, nature=nature, is_moment=column.is_moment and not takes_all, is_key=False
    )


def read_exists(evaluator: Evaluator, node: exp.Exists, scope: Scope) -> Value:
    """EXISTS: which records the query has decides it."""
    rows = evaluator.read_query(node.this, scope, any_will_do=True)
    return Value(indirect(rows.presence, Subtype.FILTER))


def read_in(evaluator: Evaluator, node: exp.In, scope: Scope) -> Value:
    """IN: a list of values, a list, or a query."""
    sides = [evaluator.value(node.this, scope), *evaluator.values(node.expressions, scope)]
    if (field := node.args.get("field")) is not None:
        sides.append(evaluator.value(field, scope))
    if (query := node.args.get("query")) is not None:
        sides.append(_asked(evaluator.read_query(query, scope)))
    return worked_out(sides)


def read_any(evaluator: Evaluator, node: exp.Any | exp.All, scope: Scope) -> Value:
    """ANY and ALL: of a list, or of a query."""
    asked = bare(node.this)
    if isinstance(asked, exp.Query):
        return _asked(evaluator.read_query(asked, scope))
    return evaluator.value(node.this, scope)


def _asked(rows: Rows) -> Value:
    return Value(indirect(rows.everything() | rows.presence, Subtype.FILTER))
