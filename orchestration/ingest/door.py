"""The door: which records come in, which are set aside and why, and whether the file is refused.

Belongs here: one predicate per check over the typed records, the quarantine table, and the judgement of
two engines that must agree with it and with each other. Does not belong here: reading a format
(``readers``), keeping files (``landing``).

Three counts of the same thing are compared for every record rule: the predicates that split the records,
the one-scan verdict, and pandera. Where they differ the file is refused: a gate that is not sure of
itself lets nothing through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from contracts.checks import Check, Kind
from contracts.engines import judging, scan
from contracts.engines.sql import parquet, quoted, text_literal
from contracts.model import Contract, Severity
from contracts.results import Result, RuleResult, Verdict, disagreements
from orchestration.ingest import accept, reasons
from orchestration.ingest.parse import parsed_name, raw_name, type_check_id
from orchestration.ingest.reading import RECORD, Reading
from orchestration.ingest.refusal import Refusal

if TYPE_CHECKING:
    import duckdb

    from orchestration.ingest.record_index import Positions

GUILTY = 10_000
"""At most so many records are set aside as an explanation of a refused file."""
JUDGING_MEMORY = "1000MB"

DAY_FIRST_OR_MONTH_FIRST = r"^\s*[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}"
DECIMAL_COMMA = r"^\s*[+-]?[0-9]{1,3}([.]?[0-9]{3})*,[0-9]+\s*$"


@dataclass(frozen=True)
class Flag:
    """One way for a record to fail. ``counted`` is what engines count; ``told`` what the record is told."""

    id: str
    counted: str
    told: str


@dataclass(frozen=True)
class Workplace:
    """Where a landing works: a connection, its temporary folder, and how many threads it may use."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    threads: int

    @property
    def accepted(self) -> Path:
        """The accepted records."""
        return self.folder / "accepted.parquet"

    @property
    def suspects(self) -> Path:
        """Typed records that don't pass, for the engines to judge."""
        return self.folder / "suspects.parquet"

    @property
    def quarantine(self) -> Path:
        """Records set aside, with reasons."""
        return self.folder / "quarantine.parquet"


@dataclass
class Judgement:
    """What the door found. ``refusal`` is None where the file comes in."""

    accepted: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    rules: list[dict[str, object]] = field(default_factory=list)
    refusal: Refusal | None = None


