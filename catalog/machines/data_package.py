"""A product as Data Package 2.0: its CSV with a Table Schema that any reader may hold it against.

Belongs here: that one format. Does not belong here: checking data (``contracts.engines``), other formats.

A constraint is stated only where it was shown: the contract asks for it, the release was made under that very contract,
and every rule of its kind for the column passed with no failing record in the release's own report. A rule of a tier
that holds back records of others, a threshold, a waiver therefore never promises too much.

An empty field of the CSV is null; an empty text is written ``""``, which few readers can tell apart. A text column that
is required says that nothing in it means null (``missingValues: []``), since there an empty field is an empty text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from catalog.machines.entries import CatalogEntry, DatasetEntry, DistributionEntry
from catalog.machines.licences import licence_address, spdx_name
from catalog.machines.naming import address, full, json_bytes, urn
from catalog.views import ProductView, ReleaseView
from contracts.model import Property
from contracts.release import ManifestColumn

FILE = "datapackage.json"
_PROFILES = "https://datapackage.org/profiles/2.0"
_TYPES = {
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "number",
    "FLOAT": "number",
    "REAL": "number",
    "DECIMAL": "number",
    "TIME": "time",
}
_LENGTHS = {"minLength": "minLength", "maxLength": "maxLength"}
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def data_package(catalog: CatalogEntry, dataset: DatasetEntry, product: ProductView, release: ReleaseView) -> bytes:
    """A product's release as a Data Package, which stands beside the folders of its releases.

    Source: https://datapackage.org/standard/data-package/ and /table-schema/, version 2.0.
    """
    schema = table_schema(product, release)
    csv = [f for f in dataset.distributions if f.media_type == "text/csv"]
    parquet = [f for f in dataset.distributions if f.media_type == "application/vnd.apache.parquet"]
    resources = [_csv(product, f, schema) for f in csv]
    if not csv and parquet:
        resources = [_parquet(product, release, parquet, schema)]
    licence = licence_address(dataset.licence)
    value = full(
        {
            "$schema": f"{_PROFILES}/datapackage.json",
            "name": dataset.id,
            "id": urn(catalog.city, dataset.id),
            "title": dataset.title.default,
            "description": dataset.told.default,
            "homepage": address(catalog.site_url, dataset.page),
            "version": f"{release.version}.0.0",
            "created": f"{release.published_at.isoformat(timespec='seconds')}Z",
            "keywords": list(dataset.keywords),
            "licenses": [full({"name": spdx_name(dataset.licence), "path": licence, "title": dataset.licence})]
            if licence
            else None,
            "contributors": [
                full(
                    {
                        "title": catalog.publisher.default,
                        "path": catalog.publisher_url,
                        "email": catalog.publisher_email,
                        "roles": ["publisher"],
                    }
                )
            ],
            "sources": [{"title": ref.name} for ref in release.manifest.inputs],
            "resources": resources,
        }
    )
    return json_bytes(value)


def _csv(product: ProductView, file: DistributionEntry, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": f"{product.name}-csv".replace("_", "-"),
        "type": "table",
        "title": file.title,
        "path": file.path.removeprefix(f"data/{product.name}/"),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "dialect": {"$schema": f"{_PROFILES}/tabledialect.json", "delimiter": ",", "quoteChar": '"', "header": True},
        "schema": schema,
    }


def _parquet(
    product: ProductView, release: ReleaseView, files: list[DistributionEntry], schema: dict[str, Any]
) -> dict[str, Any]:
    paths = [f.path.removeprefix(f"data/{product.name}/") for f in files]
    return full(
        {
            "name": f"{product.name}-parquet".replace("_", "-"),
            "title": f"{product.title.default}, release {release.version}",
            "path": paths[0] if len(paths) == 1 else paths,
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
            "bytes": files[0].bytes if len(files) == 1 else None,
            "hash": f"sha256:{files[0].sha256}" if len(files) == 1 else None,
            "schema": schema,
        }
    )


def table_schema(product: ProductView, release: ReleaseView) -> dict[str, Any]:
    """The columns of a release, with what was shown of each."""
    shown = _Shown(product, release)
    columns = release.manifest.columns
    held = {c.name for c in columns}
    key = [c.name for c in product.columns if c.is_key]
    keyed = bool(key) and set(key) <= held and shown.holds("unique", *key)
    return full(
        {
            "$schema": f"{_PROFILES}/tableschema.json",
            "fields": [_field(c, product, shown) for c in columns],
            "primaryKey": key if keyed else None,
            "missingValues": [""],
        }
    )


def _field(column: ManifestColumn, product: ProductView, shown: _Shown) -> dict[str, Any]:
    title = next((c.title.default for c in product.columns if c.name == column.name), "")
    kind = field_type(column.type)
    constraints = shown.constraints(column.name, kind)
    is_text = kind == "string" and constraints.get("required")
    field = full(
        {
            "name": column.name,
            "type": kind,
            "format": "any" if kind == "datetime" else None,
            "title": title,
            "description": column.description,
            "unit": column.unit,
            "constraints": constraints,
        }
    )
    return {**field, "missingValues": []} if is_text else field


def field_type(physical: str) -> str:
    """A DuckDB type, as its CSV writes it, in Table Schema's words."""
    name = physical.upper().partition("(")[0].strip()
    if name.endswith("INT") or name in ("INTEGER", "HUGEINT", "UINTEGER"):
        return "integer"
    if name.startswith("TIMESTAMP"):
        return "datetime"
    return _TYPES.get(name, "string")


