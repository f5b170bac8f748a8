"""OpenLineage events: each valid with every facet against its own schema, true to the kept files, each tier's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from catalog.machines.openlineage import openlineage_events, openlineage_source_events
from catalog.machines.openlineage_facets import facet
from catalog.site.site import Site, read_site
from catalog.views import RuleView
from contracts.home import CityHome
from tests.unit.catalog.site_world import CHECKED_AT, SECRETS, World, build_world

PLACES = {
    "run": "RunFacet",
    "job": "JobFacet",
    "facets": "DatasetFacet",
    "inputFacets": "InputDatasetFacet",
    "outputFacets": "OutputDatasetFacet",
}
CORE = "https://openlineage.io/spec/2-0-2/OpenLineage.json"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return build_world(tmp_path_factory.mktemp("openlineage"))


@pytest.fixture(scope="module")
def sites(world: World) -> Mapping[str, Site]:
    return {tier: read_site(world.city, world.home, tier, CHECKED_AT, 3) for tier in ("public", "internal")}


def parsed(data: bytes) -> list[dict[str, Any]]:
    assert data == b"" or data.endswith(b"\n")
    return [json.loads(line) for line in data.splitlines()]


def events(site: Site, product: str) -> list[dict[str, Any]]:
    return parsed(openlineage_events(site, site.catalog.products[product]))


def every_event(site: Site) -> list[dict[str, Any]]:
    found = [event for name in site.catalog.products for event in events(site, name)]
    return found + [e for s in site.catalog.sources.values() for e in parsed(openlineage_source_events(site, s))]


def facets_of(event: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each facet: what kind of facet its place asks for, its name, itself."""
    for part in ("run", "job"):
        for name, one in event.get(part, {}).get("facets", {}).items():
            yield PLACES[part], name, one
    for side in ("inputs", "outputs"):
        for dataset in event.get(side, ()):
            for part in ("facets", "inputFacets", "outputFacets"):
                for name, one in dataset.get(part, {}).items():
                    yield PLACES[part], name, one


def with_lineage(site: Site, product: str, lineage: Mapping[str, Any]) -> Site:
    view = site.catalog.products[product]
    assert view.current is not None
    release = replace(view.current, lineage=lineage)
    releases = tuple(release if r.version == release.version else r for r in view.releases)
    products = {**site.catalog.products, product: replace(view, current=release, releases=releases)}
    return replace(site, catalog=replace(site.catalog, products=products))


COLUMNS: dict[str, Any] = {
    "format_version": 1,
    "nodes": [
        {"id": "hidden-1", "kind": "source", "title": "Register of requests"},
        {"id": "source.district_map", "kind": "source", "name": "district_map", "title": "Map", "tier": "public",
         "columns": ["district_id", "area"]},
        {"id": "mart.districts", "kind": "mart", "name": "districts", "title": "Districts", "tier": "public",
         "columns": ["district_id", "population"]},
        {"id": "release.districts", "kind": "release", "name": "districts", "title": "Districts", "tier": "public",
         "columns": ["district_id", "population"]},
    ],
    "edges": [["hidden-1", "mart.districts"], ["mart.districts", "release.districts"],
              ["source.district_map", "mart.districts"]],
    "column_edges": [
        {"from": ["mart.districts", "district_id"], "to": ["release.districts", "district_id"], "by": "value"},
        {"from": ["mart.districts", "population"], "to": ["release.districts", "population"], "by": "value"},
        {"from": ["source.district_map", "district_id"], "to": ["mart.districts", "district_id"], "by": "value",
         "how": "TRANSFORMATION", "step": "point_to_area 1.0.0"},
        {"from": ["source.district_map", "area"], "to": ["mart.districts", "population"], "by": "condition",
         "how": "CONDITIONAL"},
        {"from": ["source.district_map", "area"], "to": ["mart.districts", "population"], "by": "value",
         "how": "AGGREGATION"},
    ],
    "record_edges": [
        {"from": ["source.district_map", "area"], "to": ["mart.districts"], "by": "condition", "how": "FILTER"},
        {"from": ["source.district_map", "area"], "to": ["mart.districts"], "by": "condition", "how": "JOIN",
         "step": "point_to_area 1.0.0"},
    ],
}  # fmt: skip


