"""Asking an ArcGIS server about one layer.

Belongs here: requests, and errors that come with status 200. Does not belong here: which records are asked for and
when enough came (``reading``), the forms of answers (``answer``).

Source: Esri, ArcGIS REST APIs, "Query (Feature Service/Layer)"; "HTTP authorization headers": the token goes in
X-Esri-Authorization, which servers take whatever their login is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from contracts.errors import OutsideError
from orchestration.ingest.esri.answer import Page, QueryAnswer, ServerSaid, page_of, read_answer
from orchestration.ingest.esri.geojson import Tally
from orchestration.ingest.esri.layer import LOOK_HINT, Layer, read_layer, shortened, unknown
from orchestration.ingest.web.records import what_it_is

if TYPE_CHECKING:
    from orchestration.ingest.web.client import Web

Query = Sequence[tuple[str, str]]

LONGEST_QUERY, LONGEST_WHERE = 1_800, 1_500
"""Characters of a query, and of a condition in one: servers and what stands before them refuse addresses beyond some
2,000."""
MIB = 1 << 20
LARGEST_LIST = 256 * MIB
"""Bytes of a list of object ids: some 25 million."""
TOKEN_CODES = (498, 499, 401, 403)


@dataclass
class LayerAt:
    """A layer, and how it is asked.

    Attributes:
        web: The way to web servers.
        url: The layer's address.
        shown: What messages call it.
        headers: The token, where one is needed.
        tally: What was left out of records so far.
    """

    web: Web
    url: str
    shown: str
    headers: Mapping[str, str] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    def describe(self) -> Layer:
        """What the layer says of itself.

        Raises:
            InputError: There is no such layer, or the address is of a service with several.
            OutsideError: It can't be asked, or can't be queried.
        """
        answer = self.web.get(self.url, query=[("f", "json")], headers=self.headers)
        self._refuse_status(answer.status)
        told = answer.json()
        if not isinstance(told, dict):
            raise self._without_self(what_it_is(answer.body))
        error = told.get("error")
        if isinstance(error, dict):
            code, message = int(error.get("code") or 0), str(error.get("message") or "")
            self._refuse_token(code, message)
            if code in (400, 404):
                raise unknown(f"error {code}: {shortened(message)}", self.shown)
            raise self._without_self(f"error {code}: {shortened(message)}", retry=code >= 500)
        return read_layer(told, self.shown)

    def ask(self, query: Query, most: int = 64 * MIB) -> QueryAnswer:
        """The answer to a query.

        Args:
            query: What is asked.
            most: Bytes of the answer that are taken.

        Raises:
            ServerSaid: The server sent an error instead.
            OutsideError: It can't be asked, needs a token, or sends something else.
        """
        answer = self.web.get(f"{self.url}/query", query=query, headers=self.headers, most=most)
        self._refuse_token(answer.status, "")
        if answer.status in (404, 410):
            raise self._without_queries(answer.status)
        if answer.status != 200:
            raise ServerSaid(answer.status, "")
        read = read_answer(answer.body, self.shown)
        if read.error is not None:
            code, details = read.error.code or 0, read.error.details
            self._refuse_token(code, read.error.message or "")
            parts = [read.error.message, *(details if isinstance(details, list) else [details])]
            raise ServerSaid(code, shortened(": ".join(str(part) for part in parts if part)))
        return read

    def count(self, where: str) -> int | None:
        """How many records there are; None where the server does not count."""
        try:
            return self.ask([("where", where), ("returnCountOnly", "true"), ("f", "json")]).count
        except ServerSaid:
            return None

    def ids(self, where: str) -> list[int] | None:
        """All object ids, in order; None where the server does not list them.

        Raises:
            OutsideError: An id is listed twice.
        """
        try:
            answer = self.ask([("where", where), ("returnIdsOnly", "true"), ("f", "json")], LARGEST_LIST)
        except ServerSaid:
            return None
        if isinstance(answer.object_ids, msgspec.UnsetType):
            return None
        listed = sorted(answer.object_ids or [])
        if any(one == two for one, two in pairwise(listed)):
            raise self.doubled("its list of object ids")
        return listed

    def page(self, layer: Layer, query: Query, *, geojson: bool, shapes: bool) -> Page:
        """The records of one answer.

        Args:
            layer: What the layer says of itself.
            query: Which records.
            geojson: Whether the server writes GeoJSON, or Esri's form is turned here.
            shapes: Whether the geometry is asked for.

        Raises:
            ServerSaid: The server sent an error instead.
            OutsideError: See ``page_of``.
        """
        form = [("f", "geojson" if geojson else "json"), ("outFields", "*")]
        drawn = [("returnGeometry", "true"), ("outSR", "4326")] if shapes else [("returnGeometry", "false")]
        return page_of(self.ask([*query, *form, *drawn]), layer, self.shown, self.tally, shapes=shapes)

    def doubled(self, where: str) -> OutsideError:
        """What is said where a record came twice."""
        return OutsideError(
            "a record came twice",
            where=f"{self.shown}, {where}",
            expected="every object id once",
            hint="run again; if it stays so, ask the publisher: the layer's object ids are not unique.",
            retry=True,
        )

    def _refuse_status(self, status: int) -> None:
        if status in (404, 410):
            raise unknown(f"status {status}", self.shown)
        self._refuse_token(status, "")

    def _refuse_token(self, code: int, message: str) -> None:
        if code not in TOKEN_CODES:
            return
        sent = "the token of credential is not taken" if self.headers else "no token was sent"
        raise OutsideError(
            "a layer is not open to everyone",
            where=self.shown,
            found=f"error {code}: {shortened(message)}" if message else f"status {code}",
            expected=f"an answer; {sent}",
            hint="name a token in credential, such as ${PORTAL_TOKEN}, and set it; tokens end after some hours.",
        )

    def _without_queries(self, status: int) -> OutsideError:
        return OutsideError(
            "a layer that is there does not answer queries",
            where=self.shown,
            found=f"status {status}",
            expected="an answer",
            hint="open the layer's query page in a browser; something before the server may refuse long addresses: "
            "shorten filter.",
        )

    def _without_self(self, found: str, *, retry: bool = False) -> OutsideError:
        return OutsideError(
            "a layer does not say what it is",
            where=self.shown,
            found=found,
            expected="its fields, as a JSON object",
            hint=LOOK_HINT,
            retry=retry,
        )


def query_size(query: Query) -> int:
    """Characters of a query in an address."""
    return len(urlencode(list(query)))


def both(*conditions: str) -> str:
    """Conditions that must all hold, as one; every record where there are none."""
    told = [one for one in conditions if one and one != "1=1"]
    return told[0] if len(told) == 1 else " AND ".join(f"({one})" for one in told) or "1=1"
