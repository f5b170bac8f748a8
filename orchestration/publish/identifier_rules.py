"""The gate's rule on identifiers of persons: nothing that everybody may read holds any.

Belongs here: which finds hold a release and which are only told, which waiver covers them, what a tier is told of them.
Does not belong here: searching (``tripwire``), recognising (``contracts.identifiers``).

What everybody may read is held; what staff may read is told as a warning: a circle that must reach people needs their
telephone numbers. Numbers of companies are public and are told to the data team alone. Of a find everybody is told no
more than that there is one: its column and kind would show where to look in the release served before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from contracts.city import Ruling
from contracts.results import Result
from contracts.tiers import LEAST_RESTRICTIVE
from orchestration.publish.gate_facts import Facts, Finding, counted

if TYPE_CHECKING:
    from contracts.identifiers.search import Found

RULE = "identifiers"


def identifiers(facts: Facts, tier: str | None) -> Finding:
    """No column that everybody may read holds identifiers of persons; other tiers' are told."""
    searched = [j.searched for j in facts.at(tier) if j.searched is not None]
    columns = {name for one in searched for name in one.columns}
    if not searched or any(one.stopped for one in searched):
        stopped = next((one.stopped for one in searched if one.stopped), "")
        said = f"the search stopped with {stopped}" if stopped else "no file was searched"
        return Finding(Result.ERROR if stopped else Result.NOT_APPLICABLE, said)
    found = persons({f for one in searched for f in one.found})
    open_columns = _open_columns(facts)
    holding = [f for f in found if f.column in open_columns]
    loose = [f for f in holding if not waived(facts, f)]
    told = loose or holding or found
    if not told:
        return counted(0, len(columns), "")
    if tier == LEAST_RESTRICTIVE:
        said = "what looks like an identifier of persons was found; where, and what it is, is told to the data team"
    else:
        said = "; ".join(sentence(f) for f in told)
    result = Result.FAILED if holding else Result.WARNED
    return Finding(result, said, len(columns), len({f.column for f in told}), unwaivable=bool(loose))


def persons(found: set[Found]) -> list[Found]:
    """The finds that name persons, by column and kind."""
    return sorted((f for f in found if not f.of_company), key=lambda f: (f.column, f.kind))


def sentence(found: Found) -> str:
    """A find in words: column, kind and count, never a value."""
    from contracts.identifiers.table import BY_ID

    count = f"at least {found.values:,}" if found.is_sampled else f"{found.values:,}"
    return f"{found.column} holds {count} different values that are {BY_ID[found.kind].title.default}"


def waived(facts: Facts, found: Found) -> bool:
    """Whether a waiver in force covers this column, or this kind in it."""
    return any(
        is_covered(ruling, found, facts.job.product, facts.job.checked_at.date()) for ruling in facts.job.rulings
    )


def is_covered(ruling: Ruling, found: Found, product: str, on: date) -> bool:
    """Whether one ruling waives one find on a day: it names the column, or the column and the kind."""
    whole = ruling.kind == "waiver" and ruling.subject == f"{product}.{RULE}"
    named = {found.column, f"{found.column}.{found.kind}"} & set(ruling.covers)
    in_force = ruling.until is not None and ruling.on <= on <= ruling.until
    return whole and bool(named) and bool(ruling.by.strip()) and bool(ruling.reason.strip()) and in_force


def _open_columns(facts: Facts) -> frozenset[str]:
    """The columns that everybody may read."""
    return frozenset(n for j in facts.judged if j.tier == LEAST_RESTRICTIVE for n in j.rendition.names)


def evidence(facts: Facts, tier: str | None) -> Mapping[str, Any]:
    """What a quality report keeps of the search: what was searched, and for staff what was found, without a value."""
    from contracts.identifiers.search import as_dict
    from contracts.identifiers.table import KINDS

    shown = facts.at(tier)
    names = sorted({n for j in shown if j.searched for n in j.searched.columns})
    told: dict[str, Any] = {"columns": names, "kinds": len(KINDS)}
    if tier == LEAST_RESTRICTIVE:
        return told
    found: Sequence[Found] = sorted(
        {f for j in shown if j.searched for f in j.searched.found}, key=lambda f: (f.column, f.kind)
    )
    open_columns = _open_columns(facts)
    return {
        **told,
        "found": [
            {**as_dict(f), "holds": f.column in open_columns and not f.of_company, "waived": waived(facts, f)}
            for f in found
        ],
    }
