# one row per number of cases that a rate is made of: Garwood's exact 95 % Poisson interval of that number
"""Belongs here: the one thing DuckDB has no function for, the inverse of the gamma distribution.

The interval of a rate is this interval divided by the residents, so it is worked out once per distinct
count and joined in SQL.
"""

from __future__ import annotations

from typing import Any


def model(dbt: Any, session: Any) -> Any:  # noqa: ARG001 - dbt's own signature
    """The distinct counts with the two ends of their interval, as an Arrow table."""
    from transforms.statistics.intervals import bounded_counts

    dbt.config(materialized="table")
    return bounded_counts(dbt.ref("int_measures__rated"), "events")
