"""A resource of a CKAN portal as the portal describes it.

Belongs here: package, resource and the datastore's fields, taken apart. Does not belong here: requests and errors
(``portal``).

Source: CKAN 2.11 documentation, "API guide" (package_show) and "DataStore extension" (field types, data dictionary);
recorded packages of demo.ckan.org.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from contracts.errors import InputError
from orchestration.ingest.ckan.portal import CkanPortal, resources_of
from orchestration.ingest.delivery import Described, DescribedColumn

DATASTORE, DOWNLOAD = "datastore", "download"
SAMPLE = 1_000

TYPES: Mapping[str, tuple[str, str | None]] = {
    **dict.fromkeys(("int", "int2", "int4", "int8", "integer", "bigint", "serial"), ("integer", None)),
    **dict.fromkeys(("numeric", "float", "float4", "float8", "double precision", "money"), ("number", None)),
    **dict.fromkeys(("bool", "boolean"), ("boolean", None)),
    **dict.fromkeys(("timestamp", "timestamp without time zone"), ("timestamp", "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]")),
    "timestamptz": ("timestamp", "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]XXX"),
    "date": ("date", "yyyy-MM-dd"),
    **dict.fromkeys(("json", "jsonb", "nested"), ("object", None)),
}
"""The datastore's types to ODCS's; all others come as text, and what begins with an underscore as an array."""

FORMATS: Mapping[str, tuple[str, str | None]] = {
    "csv": ("csv", None),
    "tsv": ("csv", None),
    "xlsx": ("xlsx", None),
    "json": ("json", None),
    "jsonl": ("jsonl", None),
    "ndjson": ("jsonl", None),
    "geojson": ("geojson", None),
    "geojsonl": ("geojsonl", None),
    "parquet": ("parquet", None),
}
PACKED = {"gz": "gzip", "zip": "zip"}
NOT_COLUMNS = ("_id", "_full_text")
"""Fields that the datastore adds of itself."""


def describe_resource(portal: CkanPortal, wanted: str, package_name: str | None, way: Any) -> Described:
    """A resource as its portal describes it.

    Args:
        portal: The portal.
        wanted: Its id or name; empty for the only readable one of the package.
        package_name: The package's id or name.
        way: How it is to be fetched, where that is decided.

    Raises:
        OutsideError: It can't be asked.
        InputError: There is none, or several to choose from.
    """
    resource, package = _meant(portal, wanted, package_name)
    named, found_id = text(package.get("name")), str(resource.get("id"))
    form = form_of(resource)
    fields, rows, total = _stored(portal, resource)
    way = way or (DATASTORE if fields and not form else DOWNLOAD)
    settings = {**({"package": named} if named else {}), "resource": found_id, "way": way}
    organization = package.get("organization")
    title, name = text(package.get("title")), text(resource.get("name"))
    notes = (text(package.get("notes")), text(resource.get("description")))
    return Described(
        settings=settings if way == DATASTORE else {**settings, **form},
        title=": ".join(part for part in (title, name if name != title else "") if part),
        description="\n\n".join(part for part in notes if part),
        publisher=text(organization.get("title")) if isinstance(organization, dict) else text(package.get("author")),
        licence=text(package.get("license_title")) or text(package.get("license_id")),
        columns=columns_of(fields),
        records=total,
        updated_at=updated_at(resource, package),
        frequency=frequency_of(package),
        sample=tuple({name: value for name, value in row.items() if name not in NOT_COLUMNS} for row in rows),
    )


def _stored(
    portal: CkanPortal, resource: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]], int | None]:
    """Fields, some records and their number from the datastore; nothing where it is not in there."""
    if not resource.get("datastore_active"):
        return [], [], None
    try:
        result = portal.act("datastore_search", resource_id=str(resource.get("id")), limit=str(SAMPLE))
    except InputError:
        return [], [], None  # portals say so of resources that never got there
    total = result.get("total")
    exact = total if isinstance(total, int) and not result.get("total_was_estimated") else None
    return _objects(result.get("fields")), _objects(result.get("records")), exact


def _objects(listed: Any) -> list[Mapping[str, Any]]:
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _meant(portal: CkanPortal, wanted: str, package_name: str | None) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The resource that is meant, and its package."""
    if wanted:
        resource = portal.resource(wanted, package_name)
        owner = package_name or text(resource.get("package_id"))
        return resource, portal.package(owner) if owner else {}
    if package_name is None:
        raise InputError("the connector ckan needs resource or package", where=portal.place)
    package = portal.package(package_name)
    listed = resources_of(package)
    readable = [one for one in listed if form_of(one) or one.get("datastore_active")]
    if len(readable) == 1:
        return readable[0], package
    told = [f"{text(one.get('name'))} ({text(one.get('format')) or '?'}): {one.get('id')}" for one in listed[:20]]
    address = f"{portal.base}/dataset/{package_name}"
    raise InputError(
        "a package has several resources, and none is named" if readable else "a package has no resource of records",
        where=address,
        found="; ".join(told) or "no resources",
        expected="one of them",
        hint=f"give the address {address}/resource/ID with its id.",
    )


