"""A portal that speaks Socrata's SODA 2.1.

Belongs here: resources as JSON and CSV with a small part of SoQL, views' metadata, errors in Socrata's form. Does not
belong here: HTTP (``serving``), reading WHERE (``predicates``).

What it does as the real one does, each time from the vendor's pages or a recorded answer: numbers are texts; a value
that is missing is a missing key; without ``$order`` the order differs from request to request; without ``$limit`` a
page has 1,000 records; an argument that nobody knows is an error; ``:@computed_region_*`` come only where neither
``$select`` nor ``$order`` is given; a new record's ``:id`` may sort anywhere.

Source: "System Fields", "Paging through Data", "Response Codes & Headers" and "Queries using SODA" of
dev.socrata.com; recorded answers of NYC Open Data and of the Seattle Police Department's 911 responses.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from tests.portals.exchange import Asked, Reply
from tests.portals.predicates import Mistake
from tests.portals.rows import Column, Dataset, Row, View
from tests.portals.serving import Portal, http_date
from tests.portals.soql import AGGREGATE, SYSTEM, Query, aggregate, grammar_of, read_query

VIEW_TYPES = {"timestamp": "calendar_date", "date": "calendar_date", "boolean": "checkbox", "integer": "number"}
SODA_TYPES = {"timestamp": "floating_timestamp", "date": "floating_timestamp", "integer": "number"}
ARGUMENTS = ("$select", "$where", "$order", "$limit", "$offset", "$$app_token", "$query")


class SocrataDataset(Dataset):
    """A data set of a Socrata portal; ``id`` is its four-by-four."""


class SocrataPortal(Portal):
    """Data sets under ``/resource/<id>.json`` and ``.csv``, their metadata under ``/api/views/<id>.json``.

    Args:
        datasets: What it holds.
        token: The only app token it knows; requests with another one, or without, are refused.
    """

    def __init__(self, datasets: Iterable[SocrataDataset], **serving: Any) -> None:
        super().__init__(**serving)
        self.datasets = {one.id: one for one in datasets}
        self._sorted: dict[tuple[Any, ...], Sequence[Mapping[str, Any]]] = {}

    def kind(self, asked: Asked) -> str:
        if asked.path.startswith("/api/views"):
            return "metadata"
        if not asked.path.startswith("/resource/"):
            return "other"
        return "count" if AGGREGATE.search(asked.parameter("$select") or "") else "records"

    def own_error(self) -> Reply:
        return _error(500, "internal", "An unknown error occurred. Please try again later.")

    def answer(self, asked: Asked) -> Reply:
        given = asked.headers.get("x-app-token") or asked.parameter("$$app_token")
        if self.token is not None and given != self.token:
            return _error(403, "permission_denied", "Invalid app_token specified")
        if match := re.fullmatch(r"/api/views/([^/.]+)(?:\.json)?", asked.path):
            dataset = self.datasets.get(match[1])
            if dataset is None:
                return _error(404, "not_found", f"Cannot find view with id {match[1]}")
            return Reply(body=_json(self._metadata(asked, dataset)))
        match = re.fullmatch(r"/resource/([^/.]+)(?:\.(json|csv))?", asked.path)
        if match is None:
            return _error(404, "not_found", "No service found for this URL.")
        dataset = self.datasets.get(match[1])
        if dataset is None:
            return _error(404, "dataset.missing", "Not found", {"id": match[1]})
        try:
            return self._resource(asked, dataset, match[2] or "json")
        except Mistake as mistake:
            return _soql_error(mistake, asked)

    def _resource(self, asked: Asked, dataset: Dataset, form: str) -> Reply:
        unknown = [k for k, _ in asked.query if k.startswith("$") and k not in ARGUMENTS]
        if unknown or asked.parameter("$query"):
            return _error(400, "query.compiler.malformed", f"Unrecognized arguments [{', '.join(unknown) or '$query'}]")
        view = self.see(asked, dataset)
        plain = {c.name: c.type for c in view.columns}
        grammar = grammar_of(view)
        query = read_query(asked, view, grammar)
        rows = self._select(dataset, view, query, asked)
        types = {n: SODA_TYPES.get(t := plain.get(n, ""), t) or SYSTEM.get(n, "text") for n in query.names}
        if query.aggregates:
            found = {
                alias: aggregate(name, of, rows, self.count(asked, len(rows)), grammar)
                for name, of, alias in query.aggregates
            }
            records = [{k: v for k, v in found.items() if v is not None}]
            types = dict.fromkeys(found, "number")
        else:
            page = rows[query.offset : query.offset + query.limit]
            records = [{n: row[n] for n in query.names if row.get(n) is not None} for row in page]
        body, kind = _as_csv(query.names or tuple(types), records) if form == "csv" else _as_json(records)
        headers = self._headers(dataset, types, body)
        return Reply(200, body, kind, headers, chunked=True)

    def _headers(self, dataset: Dataset, types: Mapping[str, str], body: bytes) -> dict[str, str]:
        changed = http_date(dataset.updated_at)
        shown = {k: v for k, v in types.items() if k not in SYSTEM}
        return {
            "etag": f'"{hashlib.sha256(body).hexdigest()[:40]}"',
            "last-modified": changed,
            "x-soda2-fields": json.dumps(list(shown), separators=(",", ":")),
            "x-soda2-types": json.dumps(list(shown.values()), separators=(",", ":")),
            "x-soda2-data-out-of-date": "false",
            "x-soda2-truth-last-modified": changed,
            "x-soda2-secondary-last-modified": changed,
            "access-control-allow-origin": "*",
            "x-socrata-requestid": hashlib.sha256(f"{len(self.asked)}".encode()).hexdigest()[:32],
        }

    def _select(self, dataset: Dataset, view: View, query: Query, asked: Asked) -> Sequence[Mapping[str, Any]]:
        """The records that satisfy the query, in its order."""
        columns = tuple(c.name for c in view.columns)
        key = (dataset.id, dataset.changes, columns, asked.parameter("$where"), query.order)
        if query.order and key in self._sorted:
            return self._sorted[key]
        grammar = grammar_of(view)
        rows = [row for r in view.rows if query.where(row := _with_marks(dataset, r))]
        if not query.order:
            random.Random(f"{asked.target} {len(self.asked)}").shuffle(rows)  # nothing is promised, so nothing is kept
            return rows
        for name, down in reversed(query.order):
            full = [r for r in rows if r.get(name) is not None]
            full.sort(key=lambda row, n=name: grammar.comparable(n, row[n]), reverse=down)  # type: ignore[misc]
            none = [r for r in rows if r.get(name) is None]
            rows = [*none, *full] if down else [*full, *none]
        if len(self._sorted) > 20:
            self._sorted.clear()
        self._sorted[key] = rows
        return rows

    def _metadata(self, asked: Asked, dataset: Dataset) -> dict[str, Any]:
        """A view as ``/api/views`` tells it."""
        view, changed = self.see(asked, dataset), int(dataset.updated_at.timestamp())
        columns = [_column(c, place, view) for place, c in enumerate(view.columns, 1)]
        custom = {"Update": {"Update Frequency": dataset.frequency}} if dataset.frequency else {}
        key = next((c["id"] for c in columns if c["fieldName"] == dataset.key), None)
        return {
            "id": dataset.id,
            "name": dataset.name,
            "assetType": "dataset",
            "attribution": dataset.publisher,
            "createdAt": changed - 86_400 * 400,
            "description": dataset.description,
            "displayType": "table",
            "licenseId": "PUBLIC_DOMAIN",
            "newBackend": True,
            "publicationDate": changed - 86_400 * 30,
            "publicationStage": "published",
            **({"rowIdentifierColumnId": key} if key else {}),
            "rowsUpdatedAt": changed,
            "state": "normal",
            "viewLastModified": changed,
            "viewType": "tabular",
            "columns": columns,
            "license": {"name": dataset.licence or "Public Domain"},
            "metadata": {"custom_fields": custom, "availableDisplayTypes": ["table", "fatrow", "page"]},
            "owner": {"displayName": dataset.publisher or "Open Data"},
            "tags": [],
        }


def _column(column: Column, place: int, view: View) -> dict[str, Any]:
    values = [v for r in view.rows if (v := r.values.get(column.name)) is not None]
    number = int(hashlib.sha256(column.name.encode()).hexdigest()[:8], 16)
    kind = _shape(values) if column.type == "geometry" else VIEW_TYPES.get(column.type, column.type)
    return {
        "id": number,
        "name": column.title or column.name,
        "dataTypeName": kind,
        "description": column.description,
        "fieldName": column.name,
        "position": place,
        "renderTypeName": kind,
        "tableColumnId": number // 2,
        "cachedContents": {"non_null": str(len(values)), "null": str(len(view.rows) - len(values))},
        "format": {},
    }


def _shape(values: Sequence[Any]) -> str:
    return str(values[0]["type"]).lower() if values else "point"


def _with_marks(dataset: Dataset, row: Row) -> dict[str, Any]:
    """A record with its system fields."""
    return {**row.values, **_marks(dataset.id, row.number, row.created_at, row.updated_at)}


@lru_cache(maxsize=200_000)
def _marks(dataset: str, number: int, created_at: datetime, updated_at: datetime) -> dict[str, str]:
    digest = hashlib.sha256(f"{dataset} {number}".encode()).hexdigest()
    version = hashlib.sha256(f"{digest} {updated_at}".encode()).hexdigest()
    return {
        ":id": f"row-{digest[:4]}.{digest[4:8]}~{digest[8:12]}",
        ":version": f"rv-{version[:4]}.{version[4:8]}~{version[8:12]}",
        ":created_at": _stamp(created_at),
        ":updated_at": _stamp(updated_at),
    }


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _as_json(records: Sequence[Mapping[str, Any]]) -> tuple[bytes, str]:
    lines = (json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in records)
    return ("[" + "\n,".join(lines) + "]\n").encode(), "application/json;charset=utf-8"


def _as_csv(names: Sequence[str], records: Sequence[Mapping[str, Any]]) -> tuple[bytes, str]:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(record.get(n)) for n in names] for record in records)
    return out.getvalue().encode(), "text/csv;charset=utf-8"


def _cell(value: Any) -> str:
    if isinstance(value, dict) and value.get("type") == "Point":
        return f"POINT ({value['coordinates'][0]} {value['coordinates'][1]})"
    return "" if value is None else json.dumps(value) if isinstance(value, dict | bool) else str(value)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _error(status: int, code: str, message: str, data: Mapping[str, Any] | None = None) -> Reply:
    told = {"code": code, "error": True, "message": message, **({"data": data} if data else {})}
    return Reply(status, _json(told))


def _soql_error(mistake: Mistake, asked: Asked) -> Reply:
    """A mistake in a query, as the query coordinator tells it."""
    clause = next((v for k, v in asked.query if k in ("$where", "$select", "$order")), "")
    place = f'position: Map(row -> 1, column -> {mistake.at + 1}, line -> "{clause}")'
    if mistake.kind == "malformed":
        message = f'Could not parse SoQL query "{clause}" at line 1 character {mistake.at + 1}: {mistake.message}'
        return _error(400, "query.compiler.malformed", message, {"query": clause})
    code = f"query.soql.{mistake.kind}"
    told = {
        "message": f"Query coordinator error: {code}; {mistake.message}; {place}",
        "errorCode": code,
        "data": {"column": mistake.message.rpartition(" ")[2], "position": {"row": 1, "column": mistake.at + 1}},
    }
    return Reply(400, _json(told))
