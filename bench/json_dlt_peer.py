"""The same pages with dlt's REST tools: run by dlt's own Python, so that nothing of ours is imported.

    .../venv-dlt/bin/python bench/json_dlt_peer.py URL PAGES FOLDER TYPES.json SETTING

Settings, each with the column types given and nested values kept as JSON, so that no table is made of them:

- ``source``: the REST API source with its offset paginator, into Parquet files.
- ``source-duckdb``: the same, into a DuckDB file.
- ``arrow``: dlt's REST client in a parallelized resource; each page becomes an Arrow table of its own, which dlt
  loads without looking at each record: the quickest way that its documentation names.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

A_PAGE = 1_000
KINDS = {"VARCHAR": "text", "TIMESTAMP": "timestamp", "DOUBLE": "double", "JSON": "json"}
QUERY = {"$order": ":id", "$limit": A_PAGE}


def hints(types: dict[str, str]) -> dict[str, Any]:
    """Dlt's words for the column types."""
    return {name: {"name": name, "data_type": KINDS[kind]} for name, kind in types.items()}


def from_source(url: str, pages: int, types: dict[str, str]) -> Any:
    """The REST API source."""
    from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found,unused-ignore]

    base, _, path = url.rpartition("/resource/")
    paging = {"type": "offset", "limit": A_PAGE, "limit_param": "$limit", "offset_param": "$offset"}
    paging |= {"total_path": None, "maximum_offset": pages * A_PAGE, "stop_after_empty_page": False}
    resource = {
        "name": "requests",
        "columns": hints(types),
        "max_table_nesting": 0,
        "endpoint": {"path": f"resource/{path}", "params": {"$order": ":id"}, "paginator": paging},
        "parallelized": True,
    }
    return rest_api_source({"client": {"base_url": base}, "resources": [resource]})


def from_client(url: str, pages: int, types: dict[str, str]) -> Any:
    """The REST client, page by page as Arrow."""
    import dlt  # type: ignore[import-not-found,unused-ignore]
    import pyarrow as pa  # type: ignore[import-not-found,import-untyped,unused-ignore]
    import pyarrow.compute as pc  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from dlt.sources.helpers.rest_client import RESTClient  # type: ignore[import-not-found,unused-ignore]
    from dlt.sources.helpers.rest_client.paginators import OffsetPaginator  # type: ignore[import-not-found,unused-ignore]

    base, _, path = url.rpartition("/resource/")

    def column(page: list[dict[str, Any]], name: str, kind: str) -> Any:
        values = [record.get(name) for record in page]
        if kind == "JSON":
            return pa.array([None if v is None else json.dumps(v) for v in values], pa.string())
        texts = pa.array(values, pa.string())
        if kind == "TIMESTAMP":
            return pc.cast(texts, pa.timestamp("us"))
        return pc.cast(texts, pa.float64()) if kind == "DOUBLE" else texts

    @dlt.resource(name="requests", parallelized=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
    def requests() -> Iterator[Any]:
        paginator = OffsetPaginator(
            limit=A_PAGE, limit_param="$limit", offset_param="$offset", total_path=None,
            maximum_offset=pages * A_PAGE, stop_after_empty_page=False,
        )  # fmt: skip
        client = RESTClient(base_url=base, paginator=paginator)
        for page in client.paginate(f"resource/{path}", params={"$order": ":id"}):
            yield pa.table({name: column(page, name, kind) for name, kind in types.items()})

    return requests


def load(url: str, pages: int, folder: Path, types: dict[str, str], setting: str) -> int:
    """Load all pages; returns the number of records that dlt says it loaded."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["NORMALIZE__WORKERS"] = "2"
    os.environ["NORMALIZE__START_METHOD"] = "spawn"
    os.environ["NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS"] = "100000"
    os.environ["EXTRACT__DATA_WRITER__FILE_MAX_ITEMS"] = "100000"
    import dlt

    rows = (from_client if setting == "arrow" else from_source)(url, pages, types)
    if setting == "source-duckdb":
        destination = dlt.destinations.duckdb(str(folder / "landed.duckdb"))
    else:
        destination = dlt.destinations.filesystem(bucket_url=(folder / "files").as_uri())
    pipeline = dlt.pipeline(
        "pages", pipelines_dir=str(folder / "dlt"), destination=destination, dataset_name="requests"
    )
    told = pipeline.run(rows, loader_file_format="parquet")
    told.raise_on_failed_jobs()
    return int(pipeline.last_trace.last_normalize_info.row_counts["requests"])


def main() -> None:
    """Load once and print what it took."""
    url, pages, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    types = json.loads(Path(sys.argv[4]).read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    records = load(url, pages, folder, types, sys.argv[5])
    print(json.dumps({"records": records, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    main()
