"""The quality of a product over its releases: each rule's result in each, what was measured, promises kept.

Belongs here: laying out what the reports hold as a table of signs, as series and as promises. Does not belong here:
judging, the page (``quality_pages``), words (``quality_words``). A column of the table is a release or a refused
attempt; each cell leads to the rule in that report.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import pairwise

import msgspec
from markupsafe import Markup

from catalog.site.addresses import Addresses
from catalog.site.quality_words import measured
from catalog.site.speech import Speech
from catalog.site.words import Standing
from catalog.views import ProductView, QualityView, RuleView
from contracts.model import Text
from contracts.service_levels import apart, last_day, length_of

MOST_RELEASES = 12
"""Releases in the table: the newest. Older reports stand at their own addresses for as long as they have a page."""
MOST_ATTEMPTS = 6
"""Refused attempts in the table: the newest of those that came after its oldest release."""
MOST_NAMED = 4
"""Rules named in one sentence."""
MOST_CELLS = 960
"""Cells that a page carries; above that, rules that held each time are told in a sentence each."""


@dataclass(frozen=True)
class Happening:
    """A column of the table: a release, or an attempt that was refused."""

    at: datetime
    label: str
    short: str
    address: str | None
    status: Standing
    quality: QualityView | None
    rows: int | None
    version: int | None = None


class Cell(msgspec.Struct, frozen=True):
    """A rule in one report; ``place`` is where it stands there, 0 where it was not asked."""

    status: Standing | None = None
    place: int = 0


@dataclass(frozen=True)
class Row:
    """A rule over the reports; ``always`` says that it held whenever it was asked."""

    id: str
    text: Text
    cells: tuple[Cell, ...]
    always: bool
    asked: int

    @cached_property
    def statuses(self) -> tuple[Standing | None, ...]:
        """How it came out, report by report."""
        return tuple([cell.status for cell in self.cells])

    @cached_property
    def places(self) -> tuple[int | str, ...]:
        """Where it stands in each report; empty where it was not asked."""
        return tuple([cell.place or "" for cell in self.cells])


@dataclass(frozen=True)
class Measured:
    """A value that a rule measured, report by report; None where it measured none."""

    id: str
    text: Text
    values: tuple[float | None, ...]
    said: tuple[str, ...]
    allowed: str


@dataclass(frozen=True)
class Kept:
    """A promise of the contract: how it stands on the day of checking, and how it was kept until then."""

    name: str
    promised: str
    status: Standing | None
    now: str
    sentence: str


@dataclass(frozen=True)
class History:
    """All of it, the oldest report first."""

    happenings: tuple[Happening, ...]
    uneven: tuple[Row, ...] = ()
    steady: tuple[Row, ...] = ()
    unasked: tuple[Row, ...] = ()
    measured: tuple[Measured, ...] = ()
    legend: tuple[Standing, ...] = field(default=())

    @property
    def shows_steady(self) -> bool:
        """Whether rules that always held have cells of their own."""
        return (len(self.uneven) + len(self.steady)) * len(self.happenings) <= MOST_CELLS


def history_of(product: ProductView, speech: Speech) -> History:
    """The history of a product's rules over its newest releases and refusals."""
    happened = _happenings(product, speech)
    reports = [h.quality for h in happened]
    by_rule = _by_rule(reports)
    rows = [_row(found, speech) for found in by_rule]
    seen: dict[Standing, None] = {}
    for row in rows:
        seen |= dict.fromkeys(cell.status for cell in row.cells if cell.status)
    return History(
        happenings=tuple(happened),
        uneven=tuple(row for row in rows if not row.always),
        steady=tuple(row for row in rows if row.always and row.asked),
        unasked=tuple(row for row in rows if row.always and not row.asked),
        measured=tuple(_measured(happened, by_rule, speech)),
        legend=tuple(seen),
    )


def _happenings(product: ProductView, speech: Speech) -> list[Happening]:
    at = Addresses(speech.language)
    t, words = speech.gettext, speech.words
    releases = product.paged[:MOST_RELEASES]
    since = releases[-1].published_at if releases else None
    attempts = [a for a in product.attempts if since is None or a.at >= since][:MOST_ATTEMPTS]
    found = [
        Happening(
            at=r.published_at,
            label=t("release %(n)s") % {"n": r.version},
            short=speech.num(r.version),
            address=at.quality(product.name, r.version),
            status=words.standing(r.standing),
            quality=r.quality,
            rows=r.manifest.rows,
            version=r.version,
        )
        for r in releases
    ]
    found += [
        Happening(
            at=a.at,
            label=t("refused attempt"),
            short=words.action("refusal").sign,
            address=at.attempt(product.name, a.number),
            status=words.action("refusal"),
            quality=a.quality,
            rows=a.quality.rows if a.quality else None,
        )
        for a in attempts
    ]
    return sorted(found, key=lambda h: (h.at, h.version is None, h.version or 0))


