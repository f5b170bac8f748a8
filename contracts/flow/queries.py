"""Reading queries: SELECT, set operations, VALUES, WITH.

Belongs here: which columns a query gives, what decides its records and their order. Does not belong here: FROM
(``sources``), expressions (``expressions``), models (``analysis``).
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from contracts.flow.aggregates import has_aggregate, sorted_by
from contracts.flow.edges import NOTHING, Flows, indirect
from contracts.flow.expressions import Expressions
from contracts.flow.model import Subtype, fold
from contracts.flow.natures import NEUTRAL, UNKNOWN, Value, chosen
from contracts.flow.reading import Reading, bare, instead_of, quoted
from contracts.flow.scopes import Column, Rows, Scope, told_apart
from contracts.flow.selections import Aliases, select_columns
from contracts.flow.sources import UNREAD, as_relation, read_from
from contracts.flow.windows import read_definition


class Queries:
    """Reads the queries of one model."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.expressions = Expressions(reading, self.read)

    def read(self, node: exp.Expr, parent: Scope | None, *, any_will_do: bool = False) -> Rows:
        """What a query gives.

        ``parent`` is the scope around it. ``any_will_do``: it only counts whether it gives anything (EXISTS), so that
        LIMIT needs no order.
        """
        if parent is None:
            return self._read(node, parent, any_will_do=any_will_do)
        before, parent.lent = parent.lent, NOTHING
        rows = self._read(node, parent, any_will_do=any_will_do)
        lent, parent.lent = parent.lent, before | parent.lent
        return _with_borrowed(rows, lent) if lent else rows

    def _read(self, node: exp.Expr, parent: Scope | None, *, any_will_do: bool) -> Rows:
        node = bare(node)
        if not self.reading.knows(node):
            self.reading.skip(node)
            return UNREAD
        if isinstance(node, exp.Select):
            return self._select(node, parent, any_will_do=any_will_do)
        if isinstance(node, exp.Union | exp.Intersect | exp.Except):
            return self._set_operation(node, parent)
        if isinstance(node, exp.Values):
            return self._values(node, Scope(parent))
        if isinstance(node, exp.Subquery):
            scope = Scope(parent)
            self._with(node, scope)
            rows = self.read(node.this, scope, any_will_do=any_will_do)
            return self._cut(node, rows, any_will_do=any_will_do)
        self.reading.refuse(node, f"not known as a query: {quoted(node)}", instead_of(node))
        self.reading.skip(node)
        return UNREAD

    def _with(self, node: exp.Expr, scope: Scope) -> None:
        with_ = node.args.get("with_")
        if with_ is None:
            return
        if not self.reading.knows(with_):
            self.reading.skip(with_)
            for cte in with_.expressions:
                scope.ctes[fold(cte.alias)] = UNREAD
            return
        for cte in with_.expressions:
            self.reading.knows(cte)
            alias = cte.args["alias"]
            self.reading.knows(alias)
            renamed = [column.name for column in alias.args.get("columns") or []]
            scope.ctes[fold(cte.alias)] = as_relation(self.read(cte.this, scope), renamed)

    def _select(self, node: exp.Select, parent: Scope | None, *, any_will_do: bool) -> Rows:
        scope = Scope(parent)
        self._with(node, scope)
        read_from(self.expressions, node, scope)
        for window in node.args.get("windows") or []:
            scope.windows[fold(window.name)] = window
            self.reading.knows(window)
        aliases = Aliases(self.expressions, node, scope)
        scope.alias = aliases.value
        scope.window_presence = scope.presence
        scope.presence |= self._condition(node, "where", scope)
        aliases.forget()
        is_grouped, keys = self._group(node, scope, aliases)
        is_single = not is_grouped and _is_aggregated(node)
        scope.takes_both = True
        having = self._condition(node, "having", scope)
        scope.window_presence = having | (NOTHING if is_single else scope.presence | keys)
        scope.takes_both = False
        aliases.forget()
        for window in scope.windows.values():
            read_definition(self.expressions, window, scope)
        columns, rest = select_columns(self.expressions, node, scope)
        presence = scope.window_presence | scope.fan_out
        scope.takes_both = True
        presence |= self._condition(node, "qualify", scope)
        rows = Rows(tuple(columns), presence, rest=rest)
        rows = self._distinct(node, rows, scope)
        orders = self._ordered(node, rows, scope)
        order = scope.order | scope.windows_order | orders
        if _is_cut(node):
            has_order = node.args.get("order") is not None or is_single or any_will_do
            presence = rows.presence | self._limit(node, order, scope, has_order=has_order)
            rows = Rows(rows.columns, presence, rest=rows.rest)
        return Rows(rows.columns, rows.presence, order, rows.rest)

    def _condition(self, node: exp.Expr, word: str, scope: Scope) -> Flows:
        clause = node.args.get(word)
        if clause is None or not self.reading.knows(clause):
            return NOTHING
        return self.expressions.value(clause.this, scope).deciding(Subtype.FILTER).flows

    def _group(self, node: exp.Select, scope: Scope, aliases: Aliases) -> tuple[bool, Flows]:
        """Whether the query is grouped, and what by."""
        group = node.args.get("group")
        if group is None or not self.reading.knows(group):
            return group is not None, NOTHING
        keys: list[Value] = []
        if group.args.get("all"):
            scope.window_presence = scope.presence
            keys = aliases.group_keys()
        waiting = list(reversed(group.expressions))
        while waiting:
            key = bare(waiting.pop())
            if isinstance(key, exp.Rollup | exp.Cube | exp.GroupingSets | exp.Tuple):
                self.reading.knows(key)
                waiting += reversed(key.expressions)
            elif isinstance(key, exp.Literal) and not key.is_string:
                self.reading.refuse(key, f"GROUP BY a position: {key.name}", "Name the column, or write GROUP BY ALL.")
            else:
                keys.append(self.expressions.value(key, scope))
        return True, Value().plus(key.deciding(Subtype.GROUP_BY) for key in keys).flows

    def _distinct(self, node: exp.Select, rows: Rows, scope: Scope) -> Rows:
        distinct = node.args.get("distinct")
        if distinct is None or not self.reading.knows(distinct):
            return rows
        on = distinct.args.get("on")
        if on is None:
            return Rows(rows.columns, rows.presence | indirect(rows.everything(), Subtype.GROUP_BY), rest=rows.rest)
        if node.args.get("order") is None:
            self.reading.refuse(
                distinct, "DISTINCT ON without an order takes any record", "Write ORDER BY with the columns of a key."
            )
        keys = self.expressions.values(on.expressions if isinstance(on, exp.Tuple) else [on], scope)
        presence = rows.presence | Value().plus(key.deciding(Subtype.GROUP_BY) for key in keys).flows
        if isinstance(on, exp.Tuple):
            self.reading.knows(on)
        presence |= self._ordered(node, rows, scope) | indirect(scope.order | scope.windows_order, Subtype.SORT)
        return Rows(rows.columns, presence, rest=rows.rest)

    def _ordered(self, node: exp.Select, rows: Rows, scope: Scope) -> Flows:
        order = node.args.get("order")
        if order is None:
            return NOTHING
        if any(isinstance(bare(part.this), exp.Var) for part in order.expressions):
            self.reading.skip(order)
            return indirect(rows.everything(), Subtype.SORT)
        by = sorted_by(self.expressions, order, scope)
        return Value().plus(value.deciding(Subtype.SORT) for value in by).flows

    def _limit(self, node: exp.Expr, order: Flows, scope: Scope, *, has_order: bool) -> Flows:
        """What decides which records LIMIT and OFFSET leave."""
        decides = indirect(order, Subtype.SORT)
        for word in ("limit", "offset"):
            clause = node.args.get(word)
            if clause is None or not self.reading.knows(clause):
                continue
            if (options := clause.args.get("limit_options")) is not None:
                self.reading.knows(options)
            if not has_order:
                self.reading.refuse(
                    clause, f"{word.upper()} without an order takes any records", "Write ORDER BY with a key's columns."
                )
            decides |= self.expressions.value(clause.expression, scope).deciding(Subtype.FILTER).flows
        return decides

    def _set_operation(self, node: exp.Union | exp.Intersect | exp.Except, parent: Scope | None) -> Rows:
        scope = Scope(parent)
        self._with(node, scope)
        sides = []
        rest: exp.Expr = node
        while isinstance(rest, exp.Union) and _is_plain(rest, node):
            self.reading.knows(rest)
            sides.append(rest.expression)
            rest = rest.this
        if not sides:
            sides, rest = [node.expression], node.this
        given = [self.read(side, scope) for side in (rest, *reversed(sides))]
        columns = self._by_name(node, given) if node.args.get("by_name") else self._by_place(node, given)
        presence = NOTHING.union(*(rows.presence for rows in given))
        order = NOTHING.union(*(rows.order for rows in given))
        everything = NOTHING.union(*(rows.everything() for rows in given))
        unknown = [rows.rest for rows in given if rows.rest is not None]
        if not isinstance(node, exp.Union):
            presence |= indirect(everything, Subtype.FILTER)
        elif node.args.get("distinct"):
            presence |= indirect(everything, Subtype.GROUP_BY)
        whole = unknown[0].plus(unknown[1:]) if unknown else None
        return self._cut(node, Rows(tuple(columns), presence, order, whole), any_will_do=False)

    def _by_place(self, node: exp.Expr, given: list[Rows]) -> list[Column]:
        """The columns of a set operation, matched by their place; EXCEPT gives those of its left side alone."""
        first, *others = given
        if any(rows.rest is not None for rows in given):
            whole = UNKNOWN.plus(Value(rows.everything()) for rows in given)
            return [Column(column.name, whole) for column in first.columns]
        if any(len(rows.columns) != len(first.columns) for rows in others):
            self.reading.refuse(
                node, "sides with different numbers of columns", "Select the same columns on each side."
            )
            return []
        if isinstance(node, exp.Except):
            return list(first.columns)
        return [
            Column(column.name, chosen([column.value, *(rows.columns[i].value for rows in others)]))
            for i, column in enumerate(first.columns)
        ]

    def _by_name(self, node: exp.Expr, given: list[Rows]) -> list[Column]:
        """The columns of a UNION BY NAME; where a side lacks one, it is NULL."""
        names: dict[str, str] = {}
        for rows in given:
            for column in told_apart(rows.columns):
                if column.name is None:
                    self.reading.refuse(node, "BY NAME of a column without a name", "Give it a name with AS.")
                    continue
                names.setdefault(fold(column.name), column.name)
        sides = [replace(rows, columns=told_apart(rows.columns)) for rows in given]
        return [Column(name, chosen([rows.column(key) or NEUTRAL for rows in sides])) for key, name in names.items()]

    def _cut(self, node: exp.Expr, rows: Rows, *, any_will_do: bool) -> Rows:
        """The rows after an ORDER BY and a LIMIT behind brackets or a set operation: by the query's own columns."""
        order = node.args.get("order")
        ordered = rows.order
        if order is not None:
            for part in order.find_all(exp.Ordered):
                if not isinstance(bare(part.this), exp.Column | exp.Var):
                    self.reading.refuse(part, f"not the name of a column: {quoted(part)}", "Name a column.")
            self.reading.skip(order)
            ordered |= indirect(rows.everything(), Subtype.SORT)
        if not _is_cut(node):
            return Rows(rows.columns, rows.presence, ordered, rows.rest)
        decides = self._limit(node, ordered, Scope(), has_order=order is not None or any_will_do)
        return Rows(rows.columns, rows.presence | decides, ordered, rows.rest)

    def _values(self, node: exp.Values, scope: Scope) -> Rows:
        records = []
        for record in node.expressions:
            self.reading.knows(record)
            fields = record.expressions if isinstance(record, exp.Tuple) else [record]
            records.append(self.expressions.values(fields, scope))
        if any(len(record) != len(records[0]) for record in records):
            self.reading.refuse(node, "VALUES of different lengths", "Write as many values in each record.")
            return UNREAD
        return Rows(tuple(Column(f"col{i}", chosen(column)) for i, column in enumerate(zip(*records, strict=True))))


