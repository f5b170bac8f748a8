"""A small server that shows a built site to this machine only, for looking at it.

Belongs here: reading files of one folder over HTTP. Does not belong here: serving the public (any static host
does), building.
"""

from __future__ import annotations

import posixpath
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from catalog.machines.gone import read_gone
from contracts.errors import OutsideError

LOCAL = "127.0.0.1"


class _Handler(SimpleHTTPRequestHandler):
    """Files of the site's folder, with the headers that a page's own policy cannot set."""

    def end_headers(self) -> None:
        """Headers for every answer."""
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The site's own page where an address leads nowhere."""
        page = Path(str(self.directory)) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        self._answer(HTTPStatus.NOT_FOUND, page.read_bytes())

    def do_GET(self) -> None:
        """The page that explains it, with 410, where a withdrawn product stood; otherwise the file."""
        if not self._is_gone():
            super().do_GET()

    def do_HEAD(self) -> None:
        """As ``do_GET``, without the body."""
        if not self._is_gone():
            super().do_HEAD()

    def _is_gone(self) -> bool:
        folder = Path(str(self.directory))
        asked = f"{posixpath.normpath(unquote(urlsplit(self.path).path)).lstrip('/')}/"
        page = next((p for prefix, p in read_gone(folder).items() if asked.startswith(prefix)), None)
        if page is None:
            return False
        own = folder / asked.rstrip("/")
        pages = (own, own / "index.html", folder / page)
        self._answer(HTTPStatus.GONE, next(p for p in pages if p.suffix == ".html" and p.is_file()).read_bytes())
        return True

    def _answer(self, status: HTTPStatus, body: bytes) -> None:
        """One page."""
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def list_directory(self, path: object) -> None:
        """A folder without a page leads nowhere: its files are not listed."""
        del path
        self.send_error(HTTPStatus.NOT_FOUND)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: who reads what is nobody's business."""


def site_server(folder: Path, port: int) -> ThreadingHTTPServer:
    """A server over ``folder`` on 127.0.0.1; port 0 takes any free one. Call ``serve_forever``.

    Raises:
        OutsideError: The port is taken.
    """
    try:
        return ThreadingHTTPServer((LOCAL, port), partial(_Handler, directory=str(folder)))
    except OSError as error:
        raise OutsideError(
            "the port cannot be used",
            where=f"{LOCAL}:{port}",
            found=error.strerror or str(error),
            hint="another --port",
        ) from error
