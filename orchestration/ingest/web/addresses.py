"""Web addresses: read strictly, in one spelling, and every numeric address judged before anything connects to it.

Belongs here: what an address may look like, which hosts are never asked, looking a name up once. Does not belong
here: connecting (``transport``), redirects (``client``).

A source's address is written by people outside, and so is what a portal redirects to: both could point at this
machine, at the city's own network, or at the address where cloud machines keep their keys. So an address is taken
apart by one grammar that allows no second reading (no user, no backslash, no control character, no host in another
alphabet, no number in an unusual spelling); a name is looked up once; every address it has is judged; and one of
those very addresses is what is connected to, so that a name that changes its mind changes nothing.

Source: RFC 3986 (syntax); which numeric addresses are judged how: ``reserved``.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import quote

from contracts.errors import InputError, OutsideError
from orchestration.ingest.web.reserved import Number, refusal

LookUp = Callable[[str, int], Sequence[str]]
"""Gives the numeric addresses of a name; raises ``socket.gaierror``."""

PORTS = {"http": 80, "https": 443}
LONGEST = 8192
"""Characters an address may have."""

_GRAMMAR = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*)(?::([0-9]*))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

MIRROR = "if the operator means this host, allow it for one run with --portal NAME=URL."


@dataclass(frozen=True)
class Address:
    """A web address, taken apart. ``target`` is path and query as they are sent; ``number``: the host is numeric."""

    scheme: str
    host: str
    port: int
    target: str
    number: Number | None

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port."""
        host = f"[{self.host}]" if isinstance(self.number, IPv6Address) else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials belong to."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        """The address in its one spelling."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def shown(self) -> str:
        """The address as it may be shown: without its query."""
        return self.url.partition("?")[0]


def parse(url: str, where: str | None = None) -> Address:
    """Take a web address apart.

    Args:
        url: The address.
        where: Where it is written, for the message; the address itself, where not said.

    Raises:
        InputError: It is none, or it can be read in more than one way.
    """

    def refuse(what: str, found: str, expected: str, hint: str | None = None) -> InputError:
        return InputError(what, where=where or printable(url), found=found, expected=expected, hint=hint)

    expected = "an address such as https://data.example.org/requests.csv"
    check_characters(url, where)
    parts = _GRAMMAR.fullmatch(url.strip(" "))
    if parts is None or parts[1].lower() not in PORTS:
        found = f"{parts[1].lower()}://, no web address" if parts else "no address"
        raise refuse("only web addresses are asked", found, "https:// (or http://)")
    scheme, authority = parts[1].lower(), parts[2]
    if "@" in authority:
        raise refuse(
            "a web address carries a user or password",
            "something before an @",
            expected,
            "put the secret in the environment and name it with credential: ${NAME}.",
        )
    host_port = _AUTHORITY.fullmatch(authority)
    port = int(host_port[2][:6]) if host_port and host_port[2] else PORTS[scheme]
    if host_port is None or not 0 < port < 65536:
        raise refuse("a web address has no proper host and port", printable(authority), expected)
    number = _number(host_port[1].lower())
    host = str(number) if number is not None else _name(host_port[1])
    if host is None:
        hint = "write a name in another alphabet in its ASCII form (xn--...)." if not authority.isascii() else None
        raise refuse("a web address has an unusual host", _spelt(host_port[1]), expected, hint)
    target = quote(parts[3] or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts[4] is not None:
        target += "?" + quote(parts[4], safe="/?%:@!$&'()*+,;=~-._")
    return Address(scheme, host, port, target, number)


def check_characters(url: str, where: str | None = None) -> None:
    """Refuse what programs read in different ways: they skip it, or take it for a slash.

    Raises:
        InputError: A control character, a backslash, or too many characters.
    """
    if len(url) > LONGEST:
        raise InputError(
            "a web address is too long",
            where=where or printable(url),
            found=f"{len(url):,} characters",
            expected=f"at most {LONGEST:,}",
        )
    if _UNPRINTABLE.search(url) or "\\" in url:
        raise InputError(
            "a web address can be read in more than one way",
            where=where or printable(url),
            found="a backslash, or a character that nobody sees",
            expected="an address such as https://data.example.org/requests.csv",
        )


def _number(host: str) -> Number | None:
    """A numeric host in its one spelling; None for any other, and for a name."""
    try:
        if host.startswith("["):
            return None if "%" in host else IPv6Address(host[1:-1])
        return IPv4Address(host)
    except ValueError:
        return None


def _name(host: str) -> str | None:
    """A host's name in lower case without the dot at its end; None for what is no name.

    What ends in a number is no name: systems read ``127.1``, ``0x7f.1``, ``2130706433`` and ``0177.0.0.1`` as numeric
    addresses, each in its own way.
    """
    name = host.lower().removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels) or _NUMERIC.fullmatch(labels[-1]):
        return None
    return name


