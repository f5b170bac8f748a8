"""The steps' dbt macros in a city's own staging: what comes out, and that the key is nowhere but in its file."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from orchestration import shaping, step_functions, step_keys, warehouse
from orchestration.shaping import NodeRun, ShapeJob
from tests.integration.shaping_city import Record, TinyCity, build

AS_OF = datetime(2025, 6, 1, tzinfo=UTC)
LESS_EXACT = """-- one row per request, less exact
{{ config(materialized='table') }}

with addresses as (
    select address, longitude, latitude from {{ raw('tiny_requests') }} where channel = 'register'
),

corners as (
    select * from (
        values ('c1', 0.9, 0.5, '01', 9), ('c2', 1.1, 0.5, '02', 9), ('c3', 1.05, 0.5, '02', 3)
    ) as listed (point_id, longitude, latitude, district_id, addresses)
),

requests as (
    select * from {{ raw('tiny_requests') }} where channel = 'web'
)

select
    {{ pseudonym('requests.service_request_id', 'tiny') }} as request,
    blocks.block,
    blocks.longitude as block_longitude,
    snapped.point_id,
    {{ geomask('longitude', 'requests.longitude', 'requests.latitude', 'requests.address', 100, 500) }} as moved,
    {{ generalise_date('opened_at', 'quarter') }} as opened_quarter,
    {{ no_text('service_code') }} as has_code,
    {{ age_band('33') }} as age,
    {{ top_code('7', 5) }} as topped,
    {{ round_count('13') }} as rounded
from requests
left join {{ block_mask(
    'requests', 'service_request_id', 'address', block_midpoints('addresses', 'address')
) }} as blocks
    on requests.service_request_id = blocks.service_request_id
left join {{ snap_to_point('requests', 'service_request_id', 'corners') }} as snapped
    on requests.service_request_id = snapped.service_request_id
"""


def record(identity: str, address: str, longitude: float, district: str, channel: str) -> Record:
    return {
        **{"service_request_id": identity, "address": address, "longitude": longitude, "latitude": 0.5},
        **{"district_id": district, "channel": channel, "service_name": "Pothole", "status": "open"},
        **{"opened_at": datetime(2025, 2, 3), "service_code": "x"},
    }


REQUESTS = (
    record("r1", "101 Elm St", 0.2, "01", "register"),
    record("r2", "199 Elm St", 0.4, "01", "register"),
    record("r3", "205 Elm St", 0.5, "01", "register"),
    record("w1", "150 elm st apt 3", 0.35, "01", "web"),
    record("w2", "207 Elm St", 1.0, "01", "web"),
    record("w3", "Elm St", 1.02, "02", "web"),
)


def shaped(tiny: TinyCity) -> NodeRun:
    job = ShapeJob(tiny.city, tiny.home, AS_OF, tiny.files(REQUESTS), select=("stg_tiny__less_exact",))
    (node,) = shaping.shape(job).nodes
    return node


def test_the_macros_give_what_their_steps_say(tmp_path: Path) -> None:
    tiny = build(tmp_path, timezone="UTC", delivery="snapshot")
    model = tiny.folder / "tiny" / "staging" / "stg_tiny__less_exact.sql"
    model.write_text(LESS_EXACT, encoding="utf-8")
    node = shaped(tiny)
    assert node.error is None and node.rows == 3
    key = (tiny.home.keys / step_keys.FILE).read_bytes()
    names = {
        hmac.new(key, f"pseudonym\0tiny\0{identity}".encode(), hashlib.sha256).hexdigest()[:32]: identity
        for identity in ("w1", "w2", "w3")
    }
    found = {names[row["request"]]: row for row in tiny.rows("from stg_tiny__less_exact")}
    # a block has two addresses of the register at least: 200 to 299 has one
    assert {i: (row["block"], row["block_longitude"]) for i, row in found.items()} == {
        **{"w1": ("001XX ELM ST", 0.3), "w2": (None, None), "w3": (None, None)}
    }
    # w2 lies nearer to c3 and as near to c2, both beyond its district's line; c3 stands for too few addresses
    assert {i: row["point_id"] for i, row in found.items()} == {"w1": "c1", "w2": "c1", "w3": "c2"}
    moved = {i: abs(found[i]["moved"] - longitude) for i, longitude in {"w1": 0.35, "w2": 1.0, "w3": 1.02}.items()}
    assert all(0 < distance < 0.0045 for distance in moved.values())  # 500 m are 0.0045 degrees at the equator
    row = found["w1"]
    assert (str(row["opened_quarter"]), row["has_code"], row["age"]) == ("2025-01-01", True, "30-34")
    assert (row["topped"], row["rounded"]) == (5, 15)

    with duckdb.connect(str(tiny.home.warehouse), read_only=True) as connection:
        settings = warehouse.step_settings(tiny.city, AS_OF)
        assert step_functions.altered_functions(connection, settings) == ()
    secrets = {form for mask in (0, 0x36, 0x5C) for form in _written(bytes(byte ^ mask for byte in key))}
    for path in sorted(tiny.home.root.rglob("*")):
        if path.is_file() and path.parent != tiny.home.keys:
            data = path.read_bytes()
            assert not any(secret in data for secret in secrets), path


def _written(key: bytes) -> tuple[bytes, ...]:
    """The forms in which a key might stand in a file."""
    return key, key.hex().encode(), key.hex().upper().encode()


@pytest.mark.parametrize(
    "call", ["pseudonym('service_request_id', 'tiny')", "geomask('latitude', '1', '1', 'address', 100, 500)"]
)
def test_a_keyed_step_stands_in_a_table_alone(tmp_path: Path, call: str) -> None:
    tiny = build(tmp_path, timezone="UTC", delivery="snapshot")
    model = tiny.folder / "tiny" / "staging" / "stg_tiny__less_exact.sql"
    model.write_text(f"-- one row per request\nselect {{{{ {call} }}}} as made from {{{{ raw('tiny_requests') }}}}\n")
    node = shaped(tiny)
    assert node.status == "error"
    assert "stands in a model that is no table. Put config(materialized='table') at its top" in node.message
