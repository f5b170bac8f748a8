"""A portal that speaks CKAN's action API.

Belongs here: packages and resources, their files, and the datastore's pages. Does not belong here: HTTP, files in
parts (``files``).

What it does as the real one does: everything comes in an envelope with ``success``; the datastore gives 100 records
where nobody says how many and never more than 32,000; numbers come as JSON numbers with their own digits, times as
texts without a zone, a missing value as null; each record has an ``_id``; without ``sort`` the order is that of
``_id``, as Postgres happens to give it.

Source: "API guide" and "DataStore extension" (``datastore_search``) of docs.ckan.org; recorded ``package_show``
answers of demo.ckan.org among the shared data.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from tests.portals.files import ServedFile, serve
from tests.portals.predicates import Grammar
from tests.portals.rows import Dataset, Table
from tests.portals.serving import Asked, Portal, Reply

DATASTORE_TYPES = {"number": "numeric", "integer": "int4", "timestamp": "timestamp", "date": "date", "boolean": "bool"}
DEFAULT_LIMIT, MOST = 100, 32_000
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
EMPTY = Table((), ())


@dataclass
class CkanResource(Dataset):
    """A resource: a file, the datastore's records, or both. ``id`` is its UUID; ``ckan_id`` makes one from a name.

    Attributes:
        file: What its download gives: a file of the disk or bytes.
        file_name: The download's name; it ends as its format does.
        format: As the publisher wrote it: "CSV", "csv ", ".xlsx", even "Excel".
        table: Without records, the resource is not in the datastore.
        elsewhere: The download's address on another host, such as a content delivery network.
    """

    table: Table = EMPTY
    file: Path | bytes | None = None
    file_name: str = "data.csv"
    format: str = "CSV"
    elsewhere: str | None = None

    @property
    def in_datastore(self) -> bool:
        """Whether the datastore has its records."""
        return bool(self.table.columns)


@dataclass
class CkanPackage:
    """A package: its name in addresses, and its resources."""

    name: str
    title: str
    resources: list[CkanResource] = field(default_factory=list)
    notes: str = ""
    organization: str = ""
    license_title: str = "Creative Commons Attribution"
    frequency: str = ""


def ckan_id(name: str) -> str:
    """A UUID that is always the same for a name."""
    return str(uuid.uuid5(NAMESPACE, name))


class _Refused(Exception):
    def __init__(self, status: int, kind: str, message: str | Mapping[str, Sequence[str]]) -> None:
        super().__init__(str(message))
        told: Mapping[str, Any] = {"message": message} if isinstance(message, str) else message
        self.status, self.error = status, {**told, "__type": kind}


class CkanPortal(Portal):
    """Packages under ``/api/3/action``, their files under ``/dataset/<package>/resource/<id>/download/<name>``.

    Args:
        packages: What it holds.
        token: Requests whose ``Authorization`` is another one are refused.
    """

    def __init__(self, packages: Iterable[CkanPackage], **serving: Any) -> None:
        super().__init__(**serving)
        self.packages = {one.name: one for one in packages}

    def kind(self, asked: Asked) -> str:
        if "/download/" in asked.path:
            return "file"
        if not asked.path.endswith("/datastore_search"):
            return "metadata"
        return "count" if asked.parameter("limit") in ("0", "1") else "records"

    def own_error(self) -> Reply:
        return _envelope(500, "", error={"message": "Internal Server Error", "__type": "Internal Server Error"})

    def answer(self, asked: Asked) -> Reply:
        if "/download/" in asked.path:
            return self._download(asked)
        action = re.fullmatch(r"/api/(?:3/)?action/(\w+)", asked.path)
        name = action[1] if action else ""
        actions: Mapping[str, Callable[[Asked], Any]] = {
            "package_show": self._package_show,
            "resource_show": self._resource_show,
            "datastore_search": self._datastore_search,
            "package_list": lambda _asked: sorted(self.packages),
            "status_show": lambda _asked: {"ckan_version": "2.10.4", "site_url": self.url},
        }
        if name not in actions:
            return Reply(400, b'"Bad request - Action name not known: ' + name.encode() + b'"')
        try:
            if self.token is not None and asked.headers.get("authorization") != self.token:
                raise _Refused(403, "Authorization Error", "Access denied")
            return _envelope(200, self._help(name), result=actions[name](asked))
        except _Refused as refused:
            return _envelope(refused.status, self._help(name), error=refused.error)

    def _help(self, action: str) -> str:
        return f"{self.url}/api/3/action/help_show?name={action}"

    def _find(self, wanted: str | None) -> tuple[CkanPackage, CkanResource]:
        for package in self.packages.values():
            for resource in package.resources:
                if resource.id == wanted:
                    return package, resource
        raise _Refused(404, "Not Found Error", f'Not found: Resource "{wanted}" was not found.')

    def _package_show(self, asked: Asked) -> dict[str, Any]:
        wanted = asked.parameter("id")
        if not wanted:
            raise _Refused(409, "Validation Error", {"name_or_id": ["Missing value"]})
        for package in self.packages.values():
            if wanted in (package.name, ckan_id(package.name)):
                return self._package(package)
        raise _Refused(404, "Not Found Error", "Not found")

    def _package(self, package: CkanPackage) -> dict[str, Any]:
        changed = max((r.updated_at for r in package.resources), default=None)
        return {
            "id": ckan_id(package.name),
            "name": package.name,
            "title": package.title,
            "notes": package.notes,
            "license_title": package.license_title,
            "organization": {"title": package.organization, "name": package.organization.casefold()},
            "metadata_modified": changed.strftime("%Y-%m-%dT%H:%M:%S.%f") if changed else None,
            "state": "active",
            "type": "dataset",
            "num_resources": len(package.resources),
            "extras": [{"key": "frequency", "value": package.frequency}] if package.frequency else [],
            "resources": [self._resource(package, one, place) for place, one in enumerate(package.resources)],
        }

    def _resource(self, package: CkanPackage, resource: CkanResource, place: int) -> dict[str, Any]:
        own = f"{self.url}/dataset/{ckan_id(package.name)}/resource/{resource.id}/download/{resource.file_name}"
        changed = resource.updated_at.strftime("%Y-%m-%dT%H:%M:%S.%f")
        return {
            "id": resource.id,
            "package_id": ckan_id(package.name),
            "name": resource.name,
            "description": resource.description,
            "format": resource.format,
            "url": resource.elsewhere or own,
            "url_type": None if resource.elsewhere else "upload",
            "datastore_active": resource.in_datastore,
            "created": changed,
            "last_modified": changed,
            "hash": "",
            "size": None,
            "mimetype": None,
            "position": place,
            "state": "active",
        }

    def _resource_show(self, asked: Asked) -> dict[str, Any]:
        package, resource = self._find(asked.parameter("id"))
        return self._resource(package, resource, package.resources.index(resource))

    def _download(self, asked: Asked) -> Reply:
        parts = asked.path.strip("/").split("/")
        try:
            _, resource = self._find(parts[parts.index("resource") + 1])
        except (_Refused, ValueError):
            return Reply(404, b"<html><body><h1>404 Not Found</h1></body></html>", "text/html")
        if resource.file is None or parts[-1] != resource.file_name:
            return Reply(404, b"<html><body><h1>404 Not Found</h1></body></html>", "text/html")
        return serve(asked, ServedFile.of(resource.file, resource.file_name, resource.updated_at))

    def _datastore_search(self, asked: Asked) -> dict[str, Any]:
        _, resource = self._find(asked.parameter("resource_id"))
        if not resource.in_datastore:
            raise _Refused(404, "Not Found Error", f'Not found: Resource "{resource.id}" was not found.')
        view = self.see(asked, resource)
        limit, offset = min(_number(asked, "limit", DEFAULT_LIMIT), MOST), _number(asked, "offset", 0)
        types = {"_id": "integer", **{c.name: c.type for c in view.columns}}
        rows = _sorted(asked, types, [{"_id": str(r.number), **r.values} for r in view.rows])
        wanted = [n.strip() for n in (asked.parameter("fields") or "").split(",") if n.strip()] or list(types)
        strange = [n for n in wanted if n not in types]
        if strange:
            raise _Refused(409, "Validation Error", {"fields": [f'field "{n}" not in table' for n in strange]})
        page = rows[offset : offset + limit]
        path = f"/api/3/action/datastore_search?resource_id={resource.id}&limit={limit}"
        counted = asked.parameter("include_total", "true") != "false"
        return {
            "include_total": counted,
            "limit": limit,
            **({"offset": offset} if offset else {}),
            "records_format": "objects",
            "resource_id": resource.id,
            "total_estimation_threshold": None,
            "records": [{n: _value(types[n], row.get(n)) for n in wanted} for row in page],
            "fields": [{"id": n, "type": _datastore_type(n, types[n])} for n in wanted],
            "_links": {"start": path, "next": f"{path}&offset={offset + limit}"},
            **({"total": self.count(asked, len(rows)), "total_was_estimated": False} if counted else {}),
        }


def _datastore_type(name: str, kind: str) -> str:
    return "int" if name == "_id" else DATASTORE_TYPES.get(kind, "text")


def _number(asked: Asked, name: str, default: int) -> int:
    text = asked.parameter(name)
    if text is not None and not text.isdigit():
        raise _Refused(409, "Validation Error", {name: ["Invalid integer"]})
    return default if text is None else int(text)


def _sorted(asked: Asked, types: Mapping[str, str], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    grammar = Grammar(types)
    for part in reversed([p.strip() for p in (asked.parameter("sort") or "").split(",") if p.strip()]):
        name, _, way = part.partition(" ")
        name = name.strip('"')
        if name not in types or way.strip().lower() not in ("", "asc", "desc"):
            raise _Refused(409, "Validation Error", {"sort": [f'field "{name}" not in table']})
        full = [r for r in rows if r.get(name) is not None]
        full.sort(key=lambda r, n=name: grammar.comparable(n, r[n]), reverse=way.strip().lower() == "desc")  # type: ignore[misc]
        rows = [*full, *(r for r in rows if r.get(name) is None)]
    return rows


def _value(kind: str, value: Any) -> Any:
    if value is None or kind == "geometry":
        return value
    if kind in ("number", "integer"):
        return msgspec.Raw(str(value).encode())
    if kind == "boolean":
        return str(value).casefold() == "true"
    return str(value)


def _envelope(status: int, help_url: str, **content: Any) -> Reply:
    told = {"help": help_url, "success": status == 200, **content}
    return Reply(status, msgspec.json.encode(told))
