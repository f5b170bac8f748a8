"""Traits: of which kind and unit a value is, its greatest value, and in which form a column stands in it.

Belongs here: what becomes of a declared type, unit and maximum in an expression, so that a step is given what it is
for; how a column was shifted or scaled on its way, so that two bands of it can be told apart. Does not belong here:
edges (``edges``), natures (``natures``), which step needs what (``step_calls``).

What is not known to keep a trait loses it. ANYTHING is the trait of what is the same whatever the data.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlglot import exp

UNKNOWN: Final = ""
ANYTHING: Final = "*"

NUMBER: Final = "number"
WHOLE: Final = "whole number"
MOMENT: Final = "moment"
TEXT: Final = "text"
POINT: Final = "point"
NUMBERS: Final = frozenset({NUMBER, WHOLE, ANYTHING})

DEGREES: Final = "degrees"
YEARS: Final = "years"
CALENDAR_YEAR: Final = "calendar year"
DAYS: Final = "days"
STAND_IN: Final = "stand-in"
"""Of what a keyed hash made of a record's key: its order tells nothing."""

YEAR_UNITS: Final = frozenset({YEARS, "year", "years of age", "y", "años", "anos"})
"""How a contract may say that a number is in years."""
DEGREE_UNITS: Final = frozenset({DEGREES, "degree", "°", "grados", "graus", "decimal degrees"})
_DAYS_OF_A_YEAR: Final = frozenset({"365", "365.0", "365.24", "365.2425", "365.25"})

Form = tuple[str, str]
"""What it began as (a source's column above the lowest class, or a count), and how it was changed since, if it was."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a value beside what it is made of; ``maximum`` is the greatest it may have."""

    kind: str = UNKNOWN
    unit: str = UNKNOWN
    maximum: float | None = None
    forms: frozenset[Form] = frozenset()

    @property
    def is_plain(self) -> bool:
        """Whether nothing was shifted, scaled or cut."""
        return all(not change for _, change in self.forms)


NONE: Final = Traits()
CONSTANT: Final = Traits(ANYTHING, ANYTHING)
NULL: Final = Traits(ANYTHING, ANYTHING, -math.inf)


def of_type(written: str) -> str:
    """The kind of a column of this type of DuckDB."""
    kind = written.upper()
    if kind.startswith(("DATE", "TIMESTAMP")):
        return MOMENT
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return UNKNOWN
    if kind.startswith(("DOUBLE", "FLOAT", "REAL", "DECIMAL", "NUMERIC")):
        return NUMBER
    if "INT" in kind and not kind.startswith("INTERVAL"):
        return WHOLE
    return TEXT if kind.startswith(("VARCHAR", "TEXT", "STRING")) else UNKNOWN


def of_unit(written: str | None) -> str:
    """The unit a contract declares, in the word used here."""
    said = (written or "").strip().lower()
    return YEARS if said in YEAR_UNITS else DEGREES if said in DEGREE_UNITS else said


def joined(given: Iterable[Traits]) -> Traits:
    """The traits of one of several values."""
    found = tuple(given)
    maxima = [one.maximum for one in found]
    known = [one for one in maxima if one is not None]
    return Traits(
        _one({one.kind for one in found}),
        _one({one.unit for one in found}),
        max(known, default=None) if len(known) == len(maxima) else None,
        frozenset[Form]().union(*(one.forms for one in found)),
    )


def _one(words: set[str]) -> str:
    told = words - {ANYTHING}
    if told == {WHOLE, NUMBER}:
        return NUMBER
    return next(iter(told)) if len(told) == 1 else UNKNOWN if told else ANYTHING