@pytest.mark.real_data
def test_every_event_and_each_facet_is_valid(sites: Mapping[str, Site], shared_data: Path) -> None:
    schemas = shared_data / "schemas" / "openlineage"
    core = json.loads((schemas / "OpenLineage.json").read_text(encoding="utf-8"))
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((schemas / "facets").glob("*.json"))]
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in (core, *kept)
    )
    formats = FormatChecker()
    seen: set[str] = set()
    whole = [e for site in sites.values() for e in every_event(site)]
    whole += events(with_lineage(sites["public"], "districts", COLUMNS), "districts")
    for event in whole:
        kind = event["schemaURL"].rpartition("/")[2]
        for schema in (core, {"$ref": f"{CORE}#/$defs/{kind}"}):
            Draft202012Validator(schema, registry=registry, format_checker=formats).validate(event)
        for place, name, one in facets_of(event):
            seen.add(name)
            there = registry.resolver().lookup(one["_schemaURL"]).contents
            assert f"{CORE}#/$defs/{place}" in json.dumps(there), f"{name} stands where no such facet may"
            titled = registry[one["_schemaURL"].partition("#")[0]].contents["properties"]
            assert name in titled, f"events call the facet {', '.join(titled)}"
            named = {"$ref": one["_schemaURL"]}
            Draft202012Validator(named, registry=registry, format_checker=formats).validate(one)
    assert seen == {
        "columnLineage", "dataQualityAssertions", "dataQualityMetrics", "dataSource", "datasetType", "documentation",
        "errorMessage", "jobType", "lifecycleStateChange", "nominalTime", "outputStatistics", "ownership", "parent",
        "processing_engine", "schema", "symlinks", "tags", "test", "version",
    }  # fmt: skip


@pytest.mark.real_data
def test_a_facet_without_what_its_schema_asks_for_would_be_seen(shared_data: Path) -> None:
    schemas = shared_data / "schemas" / "openlineage"
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema))
        for path in (schemas / "OpenLineage.json", schemas / "facets" / "ErrorMessageRunFacet.json")
        for schema in (json.loads(path.read_text(encoding="utf-8")),)
    )
    wrong = facet("errorMessage", message="x")["errorMessage"]
    assert not Draft202012Validator({"$ref": wrong["_schemaURL"]}, registry=registry).is_valid(wrong)


def test_every_run_starts_once_and_ends_once(sites: Mapping[str, Site]) -> None:
    for site in sites.values():
        runs: dict[str, list[str]] = {}
        for event in every_event(site):
            if "run" in event:
                runs.setdefault(event["run"]["runId"], []).append(event["eventType"])
                assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
        assert runs and all(kinds[0] == "START" and len(kinds) == 2 for kinds in runs.values())
        assert {kinds[1] for kinds in runs.values()} == {"COMPLETE", "FAIL"}


def test_a_public_event_names_nothing_that_is_not_public(sites: Mapping[str, Site]) -> None:
    told = json.dumps(every_event(sites["public"]), ensure_ascii=False)
    assert [word for word in SECRETS if word in told] == []
    assert "Register of requests" not in told, "what is closed is not named, not even by its card's title"
    assert "SECRET_source" in json.dumps(every_event(sites["internal"]))


def test_what_happened_to_a_product_is_told_in_its_order(sites: Mapping[str, Site]) -> None:
    def told(product: str) -> list[tuple[str, str, str]]:
        ended = [e for e in events(sites["public"], product) if e.get("eventType") not in ("START", None)]
        found = []
        for event in ended:
            output: dict[str, Any] = event["outputs"][0]["facets"] if event["outputs"] else {}
            state = output.get("lifecycleStateChange", {}).get("lifecycleStateChange", "")
            version = output.get("version", {}).get("datasetVersion", "")
            if not event["job"]["name"].endswith(".gate"):
                found.append((event["eventType"], state, version))
        return found

    assert told("districts") == [
        ("COMPLETE", "CREATE", "1"),
        ("COMPLETE", "OVERWRITE", "2"),
        ("COMPLETE", "OVERWRITE", "1"),
    ]
    assert told("old_list") == [("COMPLETE", "CREATE", "1"), ("COMPLETE", "DROP", "")]
    assert told("requests_monthly") == [
        ("COMPLETE", "CREATE", "1"),
        ("COMPLETE", "OVERWRITE", "2"),
        ("FAIL", "", ""),
    ]
    assert told("budget") == []


