"""A kept lineage as a tier may know it under the contracts in force now.

Belongs here: cutting. Does not belong here: the cut that was made when the release was (``orchestration.publish``),
which this one can only narrow.

A release's file was cut for its tier by the contracts of its day. A source or a product may have been closed since, or
a column of it. Then a source or a product becomes its inventory card's title, or vanishes where it has no card to show;
a step made from something closed since vanishes, up to the next table of a product; what stood on both sides of what
vanished is joined. A column stays where its contract in force knows it and its class is open to the tier; a column
that no contract declares, where nothing that it was made from or decided by went. Edges between columns, and edges that
decide a step's records, stay where both their ends do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from contracts.city import City
from contracts.city_load import load_entities
from contracts.model import Contract
from contracts.tiers import MOST_RESTRICTIVE, is_tier, visible

RECEIVED = "__received"
"""Ending of the intermediate models that deliver an entity as it is."""

COLUMN_EDGES, RECORD_EDGES = "column_edges", "record_edges"

Edge = tuple[str, str]


def readable_lineage(lineage: Mapping[str, Any], city: City, tier: str) -> dict[str, Any]:
    """``lineage`` without what ``tier`` may no longer know; the same where nothing was closed.

    Shape:
        As ``catalog.lineage.model`` tells.
    """
    raw = [node for node in lineage.get("nodes", ()) if isinstance(node, Mapping) and "id" in node]
    nodes = {str(node["id"]): node for node in raw}
    if len(nodes) != len(lineage.get("nodes", ())):
        return dict(lineage)
    edges = {(str(a), str(b)) for a, b in lineage.get("edges", ())}
    closed = _closed(nodes, edges, city, tier)
    kept: dict[str, dict[str, Any]] = {}
    cards: list[tuple[str, str, str]] = []
    for identity, node in nodes.items():
        card = _card(node, city) if identity in closed else None
        if identity not in closed:
            kept[identity] = _cut(node, city, tier)
        elif card is not None:
            cards.append((str(node.get("kind", "")), card.title.default, identity))
        else:
            edges = _bridged(edges, identity)
    taken = len([i for i in kept if i.startswith("hidden-")])
    renamed: dict[str, str] = {}
    for kind, title, identity in sorted(cards):
        taken = next(n for n in range(taken + 1, len(nodes) + taken + 2) if f"hidden-{n}" not in kept)
        renamed[identity] = f"hidden-{taken}"
        kept[renamed[identity]] = {"id": renamed[identity], "kind": kind, "title": title}
    links = sorted((renamed.get(a, a), renamed.get(b, b)) for a, b in edges)
    _follow_lost(lineage, nodes, kept, city)
    cut = {**lineage, "nodes": [kept[i] for i in sorted(kept)], "edges": [list(e) for e in links]}
    for edges_of in (COLUMN_EDGES, RECORD_EDGES):
        if lineage.get(edges_of) is not None:
            cut[edges_of] = [dict(e) for e in lineage[edges_of] if all(_stays(e[end], kept) for end in ("from", "to"))]
    return cut


def _closed(nodes: Mapping[str, Mapping[str, Any]], edges: set[Edge], city: City, tier: str) -> set[str]:
    """Ids of the nodes that the tier may no longer know by name."""
    closed = {i for i, node in nodes.items() if not _is_open(node, city, tier)}
    told = {i for i in closed if nodes[i].get("name")}
    frontier = sorted(told)
    while frontier:
        here = frontier.pop()
        for start, end in sorted(edges):
            inner = nodes.get(end, {}).get("kind") in ("staging", "intermediate")
            if start == here and inner and end not in closed:
                closed.add(end)
                frontier.append(end)
    return closed


def _is_open(node: Mapping[str, Any], city: City, tier: str) -> bool:
    if not node.get("name"):
        return any(c.inventory == "shown" and c.title.default == node.get("title") for c in _contracts(city))
    contract = _contract(node, city)
    match node.get("kind"):
        case "source":
            return contract is not None and visible(contract.tier, tier)
        case "release":
            return contract is not None and any(visible(r, tier) for r in contract.renditions)
        case "mart" if contract is not None:
            return visible(contract.tier, tier)
        case _:
            return visible(_tier(node), tier)


def _contracts(city: City) -> Iterable[Contract]:
    return (*city.sources.values(), *city.products.values())


def _contract(node: Mapping[str, Any], city: City) -> Contract | None:
    name = str(node.get("name", ""))
    return city.sources.get(name) if node.get("kind") == "source" else city.products.get(name)


def _card(node: Mapping[str, Any], city: City) -> Contract | None:
    """The contract whose card stands for a node that was named; none where there is none to show."""
    contract = _contract(node, city) if node.get("name") else None
    return contract if contract is not None and contract.inventory == "shown" and contract.title else None


def _cut(node: Mapping[str, Any], city: City, tier: str) -> dict[str, Any]:
    if node.get("columns") is None:
        return dict(node)
    classes = _classes(node, city)
    return {**node, "columns": [c for c in node["columns"] if c in classes and visible(classes[c], tier)]}


def _classes(node: Mapping[str, Any], city: City) -> Mapping[str, str]:
    """The class of each column by the contract in force; of a step without a contract, its own tier for all."""
    contract = _contract(node, city) or _entity(str(node.get("name", "")), city)
    if contract is not None:
        return {p.name: p.classification for p in contract.columns}
    return {str(c): _tier(node) for c in node["columns"]}


def _tier(node: Mapping[str, Any]) -> str:
    """A node's tier; what nobody said counts as the most restrictive."""
    found = node.get("tier")
    return str(found) if is_tier(found) else MOST_RESTRICTIVE


