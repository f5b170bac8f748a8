"""What a city's readers may do and have done: where they report and ask, and ``requests.yaml``.

Belongs here: the words ``readers`` and ``accessibility`` of ``city.yaml``, and the form of ``requests.yaml``. Does not
belong here: who sees an entry (``catalog.site.request_pages``), pages. An entry holds nothing about the person who
asked: no key for a name exists, and a text with an e-mail address or a telephone number is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

from contracts.city import About, AccessibilityReview, Problem, Readers, Request, RequestKind, RequestState
from contracts.credentials import refuse_secrets
from contracts.model import Contract, Text
from contracts.nodes import Node
from contracts.problems import EMAIL
from contracts.tiers import TIERS, is_tier
from contracts.vocabulary import nearest
from contracts.yaml_places import read_yaml

REQUEST_KEYS: Final = ("id", "kind", "about", "said", "asked", "status", "answer", "closed", "tier")
ABOUT_KEYS: Final[tuple[About, ...]] = ("product", "source", "problem", "inventory", "wanted")
PERSONAL_KEYS: Final = frozenset(
    {"by", "from", "name", "reporter", "requester", "email", "mail", "phone", "contact", "person", "who", "address"}
)
"""Keys that would tell who asked: refused with the reason, not as a slip of the pen."""
PLACES: Final = frozenset({"title", "release", "page"})
"""What an address may be filled in with."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")
_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")
_PHONE = re.compile(r"(?<![\w/.-])\+?\(?\d(?:[\s().-]{0,2}\d){6,14}(?![\w/-])")
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}|\d{4}\s*[–-]\s*\d{4}|\d{1,3}(?:[.,\u00a0\u202f]\d{3})+")
_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Subjects:
    """What a request can be about."""

    products: Mapping[str, Contract]
    sources: Mapping[str, Contract]
    problems: Mapping[str, Problem]


# city.yaml ----------------------------------------------------------------------------------


def read_readers(city: Node) -> Readers:
    """Where readers report and ask, of the whole ``city.yaml``.

    Raises:
        InputError: An address that is neither ``https:`` nor ``mailto:``, or asks for something that is not known.
    """
    if not city.has("readers"):
        return Readers()
    node = city.child("readers").mapping(("report", "ask"))
    return Readers(
        report=_reachable(node.child("report")) if node.has("report") else None,
        ask=_reachable(node.child("ask")) if node.has("ask") else None,
    )


def _reachable(node: Node) -> str:
    address = node.text()
    expected = "mailto: and one address, or the https address of a form"
    if address.startswith("mailto:"):
        if not EMAIL.match(address.removeprefix("mailto:")) or re.search(r"[?&,;%\s]", address):
            raise node.wrong(expected)
        return address
    base, _, query = address.partition("?")
    if re.search(r"[\s\"'<>\\`]", address) or not _is_web(base):
        raise node.wrong(expected)
    for place in _PLACE.findall(query):
        if place not in PLACES:
            raise node.refuse(
                "a form's address asks for something that is not known",
                found="{" + place + "}",
                expected=nearest(place, PLACES) or ", ".join("{" + p + "}" for p in sorted(PLACES)),
            )
    if "{" in _PLACE.sub("", query) or "}" in _PLACE.sub("", query) or "{" in base or "}" in base:
        raise node.refuse(
            "a form's address has braces where nothing can be filled in",
            found=address,
            expected="{title}, {release} or {page} after the question mark",
        )
    return address


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        return False


def read_accessibility(node: Node) -> AccessibilityReview:
    """When accessibility was last looked at by people, and what they found.

    Raises:
        InputError: No date, or a limit that is no text.
    """
    node.mapping(("reviewed", "limits"))
    limits = tuple(entry.texts() for entry in node.child("limits").items()) if node.has("limits") else ()
    return AccessibilityReview(node.need("reviewed").day(), limits)


# requests.yaml ------------------------------------------------------------------------------


def read_requests(path: Path, subjects: Subjects) -> tuple[Request, ...]:
    """The entries of ``requests.yaml``, in the order written; none where the file is absent.

    Args:
        path: The file: a mapping with the one key ``requests``.
        subjects: What they can be about.

    Raises:
        InputError: Something that does not exist or may not be told, a state without its answer or its day, an id
            used twice, or anything that tells who asked.
    """
    if not path.is_file():
        return ()
    document = read_yaml(path)
    refuse_secrets(document)
    found: dict[str, Request] = {}
    for entry in Node.root(document).mapping(("requests",)).need("requests").items():
        request = _request(entry, subjects)
        if request.id in found:
            raise entry.child("id").refuse(
                "an id is used twice",
                found=f"{request.id}, also in line {found[request.id].place.line}",
                expected="an id for each entry",
            )
        found[request.id] = request
    return tuple(found.values())


