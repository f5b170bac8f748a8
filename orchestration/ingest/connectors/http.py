"""The http connector: one file at a web address.

Belongs here: what an address and a plain web server say of a file. Does not belong here: how it is fetched
(``web/file``), what the bytes are (``readers``): an HTML page in place of a table is found where the file is read.

Source: RFC 6266 (Content-Disposition), RFC 6750 (bearer tokens).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from contracts import kept
from contracts.errors import InputError
from contracts.model import Server
from orchestration.ingest.delivery import Described, Errand, Fetched, Location, Recognised, Unchanged
from orchestration.ingest.formats import FORMATS
from orchestration.ingest.web import addresses
from orchestration.ingest.web.file import MODIFIED, SENT_AS_IS, bring_file, is_unchanged, refused
from orchestration.ingest.web.portals import portal_address

if TYPE_CHECKING:
    from orchestration.ingest.web.client import Opened

COMPRESSIONS: Mapping[str, str] = {".gz": "gzip", ".zip": "zip"}


def recognise(url: str) -> Recognised | None:
    """Any web address whose path ends as a format's files do (``.csv``, ``.csv.gz``, ``.geojson`` ...)."""
    try:
        address = addresses.parse(url)
    except InputError:
        return None
    found = _format_of(Path(unquote(urlsplit(address.shown).path)).name)
    if not found:
        return None
    portal = f"{address.scheme}://{address.authority}"
    return Recognised("http", portal, {"location": address.target.lstrip("/"), **found})


def _format_of(name: str) -> dict[str, str]:
    """Format and compression by the ending of a file's name; empty where it is no format's."""
    name = name.lower()
    compression = next((packed for ending, packed in COMPRESSIONS.items() if name.endswith(ending)), None)
    if compression is not None:
        name = name.rpartition(".")[0]
    format_name = next((f for f, row in FORMATS.items() if name.endswith(row.endings)), None)
    if name.endswith(".json"):
        format_name = "json"
    if format_name is None:
        return {}
    return {"format": format_name} | ({"compression": compression} if compression else {})


def locate(server: Server, _folder: Path, portals: Mapping[str, str]) -> Location:
    """The web address of a source's file.

    Raises:
        InputError: No location, a portal without address, or something that is no web address.
    """
    location = str(server.settings.get("location") or "")
    if not location:
        raise InputError("an http source has no location", where=str(server.place), hint="add location to the server.")
    if "://" not in location:
        location = f"{portal_address(server, portals)}/{location.lstrip('/')}"
    address = addresses.parse(location, str(server.place))
    return Location(shown=address.shown, url=address.url)


def still(errand: Errand) -> bool:
    """Whether the server says that the file is as it was; its body is not read.

    Raises:
        OutsideError: The server can't be asked.
    """
    return is_unchanged(errand, errand.location, _secret(errand))


def bring(errand: Errand) -> Fetched | Unchanged:
    """Fetch the file, unless the server says that it is the one seen at the last look.

    Raises:
        OutsideError: It can't be fetched, whole; what came so far is kept where the server can give the rest.
    """
    return bring_file(errand, errand.location, _asked(errand), _secret(errand))


def describe(errand: Errand) -> Described:
    """The file's name, its format by that name, and when it last changed; its records are not looked at here.

    Raises:
        OutsideError: The server can't be asked, or has no such file.
    """
    headers = {**SENT_AS_IS, **_secret(errand)}
    with errand.web().open(errand.location.url, headers=headers, most=errand.caps.raw_bytes) as answer:
        if answer.status != 200:
            raise refused(answer)
        name = _name(answer)
        settings = {"location": errand.server.settings["location"], **_format_of(name)}
        return Described(settings, title=Path(name).stem, updated_at=_changed_at(answer.headers))


def _secret(errand: Errand) -> dict[str, str]:
    """A credential goes as a bearer token."""
    reference = errand.server.settings.get("credential")
    return {"authorization": f"Bearer {errand.secret(str(reference))}"} if reference else {}


def _asked(errand: Errand) -> str:
    """Hash of the request: address with its query, and settings."""
    asked = {"url": errand.location.url, "settings": dict(errand.server.settings)}
    return kept.sha256_bytes(kept.canonical_json(asked))


_FILENAME = re.compile(r"filename\*?=(?:UTF-8''|\")?([^\";]+)", re.IGNORECASE)


def _name(answer: Opened) -> str:
    """The file's name as the server gives it, or as the address ends."""
    given = _FILENAME.search(answer.headers.get("content-disposition", ""))
    name = unquote(given[1].strip()) if given else unquote(urlsplit(answer.shown).path)
    return re.sub(r"[\x00-\x1f\x7f]", "", name).replace("\\", "/").rpartition("/")[2][:200]


def _changed_at(headers: Mapping[str, str]) -> str | None:
    try:
        changed = parsedate_to_datetime(headers.get(MODIFIED, ""))
    except (TypeError, ValueError):
        return None
    return (changed if changed.tzinfo else changed.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
