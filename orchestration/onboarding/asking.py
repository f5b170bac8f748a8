"""Asking a portal about a data set before there is a contract: what it says of itself, and a sample.

Belongs here: the errand without a contract, and looking at a file where the portal gives one. Does not belong here:
any protocol (``ingest.connectors``), what follows from the answer (``contract_draft``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from contracts.city import City
from contracts.errors import OutsideError
from contracts.model import Contract, Place, Role, SchemaObject, Server, Text
from contracts.server_words import CONNECTORS as ROWS
from contracts.server_words import SOURCE_FORMATS
from orchestration.ingest import connectors
from orchestration.ingest.caps import Caps
from orchestration.ingest.delivery import Connector, Described, Errand, Fetched
from orchestration.ingest.web import open_web
from orchestration.onboarding.contract_draft import Origin
from orchestration.onboarding.file_sample import Asked, look_at
from orchestration.onboarding.recognition import Named
from orchestration.onboarding.sample import MOST, from_records
from orchestration.settings import secret

CAPS: Final = Caps(raw_bytes=4 << 30, unpacked_bytes=16 << 30)
"""A file is fetched whole to be looked at; a larger one is described by hand."""


@dataclass(frozen=True)
class Question:
    """What is asked, and with what.

    Attributes:
        named: What the address is.
        city: The city.
        portals: Addresses by portal name: the operator's before the city's.
        given: The operator's, whose hosts are allowed.
        work: A folder for what is fetched, two levels below the home of all cities; the caller takes it away.
        now: The time of asking.
        pace: Requests a second that one web server is asked at most.
        asked: What the person said of the file.
        credential: A reference such as ``${PORTAL_TOKEN}``.
        shown: The address, for messages.
    """

    named: Named
    city: City
    portals: Mapping[str, str]
    given: Mapping[str, str]
    work: Path
    now: datetime
    pace: float
    asked: Asked = Asked()  # noqa: RUF009 - frozen
    credential: str | None = None
    shown: str = "the address"


def ask(question: Question) -> Origin:
    """What the source says of itself, with a sample of its records.

    Raises:
        OutsideError: It can't be asked.
        InputError: There is no such data set, or it is no table.
    """
    named = question.named
    settings = {**named.settings, **({"credential": question.credential} if question.credential else {})}
    server = Server("portal", named.connector, named.portal, settings, Place(question.shown))
    connector = connectors.connector(server)
    described = connector.describe(_errand(question, connector, server))
    settings = {**settings, **described.settings}
    brings_file = ROWS[named.connector].brings is None and settings.get("way") != "datastore"
    if brings_file:
        try:
            return _file(question, connector, replace(server, settings=settings), described)
        except OutsideError:
            if not described.sample or "way" not in settings:
                raise
            settings = {k: v for k, v in settings.items() if k in ("package", "resource")} | {"way": "datastore"}
    sample = from_records(described.sample[:MOST], [c.name for c in described.columns])
    whole = described.records is not None and described.records <= sample.records
    return Origin(named.connector, named.portal, settings, described, replace(sample, whole=whole), described.records)


def _file(question: Question, connector: Connector, server: Server, described: Described) -> Origin:
    """Fetch the file and look at it."""
    errand = _errand(question, connector, server)
    if errand.location.path is not None:
        path = errand.location.path
    else:
        brought = connector.bring(errand)
        assert isinstance(brought, Fetched), "a file that was never fetched can't be unchanged"
        path = brought.path
    looked = look_at(path, question.work / "look", errand.location.shown, question.asked)
    kept_settings = {k: v for k, v in server.settings.items() if k not in ("format", "compression")}
    title = described.title if _says(described.title) else _name_in(errand.location.shown)
    return Origin(
        server.connector,
        server.portal,
        {**kept_settings, **looked.settings},
        replace(described, title=title),
        looked.sample,
        looked.records,
        looked.notes,
        looked.unread,
    )


def _says(word: str) -> bool:
    """Whether a title, or a part of an address, says what the file holds."""
    return bool(word) and word.lower() not in (*SOURCE_FORMATS, *_NOTHING_SAID)


def _name_in(address: str) -> str:
    """The last part of an address that says something."""
    parts = [part.split(".", 1)[0] for part in reversed(address.rstrip("/").split("/"))]
    return next((part for part in parts if _says(part)), "data")


_NOTHING_SAID: Final = (
    "export",
    "exports",
    "download",
    "downloads",
    "file",
    "files",
    "data",
    "rows",
    "query",
    "content",
)


def _errand(question: Question, connector: Connector, server: Server) -> Errand:
    return Errand(
        source=_nameless(server),
        server=server,
        location=connector.locate(server, question.city.folder, question.portals),
        folder=question.work / "bytes",
        unfinished=question.work / "unfinished",
        caps=CAPS,
        now=question.now,
        web=partial(open_web, question.work.parents[1] / "web", tuple(sorted(question.given.items())), question.pace),
        secret=secret,
        tell=_silent,
    )


def _silent(_far: str) -> None:
    """Nobody is told how far it is: a sample is small."""


def _nameless(server: Server) -> Contract:
    """A contract that says nothing yet but where the source stands."""
    empty: Any = ()
    place = server.place
    table = SchemaObject("records", "json", Text(""), empty, empty, place)
    return Contract(
        id="draft/draft",
        role=Role.SOURCE,
        name="draft",
        title=Text(""),
        version="0.0.0",
        status="draft",
        purpose=Text(""),
        limitations=Text(""),
        usage=Text(""),
        tier="restricted",
        team=(),
        servers=(server,),
        object=table,
        service_levels=(),
        path=Path(place.file),
        sha256="",
    )


def reach(source: Contract, question: Question) -> None:
    """Ask a source's address whether it is there; nothing is kept.

    Raises:
        OutsideError: It is not, or can't be asked.
        InputError: The portal does not know what the contract asks for.
    """
    server = source.servers[0]
    connector = connectors.connector(server)
    errand = replace(_errand(question, connector, server), source=source)
    if errand.location.path is not None and not errand.location.path.is_file():
        raise OutsideError(
            "a source's file is not there",
            where=errand.location.shown,
            hint="put it there, or change the location in the contract.",
        )
    connector.describe(errand)
