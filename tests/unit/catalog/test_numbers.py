"""Numbers as people of a language write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from catalog import numbers
from contracts.errors import InputError

BLANK = "\N{NO-BREAK SPACE}"
NOVEMBER = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("language", "count", "figure", "share"),
    [
        ("en", "41,210", "1,234.6", "86.4%"),
        ("es", "41.210", "1.234,6", f"86,4{BLANK}%"),
        ("es-MX", "41,210", "1,234.6", "86.4%"),
        ("es-CO", "41.210", "1.234,6", "86,4%"),
        ("pt-BR", "41.210", "1.234,6", "86,4%"),
        ("es-ZZ", "41.210", "1.234,6", f"86,4{BLANK}%"),
    ],
)
def test_separators_are_the_readers(language: str, count: str, figure: str, share: str) -> None:
    assert numbers.integer(41_210, language) == count
    assert numbers.decimal(1234.56, language) == figure
    assert numbers.percent(86.4, language, 1) == share


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [(8.65, 1, "8.7"), (8.649, 1, "8.6"), (2.5, 0, "3"), (-2.5, 0, "−3"), (-0.04, 1, "0.0"), (4, 2, "4.00")],
)
def test_halves_round_away_from_zero(value: float, digits: int, expected: str) -> None:
    assert numbers.decimal(value, "en", digits) == expected


@pytest.mark.parametrize(("value", "expected"), [(0.4, "+0.4"), (-1.25, "−1.3"), (0.04, "0.0"), (0, "0.0")])
def test_a_difference_has_its_sign(value: float, expected: str) -> None:
    assert numbers.signed(value, "en") == expected


def test_a_range_and_a_negative_share() -> None:
    assert numbers.interval(3.94, 4.26, "es") == "3,9–4,3"
    assert numbers.percent(-12.5, "en", 1) == "−12.5%"
    assert numbers.percent(100, "en") == "100%"


def test_dates_and_months() -> None:
    assert numbers.day(NOVEMBER, "en") == "30 Nov 2026"
    assert numbers.day(NOVEMBER, "es") == "30 nov 2026"
    assert numbers.long_day(NOVEMBER, "en") == "30 November 2026"
    assert numbers.long_day(NOVEMBER, "es") == "30 de noviembre de 2026"
    assert numbers.month(NOVEMBER, "en") == "November 2026"
    assert numbers.month(NOVEMBER, "es") == "noviembre de 2026"
    assert numbers.short_month(NOVEMBER, "es") == "nov 2026"
    assert numbers.month_name(NOVEMBER, "es") == "noviembre"
    assert numbers.abbreviated_month(NOVEMBER, "en") == "Nov"
    assert numbers.months(date(2025, 1, 1), NOVEMBER, "en") == "Jan 2025 – Nov 2026"
    assert numbers.months(NOVEMBER, date(2026, 11, 2), "en") == "Nov 2026"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "2 Dec 2026, 06:10 UTC"),
        ("America/Bogota", "2 Dec 2026, 01:10 (UTC−5)"),
        ("America/St_Johns", "2 Dec 2026, 02:40 (UTC−3:30)"),
        ("Europe/Madrid", "2 Dec 2026, 07:10 (UTC+1)"),
    ],
)
def test_a_moment_says_its_zone(zone: str, expected: str) -> None:
    naive = datetime(2026, 12, 2, 6, 10)
    assert numbers.instant(naive, "en", zone) == expected
    assert numbers.instant(naive.replace(tzinfo=UTC), "en", zone) == expected


@pytest.mark.parametrize(
    ("value", "english", "spanish"),
    [(8.6, "8.6 days", "8,6 días"), (1, "1 day", "1 día"), (1.04, "1 day", "1 día"), (1.5, "1.5 days", "1,5 días")],
)
def test_durations_carry_their_word(value: float, english: str, spanish: str) -> None:
    assert numbers.days(value, "en") == english
    assert numbers.days(value, "es") == spanish


def test_a_whole_duration_can_keep_its_decimals() -> None:
    assert numbers.days(7, "en", trim=False) == "7.0 days"


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (1_234_567, "1.2 MB"),
        (999_960, "1 MB"),
        (123_456_789, "123 MB"),
        (5 * 10**12, "5 TB"),
        (10**16, "10,000 TB"),
    ],
)
def test_sizes_read_as_people_say_them(size: int, expected: str) -> None:
    assert numbers.file_size(size, "en") == expected


def test_a_city_lends_its_country_to_its_languages() -> None:
    assert numbers.locale_tag("es", "mx") == "es-MX"
    assert numbers.locale_tag("es", "ZZ") == "es"
    assert numbers.locale_tag("es") == "es"


def test_an_unknown_language_is_an_error_that_names_it() -> None:
    with pytest.raises(InputError, match="klingon"):
        numbers.decimal(1, "klingon")


@pytest.mark.parametrize(
    ("unit", "language", "said"),
    [
        ("requests per 1000 residents", "pt-BR", "solicitações por mil moradores"),
        ("requests per 1000 residents", "es-CO", "solicitudes por cada mil habitantes"),
        ("requests per 1000 residents", "en", "requests per 1,000 residents"),
        ("km²", "pt", "km²"),
        ("furlongs", "es", "furlongs"),
    ],
)
def test_a_unit_has_a_name_in_the_language(unit: str, language: str, said: str) -> None:
    assert numbers.unit_name(unit, language) == said
