"""Write the invented city's deliveries: its register of requests, and its districts.

    python -m cities.demo.generate --delivery 1
    python -m cities.demo.generate --delivery 1 --requests 10000000 --out somewhere

Belongs here: from drawn months to files, a month at a time, so that ten million requests need no more memory
than one month. Does not belong here: what is drawn (``intake``, ``places``), what is spoiled (``faults``).
The same seed writes the same bytes on any machine.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pyarrow as pa
import yaml

from cities.demo import faults, intake, places

FOLDER = Path(__file__).resolve().parent
TIMEZONE = "America/Bogota"
REQUESTS_FILE = "service_requests.csv"
DISTRICTS_FILE = "districts.jsonl"
CANARIES_FILE = "canaries.json"

LOST_DISTRICT = "04"
"""In the second delivery the sub-office of this district sent next to nothing in the newest month."""
LOST_KEPT = 0.04


@dataclass(frozen=True)
class Delivery:
    """One row of ``deliveries.yaml`` with the seed and the size that hold for all."""

    number: int
    months: int
    as_of: datetime
    first_month: int
    requests: int
    seed: int

    @property
    def local_now(self) -> int:
        """The as-of instant as the city's own clocks show it, in seconds since 1970."""
        local = self.as_of.astimezone(ZoneInfo(TIMEZONE)).replace(tzinfo=None)
        return int(np.datetime64(local, "s").astype(np.int64))

    @property
    def as_of_text(self) -> str:
        """The as-of instant as ``--as-of`` takes it."""
        return self.as_of.strftime("%Y-%m-%dT%H:%M:%SZ")


def read_deliveries(requests: int | None = None) -> tuple[Delivery, ...]:
    """What ``deliveries.yaml`` says; ``requests`` scales the first delivery and the second with it."""
    plan = yaml.safe_load((FOLDER / "deliveries.yaml").read_text(encoding="utf-8"))
    return tuple(
        Delivery(
            number=entry["number"],
            months=entry["months"],
            as_of=datetime.fromisoformat(entry["as_of"]),
            first_month=intake.month_number(plan["first_month"]),
            requests=requests or plan["requests"],
            seed=plan["seed"],
        )
        for entry in plan["deliveries"]
    )


def _months(delivery: Delivery) -> Iterator[intake.Month]:
    number = 1
    sizes = intake.counts(delivery.first_month, delivery.months, delivery.requests)
    for month, size in enumerate(sizes, start=delivery.first_month):
        if month % 12 == 0:
            number = 1
        yield intake.draw(delivery.seed, month, size, number)
        number += size


def _loses(delivery: Delivery, month: intake.Month) -> bool:
    return delivery.number == 2 and month.month == delivery.first_month + delivery.months - 1


@dataclass(frozen=True)
class _Shelf:
    """The pools as Arrow dictionaries, made once."""

    service_code: pa.Array
    service: pa.Array
    department: pa.Array
    district: pa.Array
    channel: pa.Array
    addresses: places.Addresses
    reporters: places.Reporters
    address: pa.Array
    name: pa.Array
    email: pa.Array
    phone: pa.Array


def _shelf(seed: int) -> _Shelf:
    addresses, reporters = places.addresses(seed), places.reporters(seed)
    return _Shelf(
        service_code=pa.array([s.code for s in intake.SERVICES]),
        service=pa.array([s.name for s in intake.SERVICES]),
        department=pa.array([s.department for s in intake.SERVICES]),
        district=pa.array([d.code for d in places.DISTRICTS]),
        channel=pa.array(intake.CHANNELS),
        addresses=addresses,
        reporters=reporters,
        address=pa.array(addresses.text),
        name=pa.array(reporters.name),
        email=pa.array(reporters.email),
        phone=pa.array(reporters.phone),
    )


def _batch(month: intake.Month, shelf: _Shelf, delivery: Delivery) -> pa.RecordBatch:
    """A month as the register shows it at the delivery's as-of instant."""
    now = delivery.local_now
    number = np.arange(month.first_number, month.first_number + len(month))
    keep = np.ones(len(month), dtype=bool)
    if _loses(delivery, month):
        lost = [d.code for d in places.DISTRICTS].index(LOST_DISTRICT)
        luck = np.random.default_rng([delivery.seed, 5]).random(len(month))
        keep = (month.district != lost) | (luck < LOST_KEPT)
    closed = month.closed < now

    def words(index: intake.Integers, pool: pa.Array, known: intake.Booleans | None = None) -> pa.Array:
        mask = None if known is None else ~known[keep]
        indices = pa.array(index[keep].astype(np.int32), mask=mask)
        return pa.DictionaryArray.from_arrays(indices, pool)

    def moments(seconds: intake.Integers, known: intake.Booleans | None = None) -> pa.Array:
        mask = None if known is None else ~known[keep]
        return pa.array(seconds[keep], mask=mask, type=pa.int64()).cast(pa.timestamp("s"))

    placed = month.address >= 0
    named = month.reporter >= 0
    spot = np.where(placed, month.address, 0)[keep]
    return pa.RecordBatch.from_pydict(
        {
            "number": pa.array(number[keep]),
            "opened": moments(month.opened),
            "due": moments(month.due),
            "closed": moments(np.where(closed, month.closed, 0), closed),
            "updated": moments(np.where(closed, month.closed, np.minimum(month.touched, now - 1))),
            "is_closed": pa.array(closed[keep]),
            "codigo_servicio": words(month.service, shelf.service_code),
            "servicio": words(month.service, shelf.service),
            "dependencia": words(month.service, shelf.department),
            "canal": words(month.channel, shelf.channel),
            "comuna": words(month.district, shelf.district, month.district_known),
            "direccion": words(np.where(placed, month.address, 0), shelf.address, placed),
            "latitud": pa.array(shelf.addresses.latitude[spot], mask=~placed[keep]),
            "longitud": pa.array(shelf.addresses.longitude[spot], mask=~placed[keep]),
            "solicitante_nombre": words(np.where(named, month.reporter, 0), shelf.name, named),
            "solicitante_correo": words(np.where(named, month.reporter, 0), shelf.email, named),
            "solicitante_telefono": words(np.where(named, month.reporter, 0), shelf.phone, named),
        }
    )


