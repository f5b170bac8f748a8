"""The Open311 connector: service requests from a GeoReport v2 server, from a day on.

Belongs here: what a server's address is, what the contract's settings ask for, what the standard says of its fields.
Does not belong here: answers and windows of time (``georeport``).

A request may change long after it was made, and the standard has no word for "what changed since": all is asked for
each time, so delivery is a snapshot.

Source: Open311, GeoReport v2.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from contracts.errors import InputError
from contracts.model import Server
from contracts.vocabulary import nearest
from orchestration.ingest.delivery import Described, DescribedColumn, Errand, Fetched, Location, Recognised, Unchanged
from orchestration.ingest.web.portals import portal_address

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.ingest.georeport.endpoint import Endpoint

LONGEST_CODES = 1_500
"""Characters of service codes in an address."""
SAMPLE = 100
RECENT = timedelta(days=30)
LONGEST_WINDOW = timedelta(days=90)
WRITTEN = "yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX"

_RESOURCE = re.compile(r"(?P<base>.*?)/(?:requests|services)(?:/[^/]*)?(?:\.(?:json|xml))?/?\Z")
_BASE = re.compile(r"(?P<base>.*/open311(?:/v2)?)/?\Z", re.IGNORECASE)

FIELDS: Mapping[str, tuple[str, str]] = {
    "service_request_id": ("string", "The request's number, which the server gave."),
    "status": ("string", "Where it stands now: open or closed."),
    "status_notes": ("string", "Why it stands there, in the agency's words."),
    "service_name": ("string", "The kind of service, as people read it."),
    "service_code": ("string", "The code of the kind of service."),
    "description": ("string", "What the person who asked wrote. May name persons."),
    "agency_responsible": ("string", "Who is to deal with it."),
    "service_notice": ("string", "What may be expected, and by when, in words."),
    "requested_datetime": ("timestamp", "When it was made."),
    "updated_datetime": ("timestamp", "When it last changed; of a closed request, when it was closed."),
    "expected_datetime": ("timestamp", "By when it should be done."),
    "address": ("string", "The place in words. May be somebody's home."),
    "address_id": ("string", "The place's number in the city's own register of addresses."),
    "zipcode": ("string", "The postal code of the place."),
    "lat": ("number", "The place's latitude, in degrees of WGS 84."),
    "long": ("number", "The place's longitude, in degrees of WGS 84."),
    "media_url": ("string", "The address of a picture that came with it. May show persons."),
}
"""The standard's fields of a request: logical type and meaning."""


