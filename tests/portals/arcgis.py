"""A portal that speaks the ArcGIS REST API: FeatureServer and MapServer layers.

Belongs here: the services directory, layers' metadata, query as Esri JSON and GeoJSON, and the ways in which servers
of different ages differ. Does not belong here: HTTP, reading WHERE, shapes (``geometry``).

What it does as the real ones do: errors come with status 200; without ``f=json`` a page for people comes; dates are
milliseconds since 1970; ``objectIds`` is null where there are none; a page never holds more than ``maxRecordCount``
and says so by ``exceededTransferLimit``; GeoJSON comes in longitude and latitude unless ``outSR`` says otherwise.

Source: "Query (Feature Service/Layer)" and "Query (Map Service/Layer)" of the ArcGIS REST API, and recorded answers
of the US local governments and Esri test servers among the shared data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from tests.portals.arcgis_layer import ArcgisLayer
from tests.portals.geometry import ESRI_KINDS, WGS84, as_esri, extent, reference
from tests.portals.predicates import Grammar, Mistake, parse
from tests.portals.rows import Row, View
from tests.portals.serving import Asked, Portal, Reply

FIELD_TYPES = {
    "text": "esriFieldTypeString",
    "number": "esriFieldTypeDouble",
    "integer": "esriFieldTypeInteger",
    "timestamp": "esriFieldTypeDate",
    "date": "esriFieldTypeDate",
    "boolean": "esriFieldTypeSmallInteger",
}
PAGE = b"<html><head><title>ArcGIS REST Services Directory</title></head><body>Home</body></html>"


__all__ = ["ArcgisLayer", "ArcgisPortal"]


class _Refused(Exception):
    """The server's own error: a code and a message, with status 200."""

    def __init__(self, code: int, message: str, *details: str) -> None:
        super().__init__(message)
        self.code, self.details = code, list(details)


