"""The draft of a contract: it loads strictly whatever a portal says, and leaves to a person what is a person's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.city import City
from orchestration.ingest.delivery import DescribedColumn
from orchestration.onboarding.contract_draft import source_name
from orchestration.onboarding.contract_text import contract_text
from tests.unit.orchestration.onboarding.drafting import REQUESTS, draft_of, load_draft, town


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return town(tmp_path_factory.mktemp("towns"))


def test_the_draft_loads_and_every_column_is_restricted(city: City, tmp_path: Path) -> None:
    contract = load_draft(draft_of(city), tmp_path)
    assert contract.id == "town/town_requests"
    assert {c.classification for c in contract.columns} == {"restricted"}
    assert contract.tier == "restricted"
    assert [c.name for c in contract.columns] == list(REQUESTS[0])
    assert contract.primary_key == ("Unique Key",)
    created = contract.object.column("Created Date")
    assert created is not None
    assert created.options["format"] == "MM/dd/yyyy hh:mm:ss a"
    assert created.options["defaultTimezone"] == "America/New_York"
    assert contract.event_time == "Created Date"


def test_what_a_person_must_decide_is_marked(city: City) -> None:
    text = contract_text(draft_of(city))
    for part in ("say what it means", "who may see each column", "say what one record is", "the law", "carry no zone"):
        assert f"TO DO: {part}" in text or f"{part}" in text.split("TO DO: ", 1)[1]
    assert "# looks personal: addresses, in 100 % of the sample" in text
    assert "MADISON" not in text


def test_what_the_portal_says_is_taken_over_in_plain_words(city: City, tmp_path: Path) -> None:
    columns = [DescribedColumn("Agency", "string", title="The agency", description="<p>Who &amp; what</p>")]
    draft = draft_of(
        city,
        columns=columns,
        title="311 <b>Requests</b>",
        description="See https://x.example/a?token=abc123 for more.",
        licence="CC BY 4.0",
        frequency="Daily",
        publisher="Department of IT",
    )
    contract = load_draft(draft, tmp_path)
    agency = contract.object.column("Agency")
    assert agency is not None
    assert (agency.title.default, agency.description.default) == ("The agency", "Who & what")
    assert (contract.title.default, contract.licence_in) == ("311 Requests", "CC BY 4.0")
    assert contract.purpose.default == "See https://x.example/a for more."
    level = contract.service_level("frequency")
    assert level is not None
    assert (level.value, level.unit) == (1, "d")


def test_the_portals_key_is_believed_only_where_the_sample_agrees(city: City, tmp_path: Path) -> None:
    told = [DescribedColumn("Status", "string", key=True)]
    draft = draft_of(city, columns=told)
    assert draft.key is None
    assert "values of the sample repeat" in draft.key_told
    assert "TO DO: which column tells records apart?" in contract_text(draft)
    assert load_draft(draft, tmp_path).primary_key == ()
    sure = draft_of(city, columns=[DescribedColumn("Unique Key", "string", key=True)])
    assert (sure.key, sure.key_told) == ("Unique Key", "the portal says that it tells records apart")


def test_names_that_cannot_be_declared_are_left_out_and_said(city: City, tmp_path: Path) -> None:
    draft = draft_of(city, [{"a": 1, "A": 2, " padded ": "x", "_record": 3, "bad\tname": 4, "": 5}])
    contract = load_draft(draft, tmp_path)
    assert [(c.name, c.source_name) for c in contract.columns] == [("a", "a"), ("padded", " padded ")]
    assert len(draft.left_out) == 4
    assert contract_text(draft).count("# Left out:") == 4


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("311 Service Requests from 2020 to Present", "town_311_service_requests"),
        ("Solicitudes (SUACI) desde 2013", "town_solicitudes"),
        ("Town trees", "town_trees"),
        ("", "town_data"),
        ("情報", "town_data"),
        ("A very long title of a data set that nobody would ever type", "town_a_very_long_title_of_a_data_set"),
    ],
)
def test_a_sources_name_comes_from_its_title(title: str, name: str) -> None:
    assert source_name("town", title) == name
    assert source_name("town", title, frozenset({name})) == f"{name}_2"


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
VALUES = st.one_of(st.none(), TEXTS, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans())


@given(
    st.lists(
        st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=12), VALUES, max_size=5), min_size=1, max_size=6
    ),
    TEXTS,
    TEXTS,
    st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=3),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_draft_loads_whatever_the_portal_sends(
    city: City,
    tmp_path: Path,
    records: list[dict[str, object]],
    title: str,
    description: str,
    told: list[tuple[str, str, str]],
) -> None:
    columns = [DescribedColumn(name, "string", title=label, description=text) for name, label, text in told]
    draft = draft_of(city, records, columns, title=title, description=description, licence=title, publisher=description)
    if draft.columns:
        contract = load_draft(draft, tmp_path)
        assert {c.classification for c in contract.columns} == {"restricted"}
