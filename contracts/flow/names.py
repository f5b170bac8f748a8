"""Reading a name in an expression: a column, a field of a column, a lambda's parameter.

Belongs here: which of these ``a``, ``a.b``, ``a.b.c`` is, and the refusal of whole records. Does not belong here: which
relations there are (``scopes``).
"""

from __future__ import annotations

from sqlglot import exp

from contracts.flow.model import fold
from contracts.flow.natures import Value, worked_out
from contracts.flow.reading import Evaluator, quoted
from contracts.flow.scopes import Ambiguous, Scope


def read_column(evaluator: Evaluator, node: exp.Column, scope: Scope) -> Value:
    """What a name of one to four parts stands for."""
    if isinstance(node.this, exp.Star):
        return evaluator.refused(node, f"a record as a value: {quoted(node)}", "Name the columns one by one.")
    parts = [part.name for part in node.parts]
    try:
        value = _one_part(evaluator, parts[0], scope) if len(parts) == 1 else _parts(evaluator, parts, scope)
    except Ambiguous:
        return evaluator.refused(node, f"{parts[0]} is a column of several relations", "Write relation.column.")
    if value is not None:
        return value
    if len(parts) == 1 and scope.has_source(parts[0]):
        return evaluator.refused(node, f"a record as a value: {parts[0]}", "Name the columns one by one.")
    if fold(parts[-1]) == "rowid":
        return evaluator.refused(node, "rowid, the place of a record in its table", "Order by the columns of a key.")
    return evaluator.refused(node, f"no column called {quoted(node)}", "Name a column of a relation that is read here.")


def _one_part(evaluator: Evaluator, name: str, scope: Scope) -> Value | None:
    parameter = evaluator.parameter(name)
    return parameter if parameter is not None else scope.unqualified(name)


def _parts(evaluator: Evaluator, parts: list[str], scope: Scope) -> Value | None:
    """A column of a relation; or else a field of one, or of a column, or of a lambda's parameter."""
    first, second, *rest = parts
    found: list[Value] = []
    if len(parts) > 2 and ("", fold(parts[-3])) in _schemas(evaluator):
        column = scope.qualified(parts[-2], parts[-1])
        found += [column] if column is not None else []
    if (column := scope.qualified(first, second)) is not None:
        if not rest:
            return column
        found.append(worked_out([column]))
    if found:
        return found[0].plus(found[1:])
    column = _one_part(evaluator, first, scope)
    return worked_out([column]) if column is not None else None


def _schemas(evaluator: Evaluator) -> frozenset[tuple[str, str]]:
    return frozenset(("", schema) for _, schema in evaluator.reading.places)
