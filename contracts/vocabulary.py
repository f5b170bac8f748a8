"""Our words: every ``customProperties`` name that Cauce reads, in one described table.

Belongs here: name, where it may stand, the form of its value, one line of meaning. The loader's errors,
``cauce contract show`` and the documentation come from this table; a word that is not in it is an error.
Does not belong here: what the standard itself names (that is its JSON Schema).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Where = Literal["source", "entity", "product", "server", "property", "rule"]
"""The contract as a whole by its role, one of its servers, a column, or a quality rule."""

Form = Literal[
    "tier",
    "tiers",
    "text",
    "choice",
    "flag",
    "days",
    "date",
    "names",
    "records",
    "translations",
    "range",
    "step",
    "geometry",
    "reconciles",
    "partition",
    "decimals",
    "character",
    "mark",
    "missing",
    "position",
    "sheet",
    "cells",
    "bounds",
    "path",
]

ROLES: tuple[Where, ...] = ("source", "entity", "product")
CONNECTORS = ("file",)
"""Connectors whose settings are rows of the table below."""

FORMATS = ("parquet", "csv", "geojson")
"""Formats a product may be offered in. Parquet is always written."""

SOURCE_FORMATS = ("csv", "jsonl", "json", "geojson", "geojsonl", "xlsx", "parquet")
"""Formats a source's file may have. What is known of each stands in ``orchestration/ingest/formats.py``."""

ENCODINGS = ("utf-8", "latin-1", "utf-16", "windows-1252")

TRANSLATED: Mapping[Where, tuple[str, ...]] = {
    "source": ("title", "purpose", "limitations", "usage", "whyNotPublic", "howToAsk", "object"),
    "entity": ("title", "purpose", "limitations", "usage", "whyNotPublic", "howToAsk", "object"),
    "product": ("title", "purpose", "limitations", "usage", "whyNotPublic", "howToAsk", "object"),
    "property": ("title", "description"),
    "rule": ("description",),
}
"""What may be translated, by place."""


@dataclass(frozen=True)
class Word:
    """One row of the vocabulary.

    ``choices`` belongs to the form ``choice``; ``formats`` are those a server's word has a meaning for (none: all).
    """

    name: str
    where: tuple[Where, ...]
    form: Form
    meaning: str
    choices: tuple[str, ...] = ()
    connector: str | None = None
    formats: tuple[str, ...] = ()


_TEXTS = tuple(name for name in SOURCE_FORMATS if name not in ("xlsx", "parquet"))
"""Formats that are text."""

