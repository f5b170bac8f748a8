"""One file per protocol. A connector turns a server's settings into raw bytes and knows no other connector.

Belongs here: the table of connectors, written out, so that nothing is found by name at run time. A
connector module has three functions: ``locate`` (settings to an address), ``fingerprint`` (a cheap sign
that the bytes are still the same, or None) and ``opened`` (a context manager over the bytes).
"""

from __future__ import annotations

from types import ModuleType

from contracts.errors import InputError
from contracts.model import Server

NAMES = ("file",)
"""Every connector there is."""


def connector(server: Server) -> ModuleType:
    """The module that speaks the server's protocol.

    Raises:
        InputError: There is no such connector.
    """
    match server.connector:
        case "file":
            from orchestration.ingest.connectors import file

            return file
    raise InputError(
        "no such connector", where=str(server.place), found=server.connector, expected=f"one of {', '.join(NAMES)}"
    )
