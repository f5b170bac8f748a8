"""``cauce source profile``: what a delivery holds, column by column, and what changed since the last one.

Belongs here: fitting a kept shape on a screen that a data officer reads. Does not belong here: measuring and
comparing (``orchestration/ingest``).

No value of a record is printed unless it is asked for with ``--values``: a terminal is copied from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.cli.options import CityOption, Format, FormatOption
from orchestration.cli.screen import minute

if TYPE_CHECKING:
    from contracts.model import Contract
    from contracts.shapes import CameColumn, ColumnShape, Finding, Shape
    from orchestration.context import OpenCity
    from orchestration.ingest.manifest import Landing

SIGNS = {"breaks": "[red]▲[/red]", "warning": "[yellow]◐[/yellow]", "info": "·"}
BARS = "▁▂▃▄▅▆▇█"
TYPES = {"string": "text", "integer": "whole", "timestamp": "date, time", "object": "JSON", "array": "list"}
"""Logical types that are said in another word."""
MOST_BARS = 12
MOST_VALUES = 5


def profile(
    source: Annotated[str, typer.Argument(help="The source's name.")],
    city: CityOption = None,
    landing: Annotated[int | None, typer.Option("--landing", help="Which landing; the newest where not given.")] = None,
    against: Annotated[
        int | None,
        typer.Option("--against", help="What to compare it with; the last accepted before it, if not given."),
    ] = None,
    values: Annotated[bool, typer.Option("--values", help="Show values of records too: they may be personal.")] = False,
    output: FormatOption = Format.TEXT,
) -> None:
    """What a delivery holds, column by column, and what changed since the last accepted one, worst first.

    Changes nothing and exits 0, also where a delivery was refused. No value is shown without --values.
    """
    from orchestration.context import open_city
    from orchestration.ingest.comparing import kept_shape

    opened = open_city(city)
    contract = _contract(opened, source)
    chosen = _landing(opened, source, landing)
    shape = kept_shape(opened.home, chosen) if chosen else None
    if shape is not None and against is not None:
        shape = _compared(opened, contract, shape, against)
    told = _told(contract, chosen, shape, values=values)
    if output is Format.JSON:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _show(contract, chosen, shape, values=values, city=opened.city.id)


def _contract(opened: OpenCity, source: str) -> Contract:
    from contracts.errors import InputError
    from contracts.vocabulary import nearest

    sources = opened.city.sources
    if source not in sources:
        close = nearest(source, sources)
        raise InputError(
            "no such source",
            where=f"city {opened.city.id}",
            found=source,
            expected=close or f"one of {', '.join(sorted(sources)) or 'none yet'}",
            hint="cauce source list",
        )
    return sources[source]


def _landing(opened: OpenCity, source: str, number: int | None) -> Landing | None:
    """The landing asked for; the newest where none is; None where nothing was ever landed."""
    from contracts.errors import InputError
    from orchestration.ingest.manifest import landing_path, latest, numbers, read

    if number is None:
        return latest(opened.home, source)
    known = numbers(opened.home, source)
    if number not in known:
        raise InputError(
            "there is no such landing",
            where=source,
            found=str(number),
            expected=f"a number from 1 to {known[-1]}" if known else "none: it was never fetched",
            hint=f"cauce source profile {source}" if known else f"cauce source fetch {source}",
        )
    return read(landing_path(opened.home, source, number))


def _compared(opened: OpenCity, contract: Contract, shape: Shape, against: int) -> Shape:
    """The shape, with what changed since another landing than the one it was compared with when it came."""
    from contracts.errors import InputError
    from orchestration.ingest import drift
    from orchestration.ingest.comparing import kept_shape

    other = _landing(opened, contract.name, against)
    before = kept_shape(opened.home, other) if other else None
    if before is None:
        raise InputError(
            "nothing is known of the shape of that landing",
            where=contract.name,
            found=f"landing {against}",
            expected="a landing whose records could be read, and were not removed since",
            hint=f"cauce source profile {contract.name} --landing {against}",
        )
    count = drift.record_count(before.received, shape.received, contract.row_count_change)
    return shape.compared(against, [*drift.compare(before, shape, contract), *([count] if count else [])])


def _told(contract: Contract, landing: Landing | None, shape: Shape | None, *, values: bool) -> dict[str, Any]:
    """The one object of ``--format json``."""
    if landing is None:
        return {"source": contract.name, "landing": None, "outcome": "never fetched"}
    told: dict[str, Any] = {
        "source": contract.name,
        "landing": landing.n,
        "outcome": landing.outcome,
        "retrieved_at": landing.retrieved_at,
        "received": landing.received,
        "accepted": landing.accepted,
        "quarantined": landing.quarantined,
        "rejected": landing.rejected,
        "columns": None,
        "not_read": None,
        "compared_with": None,
        "findings": [],
    }
    if shape is None:
        return told
    return told | {
        "columns": [_column_told(column, values=values) for column in shape.columns],
        "not_read": [_came_told(c) for c in shape.came if c.read is None],
        "compared_with": shape.against,
        "findings": [_finding_told(contract, f, values=values) for f in shape.findings],
    }


def _column_told(column: ColumnShape, *, values: bool) -> dict[str, Any]:
    from contracts.shapes import QUANTILES

    told = asdict(column)
    quantiles = told.pop("quantiles")
    if not values:
        told["categories"] = len(column.categories) if column.categories is not None else None
        return {name: value for name, value in told.items() if name not in ("low", "high")}
    return told | {"quantiles": dict(zip(map(str, QUANTILES), quantiles, strict=False))}


def _came_told(column: CameColumn) -> dict[str, Any]:
    return {"name": column.name, "kind": column.kind, "looked": column.looked, "filled": column.filled}


def _finding_told(contract: Contract, finding: Finding, *, values: bool) -> dict[str, Any]:
    from contracts.drift_words import sentence

    told = finding.told() | {"sentence": sentence(contract, finding).default}
    return told | {"values": list(finding.values)} if values and finding.values else told


# The screen


def _show(contract: Contract, landing: Landing | None, shape: Shape | None, *, values: bool, city: str) -> None:
    console = Console(highlight=False)
    name = contract.name
    if landing is None:
        console.print(f"[bold]{escape(name)}[/bold] was never fetched.")
        console.print(f"Try: cauce source fetch {name} --city {city}", markup=False, soft_wrap=True)
        return
    console.print(
        f"[bold]{escape(name)}[/bold], landing {landing.n} of {minute(landing.retrieved_at)} UTC: {landing.outcome}. "
        f"Received {landing.received:,}, accepted {landing.accepted:,}, set aside {landing.quarantined:,}, "
        f"rejected {landing.rejected:,}."
    )
    if landing.refusal:
        console.print(str(landing.refusal.get("message") or ""), markup=False)
    if shape is None:
        console.print("Its shape is not known: no record of it could be read, or it was removed with the records.")
        return
    _show_columns(console, contract, shape, values=values)
    _show_unread(console, shape.came)
    _show_findings(console, contract, shape, values=values)
    if not values and shape.columns:
        console.print("\nNo value is shown. With them: --values")


def _show_columns(console: Console, contract: Contract, shape: Shape, *, values: bool) -> None:
    console.print()
    if not shape.columns:
        console.print("No record could be read by the contract's types, so only its columns are known.")
        return
    if not shape.accepted:
        console.print("It holds no record.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("column", "kind"):
        table.add_column(head, overflow="fold")
    table.add_column("empty", justify="right")
    table.add_column("different", justify="right")
    table.add_column("values" if values else "spread")
    for column in shape.columns:
        declared = contract.object.column(column.name)
        title = declared.source_name if declared else column.name
        said = _values(column) if values else _bars(column)
        table.add_row(escape(title), _kind(column), _empty(column), _different(column), escape(said))
    console.print(table)


def _kind(column: ColumnShape) -> str:
    return TYPES.get(column.type, column.type)


def _empty(column: ColumnShape) -> str:
    share = column.empty_share
    if share is None:
        return "–"
    return _percent(share)


def _percent(share: float) -> str:
    if 0 < share < 0.01 or 0.99 < share < 1:
        return "< 1 %" if share < 0.01 else "> 99 %"
    return f"{share:.0%}".replace("%", " %")


def _different(column: ColumnShape) -> str:
    if column.categories is not None:
        return f"{len(column.categories)}"
    if column.distinct == column.looked and column.looked > 1:
        return "all"
    more = "" if column.looked == column.filled else "≥ "
    return f"{more}{column.distinct:,}"


def _bars(column: ColumnShape) -> str:
    """How the records spread over the values, the most frequent first, without the values."""
    if not column.categories:
        return ""
    counts = sorted(column.categories.values(), reverse=True)
    most = counts[0]
    drawn = "".join(BARS[min(7, 8 * n // most)] for n in counts[:MOST_BARS])
    return f"{drawn}{'…' if len(counts) > MOST_BARS else ''} {_percent(counts[0] / sum(counts))}"


def _values(column: ColumnShape) -> str:
    if column.categories:
        total = sum(column.categories.values())
        first = sorted(column.categories.items(), key=lambda item: (-item[1], item[0]))
        told = [f"{value} {_percent(n / total)}" for value, n in first[:MOST_VALUES]]
        return ", ".join(told) + (f", and {len(first) - MOST_VALUES} more" if len(first) > MOST_VALUES else "")
    if column.low is not None and column.high is not None:
        return f"{_shown(column.low)} to {_shown(column.high)}"
    if column.shortest is not None:
        same = column.shortest == column.longest
        return f"{column.shortest} characters" if same else f"{column.shortest} to {column.longest} characters"
    return ""


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _show_unread(console: Console, came: Sequence[CameColumn]) -> None:
    from contracts.drift_words import kind_of_value

    unread = [column for column in came if column.read is None]
    if unread:
        told = ", ".join(f"{column.name} ({kind_of_value(column.kind).default})" for column in unread)
        console.print(f"\nKept and not read by the contract: {told}", markup=False)


def _show_findings(console: Console, contract: Contract, shape: Shape, *, values: bool) -> None:
    from contracts.drift_words import sentence

    console.print()
    if shape.against is None:
        console.print("There is no earlier delivery to compare it with.")
        return
    if not shape.findings:
        console.print(f"Nothing changed since landing {shape.against} beyond what chance gives.")
        return
    console.print(f"[bold]Since landing {shape.against}[/bold]")
    for finding in shape.findings:
        said = sentence(contract, finding).default
        shown = _listed(finding) if values else ""
        console.print(f"{SIGNS[finding.weight]} {escape(said)}{escape(shown)}", soft_wrap=True)


def _listed(finding: Finding) -> str:
    if not finding.values:
        return ""
    shown = [_shown(value) for value in finding.values[:MOST_VALUES]]
    if finding.kind in ("new_values", "silent_values"):
        more = f", and {len(finding.values) - MOST_VALUES} more" if len(finding.values) > MOST_VALUES else ""
        return f" {', '.join(shown)}{more}."
    return f" {shown[0]} before, {shown[-1]} now."


def change_lines(contract: Contract, findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """What changed since the delivery before, one sentence a line, the worst first, without any value."""
    from contracts.drift_words import sentence
    from contracts.shapes import finding_of, ordered

    return [
        f"{SIGNS[f.weight]} {escape(sentence(contract, f).default)}" for f in ordered([finding_of(f) for f in findings])
    ]
