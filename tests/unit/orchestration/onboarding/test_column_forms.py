"""Types of columns: dates, numbers, codes, flags, and what is doubtful about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.model import Place
from orchestration.ingest.delivery import DescribedColumn
from orchestration.ingest.patterns import strptime_formats
from orchestration.onboarding.column_types import TypedColumn, Where, type_columns
from orchestration.onboarding.date_forms import date_form
from orchestration.onboarding.number_forms import number_form
from orchestration.onboarding.sample import from_records, from_rows, words_of
from orchestration.onboarding.trial import tried

NEW_YORK = Where("US", "America/New_York")
BOGOTA = Where("CO", "America/Bogota")


def typed(name: str, values: Sequence[Any], where: Where = BOGOTA, told: str = "") -> TypedColumn:
    """One column of a file of texts."""
    sample = from_rows([name], [[v] for v in values], whole=True)
    described = {name: DescribedColumn(name, told)} if told else {}
    return tried(type_columns(sample, described, where), sample)[0]


def token(name: str, values: Sequence[Any], where: Where = BOGOTA) -> TypedColumn:
    """One column of JSON records."""
    sample = from_records([{name: v} if v is not None else {} for v in values], [name], whole=True)
    return tried(type_columns(sample, {}, where), sample)[0]


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (["2024-01-31", "2024-12-01"], "yyyy-MM-dd"),
        (["2012-11-20T07:50:59.000"], "yyyy-MM-dd'T'HH:mm:ss.SSS"),
        (["2012-11-20T07:50:59", "2012-11-20T07:50:59.123456"], "yyyy-MM-dd'T'HH:mm:ss[.SSSSSS]"),
        (["03/24/2025 11:59:30 PM"], "MM/dd/yyyy hh:mm:ss a"),
        (["3/4/2025 1:20", "12/31/2025 23:59"], "M/d/yyyy H:mm"),
        (["9/5/2020 8:05 AM", "10/15/2020 8:05 AM"], "M/d/yyyy h:mm a"),
        (["2018-05-17T13:05:51-04:00"], "yyyy-MM-dd'T'HH:mm:ssXXX"),
        (["2018-05-17T13:05:51Z"], "yyyy-MM-dd'T'HH:mm:ssXXX"),
        (["31.12.2024", "01.02.2024"], "dd.MM.yyyy"),
        (["31/12/24"], "dd/MM/yy"),
        (["2024-01-31 10:00", "2024-01-31"], "yyyy-MM-dd[ HH:mm]"),
        (["10:20", "23:59:01"], "HH:mm[:ss]"),
    ],
)
def test_the_pattern_of_dates(values: list[str], pattern: str) -> None:
    form = date_form(values, ("created",), "CO")
    assert form is not None
    assert form.pattern == pattern
    strptime_formats(form.pattern, Place("test"))


@pytest.mark.parametrize(
    "values",
    [
        ["2024-13-01"],
        ["13/13/2024"],
        ["2024-01-31", "01/31/2024"],
        ["2024-01-31T10:00:00Z", "2024-01-31T10:00:00"],
        ["3.4.5", "1.2.2024"],
        ["20240131"],
        ["5 de mayo"],
        [],
    ],
)
def test_what_is_no_date_of_one_form(values: list[str]) -> None:
    assert date_form(values, ("code",), "CO") is None


def test_digits_are_a_date_only_where_the_name_says_so() -> None:
    assert typed("fecha", ["20240131", "20241201"]).options == {"format": "yyyyMMdd"}
    assert typed("PERIODO", ["201301", "201512"]).options == {"format": "yyyyMM"}
    assert typed("total", ["201301", "201512"]).logical_type == "integer"


def test_day_or_month_first_is_told_by_the_values_and_else_asked() -> None:
    assert typed("fecha", ["25/12/2024", "01/02/2024"]).questions == ()
    doubtful = typed("fecha", ["03/04/2024", "01/02/2024"])
    assert (doubtful.options["format"], doubtful.questions) == (
        "dd/MM/yyyy",
        ("is the day written first? No value of the sample tells",),
    )
    american = typed("opened", ["03/04/2024"], NEW_YORK)
    assert (american.options["format"], len(american.questions)) == ("MM/dd/yyyy", 1)


def test_times_without_a_zone_are_the_citys() -> None:
    column = typed("opened", ["2024-01-31 10:00:00"], NEW_YORK)
    assert column.options["defaultTimezone"] == "America/New_York"
    assert column.options["timezone"] is False
    assert column.zoneless


def test_an_offset_that_the_city_never_has_is_asked_about() -> None:
    vancouver = Where("CA", "America/Vancouver")
    wrong = typed("opened", ["2023-01-01T10:00:00+03:00"], vancouver)
    assert "which America/Vancouver never is" in wrong.questions[0]
    assert typed("opened", ["2023-01-01T10:00:00-08:00", "2023-07-01T10:00:00-07:00"], vancouver).questions == ()


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (["1", "-20", "+3"], "integer"),
        (["007", "12"], "code"),
        (["12345678901234567890"], "code"),
        (["1.5", "2", "-3.25e2"], "point"),
        (["1,5", "2"], "comma"),
        (["1,234", "12,345,678"], "thousands"),
        (["1.234,56", "12"], "thousands"),
        (["$ 1,200.50"], "thousands"),
        (["1", "a"], None),
        ([], None),
    ],
)
def test_the_form_of_numbers(values: list[str], form: str | None) -> None:
    assert number_form(values) == form


def test_codes_stay_text() -> None:
    assert typed("monto", ["007", "012"]).logical_type == "string"
    assert typed("monto", ["12345678901234567890", "1"]).logical_type == "string"
    assert typed("incident_zip", ["10075", "11208"]).logical_type == "string"
    assert typed("cantidad", ["10075", "11208"]).logical_type == "integer"
    assert typed("zip", ["10075"], told="string").logical_type == "string"
    assert typed("total", ["10075"], told="string").logical_type == "string"
    assert typed("case_number", ["10075"], told="number").logical_type == "number"


def test_a_file_has_one_decimal_sign() -> None:
    commas = from_rows(["lon", "n"], [["-58,4", "1"], ["-58,5", "2"]], whole=True)
    lon, n = tried(type_columns(commas, {}, BOGOTA), commas)
    assert (lon.logical_type, lon.comma, n.logical_type) == ("number", True, "integer")
    both = from_rows(["lon", "lat"], [["-58,4", "34.5"]], whole=True)
    lon, lat = tried(type_columns(both, {}, BOGOTA), both)
    assert (lon.logical_type, lat.logical_type) == ("string", "number")
    assert "a comma, while other columns" in lon.questions[0]


def test_no_value_in_a_column_of_numbers_is_a_marker_and_in_a_text_a_note() -> None:
    assert typed("total", ["1", "NA", "2"]).markers == {"NA"}
    text = typed("kind", ["Pothole", "N/A"])
    assert (text.logical_type, text.markers, text.notes) == (
        "string",
        frozenset(),
        ("N/A in 1 of 2 records of the sample",),
    )


def test_a_number_far_off_is_asked_about() -> None:
    asked = typed("income", ["41000", "-666666666", "52000"]).questions
    assert asked == ("does -666666666 mean that there is no value? It stands in 1 records",)
    assert typed("temperature", ["1", "-1", "0"]).questions == ()


def test_flags() -> None:
    assert typed("open", ["true", "FALSE"]).logical_type == "boolean"
    assert typed("open", ["Y", "N"]).logical_type == "boolean"
    assert typed("open", ["Y", "maybe"]).logical_type == "string"
    assert typed("open", ["Y", "Y"]).logical_type == "string"


@pytest.mark.parametrize(
    ("values", "logical"),
    [
        ([1, 2, None], "integer"),
        ([1.5, 2], "number"),
        ([True, False], "boolean"),
        ([{"a": 1}], "object"),
        ([["a"]], "array"),
        (["1", 2], "integer"),
        (["1.5", 2], "number"),
        ([datetime(2024, 1, 31, 10, tzinfo=UTC)], "timestamp"),
        ([date(2024, 1, 31)], "date"),
        (["40.77", "41.1"], "number"),
    ],
)
def test_values_with_types_of_their_own(values: list[Any], logical: str) -> None:
    assert token("value", values).logical_type == logical


def test_milliseconds_are_times() -> None:
    column = token("CreatedDate", [1583020800000, 1583107200000])
    assert (column.logical_type, column.options) == ("timestamp", {"format": "epoch_ms"})
    assert token("Shape__Area", [1583020800000]).logical_type == "integer"


def test_a_number_too_long_for_a_whole_one_keeps_its_digits() -> None:
    assert token("id", [12345678901234567890]).physical_type == "DECIMAL(38,0)"


def test_mixed_tokens_are_asked_about() -> None:
    mixed = token("value", [1, "north", 2])
    assert "texts and would be set aside" in mixed.questions[0]
    assert "objects" in token("value", [{"a": 1}, [1]]).questions[0]


def test_what_cannot_be_read_becomes_text_and_a_little_of_it_is_asked_about() -> None:
    few = typed("when", ["2024-01-31"] * 99 + ["0001-01-01"])
    assert few.logical_type == "date"
    assert few.questions == ("1 of 100 values of the sample can't be read as date and would be set aside",)
    many = typed("when", ["2024-01-31"] * 9 + ["0001-01-01"])
    assert many.logical_type == "string"
    assert many.questions == ("1 of 10 values can't be read as date: kept as text",)


def test_the_portal_is_told_where_the_sample_is_otherwise() -> None:
    assert "the portal says number" in typed("status", ["open", "closed"], told="number").notes[0]
    assert typed("when", ["2024-01-31"], told="string").notes == (
        "text by the portal, but every value of the sample is one of these",
    )


def test_an_empty_column_keeps_what_the_portal_says() -> None:
    sample = from_records([{"a": 1}], ["due", "n"], whole=True)
    told = {"due": DescribedColumn("due", "timestamp", format="epoch_ms"), "n": DescribedColumn("n", "number")}
    due, n, _ = type_columns(sample, told, BOGOTA)
    assert (due.logical_type, due.options, n.logical_type) == ("timestamp", {"format": "epoch_ms"}, "number")
    assert "empty in all" in due.notes[0]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CreatedDate", ("created", "date")),
        ("created_date", ("created", "date")),
        ("Fecha de Creación", ("fecha", "de", "creacion")),
        (":@computed_region_x", ("computed", "region", "x")),
        ("", ()),
    ],
)
def test_the_words_of_a_name(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)), st.sampled_from(["%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S"])
)
@settings(max_examples=40, deadline=None)
def test_every_date_written_in_a_known_way_is_read_by_the_pattern_found(moment: datetime, written: str) -> None:
    text = moment.strftime(written)
    form = date_form([text], ("created",), "CO")
    assert form is not None
    read = [datetime.strptime(text, one) for one in strptime_formats(form.pattern, Place("test"))]
    assert moment.replace(microsecond=0, second=0 if "%S" not in written else moment.second) in read


@given(st.lists(st.text(max_size=20), min_size=1, max_size=12))
@settings(max_examples=80, deadline=None)
def test_no_text_breaks_the_typing(values: list[str]) -> None:
    column = typed("x", values)
    assert column.logical_type in ("string", "integer", "number", "boolean", "date", "time", "timestamp")
