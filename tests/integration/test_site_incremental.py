"""A site made unit by unit is the site that a full build makes, byte for byte, after every kind of change."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from catalog.settings import CatalogSettings
from catalog.site import apart
from catalog.site import build as building
from catalog.site.build import BuiltSite, build
from catalog.site.making import Order
from contracts import kept
from contracts.city import City, Ruling
from contracts.errors import ArtefactError
from contracts.evidence import EntryKind
from contracts.home import CityHome
from tests.integration.test_site import closing
from tests.unit.catalog.site_world import (
    CHECKED_AT,
    HERE,
    World,
    build_world,
    held_report,
    monthly_rows,
    problem,
    text,
)

ONE = CatalogSettings(site_processes=1)
TIERS = ("public", "internal")


def shown(home: CityHome) -> dict[str, bytes]:
    """Every file of both sites."""
    return {
        f"{tier}/{p.relative_to(home.site / tier).as_posix()}": p.read_bytes()
        for tier in TIERS
        for p in sorted((home.site / tier).rglob("*"))
        if p.is_file()
    }


def built(of: City, home: CityHome, checked_at: datetime = CHECKED_AT, settings: CatalogSettings = ONE) -> BuiltSite:
    return build(of, home, checked_at=checked_at, settings=settings)


def in_full(of: City, home: CityHome, elsewhere: Path, checked_at: datetime = CHECKED_AT) -> dict[str, bytes]:
    """What a build makes of the same kept files where nothing was built before."""
    shutil.copytree(home.root, elsewhere, ignore=shutil.ignore_patterns("site"))
    told = built(of, CityHome(elsewhere), checked_at)
    assert all(site.made == site.pages > 0 for site in told.tiers.values())
    return shown(CityHome(elsewhere))


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    """Addresses whose bytes differ, or that one of the two lacks."""
    return sorted(a for a in one.keys() | other.keys() if one.get(a) != other.get(a))


Changed = tuple[City, datetime]


def a_new_release(world: World) -> Changed:
    world.release("requests_monthly", 3, monthly_rows(28), "2026-11-02T06:00:00+00:00")
    return world.city, CHECKED_AT


def a_hold(world: World) -> Changed:
    report = held_report("public")
    world.refuse("districts", "2026-11-02T05:00:00+00:00", [], {"public": report, "internal": report})
    return world.city, CHECKED_AT


def a_withdrawal(world: World) -> Changed:
    for tier in TIERS:
        world.commit(tier, "districts", "withdraw", None, None, "2026-11-01T06:10:00+00:00", "Wrong borders.")
    return world.city, CHECKED_AT


def a_rollback(world: World) -> Changed:
    for tier in TIERS:
        older = json.loads((world.home.release_dir(tier, "requests_monthly") / "commits" / "000002.json").read_bytes())
        world.commit(
            tier, "requests_monthly", "rollback", 2, older["manifest_sha256"], "2026-11-02T01:00:00+00:00", "Twice."
        )
    return world.city, CHECKED_AT


def a_decision(world: World) -> Changed:
    ruling = Ruling("review", "districts", "Looked over.", "Ana Ruiz", date(2026, 10, 30), None, None, HERE)
    return replace(world.city, rulings=(ruling,)), CHECKED_AT


def a_problems_text(world: World) -> Changed:
    asked = replace(problem(), question=text("Why is the South dark?", "¿Por qué el Sur está a oscuras?"))
    return replace(world.city, problems={"streetlights": asked}), CHECKED_AT


def a_products_text(world: World) -> Changed:
    titled = replace(world.city.products["districts"], title=text("The five districts", "Los cinco distritos"))
    return replace(world.city, products={**world.city.products, "districts": titled}), CHECKED_AT


def a_citys_name(world: World) -> Changed:
    return replace(world.city, name=text("Ribera Alta", "Ribera Alta"), licence="CC0-1.0"), CHECKED_AT


def a_closed_column(world: World) -> Changed:
    return closing(world, "requests_monthly", "district_name"), CHECKED_AT


def time_enough_to_be_late(world: World) -> Changed:
    return world.city, CHECKED_AT + timedelta(days=40)


def an_hour(world: World) -> Changed:
    return world.city, CHECKED_AT + timedelta(hours=1)


def a_removal(world: World) -> Changed:
    """The data of an old release is removed, as retention does it."""
    for tier in TIERS:
        for name in ("data.parquet", "data.csv"):
            (world.home.release_dir(tier, "requests_monthly") / "1" / name).unlink()
    body = {"product": "requests_monthly", "why": "retention", "versions": {tier: [1] for tier in TIERS}}
    world.ledger.append(EntryKind.RETIREMENT, body, CHECKED_AT)
    return world.city, CHECKED_AT


def a_landing(world: World) -> Changed:
    world.landing("district_map", 2, retrieved_at="2026-11-02T05:00:00+00:00", received=6, accepted=6, quarantined=0,
                  rejected=0)  # fmt: skip
    return world.city, CHECKED_AT


def a_run(world: World) -> Changed:
    world.ledger.append(
        EntryKind.RUN, {"run": "r3", "checked_at": "2026-11-02T07:00:00+00:00", "exit_code": 0}, CHECKED_AT
    )
    return world.city, CHECKED_AT


def a_product_less(world: World) -> Changed:
    left = {name: contract for name, contract in world.city.products.items() if name != "districts"}
    return replace(world.city, products=left), CHECKED_AT


CHANGES: tuple[Callable[[World], Changed], ...] = (
    an_hour,
    a_run,
    a_landing,
    a_decision,
    a_problems_text,
    a_products_text,
    a_new_release,
    a_removal,
    a_rollback,
    a_hold,
    time_enough_to_be_late,
    a_closed_column,
    a_citys_name,
    a_withdrawal,
    a_product_less,
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A city with its sites built."""
    made = build_world(tmp_path / "ribera")
    made = World(replace(made.city, languages=("en",)), made.home)
    built(made.city, made.home)
    return made


