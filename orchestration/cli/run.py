"""``cauce run``: the main job, with progress and a closing table."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
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

if TYPE_CHECKING:
    from orchestration.run import RunOutcome
    from orchestration.settings import Settings

STAGES = {"land": "land", "shape": "shape", "publish": "publish", "catalogue": "show"}
SIGNS = {
    "published": "[green]✓ published[/green]",
    "accepted": "[green]✓ accepted[/green]",
    "built": "[green]✓ built[/green]",
    "ok": "[green]✓ built[/green]",
    "unchanged": "· unchanged",
    "held": "[red]▲ held[/red]",
    "withdrawn": "[yellow]◐ withdrawn[/yellow]",
    "refused": "[red]▲ refused[/red]",
    "error": "[red]✕ failed[/red]",
    "skipped": "[yellow]· skipped[/yellow]",
}


def run(
    city: CityOption = None,
    as_of: AsOfOption = None,
    force: Annotated[bool, typer.Option("--force", help="Do everything again, stale or not.")] = False,
    portal: PortalOption = None,
    all_cities: Annotated[bool, typer.Option("--all", help="Every city, one process each.")] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """Land what is new, shape it, judge it, publish what holds, and rebuild the pages.

    Exits 0 when everything stands, 1 while anything is held, 2 for a mistake in a file, 3 when a source or
    the disk failed, 4 when a kept file was altered; the worst of them where several happened.
    """
    from orchestration.context import open_city
    from orchestration.job import RunRequest
    from orchestration.run import run_city
    from orchestration.settings import load_settings

    settings = load_settings()
    if all_cities:
        raise typer.Exit(_run_all(settings, output))
    request = RunRequest(as_of=parse_instant(as_of), force=force, portals=parse_portals(portal))
    opened = open_city(city, settings)
    console = Console(stderr=True, highlight=False)
    show = Progress(console, opened.city.name.default)
    try:
        outcome = run_city(opened, request, show.tell)
    finally:
        show.end()
    if output is Format.JSON:
        typer.echo(json.dumps(outcome.as_dict(), ensure_ascii=False, indent=2))
    else:
        print_outcome(outcome, Console(highlight=False))
    raise typer.Exit(outcome.exit_code)


class Progress:
    """One line a finished step, and the step under way on a terminal."""

    def __init__(self, console: Console, title: str) -> None:
        self.console = console
        self.status = console.status(f"{title}: planning") if console.is_terminal else None
        if self.status:
            self.status.start()

    def tell(self, stage: str, what: str, outcome: str) -> None:
        """Called by the job at the beginning (no outcome) and at the end of every step."""
        label = STAGES.get(stage, stage)
        if not outcome:
            if self.status:
                self.status.update(f"{label} {escape(what)} …")
            return
        self.console.print(f"  {label:<8} {escape(what):<44} {SIGNS.get(outcome, escape(outcome))}")

    def end(self) -> None:
        """Clear the terminal's status line."""
        if self.status:
            self.status.stop()


def print_outcome(outcome: RunOutcome, console: Console) -> None:
    """The closing table: published, unchanged, held and why, quarantined, what to do next."""
    if outcome.nothing_to_do:
        console.print("Nothing new: no source, contract, model or engine file has changed. Nothing was published.")
    for note in outcome.notes:
        console.print(f"[yellow]◐[/yellow] {escape(note)}", soft_wrap=True)
    table = Table(title=None, box=None, pad_edge=False, show_header=True, header_style="bold")
    table.add_column("what", no_wrap=True)
    table.add_column("outcome", no_wrap=True)
    table.add_column("why, and what to do next")
    for row in outcome.published:
        table.add_row(row["product"], SIGNS["published"], f"release {row['version']}")
    for name in outcome.unchanged:
        table.add_row(name, SIGNS["unchanged"], "the last release still says all there is")
    for row in outcome.held:
        word = "[red]▲ still held[/red]" if row["still"] else SIGNS["held"]
        advice = f"{escape(row['sentence'])}\ncauce audit report {row['product']} --city {outcome.city}"
        table.add_row(row["product"], word, advice)
    for row in outcome.withdrawn:
        why = f"on {row['withdrawn_at'][:10]} by {row['by']}: {row['reason']}\nit {row['lift']}"
        table.add_row(row["product"], SIGNS["withdrawn"], escape(why))
    for row in outcome.refused:
        word = "[red]▲ still refused[/red]" if row["still"] else SIGNS["refused"]
        refusal = row["refusal"]
        advice = "; ".join(str(refusal[k]) for k in ("what", "found", "expected", "try") if refusal.get(k))
        table.add_row(row["source"], word, escape(advice))
    for row in outcome.quarantined:
        reasons = ", ".join(
            f"{count} {reason}" for reason, count in sorted(row["reasons"].items(), key=lambda r: -r[1])[:4]
        )
        more = f" and {len(row['reasons']) - 4} more reasons" if len(row["reasons"]) > 4 else ""
        advice = f"{escape(reasons)}{more}\ncauce quarantine export {row['source']} --city {outcome.city}"
        table.add_row(row["source"], f"[yellow]◐ {row['records']:,} set aside[/yellow]", advice)
    for row in outcome.failed:
        table.add_row(row["what"], "[red]✕ failed[/red]", escape(row["error"]))
    console.print(table)
    for sentence in outcome.retired:
        console.print(f"Retention: {escape(sentence)}", soft_wrap=True)
    if outcome.site:
        console.print(f"Pages: {outcome.site.get('public', '')}", soft_wrap=True)
    head = outcome.ledger_head
    console.print(f"Ledger head: entry {head['entry']}, sha256 {head['sha256']}", soft_wrap=True)


def _run_all(settings: Settings, output: Format) -> int:
    """Every city in a process of its own; the worst exit code comes back."""
    from orchestration.context import city_folders

    command = [sys.executable, "-m", "orchestration.cli.main", "run", "--format", output.value, "--city"]
    running = {
        city_id: subprocess.Popen([*command, city_id], stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
        for city_id in city_folders(settings)
    }
    codes: list[int] = []
    results: dict[str, Any] = {}
    try:
        for city_id, process in running.items():
            text, _ = process.communicate()
            codes.append(process.returncode)
            results[city_id] = _result(text, process.returncode)
            if output is Format.TEXT:
                typer.echo(f"== {city_id}: exit {process.returncode}\n{text}")
    except KeyboardInterrupt:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait()
        raise
    if output is Format.JSON:
        typer.echo(json.dumps(results, ensure_ascii=False, indent=2))
    return max(codes, default=0)


def _result(text: str, code: int) -> Any:
    """What a city's process printed; of one that was killed, that it came to no result."""
    try:
        return json.loads(text)
    except ValueError:
        return {"error": "no result", "what": "this city's run came to no result", "exit_code": code}
