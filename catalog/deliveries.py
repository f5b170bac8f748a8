"""What one tier may see of a source's deliveries: where they come from, what they hold, what changed in them.

Belongs here: cutting a kept shape, its findings and the source's address down to a tier. Does not belong here: finding
the files (``catalog.store``), words, pages.

Three rules. Of a column that the tier may not see, nothing is told but that something about it is not told. A value
that stands in fewer records than the city's smallest cell has no name, nor has the next one while the rare together
would be fewer. A file's place on the operator's machine is nobody's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from catalog.delivery_views import ChangeView, Origin, ShapeColumnView, ValueShare
from contracts import shapes
from contracts.city import City
from contracts.drift_words import sentence
from contracts.home import CityHome
from contracts.model import Contract, Property
from contracts.service_levels import parse_time
from contracts.shapes import ColumnShape, Delivered, Finding, finding_of, ordered, read_shape
from contracts.tiers import visible

MOST_VALUES = 6
"""Values of a column that are shown."""


def origin(contract: Contract, city: City) -> Origin | None:
    """Where the source's records come from, as its contract says; never a mirror that stood in for it."""
    if not contract.servers:
        return None
    server = contract.servers[0]
    settings = server.settings
    base = city.portals.get(server.portal, "") if server.portal else ""
    location = str(settings.get("location", ""))
    address = location if "://" in location else base
    dataset = next((str(settings[key]) for key in ("dataset", "resource", "layer") if key in settings), "")
    return Origin(server.connector, _public_address(address), dataset)


def _public_address(address: str) -> str:
    """A web address without user, query and fragment; empty for anything else."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def rhythm(times: Sequence[datetime]) -> timedelta | None:
    """How often something new came: the middle one of the times between deliveries; None for fewer than three."""
    gaps = sorted(later - earlier for earlier, later in zip(sorted(times), sorted(times)[1:], strict=False))
    return timedelta(seconds=median(gap.total_seconds() for gap in gaps)) if len(gaps) > 1 else None


def changes(
    contract: Contract, told: Iterable[Mapping[str, Any]], tier: str, is_open: bool
) -> tuple[list[ChangeView], int]:
    """What changed as ``tier`` may know it, the worst first, and how much more there is.

    A column that the contract does not read has no class: it is named to those who may see the source's records
    (``is_open``). What looks like a missing column is such a one.
    """
    shown: list[Finding] = []
    hidden = 0
    for finding in ordered([finding_of(one) for one in told]):
        column = contract.object.column(finding.column) if finding.column else None
        may = finding.column is None or (visible(column.classification, tier) if column else is_open)
        told_of = finding if is_open or not finding.like else replace(finding, like=None, known=None)
        shown += [told_of] if may else []
        hidden += not may
    return [ChangeView(finding.weight, sentence(contract, finding)) for finding in shown], hidden


def columns(
    home: CityHome, contract: Contract, landing: Mapping[str, Any] | None, city: City, tier: str
) -> tuple[ShapeColumnView, ...]:
    """The columns that ``tier`` may see as a landing holds them; none where its shape was not kept, or removed.

    Raises:
        ArtefactError: The shape is torn or altered.
    """
    file = (landing or {}).get("shape_file")
    if not file or not (home.root / file["path"]).exists():
        return ()
    shape = read_shape(home.root / file["path"], file["sha256"])
    return tuple(
        _column(declared, held, city.named_from)
        for declared in contract.columns
        if visible(declared.classification, tier) and (held := shape.column(declared.name)) is not None
    )


def newest_event(
    home: CityHome, contract: Contract, landings: Sequence[Mapping[str, Any]], city: City, tier: str
) -> tuple[datetime, datetime] | None:
    """The newest event time in a source and when it came, naive UTC; None where ``tier`` may not see what dates it.

    Raises:
        ArtefactError: A shape is torn or altered.
    """
    column = contract.object.column(contract.event_time) if contract.event_time else None
    if column is None or not visible(column.classification, tier):
        return None
    given = (
        Delivered(home.root / file["path"], file["sha256"], parse_time(one["retrieved_at"]), one.get("whole", True))
        for one in landings
        if one["outcome"] == "accepted" and (file := one.get("shape_file"))
    )
    found = shapes.newest_event(given, column.name, city.named_from)
    return (found[0].replace(tzinfo=None), found[1].replace(tzinfo=None)) if found else None


def _column(declared: Property, held: ColumnShape, smallest: int) -> ShapeColumnView:
    named, rare = _frequent(held.categories or {}, smallest)
    total = sum((held.categories or {}).values())
    return ShapeColumnView(
        name=declared.name,
        title=declared.title,
        type=held.type,
        empty=held.empty_share,
        distinct=len(held.categories) if held.categories is not None else held.distinct,
        at_least=held.categories is None and held.looked < held.filled,
        low=held.low if held.filled >= smallest and held.categories is None else None,
        high=held.high if held.filled >= smallest and held.categories is None else None,
        shares=tuple(ValueShare(value, count / total) for value, count in named[:MOST_VALUES]),
        more=max(0, len(named) - MOST_VALUES),
        rare=rare,
    )


def _frequent(counts: Mapping[str, int], smallest: int) -> tuple[list[tuple[str, int]], bool]:
    """Values that stand in enough records, the most frequent first, and whether others are left out."""
    named = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    rare = 0
    while named and (named[-1][1] < smallest or 0 < rare < smallest):
        rare += named.pop()[1]
    return named, rare > 0
