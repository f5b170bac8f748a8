"""Judging the classes of columns: what must not be, and what need not be.

Belongs here: computed against declared classes, refusals, wrongly used steps, claims of contracts that nothing bears
out, steps that lower nothing. Does not belong here: holding a release for it (``orchestration.publish``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from contracts.flow.computed import Computed, Declared, DeclaredColumn, compute
from contracts.flow.model import MARK, Edge, FlowGraph, FlowRelation, Leaf, StepFunction, fold
from contracts.flow.narrowing import narrowed
from contracts.flow.paths import Path, paths
from contracts.tiers import rank

__all__ = ["Classes", "Declared", "DeclaredColumn", "Finding", "FindingKind", "classify"]


class FindingKind(StrEnum):
    """What is found. All but the last hold what depends on it."""

    ABOVE = "above what is declared"
    REFUSED = "refused"
    MISUSED = "step wrongly used"
    ABSENT = "declared, not there"
    UNFOUNDED = "claim without a step"
    NARROWED = "one column in several forms"
    IDLE = "step that lowers nothing"


@dataclass(frozen=True)
class Finding:
    """One thing found.

    Attributes:
        kind: What it is.
        relation: The model.
        column: The column; empty where it is about the model.
        what: A sentence for whoever works on the model; it may name columns of any class.
        computed: The class by the graph.
        declared: The class the contract declares.
        path: For ABOVE, the shortest way by which the computed class arrives.
    """

    kind: FindingKind
    relation: str
    column: str
    what: str
    computed: str | None = None
    declared: str | None = None
    path: Path | None = None

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True)
class Classes(Computed):
    """The classes with what is found of them. ``findings`` hold, ``notes`` are told."""

    findings: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()

    def findings_of(self, relation: str) -> tuple[Finding, ...]:
        """What is found of one model."""
        return tuple(finding for finding in self.findings if fold(finding.relation) == fold(relation))


def classify(
    graph: FlowGraph,
    leaves: Mapping[str, Leaf],
    steps: Mapping[str, StepFunction],
    declared: Mapping[str, Declared] | None = None,
) -> Classes:
    """The class of every column, and what is found.

    Args:
        graph: What flows where.
        leaves: The relations where it begins, by name.
        steps: The registered step functions, by name.
        declared: What contracts say of models, by name.
    """
    computed = compute(graph, leaves, steps, declared)
    notes: list[Finding] = []
    findings = [Finding(FindingKind.REFUSED, refusal.model, "", str(refusal)) for refusal in graph.refusals]
    findings += [Finding(FindingKind.MISUSED, misuse.model, "", str(misuse)) for misuse in graph.misuses]
    several = narrowed(computed)
    for relation in graph.relations.values():
        for one in several.get(fold(relation.name), ()):
            findings.append(Finding(FindingKind.NARROWED, relation.name, "", str(one)))
        if (contract := computed.declared.get(fold(relation.name))) is not None:
            findings += _against(computed, relation, contract)
        notes += _idle(computed, relation)
    return Classes(
        computed.graph,
        computed.leaves,
        computed.steps,
        computed.declared,
        computed.inner,
        tuple(findings),
        tuple(notes),
    )


def _against(computed: Computed, relation: FlowRelation, contract: Declared) -> Iterator[Finding]:
    """What a model's contract says against what flows into it; of a refused model the refusal says enough."""
    for name, column in contract.columns.items():
        declared = column.classification
        if relation.column(name) is None:
            what = f"{relation.name} has no column {name}, which its contract declares"
            yield Finding(FindingKind.ABSENT, relation.name, name, what, declared=declared)
            continue
        found = computed.computed_class(relation.name, name)
        if rank(found) > rank(declared) and not relation.is_refused:
            path = next((p for p in paths(computed, relation.name, name) if p.arrives_with == found), None)
            what = f"{relation.name}.{name} is declared {declared}; what it is made from is {found}"
            what += f": {path}" if path is not None else ""
            yield Finding(FindingKind.ABOVE, relation.name, name, what, found, declared, path)
        if column.step is not None and not relation.is_refused and not _bears(computed, relation, name, column.step):
            what = f"{relation.name}.{name} is said to be made by {column.step}; no way to its sources goes through it"
            yield Finding(FindingKind.UNFOUNDED, relation.name, name, what, found, declared)


def _bears(computed: Computed, relation: FlowRelation, column: str, step: str) -> bool:
    """Whether a step lies on some way from a column upwards."""
    waiting = [(relation.name, column)]
    seen = {(fold(relation.name), fold(column))}
    while waiting:
        at, name = waiting.pop()
        found = computed.graph.relation(at)
        for edge in found.edges_of(name) if found is not None else ():
            functions = (computed.steps.get(fold(one)) for one in edge.steps)
            if any(function is not None and function.step == step for function in functions):
                return True
            key = (fold(edge.relation), fold(edge.column))
            if key not in seen:
                seen.add(key)
                waiting.append((edge.relation, edge.column))
    return False


def _idle(computed: Computed, relation: FlowRelation) -> Iterator[Finding]:
    """Step functions in a model that lower no class of any edge."""
    used: dict[str, bool] = {}
    edges: set[Edge] = {*relation.presence, *relation.order}
    edges |= {edge for column in relation.columns.values() for edge in column.edges}
    for edge in edges:
        before = computed.class_of(edge.relation, edge.column)
        for name in edge.steps:
            if name.startswith(MARK):
                continue
            after = computed.after(before, (name,))
            used[name] = used.get(name, False) or after != before
            before = after
    for name, lowers in sorted(used.items()):
        if not lowers:
            what = f"{relation.name} uses {name}, which lowers nothing there"
            yield Finding(FindingKind.IDLE, relation.name, "", what)
