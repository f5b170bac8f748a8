"""Landing from address to accepted records: what changed, what did not, deliveries that add up, sums that can fail."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import pytest

from contracts.engines.sql import ROW_GROUP
from contracts.errors import ArtefactError, InputError, OutsideError
from orchestration.ingest import accept, connectors, manifest
from orchestration.ingest.caps import Caps
from orchestration.ingest.landing import accepted_files, accepted_landings, last_look, latest
from orchestration.ingest.readers.csv import CsvReading
from orchestration.ingest.reading import Piece
from orchestration.ingest.record_rules import RecordRules
from tests.unit.orchestration.ingest.conftest import NOW, THIRD_PARTY_WARNINGS, MakeTown, Town, make_town, town

__all__ = ["make_town", "town"]

pytestmark = [pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS]

GOOD = "id,name,amount,day\n01,Ann,1.5,2026-01-02\n02,Bo,2,2026-01-03\n"
BAD = "id,name,amount,day\n01,Ann,1.5,2026-01-02\n02,Bo,minus,2026-01-03\n"


# What changed and what did not -------------------------------------------------------------------


def test_nothing_lands_when_nothing_changed(town: Town) -> None:
    first = town.land(GOOD)
    later = NOW + timedelta(days=1)
    second = town.land(now=later)
    assert (second.outcome, second.n, second.accepted) == ("unchanged", first.n, 2)
    assert second.retrieved_at == "2026-02-01T06:00:00+00:00"
    assert manifest.numbers(town.home, "things") == [1]
    assert latest(town.home, "things") == first
    look = last_look(town.home, "things")
    assert look is not None and (look.at, look.landing) == (second.retrieved_at, 1)


def test_a_run_with_nothing_to_do_reads_no_bytes_and_imports_nothing_heavy(town: Town) -> None:
    town.land(GOOD)
    code = (
        "import sys, pickle\n"
        "contract, job = pickle.loads(sys.stdin.buffer.read())\n"
        "from orchestration.ingest import connectors, landing\n"
        "import orchestration.ingest.connectors.file as file\n"
        "def refuse(*_): raise AssertionError('the file was opened')\n"
        "file.opened = refuse\n"
        "found = landing.land(contract, job)\n"
        "heavy = {'duckdb', 'numpy', 'pandas', 'pyarrow', 'pandera', 'ibis', 'fsspec'} & set(sys.modules)\n"
        "print(found.outcome, sorted(heavy))\n"
    )
    import pickle

    given = pickle.dumps((town.contract, town.job()))
    done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, check=False)
    assert done.stdout.decode().strip() == "unchanged []", done.stderr.decode()


def test_the_same_bytes_again_under_another_name_are_unchanged(town: Town) -> None:
    town.land(GOOD)
    shutil.copy(town.folder / "delivery", town.folder / "copy")
    (town.folder / "copy").replace(town.folder / "delivery")
    assert town.land().outcome == "unchanged"


def test_force_and_a_changed_contract_land_again(town: Town) -> None:
    town.land(GOOD)
    assert town.land(force=True).n == 2
    town.contract = replace(town.contract, sha256="0" * 64)
    again = town.land()
    assert (again.outcome, again.n, again.contract["sha256"]) == ("accepted", 3, "0" * 64)


def test_changed_code_lands_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.land(GOOD)
    monkeypatch.setattr("orchestration.ingest.landing.reader_sha256", lambda: "another")
    assert town.land().n == 2


def test_a_refusal_stays_and_the_last_accepted_delivery_is_kept(town: Town) -> None:
    good = town.land(GOOD)
    refused = town.land("<html>")
    assert refused.outcome == "refused"
    again = town.land()
    assert again.outcome == "unchanged" and again.refusal == refused.refusal
    assert [landing.n for landing in accepted_landings(town.home, "things")] == [good.n]
    assert accepted_files(town.home, town.contract) == (town.home.root / "raw/things/accepted/000001.parquet",)


def test_raw_bytes_are_kept_for_refusals_too(town: Town) -> None:
    landing = town.land("<html>")
    kept = town.home.raw / "things" / "bytes" / landing.raw_sha256
    assert kept.read_bytes() == b"<html>"
    assert [p.name for p in kept.parent.iterdir()] == [landing.raw_sha256]


def test_a_rewritten_file_of_the_same_size_is_seen(town: Town) -> None:
    town.land(GOOD)
    path = town.folder / "delivery"
    times = path.stat()
    path.write_text(GOOD.replace("Ann", "Eve"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert town.accepted(town.land())[0][1] == "Eve"


# Addresses ---------------------------------------------------------------------------------------


def test_a_missing_file_is_an_error_of_the_outside_world(town: Town) -> None:
    with pytest.raises(OutsideError, match="a source's file cannot be read, delivery"):
        town.land()
    assert latest(town.home, "things") is None


def test_any_address_that_fsspec_reads(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "location": "memory://portal/things.csv"})
    fsspec.filesystem("memory").pipe_file("/portal/things.csv", GOOD.encode())
    landing = town.land()
    assert (landing.accepted, landing.address) == (2, "memory://portal/things.csv")
    assert town.land().outcome == "unchanged"


def test_a_portal_and_the_operators_mirror(make_town: MakeTown, tmp_path: Path) -> None:
    town = make_town(server={"format": "csv", "location": "2026/things.csv", "portal": "open_data"})
    with pytest.raises(InputError, match="a portal has no address"):
        town.land()
    for name, text in (("city", GOOD), ("mirror", GOOD.replace("Ann", "Mia"))):
        folder = tmp_path / name / "2026"
        folder.mkdir(parents=True)
        (folder / "things.csv").write_text(text)
    by_city = {"open_data": str(tmp_path / "city")}
    assert town.accepted(town.land(city_portals=by_city))[0][1] == "Ann"
    mirrored = town.land(city_portals=by_city, portals={"open_data": str(tmp_path / "mirror")})
    assert town.accepted(mirrored)[0][1] == "Mia"


@pytest.mark.parametrize(
    "location",
    ["https://example.org/a.csv", "http://169.254.169.254/", "zip://a.csv::memory://b.zip", "ftp://example.org/a"],
)
def test_addresses_that_are_not_opened(make_town: MakeTown, location: str) -> None:
    town = make_town(server={"format": "csv", "location": location})
    with pytest.raises(InputError, match="does not open this kind of address"):
        town.land()


def test_credentials_are_not_shown(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "location": "memory://portal/things.csv"})
    file = connectors.connector(town.contract.servers[0])
    secret = replace(
        town.contract.servers[0], settings={"location": "s3://key:s3cret@bucket/a.csv?token=s3cret#s3cret"}
    )
    assert file.locate(secret, town.folder, {}).shown == "s3://bucket/a.csv"


def test_a_cap_on_raw_bytes(town: Town) -> None:
    town.caps = Caps(raw_bytes=20)
    with pytest.raises(OutsideError, match="larger than is taken"):
        town.land(GOOD)
    assert list((town.home.raw / "things" / "bytes").iterdir()) == []


def test_a_file_that_changes_while_it_is_read(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.ingest.connectors import file

    town.deliver(GOOD)
    signs = iter(["before", "after"])
    monkeypatch.setattr(file, "fingerprint", lambda _location: next(signs))
    with pytest.raises(OutsideError, match="changed while it was read") as caught:
        town.land()
    assert caught.value.retry


# Deliveries that add up ---------------------------------------------------------------------------


def test_a_delivery_that_is_landed_again_keeps_its_place(make_town: MakeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.ingest import landing

    town = make_town(delivery="upsert")
    town.land(GOOD)
    town.land(GOOD.replace("01,", "03,"))
    before = [one.raw_sha256 for one in manifest.in_force(town.home, town.contract)]
    read = landing._land_bytes

    def dying(*given: Any) -> Any:
        read(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(landing, "reader_sha256", lambda: "another reader")
    monkeypatch.setattr(landing, "_land_bytes", dying)
    with pytest.raises(KeyboardInterrupt):
        town.land()
    assert [one.n for one in manifest.in_force(town.home, town.contract)] == [3, 2]
    assert [one.raw_sha256 for one in manifest.in_force(town.home, town.contract)] == before


@pytest.mark.parametrize("delivery", ["append", "upsert"])
def test_every_delivery_is_in_force_once(make_town: MakeTown, delivery: str) -> None:
    town = make_town(delivery=delivery)
    town.land(GOOD)
    town.land(GOOD.replace("01,", "03,").replace("02,", "04,"))
    files = accepted_files(town.home, town.contract)
    assert [path.name for path in files] == ["000001.parquet", "000002.parquet"]
    assert town.land("<html>").outcome == "refused"
    assert accepted_files(town.home, town.contract) == files


def test_older_deliveries_are_read_again_when_the_contract_changes(make_town: MakeTown) -> None:
    town = make_town(delivery="append")
    town.land(GOOD)
    town.land(GOOD.replace("01,", "03,").replace("02,", "04,"), now=NOW + timedelta(days=1))
    town.contract = replace(town.contract, sha256="1" * 64)
    newest = town.land(now=NOW + timedelta(days=2))
    files = accepted_files(town.home, town.contract)
    assert len(files) == 2
    found = accepted_landings(town.home, "things")[-2:]
    assert [landing.contract["sha256"] for landing in found] == ["1" * 64] * 2
    assert found[0].retrieved_at == "2026-01-31T06:00:00+00:00"
    assert newest.n == found[-1].n
    with duckdb.connect() as connection:
        ids = connection.execute("SELECT id FROM read_parquet(?) ORDER BY id", [[str(p) for p in files]]).fetchall()
    assert ids == [("01",), ("02",), ("03",), ("04",)]


def test_a_snapshot_is_replaced(town: Town) -> None:
    town.land(GOOD)
    town.land(GOOD.replace("Ann", "Eve"))
    assert [path.name for path in accepted_files(town.home, town.contract)] == ["000002.parquet"]


# Sums that can fail -------------------------------------------------------------------------------


def refusal(landing: Any) -> dict[str, Any]:
    assert landing.outcome == "refused" and landing.accepted_file is None
    return dict(landing.refusal)


def read_with(monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """Let every piece of a CSV file be read by a query made of the right one."""
    honest = CsvReading.pieces

    def pieces(self: CsvReading) -> Iterator[Piece]:
        for piece in honest(self):
            yield replace(piece, relation=form.format(piece.relation))

    monkeypatch.setattr(CsvReading, "pieces", pieces)


def test_a_reader_that_reads_a_record_twice_is_caught(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    read_with(monkeypatch, "SELECT * FROM ({0}) UNION ALL SELECT * FROM ({0})")
    monkeypatch.setattr(accept, "ORDERED", accept.ORDERED | {"UNION"})
    told = refusal(town.land(GOOD))
    assert (told["found"], told["expected"]) == (
        "4 records read by DuckDB",
        "2 records counted from the same bytes",
    )


def test_a_reader_that_drops_a_record_is_caught(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    read_with(monkeypatch, "{} WHERE c0 <> '01'")
    landing = town.land(GOOD)
    told = refusal(landing)
    assert told["what"] == "two counts of the file's records disagree"
    assert (told["found"], told["expected"]) == (
        "1 records read by DuckDB",
        "2 records counted from the same bytes",
    )
    assert (landing.received, landing.rejected) == (2, 2)


def test_a_reader_that_changes_a_record_is_caught(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    read_with(monkeypatch, "SELECT * REPLACE (replace(__text_1, 'Bo', 'Al') AS __text_1) FROM ({})")
    assert refusal(town.land(GOOD))["what"] == "records do not stand under their own numbers"


def test_a_plan_that_could_lose_the_order_is_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    read_with(monkeypatch, "SELECT * FROM ({}) ORDER BY __text_1")
    assert refusal(town.land(GOOD))["what"] == "the records' numbers could not be kept while reading"


def test_long_lists_do_not_cost_the_order(make_town: MakeTown) -> None:
    """DuckDB makes a join of a long IN list, and a join hands records on in any order."""
    rule = {
        "type": "library",
        "metric": "invalidValues",
        "arguments": {"validValues": [f"n{n}" for n in range(20)]},
        "mustBe": 0,
        "dimension": "conformity",
        "severity": "error",
        "description": "Known names.",
    }
    town = make_town(
        {"name": "id", "logicalType": "integer", "classification": "public"},
        {"name": "name", "logicalType": "string", "classification": "public", "quality": [rule]},
        server={"format": "csv", "missing": ["", "a", "b", "c", "d", "e", "f", "g"]},
    )
    count = 400_000
    text = "id,name\n" + "".join(f"{n},n{n % 20}\n" for n in range(1, count)) + f"{count},other\n"
    landing = town.land(text)
    assert town.reasons(landing) == {count: ["name.valid"]}
    with duckdb.connect() as connection:
        assert landing.accepted_file is not None
        path = town.home.root / landing.accepted_file.path
        query = f"SELECT count(*), count_if(id <> _record) FROM read_parquet('{path}')"
        assert connection.execute(query).fetchone() == (count - 1, 0)


def test_engines_that_disagree_close_the_door(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.engines import door as pandera_door

    honest = pandera_door.judge

    def blind(connection: Any, relation: str, checks: Any) -> Any:
        verdict = honest(connection, relation, checks)
        results = tuple(replace(r, failed=r.failed + 1) if r.check_id == "amount.range" else r for r in verdict.results)
        return replace(verdict, results=results)

    monkeypatch.setattr(pandera_door, "judge", blind)
    told = refusal(town.land(GOOD))
    assert told["what"] == "the engines at the door disagree"
    assert "amount.range: the scan says passed (0 failed), pandera says passed (1 failed)" in str(told["found"])


def test_a_split_that_disagrees_with_the_scan_closes_the_door(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = RecordRules._flags

    def forgetful(self: RecordRules) -> Any:
        return [replace(f, counted="FALSE", told="FALSE") if f.id == "amount.range" else f for f in honest(self)]

    monkeypatch.setattr(RecordRules, "_flags", forgetful)
    told = refusal(town.land(GOOD.replace("1.5", "-1.5")))
    assert "amount.range: 0 records set aside, 1 counted by the scan" in str(told["found"])


def test_numbers_add_up_in_every_case(town: Town) -> None:
    landing = town.land(BAD + "03\n04,Di,4,2026-01-01\n")
    assert (landing.received, landing.accepted, landing.quarantined, landing.rejected) == (4, 2, 2, 0)
    assert landing.reasons == {"amount.type": 1, "record.fields": 1}
    rules = {r["check_id"]: (r["result"], r["examined"], r["failed"]) for r in landing.rules}
    assert rules["record.fields"] == ("failed", 4, 1)
    assert rules["amount.type"] == ("failed", 3, 1)
    assert rules["amount.range"] == ("passed", 3, 0)
    assert rules["id.unique"] == ("passed", 2, 0)


def test_the_order_of_the_file_over_many_row_groups(make_town: MakeTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.ingest.extract.PIECE", 300_000)
    town = make_town({"name": "n", "logicalType": "integer", "required": True, "classification": "public"})
    count, bad = 3 * ROW_GROUP + 17, {1, 5, ROW_GROUP, ROW_GROUP + 1, 3 * ROW_GROUP + 17}
    text = "n\n" + "".join("x\n" if n in bad else f"{n}\n" for n in range(1, count + 1))
    landing = town.land(text)
    assert set(town.reasons(landing)) == bad
    rows = town.accepted(landing)
    assert len(rows) == count - len(bad)
    assert all(n == record for n, record in rows)


# Kept files, interruptions ------------------------------------------------------------------------


def test_a_missing_landing_is_named(town: Town) -> None:
    town.land(GOOD)
    town.land(BAD)
    (town.home.raw / "things" / "landings" / "000001.json").unlink()
    with pytest.raises(ArtefactError, match="a landing is missing"):
        latest(town.home, "things")


def test_a_landing_of_a_newer_form_is_not_read(town: Town) -> None:
    town.land(GOOD)
    path = manifest.landing_path(town.home, "things", 1)
    path.write_text(path.read_text().replace('"format_version": 1', '"format_version": 99'))
    with pytest.raises(ArtefactError, match="does not know"):
        latest(town.home, "things")


def test_nothing_is_left_in_the_working_folder(town: Town) -> None:
    town.land(BAD)
    town.land("<html>")
    assert list(town.home.work.iterdir()) == []


def test_a_killed_landing_leaves_the_last_one_standing(town: Town) -> None:
    good = town.land(GOOD)
    town.deliver(BAD)
    import pickle

    code = (
        "import sys, pickle, os, signal\n"
        "contract, job = pickle.loads(sys.stdin.buffer.read())\n"
        "from orchestration.ingest import landing, manifest\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        "manifest.keep = die\n"
        "landing.land(contract, job)\n"
    )
    given = pickle.dumps((town.contract, town.job()))
    done = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL
    assert latest(town.home, "things") == good
    landing = town.land()
    assert (landing.n, landing.accepted, landing.quarantined) == (2, 1, 1)


def test_two_landings_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.deliver(GOOD)
    honest = manifest.keep

    def beaten(home: Any, landing: Any) -> None:
        manifest.landing_path(home, landing.source, landing.n).parent.mkdir(parents=True, exist_ok=True)
        manifest.landing_path(home, landing.source, landing.n).write_bytes(landing.to_json())
        honest(home, landing)

    monkeypatch.setattr(manifest, "keep", beaten)
    with pytest.raises(ArtefactError, match="another process"):
        town.land()
