"""Scopes: which column a name means, as DuckDB resolves it.

Belongs here: what a query gives (``Rows``), the relations in a FROM, names merged by USING, aliases of a select list,
outer queries. Does not belong here: reading SQL (``sources``, ``queries``).

Source: tried on DuckDB 1.5.5, and kept so by ``tests/unit/contracts/flow/test_scopes_as_duckdb.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from sqlglot import exp

from contracts.flow.edges import NOTHING, Flows, union
from contracts.flow.model import fold
from contracts.flow.natures import Value, as_column

_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of what a query gives. ``name`` is None where DuckDB makes one up from the expression."""

    name: str | None
    value: Value


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query gives: columns, what decides which records, what decides their order.

    ``rest`` is what a name that is not among the columns stands for; None: no such column.
    """

    columns: tuple[Column, ...]
    presence: Flows = NOTHING
    order: Flows = NOTHING
    rest: Value | None = None

    def named(self, name: str) -> Value | None:
        """The column known as ``name``; one that is not known may have the same name, and then comes before it."""
        wanted = fold(name)
        found = next((c.value for c in self.columns if c.name is not None and fold(c.name) == wanted), None)
        return found.plus([self.rest]) if found is not None and self.rest is not None else found

    def column(self, name: str) -> Value | None:
        """The column called ``name``, or what stands for names that are not known."""
        found = self.named(name)
        return found if found is not None else self.rest

    def everything(self) -> Flows:
        """All edges of all columns."""
        return union([column.value.flows for column in self.columns] + [self.rest.flows if self.rest else NOTHING])


def told_apart(columns: Iterable[Column]) -> tuple[Column, ...]:
    """The columns under the names DuckDB gives where one stands twice: a, a_1, a_2.

    Source: tried on DuckDB 1.5.5 for subqueries, CTEs, tables and views alike.
    """
    counts: dict[str, int] = {}
    found = []
    for column in columns:
        name = column.name
        if name is not None:
            first = fold(name)
            while fold(name) in counts:
                name = f"{column.name}_{counts[first]}"
                counts[first] += 1
            counts[fold(name)] = 1
        found.append(replace(column, name=name))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Source:
    """A relation in a FROM, under the name by which the query calls it."""

    alias: str
    rows: Rows

    @classmethod
    def reading(cls, alias: str, rows: Rows) -> Source:
        """The relation as one that is read."""
        columns = tuple(replace(column, value=as_column(column.value)) for column in rows.columns)
        return cls(alias, replace(rows, columns=columns))


@dataclass(frozen=True)
class Merged:
    """A column that USING merged: its value, and the sources whose own column of that name ``*`` leaves out."""

    name: str
    value: Value
    sources: frozenset[str]


class Ambiguous(Exception):
    """A name that several relations of a FROM have."""


@dataclass
class Scope:
    """The names one SELECT can use.

    Attributes:
        parent: The scope of the query around it.
        sources: The relations of the FROM, in order.
        merged: Columns merged by USING, by folded name.
        alias: Gives the value of an alias of the select list; None where there is no such alias that may be used.
        presence: What decides which records an aggregate is over.
        window_presence: What decides which records a window is over.
        order: What decides in which order the records lie.
        windows_order: What windows sorted the records by on the way.
        fan_out: What decides how often a record stands in the result (unnest in a select list).
        windows: Named windows, by folded name.
        ctes: What the queries of this WITH give, by folded name.
        takes_both: A name that a relation and an alias both have stands for both (HAVING, QUALIFY, ORDER BY, where
            DuckDB takes the one or the other by where the name stands).
        number: Tells the scope from every other.
        lent: Edges of what queries inside took from this scope or from one around it.
    """

    parent: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    merged: dict[str, Merged] = field(default_factory=dict)
    alias: Callable[[str], Value | None] | None = None
    presence: Flows = NOTHING
    window_presence: Flows = NOTHING
    order: Flows = NOTHING
    windows_order: Flows = NOTHING
    fan_out: Flows = NOTHING
    windows: dict[str, exp.Window] = field(default_factory=dict)
    ctes: dict[str, Rows] = field(default_factory=dict)
    takes_both: bool = False
    number: int = field(default_factory=_NUMBERS.__next__)
    lent: Flows = NOTHING

    def source(self, alias: str) -> Source | None:
        """The relation called ``alias`` in this FROM."""
        wanted = fold(alias)
        return next((source for source in self.sources if fold(source.alias) == wanted), None)

    def of_relations(self, name: str) -> Value | None:
        """What the relations of this FROM call ``name``.

        Raises:
            Ambiguous: Several do.
        """
        merged = self.merged.get(fold(name))
        within = merged.sources if merged is not None else frozenset()
        found = [
            value
            for source in self.sources
            if fold(source.alias) not in within and (value := source.rows.named(name)) is not None
        ]
        found += [merged.value] if merged is not None else []
        if len(found) > 1:
            raise Ambiguous(name)
        found += [source.rows.rest for source in self.sources if source.rows.rest is not None]
        return found[0].plus(found[1:]) if found else None

    def unqualified(self, name: str) -> Value | None:
        """What ``name`` means here or in a query around: relations first, then aliases, then outwards.

        Raises:
            Ambiguous: Several relations of one FROM have it.
        """
        scope: Scope | None = self
        while scope is not None:
            value = scope.of_relations(name)
            aliased = scope.alias(name) if scope.alias is not None and (value is None or scope.takes_both) else None
            if value is not None and aliased is not None:
                value = value.plus([aliased])
            if (found := value or aliased) is not None:
                self._borrow(found, scope)
                return found
            scope = scope.parent
        return None

    def _borrow(self, value: Value, owner: Scope) -> None:
        """Note that a query inside takes a value of ``owner``, in each scope between."""
        scope: Scope | None = self
        while scope is not None and scope is not owner:
            scope = scope.parent
            if scope is not None:
                scope.lent |= value.flows

    def cte(self, name: str) -> Rows | None:
        """What the query called ``name`` in a WITH here or around gives."""
        scope: Scope | None = self
        while scope is not None:
            if (rows := scope.ctes.get(fold(name))) is not None:
                return rows
            scope = scope.parent
        return None

    def qualified(self, alias: str, name: str) -> Value | None:
        """What ``alias.name`` means here or in a query around."""
        scope: Scope | None = self
        while scope is not None:
            source = scope.source(alias)
            if source is not None and (value := source.rows.column(name)) is not None:
                self._borrow(value, scope)
                return value
            scope = scope.parent
        return None

    def has_source(self, alias: str) -> bool:
        """Whether a relation is called so, here or in a query around."""
        scope: Scope | None = self
        while scope is not None:
            if scope.source(alias) is not None:
                return True
            scope = scope.parent
        return False

    def star(self, alias: str | None = None) -> list[tuple[str, Column]]:
        """The columns of ``*`` or of ``alias.*``, each with the name of its relation.

        Raises:
            KeyError: No relation is called ``alias`` here.
        """
        if alias is not None:
            source = self.source(alias)
            if source is None:
                raise KeyError(alias)
            return [(source.alias, column) for column in source.rows.columns]
        found: list[tuple[str, Column]] = []
        shown: set[str] = set()
        for source in self.sources:
            for column in source.rows.columns:
                merged = self.merged.get(fold(column.name)) if column.name is not None else None
                if merged is None or fold(source.alias) not in merged.sources:
                    found.append((source.alias, column))
                elif fold(merged.name) not in shown:
                    shown.add(fold(merged.name))
                    found.append((source.alias, Column(column.name, merged.value)))
        return found

    def rest(self, alias: str | None = None) -> Value | None:
        """What ``*`` stands for beside the columns known by name; None where all are."""
        sources: Sequence[Source] = self.sources if alias is None else [s for s in [self.source(alias)] if s]
        rests = [source.rows.rest for source in sources if source.rows.rest is not None]
        return rests[0].plus(rests[1:]) if rests else None
