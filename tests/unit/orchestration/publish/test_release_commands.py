"""``cauce release`` and ``cauce audit`` over a small city, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contracts.errors import ArtefactError, CauceError, InputError
from contracts.release import current
from orchestration import context
from orchestration.cli import audit, release
from orchestration.context import OpenCity
from orchestration.publish import history
from orchestration.settings import Settings
from tests.unit.orchestration.publish.publish_world import PRODUCT, World, changed, copied, rows


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two releases: the second has two records more, one fewer and one changed, and a contract with new words."""
    made = World(tmp_path_factory.mktemp("template"))
    made.deliver()
    made.publish()

    def edit(document: dict[str, Any]) -> None:
        document["version"] = "1.0.1"
        document["description"]["limitations"] = "Some."

    made.product = changed(PRODUCT, edit)
    table = rows(42)[1:]
    table[0] = (table[0][0], "sidewalk", *table[0][2:])
    made.deliver(table)
    assert made.publish().version == 2
    return made


@pytest.fixture
def world(template: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = copied(template, tmp_path / "town")

    def opened(city_id: str | None = None, settings: Settings | None = None) -> OpenCity:
        return OpenCity(made.city, made.home, made.ledger, Settings(home=tmp_path / "var"))

    monkeypatch.setattr(context, "open_city", opened)
    return made


def run(app: Any, *arguments: str) -> Result:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "300"})
    if isinstance(result.exception, CauceError):
        raise result.exception
    return result


def as_json(app: Any, *arguments: str) -> Any:
    return json.loads(run(app, *arguments, "--format", "json").stdout)


def test_the_list_of_products_says_what_is_served(world: World) -> None:
    text = run(release.app, "list").stdout
    assert "cases" in text
    assert "internal, public" in text
    row = as_json(release.app, "list")[0]
    assert (row["product"], row["version"], row["rows"], row["releases"]) == ("cases", 2, 41, 2)


def test_a_product_that_was_never_published_is_listed_as_such(world: World, tmp_path: Path) -> None:
    empty = World(tmp_path / "empty")
    assert history.products(empty.city, empty.home)[0]["version"] is None
    with pytest.raises(InputError, match="never published"):
        history.versions(empty.home, "cases")


def test_the_history_of_a_product_says_what_is_served_and_why(world: World) -> None:
    found = as_json(release.app, "list", "cases")
    assert [(r["action"], r["version"], r["served"]) for r in found] == [
        ("publish", 1, []),
        ("publish", 2, ["internal", "public"]),
    ]
    run(release.app, "rollback", "cases", "1", "--reason", "wrong", "--by", "owner")
    found = as_json(release.app, "list", "cases")
    assert (found[-1]["action"], found[-1]["reason"], found[-1]["served"]) == (
        "rollback",
        "wrong",
        ["internal", "public"],
    )
    assert "wrong" in run(release.app, "list", "cases").stdout


def test_one_release_is_shown_with_its_files(world: World) -> None:
    text = run(release.app, "show", "cases@1", "--tier", "public").stdout
    served = as_json(release.app, "show", "cases")
    assert "data.parquet" in text
    assert "officer_badge" not in text
    assert served["manifest"]["version"] == 2
    assert served["manifest"]["tier"] == "internal"
    for wrong in ("cases@9", "cases@x", "others"):
        with pytest.raises(InputError):
            run(release.app, "show", wrong)
    with pytest.raises(InputError, match="one of internal, public"):
        run(release.app, "show", "cases", "--tier", "restricted")


def test_two_releases_are_compared_by_key(world: World) -> None:
    found = as_json(release.app, "diff", "cases", "1", "2")
    assert found["rows"] == {"before": 40, "after": 41, "added": 2, "removed": 1, "changed": 1, "by": ["case_id"]}
    assert found["contract"]["changes"] == [{"sentence": "The limitations changed.", "breaking": False}]
    assert found["columns"] == {"added": [], "removed": [], "retyped": []}
    assert {q["rule"] for q in found["quality"]} == {"contract_change", "row_count_change"}
    text = run(release.app, "diff", "cases", "1", "2").stdout
    assert "2 added, 1 removed, 1 changed, by case_id" in text
    same = as_json(release.app, "diff", "cases", "2", "2")
    assert (same["rows"]["added"], same["rows"]["changed"], same["quality"]) == (0, 0, [])


