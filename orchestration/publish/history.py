"""What was published, looked back at: the releases of a product, one of them, two compared.

Belongs here: answers as data, from commits, manifests and the files they name. Changes nothing. Does not
belong here: printing (``orchestration.cli.release``), going back (``rollback``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.city import City
from contracts.engines.sql import parquet, quoted
from contracts.errors import ArtefactError, InputError
from contracts.home import CityHome
from contracts.kept_contract import from_document
from contracts.release import Manifest, Release, commits, current, manifest_of, release_of, version_name
from orchestration.publish import commit, content_hash, evidence_files, recover
from orchestration.publish.audit import altered_files
from orchestration.publish.contract_change import KEPT


def products(city: City, home: CityHome) -> list[dict[str, Any]]:
    """One row per product of the city or of its releases: what is served, in which tiers.

    Shape:
        ``{product, tiers, version, rows, as_of, data_to, committed_at, action, releases}``.
    """
    released = {product for _, product in recover.released(home)}
    return [_row(home, name) for name in sorted({*city.products, *released})]


def _row(home: CityHome, product: str) -> dict[str, Any]:
    served = [(tier, current(home, tier, product)) for tier in commit.product_tiers(home, product)]
    there = [(tier, release) for tier, release in served if release is not None]
    history = [c for tier, _ in served[:1] for c in commits(home, tier, product)]
    top = there[0][1] if there else None
    return {
        "product": product,
        "tiers": [tier for tier, _ in there],
        "version": top.manifest.version if top else None,
        "rows": top.manifest.rows if top else None,
        "as_of": top.manifest.as_of if top else None,
        "data_to": top.manifest.data_to if top else None,
        "committed_at": top.commit.committed_at if top else None,
        "action": history[-1].action if history else None,
        "releases": len({c.version for c in history if c.action == "publish"}),
    }


def versions(home: CityHome, product: str) -> list[dict[str, Any]]:
    """The commits of a product, oldest first, with the tiers each one stands in.

    Raises:
        InputError: The product was never published.
    """
    found: dict[tuple[str, str | None, int | None], dict[str, Any]] = {}
    for tier in commit.product_tiers(home, product):
        history = commits(home, tier, product)
        for made in history:
            key = (made.intent, made.action, made.version)
            manifest = manifest_at(home, tier, product, made.version) if made.version is not None else None
            row = found.setdefault(
                key,
                {
                    "intent": int(made.intent),
                    "action": made.action,
                    "version": made.version,
                    "rows": manifest.rows if manifest else None,
                    "contract": manifest.contract["version"] if manifest else None,
                    "committed_at": made.committed_at,
                    "reason": made.reason,
                    "tiers": [],
                    "served": [],
                },
            )
            row["tiers"].append(tier)
            if made is history[-1] and made.version is not None:
                row["served"].append(tier)
    if not found:
        raise InputError("this product was never published", where=f"product {product}", hint="cauce release list")
    return sorted(found.values(), key=lambda row: row["intent"])


def manifest_at(home: CityHome, tier: str, product: str, version: int | None) -> Manifest:
    """The manifest of a version in a tier, checked against the commit that names it.

    Raises:
        InputError: No commit of that tier names the version.
    """
    named = next((c for c in reversed(commits(home, tier, product)) if c.version == version), None)
    if named is None or version is None:
        raise InputError(
            "this version was never published for this tier",
            where=f"{product} version {version}, tier {tier}",
            hint=f"cauce release list {product}",
        )
    return manifest_of(home, version_name(tier, product, version), named.manifest_sha256)


def choose_tier(home: CityHome, product: str, tier: str | None) -> str:
    """``tier``, or the highest one the product was ever published in.

    Raises:
        InputError: It was never published, or not in that tier.
    """
    there = commit.product_tiers(home, product)
    if not there:
        raise InputError("this product was never published", where=f"product {product}", hint="cauce release list")
    if tier is None:
        return there[0]
    if tier not in there:
        raise InputError(
            "this product was never published for this tier",
            where=f"product {product}, tier {tier}",
            expected=f"one of {', '.join(there)}",
        )
    return tier


def release_at(home: CityHome, product: str, version: int | None, tier: str) -> Release:
    """A release by version, or the one served now.

    Raises:
        InputError: There is none.
    """
    if version is None:
        served = current(home, tier, product)
        if served is None:
            raise InputError("nothing of this product is served", where=f"product {product}, tier {tier}")
        return served
    manifest_at(home, tier, product, version)
    history = commits(home, tier, product)
    named = next(c for c in reversed(history) if c.version == version)
    return release_of(home, named, tier, product, history)


def contract_of(home: CityHome, manifest: Manifest) -> Any:
    """The contract a release was made under."""
    return from_document(evidence_files.read(home, manifest.contract[KEPT]))


# Two releases compared ----------------------------------------------------------------------


def compare(home: CityHome, product: str, old: int, new: int, tier: str) -> dict[str, Any]:
    """What differs between two versions of a product in one tier.

    Shape:
        ``{product, tier, from, to, rows: {before, after, added, removed, changed, by}, columns: {added,
        removed, retyped}, contract: {before, after, changes}, quality: [{rule, before, after}]}``.

    Raises:
        InputError: One of the versions was never published for the tier.
        ArtefactError: A file of either is missing or altered.
    """
    before, after = (release_at(home, product, version, tier) for version in (old, new))
    for release in (before, after):
        _check(home, release)
    return {
        "product": product,
        "tier": tier,
        "from": old,
        "to": new,
        "rows": _records(home, before, after),
        "columns": _columns(before.manifest, after.manifest),
        "contract": _contract(home, before.manifest, after.manifest),
        "quality": _quality(before, after),
    }


def _check(home: CityHome, release: Release) -> None:
    if altered := altered_files(home, release.place, release.manifest):
        raise ArtefactError(
            "a file of a release is not what its manifest says",
            where=str(altered[0].path),
            found=altered[0].found,
            hint="cauce audit verify",
        )


def _columns(before: Manifest, after: Manifest) -> dict[str, Any]:
    was, now = ({c.name: c.type for c in m.columns} for m in (before, after))
    return {
        "added": [n for n in now if n not in was],
        "removed": [n for n in was if n not in now],
        "retyped": [{"column": n, "before": was[n], "after": now[n]} for n in was if n in now and was[n] != now[n]],
    }


def _records(home: CityHome, before: Release, after: Release) -> dict[str, Any]:
    """Counts of added, removed and changed records: by key, or as whole records where no key is shared."""
    import duckdb

    was, now = ({c.name: c.type for c in r.manifest.columns} for r in (before, after))
    shared = [(n, t) for n, t in now.items() if n in was]
    key = [k for k in contract_of(home, after.manifest).primary_key if k in was and k in now]
    whole = bool(key) and len(key) == len(contract_of(home, after.manifest).primary_key)
    told = {"before": before.manifest.rows, "after": after.manifest.rows}
    if before.manifest.content_sha256 == after.manifest.content_sha256:
        return {**told, "added": 0, "removed": 0, "changed": 0, "by": key if whole else []}
    tables = [
        f"(SELECT {', '.join(quoted(k) for k in key) + ', ' if whole else ''}"
        f"{content_hash.record_number([(n, t) for n, t in shared])} AS h_ FROM {parquet(r.parquet())})"
        for r in (before, after)
    ]
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        if whole:
            using = ", ".join(quoted(k) for k in key)
            row = connection.execute(
                f"SELECT count(*) FILTER (WHERE a.h_ IS NULL), count(*) FILTER (WHERE b.h_ IS NULL), "
                f"count(*) FILTER (WHERE a.h_ <> b.h_) FROM {tables[0]} a FULL JOIN {tables[1]} b USING ({using})"
            ).fetchone()
            assert row is not None
            return {**told, "added": row[0], "removed": row[1], "changed": row[2], "by": key}
        counts = []
        for first, second in ((tables[1], tables[0]), (tables[0], tables[1])):
            row = connection.execute(
                f"SELECT count(*) FROM (SELECT h_ FROM {first} EXCEPT ALL SELECT h_ FROM {second})"
            ).fetchone()
            counts.append(row[0] if row else 0)
    return {**told, "added": counts[0], "removed": counts[1], "changed": None, "by": []}


def _contract(home: CityHome, before: Manifest, after: Manifest) -> dict[str, Any]:
    told: dict[str, Any] = {"before": before.contract["version"], "after": after.contract["version"], "changes": []}
    if before.contract["sha256"] != after.contract["sha256"]:
        from contracts.diff import diff

        changes = diff(contract_of(home, before), contract_of(home, after))
        told["changes"] = [{"sentence": c.sentence, "breaking": c.breaking} for c in changes]
    return told


def _quality(before: Release, after: Release) -> list[dict[str, Any]]:
    was, now = (_results(r) for r in (before, after))
    differing = [rule for rule in {**was, **now} if was.get(rule) != now.get(rule)]
    return [{"rule": rule, "before": was.get(rule), "after": now.get(rule)} for rule in differing]


def _results(release: Release) -> dict[str, Mapping[str, Any]]:
    report = release.report("quality.json")
    return {e["id"]: {"result": e["result"], "failed": e["failed"]} for e in (*report["rules"], *report["gate"])}
