"""The pages of the bench: what the server gives by row id and by offset is the same, whole, and Socrata's; ratios."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import page
from bench.budgets import budgets_of_pages
from bench.json_pages import FETCH, TYPED, WHOLE, ratios
from bench.json_rows import A_PAGE, COLUMNS, contract, make_pages
from bench.json_server import Server
from contracts.load import load_contract
from contracts.model import Role


def test_every_record_comes_once_by_row_id_and_by_offset(tmp_path: Path) -> None:
    pages = make_pages(tmp_path, 3)
    with pages.path.open("rb") as file:
        server = Server(pages, file)

        def ask(query: str) -> Any:
            body, packed = server.answer(f"/resource/benc-hnyc.json?{query}")
            return json.loads(gzip.decompress(body) if packed else body)

        assert ask("$select=count(*)") == [{"count": str(3 * A_PAGE)}]
        by_offset = [r for n in range(3) for r in ask(f"$limit=1000&$offset={n * A_PAGE}")]
        by_id: list[Any] = []
        found = ask("$select=*,:id&$order=:id&$limit=1000")
        while found:
            by_id += found
            after = quote(f":id > '{found[-1][':id']}'")
            found = ask(f"$select=*,:id&$order=:id&$limit=1000&$where={after}")
        ids = [r.pop(":id") for r in by_id]
        assert ids == sorted(set(ids)) and len(ids) == 3 * A_PAGE
        assert by_id == by_offset
        assert len({r["unique_key"] for r in by_id}) == len(by_id)
        assert {k for r in by_id for k in r if not k.startswith(":@")} == set(COLUMNS) - {"landmark"}


def test_both_contracts_load(tmp_path: Path) -> None:
    for judged in (False, True):
        path = tmp_path / "pages_requests.odcs.yaml"
        path.write_text(contract(judged=judged))
        loaded = load_contract(path, Role.SOURCE)
        assert len(loaded.columns) == len(COLUMNS)
        assert bool(loaded.primary_key) == judged


def test_ratios_are_of_cpu_and_the_best_of_each_kind_counts() -> None:
    def one(cpu: float, **more: float) -> dict[str, Any]:
        return {"seconds": 9.0, "process": {"seconds": 9.0, "cpu_seconds": cpu, "peak_mb": 300.0}, **more}

    best = {
        "httpx loop and DuckDB": one(2.0, fetch_cpu_seconds=1.0),
        "httpx, four pages at once, and DuckDB": one(3.0, fetch_cpu_seconds=0.5),
        FETCH: one(1.5, cpu_seconds=1.0),
        TYPED: one(2.5),
        WHOLE: one(4.0),
        "dlt: REST source to Parquet": one(25.0),
        "dlt: REST client, pages as Arrow, to Parquet": one(12.5),
    }
    told = ratios(best)
    assert told == {
        "fetch_to_bare": 2.0,
        "typed_to_bare": 1.25,
        "whole_to_bare": 2.0,
        "typed_to_dlt": 0.2,
        "whole_to_dlt": 0.32,
    }
    size = {"pages": 200, "records": 200_000, "contenders": best, **told}
    assert [b.is_kept for b in budgets_of_pages({"sizes": [size]})] == [True, True, True]
    text = page.tell_pages({"sizes": [size]})
    assert "fetch and typed Parquet to the bare script 1.25" in text and "| 200,000" not in text
