"""The files for machines of a small city: which there are, what each tier's hold, and that formats agree."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
import yaml

from catalog.machines.files import catalog_block, product_block, product_files, site_files
from catalog.machines.formats import formats, problem_formats, site_formats, source_formats
from catalog.site.site import Site, read_site
from contracts.load import load_contract
from contracts.model import Role
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, World, build_world, city

TIERS = ("public", "internal")
ATOM = "{http://www.w3.org/2005/Atom}"
BASE = "https://data.ribera.example"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("machines"))


@pytest.fixture(scope="module")
def sites(world: World) -> dict[str, Site]:
    return {tier: read_site(world.city, world.home, tier, CHECKED_AT, 3) for tier in TIERS}


def files_of(site: Site) -> dict[str, bytes]:
    found = [*site_files(site), *(f for p in site.catalog.products.values() for f in product_files(site, p))]
    assert len({address for address, _ in found}) == len(found), "two files at one address"
    return dict(found)


@pytest.fixture(scope="module")
def files(sites: dict[str, Site]) -> dict[str, dict[str, bytes]]:
    return {tier: files_of(site) for tier, site in sites.items()}


@pytest.mark.parametrize("tier", TIERS)
def test_what_pages_link_to_is_just_what_is_there(sites: dict[str, Site], tier: str) -> None:
    site = sites[tier]
    linked = [
        *site_formats(site),
        *(f for p in site.catalog.products.values() for f in formats(p, site.city)),
        *(f for p in site.problems for f in problem_formats(p, site.city)),
        *(f for s in site.catalog.sources.values() for f in source_formats(s)),
    ]
    unlinked = {"gone.json", "gone.map", "robots.txt"}
    assert {f.address for f in linked} == set(files_of(site)) - unlinked


def test_no_secret_is_in_a_public_file_or_its_name(files: dict[str, dict[str, bytes]], sites: dict[str, Site]) -> None:
    site = sites["public"]
    blocks = [str(product_block(site, p)) for p in site.catalog.products.values()]
    text = "\n".join([f"{a}\n{b.decode()}" for a, b in files["public"].items()] + [*blocks, str(catalog_block(site))])
    assert [s for s in SECRETS if s in text] == []
    assert "SECRET_column" in files["internal"]["data/requests_monthly/odcs.yaml"].decode(), "the search can find"


@pytest.mark.parametrize("tier", TIERS)
def test_the_same_inputs_give_the_same_bytes(world: World, files: dict[str, dict[str, bytes]], tier: str) -> None:
    assert files_of(read_site(world.city, world.home, tier, CHECKED_AT, 3)) == files[tier]


def test_locale_never_enters(world: World, files: dict[str, dict[str, bytes]]) -> None:
    """A city that lists its languages in another order has the same files, but for where its pages stand."""
    turned = replace(world.city, languages=("es", "en"))
    found = files_of(read_site(turned, world.home, "public", CHECKED_AT, 3))
    for address, data in files["public"].items():
        if address in ("sitemap.xml", "gone.json", "gone.map"):
            continue
        if address.startswith("feeds/"):
            assert found[address] == data
            continue
        there, here = (
            told.decode().replace("/es/", "/en/").replace("](es/", "](en/").replace('"es/', '"en/')
            for told in (found[address], data)
        )
        if address in ("dcat-us-3.json", "catalog.jsonld"):
            assert sorted(there.replace(",", "").split()) == sorted(here.replace(",", "").split())
        else:
            assert there == here, address


# the contract


@pytest.mark.parametrize("tier", TIERS)
def test_a_contract_reads_back_as_the_one_that_was_cut(
    files: dict[str, dict[str, bytes]], sites: dict[str, Site], tier: str, tmp_path: Path
) -> None:
    path = tmp_path / "read.odcs.yaml"
    path.write_bytes(files[tier]["data/requests_monthly/odcs.yaml"])
    back, cut = load_contract(path, Role.PRODUCT), sites[tier].catalog.products["requests_monthly"].contract
    assert cut is not None
    assert [(p.name, p.classification, p.title, p.description, p.step) for p in back.columns] == [
        (p.name, p.classification, p.title, p.description, p.step) for p in cut.columns
    ]
    assert (back.tier, back.renditions, back.purpose, back.team) == (cut.tier, cut.renditions, cut.purpose, cut.team)


# Data Package


def package(files: dict[str, bytes], product: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(files[f"data/{product}/datapackage.json"])
    return value


def test_a_package_stands_beside_what_it_names(files: dict[str, dict[str, bytes]], sites: dict[str, Site]) -> None:
    found = package(files["public"], "requests_monthly")
    current = sites["public"].catalog.products["requests_monthly"].current
    assert current is not None
    csv = next(f for f in current.downloads if f.path == "data.csv")
    resource = found["resources"][0]
    assert (resource["path"], resource["bytes"], resource["hash"]) == ("2/data.csv", csv.bytes, f"sha256:{csv.sha256}")
    assert [f["name"] for f in resource["schema"]["fields"]] == [c.name for c in current.manifest.columns]
    assert found["licenses"] == [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/",
                                  "title": "CC-BY-4.0"}]  # fmt: skip
    assert [s["title"] for s in found["sources"]] == ["Register of requests", "district_map"]


def test_a_constraint_is_told_only_where_its_rule_passed(world: World, tmp_path: Path) -> None:
    """The world's report has one rule, that no month is missing; the key was never checked there."""
    site = read_site(world.city, world.home, "public", CHECKED_AT, 3)
    product = site.catalog.products["requests_monthly"]
    schema = package(dict(product_files(site, product)), "requests_monthly")["resources"][0]["schema"]
    fields = {f["name"]: f for f in schema["fields"]}
    assert fields["month"]["constraints"] == {"required": True}
    assert "constraints" not in fields["district_id"]
    assert "primaryKey" not in schema
    assert product.current is not None
    failed = msgspec.structs.replace(product.current.quality.rules[0], failed=1)
    for doubted in (
        replace(product, current=replace(product.current, quality=replace(product.current.quality, rules=(failed,)))),
        replace(product, contract=replace(product.contract, sha256="another") if product.contract else None),
    ):
        schema = package(dict(product_files(site, doubted)), "requests_monthly")["resources"][0]["schema"]
        assert not any("constraints" in f for f in schema["fields"])


