"""The Socrata connector: records of a data set page by page, by the portal's own row ids.

Belongs here: which pages are asked for, when all came, what tells that nothing changed, and the description of a data
set. Does not belong here: requests, errors, metadata (``soda``), keeping pages (``web/pages``), cutting them.

Pages go by key: ordered by ``:id`` (between two whole readings by the field of the last change, then ``:id``), each
asks for what lies behind the last record of the one before. So a page costs the same wherever it stands, and a page
that is asked for twice is the same. Where a portal has no row ids for a data set (a view that groups), pages go by
offset in the order of the contract's key.

How many records there are is asked before and after, with the time of the last change: records that changed while
they were read are read once more, then given up. What is kept is the portal's records as they were sent; ``:id`` and
other system fields, asked for only to find the way, are taken off again where the contract has no such column.

Source: Socrata (Tyler Technologies), dev.socrata.com: "Paging through Data", "System Fields", "Datatypes".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from contracts import kept
from contracts.errors import InputError, OutsideError
from contracts.model import Server
from orchestration.ingest.delivery import Described, Errand, Fetched, Location, Recognised, Unchanged
from orchestration.ingest.soda.dataset import COMPUTED, ROW, DatasetAt, NoSuchColumn
from orchestration.ingest.soda.view import NUMBERS, View, described
from orchestration.ingest.web.addresses import printable
from orchestration.ingest.web.pages import Pages, open_pages
from orchestration.ingest.web.portals import portal_address
from orchestration.ingest.web.records import all_without, split

PAGE = 10_000
SAMPLE = 1_000
CHANGED, COLUMNS, EXTRA = "rowsUpdatedAt", "columns", "extra"
"""Marks: when records last changed, a hash of the columns and their types, system fields that were asked for."""
BY_KEY, BY_OFFSET = "key", "offset"

_ID = "[a-z0-9]{4}-[a-z0-9]{4}"
_DIRECT = re.compile(
    rf"/(?:[a-z]{{2}}(?:-[A-Za-z]{{2,4}})?/)?(?:d|resource|api/views|api/v3/views|api/id)/({_ID})(?:[./].*)?"
)
_FOUNDRY = re.compile(rf"/foundry/([A-Za-z0-9.-]+)/({_ID})/?.*")
_PAGE = re.compile(rf"/(?:[a-z]{{2}}(?:-[A-Za-z]{{2,4}})?/)?(?!datasets?/)[^/]+/[^/]+/({_ID})(?:/.*)?")


def recognise(url: str) -> Recognised | None:
    """The data set that an address of a Socrata portal names: its page, its API, its metadata."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    if parts.hostname == "dev.socrata.com" and (found := _FOUNDRY.fullmatch(parts.path)):
        return Recognised("socrata", f"https://{found[1]}", {"dataset": found[2]})
    found = _DIRECT.fullmatch(parts.path) or _PAGE.fullmatch(parts.path)
    if found is None:
        return None
    base = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "", "", ""))
    return Recognised("socrata", base, {"dataset": found[1]})


def locate(server: Server, folder: Path, portals: Mapping[str, str]) -> Location:  # noqa: ARG001
    """The address of the data set.

    Raises:
        InputError: The portal has no address.
    """
    base = portal_address(server, portals)
    return Location(shown=printable(f"{base}/resource/{server.settings['dataset']}.json"), url=base)


def still(errand: Errand) -> bool:
    """Whether the portal says that neither records nor columns changed.

    Raises:
        OutsideError: It can't be asked.
    """
    if CHANGED not in errand.marks:
        return False
    try:
        return _is_same(errand, _marks(errand, _dataset(errand).view()))
    except InputError:
        return False  # bringing it says so


def bring(errand: Errand) -> Fetched | Unchanged:
    """Bring all records, or those that changed since the cursor.

    Raises:
        OutsideError: They can't be read, whole.
        InputError: The portal does not know what the contract asks for.
    """
    view = _dataset(errand).view()
    for _ in range(2):
        marks = _marks(errand, view)
        if _is_same(errand, marks):
            return Unchanged(marks)
        brought = _Reading.of(errand, view, marks)
        if brought is None:
            return Unchanged(marks)
        fetched, view = brought.read()
        if fetched is not None:
            return fetched
        errand.tell("the data set changed while it was read: reading it again")
    raise OutsideError(
        "a data set changes while it is read",
        where=errand.location.shown,
        found="other records after reading than before, twice",
        hint="run when the portal is quiet, set a larger pageSize, or set increment; "
        "the last accepted delivery stays in use.",
        retry=True,
    )


