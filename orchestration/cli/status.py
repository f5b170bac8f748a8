"""``cauce status``: one screen that says what is late, held, set aside or locked, and what to do.

Belongs here: fitting the facts on a screen of 80 by 24, or one as narrow as 60. Does not belong here: the facts
(``overview``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from orchestration.cli.options import CityOption, Format, FormatOption
from orchestration.cli.screen import duration, minute

FEW = 6
"""Rows of products or sources up to which each is shown; of more, those in good order are one line together."""
SIGNS = {True: "[red]▲[/red]", False: "[yellow]◐[/yellow]"}
SHORT = {
    "held": "[red]▲ held[/red]",
    "closed": "[red]▲ closed[/red]",
    "late": "[yellow]◐ late[/yellow]",
    "withdrawn": "[yellow]◐ withdrawn[/yellow]",
}
STATES = {"ended": "ended", "under way": "under way since", "cut short": "[red]cut short[/red], began"}
OUTCOMES = {
    "accepted": "[green]✓ accepted[/green]",
    "refused": "[red]▲ refused[/red]",
    "altered": "[red]✕ altered[/red]",
    None: "[yellow]never fetched[/yellow]",
}


def status(
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
    all_cities: Annotated[bool, typer.Option("--all", help="Every city, also one that does not load.")] = False,
) -> None:
    """What needs someone now: late, held, refused, set aside, withdrawn, locked, failed, cut short, no room.

    Exits 0 when nothing needs anyone; 1 when something is held, closed, refused, late, never fetched or published,
    overdue, failed, cut short or short of room (records set aside, columns that came or went and withdrawn products
    are told, and do not count); 2 when a city's files have a mistake. Changes nothing.
    """
    from orchestration.context import open_city
    from orchestration.overview import now, overview

    if all_cities:
        raise typer.Exit(_all(output))
    facts = overview(open_city(city), now())
    if output is Format.JSON:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        show(facts, Console(highlight=False))
    raise typer.Exit(facts["exit_code"])


def _all(output: Format) -> int:
    """Every city; one that does not load is told in its place and hides no other."""
    from contracts.errors import CauceError
    from orchestration.context import city_folders, open_city
    from orchestration.overview import broken, now, overview
    from orchestration.settings import load_settings

    settings = load_settings()
    found: dict[str, dict[str, Any]] = {}
    for city_id in city_folders(settings):
        try:
            found[city_id] = overview(open_city(city_id, settings), now())
        except CauceError as error:
            found[city_id] = broken(city_id, error)
    if output is Format.JSON:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        console = Console(highlight=False)
        for facts in found.values():
            show_line(facts, console)
    return max((int(facts["exit_code"]) for facts in found.values()), default=0)


def show_line(facts: Mapping[str, Any], console: Console) -> None:
    """One city in a few lines: its name, how many things need someone, and what they are."""
    urgent = [item for item in facts["to_do"] if item["needs_someone"]]
    more = len(facts["to_do"]) - len(urgent)
    also = f", and {more} to look at" if more else ""
    word = f"[red]▲ {_count(len(urgent), 'thing')} to do[/red]" if urgent else "[green]✓ nothing needs you[/green]"
    console.print(f"[bold]{escape(facts['city'])}[/bold]  {word}{also}", soft_wrap=True)
    for item in _grouped(urgent):
        _one_line(console, f"  {escape(item['why'])}")
    if urgent and urgent[0]["kind"] == "broken":
        console.print(f"  → {escape(urgent[0]['do'])}", soft_wrap=True)
    elif facts["to_do"]:
        console.print(f"  → cauce status --city {escape(facts['city'])}", soft_wrap=True)


def show(facts: Mapping[str, Any], console: Console) -> None:
    """One city on one screen."""
    urgent = sum(item["needs_someone"] for item in facts["to_do"])
    word = f"[red]{_count(urgent, 'thing')} to do[/red]" if urgent else "[green]nothing needs you[/green]"
    title = "" if facts["name"] == facts["city"] else f" ({escape(facts['city'])})"
    console.print(f"[bold]{escape(facts['name'])}[/bold]{title}: {word}")
    for name, text in _house(facts):
        _one_line(console, f"{name:<9} {text}")
    console.print()
    _table(console, ("product", "served", "data to", "next due", "state"), _products(facts["products"]))
    _table(console, ("source", "last look", "set aside", "state"), _sources(facts["sources"]))
    for item in _grouped(facts["to_do"]):
        console.print(f"{SIGNS[item['needs_someone']]} {escape(_cut(item['why'], 2 * console.width - 4))}")
        console.print(f"  → {escape(item['do'])}", soft_wrap=True)


def _house(facts: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """The few lines about the run, the schedule, the lock and the disk."""
    from orchestration.space import in_words

    run, schedule, disk, lock = facts["last_run"], facts["schedule"], facts["disk"], facts["locked_by"]
    if run is None:
        yield "last run", "never"
    else:
        took = f", took {duration(run['seconds'])}" if run["seconds"] is not None else ""
        code = f", exit {run['exit_code']}" if run["exit_code"] is not None else ""
        yield (
            "last run",
            f"{STATES[run['state']]} {minute(run['ended_at'] or run['started_at'])}{took}{code} (run {run['run']})",
        )
    every = f", promised every {schedule['every']}" if schedule["every"] else ""
    due = "" if schedule["due"] is None else f"; next run by {minute(schedule['due'])}"
    overdue = " [red]▲ overdue[/red]" if schedule["overdue"] else ""
    yield "data", f"up to {facts['newest_data'] or '–'}{every}{due}{overdue}"
    if lock:
        yield "lock", f"[yellow]{escape(lock['what'])}[/yellow], process {lock['pid']} on {escape(lock['host'])}"
    need = "" if disk["needed_bytes"] is None else f"; the last runs needed up to {in_words(disk['needed_bytes'])}"
    low = " [red]▲ little[/red]" if disk["short"] else ""
    yield "disk", f"{in_words(disk['free_bytes'])} free{need}{low}"


def _products(rows: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, ...]]:
    good = [row for row in rows if row["served"] is not None and not any(row[kind] for kind in SHORT)]
    for row in rows:
        if len(rows) > FEW and row in good:
            continue
        words = [word for kind, word in SHORT.items() if row[kind]]
        if row["served"] is None and not row["withdrawn"]:
            words.append("never published")
        served = "–" if row["served"] is None else str(row["served"])
        state = " ".join(words) or "[green]✓ good[/green]"
        yield row["product"], served, row["data_to"] or "–", row["next_due"] or "–", state
    if len(rows) > FEW and good:
        yield f"{len(good)} more", "", "", "", "[green]✓ good[/green]"


def _sources(rows: Sequence[Mapping[str, Any]]) -> Iterable[tuple[str, ...]]:
    good = [row for row in rows if row["outcome"] == "accepted" and not (row["quarantined"] or row["late"])]
    for row in rows:
        if len(rows) > FEW and row in good:
            continue
        look = minute(row["last_look"])
        state = OUTCOMES.get(row["outcome"], escape(str(row["outcome"])))
        late = f" {SHORT['late']}" if row["late"] else ""
        yield row["source"], look, f"{row['quarantined']:,}", f"{state}{late}"
    if len(rows) > FEW and good:
        yield f"{len(good)} more", "", "", "[green]✓ accepted[/green]"


def _table(console: Console, head: Sequence[str], rows: Iterable[tuple[str, ...]]) -> None:
    """A table of which only the first column, the names, gives way on a narrow screen."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    filled = list(rows)
    for place, name in enumerate(head):
        widest = max((Text.from_markup(row[place]).cell_len for row in filled), default=0)
        table.add_column(name, overflow="ellipsis", no_wrap=True, min_width=max(len(name), widest) if place else None)
    for row in filled:
        table.add_row(*row)
    console.print(table)


def _grouped(to_do: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """To-dos, those of one kind put together where there are more of all kinds than fit a screen."""
    if len(to_do) <= FEW - 1:
        return list(to_do)
    found: list[Mapping[str, Any]] = []
    for kind, group in groupby(sorted(to_do, key=lambda i: (not i["needs_someone"], i["kind"])), lambda i: i["kind"]):
        items = list(group)
        if len(items) == 1:
            found += items
            continue
        names = ", ".join(item["subject"] for item in items)
        found.append({**items[0], "why": f"{len(items)} are {kind}: {names}", "do": f"{items[0]['do']} (and so on)"})
    return found


def _one_line(console: Console, text: str) -> None:
    console.print(text, no_wrap=True, overflow="ellipsis", crop=True)


def _cut(text: str, length: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
