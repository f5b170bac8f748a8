"""The catalogue is built last, whatever failed: after a failed run of a city, its catalogue alone is asked for."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition


def catalogue_after_failure(jobs: "Sequence[UnresolvedAssetJobDefinition]") -> dg.SensorDefinition:
    """A sensor over the city jobs: a failed run requests that city's catalogue."""

    @dg.run_failure_sensor(
        name="catalogue_after_failure",
        monitored_jobs=list(jobs),
        request_jobs=list(jobs),
        description="Shows on the pages what failed: builds the city's catalogue after a failed run.",
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def sensor(context: dg.RunFailureSensorContext) -> Iterator[dg.RunRequest]:
        city_id = context.dagster_run.tags.get("city", "")
        key = dg.AssetKey([city_id, "catalog", "site"])
        selection = context.dagster_run.asset_selection
        if selection is None or selection != {key}:
            yield dg.RunRequest(
                run_key=f"catalogue-after-{context.dagster_run.run_id}",
                job_name=context.dagster_run.job_name,
                asset_selection=[key],
                tags={"city": city_id},
            )

    return sensor
