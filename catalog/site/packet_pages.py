"""The packet for a stat meeting: a page of each site for the day it was made, and a file for any day.

Belongs here: putting the parts of a packet in the order a meeting takes them. Does not belong here: what is due, new or
worth asking (``catalog.packet``), sentences (``packet_words``), what to mind (``packet_caveats``), templates. A public
packet holds what everybody may read, which of the follow-ups may be none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from catalog.answer.certainty import year_before
from catalog.measured import Measured
from catalog.packet.findings import Finding, findings
from catalog.packet.inquiry import chosen, questions
from catalog.packet.register import Register, register_on
from catalog.packet.standing import Standing, stand_on
from catalog.site.addresses import Addresses
from catalog.site.follow_up_rows import FollowUpRow, rows_of, visible_follow_ups
from catalog.site.measure_pages import why_said
from catalog.site.notices import Notice
from catalog.site.packet_caveats import Caveat, caveats, general, troubles
from catalog.site.packet_words import PacketWords, Said, wording_of
from catalog.site.performance_words import Cell, PerformanceWords
from catalog.site.rendering import Page
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing as Status
from contracts.city import Problem
from contracts.measure import PRODUCT, Measure
from contracts.model import Text

MOST_FINDINGS: Final = 40
"""Signals that are listed; of more it is said how many, and the rest stand on the measures' pages."""
MOST_QUESTIONS: Final = 12
"""Lines of inquiry that are listed: a meeting takes up no more."""
MOST_MEASURES: Final = 150
"""Measures that a packet looks at: those that help to answer a question first, by decision date."""


@dataclass(frozen=True)
class FollowUpGroup:
    """Follow-ups under one heading."""

    id: str
    heading: str
    rows: tuple[FollowUpRow, ...]


@dataclass(frozen=True)
class StandingRow:
    """A measure: its newest figure of the whole city, against target, usual range and the year before.

    ``why`` says why there is no figure; the cells are then empty.
    """

    measure: Measure
    period: date | None
    why: str
    figure: Cell
    target: str
    against: Cell
    signal: Cell
    before: Cell


@dataclass(frozen=True)
class StandingGroup:
    """The measures of a problem; those that no problem names have none."""

    problem: Problem | None
    rows: tuple[StandingRow, ...]


@dataclass(frozen=True)
class NewItem:
    """A signal that the newest figure of a series carries."""

    finding: Finding
    place: str
    signal: str
    usual: str
    figure: str


@dataclass(frozen=True)
class FoundSide:
    """The signals on one side, by measure; the measures and their signals stand as they rank."""

    id: str
    status: Status
    measures: tuple[tuple[Measure, tuple[NewItem, ...]], ...]


@dataclass(frozen=True)
class Packet:
    """A packet's parts, in the order of the meeting."""

    day: date
    since: date
    follow_ups: tuple[FollowUpGroup, ...]
    overdue: int
    standing: tuple[StandingGroup, ...]
    more_measures: int
    found: tuple[FoundSide, ...]
    signals: int
    more_items: int
    asked: tuple[Said, ...]
    more_asked: int
    general: tuple[str, ...]
    caveats: tuple[Caveat, ...]
    troubles: tuple[Notice, ...]


def packet_pages(site: Site, speech: Speech) -> Iterator[Page]:
    """The packet for the day of checking."""
    at = Addresses(speech.language)
    page = packet_page(site, speech, site.today)
    trail = ((speech.plain(site.city.name), at.home()), (speech.gettext("Stat packet"), None))
    yield Page(
        page.address, page.template, page.title, summary=page.summary, trail=trail, names=page.names,
        context=page.context,
    )  # fmt: skip


def packet_page(
    site: Site, speech: Speech, day: date, since: date | None = None, template: str = "packet.html"
) -> Page:
    """The packet for a day.

    Args:
        site: One tier's site; releases stand as they do when it is read.
        speech: The language.
        day: The day of the meeting. Months that were not over by then are left out, the register is as it stood.
        since: The day of the last meeting; thirty days before where nobody says.
        template: What it is set in.
    """
    t = speech.gettext
    packet = packet_of(site, speech, day, since)
    return Page(
        address=Addresses(speech.language).packet(),
        template=template,
        title=t("Stat packet for %(day)s") % {"day": speech.long_day(day)},
        summary=t(
            "For the meeting on how the city's measures stand: what was taken on, how the figures stand, what is new,"
            " what to ask, and what to mind."
        ),
        names=tuple(_names(packet)),
        context={"packet": packet, "product": site.catalog.products.get(PRODUCT)},
    )


