"""Atom, the format of feeds (RFC 4287): a feed and its entries as bytes.

Belongs here: the format. Does not belong here: what happened (``feeds``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

MEDIA_TYPE = "application/atom+xml"
NEVER = datetime(1970, 1, 1)
"""When a feed was updated in which nothing has happened yet; Atom demands a time."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Worded:
    """Words and the language they are in."""

    text: str
    language: str


@dataclass(frozen=True)
class FeedEntry:
    """One thing that happened. ``link`` is relative to the feed, or absolute; ``at`` is naive UTC."""

    id: str
    title: str
    at: datetime
    summary: str
    link: str
    category: str


@dataclass(frozen=True)
class Feed:
    """A feed. ``own`` is its own absolute address, None where the site has none.

    ``language`` is that of its words, ``page_language`` that of the page it links to.
    """

    id: str
    language: str
    title: Worded
    subtitle: Worded
    author: Worded
    email: str
    page: str
    page_language: str
    own: str | None
    entries: Sequence[FeedEntry]


def atom(feed: Feed) -> bytes:
    """The feed's bytes; entries in the order given. Source: RFC 4287."""
    return ("\n".join(_lines(feed)) + "\n").encode("utf-8")


def _lines(feed: Feed) -> Iterator[str]:
    updated = max((e.at for e in feed.entries), default=NEVER)
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{_text(feed.language)}">'
    yield f"  <id>{_text(feed.id)}</id>"
    yield f"  <title{_marked(feed.title, feed)}>{_text(feed.title.text)}</title>"
    yield f"  <subtitle{_marked(feed.subtitle, feed)}>{_text(feed.subtitle.text)}</subtitle>"
    yield f"  <updated>{_time(updated)}</updated>"
    author = f"<name>{_text(feed.author.text)}</name><email>{_text(feed.email)}</email>"
    yield f"  <author{_marked(feed.author, feed)}>{author}</author>"
    in_language = f'hreflang="{_text(feed.page_language)}"'
    yield f'  <link rel="alternate" type="text/html" {in_language} href="{_text(feed.page)}"/>'
    if feed.own:
        yield f'  <link rel="self" type="{MEDIA_TYPE}" href="{_text(feed.own)}"/>'
    for entry in feed.entries:
        yield "  <entry>"
        yield f"    <id>{_text(entry.id)}</id>"
        yield f"    <title>{_text(entry.title)}</title>"
        yield f"    <updated>{_time(entry.at)}</updated>"
        yield f"    <published>{_time(entry.at)}</published>"
        yield f'    <link rel="alternate" type="text/html" {in_language} href="{_text(entry.link)}"/>'
        yield f'    <category term="{_text(entry.category)}"/>'
        yield f"    <summary>{_text(entry.summary)}</summary>"
        yield "  </entry>"
    yield "</feed>"


def _marked(words: Worded, feed: Feed) -> str:
    """The language of words, where it is not the feed's. Source: RFC 4287, section 2 (``xml:lang`` on any element)."""
    return "" if words.language == feed.language else f' xml:lang="{_text(words.language)}"'


def _time(at: datetime) -> str:
    return f"{at.isoformat(timespec='seconds')}Z"


def _text(text: str) -> str:
    """Text that may stand in XML; what XML forbids even as a reference is left out."""
    return escape(_FORBIDDEN.sub("", text))
