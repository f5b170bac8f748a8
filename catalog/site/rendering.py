"""Turning a page's context into bytes: templates, escaping.

Belongs here: what every template may call. Does not belong here: what a page is about (the builders), words, how
templates are compiled (``templating``). Everything is escaped by default; the only markup that
enters unescaped is our own drawings.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from jinja2.environment import TemplateModule
from markupsafe import Markup

from catalog import numbers
from catalog.machines.licences import licence_address
from catalog.site.addresses import Addresses, between, mail_link, outside_link, same_page
from catalog.site.assets import policy_of, script_address, style_address
from catalog.site.paper import with_addresses
from catalog.site.quality_words import checked_how
from catalog.site.reader_loop import ReaderLoop
from catalog.site.speech import Speech
from catalog.site.templating import escaped, safe, templates
from contracts.model import Text
from contracts.tiers import LEAST_RESTRICTIVE


@dataclass(frozen=True)
class Page:
    """One page to be written.

    ``trail`` holds the breadcrumbs: label and address, None for the page itself. ``names`` are texts of the city that
    are woven into the page's own words: its title, a label of the trail, the answer. ``across`` is the page that other
    languages have instead, where they have not this very one.
    """

    address: str
    template: str
    title: str
    section: str = ""
    summary: str | Text = ""
    trail: tuple[tuple[str, str | None], ...] = ()
    names: tuple[Text, ...] = ()
    across: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)


HOLE = Markup("\ufdd0")
"""Stands in what a macro says for a value that differs: a character that no text may hold."""


def drawing(svg: str) -> Markup:
    """One of our own drawings, which escapes its own words, as markup."""
    return Markup(svg)  # noqa: S704


class Renderer:
    """Pages of one tier in one language.

    What all its pages have in common is worked out once; ``to``, ``marked`` and ``reader`` speak of the page that is
    being made.
    """

    def __init__(self, speech: Speech, tier: str, languages: tuple[str, ...]) -> None:
        self._speech = speech
        self._root = speech.city.site_url or "" if tier == LEAST_RESTRICTIVE else ""
        self._page = Page("", "", "")
        self._foreign: tuple[Text, ...] = ()
        self._reader = ReaderLoop(speech, tier)
        self._templates = templates(speech.translator)
        self._imported: dict[str, TemplateModule] = {}
        self._pieces: dict[tuple[object, ...], list[Markup]] = {}
        self._alike: dict[tuple[object, ...], Markup] = {}
        self._common = self._of_all(tier, languages)
        self._sections = frozenset(address for _, _, address in self._common["nav"])

    def _of_all(self, tier: str, languages: tuple[str, ...]) -> dict[str, Any]:
        """What all pages are handed."""
        speech = self._speech
        t = speech.gettext
        at = Addresses(speech.language)
        nav = [
            ("problems", t("Problems"), at.problems()),
            ("measures", t("Measures"), at.measures()),
            ("products", t("Products"), at.products()),
            ("sources", t("Sources"), at.sources()),
        ]
        if tier != LEAST_RESTRICTIVE:
            nav.append(("status", t("Data team"), at.status()))
        return {
            "alike": self.alike,
            "alternates": (),
            "at": at,
            "city": speech.city,
            "city_name": speech.plain(speech.city.name),
            "data_block": "",
            "dated": speech.dated,
            "day": speech.day,
            "due_note": speech.due_note,
            "checked_how": partial(checked_how, speech=speech),
            "figure": speech.figure,
            "filled": self.filled,
            "first_sentence": speech.first_sentence,
            "hold_reason": speech.hold_reason,
            "imported": self.imported,
            "in_english": lambda said: speech.say(Text(said)),
            "interface": speech.interface,
            "language": speech.language,
            "language_base": speech.language if speech.interface == speech.language else speech.base,
            "languages": languages,
            "licence_address": licence_address,
            "long_day": speech.long_day,
            "mail_link": mail_link,
            "marked": self.marked,
            "moment": speech.moment,
            "month": speech.month,
            "nav": nav,
            "num": speech.num,
            "outside_link": outside_link,
            "own_name": speech.own_name,
            "plain": speech.plain,
            "reader": self._reader,
            "records": speech.records,
            "same_page": same_page,
            "say": speech.say,
            "script_address": script_address,
            "share": speech.share,
            "short_month": lambda period: numbers.short_month(period, speech.tag),
            "size": speech.size,
            "source_late": speech.source_late,
            "span": speech.span,
            "style_address": style_address(),
            "tier": tier,
            "to": self.to,
            "unit_name": speech.unit,
            "with_addresses": self.with_addresses,
            "words": speech.words,
        }

    def render(self, page: Page) -> bytes:
        """The page's bytes."""
        self._page = page
        self._foreign = tuple(text for text in page.names if self._speech.other(text) is not None)
        self._reader.here = page.address
        speech = self._speech
        context = {
            **self._common,
            "across": page.across or page.address,
            "here": page.address,
            "policy": policy_of(str(page.context.get("data_block", ""))),
            "section": page.section,
            "summary": speech.plain(page.summary) if isinstance(page.summary, Text) else page.summary,
            "summary_language": speech.other(page.summary) if isinstance(page.summary, Text) else None,
            "title": page.title,
            "title_language": next((speech.other(n) for n in page.names if speech.plain(n) == page.title), None),
            "trail": page.trail,
            **page.context,
        }
        return self._templates.get_template(page.template).render(context).encode("utf-8")

    # what templates call

    def imported(self, name: str) -> TemplateModule:
        """The macros of a template, for all pages."""
        if name not in self._imported:
            self._imported[name] = self._templates.get_template(name).make_module(self._common)
        return self._imported[name]

    def alike(self, part: Callable[..., Markup], *asked: str) -> Markup:
        """What a macro says of a page, once for all pages from which the way to the city's own pages is the same.

        It may link to nothing deeper than ``<language>/<section>/index.html``.
        """
        here = self._page.address
        above = here.split("/")[:-1]
        key = (part, asked, *above[:2], len(above), here if here in self._sections else "")
        if key not in self._alike:
            self._alike[key] = part(*asked)
        return self._alike[key]

    def filled(self, part: Callable[..., Markup], about: Hashable, *values: object) -> Markup:
        """What a macro says about a thing and some values, each of which stands in it once and in this order.

        The macro is asked once about each thing, with holes in place of the values, whatever they are.
        """
        try:
            pieces = self._pieces[part, about]
        except KeyError:
            pieces = self._pieces[part, about] = part(about, *[HOLE] * len(values)).split(HOLE)
        if len(pieces) != len(values) + 1:  # a text of the city holds what no text may hold
            return part(about, *values)
        said = [""] * (len(pieces) + len(values))
        said[::2] = pieces
        said[1::2] = [value if type(value) is Markup else escaped(value) for value in values]
        return safe("".join(said))

    def to(self, address: str) -> str:
        """The link from the page to an address of the site."""
        return between(self._page.address, address)

    def marked(self, said: str, *texts: Text) -> Markup:
        """A sentence of the page, with the city's texts in it marked by their languages."""
        if texts or self._foreign:
            return self._speech.marked(said, *texts, *self._foreign)
        return safe(escaped(said))

    def with_addresses(self, body: str) -> Markup:
        """The page's body with its links numbered for paper."""
        return with_addresses(body, self._page.address, self._root, self._speech.gettext("Addresses"))
