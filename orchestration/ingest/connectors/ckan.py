"""The CKAN connector: a resource's file, or its records from the datastore page by page.

Belongs here: which file or pages are asked for, when all came, what tells that nothing changed. Does not belong here:
requests and errors (``ckan.portal``), descriptions (``ckan.described``), what a file holds (``readers``).

Pages of the datastore go by offset in the order of ``_id``, which only grows: it has no way to ask for what lies behind
a record but SQL, which most portals switch off. So each page must begin behind the last one's end, and the number of
records and the greatest ``_id`` are asked before and after; records that moved while they were read are read once
more, then given up. ``_id`` is taken off each record again where the contract has no such column.

Source: CKAN 2.11 documentation, "DataStore extension" (datastore_search), "FileStore and file uploads".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from contracts import kept
from contracts.errors import InputError, OutsideError
from contracts.model import Server
from orchestration.ingest.ckan.described import DATASTORE, NOT_COLUMNS, describe_resource
from orchestration.ingest.ckan.portal import RECORDS, CkanPortal, is_id
from orchestration.ingest.delivery import Described, Errand, Fetched, Location, Recognised, Unchanged
from orchestration.ingest.web.addresses import printable
from orchestration.ingest.web.file import bring_file, is_unchanged
from orchestration.ingest.web.pages import Pages, open_pages
from orchestration.ingest.web.portals import portal_address
from orchestration.ingest.web.records import all_without, split

PAGE = 10_000
ROW = "_id"
TOLD = ("url", "last_modified", "hash", "size", "metadata_modified")
"""What a resource says of itself that changes with its file; kept as marks with this prefix."""
PREFIX = "resource."

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NAME = "[A-Za-z0-9_-]{2,200}"
_PAGE = re.compile(
    rf"(?P<base>(?:/[^/]+)*?)(?:/[a-z]{{2}}(?:_[A-Za-z]{{2,4}})?)?/dataset/(?P<package>{_NAME})(?P<rest>/.*)?"
)
_RESOURCE = re.compile(rf"/(?:resource|archivo)/({_UUID})(?:/.*)?")
_ACTION = re.compile(r"(?P<base>(?:/[^/]+)*?)/api/(?:3/)?action/(package_show|resource_show|datastore_search)/?")
_DUMP = re.compile(rf"(?P<base>(?:/[^/]+)*?)/datastore/dump/(?P<resource>{_UUID})/?")


def recognise(url: str) -> Recognised | None:
    """The resource or package that an address of a CKAN portal names: its page, its file, its API."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    base, settings = _named(parts.path, parts.query)
    if not settings or "explore" in base.split("/"):
        return None
    root = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], base, "", ""))
    return Recognised("ckan", root, settings)


def _named(path: str, query: str) -> tuple[str, Mapping[str, str]]:
    """What an address names: the portal's own path, and settings; none where it is no address of CKAN's."""
    if found := _DUMP.fullmatch(path):
        return found["base"], {"resource": found["resource"].lower(), "way": DATASTORE}
    if found := _ACTION.fullmatch(path):
        named = parse_qs(query)
        wanted = (named.get("resource_id") or named.get("id") or [""])[0]
        if not wanted:
            return "", {}
        if found[2] == "package_show":
            return found["base"], {"package": wanted}
        return found["base"], {"resource": wanted, **({"way": DATASTORE} if found[2] == "datastore_search" else {})}
    if found := _PAGE.fullmatch(path):
        resource = _RESOURCE.fullmatch(found["rest"] or "")
        if resource is not None:
            return found["base"], {"package": found["package"], "resource": resource[1].lower()}
        return (found["base"], {"package": found["package"]}) if found["package"] not in ("new", "groups") else ("", {})
    return "", {}


def locate(server: Server, folder: Path, portals: Mapping[str, str]) -> Location:  # noqa: ARG001
    """Where the portal shows the resource.

    Raises:
        InputError: The portal has no address.
    """
    base = portal_address(server, portals)
    resource, package = _names(server)
    if package is not None:
        path = f"dataset/{quote(package)}" + (f"/resource/{quote(resource)}" if resource else "")
    else:
        path = f"datastore/dump/{resource}" if _is_paged(server) else f"api/3/action/resource_show/{resource}"
    return Location(shown=printable(f"{base}/{path}"), url=base)


