"""Our words: every ``customProperties`` name that Cauce reads, in one described table.

Belongs here: name, where it may stand, the form of its value, one line of meaning. The loader's errors,
``cauce contract show`` and the documentation come from this table; a word that is not in it is an error.
Does not belong here: what the standard itself names (that is its JSON Schema).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from contracts.server_words import SERVER_WORDS
from contracts.word import Where, Word

ROLES: tuple[Where, ...] = ("source", "entity", "product")
FORMATS = ("parquet", "csv", "geojson")
"""Formats a product may be offered in. Parquet is always written."""

TRANSLATED: Mapping[Where, tuple[str, ...]] = {
    "source": ("title", "purpose", "limitations", "usage", "whyNotPublic", "howToAsk", "object"),
    "entity": ("title", "purpose", "limitations", "usage", "whyNotPublic", "howToAsk", "object"),
    "product": ("title", "purpose", "limitations", "usage", "whyNotPublic", "howToAsk", "object"),
    "property": ("title", "description"),
    "rule": ("description",),
}
"""What may be translated, by place."""


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
    Word(
        "repeatedBy",
        ("source",),
        "names",
        "Columns that two records agree in where the source repeats one: staging keeps one of them (dedupe_by_key).",
    ),
    Word(
        "recordCountChange",
        ("source",),
        "range",
        "Allowed relative change of the number of records since the last accepted delivery.",
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
    Word(
        "anonymity",
        ("product",),
        "anonymity",
        "Columns by which somebody could be known again (quasiIdentifiers), how many records agree in all of them at"
        " least (k; else 11), and how many values (l; else 2) those hold of columns that should not be learnt"
        " (sensitive).",
    ),
    Word("reconciles", ("product",), "reconciles", "The entity whose records are counted against this product's."),
    *SERVER_WORDS,
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
    return {w.name: w for w in WORDS if where in w.where and (not w.connectors or connector in w.connectors)}


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
