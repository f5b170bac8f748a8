"""What things are called in machine files: absolute addresses, and names that need no address.

Belongs here: the one way to an address, a UUID or a content name. Does not belong here: where pages and files stand
inside a site (``catalog.site.addresses``).

Most formats want absolute addresses. A site without one still gets valid files: a file is then named by its content
(``ni:///sha-256;...``, RFC 6920), everything else by a UUID made of the city's id and its own. Neither is ever
invented, and both stay the same for ever.
"""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any
from urllib.parse import quote

import msgspec

from contracts.errors import InputError

_FORMATS = {
    "text/csv": "CSV",
    "application/vnd.apache.parquet": "Parquet",
    "application/geo+json": "GeoJSON",
    "application/json": "JSON",
}


def address(site_url: str | None, path: str | None) -> str | None:
    """An absolute address on the city's site, None where the site or the page has none.

    Raises:
        InputError: A path that leaves the site.
    """
    if path is None:
        return None
    if path.startswith("/") or ".." in path.split("/"):
        raise InputError("a file of the catalogue lies outside its site", found=path, expected="a path inside it")
    if site_url is None:
        return None
    return f"{site_url.rstrip('/')}/{quote(path)}"


def by_content(sha256: str, media_type: str) -> str:
    """A file's name by its content (RFC 6920)."""
    digest = base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode("ascii")
    return f"ni:///sha-256;{digest}?ct={quote(plain_type(media_type), safe='/')}"


def urn(*names: str) -> str:
    """A name that stays, whatever address the site has: a UUID made of ``names``."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'cauce:' + '/'.join(names))}"


def plain_type(media_type: str) -> str:
    """A media type without its parameters: "text/csv; charset=utf-8" is "text/csv"."""
    return media_type.partition(";")[0].strip()


def format_name(media_type: str) -> str | None:
    """What people call a media type: "CSV"."""
    return _FORMATS.get(plain_type(media_type))


def full(record: dict[str, Any]) -> dict[str, Any]:
    """The record without what is not known."""
    return {key: value for key, value in record.items() if value is not None and value not in ("", [], {})}


def json_bytes(value: object) -> bytes:
    """The one byte form of a JSON file for machines: indented, in the order it was made in, ending in a line feed.

    As ``json.dumps`` indents it, by a library that does it five times quicker.
    """
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return msgspec.json.format(written.encode("utf-8"), indent=2) + b"\n"
