"""Portals whose data changes under the reader's hands: columns, rows, pages; and portals that want to be trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.ingest.delivery import Fetched
from orchestration.ingest.landing import latest
from tests.faults.saying import Says
from tests.integration.portal_world import (
    CSV_FILE,
    SHARED,
    SPEAKERS,
    PortalTown,
    Speaker,
    in_full,
    make_portal_town,
    plain,
    quick,
    refusal,
    town,
)
from tests.portals import FilesPortal, changed_column, duplicate_page, rows_added_while_paging
from tests.portals.bad_days import PAGED
from tests.portals.rows import View
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS

__all__ = ["quick", "town"]

pytestmark = [
    pytest.mark.real_data,
    *(pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS),
]

FORMS = ("socrata", "arcgis", "http")
"""Of each form that records come in, one: JSON lines, GeoJSON, CSV."""
TOKEN = "tk-9f27c1d4-canary"


def reshape(speaker: Speaker, view: Callable[[View], View], header: Callable[[bytes], bytes]) -> None:
    """Change the portal's columns for good; of a file, its header."""
    speaker.dataset.reshape(view)
    if isinstance(speaker.portal, FilesPortal):
        head, _, rest = (SHARED / CSV_FILE).read_bytes().partition(b"\n")
        speaker.portal.put("requests.csv", header(head) + b"\n" + rest, speaker.dataset.updated_at)


@pytest.mark.parametrize("town", FORMS, indirect=True)
@pytest.mark.fault(16, "a portal renames a column")
def test_a_renamed_column_is_refused_with_its_likely_new_name(town: PortalTown, says: Says) -> None:
    speaker = town.speaker
    first = town.land()
    name = speaker.names["kind"]
    renamed = name.replace("type", "kind").replace("Type", "Kind").replace("_name", "_label")
    reshape(
        speaker,
        lambda view: view.renamed({name: renamed}),
        lambda head: head.replace(b"Complaint Type", b"Complaint Kind"),
    )
    told = refusal(town)
    assert told is not None
    says(plain(told, speaker), speaker.protocol)
    assert renamed in told
    assert town.stands() == [(first.n, first.raw_sha256)]


@pytest.mark.parametrize("town", FORMS, indirect=True)
@pytest.mark.fault(16, "a portal adds a column, and takes one away")
def test_a_new_column_comes_in_unread_and_a_missing_one_is_refused(town: PortalTown, says: Says) -> None:
    speaker = town.speaker
    first = town.land()
    reshape(speaker, lambda view: view.adding({"ward": "7"}), lambda head: head.rstrip(b"\r") + b",ward")
    if isinstance(speaker.portal, FilesPortal):
        body = speaker.portal.files["requests.csv"].body
        lines = [line + (b",7" if n else b"") for n, line in enumerate(body.splitlines())]
        speaker.portal.put("requests.csv", b"\n".join(lines) + b"\n", speaker.dataset.updated_at)
    second = town.land()
    assert second.outcome == "accepted" and "ward" in second.drift["added"]
    in_full(town, second)
    name = speaker.names["kind"]
    reshape(speaker, lambda view: view.without([name, "ward"]), lambda head: head.replace(b"Complaint Type", b""))
    told = refusal(town)
    assert told is not None
    says(plain(told, speaker), speaker.protocol)
    assert name in told
    assert town.stands() == [(second.n, second.raw_sha256)]
    assert first.n < second.n


@pytest.mark.parametrize("town", PAGED, indirect=True)
@pytest.mark.fault(16, "a portal renames a column between two pages")
def test_a_column_renamed_between_two_pages_never_comes_in_half(town: PortalTown, says: Says) -> None:
    speaker = town.speaker
    first = town.land()
    speaker.touch()
    speaker.portal.forget()
    speaker.portal.misbehave(changed_column(rename={speaker.names["kind"]: "what"}, after=2))
    told = refusal(town)
    if speaker.protocol == "open311":  # it has no list of columns: the records without one are set aside, each told
        landing = latest(town.home, "things")
        assert told is None and landing is not None and "kind.required" in landing.reasons
        return
    assert told is not None
    says(plain(told, speaker), speaker.protocol)
    assert town.stands() == [(first.n, first.raw_sha256)]


@pytest.mark.parametrize("town", PAGED, indirect=True)
@pytest.mark.fault(28, "records come in while a portal is read")
def test_records_that_come_in_while_paging_are_in_and_none_is_lost(town: PortalTown) -> None:
    speaker = town.speaker
    speaker.portal.misbehave(rows_added_while_paging(speaker.dataset, speaker.extra(), after=1))
    landing = town.land()
    speaker.portal.behave()
    if landing.received != len(speaker.dataset.rows):
        assert speaker.protocol == "open311"  # its windows behind it are closed; the next run brings what came late
        landing = town.land()
    in_full(town, landing)


@pytest.mark.parametrize("town", PAGED, indirect=True)
@pytest.mark.fault(28, "a page comes twice")
def test_a_page_that_comes_twice_adds_nothing_and_loses_nothing(town: PortalTown, says: Says) -> None:
    speaker = town.speaker
    first = town.land()
    speaker.touch()
    speaker.portal.forget()
    speaker.portal.misbehave(duplicate_page(after=2))
    told = refusal(town)
    if told is not None:
        says(plain(told, speaker), speaker.protocol)
    assert town.stands() == [(first.n, first.raw_sha256)]
    speaker.portal.behave()
    assert town.land().raw_sha256 == first.raw_sha256


@pytest.fixture(params=list(SPEAKERS))
def guarded(request: pytest.FixtureRequest, tmp_path: Path, quick: None, shared_data: Path) -> Iterator[PortalTown]:
    """A city behind portals that want a token."""
    speaker = SPEAKERS[request.param]()
    speaker.portal.token = TOKEN
    with speaker.portal:
        yield make_portal_town(tmp_path, speaker)


@pytest.mark.fault(30, "a portal wants a token")
def test_a_token_opens_the_portal_and_stands_nowhere(guarded: PortalTown, says: Says) -> None:
    town, speaker = guarded, guarded.speaker
    told = refusal(town)
    assert told is not None
    says(plain(told, speaker), f"{speaker.protocol}, without a token")
    speaker.server = {**speaker.server, "credential": "${PORTAL_TOKEN}"}
    wanting = make_portal_town(town.folder.parent, speaker)
    told = refusal(wanting, secret=lambda _reference: TOKEN[::-1])
    assert told is not None and TOKEN[::-1] not in told
    says(plain(told, speaker), f"{speaker.protocol}, with another token")
    assert isinstance(wanting.bring(secret=lambda _reference: TOKEN), Fetched)
    for path in wanting.home.root.parent.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path


@pytest.mark.fault(29, "a portal's certificate signed itself")
@pytest.mark.parametrize("protocol", list(SPEAKERS))
def test_a_certificate_that_nobody_vouches_for(
    protocol: str, tmp_path: Path, quick: None, shared_data: Path, says: Says
) -> None:
    speaker = SPEAKERS[protocol]()
    speaker.portal.tls = True
    with speaker.portal:
        town = make_portal_town(tmp_path, speaker)
        told = refusal(town)
        assert told is not None and not speaker.portal.asked
        says(plain(told, speaker), protocol)
