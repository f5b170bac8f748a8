"""What the gate's own rules look at, and the form of what they find.

Belongs here: the facts of one attempt gathered in one place, and the row a rule answers in. Does not belong
here: the rules (``file_rules``, ``release_rules``), gathering the facts (``gate``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from contracts.model import Contract
from contracts.release import Manifest, Release
from contracts.results import Result
from orchestration.publish.job import PublishJob
from orchestration.publish.judging import Judged
from orchestration.publish.reconcile import Totals
from orchestration.step_functions import AlteredFunction

if TYPE_CHECKING:
    from orchestration.publish.contract_change import ContractChange
    from orchestration.publish.definitions import Redefined
    from orchestration.publish.differencing import Compared


@dataclass(frozen=True)
class Facts:
    """What the rules look at.

    Attributes:
        job: The job.
        mart_columns: Columns of the mart, with types.
        judged: One per rendition, from the highest tier to the lowest.
        previous: The release served now, by tier.
        change: The contract against the one last published under; None for a first release.
        totals: The control totals.
        broken: Why a rendition could not be written; empty where all were.
        last: What was published last, in the highest tier it was served in; None for a first release.
        judged_by: Digest of the rules and of what judged them.
        altered_steps: Registered steps' functions that do not stand in the warehouse as they are registered.
        compared: What else published gives hidden counts away; None where it was not looked at.
        redefined: What became of the definitions of measures; None where the files hold none.
    """

    job: PublishJob
    mart_columns: Mapping[str, str]
    judged: tuple[Judged, ...]
    previous: Mapping[str, Release]
    change: ContractChange | None
    totals: Totals
    broken: str = ""
    last: Manifest | None = None
    judged_by: str = ""
    altered_steps: tuple[AlteredFunction, ...] = ()
    compared: Compared | None = None
    redefined: Redefined | None = None

    @property
    def contract(self) -> Contract:
        """The product's contract."""
        return self.job.contract

    @property
    def top(self) -> Judged:
        """The highest tier's files."""
        return self.judged[0]

    def at(self, tier: str | None) -> tuple[Judged, ...]:
        """The files that a reader of ``tier`` is told about: their own; all of them for None."""
        return self.judged if tier is None else tuple(j for j in self.judged if j.tier == tier)

    def one(self, tier: str) -> Judged:
        """The files of ``tier``."""
        return next(j for j in self.judged if j.tier == tier)


@dataclass(frozen=True)
class Finding:
    """What one rule found; ``unit`` is that of ``value`` and ``bounds``, a share being a part of one.

    ``examined`` counts what the rule looks at, which ``GateRule.counts`` names. ``unwaivable``: some of it is more than
    any waiver of the rule speaks of. ``parts`` are the numbers in ``detail``, for whoever says it in another language.
    """

    result: Result
    detail: str = ""
    examined: int = 0
    failed: int = 0
    value: float | None = None
    bounds: tuple[float, float] | None = None
    unit: Literal["share", "days"] = "share"
    unwaivable: bool = False
    parts: Mapping[str, int] = field(default_factory=dict)


NOTHING_TO_ASK = "there is nothing in it that the rule could look at"
"""Said of a rule that was not asked because what it looks at is not there."""


def passed(detail: str = "", examined: int = 0) -> Finding:
    """A rule that holds."""
    return Finding(Result.PASSED, detail, examined)


def counted(bad: int, examined: int, detail: str) -> Finding:
    """A rule that holds where nothing is bad; ``detail`` is said only where something is.

    What had nothing to look at did not hold: it was not asked.
    """
    if not bad and not examined:
        return Finding(Result.NOT_APPLICABLE, NOTHING_TO_ASK)
    return Finding(Result.FAILED, detail, examined, bad) if bad else Finding(Result.PASSED, "", examined)
