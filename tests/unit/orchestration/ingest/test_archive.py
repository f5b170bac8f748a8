"""ZIP archives: every member that no honest archive has is refused by its name; bytes come out whole or not at all."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.ingest import archive
from orchestration.ingest.archive import members, unpacked
from orchestration.ingest.caps import Caps
from orchestration.ingest.refusal import Refusal
from tests.fuzz.mutations import write_archive
from tests.unit.orchestration.ingest.conftest import MakeTown, Town
from tests.unit.orchestration.ingest.test_csv_faults import refusal

ZIP = {"format": "csv", "compression": "zip"}
CSV = b"id,name,amount,day\n01,Ann,1,2026-01-02\n"


def whole(path: Path, data: bytes, caps: Caps | None = None) -> dict[str, bytes]:
    path.write_bytes(data)
    caps = caps or Caps()
    with path.open("rb") as file:
        return {m.name: b"".join(unpacked(file, m, caps)) for m in members(path, caps)}


def refused(path: Path, data: bytes, caps: Caps | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        whole(path, data, caps)
    return caught.value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    contents=st.lists(st.binary(max_size=300) | st.binary(max_size=3).map(lambda b: b * 3000), max_size=5),
    method=st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    streamed=st.booleans(),
)
def test_what_python_writes_comes_out(tmp_path: Path, contents: list[bytes], method: int, streamed: bool) -> None:
    named = {f"folder/ñ {n}.csv": content for n, content in enumerate(contents)}
    out = io.BytesIO()
    target = _Unseekable(out) if streamed else out
    with zipfile.ZipFile(target, "w", method) as made:
        for name, content in named.items():
            made.writestr(name, content)
    assert whole(tmp_path / "a.zip", out.getvalue()) == named


class _Unseekable(io.RawIOBase):
    """A pipe: sizes then stand behind each member's bytes."""

    def __init__(self, out: io.BytesIO) -> None:
        self.out = out

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self.out.write(data)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("../things.csv", "a path that leads out of the archive"),
        ("a/../../things.csv", "a path that leads out of the archive"),
        ("/etc/things.csv", "an absolute path"),
        ("C:/things.csv", "an absolute path"),
        ("..\\things.csv", "a path that leads out of the archive"),
        ("a\\things.csv", "a path with backslashes"),
        ("a\tthings.csv", "a name with control characters"),
    ],
)
def test_22_names_that_are_not_taken(tmp_path: Path, name: str, found: str) -> None:
    told = refused(tmp_path / "a.zip", write_archive([("things.csv", CSV), (name, CSV)]))
    assert told.found == found
    assert told.where is not None
    assert told.where.startswith("member ")


