"""``cauce problem new`` and ``cauce product new``: by file, by hand, and what they do not do."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from contracts.city_load import load_city
from contracts.errors import ArtefactError, CauceError, InputError
from contracts.home import CityHome
from orchestration.cli import problem as problem_commands
from orchestration.cli.main import app
from orchestration.context import open_city
from orchestration.onboarding import published_values
from orchestration.onboarding.checklist import checklist
from orchestration.onboarding.service_text import yaml_of
from tests.unit.contracts.contract_texts import SOURCE
from tests.unit.orchestration.onboarding.drafting import town
from tests.unit.orchestration.onboarding.test_service_design import ANSWERS, REPLIES, STAGING


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = town(tmp_path / "cities", languages=("en", "es")).folder
    (made / "sources" / "town_requests.odcs.yaml").write_text(SOURCE, encoding="utf-8")
    for entity in ("service_requests", "districts"):
        (made / "staging" / f"stg_town__{entity}.sql").write_text(STAGING.format(entity), encoding="utf-8")
    for product in ("service_requests", "service_requests_monthly"):
        (made / "products" / f"{product}.yaml").write_text(f"product: {product}\n", encoding="utf-8")
    monkeypatch.setenv("CAUCE_CITIES", str(tmp_path / "cities"))
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("CAUCE_CITY", "town")
    return made


def said(*words: str, given: str | None = None) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, list(words), input=given, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*words: str) -> CauceError:
    with pytest.raises(CauceError) as caught:
        CliRunner().invoke(app, list(words), catch_exceptions=False)
    return caught.value


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.yaml"
    path.write_text(yaml_of(ANSWERS), encoding="utf-8")
    return path


def test_a_problem_from_a_file(folder: Path, answers: Path, tmp_path: Path) -> None:
    shown = said("problem", "new", "--from", str(answers), "--dry-run")
    assert "Nothing was written." in shown
    assert "question: Do they burn?" in shown.replace('"', "")
    assert not (folder / "problems" / "lamps.yaml").exists()
    told = json.loads(said("problem", "new", "lamps", "--from", str(answers), "--format", "json"))
    assert [Path(path).name for path in told["written"]] == ["lamp_days.yaml", "measures.yaml", "lamps.yaml"]
    assert told["next"] == ["cauce city check town", "cauce run --city town"]
    city = load_city(folder)
    assert (list(city.problems), list(city.measures)) == (["lamps"], ["lamp_days"])
    assert "nothing is overwritten" in refused("problem", "new", "--from", str(answers)).what
    left = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert left == [], "the copy that was tried is gone"


def test_answers_that_do_not_load_write_nothing(folder: Path, answers: Path, tmp_path: Path) -> None:
    answers.write_text(yaml_of({**ANSWERS, "users": []}), encoding="utf-8")
    before = sorted(folder.rglob("*"))
    assert "serves nobody" in refused("problem", "new", "--from", str(answers)).what
    assert sorted(folder.rglob("*")) == before
    assert [path for path in (tmp_path / "var").rglob("*") if path.is_file()] == []


def test_nobody_is_there_to_be_asked(folder: Path) -> None:
    error = refused("problem", "new", "lamps")
    assert (error.what, error.expected) == ("nobody is there to be asked", "--from FILE")
    assert error.hint == "cauce problem new --questions --city town > answers.yaml"


def test_the_answers_of_another_problem(folder: Path, answers: Path) -> None:
    assert refused("problem", "new", "signs", "--from", str(answers)).found == "lamps"
    answers.write_text("- a\n", encoding="utf-8")
    assert refused("problem", "new", "--from", str(answers)).what == "the answers are not a mapping"


def test_a_person_on_a_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problem_commands, "is_terminal", lambda: True)
    replies = "\n".join("performance" if reply == "=" else reply for reply in REPLIES)
    shown = said("problem", "new", "lamps", given=f"{replies}\nn\n")
    assert "Which decision waits for the answer?" in shown
    assert "(Figures that serve no decision help nobody.)" in shown
    assert "Nothing was written." in shown
    assert list(load_city(folder).problems) == []
    shown = said("problem", "new", "lamps", given=f"{replies}\ny\n")
    assert "cauce city check town" in shown
    assert list(load_city(folder).measures) == ["lamp_days"]


def test_a_product_is_listed_turned_on_and_bound(folder: Path, answers: Path) -> None:
    rows = {row["product"]: row for row in json.loads(said("product", "new", "--format", "json"))}
    assert rows["service_requests"]["state"] == "on"
    assert rows["service_requests"]["why"] == "serves no problem"
    assert rows["districts"]["state"] == "can be turned on"
    assert rows["district_indices"]["why"] == "no district_indices is delivered"
    assert (rows["measures"]["state"], "no measure is defined" in rows["measures"]["why"]) == ("cannot be", True)
    assert refused("product", "new", "districts").hint == "cauce problem new --city town"
    said("problem", "new", "--from", str(answers))
    assert refused("product", "new", "districts").expected == "one of lamps"
    assert "no e-mail" in refused("product", "new", "districts", "--problem", "lamps", "--owner", "ana").what
    told = said("product", "new", "districts", "--problem", "lamps", "--owner", "maps@town.example")
    assert "products: [service_requests_monthly, measures, districts]" in told
    city = load_city(folder)
    assert city.products["districts"].owner == "maps@town.example"
    assert city.problems["lamps"].products[-1] == "districts"


def test_what_serves_nobody_is_on_the_checklist(folder: Path, answers: Path) -> None:
    said("problem", "new", "--from", str(answers))
    measure = (folder / "measures" / "lamp_days.yaml").read_text(encoding="utf-8")
    (folder / "measures" / "idle.yaml").write_text(measure.replace("lamp_days", "idle"), encoding="utf-8")
    (folder / "products" / "districts.yaml").write_text("product: districts\n", encoding="utf-8")
    found = {item.text: item for item in checklist(open_city("town")) if item.step == "problems"}
    idle = found["no problem asks for the measure idle: its figures are worked out for nobody"]
    unasked = found["districts serves no problem: it is published for nobody"]
    assert (idle.kind, unasked.kind) == ("to do", "to do")
    assert idle.where == str(folder / "measures" / "idle.yaml")
    assert unasked.do.startswith("cauce product new districts --problem ID --city town")
    assert not any("service_requests" in text or "lamp_days" in text for text in found), "both are asked for"


def test_the_words_of_the_release_are_offered(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.parquet"
    rows = "('Lamp'), ('Pothole'), ('Lamp'), (null), ('Öl ''\"'), ('Öl ''\"'), ('Öl ''\"')"
    duckdb.sql(f"copy (select * from (values {rows}) t(category)) to '{path}' (format parquet)")
    asked: list[Any] = []

    def release(home: CityHome, tier: str, product: str) -> Any:
        asked.append((tier, product))
        return SimpleNamespace(parquet=lambda: (path,)) if product == "service_requests" else None

    monkeypatch.setattr(published_values, "current", release)
    opened = open_city("town")
    offered = published_values.published_values(opened.city, opened.home, "service_requests", "category")
    assert offered == ("Öl '\"", "Lamp", "Pothole")
    nothing = published_values.published_values(opened.city, opened.home, "service_requests_monthly", "category")
    assert nothing == ()
    assert {tier for tier, _ in asked} == {"public"}, "what others may not see is never offered"

    def torn(home: CityHome, tier: str, product: str) -> Any:
        raise ArtefactError("torn")

    monkeypatch.setattr(published_values, "current", torn)
    assert published_values.published_values(opened.city, opened.home, "service_requests", "category") == ()


def test_the_questions_are_printed_as_a_file(folder: Path) -> None:
    text = said("problem", "new", "--questions")
    assert text.startswith("# The answers that `cauce problem new ID --city town --from FILE` reads.")
    assert "question: {en: " in text
    with pytest.raises(InputError):
        CliRunner().invoke(app, ["problem", "new", "--questions", "--city", "nowhere"], catch_exceptions=False)
