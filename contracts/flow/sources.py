"""Reading FROM: which relations a query reads, how they are joined, what the joins decide.

Belongs here: tables, CTEs, subqueries, lists and ranges as relations, every kind of join, what USING merges. Does not
belong here: what a query makes of them (``queries``).

A relation may name those before it (DuckDB needs no LATERAL for it). Which records a join gives, and how often, is
decided by all its relations and by its condition, so that what a LEFT JOIN leaves empty is covered too.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from contracts.flow.edges import indirect
from contracts.flow.model import Subtype, fold
from contracts.flow.natures import UNKNOWN, Value, chosen, worked_out
from contracts.flow.reading import Evaluator, called, instead_of, quoted
from contracts.flow.scopes import Column, Merged, Rows, Scope, Source, told_apart

UNREAD: Final = Rows((), rest=UNKNOWN)
"""What a refused relation gives."""

_SIDES: Final = frozenset({"", "LEFT", "RIGHT", "FULL"})
_KINDS: Final = frozenset({"", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"})


def read_from(evaluator: Evaluator, select: exp.Select, scope: Scope) -> None:
    """Fill the scope with the relations of a SELECT, and with what decides their records."""
    from_ = select.args.get("from_")
    if from_ is None:
        return
    evaluator.reading.knows(from_)
    _add(evaluator, from_.this, scope, read_relation(evaluator, from_.this, scope))
    group = 0
    for join in select.args.get("joins") or []:
        if not evaluator.reading.knows(join):
            evaluator.reading.skip(join)
            continue
        if not any(join.args.get(word) for word in ("side", "kind", "on", "using", "method")):
            group = len(scope.sources)
        _read_join(evaluator, join, scope, group)


def read_relation(evaluator: Evaluator, node: exp.Expr, scope: Scope) -> Source:
    """One relation of a FROM, which may name those before it in ``scope``."""
    reading = evaluator.reading
    if not reading.knows(node):
        reading.skip(node)
        return Source(_unnamed(scope), UNREAD)
    alias = node.args.get("alias")
    if alias is not None:
        reading.knows(alias)
    name = alias.name if alias is not None and alias.this is not None else ""
    renamed = [column.name for column in alias.args.get("columns") or []] if alias is not None else []
    match node:
        case exp.Table():
            rows = _table(evaluator, node, scope)
            name = name or (node.name if isinstance(node.this, exp.Identifier) else rows_name(node))
        case exp.Lateral(this=inner) if isinstance(inner, exp.Subquery):
            rows = evaluator.read_query(inner, scope)
        case exp.Unnest():
            rows = _listed(worked_out(evaluator.values(node.expressions, scope)), "unnest", len(node.expressions))
            name = name or "unnest"
        case exp.Subquery() | exp.Values():
            rows = evaluator.read_query(node, scope)
        case _:
            reading.refuse(node, f"not known as a relation: {quoted(node)}", instead_of(node))
            reading.skip(node)
            rows = UNREAD
    return Source.reading(name or _unnamed(scope), as_relation(rows, renamed))


def as_relation(rows: Rows, renamed: list[str]) -> Rows:
    """What a query gives, as a relation: its first columns under other names, no two under the same.

    Where not all columns are known, nobody can tell which ones are first.
    """
    if renamed and rows.rest is not None:
        return Rows((), rows.presence, rows.order, rows.rest.plus(column.value for column in rows.columns))
    columns = [
        Column(renamed[i], column.value) if i < len(renamed) else column for i, column in enumerate(rows.columns)
    ]
    return Rows(told_apart(columns), rows.presence, rows.order, rows.rest)


def rows_name(node: exp.Table) -> str:
    """What DuckDB calls a table function that has no alias."""
    if isinstance(node.this, exp.GenerateSeries):
        return "range" if node.this.args.get("is_end_exclusive") else "generate_series"
    return ""


def _table(evaluator: Evaluator, node: exp.Table, scope: Scope) -> Rows:
    reading = evaluator.reading
    if isinstance(node.this, exp.GenerateSeries) and not node.db:
        return _listed(evaluator.value(node.this, scope), rows_name(node), 1)
    if not isinstance(node.this, exp.Identifier):
        what = called(node.this) or type(node.this).__name__.lower()
        reading.refuse(node, f"the function {what} as a relation", instead_of(node.this))
        reading.skip(node)
        return UNREAD
    if not node.db and (rows := scope.cte(node.name)) is not None:
        return rows
    catalogue, schema = fold(node.catalog), fold(node.db)
    is_place = not schema or any(schema == s and catalogue in ("", c) for c, s in reading.places)
    found = reading.relations.get(fold(node.name)) if is_place else None
    if found is None:
        reading.refuse(node, f"no model or source called {quoted(node)}", "Read {{ ref('…') }} or {{ raw('…') }}.")
        return UNREAD
    return found


def _listed(value: Value, name: str, width: int) -> Rows:
    """A record for each element of a list, or number of a range."""
    column = Value(value.plain, value.pooled)
    names = [name] * width
    return Rows(told_apart(Column(n, column) for n in names), indirect(value.flows, Subtype.FILTER))


def _read_join(evaluator: Evaluator, join: exp.Join, scope: Scope, group: int) -> None:
    reading = evaluator.reading
    method, side, kind = (str(join.args.get(word) or "").upper() for word in ("method", "side", "kind"))
    if method == "NATURAL":
        reading.refuse(join, "NATURAL JOIN, by whatever columns have one name", "Write USING (…) with the columns.")
    elif method not in ("", "ASOF"):
        reading.refuse(join, f"{method} JOIN", "Join by a condition.")
    if side not in _SIDES or kind not in _KINDS:
        reading.refuse(join, f"not known: {side} {kind} JOIN", "Write INNER, LEFT, RIGHT, FULL, CROSS, SEMI or ANTI.")
    source = read_relation(evaluator, join.this, scope)
    left = scope.sources[group:]
    is_filter = kind in ("SEMI", "ANTI")
    _add(evaluator, join.this, scope, source)
    if (on := join.args.get("on")) is not None:
        scope.presence |= evaluator.value(on, scope).deciding(Subtype.JOIN).flows
    for column in join.args.get("using") or []:
        _merge(evaluator, column, scope, (left, source, "SEMI" if is_filter else side))
    if method == "ASOF":
        scope.presence |= indirect(source.rows.order, Subtype.SORT)
    if is_filter:
        scope.sources.remove(source)


def _merge(evaluator: Evaluator, column: exp.Expr, scope: Scope, joined: tuple[list[Source], Source, str]) -> None:
    """One column of USING: it decides the join, and is one column from here on."""
    left, source, side = joined
    name = fold(column.name)
    before = scope.merged.get(name)
    within = before.sources if before is not None else frozenset()
    found = [
        (frozenset({fold(s.alias)}), value)
        for s in left
        if fold(s.alias) not in within and (value := s.rows.column(name)) is not None
    ]
    if before is not None and any(fold(s.alias) in within for s in left):
        found.append((before.sources, before.value))
    right = source.rows.column(name)
    if len(found) != 1 or right is None:
        what = f"USING ({column.name}), which is not one column on either side"
        evaluator.reading.refuse(column, what, "Write ON with both columns.")
        return
    sources, value = found[0]
    scope.presence |= value.plus([right]).deciding(Subtype.JOIN).flows
    if side == "SEMI":
        return
    merged = {"RIGHT": right, "FULL": chosen([value, right])}.get(side, value)
    scope.merged[name] = Merged(column.name, merged, sources | {fold(source.alias)})


def _add(evaluator: Evaluator, node: exp.Expr, scope: Scope, source: Source) -> None:
    if scope.source(source.alias) is not None:
        evaluator.reading.refuse(node, f"two relations called {source.alias}", "Give each its own name with AS.")
    scope.sources.append(source)
    scope.presence |= source.rows.presence
    scope.order |= source.rows.order


def _unnamed(scope: Scope) -> str:
    """A name that SQL cannot write, for a relation without one."""
    return f"\0{len(scope.sources)}"
