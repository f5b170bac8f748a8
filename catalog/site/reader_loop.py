"""The loop with readers: addresses to report and to ask at, and the entries of ``requests.yaml`` about one thing.

Belongs here: filling in a form's address or a mail, who sees which entry, its state in words. Does not belong here: the
form of the file (``contracts.requests``), the page that lists them (``request_pages``). A tier sees an entry only where
it sees what the entry is about, and where the entry's own ``tier`` allows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from catalog.site.addresses import mail_link
from catalog.site.speech import Speech
from catalog.site.words import Standing
from contracts.city import City, Request
from contracts.tiers import LEAST_RESTRICTIVE, visible


@dataclass(frozen=True)
class Told:
    """An entry with its words: what kind it is, and how it stands."""

    request: Request
    kind: str
    status: Standing


@dataclass
class ReaderLoop:
    """What a page offers its readers, in one language and tier; ``here`` is the address of the page at hand."""

    speech: Speech
    tier: str
    here: str = ""

    def report(self, title: str, owner: str | None = None, release: int | None = None) -> str:
        """Where to report that something is wrong with a thing."""
        t = self.speech.gettext
        subject = t("Problem with: %(title)s") % {"title": title}
        return self._address(self.speech.city.readers.report, subject, t("What is wrong:"), title, owner, release)

    def ask(self, title: str, owner: str | None = None, release: int | None = None) -> str:
        """Where to ask for data."""
        t = self.speech.gettext
        subject = t("Asking for data: %(title)s") % {"title": title}
        asked = t("What I need, and what for:")
        return self._address(self.speech.city.readers.ask, subject, asked, title, owner, release)

    def is_form(self, kind: str) -> bool:
        """Whether reports, or questions for data, go to a form of the web rather than into a mail."""
        return bool(_form(getattr(self.speech.city.readers, kind)))

    def full(self, address: str) -> str:
        """The whole address of a page or file, to be copied; empty where nobody has said where the site is served."""
        root = (self.speech.city.site_url or "").rstrip("/") if self.tier == LEAST_RESTRICTIVE else ""
        return f"{root}/{address}" if root else ""

    def about(self, about: str, subject: str, title: str = "") -> tuple[Told, ...]:
        """The entries about one thing that this tier sees; ``title`` is its English title, as its card has it."""
        found = entries_about(self.speech.city, self.tier, about, subject, title)
        return tuple(told(self.speech, request) for request in found)

    def _address(
        self, declared: str | None, subject: str, question: str, title: str, owner: str | None, release: int | None
    ) -> str:
        city = self.speech.city
        # the declared address is the public site's; where another tier's stands is not known here
        root = (city.site_url or "").rstrip("/") if self.tier == LEAST_RESTRICTIVE else ""
        page = f"{root}/{self.here}"
        form = _form(declared)
        if form:
            return _filled(form, {"title": title, "release": str(release or ""), "page": page})
        t = self.speech.gettext
        lines = [title]
        if release is not None:
            lines.append(t("Release %(n)s") % {"n": release})
        lines += [page, "", question, ""]
        to = declared or mail_link(owner) or mail_link(city.publisher.email) or ""
        body = "\r\n".join(lines)
        return f"{to}?subject={quoted(subject)}&body={quoted(body)}" if to else ""


def quoted(text: str) -> str:
    """A text as a part of an address, as ``quote`` writes it."""
    return _MARK.sub(_code, text)


_MARK = re.compile(r"[^A-Za-z0-9_.~-]")


def _code(mark: re.Match[str]) -> str:
    return _code_of(mark[0])


@lru_cache(maxsize=1 << 10)
def _code_of(mark: str) -> str:
    return quote(mark, safe="")


def entries_about(city: City, tier: str, about: str, subject: str, title: str = "") -> tuple[Request, ...]:
    """The entries about one thing that a tier sees which sees the thing, the newest first."""
    named = ((about, subject), ("inventory", title))
    found = [r for r in city.requests if may_read(r, tier) and (r.about, r.subject) in named]
    return newest_first(found)


def newest_first(requests: list[Request]) -> tuple[Request, ...]:
    """Entries by the day they were asked, the newest first, then by id."""
    return tuple(sorted(sorted(requests, key=lambda r: r.id), key=lambda r: r.asked, reverse=True))


def may_read(request: Request, tier: str) -> bool:
    """Whether the entry's own words let a tier read it; what it is about is asked elsewhere."""
    return request.tier is None or visible(request.tier, tier)


def told(speech: Speech, request: Request) -> Told:
    """An entry with its words."""
    t = speech.gettext
    kinds = {"report": t("A problem reported"), "ask": t("Data asked for")}
    states = {
        "open": Standing(speech.translator.pgettext("state of a request", "Open"), "◐", "fair"),
        "answered": Standing(t("Answered"), "●", "good"),
        "declined": Standing(t("Declined"), "✕", "quiet"),
        "done": Standing(t("Done"), "●", "good"),
    }
    return Told(request, kinds[request.kind], states[request.status])


def _form(declared: str | None) -> str:
    return declared if declared and not declared.startswith("mailto:") else ""


def _filled(form: str, words: dict[str, str]) -> str:
    base, mark, query = form.partition("?")
    for place, word in words.items():
        query = query.replace("{" + place + "}", quoted(word))
    return base + mark + query
