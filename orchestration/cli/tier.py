"""``cauce tier``: what each column is made from, and which step lets it be seen."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape

from orchestration.cli.options import CityOption, Format, FormatOption
from orchestration.cli.screen import print_json, wide_console

app = typer.Typer(no_args_is_help=True)

SHOWN = 12
"""Ways told of one column, unless all are asked for."""


@app.command("explain")
def explain(
    name: Annotated[str, typer.Argument(metavar="PRODUCT[.COLUMN]", help="A product, or one of its columns.")],
    every: Annotated[bool, typer.Option("--all", help="Every way to every source.")] = False,
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Say who may see a product's columns and why: each way to a source, and the registered step that lowers it.

    Read from the SQL that made the tables in the last run; exits 1 where a column shows more than its contract allows.
    """
    from orchestration.context import open_city
    from orchestration.explaining import explained

    opened = open_city(city)
    found = explained(opened.city, opened.home, name)
    if output is Format.JSON:
        print_json(found)
    else:
        _print(found, every=every)
    if found["findings"]:
        raise typer.Exit(1)


def _print(found: dict[str, Any], *, every: bool) -> None:
    console = wide_console()
    for column in found["columns"]:
        console.print(
            f"[bold]{escape(column['column'])}[/bold]  declared {column['declared']}, by what it is made from "
            f"{column['computed']}"
        )
        ways = column["ways"] if every else column["ways"][:SHOWN]
        for way in ways:
            console.print(f"  {escape(way['text'])}")
        if len(column["ways"]) > len(ways):
            console.print(f"  … and {len(column['ways']) - len(ways)} more: --all")
        if not ways:
            console.print("  made of no source's column")
    for finding in found["findings"]:
        console.print(f"[red]✗[/red] {escape(finding)}")
    for note in found["notes"]:
        console.print(f"[yellow]![/yellow] {escape(note)}")
    if not found["findings"]:
        console.print(f"[green]✓[/green] {found['followed']} followed; none shows more than its contract allows")
