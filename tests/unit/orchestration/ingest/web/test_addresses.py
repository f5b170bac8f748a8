"""Web addresses: one reading, every spelling of an inner address refused, every address of a name judged."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import InputError, OutsideError
from orchestration.ingest.web.addresses import LookUp, judged, parse, printable
from orchestration.ingest.web.reserved import refusal

INNER = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "168.63.129.16"),
)
PUBLIC = (
    "8.8.8.8",
    "151.101.2.132",
    "172.15.255.255",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.0",
    "223.255.255.255",
)


def nobody(_host: str, _port: int) -> Sequence[str]:
    raise AssertionError("a numeric address was looked up")


def says(*numbers: str) -> tuple[list[str], LookUp]:
    asked: list[str] = []

    def names(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return numbers

    return asked, names


@pytest.mark.parametrize("number", INNER)
def test_inner_addresses_are_refused(number: str) -> None:
    with pytest.raises(InputError, match="nothing is fetched from"):
        judged(parse(f"https://{number}/x"), False, nobody)


@pytest.mark.parametrize("number", PUBLIC)
def test_public_addresses_are_asked(number: str) -> None:
    assert judged(parse(f"https://{number}/x"), False, nobody) == (number,)


@pytest.mark.parametrize(
    "host",
    [
        *("[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]"),
        *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "[::8.8.8.8]"),
        *("[64:ff9b::7f00:1]", "[64:ff9b:1::808:808]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:4136::1]"),
        *("[2607:f8b0::5efe:10.0.0.1]", "[100::1]", "[4000::1]", "[3fff::1]", "[5f00::1]"),
    ],
)
def test_inner_addresses_of_version_6_are_refused(host: str) -> None:
    with pytest.raises(InputError, match="nothing is fetched from"):
        judged(parse(f"https://{host}/x"), False, nobody)


@pytest.mark.parametrize(
    "host", ["[2606:4700::6810:84e5]", "[::ffff:8.8.8.8]", "[64:ff9b::808:808]", "[2002:808:808::1]"]
)
def test_public_addresses_of_version_6_are_asked(host: str) -> None:
    assert judged(parse(f"https://{host}/x"), False, nobody)


def spellings(number: IPv4Address) -> st.SearchStrategy[str]:
    """Every way in which systems read a numeric address of version 4, but for four decimals."""
    a, b, c, d = number.packed
    groups = ((int(number),), (a, int(number) & 0xFFFFFF), (a, b, c << 8 | d), (a, b, c, d))
    forms = ("{}".format, "0x{:x}".format, "0X{:X}".format, "0{:o}".format, "000{:o}".format)

    def written(part: int) -> st.SearchStrategy[str]:
        return st.sampled_from([form(part) for form in forms])

    def spell(parts: tuple[int, ...]) -> st.SearchStrategy[str]:
        return st.tuples(*map(written, parts)).map(".".join)

    dots = st.sampled_from(["", "."])
    return st.tuples(st.sampled_from(groups).flatmap(spell), dots).map("".join).filter(lambda s: s != str(number))


@given(st.sampled_from(INNER).map(IPv4Address).flatmap(spellings))
def test_no_other_spelling_of_an_inner_address_is_read(host: str) -> None:
    with pytest.raises(InputError):
        judged(parse(f"https://{host}/x"), False, nobody)


@given(st.ip_addresses(v=4))
def test_an_address_of_version_4_is_judged_alike_within_one_of_version_6(number: IPv4Address) -> None:
    within = (f"::ffff:{number}", f"64:ff9b::{number}", str(IPv6Address(0x2002 << 112 | int(number) << 80)))
    assert {refusal(ip_address(text)) for text in within} == {refusal(number)}


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_never_asked(number: IPv4Address | IPv6Address) -> None:
    inner = number.is_private or number.is_loopback or number.is_link_local or number.is_multicast
    carries = isinstance(number, IPv6Address) and (number.ipv4_mapped or number.sixtofour)
    if (inner or number.is_reserved or number.is_unspecified) and not carries:
        nat64 = isinstance(number, IPv6Address) and number.packed.startswith(bytes.fromhex("0064ff9b0000000000000000"))
        assert refusal(number) or nat64


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "a.localhost", "Foo.LocalHost."])
def test_localhost_is_not_even_looked_up(host: str) -> None:
    with pytest.raises(InputError, match="this machine itself"):
        judged(parse(f"https://{host}/"), False, nobody)


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://data.example.org/x", "gopher://data.example.org/", "/etc/passwd", "", "https:"),
        *("https://", "https:///x", "https://:443/x", "https://data.example.org:0/", "https://data.example.org:65536/"),
        *("https://data.example.org:80:90/", "https://data.example.org:8x/", "https://[::1/", "https://::1/"),
        *("https://user@data.example.org/", "https://user:pw@data.example.org/", "https://data.example.org@127.0.0.1/"),
        *("https://data.example.org\\@127.0.0.1/", "https:\\\\data.example.org\\x", "https://data.example.org\\x"),
        *("https://data.example.org/\r\nHost: x", "https://data.exa\tmple.org/", "https://data.example.org/\x00"),
        *("https://data..example.org/", "https://.example.org/", "https://example.org../", "https://-a.example.org/"),
        *("https://datos.españa.es/", "https://１２７.0.0.1/", "https://127。0。0。1/", "https://ⓛocalhost/"),
        *(
            "https://data.example.org%2f@x/",
            "https://%31%32%37.0.0.1/",
            "https://[fe80::1%25eth0]/",
            "https://[::1%25lo]/",
        ),
        *("https://\u200bdata.example.org/", "https://data.example.org/\u202etxt", f"https://{'a' * 64}.org/"),
        *(
            f"https://{'a.' * 130}org/",
            f"https://data.example.org/{'a' * 9_000}",
            "https://exa mple.org/",
            "https://1.2.3/",
        ),
        *("https://256.1.1.1/", "https://1.2.3.4.5/", "https://0x/", "https://example.0x1/", "https://[127.0.0.1]/"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(InputError) as told:
        parse(url)
    assert "pw@" not in told.value.message


@pytest.mark.parametrize(
    ("url", "one_spelling"),
    [
        ("HTTPS://Data.Example.ORG", "https://data.example.org/"),
        ("https://data.example.org.:443/a?b=c#d", "https://data.example.org/a?b=c"),
        ("http://data.example.org:80/", "http://data.example.org/"),
        ("http://data.example.org:443/", "http://data.example.org:443/"),
        ("https://data.example.org?x=1", "https://data.example.org/?x=1"),
        (
            "https://data.example.org/año 2026/ä.csv?q=ñ ü",
            "https://data.example.org/a%C3%B1o%202026/%C3%A4.csv?q=%C3%B1%20%C3%BC",
        ),
        ("https://data.example.org/a%20b%2Fc", "https://data.example.org/a%20b%2Fc"),
        ("https://xn--datos-espaa-beb.es/", "https://xn--datos-espaa-beb.es/"),
        ("https://[2606:4700:0::1]:8443/", "https://[2606:4700::1]:8443/"),
    ],
)
def test_an_address_has_one_spelling(url: str, one_spelling: str) -> None:
    assert parse(url).url == one_spelling
    assert parse(one_spelling).url == one_spelling


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://data.example.org/{text}"):
        try:
            address = parse(url)
        except InputError:
            continue
        assert parse(address.url) == address
        assert address.url.isascii()
        assert not set(address.host) & set("@/\\%?# ")


def test_every_address_of_a_name_is_judged() -> None:
    asked, names = says("151.101.2.132", "10.0.0.1")
    with pytest.raises(InputError, match="a name for a private network"):
        judged(parse("https://data.example.org/"), False, names)
    assert asked == ["data.example.org"]


def test_addresses_come_in_the_order_of_the_system() -> None:
    _, names = says("2606:4700::1", "151.101.2.132", "2606:4700::1")
    assert judged(parse("https://data.example.org/"), False, names) == ("2606:4700::1", "151.101.2.132")


def test_an_allowed_host_may_be_anywhere() -> None:
    _, names = says("10.0.0.1")
    assert judged(parse("http://mirror.internal/"), True, names) == ("10.0.0.1",)


@pytest.mark.parametrize(("number", "later"), [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)])
def test_a_name_that_is_not_found(number: int, later: bool) -> None:
    def names(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(number, "said by the system")

    with pytest.raises(OutsideError) as told:
        judged(parse("https://data.example.org/x?token=abc"), False, names)
    assert told.value.retry is later
    assert "abc" not in told.value.message


def test_a_message_never_shows_query_user_or_what_nobody_sees() -> None:
    assert printable("https://me:secret@h.org/a\x1b[31m?token=abc#x") == "https://h.org/a\\u001b[31m"
    assert printable("me:secret@h.org") == "h.org"
    assert len(printable("https://h.org/" + "a" * 5_000)) < 210
