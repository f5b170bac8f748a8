"""How a release was made is told once for all that were made that way, and anew where one was made another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalog.site.made_from import Ways, inputs, named
from catalog.site.site import Site, read_site
from catalog.site.speech import Speech
from catalog.views import ReleaseView
from contracts.model import Text
from tests.unit.catalog.site_world import CHECKED_AT, build_world

PRODUCT = "requests_monthly"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    world = build_world(tmp_path_factory.mktemp("ways"))
    return read_site(world.city, world.home, "public", CHECKED_AT, 5)


def made_of(release: ReleaseView, title: str) -> ReleaseView:
    """The release with one more source in its lineage, and that lineage's own digest."""
    node = {"id": "source.more", "kind": "source", "name": "more", "title": title, "tier": "public"}
    files = tuple(replace(f, sha256="9" * 64) if f.path == "lineage.json" else f for f in release.manifest.files)
    nodes = [*release.lineage["nodes"], node]
    return replace(
        release, manifest=replace(release.manifest, files=files), lineage={**release.lineage, "nodes": nodes}
    )


def test_releases_of_one_lineage_share_the_way_and_others_do_not(site: Site) -> None:
    product, speech = site.catalog.products[PRODUCT], Speech(site.city, "en")
    ways = Ways(site, product, speech)
    newest, before = product.releases[:2]
    assert newest.version != before.version
    assert ways.of(newest) is ways.of(before)
    other = made_of(before, "A register of more")
    assert [name for name, *_ in ways.of(other).sources if name == "more"] == ["more"]
    assert "more" not in {name for name, *_ in ways.of(newest).sources}
    assert ways.of(newest).stages == Ways(site, product, speech).of(newest).stages


def test_a_release_that_lists_no_lineage_is_told_by_its_own(site: Site) -> None:
    product, speech = site.catalog.products[PRODUCT], Speech(site.city, "en")
    bare = [replace(r, manifest=replace(r.manifest, files=()), lineage=r.lineage) for r in product.releases[:2]]
    ways = Ways(site, product, speech)
    first, second = ways.of(bare[0]), ways.of(made_of(bare[1], "A register of more"))
    assert len(second.sources) == len(first.sources) + 1


def test_a_source_of_the_lineage_without_counts_follows_those_that_are_counted(site: Site) -> None:
    product, speech = site.catalog.products[PRODUCT], Speech(site.city, "en")
    release = made_of(product.releases[0], "A register of more")
    told = inputs(site, release, Ways(site, product, speech).of(release), speech)
    assert [i.title.default for i in told][-1] == "more"
    counted = len(release.manifest.inputs)
    assert [i.is_counted for i in told] == [n < counted for n in range(len(told))]


def test_a_source_is_known_by_its_name_its_id_and_its_title(site: Site) -> None:
    speech = Speech(site.city, "en")
    source = next(iter(site.catalog.sources.values()))
    for name in (source.name, f"{site.city.id}/{source.name}", source.title.default):
        assert named(site, name, speech) == (source.title, f"en/sources/{source.name}/index.html")
    assert named(site, "Nobody's", speech) == (Text("Nobody's", {"en": "Nobody's"}), None)
