"""Turning a page's context into bytes: templates, escaping.

Belongs here: the one Jinja environment a language and what every template may call. Does not belong
here: what a page is about (the builders), words. Everything is escaped by default; the only markup that
enters unescaped is our own drawings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from catalog.language import Translator
from catalog.site.addresses import Addresses, between, mail_link, outside_link, same_page
from catalog.site.assets import POLICY, style_address
from catalog.site.speech import Speech

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Page:
    """One page to be written. ``trail`` holds the breadcrumbs: label and address, None for the page itself."""

    address: str
    template: str
    title: str
    section: str = ""
    summary: str = ""
    trail: tuple[tuple[str, str | None], ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=32)
def _environment(translator: Translator) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        translator.gettext, translator.ngettext, newstyle=True
    )
    return environment


def drawing(svg: str) -> Markup:
    """One of our own drawings, which escapes its own words, as markup."""
    return Markup(svg)  # noqa: S704


class Renderer:
    """Pages of one tier in one language."""

    def __init__(self, speech: Speech, tier: str, languages: tuple[str, ...]) -> None:
        self.speech = speech
        self.tier = tier
        self.languages = languages
        self.at = Addresses(speech.language)

    def render(self, page: Page) -> bytes:
        """The page's bytes."""
        speech = self.speech
        t = speech.gettext
        nav = [
            ("problems", t("Problems"), self.at.problems()),
            ("products", t("Products"), self.at.products()),
            ("sources", t("Sources"), self.at.sources()),
        ]
        if self.tier != "public":
            nav.append(("status", t("Data team"), self.at.status()))
        context = {
            "at": self.at,
            "city": speech.city,
            "city_name": speech.plain(speech.city.name),
            "dated": speech.dated,
            "day": speech.day,
            "figure": speech.figure,
            "first_sentence": speech.first_sentence,
            "here": page.address,
            "interface": speech.interface,
            "language": speech.language,
            "language_base": speech.language if speech.interface == speech.language else speech.base,
            "languages": self.languages,
            "long_day": speech.long_day,
            "mail_link": mail_link,
            "moment": speech.moment,
            "month": speech.month,
            "nav": nav,
            "num": speech.num,
            "outside_link": outside_link,
            "own_name": speech.own_name,
            "policy": POLICY,
            "style_address": style_address(),
            "same_page": same_page,
            "say": speech.say,
            "section": page.section,
            "share": speech.share,
            "size": speech.size,
            "span": speech.span,
            "summary": page.summary,
            "tier": self.tier,
            "title": page.title,
            "to": lambda address: between(page.address, address),
            "trail": page.trail,
            "words": speech.words,
            **page.context,
        }
        text = _environment(speech.translator).get_template(page.template).render(context)
        return text.encode("utf-8")
