"""One file per protocol. A connector turns a server's settings into raw bytes and knows no other connector.

Belongs here: the table of connectors, written out, so that nothing is found by name at run time. What a connector
gives is ``Connector`` of ``delivery``; what a contract must tell it stands in ``contracts/server_words.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from contracts.errors import InputError
from contracts.model import Server
from contracts.vocabulary import one_of
from orchestration.ingest.delivery import Connector

CONNECTORS: Mapping[str, str] = {
    "file": "orchestration.ingest.connectors.file",
    "http": "orchestration.ingest.connectors.http",
    "socrata": "orchestration.ingest.connectors.socrata",
    "ckan": "orchestration.ingest.connectors.ckan",
    "arcgis": "orchestration.ingest.connectors.arcgis",
    "open311": "orchestration.ingest.connectors.open311",
}
"""The module of every connector, imported when something is fetched with it."""


def connector(server: Server) -> Connector:
    """The module that speaks the server's protocol.

    Raises:
        InputError: There is no such connector.
    """
    if server.connector not in CONNECTORS:
        raise InputError(
            "no such connector",
            where=str(server.place),
            found=server.connector,
            expected=one_of(CONNECTORS, server.connector),
        )
    return cast("Connector", import_module(CONNECTORS[server.connector]))