def packet_of(site: Site, speech: Speech, day: date, since: date | None = None) -> Packet:
    """A packet's parts."""
    register = register_on(visible_follow_ups(site), day, since)
    standings = tuple(_standings(site, speech, day))
    words = PacketWords(site, speech, standings)
    found, asked = findings(standings), questions(standings)
    taken = chosen(asked, MOST_QUESTIONS)
    return Packet(
        day=day,
        since=register.since,
        follow_ups=tuple(_follow_ups(site, register, speech, day)),
        overdue=len(register.overdue),
        standing=tuple(_standing(site, standings, speech)),
        more_measures=len(site.city.measures) - len(standings),
        found=tuple(_sides(found[:MOST_FINDINGS], words, speech)),
        signals=len(found),
        more_items=max(0, len(found) - MOST_FINDINGS),
        asked=tuple(words.ask(q) for q in taken),
        more_asked=len(asked) - len(taken),
        general=tuple(general(site, standings, speech, day)),
        caveats=tuple(caveats(standings, words, speech)),
        troubles=troubles(site, standings, speech),
    )


def _standings(site: Site, speech: Speech, day: date) -> Iterator[Standing]:
    """Every measure: those of problems first, by decision date, then the others; ``MOST_MEASURES`` of them."""
    named = dict.fromkeys(m for problem in site.problems for m in problem.measures)
    known = [name for name in dict.fromkeys([*named, *site.city.measures]) if name in site.city.measures]
    for name in known[:MOST_MEASURES]:
        told = site.measured.get(name) or Measured(site.city.measures[name])
        yield stand_on(told, day, speech.gettext("the whole city"))


# follow-ups ---------------------------------------------------------------------------------


def _follow_ups(site: Site, register: Register, speech: Speech, day: date) -> Iterator[FollowUpGroup]:
    t = speech.gettext
    closed = t("Closed since %(day)s") % {"day": speech.day(register.since)}
    for name, heading, entries in (
        ("overdue", t("Overdue"), register.overdue),
        ("soon", t("Due within thirty days"), register.soon),
        ("later", t("Due later"), register.later),
        ("closed", closed, register.closed),
    ):
        if entries:
            yield FollowUpGroup(name, heading, rows_of(site, entries, speech, day))


# measures -----------------------------------------------------------------------------------


def _standing(site: Site, standings: Sequence[Standing], speech: Speech) -> Iterator[StandingGroup]:
    by_id = {s.measure.id: s for s in standings}
    left = dict(by_id)
    for problem in site.problems:
        rows = tuple(_row(site, left.pop(m), speech) for m in problem.measures if m in left)
        if rows:
            yield StandingGroup(problem, rows)
    if left:
        yield StandingGroup(None, tuple(_row(site, s, speech) for s in left.values()))


def _row(site: Site, standing: Standing, speech: Speech) -> StandingRow:
    measure, city = standing.measure, standing.city
    words = PerformanceWords(measure, wording_of(standing, speech), speech)
    target = words.wording.target() if words.has_target else ""
    if city is None:
        why = why_said(site, measure, standing.told, speech) or _no_city(standing, speech)
        return StandingRow(measure, standing.period, why, _NO_CELL, target, _NO_CELL, _NO_CELL, _NO_CELL)
    return StandingRow(
        measure=measure,
        period=city.months[-1],
        why="",
        figure=words.figure(city),
        target=target,
        against=words.against_target(city),
        signal=words.signal(city),
        before=words.year_before(year_before(measure, standing.of(city)), city),
    )


_NO_CELL: Final = Cell("")


def _no_city(standing: Standing, speech: Speech) -> str:
    """Why the whole city has no figure in the newest month that areas have one for."""
    t = speech.gettext
    gap = getattr(standing.judged, "city_gap", "")
    if gap == "hidden":
        return t("The city's newest figure is not shown: too few cases.")
    if gap == "unreached":
        return t("The city's newest figure cannot be given yet: too many cases are still open.")
    return t("The whole city has no figure for the newest month.")


# what is new --------------------------------------------------------------------------------


def _sides(found: Sequence[Finding], words: PacketWords, speech: Speech) -> Iterator[FoundSide]:
    for side, bad in (("worse", True), ("either", None), ("good", False)):
        by_measure: dict[str, list[Finding]] = {}
        for finding in found:
            if finding.claim.bad is bad:
                by_measure.setdefault(finding.measure.id, []).append(finding)
        if by_measure:
            measures = tuple((f[0].measure, tuple(_new_item(one, words) for one in f)) for f in by_measure.values())
            yield FoundSide(side, speech.words.signal(side), measures)


def _new_item(finding: Finding, words: PacketWords) -> NewItem:
    name = finding.reading.name
    return NewItem(
        finding=finding,
        place=name[:1].upper() + name[1:],
        signal=words.signal(finding),
        usual=words.usual(finding),
        figure=words.figure(finding),
    )


def _names(packet: Packet) -> Iterator[Text]:
    """The texts of the city that a packet's sentences are woven of."""
    for said in packet.asked:
        yield from said.names
    for caveat in packet.caveats:
        yield from (old.why for old in caveat.measure.earlier)
    for side in packet.found:
        yield from (measure.unit for measure, _ in side.measures)
