"""The dynamic proof over a city that was really shaped: a leak that the analysis is made to miss, an unsteady model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.city import Ruling
from contracts.city_load import load_city
from contracts.evidence import Ledger
from contracts.model import Place
from contracts.release import InputRef, current
from orchestration.flows import CityFlow, compiled_models, read_flow
from orchestration.proof.of_city import prove_city
from orchestration.proof.outcome import CityProof
from orchestration.publish.attempt import attempt
from orchestration.publish.job import Attempt, PublishJob
from orchestration.publish.proof_rules import RULE
from orchestration.shaping import ShapeJob, shape
from tests.integration.shaping_city import TinyCity, build, invent
from tests.unit.orchestration.publish.publish_world import Stand

AS_OF = datetime(2025, 3, 20, 3, 30)
CHECKED = datetime(2025, 3, 21, tzinfo=UTC)
CLASSES = {
    **dict.fromkeys(("opened_at", "due_at", "closed_at", "updated_at"), "internal"),
    **dict.fromkeys(("latitude", "longitude", "address"), "restricted"),
}
CHANNEL = "    channel,\n"
LEAK = "    case when address = '13 Elm St' then 'web' else channel end as channel,\n"
NAME = "    district_name,\n"
UNSTEADY = "    first_value(district_name) over () as district_name,\n"
PRODUCT = "service_requests"


class Town:
    """The tiny city with classes as cities have them, and a line of its staging as a test wants it."""

    def __init__(self, root: Path, channel: str = CHANNEL, district: str = NAME) -> None:
        tiny = build(root)
        source = tiny.folder / "tiny" / "sources" / "tiny_requests.odcs.yaml"
        text = source.read_text()
        for name, tier in CLASSES.items():
            plain = f"name: {name}, logicalType: {'number' if name.endswith('tude') else 'timestamp'}"
            plain = f"name: {name}, logicalType: string" if name == "address" else plain
            assert f"{plain}, description: d, classification: public" in text
            text = text.replace(
                f"{plain}, description: d, classification: public", f"{plain}, description: d, classification: {tier}"
            )
        source.write_text(text)
        for entity, line, wanted in (("service_requests", CHANNEL, channel), ("districts", NAME, district)):
            staging = tiny.folder / "tiny" / "staging" / f"stg_tiny__{entity}.sql"
            assert line in staging.read_text()
            staging.write_text(staging.read_text().replace(line, wanted))
        self.tiny = TinyCity(load_city(tiny.folder / "tiny"), tiny.home, tiny.folder)
        records = [
            {**one, "address": f"{n % 300} Oak St", "latitude": 0.001 * (n % 900), "longitude": 0.002 * (n % 900)}
            for n, one in enumerate(invent(1200, AS_OF))
        ]
        shaped = shape(ShapeJob(self.tiny.city, self.tiny.home, AS_OF, self.tiny.files(records)))
        assert [node.message for node in shaped.failed] == []

    @property
    def flow(self) -> CityFlow:
        """The flows as if the analysis had found nothing."""
        flow = read_flow(self.tiny.city, self.tiny.home)
        return replace(flow, classes=replace(flow.classes, findings=()))

    def prove(self) -> CityProof:
        made_of = dict.fromkeys(self.tiny.city.sources, "as delivered")
        return prove_city(self.tiny.city, self.tiny.home, self.flow, AS_OF, made_of)

    def publish(self, proof: CityProof | None, *rulings: Ruling, product: str = PRODUCT) -> Attempt:
        job = PublishJob(
            city=replace(self.tiny.city, rulings=rulings),
            contract=self.tiny.city.products[product],
            home=self.tiny.home,
            ledger=Ledger(self.tiny.home.ledger),
            relation=product,
            as_of=AS_OF,
            checked_at=CHECKED,
            inputs=(InputRef("tiny_requests", "a" * 64, AS_OF.isoformat(), 1200, 1200, 0, 0),),
            lineage={"nodes": [], "edges": []},
            code={"engine_sha256": "e", "sql_sha256": "s", "git_commit": "c"},
            flow=self.flow,
            proof=proof,
            engines=Stand(self.tiny.folder),
            memory="500MB",
            force=True,
        )
        return attempt(job)


def found(result: Attempt, tier: str | None = None) -> Mapping[str, Any]:
    """What the rule found: all, or what a tier is told."""
    report = result.quality if tier is None else result.qualities[tier]
    return next(entry for entry in report["gate"] if entry["id"] == RULE)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(tmp_path_factory.mktemp("leaking"), LEAK, UNSTEADY)


def test_a_city_without_a_leak_passes_and_says_what_was_tried(clean: Town) -> None:
    proof = clean.prove()
    assert {one.state for verdicts in proof.products.values() for one in verdicts} == {"same"}
    public = next(one for one in proof.products[PRODUCT] if one.tier == "public")
    assert public.worlds == 4
    assert set(public.bound) >= {"tiny_requests.opened_at", "tiny_requests.latitude", "tiny_requests.longitude"}
    assert "tiny_requests.address" in public.varied
    assert public.left == ()
    result = clean.publish(proof)
    assert found(result)["result"] == "passed"
    assert RULE not in [reason.rule for reason in result.reasons]
    assert "address" not in json.dumps(found(result, "public"))


def test_a_rare_point_predicate_behind_the_analysis_s_back_is_held_and_named(leaking: Town) -> None:
    """No record has the address that the SQL asks for, so that no look at the data shows it."""
    with duckdb.connect(str(leaking.tiny.home.warehouse), read_only=True) as connection:
        row = connection.execute("select count(*) from raw__tiny_requests where address = '13 Elm St'").fetchone()
    assert row == (0,)
    proof = leaking.prove()
    public = next(one for one in proof.products[PRODUCT] if one.tier == "public")
    assert (public.state, public.differing, public.guilty) == ("differs", ("channel",), ("tiny_requests.address",))
    held = leaking.publish(proof)
    assert held.outcome == "held"
    assert RULE in [reason.rule for reason in held.reasons]
    assert current(leaking.tiny.home, "public", PRODUCT) is None
    assert "channel changes with tiny_requests.address alone" in found(held)["detail"]
    assert found(held, "public")["detail"] == "1 of 13 columns change with what this tier may not see"
    assert "address" not in json.dumps(found(held, "public"))
    assert "Elm" not in json.dumps(held.quality["gate"])


def test_a_model_that_does_not_come_out_the_same_twice_is_told_apart(leaking: Town) -> None:
    proof = leaking.prove()
    public = next(one for one in proof.products["districts"] if one.tier == "public")
    assert (public.state, public.differing, public.guilty) == ("unsteady", ("district_name",), ())
    held = leaking.publish(proof, product="districts")
    assert found(held)["result"] == "failed"
    assert "public: district_name does not come out the same twice from the same records" in found(held)["detail"]
    assert found(held, "public")["detail"] == "1 of 5 columns do not come out the same twice from the same records"


def test_it_is_put_off_by_a_decision_with_an_end_alone(leaking: Town) -> None:
    proof = leaking.prove()
    ruling = Ruling(
        kind="waiver",
        subject=f"{PRODUCT}.{RULE}",
        reason="The portal's register of addresses is being moved.",
        by="privacy@example.gov",
        on=date(2025, 3, 1),
        until=date(2025, 3, 31),
        change=None,
        place=Place("decisions.yaml", 1),
    )
    off = leaking.publish(proof, ruling)
    assert found(off)["result"] == "waived"
    assert ruling.reason in found(off)["detail"]
    assert ruling.by in found(off)["detail"]
    assert found(off, "public")["detail"] == "not asked until 2025-03-31, by a named person's decision"
    assert found(leaking.publish(proof, replace(ruling, until=date(2025, 3, 20))))["result"] == "failed"


def test_nothing_is_published_without_it(clean: Town) -> None:
    assert found(clean.publish(None))["result"] == "not run"
    assert found(clean.publish(CityProof({}, {})))["result"] == "error"


def test_it_is_kept_for_as_long_as_nothing_changed(clean: Town) -> None:
    first = clean.prove()
    path = clean.tiny.home.proof
    kept = path.read_bytes()
    told = json.loads(kept)
    told["products"][PRODUCT][0]["columns"] = 12
    path.write_text(json.dumps(told))
    assert clean.prove().products[PRODUCT][0].columns == 12, "it was taken as it was kept"
    made_of = dict.fromkeys(clean.tiny.city.sources, "as delivered later")
    again = prove_city(clean.tiny.city, clean.tiny.home, clean.flow, AS_OF, made_of)
    assert again.products == first.products
    path.write_bytes(b"{")
    assert clean.prove() == first
    assert path.read_bytes() == kept


def test_a_sample_that_cannot_be_taken_holds_and_is_not_kept(clean: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise duckdb.IOException("No space left beside 13 Elm St")

    clean.tiny.home.proof.unlink(missing_ok=True)
    monkeypatch.setattr("orchestration.proof.of_city.sampled", fail)
    held = clean.publish(clean.prove())
    assert found(held)["result"] == "error"
    assert "no sample could be taken and built (IOException)" in found(held)["detail"]
    assert found(held, "public")["detail"] == "it could not be tried"
    assert "Elm" not in json.dumps(held.quality["gate"])
    assert not clean.tiny.home.proof.exists()


def test_every_model_was_compiled(clean: Town) -> None:
    names = [model.name for model in compiled_models(clean.tiny.city, clean.tiny.home)]
    assert names.index("stg_tiny__service_requests") < names.index(PRODUCT)
