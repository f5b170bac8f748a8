"""Landing the register with dlt: run by dlt's own Python, so that nothing of ours is imported.

    .../venv-dlt/bin/python bench/dlt_peer.py REGISTER.csv FOLDER parquet|duckdb

The register is read as declared (types, delimiter, form of moments: nothing is detected) by dlt's own reader over
DuckDB, in Arrow batches, which is its fast way, and loaded into Parquet files or into a DuckDB file with its column
types frozen. dlt types and loads; it keeps no raw bytes, judges no rule and sets no record aside.
"""

import json
import os
import sys
import time
from pathlib import Path

MOMENTS = ("fecha_apertura", "fecha_vencimiento", "fecha_cierre", "fecha_actualizacion")
DEGREES = ("latitud", "longitud")
TEXTS = ("radicado", "estado", "codigo_servicio", "servicio", "dependencia", "canal", "comuna", "direccion")
PERSON = ("solicitante_nombre", "solicitante_correo", "solicitante_telefono")
ORDER = (*TEXTS[:1], *MOMENTS, *TEXTS[1:], *DEGREES, *PERSON)
BATCH = 122_880


def types() -> dict[str, str]:
    """DuckDB's type of every column."""
    known = dict.fromkeys(MOMENTS, "TIMESTAMP") | dict.fromkeys(DEGREES, "DOUBLE")
    return {name: known.get(name, "VARCHAR") for name in ORDER}


def load(register: Path, folder: Path, kind: str) -> int:
    """Load the register; returns the number of records that dlt says it loaded."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt  # type: ignore[import-not-found,unused-ignore]
    from dlt.sources.filesystem import filesystem, read_csv_duckdb  # type: ignore[import-not-found,unused-ignore]

    read = read_csv_duckdb(
        chunk_size=BATCH, use_pyarrow=True, sep=";", header=True, dtype=types(), timestamp_format="%d/%m/%Y %H:%M:%S"
    )
    files = filesystem(bucket_url=register.parent.as_uri(), file_glob=register.name)
    rows = (files | read).with_name("service_requests")
    rows.apply_hints(schema_contract={"data_type": "freeze", "columns": "evolve"})
    if kind == "parquet":
        destination = dlt.destinations.filesystem(bucket_url=(folder / "files").as_uri())
    else:
        destination = dlt.destinations.duckdb(str(folder / "landed.duckdb"))
    pipeline = dlt.pipeline(
        "landing", pipelines_dir=str(folder / "dlt"), destination=destination, dataset_name="register"
    )
    told = pipeline.run(rows, loader_file_format="parquet")
    told.raise_on_failed_jobs()
    return int(pipeline.last_trace.last_normalize_info.row_counts["service_requests"])


def main() -> None:
    """Load once and print what it took."""
    register, folder, kind = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    records = load(register, folder, kind)
    print(json.dumps({"records": records, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
