"""``cauce source``: where raw data comes from, how it is, and fetching one source by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from orchestration.cli.options import (
    AsOfOption,
    CityOption,
    Format,
    FormatOption,
    PortalOption,
    parse_instant,
    parse_portals,
)
from orchestration.cli.profile import change_lines, profile
from orchestration.cli.screen import tell_notes
from orchestration.cli.source_add import add

if TYPE_CHECKING:
    from contracts.model import Contract
    from orchestration.ingest.manifest import Landing

app = typer.Typer(no_args_is_help=True)
app.command("profile")(profile)

MOST_CHANGES = 8
"""Changes since the delivery before that ``fetch`` tells one by one."""
app.command("add")(add)


@app.command("list")
def list_sources(city: CityOption = None, output: FormatOption = Format.TEXT) -> None:
    """Every source of the city: where it comes from, when it was last fetched, what came of it."""
    from orchestration.context import open_city
    from orchestration.ingest.manifest import last_look, latest

    opened = open_city(city)
    rows: list[dict[str, Any]] = []
    for name, contract in sorted(opened.city.sources.items()):
        landing, look = latest(opened.home, name), last_look(opened.home, name)
        rows.append(
            {
                "source": name,
                "title": contract.title.default,
                "tier": contract.tier,
                "delivery": str(contract.delivery),
                "last_look": look.at if look else None,
                "outcome": landing.outcome if landing else "never fetched",
                "received": landing.received if landing else None,
                "accepted": landing.accepted if landing else None,
                "quarantined": landing.quarantined if landing else None,
                "rejected": landing.rejected if landing else None,
                "refusal": (landing.refusal or {}).get("message") if landing else None,
            }
        )
    if output is Format.JSON:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("source", "tier", "last look", "outcome", "received", "accepted", "quarantined", "rejected"):
        table.add_column(column)
    for row in rows:
        numbers = [_number(row[name]) for name in ("received", "accepted", "quarantined", "rejected")]
        table.add_row(row["source"], row["tier"], row["last_look"] or "", row["outcome"], *numbers)
    console = Console(highlight=False)
    console.print(table)
    for row in rows:
        if row["refusal"]:
            console.print(f"{row['source']} was refused: {row['refusal']}", markup=False)


@app.command("fetch")
def fetch(
    source: Annotated[str, typer.Argument(help="The source's name.")],
    city: CityOption = None,
    portal: PortalOption = None,
    as_of: AsOfOption = None,
    force: Annotated[bool, typer.Option("--force", help="Read it again although nothing changed.")] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Land one source now: fetch it, judge it, keep what comes in. Nothing is published."""
    from contracts.errors import InputError
    from orchestration.context import open_city
    from orchestration.job import CityJob, RunRequest
    from orchestration.turn import take_turn

    opened = open_city(city)
    if source not in opened.city.sources:
        raise InputError(
            "no such source",
            where=f"city {opened.city.id}",
            found=source,
            expected=f"one of {', '.join(sorted(opened.city.sources)) or 'none yet'}",
            hint="cauce source list",
        )
    request = RunRequest(as_of=parse_instant(as_of), force=force, portals=parse_portals(portal))
    with take_turn(opened, f"cauce source fetch {source}", run=request.run_id) as turn:
        tell_notes(turn.notes)
        landing = CityJob(opened, request).land(source)
        turn.log.exit_code = 1 if landing.refusal else 0
    if output is Format.JSON:
        typer.echo(json.dumps(asdict(landing), ensure_ascii=False, indent=2))
    else:
        _tell(landing, opened.city.sources[source], opened.city.id)
    raise typer.Exit(1 if landing.refusal else 0)


def _tell(landing: Landing, contract: Contract, city: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"{landing.source}: {landing.outcome}. Received {landing.received:,}, accepted {landing.accepted:,}, "
        f"set aside {landing.quarantined:,}, rejected {landing.rejected:,}.",
        markup=False,
    )
    if landing.refusal:
        console.print(str(landing.refusal.get("message") or ""), markup=False)
    for word in ("added", "missing"):
        if names := list(landing.drift[word]):
            more = f", and {len(names) - MOST_CHANGES} more" if len(names) > MOST_CHANGES else ""
            console.print(f"Columns {word}: {', '.join(names[:MOST_CHANGES])}{more}", markup=False)
    changes = change_lines(contract, landing.findings) if landing.outcome != "unchanged" else []
    for line in changes[:MOST_CHANGES]:
        console.print(line)
    if len(changes) > MOST_CHANGES:
        console.print(f"And {len(changes) - MOST_CHANGES} more changes.", markup=False)
    if changes:
        console.print(f"Next: cauce source profile {landing.source} --city {city}", markup=False)
    if landing.quarantine_file is not None:
        console.print(f"Next: cauce quarantine export {landing.source} --city {city}", markup=False)


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
