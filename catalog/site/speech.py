"""One language of a city's site: how texts, numbers, days and spans are said in it.

Belongs here: everything a page asks when it says something in its language. Does not belong here: fixed words
(``words``), addresses, templates. A text that is not written in the page's language is marked with its own
``lang``, so that a screen reader says it right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from markupsafe import Markup

from catalog import language as languages
from catalog import numbers
from catalog.site.words import Words
from catalog.views import Dating, Reason
from contracts.city import City
from contracts.model import Text


@dataclass(frozen=True)
class Speech:
    """A language as the city uses it. ``language`` is as the city writes it ("es", "es-MX")."""

    city: City
    language: str

    @cached_property
    def translator(self) -> languages.Translator:
        """The interface's words; English where the catalogue has no such language."""
        if self.language.replace("_", "-").partition("-")[0] in languages.languages():
            return languages.translator(self.language)
        return languages.translator(languages.SOURCE_LANGUAGE)

    @cached_property
    def regional(self) -> languages.Translator:
        """The interface's words with the city's own separators, for sentences that carry figures."""
        return languages.translator(self.tag)

    @property
    def base(self) -> str:
        """The language without its country."""
        return self.language.replace("_", "-").partition("-")[0]

    @property
    def interface(self) -> str:
        """The language that the interface is really in."""
        spoken = self.translator.language
        return self.language if spoken == self.language else languages.SOURCE_LANGUAGE

    @cached_property
    def tag(self) -> str:
        """The tag for numbers and dates."""
        return numbers.locale_tag(self.interface, self.city.country)

    @cached_property
    def words(self) -> Words:
        """The fixed words."""
        return Words(self.translator, self.tag)

    @property
    def gettext(self) -> Callable[[str], str]:
        """The interface's words, for Python."""
        return self.translator.gettext

    def plain(self, text: Text) -> str:
        """A text in this language, or in its own where it is not translated."""
        for name in (self.language, self.base):
            if name in text.translations:
                return text.translations[name]
        return text.default

    def say(self, text: Text) -> Markup:
        """A text as markup, with its ``lang`` where it differs from the page's."""
        said = self.plain(text)
        has = self.base == "en" or self.language in text.translations or self.base in text.translations
        spoken = self.language if has else "en"
        if not said or spoken.partition("-")[0] == self.interface.partition("-")[0]:
            return Markup("{}").format(said)
        return Markup('<span lang="{}">{}</span>').format(spoken, said)

    def first_sentence(self, text: Text) -> Markup:
        """The first sentence of a text, for a list."""
        said = self.plain(text)
        head, stop, _ = said.partition(". ")
        cut = head + "." if stop else said
        return self.say(Text(cut, dict.fromkeys(text.translations, cut)))

    def hold_reason(self, reason: Reason) -> str:
        """Why a product was held, in a line: the rule's sentence, what was found and what is allowed."""
        said = (self.words.unheld(reason.result), self.plain(reason.sentence), self.words.found(reason))
        return " ".join(part for part in said if part)

    # days and numbers

    def local(self, moment: datetime | date) -> date:
        """The day in the city on which a moment (naive UTC) falls."""
        if isinstance(moment, datetime):
            return moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self.city.timezone)).date()
        return moment

    def day(self, moment: datetime | date) -> str:
        """A day in few letters."""
        return numbers.day(self.local(moment), self.tag)

    def dated(self, moment: datetime, dating: Dating) -> str:
        """How far data reaches: a day, or a month where it is dated by month (neither moves with the zone)."""
        if dating == "month":
            return self.month(moment.date())
        return numbers.day(moment.date() if dating == "day" else self.local(moment), self.tag)

    def long_day(self, moment: datetime | date) -> str:
        """A day in full."""
        return numbers.long_day(self.local(moment), self.tag)

    def month(self, period: date) -> str:
        """A month in full."""
        return numbers.month(period, self.tag)

    def moment(self, moment: datetime) -> str:
        """A moment with the city's zone."""
        return numbers.instant(moment, self.tag, self.city.timezone)

    def num(self, value: float) -> str:
        """A count."""
        return numbers.integer(value, self.tag)

    def figure(self, value: float, digits: int | None = None) -> str:
        """A figure: whole numbers without decimals unless ``digits`` are asked for."""
        if digits is None:
            digits = 0 if float(value).is_integer() else 2
        return numbers.decimal(value, self.tag, digits)

    def size(self, octets: int) -> str:
        """A file's size."""
        return numbers.file_size(octets, self.tag)

    def share(self, part: int, whole: int) -> str:
        """A part of a whole in per cent; empty where there is no whole."""
        if whole <= 0:
            return ""
        value = 100 * part / whole
        if 0 < value < 0.005:
            return "< " + numbers.percent(0.01, self.tag, 2)
        if 99.995 < value < 100:
            return "> " + numbers.percent(99.99, self.tag, 2)
        return numbers.percent(value, self.tag, 0 if value in (0.0, 100.0) else 2 if value < 1 or value > 99 else 1)

    def span(self, length: timedelta) -> str:
        """A length of time, in days from two days on, otherwise in hours."""
        hours = int(length.total_seconds() // 3600)
        if hours >= 48:
            n = hours // 24
            return self.translator.ngettext("%(count)s day", "%(count)s days", n) % {"count": self.num(n)}
        if hours < 1:
            return self.gettext("less than an hour")
        return self.translator.ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": self.num(hours)}

    def own_name(self, language: str) -> str:
        """A language's name in that language."""
        name = numbers.locale_of(language).get_display_name(language.replace("-", "_")) or language
        return name[:1].upper() + name[1:]
