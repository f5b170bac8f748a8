"""The figures of measures as they are read from the product that holds them all."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from catalog.answer import Observation
from catalog.figures import measure_figures
from catalog.measured import (
    COLUMNS,
    KEPT,
    Kept,
    Measured,
    measured_csv,
    read_measured,
    read_newest,
    why_none,
)
from catalog.site.site import Site, read_site
from catalog.store import Store
from catalog.views import ReleaseView
from contracts.city import City
from contracts.errors import ArtefactError
from tests.unit.catalog.site_world import CHECKED_AT, World, build_world, measures
from tests.unit.catalog.test_figures import with_data


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("measured"))


@pytest.fixture(scope="module")
def release(world: World) -> ReleaseView:
    product = Store(world.city, world.home, "public").product("measures", CHECKED_AT.replace(tzinfo=None))
    assert product.current is not None
    return product.current


def site_of(world: World, of: City | None = None) -> Site:
    return read_site(of or world.city, world.home, "public", CHECKED_AT, 3)


def test_one_reading_tells_city_areas_groups_and_earlier_definitions_apart(release: ReleaseView) -> None:
    found = read_measured(release, tuple(measures().values()))
    days = found["days"]
    assert set(found) == {"days", "opened", "spent"}
    assert [o.period for o in days.city] == sorted(o.period for o in days.city)
    assert (len(days.city), {o.area for o in days.city}) == (30, {"all"})
    assert (len(days.areas), {o.area for o in days.areas}) == (150, {"01", "02", "03", "04", "05"})
    assert {dimension: sorted({o.area for o in rows}) for dimension, rows in days.groups.items()} == {
        "channel": ["app", "phone"],
        "index:need": ["1", "2", "3", "4", "5"],
    }
    assert [o.period for o in days.earlier["1.0.0"]][-1] == date(2025, 9, 1)
    assert days.newest == days.city[-1] and days.why_none == "" and not days.is_missing
    newest = days.city[-1]
    assert None not in (newest.value, newest.low, newest.high, newest.n, newest.numerator, newest.denominator)
    assert (newest.numerator, newest.denominator) == ((newest.n or 0) - 2, newest.n)


def test_by_area_it_says_what_the_figures_of_a_problem_say(release: ReleaseView) -> None:
    for measure in measures().values():
        alone = measure_figures(release, measure.reading()).observations
        assert read_measured(release, (measure,))[measure.id].areas == alone


def test_a_month_that_is_not_whole_is_left_out(release: ReleaseView) -> None:
    rows = duckdb.sql(f"SELECT count(*) FROM '{release.parquet[0]}' WHERE NOT is_complete_month").fetchone()
    assert rows == (1,)
    assert max(o.period for o in read_measured(release, (measures()["days"],))["days"].city) == date(2026, 10, 1)


def test_a_count_is_what_it_is_and_a_hidden_one_is_told_from_none(release: ReleaseView) -> None:
    opened = read_measured(release, (measures()["opened"],))["opened"]
    assert all(o.is_count and not o.is_unreliable for o in (*opened.city, *opened.areas))
    hidden = [o for o in opened.areas if o.hidden]
    assert hidden and all(o.value is None and o.n is None and o.numerator is None for o in hidden)


def test_a_measure_without_a_row_or_a_column_is_missing(release: ReleaseView) -> None:
    spent = read_measured(release, (measures()["spent"],))["spent"]
    assert spent.is_missing and spent.newest is None and spent.why_none == "no_rows"
    columns = tuple(c for c in release.manifest.columns if c.name != "is_unreached")
    poorer = replace(release, manifest=replace(release.manifest, columns=columns))
    assert read_measured(poorer, (measures()["days"],))["days"].is_missing
    assert read_newest(poorer, (measures()["days"],)) == {}


def test_why_there_is_no_figure() -> None:
    row = Observation("all", "all", date(2026, 1, 1), None)
    assert why_none([]) == "no_rows"
    assert why_none([row]) == "none_yet"
    assert why_none([row, replace(row, hidden=True)]) == "all_hidden"
    assert why_none([replace(row, hidden=True), replace(row, value=0.0)]) == ""


def test_a_version_that_nobody_defined_is_not_told(release: ReleaseView) -> None:
    undefined = replace(measures()["days"], earlier=())
    assert read_measured(release, (undefined,))["days"].earlier == {}
    other = replace(measures()["days"], version="9.0.0")
    found = read_measured(release, (other,))["days"]
    assert found.is_missing and list(found.earlier) == ["1.0.0"]


def test_the_newest_of_all_is_what_each_says(release: ReleaseView) -> None:
    every = tuple(measures().values())
    newest = read_newest(release, every)
    told = read_measured(release, every)
    assert newest == {name: m.newest for name, m in told.items() if m.newest is not None}
    assert set(newest) == {"days", "opened"}


def test_the_query_gives_the_citys_and_the_areas_figures_beside_the_file(
    release: ReleaseView, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = read_measured(release, (measures()["days"],))["days"]
    monkeypatch.chdir(release.parquet[0].parent)
    rows = duckdb.sql(told.query).fetchall()
    expected = sorted((*told.areas, *told.city), key=lambda o: (o.area, o.period))
    assert [(row[0], row[4], row[7]) for row in rows] == [(o.period, o.value, o.n) for o in expected]
    assert str(release.parquet[0].parent) not in told.query


def test_an_id_cannot_leave_its_quotes(release: ReleaseView) -> None:
    wild = replace(measures()["days"], id="it's' OR 1=1 --", version="1'; SELECT 1 --")
    assert read_measured(release, (wild,))[wild.id].is_missing
    assert "'it''s'' OR 1=1 --'" in read_measured(release, (wild,))[wild.id].query


def test_a_torn_file_is_named(release: ReleaseView, tmp_path: Path) -> None:
    torn = with_data(release, tmp_path, release.parquet[0].read_bytes()[:-10])
    with pytest.raises(ArtefactError, match=r"data\.parquet"):
        read_measured(torn, (measures()["days"],))


def test_the_csv_holds_every_figure_once_and_leaves_hidden_ones_empty(release: ReleaseView) -> None:
    told = read_measured(release, tuple(measures().values()))
    rows = list(csv.DictReader(io.StringIO(measured_csv(list(told.values())).decode())))
    assert list(rows[0]) == list(COLUMNS)
    key = ("measure_id", "measure_version", "group_dimension", "group_id", "area_id", "period")
    kept = duckdb.sql(
        f"SELECT {', '.join(f'CAST({name} AS VARCHAR)' for name in (*key, 'value'))} FROM '{release.parquet[0]}'"
        " WHERE is_complete_month AND (measure_version <> '1.0.0' OR area_id = 'all' OR measure_id <> 'days')"
    ).fetchall()
    assert len(rows) == len(kept)
    written = {tuple(row[name] for name in key): row for row in rows}
    for *found, value in kept:
        row = written[tuple(found)]
        assert (float(row["value"]) if row["value"] else None) == (None if value is None else float(value))
    hidden = [row for row in rows if row["measure_id"] == "opened" and row["area_id"] == "04" and not row["value"]]
    assert hidden and all(row["n"] == row["numerator"] == "" for row in hidden)


def test_the_site_reads_figures_when_they_are_asked_for_and_none_without_a_release(world: World) -> None:
    site = site_of(world)
    assert set(site.measured) == set(site.newest) == {"days", "opened", "spent"}
    assert site.measured["days"].city[-1] == site.newest["days"]
    assert site.newest["spent"] is None
    contracts = {name: c for name, c in world.city.products.items() if name != "measures"}
    without = site_of(world, replace(world.city, products=contracts))
    assert (dict(without.measured), dict(without.newest)) == ({}, {})
    (problem,) = site.problems
    assert [m.id for m in site.measures_of(problem)] == ["days", "opened"]
    assert [m.id for m in site.measures_from("measures")] == ["days", "opened", "spent"]
    assert [m.id for m in site.measures_from("requests_monthly")] == ["days", "opened"]
    assert [m.id for m in site.measures_from("budget")] == ["spent"] and site.measures_from("districts") == ()
    assert site.problems_of(measures()["spent"]) == () and site.problems_of(measures()["opened"]) == (problem,)
    assert site.served_problems("measures") == site.served_problems("requests_monthly") == (problem,)


def test_only_so_many_are_kept_and_each_is_read_again_when_it_was_let_go() -> None:
    read: list[str] = []

    def reader(name: str) -> Measured:
        read.append(name)
        return Measured(replace(measures()["days"], id=name))

    names = [f"m{n}" for n in range(KEPT + 1)]
    kept = Kept(names, reader)
    assert [kept[name].measure.id for name in names] == names
    assert kept["m1"].measure.id == "m1" and read.count("m1") == 1
    assert kept["m0"].measure.id == "m0" and read.count("m0") == 2
    assert "m0" in kept and "other" not in kept and len(kept) == KEPT + 1 and list(kept) == names
    with pytest.raises(KeyError):
        kept["other"]
