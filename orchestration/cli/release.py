"""``cauce release``: what was published, what differs between two releases, and going back."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.cli.options import CityOption, Format, FormatOption

app = typer.Typer(no_args_is_help=True)

FILE_WIDTH = 200
NUMBERS = frozenset({"records", "version", "releases", "bytes"})

Product = Annotated[str, typer.Argument(help="The product's name.")]
TierOption = Annotated[str | None, typer.Option("--tier", help="The tier; the highest one where not given.")]


def split_version(text: str) -> tuple[str, int | None]:
    """``product`` or ``product@version``.

    Raises:
        InputError: The version is no number.
    """
    from contracts.errors import InputError

    name, sign, version = text.partition("@")
    if not sign:
        return name, None
    if not version.isdigit():
        raise InputError("a version is a number", where=text, found=repr(version), expected="such as cases@3")
    return name, int(version)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _console() -> Console:
    """The terminal's own width; wide where there is none, so that nothing is cut off in a file."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=FILE_WIDTH)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in NUMBERS else "left", overflow="fold")
    return table


def _minute(instant: str | None) -> str:
    """An instant to the minute, UTC."""
    return "–" if instant is None else instant[:16].replace("T", " ")


def _shown(value: object) -> str:
    if value is None or value == "":
        return "–"
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


