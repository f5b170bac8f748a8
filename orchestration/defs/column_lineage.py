"""Which columns a model's columns are made of, as Dagster tells it.

Belongs here: the flows of a city's warehouse in Dagster's form. Does not belong here: working the flows out.

Only what a value is made of is told; Dagster has no word for what merely decides it. ``cauce lineage show`` and a
release's ``lineage.json`` tell both.

Source: https://docs.dagster.io/api/dagster/metadata ("Table metadata"), ``dagster/column_lineage``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import dagster as dg

from contracts.flow.model import PSEUDO_COLUMNS, FlowColumn, Kind, fold
from orchestration.flows import CityFlow

METADATA_KEY: Final = "dagster/column_lineage"


def column_lineage(
    flow: CityFlow, relation: str, keys: Mapping[str, dg.AssetKey]
) -> dict[str, dg.TableColumnLineageMetadataValue]:
    """The metadata that tells what each column of a model is made of; none for a model that was not followed.

    Args:
        flow: The flows of the city's warehouse.
        relation: The model.
        keys: Each table's asset, by its id in the lineage of tables.
    """
    found = flow.graph.relation(relation)
    if found is None or found.is_refused:
        return {}
    made_of = {column.name: _parts(flow, column, keys) for column in found.columns.values()}
    return {METADATA_KEY: dg.MetadataValue.column_lineage(dg.TableColumnLineage(made_of))}


def _parts(flow: CityFlow, column: FlowColumn, keys: Mapping[str, dg.AssetKey]) -> list[dg.TableColumnDep]:
    """The columns that a column's value is made of, each once."""
    found: dict[tuple[str, str], dg.TableColumnDep] = {}
    for edge in column.edges:
        key = keys.get(flow.nodes.get(fold(edge.relation), ""))
        if edge.kind is Kind.DIRECT and edge.column not in PSEUDO_COLUMNS and key is not None:
            found[(edge.relation, fold(edge.column))] = dg.TableColumnDep(key, edge.column)
    return list(found.values())
