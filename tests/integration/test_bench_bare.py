"""The benchmark's yardstick does what it says, and finds the faults it looks for."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bench.bare import Bare
from cities.demo.generate import REQUESTS_FILE, generate, read_deliveries

SIZE = 6_000


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("delivery")
    generate(read_deliveries(SIZE)[0], folder)
    return folder


def test_it_writes_every_rendition_and_all_rules_hold(delivery: Path, tmp_path: Path) -> None:
    bare = Bare(delivery, tmp_path / "bare", "2026-10-01T05:00:00")
    assert bare.run() == SIZE
    assert bare.failed == []
    assert set(bare.seconds) == {"land", "shape", "publish"}
    target = tmp_path / "bare"
    for name in ("service_requests", "monthly", "districts"):
        for tier in ("internal", "public"):
            for kind in ("parquet", "csv"):
                assert (target / f"{name}_{tier}.{kind}").stat().st_size > 0
    assert (target / f"raw-{REQUESTS_FILE}").read_bytes() == (delivery / REQUESTS_FILE).read_bytes()


def test_its_months_agree_with_the_raw_file(delivery: Path, tmp_path: Path) -> None:
    Bare(delivery, tmp_path, "2026-10-01T05:00:00").run()
    raw = (
        f"read_csv('{delivery / REQUESTS_FILE}', delim = ';', header = true, all_varchar = true, auto_detect = false, "
        "columns = {radicado: varchar, apertura: varchar, vence: varchar, cierre: varchar, cambio: varchar, "
        "estado: varchar, codigo: varchar, servicio: varchar, dependencia: varchar, canal: varchar, comuna: varchar, "
        "direccion: varchar, lat: varchar, lon: varchar, nombre: varchar, correo: varchar, telefono: varchar})"
    )
    with duckdb.connect() as connection:
        backlog = connection.execute(
            f"select sum(backlog_exact), sum(opened_exact) from read_parquet('{tmp_path}/monthly_internal.parquet') "
            "where month = date '2026-09-01'"
        ).fetchone()
        expected = connection.execute(
            f"select count(*) filter (estado = 'Abierta'), count(*) filter (apertura like '%/09/2026 %') from {raw}"
        ).fetchone()
    assert backlog == expected


def test_it_notices_a_bad_status(delivery: Path, tmp_path: Path) -> None:
    spoiled = tmp_path / "delivery"
    spoiled.mkdir()
    text = (delivery / REQUESTS_FILE).read_text(encoding="utf-8").replace(";Abierta;", ";Pendiente;", 1)
    (spoiled / REQUESTS_FILE).write_text(text, encoding="utf-8")
    (spoiled / "districts.jsonl").write_bytes((delivery / "districts.jsonl").read_bytes())
    bare = Bare(spoiled, tmp_path / "bare", "2026-10-01T05:00:00")
    bare.run()
    assert "door 4" in bare.failed
