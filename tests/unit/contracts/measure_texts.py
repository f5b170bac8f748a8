"""A city's products and a measure as text, for the tests of what reads them: small, right, and easy to make wrong."""

from __future__ import annotations

from pathlib import Path

from contracts.errors import InputError
from contracts.formulas import Ground
from contracts.load import load_contract
from contracts.measure import Measure
from contracts.measures import read_measure
from contracts.model import Contract, Role, Text

HEAD = """\
apiVersion: v3.1.0
kind: DataContract
id: product/{name}
name: {name}
version: 1.0.0
status: active
schema:
  - name: {name}
    dataGranularityDescription: one row per something
    properties:
"""
FOOT = """\
slaProperties:
  - {property: frequency, value: 7, unit: d}
customProperties:
  - {property: tier, value: internal}
  - {property: renditions, value: [public, internal]}
  - {property: needs, value: [requests]}
"""
MONTHLY = """\
      - {name: month, logicalType: date, primaryKey: true, primaryKeyPosition: 1, classification: public}
      - {name: district_id, logicalType: string, primaryKey: true, primaryKeyPosition: 2, classification: public}
      - {name: category, logicalType: string, primaryKey: true, primaryKeyPosition: 3, classification: public}
      - {name: department, logicalType: string, primaryKey: true, primaryKeyPosition: 4, classification: public}
      - {name: district_name, logicalType: string, classification: public}
      - {name: is_complete_month, logicalType: boolean, classification: public}
      - {name: opened, logicalType: integer, classification: public}
      - {name: due, logicalType: integer, classification: public}
      - {name: due_on_time, logicalType: integer, classification: public}
      - {name: closed, logicalType: integer, classification: public}
      - {name: closed_on_time, logicalType: integer, classification: public}
      - {name: backlog, logicalType: integer, classification: public}
      - {name: population, logicalType: integer, classification: public}
      - {name: on_time_pct, logicalType: number, classification: public}
      - {name: due_exact, logicalType: integer, classification: internal}
"""
RECORDS = """\
      - {name: request_id, logicalType: string, primaryKey: true, classification: public}
      - {name: category, logicalType: string, classification: public}
      - {name: channel, logicalType: string, classification: public}
      - {name: district_id, logicalType: string, classification: public}
      - {name: status, logicalType: string, classification: public}
      - {name: priority, logicalType: integer, classification: public}
      - {name: is_urgent, logicalType: boolean, classification: public}
      - {name: opened_date, logicalType: date, classification: public}
      - {name: closed_date, logicalType: date, classification: public}
      - {name: opened_at, logicalType: timestamp, classification: internal}
      - {name: officer, logicalType: string, classification: internal}
"""
PLACES = """\
      - {name: district_id, logicalType: string, primaryKey: true, classification: public}
      - {name: district_name, logicalType: string, classification: public}
      - {name: is_complete_month, logicalType: boolean, classification: public}
      - {name: population, logicalType: integer, classification: public}
"""
BARE = """\
      - {name: month, logicalType: date, primaryKey: true, primaryKeyPosition: 1, classification: public}
      - {name: calls, logicalType: integer, classification: public}
"""
MEASURES = """\
      - {name: measure_id, logicalType: string, primaryKey: true, classification: public}
      - {name: district_id, logicalType: string, classification: public}
"""
PRODUCTS = {"monthly": MONTHLY, "records": RECORDS, "places": PLACES, "bare": BARE, "measures": MEASURES}

SHARE = """\
id: on_time
version: 2.1.0
title: {en: On time, es: A tiempo}
definition: {en: Of all due the share done by its day., es: De lo que vencía la parte hecha a tiempo.}
kind: share
product: monthly
where: {category: [Lamps, Potholes]}
numerator: due_on_time
denominator: due
unit: {en: per cent of all due, es: por ciento de lo que vencía}
direction: higher
target: {value: 80, by: 2026-12-31}
bands: {near: 0.05}
groups: [department]
gaming: {en: Moving the day., es: Correr el plazo.}
owner: {role: {en: Head of service, es: Jefa de servicio}, name: Ana, email: ana@example.gov}
phrase: {en: "In {area} {value} was done in time", es: "En {area} se hizo a tiempo el {value}"}
cityPhrase: {en: "Across the city {value} was done in time", es: "En la ciudad se hizo a tiempo el {value}"}
earlier:
  - version: 2.0.0
    until: 2026-03-01
    why: Potholes were added.
    definition: The same, for lamps alone.
    kind: share
    product: monthly
    where: {category: Lamps}
    numerator: due_on_time
    denominator: due
  - version: 1.0.0
    until: 2025-01-01
    why: {en: Open and late was left out., es: Lo abierto y tarde no contaba.}
    definition: Of those closed.
    kind: share
    product: monthly
    where: {category: Lamps}
    numerator: closed_on_time
    denominator: closed
"""

DAYS = """\
id: lamp_days
version: 1.0.0
title: Days
definition: The days within which half were done.
kind: days
product: records
where: {category: Lamps, is_urgent: true, priority: [1, 2]}
begin: opened_date
end: closed_date
finished: {status: closed}
quantile: 0.5
unit: days
direction: lower
target: 8
groups: [channel]
gaming: Closing early.
owner: {role: Head of lighting}
"""


def contract(tmp_path: Path, name: str, text: str | None = None, renditions: str = "public, internal") -> Contract:
    """A product, read as every contract is: one of those above, or with the columns of ``text``."""
    path = tmp_path / f"{name}.odcs.yaml"
    foot = FOOT.replace("public, internal", renditions)
    path.write_text(HEAD.replace("{name}", name) + (text or PRODUCTS[name]) + foot, encoding="utf-8")
    return load_contract(path, Role.PRODUCT, prove_sql=False)


def ground(tmp_path: Path) -> Ground:
    """The products of a city, one of which it lacks."""
    return Ground(
        {name: contract(tmp_path, name) for name in PRODUCTS}, {"lights": Text("no lights source", {"es": "sin luces"})}
    )


def read(tmp_path: Path, text: str, stands: Ground) -> Measure:
    """A measure from its text; the file is named like its id."""
    path = tmp_path / f"{text.split('id: ', 1)[1].split(chr(10), 1)[0]}.yaml"
    path.write_text(text, encoding="utf-8")
    return read_measure(path, stands)


def refused(tmp_path: Path, text: str, stands: Ground) -> InputError:
    """The error that reading ``text`` raises; the place in it has no folder."""
    try:
        read(tmp_path, text, stands)
    except InputError as error:
        error.where = (error.where or "").replace(f"{tmp_path}/", "")
        return error
    raise AssertionError("the measure was read")
