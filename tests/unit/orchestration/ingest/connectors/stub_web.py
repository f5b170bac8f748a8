"""A way to web servers that plays answers: what was asked is kept, nothing leaves the process.

``StubWeb`` stands in for ``orchestration.ingest.web.client.Web``; a test gives it a function from a request to an
answer. ``errand_to`` makes an errand that uses it, over a contract of the columns that are given.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from contracts.load import load_contract
from contracts.model import EMPTY, Role
from orchestration.ingest import connectors
from orchestration.ingest.caps import Caps
from orchestration.ingest.delivery import Errand
from orchestration.ingest.web.client import Answer, Opened, Web
from tests.unit.orchestration.ingest.conftest import contract_text

NOW = datetime(2026, 1, 31, 6, 0, tzinfo=UTC)
PORTAL = "https://data.example.org"


@dataclass(frozen=True)
class Asked:
    """One request."""

    url: str
    query: Mapping[str, str] = EMPTY
    headers: Mapping[str, str] = EMPTY

    @property
    def path(self) -> str:
        """The address behind the host."""
        return "/" + self.url.partition("://")[2].partition("/")[2]


Play = Callable[[Asked], Answer]


@dataclass
class StubWeb:
    """Plays ``play``'s answers.

    Attributes:
        asked: All requests, in order.
    """

    play: Play
    asked: list[Asked] = field(default_factory=list)

    def get(
        self,
        url: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] = EMPTY,
        most: int = 64 << 20,
    ) -> Answer:
        """One answer, whole."""
        found = self._answer(Asked(url, dict(query), dict(headers)))
        assert len(found.body) <= most
        return found

    @contextmanager
    def open(
        self,
        url: str,
        *,
        headers: Mapping[str, str] = EMPTY,
        most: int,
        as_sent: bool = False,  # noqa: ARG002
        tries: int | None = None,  # noqa: ARG002
    ) -> Iterator[Opened]:
        """One answer, as a stream."""
        found = self._answer(Asked(url, {}, dict(headers)))
        assert len(found.body) <= most
        yield Opened(found.status, found.headers, found.shown, cast("Any", io.BytesIO(found.body)))

    def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return replace(self.play(asked), shown=asked.url.partition("?")[0])

    def take(self) -> list[Asked]:
        """What was asked since the last time."""
        taken, self.asked = self.asked, []
        return taken


def answer(value: Any, status: int = 200, **headers: str) -> Answer:
    """An answer of JSON, or of bytes as they are. Underscores in names of headers stand for hyphens."""
    body = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return Answer(status, {k.replace("_", "-"): v for k, v in headers.items()}, "", body)


def column(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    """A column of a contract."""
    return {"name": name, "logicalType": kind, "classification": "public", **more}


KEY: Mapping[str, Any] = {"required": True, "primaryKey": True, "primaryKeyPosition": 1}
COLUMNS = (column("id", **KEY), column("name"))


def errand_to(
    folder: Path,
    web: StubWeb,
    server: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]] = COLUMNS,
    **more: Any,
) -> Errand:
    """An errand of a contract with this server: ``delivery``, and fields of ``Errand`` such as ``marks``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "things.odcs.yaml"
    settings = {"portal": "open_data", **server}
    text = contract_text(tuple(map(dict, columns)), settings, delivery=more.pop("delivery", "snapshot"))
    path.write_text(text.replace("  - property: location\n    value: delivery\n", ""), encoding="utf-8")
    source = load_contract(path, Role.SOURCE)
    one = source.servers[0]
    location = connectors.connector(one).locate(one, folder, {"open_data": more.pop("portal", PORTAL)})
    told: list[str] = []
    return Errand(
        **{
            "source": source,
            "server": one,
            "location": location,
            "folder": folder / "bytes",
            "unfinished": folder / "unfinished",
            "caps": Caps(),
            "now": NOW,
            "web": lambda: cast("Web", web),
            "secret": lambda reference: f"value of {reference}",
            "tell": told.append,
            **more,
        }
    )
