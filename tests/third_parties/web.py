"""Feeds by feedparser and RFC 4287's demands, the sitemap by its protocol, data blocks of pages by rdflib."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

from tests.third_parties.verdict import Checker, Verdict, installed, noise_aside, put

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def _feeds(folder: Path) -> Verdict:
    if not installed("feedparser"):
        return Verdict(0, skipped="feedparser is not installed")
    paths = sorted(folder.glob("feeds/**/*.xml"))
    ids: dict[str, str] = {}
    problems = [p for path in paths for p in _feed(folder, path, ids)]
    return Verdict(len(paths), tuple(problems))


def _feed(folder: Path, path: Path, ids: dict[str, str]) -> Iterator[str]:
    with noise_aside():
        import feedparser

        found = feedparser.parse(path.read_bytes())
    name = path.relative_to(folder).as_posix()
    if found.bozo:
        yield f"{name}: {found.bozo_exception}"
    if found.version != "atom10":
        yield f"{name}: read as {found.version!r}"
    try:
        root = ElementTree.fromstring(path.read_bytes())
    except ElementTree.ParseError as error:
        yield f"{name}: {error}"
        return
    if len(found.entries) != len(root.findall(f"{ATOM}entry")):
        yield f"{name}: {len(found.entries)} entries read of {len(root.findall(f'{ATOM}entry'))}"
    yield from (f"{name}: {p}" for p in _rfc4287(root, ids, name))
    base = f"https://somewhere.example/{name}"
    for link in root.iter(f"{ATOM}link"):
        yield from (f"{name}: {p}" for p in _links(folder, base, link.get("href", "")))


def _rfc4287(root: ElementTree.Element, ids: dict[str, str], name: str) -> Iterator[str]:
    """Sections 4.1.1 and 4.1.2: what a feed and an entry must hold, and how often."""
    if ids.setdefault(_one(root, "id"), name) != name:
        yield f"two feeds share the id {_one(root, 'id')}"
    if root.find(f"{ATOM}author") is None and any(e.find(f"{ATOM}author") is None for e in root.iter(f"{ATOM}entry")):
        yield "no author"
    seen: set[tuple[str, str]] = set()
    newest = ""
    for part in (root, *root.findall(f"{ATOM}entry")):
        for required in ("id", "title", "updated"):
            if len(part.findall(f"{ATOM}{required}")) != 1 or not _one(part, required):
                yield f"{part.tag} has not one {required}"
        updated = _one(part, "updated")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", updated):
            yield f"updated is no time of RFC 3339: {updated!r}"
        else:
            datetime.fromisoformat(updated)
        if not re.match(r"[a-z][a-z0-9+.-]*:\S+$", _one(part, "id")):
            yield f"id is no absolute IRI: {_one(part, 'id')!r}"
        if part is not root:
            key = (_one(part, "id"), updated)
            if key in seen:
                yield f"two entries share id and updated: {key}"
            seen.add(key)
            newest = max(newest, updated)
            if not any(link.get("rel") == "alternate" for link in part.findall(f"{ATOM}link")):
                yield "an entry has no content and no alternate link"
    if newest and newest != _one(root, "updated"):
        yield f"the feed says it was updated {_one(root, 'updated')}, its newest entry {newest}"


def _one(part: ElementTree.Element, name: str) -> str:
    return (part.findtext(f"{ATOM}{name}") or "").strip()


def _links(folder: Path, base: str, href: str) -> Iterator[str]:
    """A link leads to a file of this very site."""
    path = urlsplit(urljoin(base, href)).path.lstrip("/")
    if not (folder / path).is_file():
        yield f"{href} leads to no page of the site"


def _sitemap(folder: Path) -> Verdict:
    """The sitemaps protocol 0.9, whose schema cannot be fetched: its elements, their order, forms and limits."""
    path = folder / "sitemap.xml"
    robots = (folder / "robots.txt").read_text(encoding="utf-8")
    if not path.exists():
        said = "without an address there is no sitemap"
        return Verdict(1, ("robots.txt names one",) if "Sitemap:" in robots else (), (said,))
    root = ElementTree.fromstring(path.read_bytes())
    problems = list(_urlset(folder, root))
    if not re.search(rf"^Sitemap: https?://\S+/{re.escape(path.name)}$", robots, re.MULTILINE):
        problems.append("robots.txt does not name it")
    return Verdict(len(root), tuple(problems))


def _urlset(folder: Path, root: ElementTree.Element) -> Iterator[str]:
    if root.tag != f"{SITEMAP}urlset" or not 0 < len(root) <= 50_000:
        yield f"{root.tag} of {len(root)}"
    seen: set[str] = set()
    for url in root:
        tags = [e.tag for e in url]
        if url.tag != f"{SITEMAP}url" or tags[:1] != [f"{SITEMAP}loc"] or tags.count(f"{SITEMAP}loc") != 1:
            yield f"{url.tag} with {tags}"
        if set(tags) - {f"{SITEMAP}loc", f"{SITEMAP}lastmod", f"{XHTML}link"}:
            yield f"unknown element among {tags}"
        place = url.findtext(f"{SITEMAP}loc") or ""
        if place in seen or not re.fullmatch(r"https?://[^\s<>\"]{1,2000}", place):
            yield f"{place!r} stands twice or is no address"
        seen.add(place)
        yield from _links(folder, place, place)
        changed = url.findtext(f"{SITEMAP}lastmod")
        if changed:
            date.fromisoformat(changed)
        others = [link.get("href", "") for link in url.findall(f"{XHTML}link")]
        if others and place not in others:
            yield f"{place} is not among its own languages"
        for other in others:
            yield from _links(folder, other, other)


class _Blocks(HTMLParser):
    """The data blocks of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and ("type", "application/ld+json") in attrs:
            self._inside = True
            self.found.append("")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"


