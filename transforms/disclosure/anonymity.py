"""k-anonymity and l-diversity of records, as data.

Belongs here: the classes of records that agree in all declared quasi-identifiers, their sizes, how many values of each
sensitive column they hold. Does not belong here: who declares them, what holds a release.

Nulls count as a value of their own: two records without an age agree in it. A sensitive null is a value as well.

Source: L. Sweeney, k-anonymity: a model for protecting privacy (2002); A. Machanavajjhala and others, l-diversity:
privacy beyond k-anonymity (2007), distinct and entropy l-diversity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Diversity:
    """One sensitive column.

    Attributes:
        column: Its name.
        least: The fewest distinct values in a class: the table's distinct l-diversity; None without records.
        entropy: The table's entropy l-diversity: the integer part of e to the least entropy of a class; None
            without records.
        classes_under: Classes with fewer than l distinct values.
        records_under: Records in them.
    """

    column: str
    least: int | None
    entropy: int | None
    classes_under: int
    records_under: int


@dataclass(frozen=True)
class Anonymity:
    """What was found.

    Attributes:
        records: Records in all.
        classes: Classes of records that agree in all quasi-identifiers.
        smallest: Size of the smallest class: the table's k; None without records.
        classes_under: Classes of fewer than the k asked for.
        records_under: Records in them.
        diversity: One for each sensitive column, in their order.
    """

    records: int
    classes: int
    smallest: int | None
    classes_under: int
    records_under: int
    diversity: tuple[Diversity, ...]

    def holds(self, k: int, least: int = 1) -> bool:
        """Whether every class has ``k`` records and ``least`` values of each sensitive column; true without records."""
        if self.smallest is None:
            return True
        return self.smallest >= k and all(d.least is not None and d.least >= least for d in self.diversity)


def anonymity_sql(
    relation: str, quasi_identifiers: Sequence[str], sensitive: Sequence[str], k: int, least: int
) -> tuple[str, ...]:
    """The queries behind ``measure_anonymity``: one for the classes, one for each sensitive column.

    Args:
        relation: A name or a subquery, put into FROM as it is.
        quasi_identifiers: Column names.
        sensitive: Column names.
        k: Records that a class should have.
        least: Distinct sensitive values that a class should have.

    Raises:
        ValueError: No quasi-identifier is named, or k or the least is under 1.
    """
    if not quasi_identifiers:
        raise ValueError("anonymity is measured over one quasi-identifier or more")
    if k < 1 or least < 1:
        raise ValueError(f"k and l are 1 or more, got {k} and {least}")
    keys = ", ".join(_quoted(name) for name in quasi_identifiers)
    sizes = f"select count(*) as n from {relation} group by {keys}"
    queries = [
        f"select coalesce(sum(n), 0)::bigint, count(*), min(n), count(*) filter (n < {int(k)}), "
        f"coalesce(sum(n) filter (n < {int(k)}), 0)::bigint from ({sizes})"
    ]
    for name in sensitive:
        # The key is kept apart under names of its own: a sensitive column may be a quasi-identifier too.
        grouped = ", ".join(f"{_quoted(key)} as q{number}" for number, key in enumerate(quasi_identifiers))
        places = ", ".join(f"q{number}" for number in range(len(quasi_identifiers)))
        read = f"select {grouped}, {_quoted(name)} as s from {relation}"
        values = f"select {places}, s, count(*) as n from ({read}) group by all"
        classes = (
            f"select count(*) as distinct_values, sum(n) as records, "
            f"ln(sum(n)) - sum(n * ln(n)) / sum(n) as entropy from ({values}) group by {places}"
        )
        queries.append(
            f"select min(distinct_values), floor(exp(min(entropy)) + 1e-9)::bigint, "
            f"count(*) filter (distinct_values < {int(least)}), "
            f"coalesce(sum(records) filter (distinct_values < {int(least)}), 0)::bigint from ({classes})"
        )
    return tuple(queries)


def measure_anonymity(
    connection: Any, relation: str, quasi_identifiers: Sequence[str], sensitive: Sequence[str] = (), k: int = 5,
    least: int = 2,
) -> Anonymity:  # fmt: skip
    """Measure records in DuckDB; no record leaves it.

    Args:
        connection: A DuckDB connection.
        relation: A name or a subquery, put into FROM as it is.
        quasi_identifiers: Columns by which a reader could know somebody again.
        sensitive: Columns that should not be learnt of a known person.
        k: Records that a class should have.
        least: Distinct sensitive values that a class should have.
    """
    first, *rest = anonymity_sql(relation, quasi_identifiers, sensitive, k, least)
    records, classes, smallest, classes_under, records_under = connection.execute(first).fetchone()
    found = tuple(
        Diversity(name, *connection.execute(query).fetchone()) for name, query in zip(sensitive, rest, strict=True)
    )
    return Anonymity(records, classes, smallest, classes_under, records_under, found)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
