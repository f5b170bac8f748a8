"""Well-known text to GeoJSON, digit for digit.

Belongs here: rewriting one notation into the other. The numbers are carried over as they are written, so
that nothing is computed and nothing is rounded. Does not belong here: judging whether a shape is valid.
"""

from __future__ import annotations

import json
import re

from contracts.errors import PromiseBroken

_HEAD = re.compile(
    r"\s*(?:SRID=4326;)?\s*(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON)\s*(EMPTY|\(.*\))\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_POSITION = re.compile(rf"({_NUMBER})\s+({_NUMBER})")
_LEFT_OVER = re.compile(r"[^\[\],\s\d.eE+-]")
_NAMES = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "POLYGON": "Polygon",
    "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}
_DEPTHS = {"POINT": 0, "LINESTRING": 1, "POLYGON": 2, "MULTIPOINT": 1, "MULTILINESTRING": 2, "MULTIPOLYGON": 3}


def geometry(wkt: str) -> str:
    """The GeoJSON geometry of a two-dimensional shape in WKT (longitude latitude).

    Raises:
        PromiseBroken: The text is not such a shape.
    """
    match = _HEAD.match(wkt)
    if match is None:
        raise _broken(wkt)
    kind, body = match.group(1).upper(), match.group(2)
    if body.upper() == "EMPTY":
        return f'{{"type":"{_NAMES[kind]}","coordinates":[]}}'
    if kind == "MULTIPOINT":
        body = "(" + body[1:-1].replace("(", "").replace(")", "") + ")"
    text = _POSITION.sub(_position, body.replace("(", "[").replace(")", "]"))
    text = re.sub(r"\s+", "", text)
    if kind == "POINT":
        text = text[1:-1]
    if _LEFT_OVER.search(text) or not _has_form(text, _DEPTHS[kind]):
        raise _broken(wkt)
    return f'{{"type":"{_NAMES[kind]}","coordinates":{text}}}'


def _position(match: re.Match[str]) -> str:
    return f"[{_json_number(match.group(1))},{_json_number(match.group(2))}]"


def _json_number(text: str) -> str:
    """``text`` in JSON's form of a number: no plus sign, a digit on both sides of the point."""
    sign, digits = ("-", text[1:]) if text[0] == "-" else ("", text.lstrip("+"))
    mantissa, letter, exponent = re.split(r"([eE])", digits) if re.search("[eE]", digits) else (digits, "", "")
    whole, point, fraction = mantissa.partition(".")
    whole = whole.lstrip("0") or "0"
    return sign + whole + (point + fraction if fraction else "") + letter + exponent


def _has_form(text: str, depth: int) -> bool:
    """Whether ``text`` is JSON: pairs of numbers, ``depth`` lists deep."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return _are_positions(value, depth)


def _are_positions(value: object, depth: int) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if depth == 0:
        return len(value) == 2 and all(isinstance(number, int | float) for number in value)
    return all(_are_positions(part, depth - 1) for part in value)


def _broken(wkt: str) -> PromiseBroken:
    return PromiseBroken(
        "a geometry is not well-known text",
        found=f"{len(wkt)} characters that begin with {wkt[:12]!r}",
        expected="POINT, LINESTRING, POLYGON or their MULTI forms, longitude latitude",
    )