class ArcgisPortal(Portal):
    """Layers below ``prefix``, such as ``/arcgis``.

    Args:
        layers: What it holds.
        prefix: Stands between the host and each layer's path, and belongs to ``url``.
        longest: Bytes of a target from which on the web server in front answers 404, as IIS does at 2,048.
        token: Requests without it get "Token Required".
    """

    def __init__(
        self, layers: Iterable[ArcgisLayer], *, prefix: str = "", longest: int | None = None, **serving: Any
    ) -> None:
        super().__init__(**serving)
        self.prefix, self.longest = prefix.rstrip("/"), longest
        self.layers = {one.id.strip("/"): one for one in layers}

    @property
    def url(self) -> str:
        return super().url + self.prefix

    def kind(self, asked: Asked) -> str:
        if not asked.path.endswith("/query"):
            return "metadata"
        if asked.parameter("returnCountOnly") == "true":
            return "count"
        ids = asked.parameter("returnIdsOnly") == "true" or asked.parameter("outStatistics")
        return "ids" if ids else "records"

    def own_error(self) -> Reply:
        return _error(500, "Error performing query operation", [])

    def answer(self, asked: Asked) -> Reply:
        if self.longest is not None and len(asked.target) > self.longest:
            return Reply(404, b"<html><title>404 - File or directory not found.</title></html>", "text/html")
        form = asked.parameter("f", "html")
        if form not in ("json", "pjson", "geojson"):
            return Reply(200, PAGE, "text/html;charset=utf-8")
        try:
            if self.token is not None and _token(asked) != self.token:
                raise _Refused(498 if _token(asked) else 499, "Invalid Token" if _token(asked) else "Token Required")
            return self._answer(asked, asked.path.removeprefix(self.prefix).strip("/"), form or "json")
        except _Refused as refused:
            return _error(refused.code, str(refused), refused.details)
        except Mistake as mistake:
            return _error(400, "Unable to complete operation.", [f"'Invalid {mistake.kind}: {mistake}'"])

    def _answer(self, asked: Asked, path: str, form: str) -> Reply:
        layer = self.layers.get(path.removesuffix("/query"))
        if layer is not None:
            if not path.endswith("/query"):
                return _json(self._layer(asked, layer))
            if form == "geojson" and not layer.geojson:
                raise _Refused(400, "Output format not supported.")
            return self._query(asked, layer, form)
        inside = [one for one in self.layers.values() if one.service == path]
        if inside:
            return _json(_service(inside))
        if path.endswith("rest/services"):
            return _json(_directory(self.layers.values()))
        raise _Refused(400, "Invalid URL", "Invalid URL")

    def _layer(self, asked: Asked, layer: ArcgisLayer) -> dict[str, Any]:
        view = self.see(asked, layer)
        maps, paged = layer.service.endswith("MapServer"), layer.paging == "yes"
        formats = "JSON, geoJSON" if layer.geojson else "JSON, AMF"
        edited = {"editingInfo": {"lastEditDate": _milliseconds(layer.updated_at)}} if not maps else {}
        return {
            "currentVersion": layer.version,
            "id": layer.number,
            "name": layer.name,
            "type": "Feature Layer" if layer.shape else "Table",
            "description": layer.description,
            **({"geometryType": self._geometry_type(layer)} if layer.shape else {}),
            "copyrightText": layer.publisher,
            **edited,
            "extent": {**extent(layer.shapes(view.rows, layer.wkid)), "spatialReference": reference(layer.wkid)},
            "hasZ": False,
            "hasM": False,
            "objectIdField": layer.oid,
            "globalIdField": "",
            "displayField": next((c.name for c in view.columns if c.type == "text"), layer.oid),
            "fields": _fields(layer, view),
            "maxRecordCount": layer.most,
            "supportedQueryFormats": formats,
            "supportsStatistics": layer.statistics,
            "supportsAdvancedQueries": paged,
            **(
                {"advancedQueryCapabilities": {"supportsPagination": paged, "supportsOrderBy": paged}}
                if layer.version >= 10.1
                else {}
            ),
            "capabilities": "Map,Query,Data" if maps else "Query",
        }

    def _geometry_type(self, layer: ArcgisLayer) -> str:
        kinds = (row.values[layer.shape]["type"] for row in layer.rows if layer.shape and layer.shape in row.values)
        return ESRI_KINDS[next(kinds, "Polygon")]

    def _query(self, asked: Asked, layer: ArcgisLayer, form: str) -> Reply:
        view = self.see(asked, layer)
        rows = _chosen(asked, layer, view)
        if asked.parameter("returnCountOnly") == "true" and layer.counts:
            return _json({"count": self.count(asked, len(rows))})
        if asked.parameter("returnIdsOnly") == "true" and layer.ids:
            return _json({"objectIdFieldName": layer.oid, "objectIds": [row.number for row in rows] or None})
        if asked.parameter("outStatistics"):
            return _json(_statistics(asked, layer, view, rows))
        page, more = _page(asked, layer, rows)
        names = _out_fields(asked, layer, view)
        system = int(asked.parameter("outSR") or (WGS84 if form == "geojson" else layer.wkid))
        with_shape = layer.shape is not None and asked.parameter("returnGeometry") != "false"
        shapes = layer.shapes(page, system) if with_shape else [None for _ in page]
        attributes = [_attributes(layer, view, row, names) for row in page]
        if form == "geojson":
            return _json(_geojson(layer, page, attributes, shapes, more), "application/geo+json")
        features = [
            {"attributes": a, **({"geometry": as_esri(s)} if with_shape and s is not None else {})}
            for a, s in zip(attributes, shapes, strict=True)
        ]
        described = (
            {"geometryType": self._geometry_type(layer), "spatialReference": reference(system)} if with_shape else {}
        )
        told = {
            "objectIdFieldName": layer.oid,
            "globalIdFieldName": "",
            **described,
            "fields": [f for f in _fields(layer, view) if f["name"] in names],
            **({"exceededTransferLimit": True} if more else {}),
            "features": features,
        }
        return _json(told)