def _dataset(errand: Errand, columns: tuple[str, ...] = ()) -> DatasetAt:
    settings = errand.server.settings
    reference = settings.get("credential")
    headers = {"X-App-Token": errand.secret(str(reference))} if reference else {}
    base = errand.location.url
    return DatasetAt(errand.web(), base, str(settings["dataset"]), str(errand.server.place), headers, columns)


def _extra(errand: Errand) -> tuple[str, ...]:
    """System fields that the contract has columns for."""
    return tuple(c.source_name for c in errand.source.columns if c.source_name.startswith(":"))


def _marks(errand: Errand, view: View) -> dict[str, str]:
    """What the next look is told again; without a time of change where the portal says none that is sure."""
    columns = kept.sha256_bytes(kept.canonical_json(dict(view.columns)))
    changed = {} if view.changed is None else {CHANGED: view.changed}
    return {**changed, COLUMNS: columns, EXTRA: " ".join(_extra(errand))}


def _is_same(errand: Errand, marks: Mapping[str, str]) -> bool:
    """Whether the data set surely is as it was at the last look."""
    return CHANGED in marks and marks == dict(errand.marks)


@dataclass(frozen=True)
class _Reading:
    """One reading of a data set, whole or of what changed.

    Attributes:
        where: Which records, in SoQL; empty for all.
        declared: How many of them the portal says there are.
        newest: The greatest value of ``increment`` among them.
        since: From which value of ``increment`` on; None for all.
    """

    errand: Errand
    dataset: DatasetAt
    view: View
    marks: Mapping[str, str]
    where: str
    declared: int
    newest: str | None
    since: str | None

    @staticmethod
    def of(errand: Errand, view: View, marks: Mapping[str, str]) -> _Reading | None:
        """What is to be read; None where nothing changed since the cursor."""
        dataset = _dataset(errand, tuple(view.columns))
        settings = errand.server.settings
        filters = [f"({settings['filter']})"] if settings.get("filter") else []
        increment = settings.get("increment")
        field = None if increment is None else str(increment)
        other = errand.marks.get(EXTRA, "") != " ".join(_extra(errand))  # older records lack these fields
        if field is None or errand.cursor is None or other:
            where = " AND ".join(filters)
            declared, newest = dataset.count(where, field)
            return _Reading(errand, dataset, view, marks, where, declared, newest, None)
        since = _literal(view, field, errand.cursor)
        changed, newest = dataset.count(" AND ".join([*filters, f"{field} > {since}"]), field)
        if not changed or newest is None:
            return None
        window = [*filters, f"{field} >= {since}", f"{field} <= {_literal(view, field, newest)}"]
        where = " AND ".join(window)
        declared, _ = dataset.count(where)
        return _Reading(errand, dataset, view, marks, where, declared, newest, errand.cursor)

    @property
    def field(self) -> str | None:
        """The field of the last change, where records are read in its order."""
        return str(self.errand.server.settings["increment"]) if self.since is not None else None

    def read(self) -> tuple[Fetched | None, View]:
        """Read it, going on where an earlier process broke off; no result where it changed meanwhile."""
        asked = {
            "address": self.errand.location.shown,
            "where": self.where,
            "field": self.field,
            "declared": self.declared,
            "newest": self.newest,
            "marks": dict(self.marks),
            "extra": _extra(self.errand),
        }
        errand = self.errand
        with open_pages(errand.unfinished, asked, errand.now, errand.caps) as pages:
            try:
                self._collect(pages, pages.state.get("paging", BY_KEY))
            except NoSuchColumn as unknown:
                if unknown.column != ROW or pages.resumed:
                    raise
                self._collect(pages, BY_OFFSET)
            view = self.dataset.view()
            remaining, _ = self.dataset.count(self.where)
            if not self._is_whole(pages, remaining, view):
                pages.abandon()
                return None, view
            stale, asked_for, records = bool(pages.state.get("stale")), pages.pages, pages.records
            path, sha256, size = pages.finish(errand.folder, errand.caps)
        return Fetched(
            path,
            sha256,
            size,
            marks={k: v for k, v in self.marks.items() if not (stale and k == CHANGED)},
            whole=self.since is None,
            cursor=self.newest,
            declared=self.declared if self.since is None else records,
            pages=asked_for,
            columns={k: v for k, v in self.view.columns.items() if not k.startswith(":")},
        ), view

    def _is_whole(self, pages: Pages, remaining: int, view: View) -> bool:
        """Whether all came that there is.

        Raises:
            OutsideError: Fewer came, and the portal says that nothing changed.
        """
        if self.since is not None and remaining <= pages.records <= self.declared:
            return True  # what changed again meanwhile left the window, and comes next time
        was, now = (self.view.changed, self.view.columns, self.declared), (view.changed, view.columns, remaining)
        still = was == now
        if still and pages.records != self.declared:
            found = pages.records
            pages.abandon()
            raise OutsideError(
                "a portal sent another number of records than it says there are",
                where=self.errand.location.shown,
                found=f"{found:,}{' or more' if found > self.declared else ''} records",
                expected=f"{self.declared:,}",
                hint="run again; the last accepted delivery stays in use.",
                retry=True,
            )
        return still

    def _collect(self, pages: Pages, paging: str) -> None:
        drop = self._dropped(paging)
        plain = tuple(name for name in drop if not name.startswith(COMPUTED))
        while pages.records < self.declared:
            answer = self.dataset.records(self._query(pages, paging))
            found = split(answer.body, shown=answer.shown)
            if not found:
                break
            after = self._after(found[-1]) if paging == BY_KEY else [str(pages.records + len(found))]
            if after == pages.state.get("after"):
                raise OutsideError(
                    "a portal sends the same page again and again",
                    where=answer.shown,
                    found=f"{pages.records:,} of {self.declared:,} records",
                    hint="run again; the last accepted delivery stays in use.",
                    retry=True,
                )
            stale = bool(pages.state.get("stale")) or _out_of_date(answer.headers)
            names = drop if b'":@' in answer.body else plain
            pages.add(all_without(found, names), {"paging": paging, "after": after, "stale": stale})
            self.errand.tell(f"{pages.records:,} of {self.declared:,} records")

    def _dropped(self, paging: str) -> tuple[str, ...]:
        """Names that are taken off each record again."""
        asked = [name for name in (self.field, ROW) if name is not None and name.startswith(":") and paging == BY_KEY]
        computed = [name for name in self.view.columns if name.startswith(":")]
        wanted = _extra(self.errand)
        return tuple(dict.fromkeys(name for name in (*asked, *computed) if name not in wanted))

    def _query(self, pages: Pages, paging: str) -> list[tuple[str, str]]:
        keys = [name for name in (self.field, ROW) if name is not None] if paging == BY_KEY else self._key()
        extra = [*_extra(self.errand), *(keys if paging == BY_KEY else [])]
        # A star must stand first, and names that it brings must not come twice.
        select = ["*", *dict.fromkeys(name for name in extra if name.startswith(":"))]
        after = pages.state.get("after") if paging == BY_KEY else None
        where = [self.where, self._behind(keys, after) if after else ""]
        size = int(self.errand.server.settings.get("pageSize", PAGE))
        query = [("$select", ",".join(select)), ("$order", ",".join(keys)), ("$limit", str(size))]
        if any(where):
            query.append(("$where", " AND ".join(part for part in where if part)))
        if paging == BY_OFFSET:
            query.append(("$offset", str(pages.records)))
        return query

    def _behind(self, keys: list[str], after: list[str]) -> str:
        """What lies behind the last record, in the order of ``keys``."""
        last = [_literal(self.view, name, value) for name, value in zip(keys, after, strict=True)]
        if len(keys) == 1:
            return f"{keys[0]} > {last[0]}"
        return f"({keys[0]} > {last[0]} OR ({keys[0]} = {last[0]} AND {keys[1]} > {last[1]}))"

    def _after(self, record: bytes) -> list[str]:
        """Where a record stands in the order of pages."""
        told = json.loads(record)
        names = [name for name in (self.field, ROW) if name is not None]
        if not isinstance(told, dict) or any(told.get(name) is None for name in names):
            raise self.dataset.no_such_column(ROW)
        return [str(told[name]) for name in names]

    def _key(self) -> list[str]:
        source = self.errand.source
        names = {c.name: c.source_name for c in source.columns}
        key = [names[name] for name in source.primary_key]
        if not key:
            raise InputError(
                "a data set has no row ids, and the source has no key to order its pages by",
                where=str(self.errand.server.place),
                found="no primary key",
                expected="primaryKey: true on the columns that tell its records apart",
            )
        return key


def _literal(view: View, name: str, value: str) -> str:
    """A value in SoQL."""
    if view.columns.get(name) in NUMBERS:
        return value
    return "'" + value.replace("'", "''") + "'"


def _out_of_date(headers: Mapping[str, str]) -> bool:
    """Whether the portal answered from a copy that lacks the newest changes: then the next look asks again."""
    return headers.get("x-soda2-data-out-of-date", "").strip().lower() not in ("", "false", "[]")


def describe(errand: Errand) -> Described:
    """The data set as its portal describes it.

    Raises:
        OutsideError: It can't be asked.
        InputError: There is none of that id.
    """
    dataset = _dataset(errand)
    view = dataset.view()
    sample = dataset.records([("$limit", str(SAMPLE))]).json()
    count, _ = dataset.count("")
    return described(view, {"dataset": dataset.id}, count, sample)
