"""``cauce product``: turning on a shared product for a problem of the city.

Belongs here: options, what is available and why the rest is not, the terminal. Does not belong here: the files
(``orchestration.onboarding``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from orchestration.cli.options import CityOption, Format, FormatOption
from orchestration.cli.problem import is_terminal, settle

if TYPE_CHECKING:
    from contracts.city import City

app = typer.Typer(no_args_is_help=True)


@app.callback()
def product() -> None:
    """The shared products a city turns on."""


@app.command("new")
def new(
    name: Annotated[
        str | None, typer.Argument(metavar="[PRODUCT]", help="The shared product; without one, all are listed.")
    ] = None,
    problem: Annotated[
        str | None, typer.Option("--problem", metavar="ID", help="The problem of the city that it will serve.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="EMAIL", help="Who answers for it in the city.")
    ] = None,
    city: CityOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking once more.")] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Turn on a shared product, with an owner and room for the city's own rules, and bind it to a problem.

    Without a product it lists which can be turned on, which are on, and why the others cannot be. Writes
    products/<product>.yaml and names the product in the problem's file; the city is loaded with both before they are
    written. A product that is on already is only bound. It does not make a product that no city has yet: that is a
    contract and a model shared by all cities, and docs/ARCHITECTURE.md says where they stand.
    """
    from contracts.errors import InputError
    from contracts.problems import EMAIL
    from contracts.vocabulary import one_of
    from orchestration.context import open_city
    from orchestration.onboarding.service_plan import plan_product

    opened = open_city(city)
    if name is None:
        _list(opened.city, output)
        return
    if problem is None and is_terminal() and opened.city.problems:
        typer.echo("Which problem will it serve? (Products serve problems; one that serves none is reported.)")
        for one, declared in opened.city.problems.items():
            typer.echo(f"  {one}: {declared.question.default}")
        problem = str(typer.prompt("  problem"))
    if problem is None:
        raise InputError(
            "a product serves a problem of the city",
            where="--problem",
            expected=one_of(opened.city.problems, None) if opened.city.problems else "a problem",
            hint=f"cauce problem new --city {opened.city.id}" if not opened.city.problems else None,
        )
    if owner is not None and not EMAIL.match(owner):
        raise InputError("this is no e-mail address", where="--owner", found=repr(owner), expected="name@example.org")
    plan = plan_product(opened.city, name, problem, owner)
    settle(plan, opened, output, write=not dry_run, sure=yes or not is_terminal())


def _list(city: City, output: Format) -> None:
    """Every shared product: on, ready to be turned on, or why it cannot be."""
    from contracts.city_load import NOT_TURNED_ON, load_shared
    from contracts.measure import MADE_OF_MEASURES

    rows = []
    for name, shared in load_shared().products.items():
        lacking = [entity for entity in shared.needs if entity not in city.staging]
        serves = [one for one, declared in city.problems.items() if name in declared.products]
        if name in city.products:
            state, why = "on", f"serves {', '.join(serves)}" if serves else "serves no problem"
        elif city.unavailable[name] != NOT_TURNED_ON:
            state, why = "off", city.unavailable[name].default
        elif name in MADE_OF_MEASURES and not city.measures:
            state, why = "cannot be", "no measure is defined: cauce problem new defines one with a problem"
        elif lacking:
            state, why = "cannot be", f"no {' and no '.join(lacking)} is delivered"
        else:
            state, why = "can be turned on", shared.purpose.default or shared.title.default
        rows.append({"product": name, "state": state, "why": " ".join(why.split())})
    if output is Format.JSON:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("product", "state", "why"):
        table.add_column(column)
    for row in rows:
        table.add_row(row["product"], row["state"], row["why"])
    Console(highlight=False).print(table)
