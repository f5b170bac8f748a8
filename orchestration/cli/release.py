"""``cauce release``: what was published, what differs between two releases, going back, taking away, making room."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from orchestration.cli.options import CityOption, Format, FormatOption, parse_instant
from orchestration.cli.screen import minute, print_json, tell_notes, wide_console

if TYPE_CHECKING:
    from contracts.evidence import Ledger

app = typer.Typer(no_args_is_help=True)

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


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in NUMBERS else "left", overflow="fold")
    return table


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
    console = wide_console()
    if product is None:
        rows = history.products(opened.city, opened.home)
        if output is Format.JSON:
            print_json(rows)
            return
        table = _table("product", "version", "tiers", "records", "data to", "as of", "releases")
        for row in rows:
            tiers, as_of = ", ".join(row["tiers"]), minute(row["as_of"])
            cells = (row["version"], tiers, row["rows"], row["data_to"], as_of, row["releases"])
            table.add_row(escape(row["product"]), *(_shown(cell) for cell in cells))
        console.print(table)
        return
    found = history.versions(opened.home, product)
    if output is Format.JSON:
        print_json(found)
        return
    table = _table("committed", "action", "version", "tiers", "records", "contract", "served", "reason")
    removed = _removed(opened.ledger, product)
    for row in found:
        served = f"[green]✓ {', '.join(row['served'])}[/green]" if row["served"] else removed.get(row["version"], "")
        table.add_row(
            minute(row["committed_at"]),
            row["action"],
            _shown(row["version"]),
            ", ".join(row["tiers"]),
            _shown(row["rows"]),
            _shown(row["contract"]),
            served,
            escape(row["reason"]),
        )
    console.print(table)


def _removed(ledger: Ledger, product: str) -> dict[int, str]:
    """Versions whose data was removed, each with what is said of it."""
    from orchestration.publish import removal

    return {
        version: f"data removed on {entry.recorded_at[:10]} ({entry.body['why']})"
        for (_, version), entry in removal.removed_versions(ledger, product).items()
    }


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
        print_json({"commit": asdict(release.commit), "manifest": asdict(manifest), "folder": release.shown})
        return
    console = wide_console()
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
    console.print(f"in {release.shown}", soft_wrap=True)


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
        print_json(found)
        return
    console = wide_console()
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
    from orchestration.publish.rollback import rollback as go_back
    from orchestration.turn import take_turn

    opened = open_city(city)
    now = datetime.now(UTC).replace(microsecond=0)
    with take_turn(opened, f"cauce release rollback {product}") as turn:
        tell_notes(turn.notes)
        done = go_back(opened.home, opened.ledger, product, version, city=opened.city, reason=reason, by=by, at=now)
    n, digest = opened.ledger.head()
    if output is Format.JSON:
        print_json({**vars(done), "ledger_head": {"entry": n, "sha256": digest}})
        return
    console = wide_console()
    before = f" instead of {done.before}" if done.before is not None else ""
    console.print(f"{escape(product)} serves version {version}{before}, in {', '.join(done.tiers)}.")
    console.print("It stays until there is new input; cauce run --force publishes again before that.")
    console.print("The pages still show the other one: cauce catalog build")
    console.print(f"ledger head {n}:{digest}", soft_wrap=True)


@app.command()
def withdraw(
    product: Product,
    reason: Annotated[str, typer.Option("--reason", help="Why, in full; it is not shown below the highest tier.")],
    by: Annotated[str, typer.Option("--by", help="Who asks for it.")],
    public_note: Annotated[
        str | None, typer.Option("--public-note", help="What everybody may read in its place; nothing where not given.")
    ] = None,
    instead: Annotated[
        str | None, typer.Option("--instead", metavar="PRODUCT", help="The product to use instead.")
    ] = None,
    erase: Annotated[
        bool, typer.Option("--erase", help="Remove the data files of all its versions too, in every tier.")
    ] = False,
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Take a product away, in every tier, until a decision of the city lifts it; its page says so from now on.

    Its files stay where releases are kept, and are no longer offered. With --erase they go, in all versions: what was
    published and by whom stays on record, the data does not. A product that is withdrawn already can still be erased.
    """
    from contracts.errors import CauceError
    from contracts.model import Text
    from orchestration.context import open_city
    from orchestration.job import CityJob, RunRequest
    from orchestration.publish import withdraw as withdrawing
    from orchestration.turn import take_turn

    opened = open_city(city)
    now = datetime.now(UTC).replace(microsecond=0)
    _hold_instead(opened.city.products, product, instead)
    note = Text(public_note.strip()) if public_note and public_note.strip() else None
    order = withdrawing.Order(reason, by, now.date(), note, instead, erase)
    unbuilt: CauceError | None = None
    with take_turn(opened, f"cauce release withdraw {product}") as turn:
        tell_notes(turn.notes)
        done = withdrawing.withdraw(opened.home, opened.ledger, product, order, now)
        try:
            CityJob(opened, RunRequest()).build_catalogue()
        except CauceError as error:
            unbuilt = error
    n, digest = opened.ledger.head()
    if output is Format.JSON:
        told = {**done.as_dict(), "tiers": list(done.tiers), "erased": erase, "pages_built": unbuilt is None}
        print_json({**told, "ledger_head": {"entry": n, "sha256": digest}})
    else:
        console = wide_console()
        console.print(f"{escape(product)} is withdrawn, from {', '.join(done.tiers)}.")
        if erase:
            console.print("The data of all its versions was removed; raw deliveries and backups still hold theirs.")
        console.print(f"It {escape(done.lift)}, with reason, by and on.", soft_wrap=True)
        if unbuilt is None:
            console.print("The pages say so now; copy them to where the public reads them.")
        console.print(f"ledger head {n}:{digest}", soft_wrap=True)
    if unbuilt is not None:
        raise unbuilt


