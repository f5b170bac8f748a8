"""DuckDB's spatial extension: where the installed wheel keeps it.

Belongs here: finding the file that DuckDB loads, without the network. Does not belong here: what is asked of it.
"""

from __future__ import annotations

from importlib import util
from importlib.metadata import version
from pathlib import Path

from contracts.errors import ArtefactError


def spatial_extension() -> str:
    """The path of DuckDB's spatial extension in the installed wheel; DuckDB loads it from there.

    Raises:
        ArtefactError: The wheel is not installed, or for another version of DuckDB.
    """
    found = util.find_spec("duckdb_extension_spatial")
    name = f"extensions/v{version('duckdb')}/spatial.duckdb_extension"
    for folder in found.submodule_search_locations or () if found else ():
        path = Path(folder) / name
        if path.is_file():
            return str(path)
    raise ArtefactError(
        "DuckDB's spatial extension is missing",
        where=f"duckdb_extension_spatial/{name}",
        expected="the wheel duckdb-extension-spatial of the same version as duckdb",
        hint="make setup",
    )