def still(errand: Errand) -> bool:
    """Whether the portal, or the server of a linked file, says that the file is as it was.

    Of an uploaded file the portal knows when it changed: one question. Of a link it knows nothing, so that the
    file's own server is asked too. Of the datastore's records nothing tells.

    Raises:
        OutsideError: It can't be asked.
    """
    if _is_paged(errand.server) or not errand.marks:
        return False
    portal = _portal(errand)
    try:
        resource = portal.resource(*_wanted(errand.server))
    except InputError:
        return False  # bringing it says so
    if not _is_told(errand, resource):
        return False
    location, headers = _file(portal, resource)
    return _knows(resource) or is_unchanged(errand, location, headers)


def bring(errand: Errand) -> Fetched | Unchanged:
    """Bring the resource's file, or its records from the datastore.

    Raises:
        OutsideError: It can't be read, whole.
        InputError: The portal does not know what the contract asks for.
    """
    portal = _portal(errand)
    if _is_paged(errand.server):
        resource, package = _wanted(errand.server)
        found = resource if is_id(resource) else str(portal.resource(resource, package)["id"])
        return _bring_records(errand, portal, found)
    resource_told = portal.resource(*_wanted(errand.server))
    told = _told(resource_told)
    if _is_told(errand, resource_told) and _knows(resource_told):
        return Unchanged(errand.marks)
    location, headers = _file(portal, resource_told)
    # Validators of another address mean nothing to this one.
    same = errand.marks.get(f"{PREFIX}url") == told.get(f"{PREFIX}url")
    asked = {"url": location.url, "settings": dict(errand.server.settings)}
    brought = bring_file(
        errand if same else replace(errand, marks={}), location, kept.sha256_bytes(kept.canonical_json(asked)), headers
    )
    own = {name: value for name, value in brought.marks.items() if not name.startswith(PREFIX)}
    return replace(brought, marks={**own, **told})


def _names(server: Server) -> tuple[str, str | None]:
    resource, package = server.settings.get("resource"), server.settings.get("package")
    return str(resource or ""), None if package is None else str(package)


def _wanted(server: Server) -> tuple[str, str | None]:
    resource, package = _names(server)
    if not resource:
        raise InputError(
            "the connector ckan needs resource", where=str(server.place), expected="{property: resource, value: ...}"
        )
    return resource, package


def _is_paged(server: Server) -> bool:
    return bool(server.settings.get("way") == DATASTORE)


def _portal(errand: Errand) -> CkanPortal:
    reference = errand.server.settings.get("credential")
    headers = {"Authorization": errand.secret(str(reference))} if reference else {}
    return CkanPortal(errand.web(), errand.location.url, str(errand.server.place), headers)


# Files ----------------------------------------------------------------------------------------------------------------


def _file(portal: CkanPortal, resource: Mapping[str, Any]) -> tuple[Location, Mapping[str, str]]:
    """Where the resource's file is, and what is sent there: the portal's token to the portal alone."""
    url = portal.address(resource)
    return Location(shown=printable(url), url=url), portal.headers if portal.is_own(url) else {}


def _told(resource: Mapping[str, Any]) -> dict[str, str]:
    return {f"{PREFIX}{name}": str(resource[name]) for name in TOLD if resource.get(name) not in (None, "")}


def _is_told(errand: Errand, resource: Mapping[str, Any]) -> bool:
    """Whether the portal says of the resource what it said at the last look."""
    before = {name: value for name, value in errand.marks.items() if name.startswith(PREFIX)}
    return bool(before) and before == _told(resource)


def _knows(resource: Mapping[str, Any]) -> bool:
    """Whether the portal knows when the file changes: it was uploaded there."""
    return resource.get("url_type") == "upload" and bool(resource.get("last_modified") or resource.get("hash"))


# Records --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """What the datastore says of a resource. ``total`` None: it only estimates; ``newest``: its greatest ``_id``."""

    fields: Sequence[Mapping[str, Any]]
    total: int | None
    newest: str | None

    @property
    def has_ids(self) -> bool:
        """Whether its records have numbers; a view of the database has none."""
        return ROW in self.names

    @property
    def names(self) -> tuple[str, ...]:
        """Its fields' names."""
        return tuple(str(one.get("id")) for one in self.fields)


def _table(portal: CkanPortal, resource: str) -> _Table:
    result = portal.act("datastore_search", resource_id=resource, limit="0")
    fields = [one for one in result.get("fields") or [] if isinstance(one, dict)]
    total = result.get("total")
    newest = None
    if any(one.get("id") == ROW for one in fields):
        last = portal.act("datastore_search", resource_id=resource, limit="1", sort=f"{ROW} desc").get("records") or []
        newest = str(last[0].get(ROW)) if last and isinstance(last[0], dict) else None
    exact = isinstance(total, int) and not result.get("total_was_estimated")
    return _Table(fields, total if exact else None, newest)


