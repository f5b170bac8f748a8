"""What flows where in a city's warehouse: the SQL that made its tables, handed to the analysis of flows.

Belongs here: which SQL made which table (as dbt compiled it in its last run of the model), the classes that contracts
declare of sources, entities and products, the analysis of both, once a run. Does not belong here: the analysis itself
(``contracts.flow``), holding a release for what it finds (``publish.flow_rules``), the graph that a tier may see
(``publish.lineage_view``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from contracts import kept, tiers
from contracts.flow.model import FlowGraph, Leaf, LeafColumn, ModelText, PythonModel, fold
from contracts.model import Contract
from contracts.python_flows import python_functions
from contracts.steps import flow_functions
from orchestration import raw_sources, shaping

if TYPE_CHECKING:
    from contracts.city import City
    from contracts.flow.classes import Classes, Declared, Finding
    from contracts.home import CityHome

PROJECT: Final = "cauce"
"""The dbt project's name, under which it keeps what it compiled."""

RECORD: Final = "_record"
"""The record's number in its delivery: every source's view has it, no contract declares it."""


@dataclass(frozen=True)
class CityFlow:
    """The flows of one city's warehouse.

    Attributes:
        classes: Every column's class, with what is found of them.
        nodes: Id in the lineage of tables, by folded name of the relation.
        steps: Name and version of each registered step, by the name of a function of it.
    """

    classes: Classes
    nodes: Mapping[str, str]
    steps: Mapping[str, str]

    @property
    def graph(self) -> FlowGraph:
        """What flows where."""
        return self.classes.graph

    def above(self, relation: str) -> frozenset[str]:
        """Folded names of what a relation is made from, itself among them."""
        reached, waiting = {fold(relation)}, [relation]
        while waiting:
            found = self.graph.relation(waiting.pop())
            for name in found.reads if found is not None else ():
                if fold(name) not in reached:
                    reached.add(fold(name))
                    waiting.append(name)
        return frozenset(reached)

    def findings(self, relation: str) -> tuple[Finding, ...]:
        """What holds a relation: what is found of it and of all it is made from."""
        above = self.above(relation)
        return tuple(found for found in self.classes.findings if fold(found.relation) in above)


def compiled_models(city: City, home: CityHome) -> tuple[ModelText | PythonModel, ...]:
    """A city's models in dependency order, each as it was compiled when it last ran.

    Raises:
        InputError: The project cannot be read.
    """
    return tuple(_models(shaping.parse(city, home), home.dbt_target / "target"))


_READ: dict[str, CityFlow] = {}
"""The flows read last in this process, by digest of what they were read from."""


def read_flow(city: City, home: CityHome) -> CityFlow:
    """The flows of a city's warehouse as it stands.

    A model that has not run yet has no compiled SQL; it is refused, as is whatever the analysis does not know.

    Raises:
        InputError: The project cannot be read.
    """
    manifest = shaping.parse(city, home)
    models = tuple(_models(manifest, home.dbt_target / "target"))
    told = [[m.name, m.sql if isinstance(m, ModelText) else m.code] for m in models]
    contracts = {**city.sources, **city.products}
    digest = kept.sha256_bytes(
        kept.canonical_json([told, city.minimum_cell, sorted((n, c.sha256) for n, c in contracts.items())])
    )
    if digest not in _READ:
        _READ.clear()
        _READ[digest] = _analysed(city, models, shaping.graph_of(manifest, city))
    return _READ[digest]


def _analysed(city: City, models: Iterable[ModelText | PythonModel], graph: shaping.LineageGraph) -> CityFlow:
    from contracts.city_load import load_entities
    from contracts.flow.analysis import analyse
    from contracts.flow.classes import classify

    leaves = {leaf.name: leaf for leaf in map(leaf_of, city.sources.values())}
    functions = flow_functions()
    declared = {name: declared_of(contract) for name, contract in city.products.items()}
    declared |= {received(name): declared_of(contract) for name, contract in load_entities().items()}
    classes = classify(
        analyse(models, leaves, functions, python_functions(city.minimum_cell)), leaves, functions, declared
    )
    named = {fold(_relation(node)): node.id for node in graph.nodes}
    return CityFlow(classes, named, {f.name: f"{f.step} {f.version}" for f in functions.values()})


def received(entity: str) -> str:
    """The model that is an entity as the city's staging delivers it."""
    return f"int_{entity}__received"


def leaf_of(source: Contract) -> Leaf:
    """A source's view with its contract's classes; the record's number, which none declares, has the highest."""
    columns = {
        c.name: LeafColumn(
            c.classification,
            c.physical_type,
            is_key=c.primary_key_position is not None,
            unit=c.unit or "",
            maximum=_maximum(c.options),
        )
        for c in source.columns
    }
    columns[RECORD] = LeafColumn(tiers.MOST_RESTRICTIVE, "BIGINT")
    return Leaf(raw_sources.PREFIX + source.name, columns)


def _maximum(options: Mapping[str, Any]) -> float | None:
    """The greatest number that a contract's ``logicalTypeOptions`` allow; None where they name none."""
    found = [options[name] for name in ("maximum", "exclusiveMaximum") if name in options]
    numbers = [float(one) for one in found if isinstance(one, int | float) and not isinstance(one, bool)]
    return min(numbers, default=None)


def declared_of(contract: Contract) -> Declared:
    """What a contract says of its columns."""
    from contracts.flow.classes import Declared, DeclaredColumn

    return Declared(
        {c.name: DeclaredColumn(c.classification, step=c.step.name if c.step else None) for c in contract.columns}
    )


def _relation(node: shaping.LineageNode) -> str:
    return raw_sources.PREFIX + node.name if node.kind == "source" else node.name


def _models(manifest: Mapping[str, Any], target: Path) -> Iterable[ModelText | PythonModel]:
    """The models in dependency order, each as it was compiled when it last ran."""
    nodes = {i: n for i, n in manifest["nodes"].items() if n["resource_type"] == "model"}
    for identity in shaping.in_order(nodes, manifest):
        node = nodes[identity]
        path, written = node["original_file_path"], node["raw_code"]
        if node["language"] == "python":
            inputs = tuple(nodes[i]["name"] for i in manifest["parent_map"][identity] if i in nodes)
            yield PythonModel(node["name"], written, inputs, path)
            continue
        compiled = target / "compiled" / PROJECT / path
        sql = compiled.read_text(encoding="utf-8") if compiled.is_file() else ""
        yield ModelText(node["name"], sql, path, written)
