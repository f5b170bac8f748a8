"""One language of a city's site: how texts, numbers, days and spans are said in it.

Belongs here: everything a page asks when it says something in its language. Does not belong here: fixed words
(``words``), addresses, templates. A text that is not written in the page's language is marked with its own
``lang``, so that a screen reader says it right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

from markupsafe import Markup, escape

from catalog import language as languages
from catalog import numbers
from catalog.site.words import Words
from catalog.views import NamedRecords, ProductView, Reason, SourceView
from contracts.city import City
from contracts.model import Text
from contracts.service_levels import Dating, apart, last_day, local_day


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

    @cached_property
    def base(self) -> str:
        """The language without its country."""
        return self.language.replace("_", "-").partition("-")[0]

    @cached_property
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

    def spoken(self, text: Text) -> str:
        """The language that ``plain`` says a text in."""
        has = self.base == "en" or self.language in text.translations or self.base in text.translations
        # What is the same in each of its languages is a name, and no language's.
        named = bool(text.translations) and set(text.translations.values()) == {text.default}
        return self.language if has or named else "en"

    def other(self, text: Text) -> str | None:
        """The language of a text where it is not the page's; None where it is, and of an empty text."""
        spoken = self.spoken(text)
        same = not self.plain(text) or spoken.partition("-")[0] == self.interface.partition("-")[0]
        return None if same else spoken

    def say(self, text: Text) -> Markup:
        """A text as markup, with its ``lang`` where it differs from the page's."""
        said, other = self.plain(text), self.other(text)
        return escape(said) if other is None else Markup('<span lang="{}">{}</span>').format(other, said)

    def marked(self, said: str, *texts: Text) -> Markup:
        """A sentence into which texts of the city are woven, as markup: those not translated with their ``lang``."""
        markup = escape(said)
        for text in texts:
            own, spoken = escape(self.plain(text)), self.say(text)
            if own and own != spoken:
                parts = re.split(rf"(?<!\w){re.escape(own)}(?!\w)", markup)
                markup = spoken.join(Markup(part) for part in parts)  # noqa: S704 - escaped above
        return markup

    def first_sentence(self, text: Text) -> Markup:
        """The first sentence of a text, for a list."""
        said = self.plain(text)
        head, stop, _ = said.partition(". ")
        cut = head + "." if stop else said
        return self.say(Text(cut, dict.fromkeys(text.translations, cut)))

    def hold_reason(self, reason: Reason) -> Markup:
        """Why a product was held, in a line: the rule's sentence, what was found and what is allowed."""
        said = (self.words.unheld(reason.result), self.say(reason.sentence), self.words.found(reason))
        return Markup(" ").join(part for part in (*said, self.records(reason.keys)) if part)

    def records(self, named: NamedRecords | None) -> Markup:
        """Some of the records that broke a rule, by their keys; empty where none is told."""
        if named is None:
            return Markup()
        record = Markup(self.gettext("%(column)s %(value)s"))  # noqa: S704 - our own words
        told = Markup("; ").join(
            Markup(", ").join(
                record % {"column": self.say(column), "value": value}
                for column, value in zip(named.columns, key, strict=True)
            )
            for key in named.keys
        )
        some, all_of = self.gettext("Some of the records: %(records)s."), self.gettext("The records: %(records)s.")
        return Markup(some if named.more else all_of) % {"records": told}  # noqa: S704 - our own words

    # days and numbers

    @cached_property
    def _zone(self) -> str:
        return self.city.timezone

    def local(self, moment: datetime | date) -> date:
        """The day in the city on which a moment (naive UTC) falls."""
        return _local(moment, self._zone) if isinstance(moment, datetime) else moment

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

    def unit(self, name: str) -> str:
        """A column's unit."""
        return numbers.unit_name(name, self.tag)

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

    def between(self, earlier: datetime, later: datetime) -> str:
        """The time from one moment to a later one, days by the city's calendar."""
        return self.span(apart(earlier, later, self.city.timezone))

    def age(self, length: timedelta) -> str:
        """How old data is, in days with at most one decimal."""
        return numbers.days(length / timedelta(days=1), self.tag, 1)

    def covered(self, data_to: datetime, dating: Dating, as_of: datetime | None) -> str:
        """The last day that data covers."""
        return numbers.day(last_day(data_to, dating, as_of, self.city.timezone), self.tag)

    def due_note(self, product: ProductView) -> str:
        """Why newer data was due before the release was published."""
        if product.current is None or product.current.data_to is None:
            return ""
        reached = self.covered(product.current.data_to, product.current.dating, product.current.as_of)
        return self.gettext("Counted from the data, which reaches to %(day)s: it was late when published.") % {
            "day": reached
        }

    def source_late(self, source: SourceView) -> str:
        """By how much a source is late: by the newest data in it where that is promised, else by its deliveries."""
        span = self.span(source.late_by or timedelta(0))
        if source.newest_event is None:
            return self.gettext("A new delivery was due %(span)s ago.") % {"span": span}
        newest = self.dated(source.newest_event, source.dating)
        return self.gettext("Its newest data is of %(day)s; newer was due %(span)s ago.") % {
            "day": newest,
            "span": span,
        }

    def own_name(self, language: str) -> str:
        """A language's name in that language."""
        return numbers.own_name(language)


@lru_cache(maxsize=1 << 14)
def _local(moment: datetime, zone: str) -> date:
    """The day on which a moment falls in a zone; a site says the same few hundred over and over."""
    return local_day(moment, zone)
