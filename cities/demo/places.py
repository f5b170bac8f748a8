"""The invented city's map and people: districts that tile, addresses in them, residents who report.

Belongs here: what stands still while requests come and go. Does not belong here: requests (``intake``).
Everything follows from the seed. The map lies in open sea, so that no drawn address is anybody's.

Restricted values carry canaries: in each pool the first entries hold a marker that occurs nowhere else, so
that a search over published bytes can show that none of them got out.
"""

from __future__ import annotations

import hashlib
import unicodedata
import zlib
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Coordinate = tuple[float, float]

MARKER = "CANARY"
"""In every marked name, address and (in lower case) e-mail."""
MARKED_PHONE = "+57 199 000 "
"""Marked telephones begin so; no other does. No telephone of Colombia begins with 199."""
MARKED_DIGITS = "7717177"
"""The last digits of every marked latitude and longitude."""

ADDRESSES_EACH = 2_500
MARKED_ADDRESSES_EACH = 25
REPORTERS = 60_000
MARKED_REPORTERS = 500


@dataclass(frozen=True)
class District:
    """One district: a point its territory grows from, residents, and how readily they report."""

    code: str
    name: str
    site: Coordinate
    residents: int
    reporting: float


DISTRICTS = (
    District("01", "Centro Histórico", (-76.690, 9.612), 48_300, 1.35),
    District("02", "El Puerto", (-76.722, 9.604), 39_700, 1.10),
    District("03", "Villa del Mar", (-76.716, 9.640), 52_900, 1.15),
    District("04", "Las Salinas", (-76.710, 9.572), 61_400, 1.00),
    District("05", "San Isidro", (-76.672, 9.581), 74_200, 0.95),
    District("06", "Los Almendros", (-76.683, 9.645), 66_800, 1.05),
    District("07", "La Ladera", (-76.652, 9.620), 83_500, 0.95),
    District("08", "Bellavista", (-76.647, 9.650), 45_100, 1.20),
    District("09", "Nueva Esperanza", (-76.633, 9.585), 91_600, 0.55),
    District("10", "Quebrada Honda", (-76.616, 9.622), 49_300, 0.90),
)
CENSUS_YEAR = 2025

OUTLINE: tuple[Coordinate, ...] = (
    (-76.742, 9.596),
    (-76.728, 9.560),
    (-76.690, 9.548),
    (-76.640, 9.553),
    (-76.604, 9.580),
    (-76.594, 9.622),
    (-76.612, 9.660),
    (-76.655, 9.676),
    (-76.705, 9.668),
    (-76.736, 9.640),
)
"""The municipality's outline, counter-clockwise; convex, so that every cell cut from it is convex too."""


