"""Intervals of one counted figure: a count or rate, a share.

Belongs here: interval formulas that need an inverse distribution function. Does not belong here:
which column they are for (the dbt models say so), two figures against each other (``comparisons``),
reading or writing, rounding for a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray


def garwood(counts: ArrayLike, level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Garwood's exact interval of the mean of a Poisson count.

    With a = (1 - level) / 2 the ends are the a-quantile of a gamma distribution with shape n and the
    (1 - a)-quantile of one with shape n + 1, both with scale 1; the low end of a count of 0 is 0.

    Args:
        counts: Numbers of events, 0 or more, in any shape.
        level: The share of repetitions whose interval holds the mean, between 0 and 1.

    Returns:
        The low and the high ends.

    Shape:
        Both have the shape of ``counts``.

    Units:
        Events, as in ``counts``. Divide by the residents for a rate.

    Source:
        F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936), 437-442.

    Raises:
        ValueError: A count is negative or not a number, or the level is not between 0 and 1.
    """
    import numpy as np
    from scipy.special import gammaincinv

    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, got {level}")
    events = np.asarray(counts, dtype=np.float64)
    if not bool(np.all(events >= 0)):
        raise ValueError("a count of events is 0 or more")
    tail = (1 - level) / 2
    shape = np.where(events > 0, events, 1.0)
    low = np.where(events > 0, gammaincinv(shape, tail), 0.0)
    high = gammaincinv(events + 1, 1 - tail)
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def wilson(successes: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Wilson's interval of a share.

    With z the normal quantile of the level, the ends are
    (x + z^2/2 -+ z sqrt(x (n - x) / n + z^2/4)) / (n + z^2); no case at all gives 0 to 1.

    Args:
        successes: Cases that count, 0 to ``n``, in any shape.
        n: All cases, 0 or more, in a shape that fits.
        level: The share of repetitions whose interval holds the share, between 0 and 1.

    Returns:
        The low and the high ends.

    Shape:
        Both have the common shape of the two.

    Units:
        Shares between 0 and 1.

    Source:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American
        Statistical Association 22 (1927), 209-212.

    Raises:
        ValueError: Successes do not lie between 0 and n, a number is missing, or the level is not between 0 and 1.
    """
    import numpy as np
    from scipy.special import ndtri

    if not 0 < level < 1:
        raise ValueError(f"the level of an interval lies between 0 and 1, got {level}")
    hits, cases = np.broadcast_arrays(np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64))
    if not bool(np.all((hits >= 0) & (hits <= cases) & np.isfinite(cases))):
        raise ValueError("successes lie between 0 and the number of cases")
    square = float(ndtri((1 + level) / 2)) ** 2
    spread = np.where(cases > 0, hits * (cases - hits) / np.where(cases > 0, cases, 1.0), 0.0)
    middle, reach = hits + square / 2, np.sqrt(square * (spread + square / 4))
    low = np.where(hits == 0, 0.0, (middle - reach) / (cases + square))
    high = np.where(hits == cases, 1.0, (middle + reach) / (cases + square))
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def bounded_counts(relation: Any, column: str) -> Any:
    """The distinct counts of a column with the two ends of their exact 95 % interval, as a model of dbt's.

    Args:
        relation: DuckDB's relation, as ``dbt.ref`` gives it.
        column: Its column of counts, each 0 or more.

    Shape:
        An Arrow table: ``column`` (int64, ascending, each once), ``low`` and ``high`` (double).
    """
    import pyarrow as pa

    counts = relation.project(column).distinct().order(column).fetchnumpy()[column]
    low, high = garwood(counts, level=0.95)
    return pa.table({column: pa.array(counts, pa.int64()), "low": pa.array(low), "high": pa.array(high)})
