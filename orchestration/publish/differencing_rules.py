"""The gate's rule on differencing: no hidden count can be had from records, other tables or the last release.

Belongs here: which finds hold a release, which are only told, what a waiver may cover, what a tier is told of them.
Does not belong here: finding (``differencing``).

A way that the flows allow and the numbers do not bear out holds nothing and is told to the data team: a reader who went
it would be given wrong counts. What stands in the last release cannot be taken back, so a named person may decide to go
on hiding it all the same, with a reason and an end; what stands in a sister can be mended, so nobody may.
"""

from __future__ import annotations

from collections.abc import Iterable

from contracts.results import Result
from orchestration.publish.gate_facts import Facts, Finding, passed
from orchestration.publish.recounting import Given

RULE = "differencing"
_TOLD = 4
"""Columns told in one sentence."""


def differencing(facts: Facts, tier: str | None) -> Finding:
    """No hidden count can be had all the same; a tier is told of its own files, without a name or a number."""
    found = facts.compared
    if found is None:
        return Finding(Result.NOT_RUN, "what other files give away was not looked at")
    if found.stopped:
        return Finding(Result.ERROR, f"the comparison stopped with {found.stopped}")
    columns = [n for t, names in found.columns.items() if tier in (None, t) for n in names]
    given = [g for g in found.given if tier in (None, g.tier) and g.is_believed]
    exposed = [(o, g) for o, g in found.exposed if tier in (None, g.tier) and g.is_believed]
    unplaced = [t for t in found.unplaced if tier in (None, t)]
    hidden = sum(n for t, n in found.hidden.items() if tier in (None, t))
    if not columns and not exposed:
        return Finding(Result.NOT_APPLICABLE, "no column hides counts")
    if given or exposed:
        sisters = [g for g in given if g.way != "release"]
        all_columns = {*columns, *(g.column for _, g in exposed)}
        bad = {*(g.column for g in given), *(g.column for _, g in exposed)}
        said = _whole(given, exposed) if tier is None else _plain(sisters, bool(exposed))
        return Finding(Result.FAILED, said, len(all_columns), len(bad), unwaivable=bool(sisters or exposed))
    if unplaced:
        said = "a file hides counts and lacks a part of its key, so its cells cannot be told apart"
        return Finding(Result.WARNED, said, len(columns), 1)
    if tier is None and (doubted := [g for g in found.given if g.had]):
        return Finding(Result.PASSED, f"{_sentences(doubted)}; the numbers do not bear it out", len(columns))
    return passed("" if hidden else "nothing is hidden", len(columns))


def _plain(sisters: list[Given], exposes: bool) -> str:
    """What a tier is told: that there is a way, not which."""
    if exposes:
        return "with it a count that another product hides could be had"
    if sisters:
        return "a hidden count can be had from another product that the same readers may see"
    return "a hidden count stood in the release before"


def _whole(given: Iterable[Given], exposed: Iterable[tuple[str, Given]]) -> str:
    """What the data team is told: product, columns, how many cells, and what to do."""
    given, exposed = list(given), list(exposed)
    said = [_sentences([g for g in given if g.way != "release"])]
    if any(g.way != "release" for g in given):
        said.append("hiding protects nobody here: set minimumCell to 1, or show the other product to fewer readers")
    said.append(_sentences([g for g in given if g.way == "release"]))
    if given and all(g.way == "release" for g in given):
        said.append("withdraw what was shown, or waive the rule with a reason and an end")
    said += [f"{other} hides them and is served: {_sentences([g])}" for other, g in exposed]
    return "; ".join(text for text in said if text)


def _sentences(given: list[Given]) -> str:
    """Way by way: of what, from where, how many cells."""
    said = []
    for source in dict.fromkeys(g.source for g in given):
        mine = [g for g in given if g.source == source]
        told = ", ".join(f"{g.column} ({g.had:,} of {g.hidden:,} hidden cells)" for g in mine[:_TOLD])
        more = f" and {len(mine) - _TOLD} more columns" if len(mine) > _TOLD else ""
        used = ", ".join(dict.fromkeys(c for g in mine for c in g.columns))
        how = {
            "records": f"can be counted in {source}, by {used}",
            "tables": f"can be worked out with {source}, by {used}",
            "release": f"stood in {source}",
        }[mine[0].way]
        said.append(f"for {mine[0].tier}, {told}{more} {how}")
    return "; ".join(said)
