from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.defs.event_log import open_connections
from orchestration.defs.instance import open_instance
from orchestration.settings import Settings


@dg.asset
def gauge() -> dg.MaterializeResult[object]:
    return dg.MaterializeResult(metadata={"rows": 3})


def test_events_written_on_open_connections_are_read_by_a_plain_instance(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with open_instance(settings) as instance:
        result = dg.materialize([gauge], instance=instance)
        assert result.success
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as plain:
        event = plain.get_latest_materialization_event(dg.AssetKey("gauge"))
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["rows"].value == 3
        assert [run.run_id for run in plain.get_runs()] == [result.run_id]


def test_the_storage_is_as_it_was_afterwards(tmp_path: Path) -> None:
    with open_instance(Settings(home=tmp_path)) as instance:
        storage: Any = instance.event_log_storage
        assert "_connect" in vars(storage)
        assert storage.has_table("asset_keys")
        assert not storage.has_table("no_such_table")
    assert "_connect" not in vars(storage)
    assert "has_table" not in vars(storage)


def test_another_storage_is_left_as_it_is() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        storage = instance.event_log_storage
        before = dict(vars(storage))
        with open_connections(storage):
            assert vars(storage).keys() == before.keys()
