"""A stand-in for the way to web servers, and errands to send a connector on, without any network.

Belongs here: ``Answered``, which hands each request to a function or to one of ``tests/portals``'s portals, and
``errand_for``. Does not belong here: any protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from contracts.model import Contract, Delivery, Place, Role, SchemaObject, Server, Text
from orchestration.ingest.caps import Caps
from orchestration.ingest.connectors import connector
from orchestration.ingest.delivery import Errand
from orchestration.ingest.web.client import Answer
from tests.portals.serving import Asked, Portal

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BASE = "https://portal.example"

Query = Mapping[str, str]


@dataclass
class Answered:
    """Answers requests by a function of path (below ``BASE``) and query (a body, or status and body); notes them."""

    answers: Callable[[str, Query], Any]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def get(
        self, url: str, *, query: Sequence[tuple[str, str]] = (), headers: Mapping[str, str] = {}, most: int = 0
    ) -> Answer:
        del most
        assert url.startswith(BASE), url
        path = unquote(urlsplit(url).path)
        assert len(dict(query)) == len(query)
        self.asked.append((path, dict(query)))
        self.headers.append(dict(headers))
        made = self.answers(path, dict(query))
        status, body = made if isinstance(made, tuple) else (200, made)
        return Answer(status, {}, BASE + path, body)


def by_portal(portal: Portal) -> Answered:
    """Answers as one of the portals does, on its bad days too."""

    def answers(path: str, query: Query) -> tuple[int, bytes]:
        asked = Asked("GET", path, path, tuple(query.items()), {})
        asked.kind = portal.kind(asked)
        instead = [reply for one in portal.misbehaviours if (reply := one.instead(asked, portal)) is not None]
        reply = instead[0] if instead else portal.answer(asked)
        for one in portal.misbehaviours:
            reply = one.answered(asked, reply, portal)
        return reply.status, reply.body

    return Answered(answers)


def server(name: str, **settings: Any) -> Server:
    """A contract's server."""
    return Server("portal", name, "town", settings, Place("things.odcs.yaml", 12))


def contract(one: Server) -> Contract:
    """A contract with nothing but a server: connectors look at no column."""
    place = one.place
    empty = Text("")
    table = SchemaObject("things", "table", empty, (), (), place)
    return Contract(
        id="town/things",
        role=Role.SOURCE,
        name="things",
        title=empty,
        version="1.0.0",
        status="active",
        purpose=empty,
        limitations=empty,
        usage=empty,
        tier="restricted",
        team=(),
        servers=(one,),
        object=table,
        service_levels=(),
        path=Path("things.odcs.yaml"),
        sha256="0" * 64,
        delivery=Delivery.SNAPSHOT,
    )


def errand_for(web: Answered, tmp_path: Path, one: Server, **more: Any) -> Errand:
    """An errand to ``BASE``, with ``one`` as its server. ``more``: marks, cursor, now, secret, told (a list)."""
    told: list[str] = more.pop("told", [])
    location = connector(one).locate(one, tmp_path, {"town": BASE})
    made: dict[str, Any] = {
        "source": contract(one),
        "server": one,
        "location": location,
        "folder": tmp_path / "bytes",
        "unfinished": tmp_path / "unfinished",
        "caps": Caps(),
        "now": NOW,
        "web": lambda: web,
        "secret": lambda reference: f"secret of {reference}",
        "tell": told.append,
        **more,
    }
    return Errand(**made)
