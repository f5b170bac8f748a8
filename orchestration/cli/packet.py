"""``cauce problem packet``: the packet for a stat meeting, for any day, as one file to print or send.

Belongs here: options, and where the file goes. Does not belong here: what a packet says
(``catalog.site.packet_pages``).
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.options import CityOption

if TYPE_CHECKING:
    from contracts.city import City


def packet(
    city: CityOption = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="The day of the meeting; today where not given.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DAY", help="The day of the last meeting; thirty days before where not given."),
    ] = None,
    tier: Annotated[str, typer.Option("--tier", help="For whom: public or internal.")] = "internal",
    lang: Annotated[
        str | None, typer.Option("--lang", help="One of the city's languages; its first where not given.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where to write it; the screen where not given.")
    ] = None,
) -> None:  # fmt: skip
    """The packet for a stat meeting as one HTML file: follow-ups, measures, what is new, what to ask, what to mind.

    For a day gone by, the register is as it stood then, and months that were not over are left out.
    The file needs no other file: open it in a browser and print it, on A4 or Letter.
    """
    from catalog.settings import load_catalog_settings
    from catalog.site.packet_file import packet_file
    from catalog.site.site import read_site
    from catalog.site.speech import Speech
    from contracts import kept
    from orchestration.context import open_city, time_of_checking

    opened = open_city(city)
    spoken = _language(opened.city, lang)
    site = read_site(
        opened.city, opened.home, _tier(tier), time_of_checking(opened), load_catalog_settings().sample_rows
    )
    day = _day(on, "--on") or site.today
    made = packet_file(site, Speech(opened.city, spoken), day, _since(since, day))
    if out is None:
        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()
        return
    kept.replace(out, made)
    typer.echo(f"{opened.city.name.default}, {tier}, packet for {day}: {out}")


def _day(text: str | None, option: str) -> date | None:
    from contracts.errors import InputError

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            "a day cannot be read", where=option, found=repr(text), expected="a day such as 2026-11-30"
        ) from error


def _since(text: str | None, day: date) -> date | None:
    from contracts.errors import InputError

    since = _day(text, "--since")
    if since is not None and since >= day:
        raise InputError(
            "the last meeting was not before this one", where="--since", found=str(since), expected=f"before {day}"
        )
    return since


def _tier(tier: str) -> str:
    from catalog.site.build import SITE_TIERS
    from contracts.errors import InputError

    if tier not in SITE_TIERS:
        raise InputError("no packet for that tier", where=f"--tier {tier}", expected=" or ".join(SITE_TIERS))
    return tier


def _language(city: City, lang: str | None) -> str:
    from contracts.errors import InputError

    if lang is not None and lang not in city.languages:
        raise InputError(
            "the city does not speak that language", where=f"--lang {lang}", expected=", ".join(city.languages)
        )
    return lang or city.languages[0]
