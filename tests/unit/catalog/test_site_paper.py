"""On paper a link is a number, and its address stands at the end."""

from __future__ import annotations

import pytest

from catalog.site.paper import LONGEST, MOST, full_address, with_addresses

HERE = "en/products/trees/index.html"
ROOT = "https://data.ribera.example/"


@pytest.mark.parametrize(
    ("href", "said"),
    [
        ("../../problems/shade/index.html", "https://data.ribera.example/en/problems/shade/"),
        ("../../quality/trees/3/index.html#rules", "https://data.ribera.example/en/quality/trees/3/#rules"),
        ("../../../data/trees/3/data.csv", "https://data.ribera.example/data/trees/3/data.csv"),
        ("https://example.org/licence", "https://example.org/licence"),
    ],
)
def test_an_address_is_said_whole(href: str, said: str) -> None:
    assert full_address(href, HERE, ROOT) == said


def test_without_an_address_of_the_site_the_path_is_said() -> None:
    assert full_address("../index.html", HERE, "") == "/en/products/"


def test_each_link_has_the_number_of_its_address() -> None:
    body = (
        '<p><a href="../a/index.html">a</a> <a class="x" href="../b/index.html" download>b</a> '
        '<a href="../a/index.html">again</a></p>'
    )
    said = str(with_addresses(body, HERE, ROOT, "Addresses"))
    assert '<a href="../a/index.html" data-note="1">a</a>' in said
    assert '<a class="x" href="../b/index.html" data-note="2" download>b</a>' in said
    assert '<a href="../a/index.html" data-note="1">again</a>' in said
    assert said.index("<li>https://data.ribera.example/en/products/a/</li>") < said.index("products/b/</li>")
    assert said.count("<li>") == 2


def test_what_a_hand_cannot_follow_is_not_numbered() -> None:
    form = "https://example.org/ask?about=" + "x" * LONGEST
    body = f'<a href="#here">here</a><a href="mailto:a@example.org">mail</a><a href="{form}">form</a>'
    assert str(with_addresses(body, HERE, ROOT, "Addresses")) == body


def test_a_long_list_of_links_is_left_as_it_is() -> None:
    body = "".join(f'<a href="../p{n}/index.html">{n}</a>' for n in range(MOST + 1))
    assert str(with_addresses(body, HERE, ROOT, "Addresses")) == body


def test_the_heading_is_escaped() -> None:
    assert "<script>" not in str(with_addresses('<a href="x/index.html">x</a>', HERE, ROOT, "<script>"))
