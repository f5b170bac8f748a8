# one row per measure, version of its definition and index: the gap between the most and the least needy fifth
"""Belongs here: the one thing SQL cannot do, fitting the model. No record passes through Python: cells are counts."""

from __future__ import annotations

from typing import Any


def model(dbt: Any, session: Any) -> Any:  # noqa: ARG001 - dbt's own signature
    """The gaps, raw and adjusted, as an Arrow table."""
    from transforms.statistics.gap_table import fitted_gaps

    dbt.config(materialized="table")
    return fitted_gaps(dbt.ref("int_measure_gaps__counted"))
