"""The type of each column, from what the portal says and what the sample shows; the sample has the last word.

Belongs here: one column's logical type and options, and what is doubtful about them. Does not belong here: keys and
service levels (``rhythm``), what values say about people (``personal``). A type proposed here is tried on the sample
by ``trial`` with the very SQL that a landing uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from contracts.columns import EPOCHS
from orchestration.ingest.delivery import DescribedColumn
from orchestration.onboarding.date_forms import DateForm, date_form
from orchestration.onboarding.number_forms import MOST_DIGITS, Form, is_code, number_form
from orchestration.onboarding.sample import NO_VALUE, Sample, SeenColumn

TRUTHS: Final = ({"true", "false"}, {"t", "f"}, {"yes", "no"}, {"y", "n"})
"""Pairs of words that a boolean may be written in."""
DATED: Final = ("date", "time", "timestamp")
NUMERIC: Final = ("integer", "number")

_EPOCH = range(100_000_000_000, 4_200_000_000_000)
"""Milliseconds since 1970 from 1973 to 2103."""
_EPOCH_NAMES = re.compile(r"(_at|_on|date|time|fecha|data|timestamp)\Z|date|fecha", re.IGNORECASE)
_SENTINEL = re.compile(r"-9{2,}\Z|-6{6,}\Z")


@dataclass(frozen=True)
class TypedColumn:
    """How one column is to be read.

    Attributes:
        name: As the source names it.
        logical_type: ODCS's.
        options: ``logicalTypeOptions``.
        physical_type: Where the logical type alone would lose digits.
        notes: What is worth knowing, as comments.
        questions: What a person must decide.
        markers: Texts of this column that mean "no value" (CSV and sheets).
        comma: Whether its decimals have a comma.
        zoneless: Whether times here say no zone.
    """

    name: str
    logical_type: str
    options: Mapping[str, Any] = field(default_factory=dict)
    physical_type: str | None = None
    notes: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    markers: frozenset[str] = frozenset()
    comma: bool = False
    zoneless: bool = False

    def with_note(self, note: str) -> TypedColumn:
        """The same, with one more thing worth knowing."""
        return replace(self, notes=(*self.notes, note))

    def with_question(self, question: str) -> TypedColumn:
        """The same, with one more thing to decide."""
        return replace(self, questions=(*self.questions, question))


@dataclass(frozen=True)
class Where:
    """What the reading of dates depends on."""

    country: str
    timezone: str


def type_columns(sample: Sample, described: Mapping[str, DescribedColumn], where: Where) -> tuple[TypedColumn, ...]:
    """Every column's type.

    Args:
        sample: Some records.
        described: What the portal says of its columns, by name.
        where: The city's country and time zone.
    """
    typed = tuple(_column(column, sample, described.get(column.name), where) for column in sample.columns)
    return typed if sample.typed else _one_decimal_sign(typed)


def _column(column: SeenColumn, sample: Sample, told: DescribedColumn | None, where: Where) -> TypedColumn:
    if not column.filled:
        return _empty(column, sample, told, where)
    others = [v for v in column.values if v is not None and not isinstance(v, str)]
    made = _tokens(column, others, where) if others else _texts(column, sample, told, where)
    return _against_portal(made, told)


def _empty(column: SeenColumn, sample: Sample, told: DescribedColumn | None, where: Where) -> TypedColumn:
    logical = told.logical_type if told and told.logical_type else "string"
    options = _dated_options(told.format, logical, where) if told and logical in DATED else {}
    if logical in DATED and not options.get("format"):
        logical, options = "string", {}  # a date in a form nobody has seen yet
    note = f"empty in all {sample.records:,} records of the sample"
    return TypedColumn(column.name, logical, options, notes=(note,))


def _dated_options(pattern: str | None, logical: str, where: Where) -> dict[str, Any]:
    options: dict[str, Any] = {"format": pattern} if pattern else {}
    if logical == "timestamp" and pattern not in EPOCHS:
        zoned = bool(pattern) and any(letter in str(pattern) for letter in "XxZ")
        options["timezone"] = zoned
        if not zoned:
            options["defaultTimezone"] = where.timezone
    return options


# values with types of their own -----------------------------------------------------------------


def _tokens(column: SeenColumn, others: list[Any], where: Where) -> TypedColumn:
    kinds = {type(v) for v in others}
    if kinds == {bool}:
        return _unless_mixed(column, "boolean")
    if kinds == {dict}:
        return _unless_mixed(column, "object")
    if kinds == {list}:
        return _unless_mixed(column, "array")
    if kinds <= {int, float, Decimal}:
        return _numbers(column, others, where)
    if kinds <= {date, datetime, time}:
        return _moments(column, others, where)
    named = ", ".join(sorted(_KINDS.get(kind, kind.__name__) for kind in kinds))
    question = f"the sample holds {named} in this column: which of them is meant? Others are set aside"
    return TypedColumn(column.name, "string", questions=(question,))


_KINDS: Final = {
    **{bool: "flags", dict: "objects", list: "lists", int: "whole numbers", float: "decimals"},
    **{date: "dates", datetime: "times", time: "hours"},
}


def _unless_mixed(column: SeenColumn, logical: str) -> TypedColumn:
    if not column.texts:
        return TypedColumn(column.name, logical)
    question = f"{len(column.texts):,} of {column.filled:,} values of the sample are texts and would be set aside"
    return TypedColumn(column.name, logical, questions=(question,))


def _moments(column: SeenColumn, others: list[Any], where: Where) -> TypedColumn:
    """Dates and times as a sheet or a Parquet file stores them."""
    if all(isinstance(v, time) for v in others):
        return _unless_mixed(column, "time")
    if all(not isinstance(v, datetime) or v.time() == time() for v in others if not isinstance(v, time)):
        return _unless_mixed(column, "date")
    zoned = all(isinstance(v, datetime) and v.tzinfo is not None for v in others)
    options: dict[str, Any] = {"timezone": True} if zoned else {"timezone": False, "defaultTimezone": where.timezone}
    return replace(_unless_mixed(column, "timestamp"), options=options, zoneless=not zoned)


def _numbers(column: SeenColumn, others: list[Any], where: Where) -> TypedColumn:
    whole = all(isinstance(v, int) for v in others)
    texts = [t for t in column.texts if t]
    if texts and number_form(texts) not in ("integer", "point", "code"):
        question = f"{len(texts):,} of {column.filled:,} values of the sample are texts and would be set aside"
        return TypedColumn(column.name, "integer" if whole else "number", questions=(question,))
    if whole and others and all(abs(v) in _EPOCH for v in others) and _EPOCH_NAMES.search(column.name):
        return TypedColumn(column.name, "timestamp", {"format": "epoch_ms"}, notes=("milliseconds since 1970",))
    if whole and any(abs(v) >= 1 << 63 for v in others):
        return TypedColumn(column.name, "number", physical_type="DECIMAL(38,0)", notes=("too long for a whole number",))
    made = TypedColumn(column.name, "integer" if whole and not any("." in t for t in texts) else "number")
    return _with_sentinels(made, [repr(v) for v in others], where)


# texts ------------------------------------------------------------------------------------------


def _texts(column: SeenColumn, sample: Sample, told: DescribedColumn | None, where: Where) -> TypedColumn:
    values = column.told
    if not values:
        return TypedColumn(column.name, "string", notes=("holds nothing but ways of saying that there is no value",))
    says_text = told is not None and told.logical_type == "string"
    dates = date_form(values, column.words, where.country)
    if dates is not None:
        made = _dated(column, dates, where)
        if says_text:
            made = made.with_note("text by the portal, but every value of the sample is one of these")
    else:
        form = None if says_text else number_form(values)
        made = _spelt(column, form, told)
    return _with_markers(made, column, sample)


def _dated(column: SeenColumn, form: DateForm, where: Where) -> TypedColumn:
    options: dict[str, Any] = {"format": form.pattern}
    questions: list[str] = []
    if form.logical_type == "timestamp":
        options["timezone"] = form.has_offset
        if not form.has_offset:
            options["defaultTimezone"] = where.timezone
    if form.doubtful:
        first = "the day" if form.pattern.startswith("d") else "the month"
        questions.append(f"is {first} written first? No value of the sample tells")
    strange = form.offsets - _offsets(where.timezone) - {"+00:00"}
    if strange:
        questions.append(
            f"times say {', '.join(sorted(strange))}, which {where.timezone} never is: is it the offset, or the hour?"
        )
    return TypedColumn(
        column.name,
        form.logical_type,
        options,
        questions=tuple(questions),
        zoneless=form.logical_type == "timestamp" and not form.has_offset,
    )


def _offsets(timezone: str) -> frozenset[str]:
    """The offsets from UTC that a zone has had since 2000, as ``-05:00``."""
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(timezone)
    moments = (
        datetime(year, month, 15, tzinfo=UTC).astimezone(zone) for year in range(2000, 2030) for month in (1, 4, 7, 10)
    )
    found = set()
    for moment in moments:
        text = moment.strftime("%z")
        found.add(f"{text[:3]}:{text[3:5]}")
    return frozenset(found)


def _spelt(column: SeenColumn, form: Form | None, told: DescribedColumn | None) -> TypedColumn:
    says_number = told is not None and told.logical_type in NUMERIC
    match form:
        case "code":
            return TypedColumn(column.name, "string", notes=(_code_note(column.told),))
        case "integer" if is_code(column.words) and not says_number:
            return TypedColumn(column.name, "string", notes=("digits that name something: kept as text",))
        case "integer":
            logical = "number" if says_number and told is not None and told.logical_type == "number" else "integer"
            return _with_sentinels(TypedColumn(column.name, logical), column.told, None)
        case "point":
            return _with_sentinels(TypedColumn(column.name, "number"), column.told, None)
        case "comma":
            return TypedColumn(column.name, "number", comma=True)
        case "thousands":
            question = "numbers with separators of thousands are not read as numbers: ask the publisher for plain ones"
            return TypedColumn(column.name, "string", questions=(question,))
    words = {v.lower() for v in column.told}
    if any(words == pair for pair in TRUTHS):
        return TypedColumn(column.name, "boolean")
    return TypedColumn(column.name, "string")


def _code_note(values: Iterable[str]) -> str:
    if any(len(v.lstrip("+-")) > MOST_DIGITS for v in values):
        return f"more than {MOST_DIGITS} digits: kept as text, so that none is lost"
    return "begins with a zero: kept as text, so that it stays"


def _with_sentinels(made: TypedColumn, values: Iterable[str], _where: Where | None) -> TypedColumn:
    """Ask about one number that stands for "no value" far away from all others."""
    listed = list(values)
    low = [v for v in listed if _SENTINEL.match(v)]
    others = [v for v in listed if not v.startswith("-")]
    if low and len(set(low)) == 1 and others and len(low) + len(others) == len(listed):
        return made.with_question(f"does {low[0]} mean that there is no value? It stands in {len(low):,} records")
    return made


def _with_markers(made: TypedColumn, column: SeenColumn, sample: Sample) -> TypedColumn:
    """Name the texts that mean "no value"; in a column of text they are only told."""
    markers = frozenset(t for t in column.texts if t.lower() in NO_VALUE)
    if not markers:
        return made
    shown = ", ".join(sorted(markers))
    if made.logical_type == "string":
        count = sum(t in markers for t in column.texts)
        return made.with_note(f"{shown} in {count:,} of {sample.records:,} records of the sample")
    if sample.typed:
        return made.with_question(f"{shown} stands here for no value, and such records would be set aside")
    return replace(made, markers=markers)


# together ---------------------------------------------------------------------------------------


def _against_portal(made: TypedColumn, told: DescribedColumn | None) -> TypedColumn:
    """Say where the sample is not what the portal says."""
    if told is None or told.logical_type in ("", made.logical_type) or made.logical_type in told.logical_type:
        return made
    alike = ({"integer", "number"}, {"date", "timestamp"}, {"object", "array", "string"})
    if any({told.logical_type, made.logical_type} <= pair for pair in alike):
        return made
    if told.logical_type == "string":
        return made
    return made.with_note(f"the portal says {told.logical_type}, the sample does not look like it")


def _one_decimal_sign(columns: tuple[TypedColumn, ...]) -> tuple[TypedColumn, ...]:
    """A file has one decimal sign: where some columns have a comma and others a point, those with a comma stay text."""
    points = [c for c in columns if c.logical_type == "number" and not c.comma]
    if not points:
        return columns
    question = "decimals with a comma, while other columns of the file have a point: kept as text"
    return tuple(
        replace(c, logical_type="string", comma=False).with_question(question) if c.comma else c for c in columns
    )
