"""What a release's own files tell of its sources and of the release before it, as a tier may know it now.

Belongs here: cutting a manifest's inputs and a report's numbers by the contracts in force, and whether the kept report
tells no more than that. Does not belong here: a kept lineage (``catalog.lineage.readable``), rules and columns
(``catalog.reports``: a release that holds a column closed since is not shown at all).

A release's files were cut for their tier by the contracts of their day. A source may have been closed since: then it is
told by its inventory card's title, its counts only where its contract says so, or not at all where it has no card to
show. So is one that the city no longer has, since nobody says who may know of it. The release before may have been
closed since: of that not even its size is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from catalog.quality_views import QualityView, RuleView, SourceCount
from contracts.city import City
from contracts.model import Contract
from contracts.release import InputRef, Manifest
from contracts.tiers import LEAST_RESTRICTIVE, visible

AGAINST_LAST = "row_count_change"
"""The gate's rule that compares the number of records with that of the release before."""


def known_as(city: City, name: str, tier: str) -> tuple[str, bool] | None:
    """What a tier may call an input of a release, and whether its counts may be told; None where it may not know it.

    Args:
        city: The city with the contracts in force.
        name: As the release keeps it: the source's name or id, or its inventory title.
        tier: Who reads.
    """
    source = city.sources.get(name.rpartition("/")[2])
    if source is not None and has_page(source, tier):
        return name, True
    carded = [s for s in city.sources.values() if s.title.default == name] if source is None else [source]
    for found in carded:
        if found.inventory == "shown" and found.title:
            return found.title.default, found.withheld_count_public or has_page(found, tier)
    return None


def has_page(source: Contract, tier: str) -> bool:
    """Whether a tier may see a source's records, or is of staff, who may know how it fares."""
    return visible(source.tier, tier) or (tier != LEAST_RESTRICTIVE and source.inventory != "hidden")


def told_manifest(manifest: Manifest, city: City, tier: str) -> Manifest:
    """The manifest with its inputs as ``tier`` may know them."""
    told: list[InputRef] = []
    for given in manifest.inputs:
        known = known_as(city, given.name, tier)
        if known is not None and known == (given.name, True):
            told.append(given)
        elif known is not None:
            name, counted = known
            whole = replace(given, name=name, sha256=None, retrieved_at=None)
            told.append(whole if counted else InputRef(name))
    return manifest if tuple(told) == manifest.inputs else replace(manifest, inputs=tuple(told))


def told_report(report: Mapping[str, Any], city: City, tier: str, *, before: bool) -> Mapping[str, Any]:
    """A kept report with its sources as ``tier`` may know them; the same where it tells no more than that.

    Args:
        report: As ``orchestration.publish.quality`` keeps it.
        city: The city with the contracts in force.
        tier: Who reads.
        before: Whether the release before may be told; otherwise nothing is said of its size.
    """
    told = dict(report.get("reconciliation") or {})
    sources = [told_source(given, city, tier) for given in told.get("sources") or ()]
    if "sources" in told:
        told["sources"] = [given for given in sources if given is not None]
    cut = {**report, "reconciliation": told} if "reconciliation" in report else dict(report)
    if not before:
        told["previous_rows"] = None
        cut["gate"] = [_alone(rule) if rule.get("id") == AGAINST_LAST else rule for rule in report.get("gate") or ()]
    return cut


def told_quality(quality: QualityView, city: City, tier: str, *, before: bool) -> QualityView:
    """A report that was read, cut as ``told_report`` cuts what is kept; the same where it tells no more than that."""
    counts = [told_source(vars(c), city, tier) for c in quality.counts]
    told = tuple(SourceCount(**count) for count in counts if count is not None)
    if before:
        return quality if told == quality.counts else replace(quality, counts=told)
    rules = tuple(
        RuleView(r.asks, r.result, r.examined, r.failed, r.nulls) if r.at_gate and r.id == AGAINST_LAST else r
        for r in quality.rules
    )
    return replace(quality, counts=told, rules=rules, previous_rows=None)


def told_source(given: Mapping[str, Any], city: City, tier: str) -> dict[str, Any] | None:
    """The counts of one source; None where nothing may be told of it."""
    known = known_as(city, str(given.get("source", "")), tier)
    if known is None:
        return None
    name, counted = known
    return {**given, "source": name} if counted else {**dict.fromkeys(given), "source": name}


def _alone(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule that compares with the release before, without what was found, from which its size could be told."""
    return {**rule, "value": None, "detail": ""}