@pytest.mark.parametrize(
    ("kind", "found"),
    [(stat.S_IFLNK, "a link"), (stat.S_IFCHR, "a device or a pipe"), (stat.S_IFIFO, "a device or a pipe")],
)
def test_22_links_and_devices(tmp_path: Path, kind: int, found: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        entry = zipfile.ZipInfo("things.csv")
        entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
        made.writestr(entry, "/etc/passwd")
    assert refused(tmp_path / "a.zip", out.getvalue()).found == found


def test_22_two_members_of_one_name(tmp_path: Path) -> None:
    for second in ("things.csv", "THINGS.csv"):
        told = refused(tmp_path / "a.zip", write_archive([("things.csv", CSV), (second, CSV)]))
        assert told.what == "a zip archive holds two members of one name"


def spoilt(data: bytes, sign: bytes, offset: int, value: bytes) -> bytes:
    at = data.find(sign) + offset
    return data[:at] + value + data[at + len(value) :]


TABLE, HEAD, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


@pytest.mark.parametrize(
    ("sign", "offset", "value", "found"),
    [
        (TABLE, 8, b"\x01\x00", "an encrypted member"),
        (TABLE, 10, b"\x63\x00", "packed by method 99"),
        (TABLE, 10, b"\x0c\x00", "packed by method 12"),
        (TABLE, 16, b"\0\0\0\0", "a head that differs from the table"),
        (TABLE, 24, b"\x05\0\0\0", "a head that differs from the table"),
        (TABLE, 42, b"\x07\0\0\0", "something before its first member"),
        (TABLE, 20, b"\xff\x0f\0\0", "a member that reaches into the next one"),
        (TABLE, 20, b"\xff\xff\xff\xff", "a member without its size"),
        (HEAD, 30, b"X", "a head that differs from the table"),
        (END, 10, b"\x09\x00", "one part of an archive in several"),
        (END, 12, b"\x01\0\0\0", "something between its members and its table"),
        (END, 16, b"\xf0\xff\0\0", "a table beyond its end"),
    ],
)
def test_tables_that_lie(tmp_path: Path, sign: bytes, offset: int, value: bytes, found: str) -> None:
    data = spoilt(write_archive([("things.csv", CSV * 9)]), sign, offset, value)
    assert refused(tmp_path / "a.zip", data).found == found


def test_sizes_and_checksums_that_lie_in_both_places(tmp_path: Path) -> None:
    data = write_archive([("things.csv", CSV * 9)])
    size = struct.pack("<I", len(CSV) * 9)
    shorter, longer = struct.pack("<I", 10), struct.pack("<I", 1000)
    for lie, found in ((shorter, "more than the 10 bytes it says it has"), (longer, "bytes where it says 1,000")):
        assert found in (refused(tmp_path / "a.zip", data.replace(size, lie)).found or "")
    table = data.find(TABLE)
    crc = data[table + 16 : table + 20]
    told = refused(tmp_path / "a.zip", data.replace(crc, b"\1\2\3\4"))
    assert told.found == "bytes that do not give its checksum (CRC)"
    at = data.find(b"things.csv") + 14
    torn = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
    assert refused(tmp_path / "a.zip", torn).what == "a member of a zip archive can't be unpacked"


def test_what_is_torn(tmp_path: Path) -> None:
    data = write_archive([("things.csv", CSV)])
    assert refused(tmp_path / "a.zip", data[:-5]).found == "its end is missing: cut off, or no zip archive"
    assert refused(tmp_path / "a.zip", data + b"x").found == "something behind its end"
    assert refused(tmp_path / "a.zip", b"PK" + data).found == "something between its members and its table"
    for cut in range(0, len(data), 7):
        refused(tmp_path / "a.zip", data[:cut])


def test_21_bombs(tmp_path: Path) -> None:
    bomb = write_archive([("things.csv", b"0" * 3_000_000)])
    caps = Caps(ratio_from=1_000_000)
    assert "that unpack to 3,000,000" in (refused(tmp_path / "a.zip", bomb, caps).found or "")
    assert refused(tmp_path / "a.zip", bomb, Caps(unpacked_bytes=1000)).found == "3,000,000 bytes"
    one = write_archive([("a.csv", b"0" * 3000), ("b.csv", b"x")])
    table = one.find(TABLE)
    second = one.find(TABLE, table + 4)
    shared = one[:second] + one[table : table + 46] + one[second + 46 :]  # the second entry points into the first
    assert refused(tmp_path / "a.zip", shared).what in {
        "a zip archive holds members that share bytes",
        "a zip archive holds two members of one name",
    }
    many = write_archive([(f"{n}.csv", b"") for n in range(archive.MEMBERS + 1)])
    assert refused(tmp_path / "a.zip", many).what == "a zip archive has too many members"


@pytest.fixture
def packed(make_town: MakeTown) -> Town:
    return make_town(server=ZIP)


def test_the_one_data_file_of_an_archive_is_read(packed: Town) -> None:
    beside = [("README.md", b"text"), ("__MACOSX/._things.csv", b"x"), ("data/.DS_Store", b"x")]
    landing = packed.land(write_archive([*beside, ("data/things.csv", CSV)]))
    assert packed.accepted(landing)[0][:2] == ("01", "Ann")


def test_22_which_member_is_meant(make_town: MakeTown, packed: Town) -> None:
    two = write_archive([("2025.csv", CSV), ("2026.csv", CSV)])
    told = refusal(packed.land(two))
    assert told["what"] == "the data is not one member of the zip archive"
    assert told["found"] == "2 of them: 2025.csv, 2026.csv"
    assert "no such member among a.pdf" in str(refusal(packed.land(write_archive([("a.pdf", b"x")])))["found"])
    assert refusal(packed.land(write_archive([])))["found"] == "an empty archive"
    nested = refusal(packed.land(write_archive([("things.csv", CSV), ("more.zip", two)])))
    assert nested["what"] == "a zip archive holds another archive"
    assert nested["where"] == "things: member more.zip"
    hidden = write_archive([("things.csv", two)])
    assert refusal(packed.land(hidden))["found"] == "a ZIP archive or a spreadsheet (XLSX, ODS)"
    assert refusal(packed.land(CSV))["found"] == "no zip archive"
    named = make_town(server={**ZIP, "member": "*26.csv"})
    assert named.land(two).accepted == 1


def test_every_format_in_an_archive(make_town: MakeTown) -> None:
    record = b'{"id": "01", "name": "Ann", "amount": 1, "day": "2026-01-02"}'
    for form, name, data in (
        ("jsonl", "things.ndjson", record + b"\n"),
        ("json", "things.json", b"[" + record + b"]"),
        (
            "geojson",
            "things.geojson",
            b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":%s}]}' % record,
        ),
    ):
        town = make_town(server={"format": form, "compression": "zip"})
        landing = town.land(write_archive([(name, data)]))
        assert [row[:2] for row in town.accepted(landing)] == [("01", "Ann")], form


def test_21_gzip_bombs_and_what_stands_behind(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "compression": "gzip"})
    town.caps = Caps(ratio_from=1_000_000)
    assert refusal(town.land(gzip.compress(b"0" * 5_000_000)))["what"] == "a packed file is too large when unpacked"
    several = gzip.compress(CSV) + gzip.compress(b"02,Bo,2,2026-01-02\n") + bytes(512)
    assert town.land(several).accepted == 2
    assert refusal(town.land(gzip.compress(CSV) + b"garbage"))["found"] == "torn or altered bytes"
    twice = refusal(town.land(gzip.compress(gzip.compress(CSV))))
    assert twice["found"] == "a gzip file"
