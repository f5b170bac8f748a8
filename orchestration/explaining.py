"""Why a column may be seen by whom, and what a product is made from: for whoever asks at the command line.

Belongs here: putting the flows of a city's warehouse into answers about one product or column, every class told (it is
the operator's own terminal). Does not belong here: what a tier's readers are told (``publish.flow_view``), printing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from contracts import tiers
from contracts.errors import InputError
from contracts.flow.model import PSEUDO_COLUMNS, Edge, Kind, Subtype, fold
from orchestration import raw_sources
from orchestration.flows import CityFlow, read_flow

if TYPE_CHECKING:
    from contracts.city import City
    from contracts.flow.paths import Path
    from contracts.home import CityHome


def explained(city: City, home: CityHome, name: str) -> dict[str, Any]:
    """Each column's class and its ways to the sources.

    Shape:
        ``{"product", "followed", "columns": [{"column", "declared", "computed", "ways": [{"text", "from",
        "begins_with", "arrives_with", "steps"}]}], "findings": [text], "notes": [text]}``.

    Raises:
        InputError: There is no such product or column, or no run has made its table yet.
    """
    product, column = _named(city, name)
    flow = _flow_of(city, home, product)
    contract = city.products[product]
    wanted = [c for c in contract.columns if column is None or c.name == column]
    above = flow.above(product)
    return {
        "product": product,
        "followed": len(wanted),
        "columns": [
            {
                "column": c.name,
                "declared": c.classification,
                "computed": flow.classes.computed_class(product, c.name),
                "ways": [_way(path) for path in _worst_first(flow, product, c.name)],
            }
            for c in wanted
        ],
        "findings": [
            found.what
            for found in flow.findings(product)
            if column is None or fold(found.relation) != fold(product) or found.column in ("", column)
        ],
        "notes": [note.what for note in flow.classes.notes if column is None and fold(note.relation) in above],
    }


def made(city: City, home: CityHome, name: str) -> dict[str, Any]:
    """The steps from a product's sources to its release; of a column, what it is made of at each of them.

    Shape:
        ``{"product", "column", "steps": [{"kind", "name", "title", "tier", "made_from": [name]}]}``, in the order of
        making, each step after what it reads. With a column, only the steps that take part, each with ``columns``:
        ``[{"column", "made_of": [part], "decided_by": [part]}]`` and ``records_decided_by``: ``[part]``, a part being
        ``{"from": "step.column", "how", "steps": [name and version]}``; ``(presence)`` and ``(order)`` in a column's
        place are the step's records and the order in which they lie.

    Raises:
        InputError: There is no such product or column, no model makes its table, or no run has made it yet.
    """
    from catalog.lineage import read_graph

    product, column = _named(city, name)
    graph = read_graph(_above(city, home, product))
    steps: list[dict[str, Any]] = [
        {
            "kind": node.kind,
            "name": node.name,
            "title": node.title,
            "tier": node.tier,
            "made_from": [parent.name for parent in graph.parents(node.id)],
        }
        for node in graph.nodes
    ]
    if column is not None:
        parts = _parts(_flow_of(city, home, product), product, column)
        declared = next(c.classification for c in city.products[product].columns if c.name == column)
        seen_by = tiers.highest((tiers.lowest(city.products[product].renditions), declared))
        release = {"columns": [_copied(product, column)], "records_decided_by": [], "tier": seen_by}
        told = [(step, release if step["kind"] == "release" else parts.get(_relation(step))) for step in steps]
        steps = [{**step, **taking} for step, taking in told if taking and any(taking.values())]
    return {"product": product, "column": column, "steps": steps}


def _above(city: City, home: CityHome, product: str) -> dict[str, Any]:
    """The lineage of a product's release, as one is kept, with all of its steps."""
    from orchestration import shaping

    graph = shaping.lineage(city, home)
    mart = next((n.id for n in graph.nodes if n.kind == "mart" and n.name == product), None)
    if mart is None:
        raise InputError("no model makes the product's table", where=f"product {product}")
    wanted = graph.upstream(mart) | {mart}
    contract = city.products[product]
    release = {
        "id": f"release.{product}",
        "kind": "release",
        "name": product,
        "title": contract.title.default,
        "tier": tiers.lowest(contract.renditions),
    }
    edges = [[start, end] for start, end in graph.edges if end in wanted]
    return {
        "nodes": [*(n.as_dict() for n in graph.nodes if n.id in wanted), release],
        "edges": [*edges, [mart, release["id"]]],
    }


