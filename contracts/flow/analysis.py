"""From models to a graph of flows.

Belongs here: reading the models one after the other, each with what those before it give. Does not belong here: the
parts of SQL (the other modules), classes (``classes``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from contracts.flow.edges import Flows, arranged, bounded
from contracts.flow.model import (
    ANY,
    ORDER,
    PRESENCE,
    PSEUDO_COLUMNS,
    Edge,
    FlowColumn,
    FlowGraph,
    FlowRelation,
    Kind,
    Leaf,
    LeafColumn,
    Misuse,
    ModelText,
    Nature,
    PythonFunction,
    PythonModel,
    Refusal,
    StepFunction,
    Subtype,
    fold,
)
from contracts.flow.natures import ELSEWHERE, MANY, Value
from contracts.flow.nodes import ANOTHER_WAY
from contracts.flow.parsing import parse
from contracts.flow.python_models import PythonReading, read_python_model
from contracts.flow.queries import Queries
from contracts.flow.reading import Reading, quoted
from contracts.flow.scopes import Column, Rows, told_apart
from contracts.flow.traits import Traits, of_type, of_unit
from contracts.tiers import LEAST_RESTRICTIVE

PLACES: Final = frozenset({("warehouse", "main")})
"""Catalogue and schema in which dbt makes the models."""

RECORD: Final = "_record"
"""The column with the record's number in its delivery: made at the door, and so a key wherever it stands."""

_MOMENTS: Final = ("DATE", "TIMESTAMP", "DATETIME")


def analyse(
    models: Iterable[ModelText | PythonModel],
    leaves: Mapping[str, Leaf],
    steps: Mapping[str, StepFunction],
    functions: Mapping[str, PythonFunction] | None = None,
    *,
    places: frozenset[tuple[str, str]] = PLACES,
) -> FlowGraph:
    """What flows where.

    Args:
        models: The models in dependency order: each reads only leaves and models before it.
        leaves: The relations where the analysis begins, by name.
        steps: The registered step functions, by name.
        functions: Python functions whose flow is declared, by dotted name.
        places: Catalogue and schema by which SQL may name a relation.

    Returns:
        The graph. A model that holds anything unknown is in it, refused.
    """
    known = {fold(leaf.name): _leaf_rows(leaf) for leaf in leaves.values()}
    names = {fold(column) for leaf in leaves.values() for column in leaf.columns}
    registered = {fold(name): function for name, function in steps.items() if not function.python}
    in_python = {function.python: function for function in steps.values() if function.python}
    relations: dict[str, FlowRelation] = {}
    refusals: set[Refusal] = set()
    taken: set[str] = set()
    misuses: set[Misuse] = set()
    for model in models:
        if fold(model.name) in known:
            what = f"a second relation called {model.name}"
            refusals.add(Refusal(model.name, 0, what, "Give it another name.", model.path or model.name))
            relation = refused_relation(model.name)
            taken.add(fold(model.name))
        elif isinstance(model, PythonModel):
            python = PythonReading(model, known, in_python)
            relation = read_python_model(python, functions or {})
            refusals |= python.refusals
            misuses |= python.misuses
        else:
            reading = Reading(model, known, registered, places)
            relation = _read_model(reading, frozenset(names))
            refusals |= reading.refusals
            misuses |= reading.misuses
        relations[fold(relation.name)] = refused_relation(relation.name) if fold(relation.name) in taken else relation
        known[fold(relation.name)] = rows_of(relation)
        names |= set(relation.columns)
    return FlowGraph(relations, tuple(sorted(refusals)), tuple(sorted(misuses)))


def _read_model(reading: Reading, names: frozenset[str]) -> FlowRelation:
    model = reading.model
    tree = parse(reading, names)
    if tree is None:
        return refused_relation(model.name)
    try:
        rows = Queries(reading).read(tree, None)
        for node in reading.unread(tree):
            reading.refuse(node, f"passed over: {quoted(node)}", ANOTHER_WAY)
    except RecursionError:
        reading.refuse(tree, "expressions or queries nested too deep", "Split the model.")
        return refused_relation(model.name)
    columns = told_apart(rows.columns)
    for i, column in enumerate(columns, 1):
        if column.name is None:
            reading.refuse(tree, f"column {i} of the model has no name", "Give the expression a name with AS.")
        elif fold(column.name) in PSEUDO_COLUMNS:
            reading.refuse(tree, f"a column called {column.name}", "Give it another name.")
    presence = rows.presence
    return FlowRelation(
        name=model.name,
        columns={fold(c.name): _flow_column(c.name, c.value, presence) for c in columns if c.name is not None},
        presence=arranged(presence),
        order=arranged(rows.order - presence),
        rest=_flow_column(ANY, rows.rest, presence) if rows.rest is not None else None,
        is_refused=bool(reading.refusals),
    )


def refused_relation(name: str) -> FlowRelation:
    """A model of which nothing is known."""
    return FlowRelation(name, {}, rest=FlowColumn(ANY, Nature.RECORD, ()), is_refused=True)


def _flow_column(name: str, value: Value, presence: Flows) -> FlowColumn:
    """A column, without the edges that its relation's presence has already."""
    covered = {(edge.relation, edge.column, edge.steps) for edge in presence}
    own = frozenset(
        edge
        for edge in value.flows
        if edge.subtype is not Subtype.FILTER or (edge.relation, edge.column, edge.steps) not in covered
    )
    decided = frozenset(edge for edge in own if edge.kind is Kind.INDIRECT)
    conditions = bounded(decided | value.conditions)
    return FlowColumn(name, value.nature, arranged(own), value.is_moment, value.is_key, value.traits, conditions)


def rows_of(relation: FlowRelation) -> Rows:
    """A model as what reads it sees."""
    return Rows(
        tuple(_column(relation.name, column) for column in relation.columns.values()),
        frozenset({Edge(relation.name, PRESENCE, Kind.INDIRECT, Subtype.FILTER)}),
        frozenset({Edge(relation.name, ORDER, Kind.INDIRECT, Subtype.SORT)}),
        _column(relation.name, relation.rest).value if relation.rest is not None else None,
    )


def _leaf_rows(leaf: Leaf) -> Rows:
    return Rows(
        tuple(
            _column(
                leaf.name,
                FlowColumn(
                    name,
                    column.nature,
                    (),
                    column.type.upper().startswith(_MOMENTS),
                    column.is_key or fold(name) == RECORD,
                    _declared_traits(leaf, name, column),
                ),
            )
            for name, column in leaf.columns.items()
        ),
        frozenset({Edge(leaf.name, PRESENCE, Kind.INDIRECT, Subtype.FILTER)}),
        frozenset({Edge(leaf.name, ORDER, Kind.INDIRECT, Subtype.SORT)}),
    )


def _declared_traits(leaf: Leaf, name: str, column: LeafColumn) -> Traits:
    is_public = column.classification == LEAST_RESTRICTIVE
    forms = frozenset[tuple[str, str]]() if is_public else frozenset({(f"{fold(leaf.name)}.{fold(name)}", "")})
    return Traits(of_type(column.type), of_unit(column.unit), column.maximum, forms)


def _column(relation: str, column: FlowColumn) -> Column:
    edge = frozenset({Edge(relation, column.name, Kind.DIRECT, Subtype.IDENTITY)})
    if column.nature in MANY:
        value = Value(pooled=edge, nature=column.nature, pools=frozenset({ELSEWHERE}), traits=column.traits)
        return Column(column.name, value)
    value = Value(edge, nature=column.nature, is_moment=column.is_moment, is_key=column.is_key)
    return Column(column.name, replace(value, traits=column.traits, conditions=column.conditions))