def _token(asked: Asked) -> str | None:
    """The token of a request: of the query, or of either header that servers take it from."""
    headers = (asked.headers.get(name, "") for name in ("x-esri-authorization", "authorization"))
    given = next((one.removeprefix("Bearer ") for one in headers if one.startswith("Bearer ")), None)
    return given or asked.parameter("token")


def _fields(layer: ArcgisLayer, view: View) -> list[dict[str, Any]]:
    own = {"name": layer.oid, "type": "esriFieldTypeOID", "alias": layer.oid}
    rest = [
        {
            "name": c.name,
            "type": FIELD_TYPES[c.type],
            "alias": c.title or c.name,
            **({"length": 255} if c.type == "text" else {}),
            "domain": None,
        }
        for c in view.columns
        if c.type != "geometry" and c.name != layer.oid
    ]
    edited = [{"name": layer.edited, "type": "esriFieldTypeDate", "alias": layer.edited}] if layer.edited else []
    return [own, *rest, *edited]


def _types(layer: ArcgisLayer, view: View) -> dict[str, str]:
    own = {c.name: c.type for c in view.columns if c.type != "geometry"}
    return {layer.oid: "integer", **own, **({layer.edited: "timestamp"} if layer.edited else {})}


def _values(layer: ArcgisLayer, row: Row) -> dict[str, Any]:
    edited = {layer.edited: row.updated_at.isoformat()} if layer.edited else {}
    return {**row.values, **edited, layer.oid: row.number}


def _chosen(asked: Asked, layer: ArcgisLayer, view: View) -> list[Row]:
    """The rows that the query is about, in its order: by object id where it says none."""
    where, ids = asked.parameter("where"), asked.parameter("objectIds")
    if not where and not ids:
        raise _Refused(400, "Unable to complete operation.", "Parser error: Where clause is missing.")
    types = _types(layer, view)
    grammar = Grammar(types, folds=True, prefixes=("TIMESTAMP", "DATE"), times=_time, texts_only=False)
    rows = list(view.rows)
    if where:
        holds = parse(where, grammar)
        rows = [row for row in rows if holds(_values(layer, row))]
    if ids:
        if not re.fullmatch(r"\d+(,\s*\d+)*", ids):
            raise _Refused(400, "Unable to complete operation.", "'objectIds' parameter is invalid")
        wanted = {int(one) for one in ids.split(",")}
        rows = [row for row in rows if row.number in wanted]
    rows.sort(key=lambda row: row.number)
    for part in reversed([p.strip() for p in (asked.parameter("orderByFields") or "").split(",") if p.strip()]):
        name, _, way = part.partition(" ")
        column = grammar.column(name)
        if column is None or way.strip().upper() not in ("", "ASC", "DESC"):
            raise _Refused(400, "Unable to complete operation.", "'orderByFields' parameter is invalid")
        full = [r for r in rows if _values(layer, r).get(column) is not None]
        full.sort(key=lambda r, c=column: grammar.comparable(c, _values(layer, r)[c]), reverse=way.upper() == "DESC")  # type: ignore[misc]
        rows = [*full, *(r for r in rows if _values(layer, r).get(column) is None)]
    return rows


def _page(asked: Asked, layer: ArcgisLayer, rows: Sequence[Row]) -> tuple[Sequence[Row], bool]:
    """The page that is asked for, and whether there is more."""
    offset, wanted = asked.parameter("resultOffset"), asked.parameter("resultRecordCount")
    if layer.paging == "no" and (offset or wanted):
        raise _Refused(400, "Unable to complete operation.", "Pagination is not supported.")
    if layer.paging == "silent":
        offset = wanted = None
    size = min(int(wanted or layer.most), layer.most)
    start = int(offset or 0)
    return rows[start : start + size], start + size < len(rows)


