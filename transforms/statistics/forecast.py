"""The months to come, from the months before them.

Belongs here: what is expected of them, and how far they may differ from it. Does not belong here: the year they are
part of (``projection``). Everything is a closed form: the same months give the same figures.

How the months to come are foretold. They are taken to be like the last twelve: their mean stands for the level. Where
the twelve before those (and up to ``MOST_YEARS`` such blocks) are known without a hole, each month of the year also
has its season: the mean, over the blocks, of its distance from the block's mean. That is least squares for "block +
month of the year". With one block only, there is no season to be told from chance: the season then widens the
interval.

How sure that is. The year's error is a sum w of the months' deviations: 1 for each month to come, and for each known
month minus its weight in what was foretold. Deviations of neighbouring months may resemble each other, with the
correlation r^k at k months' distance; r is the value from 0 to ``MOST_ALIKE`` (``MOST_ALIKE_ALONE``) whose expected
lag-one ratio of the fit's residuals comes closest to the one measured. With G those correlations and M what the fit
leaves over, the variance of a month is the residuals' sum of squares divided by the trace of M G, the error's variance
that times w G w, and the interval reaches by Student's t with the fit's degrees of freedom. Without resemblance
(r = 0), n months to come and B blocks, that is the variance times n + n^2 / 12 + n (12 - n) / (12 B), the textbook
prediction interval.

With two blocks or more the level may also have wandered from year to year beyond that. D, the mean square of the
steps between neighbouring blocks' means less what the months' own variance explains (0 at least), is two thirds of the
variance s of a random walk over a year; the walk adds n^2 s (1 + n / 12) / 3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

YEAR = 12
MOST_YEARS = 4
"""Blocks of twelve months that the season comes from, at most: older ones tell of another city."""

MOST_ALIKE = 0.9
"""The greatest resemblance of neighbouring months looked for."""

MOST_ALIKE_ALONE = 0.5
"""The same with one block only, in which a season looks like resemblance and would stretch the interval threefold."""

STEPS_ALIKE = 18


def window(known: dict[int, tuple[float, float]], newest: int) -> tuple[list[int], bool]:
    """The months that the forecast comes from, the oldest first, and whether they show the season."""
    blocks = 0
    while blocks < MOST_YEARS and all(newest - blocks * YEAR - k in known for k in range(YEAR)):
        blocks += 1
    if blocks >= 2:
        return list(range(newest - blocks * YEAR + 1, newest + 1)), True
    return sorted(known)[-YEAR:], False


class Fit:
    """Least squares for "block + month of the year" on the months used.

    Attributes:
        freedom: Degrees of freedom of the residuals.
        reach: Standard errors that a 95 % interval reaches to each side.
    """

    def __init__(self, used: list[int], known: dict[int, tuple[float, float]], has_season: bool) -> None:
        import numpy as np
        from scipy.special import stdtrit

        self._used = np.array(used)
        self._series = np.array([known[n] for n in used])
        blocks = len(used) // YEAR
        self._has_season = has_season
        same_block = np.equal.outer(np.arange(len(used)) // YEAR, np.arange(len(used)) // YEAR)
        hat = same_block / YEAR
        if has_season:
            same_month = np.equal.outer(self._used % YEAR, self._used % YEAR)
            hat = hat + same_month / blocks - 1 / len(used)
        self._left_over = np.eye(len(used)) - hat
        self.freedom = (blocks - 1) * (YEAR - 1) if has_season else YEAR - 1
        self.reach = float(stdtrit(self.freedom, 0.975))

    def foretell(self, ahead: list[int], column: int) -> list[float]:
        """The expected numerator (column 0) or denominator (1) of the months ahead."""
        return [float(v) for v in self._weights(ahead) @ self._series[:, column]]

    def error(self, ahead: list[int], ratio: float) -> float:
        """Standard error of the sum of numerator - ratio x denominator over the months ahead."""
        import numpy as np

        if not ahead:
            return 0.0
        deviations = self._series[:, 0] - ratio * self._series[:, 1]
        residuals = self._left_over @ deviations
        squares = float(residuals @ residuals)
        alike = self._alike(residuals, squares)
        places = np.concatenate([self._used, np.array(ahead)])
        weights = np.concatenate([-self._weights(ahead).sum(axis=0), np.ones(len(ahead))])
        correlations = _correlations(places, alike)
        known = correlations[: len(self._used), : len(self._used)]
        variance = squares / float(np.sum(self._left_over * known))
        total = variance * float(weights @ correlations @ weights)
        return math.sqrt(max(total + self._wander(deviations, variance * known, len(ahead)), 0.0))

    def _wander(self, deviations: NDArray[np.float64], noise: NDArray[np.float64], ahead: int) -> float:
        """What the wandering of the level from year to year adds to the variance of the sum over the months ahead."""
        import numpy as np

        blocks = len(deviations) // YEAR
        if not self._has_season:
            return 0.0
        steps = np.diff(np.kron(np.eye(blocks), np.full(YEAR, 1 / YEAR)), axis=0)
        measured = float(np.mean((steps @ deviations) ** 2))
        expected = float(np.trace(steps @ noise @ steps.T)) / (blocks - 1)
        in_a_year = 1.5 * max(0.0, measured - expected)
        return in_a_year * ahead**2 * (1 + ahead / YEAR) / 3

    def _weights(self, ahead: list[int]) -> NDArray[np.float64]:
        """How much each known month (across) weighs in each month ahead (down)."""
        import numpy as np

        size = len(self._used)
        last = np.where(np.arange(size) >= size - YEAR, 1 / YEAR, 0.0)
        if not self._has_season:
            return np.tile(last, (len(ahead), 1))
        season = np.equal.outer(np.array(ahead) % YEAR, self._used % YEAR) / (size // YEAR) - 1 / size
        return np.asarray(last + season)

    def _alike(self, residuals: NDArray[np.float64], squares: float) -> float:
        """How much a month's deviation resembles the one before."""
        import numpy as np

        next_to = np.equal(np.abs(np.subtract.outer(self._used, self._used)), 1) / 2
        measured = float(residuals @ next_to @ residuals) / squares if squares > 0 else 0.0
        best, closest = 0.0, math.inf
        for step in range(STEPS_ALIKE + 1):
            alike = (MOST_ALIKE if self._has_season else MOST_ALIKE_ALONE) * step / STEPS_ALIKE
            spread = self._left_over @ _correlations(self._used, alike) @ self._left_over
            distance = abs(float(np.sum(spread * next_to)) / float(np.trace(spread)) - measured)
            if distance < closest:
                best, closest = alike, distance
        return best


def _correlations(places: NDArray[np.int_], alike: float) -> NDArray[np.float64]:
    import numpy as np

    return np.asarray(np.power(alike, np.abs(np.subtract.outer(places, places)), dtype=np.float64))
