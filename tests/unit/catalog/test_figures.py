from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from catalog.figures import MOST_VALUES, frequent_values, measure_figures, measure_query, sample
from catalog.store import Store
from catalog.views import ReleaseView
from contracts.city import ProblemMeasure
from contracts.errors import ArtefactError
from contracts.kept import sha256_bytes
from contracts.release import ManifestColumn
from contracts.shelf import DiskShelf
from tests.unit.catalog.site_world import CHECKED_AT, World, build_world, measures, problem


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("figures"))


@pytest.fixture
def release(world: World) -> ReleaseView:
    product = Store(world.city, world.home, "public").product("requests_monthly", CHECKED_AT.replace(tzinfo=None))
    assert product.current is not None
    return product.current


@pytest.fixture
def holding(world: World) -> ReleaseView:
    """The release of the product that holds the figures of all measures."""
    product = Store(world.city, world.home, "public").product("measures", CHECKED_AT.replace(tzinfo=None))
    assert product.current is not None
    return product.current


@pytest.fixture
def measure() -> ProblemMeasure:
    found = problem().measure
    assert found is not None
    return found


def test_a_measure_is_read_by_area_and_month_from_the_released_file(
    holding: ReleaseView, measure: ProblemMeasure
) -> None:
    figures = measure_figures(holding, measure)
    assert figures.observations is not None
    assert len(figures.observations) == 5 * 30
    first = figures.observations[0]
    assert (first.area, first.area_name, first.period) == ("01", "North", date(2024, 5, 1))
    assert first.value is not None and first.n is not None and first.low is not None and first.high is not None
    assert (first.numerator, first.denominator) == (first.n - 2, first.n)
    assert {o.area for o in figures.observations} == {"01", "02", "03", "04", "05"}, "the whole city is no area"
    assert not any(o.is_count for o in figures.observations)


