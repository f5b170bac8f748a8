"""Taking a product away: every tier at once, until a decision lifts it; what everybody may read of it, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import kept
from contracts.city import Ruling
from contracts.errors import InputError
from contracts.evidence import EntryKind
from contracts.model import Text
from contracts.release import commits, current
from orchestration.publish import commit, record, removal, withdraw
from orchestration.publish.audit import verify
from orchestration.publish.recover import recover
from orchestration.publish.rollback import rollback
from orchestration.publish.withdraw import Order, Withdrawal
from tests.unit.orchestration.publish.publish_world import (
    AS_OF,
    PRODUCT,
    World,
    changed,
    copied,
    public_bytes,
    rows,
    ruling,
)

LATER = AS_OF + timedelta(days=1)
ORDER = Order("Ana Ruiz is named in zz_note", "privacy@example.gov", LATER.date(), Text("Under review."))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("template"))
    made.deliver()
    made.publish()
    made.deliver(rows(45))
    made.publish()
    return made


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    return copied(template, tmp_path / "town")


def take_away(world: World, **changes: Any) -> Withdrawal:
    return withdraw.withdraw(world.home, world.ledger, "cases", replace(ORDER, **changes), LATER)


def lift(known: Withdrawal, **changes: Any) -> Ruling:
    return ruling("review", "cases", **{"lifts": known.entry, "on": LATER.date(), "until": None, **changes})


def served(world: World) -> dict[str, int]:
    found = {tier: current(world.home, tier, "cases") for tier in ("internal", "public")}
    return {tier: release.manifest.version for tier, release in found.items() if release}


@pytest.mark.fault(57)
def test_nothing_is_served_in_any_tier(world: World) -> None:
    done = take_away(world)
    assert (done.product, done.tiers) == ("cases", ("internal", "public"))
    assert served(world) == {}
    entry = list(world.ledger.entries(EntryKind.WITHDRAWAL))[-1]
    assert entry.body["intent"] == done.entry
    assert (entry.body["by"], entry.body["reason"]) == (ORDER.by, ORDER.reason)
    assert entry.body["from_versions"] == {"internal": 2, "public": 2}
    assert verify(world.home) == []


@pytest.mark.fault(57)
def test_the_reason_stands_in_no_public_byte(world: World) -> None:
    take_away(world)
    assert commits(world.home, "internal", "cases")[-1].reason == ORDER.reason
    assert commits(world.home, "public", "cases")[-1].reason == "Under review."
    assert b"Ana Ruiz" not in public_bytes(world.home)


def test_a_product_that_is_only_public_tells_its_note_and_not_its_reason(tmp_path: Path) -> None:
    def edit(document: dict[str, Any]) -> None:
        for column in document["schema"][0]["properties"]:
            column["classification"] = "public"
        for word in document["customProperties"]:
            word["value"] = {"tier": "public", "renditions": ["public"]}.get(word["property"], word["value"])

    world = World(tmp_path / "open", product=changed(PRODUCT, edit))
    world.deliver()
    assert world.publish().outcome == "published"
    withdraw.withdraw(world.home, world.ledger, "cases", replace(ORDER, public_note=None), LATER)
    assert commits(world.home, "public", "cases")[-1].reason == ""
    assert b"Ana Ruiz" not in public_bytes(world.home)


@pytest.mark.fault(57)
def test_no_run_publishes_it_again(world: World) -> None:
    done = take_away(world)
    world.deliver(rows(46))
    for force in (False, True):
        result = world.publish(force=force)
        assert (result.outcome, result.version, result.reasons) == ("withdrawn", None, ())
        assert "withdrawn on 2026-02-01 by privacy@example.gov: Ana Ruiz is named in zz_note" in result.note
        assert f"lifts: {done.entry}" in result.note
    assert served(world) == {}


def test_a_decision_lifts_it_and_the_same_content_is_published_anew(world: World) -> None:
    world.rulings = (lift(take_away(world)),)
    result = world.publish()
    assert (result.outcome, result.version) == ("published", 3)
    assert served(world) == {"internal": 3, "public": 3}
    assert verify(world.home) == []


def test_a_rollback_before_it_keeps_nothing_back_after_it(world: World) -> None:
    rollback(world.home, world.ledger, "cases", 1, city=world.city, reason="r", by="b", at=LATER)
    assert record.of(world.ledger, "cases").set_aside
    world.rulings = (lift(take_away(world)),)
    assert world.publish().version == 3


def test_only_the_review_that_names_it_lifts_it(world: World) -> None:
    first = take_away(world)
    world.rulings = (lift(first, lifts=None, on=date(2026, 12, 1)),)
    assert world.publish().outcome == "withdrawn"
    world.rulings = (lift(first),)
    assert world.publish().outcome == "published"
    second = take_away(world, reason="again")
    assert world.publish().outcome == "withdrawn", "the review of the first must not lift the second"
    world.rulings = (lift(first), lift(second))
    assert world.publish().outcome == "published"


def test_a_review_that_lifts_another_entry_is_an_error_with_its_line(world: World) -> None:
    known = take_away(world)
    world.rulings = (lift(known, lifts=known.entry + 7),)
    with pytest.raises(InputError, match=f"decisions.yaml:1.*lifts: {known.entry + 7}.*lifts: {known.entry},"):
        world.publish()


def test_it_is_not_gone_back_to_until_a_decision_lifts_it(world: World) -> None:
    known = take_away(world)
    with pytest.raises(InputError, match=r"this product is withdrawn.*Ana Ruiz.*kind: review") as refused:
        rollback(world.home, world.ledger, "cases", 1, city=world.city, reason="r", by="b", at=LATER)
    assert f"lifts: {known.entry}" in refused.value.message
    world.rulings = (lift(known),)
    done = rollback(world.home, world.ledger, "cases", 1, city=world.city, reason="r", by="b", at=LATER)
    assert (done.before, done.tiers) == (None, ("internal", "public"))
    assert served(world) == {"internal": 1, "public": 1}


def test_nothing_is_withdrawn_twice_or_without_a_reason(world: World) -> None:
    for changes in ({"reason": " "}, {"by": ""}):
        with pytest.raises(InputError, match="a reason and a name"):
            take_away(world, **changes)
    with pytest.raises(InputError, match="nothing of this product is served"):
        withdraw.withdraw(world.home, world.ledger, "others", ORDER, LATER)
    take_away(world)
    with pytest.raises(InputError, match=r"withdrawn already.*withdrawn on 2026-02-01"):
        take_away(world)


# By a decision ------------------------------------------------------------------------------


def declared(**changes: Any) -> Ruling:
    given = {
        "on": AS_OF.date(),
        "until": None,
        "reason": "names people",
        "public_note": Text("Gone.", {"es": "Fuera."}),
    }
    return ruling("withdrawal", "cases", **{**given, **changes})


def test_a_declared_withdrawal_is_carried_out_once(world: World) -> None:
    world.rulings = (declared(instead="other"),)
    assert world.publish().outcome == "withdrawn"
    known = withdraw.standing(world.home, world.ledger, "cases")
    assert known is not None
    assert (known.order.instead, known.order.public_note) == ("other", Text("Gone.", {"es": "Fuera."}))
    head = world.ledger.head()
    assert withdraw.carry_out(world.home, world.ledger, world.rulings, LATER) == ()
    assert world.publish().outcome == "withdrawn"
    assert world.ledger.head() == head
    world.rulings = (declared(reason="names two people"), lift(known))
    assert world.publish().outcome == "published", "carried out once, whatever its words say since"


def test_a_declared_withdrawal_waits_for_its_day(world: World) -> None:
    world.rulings = (declared(on=LATER.date()),)
    assert world.publish().outcome == "unchanged"
    assert world.publish(checked_at=LATER).outcome == "withdrawn"


def test_a_declared_withdrawal_that_was_carried_out_by_hand_first_is_settled(world: World) -> None:
    known = take_away(world)
    world.rulings = (declared(on=LATER.date()), lift(known))
    assert world.publish(checked_at=LATER).outcome == "published"
    world.rulings = (declared(on=LATER.date() + timedelta(days=1)), lift(known))
    assert world.publish(checked_at=LATER + timedelta(days=1)).outcome == "withdrawn"


def test_a_product_withdrawn_before_it_was_ever_published_is_not_published(tmp_path: Path) -> None:
    world = World(tmp_path / "new")
    world.deliver()
    world.rulings = (declared(),)
    result = world.publish()
    assert (result.outcome, served(world)) == ("withdrawn", {})
    assert "before it was ever published, by the decision in decisions.yaml:1: names people" in result.note


# Erasing ------------------------------------------------------------------------------------


def data_names(world: World) -> list[str]:
    return [p.name for p in world.home.releases.rglob("*") if p.is_file() and p.suffix in {".parquet", ".csv"}]


def test_erasing_removes_the_data_of_every_version_and_keeps_what_was_said_of_it(world: World) -> None:
    known = take_away(world, erase=True)
    assert data_names(world) == []
    entry = removal.removals(world.ledger)[-1]
    assert (entry.body["why"], entry.body["decision"], entry.body["by"]) == ("erasure", known.entry, ORDER.by)
    assert entry.body["versions"] == {"internal": [1, 2], "public": [1, 2]}
    manifests = list(world.home.releases.rglob("manifest.json"))
    assert len(manifests) == 4
    assert verify(world.home) == []


def test_what_is_withdrawn_already_can_still_be_erased(world: World) -> None:
    known = take_away(world)
    assert data_names(world)
    again = take_away(world, erase=True)
    assert again.entry == known.entry
    assert data_names(world) == []
    assert verify(world.home) == []
    world.rulings = (lift(known),)
    with pytest.raises(InputError, match=r"data of this version was removed.*by erasure on .*ledger entry"):
        rollback(world.home, world.ledger, "cases", 1, city=world.city, reason="r", by="b", at=LATER)
    assert world.publish().version == 3
    assert verify(world.home) == []


def test_a_file_that_was_to_be_erased_and_is_there_is_named(world: World) -> None:
    kept_aside = (world.home.releases / "public/cases/1/data.parquet").read_bytes()
    take_away(world, erase=True)
    (world.home.releases / "public/cases/1/data.parquet").write_bytes(kept_aside)
    assert [f for f in verify(world.home) if "public/cases/1/data.parquet: still there" in f]
    assert removal.finish(world.home, world.ledger)
    assert verify(world.home) == []


# Crashes ------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def kill_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that lets the process die at the n-th moment of writing, and says how many there were."""
    seen = [0]

    def arm(moment: int) -> list[int]:
        seen[0] = 0

        def witness(_moment: str, _name: str, _path: Path | str) -> None:
            seen[0] += 1
            if seen[0] == moment:
                raise Killed

        monkeypatch.setattr(kept, "witness", witness)
        return seen

    yield arm
    monkeypatch.setattr(kept, "witness", kept.unwitnessed)


