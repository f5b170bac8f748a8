"""Shaping a tiny city with real dbt and real DuckDB on temporary paths."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from contracts.errors import ArtefactError, InputError
from orchestration.shaping import NodeRun, ShapeJob, Shaping, shape
from tests.integration.shaping_city import (
    DISTRICT_TYPES,
    DISTRICTS,
    REQUEST_TYPES,
    Record,
    TinyCity,
    build,
    invent,
    measure_by_hand,
)

AS_OF = datetime(2025, 3, 20, 3, 30)
"""Still 19 March in New York."""

EXACT = (
    *("opened", "closed", "due", "due_on_time", "closed_with_due", "closed_on_time", "requests_timed", "backlog"),
    *("backlog_0_7_days", "backlog_8_30_days", "backlog_31_90_days", "backlog_over_90_days", "overdue"),
    *("median_days_to_close", "p90_days_to_close"),
)
DAY_1 = datetime(2025, 1, 10, 12)


def run(tiny: TinyCity, files: dict[str, tuple[Path, ...]], **changes: object) -> Shaping:
    return shape(ShapeJob(tiny.city, tiny.home, AS_OF, files, **changes))  # type: ignore[arg-type]


def by_name(shaping: Shaping) -> dict[str, NodeRun]:
    return {node.name: node for node in shaping.nodes}


def request(identity: str, **changes: object) -> Record:
    return {"service_request_id": identity, "service_name": "Pothole", "status": "open", "opened_at": DAY_1, **changes}


@pytest.fixture(scope="module")
def invented() -> list[Record]:
    return invent(1500, AS_OF)


@pytest.fixture(scope="module")
def shaped(tmp_path_factory: pytest.TempPathFactory, invented: list[Record]) -> tuple[TinyCity, Shaping]:
    tiny = build(tmp_path_factory.mktemp("shaped"))
    return tiny, run(tiny, tiny.files(invented))


def test_every_model_is_built_and_told(shaped: tuple[TinyCity, Shaping]) -> None:
    nodes = by_name(shaped[1])
    assert {n.status for n in nodes.values()} == {"ok"}
    assert {n.layer for n in nodes.values()} == {"staging", "intermediate", "mart"}
    assert nodes["service_requests"].rows is None, "a view's records are counted where it is read"
    assert nodes["districts"].rows == 2
    assert nodes["stg_tiny__districts"].path == str(shaped[0].city.folder / "staging" / "stg_tiny__districts.sql")
    assert shaped[1].manifest_path.is_file()


def test_every_mart_has_its_contracts_columns(shaped: tuple[TinyCity, Shaping]) -> None:
    tiny, _ = shaped
    for name, contract in tiny.city.products.items():
        found = [(r["column_name"], r["column_type"]) for r in tiny.rows(f"describe {name}")]
        if name == "service_requests_monthly":  # its columns stand beside their exact twins in the contract alone
            assert sorted(found) == sorted((c.name, c.physical_type) for c in contract.columns)
        else:
            assert found == [(c.name, c.physical_type) for c in contract.columns]


def test_every_rule_of_the_shared_contracts_holds(shaped: tuple[TinyCity, Shaping]) -> None:
    tiny, _ = shaped
    broken = []
    for name, contract in tiny.city.products.items():
        for rule in contract.object.quality:
            if rule.type == "sql" and rule.severity == "error":
                query = str(rule.query).replace("${object}", name).replace("{object}", name)
                measured = float(next(iter(tiny.rows(query)[0].values())))
                assert isinstance(rule.threshold, int | float)
                broken += [(name, rule.id, measured)] if measured > rule.threshold else []
    assert broken == []


def test_monthly_figures_equal_those_worked_out_by_hand(
    shaped: tuple[TinyCity, Shaping], invented: list[Record]
) -> None:
    tiny, _ = shaped
    columns = ", ".join(f"{n}_exact as {n}" for n in EXACT)
    found = {
        (r.pop("month"), r.pop("district_id"), r.pop("category"), r.pop("department")): r
        for r in tiny.rows(f"select month, district_id, category, department, {columns} from service_requests_monthly")
    }
    expected = measure_by_hand(invented, AS_OF, tiny.city.timezone)
    assert len(expected) > 100
    assert {k: {n: v[n] for n in EXACT} for k, v in expected.items()} == found


def test_hidden_counts_cannot_be_worked_out(shaped: tuple[TinyCity, Shaping]) -> None:
    tiny, _ = shaped
    minimum = tiny.city.minimum_cell
    small = "opened_exact between 1 and {k} or closed_exact between 1 and {k}".format(k=minimum - 1)
    hidden = tiny.rows(f"select count(*) as n from service_requests_monthly where {small}")[0]["n"]
    shown = tiny.rows(f"select count(*) as n from service_requests_monthly where opened > 0 and not ({small})")[0]["n"]
    assert hidden > 10
    assert shown > 10
    solved = tiny.rows(
        """
        select count(*) as n from (
          select *, lag(backlog, 1, case when first then 0 end) over w as before from (
            select *, row_number() over w = 1 as first from service_requests_monthly
            window w as (partition by district_id, category, department order by month)
          ) window w as (partition by district_id, category, department order by month)
        ) where (opened is null)::int + (closed is null)::int + (backlog is null)::int + (before is null)::int = 1
        """
    )
    assert solved[0]["n"] == 0
    parts = "(backlog_0_7_days is null)::int + (backlog_8_30_days is null)::int + (backlog_31_90_days is null)::int"
    parts += " + (backlog_over_90_days is null)::int"
    alone = tiny.rows(f"select count(*) as n from service_requests_monthly where backlog is not null and {parts} = 1")
    assert alone[0]["n"] == 0


def content(tiny: TinyCity) -> dict[str, list[dict[str, object]]]:
    return {name: tiny.rows(f"select * from {name} order by all") for name in tiny.city.products}


def test_threads_and_order_of_arrival_change_nothing(
    tmp_path: Path, shaped: tuple[TinyCity, Shaping], invented: list[Record]
) -> None:
    other = build(tmp_path)
    run(other, other.files(list(reversed(invented))), threads=4)
    assert content(other) == content(shaped[0])


def test_deliveries_replace_add_or_merge(tmp_path: Path) -> None:
    expected = {
        "snapshot": {"B": "closed", "C": "open"},
        "append": {"A": "open", "B": "closed", "C": "open"},
        "upsert": {"A": "open", "B": "closed", "C": "open", "D": "open"},
    }
    for delivery, statuses in expected.items():
        tiny = build(tmp_path / delivery, delivery=delivery)
        files = tiny.files([])
        first = [request("A"), request("B"), request("D")] if delivery == "upsert" else [request("A")]
        middle = [request("D", status="closed", closed_at=DAY_1), request("C", status="closed", closed_at=DAY_1)]
        last = [request("B", status="closed", closed_at=DAY_1), request("C")]
        deliveries = [first, last]
        if delivery == "upsert":  # D is closed by the second delivery and opened again by the third
            deliveries = [first, middle, [*last, request("D")]]
        paths = tuple(tiny.parquet(f"requests{i}", REQUEST_TYPES, d) for i, d in enumerate(deliveries))
        run(tiny, {**files, "tiny_requests": paths}, select=("+service_requests",))
        found = {r["service_request_id"]: r["status"] for r in tiny.rows("select * from service_requests")}
        assert found == statuses, delivery
        assert len(tiny.rows("select * from service_requests")) == len(statuses), delivery


def test_positions_are_placed_without_a_home_or_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "nobody"
    empty.mkdir()
    monkeypatch.setenv("HOME", str(empty))
    tiny = build(tmp_path)
    inside = {"longitude": 1.5, "latitude": 0.5, "address": "1 Secret Street"}
    records = [request("A", **inside), request("B", district_id="01", **inside), request("C")]
    nodes = by_name(run(tiny, tiny.files(records)))
    assert nodes["int_service_requests__placed"].rows == 1
    found = {r["service_request_id"]: r["district_id"] for r in tiny.rows("select * from service_requests")}
    assert found == {"A": "02", "B": "01", "C": "unknown"}
    assert list(empty.iterdir()) == []


def test_a_city_without_districts_has_the_rest(tmp_path: Path) -> None:
    tiny = build(tmp_path, districts=False)
    path = tiny.parquet("requests", REQUEST_TYPES, [request(str(i), district_id="01") for i in range(5)])
    nodes = by_name(run(tiny, {"tiny_requests": (path,)}))
    assert "districts" not in nodes
    assert {n.status for n in nodes.values()} == {"ok"}
    rows = tiny.rows("select opened, district_name, opened_per_1000 from service_requests_monthly")
    assert rows[0] == {"opened": 5, "district_name": "01", "opened_per_1000": None}


def test_nothing_is_written_into_the_city_or_the_project(
    tmp_path: Path, project_root: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def state(folder: Path) -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts}

    tiny = build(tmp_path)
    before = state(tiny.city.folder), state(project_root / "transforms")
    for _ in range(2):
        run(tiny, tiny.files([request("A")]))
    assert (state(tiny.city.folder), state(project_root / "transforms")) == before
    assert capfd.readouterr() == ("", "")


def test_each_model_is_told_as_it_ends_and_the_warehouse_is_let_go(tmp_path: Path) -> None:
    tiny = build(tmp_path)
    told: list[NodeRun] = []
    shaping = run(tiny, tiny.files([request("A")]), callback=told.append)
    assert [n.name for n in told] == [n.name for n in shaping.nodes]
    with duckdb.connect(str(tiny.home.warehouse)) as connection:  # a connection that may write: nobody holds it
        connection.execute("create table mine as select 1")


def replace_staging(tiny: TinyCity, entity: str, old: str, new: str) -> Path:
    path = tiny.city.folder / "staging" / f"stg_tiny__{entity}.sql"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_a_column_that_is_not_delivered_is_said_of_the_staging_model(tmp_path: Path) -> None:
    tiny = build(tmp_path)
    path = replace_staging(tiny, "service_requests", "    due_at,\n", "")
    nodes = by_name(run(tiny, tiny.files([request("A")])))
    failed = nodes["int_service_requests__received"]
    assert isinstance(failed.error, InputError)
    assert failed.error.what == "the staging model stg_tiny__service_requests does not deliver the column due_at"
    assert failed.error.where == str(path)
    assert failed.error.expected == "due_at TIMESTAMP, as the entity service_requests says"
    assert failed.error.hint is not None and "cast(null as timestamp) as due_at" in failed.error.hint


def test_one_failing_model_stops_only_what_reads_it(tmp_path: Path) -> None:
    tiny = build(tmp_path)
    path = replace_staging(tiny, "service_requests", "    channel,", "    chanel as channel,")
    nodes = by_name(run(tiny, tiny.files([request("A")])))
    failed = nodes["stg_tiny__service_requests"]
    line = path.read_text().splitlines().index("    chanel as channel,") + 1
    assert isinstance(failed.error, InputError)
    assert failed.error.where == f"{path}:{line}"
    assert "chanel" in str(failed.error.found)
    assert failed.error.expected is not None and "channel" in failed.error.expected
    assert nodes["districts"].status == "ok"
    assert {nodes[n].status for n in ("service_requests", "service_requests_monthly")} == {"skipped"}


def test_a_source_without_a_delivery_says_so(tmp_path: Path) -> None:
    tiny = build(tmp_path)
    districts = tiny.parquet("districts", DISTRICT_TYPES, DISTRICTS)
    nodes = by_name(run(tiny, {"tiny_districts": (districts,)}))
    assert nodes["stg_tiny__service_requests"].message.startswith(
        "the model stg_tiny__service_requests has nothing to read"
    )
    assert "tiny_requests" in nodes["stg_tiny__service_requests"].message
    assert nodes["districts"].status == "ok"


def test_a_kept_file_that_is_gone_is_an_artefact_error(tmp_path: Path) -> None:
    tiny = build(tmp_path)
    files = tiny.files([request("A")])
    files["tiny_requests"][0].unlink()
    failed = by_name(run(tiny, files))["stg_tiny__service_requests"]
    assert isinstance(failed.error, ArtefactError)
    assert failed.error.where == str(files["tiny_requests"][0])


def test_sql_that_dbt_cannot_read_names_file_and_line(tmp_path: Path) -> None:
    tiny = build(tmp_path)
    path = replace_staging(tiny, "districts", "    population,", "    {{ population,")
    with pytest.raises(InputError) as raised:
        run(tiny, tiny.files([request("A")]))
    assert raised.value.where is not None and raised.value.where.startswith(str(path))