def test_the_query_on_the_page_gives_the_same_figures_when_run_beside_the_file(
    holding: ReleaseView, measure: ProblemMeasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = measure_figures(holding, measure)
    assert figures.observations is not None
    monkeypatch.chdir(holding.parquet[0].parent)
    rows = duckdb.sql(figures.query).fetchall()
    assert [row[3] for row in rows] == [o.value for o in figures.observations]
    assert str(holding.parquet[0].parent) not in figures.query


def test_a_figure_that_is_hidden_is_none_and_not_nought(holding: ReleaseView) -> None:
    figures = measure_figures(holding, measures()["opened"].reading())
    assert figures.observations is not None
    empty = [o for o in figures.observations if o.value is None]
    assert empty and all(o.hidden and o.n is None and o.area == "04" for o in empty)
    assert all(o.is_count for o in figures.observations)


def test_a_column_this_rendition_lacks_is_named(holding: ReleaseView, measure: ProblemMeasure) -> None:
    figures = measure_figures(holding, replace(measure, value="SECRET_column", where={"nobody": 1}))
    assert figures.observations is None
    assert figures.missing == ("SECRET_column", "nobody")


def test_values_and_names_of_a_measure_cannot_leave_their_quotes(measure: ProblemMeasure) -> None:
    query = measure_query(replace(measure, value='a" FROM x; --', where={"measure_id": "it's' OR 1=1 --"}), "data")
    assert '"a"" FROM x; --" AS value' in query
    assert "\"measure_id\" = 'it''s'' OR 1=1 --'" in query


def test_a_sample_steps_evenly_through_the_file_in_its_order(release: ReleaseView) -> None:
    found = sample(release, 6)
    assert [c.name for c in found.columns][:2] == ["month", "district_id"]
    assert [row[0] for row in found.rows] == [
        "2024-05-01",
        "2024-10-01",
        "2025-03-01",
        "2025-08-01",
        "2026-01-01",
        "2026-06-01",
    ]
    assert {c.name for c in found.columns if c.numeric} == {"opened", "median_days"}
    assert len(sample(release, 1000).rows) == release.manifest.rows


def test_a_sample_of_many_parts_takes_the_first_rows_of_some(
    release: ReleaseView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = []
    for n in range(1, 4):
        part = tmp_path / f"2026-0{n}.parquet"
        days = f"select '2026-0{n}-' || lpad(day::varchar, 2, '0') as month, {n} as opened from range(1, 29) as d(day)"
        duckdb.sql(f"select *, '0' as district_id, 0.0 as median_days from ({days})").write_parquet(str(part))
        parts.append(part)
    columns = tuple(c for c in release.manifest.columns if c.name in {"month", "opened"})
    monkeypatch.setattr(ReleaseView, "parquet", property(lambda _self: tuple(parts)))
    large = replace(release, manifest=replace(release.manifest, rows=84, columns=columns))
    assert [row[0] for row in sample(large, 5).rows] == [
        "2026-01-01",
        "2026-01-02",
        "2026-02-01",
        "2026-02-02",
        "2026-03-01",
    ]
    assert [row[0] for row in sample(large, 2).rows] == ["2026-01-01", "2026-02-01"]


def test_a_long_cell_is_cut_and_says_so(world: World, tmp_path: Path) -> None:
    made = World(world.city, replace(world.home, root=tmp_path))
    made.release("budget", 1, "SELECT repeat('x', 500) AS district_id, 1 AS population", "2026-10-01T00:00:00+00:00")
    product = Store(made.city, made.home, "public").product("budget", datetime(2026, 10, 2))
    assert product.current is not None
    cell = sample(product.current, 8).rows[0][0]
    assert cell is not None
    assert (len(cell), cell[-1]) == (60, "…")


def with_data(release: ReleaseView, root: Path, data: bytes, columns: tuple[ManifestColumn, ...] = ()) -> ReleaseView:
    """The release with other bytes in its Parquet file, of which its manifest tells where ``columns`` are given."""
    place = root / release.release.place
    place.mkdir(parents=True)
    (place / "data.parquet").write_bytes(data)
    manifest = release.manifest
    if columns:
        files = tuple(replace(f, sha256=sha256_bytes(data)) for f in manifest.files if f.path == "data.parquet")
        manifest = replace(manifest, files=files, columns=columns)
    return replace(
        release, manifest=manifest, release=replace(release.release, manifest=manifest, shelf=DiskShelf(root))
    )


def test_a_torn_file_is_named(holding: ReleaseView, measure: ProblemMeasure, tmp_path: Path) -> None:
    torn = with_data(holding, tmp_path, holding.parquet[0].read_bytes()[:-10])
    with pytest.raises(ArtefactError, match=r"data\.parquet"):
        measure_figures(torn, measure)


def test_a_time_still_running_is_told_from_a_hidden_one_and_from_none(
    tmp_path: Path, holding: ReleaseView, measure: ProblemMeasure
) -> None:
    duckdb.sql(
        """
        SELECT 'days' AS measure_id, '1.1.0' AS measure_version, 'all' AS group_dimension, id AS area_id,
               id AS area_name, DATE '2026-10-01' AS period, TRUE AS is_complete_month, value, n,
               hidden AS is_suppressed, running AS is_unreached
        FROM (VALUES ('01', 4.0, 40, FALSE, FALSE), ('02', NULL, 40, FALSE, TRUE), ('03', NULL, NULL, TRUE, FALSE),
                     ('04', NULL, 0, FALSE, FALSE), ('all', NULL, 80, FALSE, TRUE)) AS t (id, value, n, hidden, running)
        """
    ).write_parquet(str(tmp_path / "data.parquet"))
    carried = ("measure_id", "measure_version", "group_dimension", "area_id", "area_name", "period", "value", "n")
    names = (*carried, "is_complete_month", "is_suppressed", "is_unreached")
    columns = tuple(c for c in holding.manifest.columns if c.name in names)
    flagged = with_data(holding, tmp_path / "shelf", (tmp_path / "data.parquet").read_bytes(), columns)
    seen = measure_figures(flagged, measure).observations
    assert seen is not None
    assert [o.area for o in seen if o.unreached] == ["02"]
    assert [o.area for o in seen if o.hidden] == ["03"]
    assert [o.area for o in seen if o.low is not None] == [], "an interval that is not published is not made up"


def test_a_month_that_the_data_does_not_cover_whole_answers_nothing(
    holding: ReleaseView, measure: ProblemMeasure
) -> None:
    figures = measure_figures(holding, measure)
    newest = duckdb.sql(f"SELECT max(period) FROM '{holding.parquet[0]}'").fetchone()
    assert newest == (date(2026, 11, 1),)
    assert figures.observations is not None
    assert max(o.period for o in figures.observations) == date(2026, 10, 1)
    assert "is_complete_month" in figures.query


def test_values_that_stand_often_are_told_and_rare_ones_names_and_long_texts_are_not(
    release: ReleaseView, tmp_path: Path
) -> None:
    rows = MOST_VALUES * 4
    duckdb.sql(
        f"""COPY (SELECT 'N-' || i AS id, CASE WHEN i < 9 THEN 'Rare' WHEN i % 2 = 0 THEN 'Dog' ELSE 'Cat' END AS kind,
        repeat('long text ', 20) AS told, NULL::VARCHAR AS empty, ' ' AS blank, i AS n FROM range({rows}) t(i))
        TO '{tmp_path / "data.parquet"}' (FORMAT parquet)"""
    )
    data = (tmp_path / "data.parquet").read_bytes()
    columns = tuple(
        ManifestColumn(name, "BIGINT" if name == "n" else "VARCHAR", "")
        for name in ("id", "kind", "told", "empty", "blank", "n")
    )
    view = with_data(release, tmp_path / "shelf", data, columns)
    view = replace(view, manifest=replace(view.manifest, rows=rows))
    assert frequent_values(view, 10) == ("Cat", "Dog")
    assert frequent_values(view, 9) == ("Cat", "Dog", "Rare")
    assert frequent_values(view, rows + 1) == ()
