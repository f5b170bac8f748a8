"""A Socrata portal that gives whole files too: its CSV exports and its GeoJSON of maps.

Belongs here: those files at the addresses where Socrata has them. Does not belong here: the API itself (``socrata``).
The bytes are those of a real export, unchanged.

Source: the "Export" and "API" panels of data sets on NYC Open Data and the Chicago Data Portal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.portals.files import ServedFile, serve
from tests.portals.serving import Asked, Reply
from tests.portals.socrata import SocrataDataset, SocrataPortal


class SocrataExports(SocrataPortal):
    """Data sets, and files by their path such as ``api/views/76ig-c548/rows.csv``; the query is not looked at."""

    def __init__(self, datasets: Iterable[SocrataDataset], files: Mapping[str, Path | bytes], **serving: Any) -> None:
        super().__init__(datasets, **serving)
        self.files = {f"/{path}": ServedFile.of(content, path) for path, content in files.items()}

    def kind(self, asked: Asked) -> str:
        return "file" if asked.path in self.files else super().kind(asked)

    def answer(self, asked: Asked) -> Reply:
        file = self.files.get(asked.path)
        return super().answer(asked) if file is None else serve(asked, file)
