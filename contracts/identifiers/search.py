"""A table searched for identifiers of persons: which columns hold some, of which kind, how many.

Belongs here: reading candidates out of DuckDB and handing their counts to ``chance``. Does not belong here: which tiers
are searched and what a find means for a release (the gate).

DuckDB does the reading: one regular expression made of all forms in force decides which texts Python looks at. A form
that stands in very many texts is judged by a sample of them, and the others are looked for again without it, so that
one address among a hundred thousand texts is found and ten million ticket numbers cost no more than a few thousand.
Samples are taken by the values' hashes: the same records give the same answer. No value leaves this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from contracts.engines.sql import text_literal
from contracts.identifiers import chance
from contracts.identifiers.columns import Column, Group, is_searched, kept_once, repeated_columns, values_of
from contracts.identifiers.kinds import NUMBER, SQL_AFTER, SQL_BEFORE, Bare, Form, Kind
from contracts.identifiers.table import BY_ID, KINDS

if TYPE_CHECKING:
    import duckdb

FEW: Final = 50_000
"""Up to so many records all columns are searched together, and each different value once."""
FULL: Final = 20_000
"""Up to so many texts with candidates are all looked at."""
SAMPLE: Final = 2_000
"""So many are looked at of more."""
OFTEN: Final = 0.05
"""A form in so large a share of a sample is settled by the sample."""
BARE_SAMPLE: Final = 4_000
SHORTEST, LONGEST = 6, 20
"""Characters of a value that can be an identifier standing alone."""
SPARSE: Final = 200_000
"""From how many records on only a share of the values' hashes is drawn from."""

How = Literal["form", "share", "name"]


@dataclass(frozen=True)
class Found:
    """Identifiers of one kind in one column.

    Attributes:
        column: The column.
        kind: The kind's id.
        values: Different values that keep the kind's rule; at least so many where ``is_sampled``.
        alike: Different values in the same form that were looked at.
        how: What gave them away: their form, their share, the column's name.
        is_sampled: Whether more values stand there than were looked at.
    """

    column: str
    kind: str
    values: int
    alike: int
    how: How
    is_sampled: bool

    @property
    def of_company(self) -> bool:
        """Whether they name companies."""
        return BY_ID[self.kind].of_company


def search(
    connection: duckdb.DuckDBPyConnection, source: str, columns: Iterable[Column], country: str
) -> tuple[Found, ...]:
    """What the columns of ``source`` hold.

    Args:
        connection: A connection that can read it.
        source: SQL of a relation, such as ``read_parquet([...])``.
        columns: The columns to search; dates, times and truth values hold none and are passed over.
        country: The city's country, two letters: forms that other codes share count in their own country alone.

    Raises:
        duckdb.Error: It cannot be read.
    """
    row = connection.execute(f"SELECT count(*) FROM {source}").fetchone()
    rows = int(row[0]) if row else 0
    asked = [c for c in columns if rows and is_searched(c.type)]
    repeated = frozenset(c.name for c in asked) if rows <= FEW else repeated_columns(connection, source)
    few = tuple(c for c in asked if c.name in repeated)
    found: list[Found] = []
    if few:
        with kept_once(connection, few, source) as values:
            found += _look(connection, Group(few, values, rows, country))
    for column in asked:
        if column.name not in repeated:
            found += _look(connection, Group((column,), values_of(column, source, 0), rows, country))
    order = {c.name: n for n, c in enumerate(asked)}
    return tuple(sorted(_once(found), key=lambda f: (order[f.column], f.kind)))


def _look(connection: duckdb.DuckDBPyConnection, group: Group) -> list[Found]:
    return [*_marked(connection, group), *_alone(connection, group)]


def pattern_of(forms: Iterable[Form]) -> str:
    """One regular expression for DuckDB that finds any of the forms; it may find more, never less."""
    patterns = dict.fromkeys(form.pattern.replace(NUMBER, "(?:") for form in forms)
    return f"{SQL_BEFORE}(?:{'|'.join(patterns)}){SQL_AFTER}"


# In a form of their own ------------------------------------------------------------------------


@dataclass
class _Count:
    """Of one form: the different texts found in it, and those that keep the rule."""

    alike: set[str]
    kept: set[str]


def _marked(connection: duckdb.DuckDBPyConnection, group: Group) -> list[Found]:
    """Identifiers written in a form of their own, wherever in a text."""
    open_forms = [(kind, form) for kind in KINDS for form in kind.forms_in(group.country)]
    found: list[Found] = []
    texts = ", ".join(str(n) for n, column in enumerate(group.columns) if column.is_text)
    while open_forms and texts:
        hits = (
            f"SELECT i, v FROM ({group.values}) WHERE i IN ({texts}) "
            f"AND regexp_matches(v, {text_literal(pattern_of(form for _, form in open_forms))})"
        )
        rows = connection.execute(f"{hits} LIMIT {FULL + 1}").fetchall()
        if len(rows) <= FULL:
            by_column = _by_column(rows)
            for n, values in by_column.items():
                found += _settled(group.columns[n], _counts(open_forms, set(values)), sampled=False)
            break
        if len(group.columns) > 1:
            return [f for one in group.apart() for f in _marked(connection, one)]
        drawn = connection.execute(f"{hits} ORDER BY hash(v), v LIMIT {FULL}").fetchall()
        sample = set(list(dict.fromkeys(str(row[1]) for row in drawn))[:SAMPLE])
        counts = _counts(open_forms, sample)
        often = {f for f, count in counts.items() if len(count.alike) >= OFTEN * len(sample)}
        often = often or {max(counts, key=lambda f: len(counts[f].alike))}
        found += _settled(group.columns[0], {f: counts[f] for f in often}, sampled=True)
        open_forms = [one for one in open_forms if one not in often]
    return found


