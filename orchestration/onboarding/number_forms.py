"""How a publisher writes numbers: whole ones, decimals with a point or a comma, codes that only look like numbers.

Belongs here: telling them apart from many values at once. Does not belong here: reading values (``ingest.parse``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

Form = Literal["integer", "point", "comma", "thousands", "code"]

_INTEGER = re.compile(r"[+-]?\d+\Z")
_POINT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_COMMA = re.compile(r"[+-]?\d*,\d+\Z")
_THOUSANDS = re.compile(
    r"[+-]?\$?\s?\d{1,3}(?:(?:,\d{3})+(?:\.\d+)?|(?:\.\d{3})+(?:,\d+)?)\Z|[+-]?\$\s?\d+(?:[.,]\d+)?\Z"
)
_ZERO_FIRST = re.compile(r"[+-]?0\d")
MOST_DIGITS: Final = 15
"""A whole number with more is an identifier, or loses digits in programs on the way."""

CODES: Final = frozenset(
    {"id", "ids", "code", "codigo", "cod", "key", "clave", "clv", "zip", "zipcode", "postal", "postcode", "cep", "cp"}
    | {
        "phone",
        "telefono",
        "telefone",
        "tel",
        "cell",
        "fax",
        "number",
        "numero",
        "num",
        "nro",
        "no",
        "folio",
        "radicado",
    }
    | {"expediente", "protocolo", "ticket", "case", "bbl", "bin", "block", "lot", "parcel", "pin", "fips", "geoid"}
    | {"tract", "district", "distrito", "comuna", "ward", "precinct", "beat", "route", "identifier", "account", "cuit"}
    | {"cuenta", "documento", "dni", "cedula", "nit", "rut", "rfc", "curp", "cpf", "cnpj", "ssn", "objectid"}
)
"""Words of names whose digits are not a quantity."""


def number_form(values: Sequence[str]) -> Form | None:
    """The one form of ``values``, or None where they are no numbers, or not of one form."""
    if not values:
        return None
    if all(_INTEGER.match(v) for v in values):
        zeros = any(_ZERO_FIRST.match(v) for v in values)
        long = any(len(v.lstrip("+-")) > MOST_DIGITS for v in values)
        return "code" if zeros or long else "integer"
    if all(_POINT.match(v) for v in values):
        return "point"
    if all(_COMMA.match(v) or _INTEGER.match(v) for v in values):
        thousands = all(_THOUSANDS.match(v) or (_INTEGER.match(v) and len(v.lstrip("+-")) <= 3) for v in values)
        return "thousands" if thousands else "comma"
    if all(_THOUSANDS.match(v) or _INTEGER.match(v) for v in values):
        return "thousands"
    return None


def is_code(words: Sequence[str]) -> bool:
    """Whether a name says that its digits are no quantity."""
    return bool(set(words) & CODES)