def _out_fields(asked: Asked, layer: ArcgisLayer, view: View) -> list[str]:
    types = _types(layer, view)
    wanted = asked.parameter("outFields") or layer.oid
    if wanted.strip() == "*":
        return list(types)
    folded = {name.casefold(): name for name in types}
    names = [folded.get(part.strip().casefold()) for part in wanted.split(",")]
    if None in names:
        raise _Refused(400, "Unable to complete operation.", "'Invalid field: outFields' parameter is invalid")
    return [name for name in names if name is not None]


def _attributes(layer: ArcgisLayer, view: View, row: Row, names: Sequence[str]) -> dict[str, Any]:
    types, values = _types(layer, view), _values(layer, row)
    return {name: _attribute(types[name], values.get(name)) for name in names}


def _attribute(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind in ("timestamp", "date"):
        return _milliseconds(_time(str(value)))
    if kind in ("number", "integer"):
        return msgspec.Raw(str(value).encode())
    if kind == "boolean":
        return int(str(value).casefold() == "true")
    return str(value)


def _geojson(
    layer: ArcgisLayer, rows: Sequence[Row], attributes: Sequence[Mapping[str, Any]], shapes: Sequence[Any], more: bool
) -> dict[str, Any]:
    """Hosted layers tell of more in ``properties``, servers on their own at the top."""
    hosted = layer.edited is not None
    told: Mapping[str, Any] = {"exceededTransferLimit": True}
    told = {"properties": told} if hosted else told
    return {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "EPSG:4326"}},
        **(told if more else {}),
        "features": [
            {"type": "Feature", "id": row.number, "geometry": shape, "properties": values}
            for row, values, shape in zip(rows, attributes, shapes, strict=True)
        ],
    }


def _statistics(asked: Asked, layer: ArcgisLayer, view: View, rows: Sequence[Row]) -> dict[str, Any]:
    if not layer.statistics:
        raise _Refused(400, "Invalid or missing input parameters.")
    types, found, fields = _types(layer, view), {}, []
    for one in msgspec.json.decode(asked.parameter("outStatistics") or "[]", type=list[dict[str, str]]):
        kind, of, name = one["statisticType"], one["onStatisticField"], one.get("outStatisticFieldName", "stat")
        values = [v for row in rows if (v := _values(layer, row).get(of)) is not None]
        pick = {"min": min, "max": max}.get(kind)
        result = pick(values, default=None) if pick else len(values)
        found[name] = _attribute(types.get(of, "text"), result) if pick else result
        fields.append({"name": name, "type": "esriFieldTypeDouble", "alias": name})
    return {"displayFieldName": "", "fields": fields, "features": [{"attributes": found}]}


def _service(layers: Sequence[ArcgisLayer]) -> dict[str, Any]:
    first = layers[0]
    told = [{"id": one.number, "name": one.name} for one in layers if one.shape]
    tables = [{"id": one.number, "name": one.name} for one in layers if not one.shape]
    return {
        "currentVersion": first.version,
        "serviceDescription": first.description,
        "maxRecordCount": first.most,
        "supportedQueryFormats": "JSON",
        "capabilities": "Query",
        "spatialReference": reference(first.wkid),
        "layers": told,
        "tables": tables,
    }


def _directory(layers: Iterable[ArcgisLayer]) -> dict[str, Any]:
    paths = dict.fromkeys(one.service.partition("rest/services/")[2] for one in layers)
    services = [{"name": path.rpartition("/")[0], "type": path.rpartition("/")[2]} for path in paths]
    return {"currentVersion": 10.81, "folders": [], "services": services}


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)


def _json(value: Any, kind: str = "application/json;charset=utf-8") -> Reply:
    return Reply(body=msgspec.json.encode(value), type=kind)


def _error(code: int, message: str, details: Sequence[str]) -> Reply:
    return _json({"error": {"code": code, "message": message, "details": list(details)}})
