"""Options that several commands share, described once."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from contracts.errors import InputError


class Format(StrEnum):
    """How a result comes back."""

    TEXT = "text"
    JSON = "json"


CityOption = Annotated[str | None, typer.Option("--city", help="The city's id; CAUCE_CITY or demo where not given.")]
FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]
PortalOption = Annotated[
    list[str] | None,
    typer.Option("--portal", metavar="NAME=URL", help="Point a portal at a mirror; allows that host and port only."),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="INSTANT", help="ISO 8601 instant the run is as of; the inputs' newest where not given."
    ),
]


def parse_instant(text: str | None) -> datetime | None:
    """An ISO 8601 instant in UTC; a date alone is its midnight, no offset means UTC.

    Raises:
        InputError: The text is no instant.
    """
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            "the as-of instant cannot be read",
            where="--as-of",
            found=repr(text),
            expected="ISO 8601, such as 2026-01-31 or 2026-01-31T06:00:00Z",
        ) from error
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def parse_portals(pairs: list[str] | None) -> dict[str, str]:
    """``NAME=URL`` pairs as a mapping.

    Raises:
        InputError: A pair has no name or no address.
    """
    portals = {}
    for pair in pairs or []:
        name, sign, url = pair.partition("=")
        if not (name and sign and url):
            raise InputError("a portal is not given as NAME=URL", where="--portal", found=repr(pair))
        portals[name] = url
    return portals
