"""``cauce lineage``: what a product, or one of its columns, is made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape

from orchestration.cli.options import CityOption, Format, FormatOption
from orchestration.cli.screen import print_json, wide_console

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Where a product comes from."""


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="PRODUCT[.COLUMN]", help="A product, or one of its columns.")],
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show the steps from a product's sources to its release, each with who may see its records.

    With a column: the columns it is made of, step by step, what decides its value, and what decides which records each
    step has, read from the SQL that made the tables in the last run.
    """
    from orchestration.context import open_city
    from orchestration.explaining import made

    opened = open_city(city)
    found = made(opened.city, opened.home, name)
    if output is Format.JSON:
        print_json(found)
    else:
        _print(found)


def _print(found: Mapping[str, Any]) -> None:
    console = wide_console()
    for step in found["steps"]:
        console.print(
            f"[bold]{step['kind']:<13}{escape(step['name'])}[/bold]  {escape(step['title'])}  [dim]{step['tier']}[/dim]"
        )
        for column in step.get("columns", ()):
            made_of = f" ← {_parts(column['made_of'])}" if column["made_of"] else ""
            console.print(f"  {escape(column['column'] + made_of)}")
            if column["decided_by"]:
                console.print(f"    decided by {escape(_parts(column['decided_by']))}")
        if step.get("records_decided_by"):
            console.print(f"  which records: {escape(_parts(step['records_decided_by']))}")


def _parts(parts: Iterable[Mapping[str, Any]]) -> str:
    """Each beginning once, with the manners in which it takes part and the registered steps in between."""
    manners: dict[str, dict[str, None]] = {}
    for part in parts:
        words = (part["how"].lower().replace("_", " "), *part["steps"])
        manners.setdefault(part["from"], {}).update(dict.fromkeys(words))
    return ", ".join(f"{start} ({', '.join(words)})" for start, words in manners.items())
