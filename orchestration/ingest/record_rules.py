"""What each record must keep, as SQL over what was received.

Belongs here: the three layers of typed SQL put together, and one flag per way to fail. Does not belong
here: running any of it (``accept``, ``setting_aside``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.checks import Check, Kind
from contracts.engines import scan
from contracts.engines.sql import quoted
from orchestration.ingest.accept import FLAG
from orchestration.ingest.parse import parsed_name, type_check_id
from orchestration.ingest.reading import Reading


@dataclass(frozen=True)
class Flag:
    """One way for a record to fail. ``counted`` is what engines count; ``told`` what the record is told."""

    id: str
    counted: str
    told: str


class RecordRules:
    """The record rules of one file.

    Attributes:
        reading: The file.
        checks: The contract's checks that one record alone decides and that quarantine it.
        flags: Every way to fail: form, types, then ``checks``.
    """

    def __init__(self, reading: Reading, checks: Sequence[Check]) -> None:
        self.reading = reading
        self.checks = tuple(c for c in checks if c.level == "record" and c.is_record_local)
        self.flags = tuple(self._flags())

    def _flags(self) -> list[Flag]:
        flags = [Flag(f.id, f.failed, f.failed) for f in self.reading.failures]
        whole = [f.failed for f in self.reading.failures if f.whole]
        broken = {}
        for column in self.reading.columns:
            broken[column.name] = column.failed
            flags.append(Flag(type_check_id(column.name), column.failed, column.failed))
        for check in self.checks:
            predicate = scan.record_predicate(check)
            told = predicate
            if check.kind in (Kind.REQUIRED, Kind.MISSING):
                told = f"({' AND NOT '.join([predicate, broken[check.columns[0]], *whole])})"
            flags.append(Flag(check.id, predicate, told))
        return flags

    def typed(self, relation: str) -> str:
        """What was received, with the typed columns beside it."""
        columns = self.reading.columns
        parsed = ", ".join(f"{c.parsed} AS {parsed_name(n)}" for n, c in enumerate(columns))
        values = ", ".join(f"{c.value} AS {quoted(c.name)}" for c in columns)
        return f"SELECT *, {values} FROM (SELECT *, {parsed} FROM ({relation}))"

    def names(self) -> str:
        """The contract's columns, quoted, as a list for SELECT."""
        return ", ".join(quoted(c.name) for c in self.reading.columns)

    def splitting(self, relation: str) -> str:
        """A SELECT of the typed records of a piece, in its order, and whether each fails."""
        failed = " OR ".join(flag.counted for flag in self.flags) or "FALSE"
        return f"SELECT {self.names()}, ({failed}) AS {FLAG} FROM ({self.typed(relation)})"
