"""A request and its answer, as portals and misbehaviours see them.

Belongs here: the two types. Does not belong here: sending and receiving them (``serving``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass
class Asked:
    """One request.

    Attributes:
        target: Path and query as they came.
        path: The path, decoded.
        query: The parameters of the query and of a form, decoded, in their order.
        headers: By lower-case name.
        kind: What was asked for: ``records``, ``count``, ``ids``, ``metadata``, ``file``, ``other``.
        page: Of requests for records and files: how many different ones were answered whole before this one.
        status: What was answered; 0 as long as it was not.
    """

    method: str
    target: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    kind: str = "other"
    page: int = 0
    status: int = 0

    def parameter(self, name: str, default: str | None = None) -> str | None:
        """The value of a parameter; the first one where it stands twice."""
        return next((v for k, v in self.query if k == name), default)

    def __str__(self) -> str:
        return f"{self.status or '-'} {self.method} {self.target}"


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes:
        headers: Without length and encoding, which the server adds.
        chunked: Sent in chunks, without a length.
        packed: The content encoding of ``body``, where it stands packed already.
        drip: Seconds between two pieces of the body; 0 sends it at once.
        sent: Bytes of the body that are sent before the connection is broken; None sends all.
        hang: Nothing is answered, as long as the client waits.
    """

    status: int = 200
    body: bytes = b""
    type: str = "application/json;charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    chunked: bool = False
    packed: str | None = None
    drip: float = 0
    sent: int | None = None
    hang: bool = False

    def with_headers(self, **headers: str | None) -> Reply:
        """With more headers (``_`` stands for ``-``), or without those that are None."""
        new = {k.replace("_", "-"): v for k, v in headers.items()}
        kept = {k: v for k, v in self.headers.items() if k not in new}
        return replace(self, headers={**kept, **{k: v for k, v in new.items() if v is not None}})
