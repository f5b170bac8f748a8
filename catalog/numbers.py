"""Numbers, dates and sizes as a person of the page's language writes them.

Belongs here: formatting for pages. Does not belong here: machine files (JSON, CSV, Parquet carry plain
numbers and ISO dates), rounding for publication (the contract says that).

``language`` is a language or a language with its country ("es", "es-MX"): Mexico writes 1,234.5 where
Colombia writes 1.234,5. A tag that the world's conventions (CLDR) don't know falls back to its language.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, localedata
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from catalog.language import translator
from contracts.errors import InputError

NO_FIGURE = "–"
"""What stands where there is no figure."""

_REMEMBERED = 1 << 14
"""Figures and days kept as they were last written: a site says the same few thousand of them over and over."""

_SIZES = (("kB", 10**3), ("MB", 10**6), ("GB", 10**9), ("TB", 10**12))


def locale_tag(language: str, country: str | None = None) -> str:
    """The tag for a page's numbers: the language with the city's country where that combination exists.

    Args:
        language: "es".
        country: ISO 3166 code of two letters, "MX".
    """
    if country and localedata.exists(f"{language}_{country.upper()}"):
        return f"{language}-{country.upper()}"
    return language


@lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """Babel's locale for a tag.

    Raises:
        InputError: No such language is known.
    """
    tag = language.replace("-", "_")
    for candidate in (tag, tag.partition("_")[0]):
        try:
            return Locale.parse(candidate)
        except (UnknownLocaleError, ValueError):
            continue
    raise InputError("a language is not known", found=language, expected="a code like en, es, pt or es-MX")


@lru_cache(maxsize=32)
def own_name(language: str) -> str:
    """A language's name in that language, as it begins a sentence."""
    name = locale_of(language).get_display_name(language.replace("-", "_")) or language
    return name[:1].upper() + name[1:]


