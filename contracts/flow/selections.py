"""Reading select lists: the columns they give, ``*``, and the names they make.

Belongs here: items of a select list, what EXCLUDE, REPLACE and RENAME do to a star, aliases used elsewhere in the same
query. Does not belong here: what the query does with them (``queries``).
"""

from __future__ import annotations

from sqlglot import exp

from contracts.flow.aggregates import has_aggregate
from contracts.flow.expressions import Expressions
from contracts.flow.model import fold
from contracts.flow.natures import Value
from contracts.flow.reading import bare, quoted
from contracts.flow.scopes import Column, Scope


class Aliases:
    """The names a select list makes, as the other parts of the query may use them."""

    def __init__(self, expressions: Expressions, select: exp.Select, scope: Scope) -> None:
        self._expressions = expressions
        self._items = select.expressions
        self._scope = scope
        self._open: set[str] = set()
        self._known: dict[str, Value] = {}
        self._named: dict[str, list[exp.Expr]] = {}
        for item in self._items:
            if isinstance(item, exp.Alias):
                self._named.setdefault(fold(item.alias), []).append(item.this)

    def value(self, name: str) -> Value | None:
        """What an alias stands for; None where there is none, or where it is being read."""
        key = fold(name)
        if key in self._known:
            return self._known[key]
        if key not in self._named or key in self._open:
            return None
        self._open.add(key)
        try:
            found = [self._expressions.value(node, self._scope) for node in self._named[key]]
        finally:
            self._open.remove(key)
        value = found[0].plus(found[1:])
        self._known[key] = value
        return value

    def forget(self) -> None:
        """Read each alias anew: what decides the records has changed."""
        self._known.clear()

    def group_keys(self) -> list[Value]:
        """The items without an aggregate: what GROUP BY ALL groups by."""
        keys: list[Value] = []
        for item in self._items:
            if is_star(item):
                keys += [column.value for column in _starred(self._expressions, item, self._scope)]
            elif not has_aggregate(item):
                keys.append(self._expressions.value(item.this if isinstance(item, exp.Alias) else item, self._scope))
        return keys


def select_columns(expressions: Expressions, select: exp.Select, scope: Scope) -> tuple[list[Column], Value | None]:
    """The columns of a select list, and what stands for columns that are not known by name."""
    columns: list[Column] = []
    rest: Value | None = None
    for item in select.expressions:
        if is_star(item):
            columns += _starred(expressions, item, scope)
            more = scope.rest(item.table if isinstance(item, exp.Column) else None)
            if more is not None:
                rest = more if rest is None else rest.plus([more])
            continue
        expressions.reading.knows(item)
        inner = item.this if isinstance(item, exp.Alias) else item
        columns.append(Column(_name(item, scope), expressions.value(inner, scope)))
    return columns, rest


def is_star(item: exp.Expr) -> bool:
    """Whether an item is ``*`` or ``relation.*``."""
    return isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star))


def _name(item: exp.Expr, scope: Scope) -> str | None:
    """The name DuckDB gives an item; None where it makes one up."""
    if isinstance(item, exp.Alias):
        return str(item.alias)
    item = bare(item)
    if not isinstance(item, exp.Column):
        return None
    wanted = fold(item.name)
    for source in scope.sources:
        if not item.table or fold(source.alias) == fold(item.table):
            for column in source.rows.columns:
                if column.name is not None and fold(column.name) == wanted:
                    return column.name
    return str(item.name)


def _starred(expressions: Expressions, item: exp.Expr, scope: Scope) -> list[Column]:
    reading = expressions.reading
    star = item.this if isinstance(item, exp.Column) else item
    alias = item.table if isinstance(item, exp.Column) else None
    if not (reading.knows(item) and reading.knows(star)):
        reading.skip(item)
        return []
    try:
        found = scope.star(alias)
    except KeyError:
        expressions.refused(item, f"{quoted(item)}: no relation is called {alias} here", "Name the columns one by one.")
        return []
    without = {_qualified(part) for part in star.args.get("except_") or []}
    replaced = {fold(part.alias): part for part in star.args.get("replace") or []}
    renamed = {_qualified(part.this): part.alias for part in star.args.get("rename") or []}
    for part in [*(star.args.get("except_") or []), *(star.args.get("rename") or [])]:
        reading.skip(part)
    columns: list[Column] = []
    for relation, column in found:
        name = column.name or ""
        keys = {("", fold(name)), (fold(relation), fold(name))}
        if keys & without:
            continue
        value = column.value
        if (replacement := replaced.get(fold(name))) is not None:
            reading.knows(replacement)
            value = expressions.value(replacement.this, scope)
        new = next((renamed[key] for key in keys if key in renamed), None)
        columns.append(Column(new or column.name, value))
    return columns


def _qualified(part: exp.Expr) -> tuple[str, str]:
    return fold(part.text("table")), fold(part.name)
