from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.site.quality_history import promises_kept
from catalog.site.speech import Speech
from catalog.store import Store
from catalog.views import CatalogView
from contracts import kept
from contracts.city_load import NOT_TURNED_ON
from contracts.condition import SourceState, State
from contracts.errors import ArtefactError, InputError
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, World, build_world, city


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("store"))


def view(world: World, tier: str) -> CatalogView:
    return Store(world.city, world.home, tier).catalog(CHECKED_AT)


def words_in(value: Any) -> str:
    """Every word that a page could take from a view; places on this disk are no words of it."""
    if isinstance(value, Path):
        return ""
    if is_dataclass(value):
        return " ".join(words_in(getattr(value, f.name)) for f in fields(value))
    if isinstance(value, dict):
        return " ".join(f"{words_in(k)} {words_in(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return " ".join(words_in(item) for item in value)
    return str(value)


def test_no_hidden_word_stands_in_any_public_view(world: World) -> None:
    said = words_in(view(world, "public"))
    assert "Service requests by month" in said
    assert [secret for secret in SECRETS if secret in said] == []


def test_what_is_above_the_tier_is_a_card_and_what_is_hidden_is_nothing(world: World) -> None:
    public = view(world, "public")
    assert {(c.kind, c.title.default) for c in public.cards} == {
        ("product", "Hours of crews"),
        ("source", "Register of requests"),
    }
    register = next(c for c in public.cards if c.kind == "source")
    assert (register.key, register.owner) == ("register-of-requests", "owner@ribera.example")
    assert "staff_hours" not in public.products
    assert "hidden_one" not in {*public.products, *view(world, "internal").products}
    assert set(public.sources) == {"district_map"}
    assert set(view(world, "internal").sources) == {"SECRET_source", "district_map"}


def test_staff_see_how_a_restricted_source_fares_and_nothing_of_what_it_holds(world: World) -> None:
    source = view(world, "internal").sources["SECRET_source"]
    assert not source.is_open
    assert source.columns == ()
    assert source.newest_accepted is not None
    assert (source.newest_accepted.received, source.newest_accepted.quarantined) == (2000, 37)
    assert [(s.rule, s.records) for s in source.newest_accepted.set_aside] == [("", 30), ("opened_on.range", 7)]


def test_a_product_is_shown_through_the_highest_rendition_the_tier_may_see(world: World) -> None:
    public = view(world, "public").products["requests_monthly"]
    internal = view(world, "internal").products["requests_monthly"]
    assert (public.rendition, internal.rendition) == ("public", "internal")
    assert "SECRET_column" in {c.name for c in internal.columns}
    assert public.carries_more and not internal.carries_more
    assert {r.id for r in public.releases[0].quality.rules} == {"month.required", "reconciliation"}
    assert "SECRET_rule" in {r.id for r in internal.releases[0].quality.rules}


def test_states_tell_held_withdrawn_never_published_and_taken_back(world: World) -> None:
    products = view(world, "public").products
    assert {name: p.state for name, p in products.items()} == {
        "budget": State.NEVER,
        "districts": State.PUBLISHED,
        "measures": State.PUBLISHED,
        "old_list": State.WITHDRAWN,
        "requests_monthly": State.HELD,
    }
    assert {r.version: r.standing for r in products["districts"].releases} == {1: "served", 2: "taken back"}
    assert products["districts"].release(2) is not None
    assert products["old_list"].current is None
    assert products["old_list"].releases[0].reason == "Replaced by the street map."


def test_a_refusal_tells_each_tier_what_it_may_know_and_what_stays_served(world: World) -> None:
    held = view(world, "public").products["requests_monthly"].held
    assert held is not None
    assert [r.sentence.default for r in held.reasons] == ["The number of rows changes by no more than half."]
    assert held.reasons[0].sentence.to("es") == "El número de filas cambia a lo más en la mitad."
    assert (held.reasons[0].result, held.reasons[0].value) == ("failed", -0.6)
    assert held.reasons[0].threshold["value"] == [-0.5, 0.5]
    assert held.more
    assert held.still_served == 2
    assert held.quality is not None
    assert [r.id for r in held.quality.red] == ["rowCountChange"]


def test_a_later_run_that_finds_nothing_wrong_ends_the_hold(tmp_path: Path) -> None:
    from contracts.evidence import EntryKind

    world = build_world(tmp_path)
    body = {"run": "r3", "unchanged": ["requests_monthly"], "held": [], "published": []}
    world.ledger.append(EntryKind.RUN, body, CHECKED_AT)
    product = view(world, "public").products["requests_monthly"]
    assert product.held is None
    assert product.state is State.PUBLISHED
    assert len(product.attempts) == 1


def test_lateness_is_told_from_the_time_of_checking_and_by_how_much(world: World) -> None:
    store = Store(world.city, world.home, "public")
    in_time = store.product("requests_monthly", CHECKED_AT.replace(tzinfo=None))
    assert in_time.next_due is not None
    assert in_time.late_by is None
    late = store.product("requests_monthly", in_time.next_due + timedelta(days=3))
    assert late.late_by == timedelta(days=3)


def test_data_dated_by_month_reaches_to_its_end_but_not_past_the_as_of_instant(world: World) -> None:
    quality = view(world, "public").products["requests_monthly"].releases[0].quality
    assert quality.dating == "month"
    assert quality.age(world.city.timezone) == timedelta(days=1)
    assert quality.age(world.city.timezone, datetime(2026, 11, 22, 15)) == timedelta(days=22)


def test_a_promise_is_told_as_it_stands_on_the_day_of_checking_and_as_it_was_kept(world: World) -> None:
    product, speech = view(world, "public").products["requests_monthly"], Speech(world.city, "en")
    days = {date(2026, 11, 4): "Kept", date(2026, 11, 5): "Kept", date(2026, 11, 6): "Not kept"}
    for today, word in days.items():
        _, recent = promises_kept(product, speech, today)
        assert recent.status is not None
        assert recent.status.word == word, today
        assert recent.now == f"{today.day} days old: from 31 Oct 2026 to {speech.day(today)}."


def test_a_due_day_before_the_release_came_out_is_explained(world: World) -> None:
    product, speech = view(world, "public").products["requests_monthly"], Speech(world.city, "en")
    assert not product.was_late_when_published
    early = replace(product, next_due=datetime(2026, 10, 20))
    assert early.was_late_when_published
    assert speech.due_note(early) == "Counted from the data, which reaches to 31 Oct 2026: it was late when published."
    frequency, _ = promises_kept(early, speech, date(2026, 11, 2))
    assert speech.due_note(early) in frequency.now


def test_records_withheld_are_not_stated_where_one_source_may_not_be_told(world: World) -> None:
    assert view(world, "public").products["requests_monthly"].releases[0].quality.withheld is None
    assert view(world, "internal").products["requests_monthly"].releases[0].quality.withheld == 38


def test_a_source_never_retrieved_refused_or_late_says_so(tmp_path: Path) -> None:
    world = World(city(), build_world(tmp_path / "full").home)
    refused = {"what": "the file is not CSV", "where": "/operator/SECRET_value.csv", "found": "HTML", "expected": "CSV"}
    world.landing(
        "district_map", 2, outcome="refused", received=5, accepted=0, quarantined=0, rejected=5, refusal=refused
    )
    source = view(world, "public").sources["district_map"]
    assert source.state is SourceState.REFUSED
    assert source.newest is not None
    assert source.newest.refusal == "The file is not CSV. Found HTML, expected CSV."
    assert source.newest_accepted is not None
    assert source.newest_accepted.number == 1
    empty = Store(city(), replace(world.home, root=tmp_path / "empty"), "public").catalog(CHECKED_AT)
    assert empty.sources["district_map"].state is SourceState.NEVER
    assert {p.state for p in empty.products.values()} == {State.NEVER}
    later = Store(world.city, build_world(tmp_path / "late").home, "public").source(
        "district_map", CHECKED_AT.replace(tzinfo=None) + timedelta(days=40)
    )
    assert later.state is SourceState.LATE


def test_an_altered_report_is_refused_by_name(tmp_path: Path) -> None:
    world = build_world(tmp_path)
    path = world.home.release_dir("public", "districts") / "1" / "quality.json"
    path.write_bytes(path.read_bytes().replace(b'"passed"', b'"failed"'))
    with pytest.raises(ArtefactError, match=r"quality\.json"):
        view(world, "public")


def test_altered_evidence_is_refused_by_name(tmp_path: Path) -> None:
    world = build_world(tmp_path)
    path = next((world.home.ledger / "evidence").glob("*.json"))
    path.write_bytes(kept.canonical_json({"tiers": {}}))
    with pytest.raises(ArtefactError, match=path.name):
        view(world, "public")


def test_an_unknown_tier_is_named(world: World) -> None:
    with pytest.raises(InputError, match="no such tier"):
        Store(world.city, world.home, "secret")


def test_cards_with_one_title_have_two_addresses(tmp_path: Path) -> None:
    from contracts.home import CityHome

    made = city()
    twice = {**made.products, "crews_too": replace(made.products["staff_hours"], name="crews_too")}
    cards = Store(replace(made, products=twice), CityHome(tmp_path), "public").cards()
    assert sorted(c.key for c in cards if c.kind == "product") == ["hours-of-crews", "hours-of-crews-2"]


def test_looking_again_counts_as_a_retrieval_even_when_nothing_had_changed(tmp_path: Path) -> None:
    world = build_world(tmp_path)
    later = CHECKED_AT.replace(tzinfo=None) + timedelta(days=40)
    look = {"format_version": 1, "at": "2026-12-10T05:00:00+00:00", "raw_sha256": "a", "landing": 1}
    (world.home.raw / "district_map" / "look.json").write_bytes(kept.canonical_json(look))
    source = Store(world.city, world.home, "public").source("district_map", later)
    assert source.state is SourceState.FRESH
    assert source.looked_at == datetime(2026, 12, 10, 5)


def test_reasons_are_told_below_the_sources_tier_only_where_they_name_nothing_above_it(tmp_path: Path) -> None:
    world = World(city(), build_world(tmp_path).home)
    reasons = {"SECRET_column.type": 9, "opened_on.type": 5, "record.fields": 4, "secret_rule": 3, "nobody.knows": 2}
    texts = [{"check_id": k, "text": {"en": f"On {k}", "es": f"De {k}"}} for k in reasons]
    world.landing("SECRET_source", 2, reasons=reasons, rules=texts)
    newest = view(world, "internal").sources["SECRET_source"].newest_accepted
    assert newest is not None
    assert [(s.rule, s.text.to("es"), s.records) for s in newest.set_aside] == [
        ("", "", 14),
        ("opened_on.type", "De opened_on.type", 5),
        ("record.fields", "De record.fields", 4),
    ]


def closing(world: World, product: str, column: str, tier: str | None) -> World:
    """The world after a column's class was raised to ``tier``, or the column left the contract."""
    contract = world.city.products[product]
    columns = [replace(p, classification=tier or p.classification) if p.name == column else p for p in contract.columns]
    kept_columns = tuple(p for p in columns if tier or p.name != column)
    changed = replace(contract, object=replace(contract.object, properties=kept_columns))
    return replace(world, city=replace(world.city, products={**world.city.products, product: changed}))


@pytest.mark.parametrize("tier", ["internal", None])
def test_a_release_that_holds_a_closed_column_is_told_by_version_and_date_only(world: World, tier: str | None) -> None:
    public = view(closing(world, "requests_monthly", "district_name", tier), "public").products["requests_monthly"]
    assert (public.state, public.current, public.releases) == (State.CLOSED, None, ())
    assert [(c.version, c.served) for c in public.closed] == [(2, True), (1, False)]
    assert "district_name" not in words_in(public)


def test_only_readers_who_may_not_see_the_column_lose_the_release(world: World) -> None:
    internal = view(closing(world, "requests_monthly", "district_name", "internal"), "internal")
    product = internal.products["requests_monthly"]
    assert ([r.version for r in product.releases], product.closed) == ([2, 1], ())


def test_a_refused_attempt_no_longer_names_a_closed_column(world: World) -> None:
    assert "month.required" in words_in(view(world, "public").products["requests_monthly"].attempts)
    closed = view(closing(world, "requests_monthly", "month", "internal"), "public").products["requests_monthly"]
    assert "month.required" not in words_in(closed.attempts)
    assert closed.attempts[0].still_served == 2


def test_a_product_that_is_off_is_told_only_as_its_contract_lets(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    some = world.city.products
    shared = {
        "shown": some["budget"],
        "quiet": replace(some["staff_hours"], inventory="hidden"),
    }
    monkeypatch.setattr("contracts.city_load.load_products", lambda: shared)
    off = replace(world.city, unavailable=dict.fromkeys(("shown", "quiet", "unknown"), NOT_TURNED_ON))
    told = {tier: set(Store(off, world.home, tier).unavailable()) for tier in ("public", "internal")}
    assert told == {"public": {"shown"}, "internal": {"shown", "quiet"}}
