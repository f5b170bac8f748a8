"""What a rule said: results, verdicts and what may be called green.

Belongs here: the vocabulary that every engine answers in. Does not belong here: any engine.
"Could not run" is not "did not hold", and neither is ever green.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    """The nine things a rule can say, from best to worst within its kind."""

    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    WAIVED = "waived"
    WARNED = "warned"
    VACUOUS = "vacuous"
    NOT_RUN = "not run"
    ERROR = "error"
    FAILED = "failed"


GREEN = frozenset({Result.PASSED, Result.NOT_APPLICABLE, Result.WAIVED, Result.WARNED})
"""Results that let a release go out. Vacuous, not run, error and failed never do."""


@dataclass(frozen=True)
class RuleResult:
    """One rule's result on one table by one engine.

    Attributes:
        check_id: The check's stable id.
        result: See ``Result``.
        examined: Records looked at.
        failed: Records that break the rule (for a duplicate rule: records whose key is repeated;
            for a row-count or sql rule: 0 or 1 where the number of records has no meaning).
        nulls: Records in which the rule's column is null, where the rule has one column.
        value: The measured value that was compared with the threshold, if the rule has one.
        samples: Up to twenty failing keys or values, only ever shown to tiers that may see them.
        detail: A sentence for a person: an error's text, or what was compared.
        query: The SQL or expectation as run.
        sampled: The columns whose values ``samples`` holds.
    """

    check_id: str
    result: Result
    examined: int = 0
    failed: int = 0
    nulls: int | None = None
    value: float | None = None
    samples: tuple[Any, ...] = ()
    detail: str = ""
    query: str = ""
    sampled: tuple[str, ...] = ()

    @property
    def green(self) -> bool:
        """Whether this result lets a release go out."""
        return self.result in GREEN


@dataclass(frozen=True)
class Verdict:
    """All results of one engine on one table."""

    engine: str
    rows: int
    results: tuple[RuleResult, ...]
    seconds: float = 0.0

    @property
    def spoken(self) -> str:
        """The engine's name as people say it."""
        return {"scan": "the scan", "great_expectations": "Great Expectations"}.get(self.engine, self.engine)

    def of(self, check_id: str) -> RuleResult | None:
        """The result of ``check_id``, or None if this engine never saw the check."""
        return next((r for r in self.results if r.check_id == check_id), None)

    @property
    def red(self) -> tuple[RuleResult, ...]:
        """The results that hold a release."""
        return tuple(r for r in self.results if not r.green)


def disagreements(first: Verdict, second: Verdict, check_ids: Iterable[str]) -> list[str]:
    """Where two engines differ in verdict or failed count, one sentence each.

    A check that either engine did not answer is a disagreement too.
    """
    found: list[str] = []
    for check_id in check_ids:
        a, b = first.of(check_id), second.of(check_id)
        if a is None or b is None:
            silent = first.spoken if a is None else second.spoken
            found.append(f"{check_id}: {silent} gave no result")
        elif a.result is not b.result or a.failed != b.failed:
            found.append(
                f"{check_id}: {first.spoken} says {a.result} ({a.failed:,} failed), "
                f"{second.spoken} says {b.result} ({b.failed:,} failed)"
            )
    return found
