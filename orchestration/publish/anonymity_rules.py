"""The gate's rule on classes of records: nobody stands out by what a reader may know of him already.

Belongs here: when classes hold a release, and what is told of them. Does not belong here: measuring (``classes``), the
declaration (``contracts.anonymity``).

The data team is told how many classes and records are too few, and how small the smallest is. A tier is told only that
there are such, and its own columns: how many, counted release by release, would tell of single records. No value is
told to anybody. Nobody may waive it: a contract that asks less is approved like a lower class.
"""

from __future__ import annotations

from contracts.results import Result
from orchestration.publish.classes import Classes
from orchestration.publish.gate_facts import Facts, Finding, passed

RULE = "anonymity"
NONE_DECLARED = "no column is named by which somebody could be known again"


def anonymity(facts: Facts, tier: str | None) -> Finding:
    """Every class of records that agree in the quasi-identifiers is large enough, and holds values enough."""
    measured = {j.tier: j.classes for j in facts.at(tier) if j.classes is not None}
    if not measured:
        return Finding(Result.NOT_APPLICABLE, NONE_DECLARED)
    stopped = next((one.stopped for one in measured.values() if one.stopped), "")
    if stopped:
        return Finding(Result.ERROR, f"the measuring stopped with {stopped}")
    examined = sum(one.found.records for one in measured.values() if one.found)
    if tier is not None:
        one = measured[tier]
        return passed("", examined) if _holds(one) else Finding(Result.FAILED, _plain(one), examined)
    low = {name: one for name, one in measured.items() if not _holds(one)}
    told = "; ".join(f"for {name}, {_whole(one)}" for name, one in (low or measured).items())
    if not low:
        return passed(told, examined)
    return Finding(Result.FAILED, told, examined, sum(_records_under(one) for one in low.values()))


def _holds(one: Classes) -> bool:
    return one.found is not None and one.found.holds(one.asked.k, one.asked.least)


def _records_under(one: Classes) -> int:
    """Records in classes that are too small or hold too few values: no fewer than so many."""
    found = one.found
    return max((found.records_under, *(d.records_under for d in found.diversity))) if found else 0


def _plain(one: Classes) -> str:
    """What a tier is told: that it is so, and by which of its columns."""
    assert one.found is not None
    keys = ", ".join(one.asked.quasi_identifiers)
    said = [f"too few records agree in {keys}"] if one.found.classes_under else []
    if thin := [d.column for d in one.found.diversity if d.classes_under]:
        said.append(f"records that agree in {keys} hold too few values of {' and '.join(thin)}")
    return "; ".join(said)


def _whole(one: Classes) -> str:
    """What the data team is told: the classes, the smallest, and what is under what is asked."""
    found, asked = one.found, one.asked
    assert found is not None
    if found.smallest is None:
        return "there are no records"
    said = [f"{found.classes:,} classes by {', '.join(asked.quasi_identifiers)}, the smallest of {found.smallest:,}"]
    if found.classes_under:
        said.append(f"{found.classes_under:,} with {found.records_under:,} records have fewer than {asked.k:,}")
    said += [
        f"{d.classes_under:,} with {d.records_under:,} records hold fewer than {asked.least:,} values of {d.column}"
        for d in found.diversity
        if d.classes_under
    ]
    return ", ".join(said)
