"""The one translation from a contract into the engine-neutral list of checks.

Belongs here: reading types, ``required``, keys, ``logicalTypeOptions`` and quality rules, and saying
what each demands as a ``Check``; refusing, with file and line, a rule that could never fail or that
no engine could run. Does not belong here: SQL of any engine (``engines``), words (``sentences``).

A rule that repeats a constraint (``nullValues mustBe 0`` on a required column) takes the constraint's
place, so that nothing is counted twice; its own id, severity and description win.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from contracts.checks import Check, dimension_of
from contracts.constraints import column_constraints, key_constraints
from contracts.drafts import Draft
from contracts.engines import guard
from contracts.errors import InputError
from contracts.model import Contract, Place, Text
from contracts.rule_drafts import column_rules, table_rules
from contracts.sentences import sentence


def compile_checks(contract: Contract) -> tuple[Check, ...]:
    """Everything ``contract`` demands, in the contract's order: columns, then keys, then the table.

    The list is deterministic; ids are unique within the contract and do not depend on the language.

    Raises:
        InputError: A rule could never fail, has no meaning for its column's type, is of a type that
            is not supported, or is sql that does not bind or is not one plain SELECT.
    """
    drafts: list[Draft] = []
    for column in contract.columns:
        drafts += _merge(list(column_constraints(contract, column)), list(column_rules(contract, column)))
    drafts += _merge(list(key_constraints(contract)), list(table_rules(contract)))
    checks = _identified(contract, drafts)
    guard.prove_runnable(contract, checks)
    return checks


def applicable(checks: Iterable[Check], columns: Iterable[str]) -> tuple[tuple[Check, ...], tuple[Check, ...]]:
    """Split ``checks`` for a rendition that has only ``columns``.

    Returns:
        The checks whose columns are all there, and those with a column that is not.
    """
    present = set(columns)
    inside: list[Check] = []
    outside: list[Check] = []
    for check in checks:
        (inside if present.issuperset(check.columns) else outside).append(check)
    return tuple(inside), tuple(outside)


def _identified(contract: Contract, drafts: Sequence[Draft]) -> tuple[Check, ...]:
    """Give each draft its id and its sentence."""
    taken: dict[str, Place] = {}
    for draft in drafts:
        if draft.from_rule and draft.from_rule.id:
            own = draft.from_rule.id
            if own in taken:
                raise InputError(
                    "two rules have the same id",
                    where=str(draft.place),
                    found=f"{own}, used at {taken[own]} too",
                    expected="an id of its own",
                )
            taken[own] = draft.place
    checks: list[Check] = []
    for draft in drafts:
        rule = draft.from_rule
        identity = rule.id if rule and rule.id else _free_id(contract, draft, taken)
        check = Check(
            id=identity,
            kind=draft.kind,
            columns=draft.columns,
            threshold=draft.threshold,
            level=draft.level,
            dimension=(rule.dimension if rule and rule.dimension else dimension_of(draft.kind)),
            severity=draft.severity,
            text=Text(""),
            place=draft.place,
            arguments=draft.arguments,
            failing_example=rule.failing_example if rule else (),
        )
        checks.append(replace(check, text=sentence(contract, check, rule.description if rule else None)))
    return tuple(checks)


def _free_id(contract: Contract, draft: Draft, taken: dict[str, Place]) -> str:
    subject = draft.columns[0] if len(draft.columns) == 1 and draft.on_property else contract.object.name
    base = f"{subject}.{draft.kind.value}"
    identity, n = base, 2
    while identity in taken:
        identity, n = f"{base}_{n}", n + 1
    taken[identity] = draft.place
    return identity


def _merge(constraints: list[Draft], rules: list[Draft]) -> list[Draft]:
    """Let a rule that repeats a constraint take its place."""
    kept: list[Draft] = []
    remaining = list(rules)
    for constraint in constraints:
        twin = next((r for r in remaining if _repeats(r, constraint)), None)
        if twin is None:
            kept.append(constraint)
        else:
            remaining.remove(twin)
            kept.append(twin)
    return kept + remaining


def _repeats(rule: Draft, constraint: Draft) -> bool:
    return (
        rule.kind is constraint.kind
        and set(rule.columns) == set(constraint.columns)
        and dict(rule.arguments) == dict(constraint.arguments)
        and rule.threshold == constraint.threshold
        and rule.severity is constraint.severity
    )
