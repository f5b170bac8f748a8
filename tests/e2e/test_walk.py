"""The walk of docs/how-to/connect-a-city.md, replayed: every command, against the local portals, as it is shown."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests.e2e.walk import Walker, differs, steps_of
from tests.portals import nyc

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "connect-a-city.md"


def test_a_page_is_taken_apart() -> None:
    page = "# x\n\n```console\n$ a b\none\ntwo\n$ c\n```\n\n```sh\n$ no\n```\n"
    assert [(s.line, s.command, s.shown) for s in steps_of(page)] == [(4, "a b", ("one", "two")), (7, "c", ())]


@pytest.mark.parametrize(
    ("shown", "said", "same"),
    [
        (("a", "b"), ["a", "b"], True),
        (("a", "b"), ["a", "c"], False),
        (("a", "…", "z"), ["a", "b", "c", "z"], True),
        (("a", "…", "z"), ["a", "b", "c"], False),
        (("head …",), ["head 17"], True),
        (("a",), ["a", "b"], False),
        ((), ["a"], False),
        (("…",), [], True),
    ],
)
def test_a_difference_is_seen(shown: tuple[str, ...], said: list[str], same: bool) -> None:
    assert (differs(shown, said) is None) is same


@pytest.mark.real_data
def test_every_command_of_the_walk_says_what_the_page_shows(tmp_path: Path, shared_data: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    portals = nyc.portals(shared_data)
    requests, maps = portals["nyc_open_data"], portals["nyc_planning_maps"]
    with requests, maps:
        ports = {"http://127.0.0.1:8801": requests.url, "http://127.0.0.1:8802": maps.url}
        walker = Walker(tmp_path, ports)
        for step in steps_of(page):
            wrong = differs(step.shown, walker.run(step.command))
            assert wrong is None, f"line {step.line}: {step.command}\n{wrong}"
    release = tmp_path / "var" / "gotham" / "releases" / "public" / "service_requests_monthly" / "1"
    with (release / "data.csv").open(encoding="utf-8", newline="") as file:
        named = {row["district_id"] for row in csv.DictReader(file)}
    assert {"BRONX", "BROOKLYN", "MANHATTAN", "QUEENS", "STATEN ISLAND"} <= named
    public = b"".join(p.read_bytes() for p in (tmp_path / "var/gotham/releases/public").rglob("*.csv"))
    assert not re.search(rb"\d+ MADISON AVENUE", public)
