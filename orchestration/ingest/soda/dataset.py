"""One data set of a Socrata portal: what it says of itself, and the answers to queries in SoQL.

Belongs here: the forms of requests and answers of SODA 2.1, and its errors, which come with many statuses and in
three forms. Does not belong here: which pages are asked for and when enough came (``connectors/socrata``).

Source: Socrata (Tyler Technologies), dev.socrata.com: "API Endpoints", "System Fields", "Queries using SODA",
"Response Codes & Headers", "Application Tokens"; recorded answers of three city portals.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from contracts.errors import InputError, OutsideError
from contracts.vocabulary import nearest
from orchestration.ingest.soda.view import View, read_view

if TYPE_CHECKING:
    from orchestration.ingest.web.client import Answer, Web

ROW = ":id"
COMPUTED = ":@"
"""How the names of columns begin that the portal computes (in which district a point lies)."""
ACCEPTED = 202
WAITS = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before it is asked again whether an answer that the portal still prepares is there."""
LARGEST = 512 << 20
"""Bytes of one page: records with shapes are large."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,79}")
_NO_COLUMN = re.compile(r"[Nn]o such column:?\s+`?(:?@?\w+)|Unrecognized arguments \[(:?@?\w+)")
_STAYS = "the last accepted delivery stays in use."
_SLOW = ("timeout", "timed_out")


class NoSuchColumn(InputError):
    """The portal does not know a column that was asked for. ``column`` is its name."""

    column: str = ""


@dataclass(frozen=True)
class DatasetAt:
    """A data set, and how it is asked.

    Attributes:
        web: The way to web servers.
        base: The portal's address.
        id: The data set's, four by four.
        place: Where the contract names it.
        headers: The app token, where there is one.
        columns: Names that suggestions are made from.
    """

    web: Web
    base: str
    id: str
    place: str
    headers: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] = ()

    def view(self) -> View:
        """What the data set says of itself.

        Raises:
            InputError: There is none of that id.
            OutsideError: It can't be asked.
        """
        answer = self._ask(f"{self.base}/api/views/{self.id}.json", ())
        view = read_view(answer.json())
        if view is None:
            raise OutsideError(
                "a portal does not describe a data set as Socrata does",
                where=answer.shown,
                expected="an object with columns",
                hint="look at the data set in a browser: it may be a map or a story without records.",
            )
        return view

    def records(self, query: Sequence[tuple[str, str]]) -> Answer:
        """A page of records.

        Raises:
            NoSuchColumn: The query names a column that is not there.
            InputError: The query can't be understood, or there is no such data set.
            OutsideError: It can't be asked.
        """
        return self._ask(f"{self.base}/resource/{self.id}.json", query)

    def count(self, where: str, newest: str | None = None) -> tuple[int, str | None]:
        """How many records satisfy ``where``; with ``newest``, also the greatest value of that column.

        Raises:
            NoSuchColumn: The query names a column that is not there.
            InputError: The query can't be understood, or there is no such data set.
            OutsideError: It can't be asked, or the answer is no count.
        """
        select = "count(*)" if newest is None else f"count(*) as count,max({newest}) as newest"
        query = [("$select", select), *([("$where", where)] if where else [])]
        answer = self.records(query)
        rows = answer.json()
        row = rows[0] if isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], dict) else {}
        count = str(row.get("count", next(iter(row.values()), "") if newest is None else ""))
        if not count.isdigit():
            raise OutsideError(
                "a portal does not say how many records there are",
                where=answer.shown,
                found=f"an answer with {', '.join(map(str, row)) or 'nothing in it'}",
                expected="count",
                hint=f"run again later; {_STAYS}",
                retry=True,
            )
        greatest = row.get("newest")
        return int(count), None if greatest is None else str(greatest)

    def _ask(self, url: str, query: Sequence[tuple[str, str]]) -> Answer:
        for wait in (*WAITS, None):
            answer = self.web.get(url, query=query, headers=self.headers, most=LARGEST)
            if answer.status != ACCEPTED or wait is None:
                break
            time.sleep(wait)
        if answer.status == ACCEPTED:
            raise OutsideError(
                "a portal is still preparing its answer",
                where=answer.shown,
                found=f"status {ACCEPTED}, asked {len(WAITS) + 1} times",
                hint=f"run again in a few minutes; {_STAYS}",
                retry=True,
            )
        told = _error(answer)
        if told is not None:
            self._refuse(answer, told)
        return answer

    def _refuse(self, answer: Answer, told: Mapping[str, Any]) -> NoReturn:
        """Raise what an error of the portal means. Its own words may hold values: only its code and a name are told."""
        code, message = _code(told), str(told.get("message") or "")
        found = f"status {answer.status}" + (f", {code}" if code else "")
        column = _column(told, message)
        if column is not None:
            raise self.no_such_column(column)
        if any(word in code for word in _SLOW):
            raise OutsideError(
                "a portal gave up on a query",
                where=answer.shown,
                found=found,
                hint=f"set a smaller pageSize, then run again; {_STAYS}",
                retry=True,
            )
        if "token" in message.lower() and answer.status in (401, 403):
            raise InputError(
                "a portal does not know the app token",
                where=self.place,
                found=found,
                expected="an app token of this portal in the variable that credential names",
                hint="make one in the portal's developer settings, or take credential out: most data sets need none.",
            )
        if answer.status in (401, 403) or code in ("authentication_required", "permission_denied"):
            raise OutsideError(
                "a data set may not be read without signing in",
                where=f"{self.base}/d/{self.id}",
                found=found,
                expected="a public data set",
                hint="ask the publisher whether it became private; Cauce reads public data sets of Socrata only.",
            )
        if answer.status in (404, 410) or code in ("not_found", "dataset.missing"):
            raise InputError(
                "a portal has no such data set",
                where=self.place,
                found=f"{self.id} at {urlsplit(self.base).netloc}",
                hint="it may have been replaced: look for it on the portal by its name, then correct dataset; "
                + _STAYS,
            )
        if answer.status == 400:
            raise InputError(
                "a portal does not understand what the source asks for",
                where=self.place,
                found=found,
                expected="SoQL's WHERE in filter, a column of the data set in increment",
                hint="try the filter in the portal's own API page, then correct it.",
            )
        raise OutsideError(
            "a portal answered with an error",
            where=answer.shown,
            found=found,
            hint=f"run again later; {_STAYS}",
            retry=answer.status >= 500 or answer.status == 200,
        )

    def no_such_column(self, column: str) -> NoSuchColumn:
        """What is said of a column that is not there."""
        close = nearest(column, self.columns)
        error = NoSuchColumn(
            "a portal does not know a column that the source asks for",
            where=self.place,
            found=column,
            expected=close or (f"one of {', '.join(self.columns)}" if self.columns else "a column of the data set"),
            hint="it may have been renamed: correct filter or increment.",
        )
        error.column = column
        return error


def _error(answer: Answer) -> Mapping[str, Any] | None:
    """The error that an answer is, by its status or by what it says in spite of a good one; None for none."""
    plain = answer.body.lstrip()[:1] != b"{"
    if answer.status == 200 and plain:
        return None
    try:
        told = answer.json() if not plain else {}
    except OutsideError:
        if answer.status == 200:
            raise
        told = {}
    if not isinstance(told, dict):
        told = {}
    is_error = told.get("error") is True or "errorCode" in told or ({"code", "message"} <= told.keys())
    return told if is_error or answer.status != 200 else None


def _code(told: Mapping[str, Any]) -> str:
    code = str(told.get("errorCode") or told.get("code") or "")
    return code if _CODE.fullmatch(code) else ""


def _column(told: Mapping[str, Any], message: str) -> str | None:
    """The column that the portal does not know, if that is what it says."""
    if not _code(told).endswith("no-such-column") and _NO_COLUMN.search(message) is None:
        return None
    data = told.get("data")
    while isinstance(data, dict):
        if isinstance(data.get("column"), str):
            return str(data["column"])
        data = data.get("data")
    found = _NO_COLUMN.search(message)
    return (found[1] or found[2]) if found else "a column"
