"""The ArcGIS connector: the records of one layer or table of a FeatureServer or MapServer, as lines of GeoJSON.

Belongs here: what a layer's address is, and what the contract's settings ask for. Does not belong here: Esri's forms,
and the ways to all records (``esri``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from contracts.errors import InputError, OutsideError
from contracts.model import Server
from contracts.vocabulary import nearest
from orchestration.ingest.delivery import Described, Errand, Fetched, Location, Recognised, Unchanged
from orchestration.ingest.web.portals import portal_address

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.ingest.esri.layer import Layer
    from orchestration.ingest.esri.server import LayerAt

EDITED, FIELDS = "edited", "fields"
"""Marks: when the layer says that it was last edited, and a hash of its fields."""
PAGE = 1_000
SAMPLE = 100
DAY_OF_DOUBT = timedelta(days=1)
"""How far a server's clock may be from UTC where it reads times in a zone of its own."""

_LAYER = re.compile(r"(?P<base>.*?/)?(?P<layer>(?:rest/services/)?.+/(?:Feature|Map)Server(?:/\d+)?)/?", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?P<base>.*?)/(?P<layer>rest/services/.+?/(?:Feature|Map)Server(?:/\d+)?)(?:/query)?/?\Z", re.IGNORECASE
)


def recognise(url: str) -> Recognised | None:
    """A layer's address, or a query of it: ``.../rest/services/<folder>/<service>/FeatureServer/<n>``."""
    parts = urlsplit(url)
    found = _ADDRESS.match(parts.path)
    if parts.scheme not in ("http", "https") or not parts.hostname or found is None:
        return None
    settings: dict[str, Any] = {"layer": unquote(found["layer"])}
    where = parse_qs(parts.query).get("where", [""])[0].strip()
    if where and where.replace(" ", "") not in ("1=1", "1>0"):
        settings["filter"] = where
    authority = parts.netloc.rpartition("@")[2]
    return Recognised("arcgis", f"{parts.scheme}://{authority}{found['base']}", settings)


def locate(server: Server, folder: Path, portals: Mapping[str, str]) -> Location:  # noqa: ARG001 - connectors are called alike
    """The address of the layer.

    Raises:
        InputError: The portal has no address, or ``layer`` is not a layer's address below it.
    """
    layer = str(server.settings.get("layer") or "").strip("/")
    if "://" in layer or "?" in layer or ".." in layer.split("/") or _LAYER.fullmatch(layer) is None:
        raise InputError(
            "a layer's address is not one",
            where=str(server.place),
            found=layer or "nothing",
            expected="the part behind the portal's address, such as rest/services/Requests/FeatureServer/0",
        )
    url = f"{portal_address(server, portals)}/{quote(layer, safe='/')}"
    shown = urlsplit(url)
    return Location(
        shown=shown._replace(netloc=shown.netloc.rpartition("@")[2], query="", fragment="").geturl(), url=url
    )


def still(errand: Errand) -> bool:
    """Whether the layer says that it was not edited since."""
    return bool(errand.marks) and _marks(_at(errand).describe()) == dict(errand.marks)


def bring(errand: Errand) -> Fetched | Unchanged:
    """All records, or those whose time of change is at or behind the cursor.

    Raises:
        OutsideError: The layer can't be read, whole.
        InputError: There is no such layer, or no such field.
    """
    from orchestration.ingest.esri.reading import Changed, Reading
    from orchestration.ingest.esri.server import LONGEST_WHERE, query_size
    from orchestration.ingest.esri.ways import read_all
    from orchestration.ingest.web.pages import open_pages

    at = _at(errand)
    layer = at.describe()
    marks = _marks(layer)
    if marks and marks == dict(errand.marks):
        return Unchanged(marks)
    where = _where(errand, layer)
    if query_size([("where", where)]) > LONGEST_WHERE:
        raise InputError(
            "a filter is too long for an address",
            where=str(errand.server.place),
            found=f"{len(where):,} characters",
            expected=f"at most some {LONGEST_WHERE:,} as it stands in an address",
            hint="ask for more, and leave records out in the staging model.",
        )
    newest = _Newest(errand.server.settings.get("increment"), errand.cursor)
    size = min(int(errand.server.settings.get("pageSize") or PAGE), layer.most or PAGE)
    for by_ids in (False, True):
        count = at.count(where)
        asked = {"address": errand.location.shown, "where": where, "count": count, "edited": layer.edited}
        asked["shapes"] = shapes = bool(errand.server.settings.get("geometryColumn"))
        with open_pages(errand.unfinished, asked, errand.now, errand.caps) as pages:
            newest.go_on(pages.state)
            reading = Reading(at, layer, where, count, shapes, pages, errand.tell, size, newest.watch)
            try:
                read_all(reading, by_ids=by_ids)
            except Changed:
                errand.tell(f"{at.shown} changed while it was read: reading it again, by its object ids")
                pages.abandon()
                newest = _Newest(newest.field, errand.cursor)
                layer = at.describe()
                marks = _marks(layer)
                continue
            _tell_what_was_left(errand, at)
            if not pages.records and errand.cursor is not None:
                pages.abandon()
                return Unchanged(marks)
            asked_for = pages.pages
            path, sha256, length = pages.finish(errand.folder, errand.caps)
        return Fetched(
            path,
            sha256,
            length,
            marks=marks,
            whole=errand.cursor is None,
            cursor=newest.cursor,
            declared=reading.declared,
            pages=asked_for,
        )
    raise OutsideError(
        "a layer changed while it was read, twice",
        where=at.shown,
        found="another number of records, or another time of the last edit, after reading than before",
        expected="a layer that stands still for as long as it is read",
        hint="run again at a quieter hour; a larger pageSize is quicker.",
        retry=True,
    )


