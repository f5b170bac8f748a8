"""One answer of a GeoReport v2 server: its records as they were sent, or the error it says.

Belongs here: JSON and XML, and errors in either, whatever the status. Does not belong here: asking (``endpoint``),
spans of time (``windows``).

Source: Open311, GeoReport v2: "GET Service List", "GET Service Requests", "Errors".
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from contracts.errors import OutsideError
from orchestration.ingest.georeport.markup import NotRead, read_markup
from orchestration.ingest.web.records import split, what_it_is

HOLDERS = ("service_requests", "requests", "services")
"""Names under which some servers put the array that the standard has alone."""


UNREAD = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
"""What reading JSON raises that is none, is nested too deeply, or is not in UTF-8."""


class ServerSaid(Exception):
    """An error that a server sent in place of records, or a status that means one.

    Attributes:
        code: The status, or the error's own number.
        description: The server's words, on one line.
    """

    def __init__(self, code: int, description: str) -> None:
        told = " ".join(description.split())
        self.code, self.description = code, told if len(told) <= 160 else told[:159] + "…"
        super().__init__(f"error {code}: {self.description}" if self.description else f"error {code}")

    @property
    def passes(self) -> bool:
        """Whether the same request may be answered in a moment."""
        return self.code >= 500 or self.code in (0, 429)


class NotThisForm(Exception):
    """The answer is neither JSON nor XML of the standard."""


@dataclass(frozen=True)
class Request:
    """A service request of an answer.

    Attributes:
        line: As it was sent, on one line.
        sign: What tells it from others: a hash of its id and when it was made; of all of it where it has no id yet.
        at: When it was made, UTC; None where it does not say so in a form that is known.
    """

    line: bytes
    sign: str
    at: datetime | None


class _Error(msgspec.Struct):
    code: Any = None
    description: Any = None
    service_request_id: Any = msgspec.UNSET
    service_code: Any = msgspec.UNSET


class _Errors(msgspec.Struct):
    errors: list[_Error] | _Error | None = None
    error: Any = None
    code: Any = None
    description: Any = None
    message: Any = None


class _Request(msgspec.Struct):
    service_request_id: Any = None
    requested_datetime: Any = None


def read_records(body: bytes, status: int, shown: str) -> list[bytes]:
    """The records of an answer, one JSON object to a line.

    Args:
        body: The answer's body.
        status: Its status.
        shown: What messages call it.

    Raises:
        ServerSaid: It is an error.
        NotThisForm: It is a page for people, or something else.
        OutsideError: It is cut off, or a document with a document type.
    """
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<":
        records = _from_markup(body, status, shown)
    elif start in (b"[", b"{"):
        records = _from_json(body, status, shown)
    elif status == 200:
        raise NotThisForm(what_it_is(body))
    else:
        records = []
    if status != 200:
        raise ServerSaid(status, "")
    return records


def _from_json(body: bytes, status: int, shown: str) -> list[bytes]:
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"[":
        records = split(body, shown=shown)
        _refuse_errors(records, status)
        return records
    try:
        told = msgspec.json.decode(text, type=_Errors)
        names = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except UNREAD as error:
        raise OutsideError(
            "an answer is no JSON",
            where=shown,
            found=what_it_is(body),
            expected="an array of requests",
            hint="run again; if it stays so, open the address in a browser.",
            retry=True,
        ) from error
    for one in told.errors if isinstance(told.errors, list) else [told.errors] if told.errors else []:
        raise ServerSaid(_code(one.code, status), str(one.description or ""))
    said = told.error if told.error is not None else told.message
    if said is not None or (told.code is not None and told.description is not None):
        raise ServerSaid(_code(told.code, status), str(said or told.description))
    holder = next((name for name in HOLDERS if name in names), None)
    if holder is None:
        raise NotThisForm(what_it_is(body))
    return split(body, (holder,), shown=shown)


def _from_markup(body: bytes, status: int, shown: str) -> list[bytes]:
    if what_it_is(body) == "an HTML page":
        if status != 200:
            raise ServerSaid(status, "")
        raise NotThisForm("an HTML page")
    try:
        outermost, records = read_markup(body)
    except NotRead as error:
        raise OutsideError(
            "an XML answer is not taken",
            where=shown,
            found=str(error),
            expected="an XML document of the standard, whole, without a document type",
            hint="run again; if it stays so, ask the portal's people.",
            retry="cut off" in str(error),
        ) from error
    if outermost == "errors":
        _refuse_errors(records, status)
        raise ServerSaid(_code(None, status), "")
    if outermost not in HOLDERS:
        raise NotThisForm(f"XML that begins with {outermost[:40]}")
    return records


def _refuse_errors(records: Sequence[bytes], status: int) -> None:
    """Refuse records that are errors: a code and a description, and nothing of a request or a service."""
    for record in records[:1]:
        try:
            told = msgspec.json.decode(record, type=_Error)
        except UNREAD:
            return
        bare = told.service_request_id is msgspec.UNSET and told.service_code is msgspec.UNSET
        if bare and told.description is not None and told.code is not None:
            raise ServerSaid(_code(told.code, status), str(told.description))


def _code(code: Any, status: int) -> int:
    try:
        return int(code)
    except (TypeError, ValueError):
        return status if status != 200 else 0


def read_requests(records: Sequence[bytes]) -> list[Request]:
    """The records as requests. One that can't be read goes on as it is: the door says what is wrong with it."""
    reader = msgspec.json.Decoder(_Request)
    found = []
    for record in records:
        try:
            told = reader.decode(record)
        except UNREAD:
            told = _Request()
        number = str(told.service_request_id or "").strip()
        sign = f"{number} {told.requested_datetime}".encode() if number else record
        found.append(Request(record, hashlib.sha256(sign).hexdigest()[:20], _instant(told.requested_datetime)))
    return found


def _instant(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text).strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
