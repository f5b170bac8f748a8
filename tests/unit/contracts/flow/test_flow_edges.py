"""The algebra of edges."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contracts.flow.edges import MOST_CHAINS, bounded, direct, indirect, inside_aggregate, through_step
from contracts.flow.model import Edge, Kind, Subtype

DIRECT = (Subtype.IDENTITY, Subtype.TRANSFORMATION, Subtype.AGGREGATION)
SUBTYPES = st.sampled_from(list(Subtype))
EDGES = st.builds(
    lambda column, subtype, steps: Edge(
        "r", column, Kind.DIRECT if subtype in DIRECT else Kind.INDIRECT, subtype, tuple(steps)
    ),
    st.sampled_from("abc"),
    SUBTYPES,
    st.lists(st.sampled_from(["s", "t"]), max_size=2),
)
FLOWS = st.frozensets(EDGES, max_size=8)


def ends(flows: frozenset[Edge]) -> set[tuple[str, tuple[str, ...]]]:
    """Where edges come from, and by which steps."""
    return {(edge.column, edge.steps) for edge in flows}


@given(FLOWS, st.sampled_from(DIRECT))
def test_what_a_value_goes_through_loses_no_edge(flows: frozenset[Edge], subtype: Subtype) -> None:
    made = direct(flows, subtype)
    assert ends(made) == ends(flows)
    assert {e for e in made if e.kind is Kind.INDIRECT} == {e for e in flows if e.kind is Kind.INDIRECT}
    order = {one: i for i, one in enumerate(DIRECT)}
    assert all(order[e.subtype] >= order[subtype] for e in made if e.kind is Kind.DIRECT)


@given(FLOWS)
def test_what_decides_and_what_is_counted_lose_no_edge(flows: frozenset[Edge]) -> None:
    assert ends(indirect(flows, Subtype.FILTER)) == ends(inside_aggregate(flows)) == ends(flows)
    assert {edge.kind for edge in indirect(flows, Subtype.JOIN)} <= {Kind.INDIRECT}


@given(FLOWS)
def test_a_step_marks_direct_edges_and_all_only_where_asked(flows: frozenset[Edge]) -> None:
    for edge in through_step(flows, "x", with_conditions=False):
        assert (edge.steps[-1:] == ("x",)) is (edge.kind is Kind.DIRECT)
    assert all(edge.steps[-1] == "x" for edge in through_step(flows, "x", with_conditions=True))
    once = through_step(flows, "x", with_conditions=True)
    assert through_step(once, "x", with_conditions=True) == once


def test_too_many_chains_at_one_end_become_one_without_steps() -> None:
    many = frozenset(Edge("r", "a", Kind.DIRECT, Subtype.TRANSFORMATION, (f"s{i}",)) for i in range(MOST_CHAINS + 1))
    other = Edge("r", "b", Kind.DIRECT, Subtype.IDENTITY, ("s",))
    assert bounded(many | {other}) == {Edge("r", "a", Kind.DIRECT, Subtype.TRANSFORMATION), other}
    few = frozenset(list(many)[:MOST_CHAINS])
    assert bounded(few) == few
