"""What every reader gives: counts from the bytes, and SQL over what was received.

Belongs here: the interface between readers and the door. Does not belong here: any format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from orchestration.ingest.columns import Drift
from orchestration.ingest.parse import TypedColumn

if TYPE_CHECKING:
    import duckdb

    from orchestration.ingest.record_index import Positions

RECORD = "_record"
"""Name of the column of record numbers in every file that landing writes."""

CONTROL_CHARACTERS = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\x{202A}-\x{202E}\x{2066}-\x{2069}]"
"""Control characters (but tab, line ends and U+0080-009F: see ``record_index``) and those that turn the
reading direction, as a pattern."""


@dataclass(frozen=True)
class RecordFailure:
    """A reason, found in SQL, why a record can't be read as a record. ``failed`` is never NULL.

    ``whole``: it could not be taken apart at all, so that no column of it is worth a word.
    """

    id: str
    failed: str
    whole: bool = False


@dataclass
class Trial:
    """A piece whose relation may break off at a record that it can't read.

    ``left`` of its records were not handed over then; whoever gave the piece reads them in another way.
    """

    left: int = 0


@dataclass(frozen=True)
class Piece:
    """A part of a file, well-formed records in order.

    Attributes:
        relation: A SELECT of them, with the columns ``parse`` names.
        numbers: Their record numbers.
        small: Whether all of it may be held in memory at once.
        trial: Where the relation may break off at a record; None where that refuses the file.
    """

    relation: str
    numbers: Positions
    small: bool = True
    trial: Trial | None = None


class Reading(Protocol):
    """One prepared file, ready to be read in DuckDB.

    Attributes:
        malformed: Record numbers by reason, of records that are in no piece.
        columns: The contract's columns as SQL over a piece's relation.
        failures: More reasons for quarantine, over a piece's relation.
    """

    malformed: Mapping[str, Positions]
    columns: tuple[TypedColumn, ...]
    failures: tuple[RecordFailure, ...]

    @property
    def received(self) -> int:
        """Records counted from the bytes."""

    @property
    def drift(self) -> Drift:
        """Columns that came and went."""

    def pieces(self) -> Iterator[Piece]:
        """All well-formed records, in order; at least one piece. A piece stands until the next is asked for."""

    def picked(self, connection: duckdb.DuckDBPyConnection, records: Positions) -> str:
        """The same for some records only, with their numbers as ``_record``."""

    def received_json(self) -> str:
        """SQL over the relation: the record as received, as JSON text."""

    def as_came(self, connection: duckdb.DuckDBPyConnection, most: int) -> list[Mapping[str, Any]]:
        """Some ``most`` records, evenly spread, with every column as it came, also those the contract does not read.

        None stands where a record holds nothing.
        """

    def unread(self, records: Positions) -> Any:
        """An Arrow table (``_record``, ``raw``) of malformed records: their text as a JSON string."""
