"""What the city's three sources deliver: fields that hold markers, and the bad deliveries made of good ones.

Belongs here: records and the bytes of files. Does not belong here: the order of days (``story``), what a marker is
(``markers``).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.canaries.markers import LOCAL, Draw, Marker, moment
from tests.canaries.renderings import Index

Row = dict[str, str]

REQUESTS: Final = 180
NESTS: Final = 12
SERVICES: Final = ("Pothole", "Street light", "Fallen tree")
WEST: Final = "POLYGON ((-77 9, -76.65 9, -76.65 10, -77 10, -77 9))"
EAST: Final = "POLYGON ((-76.65 9, -76 9, -76 10, -76.65 10, -76.65 9))"
CLASSES: Final[Mapping[str, tuple[str, str]]] = {
    **dict.fromkeys(("opened", "due", "closed", "changed"), ("internal", "moment")),
    "crew": ("internal", "word"),
    "badge": ("confidential", "whole"),
    "visited_on": ("confidential", "day"),
    "visited_at": ("confidential", "time"),
    "amount": ("restricted", "amount"),
    "complainant": ("restricted", "word"),
    "phone": ("restricted", "phone"),
    "email": ("restricted", "word"),
    "born_on": ("restricted", "day"),
    "note": ("restricted", "word"),
    "caseworker": ("restricted", "word"),
    "fee": ("restricted", "whole"),
    "zqclmnrstvxwbd": ("restricted", "word"),
    "address": ("restricted", "word"),
    "latitude": ("restricted", "latitude"),
    "longitude": ("restricted", "longitude"),
}
"""Columns of the register that hold markers: class and kind."""
NAMES: Final[Mapping[str, str]] = {
    "zqclmnrstvxwbd": "name of a restricted column",
    "Zqdscrptnvxwbd": "description of a restricted column",
    "zqrlnmvxwbdfgh": "name of a rule on a restricted column",
    "Zqsntncrlvxwbd": "sentence of a rule on a restricted column",
    "Zqttlsrcvxwbdf": "title of a hidden source",
    "zqprpssrcvxwbd": "purpose of a hidden source",
}
"""Words of the contracts that no reader of a lower tier may meet."""
FREQUENT: Final = ("caseworker", "fee")
"""Of these a marker stands in every third record: what stands often is what a description of a column would name."""
PUBLIC: Final = ("folio", "status", "service", "department", "channel", "district")
HEADER: Final = (*PUBLIC, *CLASSES, "is_minor")
DRESSED: Final[Mapping[str, str]] = {
    "crew": "Crew {}",
    "complainant": "{} Ríos",
    "email": "{}@mail.example",
    "note": 'Ask for {} at the blue door, not before six; "no bell"',
    "address": "Quay 14 # 3-20, {}",
}


@dataclass
class Sources:
    """Draws whatever is delivered, and lets the index know it."""

    index: Index

    def __post_init__(self) -> None:
        """Know the words of the contracts."""
        for text, what in NAMES.items():
            self.index.add(Marker(what, "record", "word", text))

    def register(self, delivery: int, records: int = REQUESTS) -> list[Row]:
        """A whole register, each restricted field of each record unlike all others."""
        return [self._request(delivery, n) for n in range(1, records + 1)]

    def _request(self, delivery: int, n: int) -> Row:
        row = {
            "folio": f"AV{n:06d}",
            "status": "closed" if n % 3 else "open",
            "service": SERVICES[n % 3],
            "department": "Works" if n % 2 else "Parks",
            "channel": "telephone",
            "district": ("01", "02")[n % 2] if n % 10 else "",
            "is_minor": "true" if n % 7 == 0 else "false",
        }
        markers = {name: self.draw(f"aviary_requests.{name}", delivery, n) for name in CLASSES}
        _order(markers)
        for name, marker in markers.items():
            row[name] = self.know(marker, _field(name, marker))
        if row["status"] == "open":
            row["closed"] = ""
        return row

    def draw(self, column: str, delivery: int, record: int) -> Marker:
        """One marker of the register's column."""
        tier, kind = CLASSES[column.rpartition(".")[2]]
        return Draw(column, tier, kind, delivery).marker(record % 3 if column.endswith(FREQUENT) else record)

    def know(self, marker: Marker, cell: str) -> str:
        """Let the index know a marker and its field, and a number besides as a sentence would round it.

        So rounded it tells less than a value: what a rule measured is for the record, of an internal column for staff.
        """
        self.index.add(marker, cell)
        if marker.kind in ("amount", "moment"):
            number = float(marker.text) if marker.kind == "amount" else moment(marker).timestamp()
            tier = "name" if marker.tier == "internal" else "record"
            self.index.add(Marker(f"{marker.column} in six digits", tier, "rounded", f"{number:.5e}"))
        return cell

    def districts(self, delivery: int) -> list[dict[str, Any]]:
        """Two districts, each with a shelter that nobody may find."""
        return [
            {
                "code": f"{n:02d}",
                "title": title,
                "residents": 20_000 * n,
                "year": 2025,
                "boundary": boundary,
                **self._shelter(delivery, n),
            }
            for n, (title, boundary) in enumerate((("West Bank", WEST), ("East Bank", EAST)), start=1)
        ]

    def _shelter(self, delivery: int, n: int) -> dict[str, Any]:
        def drawn(column: str, tier: str, kind: str, part: int = 0) -> str:
            return self.index.add(Draw(f"aviary_districts.{column}", tier, kind, delivery).marker(n, part)).text

        def position(column: str, part: int) -> list[float]:
            ends = ("longitude", "latitude")
            return [float(drawn(column, "restricted", kind, part)) for kind in ends]

        ring = [position("shelter_area", part) for part in (1, 2, 3)]
        corners = ", ".join(f"{x} {y}" for x, y in (*ring, ring[0]))
        return {
            "shelter": {
                "name": drawn("shelter", "restricted", "word"),
                "place": {"type": "Point", "coordinates": position("shelter", 0)},
                "beds": int(drawn("shelter", "restricted", "whole")),
            },
            "keyholders": [drawn("keyholders", "confidential", "word", part) for part in range(3)],
            "shelter_area": f"POLYGON (({corners}))",
        }

    def nests(self, delivery: int) -> list[dict[str, Any]]:
        """Nests as features: a point, and every other type as a property."""
        return [self._nest(delivery, n) for n in range(1, NESTS + 1)]

    def _nest(self, delivery: int, n: int) -> dict[str, Any]:
        def drawn(column: str, tier: str, kind: str) -> Marker:
            return self.index.add(Draw(f"aviary_nests.{column}", tier, kind, delivery).marker(n))

        place = [float(drawn("shape", "restricted", kind).text) for kind in ("longitude", "latitude")]
        return {
            "type": "Feature",
            "id": drawn("nest", "restricted", "word").text,
            "geometry": {"type": "Point", "coordinates": place},
            "properties": {
                "warden": drawn("warden", "confidential", "word").text,
                "eggs_worth": float(drawn("eggs_worth", "confidential", "amount").text),
                "ringed_on": drawn("ringed_on", "restricted", "day").text,
                "ring": int(drawn("ring", "restricted", "whole").text),
                "seen_at": int(moment(drawn("seen_at", "internal", "moment")).timestamp() * 1000),
            },
        }


def _order(markers: dict[str, Marker]) -> None:
    """Opened first, then due, closed and changed: each takes the next of the four instants."""
    names = ("opened", "due", "closed", "changed")
    instants = sorted(markers[name].text for name in names)
    for name, text in zip(names, instants, strict=True):
        old = markers[name]
        markers[name] = Marker(old.column, old.tier, old.kind, text)


def _field(name: str, marker: Marker) -> str:
    """The field as the register writes it."""
    match marker.kind:
        case "moment":
            return moment(marker).astimezone(LOCAL).strftime("%d/%m/%Y %H:%M:%S")
        case "day":
            year, month, day = marker.text.split("-")
            return f"{day}/{month}/{year}"
    return DRESSED.get(name, "{}").format(marker.text)


def as_csv(rows: list[Row], header: tuple[str, ...] = HEADER) -> bytes:
    """The register's bytes."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, delimiter=";", lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    """The districts' bytes."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def as_collection(features: list[dict[str, Any]]) -> bytes:
    """The nests' bytes."""
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()
