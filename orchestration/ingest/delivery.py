"""What passes between the landing, a connector and the fetching: an errand, and what came of it.

Belongs here: the data, as types. Does not belong here: doing any of it. A connector is a module of
``connectors`` with the functions of ``Connector``; it knows no other connector and nothing of a landing's record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from contracts.model import EMPTY, Contract, Server
from orchestration.ingest.caps import Caps

if TYPE_CHECKING:
    from orchestration.ingest.web.client import Web


class Stream(Protocol):
    """What can be copied: bytes to be read into a buffer of one's own."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Fill ``buffer`` from its beginning; returns the number of bytes, 0 at the end."""


@dataclass(frozen=True)
class Location:
    """Where a delivery lies.

    ``shown`` may stand in manifests and messages: no user, password, token or query. ``url`` is what
    is opened. ``path`` is set for a file on this machine.
    """

    shown: str
    url: str
    path: Path | None = None


@dataclass(frozen=True)
class Errand:
    """What a connector is sent for.

    Attributes:
        source: The source's contract; ``server`` is its one server, with the connector's settings.
        location: What the connector's own ``locate`` made of it.
        folder: Where raw bytes are kept, each file named by its sha256 (``raw/<source>/bytes``).
        unfinished: The folder for pages of a fetch that is not whole yet; it outlives the process.
        caps: Limits for one delivery.
        now: The run's time of checking, UTC.
        marks: What the connector asked to be told again at the next look (``ETag``, a fingerprint, the
            portal's time of the last change): empty where nothing is known or the request is another one now.
        cursor: Up to where the records accepted so far go, in the connector's own words (the newest time of
            change); None where everything is to be read.
        web: Opens the door to web servers: checked addresses, retries, pacing. Nothing is imported before.
        secret: The value of a reference such as ``${PORTAL_TOKEN}``. It never stands in a message or a file.
        tell: Called with how far it is.
    """

    source: Contract
    server: Server
    location: Location
    folder: Path
    unfinished: Path
    caps: Caps
    now: datetime
    web: Callable[[], Web]
    secret: Callable[[str], str]
    tell: Callable[[str], None]
    marks: Mapping[str, str] = EMPTY
    cursor: str | None = None


@dataclass(frozen=True)
class Fetched:
    """Raw bytes, kept. ``path`` is named by ``sha256``; ``size`` is in bytes.

    Attributes:
        marks: For the next look.
        whole: Whether it is all that the source holds; False for the records newer than ``Errand.cursor``.
        cursor: Up to where these records go; stands for the next errand once they are accepted.
        declared: How many records the portal said there are, where it says so.
        pages: Requests it took, where it came in pages.
        columns: The source's columns and their types in its own words, where it says so: a column that no record has
            a value in is there all the same.
    """

    path: Path
    sha256: str
    size: int
    marks: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    cursor: str | None = None
    declared: int | None = None
    pages: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unchanged:
    """The source says that it is as it was at the last look."""

    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DescribedColumn:
    """A column as the portal describes it.

    ``logical_type`` is ODCS's (string, integer, number, boolean, date, timestamp), ``format`` a date pattern as
    ODCS writes it. ``key``: the portal says that it tells records apart.
    """

    name: str
    logical_type: str
    title: str = ""
    description: str = ""
    format: str | None = None
    key: bool = False


@dataclass(frozen=True)
class Described:
    """A data set as its portal describes it, for the draft of a source's contract.

    Attributes:
        settings: The server's settings, as they would stand in the contract (without ``connector`` and ``portal``).
        records: How many records the portal says there are.
        updated_at: When the portal says that its records last changed, ISO 8601 UTC.
        frequency: How often the publisher says it changes, in the publisher's words.
        sample: Some records by column, as the portal sends them (values as text, number, boolean, list or None).
    """

    settings: Mapping[str, Any]
    title: str = ""
    description: str = ""
    publisher: str = ""
    licence: str = ""
    columns: tuple[DescribedColumn, ...] = ()
    records: int | None = None
    updated_at: str | None = None
    frequency: str | None = None
    sample: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Recognised:
    """An address that a connector knows: the portal's base address, and what the settings would be."""

    connector: str
    portal: str
    settings: Mapping[str, Any]


class Connector(Protocol):
    """What each module of ``connectors`` gives."""

    def recognise(self, url: str) -> Recognised | None:
        """What an address is to this connector, told from the address alone; None where it is not its own."""

    def locate(self, server: Server, folder: Path, portals: Mapping[str, str]) -> Location:
        """The address of a source.

        Args:
            server: The contract's server.
            folder: The city's folder, for relative paths.
            portals: Base addresses by portal name, the operator's before the city's.

        Raises:
            InputError: A setting is missing or can't be, or the portal has no address.
        """

    def still(self, errand: Errand) -> bool:
        """Whether the source is surely as it was when it gave ``errand.marks``; one cheap question at most.

        Raises:
            OutsideError: It can't be asked.
        """

    def bring(self, errand: Errand) -> Fetched | Unchanged:
        """Bring the raw bytes, whole or the newer part, into ``errand.folder``.

        Raises:
            OutsideError: It can't be read, whole; what came so far is kept in ``errand.unfinished`` where the
                connector can go on from there.
            InputError: The portal does not know what the contract asks for.
        """

    def describe(self, errand: Errand) -> Described:
        """What the source says of itself, with some records.

        Raises:
            OutsideError: It can't be asked.
            InputError: There is nothing of that name.
        """