def test_a_refusal_tells_the_rule_and_no_value(sites: Mapping[str, Site]) -> None:
    failed = [e for e in events(sites["public"], "requests_monthly") if e.get("eventType") == "FAIL"]
    (event,) = failed
    told = event["run"]["facets"]["errorMessage"]["message"]
    assert told.startswith("The number of rows changes by no more than half.")
    assert told.endswith("Held for a reason that may not be told here.")
    (failing,) = [t for t in event["run"]["facets"]["test"]["tests"] if t["status"] == "fail"]
    assert failing["name"] == "rowCountChange"
    assert event["outputs"] == []


def test_a_release_tells_what_its_files_hold(sites: Mapping[str, Site]) -> None:
    view = sites["public"].catalog.products["requests_monthly"]
    ended = [e for e in events(sites["public"], "requests_monthly") if e.get("eventType") == "COMPLETE"]
    (now,) = (e["outputs"][0] for e in ended if e["outputs"] and "outputFacets" in e["outputs"][0])
    assert view.current is not None
    counted = now["outputFacets"]["outputStatistics"]
    assert counted["rowCount"] == view.current.manifest.rows
    assert counted["size"] == sum(f.bytes for f in view.current.downloads)
    fields = [f["name"] for f in now["facets"]["schema"]["fields"]]
    assert fields == [c.name for c in view.current.manifest.columns]
    assert now["facets"]["dataQualityMetrics"]["columnMetrics"] == {"month": {"nullCount": 0}}
    lowered = {(t["key"], t["value"], t.get("field")) for t in now["facets"]["tags"]["tags"]}
    assert ("tier", "public", None) in lowered
    assert ("deidentified_by", "count_with_min_cell", "opened") in lowered
    assert now["name"] == "releases/public/requests_monthly"
    internal = [e for e in events(sites["internal"], "requests_monthly") if e.get("eventType") == "COMPLETE"]
    assert internal[0]["outputs"][0]["name"] == "releases/internal/requests_monthly"


def test_what_does_not_change_is_said_once_and_earlier_releases_in_short(sites: Mapping[str, Site]) -> None:
    found = [e for e in events(sites["public"], "requests_monthly") if e.get("eventType") not in ("START", None)]
    released = [e for e in found if e["outputs"]]
    assert set(released[0]["outputs"][0]["facets"]) == {"version", "lifecycleStateChange"}
    assert {"schema", "ownership", "version", "lifecycleStateChange"} <= set(released[1]["outputs"][0]["facets"])
    jobs = [e["job"]["facets"] for e in found if e["job"]["name"] == "ribera.releases.requests_monthly"]
    assert [set(facets) for facets in jobs] == [{"jobType", "documentation", "ownership", "tags"}, set(), set()]
    told = [
        rule["name"]
        for e in found
        for rule in (
            *(
                r
                for d in e["inputs"]
                for r in d.get("inputFacets", {}).get("dataQualityAssertions", {}).get("assertions", ())
            ),
            *e["run"]["facets"].get("test", {}).get("tests", ()),
        )
        if rule["name"] == "month.required" and "description" in rule
    ]
    assert told == ["month.required"]


def test_only_a_rule_that_ran_and_held_is_a_success(sites: Mapping[str, Site]) -> None:
    site = sites["public"]
    view = site.catalog.products["districts"]
    assert view.current is not None
    results = ["passed", "warned", "waived", "failed", "error", "not run", "vacuous", "not applicable"]
    one = view.current.quality.rules[0]
    rules = tuple(RuleView(replace(one.asks, id=r), r, one.examined) for r in results)
    release = replace(view.current, quality=replace(view.current.quality, rules=rules))
    products = {"districts": replace(view, current=release, releases=(release,))}
    changed = replace(site, catalog=replace(site.catalog, products=products))
    given = [e["inputs"][0] for e in events(changed, "districts") if e["job"]["name"].endswith(".gate")][-1]
    told = {a["name"]: a["success"] for a in given["inputFacets"]["dataQualityAssertions"]["assertions"]}
    assert told == {r: r == "passed" for r in results[:-1]}


def test_a_step_that_is_not_open_is_left_out_and_its_neighbours_joined(sites: Mapping[str, Site]) -> None:
    assert [e for e in events(sites["public"], "requests_monthly") if "run" not in e] == [], "its table is internal"
    (table,) = [e for e in events(sites["internal"], "requests_monthly") if "run" not in e]
    assert table["job"]["name"] == "ribera.marts.requests_monthly"
    assert table["inputs"] == []
    whole = {**COLUMNS, "nodes": [{**n, **({"name": ""} if n["kind"] == "mart" else {})} for n in COLUMNS["nodes"]]}
    whole["nodes"] = [{k: v for k, v in n.items() if v != ""} for n in whole["nodes"]]
    ended = events(with_lineage(sites["public"], "districts", {**whole, "column_edges": None}), "districts")
    read = [e["inputs"] for e in ended if e.get("eventType") == "COMPLETE" and e["outputs"]]
    assert [{"namespace": "cauce://ribera", "name": "raw/district_map"}] in read