def _spelt(host: str) -> str:
    """A host that is not read, for a message; of a number in another spelling, which it is."""
    try:
        number = IPv4Address(socket.inet_aton(host.lower().rstrip(".")))
    except (OSError, ValueError):
        return printable(host) or "no host"
    what = refusal(number)
    return f"{printable(host)}, which is {number}{f' ({what})' if what else ''}"


def printable(url: str) -> str:
    """An address as it may stand in a message whatever it holds: no query, no user, no character that nobody sees."""
    text = re.split(r"[?#]", url, maxsplit=1)[0]
    head, slashes, rest = text.partition("://")
    authority, slash, path = rest.partition("/") if slashes else ("", "", "")
    text = f"{head}://{authority.rpartition('@')[2]}{slash}{path}" if slashes else head.rpartition("@")[2]
    text = _UNPRINTABLE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)
    return text if len(text) <= 200 else text[:200] + "…"


# Looking up ---------------------------------------------------------------------------------------------------------


def look_up(host: str, port: int) -> Sequence[str]:
    """The numeric addresses of a name, as the system knows them."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def judged(address: Address, allowed: bool, names: LookUp) -> tuple[str, ...]:
    """The numeric addresses that may be connected to, best first; the name is looked up this once.

    Args:
        address: The web address.
        allowed: Whether the operator allowed this host and port: then nothing is judged.
        names: Looks names up.

    Raises:
        InputError: An address is not to be asked.
        OutsideError: The name is unknown, or cannot be looked up just now (``retry``).
    """
    if address.number is not None:
        numbers: tuple[Number, ...] = (address.number,)
    else:
        if not allowed and (address.host == "localhost" or address.host.endswith(".localhost")):
            raise _not_asked(address, "this machine itself")
        numbers = _looked_up(address, names)
    if not allowed:
        for number in numbers:
            what = refusal(number)
            if what is not None:
                raise _not_asked(address, what if address.number is not None else f"a name for {what}")
    return tuple(dict.fromkeys(str(number) for number in numbers))


def _looked_up(address: Address, names: LookUp) -> tuple[Number, ...]:
    try:
        found = names(address.host, address.port)
        numbers = tuple(ip_address(text) for text in found)
    except socket.gaierror as error:
        later = error.errno in (socket.EAI_AGAIN, socket.EAI_SYSTEM)
        raise OutsideError(
            "a web server's name cannot be looked up" if later else "a web server's name is unknown",
            where=address.shown,
            found=error.strerror or "no address",
            hint="look at the network, then run again; the last accepted delivery stays in use."
            if later
            else "look at the address for a misspelling; the last accepted delivery stays in use.",
            retry=later,
        ) from error
    except (ValueError, OSError) as error:
        raise OutsideError(
            "a web server's name cannot be looked up", where=address.shown, found=type(error).__name__
        ) from error
    if not numbers:
        raise OutsideError("a web server's name is unknown", where=address.shown, found="no address")
    return numbers


def _not_asked(address: Address, what: str) -> InputError:
    return InputError(
        "nothing is fetched from this web address",
        where=address.shown,
        found=what,
        expected="a public address",
        hint=MIRROR,
    )