def _nearer(ring: list[Coordinate], own: Coordinate, other: Coordinate) -> list[Coordinate]:
    """The part of a convex ring that lies nearer to ``own`` than to ``other``."""
    normal = (other[0] - own[0], other[1] - own[1])
    middle = ((own[0] + other[0]) / 2, (own[1] + other[1]) / 2)

    def beyond(point: Coordinate) -> float:
        return (point[0] - middle[0]) * normal[0] + (point[1] - middle[1]) * normal[1]

    kept: list[Coordinate] = []
    for start, end in zip(ring, ring[1:] + ring[:1], strict=True):
        a, b = beyond(start), beyond(end)
        if a <= 0:
            kept.append(start)
        if a * b < 0:
            share = a / (a - b)
            kept.append((start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
    return kept


def _bend(start: Coordinate, end: Coordinate, depth: int) -> list[Coordinate]:
    """A border from ``start`` to ``end`` (``end`` left out) that wanders a little, the same way every time.

    Neighbours call it with the same two corners, so that they share every bend.
    """
    if depth == 0:
        return [start]
    if start > end:
        back = _bend(end, start, depth)
        return [start, *reversed(back[1:])]
    key = f"{start[0]:.6f} {start[1]:.6f} {end[0]:.6f} {end[1]:.6f}"
    push = (zlib.crc32(key.encode()) / 2**32 - 0.5) * 0.17
    middle = (
        round((start[0] + end[0]) / 2 - push * (end[1] - start[1]), 6),
        round((start[1] + end[1]) / 2 + push * (end[0] - start[0]), 6),
    )
    return _bend(start, middle, depth - 1) + _bend(middle, end, depth - 1)


@cache
def rings() -> tuple[tuple[Coordinate, ...], ...]:
    """The closed ring of each district, longitude first; together they tile the outline."""
    corners: list[Coordinate] = []

    def snap(point: Coordinate) -> Coordinate:
        near = next((c for c in corners if abs(c[0] - point[0]) + abs(c[1] - point[1]) < 1e-5), None)
        if near is None:
            near = (round(point[0], 6), round(point[1], 6))
            corners.append(near)
        return near

    found: list[tuple[Coordinate, ...]] = []
    for district in DISTRICTS:
        cell = list(OUTLINE)
        for other in DISTRICTS:
            if other is not district:
                cell = _nearer(cell, district.site, other.site)
        cell = [snap(point) for point in cell]
        ring: list[Coordinate] = []
        for start, end in zip(cell, cell[1:] + cell[:1], strict=True):
            ring.extend(_bend(start, end, 3))
        found.append((*ring, ring[0]))
    return tuple(found)


def wkt(ring: tuple[Coordinate, ...]) -> str:
    """A ring as a WKT polygon (EPSG:4326, longitude latitude)."""
    return "POLYGON ((" + ", ".join(f"{x:.6f} {y:.6f}" for x, y in ring) + "))"


def _inside(x: Floats, y: Floats, ring: tuple[Coordinate, ...]) -> npt.NDArray[np.bool_]:
    """Whether each point lies inside the ring (even-odd rule)."""
    inside = np.zeros(x.shape, dtype=bool)
    for (x1, y1), (x2, y2) in pairwise(ring):
        if y1 == y2:
            continue
        crosses = (y1 > y) != (y2 > y)
        inside ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return inside


def _digest(*parts: object) -> str:
    text = "/".join(str(part) for part in parts)
    return hashlib.blake2s(text.encode(), digest_size=4).hexdigest().upper()


@dataclass(frozen=True)
class Addresses:
    """The pool of addresses: ``ADDRESSES_EACH`` for each district, in the order of ``DISTRICTS``."""

    text: list[str]
    latitude: Floats
    longitude: Floats

    def marked(self) -> list[int]:
        """Indexes of the addresses that carry a canary."""
        return [d * ADDRESSES_EACH + i for d in range(len(DISTRICTS)) for i in range(MARKED_ADDRESSES_EACH)]


STREETS = ("Calle", "Carrera", "Diagonal", "Transversal", "Avenida")


def addresses(seed: int) -> Addresses:
    """Addresses inside their districts."""
    rng = np.random.default_rng([seed, 1])
    longitudes: list[Floats] = []
    latitudes: list[Floats] = []
    for ring in rings():
        corners = np.array(ring)
        low, high = corners.min(axis=0), corners.max(axis=0)
        x, y = rng.uniform(low[0], high[0], ADDRESSES_EACH * 4), rng.uniform(low[1], high[1], ADDRESSES_EACH * 4)
        keep = np.flatnonzero(_inside(x, y, ring))[:ADDRESSES_EACH]
        if len(keep) < ADDRESSES_EACH:
            raise ValueError("a district fills less than a quarter of its frame: draw more points")
        longitudes.append(np.round(x[keep], 6))
        latitudes.append(np.round(y[keep], 6))
    longitude, latitude = np.concatenate(longitudes), np.concatenate(latitudes)
    numbers = rng.integers([0, 1, 1, 2], [len(STREETS), 140, 90, 99], size=(len(longitude), 4)).tolist()
    text = [f"{STREETS[s]} {a} # {b}-{c:02d}" for s, a, b, c in numbers]
    pool = Addresses(text, latitude, longitude)
    for index in pool.marked():
        text[index] += f" {MARKER}{_digest(seed, 'address', index)}"
        # Three decimals of the true place, then the marked digits: within a hundred metres.
        for axis, sign in ((latitude, 1.0), (longitude, -1.0)):
            axis[index] = float(f"{sign * (int(abs(axis[index]) * 1000) / 1000):.3f}{MARKED_DIGITS}")
    return pool


@dataclass(frozen=True)
class Reporters:
    """The pool of residents who report."""

    name: list[str]
    email: list[str]
    phone: list[str]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    "Rosa María Luz Ana Carmen Yolanda Patricia Gloria Camila Valentina Daniela Juliana Paola Nelly Marta Inés "
    "José Luis Carlos Jorge Andrés Julián Óscar Hernán Iván Rafael Wilson Édgar Mateo Santiago Samuel Tomás"
)
LAST_NAMES = _words(
    "Mejía Ospina Cárdenas Ríos Vélez Pineda Salcedo Arrieta Barrios Cabrera Díaz Escobar Fuentes Guerra Hoyos "
    "Jaramillo Lozano Medina Nieto Ortega Padilla Quiroz Rangel Sierra Tovar Urrego Vargas Yepes Zuleta Peñata "
    "Acosta Benítez Causil Doria Ensuncho Flórez Genes Herazo Ibáñez Julio"
)


def reporters(seed: int) -> Reporters:
    """Residents with a name, an e-mail and a telephone; none of them exists."""
    rng = np.random.default_rng([seed, 2])
    draws = rng.integers(
        [0, 0, 0, 0, 1, 0],
        [len(FIRST_NAMES), len(LAST_NAMES), len(LAST_NAMES), 10, 1000, 10_000],
        size=(REPORTERS, 6),
    ).tolist()
    names: list[str] = []
    emails: list[str] = []
    phones: list[str] = []
    for index, (first, last, second, digit, middle, end) in enumerate(draws):
        name = f"{FIRST_NAMES[first]} {LAST_NAMES[last]} {LAST_NAMES[second]}"
        phone = f"+57 199 {middle:03d} {end:04d}"
        mark = ""
        if index < MARKED_REPORTERS:
            mark = f"{MARKER}{_digest(seed, 'reporter', index)}"
            name = f"{name} {mark}"
            phone = f"{MARKED_PHONE}{index:04d}"
        plain = unicodedata.normalize("NFKD", f"{FIRST_NAMES[first]}.{LAST_NAMES[last]}")
        plain = plain.encode("ascii", "ignore").decode().lower()
        tail = f".{mark.lower()}" if mark else f"{index % 97}{digit}"
        names.append(name)
        emails.append(f"{plain}{tail}@correo.example")
        phones.append(phone)
    return Reporters(names, emails, phones)
