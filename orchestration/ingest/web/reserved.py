"""Numeric addresses that nothing is fetched from, and what they are.

Belongs here: the registries. Does not belong here: names, addresses of the web (``addresses``).

Source: IANA IPv4 and IPv6 Special-Purpose Address Registries; RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo),
RFC 5214 (ISATAP), RFC 2765 (translated addresses); the clouds' own pages on instance metadata.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Number = IPv4Address | IPv6Address

_REFUSED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("this machine itself", ("127.0.0.0/8", "::1/128", "0.0.0.0/8", "::/128")),
    (
        "where cloud machines keep their keys",
        (
            *("169.254.169.254/32", "169.254.170.2/32", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32"),
            *("fd00:ec2::/32", "fd20:ce::254/128"),
        ),
    ),
    ("a link-local address", ("169.254.0.0/16", "fe80::/10")),
    (
        "a private network",
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10", "64:ff9b:1::/48"),
    ),
    ("a provider's inner network", ("100.64.0.0/10",)),
    ("a multicast address", ("224.0.0.0/4", "ff00::/8")),
    ("a tunnel to another address", ("2001::/32", "::/96")),
    (
        "a reserved address",
        (
            *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("240.0.0.0/4", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16"),
        ),
    ),
)
"""Networks that are never asked, and what they are. The first row that holds an address names it."""


@lru_cache(maxsize=1)
def _networks() -> tuple[tuple[str, IPv4Network | IPv6Network], ...]:
    return tuple((what, ip_network(text)) for what, texts in _REFUSED for text in texts)


_CARRIED = (
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)
"""Addresses of version 6 that carry one of version 4, and how many bits stand behind it."""
_UNICAST = IPv6Network("2000::/3")
_ISATAP = (0x00005EFE, 0x02005EFE)


def refusal(number: Number) -> str | None:
    """What kind of address it is that is never asked; None for a public one."""
    if isinstance(number, IPv6Address):
        for network, behind in _CARRIED:
            if number in network:
                return refusal(IPv4Address(int(number) >> behind & 0xFFFFFFFF))
    found = next((what for what, network in _networks() if number in network), None)
    if found is not None or isinstance(number, IPv4Address):
        return found
    if int(number) >> 32 & 0xFFFFFFFF in _ISATAP:
        return refusal(IPv4Address(int(number) & 0xFFFFFFFF)) and "a tunnel to another address"
    return None if number in _UNICAST else "a reserved address"
