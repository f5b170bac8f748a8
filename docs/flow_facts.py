"""What the page of a city's flows says: for each product, what its columns are made of and what decides its records.

Belongs here: putting the ways that the analysis found into facts, each once. Does not belong here: the analysis
(``contracts.flow``), how the page is written (``flows``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.city import City
from contracts.flow.model import PRESENCE, Nature
from contracts.flow.paths import Path, paths
from contracts.tiers import rank
from orchestration import raw_sources
from orchestration.flows import CityFlow


@dataclass(frozen=True, order=True)
class Way:
    """One way from a source's column to a product's, whatever models lie between.

    Attributes:
        source: The source; of a way that ends before one, the model where it ends.
        column: Its column, ``(presence)`` or ``(order)``.
        begins: The class at the source.
        arrives: The class with which it arrives.
        steps: Name and version of the steps that lower it, the first first.
        end: Why it begins there, in the words of ``contracts.flow.paths.Path``.
    """

    source: str
    column: str
    begins: str
    arrives: str
    steps: tuple[str, ...]
    end: str = "source"

    @property
    def is_lowered(self) -> bool:
        """Whether it arrives with a lower class than it begins with."""
        return rank(self.arrives) < rank(self.begins)


@dataclass(frozen=True)
class ColumnFacts:
    """One column of a product.

    ``values`` are what it is made of, ``conditions`` what decides which value it has; what decides the product's
    records stands once, with the product. ``nature`` is what its values are, in the words of ``Nature``.
    """

    name: str
    title: str
    declared: str
    computed: str
    nature: Nature
    values: tuple[Way, ...]
    conditions: tuple[Way, ...]


@dataclass(frozen=True)
class ProductFacts:
    """One product: ``records`` is what decides which records are there, of class ``records_class``."""

    name: str
    title: str
    columns: tuple[ColumnFacts, ...]
    records: tuple[Way, ...]
    records_class: str
    findings: tuple[str, ...]
    refused: int

    def ways_of(self, column: ColumnFacts) -> tuple[Way, ...]:
        """Every way to a column, those of the product's records among them."""
        return (*column.values, *column.conditions, *self.records)


@dataclass(frozen=True)
class SourceColumn:
    """A column of a source, as its contract declares it."""

    source: str
    name: str
    classification: str


@dataclass(frozen=True)
class CityFacts:
    """All of a city; ``idle`` tells of the steps that lower nothing."""

    city: str
    title: str
    products: tuple[ProductFacts, ...]
    sources: tuple[SourceColumn, ...]
    idle: tuple[str, ...]


def facts_of(city: City, flow: CityFlow) -> CityFacts:
    """The facts of a city, products and columns in the order of their contracts."""
    return CityFacts(
        city.id,
        city.name.default,
        tuple(_product(city, flow, name) for name in sorted(city.products)),
        tuple(
            SourceColumn(name, column.name, column.classification)
            for name, source in sorted(city.sources.items())
            for column in source.columns
        ),
        tuple(sorted({note.what for note in flow.classes.notes})),
    )


def _product(city: City, flow: CityFlow, name: str) -> ProductFacts:
    contract = city.products[name]
    records = _ways(paths(flow.classes, name, PRESENCE))
    relation = flow.graph.relation(name)
    columns = []
    for column in contract.columns:
        made = relation.column(column.name) if relation is not None else None
        found = tuple(paths(flow.classes, name, column.name))
        values = _ways(path for path in found if path.is_direct)
        conditions = _ways(path for path in found if not path.is_direct)
        columns.append(
            ColumnFacts(
                column.name,
                column.title.default,
                column.classification,
                flow.classes.computed_class(name, column.name),
                made.nature if made is not None else Nature.RECORD,
                values,
                tuple(way for way in conditions if way not in records),
            )
        )
    above = flow.above(name)
    refused = sum(relation in above and found.is_refused for relation, found in flow.graph.relations.items())
    return ProductFacts(
        name,
        contract.title.default,
        tuple(columns),
        records,
        flow.classes.computed_class(name, PRESENCE),
        tuple(finding.what for finding in flow.findings(name)),
        refused,
    )


def _ways(found: Iterable[Path]) -> tuple[Way, ...]:
    """Ways sorted, each once; those that are made of no column at all are left out."""
    return tuple(sorted({_way(path) for path in found if path.end != "constant"}))


def _way(path: Path) -> Way:
    relation, column = (path.edges[-1].relation, path.edges[-1].column) if path.edges else (path.relation, path.column)
    steps = tuple(f"{name} {version}" for name, version in path.steps)
    source = relation.removeprefix(raw_sources.PREFIX)
    return Way(source, column, path.begins_with, path.arrives_with, steps, path.end)
