"""The answer to a query of a layer, and its records as lines of GeoJSON.

Belongs here: the forms that answers have, errors among them, and the records of one. Does not belong here: asking
(``server``), and Esri's geometry (``geojson``).

Source: Esri, ArcGIS REST APIs, "Query (Feature Service/Layer)" and "Query (Map Service/Layer)".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec

from contracts.errors import OutsideError
from orchestration.ingest.esri.geojson import UNREAD, Drawing, EsriFeature, Tally, drawing, line, on_one_line
from orchestration.ingest.esri.layer import LOOK_HINT, Layer, shortened
from orchestration.ingest.web.records import what_it_is

NOT_A_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b', re.DOTALL)


class ServerSaid(Exception):
    """An error that a server sent in place of an answer.

    Attributes:
        code: The server's number of it.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"error {code}: {message}" if message else f"error {code}")
        self.code = code

    @property
    def too_much(self) -> bool:
        """Whether asking for less, or later, may help: the server broke down over this request."""
        return self.code >= 500


def raise_said(error: ServerSaid, shown: str) -> NoReturn:
    """Tell what a server said to whoever runs this.

    Raises:
        OutsideError: Always.
    """
    raise OutsideError(
        "a server answers a query with an error",
        where=shown,
        found=str(error),
        hint="run again later; what came so far is kept."
        if error.too_much
        else "look at filter, increment and the names of fields; the layer's query page in a browser tries them.",
        retry=error.too_much,
    ) from error


class SaidError(msgspec.Struct):
    """What stands below ``error``."""

    code: int | None = None
    message: str | None = None
    details: Any = None


class _Extra(msgspec.Struct, rename="camel"):
    exceeded_transfer_limit: bool | None = None


class QueryAnswer(msgspec.Struct, rename="camel"):
    """An answer to a query, in any of its forms. ``object_ids`` is unset where none were listed."""

    error: SaidError | None = None
    features: list[msgspec.Raw] | None = None
    type: str | None = None
    count: int | None = None
    object_ids: list[int] | msgspec.UnsetType | None = msgspec.UNSET
    exceeded_transfer_limit: bool | None = None
    properties: _Extra | None = None
    spatial_reference: dict[str, Any] | None = None
    crs: dict[str, Any] | None = None
    has_z: bool | None = None
    has_m: bool | None = None

    @property
    def more(self) -> bool:
        """Whether the server says that there are more records than it gave."""
        return bool(self.exceeded_transfer_limit or (self.properties and self.properties.exceeded_transfer_limit))


@dataclass(frozen=True)
class Page:
    """The records of one answer, as lines of GeoJSON.

    Attributes:
        lines: One feature each.
        numbers: Their object ids, in the same order; none where the layer has none.
        more: Whether the server says that there are more.
    """

    lines: list[bytes]
    numbers: list[int]
    more: bool = False


def read_answer(body: bytes, shown: str) -> QueryAnswer:
    """The answer in ``body``.

    Not a number has no form in JSON, but some servers write it: as a text it goes on, and the door says what it is.

    Raises:
        OutsideError: It is no JSON, cut off, or has another form.
    """
    try:
        return msgspec.json.decode(body, type=QueryAnswer)
    except msgspec.ValidationError as error:
        raise _without_form(shown, what_it_is(body)) from error
    except UNREAD:
        mended = NOT_A_NUMBER.sub(lambda part: part[0] if part[0][:1] == b'"' else b'"%b"' % part[0], body)
    try:
        return msgspec.json.decode(mended, type=QueryAnswer)
    except UNREAD as error:
        raise OutsideError(
            "an answer is no JSON",
            where=shown,
            found=what_it_is(body),
            expected="features, a count, or object ids",
            hint="run again; if it stays so, open the layer's address in a browser.",
            retry=True,
        ) from error


def page_of(answer: QueryAnswer, layer: Layer, shown: str, tally: Tally, *, shapes: bool) -> Page:
    """The records of an answer.

    Args:
        answer: One that holds features.
        layer: What the layer says of itself.
        shown: What messages call it.
        tally: Counts what was left out.
        shapes: Whether the geometry was asked for.

    Raises:
        OutsideError: No features, another reference system, curves, or a record without an object id.
    """
    if answer.features is None:
        raise _without_form(shown, "no features")
    records = [bytes(one) for one in answer.features]
    if answer.type == "FeatureCollection":
        _hold_degrees(answer.crs, shown)
        lines = [on_one_line(one) for one in records]
        return Page(lines, _numbers(lines, "properties", layer, shown), answer.more)
    features: list[EsriFeature] = _each(records, EsriFeature, shown)
    numbers = _numbers(records, "attributes", layer, shown)
    how = Drawing(None)
    if shapes and layer.has_shapes and features:
        how = _drawing(answer, layer, shown)
    try:
        lines = [line(one, numbers[n] if numbers else None, how, tally) for n, one in enumerate(features)]
    except OutsideError as error:
        raise OutsideError(
            error.what, where=shown, found=error.found, expected=error.expected, hint=error.hint
        ) from error
    return Page(lines, numbers, answer.more)


def _each(parts: Sequence[bytes], form: Any, shown: str) -> list[Any]:
    reader = msgspec.json.Decoder(form)
    try:
        return [reader.decode(part) for part in parts]
    except UNREAD as error:
        raise _without_form(shown, "a record without attributes, or with an object id that is no number") from error


def _numbers(records: Sequence[bytes], holder: str, layer: Layer, shown: str) -> list[int]:
    """The object ids of records, which stand below ``holder``."""
    if layer.number is None:
        return []
    attributes = msgspec.defstruct("Attributes", [("number", int | None, None)], rename={"number": layer.number})
    form = msgspec.defstruct("Numbered", [("holder", attributes)], rename={"holder": holder})
    numbers = [one.holder.number for one in _each(records, form, shown)]
    if None in numbers:
        raise OutsideError(
            "a record has no object id",
            where=shown,
            found=f"no {layer.number}",
            expected="the field that the layer names as its object id",
            hint="ask the publisher; nothing was taken.",
        )
    return numbers


def _drawing(answer: QueryAnswer, layer: Layer, shown: str) -> Drawing:
    told = answer.spatial_reference or ({"wkid": layer.wkid} if layer.wkid is not None else None)
    how = drawing(told, has_z=bool(answer.has_z), has_m=bool(answer.has_m))
    if not how.known:
        raise _other_system(shown, f"wkid {how.wkid}" if how.wkid is not None else "no wkid")
    return how


def _hold_degrees(crs: Mapping[str, Any] | None, shown: str) -> None:
    properties = (crs or {}).get("properties")
    name = str(properties.get("name") or "") if isinstance(properties, dict) else ""
    if name and not name.casefold().endswith(("4326", "crs84")):
        raise _other_system(shown, f"crs {shortened(name)}")


def _other_system(shown: str, found: str) -> OutsideError:
    return OutsideError(
        "the server gives coordinates in another reference system than was asked for",
        where=shown,
        found=found,
        expected="longitude and latitude in degrees (4326)",
        hint="leave geometryColumn out to do without shapes; or ask the publisher for an export in EPSG:4326 "
        "and fetch that with the http connector.",
    )


def _without_form(shown: str, found: str) -> OutsideError:
    return OutsideError(
        "an answer has no form that is known",
        where=shown,
        found=found,
        expected="features, a count, or object ids",
        hint=LOOK_HINT,
    )
