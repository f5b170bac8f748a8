"""W3C's Nu Html Checker over the pages of a site.

The pages are handed to it by a server of this machine, since it holds them against their content policy too, and from
a file ``'self'`` is nobody.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.third_parties.environments import NU, nu_jar
from tests.third_parties.verdict import Checker, Verdict, put

BATCH = 400
"""Pages that one start of the checker reads."""

_SECONDS = 1_200
_OUR_HOST = "-Dnu.validator.servlet.allow-forbidden-hosts=true"
"""It asks no address of its own machine otherwise."""
_ADDRESS = re.compile(rb'https?://[^"/]+(?=/assets/)')


class _Pages(SimpleHTTPRequestHandler):
    """A site's folder. The page for what is not found names its style sheet by the site's address: here, by ours."""

    def do_GET(self) -> None:
        if self.path != "/404.html":
            super().do_GET()
            return
        data = _ADDRESS.sub(b"http://" + self.headers["Host"].encode(), Path(self.directory, "404.html").read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on a port of this machine; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def nu_messages(jar: Path, folder: Path, pages: Sequence[str]) -> list[dict[str, Any]]:
    """What the checker says of pages, given by their addresses in ``folder``.

    Each message has ``type`` (error, info), ``subType`` (warning), ``message``, ``lastLine``, and ``page``.
    """
    found: list[dict[str, Any]] = []
    with served(folder) as root:
        for start in range(0, len(pages), BATCH):
            batch = [f"{root}/{page}" for page in pages[start : start + BATCH]]
            options = ["--format", "json", "--exit-zero-always", "--stdout"]
            done = subprocess.run(
                ["java", "-Xss4m", _OUR_HOST, "-jar", jar, *options, *batch],
                capture_output=True,
                text=True,
                timeout=_SECONDS,
            )
            found += [
                {**m, "page": str(m.get("url", "")).removeprefix(f"{root}/")}
                for m in json.loads(done.stdout)["messages"]
            ]
    return found


def _nu(folder: Path) -> Verdict:
    jar, why = nu_jar()
    if jar is None:
        return Verdict(0, skipped=why)
    pages = [p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*.html"))]
    problems: list[str] = []
    remarks: list[str] = []
    for message in nu_messages(jar, folder, pages):
        said = f"{message['page']}:{message.get('lastLine', '')}: {message['message']}"
        (problems if message["type"] != "info" or message.get("subType") == "warning" else remarks).append(said)
    return Verdict(len(pages), tuple(problems), tuple(remarks))


NU_CHECKER = Checker(
    "W3C's Nu Html Checker",
    "every page",
    lambda: NU.replace("@", " "),
    _nu,
    lambda folder: put(folder / "index.html", "<body", '<body align="center"'),
)
