"""``cauce city``: which cities there are, a new one, and what is still to do in one.

Belongs here: options, questions on a terminal, the screen. Does not belong here: the folder and the checklist
(``orchestration.onboarding``).
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from orchestration.cli.options import Format, FormatOption, PortalOption, parse_portals
from orchestration.cli.screen import from_here

if TYPE_CHECKING:
    from orchestration.onboarding.item import Item

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


@app.command("new")
def new(  # noqa: PLR0913, PLR0917 - one for each option
    city: Annotated[
        str, typer.Argument(metavar="ID", help="The new city's id: lower-case letters, digits, underscores.")
    ],
    name: Annotated[str | None, typer.Option("--name", help="The city's name, as readers see it.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Two letters, such as CO.")] = None,
    timezone: Annotated[
        str | None, typer.Option("--timezone", help="Such as America/Bogota; the country's where it has only one.")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="A language of the pages, the first one first; repeatable.")
    ] = None,
    publisher: Annotated[
        str | None, typer.Option("--publisher", help="Who stands behind the catalogue; the city where not given.")
    ] = None,
    email: Annotated[str | None, typer.Option("--email", help="The address that answers questions.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="The content root; the first of CAUCE_CITIES where not given.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Make the folder of a new city, with a city.yaml that says what each line decides.

    On a terminal it asks for what no option gives; elsewhere a missing option is an error. Overwrites nothing.
    """
    from orchestration.onboarding import city_skeleton as skeleton
    from orchestration.settings import PROJECT_ROOT, load_settings

    settings = load_settings()
    root = folder or (settings.cities[0] if settings.cities else PROJECT_ROOT / "cities")
    skeleton.check_id(city, (*settings.content_roots, root))
    shown = name or _answer("The city's name", "--name", city.replace("_", " ").title())
    country_code = skeleton.check_country(country or _answer("Country, two letters", "--country", None))
    made = skeleton.make_city(
        skeleton.NewCity(
            id=city,
            name=shown,
            country=country_code,
            timezone=skeleton.check_timezone(timezone, country_code),
            languages=skeleton.check_languages(language or ()),
            publisher=publisher or shown,
            email=skeleton.check_email(email) if email else skeleton.NO_ADDRESS,
        ),
        root,
    )
    known = [path.resolve() for path in settings.content_roots]
    advice = [] if root.resolve() in known else [f"export CAUCE_CITIES={root.resolve()}"]
    steps = [*advice, f"cauce source add ADDRESS --city {city}", f"cauce city check {city}"]
    if output is Format.JSON:
        typer.echo(json.dumps({"city": city, "folder": str(made), "next": steps}, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(from_here(f"{shown} ({city}) stands in {made.absolute()}"), markup=False)
    console.print("Its city.yaml says what each line decides: read it once.")
    console.print("Next:")
    for step in steps:
        console.print(f"  {step}", markup=False)


def _answer(question: str, option: str, proposed: str | None) -> str:
    """Ask on a terminal; elsewhere what was proposed, or an error that names the option."""
    from contracts.errors import InputError

    if sys.stdin.isatty() and sys.stdout.isatty():
        return str(typer.prompt(question, default=proposed))
    if proposed is not None:
        return proposed
    raise InputError("a new city needs more to be known of it", where=option, expected=question.lower())


@app.command("check")
def check(
    city: Annotated[str | None, typer.Argument(help="The city's id.")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Also ask each source's address whether it answers.")] = False,
    portal: PortalOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """What is still to do until the city runs by itself, in order, each with its place and the command.

    Exits 0 when nothing stops a first run, 1 otherwise. Asks nobody outside unless --ask is given; changes nothing.
    """
    from contracts.errors import InputError
    from orchestration.context import city_folders, open_city
    from orchestration.onboarding import checklist
    from orchestration.settings import load_settings

    settings = load_settings()
    city_id = city or settings.city
    folders = city_folders(settings)
    try:
        opened = open_city(city_id, settings)
    except InputError as error:
        if city_id not in folders:
            raise
        items = checklist.unread(city_id, folders[city_id], error.message, error.where)
    else:
        items = checklist.checklist(opened)
        if ask:
            items = (*items, *checklist.reached(opened, parse_portals(portal)))
    if output is Format.JSON:
        typer.echo(json.dumps(checklist.as_dict(city_id, folders[city_id], items), ensure_ascii=False, indent=2))
    else:
        _show(city_id, folders[city_id], items)
    raise typer.Exit(1 if any(item.kind == "stops" for item in items) else 0)


SIGNS = {"stops": "[red]▲[/red]", "to do": "[yellow]◐[/yellow]", "advice": "·", "good": "[green]✓[/green]"}


def _show(city_id: str, folder: Path, items: tuple[Item, ...]) -> None:
    from orchestration.onboarding.checklist import STEPS

    console = Console(highlight=False, soft_wrap=True)
    stops = sum(item.kind == "stops" for item in items)
    left = sum(item.kind == "to do" for item in items)
    things = "thing stops" if stops == 1 else "things stop"
    head = f"{stops} {things} a first run" if stops else "nothing stops a first run"
    console.print(from_here(f"{city_id}: {head}, {left} to do. Its folder: {folder}"), markup=False)
    for number, step in enumerate(STEPS, start=1):
        there = [item for item in items if item.step == step]
        if there:
            console.print(f"\n[bold]{number} {step}[/bold]")
        for file, group in groupby(there, key=lambda item: _file_of(item, folder)):
            items_there = list(group)
            if file:
                console.print(f"  {SIGNS['to do']} {file}", markup=True)
            for item in items_there:
                _show_item(item, file, folder, console)


def _file_of(item: Item, folder: Path) -> str:
    """The file of a mark: marks of one file stand together under its name."""
    where = item.where.removeprefix(f"{folder}/")
    return where.rpartition(":")[0] if item.kind == "to do" and not item.do else ""


def _show_item(item: Item, file: str, folder: Path, console: Console) -> None:
    where = item.where.removeprefix(f"{folder}/") if item.kind != "good" else ""
    if file:
        console.print(f"      line {where.rpartition(':')[2]}: {item.text}", markup=False)
        return
    console.print(f"  {SIGNS[item.kind]} ", end="")
    console.print(from_here(f"{item.text}{f'  ({where})' if where else ''}"), markup=False)
    if item.do and item.kind != "advice":
        console.print(from_here(f"    → {item.do}"), markup=False)
