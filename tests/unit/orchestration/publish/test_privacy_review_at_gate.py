"""Privacy reviews at the gate: a missing one is told, one that ended is told and then holds, a no holds at once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from contracts.city import PrivacyReview, Ruling
from contracts.model import Text
from contracts.reviews import GRACE
from orchestration import plan
from orchestration.publish.job import Attempt
from tests.unit.orchestration.publish.publish_world import AS_OF, PRODUCT, World, changed, flow_of, ruling

TODAY = AS_OF.date()
RULE = "privacy_review"


def lowered(document: dict[str, Any]) -> None:
    columns = {c["name"]: c for c in document["schema"][0]["properties"]}
    for name, step in (("opened_date", "generalise_date"), ("officer_badge", "pseudonym")):
        columns[name]["customProperties"] = [
            {"property": "step", "value": {"name": step, "version": "1.0.0", "parameters": {}}}
        ]


def review(*covers: str, decision: Any = "open", **more: Any) -> Ruling:
    found = PrivacyReview("low", Text("Good to know."), decision)
    return ruling("review", "cases", review=found, covers=covers or ("generalise_date", "pseudonym"), **more)


def publish(world: World, **changes: Any) -> Attempt:
    """An attempt whose flows know no step: whether a step was really taken is another rule's business."""
    contract = world.contract
    columns = tuple(replace(c, step=None) for c in contract.columns)
    plain = replace(contract, object=replace(contract.object, properties=columns))
    return world.publish(flow=flow_of(plain), **changes)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "town", product=changed(PRODUCT, lowered))
    made.deliver()
    return made


def finding(report: Any) -> dict[str, Any]:
    return next(entry for entry in report["gate"] if entry["id"] == RULE)


def test_where_nothing_is_lowered_no_review_is_asked_for(tmp_path: Path) -> None:
    plain = World(tmp_path / "plain")
    plain.deliver()
    assert finding(plain.publish().quality)["result"] == "not applicable"


def test_a_missing_review_is_told_and_publishes(world: World) -> None:
    done = publish(world)
    assert done.outcome == "published"
    whole, public = finding(done.quality), finding(done.qualities["public"])
    assert (whole["result"], whole["detail"]) == ("warned", "nobody reviewed opened_date, officer_badge")
    assert (public["result"], public["detail"]) == ("warned", "a review is missing or has ended")
    assert (public["examined"], public["failed"]) == (1, 1)
    assert "officer_badge" not in json.dumps(done.qualities["public"])


@pytest.mark.parametrize(
    ("given", "outcome", "result", "said"),
    [
        ((review(),), "published", "passed", ""),
        ((review("generalise_date"),), "published", "warned", "nobody reviewed officer_badge"),
        ((review(until=TODAY),), "published", "passed", ""),
        ((review(until=TODAY - timedelta(days=1)),), "published", "warned", "ended on 2026-01-30; from"),
        ((review(until=TODAY - GRACE),), "published", "warned", "from 2026-02-01 on it holds the product"),
        ((review(until=TODAY - GRACE - timedelta(days=1)),), "held", "failed", "was not made again"),
        ((review(), review("opened_date", decision="withhold", on=TODAY)), "held", "failed", "must not be public"),
        ((review(), review("opened_date", decision="withhold", on=date(2026, 2, 1))), "published", "passed", ""),
        ((review(), review("pseudonym", decision="withhold")), "published", "passed", ""),
    ],
)
def test_what_a_review_means_for_a_release(
    world: World, given: tuple[Ruling, ...], outcome: str, result: str, said: str
) -> None:
    world.rulings = given
    done = publish(world)
    assert done.outcome == outcome
    found = finding(done.quality)
    assert found["result"] == result
    assert said in found["detail"]
    public = finding(done.qualities["public"])
    touched = "officer_badge" not in found["detail"] or "opened_date" in found["detail"]
    assert public["result"] == (result if touched else "passed"), "a column of staff's is not its business"
    assert "opened_date" not in public["detail"]


def test_what_is_served_stays_when_a_review_withholds_and_a_new_review_ends_the_hold(world: World) -> None:
    world.rulings = (review(),)
    assert publish(world).version == 1
    world.rulings = (review(), review("opened_date", decision="withhold", on=TODAY, by="privacy@example.gov"))
    held = publish(world, force=True)
    assert (held.outcome, held.version) == ("held", 1)
    assert publish(world).still
    world.rulings = (*world.rulings, review("opened_date", on=TODAY, by="council@example.gov"))
    assert publish(world).outcome == "unchanged", "a new decision is looked at without being forced"


def test_the_planner_looks_again_on_the_day_a_review_begins_to_hold(world: World) -> None:
    world.rulings = (review(until=TODAY),)
    city = world.city

    staging = city.folder / "staging" / "stg_town__requests.sql"
    staging.parent.mkdir(parents=True)
    staging.write_text("select 1", encoding="utf-8")

    def seen(day: date) -> str:
        return plan.product_fingerprint(city, city.products["cases"], {}, AS_OF.isoformat(), day)

    days = [TODAY + timedelta(days=n) for n in range(GRACE.days + 4)]
    changes = [day for before, day in pairwise(days) if seen(before) != seen(day)]
    assert changes == [TODAY + timedelta(days=1), TODAY + GRACE + timedelta(days=1)]