def recognise(url: str) -> Recognised | None:
    """An address below ``/open311/``, or one that ends in ``/v2/requests.json`` and its like."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    resource = _RESOURCE.match(parts.path)
    below = resource["base"].casefold() if resource else ""
    if resource and ("/open311" in below or below.endswith("/v2")):
        base = resource["base"]
    else:
        bare = _BASE.match(parts.path)
        if bare is None:
            return None
        base = bare["base"]
    query = parse_qs(parts.query)
    settings: dict[str, Any] = {}
    if query.get("jurisdiction_id"):
        settings["jurisdiction"] = query["jurisdiction_id"][0]
    codes = [code.strip() for code in ",".join(query.get("service_code", [])).split(",") if code.strip()]
    if codes:
        settings["services"] = codes
    since = query.get("start_date", [""])[0][:10]
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", since):
        settings["since"] = since
    return Recognised("open311", f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{base}", settings)


def locate(server: Server, folder: Path, portals: Mapping[str, str]) -> Location:  # noqa: ARG001 - connectors are called alike
    """The base address of the server.

    Raises:
        InputError: The portal has no address.
    """
    url = portal_address(server, portals)
    shown = urlsplit(url)
    return Location(
        shown=shown._replace(netloc=shown.netloc.rpartition("@")[2], query="", fragment="").geturl(), url=url
    )


def still(_errand: Errand) -> bool:
    """Never known: the standard has no sign of the last change."""
    return False


def bring(errand: Errand) -> Fetched | Unchanged:
    """All requests made since ``since``.

    Raises:
        OutsideError: The server can't be read, whole.
        InputError: There is no such server, no such service, or another jurisdiction is wanted.
    """
    from orchestration.ingest.georeport.windows import Windows
    from orchestration.ingest.web.pages import open_pages

    settings = errand.server.settings
    since = _since(errand)
    at = _endpoint(errand)
    services = _services(errand, at)
    size = int(settings["pageSize"]) if settings.get("pageSize") else None
    asked: dict[str, Any] = {"address": errand.location.shown, "since": since.isoformat(), "services": services}
    asked |= {"size": size, "jurisdiction": at.jurisdiction}
    with open_pages(errand.unfinished, asked, errand.now, errand.caps) as pages:
        until = errand.now.astimezone(UTC).replace(microsecond=0)
        windows = Windows(at, since, until, pages, errand.tell, services, size)
        windows.read()
        if windows.doubled:
            errand.tell(f"{windows.doubled:,} requests of {at.shown} came more than once and were kept once")
        path, sha256, length = pages.finish(errand.folder, errand.caps)
    return Fetched(path, sha256, length, pages=windows.asked)


def describe(errand: Errand) -> Described:
    """What the standard says of its fields, and some recent requests.

    Raises:
        OutsideError: The server can't be asked.
        InputError: There is no such server, or another jurisdiction is wanted.
    """
    at = _endpoint(errand)
    services = [_read(line) for line in at.services()]
    sample = _sample(errand, at)
    names = dict.fromkeys(name for record in sample for name in record)
    columns = [_column(name, sample) for name in (*FIELDS, *names) if not sample or name in names]
    year_ago = (errand.now - timedelta(days=365)).date().replace(day=1)
    settings = {"since": year_ago.isoformat(), **errand.server.settings}
    for word in ("connector", "portal", "format"):
        settings.pop(word, None)
    kinds = sorted({str(one.get("service_name") or one.get("service_code")) for one in services if one})
    told = (
        f"{len(kinds):,} kinds of service: {', '.join(kinds[:30])}{', …' if len(kinds) > 30 else ''}." if kinds else ""
    )
    newest = max((str(record.get("updated_datetime") or "") for record in sample), default="")
    return Described(
        settings=settings,
        title="Service requests",
        description=told,
        columns=tuple(dict.fromkeys(columns)),
        updated_at=_in_utc(newest),
        sample=tuple(sample),
    )


def _endpoint(errand: Errand) -> Endpoint:
    from orchestration.ingest.georeport.endpoint import Endpoint

    settings = errand.server.settings
    reference = settings.get("credential")
    headers = {"Authorization": f"Bearer {errand.secret(str(reference))}"} if reference else {}
    jurisdiction = settings.get("jurisdiction")
    return Endpoint(
        errand.web(),
        errand.location.url,
        errand.location.shown,
        str(jurisdiction) if jurisdiction else None,
        headers,
        place=str(errand.server.place),
    )


def _since(errand: Errand) -> datetime:
    """The beginning of the first day, in UTC."""
    day = date.fromisoformat(str(errand.server.settings["since"]))
    since = datetime.combine(day, time(), UTC)
    if since >= errand.now:
        raise InputError(
            "a source begins in the future",
            where=str(errand.server.place),
            found=f"since: {day.isoformat()}",
            expected=f"a day before {errand.now:%Y-%m-%d}",
        )
    return since


def _services(errand: Errand, at: Endpoint) -> tuple[str, ...]:
    """The codes that are asked for, each known to the server."""
    wanted = tuple(str(code) for code in errand.server.settings.get("services") or ())
    if not wanted:
        return ()
    known = {str(one.get("service_code")) for one in map(_read, at.services())}
    for code in wanted:
        if code not in known:
            raise InputError(
                "a server has no such service",
                where=str(errand.server.place),
                found=code,
                expected=nearest(code, sorted(known)) or f"one of the {len(known):,} codes of {at.shown}/services",
            )
    if len(urlencode([("service_code", ",".join(wanted))])) > LONGEST_CODES:
        raise InputError(
            "more services are named than an address holds",
            where=str(errand.server.place),
            found=f"{len(wanted):,} codes",
            hint="leave services out and choose in the staging model, or make several sources.",
        )
    return wanted


def _sample(errand: Errand, at: Endpoint) -> list[dict[str, Any]]:
    """Some requests of the last month, or of the last 90 days where that had none."""
    from orchestration.ingest.georeport.answer import ServerSaid

    for span in (RECENT, LONGEST_WINDOW):
        start, end = errand.now - span, errand.now
        query = [
            (name, f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
            for name, moment in (("start_date", start), ("end_date", end))
        ]
        try:
            lines = at.ask("requests", query)
        except ServerSaid as error:
            at.refuse(error)
        records = [record for record in map(_read, lines[:SAMPLE]) if record]
        if records:
            return records
    return []


def _read(line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _column(name: str, sample: Sequence[Mapping[str, Any]]) -> DescribedColumn:
    logical, description = FIELDS.get(name, (_kind([record.get(name) for record in sample]), ""))
    form = WRITTEN if logical == "timestamp" else None
    return DescribedColumn(name, logical, description=description, format=form, key=name == "service_request_id")


def _kind(values: Sequence[Any]) -> str:
    """The logical type of a field that the standard does not have."""
    kinds = {type(value) for value in values if value is not None}
    for logical, among in (
        ("boolean", {bool}),
        ("integer", {int}),
        ("number", {int, float}),
        ("object", {dict}),
        ("array", {list}),
    ):
        if kinds and kinds <= among:
            return logical
    return "string"


def _in_utc(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.astimezone(UTC).isoformat() if moment.tzinfo is not None else None
