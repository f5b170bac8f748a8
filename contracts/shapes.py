"""The shape of a delivery, and what changed in it since another: kept per landing, read by pages and commands.

Belongs here: both as data, and their one kept form. Does not belong here: measuring a delivery
(``orchestration/ingest/shape.py``), comparing two (``orchestration/ingest/drift.py``), sentences
(``drift_words``).

A shape holds values of records: categories, the lowest and the highest of a column. So it stands with the records
(``raw/<source>/shapes/<n>.json``), never in a landing, the ledger or a log. Of a finding, a landing keeps what
``Finding.told`` gives: a kind, a column, shares and counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from contracts import kept
from contracts.errors import ArtefactError
from contracts.home import FORMAT_VERSION
from contracts.model import EMPTY
from contracts.service_levels import parse_time

Weight = Literal["info", "warning", "breaks"]
WEIGHTS: tuple[Weight, ...] = ("breaks", "warning", "info")
"""From the worst on."""

Kind = Literal[
    "record_count",
    "set_aside",
    "column_missing",
    "column_added",
    "kind_changed",
    "unreadable",
    "emptier",
    "fuller",
    "new_values",
    "silent_values",
    "too_early",
    "too_late",
    "too_low",
    "too_high",
    "magnitude",
]
"""What may change, in the order in which it is told among equals."""

KINDS: tuple[Kind, ...] = (
    *(
        "record_count",
        "column_missing",
        "set_aside",
        "kind_changed",
        "unreadable",
        "emptier",
        "new_values",
        "silent_values",
    ),
    *("too_early", "too_late", "too_low", "too_high", "magnitude", "fuller", "column_added"),
)

Value = str | int | float | bool
"""A value of a column in JSON: times as ISO 8601 in UTC, decimals as text."""

SAME_KIND = 0.95
"""Share of a column's values that must look alike for it to be called by their kind."""

QUANTILES = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
"""Shares of the values looked at that lie at or below the quantiles of a shape, in their order."""


@dataclass(frozen=True)
class Finding:
    """One change between two deliveries.

    Attributes:
        kind: What changed.
        weight: What it means: told, to be looked at, or the delivery is refused for it.
        column: The column's name in the contract, or in the file where the contract does not read it.
        before: A share (0 to 1), a count or a kind of value; never a value of a record.
        after: The same of the newer delivery.
        count: How many values, or records, are concerned.
        like: The new column that a missing one looks like.
        known: Share of the values of ``like`` that the missing column held before.
        values: The values themselves, for those who may see them; never told outside of the shape.
    """

    kind: Kind
    weight: Weight
    column: str | None = None
    before: float | int | str | None = None
    after: float | int | str | None = None
    count: int | None = None
    like: str | None = None
    known: float | None = None
    values: tuple[Value, ...] = ()

    def told(self) -> dict[str, Any]:
        """What may stand anywhere: no value of a record."""
        return {name: value for name, value in asdict(self).items() if name != "values" and value is not None}

    @property
    def rank(self) -> tuple[int, int, str]:
        """Its place among others, the worst first."""
        return WEIGHTS.index(self.weight), KINDS.index(self.kind), self.column or ""


def finding_of(told: Mapping[str, Any]) -> Finding:
    """A finding as a landing or a shape keeps it."""
    return Finding(**{**told, "values": tuple(told.get("values") or ())})


@dataclass(frozen=True)
class CameColumn:
    """A column as it came, whether or not the contract reads it.

    Attributes:
        name: As the file calls it.
        looked: Records looked at.
        kinds: Of those that hold something there, how many look like what.
        read: The contract's column that it becomes; None where it is not read.
    """

    name: str
    looked: int
    kinds: Mapping[str, int] = EMPTY
    read: str | None = None

    @property
    def filled(self) -> int:
        """Records looked at that hold something."""
        return sum(self.kinds.values())

    @property
    def kind(self) -> str:
        """What nearly all of its values look like; "text" where they differ, "nothing" where it holds none."""
        if not self.kinds:
            return "nothing"
        most = max(self.kinds, key=lambda kind: (self.kinds[kind], kind))
        return most if self.kinds[most] >= SAME_KIND * self.filled else "text"