REGISTER = """
select
    strftime(opened, 'PA%Y-') || lpad(number::varchar, 8, '0') as radicado,
    strftime(opened, '%d/%m/%Y %H:%M:%S') as fecha_apertura,
    strftime(due, '%d/%m/%Y %H:%M:%S') as fecha_vencimiento,
    strftime(closed, '%d/%m/%Y %H:%M:%S') as fecha_cierre,
    strftime(updated, '%d/%m/%Y %H:%M:%S') as fecha_actualizacion,
    case when is_closed then 'Cerrada' else 'Abierta' end as estado,
    codigo_servicio, servicio, dependencia, canal, comuna, direccion, latitud, longitud,
    solicitante_nombre, solicitante_correo, solicitante_telefono
from months
"""


def _write_csv(batches: Iterator[pa.RecordBatch], path: Path, *, header: bool) -> int:
    """Write batches as the register's text; returns the number of records."""
    first = next(batches)

    def chained() -> Iterator[pa.RecordBatch]:
        yield first
        yield from batches

    with duckdb.connect(config={"threads": 2, "preserve_insertion_order": True}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("months", pa.RecordBatchReader.from_batches(first.schema, chained()))
        target = str(path).replace("'", "''")
        row = connection.execute(
            f"copy ({REGISTER}) to '{target}' (format csv, header {header}, delimiter '{faults.DELIMITER}')"
        ).fetchone()
    assert row is not None
    return int(row[0])


def _write_requests(delivery: Delivery, shelf: _Shelf, path: Path) -> int:
    months = _months(delivery)
    if delivery.number == 1:
        return _write_csv((_batch(m, shelf, delivery) for m in months), path, header=True)
    past = delivery.months - 1
    records = _write_csv((_batch(next(months), shelf, delivery) for _ in range(past)), path, header=True)
    part = path.with_suffix(".newest")
    records += _write_csv((_batch(m, shelf, delivery) for m in months), part, header=False)
    pools = faults.Pools(shelf.addresses, shelf.reporters)
    spoiled = faults.spoil(part.read_text(encoding="utf-8"), delivery.seed, pools)
    part.unlink()
    with path.open("a", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(spoiled)
    return records


def _write_districts(path: Path) -> None:
    lines = [
        json.dumps(
            {
                "codigo": d.code,
                "nombre": d.name,
                "poblacion": d.residents,
                "anio_poblacion": places.CENSUS_YEAR,
                "limite_wkt": places.wkt(ring),
            },
            ensure_ascii=False,
        )
        for d, ring in zip(places.DISTRICTS, places.rings(), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_canaries(shelf: _Shelf, path: Path) -> None:
    """All planted markers by restricted column; any of them in a published byte is a leak."""
    marked = shelf.addresses.marked()
    people = range(places.MARKED_REPORTERS)
    values = {
        "direccion": [shelf.addresses.text[i] for i in marked],
        "latitud": [str(shelf.addresses.latitude[i]) for i in marked],
        "longitud": [str(shelf.addresses.longitude[i]) for i in marked],
        "solicitante_nombre": [shelf.reporters.name[i] for i in people],
        "solicitante_correo": [shelf.reporters.email[i] for i in people],
        "solicitante_telefono": [shelf.reporters.phone[i] for i in people],
    }
    path.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def generate(delivery: Delivery, folder: Path) -> int:
    """Write one delivery into ``folder``, replacing the one before; returns its number of requests.

    The register appears under its name only when it is whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shelf = _shelf(delivery.seed)
    unfinished = folder / f".{REQUESTS_FILE}"
    records = _write_requests(delivery, shelf, unfinished)
    unfinished.replace(folder / REQUESTS_FILE)
    _write_districts(folder / DISTRICTS_FILE)
    _write_canaries(shelf, folder / CANARIES_FILE)
    return records


def main() -> None:
    """Write one delivery from the command line."""
    parser = argparse.ArgumentParser(description="Write a delivery of the invented city.")
    parser.add_argument("--delivery", type=int, default=1, choices=[1, 2])
    parser.add_argument("--requests", type=int, help="size of the first delivery; the second grows with it")
    parser.add_argument("--out", type=Path, default=FOLDER / "deliveries", help="folder to write into")
    options = parser.parse_args()
    delivery = read_deliveries(options.requests)[options.delivery - 1]
    records = generate(delivery, options.out)
    print(f"Delivery {delivery.number}: {records:,} requests as of {delivery.as_of_text} in {options.out}")


if __name__ == "__main__":
    main()