def test_columns_are_linked_only_where_a_release_kept_that(sites: Mapping[str, Site]) -> None:
    assert "columnLineage" not in json.dumps([e for s in sites.values() for e in every_event(s)])
    found = events(with_lineage(sites["public"], "districts", COLUMNS), "districts")
    whole = {
        dataset["name"]: dataset["facets"]["columnLineage"]
        for event in found
        for dataset in event["outputs"]
        if "columnLineage" in dataset.get("facets", {})
    }
    facets = {name: one["fields"] for name, one in whole.items()}
    assert facets["releases/public/districts"]["population"]["inputFields"] == [
        {"namespace": "cauce://ribera", "name": "marts/districts", "field": "population",
         "transformations": [{"type": "DIRECT"}]}
    ]  # fmt: skip
    (given,) = facets["marts/districts"]["district_id"]["inputFields"]
    step = {"description": "point_to_area 1.0.0", "masking": True}
    assert given["transformations"] == [{"type": "DIRECT", "subtype": "TRANSFORMATION", **step}]
    (decided,) = facets["marts/districts"]["population"]["inputFields"]
    assert decided["transformations"] == [
        {"type": "INDIRECT", "subtype": "CONDITIONAL"},
        {"type": "DIRECT", "subtype": "AGGREGATION"},
    ]
    assert whole["marts/districts"]["dataset"] == [
        {"namespace": "cauce://ribera", "name": "raw/district_map", "field": "area",
         "transformations": [{"type": "INDIRECT", "subtype": "FILTER"},
                             {"type": "INDIRECT", "subtype": "JOIN", **step}]}
    ]  # fmt: skip
    assert "dataset" not in whole["releases/public/districts"], "the release has its table's records"


def test_what_decides_records_is_told_where_no_column_is_linked(sites: Mapping[str, Site]) -> None:
    kept = {**COLUMNS, "column_edges": []}
    found = events(with_lineage(sites["public"], "districts", kept), "districts")
    (one,) = [d["facets"]["columnLineage"] for e in found for d in e["outputs"] if "columnLineage" in d["facets"]]
    assert one["fields"] == {}, "the schema asks for it"
    assert [given["field"] for given in one["dataset"]] == ["area"]


def test_a_delivery_tells_what_came_and_what_was_accepted(world: World, sites: Mapping[str, Site]) -> None:
    source = sites["internal"].catalog.sources["SECRET_source"]
    start, end = parsed(openlineage_source_events(sites["internal"], source))
    assert start["eventType"] == "START" and end["eventType"] == "COMPLETE"
    assert end["job"]["name"] == "ribera.raw.SECRET_source"
    assert end["inputs"][0]["inputFacets"]["dataQualityMetrics"]["rowCount"] == 2000
    assert end["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 1962
    assert "schema" not in end["outputs"][0]["facets"], "staff see how its deliveries went, and no column"
    refused = replace(source.landings[0], outcome="refused", refusal="A column is missing. Found SECRET_value.")
    _, end = parsed(openlineage_source_events(sites["internal"], replace(source, landings=(refused,))))
    assert end["eventType"] == "FAIL" and end["outputs"] == []
    assert end["run"]["facets"]["errorMessage"]["message"] == "A column is missing."


def test_ids_and_bytes_are_the_same_in_every_build(world: World, sites: Mapping[str, Site], tmp_path: Path) -> None:
    again = build_world(tmp_path)
    for tier, site in sites.items():
        other = read_site(again.city, CityHome(again.home.root), tier, CHECKED_AT, 3)
        for name in ("districts", "requests_monthly", "old_list"):
            assert openlineage_events(other, other.catalog.products[name]) == openlineage_events(
                site, site.catalog.products[name]
            )
    published = [
        [e["run"]["runId"] for e in events(site, "districts") if e.get("eventType") == "COMPLETE"]
        for site in sites.values()
    ]
    assert published[0] == published[1], "one run has one id in every tier"
