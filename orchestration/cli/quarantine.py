"""``cauce quarantine``: records set aside, why, and a spreadsheet for whoever must mend them."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from orchestration.cli.options import CityOption, Format, FormatOption

if TYPE_CHECKING:
    from contracts.checks import Check
    from contracts.city import City
    from contracts.model import Contract

app = typer.Typer(no_args_is_help=True)

SourceArgument = Annotated[str, typer.Argument(help="The source's name.")]
LandingOption = Annotated[
    int | None, typer.Option("--landing", help="Number of the landing; the last one if not given.")
]
LanguageOption = Annotated[str, typer.Option("--language", help="en, es or pt: the language of the sentences.")]


class ExportFormat(StrEnum):
    """Forms of an export."""

    XLSX = "xlsx"
    CSV = "csv"


@app.command("list")
def list_quarantine(city: CityOption = None, output: FormatOption = Format.TEXT) -> None:
    """What the last landing of each source set aside, by reason."""
    from orchestration.context import open_city
    from orchestration.ingest.quarantine import set_aside

    opened = open_city(city)
    found = set_aside(opened.home, tuple(opened.city.sources))
    if output is Format.JSON:
        rows = [
            {
                "source": one.source,
                "landing": one.landing,
                "retrieved_at": one.retrieved_at,
                "records": one.records,
                "reasons": dict(one.reasons),
                "refused": one.refused,
            }
            for one in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    if not found:
        console.print("Nothing is set aside.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("source", "landing", "records", "reasons"):
        table.add_column(column)
    for one in found:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in one.reasons.items())
        refused = "the whole file was refused; " if one.refused else ""
        table.add_row(one.source, str(one.landing), f"{one.records:,}", f"{refused}{reasons}")
    console.print(table)
    console.print(f"Next: cauce quarantine export {found[0].source} --city {opened.city.id}")


@app.command("show")
def show(
    source: SourceArgument,
    city: CityOption = None,
    landing: LandingOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many records to show.")] = 20,
    language: LanguageOption = "en",
    output: FormatOption = Format.TEXT,
) -> None:
    """The records set aside, each with its number, what is wrong, and its fields as received."""
    from itertools import islice

    from orchestration.context import open_city
    from orchestration.ingest.quarantine import counted_in_rows, landing_of, records

    opened = open_city(city)
    contract = _contract(opened.city, source)
    counted = "row" if counted_in_rows(contract) else "record"
    chosen = landing_of(opened.home, source, landing)
    found = list(islice(records(opened.home, contract, chosen, _checks(contract, language), language), limit))
    if output is Format.JSON:
        rows = [
            {"record": r.number, "reasons": list(r.reasons), "sentence": r.sentence, "values": dict(r.values)}
            for r in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    for record in found:
        console.print(f"[bold]{counted} {record.number:,}[/bold]", end=" ")
        console.print(record.sentence, markup=False)
        for name, value in record.values.items():
            console.print(f"    {name}: {'' if value is None else value}", markup=False)
    if len(found) == limit:
        console.print(f"The first {limit}. All: cauce quarantine export {source} --city {opened.city.id}")


@app.command("export")
def export(
    source: SourceArgument,
    city: CityOption = None,
    output: Annotated[
        ExportFormat, typer.Option("--format", help="xlsx to mend by hand, csv byte for byte.")
    ] = ExportFormat.XLSX,
    file: Annotated[
        Path | None, typer.Option("--output", help="The file to write; named after the source if not given.")
    ] = None,
    landing: LandingOption = None,
    language: LanguageOption = "en",
) -> None:
    """Write the records set aside to a file for whoever must mend them."""
    from orchestration.context import open_city
    from orchestration.ingest.quarantine import as_csv, landing_of, records

    opened = open_city(city)
    contract = _contract(opened.city, source)
    chosen = landing_of(opened.home, source, landing)
    path = file or Path(f"{source}-{chosen.n}.{output.value}")
    found = records(opened.home, contract, chosen, _checks(contract, language), language)
    if output is ExportFormat.CSV:
        with path.open("w", encoding="utf-8", newline="") as out:
            out.writelines(as_csv(contract, found))
    else:
        from orchestration.ingest.spreadsheet import write

        write(path, contract, chosen, found, language)
    Console(highlight=False, soft_wrap=True).print(f"Written: {path}", markup=False)


def _contract(city: City, source: str) -> Contract:
    from contracts.errors import InputError

    if source not in city.sources:
        raise InputError(
            "no such source",
            where=f"city {city.id}",
            found=source,
            expected=f"one of {', '.join(sorted(city.sources)) or 'none yet'}",
            hint="cauce source list",
        )
    return city.sources[source]


def _checks(contract: Contract, language: str) -> tuple[Check, ...]:
    """The contract's checks, for their sentences; English ones are kept with the records already."""
    if language == "en":
        return ()
    from contracts.compile_checks import compile_checks

    return compile_checks(contract)