WORDS: tuple[Word, ...] = (
    Word("tier", ROLES, "tier", "The highest tier served; for a source, who may see its records."),
    Word("translations", ROLES, "translations", "The contract's texts in other languages than English."),
    Word("whyNotPublic", ROLES, "text", "Why it is not public, for its inventory card."),
    Word("howToAsk", ROLES, "text", "How to ask for it, for its inventory card."),
    Word("inventory", ROLES, "choice", "Whether the public may know that it exists.", ("shown", "hidden")),
    Word("reviewDate", ROLES, "date", "When the contract is due for review."),
    Word("notApplicableTo", ("product",), "names", "Groups the product says nothing about, in plain words."),
    Word(
        "delivery",
        ("source",),
        "choice",
        "How a newer delivery relates to older ones.",
        ("snapshot", "append", "upsert"),
    ),
    Word("licenceIn", ("source",), "text", "The licence under which the city receives the data."),
    Word("legalBasis", ("source",), "text", "The law or agreement that lets the city hold the data."),
    Word("retentionDays", ("source",), "days", "How long raw bytes are kept."),
    Word("sharingAgreement", ("source",), "text", "The agreement under which another body shares the data."),
    Word("sharingAgreementEnds", ("source",), "date", "The day the sharing agreement ends."),
    Word("withheldCountPublic", ("source",), "flag", "Whether the public may know how many records were withheld."),
    Word("unlocks", ("entity",), "names", "Products that this entity makes possible."),
    Word("renditions", ("product",), "tiers", "The tiers for which the product is rendered."),
    Word(
        "practice",
        ("product",),
        "choice",
        "The practice it belongs to.",
        ("performance", "evaluation", "procurement", "data_service"),
    ),
    Word("needs", ("product",), "names", "Entities that a city must deliver to have the product."),
    Word("licenceOut", ("product",), "text", "The licence under which the product is published."),
    Word(
        "rowCountChange",
        ("product",),
        "range",
        "Allowed relative change of the number of records since the last release.",
    ),
    Word(
        "lateness", ("product",), "choice", "What late data does: report it, or hold the product.", ("warning", "error")
    ),
    Word("formats", ("product",), "names", "The file formats it is offered in.", FORMATS),
    Word("geometry", ("product",), "geometry", "The column that holds WKT geometry (longitude latitude, EPSG:4326)."),
    Word(
        "partition",
        ("product",),
        "partition",
        "The date by whose months or years the files are cut where there are more than a million records.",
    ),
    Word("decimals", ("product",), "decimals", "Decimal places to which columns are rounded, by column."),
    Word("reconciles", ("product",), "reconciles", "The entity whose records are counted against this product's."),
    Word("connector", ("server",), "choice", "The connector that fetches the source.", CONNECTORS),
    Word("portal", ("server",), "text", "The portal's name in city.yaml, where its address stands."),
    Word("location", ("server",), "text", "A path below the city's folder, or an address fsspec can read.", (), "file"),
    Word("format", ("server",), "choice", "The file's format.", SOURCE_FORMATS, "file"),
    Word("compression", ("server",), "choice", "How the file is packed.", ("none", "gzip", "zip"), "file"),
    Word(
        "member",
        ("server",),
        "text",
        "The file in a zip archive: a name, or a pattern such as data/*.csv.",
        (),
        "file",
    ),
    Word("encoding", ("server",), "choice", "The file's character encoding.", ENCODINGS, "file", _TEXTS),
    Word("delimiter", ("server",), "character", "What separates two fields of a CSV record.", (), "file", ("csv",)),
    Word(
        "quote",
        ("server",),
        "mark",
        "What surrounds a quoted CSV field; empty where quotes mean nothing.",
        (),
        "file",
        ("csv",),
    ),
    Word(
        "escape",
        ("server",),
        "character",
        "What stands before a quote inside a quoted CSV field.",
        (),
        "file",
        ("csv",),
    ),
    Word(
        "header",
        ("server",),
        "flag",
        "Whether the first CSV record, or a row of the sheet, names the columns.",
        (),
        "file",
        ("csv", "xlsx"),
    ),
    Word(
        "lineEnds",
        ("server",),
        "choice",
        "How records end; any one way through the whole file where not said.",
        ("lf", "crlf", "cr", "mixed"),
        "file",
        ("csv", "jsonl", "geojsonl"),
    ),
    Word("decimal", ("server",), "choice", "The decimal sign of a CSV file.", (".", ","), "file", ("csv",)),
    Word(
        "missing",
        ("server",),
        "missing",
        "Texts that mean 'no value' in a CSV file or a sheet.",
        (),
        "file",
        ("csv", "xlsx"),
    ),
    Word(
        "records",
        ("server",),
        "path",
        "Where a JSON document holds its array of records, such as result.records; the document itself where not said.",
        (),
        "file",
        ("json",),
    ),
    Word(
        "geometryColumn",
        ("server",),
        "text",
        "The column that a feature's geometry becomes, as WKT (longitude latitude).",
        (),
        "file",
        ("geojson", "geojsonl"),
    ),
    Word(
        "featureIdColumn",
        ("server",),
        "text",
        "The column that a feature's id becomes.",
        (),
        "file",
        ("geojson", "geojsonl"),
    ),
    Word(
        "bounds",
        ("server",),
        "bounds",
        "West, south, east and north in degrees; a shape beyond them is set aside.",
        (),
        "file",
        ("geojson", "geojsonl"),
    ),
    Word(
        "sheet",
        ("server",),
        "sheet",
        "The sheet's name, or its number from 1; needed where a workbook shows several.",
        (),
        "file",
        ("xlsx",),
    ),
    Word(
        "headerRow",
        ("server",),
        "position",
        "The row that names the columns, from 1; the first row of cells where not said.",
        (),
        "file",
        ("xlsx",),
    ),
    Word(
        "cells",
        ("server",),
        "cells",
        "The part of the sheet that is the table, header included, such as B3:H200.",
        (),
        "file",
        ("xlsx",),
    ),
    Word("title", ("property",), "text", "The column's name in plain words."),
    Word("unit", ("property",), "text", "The unit of the column's values."),
    Word("optional", ("property",), "flag", "A city's staging may deliver null for the whole column."),
    Word("unlocks", ("property",), "names", "What an optional column makes possible."),
    Word("step", ("property",), "step", "The registered de-identifying step that lowered the column's class."),
    Word("translations", ("property",), "translations", "The column's texts in other languages than English."),
    Word("failingExample", ("rule",), "records", "Records that make an sql rule fail: the proof that it can."),
    Word("translations", ("rule",), "translations", "The rule's sentence in other languages than English."),
)


def words_for(where: Where, connector: str | None = None) -> dict[str, Word]:
    """The words that may stand at ``where``; for a server, also those of its connector."""
    return {w.name: w for w in WORDS if where in w.where and w.connector in (None, connector)}


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name most like ``name``, if any is like it."""
    by_folded = {a.lower().replace("_", ""): a for a in sorted(allowed)}
    close = difflib.get_close_matches(name.lower().replace("_", ""), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def one_of(allowed: Iterable[str], found: Any) -> str:
    """What is allowed, and which of it ``found`` was probably meant to be."""
    names = tuple(allowed)
    close = nearest(found, names) if isinstance(found, str) else None
    return f"one of {', '.join(names)}" + (f" (did you mean {close}?)" if close else "")
