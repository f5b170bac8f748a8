"""The whole invented city: both deliveries through the command, and what a reader then finds."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cities.demo import intake, places
from cities.demo.generate import LOST_DISTRICT, generate, read_deliveries
from contracts.home import CityHome
from contracts.release import current
from orchestration.ingest.landing import latest
from tests.integration.flow_pages import check_page
from transforms.statistics.xmr import Assurance, Signal, assurance, chart

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def played(demo_run: tuple[CityHome, str]) -> tuple[CityHome, str]:
    """The demo as the end-to-end tests share it: run once."""
    return demo_run


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("canaries")
    generate(read_deliveries(4_000)[0], folder)
    planted: dict[str, list[str]] = json.loads((folder / "canaries.json").read_text(encoding="utf-8"))
    return planted


def query(home: CityHome, product: str, sql: str, tier: str = "public") -> list[tuple[Any, ...]]:
    release = current(home, tier, product)
    assert release is not None
    with duckdb.connect() as connection:
        return connection.execute(sql.format(data=f"read_parquet('{release.local('data.parquet')}')")).fetchall()


def test_it_ends_by_saying_what_happened_and_where_to_look(played: tuple[CityHome, str]) -> None:
    _, text = played
    assert "All as planted" in text
    assert "service_requests_monthly" in text
    assert "/site/public/en/index.html" in text
    assert "101 records of demo_service_requests" in text


def test_the_held_product_still_serves_its_last_good_release(played: tuple[CityHome, str]) -> None:
    home, _ = played
    for tier in ("public", "internal"):
        monthly, requests = current(home, tier, "service_requests_monthly"), current(home, tier, "service_requests")
        assert monthly is not None
        assert requests is not None
        assert monthly.manifest.version == 1
        assert monthly.manifest.as_of.startswith("2026-10-01")
        assert requests.manifest.version == 2
        assert requests.manifest.as_of.startswith("2026-11-01")


def test_staff_are_told_which_district_fell_silent_by_code_and_name(played: tuple[CityHome, str]) -> None:
    home, _ = played
    report = Path("quality/service_requests_monthly/held-1/index.html")
    internal = (home.site / "internal/en" / report).read_text(encoding="utf-8")
    assert "04 (Las Salinas)" in internal
    assert "04 (Las Salinas)" not in (home.site / "public/en" / report).read_text(encoding="utf-8")


def test_received_is_accepted_and_quarantined(played: tuple[CityHome, str]) -> None:
    home, _ = played
    landing = latest(home, "demo_service_requests")
    assert landing is not None
    assert (landing.quarantined, landing.rejected) == (101, 0)
    assert landing.received == landing.accepted + 101
    # An independent count: lines of the kept bytes, without the head (no field holds a line end).
    kept = (home.raw / "demo_service_requests" / "bytes" / landing.raw_sha256).read_bytes()
    assert landing.received == kept.count(b"\n") - 1
    release = current(home, "internal", "service_requests")
    assert release is not None
    assert release.manifest.rows == landing.accepted


def test_a_reader_of_the_releases_is_not_told_the_restricted_sources_name(played: tuple[CityHome, str]) -> None:
    home, _ = played
    for tier in ("public", "internal"):
        release = current(home, tier, "service_requests")
        assert release is not None
        for path in _files(home.releases / release.place):
            if path.suffix == ".json":
                assert b"demo_service_requests" not in path.read_bytes(), path.name


def test_the_story_is_found_by_the_chart_in_one_district_only(played: tuple[CityHome, str]) -> None:
    home, _ = played
    rows = query(
        home,
        "service_requests_monthly",
        "select district_id, month, median_days_to_close from {data} "
        f"where category = '{intake.STORY_SERVICE}' and district_id <> 'unknown' order by 1, 2",
    )
    months = sorted({row[1] for row in rows})
    assert len(months) == 36
    found = {}
    for district in places.DISTRICTS:
        values = [row[2] for row in rows if row[0] == district.code]
        before = months.index(min(m for m in months if (m.year, m.month) == (2026, 3)))
        xmr = chart(values, baseline=before, floor=0)
        assert xmr is not None
        since = xmr.since(Signal.ABOVE_LIMIT)
        found[district.code] = since if since is not None and since <= len(months) - 3 else None
        if district.code == intake.STORY_DISTRICT:
            assert found[district.code] == before
            assert min(values[before:]) > 1.6 * xmr.centre
        assert assurance(xmr, 0.5, "lower") is Assurance.FAILS
    assert [code for code, since in found.items() if since is not None] == [intake.STORY_DISTRICT]


def test_the_lost_district_shows_in_the_requests_that_were_published(played: tuple[CityHome, str]) -> None:
    home, _ = played
    rows = query(
        home,
        "service_requests",
        "select count(*) filter (where opened_date >= date '2026-10-01'), "
        "count(*) filter (where opened_date between date '2026-09-01' and date '2026-09-30') "
        f"from {{data}} where district_id = '{LOST_DISTRICT}'",
    )
    newest, before = rows[0]
    assert 0 < newest < 0.1 * before


def _files(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_canary_is_in_any_byte_of_what_is_public(
    played: tuple[CityHome, str], canaries: dict[str, list[str]]
) -> None:
    home, _ = played
    markers = "|".join(
        (places.MARKER, re.escape(places.MARKED_PHONE.strip()), rf"(9|76)\.[0-9]{{3}}{places.MARKED_DIGITS}")
    )
    marked = re.compile(markers.encode(), re.IGNORECASE)
    looked = 0
    for folder in (home.releases / "public", home.site / "public"):
        for path in _files(folder):
            data = path.read_bytes()
            if path.suffix == ".parquet":
                with duckdb.connect() as connection:
                    connection.execute("set threads = 1")
                    path_text = str(path).replace("'", "''")
                    text = connection.execute(
                        f"select string_agg(distinct value, chr(10)) from "
                        f"(unpivot (select columns(*)::varchar from read_parquet('{path_text}')) on columns(*))"
                    ).fetchone()
                assert text is not None
                data += (text[0] or "").encode()
            assert not marked.search(data), path.relative_to(home.root)
            looked += 1
    assert looked > 20
    # The pattern does find what is planted.
    for column, values in canaries.items():
        assert len(values) >= 250, column
        assert all(marked.search(value.encode()) for value in values), column


def test_the_canaries_are_there_where_they_may_be(played: tuple[CityHome, str], canaries: dict[str, list[str]]) -> None:
    home, _ = played
    (accepted,) = sorted((home.raw / "demo_service_requests" / "accepted").glob("*.parquet"))[-1:]
    with duckdb.connect() as connection:
        for column, values in canaries.items():
            row = connection.execute(
                f"select count(distinct {column}) from read_parquet('{accepted}') "
                f"where {column}::varchar in (select unnest(?))",
                [values],
            ).fetchone()
            assert row is not None
            assert row[0] > 100, column


def test_a_second_run_does_nothing_and_says_the_hold_still_stands(played: tuple[CityHome, str]) -> None:
    home, _ = played
    as_of = read_deliveries()[-1].as_of_text
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli.main", "run", "--city", "demo", "--as-of", as_of, "--format", "json"],
        cwd=ROOT,
        env={**os.environ, "CAUCE_HOME": str(home.root.parent)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    result = json.loads(done.stdout)
    assert result["published"] == []
    assert result["nothing_to_do"]
    assert [row["still"] for row in result["held"]] == [True, True]
    assert done.returncode == 1


def test_the_printed_page_of_its_flows_is_the_runs(played: tuple[CityHome, str]) -> None:
    check_page(played[0])
