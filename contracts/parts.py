"""Reading the smaller parts of a contract: the team, where a source is fetched, what is promised in time.

Belongs here: one function a part, shared by contracts and by a city's tightening files. Does not belong
here: columns (``columns``), rules (``rules``), what holds between the parts (``load``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.errors import InputError
from contracts.model import Member, Property, SchemaObject, Server, ServiceLevel
from contracts.nodes import Node, shown
from contracts.rules import words_of
from contracts.server_rules import hold_portal_words
from contracts.server_words import CONNECTORS
from contracts.service_levels import interval
from contracts.vocabulary import nearest, words_for

_COLUMN_WORDS: Final = ("geometryColumn", "featureIdColumn")
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


def hold_format(node: Node, settings: Mapping[str, Any], connector: str) -> None:
    """Refuse settings that have no meaning for the format of what the server gives.

    Raises:
        InputError: There is one.
    """
    form = settings["format"]
    for word in words_for("server", connector).values():
        if word.name in settings and word.formats and form not in word.formats:
            raise node.refuse(
                f"{word.name} belongs to {' or '.join(f.upper() for f in word.formats)} files",
                found=f"{word.name} for format {form}",
                expected=f"format: {' or '.join(word.formats)}",
            )
    if "member" in settings and settings.get("compression") != "zip":
        raise node.refuse(
            "member names a file in a zip archive",
            found=f"compression: {settings.get('compression', 'none')}",
            expected="compression: zip",
        )


def hold_columns(server: Server, columns: Sequence[Property]) -> None:
    """Refuse a server that names columns the contract does not have, or not as text.

    Raises:
        InputError: It does.
    """
    names = {column.name: column for column in columns}
    used = [str(server.settings[word]) for word in _COLUMN_WORDS if word in server.settings]
    for name in used:
        if name not in names:
            raise InputError(
                "the source's server names a column the contract does not have",
                where=str(server.place),
                found=name,
                expected=nearest(name, names) or f"one of {', '.join(names)}",
            )
        if used.count(name) > 1 or (
            name == server.settings.get("geometryColumn") and names[name].logical_type != "string"
        ):
            raise InputError(
                "a column can't hold what the source's server puts there",
                where=str(server.place),
                found=f"{name}, a {names[name].logical_type}" if used.count(name) == 1 else f"{name} twice",
                expected="a column of logicalType string of its own",
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
    connector = str(written.get("connector"))
    if connector not in CONNECTORS:
        raise node.refuse(
            "a server names no connector that is there",
            found=shown(written.get("connector")),
            expected=f"connector: {', '.join(CONNECTORS)}",
        )
    settings = words_of(node, words_for("server", connector), "server")
    for name in CONNECTORS[connector].needs:
        if name not in settings:
            raise node.refuse(f"the connector {connector} needs {name}", expected=f"{{property: {name}, value: ...}}")
    brings = "jsonl" if settings.get("way") == "datastore" else CONNECTORS[connector].brings
    if brings is None and "format" not in settings:
        raise node.refuse(f"the connector {connector} needs format", expected="{property: format, value: ...}")
    if brings is not None and settings.setdefault("format", brings) != brings:
        raise node.refuse("a datastore's records have one form", found=f"format: {settings['format']}", expected=brings)
    hold_format(node, settings, connector)
    hold_portal_words(node, connector, settings)
    portal = settings.pop("portal", None)
    settings.pop("connector")
    return Server(str(node.value["server"]), connector, portal, settings, node.place)
