"""Identifiers told from codes that only look alike, by what chance would give.

Belongs here: the decision on one kind in one column, from counts alone. Does not belong here: counting (``search``).

A check digit is kept by one in ten of any numbers. So a column of request numbers of nine digits holds Social
Insurance Numbers by that rule, and holds none. Two questions are asked:

- of values **in a form of their own** (123.456.789-09): how many stand in that form, and how many keep the rule. Few in
  that form are believed; where there are many and no more of them keep the rule than chance gives, they are codes;
- of **bare digits**: a column holds identifiers only where far more of its values keep the rule than chance gives.

One true identifier among thousands of codes of the very same form cannot be told from them by anybody, and is not.
"""

from __future__ import annotations

import math
from typing import Final

UNLIKELY: Final = 1e-3
"""How rarely chance may give so many in a form of their own before they count as identifiers."""
VERY_UNLIKELY: Final = 1e-6
"""The same of bare digits: some twenty columns are asked about a dozen kinds each, release after release."""
LEAST_SHARE: Final = 0.5
"""The share of a column's values that must keep the rule, however many there are."""
LEAST_BARE: Final = 3
"""Fewer values than these tell nothing."""
NAMED_SHARE: Final = 0.5
"""The share where the column's own name says what it holds."""


def tail(kept: int, alike: int, chance: float) -> float:
    """The probability that of ``alike`` values at least ``kept`` keep a rule by chance (binomial)."""
    if kept <= 0:
        return 1.0
    if chance >= 1.0:
        return 1.0
    if kept > alike:
        return 0.0
    log_p, log_q = math.log(chance), math.log1p(-chance)
    logs = [
        math.lgamma(alike + 1) - math.lgamma(n + 1) - math.lgamma(alike - n + 1) + n * log_p + (alike - n) * log_q
        for n in range(kept, alike + 1)
    ]
    highest = max(logs)
    return min(1.0, math.exp(highest) * math.fsum(math.exp(v - highest) for v in logs))


def are_marked(kept: int, alike: int, chance: float, doubt: int) -> bool:
    """Whether values in a form of their own are identifiers.

    Args:
        kept: Different values in that form that keep the rule.
        alike: Different values in that form.
        chance: The share of any values in that form that keep the rule; 1 where the form alone decides.
        doubt: From how many values in that form on chance may explain those that keep the rule.
    """
    if kept == 0:
        return False
    return alike < doubt or kept == alike or tail(kept, alike, chance) <= UNLIKELY


def are_bare(kept: int, alike: int, chance: float) -> bool:
    """Whether bare digits are identifiers: far more of them keep the rule than chance gives."""
    if kept < LEAST_BARE or kept < alike * max(LEAST_SHARE, 3 * chance):
        return False
    return tail(kept, alike, chance) <= VERY_UNLIKELY


def are_named(kept: int, alike: int) -> bool:
    """Whether the values of a column whose name says so are identifiers."""
    return kept > 0 and kept >= alike * NAMED_SHARE