Found = Sequence[tuple[int, RuleView] | None]
"""A rule in each report, with its place there; None where it was not asked."""


def _by_rule(reports: Sequence[QualityView | None]) -> list[Found]:
    """Each rule over all reports, in the order of the newest report that asks it."""
    order: dict[str, None] = {}
    for report in reversed(reports):
        order |= dict.fromkeys(r.id for r in report.rules if r.id not in order) if report else {}
    asked = [{r.id: (n, r) for n, r in enumerate(report.rules, start=1)} if report else {} for report in reports]
    return [[rules.get(name) for rules in asked] for name in order]


def _row(found: Found, speech: Speech) -> Row:
    status = speech.words.result
    newest = next(one[1] for one in reversed(found) if one)
    results = [one[1].result for one in found if one]
    return Row(
        id=newest.id,
        text=newest.text,
        cells=tuple([Cell(status(one[1].result), one[0]) if one else Cell() for one in found]),
        always={"passed", "not applicable"}.issuperset(results),
        asked=len(results) - results.count("not applicable"),
    )


def _measured(happened: Sequence[Happening], by_rule: Sequence[Found], speech: Speech) -> Iterable[Measured]:
    """Values that differ from report to report: the number of rows, and what rules measured."""
    rows = tuple(float(h.rows) if h.rows is not None else None for h in happened)
    counted = tuple("" if v is None else speech.num(v) for v in rows)
    if _moves(counted):
        yield Measured("", Text(""), rows, counted, "")
    for found in by_rule:
        values = tuple([one[1].value if one else None for one in found])
        newest = next(one[1] for one in reversed(found) if one)
        if len(set(values) - {None}) < 2:
            continue
        said = tuple("" if v is None else measured(newest.asks, v, speech.words) for v in values)
        if newest.kind == "row_count" or not _moves(said):
            continue
        allowed = speech.words.threshold(newest.threshold) if newest.threshold else ""
        yield Measured(newest.id, newest.text, values, said, allowed)


def _moves(said: Sequence[str]) -> bool:
    """Whether a reader would see a difference."""
    return len(set(said) - {""}) > 1


def since_before(quality: QualityView, before: QualityView | None, speech: Speech) -> list[Markup]:
    """What came out otherwise than in the report before: rules that stopped holding, hold again, came or went."""
    if before is None:
        return []
    t = speech.translator
    now, then = quality.held, before.held
    both = now.keys() & then.keys()
    worse = [name for name in both if then[name] and not now[name]]
    better = [name for name in both if now[name] and not then[name]]
    new, gone = now.keys() - then.keys(), then.keys() - now.keys()
    told: tuple[tuple[Collection[str], QualityView, str], ...] = (
        (worse, quality, t.ngettext("%(count)s rule stopped holding: %(rules)s",
                                    "%(count)s rules stopped holding: %(rules)s", len(worse))),
        (better, quality, t.ngettext("%(count)s rule holds again: %(rules)s",
                                     "%(count)s rules hold again: %(rules)s", len(better))),
        (new, quality, t.ngettext("%(count)s rule is asked for the first time: %(rules)s",
                                  "%(count)s rules are asked for the first time: %(rules)s", len(new))),
        (gone, before, t.ngettext("%(count)s rule is no longer asked: %(rules)s",
                                  "%(count)s rules are no longer asked: %(rules)s", len(gone))),
    )  # fmt: skip
    said = [
        Markup(sentence) % {"count": speech.num(len(names)), "rules": _rules_named(names, report, speech)}  # noqa: S704
        for names, report, sentence in told
        if names
    ]
    return said or [Markup(t.gettext("Every rule came out as before."))]  # noqa: S704 - our own words


def _rules_named(names: Collection[str], report: QualityView, speech: Speech) -> Markup:
    """Some rules by their sentences, in the report's order, each in quotes; many are cut."""
    asked = [_without_stop(r.text) if r.text else Text(r.id) for r in report.rules if r.id in names]
    more = len(asked) - MOST_NAMED
    quoted = Markup(speech.gettext("“%(rule)s”"))  # noqa: S704 - our own words
    said = Markup("; ").join(quoted % {"rule": speech.say(rule)} for rule in asked[:MOST_NAMED])
    if more <= 0:
        return said + "."
    rest = speech.translator.ngettext("%(rules)s; and %(count)s more.", "%(rules)s; and %(count)s more.", more)
    return Markup(rest) % {"rules": said, "count": speech.num(more)}  # noqa: S704 - our own words


