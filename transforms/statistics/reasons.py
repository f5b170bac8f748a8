"""Why a figure was not computed.

Belongs here: the reasons, as words a page can translate. Does not belong here: sentences, the rules themselves
(each stands with its figure).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Every reason that a function of this package gives."""

    TOO_FEW_MONTHS = "fewer than twelve known months"
    NO_MONTH_BEFORE = "the same month of last year is not known"
    MONTHS_MISSING = "months are missing"
    TWO_SEASONS = "fewer than two full seasons"
    TOO_FEW_CASES = "too few cases"
    ONE_GROUP = "only one group has cases"
    NO_OVERLAP = "the groups have nothing in common to compare"
    SEPARATION = "a kind of case always or never has the outcome"
    NO_VARIATION = "every area stands at the same place in the order of need"


@dataclass(frozen=True)
class NotComputed:
    """Stands in the place of a figure.

    Attributes:
        reason: Why there is none.
    """

    reason: Reason
