"""``cauce city``: which cities there are, and whether each one's folder is right."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from orchestration.cli.options import Format, FormatOption

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_cities(output: FormatOption = Format.TEXT) -> None:
    """Every city found under the content roots, and whether it loads."""
    from contracts.errors import CauceError
    from orchestration.context import city_folders, city_home, open_city
    from orchestration.settings import load_settings

    settings = load_settings()
    rows = []
    for city_id, folder in city_folders(settings).items():
        row = {"city": city_id, "folder": str(folder), "state": str(city_home(city_id, settings).root)}
        try:
            city = open_city(city_id, settings).city
            row |= {"name": city.name.default, "problem": ""}
        except CauceError as error:
            row |= {"name": "", "problem": error.message}
        rows.append(row)
    if output is Format.JSON:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("city", "name", "folder", "problem"):
        table.add_column(column)
    for row in rows:
        table.add_row(row["city"], row["name"], row["folder"], row["problem"] or "loads")
    Console(highlight=False).print(table)


@app.command("check")
def check(
    city: Annotated[str | None, typer.Argument(help="The city's id.")] = None, output: FormatOption = Format.TEXT
) -> None:
    """Load one city strictly and say what it turns on, and what is not available and why."""
    from orchestration.context import open_city

    opened = open_city(city).city
    facts = {
        "city": opened.id,
        "name": opened.name.default,
        "sources": sorted(opened.sources),
        "entities": dict(sorted(opened.staging.items())),
        "products": sorted(opened.products),
        "problems": sorted(opened.problems),
        "not available": dict(sorted(opened.unavailable.items())),
    }
    if output is Format.JSON:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    console.print(f"[bold]{opened.name.default}[/bold] loads.")
    for name in ("sources", "entities", "products", "problems"):
        console.print(f"  {name}: {', '.join(facts[name]) or 'none'}")
    for product, reason in opened.unavailable.items():
        console.print(f"  not available: {product} ({reason})")