def _relation(step: Mapping[str, Any]) -> str:
    return fold(raw_sources.PREFIX + step["name"] if step["kind"] == "source" else step["name"])


def _copied(product: str, column: str) -> dict[str, Any]:
    part = {"from": f"{product}.{column}", "how": Subtype.IDENTITY.value, "steps": []}
    return {"column": column, "made_of": [part], "decided_by": []}


def _parts(flow: CityFlow, product: str, column: str) -> dict[str, dict[str, Any]]:
    """What takes part in a column, by folded name of the relation where it stands."""
    reached: dict[str, list[str]] = {fold(product): [column]}
    waiting = [(product, column)]
    while waiting:
        relation, name = waiting.pop(0)
        for edge in _own(flow, relation, name):
            known = reached.setdefault(fold(edge.relation), [])
            if edge.kind is Kind.DIRECT and edge.column not in known and edge.column not in PSEUDO_COLUMNS:
                known.append(edge.column)
                waiting.append((edge.relation, edge.column))
    deciding = dict.fromkeys(reached)
    frontier = list(reached)
    while frontier:
        found = flow.graph.relation(frontier.pop())
        for edge in found.presence if found is not None else ():
            if fold(edge.relation) not in deciding:
                deciding[fold(edge.relation)] = None
                frontier.append(edge.relation)
    return {
        relation: {
            "columns": [
                {
                    "column": name,
                    "made_of": _told(flow, _own(flow, relation, name), Kind.DIRECT),
                    "decided_by": _told(flow, _own(flow, relation, name), Kind.INDIRECT),
                }
                for name in sorted(reached.get(relation, ()))
            ],
            "records_decided_by": _told(
                flow, (e for e in (found.presence if found else ()) if e.column not in PSEUDO_COLUMNS), None
            ),
        }
        for relation in deciding
        for found in (flow.graph.relation(relation),)
    }


def _own(flow: CityFlow, relation: str, column: str) -> tuple[Edge, ...]:
    """What a column is made of or decided by, apart from what decides its relation's records."""
    found = flow.graph.relation(relation)
    named = found.column(column) if found is not None else None
    return named.edges if named is not None else ()


def _told(flow: CityFlow, edges: Iterable[Edge], kind: Kind | None) -> list[dict[str, Any]]:
    """Edges of one kind (of any for None) as parts, sorted, each once."""
    found = dict.fromkeys(
        (
            f"{edge.relation.removeprefix(raw_sources.PREFIX)}.{edge.column}",
            edge.subtype.value,
            tuple(dict.fromkeys(flow.steps[step] for step in edge.steps if step in flow.steps)),
        )
        for edge in sorted(edges)
        if kind in (None, edge.kind)
    )
    return [{"from": start, "how": how, "steps": list(steps)} for start, how, steps in found]


def _named(city: City, name: str) -> tuple[str, str | None]:
    product, dot, column = name.partition(".")
    if product not in city.products:
        raise InputError(
            "no such product",
            where=f"city {city.id}",
            found=repr(product),
            expected=", ".join(sorted(city.products)) or "none is turned on",
        )
    known = [c.name for c in city.products[product].columns]
    if dot and column not in known:
        raise InputError("no such column", where=f"product {product}", found=repr(column), expected=", ".join(known))
    return product, column if dot else None


def _flow_of(city: City, home: CityHome, product: str) -> CityFlow:
    flow = read_flow(city, home)
    if not home.warehouse.is_file() or flow.graph.relation(product) is None:
        raise InputError(
            "no run has made the product's table yet", where=f"product {product}", hint=f"cauce run --city {city.id}"
        )
    return flow


def _worst_first(flow: CityFlow, product: str, column: str) -> Iterable[Path]:
    """The ways from a column, those that arrive with the highest class first, and shorter ones first among them."""
    from contracts.flow.paths import paths
    from contracts.tiers import rank

    return sorted(paths(flow.classes, product, column), key=lambda path: (-rank(path.arrives_with), not path.is_direct))


def _way(path: Path) -> Mapping[str, Any]:
    end = path.edges[-1] if path.edges else None
    return {
        "text": str(path),
        "from": f"{end.relation}.{end.column}" if end else None,
        "begins_with": path.begins_with,
        "arrives_with": path.arrives_with,
        "steps": [f"{name} {version}" for name, version in path.steps],
    }
