"""Bad containers, 20 to 23: Parquet, packed files, archives and workbooks that are broken or mean harm.

Belongs here: one hostile file of each kind, landed as a delivery, and that nothing of it is run, followed or written
elsewhere. Does not belong here: every form a broken container may take (the fuzz and the readers' own tests).
"""

from __future__ import annotations

import gzip
import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.errors import ArtefactError
from orchestration.ingest.caps import Caps
from orchestration.ingest.landing import accepted_files
from tests.faults.saying import Says
from tests.faults.test_files import GOOD, refused
from tests.unit.orchestration.ingest.conftest import MakeTown, Town

MIB = 1 << 20
PARQUET = {"format": "parquet"}


def flipped(path: Path, at: int) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])


def parquet() -> bytes:
    import datetime

    numbers = [float(n) for n in range(2000)]
    day = datetime.date(2026, 1, 1)
    table = pa.table(
        {"id": [f"{n:05}" for n in range(2000)], "name": ["x"] * 2000, "amount": numbers, "day": [day] * 2000}
    )
    made = io.BytesIO()
    pq.write_table(table, made, compression="none")
    return made.getvalue()


# 20 -----------------------------------------------------------------------------------------


@pytest.mark.fault(20)
def test_parquet_cut_off_or_torn(make_town: MakeTown, says: Says) -> None:
    town = make_town(server=PARQUET)
    whole = parquet()
    says(refused(town.land(whole[:-200])), "cut off at its end")
    says(refused(town.land(whole[: len(whole) // 2])), "cut in half")
    says(refused(town.land(GOOD)), "a text file under the name of Parquet")
    assert town.land(whole).accepted == 2000


@pytest.mark.fault(20)
def test_a_flipped_bit_in_what_was_kept_is_found_by_its_hash(make_town: MakeTown, says: Says) -> None:
    """DuckDB reads most such files without a word, and gives another number."""
    town = make_town(server=PARQUET)
    landing = town.land(parquet())
    assert landing.accepted_file is not None
    kept_file = town.home.root / landing.accepted_file.path
    flipped(kept_file, kept_file.stat().st_size // 2)
    with pytest.raises(ArtefactError) as caught:
        accepted_files(town.home, town.contract)
    says(caught.value.message, "before anything is read from it")


# 21 -----------------------------------------------------------------------------------------


def zipped(members: dict[str, bytes | zipfile.ZipInfo], content: bytes = GOOD.encode()) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            if isinstance(member, zipfile.ZipInfo):
                archive.writestr(member, content)
            else:
                archive.writestr(name, member)
    return made.getvalue()


@pytest.mark.fault(21)
def test_bombs(make_town: MakeTown, says: Says) -> None:
    bomb = GOOD.encode() + b"0" * (8 * MIB)
    for compression, packed in (("gzip", gzip.compress(bomb)), ("zip", zipped({"a.csv": bomb}))):
        town = make_town(server={"format": "csv", "compression": compression})
        town.caps = Caps(ratio=50, ratio_from=MIB)
        says(refused(town.land(packed)), f"{compression}: the ratio")
        town.caps = Caps(unpacked_bytes=MIB)
        says(refused(town.land(packed, force=True)), f"{compression}: the size")


@pytest.mark.fault(21)
def test_a_packed_file_that_is_none_or_cut_off(make_town: MakeTown, says: Says) -> None:
    town = make_town(server={"format": "csv", "compression": "gzip"})
    packed = gzip.compress(GOOD.encode())
    says(refused(town.land(GOOD)), "gzip: it is none")
    says(refused(town.land(packed[:-9])), "gzip: cut off")
    town = make_town(server={"format": "csv", "compression": "zip"})
    says(refused(town.land(zipped({"a.csv": GOOD.encode()})[:-30])), "zip: cut off")
    assert town.land(zipped({"a.csv": GOOD.encode()})).accepted == 2


# 22 -----------------------------------------------------------------------------------------


def link(name: str, target: str) -> bytes:
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped({name: member}, target.encode())


def around(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if (folder / "var") not in (p, *p.parents)}


@pytest.mark.fault(22)
def test_archives_that_reach_out(make_town: MakeTown, tmp_path: Path, says: Says) -> None:
    town = make_town(server={"format": "csv", "compression": "zip"})
    town.deliver(GOOD)
    before = around(tmp_path)
    archives = {
        "a path that leads out": zipped({"../../evil.csv": GOOD.encode()}),
        "an absolute path": zipped({"/tmp/evil.csv": GOOD.encode()}),
        "backslashes": zipped({"..\\evil.csv": GOOD.encode()}),
        "a link": link("a.csv", "/etc/passwd"),
        "an archive in the archive": zipped({"a.zip": zipped({"a.csv": GOOD.encode()})}),
        "two files and no word which": zipped({"a.csv": GOOD.encode(), "b.csv": GOOD.encode()}),
    }
    for label, data in archives.items():
        message = refused(town.land(data))
        assert "root:" not in message
        says(message, label)
    assert around(tmp_path) == before
    assert not Path("/tmp/evil.csv").exists()


# 23 -----------------------------------------------------------------------------------------


def untouched(_name: str, data: bytes) -> bytes:
    return data


def workbook(change: Callable[[str, bytes], bytes] = untouched, **more: bytes) -> bytes:
    """A right workbook, with ``change`` over its parts and ``more`` parts in it (``__`` for ``/``)."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["id", "name", "amount", "day"], ["01", "Ann", 1.5, "2026-01-02"], ["02", "Bo", 2, "2026-01-03"]):
        sheet.append(row)
    plain, made = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, data in more.items():
            new.writestr(name.replace("__", "/"), data)
    return made.getvalue()


def with_entity(name: str, data: bytes) -> bytes:
    if name != "xl/worksheets/sheet1.xml":
        return data
    head = b'<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return head + data.replace(b"<sheetData>", b"<sheetData>&x;")


def of_billions(name: str, data: bytes) -> bytes:
    if name != "xl/worksheets/sheet1.xml":
        return data
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    return b'<!DOCTYPE worksheet [<!ENTITY l0 "lol">' + laughs + b"]>" + data


@pytest.mark.fault(23)
def test_workbooks_that_mean_harm(make_town: MakeTown, says: Says) -> None:
    town = make_town(server={"format": "xlsx"})
    assert town.land(workbook()).accepted == 2
    says(refused(town.land(workbook(xl__vbaProject=b"macro"))), "macros")
    linked: dict[str, Any] = {"xl__externalLinks__externalLink1": b"<externalLink/>"}
    says(refused(town.land(workbook(**linked))), "a link to another workbook")
    says(refused(town.land(workbook(with_entity))), "XML that reads a file")
    says(refused(town.land(workbook(of_billions))), "XML that unfolds to billions")
    says(refused(town.land(workbook()[:-300])), "cut off")
    says(refused(town.land(GOOD)), "a text file under the name of a workbook")


@pytest.mark.fault(23)
def test_a_formula_without_a_value_is_not_taken_for_one(make_town: MakeTown, says: Says) -> None:
    town: Town = make_town(server={"format": "xlsx"})

    def formula(name: str, data: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return data
        return data.replace(b"<v>1.5</v>", b"<f>1+0.5</f>")

    says(refused(town.land(workbook(formula))), "a formula alone")
