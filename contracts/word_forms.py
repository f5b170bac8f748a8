"""What the value of one of our words must look like, form by form.

Belongs here: one rule for each form of the table in ``vocabulary``. Does not belong here: the table, and what
holds between words.
"""

from __future__ import annotations

import re
from typing import Any

from contracts.credentials import REFERENCE
from contracts.tiers import TIERS
from contracts.vocabulary import TRANSLATED, one_of
from contracts.word import Where, Word

_LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?\Z")
_CELLS = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}:[A-Z]{1,3}[1-9]\d{0,6}\Z")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")


def expectation(word: Word, value: Any, where: Where) -> str | None:
    """What ``value`` should have been, or None where it fits the word's form."""
    match word.form:
        case "tier":
            return None if value in TIERS else one_of(TIERS, value)
        case "tiers":
            ok = isinstance(value, list) and value and all(v in TIERS for v in value) and _distinct(value)
            return None if ok else f"a list of tiers out of {', '.join(TIERS)}, each once"
        case "text":
            return None if _is_text(value) else "a text"
        case "choice":
            return None if value in word.choices else one_of(word.choices, value)
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
        case "partition":
            ok = isinstance(value, dict) and set(value) == {"by", "every"} and _is_text(value["by"])
            return None if ok and value["every"] in {"month", "year"} else "{by: a date column, every: month or year}"
        case "decimals":
            ok = isinstance(value, dict) and all(_is_whole(v) and 0 <= v <= 12 for v in value.values())
            return None if ok else "a mapping of columns to a number of decimal places"
        case "anonymity":
            ok = isinstance(value, dict)
            return None if ok else "{quasiIdentifiers: [columns], k: 11, sensitive: [columns], l: 2}"
        case "character":
            return None if isinstance(value, str) and len(value) == 1 else "one character"
        case "mark":
            return None if isinstance(value, str) and len(value) <= 1 else "one character, or an empty text"
        case "missing":
            ok = isinstance(value, list) and all(isinstance(v, str) for v in value)
            return None if ok else "a list of texts"
    return _place(word, value)


def _place(word: Word, value: Any) -> str | None:
    """Forms that say where something stands: in a file, or on the earth, or in the environment."""
    match word.form:
        case "position":
            return None if _is_whole(value) and value > 0 else "a whole number from 1"
        case "sheet":
            ok = _is_text(value) or (_is_whole(value) and value > 0)
            return None if ok else "a sheet's name, or its number from 1"
        case "cells":
            ok = isinstance(value, str) and _CELLS.match(value)
            return None if ok else "two cells with a colon between, such as B3:H200"
        case "path":
            ok = _is_text(value) and all(part.strip() for part in value.split("."))
            return None if ok else "names with dots between, such as result.records"
        case "reference":
            ok = isinstance(value, str) and REFERENCE.match(value)
            return None if ok else "a reference to the environment, such as ${PORTAL_TOKEN}"
        case "bounds":
            ok = isinstance(value, list) and len(value) == 4 and all(_is_number(v) for v in value)
            ok = ok and -180 <= value[0] < value[2] <= 180 and -90 <= value[1] < value[3] <= 90
            return None if ok else "four numbers: west, south, east, north, as in [-74.3, 40.4, -73.7, 41.0]"
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
