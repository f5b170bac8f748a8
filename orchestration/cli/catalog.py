"""``cauce catalog``: build the static sites, and look at one on this machine.

Belongs here: options, and what is said on the terminal. Does not belong here: pages (``catalog.site``).
"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from orchestration.cli.options import AsOfOption, CityOption, Format, FormatOption, parse_instant
from orchestration.cli.screen import tell_notes

app = typer.Typer(no_args_is_help=True)


@app.command("build")
def build(city: CityOption = None, as_of: AsOfOption = None, output: FormatOption = Format.TEXT) -> None:
    """Build the public and the internal site from what is on record. Publishes nothing new.

    Pages of which nothing changed are left as they were; deleting the sites makes all of them again.

    ``--as-of`` states the time of checking, from which lateness is told; where not given, the clock, or
    for a city with ``clock: inputs`` the time of its newest delivery.
    """
    from catalog.site.build import build as build_site
    from orchestration import logs
    from orchestration.context import open_city, time_of_checking
    from orchestration.turn import take_turn

    opened = open_city(city)
    checked_at = parse_instant(as_of) or time_of_checking(opened)
    with take_turn(opened, "cauce catalog build") as turn, logs.step("pages built"):
        tell_notes(turn.notes)
        built = build_site(opened.city, opened.home, checked_at=checked_at)
    sites = {tier: str(site.folder) for tier, site in built.tiers.items()}
    if output is Format.JSON:
        pages = {tier: site.pages for tier, site in built.tiers.items()}
        made = {tier: site.made for tier, site in built.tiers.items()}
        typer.echo(json.dumps({"city": opened.city.id, "sites": sites, "pages": pages, "made": made}, indent=2))
        return
    for tier, site in built.tiers.items():
        taken = site.pages - site.made
        typer.echo(f"{tier}: {site.pages} pages ({site.made} made, {taken} as they were), {site.folder / 'index.html'}")


@app.command("serve")
def serve(
    city: CityOption = None,
    tier: Annotated[str, typer.Option("--tier", help="Which site: public or internal.")] = "public",
    port: Annotated[int | None, typer.Option("--port", help="CAUCE_SITE_PORT or 8300 where not given.")] = None,
) -> None:
    """Show a site at http://127.0.0.1, to this machine only. Ends with Ctrl+C."""
    from catalog.settings import load_catalog_settings
    from catalog.site.build import SITE_TIERS
    from catalog.site.serving import site_server
    from contracts.errors import InputError
    from orchestration.context import open_city

    if tier not in SITE_TIERS:
        raise InputError("no static site for that tier", where=f"--tier {tier}", expected=" or ".join(SITE_TIERS))
    opened = open_city(city)
    folder = opened.home.site / tier
    if not (folder / "index.html").is_file():
        raise InputError(
            "there is no site to show yet",
            where=str(folder),
            hint=f"cauce catalog build --city {opened.city.id}",
        )
    with site_server(folder, load_catalog_settings().site_port if port is None else port) as server:
        typer.echo(f"{opened.city.name.default}, {tier}: http://127.0.0.1:{server.server_port}/ (Ctrl+C ends)")
        server.serve_forever()
