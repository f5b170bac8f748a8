"""What the analyser and the oracle say of the whole corpus, and the page of it.

Belongs here: asking both, counting, the Markdown. Does not belong here: what is expected (``corpus/*.yaml``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.flow.dynamic import Expected, expected
from tests.flow.oracle import Shown, open_oracle
from tests.flow.queries import Query, Static, queries
from tests.flow.static import judge

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "flow-corpus.md"

HEAD = """# Does a restricted value reach a lower tier? The corpus

<!-- Written by `python -m tests.flow`. Do not edit. -->

Queries of the kinds that cities write, each with the tables it reads, stand under `tests/flow/corpus/`. An oracle that
knows DuckDB and no analyser builds each of them over small made-up worlds that differ only above the reader's tier: in
values (new ones, none, others' values, the literals of the query and their neighbours), in the order of the records in
their file and, where even a record's presence is restricted, in their number. A query *leaks* where two such worlds
give another result. What registered steps may tell the reader stays the same in all worlds compared.

The dynamic proof (`orchestration/proof/`) builds the same queries over one small world, and again with other contents
above the tier. It is told nothing of what the oracle is told: no values to try, nothing of what a step may tell.

*Caught*: the analyser finds a published column above the reader's tier. *Refused*: it meets what it does not know, and
says how to write it instead. *Passed*: neither. *Differs*: built again it comes out otherwise. *Unsteady*: it does not
come out the same twice. *Error*: it cannot be built. *Same*: none of these.
"""


@dataclass(frozen=True)
class Row:
    """One query, and what was found."""

    query: Query
    static: Static
    said: str
    shown: Shown


def rows() -> tuple[Row, ...]:
    """The whole corpus, judged by both."""
    with open_oracle() as oracle:
        return tuple(Row(one, *judge(one), oracle.ask(one)) for one in queries())


def counts(found: Sequence[Row]) -> list[list[str]]:
    """The numbers: a row each for leaking and harmless queries, and what they are by either proof."""
    table = [["queries", "of which the oracle shows a leak", "caught", "refused", "passed by the analyser"]]
    table[0] = ["", *table[0]]
    for leaks, name in ((True, "leaking"), (False, "harmless")):
        of = [row for row in found if row.query.leaks is leaks]
        by = [sum(row.static == word for row in of) for word in ("caught", "refused", "passes")]
        table.append([name, *map(str, (len(of), sum(row.shown.leaks for row in of), *by))])
    return table


def proofs(found: Sequence[Row]) -> list[list[str]]:
    """The numbers of each proof: what the analyser holds, what the dynamic proof does, what neither does."""
    table = [["", "queries", "held by the analyser", "held by the dynamic proof", "of these by it alone", "by neither"]]
    for leaks, name in ((True, "leaks"), (False, "no leak")):
        of = [row for row in found if row.query.leaks is leaks]
        alone = [row for row in of if row.static == "passes" and _is_held(row)]
        neither = [row for row in of if row.static == "passes" and not _is_held(row)]
        static = sum(row.static != "passes" for row in of)
        numbers = (len(of), static, sum(map(_is_held, of)), len(alone), len(neither))
        table.append([name, *map(str, numbers)])
    return table


def _of(row: Row) -> Expected:
    return expected()[row.query.id]


def _is_held(row: Row) -> bool:
    return _of(row).state != "same"


def page(found: Sequence[Row]) -> str:
    """The page."""
    missed = [row for row in found if row.query.leaks and row.static == "passes"]
    alarms = [row for row in found if not row.query.leaks and row.static != "passes"]
    pairs = sum(row.shown.pairs for row in found if not row.query.leaks)
    harmless = sum(not row.query.leaks for row in found)
    why_passed = [["query", "what it does", "why it passes", "held by"]]
    why_passed += [[*_named(row), row.query.reason, _HELD[row.query.held or "open"]] for row in missed]
    why_flagged = [["query", "what it does", "", "why, and what to write"]]
    why_flagged += [[*_named(row), row.static, row.query.reason] for row in alarms]
    why_same = [["query", "what it does", "leaks", "the analyser", "the dynamic proof", "why"]]
    why_same += [
        [*_named(r), "yes" if r.query.leaks else "no", _PAST[r.static], _of(r).state, _of(r).reason]
        for r in found
        if _is_held(r) != r.query.leaks
    ]
    parts = [
        HEAD,
        _table(counts(found)),
        "\n## Each proof alone, and both\n",
        _table(proofs(found)),
        "\nHeld is what either finds, refuses or cannot build.\n",
        f"\nIn {pairs:,} pairs of worlds none of the {harmless} harmless queries gave another result. "
        f"{len(alarms)} of them are false alarms ({len(alarms) / harmless:.0%}); of the leaking ones the analyser "
        f"alone passes {len(missed)}.\n",
        "## Leaks that the analyser alone passes\n",
        "Most are about how a registered step is used. What holds them instead stands beside them.\n",
        _table(why_passed),
        "\n## False alarms\n",
        _table(why_flagged),
        "\n## What the dynamic proof alone misses, and what it holds without need\n",
        _table(why_same),
        "\n## All queries\n",
    ]
    for family in dict.fromkeys(row.query.family for row in found):
        of = [row for row in found if row.query.family == family]
        lines = [["query", "what it does", "reader", "leaks", "analyser", "dynamic"]]
        told = [(r, "yes" if r.shown.leaks else "no") for r in of]
        lines += [[*_named(r), r.query.tier, leaks, _PAST[r.static], _of(r).state] for r, leaks in told]
        parts += [f"### {family.replace('_', ' ').capitalize()}\n", _table(lines), ""]
    return "\n".join(parts).rstrip() + "\n"


_PAST = {"caught": "caught", "refused": "refused", "passes": "passed"}
_HELD = {
    "database": "the step's function, which refuses to run",
    "register": "the warehouse's functions held against the register",
    "audit": "the audit of the published table",
    "dynamic": "the dynamic proof",
    "review": "people alone, who see the step and its parameters in the lineage",
    "open": "nothing yet",
}


def _named(row: Row) -> list[str]:
    return [f"`{row.query.id}`", row.query.title]


def _table(lines: Sequence[Sequence[str]]) -> str:
    shown = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines]
    return "\n".join([shown[0], "|" + "---|" * len(lines[0]), *shown[1:]])
