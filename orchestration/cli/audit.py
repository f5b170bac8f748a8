"""``cauce audit``: the quality report of an attempt, and every kept file against its hash."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from orchestration.cli.options import CityOption, Format, FormatOption
from orchestration.cli.release import split_version

app = typer.Typer(no_args_is_help=True)

_ANCHOR = re.compile(r"(\d+):([0-9a-f]{64})")


def parse_anchor(text: str | None) -> tuple[int, str] | None:
    """``N:SHA256``, as every run prints the ledger's head.

    Raises:
        InputError: The text has another form.
    """
    from contracts.errors import InputError

    if text is None:
        return None
    match = _ANCHOR.fullmatch(text.strip().lower())
    if match is None:
        raise InputError(
            "an anchor cannot be read", where="--anchor", found=repr(text), expected="N:SHA256, as a run prints it"
        )
    return int(match.group(1)), match.group(2)


@app.command()
def verify(
    city: CityOption = None,
    anchor: Annotated[
        str | None, typer.Option("--anchor", metavar="N:SHA256", help="A ledger head kept elsewhere: shows a cut tail.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Check every kept file against its hash, and the ledger's chain. Exits 4 and names the file where one differs."""
    from orchestration.context import open_city
    from orchestration.publish.audit import inspect

    opened = open_city(city)
    found = inspect(opened.home, parse_anchor(anchor))
    n, digest = opened.ledger.head()
    if output is Format.JSON:
        findings = [{"file": str(f.path), "found": f.found} for f in found]
        head = {"entry": n, "sha256": digest}
        typer.echo(json.dumps({"findings": findings, "ledger_head": head}, ensure_ascii=False, indent=2))
    else:
        console = Console(highlight=False)
        for finding in found:
            console.print(f"[red]✕[/red] {escape(finding.under(opened.home.root))}", soft_wrap=True)
        if not found:
            console.print("[green]✓[/green] Every kept file is what it was written as, and the ledger has no gap.")
        console.print(f"ledger head {n}:{digest}", soft_wrap=True)
    raise typer.Exit(4 if found else 0)


@app.command()
def report(
    product: Annotated[str, typer.Argument(help="The product, or product@version; the last attempt where not given.")],
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """The quality report of a release, or of the last attempt, refused or not."""
    from orchestration.context import open_city
    from orchestration.publish import report as reports

    opened = open_city(city)
    name, version = split_version(product)
    entry, evidence = reports.find(opened.home, opened.ledger, name, version)
    if output is Format.JSON:
        typer.echo(json.dumps(reports.as_data(entry, evidence), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    for heading, lines in reports.parts(entry, evidence):
        console.print(f"\n[bold]{heading}[/bold]")
        for line in lines:
            console.print(f"  {escape(line)}", soft_wrap=True)
