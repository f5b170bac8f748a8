"""SQL written by other people: parsed before it is kept, fenced in when it runs.

Belongs here: what a rule's SQL may say (one SELECT over its own table, nothing read from outside, no
clock, no chance), a DuckDB connection that can read the given files and nothing else, a time limit.
Does not belong here: what a rule means (``compile_checks``), judging tables (``scan``).

The query is parsed by DuckDB's own parser (``json_serialize_sql``), so that what is checked and what
runs can't differ, and everything that is not known to be harmless is refused: tables, functions,
kinds of expression. With ``allowed_paths`` a COPY could overwrite the very file being judged; it never
passes the parser, and whoever judges a file hashes it again afterwards.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.checks import Check, Kind
from contracts.engines import specimen
from contracts.engines.rule_words import (
    AGGREGATES,
    CHANCE,
    CLOCK,
    EXPRESSIONS,
    ORDERED,
    RELATIVE_WORDS,
    SCALARS,
    STRUCTURES,
    SURROUNDINGS,
)
from contracts.engines.sql import address, quoted, text_literal
from contracts.errors import InputError
from contracts.model import Contract, Place

if TYPE_CHECKING:
    import duckdb

RULE_SECONDS = 120.0
"""How long one rule's SQL may run before it is stopped."""

ANSWER = "answer"
"""Alias of the one number a rule's query gives."""


@dataclass(frozen=True)
class RuleNames:
    """The names a rule's query uses. ``star``: it looks at every column without naming them."""

    columns: frozenset[str]
    star: bool


# What a rule may say ------------------------------------------------------------------------


def validate_rule_sql(query: str, place: Place, tables: Iterable[str] | None = None) -> RuleNames:
    """Refuse ``query`` unless it is one plain SELECT over ``tables`` (any name where None).

    Raises:
        InputError: It is no SELECT, more than one statement, or says something that writes, reads
            from outside, depends on the clock, on chance or on its surroundings, or is not known to
            be harmless.
    """
    if "\0" in query:
        raise _refusal("a rule's query is not one SELECT", place, "a character without a sign (NUL)")
    tree = _parsed(query)
    if "error_message" in tree:
        raise _refusal("a rule's query is not one SELECT", place, str(tree["error_message"]))
    statements = tree["statements"]
    if len(statements) != 1:
        raise _refusal("a rule's query is not one SELECT", place, f"{len(statements)} statements")
    if statements[0].get("named_param_map"):
        raise _refusal("a rule's query has a parameter", place, "a parameter")
    root = statements[0]["node"]
    walk = _Walk(place, None if tables is None else frozenset(t.casefold() for t in tables))
    walk.visit(root)
    if root.get("type") != "SELECT_NODE" or len(root.get("select_list", ())) != 1:
        found = (
            f"{len(root.get('select_list', ()))} columns" if root.get("type") == "SELECT_NODE" else "a set operation"
        )
        raise _refusal("a rule's query gives more than one number", place, found)
    return RuleNames(frozenset(walk.columns), walk.star)


@lru_cache(maxsize=512)
def _parsed_text(query: str) -> str:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        # A literal, not a bound parameter: binding one imports pandas, a second of waiting.
        row = connection.execute(
            f"SELECT json_serialize_sql({text_literal(query)}::VARCHAR, skip_default := true)"
        ).fetchone()
    assert row is not None
    return str(row[0])


