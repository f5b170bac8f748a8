"""What must hold between the words of a portal's server, and between them and the contract.

Belongs here: forms of ids, words that need or exclude each other. Does not belong here: the words (``server_words``),
what holds between a file's format and its words (``parts``), asking a portal whether it is so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from contracts.errors import InputError
from contracts.model import Contract, Delivery, Server
from contracts.nodes import Node, shown

DATASTORE: Final = "datastore"
LARGEST_PAGES: Final[Mapping[str, int]] = {"socrata": 50_000, "ckan": 32_000}
"""Records that a portal gives at a time, whatever is asked."""

_FOUR_BY_FOUR: Final = re.compile(r"[a-z0-9]{4}-[a-z0-9]{4}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_OF_FILES: Final = ("compression", "member", "encoding", "lineEnds")


def hold_portal_words(node: Node, connector: str, settings: Mapping[str, Any]) -> None:
    """Refuse what a portal's server can't mean.

    Raises:
        InputError: An id has another form, a word needs another, or belongs to another way of fetching.
    """
    if connector == "socrata":
        _hold_dataset(node, settings)
    if connector == "ckan":
        _hold_resource(node, settings)
    most = LARGEST_PAGES.get(connector)
    if most is not None and settings.get("pageSize", 0) > most:
        raise _word(node, "pageSize").refuse(
            f"a portal of {connector} gives fewer records at a time",
            found=f"pageSize: {settings['pageSize']}",
            expected=f"at most {most:,}",
        )


def _hold_dataset(node: Node, settings: Mapping[str, Any]) -> None:
    if _FOUR_BY_FOUR.fullmatch(str(settings["dataset"])) is None:
        raise _word(node, "dataset").refuse(
            "a data set's id has another form",
            found=shown(settings["dataset"]),
            expected="four letters or digits, a hyphen, four more, such as erm2-nwe9",
            hint="it stands at the end of the data set's address.",
        )


def _hold_resource(node: Node, settings: Mapping[str, Any]) -> None:
    if _UUID.fullmatch(str(settings["resource"])) is None and "package" not in settings:
        raise _word(node, "resource").refuse(
            "a resource's name alone does not tell which it is",
            found=shown(settings["resource"]),
            expected="package beside it, or the resource's id",
        )
    if settings.get("way") == DATASTORE:
        for name in _OF_FILES:
            if name in settings:
                raise _word(node, name).refuse(
                    f"{name} belongs to a file, and the datastore's records are none",
                    found=f"way: {DATASTORE}",
                    expected="way: download",
                )
    elif "pageSize" in settings:
        raise _word(node, "pageSize").refuse(
            "a file does not come in pages", found="way: download", expected=f"way: {DATASTORE}"
        )


def hold_increment(server: Server, contract: Contract) -> None:
    """Refuse newer records that could not be joined with the older ones.

    A snapshot takes the place of all that came before; what is appended stands beside it, and a record that changed, or
    lies at the very moment up to which records came, comes again and would be counted twice.

    Raises:
        InputError: The source is a snapshot, or appends.
    """
    if "increment" in server.settings and contract.delivery is not Delivery.UPSERT:
        raise InputError(
            "increment brings newer records, some of them again, and only an upsert joins them with the older ones",
            where=str(server.place),
            found=f"delivery: {contract.delivery.value}",
            expected="delivery: upsert, with the primary key that tells records apart",
        )


def _word(node: Node, name: str) -> Node:
    """Where a word of a server stands; the server where it is not written."""
    if node.has("customProperties"):
        for entry in node.child("customProperties").items():
            if entry.value.get("property") == name:
                return entry
    return node
