"""Types from text, exactly: numbers, dates, times, patterns and time zones against Python's own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import InputError
from contracts.model import Place, Property, Text
from orchestration.ingest import zones
from orchestration.ingest.parse import parsed_name, read_text, text_name
from orchestration.ingest.patterns import has_offset, strptime_formats

PLACE = Place("a.yaml", 7)
FEW = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def column(logical: str, physical: str, **options: Any) -> Property:
    return Property(
        name="c",
        logical_type=logical,
        physical_type=physical,
        required=False,
        unique=False,
        primary_key_position=None,
        classification="public",
        classified=True,
        description=Text(""),
        options=options,
        quality=(),
        place=PLACE,
    )


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def read(connection: duckdb.DuckDBPyConnection, prop: Property, text: str, decimal: str = ".") -> Any:
    made = read_text(prop, 0, decimal)
    query = (
        f"SELECT {made.value} FROM (SELECT *, {made.parsed} AS {parsed_name(0)} "
        f"FROM (SELECT CAST(? AS VARCHAR) AS {text_name(0)}))"
    )
    row = connection.execute(query, [text]).fetchone()
    assert row is not None
    return row[0]


WHOLE = column("integer", "BIGINT")
NUMBER = column("number", "DOUBLE")
MONEY = column("number", "DECIMAL(10,2)")


@pytest.mark.parametrize(
    ("prop", "text", "value"),
    [
        (WHOLE, "7", 7),
        (WHOLE, "007", 7),
        (WHOLE, "+5", 5),
        (WHOLE, " 5 ", 5),
        (WHOLE, "-0", 0),
        (WHOLE, "1.5", None),
        (WHOLE, "1.0", None),
        (WHOLE, "1e3", None),
        (WHOLE, "1_000", None),
        (WHOLE, "0x1F", None),
        (WHOLE, "9223372036854775808", None),
        (WHOLE, "", None),
        (NUMBER, "1.5", 1.5),
        (NUMBER, ".5", 0.5),
        (NUMBER, "-1e-3", -0.001),
        (NUMBER, "1_000", None),
        (NUMBER, "1,5", None),
        (NUMBER, "1e400", None),
        (NUMBER, "0x1F", None),
        (NUMBER, "12345678901234567890", None),
        (NUMBER, "1234567890.12345678901", 1234567890.1234567),
        (MONEY, "1.2", Decimal("1.20")),
        (MONEY, "1.200", Decimal("1.20")),
        (MONEY, "1.239", None),
        (MONEY, "123456789.00", None),
        (MONEY, "1e2", None),
        (column("boolean", "BOOLEAN"), "Yes", True),
        (column("boolean", "BOOLEAN"), "0", False),
        (column("boolean", "BOOLEAN"), "maybe", None),
        (column("string", "VARCHAR"), " 007 ", " 007 "),
        (column("date", "DATE"), "2026-02-28", date(2026, 2, 28)),
        (column("date", "DATE"), "2026-02-30", None),
        (column("date", "DATE"), "01/02/2026", None),
        (column("date", "DATE"), "26-01-02", None),
        (column("date", "DATE"), "epoch", None),
        (column("date", "DATE"), "infinity", None),
        (column("date", "DATE"), "1900-01-01", date(1900, 1, 1)),
        (column("date", "DATE", format="d/M/yy"), "1/2/26", date(2026, 2, 1)),
        (column("time", "TIME"), "13:05", time(13, 5)),
        (column("time", "TIME", format="hh:mm a"), "01:05 PM", time(13, 5)),
        (column("timestamp", "TIMESTAMP"), "2026-01-02T03:04:05.25", datetime(2026, 1, 2, 3, 4, 5, 250_000)),
        (column("timestamp", "TIMESTAMP"), "2026-01-02", None),
        (column("timestamp", "TIMESTAMP", timezone=True), "2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5)),
        (column("timestamp", "TIMESTAMP", timezone=True), "2026-01-02T03:04:05-05:00", datetime(2026, 1, 2, 8, 4, 5)),
        (column("timestamp", "TIMESTAMP", timezone=True), "2026-01-02T03:04:05", None),
        (column("object", "VARCHAR"), '{"a": 1}', '{"a": 1}'),
        (column("object", "VARCHAR"), "[1]", None),
        (column("array", "VARCHAR"), "[1]", "[1]"),
        (column("array", "VARCHAR"), "[1", None),
    ],
)
def test_values(connection: duckdb.DuckDBPyConnection, prop: Property, text: str, value: Any) -> None:
    assert read(connection, prop, text) == value


@pytest.mark.parametrize(("text", "value"), [("1,5", 1.5), ("-1000", -1000.0), ("1.000,5", None), ("1.5", None)])
def test_decimal_comma(connection: duckdb.DuckDBPyConnection, text: str, value: Any) -> None:
    assert read(connection, NUMBER, text, ",") == value


@FEW
@given(number=st.integers(-(10**22), 10**22))
def test_whole_numbers_come_exact_or_not_at_all(connection: duckdb.DuckDBPyConnection, number: int) -> None:
    inside = -(2**63) <= number < 2**63
    assert read(connection, WHOLE, str(number)) == (number if inside else None)
    near = abs(number) <= 2**53
    assert read(connection, NUMBER, str(number)) == (float(number) if near else None)


@FEW
@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_floating_numbers(connection: duckdb.DuckDBPyConnection, number: float) -> None:
    text = repr(number)
    assert read(connection, NUMBER, text) == number


@FEW
@given(number=st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False))
def test_decimals_lose_no_digit(connection: duckdb.DuckDBPyConnection, number: Decimal) -> None:
    exact = number == number.quantize(Decimal("0.01")) and abs(number) < 10**8
    assert read(connection, MONEY, f"{number:f}") == (number if exact else None)


@FEW
@given(
    moment=st.datetimes(datetime(1000, 1, 1), datetime(2199, 12, 31)),
    form=st.sampled_from(
        [
            ("yyyy-MM-dd'T'HH:mm:ss", "%Y-%m-%dT%H:%M:%S"),
            ("dd/MM/yyyy HH:mm:ss", "%d/%m/%Y %H:%M:%S"),
            ("MM/dd/yyyy hh:mm:ss a", "%m/%d/%Y %I:%M:%S %p"),
            ("yyyyMMddHHmmss", "%Y%m%d%H%M%S"),
            ("EEE, d MMM yyyy HH:mm:ss", "%a, %d %b %Y %H:%M:%S"),
        ]
    ),
)
def test_declared_patterns_read_what_python_writes(
    connection: duckdb.DuckDBPyConnection, moment: datetime, form: tuple[str, str]
) -> None:
    whole = moment.replace(microsecond=0)
    prop = column("timestamp", "TIMESTAMP", format=form[0])
    assert read(connection, prop, whole.strftime(form[1]).zfill(14)) == whole


ZONES = ["America/New_York", "America/Bogota", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "UTC"]


@pytest.mark.parametrize("name", ZONES)
def test_local_times_around_every_change(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """A time exists where Python can bring it to UTC and back; of two, the first counts."""
    rules = ZoneInfo(name)
    moments = [datetime(1900, 1, 1), datetime(2026, 7, 1, 12, 30), datetime(2100, 12, 31, 23, 59, 59)]
    for change in zones.changes(name)[1]:
        for wall in {change.at + change.before, change.at + change.after}:
            base = datetime(1970, 1, 1) + timedelta(seconds=wall)
            moments += [base + timedelta(seconds=s) for s in (-3601, -1, 0, 1, 1799, 1800, 3599, 3600)]
    moments = [m for m in moments if datetime(1900, 1, 1) <= m < datetime(2101, 1, 1)]
    expression = zones.to_utc("t", name, PLACE)
    connection.execute("CREATE OR REPLACE TABLE moments (n INTEGER, t TIMESTAMP)")
    connection.executemany("INSERT INTO moments VALUES (?, ?)", list(enumerate(moments)))
    rows = connection.execute(f"SELECT {expression} FROM moments ORDER BY n").fetchall()
    for moment, (found,) in zip(moments, rows, strict=True):
        utc = moment.replace(tzinfo=rules).astimezone(UTC)
        exists = utc.astimezone(rules).replace(tzinfo=None) == moment
        assert found == (utc.replace(tzinfo=None) if exists else None), moment


def test_times_beyond_the_table_do_not_pass(connection: duckdb.DuckDBPyConnection) -> None:
    prop = column("timestamp", "TIMESTAMP", defaultTimezone="America/New_York")
    assert read(connection, prop, "1899-12-31 23:59:59") is None
    assert read(connection, prop, "2101-01-01 00:00:00") is None
    assert read(connection, prop, "2100-12-31 00:00:00") == datetime(2100, 12, 31, 5)


def test_patterns() -> None:
    assert strptime_formats("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", PLACE) == ("%Y-%m-%dT%H:%M:%S.%g%z",)
    assert strptime_formats("dd 'de' MMMM ''yy", PLACE) == ("%d de %B '%y",)
    assert strptime_formats("HH:mm[:ss[.SSS]]", PLACE) == ("%H:%M:%S.%g", "%H:%M:%S", "%H:%M")
    assert strptime_formats("yyyy%MM", PLACE) == ("%Y%%%m",)
    assert has_offset("yyyy XX") and not has_offset("yyyy'X'")


@pytest.mark.parametrize("pattern", ["yyyy-ww", "VV", "yyyy[-MM", "yyyy]", "'T"])
def test_patterns_that_are_not_known_name_the_place(pattern: str) -> None:
    with pytest.raises(InputError, match="a date pattern") as caught:
        strptime_formats(pattern, PLACE)
    assert caught.value.where == "a.yaml:7"


def test_a_zone_that_is_not_known() -> None:
    with pytest.raises(InputError, match="a time zone is not known"):
        zones.to_utc("t", "America/Nowhere", PLACE)
