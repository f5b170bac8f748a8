"""The words of a source's server: the connectors there are, what each must be told, and the words of its settings.

Belongs here: the rows of the vocabulary that stand at a server. Does not belong here: fetching anything
(``orchestration/ingest/connectors``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.word import Word


@dataclass(frozen=True)
class ConnectorRow:
    """What a contract must say of one connector.

    Attributes:
        needs: Words that must stand there.
        brings: The format of what it brings, where the connector itself writes it; None: ``format`` says.
    """

    needs: tuple[str, ...]
    brings: str | None = None


CONNECTORS: Mapping[str, ConnectorRow] = {
    "file": ConnectorRow(("location", "format")),
    "http": ConnectorRow(("location", "format")),
    "socrata": ConnectorRow(("portal", "dataset"), brings="jsonl"),
    "ckan": ConnectorRow(("portal", "resource")),
    "arcgis": ConnectorRow(("portal", "layer"), brings="geojsonl"),
    "open311": ConnectorRow(("portal", "since"), brings="jsonl"),
}
"""Every connector there is, by its name in a contract. Their code stands in ``orchestration/ingest/connectors``."""

FILES = tuple(name for name, row in CONNECTORS.items() if row.brings is None)
"""Connectors that bring a file as somebody wrote it: its format is declared. The others bring records."""

SHAPES = (*FILES, *(name for name, row in CONNECTORS.items() if row.brings == "geojsonl"))
"""Connectors whose records may have a shape."""

SOURCE_FORMATS = ("csv", "jsonl", "json", "geojson", "geojsonl", "xlsx", "parquet")
"""Formats a source's file may have. What is known of each stands in ``orchestration/ingest/formats.py``."""

ENCODINGS = ("utf-8", "latin-1", "utf-16", "windows-1252")

_TEXTS = tuple(name for name in SOURCE_FORMATS if name not in ("xlsx", "parquet"))
"""Formats that are text."""

