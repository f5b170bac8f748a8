"""The gate's rule on the dynamic proof: what a tier is given stays the same when only what is above it changes.

Belongs here: what the proof's verdict means for a product's release, what a tier is told of it, and a decision by which
it is not asked. Does not belong here: the proof (``orchestration.proof``), following SQL (``flow_rules``).

It is put off for a product by a waiver of this rule (owner, reason, end), and by nothing else: what the proof found is
never waived, and past its end the proof is asked again. What is put off is told in every report.
"""

from __future__ import annotations

from collections.abc import Sequence

from contracts.city import Ruling
from contracts.results import Result
from orchestration.proof.outcome import TierProof
from orchestration.publish.gate_facts import Facts, Finding

RULE = "non_interference"

_TOLD = 5
"""Columns named in one sentence."""
_TIER_SAYS = {
    "differs": "{bad} of {all} columns change with what this tier may not see",
    "unsteady": "{bad} of {all} columns do not come out the same twice from the same records",
    "error": "it could not be tried",
}


def unaffected(facts: Facts, tier: str | None) -> Finding:
    """Nothing that a tier is given changes with what stands above it, except through registered steps.

    A lower tier is told how many of its own columns are touched, and how many of the sources' a step was left to.
    """
    if (given := put_off(facts)) is not None:
        return Finding(Result.WAIVED, _put_off(given, whole=tier is None))
    proof = facts.job.proof
    if proof is None:
        return Finding(Result.NOT_RUN, "the models were not built again with other contents")
    found = proof.products.get(facts.job.product)
    if found is None:
        return Finding(Result.ERROR, "no model of the table could be built again")
    mine = [one for one in found if tier in (None, one.tier)]
    if not mine:
        return Finding(Result.NOT_APPLICABLE, "nothing that it is made of stands above those who read it")
    columns, bad = sum(one.columns for one in mine), [one for one in mine if one.state != "same"]
    if bad:
        result = Result.ERROR if all(one.state == "error" for one in bad) else Result.FAILED
        failed = sum(len(one.differing) or one.columns for one in bad)
        said = [_whole(one) if tier is None else _to_tier(one) for one in bad]
        return Finding(result, "; ".join(said), columns, failed)
    said = [_proved(one) if tier is None else _counted(one) for one in mine]
    tried = all(one.worlds or one.free_worlds for one in mine)
    result = Result.PASSED if tried else Result.WARNED
    return Finding(result, "; ".join(said), columns, parts=_parts(mine[0]) if len(mine) == 1 else {})


def put_off(facts: Facts) -> Ruling | None:
    """The decision in force by which the proof is not asked of this product."""
    from orchestration.publish.quality import waiver

    return waiver(facts.job.rulings, facts.job.product, RULE, facts.job.checked_at.date())


def _put_off(given: Ruling, *, whole: bool) -> str:
    until = given.until.isoformat() if given.until else ""
    if whole:
        return f"not asked until {until}, by {given.by}: {given.reason}"
    return f"not asked until {until}, by a named person's decision"


def _whole(one: TierProof) -> str:
    """What is wrong, for operators: columns by name, never a value."""
    match one.state:
        case "differs" if one.guilty:
            return f"{one.tier}: {_listed(one.differing)} changes with {_listed(one.guilty)} alone"
        case "differs":
            return f"{one.tier}: {_listed(one.differing)} changes with several columns above it together"
        case "unsteady":
            return f"{one.tier}: {_listed(one.differing)} does not come out the same twice from the same records"
        case _:
            return f"{one.tier}: {one.said}"


def _to_tier(one: TierProof) -> str:
    return _TIER_SAYS[one.state].format(bad=len(one.differing), all=one.columns)


def _parts(one: TierProof) -> dict[str, int]:
    """The numbers of ``_counted``."""
    free = {"free_columns": one.free_columns, "free_worlds": one.free_worlds} if one.free_worlds else {}
    return {"columns": one.columns, "worlds": one.worlds, **free, "left": len(one.left)}


def _counted(one: TierProof) -> str:
    """What was tried, for a tier: numbers alone."""
    said = f"{one.columns} columns under {one.worlds} other contents of what this tier may not see"
    if one.free_worlds:
        said += f", {one.free_columns} of them under {one.free_worlds} more that no step bounds"
    return said + (f"; {len(one.left)} columns of sources were left to a step" if one.left else "")


def _proved(one: TierProof) -> str:
    """What was tried, for operators: what was not changed by name."""
    said = f"{one.tier}: {_counted(one)}; {len(one.varied)} columns of sources changed"
    said += f", {len(one.bound)} within what a step does not tell apart" if one.bound else ""
    said += f"; left to a step: {', '.join(one.left)}" if one.left else ""
    return said + (f"; {one.unbuilt} could not be built" if one.unbuilt else "")


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _TOLD
    return ", ".join(names[:_TOLD]) + (f" and {more} more" if more > 0 else "")
