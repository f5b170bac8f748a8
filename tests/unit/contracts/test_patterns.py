"""What a contract's pattern may be, told without running it."""

from __future__ import annotations

import re
import warnings

import pytest

from contracts.credentials import _is_secret
from contracts.errors import InputError
from contracts.nodes import Node
from contracts.patterns import MAXIMUM_LENGTH, hold_pattern
from contracts.yaml_places import Document


def node(pattern: str) -> Node:
    return Node(Document("f.yaml", {"pattern": pattern}, {("pattern",): (3, 1)}), ("pattern",), pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(a+)+$",
        r"^[0-9]{5}(-[0-9]{4})?$",
        r"\p{L}+",
        r"(?i)yes|no",
        r"a(?i)b",
        r"(?P<name>x)",
        r"(?:a|b)",
        r"[(?=]",
        r"[]\1]",
        r"\\1",
        r"\(\?=",
        r"\++",
        r"a\z",
        r"[[a]",
        r"}+",
        r"\d{2,3}?",
    ],
)
def test_what_re2_has_is_let_through_without_a_word(pattern: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hold_pattern(node(pattern))


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (r"(a)\1", "refers back"),
        (r"(?P<x>a)(?P=x)", "looks around"),
        (r"(?<x>a)\k<x>", "refers back"),
        ("(?=a)", "looks around"),
        ("(?<!a)", "looks around"),
        ("(?>a)", "looks around"),
        ("(a)?(?(1)b|c)", "looks around"),
        ("(?#x)a", "looks around"),
        ("a++", "without giving back"),
        ("a{2,3}+", "without giving back"),
        (r"a\Z", "only Python's"),
        ("a" * (MAXIMUM_LENGTH + 1), "too long"),
        ("(" * 5000, "too long"),
    ],
)
def test_what_re2_has_not_is_refused_at_its_line(pattern: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as caught:
        hold_pattern(node(pattern))
    assert caught.value.where == "f.yaml:3:1" or caught.value.where == "f.yaml:3"
    assert len(caught.value.message) < 400


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    "text",
    ["a" * 400_000, "?" + "token" * 80_000, "eyJ-" * 100_000, "-----BEGIN " * 40_000, "x://" * 100_000, "&a" * 200_000],
)
def test_a_long_text_is_searched_for_secrets_in_time_that_grows_with_it(text: str) -> None:
    """Quadratic, each of these would take minutes and end at this test's own limit."""
    assert not _is_secret("purpose", text)


@pytest.mark.parametrize(
    "text",
    [
        "postgres://me:pw@host/db",
        "HTTPS://me:pw@host/a",
        "https://host/a?x=1&API_KEY=abc",
        "https://host/a?my-token-2=abc",
        "go to eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3.abc",
        "-----BEGIN RSA PRIVATE KEY-----",
        "AKIA" + "A" * 16,
        "xoxb-1234567890",
    ],
)
def test_a_secret_is_still_seen(text: str) -> None:
    assert _is_secret("purpose", text)


def test_what_only_looks_like_one_is_none() -> None:
    for text in ("https://host/a?x=1", "https://host/a?token=${TOKEN}", "https://u:${PASSWORD}@host/a", "a:b@c"):
        assert not _is_secret("purpose", text)
