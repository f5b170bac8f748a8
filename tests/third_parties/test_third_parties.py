"""Third parties over a small built site, each tier's own: each agrees, and refuses a copy that was spoiled for it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from catalog.machines.files import product_files
from catalog.settings import CatalogSettings
from catalog.site.build import build
from catalog.site.site import read_site
from contracts.kept import sha256_file
from contracts.release import KeptFile
from tests.third_parties.environments import OUT
from tests.third_parties.everyone import APART, BESIDE_US
from tests.third_parties.nu import NU_CHECKER
from tests.third_parties.products import CROISSANT, DATA_CONTRACT
from tests.third_parties.verdict import Checker
from tests.unit.catalog.site_world import CHECKED_AT, build_world, monthly_rows

TIERS = ("public", "internal")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city's built site, a folder per tier."""
    world = build_world(tmp_path_factory.mktemp("third"))
    build(world.city, world.home, checked_at=CHECKED_AT, settings=CatalogSettings())
    return world.home.site


def ask(checker: Checker, folder: Path) -> None:
    verdict = checker.check(folder)
    if verdict.skipped:
        pytest.skip(verdict.skipped)
    assert verdict.problems == ()
    assert verdict.looked_at > 0


@pytest.mark.real_data
@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("checker", BESIDE_US, ids=lambda c: c.name)
def test_it_agrees(site: Path, checker: Checker, tier: str, shared_data: Path) -> None:
    ask(checker, site / tier)


@pytest.mark.real_data
@pytest.mark.parametrize("checker", BESIDE_US, ids=lambda c: c.name)
def test_it_can_refuse(site: Path, checker: Checker, tmp_path: Path, shared_data: Path) -> None:
    copy = tmp_path / "spoiled"
    shutil.copytree(site / "public", copy)
    assert checker.spoil(copy) is not None
    verdict = checker.check(copy)
    if verdict.skipped:
        pytest.skip(verdict.skipped)
    assert verdict.problems, "it agreed to what was spoiled"


@pytest.mark.parametrize("checker", APART, ids=lambda c: c.name)
def test_one_that_stands_apart_agrees(site: Path, checker: Checker) -> None:
    """Those that must be fetched are asked where ``python -m tests.third_parties`` has fetched them."""
    place = {NU_CHECKER.name: "vnu", DATA_CONTRACT.name: "datacontract"}[checker.name]
    if not (OUT / place).is_dir():
        pytest.skip(f"not fetched: python -m tests.third_parties fetches it into {OUT.name}/{place}")
    ask(checker, site / "public")


def test_a_product_in_parts_is_read_part_by_part(tmp_path: Path) -> None:
    """A large product has no CSV: Croissant's reader gives the records of each part."""
    world = build_world(tmp_path / "world")
    product = read_site(world.city, world.home, "public", CHECKED_AT, 0).catalog.products["requests_monthly"]
    assert product.current is not None
    out = tmp_path / "site"
    folder = out / "data" / product.name / "2" / "data"
    folder.mkdir(parents=True)
    columns = ", ".join(c.name for c in product.current.manifest.columns)
    files = []
    for part in ("2026-08", "2026-09"):
        path = folder / f"{part}.parquet"
        rows = f"SELECT {columns} FROM ({monthly_rows()}) WHERE strftime(month, '%Y-%m') = '{part}'"
        duckdb.sql(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
        size = path.stat().st_size
        files.append(KeptFile(f"data/{part}.parquet", sha256_file(path), size, 10, "application/vnd.apache.parquet"))
    manifest = replace(product.current.manifest, files=tuple(files))
    parted = replace(product, current=replace(product.current, manifest=manifest))
    site = read_site(world.city, world.home, "public", CHECKED_AT, 0)
    for address, data in product_files(site, parted):
        (out / address).parent.mkdir(parents=True, exist_ok=True)
        (out / address).write_bytes(data)
    described = json.loads((out / "data" / product.name / "croissant.json").read_bytes())
    assert [r["@id"] for r in described["recordSet"]] == ["records-2026-08", "records-2026-09"]
    ask(CROISSANT, out)
    package = json.loads((out / "data" / product.name / "datapackage.json").read_bytes())
    assert package["resources"][0]["path"] == ["2/data/2026-08.parquet", "2/data/2026-09.parquet"]