def rounded(value: float, digits: int) -> Decimal:
    """``value`` with ``digits`` decimals, halves away from zero, as people round: 8.65 is 8.7."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def integer(value: float, language: str) -> str:
    """A count with its thousands set apart: 41,210."""
    return decimal(value, language, 0)


@lru_cache(maxsize=_REMEMBERED)
def decimal(value: float, language: str, digits: int = 1) -> str:
    """A figure with exactly ``digits`` decimals: 8.6."""
    exact = rounded(value, digits)
    text = format_decimal(abs(exact), format=_pattern(digits), locale=locale_of(language))
    return f"−{text}" if exact < 0 else text


def signed(value: float, language: str, digits: int = 1) -> str:
    """A difference with its sign: +0.4, −1.2, 0.0."""
    text = decimal(value, language, digits)
    return f"+{text}" if rounded(value, digits) > 0 else text


@lru_cache(maxsize=_REMEMBERED)
def percent(value: float, language: str, digits: int = 0) -> str:
    """A share with its sign as the language writes it.

    Units: ``value`` is in per cent, as the columns ending in ``_pct``: 86.4 for 86.4 %.
    """
    locale = locale_of(language)
    pattern = locale.percent_formats[None].pattern.replace("#,##0", _pattern(digits))
    exact = rounded(value, digits)
    text = format_percent(abs(exact) / 100, format=pattern, locale=locale)
    return f"−{text}" if exact < 0 else text


def interval(low: float, high: float, language: str, digits: int = 1) -> str:
    """A range of two figures: 3.9–4.3."""
    return f"{decimal(low, language, digits)}–{decimal(high, language, digits)}"


@lru_cache(maxsize=_REMEMBERED)
def day(value: date, language: str) -> str:
    """A date in few letters: 30 Nov 2026."""
    return format_date(value, "d MMM y", locale=locale_of(language))


@lru_cache(maxsize=_REMEMBERED)
def long_day(value: date, language: str) -> str:
    """A date in full: 30 November 2026, 30 de noviembre de 2026."""
    locale = locale_of(language)
    return format_date(value, "d MMMM y" if locale.language == "en" else "long", locale=locale)


def month(value: date, language: str) -> str:
    """A month in full: November 2026, noviembre de 2026."""
    locale = locale_of(language)
    return format_date(value, locale.datetime_skeletons["yMMMM"].pattern, locale=locale)


@lru_cache(maxsize=_REMEMBERED)
def short_month(value: date, language: str) -> str:
    """A month in few letters: Nov 2026."""
    return format_date(value, "MMM y", locale=locale_of(language))


def month_name(value: date, language: str) -> str:
    """A month without its year: November."""
    return format_date(value, "LLLL", locale=locale_of(language))


def abbreviated_month(value: date, language: str) -> str:
    """A month without its year in few letters: Nov."""
    return format_date(value, "LLL", locale=locale_of(language))


def months(first: date, last: date, language: str) -> str:
    """A span of months: Jan 2025 – Apr 2026; one month alone stands once."""
    if (first.year, first.month) == (last.year, last.month):
        return short_month(first, language)
    return f"{short_month(first, language)} – {short_month(last, language)}"


def instant(value: datetime, language: str, timezone: str = "UTC") -> str:
    """A moment with its zone: 2 Dec 2026, 06:10 UTC; 2 Dec 2026, 01:10 (UTC−5).

    Args:
        value: Naive (UTC) or aware.
        language: The page's language.
        timezone: IANA name of the zone to show it in.
    """
    moment = value if value.tzinfo else value.replace(tzinfo=ZoneInfo("UTC"))
    shown = moment.astimezone(ZoneInfo(timezone))
    text = format_datetime(shown, "d MMM y, HH:mm", locale=locale_of(language))
    offset = shown.utcoffset() or timedelta(0)
    if not offset:
        return f"{text} UTC"
    minutes = abs(int(offset.total_seconds())) // 60
    clock = f"{minutes // 60}" + (f":{minutes % 60:02d}" if minutes % 60 else "")
    return f"{text} (UTC{'+' if offset > timedelta(0) else '−'}{clock})"


def days(value: float, language: str, digits: int = 1, trim: bool = True) -> str:
    """A duration in days with its word: 8.6 days, 1 day; whole numbers carry no decimals where ``trim``."""
    exact = rounded(value, digits)
    whole = trim and exact == exact.to_integral_value()
    number = decimal(value, language, 0 if whole else digits)
    words = translator(language).ngettext("%(number)s day", "%(number)s days", 1 if exact == 1 else 2)
    return words % {"number": number}


@lru_cache(maxsize=_REMEMBERED)
def file_size(size: int, language: str) -> str:
    """A size in bytes as people say it: 1.2 MB (of a million bytes)."""
    if size < _SIZES[0][1]:
        words = translator(language).ngettext("%(number)s byte", "%(number)s bytes", size)
        return words % {"number": integer(size, language)}
    for symbol, factor in _SIZES:
        value = size / factor
        digits = 0 if rounded(value, 1) >= 100 or rounded(value, 1) % 1 == 0 else 1
        if rounded(value, digits) < 1000 or symbol == _SIZES[-1][0]:
            break
    return f"{decimal(value, language, digits)} {symbol}"


def listed(things: Sequence[str], language: str) -> str:
    """Several things as a language lists them: "a, b, and c"."""
    return format_list(list(things), locale=locale_of(language))


def either(things: Sequence[str], language: str) -> str:
    """Several things of which one holds, as a language lists them: "a, b, or c"."""
    return format_list(list(things), style="or", locale=locale_of(language))


def unit_name(unit: str, language: str) -> str:
    """The name of a column's unit; one that no shared contract uses stands as its contract writes it."""
    t = translator(language).gettext
    return {
        "days": t("days"),
        "degrees": t("degrees"),
        "month": t("month"),
        "people": t("people"),
        "ratio": t("ratio"),
        "requests": t("requests"),
        "requests per 1000 residents": t("requests per 1,000 residents"),
        "residents": t("residents"),
    }.get(unit, unit)


def _pattern(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")
