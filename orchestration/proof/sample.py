"""A sample of a city's accepted records on which its models behave as on all of them.

Belongs here: choosing records. Does not belong here: changing them (``world``), building anything (``scratch``).

A source of up to ``MOST`` records is kept whole: districts, lists of categories. Of a larger one are kept

- records by the hash of their number, which is as good as chance and the same each time;
- records that stand close together, the commonest values of its columns of few values, so that counts by district and
  month are not all below a minimum cell;
- for each literal of the SQL and each column of its type, some records that hold it;
- records of the same key, and of keys that the other sources' sampled records name, so that joins are not empty.

The records that hold no literal come with the first two. A literal that no record holds is put in by the worlds, where
its column is above the tier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from contracts.engines.sql import quoted, text_literal
from orchestration.proof.literals import Literals

if TYPE_CHECKING:
    import duckdb

MOST: Final = 2_000
"""Records of one source kept at most, before those that joins need. The models cost the same few milliseconds from a
hundred records to some thousand, so that fewer would save nothing; more show little that these do not."""
BY_CHANCE: Final = MOST // 2
JOINED: Final = MOST // 4
"""Records kept for the sake of another source, at most."""
HOLDING: Final = 2
"""Records kept for each column and literal."""
FEW: Final = 40
"""A column of so many different values, or fewer, says where records stand close together."""
LITERALS: Final = 60
"""Literals of one kind that records are looked for by."""

_TEXTS: Final = "VARCHAR"
_NUMBERS: Final = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})


def sampled(
    connection: duckdb.DuckDBPyConnection, sources: Mapping[str, Sequence[str]], literals: Literals
) -> dict[str, Any]:
    """The sample, an Arrow table for each source's relation.

    Args:
        connection: The warehouse, to read only.
        sources: The sources' relations, each with its primary key.
        literals: What the models' SQL names.
    """
    sizes = {name: _count(connection, name) for name in sources}
    large = [name for name in sources if sizes[name] > MOST]
    chosen = {name: _chosen(connection, name, literals) for name in large}
    for name in large:
        for other in large:
            if other != name and sources[other]:
                chosen[other] |= _joined(connection, (name, chosen[name]), (other, sources[other][0]))
    found = {}
    for name in sources:
        if name in chosen:
            found[name] = _taken(connection, name, chosen[name])
        else:
            query = f"SELECT * FROM {quoted(name)} AS one ORDER BY {_by_chance('one')}"
            found[name] = connection.execute(query).to_arrow_table()
    return found


def _by_chance(alias: str) -> str:
    """An order that is as good as chance and the same each time."""
    return f"hash({alias}._record), hash({alias})"


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone()
    return int(row[0]) if row else 0


def _chosen(connection: duckdb.DuckDBPyConnection, name: str, literals: Literals) -> set[int]:
    """Numbers of records of a large source."""
    kinds = {str(row[0]): str(row[1]) for row in connection.execute(f"DESCRIBE {quoted(name)}").fetchall()}
    relation = quoted(name)
    by_chance = f"SELECT _record FROM {relation} ORDER BY hash(_record), _record LIMIT {BY_CHANCE}"
    queries = [by_chance]
    if where := _close_together(connection, name, kinds):
        queries.append(
            f"SELECT _record FROM {relation} WHERE {where} ORDER BY hash(_record), _record LIMIT {BY_CHANCE}"
        )
    texts = [text.strip("%") for text in literals.texts[:LITERALS] if text.strip("%")]
    numbers = [int(n) for n in literals.numbers[:LITERALS] if n == int(n)]
    for column, kind in kinds.items():
        values = [text_literal(one) for one in texts] if kind == _TEXTS else []
        values = [str(one) for one in numbers] if kind in _NUMBERS and column != "_record" else values
        if values:
            queries.append(_holding(relation, column, values))
    return {int(row[0]) for query in queries for row in connection.execute(query).fetchall()}


def _holding(relation: str, column: str, values: Sequence[str]) -> str:
    """SQL of some records for each of the values."""
    return (
        f"SELECT unnest(min(_record, {HOLDING})) FROM {relation} WHERE {quoted(column)} IN ({', '.join(values)}) "
        f"GROUP BY {quoted(column)}"
    )


def _close_together(connection: duckdb.DuckDBPyConnection, name: str, kinds: Mapping[str, str]) -> str:
    """A condition that keeps the commonest value of each column of few values, as long as enough records are left."""
    names = [column for column, kind in kinds.items() if kind == _TEXTS]
    if not names:
        return ""
    few = f"SELECT * FROM {quoted(name)} ORDER BY hash(_record), _record LIMIT {MOST}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE first_look AS {few}")
    counts = ", ".join(f"count(DISTINCT {quoted(column)})" for column in names)
    row = connection.execute(f"SELECT {counts} FROM first_look").fetchone()
    assert row is not None
    kept: list[str] = []
    for different, column in sorted(zip(row, names, strict=True)):
        if not 1 < different <= FEW:
            continue
        where = " AND ".join([*kept, f"{quoted(column)} IS NOT NULL"])
        found = connection.execute(
            f"SELECT {quoted(column)}, count(*) FROM first_look WHERE {where} GROUP BY ALL ORDER BY 2 DESC, 1 LIMIT 1"
        ).fetchone()
        if found is None or found[1] * 100 < MOST:
            continue
        kept.append(f"{quoted(column)} = {text_literal(str(found[0]))}")
    return " AND ".join(kept)


def _joined(connection: duckdb.DuckDBPyConnection, one: tuple[str, set[int]], other: tuple[str, str]) -> set[int]:
    """Records of the other source whose key stands in a column of the sampled records of the one."""
    (name, chosen), (relation, key) = one, other
    columns = connection.execute(f"DESCRIBE {quoted(name)}").fetchall()
    kind = next(str(r[1]) for r in connection.execute(f"DESCRIBE {quoted(relation)}").fetchall() if r[0] == key)
    same = [str(row[0]) for row in columns if str(row[1]) == kind and row[0] != "_record"]
    if not same:
        return set()
    _note(connection, chosen)
    named = " UNION ".join(
        f"SELECT {quoted(column)} AS value FROM {quoted(name)} SEMI JOIN noted USING (_record)" for column in same
    )
    found = connection.execute(
        f"SELECT _record FROM {quoted(relation)} WHERE {quoted(key)} IN (SELECT value FROM ({named})) "
        f"ORDER BY hash(_record), _record LIMIT {JOINED}"
    ).fetchall()
    return {int(row[0]) for row in found}


def _taken(connection: duckdb.DuckDBPyConnection, name: str, chosen: set[int]) -> Any:
    """The chosen records; where deliveries number theirs alike, all of a number."""
    _note(connection, chosen)
    return connection.execute(
        f"SELECT one.* FROM {quoted(name)} AS one SEMI JOIN noted USING (_record) ORDER BY {_by_chance('one')} "
        f"LIMIT {MOST + MOST}"
    ).to_arrow_table()


def _note(connection: duckdb.DuckDBPyConnection, chosen: set[int]) -> None:
    import pyarrow as pa

    connection.register("given", pa.table({"_record": pa.array(sorted(chosen), type=pa.int64())}))
    connection.execute("CREATE OR REPLACE TEMP TABLE noted AS SELECT _record FROM given")
    connection.unregister("given")