def _by_column(rows: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    """Values by the number of their column, each once, in the order given."""
    found: dict[int, dict[str, None]] = {}
    for number, value in rows:
        found.setdefault(int(number), {})[str(value)] = None
    return {number: list(values) for number, values in found.items()}


def _counts(forms: Sequence[tuple[Kind, Form]], texts: set[str]) -> dict[tuple[Kind, Form], _Count]:
    counts = {one: _Count(set(), set()) for one in forms}
    for text in texts:
        for kind, form in forms:
            for match in form.regex.finditer(text):
                count, number = counts[kind, form], form.number_of(match)
                count.alike.add(number)
                if kind.check(number):
                    count.kept.add(number)
    return counts


def _settled(column: Column, counts: Mapping[tuple[Kind, Form], _Count], *, sampled: bool) -> list[Found]:
    return [
        Found(column.name, kind.id, len(count.kept), len(count.alike), "form", sampled)
        for (kind, form), count in counts.items()
        if chance.are_marked(len(count.kept), len(count.alike), form.chance, form.doubt)
    ]


# Standing alone --------------------------------------------------------------------------------


def _alone(connection: duckdb.DuckDBPyConnection, group: Group) -> list[Found]:
    """Bare digits that are the whole of a value: judged by their share, or by the column's name."""
    drawn, is_sampled = _drawn(connection, group)
    found: list[Found | None] = []
    for number, texts in drawn.items():
        column = group.columns[number]
        more = is_sampled or len(texts) > BARE_SAMPLE
        looked_for = [(kind, bare) for kind in KINDS for bare in kind.bare_in(group.country)]
        found += [_of_bare(column, one, texts[:BARE_SAMPLE], sampled=more) for one in looked_for]
    return [one for one in found if one is not None]


def _of_bare(column: Column, looked_for: tuple[Kind, Bare], texts: Sequence[str], *, sampled: bool) -> Found | None:
    kind, bare = looked_for
    is_named = bool(column.words & kind.words)
    if bare.chance >= 1.0 and not is_named:
        return None
    alike = [t for t in (_restored(v.strip(), bare) for v in texts) if bare.regex.match(t)]
    kept = sum(1 for t in alike if kind.check(t))
    if bare.chance < 1.0 and chance.are_bare(kept, len(alike), bare.chance):
        return Found(column.name, kind.id, kept, len(alike), "share", sampled)
    if is_named and chance.are_named(kept, len(texts)):
        return Found(column.name, kind.id, kept, len(alike), "name", sampled)
    return None


def _restored(value: str, bare: Bare) -> str:
    """A value with the zeros that it lost as a number: two at most."""
    if bare.digits and bare.digits - 2 <= len(value) < bare.digits and value.isdigit():
        return value.zfill(bare.digits)
    return value


def _drawn(connection: duckdb.DuckDBPyConnection, group: Group) -> tuple[dict[int, list[str]], bool]:
    """Different short values of each column in the order of their hashes, one more than are looked at.

    And whether they are drawn from a share of the values alone.
    """
    modulus = max(1, group.rows // SPARSE) if len(group.columns) == 1 else 1
    drawn = _by_column(_short(connection, group, modulus))
    if modulus > 1 and sum(map(len, drawn.values())) <= SAMPLE // 10:
        modulus = 1
        drawn = _by_column(_short(connection, group, modulus))
    return drawn, modulus > 1


def _short(connection: duckdb.DuckDBPyConnection, group: Group, modulus: int) -> list[tuple[int, str]]:
    part = f" AND hash(v) % {modulus} = 0" if modulus > 1 else ""
    rows = connection.execute(
        f"SELECT i, v FROM (SELECT DISTINCT i, v FROM ({group.values}) "
        f"WHERE length(v) BETWEEN {SHORTEST} AND {LONGEST}{part}) "
        f"QUALIFY row_number() OVER (PARTITION BY i ORDER BY hash(v), v) <= {BARE_SAMPLE + 1} ORDER BY i, hash(v), v"
    ).fetchall()
    return [(int(i), str(v)) for i, v in rows]


def _once(found: Iterable[Found]) -> Iterable[Found]:
    """One find for a column and kind: the one with most values."""
    best: dict[tuple[str, str], Found] = {}
    for one in found:
        known = best.get((one.column, one.kind))
        if known is None or one.values > known.values:
            best[one.column, one.kind] = one
    return best.values()


def as_dict(found: Found) -> dict[str, Any]:
    """A find as evidence keeps it: no value."""
    return {
        "column": found.column,
        "kind": found.kind,
        "values": found.values,
        "at_least": found.is_sampled,
        "alike": found.alike,
        "told_by": found.how,
        "of_company": found.of_company,
    }
