"""The gate's rules on the files of a release: written, unchanged, in order, within their tier, judged alike.

Belongs here: one function per rule, ``(facts, tier) -> Finding``; see ``gate_rules`` for what a tier may be
told. Does not belong here: rules on the release as a step in a history (``release_rules``).
"""

from __future__ import annotations

from contracts import tiers
from contracts.results import Result, disagreements
from orchestration.publish.gate_facts import Facts, Finding, counted, passed
from orchestration.publish.lineage_view import products_above
from orchestration.publish.render import class_of

_TOLD = 3
"""Differences told in one sentence; the quality report has them all, rule by rule."""


def rendered(facts: Facts, tier: str | None) -> Finding:
    """Every rendition could be written."""
    if facts.broken:
        return Finding(Result.FAILED, facts.broken if tier is None else "a file could not be written", 1, 1)
    return passed(examined=len(facts.at(tier)))


def held_upstream(facts: Facts, tier: str | None) -> Finding:
    """Nothing the product is built on is held."""
    names = facts.job.held_upstream
    if not names:
        above = products_above(facts.job, tier)
        return passed(examined=above) if above else Finding(Result.NOT_APPLICABLE, "no other product stands behind it")
    known = [n for n in names if tier is None or _is_served(facts, n, tier)]
    said = f"built on {', '.join(known)}, held itself" if known else "built on a product that is held"
    count = len(known) or 1
    return Finding(Result.FAILED, said, count, count)


def _is_served(facts: Facts, product: str, tier: str) -> bool:
    contract = facts.job.city.products.get(product)
    return contract is not None and tier in contract.renditions


def tiers_kept(facts: Facts, tier: str | None) -> Finding:
    """No file carries a column above its tier, and the mart none above the product's."""
    foreign = {name for j in facts.judged for name in j.seen.foreign}
    above = {
        c.name
        for c in facts.contract.columns
        if c.name in facts.mart_columns and not tiers.visible(class_of(c), facts.contract.tier)
    }
    bad = sorted(foreign | above)
    said = f"above their tier: {', '.join(bad)}" if tier is None else "a column stands above its tier"
    return counted(len(bad), len(facts.mart_columns) if tier is None else len(facts.one(tier).rendition.names), said)


def files_unchanged(facts: Facts, tier: str | None) -> Finding:
    """The files judged are the files published: their hashes did not change while they were judged."""
    files = [f for j in facts.at(tier) for f in j.files]
    altered = [f"{j.tier}/{name}" for j in facts.at(tier) for name in j.altered]
    return counted(len(altered), len(files), f"changed while being judged: {', '.join(altered)}")


def ordered(facts: Facts, tier: str | None) -> Finding:
    """Records are ordered by the primary key, and no key repeats."""
    judged = facts.at(tier)
    if not facts.contract.primary_key:
        return Finding(Result.ERROR, "the contract names no primary key")
    bad = sum(j.seen.disorder for j in judged)
    said = f"{bad} records do not come after the one before, by {', '.join(judged[-1].rendition.order)}"
    return counted(bad, sum(j.rendition.rows for j in judged), said)


def copies_agree(facts: Facts, tier: str | None) -> Finding:
    """CSV and GeoJSON, read back, say the same as the Parquet file; lower tiers hold the highest one's records."""
    judged = facts.at(tier)
    differing = [text for j in judged for text in j.seen.differing]
    below = [j for j in judged if j is not facts.top]
    compared = len(below) + sum(len(j.rendition.copies) for j in judged)
    if differing or not below:
        return counted(len(differing), compared, "; ".join(differing))
    if tier is not None:
        said = "the rules were judged on the records that these files were made of; read back, they hold just those"
    else:
        named = ", ".join(j.tier for j in below)
        said = f"the rules were judged on the files for {facts.top.tier}; those for {named}, read back, hold the same"
    return passed(said, compared)


def engines_agree(facts: Facts, tier: str | None) -> Finding:
    """Both engines give the same result and the same number of failed records for every rule."""
    judged = facts.at(tier)
    apart = [
        f"{j.tier}: {sentence}"
        for j in judged
        for sentence in disagreements(j.scan, j.expectations, [c.id for c in j.checks])
    ]
    more = f"; and {len(apart) - _TOLD:,} more" if len(apart) > _TOLD else ""
    return counted(len(apart), sum(len(j.checks) for j in judged), "; ".join(apart[:_TOLD]) + more)


def rules_can_fail(facts: Facts, tier: str | None) -> Finding:
    """Every rule caught a mutation of the data that breaks it."""
    judged = facts.at(tier)
    blind = sorted({c.id for j in judged for c in j.checks if c.id not in j.proofs or not j.proofs[c.id].caught})
    asked = sum(len(j.checks) for j in judged)
    if asked == 0:
        return Finding(Result.VACUOUS, "there is no rule")
    return counted(len(blind), asked, f"not shown able to fail: {', '.join(blind)}")