@app.command("list")
def list_releases(
    product: Annotated[str | None, typer.Argument(help="One product's history; all products where not given.")] = None,
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """What is served now, or the history of one product."""
    from orchestration.context import open_city
    from orchestration.publish import history

    opened = open_city(city)
    console = _console()
    if product is None:
        rows = history.products(opened.city, opened.home)
        if output is Format.JSON:
            _print_json(rows)
            return
        table = _table("product", "version", "tiers", "records", "data to", "as of", "releases")
        for row in rows:
            tiers, as_of = ", ".join(row["tiers"]), _minute(row["as_of"])
            cells = (row["version"], tiers, row["rows"], row["data_to"], as_of, row["releases"])
            table.add_row(escape(row["product"]), *(_shown(cell) for cell in cells))
        console.print(table)
        return
    found = history.versions(opened.home, product)
    if output is Format.JSON:
        _print_json(found)
        return
    table = _table("committed", "action", "version", "tiers", "records", "contract", "served", "reason")
    for row in found:
        served = f"[green]✓ {', '.join(row['served'])}[/green]" if row["served"] else ""
        table.add_row(
            _minute(row["committed_at"]),
            row["action"],
            _shown(row["version"]),
            ", ".join(row["tiers"]),
            _shown(row["rows"]),
            _shown(row["contract"]),
            served,
            escape(row["reason"]),
        )
    console.print(table)


@app.command()
def show(
    product: Annotated[str, typer.Argument(help="The product, or product@version; the served one where not given.")],
    tier: TierOption = None,
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """One release: its files by hash, its columns, its inputs, its contract."""
    from dataclasses import asdict

    from orchestration.context import open_city
    from orchestration.publish import history

    opened = open_city(city)
    name, version = split_version(product)
    release = history.release_at(opened.home, name, version, history.choose_tier(opened.home, name, tier))
    manifest = release.manifest
    if output is Format.JSON:
        _print_json({"commit": asdict(release.commit), "manifest": asdict(manifest), "folder": str(release.folder)})
        return
    console = _console()
    console.print(f"[bold]{escape(name)}[/bold] version {manifest.version}, {manifest.tier}, {manifest.rows:,} records")
    console.print(
        f"data to {manifest.data_to or 'not stated'}, as of {manifest.as_of}, committed {release.commit.committed_at}"
    )
    console.print(f"contract {manifest.contract['id']} {manifest.contract['version']}")
    console.print(f"content {manifest.content_sha256}", soft_wrap=True)
    files = _table("file", "bytes", "records", "sha256")
    for file in manifest.files:
        files.add_row(file.path, f"{file.bytes:,}", _shown(file.rows), file.sha256)
    columns = _table("column", "type", "unit", "step", "description")
    for column in manifest.columns:
        columns.add_row(
            escape(column.name),
            column.type,
            _shown(column.unit),
            _shown(column.step),
            escape(column.description),
        )
    console.print(files, soft_wrap=True)
    console.print(columns)
    for given in manifest.inputs:
        console.print(f"from {escape(given.name)}, retrieved {given.retrieved_at or 'not stated'}")
    for change in manifest.changes:
        console.print(f"changed: {escape(str(change['sentence']))}")
    console.print(f"in {release.folder}", soft_wrap=True)


@app.command()
def diff(
    product: Product,
    old: Annotated[int, typer.Argument(help="The earlier version.")],
    new: Annotated[int, typer.Argument(help="The later version.")],
    tier: TierOption = None,
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """What differs between two releases: records, columns, contract, results of rules."""
    from orchestration.context import open_city
    from orchestration.publish import history

    opened = open_city(city)
    found = history.compare(opened.home, product, old, new, history.choose_tier(opened.home, product, tier))
    if output is Format.JSON:
        _print_json(found)
        return
    console = _console()
    rows = found["rows"]
    by = f"by {', '.join(rows['by'])}" if rows["by"] else "as whole records"
    console.print(f"[bold]{escape(product)}[/bold] {old} → {new} ({found['tier']})")
    console.print(f"records: {rows['before']:,} → {rows['after']:,}", end="")
    changed = "" if rows["changed"] is None else f", {rows['changed']:,} changed"
    console.print(f"; {rows['added']:,} added, {rows['removed']:,} removed{changed}, {escape(by)}")
    columns = found["columns"]
    for word in ("added", "removed"):
        if columns[word]:
            console.print(f"columns {word}: {escape(', '.join(columns[word]))}")
    for column in columns["retyped"]:
        console.print(f"column {escape(column['column'])}: {column['before']} → {column['after']}")
    console.print(f"contract: {found['contract']['before']} → {found['contract']['after']}")
    for change in found["contract"]["changes"]:
        console.print(f"  {'breaking: ' if change['breaking'] else ''}{escape(change['sentence'])}", soft_wrap=True)
    for rule in found["quality"]:
        was, now = (
            "absent" if side is None else f"{side['result']} ({side['failed']:,} failed)"
            for side in (rule["before"], rule["after"])
        )
        console.print(f"rule {escape(rule['rule'])}: {was} → {now}")
    if not found["quality"]:
        console.print("rules: the same results")


@app.command()
def rollback(
    product: Product,
    version: Annotated[int, typer.Argument(help="The version to serve again.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; readers of the history will see it.")],
    by: Annotated[str, typer.Option("--by", help="Who asks for it.")],
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Serve an older release again, in every tier, until there is new input or a run with --force."""
    from orchestration.context import open_city
    from orchestration.lock import city_lock
    from orchestration.publish.recover import recover
    from orchestration.publish.rollback import rollback as go_back

    opened = open_city(city)
    now = datetime.now(UTC).replace(microsecond=0)
    with city_lock(opened.home, f"cauce release rollback {product}", now):
        recover(opened.home, opened.ledger, now)
        contract = opened.city.products.get(product)
        done = go_back(opened.home, opened.ledger, product, version, contract=contract, reason=reason, by=by, at=now)
    n, digest = opened.ledger.head()
    if output is Format.JSON:
        _print_json({**vars(done), "ledger_head": {"entry": n, "sha256": digest}})
        return
    console = _console()
    before = f" instead of {done.before}" if done.before is not None else ""
    console.print(f"{escape(product)} serves version {version}{before}, in {', '.join(done.tiers)}.")
    console.print("It stays until there is new input; cauce run --force publishes again before that.")
    console.print("The pages still show the other one: cauce catalog build")
    console.print(f"ledger head {n}:{digest}", soft_wrap=True)
