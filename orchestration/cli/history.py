"""``cauce history``: what was run, when, by whom, how long it took and what came of it.

Belongs here: printing. Does not belong here: the facts (``orchestration.history``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.cli.options import CityOption, Format, FormatOption
from orchestration.cli.screen import duration, minute

PLAIN = {"source", "model", "product", "outcome", "what", "error", "did"}
"""Fields whose value says enough without their name."""
SHOWN = ("published", "unchanged", "held", "refused", "failed", "set_aside")
STATES = {"ended": "", "under way": "[yellow]under way[/yellow]", "cut short": "[red]cut short[/red]"}
QUIET = {
    *("at", "event", "city", "run", "seconds", "cpu_seconds", "peak_mb"),
    *("rules", "lines", "sha256", "free_bytes", "landing", "layer", "rows", "bytes"),
}
"""Fields of a step that its line leaves out; ``--format json`` has them all."""


def history(
    run: Annotated[str | None, typer.Argument(help="One run: its id, the beginning of it, or last.")] = None,
    city: CityOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many of the last runs.")] = 20,
    output: FormatOption = Format.TEXT,
) -> None:
    """The last commands that wrote something, newest first; or one of them, step by step.

    Times are UTC. Who ran it is known from the logs alone, as long as they are kept (CAUCE_LOG_DAYS).
    """
    from orchestration import history as past
    from orchestration.context import open_city

    opened = open_city(city)
    console = Console(highlight=False)
    if run is not None:
        found = past.find(opened.home, opened.ledger, run)
        if output is Format.JSON:
            typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        else:
            _show_one(found, console)
        return
    rows = past.runs(opened.home, opened.ledger, limit)
    if output is Format.JSON:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif not rows:
        console.print("Nothing was run yet.")
    else:
        _show_all(rows, console)


def _show_all(rows: list[dict[str, Any]], console: Console) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("run", no_wrap=True)
    table.add_column("began (UTC)", no_wrap=True)
    table.add_column("took", justify="right", no_wrap=True)
    table.add_column("exit", justify="right", no_wrap=True)
    table.add_column("what came of it")
    for row in rows:
        what = "" if row["what"] == "cauce run" else f"{escape(str(row['what']))} "
        took = "–" if row["seconds"] is None else duration(row["seconds"])
        code = "–" if row["exit_code"] is None else str(row["exit_code"])
        words = " ".join(word for word in (what.strip(), STATES[row["state"]], _counts(row), _error(row)) if word)
        table.add_row(row["run"], minute(row["started_at"]), took, code, words)
    console.print(table)


def _error(row: Mapping[str, Any]) -> str:
    return f"[red]{escape(str(row['error']))}[/red]" if row["error"] else ""


def _counts(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{row[name]:,} {name.replace('_', ' ')}" for name in SHOWN if row[name])


def _show_one(found: Mapping[str, Any], console: Console) -> None:
    console.print(f"[bold]run {found['run']}[/bold]: {escape(str(found['what']))} {STATES[found['state']]}".rstrip())
    for name in ("started_at", "ended_at", "seconds", "by", "version", "as_of", "exit_code", "error", "log"):
        if found[name] is not None:
            console.print(f"  {name.replace('_', ' '):<11} {escape(str(found[name]))}", soft_wrap=True)
    if counts := _counts(found):
        console.print(f"  {'counts':<11} {counts}")
    for row in (found["recorded"] or {}).get("failed", ()):
        console.print(f"  {'failed':<11} {escape(row['what'])}: {escape(row['error'])}", soft_wrap=True)
    if not found["steps"]:
        console.print("No log of it is kept: the ledger alone tells of it.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("at (UTC)", "step", "what"):
        table.add_column(name, no_wrap=name != "what")
    for name in ("s", "cpu s", "peak MB"):
        table.add_column(name, justify="right", no_wrap=True)
    for step in found["steps"]:
        if step["event"] == "run ended" or (step["event"] == "model" and step.get("outcome") == "ok"):
            continue  # the one is told above; the others are in the JSON
        spent = [_number(step.get(name)) for name in ("seconds", "cpu_seconds", "peak_mb")]
        table.add_row(step["at"][11:19], step["event"], escape(_told(step)), *spent)
    console.print(table)


def _told(step: Mapping[str, Any]) -> str:
    """The fields of a step on one line."""
    words = []
    for name, value in step.items():
        if name in QUIET or value in (None, "", [], {}):
            continue
        words.append(f"{'' if name in PLAIN else name.replace('_', ' ') + ' '}{_listed(value)}")
    return ", ".join(words)


def _listed(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in list(value.items())[:4]) + (" …" if len(value) > 4 else "")
    return "; ".join(str(one) for one in value) if isinstance(value, list) else f"{value}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"
