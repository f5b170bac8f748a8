"""Rules as Dagster asset checks: names, specifications, results.

A rule that is not run, errors or is vacuous is a failed check whose metadata names the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg

from contracts.checks import Check
from contracts.model import Severity
from contracts.results import GREEN, Result

_SEVERITY = {
    Severity.ERROR: dg.AssetCheckSeverity.ERROR,
    Severity.WARNING: dg.AssetCheckSeverity.WARN,
    Severity.INFO: dg.AssetCheckSeverity.WARN,
}


def check_name(check_id: str) -> str:
    """A check id in the letters Dagster allows."""
    return re.sub(r"[^A-Za-z0-9_]+", "_", check_id).strip("_")


def specs_for(key: dg.AssetKey, checks: Iterable[Check], extra: Mapping[str, str]) -> list[dg.AssetCheckSpec]:
    """One specification per rule, and per further rule in ``extra`` (name to sentence)."""
    specs = [
        dg.AssetCheckSpec(
            check_name(check.id),
            asset=key,
            description=check.text.default,
            metadata={"dimension": check.dimension, "severity": check.severity.value, "rule": check.id},
        )
        for check in checks
    ]
    return [*specs, *(dg.AssetCheckSpec(name, asset=key, description=text) for name, text in extra.items())]


def results_for(
    key: dg.AssetKey, wanted: Iterable[str], rules: Iterable[Mapping[str, Any]]
) -> Iterator[dg.AssetCheckResult]:
    """One result per wanted check name, from rules as kept in a landing or a quality file.

    A check that no rule answers is reported as failed with the result "not run".
    """
    answers = {check_name(str(rule.get("id") or rule.get("check_id"))): rule for rule in rules}
    for name in wanted:
        rule = answers.get(name)
        result = Result(rule["result"]) if rule else Result.NOT_RUN
        severity = _SEVERITY[Severity(rule.get("severity", "error"))] if rule else dg.AssetCheckSeverity.ERROR
        metadata: dict[str, Any] = {"result": result.value}
        if rule:
            metadata |= {k: rule[k] for k in ("examined", "failed") if rule.get(k) is not None}
            if rule.get("detail"):
                metadata["detail"] = str(rule["detail"])
        green = result in GREEN and result is not Result.WARNED
        yield dg.AssetCheckResult(passed=green, asset_key=key, check_name=name, metadata=metadata, severity=severity)
