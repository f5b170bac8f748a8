"""A request that did not come to its end, and what is said of it.

Belongs here: the failure as it passes between the modules of one request, and its words. Does not belong here: what
urllib3 calls it (``transport``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from contracts.errors import OutsideError
from orchestration.ingest.web.addresses import Address

STAYS = "the last accepted delivery stays in use."

Kind = Literal["broken", "slow", "large", "tls"]

_WHAT: Mapping[Kind, str] = {
    "broken": "a web server does not answer as it should",
    "slow": "a web server holds its answer back",
    "large": "a web server sends more than is taken",
    "tls": "a web server's certificate is not accepted",
}
_ASIDE: Mapping[Kind, str] = {
    "broken": "ask the portal's people",
    "slow": "run again later",
    "large": "look at the address in a browser, ask the portal's people",
    "tls": "ask the portal's people",
}


class Failed(Exception):
    """A request that did not come to its end.

    Attributes:
        found: What happened, without any value that was sent.
        retry: Whether the same may go well in a moment.
        kind: Which sentence is said of it.
        hint: What to try instead of the usual.
        expected: What is taken, where that is to be said.
    """

    def __init__(
        self,
        found: str,
        *,
        retry: bool = False,
        kind: Kind = "broken",
        hint: str | None = None,
        expected: str | None = None,
    ) -> None:
        super().__init__(found)
        self.found, self.retry, self.kind, self.hint, self.expected = found, retry, kind, hint, expected


def told(address: Address, failed: Failed, tried: int = 1) -> OutsideError:
    """What is said of a request that failed for good, after so many tries."""
    hint = failed.hint or f"{'run again later' if failed.retry else _ASIDE[failed.kind]}; {STAYS}"
    return OutsideError(
        _WHAT[failed.kind],
        where=address.shown,
        found=f"{failed.found}, {tried} times" if tried > 1 else failed.found,
        expected=failed.expected,
        hint=hint,
        retry=failed.retry or failed.kind == "slow",
    )
