"""Turning a page's context into bytes: templates, escaping.

Belongs here: what every template may call. Does not belong here: what a page is about (the builders), words, how
templates are compiled (``templating``). Everything is escaped by default; the only markup that
enters unescaped is our own drawings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from catalog.machines.licences import licence_address
from catalog.site.addresses import Addresses, between, mail_link, outside_link, same_page
from catalog.site.assets import policy_of, script_address, style_address
from catalog.site.paper import with_addresses
from catalog.site.reader_loop import ReaderLoop
from catalog.site.speech import Speech
from catalog.site.templating import templates
from contracts.model import Text
from contracts.tiers import LEAST_RESTRICTIVE


@dataclass(frozen=True)
class Page:
    """One page to be written.

    ``trail`` holds the breadcrumbs: label and address, None for the page itself. ``names`` are texts of the city that
    are woven into the page's own words: its title, a label of the trail, the answer.
    """

    address: str
    template: str
    title: str
    section: str = ""
    summary: str = ""
    trail: tuple[tuple[str, str | None], ...] = ()
    names: tuple[Text, ...] = ()
    context: Mapping[str, Any] = field(default_factory=dict)


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
        root = speech.city.site_url or "" if self.tier == LEAST_RESTRICTIVE else ""
        nav = [
            ("problems", t("Problems"), self.at.problems()),
            ("products", t("Products"), self.at.products()),
            ("sources", t("Sources"), self.at.sources()),
        ]
        if self.tier != "public":
            nav.append(("status", t("Data team"), self.at.status()))
        context = {
            "alternates": (),
            "at": self.at,
            "city": speech.city,
            "city_name": speech.plain(speech.city.name),
            "data_block": "",
            "dated": speech.dated,
            "day": speech.day,
            "figure": speech.figure,
            "first_sentence": speech.first_sentence,
            "here": page.address,
            "interface": speech.interface,
            "language": speech.language,
            "language_base": speech.language if speech.interface == speech.language else speech.base,
            "languages": self.languages,
            "licence_address": licence_address,
            "long_day": speech.long_day,
            "mail_link": mail_link,
            "marked": lambda said, *texts: speech.marked(said, *texts, *page.names),
            "moment": speech.moment,
            "month": speech.month,
            "nav": nav,
            "num": speech.num,
            "outside_link": outside_link,
            "own_name": speech.own_name,
            "plain": speech.plain,
            "policy": policy_of(str(page.context.get("data_block", ""))),
            "reader": ReaderLoop(speech, self.tier, page.address),
            "script_address": script_address,
            "style_address": style_address(),
            "same_page": same_page,
            "say": speech.say,
            "section": page.section,
            "share": speech.share,
            "size": speech.size,
            "span": speech.span,
            "due_note": speech.due_note,
            "source_late": speech.source_late,
            "summary": page.summary,
            "tier": self.tier,
            "title": page.title,
            "to": lambda address: between(page.address, address),
            "trail": page.trail,
            "with_addresses": lambda body: with_addresses(body, page.address, root, t("Addresses")),
            "unit_name": speech.unit,
            "words": speech.words,
            **page.context,
        }
        text = templates(speech.translator).get_template(page.template).render(context)
        return text.encode("utf-8")
