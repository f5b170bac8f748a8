"""The demo's show: what it removes, what it compares, what it says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cities.demo import play
from contracts.errors import InputError
from contracts.home import CityHome

EXPECTED: dict[str, Any] = {
    "published": {"service_requests": 2},
    "unchanged": ["districts"],
    "held": [{"product": "service_requests_monthly", "rule": "no_district_falls_silent"}],
    "quarantined": {"demo_service_requests": {"records": 3, "reasons": {"estado.valid": 3}}},
}


def happened() -> dict[str, Any]:
    return {
        "published": [{"product": "service_requests", "version": 2}],
        "unchanged": ["districts"],
        "held": [
            {
                "product": "service_requests_monthly",
                "rule": "no_district_falls_silent",
                "sentence": "A district fell silent.",
                "still": False,
            }
        ],
        "quarantined": [{"source": "demo_service_requests", "records": 3, "reasons": {"estado.valid": 3}, "new": True}],
        "refused": [],
        "failed": [],
        "site": {},
    }


def quiet() -> Console:
    return Console(file=io.StringIO(), width=200)


def test_exactly_the_planted_things_are_no_difference() -> None:
    assert play.differences(EXPECTED, happened()) == []


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("published", []),
        ("published", [{"product": "service_requests", "version": 3}]),
        ("unchanged", []),
        ("held", []),
        ("quarantined", []),
        ("quarantined", [{"source": "demo_service_requests", "records": 3, "reasons": {"estado.valid": 2}}]),
        ("failed", [{"what": "catalog", "error": "x", "exit_code": 3}]),
        ("refused", [{"source": "demo_districts", "refusal": {}, "still": False}]),
    ],
)
def test_anything_else_is(part: str, value: list[Any]) -> None:
    found = play.differences(EXPECTED, {**happened(), part: value})
    assert len(found) == 1
    assert found[0].startswith(part)


def test_a_second_hold_is_a_difference() -> None:
    result = happened()
    result["held"].append({"product": "service_requests", "rule": "freshness", "sentence": "", "still": False})
    assert len(play.differences(EXPECTED, result)) == 1


def test_a_rule_that_failed_in_two_tiers_is_one_hold() -> None:
    result = happened()
    result["held"].append(dict(result["held"][0]))
    assert play.differences(EXPECTED, result) == []


def test_starting_afresh_removes_what_the_demo_made_and_nothing_beside_it(tmp_path: Path) -> None:
    home = CityHome(tmp_path / "demo")
    (tmp_path / "other").mkdir()
    play.start_afresh(home, quiet())
    assert (home.root / play.MADE_HERE).exists()
    (home.releases / "public").mkdir(parents=True)
    home.plan.write_text("{}")
    play.start_afresh(home, quiet())
    assert sorted(p.name for p in home.root.iterdir()) == sorted([home.lock.name, play.MADE_HERE])
    assert (tmp_path / "other").is_dir()


def test_a_folder_the_demo_did_not_make_is_left_alone(tmp_path: Path) -> None:
    home = CityHome(tmp_path / "demo")
    home.ledger.mkdir(parents=True)
    with pytest.raises(InputError, match="did not make"):
        play.start_afresh(home, quiet())
    assert home.ledger.is_dir()


def test_a_product_that_was_never_released_is_not_served(tmp_path: Path) -> None:
    found = play.not_served(CityHome(tmp_path), {"service_requests_monthly": 1})
    assert len(found) == 2
    assert "found None" in found[0]


def test_the_closing_page_says_what_was_held_and_what_differs(tmp_path: Path) -> None:
    say = quiet()
    result = {**happened(), "site": {"public": str(tmp_path / "index.html")}}
    play.tell(say, result, ["held: expected [], happened x"])
    assert isinstance(say.file, io.StringIO)
    text = say.file.getvalue()
    assert "A district fell silent." in text
    assert "3 records of demo_service_requests" in text
    assert (tmp_path / "index.html").as_uri() in text
    assert "did not go as planted" in text
    assert "All as planted" not in text
