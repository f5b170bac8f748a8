"""Bad records of the second delivery, of the kinds that real intake systems produce.

Belongs here: spoiling chosen lines of the register's text, one fault each. Does not belong here: what is
done about them (that is the landing's part), how many are expected back (``expected.yaml``).

Every spoiled record carries canaries, since a record set aside is handled by other code than one accepted.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cities.demo.places import Addresses, Reporters

DELIMITER = ";"
COLUMNS = (
    "radicado",
    "fecha_apertura",
    "fecha_vencimiento",
    "fecha_cierre",
    "fecha_actualizacion",
    "estado",
    "codigo_servicio",
    "servicio",
    "dependencia",
    "canal",
    "comuna",
    "direccion",
    "latitud",
    "longitud",
    "solicitante_nombre",
    "solicitante_correo",
    "solicitante_telefono",
)
"""The register's columns in their order."""

Record = dict[str, str]
Spoil = Callable[[Record, int], str]


def _line(record: Record) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=DELIMITER, lineterminator="").writerow([record[c] for c in COLUMNS])
    return out.getvalue()


def _set(column: str, *values: str) -> Spoil:
    """Put one of ``values`` into ``column``, in turn."""

    def spoil(record: Record, n: int) -> str:
        return _line({**record, column: values[n % len(values)]})

    return spoil


def _comma(record: Record, n: int) -> str:
    del n
    return _line({**record, "latitud": "9,6123"})


def _swapped(record: Record, n: int) -> str:
    del n
    return _line({**record, "latitud": "-76.6717", "longitud": "9.6017"})


def _lost_zero(record: Record, n: int) -> str:
    return _line({**record, "comuna": str(n % 9 + 1)})


def _control(record: Record, n: int) -> str:
    sign = ("\x07", "\x1b", "\u202e")[n % 3]
    return _line({**record, "direccion": record["direccion"].replace(" ", f" {sign}", 1)})


def _too_many(record: Record, n: int) -> str:
    """An address with the delimiter in it, written without quotes."""
    del n
    values = [record[c] for c in COLUMNS]
    values[COLUMNS.index("direccion")] += f"{DELIMITER} apartamento 201"
    return DELIMITER.join(values)


def _too_few(record: Record, n: int) -> str:
    """A line cut off after the address."""
    del n
    return DELIMITER.join([record[c] for c in COLUMNS[: COLUMNS.index("latitud")]])


def _other_encoding(record: Record, n: int) -> str:
    """An address typed in a system that still writes Latin-1: one byte that is no UTF-8."""
    del n
    return _line({**record, "direccion": record["direccion"] + " piso \udcfa nico"})


def _quote_inside(record: Record, n: int) -> str:
    """A quoted address that goes on behind its closing quote."""
    del n
    values = [record[c] for c in COLUMNS]
    place = COLUMNS.index("direccion")
    values[place] = f'"{values[place]}" bis'
    return DELIMITER.join(values)


@dataclass(frozen=True)
class Fault:
    """One kind of bad record and how often it stands in the second delivery."""

    name: str
    count: int
    spoil: Spoil


FAULTS = (
    Fault("opening date that no calendar has", 9, _set("fecha_apertura", "31/09/2026 10:15:00", "00/10/2026 08:00:00")),
    Fault("opening date in another form", 6, _set("fecha_apertura", "2026-10-05T10:00:00", "oct 5 2026", "46300.42")),
    Fault("opening date missing", 4, _set("fecha_apertura", "")),
    Fault("opening date in the future", 3, _set("fecha_apertura", "14/10/2062 09:30:00")),
    Fault("opening date before the register began", 3, _set("fecha_apertura", "01/01/1900 00:00:00")),
    Fault("closing date that no calendar has", 7, _set("fecha_cierre", "00/00/0000 00:00:00")),
    Fault("unknown status", 11, _set("estado", "En trámite", "CERRADA", "Duplicada", "?")),
    Fault("no case number", 5, _set("radicado", "")),
    Fault(
        "case number in another form", 4, _set("radicado", "SIN RADICADO", "69002/2026", "pa2026-69003", "2.026E+13")
    ),
    Fault("no kind of request", 6, _set("servicio", "")),
    Fault("district code that lost its zero", 8, _lost_zero),
    Fault("district code that does not exist", 4, _set("comuna", "99", "ND")),
    Fault("latitude with a decimal comma", 5, _comma),
    Fault("latitude and longitude swapped", 4, _swapped),
    Fault("control or direction character in the address", 6, _control),
    Fault("letter in another encoding", 3, _other_encoding),
    Fault("quotes out of place", 2, _quote_inside),
    Fault("too many fields", 7, _too_many),
    Fault("too few fields", 4, _too_few),
)
SPOILED = sum(f.count for f in FAULTS)


@dataclass(frozen=True)
class Pools:
    """Where the canaries of spoiled records come from."""

    addresses: Addresses
    reporters: Reporters


def choose(lines: int, seed: int) -> Mapping[int, tuple[Fault, int]]:
    """Which lines are spoiled, by which fault, and the fault's running number.

    Raises:
        ValueError: There are fewer lines than faults.
    """
    if lines < SPOILED:
        raise ValueError(f"{lines} lines are too few for {SPOILED} faults")
    rng = np.random.default_rng([seed, 4])
    places = rng.choice(lines, size=SPOILED, replace=False).tolist()
    kinds = [(fault, n) for fault in FAULTS for n in range(fault.count)]
    return dict(sorted(zip(places, kinds, strict=True)))


def spoil(text: str, seed: int, pools: Pools) -> str:
    """``text`` (lines of the register without a head and without quoted line ends) with its faults planted.

    A byte that is no UTF-8 stands in the result as Python's surrogate for it.
    """
    lines = text.splitlines()
    marked = pools.addresses.marked()
    for place, (index, (fault, n)) in enumerate(choose(len(lines), seed).items()):
        record = dict(zip(COLUMNS, next(csv.reader([lines[index]], delimiter=DELIMITER)), strict=True))
        address = marked[place]
        record |= {
            "direccion": pools.addresses.text[address],
            "latitud": str(pools.addresses.latitude[address]),
            "longitud": str(pools.addresses.longitude[address]),
            "solicitante_nombre": pools.reporters.name[place],
            "solicitante_correo": pools.reporters.email[place],
            "solicitante_telefono": pools.reporters.phone[place],
        }
        lines[index] = fault.spoil(record, n)
    return "\n".join(lines) + "\n"
