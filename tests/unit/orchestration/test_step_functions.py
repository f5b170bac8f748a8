"""The registered steps as functions of a database: what each gives, and that none can be altered unseen."""

from __future__ import annotations

import hashlib
import hmac
import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from orchestration import step_functions, step_keys
from orchestration.step_functions import AlteredFunction, StepSettings, altered_functions

ZONES = ("America/New_York", "Asia/Kolkata", "America/Bogota", "Australia/Lord_Howe", "UTC")
SETTINGS = StepSettings(ZONES, 10, datetime(2026, 10, 1))
PLAIN = StepSettings(("UTC",), 10, SETTINGS.as_of)
KEY = bytes(range(32))
EARTH_M = 6371008.8


@pytest.fixture(scope="module")
def made() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        step_functions.make(connection, SETTINGS)
        step_keys.give_key(connection, KEY)
        yield connection


def value(connection: duckdb.DuckDBPyConnection, expression: str, *given: Any) -> Any:
    found = connection.execute(f"select {expression}", list(given)).fetchone()
    assert found is not None and len(found) == 1
    return found[0]


# altered, or not ---------------------------------------------------------------------------------


def test_functions_as_made_are_not_altered(made: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert altered_functions(made, SETTINGS) == ()
    with duckdb.connect(str(tmp_path / "city.duckdb")) as connection:
        step_functions.make(connection, SETTINGS)
    with duckdb.connect(str(tmp_path / "city.duckdb"), read_only=True) as connection:
        assert altered_functions(connection, SETTINGS) == ()


@pytest.mark.parametrize(
    ("forgery", "found"),
    [
        ("create or replace macro step_is_newest(number) as true", ("step_is_newest", "altered")),
        ("create or replace macro step_is_newest(number, other) as (number = 1)", ("step_is_newest", "altered")),
        ("create temp macro step_is_known(moment) as moment", ("step_is_known", "altered")),
        ("create schema aside; create macro aside.step_no_text(text) as text", ("step_no_text", "altered")),
        ("create macro step_mine(number) as number", ("step_mine", "unknown")),
        ("create macro sha256(a) as a", ("sha256", "unknown")),
        ("create macro some_table(a) as table select a", ("some_table", "unknown")),
        ("drop macro step_is_small_cell", ("step_is_small_cell", "missing")),
    ],
)
def test_what_was_altered_is_told(forgery: str, found: tuple[str, Any]) -> None:
    with duckdb.connect() as connection:
        step_functions.make(connection, PLAIN)
        connection.execute(forgery)
        assert altered_functions(connection, PLAIN) == (AlteredFunction(*found),)


def test_other_settings_make_other_functions() -> None:
    with duckdb.connect() as connection:
        step_functions.make(connection, PLAIN)
        smaller = StepSettings(("UTC",), 5, PLAIN.as_of)
        assert AlteredFunction("step_count_with_min_cell", "altered") in altered_functions(connection, smaller)


def test_making_again_puts_back_what_was_altered() -> None:
    with duckdb.connect() as connection:
        step_functions.make(connection, PLAIN)
        connection.execute("create or replace macro step_is_newest(number) as true")
        connection.execute("create macro step_mine(number) as number")
        connection.execute("create macro some_table(a) as table select a")
        step_functions.make(connection, PLAIN)
        assert altered_functions(connection, PLAIN) == ()


def test_views_keep_their_functions_read_only_and_attached(tmp_path: Path) -> None:
    file = tmp_path / "city.duckdb"
    with duckdb.connect(str(file)) as connection:
        step_functions.make(connection, PLAIN)
        connection.execute(
            "create view found as select step_in_block('12 A ST', '000XX A ST') as same, "
            "step_generalise_day(timestamp '2024-12-31 03:00', 'UTC') as day"
        )
    with duckdb.connect(str(file), read_only=True) as connection:
        plain = connection.execute("from found").fetchall()
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as other (read_only)")
        assert connection.execute("from other.found").fetchall() == plain == [(True, datetime(2024, 12, 31).date())]


# times -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_is_the_day_on_the_citys_clock(made: duckdb.DuckDBPyConnection, zone: str) -> None:
    dice = random.Random(zone)
    moments = [datetime(1975, 1, 1) + timedelta(minutes=15 * dice.randrange(61 * 365 * 96)) for _ in range(400)]
    days = made.execute(
        f"select step_generalise_day(moment, '{zone}') from (select unnest(?::timestamp[]) as moment)", [moments]
    ).fetchall()
    utc, local = ZoneInfo("UTC"), ZoneInfo(zone)
    assert [day for (day,) in days] == [m.replace(tzinfo=utc).astimezone(local).date() for m in moments]


def test_a_day_is_generalised_further(made: duckdb.DuckDBPyConnection) -> None:
    given = "(timestamp '2025-06-01 03:00', 'America/Bogota')"  # 31 May, 22:00
    for to, first in {"day": (5, 31), "month": (5, 1), "quarter": (4, 1), "year": (1, 1)}.items():
        assert value(made, f"step_generalise_{to}{given}") == datetime(2025, *first).date(), to


@pytest.mark.parametrize(
    "call",
    [
        "step_generalise_day(timestamp '2025-01-01', 'Europe/Madrid')",
        "step_count_with_min_cell(3, false, 9)",
        "step_value_with_min_cell(0.5, 3, false, 1)",
        "step_is_small_cell(3, 0)",
        "step_parts_with_min_cell([3, 4], 2)",
        "step_has_small_part([3, 4], 2)",
        "step_quantile_day(3, -0.1, 0.99)",
        "step_round_count(3, 1)",
        "step_age_band(33, 1, 85)",
        "step_age_band(33, 5, 120)",
        "step_age_band(33, 10, 85)",
        "step_geomask_longitude(0, 0, 'a', 0, 100)",
        "step_geomask_latitude(0, 0, 'a', 100, 150)",
    ],
)
def test_a_literal_that_weakens_a_step_is_an_error(made: duckdb.DuckDBPyConnection, call: str) -> None:
    with pytest.raises(duckdb.InvalidInputException):
        made.execute(f"select {call}").fetchall()


# counts ------------------------------------------------------------------------------------------


def test_small_counts_and_what_rests_on_them_are_hidden(made: duckdb.DuckDBPyConnection) -> None:
    shown = {0: 0, 1: None, 9: None, 10: 10, None: None}
    for number, expected in shown.items():
        assert value(made, "step_count_with_min_cell(?::bigint, false, 10)", number) == expected
        assert value(made, "step_is_small_cell(?::bigint, 10)", number) is (number in (1, 9))
        rate = value(made, "step_value_with_min_cell(0.5, ?::bigint, false, 10)", number)
        assert (rate is None) is (number in (1, 9))
    assert value(made, "step_count_with_min_cell(50, true, 10)") is None
    assert value(made, "step_value_with_min_cell(0.5, 50, true, 10)") is None


def parts_shown(parts: list[int], k: int) -> list[int | None]:
    """The definition again: the small are hidden, then the next smallest until two are and they add up to k."""
    small = sorted(p for p in parts if 1 <= p < k)
    if not small:
        return list(parts)
    hidden = small
    for part in sorted(p for p in parts if p >= k):
        if len(hidden) >= 2 and sum(hidden) >= k:
            break
        hidden = [*hidden, part]
    return [None if 1 <= p <= max(hidden) else p for p in parts]


def test_parts_are_hidden_until_none_can_be_worked_out(made: duckdb.DuckDBPyConnection) -> None:
    dice = random.Random(6)
    tables = [[dice.choice((0, 1, 2, 3, 5, 8, 9, 10, 11, 14, 40)) for _ in range(4)] for _ in range(500)]
    found = made.execute(
        "select step_parts_with_min_cell(parts, 10), step_has_small_part(parts, 10) "
        "from (select unnest(?::bigint[][]) as parts)",
        [tables],
    ).fetchall()
    for parts, (shown, is_small) in zip(tables, found, strict=True):
        assert shown == parts_shown(parts, 10), parts
        assert is_small is any(1 <= p < 10 for p in parts), parts


def test_counts_are_rounded_half_up(made: duckdb.DuckDBPyConnection) -> None:
    given = [0, 2, 3, 7, 8, 12, 13, None]
    rounded = [value(made, "step_round_count(?::bigint, 5)", n) for n in given]
    assert rounded == [0, 0, 5, 5, 10, 10, 15, None]
    assert [value(made, "step_round_count(?::bigint, 10)", n) for n in (4, 5, 15, 99)] == [0, 10, 20, 100]


# persons -----------------------------------------------------------------------------------------


def test_an_age_is_left_as_a_band(made: duckdb.DuckDBPyConnection) -> None:
    bands = {0: "0-4", 4: "0-4", 5: "5-9", 84: "80-84", 85: "85+", 107: "85+", -1: None, None: None}
    assert {age: value(made, "step_age_band(?::bigint, 5, 85)", age) for age in bands} == bands
    assert value(made, "step_age_band(39.9, 10, 90)") == "30-39"


def test_great_values_are_left_as_the_limit(made: duckdb.DuckDBPyConnection) -> None:
    assert [value(made, "step_top_code(?::double, 100)", v) for v in (99.5, 100, 100.5, None)] == [99.5, 100, 100, None]


def test_of_a_text_is_left_whether_there_was_one(made: duckdb.DuckDBPyConnection) -> None:
    assert [value(made, "step_no_text(?::varchar)", t) for t in ("call 555", "  ", "", None)] == [True] + [False] * 3


def test_a_pseudonym_is_a_keyed_hash_of_purpose_and_identifier(made: duckdb.DuckDBPyConnection) -> None:
    for identifier in ("A-1", "ñandú", "", "x" * 200):
        text = f"pseudonym\0visits\0{identifier}".encode()
        right = hmac.new(KEY, text, hashlib.sha256).hexdigest()[:32]
        assert value(made, "step_pseudonym(?, 'visits')", identifier) == right
    assert value(made, "step_pseudonym('A-1', 'visits')") != value(made, "step_pseudonym('A-1', 'calls')")
    assert value(made, "step_pseudonym(cast(null as varchar), 'visits')") is None


def test_without_the_key_there_is_no_pseudonym() -> None:
    with duckdb.connect() as connection:
        step_functions.make(connection, PLAIN)
        for call in ("step_pseudonym('a', 'p')", "step_geomask_latitude(0, 0, 'a', 100, 500)"):
            with pytest.raises(duckdb.InvalidInputException, match="the key of keyed hashes was not given"):
                connection.execute(f"select {call}").fetchall()


# places ------------------------------------------------------------------------------------------

BLOCKS = {
    "2345 N Western Ave": "023XX N WESTERN AVE",
    "  2300   n western ave ": "023XX N WESTERN AVE",
    "45 W 51st St Apt 3b": "000XX W 51ST ST",
    "12345 S Pulaski Rd #2": "123XX S PULASKI RD",
    "123 Florida St": "001XX FLORIDA ST",
    "1 1/2 Main St": "000XX MAIN ST",
    "17A Elm Ct, Springfield IL 60601": "000XX ELM CT",
    "210-14 Peña Blvd UNIT 5": "002XX PEÑA BLVD",
    "100 Avenue B": "001XX AVENUE B",
    "Western Ave & 51st St": None,
    "PO Box 12": None,
    "12 Main St 60601": None,
    "Calle 10 # 43-25": None,
    "": None,
}


def test_of_an_address_is_left_the_block(made: duckdb.DuckDBPyConnection) -> None:
    assert {a: value(made, "step_block_mask(?)", a) for a in BLOCKS} == BLOCKS
    assert value(made, "step_block_mask(cast(null as varchar))") is None
    for address, block in BLOCKS.items():
        assert value(made, "step_in_block(?, '023XX N WESTERN AVE')", address) is (
            None if block is None else block == "023XX N WESTERN AVE"
        )


def test_a_house_number_never_stays_in_a_block(made: duckdb.DuckDBPyConnection) -> None:
    found = made.execute(
        "select number, step_block_mask(number || ' Elm St') from range(0, 100_000, 37) as numbers (number)"
    ).fetchall()
    assert len(found) == 2703
    assert [block for _, block in found] == [f"{number // 100:03d}XX ELM ST" for number, _ in found]


def test_the_nearest_point_is_taken(made: duckdb.DuckDBPyConnection) -> None:
    dice = random.Random(9)
    places = [(dice.uniform(-1, 1), 60 + dice.uniform(-1, 1)) for _ in range(30)]
    points = [(f"p{n}", dice.uniform(-1, 1), 60 + dice.uniform(-1, 1)) for n in range(20)]
    points.append(("a twin of p0", *points[0][1:]))
    made.execute("create or replace temp table places as select unnest(range(30)) as n, unnest(?::double[]) as x, "
                 "unnest(?::double[]) as y", [[p[0] for p in places], [p[1] for p in places]])  # fmt: skip
    made.execute("create or replace temp table points as select unnest(?::varchar[]) as id, unnest(?::double[]) as x, "
                 "unnest(?::double[]) as y", [list(column) for column in zip(*points, strict=True)])  # fmt: skip
    found = made.execute(
        "select n, step_nearest_point(places.x, places.y, points.x, points.y, points.id) from places cross join points "
        "group by n order by n"
    ).fetchall()

    def distance(place: tuple[float, float], point: tuple[str, float, float]) -> tuple[float, str]:
        return (metres(*place, *point[1:]), point[0])

    for n, taken in found:
        nearest = min(distance(places[n], point)[0] for point in points)
        assert math.isclose(next(distance(places[n], p)[0] for p in points if p[0] == taken), nearest, rel_tol=0.01)
        assert taken != "p0"  # its twin lies in the same place and sorts first


def metres(longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
    """The distance on a sphere, by haversines."""
    a, b = math.radians(latitude), math.radians(other_latitude)
    half = math.radians(other_longitude - longitude) / 2
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(half) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(h))


def test_a_geomask_moves_as_its_parameters_say(made: duckdb.DuckDBPyConnection) -> None:
    from scipy import stats

    longitude, latitude = -87.65, 41.85
    moved = made.execute(
        f"select step_geomask_longitude({longitude}, {latitude}, address, 100, 500), "
        f"step_geomask_latitude({longitude}, {latitude}, address, 100, 500) "
        "from (select 'No. ' || n as address from range(4000) as numbers (n))"
    ).fetchall()
    distances = [metres(longitude, latitude, x, y) for x, y in moved]
    assert min(distances) > 99.5 and max(distances) < 500.5
    areas = [(d**2 - 100**2) / (500**2 - 100**2) for d in distances]
    angles = [
        math.atan2((x - longitude) * math.cos(math.radians(latitude)), y - latitude) / (2 * math.pi) % 1
        for x, y in moved
    ]
    assert stats.kstest(areas, "uniform").pvalue > 0.05  # every place between the limits is equally likely
    assert stats.kstest(angles, "uniform").pvalue > 0.05
    assert abs(stats.spearmanr(areas, angles).statistic) < 0.04


def test_an_address_is_always_moved_the_same_way(made: duckdb.DuckDBPyConnection) -> None:
    call = "step_geomask_longitude(-87.65, 41.85, ?::varchar, 100, 500)"
    once = value(made, call, "12 Elm St")
    assert value(made, call, " 12 elm st") == once != value(made, call, "14 Elm St")
    assert value(made, call, None) is None
    with duckdb.connect() as other:
        step_functions.make(other, PLAIN)
        step_keys.give_key(other, bytes(32))
        assert value(other, call, "12 Elm St") != once


def test_with_a_minimum_cell_of_one_nothing_is_hidden() -> None:
    """What the steps give is what they were given, and a greater k still hides."""
    with duckdb.connect() as connection:
        step_functions.make(connection, StepSettings(("UTC",), 1, SETTINGS.as_of))
        for number in (None, 0, 1, 2, 9, 10):
            given = "null::bigint" if number is None else str(number)
            assert value(connection, f"step_count_with_min_cell({given}, false, 1)") == number
            assert value(connection, f"step_value_with_min_cell(1.5::double, {given}, false, 1)") == 1.5
            assert value(connection, f"step_is_small_cell({given}, 1)") is False
        assert value(connection, "step_parts_with_min_cell([1, 0, 2, 40], 1)") == [1, 0, 2, 40]
        assert value(connection, "step_has_small_part([1, 0, 2, 40], 1)") is False
        assert value(connection, "step_count_with_min_cell(9, false, 10)") is None
        with pytest.raises(duckdb.Error, match="less than the minimum cell"):
            value(connection, "step_count_with_min_cell(9, false, 0)")
