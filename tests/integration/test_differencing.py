"""Hidden counts beside public records: what the gate finds in a city that was really shaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.city import City, Ruling
from contracts.evidence import Ledger
from contracts.model import Place
from contracts.release import InputRef, current
from orchestration.flows import read_flow
from orchestration.proof.outcome import CityProof
from orchestration.publish.attempt import attempt
from orchestration.publish.job import Attempt, PublishJob
from orchestration.shaping import ShapeJob, shape
from tests.integration.shaping_city import build, invent
from tests.unit.orchestration.publish.publish_world import Stand

AS_OF = datetime(2025, 3, 20, 3, 30)
RULE = "differencing"
HELD = datetime(2025, 3, 21, tzinfo=UTC)


class Town:
    """The tiny city, shaped once; its small counts below 5 are hidden."""

    def __init__(self, root: Path) -> None:
        self.tiny = build(root)
        self.files = self.tiny.files(invent(1500, AS_OF))
        shape(ShapeJob(self.tiny.city, self.tiny.home, AS_OF, self.files))
        self.home = self.tiny.home
        self.ledger = Ledger(self.home.ledger)

    def publish(self, product: str, city: City | None = None, **changes: Any) -> Attempt:
        """One attempt at a product, in the city or a variant of it."""
        told = city or self.tiny.city
        job = PublishJob(
            city=told,
            contract=told.products[product],
            home=self.home,
            ledger=self.ledger,
            relation=product,
            as_of=AS_OF,
            checked_at=HELD,
            inputs=(InputRef("tiny_requests", "0" * 64, AS_OF.isoformat(), 1500, 1500, 0, 0),),
            lineage={"nodes": [], "edges": []},
            code={"engine_sha256": "e", "sql_sha256": "s", "git_commit": "c"},
            flow=read_flow(told, self.home),
            proof=CityProof(dict.fromkeys(told.products, ()), {}),
            engines=Stand(self.tiny.folder),
            memory="500MB",
            force=True,
        )
        return attempt(replace(job, **changes))

    def rows(self, query: str) -> tuple[Any, ...]:
        """The one row of a query of the warehouse."""
        with duckdb.connect(str(self.home.warehouse), read_only=True) as connection:
            return connection.sql(query).fetchone() or ()

    def execute(self, sql: str) -> None:
        """Change the warehouse, as no model would."""
        with duckdb.connect(str(self.home.warehouse)) as connection:
            connection.execute(sql)


def for_staff_only(city: City, *names: str) -> City:
    """The city with some products that the public is not given."""
    inner = {n: replace(city.products[n], renditions=("internal",)) for n in names}
    return replace(city, products={**city.products, **inner})


def found(result: Attempt, tier: str | None = None) -> Mapping[str, Any]:
    """What the rule found: all, or what a tier is told."""
    report = result.quality if tier is None else result.qualities[tier]
    return next(e for e in report["gate"] if e["id"] == RULE)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("town"))


def test_counts_of_public_records_are_hidden_in_vain(town: Town) -> None:
    """Whoever counts the published requests by day has the hidden numbers; by numbers, not by guess."""
    result = town.publish("service_requests_monthly")
    entry = found(result)
    assert (result.outcome, entry["result"]) == ("held", "failed")
    counts = ("opened", "due", "requests_timed")
    hidden = town.rows(f"select {', '.join(f'count(*) - count({c})' for c in counts)} from service_requests_monthly")
    told = re.findall(r"(\w+) \((\d+) of (\d+) hidden cells\)", entry["detail"])
    assert {column: int(of) for column, _, of in told} == dict(zip(counts, hidden, strict=True))
    assert all(int(had) > 0.8 * int(of) for column, had, of in told if column != "requests_timed")
    assert (
        "can be counted in service_requests, by district_id, category, department, opened_date, due_date"
        in (entry["detail"])
    )
    assert "set minimumCell to 1" in entry["detail"]
    assert (entry["failed"], entry["examined"]) == (3, 11)
    public = found(result, "public")
    assert public["detail"] == "a hidden count can be had from another product that the same readers may see"
    assert found(result, "internal")["result"] == "not applicable"


def test_the_numbers_told_are_what_a_reader_gets(town: Town) -> None:
    """The same question, asked by hand of the published columns and of the exact counts."""
    said = found(town.publish("service_requests_monthly"))["detail"]
    (had,) = town.rows(
        """
        select count(*) from service_requests_monthly as m join (
            select district_id, category, department, date_trunc('month', opened_date) as month, count(*) as n
            from service_requests group by all
        ) as r using (district_id, category, department, month)
        where m.opened is null and r.n = m.opened_exact
        """
    )
    assert f"opened ({had} of " in said


def waiver(reason: str) -> Ruling:
    """A waiver of the rule that is in force."""
    kind: Any = "waiver"
    subject = f"service_requests_monthly.{RULE}"
    return Ruling(kind, subject, reason, "owner@example.gov", date(2025, 3, 1), date(2026, 3, 1), None, Place("d", 1))


def test_nobody_may_waive_what_a_sister_gives_away(town: Town) -> None:
    city = replace(town.tiny.city, rulings=(waiver("They are public anyway."),))
    assert found(town.publish("service_requests_monthly", city))["result"] == "failed"


def test_counts_of_records_for_staff_are_hidden_with_reason(town: Town) -> None:
    """The same numbers, where the public is not given the requests one by one."""
    city = for_staff_only(town.tiny.city, "service_requests")
    entry = found(town.publish("service_requests_monthly", city))
    assert (entry["result"], entry["examined"], entry["failed"], entry["detail"]) == ("passed", 11, 0, "")


def test_a_product_that_hides_nothing_is_not_asked(town: Town) -> None:
    entry = found(town.publish("districts", for_staff_only(town.tiny.city, "service_requests")))
    assert (entry["result"], entry["detail"]) == ("not applicable", "no column hides counts")


def test_a_number_of_the_last_release_is_not_hidden_by_hiding_it_now(town: Town) -> None:
    """What was shown and has not changed since is known; a person may decide to go on all the same."""
    city = for_staff_only(town.tiny.city, "service_requests")
    chosen = "closed is null and closed_exact >= 5 and not is_opened_suppressed"
    (count,) = town.rows(f"select count(*) from service_requests_monthly where {chosen}")
    assert count > 2
    town.execute(f"create table kept as select * from service_requests_monthly where {chosen}")
    shown = "closed = closed_exact, is_closed_suppressed = false"
    town.execute(f"update service_requests_monthly set {shown} where {chosen}")
    first = town.publish("service_requests_monthly", city)
    assert first.outcome == "published", first.reasons
    assert first.version is not None
    town.execute(
        "update service_requests_monthly as m set closed = null, is_closed_suppressed = true from kept"
        " where kept.month = m.month and kept.district_id = m.district_id and kept.category = m.category"
        " and kept.department = m.department"
    )
    second = town.publish("service_requests_monthly", city)
    entry = found(second)
    assert (second.outcome, entry["result"], entry["failed"]) == ("held", "failed", 1)
    assert f"closed ({count} of" in entry["detail"]
    assert f"stood in release {first.version}" in entry["detail"]
    assert found(second, "public")["detail"] == "a hidden count stood in the release before"
    third = town.publish("service_requests_monthly", replace(city, rulings=(waiver("It was out for a day."),)))
    assert (third.outcome, found(third)["result"]) == ("published", "waived")


def test_a_newcomer_may_not_give_away_what_is_served(town: Town) -> None:
    """After the test before: the monthly figures are out, small ones hidden, and the requests never were."""
    assert current(town.home, "public", "service_requests_monthly") is not None
    newcomer = town.publish("service_requests")
    entry = found(newcomer)
    assert (newcomer.outcome, entry["result"]) == ("held", "failed")
    assert "service_requests_monthly hides them and is served" in entry["detail"]
    assert found(newcomer, "public")["detail"] == "with it a count that another product hides could be had"
    assert found(newcomer, "internal")["result"] == "not applicable"
    for_staff = town.publish("service_requests", for_staff_only(town.tiny.city, "service_requests"))
    assert found(for_staff)["result"] == "not applicable"
