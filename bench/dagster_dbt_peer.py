"""Shaping with dagster-dbt, the way its guide shows: run by its own Python, nothing of ours is imported.

    .../venv-dagster-dbt/bin/python bench/dagster_dbt_peer.py PROJECT VARS.json STATE

PROJECT is the city's dbt project as we put it together, VARS.json what it is told, STATE an empty folder or one of an
earlier run: target, Dagster's own state and warehouse. The manifest is parsed where there is none (cold); then
``@dbt_assets`` runs ``dbt run`` by ``DbtCliResource`` and streams its events, materialised in this process.
"""

# dagster reads the annotation of the asset's context when the module runs: it may not be a string.
import json
import os
import sys
import time
from pathlib import Path


def shape(project: Path, told: str, state: Path) -> int:
    """Parse where needed, run all models; returns how many were materialised."""
    import dagster as dg
    from dagster_dbt import DbtCliResource, dbt_assets  # type: ignore[import-not-found,unused-ignore]

    target = state / "target"
    dbt = DbtCliResource(project_dir=os.fspath(project), profiles_dir=os.fspath(project), target_path=target)
    arguments = ["--vars", told]
    manifest = target / "manifest.json"
    if not manifest.exists():
        dbt.cli(["parse", *arguments], target_path=target).wait()

    @dbt_assets(manifest=manifest)  # type: ignore[untyped-decorator,unused-ignore]
    def models(context: dg.AssetExecutionContext, dbt: DbtCliResource):  # type: ignore[no-untyped-def]
        yield from dbt.cli(["run", *arguments], context=context, target_path=target).stream()

    with dg.DagsterInstance.from_config(os.fspath(state / "dagster")) as instance:
        result = dg.materialize(
            [models],
            resources={"dbt": dbt},
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if not result.success:
        raise SystemExit("the models were not materialised")
    return len(result.asset_materializations_for_node("models"))


def main() -> None:
    """Shape once and print what it took."""
    project, told, state = Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8"), Path(sys.argv[3])
    started = time.perf_counter()
    (state / "dagster").mkdir(parents=True, exist_ok=True)
    (state / "dagster" / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    models = shape(project, told, state)
    print(json.dumps({"models": models, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
