"""Asking a GeoReport v2 server.

Belongs here: addresses, the choice between JSON and XML, and what errors mean for the one who runs this. Does not
belong here: the forms of answers (``answer``), which spans of time are asked for (``windows``).

Source: Open311, GeoReport v2: JSON is at a server's discretion, XML is not. ``api_key`` is a parameter of POST alone;
servers that want a key for reading as well take it in the Authorization header.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from contracts.errors import InputError, OutsideError
from orchestration.ingest.georeport.answer import NotThisForm, ServerSaid, read_records

if TYPE_CHECKING:
    from orchestration.ingest.web.client import Web

FORMS = ("json", "xml")
TRIES = 3
WITHOUT_JSON = (404, 406, 415)
"""Statuses by which a server may say that it has no JSON."""


@dataclass
class Endpoint:
    """A server, and how it is asked.

    Attributes:
        web: The way to web servers.
        url: Its base address, such as https://311.example.org/open311/v2.
        shown: What messages call it.
        jurisdiction: ``jurisdiction_id``, where one is needed.
        headers: The key, where one is needed.
        form: Whether it is asked for JSON or XML; None as long as that is not known.
        place: Where the contract names it.
    """

    web: Web
    url: str
    shown: str
    jurisdiction: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    form: str | None = None
    place: str = ""

    def services(self) -> list[bytes]:
        """The kinds of service it knows, one JSON object to a line.

        Raises:
            InputError: It wants a jurisdiction, or another one, or there is no such server.
            OutsideError: It can't be asked.
        """
        try:
            return self.ask("services", [])
        except ServerSaid as error:
            self.refuse(error)

    def ask(self, resource: str, query: Sequence[tuple[str, str]]) -> list[bytes]:
        """The records of one answer.

        Args:
            resource: ``services`` or ``requests``.
            query: Without the jurisdiction.

        Raises:
            ServerSaid: The server sent an error.
            OutsideError: It can't be asked, or sends something else.
        """
        jurisdiction = [("jurisdiction_id", self.jurisdiction)] if self.jurisdiction else []
        strange = ""
        for form in [self.form] if self.form else FORMS:
            where = f"{self.shown}/{resource}.{form}"
            url = f"{self.url}/{resource}.{form}"
            try:
                records = self._answered(url, [*jurisdiction, *query], where)
            except NotThisForm as error:
                strange = str(error)
                continue
            except ServerSaid as error:
                if self.form is None and form == FORMS[0] and error.code in WITHOUT_JSON:
                    continue
                raise
            self.form = form
            return records
        raise OutsideError(
            "a server does not answer as GeoReport v2 does",
            where=f"{self.shown}/{resource}",
            found=strange or "no answer of the standard",
            expected="JSON or XML of the standard",
            hint="open the address in a browser; it may be down for maintenance. What came so far is kept.",
            retry=strange == "an HTML page",
        )

    def _answered(self, url: str, query: Sequence[tuple[str, str]], where: str) -> list[bytes]:
        """The records of one answer; asked for again where the server says, with status 200, that it is in trouble."""
        for left in range(TRIES - 1, -1, -1):
            answer = self.web.get(url, query=query, headers=self.headers)
            try:
                return read_records(answer.body, answer.status, where)
            except ServerSaid as error:
                if not left or not error.passes or answer.status != 200:
                    raise
        raise AssertionError("the last try returns or raises")

    def refuse(self, error: ServerSaid) -> NoReturn:
        """Tell what a server said to whoever runs this.

        Raises:
            InputError: The contract must say something else.
            OutsideError: Everything else.
        """
        about = error.description.casefold()
        if "jurisdiction" in about:
            raise InputError(
                "a server wants another jurisdiction",
                where=self.place or self.shown,
                found=f"{error} (jurisdiction: {self.jurisdiction or 'none'})",
                expected="the jurisdiction_id that the server's own documentation names",
                hint="set jurisdiction in the source's server, or take it out.",
            ) from error
        if error.code in (404, 410):
            raise InputError(
                "there is no GeoReport v2 server",
                where=self.shown,
                found=str(error),
                expected="an address below which requests.json or requests.xml lies, ending in /v2 as a rule",
                hint="correct the portal's address in city.yaml.",
            ) from error
        if error.code in (401, 403):
            raise OutsideError(
                "a server is not open to everyone",
                where=self.shown,
                found=f"{error}; {'the key of credential is not taken' if self.headers else 'no key was sent'}",
                hint="name a key in credential, such as ${OPEN311_KEY}, and set it.",
            ) from error
        raise OutsideError(
            "a server answers with an error",
            where=self.shown,
            found=str(error),
            hint="run again later; what came so far is kept."
            if error.passes
            else "look at jurisdiction, since and services in the source's server.",
            retry=error.passes,
        ) from error
