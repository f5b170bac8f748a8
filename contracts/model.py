"""The contract model: what one ODCS 3.1 file says, in frozen Python.

Belongs here: the shape of a loaded contract, and questions a contract can answer about
itself. Does not belong here: reading YAML (``load``), turning rules into checks
(``checks``), comparing versions (``diff``). A contract is loaded once and never changed.

Terms are ODCS's. What ODCS lacks is read from ``customProperties`` under the names listed
in ``vocabulary`` and appears here as typed fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal


class NoEntries(dict[str, Any]):
    """A mapping that holds nothing, for ever: a safe default value (Python 3.11 has no hashable one)."""

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __setitem__(self, key: str, value: Any) -> None:
        raise TypeError("the empty mapping is a shared default and cannot be changed")


EMPTY: Mapping[str, Any] = NoEntries()


class Role(StrEnum):
    """What a contract is about; given by the folder it stands in."""

    SOURCE = "source"
    ENTITY = "entity"
    PRODUCT = "product"


class Severity(StrEnum):
    """How much a failed rule weighs. ``error`` refuses or holds; the others report."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Delivery(StrEnum):
    """How a newer delivery of a source relates to the older ones."""

    SNAPSHOT = "snapshot"
    APPEND = "append"
    UPSERT = "upsert"


Operator = Literal[
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
]


@dataclass(frozen=True)
class Place:
    """Where something was written. ``line`` and ``column`` count from 1."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Text:
    """A text in several languages. ``default`` is the contract's own language (English)."""

    default: str
    translations: Mapping[str, str] = EMPTY

    def to(self, language: str) -> str:
        """The text in ``language``, or the default one where there is no translation."""
        return self.translations.get(language, self.default)

    def has(self, language: str) -> bool:
        """Whether ``language`` is served without falling back."""
        return language == "en" or language in self.translations

    def __bool__(self) -> bool:
        return bool(self.default)


@dataclass(frozen=True)
class QualityRule:
    """One entry of a ``quality`` list.

    ``operator`` and ``threshold`` are the ODCS comparison (``mustBe: 0`` and its like); a pair
    of numbers for the two ``Between`` operators. ``failing_example`` belongs to ``sql`` rules:
    records (column to value) that must make the rule fail.
    """

    type: Literal["library", "sql", "text", "custom"]
    metric: str | None
    query: str | None
    arguments: Mapping[str, Any]
    operator: Operator | None
    threshold: int | float | tuple[float, float] | None
    unit: Literal["rows", "percent"]
    dimension: str
    severity: Severity
    description: Text
    place: Place
    id: str | None = None
    name: str | None = None
    failing_example: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Step:
    """A registered de-identifying step that lowered a column's class."""

    name: str
    version: str
    parameters: Mapping[str, Any] = EMPTY


@dataclass(frozen=True)
class Property:
    """One column.

    ``logical_type`` is ODCS's (string, integer, number, boolean, date, timestamp, time, object,
    array); ``physical_type`` is DuckDB's type of the column as it is kept and published, derived
    from the logical type where the contract names none. ``classification`` is a tier's id;
    a column without one carries the most restrictive tier. ``custom`` holds ``physicalName`` where the
    source itself calls the column otherwise (a CSV header such as "Created Date").
    """

    name: str
    logical_type: str
    physical_type: str
    required: bool
    unique: bool
    primary_key_position: int | None
    classification: str
    classified: bool
    description: Text
    options: Mapping[str, Any]
    quality: tuple[QualityRule, ...]
    place: Place
    title: Text = field(default_factory=lambda: Text(""))
    optional: bool = False
    unlocks: tuple[str, ...] = ()
    unit: str | None = None
    step: Step | None = None
    examples: tuple[Any, ...] = ()
    custom: Mapping[str, Any] = EMPTY

    @property
    def source_name(self) -> str:
        """The column's name in the source's own file: ODCS's ``physicalName``, or else ``name``."""
        return str(self.custom.get("physicalName") or self.name)


@dataclass(frozen=True)
class SchemaObject:
    """The one table a contract describes."""

    name: str
    physical_type: str
    description: Text
    properties: tuple[Property, ...]
    quality: tuple[QualityRule, ...]
    place: Place
    grain: str = ""

    def column(self, name: str) -> Property | None:
        """The property called ``name``, or None."""
        return next((p for p in self.properties if p.name == name), None)

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the key columns in key order."""
        keyed = [p for p in self.properties if p.primary_key_position is not None]
        return tuple(p.name for p in sorted(keyed, key=lambda p: p.primary_key_position or 0))


@dataclass(frozen=True)
class Server:
    """Where a source's records come from: a connector, a portal's name, and what the connector needs.

    ``settings`` holds the connector's own keys (for ``file``: location, format, compression,
    encoding, delimiter, quote, escape, header, decimal, missing).
    """

    name: str
    connector: str
    portal: str | None
    settings: Mapping[str, Any]
    place: Place


@dataclass(frozen=True)
class ServiceLevel:
    """One entry of ``slaProperties``."""

    property: str
    value: Any
    unit: str | None
    element: str | None
    place: Place


@dataclass(frozen=True)
class Member:
    """One member of the team; ``role`` is owner, steward or another word of the city's."""

    username: str
    role: str
    name: str | None = None


@dataclass(frozen=True)
class Contract:
    """One dataset's contract, loaded strictly and complete.

    ``sha256`` is of the file's bytes (for a product tightened by a city: of both files).
    ``custom`` keeps the remaining ``customProperties`` of the contract by name.
    """

    id: str
    role: Role
    name: str
    title: Text
    version: str
    status: str
    purpose: Text
    limitations: Text
    usage: Text
    tier: str
    team: tuple[Member, ...]
    servers: tuple[Server, ...]
    object: SchemaObject
    service_levels: tuple[ServiceLevel, ...]
    path: Path
    sha256: str
    renditions: tuple[str, ...] = ()
    practice: str | None = None
    delivery: Delivery = Delivery.SNAPSHOT
    needs: tuple[str, ...] = ()
    unlocks: tuple[str, ...] = ()
    licence_in: str | None = None
    licence_out: str | None = None
    legal_basis: str | None = None
    retention_days: int | None = None
    row_count_change: tuple[float, float] | None = None
    inventory: Literal["shown", "hidden"] = "shown"
    why_not_public: Text = field(default_factory=lambda: Text(""))
    how_to_ask: Text = field(default_factory=lambda: Text(""))
    withheld_count_public: bool = False
    custom: Mapping[str, Any] = EMPTY

    @property
    def columns(self) -> tuple[Property, ...]:
        """The columns of the contract's object."""
        return self.object.properties

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the key columns in key order."""
        return self.object.primary_key

    @property
    def owner(self) -> str | None:
        """The username of the team's owner, if one is named."""
        return next((m.username for m in self.team if m.role == "owner"), None)

    @property
    def steward(self) -> str | None:
        """The username of the team's steward, if one is named."""
        return next((m.username for m in self.team if m.role == "steward"), None)

    def service_level(self, name: str) -> ServiceLevel | None:
        """The service level called ``name`` (frequency, latency, ...), or None."""
        return next((s for s in self.service_levels if s.property == name), None)

    @property
    def event_time(self) -> str | None:
        """The column whose newest value dates the data (``element`` of the latency service level)."""
        level = self.service_level("latency")
        return level.element.rsplit(".", 1)[-1] if level and level.element else None
