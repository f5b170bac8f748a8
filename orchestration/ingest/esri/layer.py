"""What a layer of an ArcGIS server says of itself.

Belongs here: reading that, and refusing what is no layer that can be queried. Does not belong here: asking
(``server``).

Source: Esri, ArcGIS REST APIs, "Layer/Table (Feature Service)" and "Layer/Table (Map Service)".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts import kept
from contracts.errors import InputError, OutsideError

LOOK_HINT = "open the layer's address in a browser and look at what it says of itself."


@dataclass(frozen=True)
class Layer:
    """What a layer says of itself.

    Attributes:
        told: The whole of it.
        number: The field that numbers records (object id); None where it has none.
        most: Records that the server gives at a time; None where it does not say.
        paged: Whether it takes an offset and a count.
        geojson: Whether it writes GeoJSON.
        edited: When it was last edited, in milliseconds, as text; None where it does not say.
        wkid: The reference system of its own data.
    """

    told: Mapping[str, Any]
    number: str | None
    most: int | None
    paged: bool
    geojson: bool
    edited: str | None
    wkid: int | None

    @property
    def fields(self) -> list[Mapping[str, Any]]:
        """Its fields, as they are told."""
        return [one for one in self.told.get("fields") or [] if isinstance(one, dict)]

    @property
    def form(self) -> str:
        """A hash of its fields' names and types."""
        fields = sorted([str(one.get("name")), str(one.get("type"))] for one in self.fields)
        return kept.sha256_bytes(kept.canonical_json(fields))

    @property
    def has_shapes(self) -> bool:
        """Whether its records have a geometry."""
        return bool(self.told.get("geometryType"))


def read_layer(told: Mapping[str, Any], shown: str) -> Layer:
    """The layer that a server tells of.

    Args:
        told: What it said, which is no error.
        shown: What messages call the layer.

    Raises:
        InputError: It is a service with several layers, or a group of layers.
        OutsideError: It can't be queried.
    """
    if "fields" not in told and isinstance(told.get("layers"), list):
        raise _is_service(told, shown)
    if "capabilities" in told and "query" not in str(told["capabilities"]).casefold():
        raise OutsideError(
            "a layer can't be queried",
            where=shown,
            found=f"capabilities: {shortened(str(told['capabilities'] or 'none'))}",
            expected="Query among them",
            hint="ask the publisher to allow queries, or fetch an export of it with the http connector.",
        )
    if not told.get("fields"):
        raise unknown("no fields: a group of layers, or a picture", shown)
    fields = [one for one in told["fields"] if isinstance(one, dict)]
    numbered = next((str(one.get("name")) for one in fields if one.get("type") == "esriFieldTypeOID"), None)
    abilities, edits, extent = (_part(told, name) for name in ("advancedQueryCapabilities", "editingInfo", "extent"))
    most, edited = told.get("maxRecordCount"), edits.get("dataLastEditDate") or edits.get("lastEditDate")
    wkid = _part(extent, "spatialReference").get("wkid")
    return Layer(
        told=told,
        number=str(told.get("objectIdField") or "") or numbered,
        most=most if isinstance(most, int) and most > 0 else None,
        paged=bool(abilities.get("supportsPagination") or told.get("supportsPagination")),
        geojson="geojson" in str(told.get("supportedQueryFormats") or "").casefold(),
        edited=str(edited) if isinstance(edited, int) else None,
        wkid=wkid if isinstance(wkid, int) else None,
    )


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def unknown(found: str, shown: str) -> InputError:
    """What is said where there is no layer."""
    return InputError(
        "there is no such layer",
        where=shown,
        found=found,
        expected="a layer or table with fields",
        hint="open the service's address in a browser: it lists its layers and their numbers.",
    )


def _is_service(told: Mapping[str, Any], shown: str) -> InputError:
    layers = [one for name in ("layers", "tables") for one in told.get(name) or [] if isinstance(one, dict)]
    named = ", ".join(f"{one.get('id')} ({shortened(str(one.get('name')), 40)})" for one in layers[:12])
    return InputError(
        "the address is of a service, not of one of its layers",
        where=shown,
        found=f"layers {named}" if named else "no layers",
        expected="a layer's number behind it",
        hint=f"{shown}/{layers[0].get('id') if layers else 0}",
    )


def shortened(text: str, most: int = 160) -> str:
    """A server's words on one line, fit for a message."""
    told = " ".join(text.split())
    return told if len(told) <= most else told[: most - 1] + "…"