# feeds


def entries(feed: bytes) -> list[ElementTree.Element]:
    return ElementTree.fromstring(feed).findall(f"{ATOM}entry")


def told(feed: bytes) -> list[str]:
    return [e.findtext(f"{ATOM}title") or "" for e in entries(feed)]


def test_a_feed_tells_what_happened_newest_first(files: dict[str, dict[str, bytes]]) -> None:
    assert told(files["public"]["feeds/products/requests_monthly.xml"]) == [
        "Held: Service requests by month",
        "Service requests by month: release 2",
        "Service requests by month: release 1",
    ]
    assert told(files["public"]["feeds/products/districts.xml"]) == [
        "Districts: back to release 1",
        "Districts: release 2",
        "Districts: release 1",
    ]
    assert told(files["public"]["feeds/products/old_list.xml"])[0] == "Withdrawn: Old list of streets"
    withdrawn = entries(files["public"]["feeds/products/old_list.xml"])[0]
    assert withdrawn.findtext(f"{ATOM}summary") == "It is no longer offered. Replaced by the street map."


def test_a_hold_is_told_as_far_as_the_tier_may_know(files: dict[str, dict[str, bytes]]) -> None:
    held = entries(files["public"]["feeds/products/requests_monthly.xml"])[0].findtext(f"{ATOM}summary") or ""
    assert held.startswith("Not kept: The number of rows changes by no more than half")
    assert held.endswith("There are further reasons that are not open here. Release 2 stays served.")


def test_a_problems_feed_is_of_the_products_that_serve_it(files: dict[str, dict[str, bytes]]) -> None:
    titles = told(files["public"]["feeds/problems/streetlights.xml"])
    assert len(titles) == 8
    assert sum("Figures of all measures" in t for t in titles) == 2
    assert not any("Old list" in t for t in titles)


def test_names_in_feeds_do_not_hang_on_the_sites_address(world: World, files: dict[str, dict[str, bytes]]) -> None:
    moved = replace(world.city, site_url="https://elsewhere.example")
    site = read_site(moved, world.home, "public", CHECKED_AT, 3)
    for address in ("feeds/all.xml", "feeds/products/districts.xml"):
        ids = [e.text for e in ElementTree.fromstring(files_of(site)[address]).iter(f"{ATOM}id")]
        assert ids == [e.text for e in ElementTree.fromstring(files["public"][address]).iter(f"{ATOM}id")]
        assert len(set(ids)) == len(ids)


def test_a_feed_where_nothing_happened_yet_is_a_feed(files: dict[str, dict[str, bytes]]) -> None:
    root = ElementTree.fromstring(files["public"]["feeds/products/budget.xml"])
    assert entries(files["public"]["feeds/products/budget.xml"]) == []
    assert root.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"