SERVER_WORDS: tuple[Word, ...] = (
    Word("connector", ("server",), "choice", "The connector that fetches the source.", tuple(CONNECTORS)),
    Word("portal", ("server",), "text", "The portal's name in city.yaml, where its address stands."),
    Word(
        "location", ("server",), "text", "A path below the city's folder, or an address fsspec can read.", (), ("file",)
    ),
    Word(
        "location",
        ("server",),
        "text",
        "A web address (https://...), or a path below the portal's.",
        (),
        ("http",),
    ),
    Word("dataset", ("server",), "text", "The data set's id on the portal, such as erm2-nwe9.", (), ("socrata",)),
    Word(
        "resource",
        ("server",),
        "text",
        "The resource's id, or its name in the package.",
        (),
        ("ckan",),
    ),
    Word("package", ("server",), "text", "The package's id or name; needed where resource is a name.", (), ("ckan",)),
    Word(
        "way",
        ("server",),
        "choice",
        "Whether the resource's file is fetched, or its records page by page from the datastore.",
        ("download", "datastore"),
        ("ckan",),
    ),
    Word(
        "layer",
        ("server",),
        "text",
        "The layer's address below the portal's, such as rest/services/Requests/FeatureServer/0.",
        (),
        ("arcgis",),
    ),
    Word("jurisdiction", ("server",), "text", "The jurisdiction_id that the server asks for.", (), ("open311",)),
    Word(
        "since",
        ("server",),
        "date",
        "The first day of which requests are asked for, in UTC.",
        (),
        ("open311",),
    ),
    Word("services", ("server",), "names", "Service codes that are asked for; all where not said.", (), ("open311",)),
    Word(
        "filter",
        ("server",),
        "text",
        "The records that are asked for, in the portal's own language (SoQL's or SQL's WHERE).",
        (),
        ("socrata", "arcgis"),
    ),
    Word(
        "increment",
        ("server",),
        "text",
        "The portal's field of the last change: between two whole readings only newer records are asked for.",
        (),
        ("socrata", "arcgis"),
    ),
    Word(
        "wholeEvery",
        ("server",),
        "days",
        "After how many days everything is read again, so that records deleted at the source go; 7 where not said.",
        (),
        ("socrata", "arcgis"),
    ),
    Word(
        "pageSize",
        ("server",),
        "position",
        "Records asked for at a time.",
        (),
        ("socrata", "ckan", "arcgis", "open311"),
    ),
    Word(
        "credential",
        ("server",),
        "reference",
        "A reference such as ${PORTAL_TOKEN} to the app token, key or token in the environment.",
        (),
        ("http", "socrata", "ckan", "arcgis", "open311"),
    ),
    Word("format", ("server",), "choice", "The file's format.", SOURCE_FORMATS, FILES),
    Word("compression", ("server",), "choice", "How the file is packed.", ("none", "gzip", "zip"), FILES),
    Word(
        "member",
        ("server",),
        "text",
        "The file in a zip archive: a name, or a pattern such as data/*.csv.",
        (),
        FILES,
    ),
    Word("encoding", ("server",), "choice", "The file's character encoding.", ENCODINGS, FILES, _TEXTS),
    Word("delimiter", ("server",), "character", "What separates two fields of a CSV record.", (), FILES, ("csv",)),
    Word(
        "quote",
        ("server",),
        "mark",
        "What surrounds a quoted CSV field; empty where quotes mean nothing.",
        (),
        FILES,
        ("csv",),
    ),
    Word(
        "escape",
        ("server",),
        "character",
        "What stands before a quote inside a quoted CSV field.",
        (),
        FILES,
        ("csv",),
    ),
    Word(
        "header",
        ("server",),
        "flag",
        "Whether the first CSV record, or a row of the sheet, names the columns.",
        (),
        FILES,
        ("csv", "xlsx"),
    ),
    Word(
        "lineEnds",
        ("server",),
        "choice",
        "How records end; any one way through the whole file where not said.",
        ("lf", "crlf", "cr", "mixed"),
        FILES,
        ("csv", "jsonl", "geojsonl"),
    ),
    Word("decimal", ("server",), "choice", "The decimal sign of a CSV file.", (".", ","), FILES, ("csv",)),
    Word(
        "missing",
        ("server",),
        "missing",
        "Texts that mean 'no value' in a CSV file or a sheet.",
        (),
        FILES,
        ("csv", "xlsx"),
    ),
    Word(
        "records",
        ("server",),
        "path",
        "Where a JSON document holds its array of records, such as result.records; the document itself where not said.",
        (),
        FILES,
        ("json",),
    ),
    Word(
        "geometryColumn",
        ("server",),
        "text",
        "The column that a feature's geometry becomes, as WKT (longitude latitude).",
        (),
        SHAPES,
        ("geojson", "geojsonl"),
    ),
    Word(
        "featureIdColumn",
        ("server",),
        "text",
        "The column that a feature's id becomes.",
        (),
        SHAPES,
        ("geojson", "geojsonl"),
    ),
    Word(
        "bounds",
        ("server",),
        "bounds",
        "West, south, east and north in degrees; a shape beyond them is set aside.",
        (),
        SHAPES,
        ("geojson", "geojsonl"),
    ),
    Word(
        "sheet",
        ("server",),
        "sheet",
        "The sheet's name, or its number from 1; needed where a workbook shows several.",
        (),
        FILES,
        ("xlsx",),
    ),
    Word(
        "headerRow",
        ("server",),
        "position",
        "The row that names the columns, from 1; the first row of cells where not said.",
        (),
        FILES,
        ("xlsx",),
    ),
    Word(
        "cells",
        ("server",),
        "cells",
        "The part of the sheet that is the table, header included, such as B3:H200.",
        (),
        FILES,
        ("xlsx",),
    ),
)
