"""The gate's rules on a release as a step in a history: its contract, its numbers, its age, its code.

Belongs here: one function per rule, ``(facts, tier) -> Finding``; see ``gate_rules`` for what a tier may be
told. Does not belong here: rules on the files themselves (``file_rules``).

Freshness is judged by event time against the run's as-of instant, so that it is the same whenever it is
judged. Late data is a warning unless the contract says ``lateness: error``. Whether a served release has
become late since is for ``cauce status`` and the pages, from the time of looking.
"""

from __future__ import annotations

from datetime import timedelta

from contracts.model import Contract, Severity
from contracts.results import Result
from contracts.service_levels import age, dating_of, interval, parse_time
from contracts.tightening import DEFAULT_ROW_COUNT_CHANGE
from orchestration.publish import reconcile
from orchestration.publish.gate_facts import Facts, Finding, passed
from orchestration.publish.lineage_view import inputs_for


def contract_change(facts: Facts, tier: str | None) -> Finding:
    """A change of the contract that breaks its readers was approved by another person, and is told by its version."""
    change = facts.change
    if change is None:
        return Finding(Result.NOT_APPLICABLE, "first release: there is no earlier contract")
    seen = change.seen_by(tier)
    if change.problem:
        if tier is not None:
            return Finding(Result.FAILED, "the contract changed in a way that needs approval or a new version", 1, 1)
        return Finding(Result.FAILED, change.problem, len(change.changes), max(1, len(change.breaking)))
    approved = f"; approved by {change.approved_by}" if change.approved_by and tier is None else ""
    if not seen:
        return Finding(Result.NOT_APPLICABLE, "nothing in the contract changed since the release before")
    return passed("; ".join(c.sentence for c in seen) + approved, len(seen))


def row_count_change(facts: Facts, tier: str | None) -> Finding:
    """The number of records changed no more than the contract allows since the last release."""
    del tier  # the number of records is the same in every rendition
    top = facts.top
    if facts.last is None:
        return Finding(Result.NOT_APPLICABLE, "first release: there is no earlier number of records")
    before, rows = facts.last.rows, top.rendition.rows
    if before == 0:
        return Finding(Result.NOT_APPLICABLE, "the last release has no records", rows)
    relative = (rows - before) / before
    declared = facts.contract.row_count_change
    low, high = declared or DEFAULT_ROW_COUNT_CHANGE
    inside = low <= relative <= high if declared else low < relative < high
    said = f"{before} records became {rows} ({relative:+.1%}); allowed {low:+.0%} to {high:+.0%}"
    return Finding(
        Result.PASSED if inside else Result.FAILED, said, rows, 0 if inside else 1, round(relative, 6), (low, high)
    )


def reconciliation(facts: Facts, tier: str | None) -> Finding:
    """Received = accepted + quarantined + rejected, and no record vanished on the way to the product."""
    job = facts.job
    problems: list[str] = []
    unknown: list[str] = []
    for given in job.inputs:
        verdict = reconcile.balanced(given)
        if verdict is None:
            unknown.append(f"{given.name}: not all of received, accepted, quarantined and rejected are known")
        elif not verdict:
            problems.append(
                f"{given.name}: received {given.received}, but accepted {given.accepted} + quarantined "
                f"{given.quarantined} + rejected {given.rejected}"
            )
    if not job.inputs:
        unknown.append("no input is named")
    if facts.totals.entity is not None:
        _follow(facts, problems, unknown)
    examined = len(job.inputs if tier is None else inputs_for(job.city, job.inputs, tier))
    said = "; ".join([*problems, *unknown])
    if tier is not None:
        said = "" if not problems and not unknown else "the numbers of records do not add up"
    if problems:
        return Finding(Result.FAILED, said, examined, len(problems))
    if unknown:
        return Finding(Result.NOT_RUN, said, examined)
    return passed(examined=examined) if examined else Finding(Result.NOT_APPLICABLE, "its sources are not told here")


def _follow(facts: Facts, problems: list[str], unknown: list[str]) -> None:
    """The records of one entity, from the accepted files to the published one."""
    totals, rows = facts.totals, facts.top.rendition.rows
    if totals.entity_rows is None or None in totals.removed.values():
        unknown.append(f"the records of {totals.entity} or of a step after it cannot be counted in the warehouse")
        return
    accepted = reconcile.total(totals.standing)
    if accepted is None:
        unknown.append(f"the accepted records behind {totals.entity} cannot be counted")
    elif accepted != totals.entity_rows:
        told = ", ".join(f"{name} {n}" for name, n in totals.standing.items())
        problems.append(f"accepted records ({told}) do not add up to {totals.entity_rows} of {totals.entity}")
    removed = sum(n or 0 for n in totals.removed.values())
    if totals.entity_rows - removed != rows:
        steps = ", ".join(f"{name} {n}" for name, n in totals.removed.items()) or "no step"
        problems.append(f"{totals.entity_rows} records of {totals.entity}, {steps} removed, but {rows} published")


def freshness(facts: Facts, tier: str | None) -> Finding:
    """The data is no older than the contract promises, at the as-of instant: from the last day that it covers."""
    contract = facts.contract
    promised = interval(contract.service_level("latency"))
    newest = facts.top.seen.data_to
    if promised is None or contract.event_time is None:
        return Finding(Result.NOT_APPLICABLE, "the contract promises no latency by event time")
    if tier is not None and contract.event_time not in facts.one(tier).rendition.names:
        return Finding(Result.NOT_APPLICABLE)
    rows = facts.top.rendition.rows
    late = Result.FAILED if lateness(contract) is Severity.ERROR else Result.WARNED
    if newest is None:
        return Finding(late, "no record has an event time up to the as-of instant", rows, 1)
    lag = age(parse_time(newest), dating_of(contract), facts.job.as_of, facts.job.city.timezone, promised)
    days, allowed = lag / timedelta(days=1), promised / timedelta(days=1)
    said = f"the newest data is {round(days, 1):g} days old, {allowed:g} promised"
    result = Result.PASSED if lag <= promised else late
    return Finding(result, said, rows, int(lag > promised), round(days, 3), (0, allowed), unit="days")


def lateness(contract: Contract) -> Severity:
    """What late data weighs: a warning, unless the contract says otherwise."""
    return Severity(contract.custom.get("lateness", Severity.WARNING.value))


def code_known(facts: Facts, tier: str | None) -> Finding:
    """In production, what is published is made by committed code."""
    del tier  # the commit is public knowledge
    commit = str(facts.job.code.get("git_commit", "unknown"))
    if facts.job.city.environment != "production":
        return Finding(Result.NOT_APPLICABLE, "asked of production only")
    if commit == "unknown" or commit.endswith("-dirty"):
        return Finding(Result.FAILED, f"the code is {'unknown' if commit == 'unknown' else 'changed'}", 1, 1)
    return passed(examined=1)