def _hold_instead(products: Mapping[str, object], product: str, instead: str | None) -> None:
    """What to use instead is another product of the city."""
    from contracts.decisions import another
    from contracts.errors import InputError
    from contracts.vocabulary import nearest

    others = sorted(set(products) - {product})
    if instead is not None and instead not in others:
        raise InputError(
            "what to use instead is not another product of the city",
            where="--instead",
            found=instead,
            expected=nearest(instead, others) or another(others),
        )


@app.command()
def tidy(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="INSTANT", help="ISO 8601 instant from which ages are told; now.")
    ] = None,
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Remove the data that retention lets go of, and files that nothing names.

    Retention is what city.yaml says of releases (keep, days) and each source's contract of its deliveries
    (retentionDays); every run keeps to it. What goes is written in the ledger first, and manifests, reports and
    commits stay. What is served, gone back to, in force, or named by a release, a landing or the ledger is never taken.
    """
    from contextlib import nullcontext

    from orchestration.context import open_city
    from orchestration.publish import collect, removal, retention
    from orchestration.turn import take_turn

    opened = open_city(city)
    home, ledger = opened.home, opened.ledger
    now = parse_instant(as_of) or datetime.now(UTC).replace(microsecond=0)
    with nullcontext() if dry_run else take_turn(opened, "cauce release tidy") as turn:
        if turn is not None:
            tell_notes(turn.notes)
            removal.finish(home, ledger)
        due = retention.expired(home, ledger, opened.city, now)
        if dry_run:
            stray = collect.strays(home, ledger)
        else:
            retention.retire(home, ledger, opened.city, now)
            stray = collect.collect(home, ledger)
    if output is Format.JSON:
        told = [{**expired.body(), "bytes": expired.bytes} for expired in due]
        print_json({"dry_run": dry_run, "retired": told, "collected": [vars(one) for one in stray]})
        return
    console = wide_console()
    verb = "would remove" if dry_run else "removed"
    for expired in due:
        console.print(f"{verb} {escape(expired.sentence)}", soft_wrap=True)
    for one in stray:
        console.print(f"{verb} {escape(one.name)}, which nothing names", soft_wrap=True)
    if not due and not stray:
        console.print("Nothing to remove.")