# addresses


def test_the_public_site_has_absolute_addresses_and_others_none(files: dict[str, dict[str, bytes]]) -> None:
    public, internal = files["public"], files["internal"]
    assert json.loads(public["data.json"])["@id"] == f"{BASE}/data.json"
    assert f"Sitemap: {BASE}/sitemap.xml" in public["robots.txt"].decode()
    assert b"<loc>https://data.ribera.example/en/products/districts/index.html</loc>" in public["sitemap.xml"]
    assert "sitemap.xml" not in internal
    assert internal["robots.txt"].endswith(b"Disallow: /\n")
    ours = {a: b for a, b in internal.items() if "openlineage" not in a}
    assert not [a for a, b in ours.items() if BASE.encode() in b], "the public address in a file of another tier"


def test_a_city_without_an_address_has_no_sitemap(world: World) -> None:
    site = read_site(city(site_url=None), world.home, "public", CHECKED_AT, 3)
    found = files_of(site)
    assert "sitemap.xml" not in found
    assert found["robots.txt"] == b"User-agent: *\nDisallow:\n"
    assert json.loads(found["data/districts/croissant.json"])["distribution"][0]["contentUrl"] == "1/data.parquet"


def test_what_was_withdrawn_keeps_its_feeds_alone(files: dict[str, dict[str, bytes]]) -> None:
    kept = ["feeds/products/old_list.xml", "feeds/es/products/old_list.xml"]
    assert [a for a in files["public"] if "old_list" in a] == kept
    listed = {d["identifier"]: d for d in json.loads(files["public"]["data.json"])["dataset"]}
    assert listed["ribera/old_list"]["description"].startswith("Withdrawn on 2026-06-01. Replaced by the street map.")
    assert "distribution" not in listed["ribera/old_list"]


# DCAT-AP, schema.org, Croissant, llms.txt


def test_dcat_ap_has_every_language_of_the_contract(files: dict[str, dict[str, bytes]]) -> None:
    found = {d["identifier"]: d for d in json.loads(files["public"]["catalog.jsonld"])["dataset"]}
    assert found["ribera/districts"]["title"] == {"en": "Districts", "es": "Distritos"}
    assert found["ribera/requests_monthly"]["temporal"] == {"@type": "dct:PeriodOfTime", "endDate": "2026-10-01"}


def test_nothing_in_a_data_block_can_end_it(world: World) -> None:
    hostile = "</script><!--<script>&amp;"
    site = read_site(world.city, world.home, "public", CHECKED_AT, 3)
    product = site.catalog.products["districts"]
    evil = replace(product, title=replace(product.title, default=hostile))
    block = str(product_block(site, evil))
    assert not set("<>&") & set(block)
    assert json.loads(block)["name"] == hostile


def test_croissant_reads_columns_from_the_csv(files: dict[str, dict[str, bytes]]) -> None:
    found = json.loads(files["public"]["data/requests_monthly/croissant.json"])
    fields = {f["name"]: f for f in found["recordSet"][0]["field"]}
    assert fields["opened"]["dataType"] == "sc:Integer"
    assert fields["opened"]["source"] == {"fileObject": {"@id": "2/data.csv"}, "extract": {"column": "opened"}}
    assert [k["@id"] for k in found["recordSet"][0]["key"]] == [
        "records/month", "records/district_id", "records/category",
    ]  # fmt: skip


def test_llms_txt_names_products_problems_and_what_is_not_open(files: dict[str, dict[str, bytes]]) -> None:
    text = files["public"]["llms.txt"].decode()
    assert text.startswith("# Ribera: data catalogue\n\n> ")
    assert "- [Streetlights](en/problems/streetlights/index.html): Why do streetlights stay dark" in text
    assert "[Files and columns](data/districts/datapackage.json)" in text
    assert (
        "## Not open here\n\n- [Hours of crews](en/inventory/hours-of-crews/index.html): It tells where crews are."
        in text
    )
    assert "Do not pass on" in files["internal"]["llms.txt"].decode()


def test_the_contract_of_a_tier_is_yaml_that_another_reader_reads(files: dict[str, dict[str, bytes]]) -> None:
    value = yaml.safe_load(files["public"]["data/requests_monthly/odcs.yaml"])
    assert [p["name"] for p in value["schema"][0]["properties"]][:3] == ["month", "district_id", "district_name"]
