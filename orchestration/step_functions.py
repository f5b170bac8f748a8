"""The registered steps' functions in a city's warehouse: made before the models run, and held against the register.

Belongs here: the SQL of each function with what the city sets put in, making them, telling which were altered. Does not
belong here: what steps there are (``contracts.steps``), running the models (``shaping``).

Each function is a scalar macro of DuckDB: where a model or a view calls one, its body is put in, so that a call costs
what its SQL costs. The warehouse holds these macros and no other; a model that calls ``step_<name>`` can only mean the
registered one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from contracts.engines.sql import quoted, text_literal
from contracts.steps import REGISTER, RegisteredFunction, functions, load_steps

if TYPE_CHECKING:
    import duckdb

Offset = tuple[str | None, int]
"""From which moment on (UTC, as text; None: from ever) a time zone is how many seconds from UTC."""

INNER_KEY, OUTER_KEY = "step_inner_key", "step_outer_key"
"""Variables of a connection that hold the key of keyed hashes, in HMAC's two forms."""

_KEYED = re.compile(r"\{keyed\(([a-z0-9_|' :()]+?)\)\}")
_LAMBDA = re.compile(r"\(lambda (\w+): ")
_QUOTED_TYPE = re.compile(r'(?<= AS )"(\w+)"\)')
_EXTENSION_CALL = re.compile(r"\b(st_[a-z_]+)\(([a-z_, ]*)\)")
_PLACEHOLDER = re.compile(r"\{[a-z_]+[^{}]*\}")


@dataclass(frozen=True)
class StepSettings:
    """What a city sets for its functions.

    Attributes:
        zones: The time zones a call may name; a city has one.
        minimum_cell: The least count that is shown.
        as_of: The run's as-of instant in UTC; changes of offset are known until ten years after it.
        register: Where the steps are registered.
    """

    zones: tuple[str, ...]
    minimum_cell: int
    as_of: datetime
    register: Path = REGISTER


@dataclass(frozen=True, order=True)
class AlteredFunction:
    """A function of the warehouse that is not what the register says.

    ``found`` is ``altered`` where its body or arguments differ, ``unknown`` where no such function is registered,
    ``missing`` where it is registered and not there.
    """

    name: str
    found: Literal["altered", "missing", "unknown"]


def make(connection: duckdb.DuckDBPyConnection, settings: StepSettings) -> None:
    """Make every registered function, and remove every other macro of the warehouse."""
    for _, name, kind, _, _ in _macros(connection):
        connection.execute(f"DROP MACRO {'TABLE ' if kind == 'table_macro' else ''}IF EXISTS {quoted(name)}")
    offsets = {zone: offset_changes(connection, zone, settings.as_of) for zone in settings.zones}
    for function in functions(load_steps(settings.register)):
        with _stand_ins(connection, function):
            connection.execute(definition(function, settings, offsets))


@contextmanager
def _stand_ins(connection: duckdb.DuckDBPyConnection, function: RegisteredFunction) -> Iterator[None]:
    """While a function is made: something in place of what only its extension knows.

    DuckDB refuses a macro that calls a function it does not know, keeps what it calls by name alone, and loading the
    spatial extension costs a third of a second, which only a model with positions to place should pay.
    """
    names = sorted(set(_EXTENSION_CALL.findall(function.body))) if function.extension else []
    for name, arguments in names:
        given = ", ".join(f"a{n}" for n, _ in enumerate(arguments.split(",")))
        connection.execute(f"CREATE TEMP MACRO {name}({given}) AS NULL")
    yield
    for name, _ in names:
        connection.execute(f"DROP MACRO temp.{name}")


def definition(function: RegisteredFunction, settings: StepSettings, offsets: Mapping[str, Sequence[Offset]]) -> str:
    """The SQL that makes one function."""
    body = function.body.replace("{minimum_cell}", str(settings.minimum_cell))
    if "{offset}" in body:
        body = body.replace("{offset}", _offset(offsets))
    body = _KEYED.sub(lambda match: _keyed(match[1]), body)
    left = _PLACEHOLDER.search(body)
    assert left is None, f"{function.name}: nothing is put in for {left[0]}"
    return _create(function, body)


def altered_functions(connection: duckdb.DuckDBPyConnection, settings: StepSettings) -> tuple[AlteredFunction, ...]:
    """Which functions of a warehouse are not those of the register, sorted.

    Args:
        connection: The warehouse; it is read only.
        settings: What the functions were made with.
    """
    there: dict[str, set[tuple[str, str, tuple[str, ...], str]]] = {}
    for place, name, kind, arguments, body in _macros(connection):
        there.setdefault(name, set()).add((place, kind, arguments, body))
    right = _registered(settings)
    found = {AlteredFunction(name, "unknown") for name in there if name not in right}
    found |= {
        AlteredFunction(name, "altered")
        for name, made in there.items()
        if name in right and made != {("main", "macro", *right[name])}
    }
    found |= {AlteredFunction(name, "missing") for name in right if name not in there}
    return tuple(sorted(found))


