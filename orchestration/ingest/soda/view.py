"""A data set of a Socrata portal as the portal describes it.

Belongs here: its metadata, taken apart. Does not belong here: asking for it (``dataset``).

Source: Socrata (Tyler Technologies), dev.socrata.com: "Datatypes"; recorded metadata of a city portal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestration.ingest.delivery import Described, DescribedColumn

NUMBERS = frozenset({"number", "double", "money", "percent", "stars"})

TYPES: Mapping[str, tuple[str, str | None]] = {
    **dict.fromkeys(NUMBERS, ("number", None)),
    "checkbox": ("boolean", None),
    "calendar_date": ("timestamp", "yyyy-MM-dd'T'HH:mm:ss[.SSS]"),
    "floating_timestamp": ("timestamp", "yyyy-MM-dd'T'HH:mm:ss[.SSS]"),
    "date": ("timestamp", "yyyy-MM-dd'T'HH:mm:ss[.SSS]X"),
    "fixed_timestamp": ("timestamp", "yyyy-MM-dd'T'HH:mm:ss[.SSS]X"),
    **dict.fromkeys(
        ("point", "multipoint", "line", "multiline", "polygon", "multipolygon", "location", "url", "phone", "document"),
        ("object", None),
    ),
    "json": ("object", None),
}
"""The portal's types to ODCS's; all others come as text. Shapes come as GeoJSON geometries inside of the record."""


@dataclass(frozen=True)
class View:
    """What a data set says of itself.

    Attributes:
        told: The whole of it.
        columns: The portal's types by the names that records have; of system fields, those that are computed.
        changed: When its records last changed, seconds since 1970, as text; None where that cannot be relied on.
    """

    told: Mapping[str, Any]
    columns: Mapping[str, str]
    changed: str | None


def read_view(told: Any) -> View | None:
    """A view as the portal tells it; None where that is no description of records."""
    listed = told.get("columns") if isinstance(told, dict) else None
    if not isinstance(listed, list):
        return None
    named = [one for one in listed if isinstance(one, dict) and isinstance(one.get("fieldName"), str)]
    columns = {one["fieldName"]: str(one.get("dataTypeName") or "text") for one in named}
    changed = told.get("rowsUpdatedAt")
    # A view that is derived from another keeps its own time, while records change where it comes from.
    sure = isinstance(changed, int) and not told.get("modifyingViewUid")
    return View(told, columns, str(changed) if sure else None)


def described(view: View, settings: Mapping[str, Any], records: int, sample: Any) -> Described:
    """A view, for the draft of a contract. ``sample``: records as the portal sends them."""
    told = view.told
    changed, licence = told.get("rowsUpdatedAt"), told.get("license")
    rows = [one for one in sample if isinstance(one, dict)] if isinstance(sample, list) else []
    return Described(
        settings=settings,
        title=_text(told.get("name")),
        description=_text(told.get("description")),
        publisher=_text(told.get("attribution")),
        licence=_text(licence.get("name") if isinstance(licence, dict) else told.get("licenseId")),
        columns=tuple(_columns(told)),
        records=records,
        updated_at=datetime.fromtimestamp(changed, UTC).isoformat() if isinstance(changed, int) else None,
        frequency=_frequency(told.get("metadata")),
        sample=tuple({name: value for name, value in row.items() if not name.startswith(":")} for row in rows),
    )


def _columns(told: Mapping[str, Any]) -> list[DescribedColumn]:
    found = []
    key = told.get("rowIdentifierColumnId")
    for one in told["columns"]:
        name = one.get("fieldName") if isinstance(one, dict) else None
        if not isinstance(name, str) or name.startswith(":"):
            continue
        kind, form = TYPES.get(str(one.get("dataTypeName")), ("string", None))
        is_key = key is not None and one.get("id") == key
        title, text = _text(one.get("name")), _text(one.get("description"))
        found.append(DescribedColumn(name, kind, title, text, form, key=is_key))
    return found


def _frequency(metadata: Any) -> str | None:
    """How often the publisher says the data set changes: portals name that field as they like."""
    if not isinstance(metadata, dict):
        return None
    for name, value in metadata.items():
        if isinstance(value, dict):
            found = _frequency(value)
            if found is not None:
                return found
        elif "frequency" in str(name).lower() and isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