def _without_stop(text: Text) -> Text:
    return Text(text.default.rstrip("."), {k: said.rstrip(".") for k, said in text.translations.items()})


def promises_kept(product: ProductView, speech: Speech, today: date) -> list[Kept]:
    """Each service level of the contract: how it stands on ``today``, the day of checking, and how it was kept."""
    stated = speech.gettext("Stated; releases do not measure it.")
    return [
        Kept(
            speech.words.promise(promise.name),
            speech.words.promised(promise),
            *(_KEPT[promise.name](product, speech, today) if promise.name in _KEPT else (None, "", stated)),
        )
        for promise in product.promises
    ]


def _renewed(product: ProductView, speech: Speech, today: date) -> tuple[Standing | None, str, str]:
    """Whether the next release is late, and the longest time between two, which may be more than is promised."""
    del today  # how late it is was told at the time of checking
    t = speech.gettext
    status, now = None, ""
    if product.next_due and not product.tombstone:
        due = {"day": speech.day(product.next_due), "span": speech.span(product.late_by or timedelta(0))}
        now = (t("Was due on %(day)s, %(span)s ago.") if product.late_by else t("Next due on %(day)s.")) % due
        status = speech.words.state("late") if product.late_by else Standing(t("On time"), "●", "good")
        now += f" {speech.due_note(product)}" if product.was_late_when_published else ""
    times = sorted(r.published_at for r in product.paged)
    if not times:
        return status, now, t("Nothing has been released yet.")
    gaps = list(pairwise(times))
    if not gaps:
        return status, now, t("Released once, on %(day)s.") % {"day": speech.day(times[0])}
    widest = max(gaps, key=lambda gap: gap[1] - gap[0])
    said = t("The longest time between two releases was %(span)s.") % {"span": speech.between(*widest)}
    promise = product.promise("frequency")
    promised = length_of(promise.value, promise.unit) if promise else None
    longer = sum(apart(*gap, speech.city.timezone) > promised for gap in gaps) if promised else 0
    if not longer:
        return status, now, said
    if status is not None and not product.late_by:
        status = Standing(t("Not always kept"), "◐", "fair")
    pattern = speech.translator.ngettext(
        "Longer than promised: %(count)s of %(all)s time.",
        "Longer than promised: %(count)s of %(all)s times.",
        len(gaps),
    )
    return status, now, said + " " + pattern % {"count": speech.num(longer), "all": speech.num(len(gaps))}


def _recent(product: ProductView, speech: Speech, today: date) -> tuple[Standing | None, str, str]:
    """How old the newest data is on the day of checking, and in how many releases it was as recent as promised."""
    status, now = _age_now(product, speech, today)
    asked = [(r, rule) for r in product.paged if (rule := r.quality.freshness) is not None]
    if not asked:
        return status, now, speech.gettext("No release has measured it.")
    kept = sum(rule.result == "passed" for _, rule in asked)
    t = speech.translator
    said = t.ngettext(
        "When published, as recent as promised in %(kept)s of %(all)s release.",
        "When published, as recent as promised in %(kept)s of %(all)s releases.",
        len(asked),
    ) % {"kept": speech.num(kept), "all": speech.num(len(asked))}
    then = asked[0][0].quality.age(speech.city.timezone)
    if then is not None:
        said += " " + t.gettext("In the newest, the data was %(age)s old.") % {"age": speech.age(then)}
    return status, now, said


def _age_now(product: ProductView, speech: Speech, today: date) -> tuple[Standing | None, str]:
    """Whether the newest data is as recent as promised, and how old it is.

    A day of checking has no hour: of what is promised within less than a day, nothing is said between two runs.
    """
    current, promise = product.current, product.promise("latency")
    promised = length_of(promise.value, promise.unit) if promise else None
    if current is None or current.data_to is None or promised is None or product.tombstone:
        return None, ""
    t = speech.gettext
    reached = last_day(current.data_to, current.dating, current.as_of, speech.city.timezone)
    days = max(timedelta(days=(today - reached).days), timedelta())
    said = t("%(age)s old: from %(reached)s to %(today)s.") % {
        "age": speech.age(days),
        "reached": speech.day(reached),
        "today": speech.day(today),
    }
    if promised < timedelta(days=1) and not days:
        return None, said
    return Standing(t("Kept"), "●", "good") if days <= promised else Standing(t("Not kept"), "◐", "fair"), said


Telling = tuple[Standing | None, str, str]
"""How a promise stands now, what is found now, and how it was kept."""

_KEPT: Mapping[str, Callable[[ProductView, Speech, date], Telling]] = {
    "frequency": _renewed,
    "latency": _recent,
}