def digest(text: str) -> str:
    """A short stand-in for a text, the same for the same one."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def traits_of(node: exp.Expr, read: Traits, known: Mapping[int, Traits]) -> Traits:
    """The traits of an expression.

    Args:
        node: The expression.
        read: What its reader gave; right for a name, a choice among values, a value picked from several records.
        known: The traits of the expressions inside it, by ``id``.
    """
    if isinstance(node, exp.Literal):
        return replace(CONSTANT, maximum=None if node.is_string else float(node.this))
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
        return replace(CONSTANT, maximum=-float(node.this.this))
    if isinstance(node, _AS_READ):
        return read
    if isinstance(node, exp.Connector):
        return NONE
    if isinstance(node, exp.Least):
        maxima = [known[id(part)].maximum for part in (node.this, *node.expressions) if id(part) in known]
        return replace(read, maximum=min((one for one in maxima if one is not None), default=None))
    parts = list(_parts(node, known))
    if isinstance(node, exp.Anonymous) and node.name.lower().startswith("step_"):
        return read
    if not parts:
        return read
    if all(one.kind == ANYTHING for one in parts) and not isinstance(node, exp.Cast):
        return CONSTANT
    first = parts[0]
    kept = _kept(node, first)
    if kept is not None:
        return kept
    forms = _changed(node, known)
    named = _NAMED.get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
    reader = named or _READERS.get(type(node))
    made = reader(node, parts) if reader is not None else NONE
    return replace(made, forms=forms)


_AS_READ: Final = (
    exp.Column, exp.Identifier, exp.Paren, exp.Case, exp.If, exp.Coalesce, exp.Greatest, exp.Nullif, exp.Subquery,
    exp.Window, exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls, exp.AggFunc, exp.Null,
)  # fmt: skip


def counted(text: str) -> Traits:
    """The traits of what an aggregate gives, ``text`` being what it works out of which records."""
    return Traits(kind=NUMBER, forms=frozenset({(f"#{digest(text)}", "")}))


def _parts(node: exp.Expr, known: Mapping[int, Traits]) -> Iterator[Traits]:
    """The traits of the expressions inside, the outermost that have any."""
    for part in _inside(node, known):
        if id(part) in known:
            yield known[id(part)]


def _inside(node: exp.Expr, known: Mapping[int, Traits]) -> Iterator[exp.Expr]:
    """The expressions inside, down to the first that has traits or nothing in it."""
    waiting = list(node.iter_expressions(reverse=True))
    while waiting:
        part = waiting.pop()
        within = [] if id(part) in known else list(part.iter_expressions(reverse=True))
        if within and not isinstance(part, exp.DataType | exp.Query):
            waiting += within
        else:
            yield part


def _changed(node: exp.Expr, known: Mapping[int, Traits]) -> frozenset[Form]:
    """What the forms inside become by the expression."""
    bases = {base for part in _parts(node, known) for base, _ in part.forms}
    if not bases:
        return frozenset()
    change = digest(_written(node, known))
    return frozenset((base, change) for base in bases)


def _written(node: exp.Expr, known: Mapping[int, Traits]) -> str:
    """The expression as text, what stands in it as the forms it has."""
    words = [type(node).__name__, node.name if isinstance(node, exp.Anonymous) else ""]
    words += [f"{key}={value}" for key, value in sorted(node.args.items()) if isinstance(value, str | bool | int)]
    for part in _inside(node, known):
        forms = known[id(part)].forms if id(part) in known else None
        words.append(f"{part.arg_key}={sorted(forms) if forms else part.sql(dialect='duckdb')}")
    return "(".join(words)


def _kept(node: exp.Expr, given: Traits) -> Traits | None:
    """The traits of what changes nothing that counts: they are kept whole."""
    match node:
        case exp.Cast() | exp.TryCast():
            return _cast(node, given)
        case exp.Trim() | exp.Upper() | exp.Lower() if node.args.get("expression") is None:
            return given if given.kind == TEXT else None
    return None


def _cast(node: exp.Expr, given: Traits) -> Traits | None:
    to = node.args["to"].this
    if to in exp.DataType.INTEGER_TYPES and given.kind in (WHOLE, ANYTHING):
        return replace(given, kind=WHOLE)
    if to in (*exp.DataType.FLOAT_TYPES, exp.DType.DECIMAL) and given.kind in NUMBERS:
        return replace(given, kind=given.kind if given.kind == WHOLE else NUMBER)
    if to in _TIMESTAMPS and given.kind in (MOMENT, TEXT, ANYTHING):
        return replace(given, kind=MOMENT)
    if to in _TEXTS and given.kind in (TEXT, ANYTHING):
        return given
    return None


_TIMESTAMPS: Final = (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ, exp.DType.DATETIME)
_TEXTS: Final = (exp.DType.VARCHAR, exp.DType.TEXT)


def _other_cast(node: exp.Expr, parts: list[Traits]) -> Traits:
    """A cast that changes values: a number made whole, a text read as a number or a day, a moment cut to its day."""
    to = node.args["to"].this
    given = parts[0] if parts else NONE
    if to in exp.DataType.NUMERIC_TYPES and given.kind in (*NUMBERS, TEXT):
        return replace(given, kind=WHOLE if to in exp.DataType.INTEGER_TYPES else NUMBER)
    if to in (exp.DType.DATE, *_TIMESTAMPS) or str(to.value).startswith("TIMESTAMP"):
        return Traits(MOMENT) if given.kind in (MOMENT, TEXT, ANYTHING) else NONE
    return NONE


def _whole(_: exp.Expr, parts: list[Traits]) -> Traits:
    given = parts[0]
    return Traits(WHOLE, given.unit, given.maximum + 1 if given.maximum is not None else None)


def _year(_: exp.Expr, parts: list[Traits]) -> Traits:
    return Traits(WHOLE, CALENDAR_YEAR) if parts[-1].kind == MOMENT else NONE


def _part(node: exp.Expr, parts: list[Traits]) -> Traits:
    unit = node.this.name if isinstance(node, exp.Extract) else node.expressions[0].name
    return _year(node, parts) if unit.lower() in ("year", "years") else NONE


def _between(node: exp.Expr, parts: list[Traits]) -> Traits:
    """The number of units between two moments."""
    unit = node.args.get("unit")
    word = (unit.name if unit is not None else node.expressions[0].name if node.expressions else "").lower()
    if not {one.kind for one in parts if one.kind != ANYTHING} <= {MOMENT}:
        return NONE
    return Traits(WHOLE, {"year": YEARS, "years": YEARS, "day": DAYS, "days": DAYS}.get(word, UNKNOWN))


def _sum(node: exp.Expr, parts: list[Traits]) -> Traits:
    left, right = parts if len(parts) == 2 else (NONE, NONE)
    units = {left.unit, right.unit} - {ANYTHING}
    kind = WHOLE if {left.kind, right.kind} <= {WHOLE, ANYTHING} else NUMBER
    if isinstance(node, exp.Sub) and units == {CALENDAR_YEAR}:
        return Traits(WHOLE, YEARS)
    if isinstance(node, exp.Sub) and {left.kind, right.kind} - {ANYTHING} == {MOMENT}:
        return Traits(NUMBER, DAYS)
    if units == {YEARS} and ANYTHING in (left.unit, right.unit):
        return Traits(kind, YEARS)
    if left.kind == MOMENT and isinstance(node.expression, exp.Interval):
        return Traits(MOMENT)
    return NONE


def _over(node: exp.Expr, parts: list[Traits]) -> Traits:
    by = node.expression
    is_years = parts[0].unit == DAYS and isinstance(by, exp.Literal) and by.this in _DAYS_OF_A_YEAR
    return Traits(NUMBER, YEARS) if is_years else NONE


def _place(_: exp.Expr, parts: list[Traits]) -> Traits:
    is_place = len(parts) == 2 and all(one.unit in (DEGREES, ANYTHING) and one.kind in NUMBERS for one in parts)
    return Traits(POINT, DEGREES) if is_place else NONE


def _moment(_: exp.Expr, parts: list[Traits]) -> Traits:
    return Traits(MOMENT) if {one.kind for one in parts} <= {MOMENT, TEXT, ANYTHING} else NONE


def _text(_: exp.Expr, parts: list[Traits]) -> Traits:
    return Traits(TEXT) if {one.kind for one in parts} <= {TEXT, ANYTHING} else NONE


_Reader = Callable[[exp.Expr, list[Traits]], Traits]

_NAMED: Final[dict[str, _Reader]] = {
    "date_part": _part,
    "datepart": _part,
    "date_sub": _between,
    "datesub": _between,
    "try_strptime": _moment,
    "timezone": _moment,
    "st_point": _place,
}
_READERS: Final[dict[type[exp.Expr], _Reader]] = {
    exp.Cast: _other_cast,
    exp.TryCast: _other_cast,
    exp.Floor: _whole,
    exp.Ceil: _whole,
    exp.Round: _whole,
    exp.Trunc: _whole,
    exp.Year: _year,
    exp.Extract: _part,
    exp.DateDiff: _between,
    exp.Add: _sum,
    exp.Sub: _sum,
    exp.Div: _over,
    exp.IntDiv: _over,
    exp.StPoint: _place,
    exp.StrToTime: _moment,
    exp.TimestampTrunc: _moment,
    exp.LastDay: _moment,
    exp.DPipe: _text,
    exp.Concat: _text,
    exp.Substring: _text,
    exp.Left: _text,
    exp.Right: _text,
    exp.Replace: _text,
    exp.RegexpReplace: _text,
    exp.SplitPart: _text,
    exp.Trim: _text,
}
