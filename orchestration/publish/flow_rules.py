"""The gate's rule on flows: no column shows what its class does not allow, by the SQL that really made it.

Belongs here: what the analysis of flows found of a product and of all it is made from, as a rule of the gate. Does not
belong here: the analysis (``contracts.flow``), reading the SQL (``orchestration.flows``), other proofs of the tiers.
"""

from __future__ import annotations

from contracts import tiers
from contracts.results import Result
from orchestration.publish.gate_facts import Facts, Finding, counted
from orchestration.publish.render import class_of

_TOLD = 5
"""Findings told in one sentence; ``cauce tier explain`` has them all."""


def flows_kept(facts: Facts, tier: str | None) -> Finding:
    """What columns are made from, by values and conditions, is followed whole, and no class falls without a step.

    A lower tier is told how many of its own columns are touched; what they are made from may stand above it.
    """
    flow = facts.job.flow
    if flow is None:
        return Finding(Result.NOT_RUN, "what the columns are made from was not followed")
    relation = facts.job.relation.rsplit(".", 1)[-1]
    shown = [c for c in facts.contract.columns if c.name in facts.mart_columns]
    if flow.graph.relation(relation) is None:
        return Finding(Result.ERROR, "no model made the table", len(shown), len(shown))
    found = flow.findings(relation)
    altered = facts.altered_steps
    if tier is None:
        said = [f"a registered step is {one.found} in the warehouse: {one.name}" for one in altered]
        said += [one.what for one in found]
        more = len(said) - _TOLD
        return counted(len(said), len(shown), "; ".join(said[:_TOLD]) + (f"; and {more} more" if more > 0 else ""))
    mine = [c.name for c in shown if tiers.visible(class_of(c), tier)]
    above = [name for name in mine if not tiers.visible(flow.classes.computed_class(relation, name), tier)]
    if above:
        return counted(len(above), len(mine), f"{len(above)} of {len(mine)} columns show what this tier may not see")
    unclear = len(altered) + len(found)
    return counted(
        min(unclear, len(mine) or 1), len(mine), "what the columns are made from could not be followed whole"
    )