def form_of(resource: Mapping[str, Any]) -> dict[str, str]:
    """Format and compression of a resource's file, by its name and by what the publisher wrote; empty where unknown.

    What the publisher wrote is free text ("CSV", ".csv", "text/csv", "Excel"), so the name goes first.
    """
    name = urlsplit(str(resource.get("url") or "")).path.lower().rpartition("/")[2]
    endings = name.split(".")[1:]
    packed = PACKED.get(endings[-1]) if endings else None
    inner = endings[-2] if packed and len(endings) > 1 else endings[-1] if endings and not packed else ""
    written = re.split(r"[^a-z0-9]+", str(resource.get("format") or "").lower())
    found = next((FORMATS[word][0] for word in (inner, *written) if word in FORMATS), None)
    if found is None:
        return {}
    packed = packed or ("zip" if "zip" in written else None)
    return {"format": found, **({"compression": packed} if packed else {}), **_delimiter(inner, written)}


def _delimiter(inner: str, written: Sequence[str]) -> dict[str, str]:
    return {"delimiter": "\t"} if "tsv" in (inner, *written) else {}


def columns_of(fields: Sequence[Mapping[str, Any]]) -> tuple[DescribedColumn, ...]:
    """The datastore's fields, with the publisher's words where there is a data dictionary."""
    found = []
    for one in fields:
        name, info = str(one.get("id")), one.get("info")
        if name in NOT_COLUMNS:
            continue
        told = info if isinstance(info, dict) else {}
        kind, form = type_of(str(one.get("type")))
        found.append(DescribedColumn(name, kind, text(told.get("label")), text(told.get("notes")), form))
    return tuple(found)


def type_of(written: str) -> tuple[str, str | None]:
    """ODCS's logical type and format of a type of the datastore."""
    if written.startswith("_"):
        return "array", None
    return TYPES.get(written.lower(), ("string", None))


def frequency_of(package: Mapping[str, Any]) -> str | None:
    """How often the publisher says it changes: portals name that field as they like."""
    extras = [one for one in package.get("extras") or [] if isinstance(one, dict)]
    named = {**{str(one.get("key")): one.get("value") for one in extras}, **package}
    for name, value in named.items():
        folded = name.lower()
        if any(word in folded for word in ("frequency", "periodicity", "frecuencia")) and text(value):
            return text(value)
    return None


def updated_at(resource: Mapping[str, Any], package: Mapping[str, Any]) -> str | None:
    """When the resource last changed, UTC: CKAN writes its times so, without a zone."""
    said = (
        text(resource.get("last_modified")) or text(resource.get("created")) or text(package.get("metadata_modified"))
    )
    if not said:
        return None
    return said if re.search(r"(?:Z|[+-]\d\d:?\d\d)$", said) else f"{said}+00:00"


def text(value: Any) -> str:
    """A text without blanks around it; empty for anything else."""
    return value.strip() if isinstance(value, str) else ""
