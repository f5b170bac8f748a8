"""Where boxes and lines of a lineage stand: nothing on top of anything, every line at its boxes, always the same."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.lineage import read_graph
from catalog.lineage.flow import ACROSS, DOWN, flow
from catalog.lineage.plan import Plan, Size
from catalog.lineage.rails import rails
from tests.unit.catalog.lineage.lineage_graphs import loose_ends, made, outside, overlaps, passed_through

ROOT = Path(__file__).parents[4]


def planned(count: int, form: str, seed: int = 7) -> Plan:
    graph = read_graph(made(count, seed))
    sizes = tuple(Size(n.id, 152, 45 + 16 * (i % 4)) for i, n in enumerate(graph.nodes))
    if form == "rails":
        return rails(sizes, graph.edges, 288)
    return flow(sizes, graph.edges, ACROSS if form == "across" else DOWN, 976)


@pytest.mark.parametrize("form", ["across", "down", "rails"])
@pytest.mark.parametrize("count", [5, 12, 30, 60, 100])
def test_nothing_lies_on_anything_else(count: int, form: str) -> None:
    plan = planned(count, form)
    assert len(plan.boxes) == count
    assert overlaps(plan) == []
    assert loose_ends(plan) == []
    assert passed_through(plan) == []
    assert outside(plan) == []


@pytest.mark.parametrize("seed", range(12))
def test_flows_hold_for_any_graph(seed: int) -> None:
    for form in ("across", "down"):
        plan = planned(22, form, seed)
        assert (overlaps(plan), loose_ends(plan), passed_through(plan), outside(plan)) == ([], [], [], [])


@pytest.mark.parametrize("seed", range(20))
def test_rails_hold_for_any_graph(seed: int) -> None:
    graph = read_graph(made(25, seed))
    plan = planned(25, "rails", seed)
    assert (overlaps(plan), loose_ends(plan), passed_through(plan), outside(plan)) == ([], [], [], [])
    row = {box.id: box.y for box in plan.boxes}
    assert all(row[start] < row[end] for start, end in graph.edges), "what is read stands above its reader"
    assert {(r.start, r.end) for r in plan.routes} == set(graph.edges)


def test_a_rail_belongs_to_one_box_in_each_row() -> None:
    plan = planned(40, "rails")
    spans: dict[tuple[str, float], tuple[float, float]] = {}
    for route in plan.routes:
        x, low, high = route.points[1][0], route.points[1][1], route.points[2][1]
        before = spans.get((route.start, x), (low, high))
        spans[(route.start, x)] = (min(before[0], low), max(before[1], high))
    held = sorted((x, low, high) for (_, x), (low, high) in spans.items())
    assert all(a[2] < b[1] for a, b in itertools.pairwise(held) if a[0] == b[0])


def test_a_narrow_drawing_is_as_wide_as_a_small_screen_leaves() -> None:
    for count in (5, 30, 100):
        plan = planned(count, "rails")
        assert plan.width == 288
        assert min(box.width for box in plan.boxes) > 130


def test_a_wide_drawing_keeps_to_its_room_where_it_can() -> None:
    assert planned(5, "across").width <= 976
    assert planned(12, "across").width <= 976
    assert planned(12, "down").width <= 976


PROBE = """
from catalog.lineage.drawing import Label, Picture, draw
from catalog.lineage import read_graph
from tests.unit.catalog.lineage.lineage_graphs import made
import hashlib
digest = hashlib.sha256()
for count in (5, 30, 100):
    graph = read_graph(made(count))
    labels = tuple(Label(n.id, n.kind, n.kind, n.title * 3, tier=n.tier) for n in graph.nodes)
    for form in ("wide", "narrow"):
        digest.update(draw(Picture("p", "t", "d", labels, graph.edges), form).encode())
print(digest.hexdigest())
"""


def test_the_same_graph_is_always_the_same_drawing() -> None:
    found = set()
    for seed, zone in (("1", "UTC"), ("4711", "Asia/Kathmandu")):
        surroundings = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, env=surroundings, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found.add(done.stdout)
    assert len(found) == 1
