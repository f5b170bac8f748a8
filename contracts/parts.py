"""Reading the smaller parts of a contract: the team, where a source is fetched, what is promised in time.

Belongs here: one function a part, shared by contracts and by a city's tightening files. Does not belong
here: columns (``columns``), rules (``rules``), what holds between the parts (``load``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.model import Member, SchemaObject, Server, ServiceLevel
from contracts.nodes import Node, shown
from contracts.rules import words_of
from contracts.service_levels import interval
from contracts.vocabulary import CONNECTORS, nearest, words_for

_CSV_WORDS: Final = ("delimiter", "quote", "escape", "header", "decimal", "encoding", "missing")
_TIMED: Final = ("frequency", "latency")
_INSTANTS: Final = ("date", "timestamp")


def read_members(members: list[Mapping[str, Any]]) -> tuple[Member, ...]:
    """Members of a team as ODCS lists them; whoever has a ``dateOut`` has left and is not read."""
    return tuple(
        Member(m["username"], str(m.get("role") or "member").lower(), m.get("name"))
        for m in members
        if not m.get("dateOut")
    )


def read_service_level(node: Node, table: SchemaObject) -> ServiceLevel:
    """One entry of ``slaProperties``, held against the table it speaks of.

    Raises:
        InputError: Its element does not exist or is no instant, or its interval cannot be understood.
    """
    level = ServiceLevel(
        property=node.child("property").text(),
        value=node.value.get("value"),
        unit=node.value.get("unit"),
        element=node.value.get("element"),
        place=node.place,
    )
    if level.property in _TIMED:
        positive = isinstance(level.value, int | float) and not isinstance(level.value, bool) and level.value > 0
        if not positive or interval(level) is None:
            raise node.refuse(
                f"the service level {level.property} is not an interval",
                found=f"value {shown(level.value)}, unit {shown(level.unit)}",
                expected="a number above 0 and a unit out of min, h, d, w, m, y",
            )
    if level.element is not None:
        _hold_element(node.child("element"), level, table)
    return level


def _hold_element(node: Node, level: ServiceLevel, table: SchemaObject) -> None:
    owner, _, name = node.text().rpartition(".")
    column = table.column(name)
    if owner not in ("", table.name) or column is None:
        names = [f"{table.name}.{c.name}" for c in table.properties]
        close = nearest(str(level.element), names)
        raise node.refuse(
            f"the service level {level.property} speaks of an element the contract does not have",
            found=str(level.element),
            expected=close or f"{table.name}.<one of its columns>",
        )
    if level.property == "latency" and column.logical_type not in _INSTANTS:
        raise node.refuse(
            "latency is measured by an instant",
            found=f"{name}, a {column.logical_type}",
            expected="a date or timestamp",
        )


def read_server(node: Node) -> Server:
    """One entry of ``servers``.

    Raises:
        InputError: Another type than custom, no connector, or a setting the connector does not have.
    """
    if node.value.get("type") != "custom":
        raise node.refuse(
            f"not supported: a server of type {node.value.get('type')}",
            found=f"type: {node.value.get('type')}",
            expected="type: custom with the customProperties connector and location",
        )
    written = {e["property"]: e["value"] for e in node.value.get("customProperties") or []}
    connector = written.get("connector")
    if connector not in CONNECTORS:
        raise node.refuse(
            "a server names no connector that is there",
            found=shown(connector),
            expected=f"connector: {', '.join(CONNECTORS)}",
        )
    settings = words_of(node, words_for("server", connector), "server")
    for name in ("location", "format"):
        if name not in settings:
            raise node.refuse(f"the connector {connector} needs {name}", expected=f"{{property: {name}, value: ...}}")
    if settings["format"] != "csv" and (extra := [w for w in _CSV_WORDS if w in settings]):
        raise node.refuse(
            f"{extra[0]} belongs to CSV files",
            found=f"{extra[0]} for format {settings['format']}",
            expected="format: csv",
        )
    portal = settings.pop("portal", None)
    settings.pop("connector")
    return Server(str(node.value["server"]), connector, portal, settings, node.place)
