"""``cauce source add``: from the address of a data set to a contract and a staging model, both drafts.

Belongs here: options and what is said on the terminal. Does not belong here: recognising, asking, drafting, writing
(``orchestration.onboarding``).
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from orchestration.cli.options import CityOption, Format, FormatOption, PortalOption, parse_portals
from orchestration.cli.screen import from_here

if TYPE_CHECKING:
    from orchestration.onboarding.adding import Added

SHOWN = 8
"""Columns that are named on the screen; the files name all."""


def add(  # noqa: PLR0913, PLR0917 - one for each option
    url: Annotated[str, typer.Argument(metavar="ADDRESS", help="A data set's page, API or file; or a path.")],
    city: CityOption = None,
    name: Annotated[
        str | None, typer.Option("--name", help="<publisher>_<dataset>; from the data set's title where not given.")
    ] = None,
    entity: Annotated[
        str | None, typer.Option("--entity", help="What to stage it as; the entity it resembles where not given.")
    ] = None,
    portal: PortalOption = None,
    portal_name: Annotated[
        str | None, typer.Option("--portal-name", help="The portal's name in city.yaml; from its host where not given.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--form", help="csv, json, xlsx ...: a file whose address does not tell it.")
    ] = None,
    member: Annotated[str | None, typer.Option("--member", help="The file in a ZIP archive.")] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", help="The sheet of a workbook.")] = None,
    credential: Annotated[
        str | None, typer.Option("--credential", help="A reference such as ${PORTAL_TOKEN}, never the token itself.")
    ] = None,
    proposal: Annotated[
        bool, typer.Option("--proposal", help="Write drafts beside files that are there, as .proposal.")
    ] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Draft a source's contract and a staging model from the address of a data set.

    Asks the portal what it says of the data set and takes a sample; types, keys and rhythm are told from both. Every
    column is restricted until a person decides, and what looks personal is said beside it. What a person must decide is
    marked TO DO, and cauce city check lists it. Nothing that is there is overwritten, and nothing is published.
    """
    from datetime import UTC, datetime

    from contracts.credentials import REFERENCE
    from contracts.errors import InputError
    from orchestration.context import open_city
    from orchestration.onboarding.adding import Surroundings, Wish, add_source, as_dict
    from orchestration.onboarding.file_sample import Asked

    if credential is not None and not REFERENCE.match(credential):
        raise InputError(
            "a credential is written out",
            where="--credential",
            found="a value (not shown)",
            expected="a reference such as '${PORTAL_TOKEN}' to the environment",
        )
    opened = open_city(city)
    settings = opened.settings
    work = (settings.home / "onboarding" / f"{opened.city.id}-{os.getpid()}").absolute()
    here = Surroundings(
        opened.city, parse_portals(portal), work, datetime.now(UTC).replace(microsecond=0), settings.requests_per_second
    )
    asked = Asked(member=member, sheet=sheet)
    wish = Wish(url, name, entity, portal_name, form, asked, credential, proposal)
    added = add_source(wish, here)
    if output is Format.JSON:
        typer.echo(json.dumps(as_dict(added), ensure_ascii=False, indent=2))
    else:
        _tell(added, Console(highlight=False, soft_wrap=True))


def _tell(added: Added, console: Console) -> None:
    draft = added.draft
    origin = draft.origin
    count = "" if origin.records is None else f"{origin.records:,} records, "
    if origin.described.title:
        _say(console, f"{origin.described.title}")
    _say(
        console,
        f"{origin.connector}: {count}{len(draft.columns)} columns; looked at {origin.sample.records:,} records.",
    )
    if added.portal is not None:
        _say(console, f"{added.portal[0]}: {added.portal[1]} now stands in city.yaml.")
    _say(console, f"\nContract: {added.contract}")
    _say(console, f"  key: {draft.key or 'none'} ({draft.key_told})")
    every, unit = draft.rhythm.every
    _say(console, f"  changes: every {every} {unit} ({draft.rhythm.because})")
    if draft.personal:
        named = ", ".join(column.name for column in draft.personal[:SHOWN])
        more = f" and {len(draft.personal) - SHOWN} more" if len(draft.personal) > SHOWN else ""
        _say(console, f"  looks personal: {named}{more}. All columns are restricted until someone decides.")
    for reason in draft.left_out:
        _say(console, f"  left out: {reason}")
    if added.staging is not None and added.staging_path is not None:
        _tell_staging(added, console)
    for note in added.notes:
        _say(console, f"\n{note}")
    _say(console, f"\nNext: cauce city check {draft.city.id}")


def _tell_staging(added: Added, console: Console) -> None:
    staging = added.staging
    assert staging is not None
    _say(console, f"\nStaging: {added.staging_path}")
    missing = ", ".join(
        f"{c.name} ({', '.join(c.unlocks)})" if c.unlocks else f"{c.name} (required)" if c.required else c.name
        for c in staging.missing
    )
    told = f"; missing {missing}" if missing else ""
    _say(console, f"  {staging.entity.name}: {staging.found} of {len(staging.lines)} columns found{told}")
    if not staging.is_deliverable:
        _say(console, "  What is required must be found before anything can be published from it.")
    for question in staging.questions:
        _say(console, f"  to decide: {question}")


def _say(console: Console, text: str) -> None:
    console.print(from_here(text), markup=False)
