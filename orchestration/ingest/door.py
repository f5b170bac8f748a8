"""The door: which records come in, which are set aside and why, and whether the file is refused.

Belongs here: the judgement of a file by two engines that must agree with the split of its records and
with each other, and what refuses it. Does not belong here: reading a format (``readers``), setting
aside (``setting_aside``), keeping files (``landing``).

Three counts of the same thing are compared for every record rule: the predicates that split the records,
the one-scan verdict, and pandera. Where they differ the file is refused: a gate that is not sure of
itself lets nothing through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from contracts.checks import Check, Kind
from contracts.engines import judging, scan
from contracts.engines.sql import parquet, text_literal
from contracts.model import Contract, Severity
from contracts.results import Result, RuleResult, Verdict, disagreements
from orchestration.ingest import accept, reasons
from orchestration.ingest.parse import raw_name, type_check_id
from orchestration.ingest.reading import RECORD, Reading
from orchestration.ingest.record_index import Positions
from orchestration.ingest.record_rules import RecordRules
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.sample import Sample
from orchestration.ingest.setting_aside import SettingAside
from orchestration.ingest.workplace import JUDGING, Workplace, ran_short

DAY_FIRST_OR_MONTH_FIRST = r"^\s*[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}"
DECIMAL_COMMA = r"^\s*[+-]?[0-9]{1,3}([.]?[0-9]{3})*,[0-9]+\s*$"


@dataclass
class Judgement:
    """What the door found. ``refusal`` is None where the file comes in; ``held`` are some of the records that pass."""

    accepted: int = 0
    quarantined: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    rules: list[dict[str, object]] = field(default_factory=list)
    refusal: Refusal | None = None
    held: Sample | None = None


class Door:
    """One file at the door."""

    def __init__(self, reading: Reading, contract: Contract, checks: Sequence[Check], place: Workplace) -> None:
        self.reading = reading
        self.contract = contract
        self.checks = checks
        self.place = place
        self.rules = RecordRules(reading, checks)
        self.file_checks = [c for c in checks if c not in self.rules.checks]
        self.sentences = reasons.sentences(contract, checks)
        self.quarantine = SettingAside(self.rules, contract, self.sentences, place)

    def judge(self) -> Judgement:
        """Split the records, write accepted and quarantine files, and judge.

        Returns:
            The judgement; a refusal that comes of the data is in it, not raised.

        Raises:
            Refusal: The records can't be read to their end.
        """
        judgement = Judgement()
        malformed = _all_of(self.reading.malformed)
        well_formed = self.reading.received - len(malformed)
        pieces = (replace(piece, relation=self.rules.splitting(piece.relation)) for piece in self.reading.pieces())
        passed = accept.write_accepted(self.place.connection, pieces, self.place.accepted, self._far(well_formed))
        if passed.read != well_formed:
            raise accept.Miscounted(passed.read, well_formed)
        judgement.held = passed.held
        self._find_again(passed.samples)
        counts = self.quarantine.set_aside(passed.failed, malformed)
        judgement.accepted = well_formed - len(passed.failed)
        judgement.quarantined = len(passed.failed) + len(malformed)
        judgement.reasons = self.quarantine.reasons(counts)
        verdict, judgement.refusal = self._verdict(judgement, counts, well_formed)
        judgement.rules = self._told(counts, verdict, well_formed)
        return judgement

    def _far(self, well_formed: int) -> Callable[[int], None]:
        """Says how many records have been read."""
        return lambda read: self.place.engine.tell(f"{read:,} of {well_formed:,} records read")

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
        names = f"{self.rules.names()}, {RECORD}"
        again = self.rules.typed(self.reading.picked(connection, numbers))
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
            *_otherwise_counted(self.rules.checks, counts, first),
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
        """Scan and pandera: record rules over every typed record, file rules over what would come in.

        Raises:
            OutsideError: Disk or memory failed under them: that says nothing about the file.
        """
        from contracts.engines import door as pandera_door
        from contracts.engines.guard import guarded_connection

        place, engine = self.place, self.place.engine
        engine.tell("judging")
        files = [place.accepted, *([place.suspects] if suspects else [])]
        spill = place.folder / "spill"
        with guarded_connection(files, engine.threads, engine.share(JUDGING), spill) as connection:
            split = [(parquet(files), self.rules.checks), (parquet(files[:1]), self.file_checks)]
            calls: list[tuple[str, Sequence[Check]]] = [*split] if suspects else [(parquet(files), self.checks)]
            scanned = [scan.judge(connection, relation, checks) for relation, checks in calls if checks]
            judged = [pandera_door.judge(connection, relation, checks) for relation, checks in calls if checks]
        for result in (r for verdict in (*scanned, *judged) for r in verdict.results if r.result is Result.ERROR):
            if short := ran_short(result.detail, place.folder):
                raise short
        return _joined(scanned, "scan"), _joined(judged, "pandera")

    def _file_refusal(self, verdict: Verdict) -> Refusal | None:
        refused = [
            (check, result)
            for check in self.checks
            if (result := verdict.of(check.id)) is not None and _refuses(check, result, check in self.rules.checks)
        ]
        if not refused:
            return None
        for check, _ in refused:
            if check.kind is Kind.UNIQUE:
                self.quarantine.explain_duplicates(check)
                break
        several = len(refused) > 1
        told = [f"{f'{check.id}: ' if several else ''}{_said(result)}" for check, result in refused[:5]]
        return Refusal(
            f"the file breaks {len(refused)} of its rules"
            if several
            else f"the file breaks a rule: {refused[0][0].text.default.rstrip('.')}",
            where=", ".join(check.id for check, _ in refused[:5]),
            found="; ".join(told),
            expected="every rule of the file kept" if several else "the rule kept",
            hint=f"cauce quarantine show {self.contract.name}; the last accepted delivery stays in use.",
        )

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

    # Telling --------------------------------------------------------------------------------

    def _told(self, counts: Mapping[str, int], verdict: Verdict | None, well_formed: int) -> list[dict[str, object]]:
        """Every check with its result: form, types, then the contract's own."""
        rules = []
        for reason, numbers in sorted(self.reading.malformed.items()):
            rules.append(self._rule(reason, self.reading.received, len(numbers)))
        own = {check.id for check in self.checks}
        rules.extend(
            self._rule(flag.id, well_formed, counts[flag.id]) for flag in self.rules.flags if flag.id not in own
        )
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
        return f"measured {result.value:,g} over {result.examined:,} records"
    return f"{result.failed:,} of {result.examined:,} records break it"
