"""After every day of the story no marker stands where its class may not be read.

Lower tiers are the releases and pages of the public and of the internal tier. Besides them everything that is told to
hold no value of a record is searched as if everybody read it: the ledger, logs, Dagster's history, dbt's artefacts, the
plan, the words of every command. The data team's own are the folders that hold records by their nature: raw bytes with
what was set aside, the warehouse, unfinished work, keys. Each line, and the sentence of the docs it rests on, stands in
``readers``.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.canaries.deliveries import CLASSES
from tests.canaries.readers import LAID_OUT, SAID, THE_REST, Readable, whose
from tests.canaries.story import DAYS
from tests.canaries.trial import Leak, Trial
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS

pytestmark = [pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS]

SHOWN_TO_STAFF = ("opened", "due", "closed", "changed")
DISTRICTS = ("shelter", "keyholders", "shelter_area")
NESTS = ("nest", "shape", "warden", "eggs_worth", "ringed_on", "ring", "seen_at")


def test_no_marker_is_where_it_may_not_be(trial: Trial) -> None:
    assert trial.leaks == []


@pytest.mark.parametrize("day", [day.__name__ for day in DAYS])
def test_the_pages_and_releases_of_both_tiers_were_read_each_day(trial: Trial, day: str) -> None:
    assert trial.read_on[day] >= {
        f"{what}, {tier}" for what in ("releases", "pages") for tier in ("public", "internal")
    }
    assert SAID in trial.read_on[day]


def test_every_group_was_read_and_no_file_is_nobodys(trial: Trial) -> None:
    assert {name for name, _, _ in LAID_OUT} <= set(trial.groups)
    assert THE_REST not in trial.groups, trial.groups[THE_REST].names
    assert all(group.contents for group in trial.groups.values())


def test_what_may_be_found_is_found(trial: Trial) -> None:
    """So the search reads real files, and each column's marker in one form at least."""
    team = trial.groups["raw, warehouse, work, keys"].allowed
    assert {f"aviary_requests.{name}" for name in CLASSES} <= team
    assert {f"aviary_districts.{name}" for name in DISTRICTS} <= team
    assert {f"aviary_nests.{name}" for name in NESTS} <= team
    for group in ("releases, internal", "pages, internal"):
        allowed = trial.groups[group].allowed
        found = {c for c in allowed if c.startswith("aviary_") and not c.endswith("six digits")}
        assert found == {f"aviary_requests.{name}" for name in SHOWN_TO_STAFF}, group
    assert "sentence of an internal rule, held" in trial.groups["evidence"].allowed
    assert "reason of a withdrawal, taken back" in trial.groups["ledger"].allowed


@pytest.mark.parametrize("column", ["address", "born_on", "badge", "amount", "phone", "latitude", "opened"])
def test_a_marker_put_where_it_may_not_be_is_told(trial: Trial, column: str) -> None:
    name = "aviary/site/public/en/planted.html"
    marker = next(m for m in trial.hunt.index.markers if m.column == f"aviary_requests.{column}")
    copy = Trial(trial.story, trial.hunt)
    copy.look("planted", Readable(*whose(name), name, f"<p>{marker.text}</p>".encode()))
    assert Leak("planted", "pages, public", name, marker.column) in copy.leaks


def test_the_kinds_of_files_of_a_site_were_read(trial: Trial) -> None:
    public = trial.groups["pages, public"].names
    for name in (
        "data.json",
        "catalog.jsonld",
        "llms.txt",
        "openlineage",
        "croissant",
        "assets/search-en",
        "feeds/all",
    ):
        assert any(name in path for path in public), name
    kinds = {"html", "json", "jsonld", "ndjson", "xml", "yaml", "csv", "geojson", "parquet", "txt", "css", "js", "map"}
    assert {path.rpartition(".")[2] for path in public} >= kinds


def test_the_page_on_security_gives_these_figures(trial: Trial, project_root: Path) -> None:
    page = (project_root / "docs" / "security.md").read_text(encoding="utf-8")
    assert trial.markers() in page


def test_the_days_went_as_they_are_told(trial: Trial) -> None:
    runs = [one for one in trial.story.place.said if one.command.startswith("run ")]
    first, second, held, failed, flows = runs
    assert first.code == 0
    told = json.loads(second.out)
    (aside,) = (row for row in told["quarantined"] if row["source"] == "aviary_requests")
    assert set(aside["reasons"]) >= {
        *("amount.type", "amount.range", "badge.type", "badge.range", "phone.valid", "born_on.type", "visited_on.type"),
        *("visited_at.type", "note.length", "latitude.type", "latitude.range", "longitude.range", "is_minor.type"),
        *("opened.type", "folio.pattern", "service.required", "record.fields", "record.characters"),
    }
    assert [row["source"] for row in told["refused"]] == ["aviary_nests"]
    assert [row["product"] for row in told["published"]] == ["service_requests"]
    assert "Nothing was opened after" in held.out
    assert "Nobody touched a case in February" in held.out
    assert "10 different values that are e-mail addresses" in held.out
    assert "Mended after a process that was cut short" in held.out
    assert "column zqclmnrstvxwbd (the value is not repeated here)" in failed.out
    assert "did not hold" in flows.out
    assert "channel" in flows.out
