"""A layer's fields as columns, for the draft of a contract.

Belongs here: types, titles, and coded values as plain words. Does not belong here: asking for them (``server``).

Source: Esri, ArcGIS REST APIs, "Field" and "Domain objects".
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

from orchestration.ingest.delivery import DescribedColumn
from orchestration.ingest.esri.layer import Layer

_TAG = re.compile(r"<[^>]{0,2000}>")
CODES = 40
"""Coded values that are told."""

LOGICAL_TYPES: Mapping[str, tuple[str, str | None]] = {
    "esriFieldTypeOID": ("integer", None),
    "esriFieldTypeSmallInteger": ("integer", None),
    "esriFieldTypeInteger": ("integer", None),
    "esriFieldTypeBigInteger": ("integer", None),
    "esriFieldTypeSingle": ("number", None),
    "esriFieldTypeDouble": ("number", None),
    "esriFieldTypeString": ("string", None),
    "esriFieldTypeGUID": ("string", None),
    "esriFieldTypeGlobalID": ("string", None),
    "esriFieldTypeXML": ("string", None),
    "esriFieldTypeDate": ("timestamp", "epoch_ms"),
    "esriFieldTypeDateOnly": ("date", None),
    "esriFieldTypeTimeOnly": ("string", None),
    "esriFieldTypeTimestampOffset": ("timestamp", "yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX"),
}
"""Esri's field types as logical types, with the form a time is written in. Others (pictures, shapes) are no columns."""


def described_columns(layer: Layer) -> tuple[tuple[DescribedColumn, ...], str | None]:
    """The layer's columns, and the name of the one for its shapes, where it has shapes.

    Shapes come last. Fields that are no values (pictures, Esri's own shape field) are no columns.
    """
    columns = [_column(one, layer) for one in layer.fields if str(one.get("type")) in LOGICAL_TYPES]
    if not layer.has_shapes:
        return tuple(columns), None
    taken = {column.name.casefold() for column in columns}
    name = next(name for name in ("shape", "geometry", *(f"shape_{n}" for n in range(2, 100))) if name not in taken)
    columns.append(DescribedColumn(name, "string", title="Shape", description=_shape_text(layer)))
    return tuple(columns), name


def _column(one: Mapping[str, Any], layer: Layer) -> DescribedColumn:
    logical, form = LOGICAL_TYPES[str(one["type"])]
    name, alias = str(one.get("name")), str(one.get("alias") or "").strip()
    return DescribedColumn(
        name,
        logical,
        title=alias if alias != name else "",
        description=" ".join(part for part in (_said(one.get("description")), _codes(one.get("domain"))) if part),
        format=form,
        key=name == layer.number,
    )


def _said(description: Any) -> str:
    """A field's description: a text, or JSON that holds one."""
    text = str(description or "").strip()
    if text.startswith("{"):
        try:
            text = str(json.loads(text).get("value") or "")
        except (ValueError, AttributeError):
            return ""
    return plain(text)


def _codes(domain: Any) -> str:
    """The values that a coded field may have, with what they mean."""
    coded = domain.get("codedValues") if isinstance(domain, dict) else None
    pairs = [one for one in coded or [] if isinstance(one, dict) and "code" in one]
    if not pairs:
        return ""
    told = "; ".join(
        str(one["code"]) if str(one.get("name")) == str(one["code"]) else f"{one['code']}: {one.get('name')}"
        for one in pairs[:CODES]
    )
    return f"Values: {told}{'; …' if len(pairs) > CODES else ''}."


def _shape_text(layer: Layer) -> str:
    kind = str(layer.told.get("geometryType")).removeprefix("esriGeometry").casefold()
    return f"The {kind} as well-known text, longitude before latitude, in degrees."


def plain(text: Any) -> str:
    """A text without its HTML, on one line."""
    return " ".join(html.unescape(_TAG.sub(" ", str(text or ""))).split())
