"""The pages as a Socrata portal gives them, from bytes that stand ready: the server costs next to nothing.

    python -m bench.json_server PAGES.bin COUNT

Prints its port and serves until it is ended. Every answer is made of kept bytes; what a request asks for is told from
its query alone: a count, the page behind a row id, the page at an offset, or the metadata.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, urlsplit

from bench.json_rows import A_PAGE, COLUMNS, DATASET, NUMBERS, TIMES, Pages, page_of


def metadata() -> bytes:
    """The data set as ``/api/views`` tells it."""
    kinds = dict.fromkeys(TIMES, "calendar_date") | dict.fromkeys(NUMBERS, "number") | {"location": "point"}
    computed = (":@computed_region_efsh_h5xi", ":@computed_region_f5dn_yrer", ":@computed_region_yeji_bk3q")
    kinds |= dict.fromkeys(computed, "number")
    columns = [{"name": n, "fieldName": n, "dataTypeName": kinds.get(n, "text")} for n in (*COLUMNS, *computed)]
    told = {"id": DATASET, "name": "Requests", "rowsUpdatedAt": 1_772_442_000, "viewLastModified": 1_772_442_000}
    return json.dumps({**told, "columns": columns, "newBackend": True}).encode()


class Server(asyncio.Protocol):
    """One connection."""

    def __init__(self, pages: Pages, file: BinaryIO) -> None:
        self._pages, self._file, self._came = pages, file, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._came += data
        while b"\r\n\r\n" in self._came:
            head, _, self._came = self._came.partition(b"\r\n\r\n")
            body, packed = self.answer(head.split(b" ", 2)[1].decode())
            encoding = b"Content-Encoding: gzip\r\n" if packed else b""
            lines = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
            self._transport.write(lines % (encoding, len(body)))
            self._transport.write(body)

    def answer(self, target: str) -> tuple[bytes, bool]:
        """A body, and whether it is packed."""
        parts = urlsplit(target)
        if parts.path.startswith("/api/views"):
            return metadata(), False
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        selected, where = query.get("$select", ""), query.get("$where", "")
        if "count(" in selected:
            return b'[{"count":"%d"}]\n' % (self._pages.count * A_PAGE), False
        page = page_of(where.partition("'")[2]) if where else int(query.get("$offset", 0)) // A_PAGE
        if page >= self._pages.count:
            return b"[]\n", False
        return self._pages.body(self._file, page, with_ids=":id" in selected), True


async def serve(pages: Pages) -> None:
    """Serve for ever."""
    with pages.path.open("rb") as file:
        server = await asyncio.get_running_loop().create_server(lambda: Server(pages, file), "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Pages(Path(sys.argv[1]), int(sys.argv[2]))))
