"""How a source writes its file: the server's settings as typed fields, with their defaults.

Belongs here: defaults and their meaning. Does not belong here: guessing. Nothing is detected; what the
contract does not declare has the default written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contracts.errors import InputError
from contracts.model import Contract, Server
from orchestration.ingest.formats import the_format

LineEnds = Literal["lf", "crlf", "cr", "mixed"]

CODECS = {"utf-8": "utf-8", "latin-1": "latin-1", "utf-16": "utf-16", "windows-1252": "cp1252"}
"""Declared encoding to Python's codec."""


@dataclass(frozen=True)
class Dialect:
    """One file format, declared.

    ``missing`` lists the texts that mean "no value". ``line_ends`` None: any, if the whole file keeps
    to one of them. An empty ``quote`` means that quotes have no meaning. ``records`` leads to the array of a
    JSON document; ``bounds`` are west, south, east, north; ``cells`` the part of a sheet that is read.
    """

    format: str
    compression: str
    encoding: str
    delimiter: str
    quote: str
    escape: str
    header: bool
    decimal: str
    missing: tuple[str, ...]
    line_ends: LineEnds | None
    member: str | None = None
    records: tuple[str, ...] = ()
    geometry_column: str | None = None
    feature_id_column: str | None = None
    bounds: tuple[float, ...] | None = None
    sheet: str | int | None = None
    header_row: int | None = None
    cells: str | None = None


def the_server(contract: Contract) -> Server:
    """The one server of a source.

    Raises:
        InputError: None, or more than one.
    """
    if len(contract.servers) != 1:
        raise InputError(
            "a source needs one server",
            where=str(contract.path),
            found=f"{len(contract.servers)} servers",
            expected="one: where its records come from",
        )
    return contract.servers[0]


def dialect(contract: Contract) -> Dialect:
    """What the source's server declares, with defaults: plain UTF-8 CSV with a comma, a header and double quotes.

    Raises:
        InputError: No server, or a format or an encoding that is not known.
    """
    server = the_server(contract)
    settings = server.settings
    form = str(settings.get("format", "csv"))
    encoding = str(settings.get("encoding", "utf-8"))
    if encoding not in CODECS:
        raise InputError(
            "an encoding is not known", where=str(server.place), found=encoding, expected=f"one of {', '.join(CODECS)}"
        )
    quote = str(settings.get("quote", '"'))
    missing = settings.get("missing", [""] if the_format(form, str(server.place)).empty_is_missing else [])
    where = settings.get("records")
    bounds = settings.get("bounds")
    return Dialect(
        format=form,
        compression=str(settings.get("compression", "none")),
        encoding=encoding,
        delimiter=str(settings.get("delimiter", ",")),
        quote=quote,
        escape=str(settings.get("escape", quote)),
        header=bool(settings.get("header", True)),
        decimal=str(settings.get("decimal", ".")),
        missing=tuple(str(text) for text in missing),
        line_ends=settings.get("lineEnds"),
        member=settings.get("member"),
        records=tuple(part.strip() for part in where.split(".")) if where else (),
        geometry_column=settings.get("geometryColumn"),
        feature_id_column=settings.get("featureIdColumn"),
        bounds=tuple(float(side) for side in bounds) if bounds else None,
        sheet=settings.get("sheet"),
        header_row=settings.get("headerRow"),
        cells=settings.get("cells"),
    )
