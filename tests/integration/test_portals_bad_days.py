"""Portals on a bad day, one after the other, over real records: what the user reads, and that nothing is lost.

Every test runs behind each kind of portal. First the source lands honestly. Then the portal misbehaves: where it
recovers in time, the very same bytes come in; where it does not, the message is told, the last accepted delivery
stays in force with its files whole, and once the portal behaves again, everything comes in as if nothing had been.
"""

from __future__ import annotations

import pytest

from tests.faults.saying import Says
from tests.integration.portal_world import PortalTown, bytes_alone, in_full, plain, quick, refusal, town
from tests.portals import unavailable
from tests.portals.bad_days import PAGED, PASSES, STAYS
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS

__all__ = ["quick", "town"]

pytestmark = [
    pytest.mark.real_data,
    *(pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS),
]


@pytest.mark.fault(28, "a portal that recovers in time")
def test_what_passes_is_waited_for(town: PortalTown) -> None:
    first = town.land()
    in_full(town, first)
    portal = town.speaker.portal
    for name, day in PASSES.items():
        town.speaker.touch()
        portal.forget()
        again = day.make()
        portal.misbehave(again)
        landing = town.land()
        assert (landing.outcome, landing.raw_sha256) == ("unchanged", first.raw_sha256), name
        assert again.struck or name == "no validators" or (not town.speaker.paged and again.after), name
    assert town.stands() == [(first.n, first.raw_sha256)]


@pytest.mark.fault(28, "a portal that does not recover")
def test_what_stays_is_told_and_nothing_is_lost(town: PortalTown, says: Says) -> None:
    speaker = town.speaker
    first = town.land()
    in_full(town, first)
    for name, day in STAYS.items():
        if speaker.protocol not in day.portals:
            continue
        speaker.touch()
        speaker.portal.forget()
        speaker.portal.misbehave(day.make())
        told = refusal(town)
        assert told is not None, f"{name}: it was let in"
        says(plain(told, speaker), f"{speaker.protocol}, {name}")
        assert "Traceback" not in told and "?" not in told, name
        assert town.stands() == [(first.n, first.raw_sha256)], name
    speaker.portal.behave()
    speaker.grow()
    last = town.land()
    if last.received < len(speaker.dataset.rows):
        # GeoReport has no word for a change: windows that were read stand; the next run brings what came late.
        assert speaker.protocol == "open311"
        last = town.land()
    assert last.outcome == "accepted"
    in_full(town, last)


@pytest.mark.parametrize("town", PAGED, indirect=True)
@pytest.mark.fault(28, "a fetch that broke is gone on with at its page")
def test_the_next_run_goes_on_at_the_page_that_broke(town: PortalTown) -> None:
    speaker = town.speaker
    speaker.portal.misbehave(unavailable(after=2))
    assert refusal(town) is not None
    before = {one.target for one in speaker.portal.of_kind("records") if one.status == 200}
    assert len(before) == 2 and town.unfinished()
    speaker.portal.behave()
    speaker.portal.forget()
    landing = town.land()
    in_full(town, landing)
    after = [one.target for one in speaker.portal.of_kind("records")]
    assert not before & set(after) and len(after) == len(set(after))
    assert not town.unfinished()
    assert bytes_alone(town.folder.parent, speaker) == landing.raw_sha256