@pytest.mark.parametrize("erase", [False, True])
def test_wherever_it_is_killed_it_is_whole_after_the_next_start(
    template: World, tmp_path: Path, kill_at: Any, erase: bool
) -> None:
    whole = copied(template, tmp_path / "whole")
    count = kill_at(0)
    take_away(whole, erase=erase)
    moments = count[0]
    assert moments > 20
    for moment in range(1, moments + 1):
        world = copied(template, tmp_path / f"{moment}")
        kill_at(moment)
        with pytest.raises(Killed):
            take_away(world, erase=erase)
        kill_at(0)
        standing = current(world.home, "internal", "cases")
        recover(world.home, world.ledger, LATER)
        after = served(world)
        assert after in ({}, {"internal": 2, "public": 2}), moment
        assert after == {} or standing is not None, moment
        assert verify(world.home) == [], moment
        if erase and after == {}:
            assert data_names(world) == [], moment


def test_a_withdrawal_loses_to_another_publisher_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = commit.declare

    def raced(ledger: Any, plan: commit.Plan, at: Any) -> Any:
        monkeypatch.setattr(commit, "declare", honest)
        world.deliver(rows(47))
        assert world.publish().version == 3
        return honest(ledger, plan, at)

    monkeypatch.setattr(commit, "declare", raced)
    with pytest.raises(Exception, match="another process published at the same time"):
        take_away(world)
    assert served(world) == {"internal": 3, "public": 3}
