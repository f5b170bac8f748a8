"""The analyser's verdict on a query of the corpus.

Belongs here: handing a query to ``contracts.flow`` as it would get a product's models. Does not belong here: what is
expected of it (``corpus/*.yaml``), the truth (``oracle``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from contracts.flow.model import Leaf, LeafColumn, ModelText, StepFunction
from contracts.steps import flow_functions
from tests.flow.queries import Query, Static, is_above, tables


@cache
def leaves() -> Mapping[str, Leaf]:
    """The tables as the contracts of their sources would declare them."""
    return {
        name: Leaf(
            name,
            {
                one.name: LeafColumn(one.tier, one.type.upper(), unit=one.unit, maximum=one.maximum)
                for one in table.columns
            },
        )
        for name, table in tables().items()
    }


@cache
def steps() -> Mapping[str, StepFunction]:
    """The registered steps, by function."""
    return flow_functions()


def judge(query: Query) -> tuple[Static, str]:
    """What the analyser makes of the query, and in which words.

    ``refused``: something was not understood. ``caught``: a column that is published is above the reader's tier.
    """
    from contracts.flow.analysis import analyse
    from contracts.flow.classes import Declared, DeclaredColumn, FindingKind, classify

    models = [ModelText(name, sql) for name, sql in query.models.items()]
    graph = analyse(models, leaves(), steps())
    if graph.refusals:
        return "refused", "; ".join(f"{one.construct}. {one.instead}" for one in graph.refusals)
    last = models[-1].name
    relation = graph.relation(last)
    assert relation is not None, query.id
    names = query.publishes or tuple(relation.columns)
    declared = Declared({name: DeclaredColumn(query.tier) for name in names})
    result = classify(graph, leaves(), steps(), {last: declared})
    narrowed = [str(found) for found in result.findings if found.kind is FindingKind.NARROWED]
    above = [name for name in names if is_above(result.computed_class(last, name), query.tier)]
    said = [str(misuse) for misuse in graph.misuses]
    if above:
        said.insert(0, f"above {query.tier}: {', '.join(above)}")
    return ("caught", "; ".join([*said, *narrowed])) if above or narrowed else ("passes", "")
