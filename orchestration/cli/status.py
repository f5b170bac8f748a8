"""``cauce status``: one screen that says what is late, held, quarantined or locked, and what to do."""

from __future__ import annotations

import json
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.cli.options import CityOption, Format, FormatOption


def status(city: CityOption = None, output: FormatOption = Format.TEXT) -> None:
    """What needs someone now: holds, refusals, quarantines, lateness, locks."""
    from orchestration.context import open_city, time_of_checking
    from orchestration.overview import overview

    opened = open_city(city)
    facts = overview(opened, time_of_checking(opened))
    if output is Format.JSON:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    _print(facts, Console(highlight=False))


def _print(facts: dict[str, Any], console: Console) -> None:
    lock = facts["locked_by"]
    if lock:
        console.print(
            f"[yellow]A run is under way:[/yellow] {escape(lock.get('what', '?'))} since {lock.get('since', '?')}"
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("product", "served", "data to", "next due", "state"):
        table.add_column(column)
    for row in facts["products"]:
        words = []
        if row["held"]:
            words.append("[red]▲ held[/red]")
        if row["late"]:
            words.append("[yellow]◐ late[/yellow]")
        if row["served"] is None:
            words.append("never published")
        served = "–" if row["served"] is None else str(row["served"])
        table.add_row(
            row["product"],
            served,
            row["data_to"] or "–",
            row["next_due"] or "–",
            " ".join(words) or "[green]✓ good[/green]",
        )
    console.print(table)
    if not facts["to_do"]:
        console.print("Nothing needs you.")
    for item in facts["to_do"]:
        console.print(f"• {escape(item['why'])}\n  → {escape(item['do'])}", soft_wrap=True)
