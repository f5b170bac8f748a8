"""What a tier may know of where a release comes from: its inputs and the graph of tables behind it.

Belongs here: collapsing what stands above a tier to its inventory card's title, and leaving out what the
inventory hides. Does not belong here: making the graph (``orchestration.shaping``), drawing it.

A node above the tier that has an inventory card (a source, a product) becomes ``{id: hidden-n, kind,
title}``; one without a card, or whose card is hidden, vanishes, and what stood on both its sides is joined.

A node names the columns that the tier may see: by the classes a contract declares (a source, an entity as received, a
product's table, its release), or else by those worked out from what they are made of. Which column is made from which
stands under ``column_edges``, what decides which records a node has under ``record_edges`` (``flow_view``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from contracts import tiers
from contracts.city import City
from contracts.city_load import load_entities
from contracts.home import FORMAT_VERSION
from contracts.model import Contract
from contracts.release import InputRef
from orchestration.publish.flow_view import column_flows, columns_of
from orchestration.publish.job import PublishJob
from orchestration.publish.reconcile import source_contract

Edge = tuple[str, str]
ENTITY, RECEIVED = "int_", "__received"
"""Beginning and end of the name of the model that is an entity as the city's staging delivers it."""


def inputs_for(city: City, inputs: Iterable[InputRef], tier: str) -> tuple[InputRef, ...]:
    """The inputs as a reader of ``tier`` may know them, in the order of their names.

    Counts of a source above the tier are told only where its contract says so.
    """
    found: list[InputRef] = []
    for given in inputs:
        source = source_contract(city, given.name)
        if source is not None and tiers.visible(source.tier, tier):
            found.append(given)
        elif source is not None and source.inventory == "shown":
            card = InputRef(name=str(source.title.default) or "a source")
            if source.withheld_count_public:
                card = replace(
                    card,
                    received=given.received,
                    accepted=given.accepted,
                    quarantined=given.quarantined,
                    rejected=given.rejected,
                )
            found.append(card)
    return tuple(sorted(found, key=lambda i: i.name))


def products_above(job: PublishJob, tier: str | None) -> int:
    """How many other products it is made from, as far as ``tier`` may know of them (all for None)."""
    nodes, _ = _above(job)
    own = {job.relation.rsplit(".", 1)[-1], job.product}
    others = [n for n in nodes.values() if n.get("kind") == "mart" and n.get("name") not in own]
    known = [n for n in others if tier is None or tiers.visible(_tier(n), tier) or _card(job.city, n) is not None]
    return len(known)


def lineage_for(job: PublishJob, tier: str | None) -> dict[str, Any]:
    """The graph above this product, as ``tier`` may see it (everything for None).

    Shape:
        ``{"format_version", "nodes": [{id, kind, name, title, tier, translations?, columns?}], "edges": [[from,
        to]], "column_edges": […], "record_edges": […]}``, sorted; ``translations`` are the title's by language;
        ``columns`` in their contract's or their model's order; the last two as ``flow_view.column_flows`` tells.
    """
    nodes, edges = _above(job)
    if tier is not None:
        nodes, edges = _collapsed(job.city, nodes, edges, tier)
    nodes = {str(n["id"]): {**n, **_columns(job, n, tier)} for n in nodes.values()}
    return {
        "format_version": FORMAT_VERSION,
        "nodes": sorted(nodes.values(), key=lambda n: str(n["id"])),
        "edges": [list(e) for e in sorted(edges)],
        **_flows(job, nodes),
    }