@cache
def _registered(settings: StepSettings) -> Mapping[str, tuple[tuple[str, ...], str]]:
    """Arguments and body of every function as DuckDB writes them down."""
    import duckdb

    with duckdb.connect() as scratch:
        scratch.execute("SET TimeZone = 'UTC'")
        make(scratch, settings)
        return {name: (arguments, body) for _, name, _, arguments, body in _macros(scratch)}


def _macros(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, tuple[str, ...], str]]:
    """Place, name, kind, arguments and body of every macro that somebody made, in other schemas and temporary too."""
    found = connection.execute(
        "SELECT CASE WHEN database_name = current_database() THEN schema_name ELSE database_name END, function_name, "
        "function_type, parameters, macro_definition FROM duckdb_functions() "
        "WHERE NOT internal AND function_type IN ('macro', 'table_macro') ORDER BY ALL"
    ).fetchall()
    return [
        (str(place), str(n), str(kind), tuple(given or ()), _plain(str(body))) for place, n, kind, given, body in found
    ]


def _plain(body: str) -> str:
    """A body in one form: DuckDB writes lambdas and types in other ways once it has read them back from a file."""
    return _QUOTED_TYPE.sub(r"\1)", _LAMBDA.sub(r"(\1 -> ", body))


def _create(function: RegisteredFunction, body: str) -> str:
    return f"CREATE OR REPLACE MACRO {function.name}({', '.join(function.flow.arguments)}) AS\n{body}"


def _keyed(text: str) -> str:
    """HMAC-SHA-256 of a text, in hex; an error where the connection was given no key.

    Source: RFC 2104. The key's two forms, padded to 64 bytes and xored, are variables (``give_key``).
    """
    return (
        f"CASE WHEN getvariable('{INNER_KEY}') IS NULL OR getvariable('{OUTER_KEY}') IS NULL "
        "THEN error('the key of keyed hashes was not given to this connection') "
        f"ELSE sha256(getvariable('{OUTER_KEY}') || unhex(sha256(getvariable('{INNER_KEY}') || encode({text})))) END"
    )


def _offset(offsets: Mapping[str, Sequence[Offset]]) -> str:
    """The offset in seconds at ``moment`` in ``zone``. DuckDB puts the literal in, and only its tree is left."""
    cases = " ".join(f"WHEN {text_literal(zone)} THEN {offset_tree(found)}" for zone, found in offsets.items())
    return f"CASE zone {cases} ELSE error('zone is not the time zone of the city') END"


def offset_tree(changes: Sequence[Offset]) -> str:
    """The offset in seconds at ``moment``, as a balanced tree of comparisons.

    Some five times faster than converting each moment by the time zone's name.
    """
    if len(changes) == 1:
        return str(changes[0][1])
    middle = len(changes) // 2
    before, after = offset_tree(changes[:middle]), offset_tree(changes[middle:])
    return f"CASE WHEN moment < TIMESTAMP '{changes[middle][0]}' THEN {before} ELSE {after} END"


def offset_changes(connection: duckdb.DuckDBPyConnection, zone: str, as_of: datetime) -> tuple[Offset, ...]:
    """A zone's changes of offset as DuckDB's time zone data tell, from 1970 to ten years after the as-of instant."""
    instant = as_of if as_of.tzinfo is None else as_of.astimezone(UTC)
    end = f"TIMESTAMP '{instant.year + 11:04d}-01-01'"
    name = text_literal(zone)
    found = connection.execute(
        f"""
        WITH days AS (
            SELECT day, date_diff('second', day, timezone({name}, timezone('UTC', day))) AS seconds
            FROM range(TIMESTAMP '1970-01-01', {end}, INTERVAL 1 DAY) AS days (day)
        ),
        changed_days AS (
            SELECT day - INTERVAL 1 DAY AS day FROM days QUALIFY seconds <> lag(seconds) OVER (ORDER BY day)
        ),
        quarters AS (
            SELECT moment, date_diff('second', moment, timezone({name}, timezone('UTC', moment))) AS seconds
            FROM (
                SELECT day + quarter * INTERVAL 15 MINUTES AS moment
                FROM changed_days, range(0, 97) AS quarters (quarter)
            )
        ),
        changes AS (
            SELECT CAST(NULL AS TIMESTAMP) AS moment, seconds FROM days WHERE day = TIMESTAMP '1970-01-01'
            UNION ALL
            SELECT moment, seconds
            FROM (SELECT moment, seconds, lag(seconds) OVER (ORDER BY moment) AS before FROM quarters)
            WHERE seconds <> before
        )
        SELECT strftime(moment, '%Y-%m-%d %H:%M:%S'), CAST(seconds AS INTEGER)
        FROM changes
        ORDER BY moment NULLS FIRST
        """
    ).fetchall()
    return tuple((moment, int(seconds)) for moment, seconds in found)
