"""Follow-ups as pages show them: what was taken on, by whom, how it stands on a day.

Belongs here: which entries a tier's page shows, and their words. Does not belong here: the file
(``contracts.follow_ups``), sorting them for a meeting (``catalog.packet.register``), templates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from catalog.packet.register import SOON, Due
from catalog.site.addresses import Addresses
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from contracts.city import FollowUp
from contracts.follow_ups import readable
from contracts.model import Text


@dataclass(frozen=True)
class About:
    """What an entry is about: a problem or a measure, with its page."""

    title: Text
    address: str


@dataclass(frozen=True)
class FollowUpRow:
    """One entry. ``late`` says by how much it is overdue or when it falls due; empty once it is closed."""

    entry: FollowUp
    status: Standing
    late: str
    about: tuple[About, ...]


def visible_follow_ups(site: Site) -> tuple[FollowUp, ...]:
    """The entries that readers of the site's tier may read."""
    return readable(site.city.follow_ups, site.tier)


def rows_of(site: Site, entries: Sequence[Due | FollowUp], speech: Speech, day: date) -> tuple[FollowUpRow, ...]:
    """Entries as rows, in the order given, as they stand on ``day``."""
    return tuple(_row(site, e.entry if isinstance(e, Due) else e, speech, day) for e in entries)


def _row(site: Site, entry: FollowUp, speech: Speech, day: date) -> FollowUpRow:
    return FollowUpRow(
        entry, _status(entry, speech, day), _late(entry, speech, day), tuple(_about(site, entry, speech))
    )


def _status(entry: FollowUp, speech: Speech, day: date) -> Standing:
    t = speech.translator
    if entry.status == "done":
        return Standing(t.pgettext("status of a follow-up", "Done"), "●", "good")
    if entry.status == "dropped":
        return Standing(t.pgettext("status of a follow-up", "Dropped"), "✕", "quiet")
    if entry.due < day:
        return Standing(t.pgettext("status of a follow-up", "Overdue"), "▲", "poor")
    if entry.due - day <= SOON:
        return Standing(t.pgettext("status of a follow-up", "Due soon"), "◐", "fair")
    return Standing(t.pgettext("status of a follow-up", "Open"), "○", "quiet")


def _late(entry: FollowUp, speech: Speech, day: date) -> str:
    t = speech.translator
    days = (day - entry.due).days
    if entry.status != "open":
        return ""
    if days > 0:
        return t.ngettext("by %(count)s day", "by %(count)s days", days) % {"count": speech.num(days)}
    if days == 0:
        return t.gettext("today")
    return t.ngettext("in %(count)s day", "in %(count)s days", -days) % {"count": speech.num(-days)}


def _about(site: Site, entry: FollowUp, speech: Speech) -> list[About]:
    at = Addresses(speech.language)
    found = []
    if entry.problem is not None and entry.problem in site.city.problems:
        found.append(About(site.city.problems[entry.problem].title, at.problem(entry.problem)))
    if entry.measure is not None and entry.measure in site.city.measures:
        found.append(About(site.city.measures[entry.measure].title, at.measure(entry.measure)))
    return found
