"""A server that speaks Open311's GeoReport v2.

Belongs here: services and service requests, as JSON and XML, by window of time, status and service. Does not belong
here: HTTP.

What it does as the specification says: where no dates are given, the last 90 days (before the newest request, since
nothing here reads a clock); at most 1,000 requests, the newest first; errors as a list of code and description.
``page`` is an extension that many servers have and others never look at.

Source: "GeoReport v2" of wiki.open311.org; recorded answers of Toronto and Chicago among the shared data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import msgspec

from tests.portals.rows import Dataset, Values
from tests.portals.serving import Asked, Portal, Reply

MOST = 1_000
SPAN = timedelta(days=90)
REQUEST_FIELDS = (
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
)


class _Refused(Exception):
    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


class Open311Portal(Portal):
    """``/services.json|xml`` and ``/requests.json|xml`` of one jurisdiction.

    Args:
        requests: Records with the fields of GeoReport v2; ``requested_datetime`` is ISO 8601 with an offset.
        prefix: Stands between host and resources, such as ``/open311/v2``; belongs to ``url``.
        jurisdiction: Requests without this ``jurisdiction_id`` are refused.
        most: Requests in an answer.
        pages: Whether the server looks at ``page`` and ``page_size``.
        by_update: Whether it looks at ``updated_after``, as some do.
        token: Requests without it, as ``api_key`` or (as Boston's and San Francisco's servers take it) in the
            Authorization header, are refused.
    """

    def __init__(
        self,
        requests: Dataset,
        *,
        prefix: str = "",
        jurisdiction: str | None = None,
        most: int = MOST,
        pages: bool = False,
        by_update: bool = False,
        **serving: Any,
    ) -> None:
        super().__init__(**serving)
        self.requests, self.prefix, self.jurisdiction, self.most = requests, prefix.rstrip("/"), jurisdiction, most
        self.pages, self.by_update = pages, by_update

    @property
    def url(self) -> str:
        return super().url + self.prefix

    def kind(self, asked: Asked) -> str:
        return "records" if re.search(r"/requests\.(json|xml)$", asked.path) else "metadata"

    def own_error(self) -> Reply:
        return _errors(500, "The service is temporarily unavailable", "json")

    def answer(self, asked: Asked) -> Reply:
        match = re.fullmatch(r"/(services|requests)(?:/([^/.]+))?\.(json|xml)", asked.path.removeprefix(self.prefix))
        if match is None:
            return Reply(404, b"<html><body><h1>404 Not Found</h1></body></html>", "text/html")
        resource, one, form = match.groups()
        try:
            bearer = asked.headers.get("authorization", "").removeprefix("Bearer ")
            if self.token is not None and self.token not in (asked.parameter("api_key"), bearer):
                raise _Refused(403, "Missing or Invalid API Key")
            given = asked.parameter("jurisdiction_id")
            if self.jurisdiction is not None and given != self.jurisdiction:
                raise _Refused(400, f"jurisdiction_id {'provided was not found' if given else 'was not provided'}")
            records = self._services() if resource == "services" else self._found(asked, one)
        except _Refused as refused:
            return _errors(refused.status, str(refused), form)
        return _as_xml(resource, records) if form == "xml" else _as_json(records)

    def _services(self) -> list[dict[str, Any]]:
        found = {r.values["service_code"]: r.values for r in self.requests.rows if "service_code" in r.values}
        return [
            {
                "service_code": code,
                "service_name": values.get("service_name", code),
                "description": "",
                "metadata": False,
                "type": "realtime",
                "keywords": "",
                "group": values.get("agency_responsible", ""),
            }
            for code, values in sorted(found.items())
        ]

    def _found(self, asked: Asked, one: str | None) -> list[Values]:
        rows = [r.values for r in self.see(asked, self.requests).rows]
        wanted = one or asked.parameter("service_request_id")
        if wanted:
            among = set(wanted.split(","))
            found = [r for r in rows if r.get("service_request_id") in among]
            if one and not found:
                raise _Refused(404, "service_request_id provided was not found")
            return found
        rows = [r for r in rows if _has(r, asked, "service_code") and _has(r, asked, "status")]
        rows = self._in_window(asked, rows)
        rows.sort(key=lambda r: (_moment(r["requested_datetime"]), r["service_request_id"]), reverse=True)
        size = min(_count(asked, "page_size", self.most), self.most) if self.pages else self.most
        start = size * (_count(asked, "page", 1) - 1) if self.pages else 0
        return rows[start : start + size]

    def _in_window(self, asked: Asked, rows: Sequence[Values]) -> list[Values]:
        start, end = asked.parameter("start_date"), asked.parameter("end_date")
        since = asked.parameter("updated_after") if self.by_update else None
        if since:
            after = _given(since)
            return [r for r in rows if _moment(r.get("updated_datetime") or r["requested_datetime"]) >= after]
        times = [_moment(r["requested_datetime"]) for r in rows]
        if start:
            first, last = _given(start), _given(end) if end else _given(start) + SPAN
        else:
            last = _given(end) if end else max(times, default=datetime.max.replace(tzinfo=UTC))
            first = last - SPAN if times or end else datetime.min.replace(tzinfo=UTC)
        return [r for r, at in zip(rows, times, strict=True) if first <= at <= last]


def _has(record: Values, asked: Asked, name: str) -> bool:
    wanted = asked.parameter(name)
    return not wanted or record.get(name) in wanted.split(",")


def _count(asked: Asked, name: str, default: int) -> int:
    text = asked.parameter(name)
    if text is not None and (not text.isdigit() or int(text) < 1):
        raise _Refused(400, f"{name} is invalid")
    return default if text is None else int(text)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def _given(text: str) -> datetime:
    """A date of the query: the specification wants a time with its zone.

    Raises:
        _Refused: It has none.
    """
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise _Refused(400, "date format is invalid: use the w3 format, e.g. 2010-01-01T00:00:00Z") from None
    if moment.tzinfo is None:
        raise _Refused(400, "date format is invalid: use the w3 format, e.g. 2010-01-01T00:00:00Z")
    return moment.astimezone(UTC)


def _as_json(records: Iterable[Mapping[str, Any]]) -> Reply:
    numbers = ("lat", "long")
    told = [{k: msgspec.Raw(str(v).encode()) if k in numbers else v for k, v in r.items()} for r in records]
    return Reply(body=msgspec.json.encode(told))


def _as_xml(resource: str, records: Iterable[Mapping[str, Any]]) -> Reply:
    root, each = ("services", "service") if resource == "services" else ("service_requests", "request")
    document = ElementTree.Element(root)
    for record in records:
        element = ElementTree.SubElement(document, each)
        for name in record if resource == "services" else dict.fromkeys((*REQUEST_FIELDS, *record)):
            value = record.get(name)
            text = None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            ElementTree.SubElement(element, name).text = text
    return Reply(body=_xml(document), type="text/xml;charset=utf-8")


def _xml(document: ElementTree.Element) -> bytes:
    body: bytes = ElementTree.tostring(document, encoding="utf-8", xml_declaration=True)
    return body


def _errors(status: int, description: str, form: str) -> Reply:
    if form == "json":
        return Reply(status, json.dumps([{"code": status, "description": description}]).encode())
    document = ElementTree.Element("errors")
    error = ElementTree.SubElement(document, "error")
    ElementTree.SubElement(error, "code").text = str(status)
    ElementTree.SubElement(error, "description").text = description
    return Reply(status, _xml(document), "text/xml;charset=utf-8")