class Door:
    """One file at the door."""

    def __init__(self, reading: Reading, contract: Contract, checks: Sequence[Check], place: Workplace) -> None:
        self.reading = reading
        self.contract = contract
        self.checks = checks
        self.place = place
        self.sentences = reasons.sentences(contract, checks)
        self.record_checks = [c for c in checks if c.level == "record" and c.is_record_local]
        self.file_checks = [c for c in checks if c not in self.record_checks]
        self.flags = tuple(self._flags())

    def judge(self) -> Judgement:
        """Split the records, write accepted and quarantine files, and judge.

        Returns:
            The judgement; a refusal that comes of the data is in it, not raised.

        Raises:
            Refusal: The records can't be read to their end.
        """
        judgement = Judgement()
        numbers = self.reading.numbers()
        malformed = _all_of(self.reading.malformed)
        passed = accept.write_accepted(self.place.connection, self._splitting(), numbers, self.place.accepted)
        if passed.read != len(numbers):
            raise self._miscounted(passed.read + len(malformed))
        self._find_again(passed.samples)
        counts = self._set_aside(passed.failed, malformed)
        judgement.accepted = len(numbers) - len(passed.failed)
        judgement.quarantined = len(passed.failed) + len(malformed)
        judgement.reasons = self._reasons(counts)
        verdict, judgement.refusal = self._verdict(judgement, counts, len(numbers))
        judgement.rules = self._rules(counts, verdict, len(numbers))
        return judgement

    # SQL ------------------------------------------------------------------------------------

    def _flags(self) -> list[Flag]:
        flags = [Flag(f.id, f.failed, f.failed) for f in self.reading.failures]
        whole = [f.failed for f in self.reading.failures if f.whole]
        broken = {}
        for column in self.reading.columns:
            broken[column.name] = column.failed
            flags.append(Flag(type_check_id(column.name), column.failed, column.failed))
        for check in self.record_checks:
            predicate = scan.record_predicate(check)
            told = predicate
            if check.kind in (Kind.REQUIRED, Kind.MISSING):
                told = f"({' AND NOT '.join([predicate, broken[check.columns[0]], *whole])})"
            flags.append(Flag(check.id, predicate, told))
        return flags

    def _typed(self, relation: str) -> str:
        """What was received, with the typed columns beside it."""
        columns = self.reading.columns
        parsed = ", ".join(f"{c.parsed} AS {parsed_name(n)}" for n, c in enumerate(columns))
        values = ", ".join(f"{c.value} AS {quoted(c.name)}" for c in columns)
        return f"SELECT *, {values} FROM (SELECT *, {parsed} FROM ({relation}))"

    def _names(self) -> str:
        return ", ".join(quoted(c.name) for c in self.reading.columns)

    def _splitting(self) -> str:
        failed = " OR ".join(flag.counted for flag in self.flags) or "FALSE"
        return f"SELECT {self._names()}, ({failed}) AS {accept.FLAG} FROM ({self._typed(self.reading.relation())})"

    def _find_again(self, samples: Any) -> None:
        """Read some records again by their bytes: each must stand under the number it was given.

        Raises:
            Refusal: One does not.
        """
        connection = self.place.connection
        numbers = samples.column(RECORD).to_numpy()
        if not len(numbers):
            return
        connection.register("__samples", samples)
        names = f"{self._names()}, {RECORD}"
        again = self._typed(self.reading.picked(connection, numbers))
        row = connection.execute(
            f"SELECT count(*) FROM (SELECT {names} FROM __samples EXCEPT ALL SELECT {names} FROM ({again}))"
        ).fetchone()
        if row is None or row[0]:
            raise Refusal(
                "records do not stand under their own numbers",
                found=f"{row[0] if row else 'all':,} of {len(numbers):,} records differ when read again by their bytes",
                expected="the same values",
                hint="this is a fault of Cauce or of its reader: report it with the contract; nothing was let in.",
            )

    # Quarantine -----------------------------------------------------------------------------

    def _set_aside(self, failed: Positions, malformed: Positions) -> dict[str, int]:
        """Write the quarantine file and the typed suspects; count each flag."""
        connection = self.place.connection
        counts = {flag.id: 0 for flag in self.flags}
        if len(failed):
            typed = self._typed(self.reading.picked(connection, failed))
            told = ", ".join(f"{f.counted} AS __flag_{n}" for n, f in enumerate(self.flags))
            connection.execute(f"CREATE OR REPLACE TABLE suspects AS SELECT *, {told} FROM ({typed})")
            connection.execute(
                f"COPY (SELECT {self._names()}, {RECORD} FROM suspects ORDER BY {RECORD}) "
                f"TO {text_literal(str(self.place.suspects))} (FORMAT parquet)"
            )
            counts = self._count_flags(len(failed))
        if len(failed) or len(malformed):
            self._write_quarantine(bool(len(failed)), malformed)
        return counts

    def _count_flags(self, expected: int) -> dict[str, int]:
        sums = ", ".join(f"count_if(__flag_{n})" for n in range(len(self.flags)))
        none = " AND ".join(f"NOT __flag_{n}" for n in range(len(self.flags)))
        row = self.place.connection.execute(f"SELECT count(*), count_if({none}), {sums} FROM suspects").fetchone()
        assert row is not None
        if row[0] != expected or row[1]:
            raise Refusal(
                "records fail a check on the first reading and not on the second",
                found=f"{row[0]:,} records read again, {row[1]:,} of them without a reason",
                expected=f"{expected:,}, each with a reason",
                hint="run again; if it stays so, this is a fault of Cauce: report it with the contract.",
            )
        return {flag.id: int(n) for flag, n in zip(self.flags, row[2:], strict=True)}

    def _write_quarantine(self, suspects: bool, malformed: Positions) -> None:
        connection = self.place.connection
        connection.register("__unread", self._unread(malformed))
        parts = [f"SELECT {RECORD} AS record, reasons, sentence, raw FROM __unread"]
        if suspects:
            parts.append(self._told())
        connection.execute(
            f"COPY ({' UNION ALL '.join(parts)} ORDER BY record) "
            f"TO {text_literal(str(self.place.quarantine))} (FORMAT parquet, COMPRESSION zstd)"
        )

    def _told(self) -> str:
        """The suspects with their reasons and sentences."""
        ids = ", ".join(text_literal(flag.id) for flag in self.flags)
        hit = ", ".join(f"({flag.told})" for flag in self.flags)
        said = ", ".join(self._sentence(flag) for flag in self.flags)
        return (
            f"SELECT {RECORD} AS record, list_where([{ids}], [{hit}]) AS reasons, "
            f"array_to_string(list_where([{said}], [{hit}]), ' ') AS sentence, "
            f"{self.reading.received_json()} AS raw FROM suspects"
        )

    def _sentence(self, flag: Flag) -> str:
        plain = text_literal(self.sentences[flag.id].default)
        for column, typed in zip(self.contract.columns, self.reading.columns, strict=True):
            if typed.skipped_hour and flag.id == type_check_id(column.name):
                skipped = text_literal(reasons.skipped_hour_sentence(column).default)
                return f"CASE WHEN {typed.skipped_hour} THEN {skipped} ELSE {plain} END"
        return plain

    def _unread(self, malformed: Positions) -> object:
        import pyarrow as pa

        table = self.reading.unread(malformed)
        members = {reason: set(numbers.tolist()) for reason, numbers in self.reading.malformed.items()}
        why = [[reason for reason, hit in members.items() if n in hit] for n in malformed.tolist()]
        said = [" ".join(self.sentences[reason].default for reason in group) for group in why]
        table = table.append_column("reasons", pa.array(why, pa.list_(pa.string())))
        return table.append_column("sentence", pa.array(said, pa.string()))

    def _reasons(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Quarantined records by reason, as the records are told."""
        found = {reason: len(numbers) for reason, numbers in self.reading.malformed.items() if len(numbers)}
        if any(counts.values()):
            sums = ", ".join(f"count_if({flag.told})" for flag in self.flags)
            row = self.place.connection.execute(f"SELECT {sums} FROM suspects").fetchone()
            assert row is not None
            for flag, n in zip(self.flags, row, strict=True):
                if n:
                    found[flag.id] = found.get(flag.id, 0) + int(n)
        return dict(sorted(found.items()))

    # Judging --------------------------------------------------------------------------------

    def _verdict(
        self, judgement: Judgement, counts: Mapping[str, int], well_formed: int
    ) -> tuple[Verdict | None, Refusal | None]:
        """The scan's verdict, and the refusal of the file if there is one."""
        unlike = self._written_otherwise(counts, well_formed)
        if unlike:
            return None, unlike
        empty = judging.allows_empty(self.checks)
        if not judgement.accepted and (judgement.quarantined or not empty):
            return None, self._nothing_left(judgement)
        first, second = self._two_engines(bool(well_formed - judgement.accepted))
        differing = [
            *_otherwise_counted(self.record_checks, counts, first),
            *disagreements(first, second, [c.id for c in self.checks]),
        ]
        if differing:
            return first, Refusal(
                "the engines at the door disagree",
                where=f"{len(differing)} rules",
                found="; ".join(differing[:5]),
                expected="the same verdict and count from each",
                hint="this is a fault of Cauce or of a library: report it with the contract; nothing was let in.",
            )
        return first, self._file_refusal(first)

    def _two_engines(self, suspects: bool) -> tuple[Verdict, Verdict]:
        """Scan and pandera: record rules over every typed record, file rules over what would come in."""
        from contracts.engines import door as pandera_door
        from contracts.engines.guard import guarded_connection

        place = self.place
        files = [place.accepted, *([place.suspects] if suspects else [])]
        spill = place.folder / "spill"
        with guarded_connection(files, place.threads, JUDGING_MEMORY, spill) as connection:
            split = [(parquet(files), self.record_checks), (parquet(files[:1]), self.file_checks)]
            calls: list[tuple[str, Sequence[Check]]] = [*split] if suspects else [(parquet(files), self.checks)]
            scanned = [scan.judge(connection, relation, checks) for relation, checks in calls if checks]
            judged = [pandera_door.judge(connection, relation, checks) for relation, checks in calls if checks]
        return _joined(scanned, "scan"), _joined(judged, "pandera")

    def _file_refusal(self, verdict: Verdict) -> Refusal | None:
        refused = [
            (check, result)
            for check in self.checks
            if (result := verdict.of(check.id)) is not None and _refuses(check, result, check in self.record_checks)
        ]
        if not refused:
            return None
        for check, _ in refused:
            if check.kind is Kind.UNIQUE:
                self._explain_duplicates(check)
                break
        told = "; ".join(f"{check.id}: {_said(result)}" for check, result in refused[:5])
        return Refusal(
            f"{len(refused)} rules of the file are broken"
            if len(refused) > 1
            else refused[0][0].text.default.rstrip("."),
            where=", ".join(check.id for check, _ in refused[:5]),
            found=told,
            expected="every file rule kept",
            hint=f"cauce quarantine show {self.contract.name}; the last accepted delivery stays in use.",
        )

    def _explain_duplicates(self, check: Check) -> None:
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
        typed = self._typed(self.reading.picked(connection, records))
        old = f"UNION ALL SELECT * FROM {parquet([self.place.quarantine])}" if self.place.quarantine.exists() else ""
        target = self.place.folder / "explained.parquet"
        connection.execute(
            f"COPY (SELECT {RECORD} AS record, [{text_literal(check.id)}] AS reasons, "
            f"{text_literal(check.text.default)} AS sentence, {self.reading.received_json()} AS raw "
            f"FROM ({typed}) {old} ORDER BY record) TO {text_literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
        )
        target.replace(self.place.quarantine)

    def _written_otherwise(self, counts: Mapping[str, int], well_formed: int) -> Refusal | None:
        """The refusal of a file whose dates or numbers are written in another way than declared."""
        for n, column in enumerate(self.contract.columns):
            if counts.get(type_check_id(column.name), 0) * 2 < max(well_formed, 1):
                continue
            dated = column.logical_type in ("date", "timestamp") and not column.options.get("format")
            pattern = DAY_FIRST_OR_MONTH_FIRST if dated else DECIMAL_COMMA if column.logical_type == "number" else None
            if pattern is None or self._matching(n, pattern) * 2 < well_formed:
                continue
            return Refusal(
                "dates could be day first or month first" if dated else "numbers are not written as declared",
                where=f"column {column.name}",
                found=f"dates such as 01/02/2026 in {counts[type_check_id(column.name)]:,} records"
                if dated
                else "a decimal comma",
                expected="the format declared in the contract" if dated else "a decimal point",
                hint=(
                    f"declare logicalTypeOptions format (dd/MM/yyyy or MM/dd/yyyy) for {column.name}."
                    if dated
                    else 'declare decimal: "," in the source\'s server.'
                ),
            )
        return None

    def _matching(self, position: int, pattern: str) -> int:
        looks = f"regexp_matches(CAST({raw_name(position)} AS VARCHAR), {text_literal(pattern)})"
        row = self.place.connection.execute(f"SELECT count_if({looks}) FROM suspects").fetchone()
        assert row is not None
        return int(row[0])

    def _nothing_left(self, judgement: Judgement) -> Refusal:
        if not judgement.quarantined:
            return Refusal(
                "the file holds no record",
                found="a header and nothing else",
                expected="at least one record",
                hint="add a rowCount rule that allows zero if an empty delivery is right; "
                "the last accepted delivery stays in use.",
            )
        most = sorted(judgement.reasons.items(), key=lambda item: (-item[1], item[0]))[:3]
        return Refusal(
            "no record keeps the contract",
            found="; ".join(f"{reason}: {n:,} records" for reason, n in most),
            expected="records of the declared types",
            hint=f"cauce quarantine show {self.contract.name}",
        )

    def _miscounted(self, read: int) -> Refusal:
        return Refusal(
            "two counts of the file's records disagree",
            found=f"{read:,} records read by DuckDB",
            expected=f"{self.reading.received:,} records counted from the bytes",
            hint="nothing was let in. Check delimiter, quote and escape of the source's server.",
        )

    # Telling --------------------------------------------------------------------------------

    def _rules(self, counts: Mapping[str, int], verdict: Verdict | None, well_formed: int) -> list[dict[str, object]]:
        """Every check with its result: form, types, then the contract's own."""
        rules = []
        for reason, numbers in sorted(self.reading.malformed.items()):
            rules.append(self._rule(reason, self.reading.received, len(numbers)))
        own = {check.id for check in self.checks}
        rules.extend(self._rule(flag.id, well_formed, counts[flag.id]) for flag in self.flags if flag.id not in own)
        for check in self.checks:
            result = verdict.of(check.id) if verdict else None
            said = result.result if result else Result.NOT_RUN
            examined, failed = (result.examined, result.failed) if result else (0, 0)
            text = reasons.in_languages(check.text)
            rules.append(
                {"check_id": check.id, "result": str(said), "examined": examined, "failed": failed, "text": text}
            )
        return rules

    def _rule(self, reason: str, examined: int, failed: int) -> dict[str, object]:
        result = Result.FAILED if failed else Result.PASSED if examined else Result.VACUOUS
        text = reasons.in_languages(self.sentences[reason])
        return {"check_id": reason, "result": str(result), "examined": examined, "failed": failed, "text": text}


def _all_of(malformed: Mapping[str, Positions]) -> Positions:
    return np.unique(np.concatenate([*malformed.values(), np.empty(0, np.int64)]))


def _otherwise_counted(checks: Sequence[Check], counts: Mapping[str, int], verdict: Verdict) -> list[str]:
    """Where the split of the records and the verdict count differently, one sentence each."""
    found = []
    for check in checks:
        result = verdict.of(check.id)
        judged = None if result is None else result.failed
        if counts[check.id] != judged:
            found.append(
                f"{check.id}: {counts[check.id]:,} records set aside, {judged} counted by the {verdict.engine}"
            )
    return found


def _joined(verdicts: Sequence[Verdict], engine: str) -> Verdict:
    results = tuple(result for verdict in verdicts for result in verdict.results)
    return Verdict(engine, max((v.rows for v in verdicts), default=0), results, sum(v.seconds for v in verdicts))


def _refuses(check: Check, result: RuleResult, record_rule: bool) -> bool:
    """Whether a result refuses the file: a broken file rule of severity error, or any rule that could not run."""
    if result.result in (Result.ERROR, Result.NOT_RUN):
        return True
    return not record_rule and check.severity is Severity.ERROR and not result.green


def _said(result: RuleResult) -> str:
    if result.result is Result.ERROR:
        return "could not be checked"
    if result.value is not None:
        return f"{result.result}, measured {result.value:g} over {result.examined:,} records"
    return f"{result.result}, {result.failed:,} of {result.examined:,} records"