def _bring_records(errand: Errand, portal: CkanPortal, resource: str) -> Fetched:
    table = _table(portal, resource)
    for _ in range(2):
        asked = {
            "address": errand.location.shown,
            "resource": resource,
            "fields": [[str(one.get("id")), str(one.get("type"))] for one in table.fields],
            "total": table.total,
            "newest": table.newest,
            "contract": [c.source_name for c in errand.source.columns if c.source_name in NOT_COLUMNS],
        }
        with open_pages(errand.unfinished, asked, errand.now, errand.caps) as pages:
            in_order = _collect(errand, portal, resource, table, pages)
            after = _table(portal, resource)
            still_same = in_order and (after.total, after.newest, after.names) == (
                table.total,
                table.newest,
                table.names,
            )
            if still_same and table.total not in (None, pages.records):
                found = pages.records
                pages.abandon()
                raise _short(errand, found, table.total or 0)
            if still_same:
                requests = pages.pages
                path, sha256, size = pages.finish(errand.folder, errand.caps)
                columns = {str(f.get("id")): str(f.get("type")) for f in table.fields if f.get("id") not in NOT_COLUMNS}
                return Fetched(path, sha256, size, declared=table.total, pages=requests, columns=columns)
            pages.abandon()
        table = after
        errand.tell("the resource changed while it was read: reading it again")
    raise OutsideError(
        "a resource changes while it is read",
        where=errand.location.shown,
        found="other records after reading than before, twice",
        hint="run when the portal is quiet, or set way: download; the last accepted delivery stays in use.",
        retry=True,
    )


def _short(errand: Errand, found: int, expected: int) -> OutsideError:
    return OutsideError(
        "a portal sent another number of records than it says there are",
        where=errand.location.shown,
        found=f"{found:,} records",
        expected=f"{expected:,}",
        hint="run again; the last accepted delivery stays in use.",
        retry=True,
    )


def _same_page(errand: Errand, found: int) -> OutsideError:
    return OutsideError(
        "a portal sends the same page again and again",
        where=errand.location.shown,
        found=f"{found:,} records, then the last of them again",
        hint="run again; the last accepted delivery stays in use.",
        retry=True,
    )


def _collect(errand: Errand, portal: CkanPortal, resource: str, table: _Table, pages: Pages) -> bool:
    """Ask for all pages; False as soon as one does not begin behind the end of the one before."""
    size = int(errand.server.settings.get("pageSize", PAGE))
    order = ROW if table.has_ids else _order(errand)
    wanted = {c.source_name for c in errand.source.columns}
    drop = tuple(name for name in NOT_COLUMNS if name not in wanted)
    while table.total is None or pages.records < table.total:
        query = {
            "resource_id": resource,
            "limit": str(size),
            "offset": str(pages.records),
            "sort": order,
            "include_total": "false",
        }
        answer = portal.ask("datastore_search", query)
        found = split(answer.body, RECORDS, shown=answer.shown)
        if not found:
            break
        first, last = _row(found[0]), _row(found[-1])
        if order == ROW:
            before = pages.state.get("span")
            if before is not None and [first, last] == before:
                raise _same_page(errand, pages.records)
            if first is None or last is None or last < first or (before is not None and first <= before[1]):
                return False
        pages.add(all_without(found, drop), {"span": [first, last]})
        errand.tell(f"{pages.records:,}{f' of {table.total:,}' if table.total is not None else ''} records")
    return True


def _row(record: bytes) -> int | None:
    told = json.loads(record)
    number = told.get(ROW) if isinstance(told, dict) else None
    return number if isinstance(number, int) else None


def _order(errand: Errand) -> str:
    """The order of pages of a resource without ``_id`` (a view of the database): the contract's key."""
    source = errand.source
    names = {c.name: c.source_name for c in source.columns}
    key = [f'"{names[name]}" asc' for name in source.primary_key]
    if not key:
        raise InputError(
            "a resource has no row ids, and the source has no key to order its pages by",
            where=str(errand.server.place),
            found="no primary key",
            expected="primaryKey: true on the columns that tell its records apart",
        )
    return ",".join(key)


def describe(errand: Errand) -> Described:
    """The resource as its portal describes it; of a package without a named resource, its only readable one.

    Raises:
        OutsideError: It can't be asked.
        InputError: There is none, or several to choose from.
    """
    wanted, package = _names(errand.server)
    return describe_resource(_portal(errand), wanted, package, errand.server.settings.get("way"))