def _parsed(query: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(_parsed_text(query))
    return tree


def _refusal(what: str, place: Place, found: str) -> InputError:
    return InputError(
        what,
        where=str(place),
        found=found,
        expected="one SELECT that gives one number, over {object} alone",
        hint="cauce contract lint",
    )


_TYPES = frozenset({"cast_type", "type_info"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_Scope = frozenset[str]
"""Names declared by ``WITH`` that can be seen from here."""


class _Walk:
    """One pass over DuckDB's syntax tree; what it does not know it refuses."""

    def __init__(self, place: Place, tables: frozenset[str] | None) -> None:
        self.place = place
        self.tables = tables
        self.columns: set[str] = set()
        self.star = False

    def visit(self, node: Any, scope: _Scope = frozenset(), *, in_type: bool = False) -> None:
        """Look at every part of the tree; of a type's own description only at expressions in it."""
        if isinstance(node, list):
            for item in node:
                self.visit(item, scope, in_type=in_type)
        elif isinstance(node, dict):
            if not in_type or "class" in node:
                self._check(node, scope)
                in_type = False
            if node.get("class") == "CONSTANT":
                return
            scope = self._declared(node, scope)
            for key, value in node.items():
                if key != "cte_map":
                    self.visit(value, scope, in_type=in_type or key in _TYPES)

    def _declared(self, node: Mapping[str, Any], scope: _Scope) -> _Scope:
        """``scope`` and what this node declares; each declaration sees those before it."""
        for entry in (node.get("cte_map") or {}).get("map", ()):
            self.visit(entry["value"], scope)
            name = str(entry["key"])
            if not _NAME.match(name):
                raise self._no(f"a name that could be a file's: {name}")
            scope |= {name.casefold()}
        return scope

    def _check(self, node: Mapping[str, Any], scope: _Scope) -> None:
        if "sample_size" in node or node.get("sample"):
            raise self._no("a sample: its records are chosen by chance")
        if "class" in node:
            self._expression(node)
        elif isinstance(node.get("type"), str):
            self._structure(node, scope)

    def _structure(self, node: Mapping[str, Any], scope: _Scope) -> None:
        kind = node["type"]
        if kind == "TABLE_FUNCTION":
            name = str(node["function"].get("function_name", "")).casefold()
            if name != "unnest":
                raise self._no(f"the table function {name}")
            return
        if kind == "RECURSIVE_CTE_NODE":
            raise self._no("a recursive query: it may never end")
        if kind not in STRUCTURES:
            raise self._no(f"{kind.lower().replace('_', ' ')}")
        if kind == "BASE_TABLE":
            name = str(node.get("table_name", ""))
            if node.get("schema_name") or node.get("catalog_name"):
                raise self._no(f"the table {node.get('schema_name') or node.get('catalog_name')}.{name}")
            is_given = name.casefold() in (self.tables or ())
            if not is_given and not (_NAME.match(name) and (self.tables is None or name.casefold() in scope)):
                raise self._no(f"the table {name}")

    def _expression(self, node: Mapping[str, Any]) -> None:
        kind = node["class"]
        if kind not in EXPRESSIONS:
            raise self._no(f"a {str(kind).lower()} expression")
        if kind in {"FUNCTION", "WINDOW"}:
            self._function(node)
        elif kind == "COLUMN_REF":
            names = [str(n) for n in node["column_names"]]
            self._word(names[-1])
            self.columns.update(n.casefold() for n in names)
        elif kind == "STAR":
            if node.get("columns"):
                raise self._no("COLUMNS(...)")
            self.star = True
        elif kind == "CAST":
            child = node.get("child", {})
            constant = child.get("value", {}).get("value") if child.get("class") == "CONSTANT" else None
            if isinstance(constant, str) and constant.strip().casefold() in RELATIVE_WORDS:
                raise self._no(f"the clock ('{constant}')")

    def _function(self, node: Mapping[str, Any]) -> None:
        name = str(node.get("function_name", "")).casefold()
        self._word(name)
        if node.get("schema") not in (None, "", "main", "pg_catalog") or node.get("catalog"):
            raise self._no(f"the function {node.get('schema') or node.get('catalog')}.{name}")
        if node["class"] == "WINDOW" and not name:
            return
        known = AGGREGATES | SCALARS
        if node["class"] == "WINDOW":
            known |= ORDERED
        if name not in known:
            raise self._no(f"the function {name}")

    def _word(self, name: str) -> None:
        word = name.casefold()
        if word in CLOCK:
            raise self._no(f"the clock ({word}): compare with a column instead")
        if word in CHANCE:
            raise self._no(f"chance ({word})")
        if word in SURROUNDINGS:
            raise self._no(f"what surrounds the data ({word})")

    def _no(self, found: str) -> InputError:
        return _refusal("a rule's query says what a rule may not say", self.place, found)


def prove_runnable(contract: Contract, checks: Sequence[Check]) -> None:
    """Try every pattern and every query on an empty table of the contract's shape.

    A query's failing example is tried too: it must fail.

    Raises:
        InputError: A pattern does not compile, a query does not bind or gives no single number, or
            a failing example is missing or does not fail.
    """
    patterns = [c for c in checks if "pattern" in c.arguments]
    queries = [c for c in checks if c.kind is Kind.SQL]
    if not patterns and not queries:
        return
    with guarded_connection(()) as connection:
        for check in patterns:
            _prove_pattern(connection, check)
        if queries:
            with time_limit(connection, RULE_SECONDS):
                specimen.create_table(connection, contract)
        for check in queries:
            _prove_query(connection, contract, check)


def _prove_pattern(connection: duckdb.DuckDBPyConnection, check: Check) -> None:
    import duckdb

    try:
        with time_limit(connection, RULE_SECONDS):
            connection.execute(f"SELECT regexp_matches('', {text_literal(check.arguments['pattern'])})").fetchone()
    except duckdb.Error as error:
        raise InputError(
            "a pattern is no regular expression",
            where=str(check.place),
            found=f"{check.arguments['pattern']}: {_first_line(error).removeprefix('Invalid Input Error: ')}",
            expected="one that RE2, DuckDB's engine, can compile",
        ) from error


def _prove_query(connection: duckdb.DuckDBPyConnection, contract: Contract, check: Check) -> None:
    import duckdb

    name = contract.object.name
    try:
        with time_limit(connection, RULE_SECONDS):
            rows = connection.execute(rule_query(check, quoted(name))).fetchmany(2)
        kind = connection.description[0][1] if connection.description else None
        if len(rows) > 1 or str(kind).upper() in {"VARCHAR", "DATE", "TIMESTAMP", "BLOB"}:
            raise _refusal("a rule's query gives no single number", check.place, f"{len(rows)} or more rows of {kind}")
    except duckdb.Error as error:
        raise _refusal("a rule's query does not run", check.place, _first_line(error)) from error
    if not check.failing_example:
        raise InputError(
            "a sql rule does not show that it can fail",
            where=str(check.place),
            expected="a failingExample: records that break the rule",
            hint="add customProperties: [{property: failingExample, value: [{column: value, ...}]}] to the rule.",
        )
    with time_limit(connection, RULE_SECONDS):
        specimen.fill(connection, contract, check.failing_example, check.place)
    try:
        measured = one_number(connection, rule_query(check, quoted(name)), RULE_SECONDS)
    except (duckdb.Error, ValueError) as error:
        raise _refusal("a rule's query does not run on its failing example", check.place, str(error)) from error
    finally:
        connection.execute(f"DELETE FROM {quoted(name)}")
    if check.threshold.holds(measured):
        raise InputError(
            "a failing example keeps its rule",
            where=str(check.place),
            found=f"the query gives {measured:g} on it",
            expected=f"not {check.threshold.operator} {check.threshold.value}",
        )


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


# Running it ---------------------------------------------------------------------------------


def rule_query(check: Check, relation: str) -> str:
    """The rule's query with its object standing for ``relation``."""
    name = quoted(str(check.arguments["object"]))
    return (
        f"WITH {name} AS NOT MATERIALIZED (SELECT * FROM {relation}) "
        f"SELECT * FROM (\n{check.arguments['query']}\n) AS {ANSWER}"
    )


def one_number(connection: duckdb.DuckDBPyConnection, query: str, seconds: float = RULE_SECONDS) -> float:
    """Run ``query`` and return its one number.

    Raises:
        ValueError: It gave no row, several, NULL or something that is no number.
        duckdb.Error: It could not run, or ran longer than ``seconds``.
    """
    with time_limit(connection, seconds):
        rows = connection.execute(query).fetchmany(2)
    if len(rows) != 1 or len(rows[0]) != 1:
        raise ValueError(f"the query gave {len(rows) or 'no'} rows, expected one number")
    value = rows[0][0]
    if value is None:
        raise ValueError("the query gave NULL, expected one number")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"the query gave {value!r}, expected one number") from None
    if math.isnan(number):
        raise ValueError("the query gave NaN, expected one number")
    return number


@contextmanager
def time_limit(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what runs on ``connection`` after ``seconds``."""
    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


MEMORY = re.compile(r"^[0-9]+(\.[0-9]+)?\s*(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$")


def guarded_connection(
    files: Iterable[Path | str], threads: int = 2, memory: str = "1GB", spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that can read ``files`` and nothing else.

    Limits first, then external access and extensions off, then the configuration is locked. Time
    zone UTC; Python's own variables can't be read as tables.

    Args:
        files: The only files it may open.
        threads: Worker threads.
        memory: DuckDB's memory limit, such as ``1GB``.
        spill: Folder for what does not fit in memory; None: nothing is written to the disk.

    Raises:
        InputError: ``memory`` is not a size.
    """
    import duckdb

    if not MEMORY.match(memory):
        raise InputError("a memory limit is not a size", found=memory, expected="a number and a unit, such as 1GB")
    paths = ", ".join(text_literal(address(f)) for f in files)
    connection = duckdb.connect(":memory:")
    for setting in (
        f"memory_limit = '{memory}'",
        f"threads = {int(threads)}",
        f"temp_directory = {text_literal(str(spill) if spill else '')}",
        "TimeZone = 'UTC'",
        "preserve_insertion_order = false",
        "python_enable_replacements = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        f"allowed_paths = [{paths}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")
    return connection