def describe(errand: Errand) -> Described:
    """What the layer says of itself, with some records.

    Raises:
        OutsideError: It can't be asked.
        InputError: There is no such layer.
    """
    from orchestration.ingest.esri.description import described_columns, plain

    at = _at(errand)
    layer = at.describe()
    settings = {**errand.server.settings, "layer": str(errand.server.settings["layer"]).strip("/")}
    columns, shape = described_columns(layer)
    if shape is not None:
        settings["geometryColumn"] = shape
    for word in ("connector", "portal", "format"):
        settings.pop(word, None)
    return Described(
        settings=settings,
        title=plain(layer.told.get("name")),
        description=plain(layer.told.get("description")),
        licence=plain(layer.told.get("copyrightText")),
        columns=columns,
        records=at.count(_filter(errand)),
        updated_at=_instant(int(layer.edited)).isoformat() if layer.edited is not None else None,
        sample=_sample(errand, at, layer),
    )


# what is asked for --------------------------------------------------------------------------


def _at(errand: Errand) -> LayerAt:
    from orchestration.ingest.esri.server import LayerAt

    reference = errand.server.settings.get("credential")
    headers = {"X-Esri-Authorization": f"Bearer {errand.secret(str(reference))}"} if reference else {}
    return LayerAt(errand.web(), errand.location.url, errand.location.shown, headers)


def _marks(layer: Layer) -> dict[str, str]:
    """Signs that nothing changed; none where the layer does not say when it was edited."""
    return {EDITED: layer.edited, FIELDS: layer.form} if layer.edited is not None else {}


def _filter(errand: Errand) -> str:
    return str(errand.server.settings.get("filter") or "1=1")


def _where(errand: Errand, layer: Layer) -> str:
    """The filter, and what is newer than the cursor."""
    from orchestration.ingest.esri.server import both

    name = errand.server.settings.get("increment")
    if name is None:
        return _filter(errand)
    dated = {str(one["name"]) for one in layer.fields if one.get("type") == "esriFieldTypeDate" and one.get("name")}
    if name not in dated:
        raise InputError(
            "a source's increment is no date field of the layer",
            where=str(errand.server.place),
            found=str(name),
            expected=nearest(str(name), sorted(dated))
            or f"one of {', '.join(sorted(dated)) or 'its date fields: it has none'}",
        )
    if errand.cursor is None:
        return _filter(errand)
    since = _instant(int(errand.cursor))
    reference = layer.told.get("dateFieldsTimeReference")
    zone = reference.get("timeZone") if isinstance(reference, dict) else None
    if zone not in (None, "", "UTC"):
        since -= DAY_OF_DOUBT
    newer = f"{name} >= TIMESTAMP '{since:%Y-%m-%d %H:%M:%S}'"
    return both(str(errand.server.settings.get("filter") or ""), newer)


def _instant(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


@dataclass
class _Newest:
    """The newest time of change among the records that came; it goes on with the journal."""

    field: str | None
    cursor: str | None

    def go_on(self, state: Mapping[str, Any]) -> None:
        """Take up what an earlier process saw."""
        if self.field is not None and state.get("newest") is not None:
            self.cursor = str(state["newest"])

    def watch(self, lines: Sequence[bytes]) -> Mapping[str, Any]:
        """Look at a page."""
        if self.field is None:
            return {}
        import msgspec

        form = msgspec.defstruct("Dated", [("at", int | None, None)], rename={"at": self.field})
        reader: Any = msgspec.json.Decoder(msgspec.defstruct("Line", [("properties", form)]))
        try:
            seen = [reader.decode(line).properties.at for line in lines]
        except msgspec.ValidationError as error:
            raise OutsideError(
                "a time of change is no whole number of milliseconds",
                where=f"field {self.field}",
                expected="a date field as ArcGIS writes it",
                hint="leave increment out: then everything is read each time.",
            ) from error
        known = [at for at in seen if at is not None] + ([int(self.cursor)] if self.cursor is not None else [])
        self.cursor = str(max(known)) if known else None
        return {"newest": self.cursor}


def _tell_what_was_left(errand: Errand, at: LayerAt) -> None:
    if at.tally.measures:
        errand.tell(f"{at.tally.measures:,} shapes of {at.shown} had measures (M), which GeoJSON does not keep")
    if at.tally.empty:
        errand.tell(f"{at.tally.empty:,} records of {at.shown} have an empty shape: no value")


def _sample(errand: Errand, at: LayerAt, layer: Layer) -> tuple[Mapping[str, Any], ...]:
    """The first records, as they are sent, without shapes."""
    from orchestration.ingest.esri.answer import ServerSaid, raise_said

    query = [("where", _filter(errand))]
    paged = [("resultOffset", "0"), ("resultRecordCount", str(SAMPLE))] if layer.paged else []
    try:
        page = at.page(layer, [*query, *paged], geojson=False, shapes=False)
    except ServerSaid as error:
        raise_said(error, at.shown)
    return tuple(record for record in map(_properties, page.lines[:SAMPLE]) if record)


def _properties(line: bytes) -> dict[str, Any]:
    """A record's values; none where it can't be read, which a draft can do without."""
    try:
        values = json.loads(line)["properties"]
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
