"""Contracts as text for the loader's tests: a small right one, and ways to make it wrong."""

from __future__ import annotations

from pathlib import Path

from contracts.errors import InputError
from contracts.load import load_contract
from contracts.model import Contract, Role

SOURCE = """\
apiVersion: v3.1.0
kind: DataContract
id: town/town_requests
name: Requests
version: 1.0.0
status: active
description:
  purpose: What people ask of the town.
team:
  name: town
  members:
    - {username: owner@example.gov, role: Owner, name: Ana}
    - {username: gone@example.gov, role: owner, dateOut: "2024-01-01"}
    - {username: steward@example.gov, role: steward}
servers:
  - server: files
    type: custom
    customProperties:
      - {property: connector, value: file}
      - {property: location, value: deliveries/requests.csv}
      - {property: format, value: csv}
schema:
  - name: requests
    physicalType: table
    dataGranularityDescription: one row per request
    properties:
      - name: request_id
        logicalType: string
        required: true
        primaryKey: true
        classification: public
      - name: opened_at
        logicalType: timestamp
        classification: public
        logicalTypeOptions: {format: "yyyy-MM-dd HH:mm", defaultTimezone: America/Bogota}
      - name: amount
        logicalType: number
        physicalType: NUMERIC(12, 2)
        classification: internal
        quality:
          - {metric: nullValues, mustBeLessOrEqualTo: 5, unit: percent}
      - name: reporter
        physicalName: Reporter's Name
        logicalType: string
    quality:
      - {id: enough, metric: rowCount, mustBeBetween: [1, 1000], severity: warning}
      - id: in_order
        type: sql
        description: Nothing costs less than nothing.
        query: select count(*) from {object} where amount < 0
        mustBe: 0
        customProperties:
          - {property: failingExample, value: [{request_id: A, amount: -1}]}
          - {property: translations, value: {es: {description: Nada cuesta menos que nada.}}}
      - {type: text, description: "Requests by phone are typed in by hand."}
slaProperties:
  - {property: frequency, value: 1, unit: d}
  - {property: latency, value: 2, unit: d, element: requests.opened_at}
customProperties:
  - {property: tier, value: restricted}
  - {property: delivery, value: upsert}
  - {property: retentionDays, value: 730}
  - {property: reviewDate, value: 2027-01-31}
  - property: translations
    value: {es: {title: Solicitudes, object: Una solicitud.}}
"""

PRODUCT = """\
apiVersion: v3.1.0
kind: DataContract
id: product/requests
name: Requests
version: 1.0.0
status: active
schema:
  - name: requests
    dataGranularityDescription: one row per request
    properties:
      - {name: request_id, logicalType: string, primaryKey: true, classification: public, description: The number.}
      - {name: district_id, logicalType: string, required: true, classification: public, description: The district.}
      - {name: month, logicalType: date, classification: public}
      - {name: days, logicalType: integer, classification: public, logicalTypeOptions: {minimum: 0, maximum: 100}}
      - {name: department, logicalType: string, classification: internal}
    quality:
      - {id: enough, metric: rowCount, mustBeGreaterThan: 10}
slaProperties:
  - {property: frequency, value: 7, unit: d}
customProperties:
  - {property: tier, value: internal}
  - {property: renditions, value: [public, internal]}
  - {property: needs, value: [requests]}
  - {property: rowCountChange, value: {minimum: -0.3, maximum: 0.5}}
"""

ENTITY = """\
apiVersion: v3.1.0
kind: DataContract
id: entity/requests
name: Requests
version: 1.0.0
status: active
schema:
  - name: requests
    properties:
      - {name: request_id, logicalType: string, primaryKey: true, classification: public}
      - name: district_id
        logicalType: string
        classification: public
        customProperties: [{property: optional, value: true}, {property: unlocks, value: [requests]}]
customProperties:
  - {property: unlocks, value: [requests]}
"""


def load(tmp_path: Path, text: str, role: Role = Role.SOURCE, *, prove_sql: bool = False) -> Contract:
    path = tmp_path / "x.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    return load_contract(path, role, prove_sql=prove_sql)


def refusal(tmp_path: Path, text: str, role: Role = Role.SOURCE) -> InputError:
    """The error that loading ``text`` raises; the file is called x.odcs.yaml in it."""
    try:
        load(tmp_path, text, role)
    except InputError as error:
        error.where = (error.where or "").replace(f"{tmp_path}/", "")
        return error
    raise AssertionError("the contract was read")


def line_of(text: str, part: str) -> int:
    """The line (from 1) in which ``part`` first stands."""
    return text[: text.index(part)].count("\n") + 1