def _flows(job: PublishJob, nodes: Mapping[str, Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The edges between columns; a release's columns are those of the product's table."""
    if job.flow is None:
        return {}
    return column_flows(job.flow, nodes, {f"release.{job.product}": job.relation.rsplit(".", 1)[-1]})


def _columns(job: PublishJob, node: Mapping[str, Any], tier: str | None) -> dict[str, list[str]]:
    """A node's columns that ``tier`` may see (every one for None); nothing where neither contract nor flows tell.

    A release holds what its own rendition holds, and no tier's file tells more of it.
    """
    contract = _declared(job, node)
    if contract is None:
        inner = node.get("kind") in ("staging", "intermediate") and node.get("name")
        return {"columns": columns_of(job.flow, str(node["name"]), tier)} if job.flow and inner else {}
    seen = [p.name for p in contract.columns if tier is None or tiers.visible(p.classification, tier)]
    return {"columns": seen}


def _declared(job: PublishJob, node: Mapping[str, Any]) -> Contract | None:
    """The contract that declares a node's columns; None for a hidden node and for a step without one."""
    name, kind = str(node.get("name", "")), node.get("kind")
    if not name:
        return None
    if kind == "source":
        return job.city.sources.get(name)
    if kind in ("mart", "release"):
        return job.contract if name == job.product else job.city.products.get(name)
    if kind == "intermediate" and name.startswith(ENTITY) and name.endswith(RECEIVED):
        return load_entities().get(name.removeprefix(ENTITY).removesuffix(RECEIVED))
    return None


def _above(job: PublishJob) -> tuple[dict[str, dict[str, Any]], set[Edge]]:
    """The part of the graph that leads to this product, with its release at the end."""
    nodes = {str(n["id"]): dict(n) for n in job.lineage.get("nodes", ())}
    edges = {(str(a), str(b)) for a, b in job.lineage.get("edges", ())}
    name = job.relation.rsplit(".", 1)[-1]
    ends = {
        i for i, n in nodes.items() if n.get("kind") in {"mart", "release"} and n.get("name") in {name, job.product}
    }
    release = f"release.{job.product}"
    if not any(nodes[i]["kind"] == "release" for i in ends):
        title = job.contract.title.default
        lowest = tiers.lowest(job.contract.renditions)
        nodes[release] = {"id": release, "kind": "release", "name": job.product, "title": title, "tier": lowest}
        edges |= {(end, release) for end in ends}
        ends = ends | {release}
    reached = set(ends)
    frontier = list(ends)
    while frontier:
        node = frontier.pop()
        new = {a for a, b in edges if b == node and a in nodes} - reached
        reached |= new
        frontier += sorted(new)
    return {i: nodes[i] for i in reached}, {(a, b) for a, b in edges if a in reached and b in reached}


def _collapsed(
    city: City, nodes: Mapping[str, Mapping[str, Any]], edges: set[Edge], tier: str
) -> tuple[dict[str, dict[str, Any]], set[Edge]]:
    kept = {i: dict(n) for i, n in nodes.items() if tiers.visible(_tier(n), tier)}
    cards: list[tuple[str, str, str]] = []
    links = set(edges)
    for identity in sorted(set(nodes) - set(kept)):
        card = _card(city, nodes[identity])
        if card is not None:
            cards.append((str(nodes[identity]["kind"]), card.title.default, identity))
        else:
            links = _bridged(links, identity)
    renamed = {identity: f"hidden-{n}" for n, (_, _, identity) in enumerate(sorted(cards), start=1)}
    for kind, title, identity in cards:
        kept[identity] = {"id": renamed[identity], "kind": kind, "title": title}
    return kept, {(renamed.get(a, a), renamed.get(b, b)) for a, b in links}


def _tier(node: Mapping[str, Any]) -> str:
    """A node's tier; what nobody said counts as the most restrictive."""
    found = node.get("tier")
    return str(found) if tiers.is_tier(found) else tiers.MOST_RESTRICTIVE


def _card(city: City, node: Mapping[str, Any]) -> Contract | None:
    """The contract whose inventory card stands for a hidden node; None where there is none to show."""
    name = str(node.get("name", ""))
    found = city.sources.get(name) if node.get("kind") == "source" else city.products.get(name)
    return found if found is not None and found.inventory == "shown" and found.title else None


def _bridged(edges: set[Edge], gone: str) -> set[Edge]:
    """``edges`` without ``gone``: what led to it now leads to what it led to."""
    before = {a for a, b in edges if b == gone and a != gone}
    after = {b for a, b in edges if a == gone and b != gone}
    return {(a, b) for a, b in edges if gone not in (a, b)} | {(a, b) for a in before for b in after if a != b}
