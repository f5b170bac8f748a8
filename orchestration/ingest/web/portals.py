"""The base address of a portal, for the connectors whose settings name one.

Belongs here: finding it. Does not belong here: judging it (``addresses``, when something is asked), what stands below.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.errors import InputError
from contracts.model import Server


def portal_address(server: Server, portals: Mapping[str, str]) -> str:
    """The base address of a server's portal, without a slash at its end.

    Args:
        server: The contract's server.
        portals: Base addresses by portal name, the operator's before the city's.

    Raises:
        InputError: It names no portal, or one that has no address.
    """
    if server.portal is None:
        raise InputError(
            f"the connector {server.connector} needs portal",
            where=str(server.place),
            expected="{property: portal, value: ...}",
        )
    address = portals.get(server.portal)
    if not address:
        raise InputError(
            "a portal has no address",
            where=str(server.place),
            found=server.portal,
            expected=f"one of {', '.join(sorted(portals)) or 'the portals of city.yaml (none yet)'}",
            hint=f"add {server.portal} under portals in city.yaml, or give --portal {server.portal}=ADDRESS.",
        )
    return address.rstrip("/")