def test_after_every_change_the_site_is_as_a_full_build_makes_it(world: World, tmp_path: Path) -> None:
    """One change after the other: a page that was taken over too long would show from its change on."""
    checked_at, before = CHECKED_AT, shown(world.home)
    for change in CHANGES:
        of, later = change(world)
        world, checked_at = World(of, world.home), max(later, checked_at)
        told = built(world.city, world.home, checked_at)
        now = shown(world.home)
        assert differing(now, in_full(world.city, world.home, tmp_path / change.__name__, checked_at)) == []
        changed = {a for a in differing(now, before) if a in now and a.endswith(".html")}
        made = sum(site.made for site in told.tiers.values())
        assert len(changed) <= made, change.__name__
        if change is not a_citys_name:
            assert made < sum(site.pages for site in told.tiers.values()), change.__name__
        if change is not an_hour:
            assert differing(now, before), change.__name__
        before = now


def test_nothing_is_made_again_where_nothing_changed(world: World) -> None:
    before = shown(world.home)
    identities = {p: p.stat().st_ino for p in world.home.site.rglob("*") if p.is_file() and ".built" not in p.parts}
    told = built(world.city, world.home)
    assert [told.tiers[tier].made for tier in TIERS] == [0, 0]
    assert differing(shown(world.home), before) == []
    assert [p for p, inode in identities.items() if p.stat().st_ino != inode] == []


def test_one_changed_product_makes_its_own_pages_and_the_lists_again(world: World) -> None:
    before = shown(world.home)
    a_new_release(world)
    built(world.city, world.home)
    changed = {a for a in differing(shown(world.home), before) if a.startswith("public/en/")}
    assert "public/en/products/requests_monthly/releases/3/index.html" in changed
    # the pages of the one made from the same delivery told that this one was held
    beside = {f"public/en/products/districts/{place}index.html" for place in ("", "releases/1/")}
    others = {a for a in changed if "/districts/" in a or "/old_list/" in a or "/budget/" in a}
    assert others == beside


@pytest.mark.parametrize("memory", ["deleted", "torn", "of another city", "of another tier", "of nothing", "made up"])
def test_whatever_was_remembered_the_bytes_are_the_same(world: World, tmp_path: Path, memory: str) -> None:
    a_new_release(world)
    whole = in_full(world.city, world.home, tmp_path / "whole")
    files = sorted((world.home.site / ".built").iterdir())
    assert [f.name for f in files] == [
        f"{tier}{part}.json" for tier in ("internal", "public") for part in ("-releases", "")
    ]
    others = {f.name: (tmp_path / "whole" / "site" / ".built" / f.name).read_bytes() for f in files}
    for file in files:
        data = json.loads(file.read_bytes())
        if memory == "deleted":
            file.unlink()
        elif memory == "torn":
            file.write_bytes(file.read_bytes()[:-100])
        elif memory == "of another city":
            file.write_bytes(others[file.name])
        elif memory == "of another tier":
            file.write_bytes(
                others[file.name.replace("public", "x").replace("internal", "public").replace("x", "internal")]
            )
        elif memory == "of nothing":
            file.write_bytes(b"{}")
        elif "units" in data:
            made_up = {
                **data,
                "keys": [["nothing.known", ""], *data["keys"][1:]],
                "units": {**data["units"], "en/x": [[0], 0, 0, "", {}]},
            }
            file.write_bytes(json.dumps(made_up).encode())
    built(world.city, world.home)
    assert differing(shown(world.home), whole) == []


