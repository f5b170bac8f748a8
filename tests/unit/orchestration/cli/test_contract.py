"""``cauce contract``: what it says and which exit code it gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contracts.city_load import SHARED_ROOT
from contracts.errors import InputError
from contracts.kept_contract import to_document
from contracts.load import load_contract
from contracts.model import Role
from orchestration.cli.contract import app
from tests.unit.contracts.contract_texts import PRODUCT, SOURCE

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("sources", "products"):
        (tmp_path / name).mkdir()
    (tmp_path / "sources" / "a.odcs.yaml").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "products" / "b.odcs.yaml").write_text(PRODUCT, encoding="utf-8")
    return tmp_path


def test_lint_of_right_files(folder: Path) -> None:
    result = runner.invoke(app, ["lint", str(folder)])
    assert result.exit_code == 0, result.output
    assert "2 judged, none wrong." in result.output


def test_lint_names_every_mistake_and_goes_on(folder: Path) -> None:
    (folder / "sources" / "a.odcs.yaml").write_text(SOURCE.replace("retentionDays", "retention"), encoding="utf-8")
    (folder / "products" / "b.odcs.yaml").write_text(
        PRODUCT.replace("value: internal", "value: secret"), encoding="utf-8"
    )
    result = runner.invoke(app, ["lint", str(folder), "--format", "json"])
    assert result.exit_code == InputError.exit_code
    rows = json.loads(result.output)
    assert [Path(r["file"]).name for r in rows] == ["b.odcs.yaml", "a.odcs.yaml"]
    assert [r["mistake"]["expected"] for r in rows] == [
        "one of public, internal, confidential, restricted",
        "retentionDays",
    ]
    assert all(":" in r["mistake"]["where"] for r in rows)
    text = runner.invoke(app, ["lint", str(folder)])
    assert text.exit_code == InputError.exit_code
    assert "2 judged, 2 wrong." in text.output


def test_lint_needs_to_know_what_a_file_is_about(tmp_path: Path) -> None:
    path = tmp_path / "a.odcs.yaml"
    path.write_text(SOURCE, encoding="utf-8")
    result = runner.invoke(app, ["lint", str(path)])
    assert result.exit_code == InputError.exit_code
    assert "cannot be told from its folder" in result.output
    assert runner.invoke(app, ["lint", str(path), "--role", "source"]).exit_code == 0


def test_lint_proves_the_sql(folder: Path) -> None:
    path = folder / "sources" / "a.odcs.yaml"
    path.write_text(SOURCE.replace("where amount < 0", "where opened_at > now()"), encoding="utf-8")
    result = runner.invoke(app, ["lint", str(path)])
    assert result.exit_code == InputError.exit_code
    assert "now" in result.output


def test_lint_of_a_tightening(tmp_path: Path) -> None:
    (tmp_path / "products").mkdir()
    path = tmp_path / "products" / "districts.yaml"
    path.write_text("product: districts\nrenditions: [confidential]\n", encoding="utf-8")
    result = runner.invoke(app, ["lint", str(path)])
    assert result.exit_code == InputError.exit_code
    assert "may remove renditions and not add one" in result.output
    path.write_text("product: districts\nrenditions: [public]\n", encoding="utf-8")
    assert runner.invoke(app, ["lint", str(path)]).exit_code == 0


def test_diff_says_what_changed_and_what_it_takes(folder: Path) -> None:
    old = folder / "products" / "b.odcs.yaml"
    new = folder / "products" / "c.odcs.yaml"
    changed = PRODUCT.replace("name: district_id", "name: ward_id").replace("version: 1.0.0", "version: 1.1.0")
    new.write_text(changed, encoding="utf-8")
    result = runner.invoke(app, ["diff", str(old), str(new), "--format", "json"])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.output)
    assert [c["kind"] for c in facts["changes"]] == ["column_renamed"]
    assert (facts["required"], facts["sufficient"]) == ("major", False)
    text = runner.invoke(app, ["diff", str(old), str(new)]).output
    assert "! The column district_id is now called ward_id." in text
    assert "Takes a major version: 1.0.0 to 1.1.0 is not enough." in text
    assert runner.invoke(app, ["diff", str(old), str(old)]).output == "Nothing changed.\n"


def test_diff_reads_a_kept_contract(folder: Path) -> None:
    new = folder / "products" / "b.odcs.yaml"
    old = folder / "kept.json"
    old.write_text(json.dumps(to_document(load_contract(new, Role.PRODUCT))), encoding="utf-8")
    result = runner.invoke(app, ["diff", str(old), str(new)])
    assert result.output == "Nothing changed.\n"


def test_compile_check_names_what_is_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import orchestration.settings
    from contracts.engines import dbt_properties

    path = tmp_path / "generated" / "a.yml"

    def files(root: Path) -> dict[str, str]:
        assert root == SHARED_ROOT
        return {"generated/a.yml": "models: []\n"}

    monkeypatch.setattr(orchestration.settings, "PROJECT_ROOT", tmp_path)
    monkeypatch.setattr(dbt_properties, "files_for", files)
    stale = runner.invoke(app, ["compile", "--check"])
    assert stale.exit_code == 1
    assert "stale: generated/a.yml" in stale.output
    assert not path.exists()
    assert runner.invoke(app, ["compile"]).exit_code == 0
    assert path.read_text(encoding="utf-8") == "models: []\n"
    assert runner.invoke(app, ["compile", "--check"]).exit_code == 0
    path.write_text("models: [a]\n", encoding="utf-8")
    assert runner.invoke(app, ["compile", "--check"]).exit_code == 1


@pytest.fixture
def one_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A content root with one city that turns on the districts."""
    city = tmp_path / "cities" / "smalltown"
    for name in ("sources", "staging", "products"):
        (city / name).mkdir(parents=True)
    (city / "city.yaml").write_text(
        "formatVersion: 1\nid: smalltown\nname: Smalltown\ncountry: CO\ntimezone: America/Bogota\nlanguages: [en]\n"
        "environment: development\npublisher: {name: Hall, email: a@example.gov}\nlicence: CC0-1.0\n",
        encoding="utf-8",
    )
    (city / "staging" / "stg_smalltown__districts.sql").write_text(
        "-- one row per district\nselect 1", encoding="utf-8"
    )
    (city / "products" / "districts.yaml").write_text("product: districts\n", encoding="utf-8")
    monkeypatch.setenv("CAUCE_CITIES", str(tmp_path / "cities"))
    monkeypatch.setenv("CAUCE_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("CAUCE_CITY", "smalltown")
    return city


def test_show_says_it_in_plain_words(one_city: Path) -> None:
    result = runner.invoke(app, ["show", "districts"])
    assert result.exit_code == 0, result.output
    assert "product/districts, version" in result.output
    assert "Checks" in result.output
    facts = json.loads(runner.invoke(app, ["show", "entity/districts", "--format", "json"]).output)
    assert facts["contract"]["id"] == "entity/districts"
    assert {c["kind"] for c in facts["checks"]} >= {"column", "required", "unique"}
    assert all(c["text"]["en"] for c in facts["checks"])


def test_show_of_nothing_suggests_the_nearest(one_city: Path) -> None:
    result = runner.invoke(app, ["show", "district"])
    assert isinstance(result.exception, InputError)
    assert result.exception.expected == "districts"


def test_show_keeps_markup_inert(one_city: Path) -> None:
    path = one_city / "sources" / "smalltown_files.odcs.yaml"
    named = SOURCE.replace("town/town_requests", "smalltown/smalltown_files")
    path.write_text(named.replace("name: Requests", r'name: "[red]<script>alert(1)</script>[/]"'), encoding="utf-8")
    assert "[red]<script>alert(1)</script>[/]" in runner.invoke(app, ["show", "smalltown_files"]).output
    path.write_text(named.replace("name: Requests", r'name: "\e[31mRequests"'), encoding="utf-8")
    error = runner.invoke(app, ["show", "smalltown_files"]).exception
    assert isinstance(error, InputError)
    assert error.found == "U+001B"


def test_lint_of_a_city_and_the_shared_contracts(one_city: Path) -> None:
    result = runner.invoke(app, ["lint"])
    assert result.exit_code == 0, result.output
    assert f"{SHARED_ROOT / 'products' / 'districts.odcs.yaml'}" in result.output
    assert f"{one_city} as a whole" in result.output
    (one_city / "decisions.yaml").write_text("- {kind: pardon}\n", encoding="utf-8")
    broken = runner.invoke(app, ["lint"])
    assert broken.exit_code == InputError.exit_code
    assert "decisions.yaml:1" in broken.output


def test_no_such_city(one_city: Path) -> None:
    result = runner.invoke(app, ["lint", "--city", "atlantis"])
    assert isinstance(result.exception, InputError)
