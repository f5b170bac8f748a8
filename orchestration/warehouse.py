"""A city's warehouse before the models run: what they stand on is made in it, by the shell and not by dbt.

Belongs here: opening the warehouse within its limits, and the order of making. Does not belong here: what is made
(``raw_sources``, ``step_functions``), running the models (``shaping``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts import kept
from contracts.city import City
from contracts.engines.sql import text_literal
from orchestration import raw_sources, step_functions
from orchestration.step_functions import StepSettings

if TYPE_CHECKING:
    import duckdb


def step_settings(city: City, as_of: datetime) -> StepSettings:
    """What the registered steps' functions of a city are made with.

    Args:
        city: The city.
        as_of: The run's as-of instant, in UTC.
    """
    return StepSettings((city.timezone,), city.minimum_cell, as_of)


def prepare(
    engine: Mapping[str, Any], city: City, files: Mapping[str, Sequence[Path]], as_of: datetime
) -> dict[str, str]:
    """Make the views of the city's sources and the functions of the registered steps.

    Args:
        engine: What the profile is told about DuckDB (``dbt_project.engine_variables``).
        city: The city.
        files: Accepted Parquet files by source, oldest first.
        as_of: The run's as-of instant, in UTC.

    Returns:
        What the engine said of each source that it could not read.
    """
    with opened(engine) as connection:
        step_functions.make(connection, step_settings(city, as_of))
        return raw_sources.make(connection, city.sources, files)


@contextmanager
def opened(engine: Mapping[str, Any]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, within the limits that dbt will keep too; nobody else has it open."""
    import duckdb

    warehouse = Path(engine["warehouse"])
    kept.make_folder(warehouse.parent)
    with kept.step("prepare_warehouse", warehouse), duckdb.connect(str(warehouse)) as connection:
        limits = {"threads": "threads", "memory_limit": "memory", "temp_directory": "temporary"}
        for name, told in limits.items():
            connection.execute(f"SET {name} = {text_literal(str(engine[told]))}")
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