def blocks(page: str) -> list[str]:
    """The texts of a page's data blocks."""
    parser = _Blocks()
    parser.feed(page)
    return parser.found


def _data_blocks(folder: Path) -> Verdict:
    """Every data block is JSON-LD that rdflib reads as a named and described Dataset or DataCatalog of schema.org."""
    if not installed("rdflib"):
        return Verdict(0, skipped="rdflib is not installed")
    count = 0
    problems: list[str] = []
    for path in sorted(folder.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for block in blocks(text) if "ld+json" in text else ():
            count += 1
            problems += [f"{path.relative_to(folder).as_posix()}: {p}" for p in _block(block)]
    return Verdict(count, tuple(problems))


def _block(text: str) -> Iterator[str]:
    from rdflib import RDF, Graph, Namespace

    schema = Namespace("https://schema.org/")
    try:
        value = json.loads(text)
    except ValueError as error:
        yield f"no JSON: {error}"
        return
    # The context as rdflib would fetch it, without the fetching.
    value["@context"] = {"@vocab": str(schema), "url": {"@type": "@id"}, "contentUrl": {"@type": "@id"}}
    with noise_aside():
        graph = Graph().parse(data=json.dumps(value), format="json-ld")
    subjects = {s for kind in ("Dataset", "DataCatalog") for s in graph.subjects(RDF.type, schema[kind])}
    if not subjects:
        yield "neither a Dataset nor a DataCatalog"
    for subject in subjects:
        included = (None, schema.includedInDataCatalog, subject) in graph
        for wanted in ("name",) if included else ("name", "description", "license"):
            if graph.value(subject, schema[wanted]) is None:
                yield f"{subject} has no {wanted}"


def _spoil_block(folder: Path) -> str | None:
    for path in sorted(folder.rglob("*.html")):
        for kind in ("Dataset", "DataCatalog"):
            if spoilt := put(path, f'"@type":"{kind}"', '"@type":"Heap"'):
                return spoilt
    return None


FEEDS = Checker(
    "feedparser, and what RFC 4287 demands",
    "feeds/**/*.xml",
    lambda: f"feedparser {installed('feedparser')}",
    _feeds,
    lambda folder: put(folder / "feeds" / "all.xml", "</author>", "</autor>"),
)
SITEMAPS = Checker(
    "sitemaps.org's protocol, by hand",
    "sitemap.xml, robots.txt",
    lambda: "protocol 0.9",
    _sitemap,
    lambda folder: put(folder / "robots.txt", "Sitemap:", "Site:") or put(folder / "robots.txt", "*", "*\nSitemap: /x"),
)
DATA_BLOCKS = Checker(
    "rdflib, schema.org data blocks",
    "every page with one",
    lambda: f"rdflib {installed('rdflib')}",
    _data_blocks,
    _spoil_block,
)
