"""The engine-neutral list of checks: what a contract demands, before any engine is chosen.

Belongs here: the ``Check`` row, its kinds, and (in ``compile_checks``) the one translation from
a contract's types, constraints and quality rules into checks. Does not belong here: SQL dialects,
pandera, Great Expectations or dbt; those read this list under ``engines``.

What a failed record is, by kind:

==============  =========================================================================
kind            a record fails when
==============  =========================================================================
column          (table) the column is absent or has another physical type
required        the column is null
missing         the value is one of ``values`` (null counts when null is among them)
valid           not null and (not one of ``values``, or does not match ``pattern``)
pattern         not null and does not match ``pattern`` somewhere (anchor it yourself)
length          not null and its length is outside [minimum, maximum]
range           not null and outside [minimum, maximum], or NaN, or infinite
multiple        not null and not a multiple of ``of``
finite          not null and NaN or infinite
unique          its key (``columns``) stands in more than one record; null keys do not count
row_count       (table) the number of records is compared with the threshold
sql             (table) the query's one number is compared with the threshold
==============  =========================================================================

A new kind is a member of ``Kind`` and a row of this table; mypy then names every place that must learn it, since
each ends in ``assert_never``: whether one record decides it and its dimension (here), its sentence (``sentences``),
how to break it (``mutations``), what column it needs (``engines.judging``), and its form in each engine
(``engines.scan``, ``engines.door``, ``engines.gx_suite``, ``engines.dbt_properties``). What asks for it, a
constraint or a rule, is written in ``constraints`` or ``rule_drafts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, assert_never

from contracts.model import EMPTY, Operator, Place, Severity, Text


class Kind(StrEnum):
    """The kinds of check; see the module's table."""

    COLUMN = "column"
    REQUIRED = "required"
    MISSING = "missing"
    VALID = "valid"
    PATTERN = "pattern"
    LENGTH = "length"
    RANGE = "range"
    MULTIPLE = "multiple"
    FINITE = "finite"
    UNIQUE = "unique"
    ROW_COUNT = "row_count"
    SQL = "sql"


def dimension_of(kind: Kind) -> str:
    """The dimension of quality of a check whose rule names none."""
    match kind:
        case Kind.REQUIRED | Kind.MISSING:
            return "completeness"
        case Kind.COLUMN | Kind.VALID | Kind.PATTERN | Kind.LENGTH | Kind.RANGE | Kind.MULTIPLE:
            return "conformity"
        case Kind.FINITE:
            return "accuracy"
        case Kind.UNIQUE:
            return "uniqueness"
        case Kind.ROW_COUNT:
            return "coverage"
        case Kind.SQL:
            return "consistency"
        case _:
            assert_never(kind)


def _one_record_decides(kind: Kind) -> bool:
    match kind:
        case Kind.REQUIRED | Kind.MISSING | Kind.VALID | Kind.PATTERN:
            return True
        case Kind.LENGTH | Kind.RANGE | Kind.MULTIPLE | Kind.FINITE:
            return True
        case Kind.COLUMN | Kind.UNIQUE | Kind.ROW_COUNT | Kind.SQL:
            return False
        case _:
            assert_never(kind)


RECORD_KINDS = frozenset(kind for kind in Kind if _one_record_decides(kind))
"""Kinds that can be decided by looking at one record alone."""

Level = Literal["record", "file"]
"""At the door: a failing ``record`` check quarantines the record, a ``file`` check refuses the file."""


@dataclass(frozen=True)
class Threshold:
    """What the measured value is compared with. ``percent`` is of the records examined."""

    operator: Operator = "mustBe"
    value: float | tuple[float, float] = 0
    unit: Literal["rows", "percent"] = "rows"

    def holds(self, measured: float) -> bool:
        """Whether ``measured`` (records, per cent or a query's number) keeps the promise."""
        value = self.value
        if isinstance(value, tuple):
            inside = value[0] <= measured <= value[1]
            return inside if self.operator == "mustBeBetween" else not inside
        match self.operator:
            case "mustBe":
                return measured == value
            case "mustNotBe":
                return measured != value
            case "mustBeGreaterThan":
                return measured > value
            case "mustBeGreaterOrEqualTo":
                return measured >= value
            case "mustBeLessThan":
                return measured < value
            case "mustBeLessOrEqualTo":
                return measured <= value
            case _:
                raise ValueError(f"{self.operator} needs two numbers, got {value}")


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        id: Stable across runs and languages: ``<column or object>.<kind>`` with a suffix where two
            checks would share it; the rule's own ``id`` where the contract gives one.
        kind: See the module's table.
        columns: The columns looked at; for ``sql`` those the query names; empty for ``row_count``.
        arguments: What the kind needs (``values``, ``pattern``, ``minimum``, ``maximum``,
            ``exclusive_minimum``, ``exclusive_maximum``, ``of``, ``query``, ``physical_type``).
        threshold: What is compared, and how.
        level: What a failure does at the door.
        dimension: One of ODCS's seven dimensions.
        severity: ``error`` refuses or holds; ``warning`` and ``info`` report.
        text: The rule as a sentence a resident understands.
        place: Where the rule is written.
        failing_example: For ``sql``: records that make it fail.
    """

    id: str
    kind: Kind
    columns: tuple[str, ...]
    threshold: Threshold
    level: Level
    dimension: str
    severity: Severity
    text: Text
    place: Place
    arguments: Mapping[str, Any] = EMPTY
    failing_example: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_record_local(self) -> bool:
        """Whether one record alone decides it."""
        return self.kind in RECORD_KINDS
