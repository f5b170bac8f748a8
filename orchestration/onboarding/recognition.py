"""What an address is: which connector knows it, and which of the city's portals it belongs to.

Belongs here: asking each connector, the portal's name. Does not belong here: asking a portal (``asking``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

from contracts.errors import InputError
from contracts.server_words import CONNECTORS as ROWS
from contracts.server_words import SOURCE_FORMATS
from orchestration.ingest.connectors import CONNECTORS
from orchestration.ingest.delivery import Connector, Recognised
from orchestration.onboarding.contract_draft import slug

WEB: Final = ("http", "https")
PORTAL_NAME: Final = re.compile(r"[a-z][a-z0-9_]*\Z")
_HAND: Final = "to write a contract by hand: docs/how-to/first-city.md"


@dataclass(frozen=True)
class Said:
    """What the person said about an address: the portal's name, the format of a file that it does not tell."""

    portal_name: str | None = None
    form: str | None = None


@dataclass(frozen=True)
class Named:
    """An address that is known, with the portal it belongs to.

    Attributes:
        connector: The connector's name.
        settings: The server's settings, as far as the address tells them.
        portal: The portal's name in ``city.yaml``; None for a file without one.
        address: The portal's own address; None where the city has it already, or there is no portal.
    """

    connector: str
    settings: Mapping[str, Any]
    portal: str | None = None
    address: str | None = None


def name_address(
    url: str, folder: Path, portals: Mapping[str, str], given: Mapping[str, str], said: Said
) -> tuple[Named, ...]:
    """Recognise ``url``: what it may be, the likeliest first.

    Args:
        url: An address of the web or of a store, or a path.
        folder: The city's folder, for paths.
        portals: The city's portals.
        given: The operator's ``--portal`` addresses: a mirror stands in for the portal whose host ``url`` names.
        said: What the person said about it.

    Raises:
        InputError: No connector knows it, or the portal's name is not clear.
    """
    scheme = urlsplit(url).scheme.lower()
    if "://" not in url or scheme == "file":
        return (_path(url.removeprefix("file://"), folder),)
    if scheme not in WEB:
        return (Named("file", {"location": url}),)
    found = []
    for one in recognise(url, said.form):
        name, address = _portal(one.portal, portals, given, said.portal_name)
        found.append(Named(one.connector, one.settings, name, address))
    return tuple(found)


def recognise(url: str, form: str | None = None) -> tuple[Recognised, ...]:
    """The connectors that know a web address: those that speak a portal's protocol before one that fetches any file.

    Raises:
        InputError: None does.
    """
    order = sorted(CONNECTORS, key=lambda name: ("portal" not in ROWS[name].needs, list(ROWS).index(name)))
    modules = (cast("Connector", import_module(CONNECTORS[name])) for name in order)
    found = [one for one in (module.recognise(url) for module in modules) if one is not None]
    parts = urlsplit(url)
    told = form or _told_form(parts.path, parts.query)
    if told is not None and parts.hostname and not any(one.connector == "http" for one in found):
        below = parts.path.lstrip("/") + (f"?{parts.query}" if parts.query else "")
        portal = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        found.append(Recognised("http", portal, {"location": below, "format": told}))
    if form is not None:
        found.sort(key=lambda one: one.connector != "http")
    if found:
        return tuple(found)
    raise InputError(
        "no connector knows this address",
        where=_without_query(url),
        found=f"nothing that {', '.join(order)} would read",
        expected="a data set's page or API address on a Socrata, CKAN or ArcGIS portal, an Open311 server, or a file"
        " that ends in .csv, .json, .geojson, .xlsx or .parquet",
        hint=f"copy the address of the data set's own page, or of its download. If it is a file: --form csv; {_HAND}",
    )


def _told_form(path: str, query: str) -> str | None:
    """A format that an address without an ending names: ``.../exports/csv``, ``?format=csv``."""
    asked = parse_qs(query)
    words = (path.rstrip("/").rsplit("/", 1)[-1], *(asked.get("format") or ()), *(asked.get("accessType") or ()))
    return next((word.lower() for word in words if word.lower() in SOURCE_FORMATS), None)


def _without_query(url: str) -> str:
    return url.split("?", 1)[0].split("#", 1)[0]


def _path(text: str, folder: Path) -> Named:
    """A file on this machine: by its path below the city's folder where it lies there, else by its whole path."""
    path = Path(text).expanduser()
    there = next((p for p in (path, folder / path) if p.is_file()), None)
    if there is None:
        raise InputError(
            "there is no such file",
            where=text,
            expected="a file, or an address that begins with https://",
            hint=f"https://{text}" if re.match(r"[\w-]+(\.[\w-]+)+/", text) else None,
        )
    whole = there.resolve()
    home = folder.resolve()
    return Named("file", {"location": whole.relative_to(home).as_posix() if whole.is_relative_to(home) else str(whole)})


def _portal(
    base: str, portals: Mapping[str, str], given: Mapping[str, str], wanted: str | None
) -> tuple[str, str | None]:
    """The portal's name, and its address where the city does not have it yet."""
    known = next((name for name, address in portals.items() if _same(address, base)), None)
    if known is not None:
        return known, None
    if wanted is not None:
        return _new_name(wanted, portals), base
    mirrors = [name for name in given if name not in portals]
    if len(mirrors) == 1:
        return _new_name(mirrors[0], portals), base
    if mirrors:
        raise InputError(
            "it is not clear which portal this is",
            where="--portal",
            found=f"{', '.join(mirrors)}, none of which city.yaml has",
            expected="--portal-name with one of them",
        )
    host = (urlsplit(base).hostname or "portal").removeprefix("www.")
    name = slug(host)
    return _new_name(name if name[:1].isalpha() else f"portal_{name}", portals), base


def _same(one: str, other: str) -> bool:
    a, b = urlsplit(one.rstrip("/")), urlsplit(other.rstrip("/"))
    return ((a.hostname or "").lower(), a.port, a.path) == ((b.hostname or "").lower(), b.port, b.path)


def _new_name(name: str, portals: Mapping[str, str]) -> str:
    if not PORTAL_NAME.match(name):
        raise InputError(
            "a portal's name has another form",
            where="--portal-name",
            found=name,
            expected="lower-case letters, digits and underscores",
        )
    if name in portals:
        raise InputError(
            "the city has another portal of that name",
            where="city.yaml",
            found=f"{name}: {portals[name]}",
            expected="another name",
            hint="--portal-name with a name of its own.",
        )
    return name