def _entity(model: str, city: City) -> Contract | None:
    """The entity that a model delivers: a city's staging model, or what is received of it."""
    for entity, contract in _entities().items():
        if model in (city.staging.get(entity), f"int_{entity}{RECEIVED}"):
            return contract
    return None


@lru_cache(maxsize=1)
def _entities() -> Mapping[str, Contract]:
    return load_entities()


def _bridged(edges: set[Edge], gone: str) -> set[Edge]:
    before = {a for a, b in edges if b == gone and a != gone}
    after = {b for a, b in edges if a == gone and b != gone}
    return {e for e in edges if gone not in e} | {(a, b) for a in before for b in after if a != b}


def _follow_lost(
    lineage: Mapping[str, Any],
    nodes: Mapping[str, Mapping[str, Any]],
    kept: dict[str, dict[str, Any]],
    city: City,
) -> None:
    """Take from the steps without a contract each column that something lost was kept as the beginning of."""
    free = {
        identity
        for identity, node in kept.items()
        if node.get("kind") in ("staging", "intermediate") and _entity(str(node.get("name", "")), city) is None
    }
    after: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for edge in lineage.get(COLUMN_EDGES) or ():
        after.setdefault(tuple(edge["from"]), []).append(tuple(edge["to"]))
    for edge in lineage.get(RECORD_EDGES) or ():
        (end,) = edge["to"]
        columns = kept[end].get("columns") or () if end in free else ()
        after.setdefault(tuple(edge["from"]), []).extend((end, str(column)) for column in columns)
    lost = [
        (identity, str(column))
        for identity, node in nodes.items()
        for column in node.get("columns") or ()
        if column not in (kept.get(identity, {}).get("columns") or ())
    ]
    while lost:
        for identity, column in after.get(lost.pop(), ()):
            if identity in free and column in (kept[identity].get("columns") or ()):
                kept[identity] = {**kept[identity], "columns": [c for c in kept[identity]["columns"] if c != column]}
                lost.append((identity, column))


def _stays(end: Sequence[str], kept: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a step, or a step's column, may still be known by name."""
    node, *column = end
    found = kept.get(node, {})
    return bool(found.get("name")) and all(c in (found.get("columns") or ()) for c in column)
