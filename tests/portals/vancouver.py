"""Vancouver's portals: the spreadsheets of its portal's export, and the volunteers' map.

Belongs here: which files of the shared data stand behind which address. Does not belong here: serving (``files``).

Source: "Explore API v2.1", ``/exports/{format}`` of Opendatasoft's help pages: one address for every export, the
records picked by ``where``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.portals.files import FilesPortal, ServedFile, serve
from tests.portals.serving import Asked, Portal, Reply

EXPORT = "/api/explore/v2.1/catalog/datasets/3-1-1-service-requests/exports/xlsx"
KIND = 'service_request_type="City Services Feedback Case" and '
EXPORTS = {
    KIND + "service_request_open_timestamp>=date'2023-01-01' and service_request_open_timestamp<date'2024-01-01'": (
        "311/vancouver/3-1-1-service-requests_20221231_20231231.xlsx"
    ),
    KIND + "last_modified_timestamp>=date'2024-01-01'": "311/vancouver/3-1-1-service-requests_20220910_20240917.xlsx",
}
"""What was asked of the real portal, by its ``where``, and what came."""
MAP = "codeforgermany/click_that_hood/main/public/data/vancouver.geojson"


class ExportsPortal(Portal):
    """A portal that answers for exports by their ``where``, each a file it keeps.

    Args:
        exports: Files by the ``where`` that they answer.
    """

    def __init__(self, exports: Mapping[str, Path], **serving: Any) -> None:
        super().__init__(**serving)
        self.exports = {where: ServedFile.of(path, path.name) for where, path in exports.items()}

    def kind(self, asked: Asked) -> str:  # noqa: ARG002 (a file, whatever is asked)
        return "file"

    def own_error(self) -> Reply:
        return Reply(500, b'{"message": "Internal error", "error_code": "ODSInternalError"}')

    def answer(self, asked: Asked) -> Reply:
        file = self.exports.get(asked.parameter("where") or "") if asked.path == EXPORT else None
        if file is None:
            return Reply(400, b'{"message": "ODSQL query is malformed", "error_code": "ODSQLError"}')
        return serve(asked, file)


def portals(data: Path) -> dict[str, Portal]:
    """The city's portals by their name in city.yaml, not started yet; ``data`` is the shared data."""
    return {
        "opendata_vancouver": ExportsPortal({where: data / path for where, path in EXPORTS.items()}),
        "click_that_hood": FilesPortal({MAP: data / "boundaries/vancouver/neighbourhoods.geojson"}),
    }
