"""The literals of a query, and their neighbours: values that a random world hardly ever has.

Belongs here: finding them in SQL, and which column could hold them. Does not belong here: putting them into worlds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tests.flow.queries import Query, Table
from tests.flow.worlds import Values


def literals(query: Query, read: Sequence[Table]) -> Mapping[str, Values]:
    """Per column (``table.column``) the literals of the query's SQL that it could hold, with their neighbours."""
    text = query.text
    words = list(dict.fromkeys(one.replace("''", "'") for one in re.findall(r"'((?:[^']|'')*)'", text)))
    numbers = list(dict.fromkeys(re.findall(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])", re.sub(r"'[^']*'", "", text))))
    found: dict[str, Values] = {}
    for table in read:
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            found[name] = [*query.hints.get(name, ()), *_fitting(column.type, words, numbers)]
    return found


def _fitting(kind: str, words: Sequence[str], numbers: Sequence[str]) -> Values:
    match kind:
        case "varchar":
            plain = [one.strip("%") for one in words]
            return [near for one in plain for near in (one, one + "x", one[:-1], one.upper())]
        case "integer" | "bigint":
            whole = [int(float(one)) for one in numbers if float(one) < 1e6]
            return [near for one in whole for near in (one, one + 1, one - 1)]
        case "double":
            return [near for one in numbers for near in (float(one), float(one) + 0.0001, float(one) - 0.0001)]
        case "date" | "timestamp":
            moments = [one for one in map(_moment, words) if one is not None]
            unit = timedelta(days=1) if kind == "date" else timedelta(seconds=1)
            near = [other for one in moments for other in (one, one + unit, one - unit)]
            return [one.date() for one in near] if kind == "date" else near
    return []


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
