"""SoQL, the small part of it that our servers know: reading a query, and what its aggregates come to.

Belongs here: ``$select``, ``$order``, ``$limit``, ``$offset`` and filters by column. Does not belong here: WHERE itself
(``predicates``), answering (``socrata``).

Source: "Queries using SODA" and "System Fields" of dev.socrata.com.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.portals.exchange import Asked
from tests.portals.predicates import Grammar, Mistake, parse
from tests.portals.rows import View

SYSTEM = {
    ":id": "row_identifier",
    ":created_at": "fixed_timestamp",
    ":updated_at": "fixed_timestamp",
    ":version": "row_version",
}
DEFAULT_LIMIT = 1_000
ALIAS = re.compile(r"(?P<what>.+?)(?:\s+as\s+(?P<alias>\w+))?", re.IGNORECASE | re.DOTALL)
AGGREGATE = re.compile(r"(?P<name>count|min|max)\s*\(\s*(?P<of>\*|:?@?\w+)\s*\)", re.IGNORECASE)
ORDERED = re.compile(r"(?P<name>:?@?\w+)(?:\s+(?P<way>asc|desc))?", re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """A SoQL query, read."""

    names: tuple[str, ...]
    aggregates: tuple[tuple[str, str, str], ...]
    where: Callable[[Mapping[str, Any]], bool | None]
    order: tuple[tuple[str, bool], ...]
    limit: int
    offset: int


def _time(text: str) -> datetime:
    """A time as it is compared: zone or not, Socrata reads both."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def grammar_of(view: View) -> Grammar:
    marks = {name: "timestamp" if kind == "fixed_timestamp" else "text" for name, kind in SYSTEM.items()}
    return Grammar({**{c.name: c.type for c in view.columns}, **marks}, times=_time)


def read_query(asked: Asked, view: View, grammar: Grammar) -> Query:
    ordered, selected = asked.parameter("$order"), asked.parameter("$select")
    names, aggregates = _selected(selected, view, grammar, bare=not ordered)
    filters = [_equal(k, v, grammar) for k, v in asked.query if not k.startswith("$")]
    clause = asked.parameter("$where")
    if clause is not None:
        filters.append(parse(clause, grammar))
    order = []
    for part in _parts(ordered):
        match = ORDERED.fullmatch(part)
        if match is None:
            raise Mistake("malformed", f"Expected one of `ASC', `DESC' or `,', but got `{part}'", 0)
        order.append((_known(match["name"], grammar), (match["way"] or "").lower() == "desc"))
    return Query(
        names,
        aggregates,
        lambda row: all(one(row) for one in filters),
        tuple(order),
        _whole_number(asked, "$limit", DEFAULT_LIMIT),
        _whole_number(asked, "$offset", 0),
    )


def _selected(
    text: str | None, view: View, grammar: Grammar, *, bare: bool
) -> tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]:
    """The columns that ``$select`` means, or its aggregates: (function, of what, name in the answer)."""
    own = [c.name for c in view.columns if not c.name.startswith(":@")]
    computed = [c.name for c in view.columns if c.name.startswith(":@")]
    if text is None:
        return (*own, *(computed if bare else ())), ()
    names: list[str] = []
    aggregates: list[tuple[str, str, str]] = []
    for part in _parts(text):
        match = ALIAS.fullmatch(part)
        assert match is not None
        what = match["what"].strip()
        if call := AGGREGATE.fullmatch(what):
            of = call["of"] if call["of"] == "*" else _known(call["of"], grammar)
            plain = call["name"].lower() + ("" if of == "*" else f"_{of.strip(':@')}")
            aggregates.append((call["name"].lower(), of, match["alias"] or plain))
        elif what == "*":
            names += own
        elif what == ":*":
            names += [*SYSTEM, *computed]
        elif match["alias"] or not re.fullmatch(r":?@?\w+", what):
            raise Mistake("malformed", f"Expected an expression, but got `{what}'", text.find(what))
        else:
            names.append(_known(what, grammar))
    return tuple(dict.fromkeys(names)), tuple(aggregates)


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()] if text else []


def _known(name: str, grammar: Grammar) -> str:
    column = grammar.column(name)
    if column is None:
        raise Mistake("no-such-column", f"No such column: {name}", 0)
    return column


def _equal(name: str, value: str, grammar: Grammar) -> Callable[[Mapping[str, Any]], bool | None]:
    """A filter such as ``?borough=BRONX``."""
    column = _known(name, grammar)
    return parse(f"`{column}` = '{value.replace(chr(39), chr(39) * 2)}'", grammar)


def _whole_number(asked: Asked, name: str, default: int) -> int:
    text = asked.parameter(name)
    if text is not None and not text.isdigit():
        raise Mistake("malformed", f"Invalid {name}: {text}", 0)
    return default if text is None else int(text)


def aggregate(name: str, of: str, rows: Sequence[Mapping[str, Any]], count: int, grammar: Grammar) -> str | None:
    if name == "count":
        return str(count if of == "*" else sum(row.get(of) is not None for row in rows))
    values = [row[of] for row in rows if row.get(of) is not None]
    pick = min if name == "min" else max
    return str(pick(values, key=lambda value: grammar.comparable(of, value))) if values else None
