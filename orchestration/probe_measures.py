"""Measures for the unit tests of the shared models, which stand on no city.

Belongs here: one definition of each kind, so that the models that work out measures read each product in one way or
another. Does not belong here: the tests (``transforms/unit_tests``), running them (``shaping``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from contracts.measure import Formula

MONTHLY = "service_requests_monthly"
COUNTS = "service_request_counts"
RECORDS = "service_requests"
POTHOLE = {"category": ("Pothole",)}


def probe_measures() -> list[dict[str, Any]]:
    """What the project is told of them, as ``Measure.to_dicts`` gives it; ``on_time`` has an earlier version."""
    median = Formula("days", RECORDS, POTHOLE, begin="opened_date", end="closed_date", quantile=0.5)
    median = replace(median, finished={"status": ("closed",)})
    formulas = {
        ("on_time", "2.0.0"): Formula("share", MONTHLY, POTHOLE, "due_on_time", "due", 100.0),
        ("on_time", "1.0.0"): Formula("share", MONTHLY, POTHOLE, "closed_on_time", "closed_with_due", 100.0),
        ("opened", "1.0.0"): Formula("rate", MONTHLY, POTHOLE, "opened", "population", 1000.0),
        ("clearance", "1.0.0"): Formula("ratio", MONTHLY, {}, "closed", "opened", 100.0),
        ("asked", "1.0.0"): Formula("count", COUNTS, {"category": ("Pothole", "Noise")}, "requests"),
        ("days", "1.0.0"): median,
        ("days_nine_in_ten", "1.0.0"): replace(median, quantile=0.9),
    }
    groups = {"opened": ["department"], "days": ["channel"], "days_nine_in_ten": ["channel"]}
    return [
        {"id": measure, "version": version, "digest": formula.digest, **formula.to_dict()}
        | {"groups": groups.get(measure, [])}
        for (measure, version), formula in formulas.items()
    ]
