"""The bare way: an async loop with httpx, then DuckDB from JSON to Parquet; run in an environment of its own.

    .../venv-httpx/bin/python bench/json_httpx_peer.py URL PAGES FOLDER TYPES.json [AT ONCE]

Each page is fetched by offset and written down as it came; DuckDB then reads all of them with the column types given
(nothing is detected) and writes one Parquet file. Nothing is kept for a second look, counted or judged.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

A_PAGE = 1_000


async def fetch(url: str, pages: int, folder: Path, at_once: int) -> None:
    """Write every page to a file of its own."""
    import httpx  # type: ignore[import-not-found,unused-ignore]

    numbers = iter(range(pages))
    async with httpx.AsyncClient(timeout=60) as client:

        async def work() -> None:
            for page in numbers:
                query = {"$order": ":id", "$limit": str(A_PAGE), "$offset": str(page * A_PAGE)}
                answer = await client.get(url, params=query)
                answer.raise_for_status()
                (folder / f"page-{page:05d}.json").write_bytes(answer.content)

        await asyncio.gather(*(work() for _ in range(at_once)))


def to_parquet(folder: Path, types: dict[str, str]) -> int:
    """One typed Parquet file of all pages; returns its number of records."""
    import duckdb

    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    source = f"read_json('{folder}/page-*.json', format = 'array', columns = {{{columns}}})"
    with duckdb.connect() as connection:
        connection.execute("set threads = 2; set memory_limit = '1500MB'; set preserve_insertion_order = false")
        target = f"'{folder}/all.parquet'"
        connection.execute(f"copy (select * from {source}) to {target} (format parquet, compression zstd)")
        row = connection.execute(f"select count(*) from read_parquet({target})").fetchone()
    assert row is not None
    return int(row[0])


def main() -> None:
    """Fetch and write once; print what it took."""
    url, pages, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    types = json.loads(Path(sys.argv[4]).read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter(), time.process_time()
    asyncio.run(fetch(url, pages, folder, int(sys.argv[5]) if len(sys.argv) > 5 else 1))
    fetched = time.perf_counter(), time.process_time()
    records = to_parquet(folder, types)
    ended = time.perf_counter(), time.process_time()
    told = {
        "records": records,
        "seconds": ended[0] - started[0],
        "cpu_seconds": ended[1] - started[1],
        "fetch_seconds": fetched[0] - started[0],
        "fetch_cpu_seconds": fetched[1] - started[1],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
