"""The way back of a column: past counts to the source, or to the closed step at which it ends."""

from __future__ import annotations

from typing import Any

from catalog.lineage import read_graph, ways_back
from catalog.lineage.ways import WayBack


def node(identifier: str, *columns: str, is_open: bool = True) -> dict[str, Any]:
    kind, _, name = identifier.partition(".")
    told = {"name": name, "tier": "public", "columns": list(columns)} if is_open else {}
    return {"id": identifier, "kind": kind, "title": name, **told}


def edge(start: str, end: str, by: str = "value") -> dict[str, Any]:
    return {"from": start.rsplit(":", 1), "to": end.rsplit(":", 1), "by": by}


def decides(start: str, step: str) -> dict[str, Any]:
    return {"from": start.rsplit(":", 1), "to": [step], "by": "condition"}


COUNTING: dict[str, Any] = {
    "format_version": 1,
    "nodes": [
        node("source.map", "code", "limits"),
        node("source.register", is_open=False),
        node("intermediate.placed", "opened_at", "due_at", "district"),
        node("intermediate.counted", "district", "due", "late"),
        node("mart.monthly", "district", "due", "pct", "cell"),
        node("release.monthly", "district", "due", "pct", "cell"),
    ],
    "edges": [
        ["source.map", "intermediate.placed"],
        ["source.register", "intermediate.placed"],
        ["intermediate.placed", "intermediate.counted"],
        ["intermediate.counted", "mart.monthly"],
        ["mart.monthly", "release.monthly"],
    ],
    "column_edges": [
        *(edge(f"mart.monthly:{c}", f"release.monthly:{c}") for c in ("district", "due", "pct", "cell")),
        edge("intermediate.counted:district", "mart.monthly:district"),
        edge("intermediate.counted:due", "mart.monthly:due"),
        edge("intermediate.counted:due", "mart.monthly:pct"),
        edge("intermediate.counted:late", "mart.monthly:pct"),
        edge("intermediate.placed:district", "intermediate.counted:district"),
        edge("intermediate.placed:due_at", "intermediate.counted:late", "condition"),
        edge("source.map:code", "intermediate.placed:district"),
    ],
    "record_edges": [
        decides("intermediate.placed:opened_at", "intermediate.counted"),
        decides("source.map:limits", "intermediate.placed"),
        decides("intermediate.counted:district", "mart.monthly"),
    ],
}


def by_column(lineage: dict[str, Any]) -> dict[str, WayBack]:
    return {name: way for way in ways_back(read_graph(lineage)) for name in way.columns}


def told(way: WayBack) -> dict[str, tuple[tuple[str, ...], tuple[str, ...], bool]]:
    return {stop.node: (stop.columns, stop.deciding, stop.counts) for stop in way.stops}


def test_a_count_goes_on_through_what_decides_which_records_there_are() -> None:
    way = by_column(COUNTING)["due"]
    assert told(way) == {
        "release.monthly": (("due",), (), False),
        "mart.monthly": (("due",), (), False),
        "intermediate.counted": (("due",), (), True),
        "intermediate.placed": ((), ("opened_at",), False),
        "source.map": ((), ("limits",), False),
    }
    assert way.stops[0].node == "release.monthly" and way.stops[-1].node == "source.map"
    assert way.closed == ("source.register",), "opened_at has nothing before it that is told"


def test_what_decides_a_value_is_followed_to_its_source_too() -> None:
    pct = told(by_column(COUNTING)["pct"])
    assert pct["intermediate.counted"] == (("due", "late"), (), True)
    assert pct["intermediate.placed"] == ((), ("due_at", "opened_at"), False)


def test_a_value_that_is_told_up_to_an_open_source_does_not_end_but_more_may_stand_before_it() -> None:
    of_all = {**COUNTING, "record_edges": [decides("source.map:limits", "intermediate.placed")]}
    way = by_column(of_all)["district"]
    assert told(way)["source.map"] == (("code",), ("limits",), False)
    assert (way.closed, way.perhaps) == ((), ("source.register",))


def test_a_column_below_a_closed_step_is_not_called_a_count() -> None:
    """Nothing told before it is not nothing before it."""
    lineage = {
        **COUNTING,
        "nodes": [
            node("source.register", is_open=False),
            node("mart.monthly", is_open=False),
            node("release.monthly", "due", "pct"),
        ],
        "edges": [["source.register", "mart.monthly"], ["mart.monthly", "release.monthly"]],
        "column_edges": [],
        "record_edges": [],
    }
    (way,) = ways_back(read_graph(lineage))
    assert way.columns == ("due", "pct"), "they differ in their own names alone"
    assert told(way) == {"release.monthly": (("due", "pct"), (), False)}
    assert way.closed == ("source.register",), "the source beyond the closed table, and not the table"


def test_nothing_is_followed_where_no_columns_were_kept() -> None:
    assert ways_back(read_graph({k: v for k, v in COUNTING.items() if k != "column_edges"})) == ()


def test_what_decides_a_closed_value_does_not_hide_that_its_way_ends() -> None:
    lineage = {
        **COUNTING,
        "nodes": [node("source.map", "code"), node("source.register", is_open=False), node("release.monthly", "days")],
        "edges": [["source.map", "release.monthly"], ["source.register", "release.monthly"]],
        "column_edges": [edge("source.map:code", "release.monthly:days", "condition")],
        "record_edges": [],
    }
    (way,) = ways_back(read_graph(lineage))
    assert (way.closed, way.perhaps) == (("source.register",), ())


def test_columns_that_are_asked_for_apart_do_not_share_their_way() -> None:
    shared = {way.columns for way in ways_back(read_graph(COUNTING))}
    assert ("due",) in shared
    twice = {
        **COUNTING,
        "column_edges": [*COUNTING["column_edges"], edge("intermediate.counted:due", "mart.monthly:cell")],
    }
    assert ("due", "cell") in {way.columns for way in ways_back(read_graph(twice))}
    assert {("due",), ("cell",)} <= {way.columns for way in ways_back(read_graph(twice), {"due"})}
