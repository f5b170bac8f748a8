"""Columns in Dagster's form: values alone, each once, by the assets' own keys."""

from __future__ import annotations

import dagster as dg

from contracts.flow.analysis import analyse
from contracts.flow.classes import classify
from contracts.flow.model import Leaf, LeafColumn, ModelText
from orchestration.defs.column_lineage import METADATA_KEY, column_lineage
from orchestration.flows import CityFlow

LEAF = Leaf("raw__people", {"a": LeafColumn("public", "VARCHAR"), "b": LeafColumn("restricted", "INTEGER")})
KEYS = {"source.people": dg.AssetKey(["town", "raw", "people"]), "staging.x": dg.AssetKey(["town", "staging", "x"])}


def flow_of(sql: str) -> CityFlow:
    graph = analyse([ModelText("x", sql)], {LEAF.name: LEAF}, {})
    return CityFlow(classify(graph, {LEAF.name: LEAF}, {}), {"raw__people": "source.people", "x": "staging.x"}, {})


def told(sql: str, relation: str = "x") -> dict[str, list[tuple[str, str]]]:
    value = column_lineage(flow_of(sql), relation, KEYS)[METADATA_KEY]
    return {
        column: [(dep.asset_key.to_user_string(), dep.column_name) for dep in deps]
        for column, deps in value.column_lineage.deps_by_column.items()
    }


def test_each_column_names_what_its_value_is_made_of() -> None:
    sql = "select a, concat(a, b, upper(a)) as both, 1 as one, case when b > 1 then a end as chosen from raw__people"
    here = "town/raw/people"
    assert told(f"{sql} where b > 3") == {
        "a": [(here, "a")],
        "both": [(here, "a"), (here, "b")],
        "one": [],
        "chosen": [(here, "a")],
    }


def test_a_count_is_made_of_no_column() -> None:
    assert told("select a, count(*) as n from raw__people group by a")["n"] == []


def test_dagster_takes_it_as_an_event_s_metadata() -> None:
    metadata = column_lineage(flow_of("select a from raw__people"), "x", KEYS)
    result: dg.MaterializeResult[None] = dg.MaterializeResult(asset_key=KEYS["staging.x"], metadata=metadata)
    assert result.metadata is not None
    assert isinstance(result.metadata[METADATA_KEY], dg.TableColumnLineageMetadataValue)
    assert next(iter(dict(dg.AssetMaterialization("x", metadata=metadata).metadata))) == METADATA_KEY


def test_what_was_not_followed_is_not_told() -> None:
    assert column_lineage(flow_of("select * from raw__people using sample 3"), "x", KEYS) == {}
    assert column_lineage(flow_of("select a from raw__people"), "other", KEYS) == {}
