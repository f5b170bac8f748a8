"""A whole run writes the same bytes anywhere: time zone, locale, threads, memory, hashes, umask, folder; and twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from contracts.evidence import Ledger
from tests.integration.whole_city import (
    Place,
    Surroundings,
    copy_checkout,
    differences,
    hashes,
    make_delivery,
    make_locales,
    settle,
    turn_records,
)

PRODUCTS = {"districts", "measures", "service_requests", "service_requests_monthly"}
BAD_RECORDS = 101


@dataclass(frozen=True)
class Trial:
    """The reference, its result and hashes, and what other places are made from."""

    root: Path
    checkout: Path
    delivery: Path
    reference: Place
    result: dict[str, Any]
    hashes: dict[str, str]


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    root = tmp_path_factory.mktemp("bytes")
    delivery, checkout = make_delivery(root / "delivery"), copy_checkout(root / "checkout")
    place = settle(root, Surroundings("the reference"), checkout, delivery)
    result = place.run()
    return Trial(root, checkout, delivery, place, result, hashes(place.home))


@pytest.mark.fault(58, "the same run twice, in another time zone, locale or number of threads")
def test_all_that_is_kept_and_shown_is_the_same_elsewhere(trial: Trial) -> None:
    locales = make_locales(trial.root / "locales")
    strange = {"LC_ALL": "tr_TR.UTF-8", **locales} if locales else {"LC_ALL": "C", "PYTHONUTF8": "0"}
    elsewhere = Surroundings(
        "everything at once",
        {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "4711", "CAUCE_THREADS": "1", "CAUCE_MEMORY_LIMIT": "400MB"}
        | {"COLUMNS": "40", "LANGUAGE": "tr", **strange},
        folder="a much longer place/with a space and an ñ",
        umask=0o077,
    )
    place = settle(trial.root, elsewhere, trial.checkout, trial.delivery)
    result = place.run()
    assert differences(trial.hashes, hashes(place.home)) == []
    told_elsewhere = {"ledger_head", "site", "run", "notes"}
    assert {k: v for k, v in result.items() if k not in told_elsewhere} == {
        k: v for k, v in trial.result.items() if k not in told_elsewhere
    }
    assert Ledger(place.home / "ledger").head() != Ledger(trial.reference.home / "ledger").head()


def test_the_reference_is_a_whole_city(trial: Trial) -> None:
    assert {row["product"] for row in trial.result["published"]} == PRODUCTS
    assert [row["records"] for row in trial.result["quarantined"]] == [BAD_RECORDS]
    kinds = {Path(path).name for path in trial.hashes}
    assert {"data.parquet", "data.csv", "data.geojson", "manifest.json", "quality.json", "lineage.json"} <= kinds
    assert {"index.html", "data.json"} <= kinds
    for part in (
        "raw/demo_service_requests/accepted/",
        "raw/demo_service_requests/quarantine/",
        "releases/public/",
        "site/internal/es/",
    ):
        assert any(part in path for path in trial.hashes), part


def test_the_order_of_the_records_and_plain_ascii_change_no_published_record(trial: Trial) -> None:
    ascii_only = {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONUTF8": "0"}
    place = settle(
        trial.root, Surroundings("turned", ascii_only, folder="año"), trial.checkout, turn_records(trial.delivery)
    )
    result = place.run()
    assert [row["reasons"] for row in result["quarantined"]] == [row["reasons"] for row in trial.result["quarantined"]]
    found = hashes(place.home)
    records = {path for path in trial.hashes if Path(path).name.startswith("data.") and "/1/" in path}
    assert len(records) == 36
    assert differences({p: trial.hashes[p] for p in records}, {p: found[p] for p in records & found.keys()}) == []
    turned = "raw/demo_service_requests/landings/000001.json"
    assert trial.hashes[turned] != found[turned], "the records were not turned"


def test_a_second_run_changes_nothing(trial: Trial) -> None:
    assert trial.reference.run()["nothing_to_do"]
    assert differences(trial.hashes, hashes(trial.reference.home)) == []
