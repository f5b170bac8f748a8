from __future__ import annotations

import pytest

from catalog.site.addresses import Addresses, between, mail_link, outside_link, same_page, segment
from contracts.errors import InputError


@pytest.mark.parametrize(
    ("here", "there", "link"),
    [
        ("index.html", "en/index.html", "en/index.html"),
        ("en/index.html", "en/problems/a/index.html", "problems/a/index.html"),
        ("en/problems/a/index.html", "en/index.html", "../../index.html"),
        ("en/products/p/releases/2/index.html", "data/p/2/data.csv", "../../../../../data/p/2/data.csv"),
        ("en/products/p/index.html", "en/products/p/index.html", "index.html"),
    ],
)
def test_links_are_relative_and_end_in_a_file(here: str, there: str, link: str) -> None:
    assert between(here, there) == link


def test_addresses_are_those_promised() -> None:
    at = Addresses("es")
    assert at.problem("luces") == "es/problems/luces/index.html"
    assert at.release("p", 3) == "es/products/p/releases/3/index.html"
    assert at.quality("p", 3) == "es/quality/p/3/index.html"
    assert at.attempt("p", 1) == "es/quality/p/held-1/index.html"
    assert at.data("p", 3, "data.csv") == "data/p/3/data.csv"
    assert same_page("es/quality/p/3/index.html", "en") == "en/quality/p/3/index.html"


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "a b", "a%2fb", "<b>", "a\n"])
def test_a_name_that_could_leave_its_place_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot stand in an address"):
        segment(name)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        " https://x.example",
        "data:text/html,x",
        "file:///etc/passwd",
        "//host.example/x",
        "/x",
        "http:",
        "https://[broken",
        "",
        None,
    ],
)
def test_anything_but_web_and_mail_is_no_link(address: str | None) -> None:
    assert outside_link(address) is None


def test_web_and_mail_are_links() -> None:
    assert outside_link("https://x.example/a?b=c") == "https://x.example/a?b=c"
    assert outside_link("mailto:a@x.example") == "mailto:a@x.example"
    assert mail_link("a@x.example") == "mailto:a@x.example"


@pytest.mark.parametrize("address", ["a", "a@b@c", "a@x?bcc=b@y", "javascript:a@b c", None, ""])
def test_a_mail_link_holds_one_plain_address(address: str | None) -> None:
    assert mail_link(address) is None