def _request(entry: Node, subjects: Subjects) -> Request:
    for key in entry.value if isinstance(entry.value, dict) else ():
        if key in PERSONAL_KEYS:
            raise entry.child(key).refuse(
                "an entry tells who asked",
                found=str(key),
                expected="nothing about the person: the file is shown to everybody",
                hint="keep names and addresses in the mailbox or the form, under the id of the entry.",
            )
    node = entry.mapping(REQUEST_KEYS)
    if not _ID.match(node.need("id").text()):
        raise node.child("id").wrong("lower-case letters, digits, _ and -")
    about, subject, title = _about(node.need("about").mapping(ABOUT_KEYS), subjects)
    status = cast(RequestState, node.need("status").choice("open", "answered", "declined", "done"))
    asked = node.need("asked").day()
    closed = node.child("closed").day() if node.has("closed") else None
    _hold_state(node, status)
    if closed is not None and closed < asked:
        raise node.child("closed").refuse(
            "a request is closed before it was asked", found=str(closed), expected=f"{asked} or later"
        )
    return Request(
        id=node.need("id").text(),
        kind=cast(RequestKind, node.need("kind").choice("report", "ask")),
        about=about,
        subject=subject,
        title=title,
        said=read_impersonal(node.need("said")),
        asked=asked,
        status=status,
        answer=read_impersonal(node.child("answer")) if node.has("answer") else None,
        closed=closed,
        tier=_tier(node.child("tier")) if node.has("tier") else None,
        place=node.place,
    )


def _hold_state(node: Node, status: RequestState) -> None:
    """What is open has neither an answer's day nor an end; what is not has both."""
    for key in ("answer", "closed"):
        if status == "open" and node.has(key):
            raise node.child(key).refuse(
                "an open request has its end written down", found=key, expected="status: answered, declined or done"
            )
        if status != "open" and not node.has(key):
            raise node.refuse(f"a request that is {status} lacks its {key}", expected=f"{key}: ...")


def _about(node: Node, subjects: Subjects) -> tuple[About, str, Text]:
    written = [key for key in ABOUT_KEYS if node.has(key)]
    if len(written) != 1:
        raise node.refuse(
            "a request is about one thing",
            found=", ".join(written) or "nothing",
            expected=f"one of {', '.join(ABOUT_KEYS)}",
        )
    about = written[0]
    child = node.child(about)
    if about == "wanted":
        words = read_impersonal(child)
        return about, "", words
    name = child.text()
    if about == "inventory":
        return about, name, _carded(child, name, subjects)
    tables: dict[About, Mapping[str, Contract | Problem]] = {
        "product": subjects.products,
        "source": subjects.sources,
        "problem": subjects.problems,
    }
    known = tables[about]
    if name not in known:
        raise child.refuse(
            f"a request is about a {about} that the city does not have",
            found=name,
            expected=nearest(name, known) or f"one of {', '.join(known) or 'none'}",
        )
    return about, name, known[name].title


def _carded(node: Node, title: str, subjects: Subjects) -> Text:
    """The title of a product or source, by its English words; one that may not be told of is not there."""
    contracts = (*subjects.products.values(), *subjects.sources.values())
    titles = {c.title.default: c.title for c in contracts if c.inventory != "hidden"}
    if title not in titles:
        raise node.refuse(
            "a request is about an inventory card that nobody is shown",
            found=title,
            expected=nearest(title, titles) or f"one of {', '.join(sorted(titles)) or 'none'}",
        )
    return titles[title]


def _tier(node: Node) -> str:
    if not is_tier(node.text()):
        raise node.wrong(f"one of {', '.join(TIERS)}")
    return node.text()


def read_impersonal(node: Node, readers: str = "everybody reads") -> Text:
    """A text that names nobody's mailbox or telephone, in any of its languages; ``readers`` says who reads it.

    Raises:
        InputError: It does.
    """
    text = node.texts()
    for words in (text.default, *text.translations.values()):
        for pattern, what in ((_MAIL, "an e-mail address"), (_PHONE, "what looks like a telephone number")):
            found = pattern.search(_DATED.sub(" ", words) if pattern is _PHONE else words)
            if found:
                raise node.refuse(
                    f"a text that {readers} holds {what}",
                    found=found[0],
                    expected="nothing by which a person can be reached or recognised",
                )
    return text
