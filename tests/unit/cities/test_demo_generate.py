"""The invented city's deliveries: sizes, story, loss, faults, and the same bytes every time."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from cities.demo import faults, intake, places
from cities.demo.generate import DISTRICTS_FILE, LOST_DISTRICT, REQUESTS_FILE, generate, read_deliveries

SMALL = 9_000


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folders = (tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second"))
    for delivery, folder in zip(read_deliveries(SMALL), folders, strict=True):
        generate(delivery, folder)
    return folders


def records(folder: Path) -> list[list[str]]:
    with (folder / REQUESTS_FILE).open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def test_the_plan_asks_for_two_deliveries_of_at_least_200_000_over_three_years() -> None:
    first, second = read_deliveries()
    assert (first.months, second.months) == (36, 37)
    assert first.requests >= 200_000
    assert first.as_of_text == "2026-10-01T05:00:00Z"
    assert second.as_of_text == "2026-11-01T05:00:00Z"


def test_the_first_delivery_has_exactly_the_size_asked_for(deliveries: tuple[Path, Path]) -> None:
    head, *rows = records(deliveries[0])
    assert tuple(head) == faults.COLUMNS
    assert len(rows) == SMALL
    assert {len(r) for r in rows} == {len(faults.COLUMNS)}
    assert len({r[0] for r in rows}) == SMALL


def test_the_past_reads_the_same_in_the_second_delivery(deliveries: tuple[Path, Path]) -> None:
    first, second = (records(folder)[1:] for folder in deliveries)
    later = {r[0]: r for r in second if len(r) == len(faults.COLUMNS)}
    column = faults.COLUMNS.index
    changed = Counter[str]()
    for row in first:
        for name in ("fecha_apertura", "fecha_vencimiento", "servicio", "comuna", "direccion", "solicitante_nombre"):
            assert later[row[0]][column(name)] == row[column(name)]
        before, after = row[column("estado")], later[row[0]][column("estado")]
        changed[f"{before} {after}"] += 1
        if before == "Cerrada":
            assert later[row[0]] == row
    assert changed["Cerrada Abierta"] == 0
    assert changed["Abierta Cerrada"] > 50


def test_nothing_is_dated_after_the_as_of_instant(deliveries: tuple[Path, Path]) -> None:
    column = faults.COLUMNS.index
    for row in records(deliveries[0])[1:]:
        for name in ("fecha_apertura", "fecha_cierre", "fecha_actualizacion"):
            day, month, year = row[column(name)][:10].split("/") if row[column(name)] else ("01", "01", "2000")
            assert (year, month, day) < ("2026", "10", "01")
        assert (row[column("estado")] == "Abierta") == (row[column("fecha_cierre")] == "")


def test_the_second_delivery_lost_one_district_in_the_newest_month(deliveries: tuple[Path, Path]) -> None:
    column = faults.COLUMNS.index
    rows = [r for r in records(deliveries[1])[1:] if len(r) == len(faults.COLUMNS)]
    by_month = Counter(r[column("fecha_apertura")][3:10] for r in rows if r[column("comuna")] == LOST_DISTRICT)
    usual = (by_month["07/2026"] + by_month["08/2026"] + by_month["09/2026"]) / 3
    assert by_month["10/2026"] < 0.15 * usual
    others = Counter(r[column("fecha_apertura")][3:10] for r in rows if r[column("comuna")] != LOST_DISTRICT)
    assert others["10/2026"] > 0.8 * others["09/2026"]


def test_every_kind_of_fault_is_planted_as_often_as_it_says(deliveries: tuple[Path, Path]) -> None:
    rows = records(deliveries[1])[1:]
    column = faults.COLUMNS.index
    wide = [r for r in rows if len(r) > len(faults.COLUMNS)]
    narrow = [r for r in rows if len(r) < len(faults.COLUMNS)]
    even = [r for r in rows if len(r) == len(faults.COLUMNS)]
    count = {f.name: f.count for f in faults.FAULTS}
    assert 60 <= faults.SPOILED <= 120
    assert len(wide) == count["too many fields"]
    assert len(narrow) == count["too few fields"]
    assert sum(r[column("estado")] not in ("Abierta", "Cerrada") for r in even) == count["unknown status"]
    assert sum(r[column("radicado")] == "" for r in even) == count["no case number"]
    assert sum(r[column("servicio")] == "" for r in even) == count["no kind of request"]
    assert sum(len(r[column("comuna")]) == 1 for r in even) == count["district code that lost its zero"]
    assert sum("," in r[column("latitud")] for r in even) == count["latitude with a decimal comma"]
    assert (
        sum(any(s in r[column("direccion")] for s in "\x07\x1b\u202e") for r in even)
        == (count["control or direction character in the address"])
    )
    assert (
        sum(r[column("fecha_cierre")].startswith("00/00") for r in even) == count["closing date that no calendar has"]
    )


def test_every_spoiled_record_carries_canaries(deliveries: tuple[Path, Path]) -> None:
    lines = (deliveries[1] / REQUESTS_FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    wrong_status = [line for line in lines if ";En trámite;" in line or ";Duplicada;" in line]
    assert len(wrong_status) >= 5
    assert all(places.MARKER in line and places.MARKED_PHONE in line for line in wrong_status)


def test_the_same_seed_writes_the_same_bytes(deliveries: tuple[Path, Path], tmp_path: Path) -> None:
    second = read_deliveries(SMALL)[1]
    generate(second, tmp_path)
    for path in sorted(deliveries[1].iterdir()):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def test_districts_are_ten_lines_with_their_leading_zeros(deliveries: tuple[Path, Path]) -> None:
    lines = (deliveries[0] / DISTRICTS_FILE).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [r["codigo"] for r in rows] == [f"{n:02d}" for n in range(1, 11)]
    assert sum(r["poblacion"] for r in rows) == 612_800


def test_the_story_is_there_in_full_size_and_nowhere_else() -> None:
    seed = read_deliveries()[0].seed
    story = intake._service_index(intake.STORY_SERVICE)
    slow = intake._district_index(intake.STORY_DISTRICT)
    for month in ("2026-01", "2026-02", "2026-03", "2026-04", "2026-08"):
        drawn = intake.draw(seed, intake.month_number(month), 6_600, 1)
        days = (drawn.closed - drawn.opened) / intake.DAY
        lights = drawn.service == story
        there = float(np.median(days[lights & (drawn.district == slow)]))
        elsewhere = float(np.median(days[lights & (drawn.district != slow)]))
        if intake.month_number(month) >= intake.STORY_START:
            assert there > 1.5 * elsewhere
        else:
            assert there < 1.3 * elsewhere


def test_too_few_requests_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        intake.counts(intake.month_number("2023-10"), 36, 20)
    with pytest.raises(ValueError, match="too few for"):
        faults.choose(faults.SPOILED - 1, 1)


def test_counts_add_up_and_do_not_depend_on_the_number_of_months() -> None:
    first = intake.month_number("2023-10")
    whole = intake.counts(first, 37, 240_000)
    assert sum(whole[:36]) == 240_000
    assert intake.counts(first, 36, 240_000) == whole[:36]
