"""Our words: every ``customProperties`` name that Cauce reads, in one described table.

Belongs here: name, where it may stand, the form of its value, one line of meaning. The loader's errors,
``cauce contract show`` and the documentation come from this table; a word that is not in it is an error.
Does not belong here: what the standard itself names (that is its JSON Schema).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contracts.tiers import TIERS

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
    "decimals",
    "character",
    "mark",
    "missing",
]

ROLES: tuple[Where, ...] = ("source", "entity", "product")
CONNECTORS = ("file",)
"""Connectors whose settings are rows of the table below."""

FORMATS = ("parquet", "csv", "geojson")
"""Formats a product may be offered in. Parquet is always written."""

ENCODINGS = ("utf-8", "latin-1", "utf-16", "windows-1252")

TRANSLATED: Mapping[Where, tuple[str, ...]] = {
    "source": ("title", "purpose", "limitations", "usage", "whyNotPublic", "howToAsk", "object"),
    "entity": ("title", "purpose", "limitations", "usage", "whyNotPublic", "howToAsk", "object"),
    "product": ("title", "purpose", "limitations", "usage", "whyNotPublic", "howToAsk", "object"),
    "property": ("title", "description"),
    "rule": ("description",),
}
"""What may be translated, by place."""

_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?\Z")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")


@dataclass(frozen=True)
class Word:
    """One row of the vocabulary. ``choices`` belongs to the form ``choice``."""

    name: str
    where: tuple[Where, ...]
    form: Form
    meaning: str
    choices: tuple[str, ...] = ()
    connector: str | None = None


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
    Word("decimals", ("product",), "decimals", "Decimal places to which columns are rounded, by column."),
    Word("reconciles", ("product",), "reconciles", "The entity whose records are counted against this product's."),
    Word("connector", ("server",), "choice", "The connector that fetches the source.", CONNECTORS),
    Word("portal", ("server",), "text", "The portal's name in city.yaml, where its address stands."),
    Word("location", ("server",), "text", "A path below the city's folder, or an address fsspec can read.", (), "file"),
    Word("format", ("server",), "choice", "The file's format.", ("csv", "jsonl", "parquet"), "file"),
    Word("compression", ("server",), "choice", "How the file is compressed.", ("none", "gzip"), "file"),
    Word("encoding", ("server",), "choice", "The file's character encoding.", ENCODINGS, "file"),
    Word("delimiter", ("server",), "character", "What separates two fields of a CSV record.", (), "file"),
    Word(
        "quote", ("server",), "mark", "What surrounds a quoted CSV field; empty where quotes mean nothing.", (), "file"
    ),
    Word("escape", ("server",), "character", "What stands before a quote inside a quoted CSV field.", (), "file"),
    Word("header", ("server",), "flag", "Whether the first CSV record names the columns.", (), "file"),
    Word(
        "lineEnds",
        ("server",),
        "choice",
        "How records end; any one way through the whole file where not said.",
        ("lf", "crlf", "cr", "mixed"),
        "file",
    ),
    Word("decimal", ("server",), "choice", "The decimal sign of a CSV file.", (".", ","), "file"),
    Word("missing", ("server",), "missing", "Texts that mean 'no value' in a CSV file.", (), "file"),
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


def expectation(word: Word, value: Any, where: Where) -> str | None:
    """What ``value`` should have been, or None where it fits the word's form."""
    match word.form:
        case "tier":
            return None if value in TIERS else f"one of {', '.join(TIERS)}"
        case "tiers":
            ok = isinstance(value, list) and value and all(v in TIERS for v in value) and _distinct(value)
            return None if ok else f"a list of tiers out of {', '.join(TIERS)}, each once"
        case "text":
            return None if _is_text(value) else "a text"
        case "choice":
            return None if value in word.choices else f"one of {', '.join(word.choices)}"
        case "flag":
            return None if isinstance(value, bool) else "true or false"
        case "days":
            return None if _is_whole(value) and value > 0 else "a whole number of days above 0"
        case "date":
            return None if isinstance(value, str) and _DATE.match(value) else "a date such as 2026-12-31"
        case "names":
            return _names(word, value)
        case "translations":
            return _translations(value, TRANSLATED[where])
    return _composite(word, value)


def _composite(word: Word, value: Any) -> str | None:
    match word.form:
        case "records":
            ok = isinstance(value, list) and value and all(isinstance(r, dict) and r for r in value)
            return None if ok else "a list of records, each a mapping of column to value"
        case "range":
            ok = isinstance(value, dict) and set(value) == {"minimum", "maximum"}
            ok = ok and all(_is_number(v) for v in value.values()) and -1 <= value["minimum"] <= 0 <= value["maximum"]
            return None if ok else "{minimum: between -1 and 0, maximum: 0 or above}"
        case "step":
            ok = isinstance(value, dict) and {"name", "version"} <= set(value) <= {"name", "version", "parameters"}
            ok = ok and _is_text(value["name"]) and isinstance(value.get("parameters", {}), dict)
            return None if ok else "{name: ..., version: ..., parameters: {...}}"
        case "geometry":
            ok = isinstance(value, dict) and set(value) == {"column", "format"} and value["format"] == "wkt"
            return None if ok else "{column: a column's name, format: wkt}"
        case "reconciles":
            ok = isinstance(value, dict) and "entity" in value and set(value) <= {"entity", "removedBy"}
            ok = ok and _is_text(value["entity"]) and _are_texts(value.get("removedBy", []))
            return None if ok else "{entity: an entity's name, removedBy: [names of steps]}"
        case "decimals":
            ok = isinstance(value, dict) and all(_is_whole(v) and 0 <= v <= 12 for v in value.values())
            return None if ok else "a mapping of columns to a number of decimal places"
        case "character":
            return None if isinstance(value, str) and len(value) == 1 else "one character"
        case "mark":
            return None if isinstance(value, str) and len(value) <= 1 else "one character, or an empty text"
        case "missing":
            ok = isinstance(value, list) and all(isinstance(v, str) for v in value)
            return None if ok else "a list of texts"
    raise AssertionError(f"the form {word.form} of {word.name} is not read anywhere")


def _names(word: Word, value: Any) -> str | None:
    if not (_are_texts(value) and _distinct(value)):
        return "a list of names, each once"
    if word.choices and not set(value) <= set(word.choices):
        return f"a list out of {', '.join(word.choices)}"
    return None


def _translations(value: Any, keys: tuple[str, ...]) -> str | None:
    form = f"a mapping of languages (es, pt) to texts for {', '.join(keys)}"
    if not isinstance(value, dict) or not value:
        return form
    for language, texts in value.items():
        if not _LANGUAGE.match(language) or language == "en":
            return f"{form}; English stands in the contract itself"
        if (
            not isinstance(texts, dict)
            or not texts
            or not set(texts) <= set(keys)
            or not all(_is_text(t) for t in texts.values())
        ):
            return form
    return None


def _distinct(values: list[Any]) -> bool:
    return len({str(v) for v in values}) == len(values)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(v) for v in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
