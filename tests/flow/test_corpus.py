"""Every query of the corpus: what the analyser says of it, and whether it leaks."""

from __future__ import annotations

import re
import sys
from collections import Counter

import pytest

from tests.flow.dynamic import expected, open_prover
from tests.flow.queries import FOLDER, Query, is_above, queries
from tests.flow.report import PAGE, Row, counts, page, rows
from tests.flow.worlds import PLACE, read_tables

FAMILIES = tuple(dict.fromkeys(one.family for one in queries()))


@pytest.fixture(scope="module")
def found() -> dict[str, Row]:
    """The whole corpus, judged once."""
    return {row.query.id: row for row in rows()}


def test_the_corpus_is_as_large_as_it_must_be() -> None:
    truths = Counter(one.leaks for one in queries())
    assert truths[True] >= 70
    assert truths[False] >= 70
    assert {path.stem for path in FOLDER.glob("*.yaml")} - {"_tables", "_dynamic"} == set(FAMILIES)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_analyser_says_what_is_expected(family: str, found: dict[str, Row]) -> None:
    other = {
        row.query.id: f"expected {row.query.static}, found {row.static}: {row.said}"
        for row in found.values()
        if row.query.family == family and row.static != row.query.static
    }
    assert other == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_oracle_shows_what_is_claimed(family: str, found: dict[str, Row]) -> None:
    other = {
        row.query.id: f"claimed {row.query.leaks}, found {row.shown.leaks} in {row.shown.pairs} pairs: {row.shown.how}"
        for row in found.values()
        if row.query.family == family and row.shown.leaks != row.query.leaks
    }
    assert other == {}


def test_the_dynamic_proof_says_what_is_expected() -> None:
    """Of all that the analyser passes with a step or a leak, of every exception, and of some of the others.

    ``python -m tests.flow`` asks it of all.
    """
    exceptions = {name for name, one in expected().items() if one.reason}
    asked = [one for one in queries() if one.id in exceptions or (one.static == "passes" and "step_" in one.text)]
    asked += [one for one in queries() if one not in asked][::12]
    with open_prover() as prover:
        states = {one.id: prover.judge(one).state for one in asked}
    assert states == {one.id: expected()[one.id].state for one in asked}


def test_together_the_proofs_miss_what_something_else_holds_alone() -> None:
    passed = [one for one in queries() if one.static == "passes"]
    missed = {one.id for one in passed if one.leaks and expected()[one.id].state == "same"}
    assert missed == {one.id for one in queries() if one.held in ("register", "audit", "review")}
    assert [one.id for one in passed if not one.leaks and expected()[one.id].state != "same"] == []


def test_no_leak_passes_but_those_that_something_else_holds(found: dict[str, Row]) -> None:
    passed = {row.query.id for row in found.values() if row.shown.leaks and row.static == "passes"}
    assert passed == {one.id for one in queries() if one.held}
    # What is left is about how a step is used, not about values, conditions, groups and windows.
    construct = {"leak_values", "leak_conditions", "leak_groups", "leak_windows"}
    assert not construct & {one.family for one in queries() if one.held}


def test_harmless_queries_were_really_tried(found: dict[str, Row]) -> None:
    """Enough pairs of worlds, and in them every column above the tier that the query names has moved."""
    untried = {}
    for row in found.values():
        if row.query.leaks:
            continue
        still = [name for name in _named_above(row.query) if not row.shown.moved.get(name)]
        if row.shown.pairs < 6 or still:
            untried[row.query.id] = f"{row.shown.pairs} pairs; never moved: {still}"
    assert untried == {}


def _named_above(query: Query) -> list[str]:
    words = set(re.findall(r"\w+", query.text.lower()))
    return [
        f"{table.name}.{column.name}"
        for table in read_tables(query)
        for column in table.columns
        if column.name in words and column.name != PLACE and is_above(column.tier, query.tier)
    ]


def test_the_page_says_what_was_found(found: dict[str, Row]) -> None:
    told = "\n".join("  ".join(cell.rjust(10) for cell in line) for line in counts(list(found.values())))
    sys.stdout.write(f"{told}\n")
    assert PAGE.read_text(encoding="utf-8") == page(list(found.values())), "run `python -m tests.flow`"