def _with_borrowed(rows: Rows, lent: Flows) -> Rows:
    """The rows with what comes from one record of the query around as such, whatever aggregate it went through."""
    ends = {(edge.relation, edge.column) for edge in lent}
    columns = []
    for column in rows.columns:
        value = column.value
        borrowed = frozenset(edge for edge in value.pooled if (edge.relation, edge.column) in ends)
        changed = replace(value, plain=value.plain | borrowed, pooled=value.pooled - borrowed)
        columns.append(Column(column.name, changed))
    return replace(rows, columns=tuple(columns))


def _is_plain(node: exp.Union, top: exp.Union | exp.Intersect | exp.Except) -> bool:
    """Whether a side of a UNION is one with the whole: the same kind, with no clause of its own."""
    words = ("distinct", "by_name")
    same = isinstance(top, exp.Union) and all(bool(node.args.get(w)) == bool(top.args.get(w)) for w in words)
    return same and (node is top or not any(node.args.get(word) for word in ("with_", "order", "limit", "offset")))


def _is_cut(node: exp.Expr) -> bool:
    return node.args.get("limit") is not None or node.args.get("offset") is not None


def _is_aggregated(node: exp.Select) -> bool:
    """Whether a query without GROUP BY gives one record for all."""
    parts = [*node.expressions, node.args.get("having"), node.args.get("qualify"), node.args.get("order")]
    return node.args.get("having") is not None or any(has_aggregate(part) for part in parts if part is not None)