class _Shown:
    """What the release's own report shows of its columns."""

    def __init__(self, product: ProductView, release: ReleaseView) -> None:
        contract = product.contract
        same = contract is not None and release.manifest.contract.get("sha256") == contract.sha256
        self._contract = contract if same else None
        self._rules: dict[tuple[str, tuple[str, ...]], bool] = {}
        for rule in release.quality.rules if same else ():
            at = (rule.kind, tuple(sorted(rule.columns)))
            passed = rule.result == "passed" and rule.failed == 0
            self._rules[at] = self._rules.get(at, True) and passed

    def holds(self, kind: str, *columns: str) -> bool:
        """Whether rules of this kind over these columns were run, and no record failed any."""
        return self._rules.get((kind, tuple(sorted(columns))), False)

    def constraints(self, column: str, kind: str) -> dict[str, Any]:
        found = self._contract.object.column(column) if self._contract else None
        if found is None:
            return {}
        return {
            **({"required": True} if self.holds("required", column) else {}),
            **({"unique": True} if found.unique and self.holds("unique", column) else {}),
            **(_picked(found.options, _LENGTHS) if kind == "string" and self.holds("length", column) else {}),
            **(
                {k: _bound(found.options[k]) for k in _BOUNDS if k in found.options}
                if self._ranged(found, kind)
                else {}
            ),
            **(_pattern(found) if kind == "string" and self.holds("pattern", column) else {}),
            **(_enumeration(found) if self.holds("valid", column) else {}),
        }

    def _ranged(self, found: Property, kind: str) -> bool:
        return kind in ("integer", "number", "date") and self.holds("range", found.name)


def _picked(options: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {there: options[here] for here, there in names.items() if here in options}


def _bound(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


_PORTABLE = re.compile(r"\^((?:[^|()\\^$]|\\[dwsDWS.\-+*?()\[\]/]|\([^?()|]*(?:\|[^?()|]*)*\))*)\$")
"""Patterns over the whole value that mean the same in RE2, in Python and in XML Schema, which Table Schema names."""


def _pattern(found: Property) -> dict[str, Any]:
    """A pattern without its anchors, since Table Schema's always speaks of the whole value."""
    plain = _PORTABLE.fullmatch(str(found.options.get("pattern", "")))
    return {"pattern": plain[1]} if plain else {}


def _enumeration(found: Property) -> dict[str, Any]:
    """The values that are valid, where one list of a rule says so."""
    lists = [
        [_bound(v) for v in rule.arguments["validValues"] if v is not None]
        for rule in found.quality
        if rule.metric == "invalidValues" and rule.arguments.get("validValues")
    ]
    return {"enum": lists[0]} if len(lists) == 1 and lists[0] else {}
