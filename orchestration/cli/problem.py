"""``cauce problem``: designing a data service, from the question a city must answer to the files that declare it.

Belongs here: options, the terminal. Does not belong here: the questions and the files (``orchestration.onboarding``).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from orchestration.cli import packet
from orchestration.cli.options import CityOption, Format, FormatOption
from orchestration.cli.screen import from_here

if TYPE_CHECKING:
    from orchestration.context import OpenCity
    from orchestration.onboarding.service_plan import Plan

app = typer.Typer(no_args_is_help=True)
app.command("packet")(packet.packet)


@app.callback()
def problem() -> None:
    """What the city must answer, and the measures that answer it."""


@app.command("new")
def new(
    identity: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The problem's id: lower-case letters, digits, underscores.")
    ] = None,
    city: CityOption = None,
    answers: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Read the answers from a YAML file, and ask nothing.")
    ] = None,
    questions: Annotated[
        bool, typer.Option("--questions", help="Print the questions as a file for --from, and write nothing.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking once more.")] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Lead a team through designing a data service, and write its files.

    Asks which question the city must answer, for which decision, by whom and when; who uses the answer and who answers
    for it; which products serve it, what is measured, and what the figures will not say. Each question says why it is
    asked. Texts are asked in the city's languages; all but the first may be left out. Writes problems/<id>.yaml and a
    file for each new measure; before that, the city is loaded with them, so that nothing is left behind that does not
    load. Overwrites nothing, runs nothing, and changes no data.
    """
    from orchestration.context import open_city
    from orchestration.onboarding import service_questions
    from orchestration.onboarding.service_plan import plan_problem

    opened = open_city(city)
    if questions:
        typer.echo(service_questions.template(opened.city), nl=False)
        return
    told = _read(answers, identity) if answers is not None else _asked(opened, identity)
    plan = plan_problem(opened.city, told)
    settle(plan, opened, output, write=not dry_run, sure=yes or answers is not None)


def settle(plan: Plan, opened: OpenCity, output: Format, *, write: bool, sure: bool) -> None:
    """Try the plan on a copy of the city, show it, and write it where that is wanted.

    Raises:
        InputError: The city would not load with it.
    """
    from contracts import kept
    from orchestration.onboarding.service_plan import try_out, write_plan

    city = opened.city
    work = (opened.settings.home / "onboarding" / f"{city.id}-{os.getpid()}-service").absolute()
    try:
        try_out(plan, work)
    finally:
        kept.discard(work)
    console = Console(highlight=False, soft_wrap=True)
    if output is Format.TEXT:
        for path, text in plan.files.items():
            console.print(from_here(f"\n{path}"), markup=False, style="bold")
            console.print(text, markup=False, end="")
    if write and not sure:
        write = typer.confirm("\nWrite these files?", default=True)
    written = write_plan(plan) if write else ()
    steps = [f"cauce city check {city.id}", f"cauce run --city {city.id}"]
    if output is Format.JSON:
        told = {str(path): text for path, text in plan.files.items()}
        paths = [str(path) for path in written]
        value = {"city": city.id, "files": told, "written": paths, "next": steps if written else []}
        typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
        return
    if not written:
        console.print("\nNothing was written.")
        return
    console.print(f"\n{len(written)} files written; the city loads with them." if len(written) > 1 else "\nWritten.")
    console.print("Next:")
    for step in steps:
        console.print(f"  {step}", markup=False)


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _read(path: Path, identity: str | None) -> Mapping[str, Any]:
    """The answers of a file.

    Raises:
        InputError: It is no YAML, no mapping, or names another id than the command.
    """
    from contracts.errors import InputError
    from contracts.yaml_places import read_yaml

    value = read_yaml(path).value
    if not isinstance(value, dict):
        raise InputError("the answers are not a mapping", where=str(path), expected="the keys of a problem's file")
    if identity is not None and value.get("id") not in {None, identity}:
        raise InputError("the answers are those of another problem", where=str(path), found=str(value["id"]))
    return {**value, **({} if identity is None else {"id": identity})}


def _asked(opened: OpenCity, identity: str | None) -> Mapping[str, Any]:
    """The answers of a person on a terminal.

    Raises:
        InputError: Nobody is there to be asked.
    """
    from contracts.errors import InputError
    from orchestration.onboarding.published_values import published_values
    from orchestration.onboarding.service_answers import ask_problem
    from orchestration.onboarding.service_asking import Asker

    if not is_terminal():
        raise InputError(
            "nobody is there to be asked",
            where="cauce problem new",
            expected="--from FILE",
            hint=f"cauce problem new --questions --city {opened.city.id} > answers.yaml",
        )
    if identity is None:
        identity = str(typer.prompt("The problem's id: lower-case letters, digits, underscores"))

    def read(before: str, proposed: str | None) -> str:
        return str(typer.prompt(f"  {before}", default=proposed, show_default=bool(proposed)))

    def values(product: str, column: str) -> tuple[str, ...]:
        return published_values(opened.city, opened.home, product, column)

    return ask_problem(opened.city, identity, Asker(read, typer.echo, values))
