"""A web server with plain files: validators, parts of a file, conditional requests.

Belongs here: ``FilesPortal``, and answering for one file, which other portals do too. Does not belong here: any API.

Source: RFC 9110, sections 8.8 (validators), 13 (conditional requests) and 14 (ranges).
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.portals.rows import EPOCH
from tests.portals.serving import Asked, Portal, Reply, http_date

TYPES = {
    ".csv": "text/csv;charset=utf-8",
    ".geojson": "application/geo+json",
    ".gz": "application/gzip",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}


@dataclass
class ServedFile:
    """A file as it is served: its bytes, when it last changed, and its media type.

    Another ``copy`` of the same bytes has another entity tag, as where a server makes tags of places on its disk.
    """

    body: bytes
    changed: datetime = EPOCH
    type: str = "application/octet-stream"
    copy: int = 0

    @classmethod
    def of(cls, content: Path | bytes, name: str, changed: datetime = EPOCH) -> ServedFile:
        """From a file of the disk, or from bytes; the type goes by ``name``."""
        body = content.read_bytes() if isinstance(content, Path) else content
        suffix = Path(name).suffix
        return cls(body, changed, TYPES.get(suffix) or mimetypes.guess_type(name)[0] or cls.type)

    @property
    def tag(self) -> str:
        """Its entity tag: a hash of its bytes, and the copy's number."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:32]}-{self.copy}"'


def serve(asked: Asked, file: ServedFile) -> Reply:
    """A file, or the part of it that was asked for."""
    headers = {"etag": file.tag, "last-modified": http_date(file.changed), "accept-ranges": "bytes"}
    part = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.headers.get("range", ""))
    condition = asked.headers.get("if-range")
    if part is None or part[0] == "bytes=-" or condition not in (None, file.tag, headers["last-modified"]):
        return Reply(200, file.body, file.type, headers)
    size = len(file.body)
    start = int(part[1]) if part[1] else size - int(part[2])
    stop = min(int(part[2]), size - 1) if part[1] and part[2] else size - 1
    if start > stop or start >= size:
        return Reply(416, b"", file.type, {**headers, "content-range": f"bytes */{size}"})
    told = {**headers, "content-range": f"bytes {start}-{stop}/{size}"}
    return Reply(206, file.body[start : stop + 1], file.type, told)


class FilesPortal(Portal):
    """Files by their path below the portal.

    Args:
        files: ``{"data/requests.csv": path or bytes}``. Change what is served with ``put``.
        token: Requests without ``Authorization: Bearer <token>`` get 401.
    """

    def __init__(self, files: Mapping[str, Path | bytes], **serving: Any) -> None:
        super().__init__(**serving)
        self.files = {name.strip("/"): ServedFile.of(content, name) for name, content in files.items()}

    def put(self, name: str, content: Path | bytes, changed: datetime) -> None:
        """Serve other bytes under a name from now on."""
        self.files[name.strip("/")] = ServedFile.of(content, name, changed)

    def kind(self, asked: Asked) -> str:  # noqa: ARG002 (a file, whatever is asked)
        return "file"

    def own_error(self) -> Reply:
        return Reply(500, b"<html><body><h1>500 Internal Server Error</h1></body></html>", "text/html")

    def answer(self, asked: Asked) -> Reply:
        if self.token is not None and asked.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(401, b"Unauthorized", "text/plain", {"www-authenticate": "Bearer"})
        file = self.files.get(asked.path.strip("/"))
        if file is None:
            return Reply(404, b"<html><body><h1>404 Not Found</h1></body></html>", "text/html")
        return serve(asked, file)