@dataclass(frozen=True)
class ColumnShape:
    """A column of the contract in the accepted records.

    Attributes:
        name: Its name in the contract.
        type: Its logical type.
        filled: Records that hold a value.
        nulls: Records that hold none.
        unread: Records set aside because what they hold is not of the type.
        looked: Filled records that ``distinct``, lengths and quantiles were told from; ``filled`` where all were.
        distinct: Different values among those looked at.
        low: The lowest number or date of all.
        high: The highest.
        shortest: Characters of the shortest text looked at.
        longest: Of the longest.
        quantiles: Numbers or dates at ``QUANTILES`` of those looked at.
        categories: Records by value, of all, where there are few values; None where there are many.
    """

    name: str
    type: str
    filled: int
    nulls: int
    unread: int = 0
    looked: int = 0
    distinct: int = 0
    low: Value | None = None
    high: Value | None = None
    shortest: int | None = None
    longest: int | None = None
    quantiles: tuple[Value, ...] = ()
    categories: Mapping[str, int] | None = None

    @property
    def records(self) -> int:
        """Records, filled or not."""
        return self.filled + self.nulls

    @property
    def empty_share(self) -> float | None:
        """Share of the records that hold nothing here; None where there is no record."""
        return self.nulls / self.records if self.records else None


@dataclass(frozen=True)
class Shape:
    """One delivery's shape.

    Attributes:
        source: The source's name.
        landing: The landing's number.
        outcome: What became of it.
        at: When it was retrieved, ISO 8601 UTC.
        received: Records counted from the bytes.
        accepted: Records that came in, or would have: a file is refused as a whole for other reasons too.
        came: The columns as they came.
        columns: The columns of the contract; none where no record could be read.
        against: Number of the landing it was compared with; None where there was none to compare it with.
        findings: What changed since, the worst first.
    """

    source: str
    landing: int
    outcome: str
    at: str
    received: int
    accepted: int
    came: tuple[CameColumn, ...] = ()
    columns: tuple[ColumnShape, ...] = ()
    against: int | None = None
    findings: tuple[Finding, ...] = ()
    format_version: int = field(default=FORMAT_VERSION)

    def column(self, name: str) -> ColumnShape | None:
        """The column of that name in the contract, or None."""
        return next((c for c in self.columns if c.name == name), None)

    def compared(self, against: int | None, findings: Sequence[Finding]) -> Shape:
        """The same with what changed since landing ``against``."""
        return replace(self, against=against, findings=ordered(findings))

    def to_json(self) -> bytes:
        """The shape's one byte form."""
        return kept.canonical_json(asdict(self))


def ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings, the worst first."""
    return tuple(sorted(findings, key=lambda finding: finding.rank))


def read_shape(path: Path, sha256: str | None = None) -> Shape:
    """A kept shape.

    Raises:
        ArtefactError: Missing, torn, altered or of an unknown format.
    """
    value = kept.read_json(path, sha256=sha256)
    kept.check_format(value, path, FORMAT_VERSION)
    try:
        columns = [
            ColumnShape(**{**c, "quantiles": tuple(c["quantiles"]), "categories": _counts(c["categories"])})
            for c in value.pop("columns")
        ]
        came = tuple(CameColumn(**{**c, "kinds": _counts(c["kinds"])}) for c in value.pop("came"))
        findings = tuple(finding_of(f) for f in value.pop("findings"))
        return Shape(**value, came=came, columns=tuple(columns), findings=findings)
    except (KeyError, TypeError, AttributeError) as error:
        raise ArtefactError("a kept shape lacks a field or has one too many", where=str(path)) from error


LOOKED_BACK = 8
"""Deliveries whose newest event is looked for, where each brought only what was new."""


@dataclass(frozen=True)
class Delivered:
    """An accepted delivery with its kept shape: ``whole`` where it brought all records and not only newer ones."""

    path: Path
    sha256: str
    at: datetime
    whole: bool


def newest_event(deliveries: Iterable[Delivered], column: str, smallest: int) -> tuple[datetime, datetime] | None:
    """The newest event time of a source and when that delivery came; None where its deliveries do not tell.

    A time after the delivery itself is a slip of someone's hand: then the highest quantile before it stands in.

    Args:
        deliveries: Accepted ones, the newest first; read as far back as the last whole one.
        column: The column that dates the records.
        smallest: Of fewer records nothing is told.

    Raises:
        ArtefactError: A shape is torn or altered.
    """
    found: list[tuple[datetime, datetime]] = []
    for one in islice(deliveries, LOOKED_BACK):
        held = read_shape(one.path, one.sha256).column(column) if one.path.exists() else None
        if held is not None and held.filled >= smallest and held.high is not None:
            known = (parse_time(str(value)) for value in (held.high, *reversed(held.quantiles)))
            newest = next((moment for moment in known if moment <= one.at), None)
            found += [(newest, one.at)] if newest else []
        if one.whole:
            break
    return max(found, default=None)


def _counts(value: Mapping[str, int] | None) -> Mapping[str, int] | None:
    return None if value is None else (dict(value) or EMPTY)
