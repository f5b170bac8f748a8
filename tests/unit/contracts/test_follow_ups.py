"""What a team may write of its follow-ups: who took on what until when, what became of it, and nobody else's name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from contracts.city import FollowUp
from contracts.city_load import load_city
from contracts.errors import InputError
from contracts.follow_ups import as_of, read_follow_ups, readable
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
FOLLOW_UPS = """\
followUps:
  - id: second-crew
    what: {en: Say what a second crew would cost., es: Decir cuánto costaría otra cuadrilla.}
    owner: {role: {en: Head of crews, es: Jefa de cuadrillas}, name: Inés Vela, email: crews@ribera.example}
    asked: 2026-08-03
    due: 2026-09-07
    status: open
    problem: streetlights
    measure: days
  - id: lamps
    what: Count the lamps.
    owner: {role: Head of stores}
    asked: 2026-08-03
    due: 2026-08-17
    status: done
    response: 412 lamps in store on 2026-08-14.
    closed: 2026-08-15
    tier: public
"""


def read(folder: Path, old: str = "", new: str = "") -> tuple[FollowUp, ...]:
    path = folder / "followups.yaml"
    assert old in FOLLOW_UPS
    path.write_text(FOLLOW_UPS.replace(old, new, 1) if old else FOLLOW_UPS, encoding="utf-8")
    town = city()
    return read_follow_ups(path, town.problems, town.measures)


def test_no_file_is_no_follow_up(tmp_path: Path) -> None:
    assert read_follow_ups(tmp_path / "followups.yaml", {}, {}) == ()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    first, second = read(tmp_path)
    assert (first.id, first.asked, first.due, first.status) == (
        "second-crew", date(2026, 8, 3), date(2026, 9, 7), "open",
    )  # fmt: skip
    assert first.what.to("es") == "Decir cuánto costaría otra cuadrilla."
    assert (first.owner.role.to("es"), first.owner.name, first.owner.email) == (
        "Jefa de cuadrillas", "Inés Vela", "crews@ribera.example",
    )  # fmt: skip
    assert (first.problem, first.measure, first.response, first.closed) == ("streetlights", "days", None, None)
    assert (second.status, second.closed, second.problem, second.measure) == ("done", date(2026, 8, 15), None, None)
    assert second.response is not None
    assert second.response.default == "412 lamps in store on 2026-08-14."


def test_an_entry_is_for_staff_unless_it_says_so(tmp_path: Path) -> None:
    entries = read(tmp_path)
    assert [e.tier for e in entries] == ["internal", "public"]
    assert [e.id for e in readable(entries, "public")] == ["lamps"]
    assert [e.id for e in readable(entries, "internal")] == ["second-crew", "lamps"]
    (secret, _) = read(tmp_path, "measure: days\n", "measure: days\n    tier: confidential\n")
    assert readable((secret,), "internal") == ()
    assert readable((secret,), "restricted") == (secret,)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("problem: streetlights", "problem: streetlight", "names a problem that the city does not have.*streetlights"),
        ("measure: days", "measure: day", "names a measure that the city does not have.*expected days"),
        ("measure: days", "measure: spent", "a follow-up's measure is none of its problem streetlights.*days, opened"),
        ("due: 2026-09-07", "due: 2026-08-02", "is due before it was asked.*2026-08-03 or later"),
        ("closed: 2026-08-15", "closed: 2026-08-02", "is closed before it was asked.*2026-08-03 or later"),
        ("    closed: 2026-08-15\n", "", "a follow-up that is done lacks its closed"),
        ("    response: 412 lamps in store on 2026-08-14.\n", "", "a follow-up that is done lacks its response"),
        ("status: done", "status: open", "an open follow-up has its end written down"),
        ("status: open", "status: waiting", "status is not as it should be.*open, done, dropped"),
        ("id: lamps", "id: second-crew", "an id is used twice.*also in line 2"),
        ("id: lamps", "id: Lamps 1", "id is not as it should be.*lower-case"),
        ("tier: public", "tier: everybody", "tier is not as it should be.*public, internal"),
        ("due: 2026-09-07", "due: soon", "due is not as it should be.*a date"),
        ("role: Head of stores", "name: Joe", "the key 'role' is missing"),
        ("email: crews@ribera.example", "email: crews", "an e-mail address"),
        ("    asked: 2026-08-03\n    due: 2026-08-17", "    due: 2026-08-17", "the key 'asked' is missing"),
        ("what: Count the lamps.", "what: Write back to joe@example.org.", "a meeting reads holds an e-mail address"),
        ("412 lamps in store", "Call 555 012 3456", "a meeting reads holds what looks like a telephone number"),
        ("tier: public", "reporter: Joe", "tells of a person besides its owner.*expected owner"),
        ("tier: public", "owners: Joe", "unknown key 'owners'"),
        ("followUps:", "followups:", "unknown key 'followups'.*expected followUps"),
    ],
)
def test_a_mistake_is_refused_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        read(tmp_path, old, new)
    assert raised.value.where is not None
    assert raised.value.where.startswith(f"{tmp_path / 'followups.yaml'}:")


def test_a_response_may_come_before_the_end(tmp_path: Path) -> None:
    (first, _) = read(tmp_path, "status: open\n", "status: open\n    response: The offer came on Friday.\n")
    assert (first.status, first.closed) == ("open", None)
    assert first.response is not None


def test_the_register_stands_as_it_stood_on_a_day(tmp_path: Path) -> None:
    entries = read(tmp_path)
    assert as_of(entries, date(2026, 8, 2)) == ()
    before = as_of(entries, date(2026, 8, 14))
    assert [(e.id, e.status, e.closed, e.response) for e in before] == [
        ("second-crew", "open", None, None), ("lamps", "open", None, None),
    ]  # fmt: skip
    assert as_of(entries, date(2026, 8, 15)) == entries


def test_a_city_carries_its_register(tmp_path: Path) -> None:
    (tmp_path / "city.yaml").write_text(CITY, encoding="utf-8")
    assert load_city(tmp_path).follow_ups == ()
    second = FOLLOW_UPS[FOLLOW_UPS.index("  - id: lamps") :]
    (tmp_path / "followups.yaml").write_text(f"followUps:\n{second}", encoding="utf-8")
    assert [e.id for e in load_city(tmp_path).follow_ups] == ["lamps"]
