"""A new city's folder, and the one edit that is made in a ``city.yaml``."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.city_load import load_city
from contracts.errors import InputError
from contracts.yaml_places import read_yaml
from orchestration.onboarding import city_skeleton as skeleton
from orchestration.onboarding.city_file import add_portal
from orchestration.onboarding.marks import find_marks
from tests.unit.orchestration.onboarding.drafting import town


def test_a_new_city_loads_and_its_folders_say_what_belongs_there(tmp_path: Path) -> None:
    city = town(tmp_path, name="Villa: Nueva", email=skeleton.NO_ADDRESS)
    assert (city.id, city.name.default, city.minimum_cell) == ("town", "Villa: Nueva", 10)
    assert sorted(p.name for p in city.folder.iterdir() if p.is_dir()) == ["problems", "products", "sources", "staging"]
    assert all((city.folder / name / "README.md").is_file() for name in ("sources", "staging", "products", "problems"))
    assert [mark.text for mark in find_marks(city.folder) if mark.path.name == "city.yaml"] == [
        "the address that answers questions about the data"
    ]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    town(tmp_path)
    with pytest.raises(InputError, match="the folder is there already"):
        town(tmp_path)
    with pytest.raises(InputError, match="there is a city of this id"):
        skeleton.check_id("town", [tmp_path])


@given(st.text(min_size=1, max_size=30).filter(lambda t: t.strip()))
@settings(max_examples=40, deadline=None)
def test_any_name_makes_a_file_that_loads(name: str) -> None:
    new = skeleton.NewCity("town", name, "CO", "America/Bogota", ("en", "es"), name, "a@b.example")
    text = skeleton.city_yaml(new)
    if name.isprintable():
        from contracts.yaml_places import parse_yaml

        assert parse_yaml(text.encode(), "city.yaml").value["name"] == name


@pytest.mark.parametrize("bad", ["Villa Nueva", "1town", "Tówn", "", "a" * 41])
def test_ids(bad: str) -> None:
    with pytest.raises(InputError, match="another form"):
        skeleton.check_id(bad, [])


def test_an_id_is_proposed_for_a_name() -> None:
    with pytest.raises(InputError) as error:
        skeleton.check_id("Villa Nueva", [])
    assert error.value.hint == "cauce city new villa_nueva"


def test_countries_zones_languages_and_addresses() -> None:
    assert skeleton.check_country("co") == "CO"
    with pytest.raises(InputError, match=r"Colombia: CO"):
        skeleton.check_country("Columbia")
    assert skeleton.check_timezone(None, "CO") == "America/Bogota"
    with pytest.raises(InputError, match="several time zones"):
        skeleton.check_timezone(None, "BR")
    with pytest.raises(InputError, match="such as America/Sao_Paulo"):
        skeleton.check_timezone("Sao Paulo", "BR")
    assert skeleton.check_languages(["es", "en"]) == ("es", "en")
    for wrong in (["fr"], ["es", "es"]):
        with pytest.raises(InputError, match="can't be in that language"):
            skeleton.check_languages(wrong)
    with pytest.raises(InputError, match="no e-mail address"):
        skeleton.check_email("nobody")


HEAD = "formatVersion: 1\nid: town   # the id\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD, HEAD + "portals:\n  data: https://x.example\n"),
        (
            HEAD + "portals:\n  # the first\n  one: https://a.example # yes\nlicence: CC0\n",
            HEAD + "portals:\n  # the first\n  one: https://a.example # yes\n  data: https://x.example\nlicence: CC0\n",
        ),
        (
            HEAD + "portals:   # of others\n    one: https://a.example\n",
            HEAD + "portals:   # of others\n    one: https://a.example\n    data: https://x.example\n",
        ),
        (HEAD + "portals: {}\n", HEAD + "portals: {data: https://x.example}\n"),
        (
            HEAD + "portals: {one: https://a.example}\n",
            HEAD + "portals: {one: https://a.example, data: https://x.example}\n",
        ),
        (
            HEAD + "# portals:   # names\n#   open: https://y.example\nx: 1\n",
            HEAD + "portals:\n  data: https://x.example\nx: 1\n",
        ),
        (HEAD + "portals:\n", HEAD + "portals:\n  data: https://x.example\n"),
        (HEAD.replace("\n", "\r\n"), HEAD.replace("\n", "\r\n") + "portals:\r\n  data: https://x.example\r\n"),
    ],
)
def test_a_portal_is_added_and_nothing_else_changes(before: str, after: str, tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_bytes(before.encode())
    assert add_portal(path, "data", "https://x.example")
    assert path.read_bytes().decode().replace('"', "") == after
    assert read_yaml(path).value["portals"]["data"] == "https://x.example"
    written = path.read_bytes()
    assert not add_portal(path, "data", "https://x.example/")
    assert path.read_bytes() == written


def test_a_portal_with_another_address_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(HEAD + "portals:\n  data: https://a.example\n")
    with pytest.raises(InputError, match="another address"):
        add_portal(path, "data", "https://x.example")


def test_a_form_that_cannot_be_edited_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    text = HEAD + "portals: {one: https://a.example,\n  two: https://b.example}\n"
    path.write_text(text)
    with pytest.raises(InputError, match="write the line by hand"):
        add_portal(path, "data", "https://x.example")
    assert path.read_text() == text


def test_the_new_citys_own_file_takes_a_portal(tmp_path: Path) -> None:
    city = town(tmp_path)
    for name in ("one", "two"):
        assert add_portal(city.folder / "city.yaml", name, f"https://{name}.example")
    assert load_city(city.folder).portals == {"one": "https://one.example", "two": "https://two.example"}
