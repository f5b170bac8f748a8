"""Setting records aside: the quarantine file, with each record's reasons, sentence and text as received.

Belongs here: reading the failed records again by their numbers, and writing what is wrong with them.
Does not belong here: deciding what is wrong (``record_rules``), showing it (``quarantine``).

Columns of a quarantine file: ``record`` (its number), ``reasons`` (ids of checks), ``sentence`` (English),
``raw`` (the record as received: a JSON object of its fields, or a JSON string where it could not be taken apart).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from contracts import kept
from contracts.checks import Check
from contracts.engines.sql import parquet, quoted, text_literal
from contracts.model import Contract, Text
from orchestration.ingest import reasons
from orchestration.ingest.parse import type_check_id
from orchestration.ingest.reading import RECORD
from orchestration.ingest.record_index import Positions
from orchestration.ingest.record_rules import Flag, RecordRules
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.workplace import Workplace, copying

GUILTY = 10_000
"""At most so many records are set aside as an explanation of a refused file."""


class SettingAside:
    """The quarantine of one file."""

    def __init__(self, rules: RecordRules, contract: Contract, sentences: Mapping[str, Text], place: Workplace) -> None:
        self.rules = rules
        self.contract = contract
        self.sentences = sentences
        self.place = place

    def set_aside(self, failed: Positions, malformed: Positions) -> dict[str, int]:
        """Write the quarantine file and the typed suspects; count each flag."""
        connection = self.place.connection
        counts = {flag.id: 0 for flag in self.rules.flags}
        if len(failed):
            typed = self.rules.typed(self.rules.reading.picked(connection, failed))
            told = ", ".join(f"{f.counted} AS __flag_{n}" for n, f in enumerate(self.rules.flags))
            with copying(self.place.folder / "landing.duckdb"):
                connection.execute(f"CREATE OR REPLACE TABLE suspects AS SELECT *, {told} FROM ({typed})")
            with copying(self.place.suspects):
                connection.execute(
                    f"COPY (SELECT {self.rules.names()}, {RECORD} FROM suspects ORDER BY {RECORD}) "
                    f"TO {text_literal(str(self.place.suspects))} (FORMAT parquet)"
                )
            counts = self._count_flags(len(failed))
        if len(failed) or len(malformed):
            self._write_quarantine(bool(len(failed)), malformed)
        return counts

    def _count_flags(self, expected: int) -> dict[str, int]:
        sums = ", ".join(f"count_if(__flag_{n})" for n in range(len(self.rules.flags)))
        none = " AND ".join(f"NOT __flag_{n}" for n in range(len(self.rules.flags)))
        row = self.place.connection.execute(f"SELECT count(*), count_if({none}), {sums} FROM suspects").fetchone()
        assert row is not None
        if row[0] != expected or row[1]:
            raise Refusal(
                "records fail a check on the first reading and not on the second",
                found=f"{row[0]:,} records read again, {row[1]:,} of them without a reason",
                expected=f"{expected:,}, each with a reason",
                hint="run again; if it stays so, this is a fault of Cauce: report it with the contract.",
            )
        return {flag.id: int(n) for flag, n in zip(self.rules.flags, row[2:], strict=True)}

    def _write_quarantine(self, suspects: bool, malformed: Positions) -> None:
        connection = self.place.connection
        connection.register("__unread", self._unread(malformed))
        parts = [f"SELECT {RECORD} AS record, reasons, sentence, raw FROM __unread"]
        if suspects:
            parts.append(self._told())
        with copying(self.place.quarantine):
            connection.execute(
                f"COPY ({' UNION ALL '.join(parts)} ORDER BY record) "
                f"TO {text_literal(str(self.place.quarantine))} (FORMAT parquet, COMPRESSION zstd)"
            )

    def _told(self) -> str:
        """The suspects with their reasons and sentences."""
        ids = ", ".join(text_literal(flag.id) for flag in self.rules.flags)
        hit = ", ".join(f"({flag.told})" for flag in self.rules.flags)
        said = ", ".join(self._sentence(flag) for flag in self.rules.flags)
        return (
            f"SELECT {RECORD} AS record, list_where([{ids}], [{hit}]) AS reasons, "
            f"array_to_string(list_where([{said}], [{hit}]), ' ') AS sentence, "
            f"{self.rules.reading.received_json()} AS raw FROM suspects"
        )

    def _sentence(self, flag: Flag) -> str:
        plain = text_literal(self.sentences[flag.id].default)
        for column, typed in zip(self.contract.columns, self.rules.reading.columns, strict=True):
            if typed.skipped_hour and flag.id == type_check_id(column.name):
                skipped = text_literal(reasons.skipped_hour_sentence(column).default)
                return f"CASE WHEN {typed.skipped_hour} THEN {skipped} ELSE {plain} END"
        return plain

    def _unread(self, malformed: Positions) -> object:
        import pyarrow as pa

        table = self.rules.reading.unread(malformed)
        members = {reason: set(numbers.tolist()) for reason, numbers in self.rules.reading.malformed.items()}
        why = [[reason for reason, hit in members.items() if n in hit] for n in malformed.tolist()]
        said = [" ".join(self.sentences[reason].default for reason in group) for group in why]
        table = table.append_column("reasons", pa.array(why, pa.list_(pa.string())))
        return table.append_column("sentence", pa.array(said, pa.string()))

    def reasons(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Quarantined records by reason, as the records are told."""
        found = {reason: len(numbers) for reason, numbers in self.rules.reading.malformed.items() if len(numbers)}
        if any(counts.values()):
            sums = ", ".join(f"count_if({flag.told})" for flag in self.rules.flags)
            row = self.place.connection.execute(f"SELECT {sums} FROM suspects").fetchone()
            assert row is not None
            for flag, n in zip(self.rules.flags, row, strict=True):
                if n:
                    found[flag.id] = found.get(flag.id, 0) + int(n)
        return dict(sorted(found.items()))

    def explain_duplicates(self, check: Check) -> None:
        """Set aside, as an explanation, the records whose key is repeated."""
        keys = ", ".join(quoted(c) for c in check.columns)
        there = " AND ".join(f"{quoted(c)} IS NOT NULL" for c in check.columns)
        accepted = parquet([self.place.accepted])
        rows = self.place.connection.execute(
            f"SELECT {RECORD} FROM {accepted} WHERE {there} AND ({keys}) IN "
            f"(SELECT ({keys}) FROM {accepted} WHERE {there} GROUP BY {keys} HAVING count(*) > 1) "
            f"ORDER BY {RECORD} LIMIT {GUILTY}"
        ).fetchnumpy()
        records = np.asarray(rows[RECORD], np.int64)
        connection = self.place.connection
        typed = self.rules.typed(self.rules.reading.picked(connection, records))
        old = f"UNION ALL SELECT * FROM {parquet([self.place.quarantine])}" if self.place.quarantine.exists() else ""
        target = self.place.folder / "explained.parquet"
        with copying(target):
            connection.execute(
                f"COPY (SELECT {RECORD} AS record, [{text_literal(check.id)}] AS reasons, "
                f"{text_literal(check.text.default)} AS sentence, {self.rules.reading.received_json()} AS raw "
                f"FROM ({typed}) {old} ORDER BY record) "
                f"TO {text_literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
            )
        kept.move_file(target, self.place.quarantine)