def test_a_release_with_an_altered_file_is_not_compared(world: World) -> None:
    path = world.home.releases / "internal/cases/1/data.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ArtefactError, match=r"data\.parquet"):
        run(release.app, "diff", "cases", "1", "2")


def test_going_back_prints_the_ledger_s_head(world: World) -> None:
    done = as_json(release.app, "rollback", "cases", "1", "--reason", "wrong", "--by", "owner")
    n, digest = world.ledger.head()
    assert done["ledger_head"] == {"entry": n, "sha256": digest}
    served = current(world.home, "public", "cases")
    assert served is not None
    assert served.manifest.version == 1
    text = run(release.app, "rollback", "cases", "2", "--reason", "right again", "--by", "owner").stdout
    assert "serves version 2 instead of 1" in text


def test_verify_says_so_when_everything_is_whole_and_prints_the_head(world: World) -> None:
    result = run(audit.app, "verify")
    n, digest = world.ledger.head()
    assert result.exit_code == 0
    assert f"{n}:{digest}" in result.stdout
    assert run(audit.app, "verify", "--anchor", f"{n}:{digest}").exit_code == 0


def test_verify_names_the_file_and_exits_4(world: World) -> None:
    path = world.home.releases / "public/cases/1/data.csv"
    path.write_bytes(path.read_bytes() + b"x")
    result = run(audit.app, "verify")
    assert result.exit_code == 4
    assert "releases/public/cases/1/data.csv: altered" in result.stdout
    told = json.loads(run(audit.app, "verify", "--format", "json").stdout)
    assert [f["file"] for f in told["findings"]] == [str(path)]


@pytest.mark.parametrize("text", ["5", "x:" + "0" * 64, "5:abc"])
def test_an_anchor_of_another_form_is_refused(world: World, text: str) -> None:
    with pytest.raises(InputError, match="anchor"):
        run(audit.app, "verify", "--anchor", text)


def test_an_anchor_that_does_not_fit_is_found(world: World) -> None:
    n, _ = world.ledger.head()
    assert run(audit.app, "verify", "--anchor", f"{n}:{'0' * 64}").exit_code == 4
    assert run(audit.app, "verify", "--anchor", f"{n + 1}:{'0' * 64}").exit_code == 4


def test_the_report_of_a_release_has_its_parts_in_order(world: World) -> None:
    text = run(audit.app, "report", "cases").stdout
    headings = ["In short", "Subject", "Inputs", "Code", "Contract", "Rules", "Gate", "Reconciliation", "Lineage"]
    places = [text.index(f"\n{heading}\n") for heading in [*headings, "People", "Decision", "Conclusion", "Integrity"]]
    assert places == sorted(places)
    assert "cases version 2 was published; all of its" in text
    assert "Records withheld from the inputs: 2" in text
    assert "sufficiently reliable for the purpose" in text
    assert "received 43 = accepted 41 + quarantined 2 + rejected 0" in text
    assert "cases version 1 was published" in run(audit.app, "report", "cases@1").stdout
    with pytest.raises(InputError, match="no attempt"):
        run(audit.app, "report", "cases@7")


def test_the_report_of_the_last_attempt_is_that_of_the_refusal(world: World) -> None:
    bad = rows(41)
    bad[0] = (bad[0][0], None, *bad[0][2:])
    world.deliver(bad)
    world.publish()
    text = run(audit.app, "report", "cases").stdout
    assert "cases was held: 1 rule of" in text
    assert "[failed] category.required: " in text
    assert "version 2 stays served" in text
    assert "not sufficiently reliable" in text
    told = as_json(audit.app, "report", "cases")
    assert told["outcome"] == "held"
    assert told["entry"]["kind"] == "refusal"
    assert told["conclusion"].startswith("not sufficiently reliable")


def test_what_was_not_judged_leaves_the_conclusion_open(world: World) -> None:
    world.deliver(rows(41))
    world.publish(inputs=())
    assert "undetermined" in as_json(audit.app, "report", "cases")["conclusion"]


def test_the_lock_of_another_process_stops_a_rollback(world: World) -> None:
    import subprocess
    import sys

    world.home.lock.parent.mkdir(parents=True, exist_ok=True)
    holder = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'a+'); fcntl.flock(f, fcntl.LOCK_EX); "
        "print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", holder, str(world.home.lock)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            with pytest.raises(CauceError, match="another run holds this city"):
                run(release.app, "rollback", "cases", "1", "--reason", "r", "--by", "b")
        finally:
            process.kill()
