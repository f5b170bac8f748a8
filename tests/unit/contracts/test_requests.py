"""What a city may write of its readers: where they report and ask, what they asked, and never who they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from contracts.city import AccessibilityReview, Readers
from contracts.city_load import load_city
from contracts.errors import InputError
from contracts.model import Text
from contracts.requests import PERSONAL_KEYS, Subjects, read_requests
from tests.unit.catalog.site_world import city

CITY = """\
formatVersion: 1
id: town
name: Town
country: NO
timezone: America/Bogota
languages: [en]
environment: development
publisher: {name: Town Hall, email: data@example.gov}
licence: CC-BY-4.0
"""
REQUESTS = """\
requests:
  - id: 2026-001
    kind: report
    about: {product: districts}
    said: {en: The third district is missing., es: Falta el tercer distrito.}
    asked: 2026-03-02
    status: answered
    answer: It was merged with the fourth in 2019.
    closed: 2026-03-04
  - id: 2026-002
    kind: ask
    about: {wanted: Trees}
    said: A list of all trees.
    asked: 2026-03-05
    status: open
"""


def subjects() -> Subjects:
    town = city()
    return Subjects(town.products, town.sources, town.problems)


def written(folder: Path, old: str = "", new: str = "") -> Path:
    path = folder / "requests.yaml"
    assert old in REQUESTS
    path.write_text(REQUESTS.replace(old, new, 1) if old else REQUESTS, encoding="utf-8")
    return path


def test_no_file_is_no_request(tmp_path: Path) -> None:
    assert read_requests(tmp_path / "requests.yaml", subjects()) == ()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    first, second = read_requests(written(tmp_path), subjects())
    assert (first.about, first.subject, first.title) == ("product", "districts", Text("Districts", {"es": "Distritos"}))
    assert (first.asked, first.closed, first.status) == (date(2026, 3, 2), date(2026, 3, 4), "answered")
    assert first.said.to("es") == "Falta el tercer distrito."
    assert (second.about, second.subject, second.title, second.answer) == ("wanted", "", Text("Trees"), None)


def test_a_card_is_named_by_its_title(tmp_path: Path) -> None:
    (first, _) = read_requests(written(tmp_path, "product: districts", "inventory: Hours of crews"), subjects())
    assert (first.about, first.subject) == ("inventory", "Hours of crews")
    assert first.title.to("es") == "Horas de las cuadrillas"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("product: districts", "product: distrits", "a product that the city does not have.*expected districts"),
        ("product: districts", "problem: districts", "a problem that the city does not have"),
        ("product: districts", "source: nowhere", "a source that the city does not have"),
        ("product: districts", "product: districts, wanted: x", "about one thing.*product, wanted"),
        ("{product: districts}", "{}", "about one thing.*nothing"),
        ("product: districts", "inventory: SECRET hidden product", "an inventory card that nobody is shown"),
        ("id: 2026-002", "id: 2026-001", "an id is used twice"),
        ("id: 2026-001", "id: No One", "id is not as it should be"),
        ("status: open", "status: waiting", "one of open, answered, declined, done"),
        ("status: open", "status: done", "a request that is done lacks its answer"),
        ("    answer: It was merged with the fourth in 2019.\n", "", "a request that is answered lacks its answer"),
        ("    closed: 2026-03-04\n", "", "a request that is answered lacks its closed"),
        ("status: answered", "status: open", "an open request has its end written down"),
        ("closed: 2026-03-04", "closed: 2026-03-01", "closed before it was asked"),
        ("asked: 2026-03-05", "asked: yesterday", "a date such as"),
        ("kind: ask", "kind: beg", "one of report, ask"),
        ("kind: ask", "kind: ask\n    tier: staff", "one of public, internal"),
        ("kind: ask", "kind: ask\n    mood: bad", "unknown key 'mood'"),
        ("A list of all trees.", "Send it to ana.perez@example.org please.", "an e-mail address"),
        ("A list of all trees.", "Call me at +57 (300) 555-0199.", "a telephone number.*300"),
        ("wanted: Trees", "wanted: Trees of ana@example.org", "an e-mail address"),
        ("It was merged with the fourth in 2019.", "Told to 300 555 01 99.", "a telephone number"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_requests(written(tmp_path, old, new), subjects())
    assert "requests.yaml:" in str(caught.value)


@pytest.mark.parametrize("key", sorted(PERSONAL_KEYS))
def test_nothing_may_tell_who_asked(tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError, match="an entry tells who asked"):
        read_requests(written(tmp_path, "kind: ask", f"kind: ask\n    {key}: Ana"), subjects())


@pytest.mark.parametrize(
    "words",
    ["From 2019-01-01 to 2019-12-31.", "The years 2019–2024.", "12,345,678 rows are missing.", "Row 120034 is twice."],
)
def test_dates_and_counts_are_no_telephone_numbers(tmp_path: Path, words: str) -> None:
    found = read_requests(written(tmp_path, "A list of all trees.", words), subjects())
    assert found[1].said.default == words


def town(folder: Path, more: str = "") -> Path:
    (folder / "city.yaml").write_text(CITY + more, encoding="utf-8")
    return folder


def test_a_city_says_where_readers_write(tmp_path: Path) -> None:
    assert load_city(town(tmp_path)).readers == Readers()
    said = "readers:\n  report: mailto:data@example.gov\n  ask: 'https://forms.example.gov/ask?t={title}&r={release}'\n"
    assert load_city(town(tmp_path, said)).readers == Readers(
        "mailto:data@example.gov", "https://forms.example.gov/ask?t={title}&r={release}"
    )


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://forms.example.gov", "the https address of a form"),
        ("javascript:alert(1)", "the https address of a form"),
        ("ftp://example.gov", "the https address of a form"),
        ("https://", "the https address of a form"),
        ("https://user@example.gov/", "the https address of a form"),
        ("https://user:word@example.gov/", "a secret is written out"),
        ("mailto:nobody", "mailto: and one address"),
        ("mailto:a@example.gov?subject=x", "mailto: and one address"),
        ("mailto:a@example.gov,b@example.gov", "mailto: and one address"),
        ("https://example.gov/a b", "the https address of a form"),
        ("https://example.gov/?x={titel}", "asks for something that is not known.*title"),
        ("https://example.gov/{title}", "braces where nothing can be filled in"),
        ("https://example.gov/?x={title", "braces where nothing can be filled in"),
    ],
)
def test_an_address_for_readers_is_a_mail_or_a_form(tmp_path: Path, address: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_city(town(tmp_path, f"readers:\n  report: '{address}'\n"))


def test_a_city_says_when_accessibility_was_looked_at(tmp_path: Path) -> None:
    assert load_city(town(tmp_path)).accessibility is None
    said = "accessibility: {reviewed: 2026-10-12, limits: [{en: Small maps., es: Mapas pequeños.}]}\n"
    found = load_city(town(tmp_path, said)).accessibility
    assert found == AccessibilityReview(date(2026, 10, 12), (Text("Small maps.", {"es": "Mapas pequeños."}),))
    with pytest.raises(InputError, match="the key 'reviewed' is missing"):
        load_city(town(tmp_path, "accessibility: {limits: []}\n"))


def test_the_strategy_is_a_text(tmp_path: Path) -> None:
    assert load_city(town(tmp_path, "strategy: {en: To decide better., es: Para decidir mejor.}\n")).strategy == Text(
        "To decide better.", {"es": "Para decidir mejor."}
    )
