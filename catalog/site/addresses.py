"""Where each page stands, and how one page links to another.

Belongs here: paths inside a site and the relative links between them. Does not belong here: what a
page says. Every link is relative and ends in a file's name, so that a site reads from a disk, from a
sub-folder of a host, and without a server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from contracts.errors import InputError

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_OUTSIDE = frozenset({"http", "https", "mailto"})


@lru_cache(maxsize=1 << 14)
def segment(name: str) -> str:
    """``name`` as one part of an address.

    Raises:
        InputError: It holds anything but letters, digits, ``_``, ``.`` and ``-``.
    """
    if not _SEGMENT.fullmatch(name):
        raise InputError(
            "a name cannot stand in an address",
            where=repr(name),
            expected="letters, digits, _, . and -, beginning with a letter or digit",
        )
    return name


def outside_link(address: str | None) -> str | None:
    """``address`` if a page may link to it (http, https, mailto), otherwise None.

    Anything else (``javascript:``, ``data:``, a relative path, control characters) is shown as text.
    """
    if not address or any(ord(c) < 33 or ord(c) == 127 for c in address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme.lower() not in _OUTSIDE:
        return None
    if parts.scheme.lower() != "mailto" and not parts.netloc:
        return None
    return address


def mail_link(address: str | None) -> str | None:
    """A ``mailto:`` link for an e-mail address; None where it does not look like one."""
    if not address or not re.fullmatch(r"[^\s@<>\"'?&]+@[^\s@<>\"'?&]+", address):
        return None
    return f"mailto:{address}"


@dataclass(frozen=True)
class Addresses:
    """All addresses of a site in one language. Each method gives a path from the site's root."""

    language: str

    def _page(self, *parts: str) -> str:
        return "/".join([self.language, *(segment(p) for p in parts), "index.html"])

    def home(self) -> str:
        """The first page."""
        return self._page()

    def about(self) -> str:
        """About, licence, accessibility."""
        return self._page("about")

    def search(self) -> str:
        """The search."""
        return self._page("search")

    def letter(self, letter: str) -> str:
        """Everything under one letter, where there is too much for one page."""
        return self._page("search", "by-letter", letter)

    def glossary(self) -> str:
        """Words and what they mean here."""
        return self._page("glossary")

    def follow(self) -> str:
        """How to be told when something changes."""
        return self._page("follow")

    def accessibility(self) -> str:
        """The accessibility statement."""
        return self._page("accessibility")

    def requests(self) -> str:
        """What readers reported and asked for."""
        return self._page("requests")

    def status(self) -> str:
        """The data team's page (not on the public site)."""
        return self._page("status")

    def data_service(self) -> str:
        """How well the catalogue itself serves."""
        return self._page("data-service")

    def problems(self) -> str:
        """All problems."""
        return self._page("problems")

    def problem(self, problem: str) -> str:
        """One problem."""
        return self._page("problems", problem)

    def packet(self) -> str:
        """The packet for the stat meeting."""
        return self._page("packet")

    def measures(self) -> str:
        """All measures."""
        return self._page("measures")

    def measure(self, measure: str) -> str:
        """One measure."""
        return self._page("measures", measure)

    def products(self) -> str:
        """All products."""
        return self._page("products")

    def product(self, product: str) -> str:
        """One product."""
        return self._page("products", product)

    def practice(self, practice: str, number: int = 1) -> str:
        """The products of one practice; from the second page on with its number."""
        return self._page("products", "practice", practice, *([str(number)] if number > 1 else []))

    def release(self, product: str, version: int) -> str:
        """One release of a product."""
        return self._page("products", product, "releases", str(version))

    def quality_over_time(self, product: str) -> str:
        """How the quality of a product went, release by release."""
        return self._page("quality", product)

    def quality(self, product: str, version: int) -> str:
        """The quality report of a release."""
        return self._page("quality", product, str(version))

    def attempt(self, product: str, number: int) -> str:
        """The quality report of a refused attempt; ``number`` counts this product's refusals from 1."""
        return self._page("quality", product, f"held-{number}")

    def lineages(self, part: str = "") -> str:
        """Where every product comes from; ``part`` names one page of several where there are many."""
        return self._page("lineage", part) if part else self._page("lineage")

    def lineage(self, product: str) -> str:
        """Where a product comes from, step by step."""
        return self._page("lineage", product)

    def sources(self) -> str:
        """All sources."""
        return self._page("sources")

    def source(self, source: str) -> str:
        """One source."""
        return self._page("sources", source)

    def inventory(self, page: int = 1) -> str:
        """Every data set that the tier may know of; no card's key begins like a further page of it."""
        return self._page("inventory") if page == 1 else self._page("inventory", f"_{page}")

    def card(self, key: str) -> str:
        """The inventory card of something above the reader's tier; ``key`` tells nothing of its name."""
        return self._page("inventory", key)

    def data(self, product: str, version: int, file: str) -> str:
        """A released file; the same in every language."""
        return "/".join(["data", segment(product), str(version), *(segment(p) for p in file.split("/"))])

    def service_figures(self) -> str:
        """The figures of the data service as CSV; the same in every language."""
        return "figures/data-service.csv"

    def figures(self, problem: str) -> str:
        """The figures of a problem's chart as CSV; the same in every language."""
        return f"data/problems/{segment(problem)}.csv"

    def measured(self, measure: str) -> str:
        """All figures of a measure as CSV; the same in every language. No product's name is like the folder's."""
        return f"data/by-measure/{segment(measure)}.csv"

    def product_file(self, product: str, file: str) -> str:
        """A file for machines about a product; beside its releases, the same in every language."""
        return f"data/{segment(product)}/{segment(file)}"

    def source_file(self, source: str, file: str) -> str:
        """A file for machines about a source; the same in every language."""
        return f"sources/{segment(source)}/{segment(file)}"

    def feed(self, *of: str) -> str:
        """A feed: the city's, or that of ``("products", id)`` or ``("problems", id)``.

        One in English stands where each stood when all were in English, so that whoever follows it need not move.
        """
        tongue = () if self.language == "en" else (self.language,)
        return "/".join(["feeds", *tongue, *(segment(p) for p in (of or ("all",)))]) + ".xml"

    def machine(self, file: str) -> str:
        """A file for machines at the site's root."""
        return segment(file)


def between(here: str, there: str) -> str:
    """The relative link from the page ``here`` to ``there``, both paths from the site's root."""
    above, parts = here.split("/")[:-1], there.split("/")
    same = 0
    while same < len(above) and same < len(parts) - 1 and above[same] == parts[same]:
        same += 1
    return "../" * (len(above) - same) + "/".join(parts[same:])


def same_page(here: str, language: str) -> str:
    """The page ``here`` in another language."""
    _, _, rest = here.partition("/")
    return f"{language}/{rest}"