def test_a_lower_tiers_site_is_made_without_a_look_at_a_higher_tiers_memory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not read cannot leak."""
    read: list[Path] = []
    really = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        read.append(path)
        return really(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    monkeypatch.setattr(building, "SITE_TIERS", ("public",))
    a_new_release(world)
    read.clear()
    built(world.city, world.home)
    assert {p.name for p in read if ".built" in p.parts} == {"public.json", "public-releases.json"}
    assert [p for p in read if "internal" in p.relative_to(world.home.root).as_posix()] == []


def test_an_edit_or_a_stray_file_in_either_folder_is_gone_after_the_next_build(world: World) -> None:
    before = shown(world.home)
    page = Path("en") / "products" / "districts" / "index.html"
    for folder in (world.home.site, world.home.site / ".aside"):
        (folder / "public" / page).write_bytes(b"edited in place")
        (folder / "public" / "stray.html").write_bytes(b"stray")
        (folder / "internal" / "en" / "index.html").unlink()
    built(world.city, world.home)
    assert differing(shown(world.home), before) == []
    built(world.city, world.home)
    assert differing(shown(world.home), before) == []


class Stopped(Exception):
    """The process ends here."""


def test_a_build_that_breaks_off_anywhere_leaves_a_whole_site_and_the_next_one_is_right(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = shown(world.home)
    a_new_release(world)
    new = in_full(world.city, world.home, tmp_path / "whole")
    moments = 0

    def stop_at(n: int) -> Callable[[str, str, object], None]:
        left = [n]

        def witness(*_: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Stopped

        return witness

    monkeypatch.setattr(kept, "witness", stop_at(-1))
    counted = [0]
    monkeypatch.setattr(kept, "witness", lambda *_: counted.__setitem__(0, counted[0] + 1))
    built(world.city, CityHome(tmp_path / "whole"), CHECKED_AT + timedelta(hours=1))
    steps = [1, 2, 3, 5, 8, 13, 40, 90, 160, 240, 300, 330, 360, 400, 450, 500, 600]
    for n in steps:
        monkeypatch.setattr(kept, "witness", stop_at(n))
        try:
            built(world.city, world.home)
        except Stopped:
            moments += 1
        for tier in TIERS:
            now = {a: data for a, data in shown(world.home).items() if a.startswith(tier)}
            wholes = ({a: d for a, d in site.items() if a.startswith(tier)} for site in (old, new))
            assert any(now == whole for whole in wholes), (n, tier)
    monkeypatch.setattr(kept, "witness", kept.unwitnessed)
    built(world.city, world.home)
    assert moments > 5
    assert differing(shown(world.home), new) == []
    assert not list(world.home.site.rglob(".tmp-*"))


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> CatalogSettings:
    """Two processes make the sites of any city, whatever of them must be made."""
    monkeypatch.setattr(apart, "WORTH", 1)
    monkeypatch.setattr(apart, "MANY", 0)
    return CatalogSettings(site_processes=2)


@pytest.mark.parametrize("dies", ["never", "at once", "before it shows", "before it follows"])
def test_two_processes_make_the_same_bytes_and_one_that_dies_is_made_good(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two: CatalogSettings, dies: str
) -> None:
    a_new_release(world)
    alone = in_full(world.city, world.home, tmp_path / "alone")
    moments = {"at once": "made", "before it shows": "show", "before it follows": "follow"}
    if dies in moments:
        really = getattr(apart.TierApart, moments[dies])

        def killed(tier: apart.TierApart) -> None:
            tier._process.kill()
            really(tier)

        monkeypatch.setattr(apart.TierApart, moments[dies], killed)
    told = built(world.city, world.home, settings=two)
    assert differing(shown(world.home), alone) == []
    assert all(0 < site.made < site.pages for site in told.tiers.values()) or dies != "never"
    if dies == "before it follows":
        built(world.city, world.home)
    assert differing({a: d for a, d in shown(world.home).items() if a.startswith("public")}, seconds(world.home)) == []


def seconds(home: CityHome) -> dict[str, bytes]:
    """Every file of the public site's second folder."""
    folder = home.site / ".aside" / "public"
    return {f"public/{p.relative_to(folder).as_posix()}": p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.usefixtures("two")
def test_where_little_changed_one_process_makes_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever remembers nothing, has much to make, or has very many products, starts another one."""
    started: list[str] = []
    really = apart.TierApart.__init__

    def noted(tier: apart.TierApart, order: Order) -> None:
        started.append(order.tier)
        really(tier, order)

    monkeypatch.setattr(apart.TierApart, "__init__", noted)
    monkeypatch.setattr(apart, "MANY", 1000)
    settings = CatalogSettings(site_processes=2)
    a_new_release(world)
    built(world.city, world.home, settings=settings)
    assert started == []
    (world.home.site / ".built" / "public.json").unlink()
    built(world.city, world.home, settings=settings)
    assert started == ["public"]
    monkeypatch.setattr(apart, "MANY", 0)
    built(world.city, world.home, settings=settings)
    assert started == ["public", "public"]
    monkeypatch.setattr(apart, "MANY", 1000)
    monkeypatch.setattr(apart, "ALWAYS", len(world.city.products))
    built(world.city, world.home, settings=settings)
    assert started == ["public", "public", "public"]
    built(world.city, world.home, settings=CatalogSettings(site_processes=1))
    assert started == ["public", "public", "public"]


def test_an_error_in_another_process_is_told_as_if_it_were_this_ones(world: World, two: CatalogSettings) -> None:
    (world.home.release_dir("public", "districts") / "1" / "quality.json").write_bytes(b"{")
    before = shown(world.home)
    with pytest.raises(ArtefactError, match=r"districts/1/quality\.json"):
        built(world.city, world.home, settings=two)
    assert differing(shown(world.home), before) == []
