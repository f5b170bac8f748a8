"""The bounded fuzz: every parser, fixed seeds, and each input that was ever a finding."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.fuzz.parsers import PARSERS, Input, input_of, trial
from tests.fuzz.run import fuzz_all

SEED = 20260131
INPUTS = {
    **{"csv": 45, "jsonl": 35, "json": 50, "geojson": 16, "geojsonl": 12},
    **{"xlsx": 45, "parquet": 35, "gzip": 20, "zip": 45},
    **{"contract": 100, "city": 80, "decisions": 60, "rule_sql": 80, "wkt": 1500, "date_pattern": 200},
    "kept_json": 200,
}
"""Inputs for each parser: some 40 CPU seconds in all. ``make soak`` runs the same for as long as it is given."""

KEPT = sorted((Path(__file__).parent / "kept").iterdir())


def test_every_parser_is_fuzzed() -> None:
    assert set(INPUTS) == set(PARSERS)


def test_nothing_crashes_hangs_or_is_lost() -> None:
    results = fuzz_all([(parser, SEED, inputs) for parser, inputs in INPUTS.items()])
    assert [str(result) for result in results if result.findings] == []
    assert {r.parser: sum(r.outcomes.values()) for r in results} == INPUTS
    for result in results:
        assert result.outcomes["accepted"] > 0, f"{result.parser}: no input came through, so little was tried"
        assert result.outcomes["refused"] > 0, f"{result.parser}: no input was refused, so little was tried"


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.name)
def test_what_was_once_found(path: Path, tmp_path: Path) -> None:
    parser = path.name.split("--")[0]
    assert trial(parser, Input(path.read_bytes()), tmp_path, 1) in ("accepted", "refused")


def test_the_same_seed_gives_the_same_bytes() -> None:
    for parser in ("csv", "json", "zip", "contract", "wkt"):
        assert [input_of(parser, 7, n) for n in range(6)] == [input_of(parser, 7, n) for n in range(6)]
        assert input_of(parser, 7, 1) != input_of(parser, 8, 1)


def test_a_crash_and_a_hang_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The harness itself: a parser that dies or never ends is named with its input, and the next one is tried."""
    from tests.fuzz import run

    monkeypatch.setattr(run, "OUT", tmp_path)
    child = tmp_path / "child.py"
    child.write_text(
        "import json, os, sys\n"
        "for parser, seed, first, count in json.loads(sys.argv[1]):\n"
        "    for n in range(first, first + count):\n"
        "        print(json.dumps({'parser': parser, 'n': n}), flush=True)\n"
        "        if (parser, n) == ('wkt', 1): os.abort()\n"
        "        if (parser, n) == ('wkt', 3): sys.stderr.write('Timeout (0:01:00)!'); sys.exit(1)\n"
        "        print(json.dumps({'parser': parser, 'n': n, 'outcome': 'accepted', 'detail': '', 'cpu': n, 'peak': 9})"
        ", flush=True)\n",
        encoding="utf-8",
    )
    started = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda command, **more: started([command[0], str(child), command[3]], **more)
    )
    first, second = run.fuzz_all([("wkt", 1, 5), ("csv", 1, 2)])
    assert [(f.n, f.kind) for f in first.findings] == [(1, "crashed"), (3, "hung")]
    assert first.outcomes == {"accepted": 3, "crashed": 1, "hung": 1}
    assert second.outcomes == {"accepted": 2}
    assert first.findings[0].kept.read_bytes() == input_of("wkt", 1, 1).data
