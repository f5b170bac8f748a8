"""The benchmarks' own arithmetic: what is timed, how lines become stages, what city they run."""

from __future__ import annotations

import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import pytest

from bench import city, scan
from bench.measure import Measured, run, table
from contracts.city_load import load_city
from contracts.compile_checks import compile_checks
from contracts.load import load_contract
from contracts.model import Delivery, Role


def test_a_command_is_measured_as_a_whole() -> None:
    code = "import sys; x = bytearray(60_000_000); print('{\"a\": 1}'); print('said', file=sys.stderr); sys.exit(3)"
    done = run([sys.executable, "-c", code])
    assert done.exit_code == 3
    assert done.json() == {"a": 1}
    assert [text for _, text in done.lines] == ["said"]
    assert 0 < done.lines[0][0] <= done.seconds
    # Until it is a program of its own a process counts the memory of the one that started it, here of all tests.
    assert 60 < done.peak_mb < 600 + getrusage(RUSAGE_SELF).ru_maxrss / 1000


def test_output_that_is_no_json_is_an_error_that_shows_it() -> None:
    with pytest.raises(RuntimeError, match="broken"):
        run([sys.executable, "-c", "print('broken')"]).json()


def test_stage_lines_share_out_the_whole_time() -> None:
    lines = (
        (4.0, "  land     demo_districts        ✓ accepted"),
        (6.0, "  land     demo_service_requests ✓ accepted"),
        (6.5, "a warning of a library"),
        (9.0, "  shape    service_requests      ✓ built"),
        (12.0, "  publish  districts            ✓ published"),
        (12.5, "  show     site                 ✓ built"),
    )
    spent = city.stages(Measured(13.0, 1.0, 0, "", lines))
    assert spent == {"land": 6.0, "shape": 3.0, "publish": 3.0, "show": 0.5, "end": 0.5}
    assert sum(spent.values()) == 13.0


def test_the_bench_city_is_the_demo_city_under_another_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(city, "CITIES", tmp_path)
    made = load_city(city.make_city())
    assert made.id == city.CITY
    assert made.staging == {"districts": "stg_bench__districts", "service_requests": "stg_bench__service_requests"}
    assert sorted(made.products) == ["districts", "service_requests", "service_requests_monthly"]
    assert made.sources["demo_service_requests"].delivery is Delivery.UPSERT


def test_the_hand_written_query_answers_every_rule_of_the_register_but_the_trivial_one() -> None:
    checks = compile_checks(load_contract(scan.CONTRACT, Role.SOURCE))
    rules = {c.id for c in checks if c.kind not in {"column", "row_count"}}
    assert rules == set(scan.ANSWERS)


def test_a_table_lines_up() -> None:
    text = table(["", "s"], [["bare", 1.5], ["run", 1234]])
    assert text.splitlines() == ["          s", "----  -----", "bare   1.50", "run   1,234"]
