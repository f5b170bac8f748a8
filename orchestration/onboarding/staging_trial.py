"""Trying a staging model without data: whether it can be read over the sources' declared columns, and what it lacks.

Belongs here: binding the SQL in an empty DuckDB, and holding its columns against the entity's contract. Does not belong
here: running it (``shaping``). A model that uses more than ``raw()`` is not tried here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from contracts.engines.sql import quoted, text_literal
from contracts.model import Contract

_NULL = re.compile(r"cast\(null as [\w(), ]+\) as ([a-z][a-z0-9_]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Tried:
    """What a staging model came to.

    Attributes:
        error: Why it can't be read; empty where it can, or was not tried.
        line: Where the error stands, from 1; 0 where that is not known.
        lacking: The entity's columns that it does not deliver.
        strange: Columns that the entity does not have.
        empty: Columns that are null in every record.
        was_tried: Whether it could be tried at all.
    """

    error: str = ""
    line: int = 0
    lacking: tuple[str, ...] = ()
    strange: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    was_tried: bool = True


def try_staging(path: Path, entity: Contract, sources: Mapping[str, Contract]) -> Tried:
    """Read the model at ``path`` over empty tables of the sources' columns."""
    import duckdb
    import jinja2

    text = path.read_text(encoding="utf-8")
    nulls = Counter(_NULL.findall(text))
    empty = tuple(n for n in nulls if entity.object.column(n) is not None and nulls[n] >= _times_named(text, n))
    try:
        environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - SQL, no page
        sql = environment.from_string(text).render(raw=lambda name: quoted(f"raw_{name}"))
    except jinja2.TemplateError:
        return Tried(empty=empty, was_tried=False)
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        for name, source in sources.items():
            columns = ", ".join(f"{quoted(c.name)} {c.physical_type}" for c in source.columns)
            connection.execute(f"CREATE TABLE {quoted(f'raw_{name}')} ({columns}, _record BIGINT)")
        try:
            described = connection.execute(f"DESCRIBE ({sql.strip().rstrip(';')}\n)").fetchall()
        except duckdb.Error as error:
            return Tried(_said(str(error)), _line(str(error)), empty=empty)
    names = [str(row[0]) for row in described]
    wanted = [column.name for column in entity.columns]
    return Tried(
        lacking=tuple(name for name in wanted if name not in names),
        strange=tuple(name for name in names if name not in wanted),
        empty=empty,
    )


def _times_named(text: str, name: str) -> int:
    """How often a model gives a column a value under its alias: more often than once where it joins sources."""
    return len(re.findall(rf"\bas {name}\b", text, re.IGNORECASE))


def rendered(path: Path, files: Mapping[str, tuple[Path, ...]]) -> str:
    """The model over accepted records: of each source its newest delivery.

    Raises:
        LookupError: It uses more than ``raw()``, or reads a source that was not landed.
    """
    import jinja2

    def raw(name: str) -> str:
        return f"read_parquet({text_literal(str(files[name][-1]))})"

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 - SQL, no page
    try:
        return environment.from_string(path.read_text(encoding="utf-8")).render(raw=raw).strip().rstrip(";")
    except (jinja2.TemplateError, IndexError) as error:
        raise LookupError(path.name) from error


def _said(message: str) -> str:
    """The first sentence of the engine's message."""
    return " ".join(message.split("\n\n", 1)[0].split("LINE", 1)[0].split())[:300]


def _line(message: str) -> int:
    found = re.search(r"^LINE (\d+):", message, re.MULTILINE)
    return int(found[1]) if found else 0
