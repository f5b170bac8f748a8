"""A source is added from each kind of portal, and from real files: what is drafted reads what is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from contracts.city import City
from contracts.city_load import load_city, load_entities
from contracts.errors import CauceError, InputError, OutsideError
from contracts.home import CityHome
from contracts.load import load_contract
from contracts.model import Role
from orchestration import shaping
from orchestration.cli import city as city_commands
from orchestration.cli import source as source_commands
from orchestration.ingest.delivery import Described
from orchestration.ingest.landing import Landing, LandingJob, land
from orchestration.onboarding.adding import Added, Surroundings, Wish, add_source
from orchestration.onboarding.contract_draft import Origin, draft_contract
from orchestration.onboarding.contract_text import contract_text
from orchestration.onboarding.file_sample import look_at
from orchestration.onboarding.likeness import likenesses
from orchestration.onboarding.staging_draft import draft_staging, staging_sql
from orchestration.onboarding.staging_trial import try_staging
from orchestration.onboarding.vocabulary import read_words
from tests.integration.portal_world import SPEAKERS, Speaker, quick
from tests.portals import ArcgisLayer, ArcgisPortal, FilesPortal, SocrataPortal, Table
from tests.portals.misbehaviour import html, unavailable
from tests.portals.rows import Column
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS
from tests.unit.orchestration.onboarding.drafting import town

__all__ = ["quick"]

pytestmark = [pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS]

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
SITE = "https://data.example.gov"
ADDRESSES = {
    "socrata": f"{SITE}/Social-Services/311/fhrw-4uyv/about_data",
    "ckan": f"{SITE}/dataset/service-requests/resource/{{resource}}",
    "arcgis": f"{SITE}/arcgis/rest/services/Requests/FeatureServer/0",
    "open311": f"{SITE}/open311/v2/requests.json?start_date=2018-01-01",
    "http": f"{SITE}/requests.csv",
}
FOUND = {"socrata": 13, "ckan": 13, "arcgis": 13, "open311": 11, "http": 13}
"""Columns of fourteen that are found behind each kind of portal."""


@pytest.fixture
def city(tmp_path: Path) -> City:
    return town(tmp_path / "cities")


def here(city: City, mirror: str, folder: Path) -> Surroundings:
    return Surroundings(city, {"open_data": mirror}, folder / "work" / "one", NOW, 0)


def fetched(added: Added, mirror: str, folder: Path) -> Landing:
    city = load_city(added.draft.city.folder)
    job = LandingJob(city, CityHome(folder / "var" / city.id), NOW, {"open_data": mirror}, pace=0)
    return land(city.sources[added.draft.name], job)


def files(city: City) -> dict[str, bytes]:
    return {str(p.relative_to(city.folder)): p.read_bytes() for p in city.folder.rglob("*") if p.is_file()}


@pytest.fixture(params=list(SPEAKERS))
def speaker(request: pytest.FixtureRequest, quick: None, shared_data: Path) -> Iterator[Speaker]:
    made = SPEAKERS[request.param]()
    with made.portal:
        yield made


@pytest.mark.real_data
def test_what_is_drafted_reads_every_record_that_the_portal_sends(speaker: Speaker, city: City, tmp_path: Path) -> None:
    url = ADDRESSES[speaker.protocol].format(resource=speaker.server.get("resource"))
    added = add_source(Wish(url, name="town_requests"), here(city, speaker.portal.url, tmp_path))
    assert added.draft.origin.connector == speaker.protocol
    assert added.portal is not None
    assert added.portal[1].startswith(SITE)
    landing = fetched(added, speaker.portal.url, tmp_path)
    assert landing.refusal is None
    assert (landing.accepted, landing.quarantined) == (len(speaker.dataset.rows), 0)
    assert landing.drift["added"] == []
    assert added.staging is not None
    assert (added.staging.entity.name, added.staging.found) == ("service_requests", FOUND[speaker.protocol])
    assert added.staging.is_deliverable
    assert {c.classification for c in load_contract(added.contract, Role.SOURCE).columns} == {"restricted"}
    assert not (tmp_path / "work" / "one").exists()
    with pytest.raises(InputError, match="has this data set already"):
        add_source(Wish(url), here(load_city(city.folder), speaker.portal.url, tmp_path))


@pytest.mark.real_data
def test_no_value_that_looks_personal_stands_in_what_is_written(city: City, tmp_path: Path, shared_data: Path) -> None:
    speaker = SPEAKERS["socrata"]()
    with speaker.portal:
        added = add_source(Wish(ADDRESSES["socrata"]), here(city, speaker.portal.url, tmp_path))
    assert {"incident_address", "latitude", "longitude"} <= {c.name for c in added.draft.personal}
    written = " ".join(data.decode() for data in files(city).values())
    for name in ("incident_address", "latitude", "unique_key"):
        for row in speaker.dataset.rows:
            value = str(row.values.get(name) or "")
            assert len(value) < 6 or value not in written


@pytest.mark.real_data
def test_the_proposal_is_read_by_dbt(city: City, tmp_path: Path, shared_data: Path) -> None:
    speaker = SPEAKERS["http"]()
    with speaker.portal:
        add_source(Wish(ADDRESSES["http"]), here(city, speaker.portal.url, tmp_path))
    manifest = shaping.parse(load_city(city.folder), CityHome(tmp_path / "var" / "town"))
    model = next(n for n in manifest["nodes"].values() if n["name"] == "stg_town__service_requests")
    assert model["config"]["meta"] == {"raw:town_requests": True}


@pytest.mark.real_data
def test_a_second_source_of_an_entity_is_proposed_beside(city: City, tmp_path: Path, shared_data: Path) -> None:
    path = shared_data / "311" / "nyc" / "311_march_2025.csv"
    first = add_source(Wish(str(path), name="town_a"), here(city, "http://127.0.0.1:9", tmp_path))
    before = files(city)
    again = replace(here(load_city(city.folder), "http://127.0.0.1:9", tmp_path))
    other = shared_data / "311" / "nyc" / "311_legacy_schema_2016.csv"
    second = add_source(Wish(str(other), name="town_b"), again)
    assert first.staging_path is not None
    assert second.staging_path == first.staging_path.with_name(f"{first.staging_path.name}.town_b.proposal")
    assert {k: v for k, v in files(city).items() if k in before} == before
    third = replace(here(load_city(city.folder), "http://127.0.0.1:9", tmp_path))
    beside = add_source(Wish(str(path), name="town_a", proposal=True), third)
    assert beside.contract.name == "town_a.odcs.yaml.proposal"
    assert {k: v for k, v in files(city).items() if k in before} == before


def refusal(url: str, city: City, mirror: str, tmp_path: Path, **wish: str) -> CauceError:
    """The error that adding ends with; nothing is written then, and nothing left behind."""
    before = files(city)
    with pytest.raises(CauceError) as error:
        add_source(Wish(url, **wish), here(city, mirror, tmp_path))  # type: ignore[arg-type]
    assert files(city) == before
    assert not (tmp_path / "work" / "one").exists()
    return error.value


def test_a_portal_that_is_down_private_or_no_table_is_told(city: City, tmp_path: Path, quick: None) -> None:
    portal = FilesPortal({"page.csv": b"<!DOCTYPE html><html>", "x.csv": b"id,n\n1,2\n"})
    with portal:
        page = refusal(f"{SITE}/page.csv", city, portal.url, tmp_path)
        assert (type(page), page.found) == (InputError, "a page of HTML")
        missing = refusal(f"{SITE}/missing.csv", city, portal.url, tmp_path)
        assert "is not there" in missing.what
        portal.misbehave(unavailable())
        down = refusal(f"{SITE}/x.csv", city, portal.url, tmp_path)
        assert isinstance(down, OutsideError)
    gone = refusal(f"{SITE}/x.csv", city, portal.url, tmp_path)
    assert isinstance(gone, OutsideError)
    with SocrataPortal([], token="right") as closed:
        private = refusal(f"{SITE}/d/abcd-1234", city, closed.url, tmp_path)
        assert "403" in private.message or "may not" in private.message
    with ArcgisPortal([ArcgisLayer("rest/services/A/FeatureServer/0", "A", Table((Column("a"),), ()))]) as layers:
        none = refusal(f"{SITE}/rest/services/A/FeatureServer/7", city, layers.url, tmp_path)
        assert isinstance(none, InputError)
    with SocrataPortal([]) as empty:
        story = refusal(f"{SITE}/d/abcd-1234", city, empty.url, tmp_path)
        assert "no such data set" in story.what
        empty.misbehave(html(kinds=("metadata",)))
        assert isinstance(refusal(f"{SITE}/d/abcd-1234", city, empty.url, tmp_path), OutsideError)


def test_names_that_cannot_be_are_refused_before_anything_is_asked(city: City, tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9"
    assert "another form" in refusal(f"{SITE}/x.csv", city, nobody, tmp_path, name="No Good").what
    assert "no such entity" in refusal(f"{SITE}/x.csv", city, nobody, tmp_path, entity="requests").what
    assert "no connector knows" in refusal(f"{SITE}/stories/1", city, nobody, tmp_path).what


def test_a_private_address_is_not_asked_without_the_operators_word(city: City, tmp_path: Path) -> None:
    alone = Surroundings(city, {}, tmp_path / "work" / "one", NOW, 0)
    with pytest.raises(InputError, match="nothing is fetched from this web address"):
        add_source(Wish("http://169.254.169.254/x.csv"), alone)


# real files ------------------------------------------------------------------------------------


def drafted(path: Path, city: City, folder: Path) -> Path | None:
    """The draft of a file, loaded strictly with its proposal bound; None where it is no table."""
    try:
        looked = look_at(path, folder / "work", path.name)
    except InputError as error:
        assert error.hint or error.expected or error.found, error.message
        return None
    settings = {"location": str(path), **looked.settings}
    described = Described(settings, title=path.stem)
    origin = Origin("file", None, settings, described, looked.sample, looked.records, looked.notes, looked.unread)
    draft = draft_contract("town_file", city, origin, NOW)
    if not draft.columns:
        return None
    target = folder / "town_file.odcs.yaml"
    target.write_text(contract_text(draft), encoding="utf-8")
    contract = load_contract(target, Role.SOURCE)
    entities, words = load_entities(), read_words()
    staging = draft_staging(draft, likenesses(draft, entities, words)[0], words)
    sql = folder / f"{staging.model}.sql"
    sql.write_text(staging_sql(staging), encoding="utf-8")
    tried = try_staging(sql, staging.entity, {contract.name: contract})
    assert (tried.error, tried.lacking, tried.strange) == ("", (), ()), path
    return target


@pytest.mark.real_data
def test_drafts_of_all_real_files_load_and_their_proposals_bind(city: City, tmp_path: Path, shared_data: Path) -> None:
    folders = ("311", "api", "open311")
    paths = [p for name in folders for p in sorted((shared_data / name).rglob("*")) if p.is_file()]
    made = [path for path in paths if path.suffix != ".md" and drafted(path, city, tmp_path) is not None]
    assert len([p for p in made if "311" in p.parts]) == 19
    assert len(made) > 100


LANDED = (
    "311/buenos_aires/suaci_por_comuna_2013_2015.csv.gz",
    "311/chapel_hill/seeclickfix_issues_11386_bulky.json",
    "311/nyc/311_elevator_2024.parquet",
    "311/nyc/soda_fhrw-4uyv_1000.json",
    "311/sao_paulo/sp156_atendimentos_agrupados.csv",
    "311/vancouver/3-1-1-service-requests_20221231_20231231.xlsx",
    "boundaries/chicago/community_areas.geojson",
    "city_tables/buenos_aires/ba_taxi_2017.csv",
)


@pytest.mark.real_data
@pytest.mark.parametrize("name", LANDED)
def test_what_is_drafted_of_a_real_file_lands(name: str, city: City, tmp_path: Path, shared_data: Path) -> None:
    made = drafted(shared_data / name, city, tmp_path)
    assert made is not None
    (city.folder / "sources" / made.name).write_bytes(made.read_bytes())
    loaded = load_city(city.folder)
    landing = land(loaded.sources["town_file"], LandingJob(loaded, CityHome(tmp_path / "var" / "town"), NOW))
    assert landing.refusal is None, landing.refusal
    assert landing.received == landing.accepted + landing.quarantined
    assert landing.quarantined <= landing.received * 0.001, landing
    assert landing.accepted_file is not None
    with duckdb.connect() as connection:
        path = CityHome(tmp_path / "var" / "town").root / landing.accepted_file.path
        assert connection.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone() == (landing.accepted,)


# the commands ----------------------------------------------------------------------------------


def test_the_commands_from_an_empty_root_to_a_first_run_that_nothing_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "own"
    root.mkdir()
    monkeypatch.setenv("CAUCE_CITIES", str(root))
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path / "var"))
    runner = CliRunner()
    made = runner.invoke(city_commands.app, ["new", "villa", "--name", "Villa", "--country", "CO", "--language", "es"])
    assert made.exit_code == 0, made.output
    assert (root / "villa" / "city.yaml").is_file()
    assert "cauce source add ADDRESS --city villa" in made.output
    assert runner.invoke(city_commands.app, ["check", "villa"]).exit_code == 1
    rows = "".join(f"R{n};{n % 28 + 1:02}/0{n % 9 + 1}/2026 10:00;Bache;Abierta\n" for n in range(40))
    (root / "villa" / "pqr.csv").write_text(f"radicado;fecha_apertura;servicio;estado\n{rows}", encoding="utf-8")
    added = runner.invoke(source_commands.app, ["add", "pqr.csv", "--city", "villa", "--format", "json"])
    assert added.exit_code == 0, added.output
    told = json.loads(added.output)
    assert (told["source"], told["entity"], told["found"], told["key"]) == (
        *("villa_pqr", "service_requests", 4, "radicado"),
    )
    again = runner.invoke(source_commands.app, ["add", "pqr.csv", "--city", "villa"])
    assert isinstance(again.exception, InputError)
    (root / "villa" / "products" / "service_requests.yaml").write_text("product: service_requests\nenabled: true\n")
    checked = runner.invoke(city_commands.app, ["check", "villa", "--format", "json"])
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.output)["stops"] == 0
    asked = runner.invoke(city_commands.app, ["check", "villa", "--ask"]).output
    assert "→ cauce run --city villa" in asked
    assert "villa_pqr answers" in asked


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["new", "villa"], "--country"),
        (["new", "Villa Nueva", "--country", "CO"], "another form"),
        (["new", "villa", "--country", "XX"], "no such country"),
        (["new", "villa", "--country", "US"], "several time zones"),
        (["new", "demo", "--country", "CO"], "there is a city of this id"),
        (["new", "villa", "--country", "CO", "--language", "xx"], "in that language"),
        (["check", "nowhere"], "no such city"),
    ],
)
def test_what_a_command_cannot_do_is_said(
    arguments: list[str], part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAUCE_CITIES", str(tmp_path))
    result = CliRunner().invoke(city_commands.app, arguments)
    assert isinstance(result.exception, InputError)
    assert part in result.exception.message
    assert list(tmp_path.iterdir()) == []


def test_a_city_that_does_not_load_is_checked_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAUCE_CITIES", str(tmp_path))
    folder = town(tmp_path).folder
    path = folder / "city.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("country: US", "country: usa"), encoding="utf-8")
    result = CliRunner().invoke(city_commands.app, ["check", "town"])
    assert result.exit_code == 1
    assert "expected a country's two letters" in result.output
