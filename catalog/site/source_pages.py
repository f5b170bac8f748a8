"""A source's page: where it comes from, how its deliveries went, what they hold, what changed.

Belongs here: what that page is handed. Does not belong here: what a tier may know of a source (``catalog.store``,
``catalog.deliveries``), the list of sources (``front_pages``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from catalog import numbers
from catalog.charts import Bar, BarChart, bar_chart
from catalog.charts.bars import Part
from catalog.delivery_views import ShapeColumnView
from catalog.site.addresses import Addresses
from catalog.site.rendering import Page, drawing
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import LandingView, SourceView
from contracts.shapes import Value

MOST_BARS = 24
"""Deliveries in the chart: the newest."""
MOST_LISTED = 60
"""Deliveries in the table: the newest."""
MOST_CHANGED = 6
"""Earlier deliveries whose changes are listed."""


@dataclass(frozen=True)
class Held:
    """A row of the table of what a delivery holds, in the page's language."""

    column: ShapeColumnView
    kind: str
    empty: str
    distinct: str
    values: Markup | str


def source_pages(site: Site, speech: Speech, source: SourceView) -> Iterator[Page]:
    """A source's page."""
    at = Addresses(speech.language)
    t = speech.gettext
    title = speech.plain(source.title)
    chart = _chart(source, speech)
    yield Page(
        address=at.source(source.name),
        template="source.html",
        title=title,
        section="sources",
        summary=source.purpose,
        trail=((t("Sources"), at.sources()), (title, None)),
        names=(source.title,),
        context={
            "source": source,
            "feeds": [site.catalog.products[p] for p in source.feeds],
            "wide_chart": drawing(bar_chart(chart)) if chart else None,
            "narrow_chart": drawing(bar_chart(chart, "narrow")) if chart else None,
            "listed": source.landings[:MOST_LISTED],
            "chart_span": _chart_span(source, speech),
            "charted": min(len(source.landings), MOST_BARS),
            "held": [_held(column, speech) for column in source.shape],
            "came": _came(source.newest, speech),
            "before": _before(source),
            "earlier": [n for n in source.landings[1:] if n.changes][:MOST_CHANGED],
            "rhythm": _rhythm(source, speech),
            "nothing_new_since": nothing_new_since,
        },
    )


def _before(source: SourceView) -> LandingView | None:
    """The delivery that the newest one is set beside: the last accepted one before it; None where there is none."""
    if source.newest is None or source.newest.outcome == "unchanged":
        return None
    return next((landing for landing in source.landings[1:] if landing.outcome == "accepted"), None)


def nothing_new_since(source: SourceView) -> datetime | None:
    """When the last records came, where the source was read again on a later day and held nothing new.

    None where the last file was refused: that one was new.
    """
    good, newest, looked_at = source.newest_accepted, source.newest, source.looked_at
    if good is None or newest is None or newest.outcome == "refused" or looked_at is None:
        return None
    return good.at if looked_at.date() > good.at.date() else None


def _chart(source: SourceView, speech: Speech) -> BarChart | None:
    """What became of the records of each delivery; none for a source with a single one."""
    landings = source.landings[:MOST_BARS][::-1]
    if len(landings) < 2 or not any(landing.received for landing in landings):
        return None
    t = speech.gettext
    every: tuple[tuple[Part, str, str], ...] = (
        ("full", t("Accepted"), "accepted"),
        ("half", t("Set aside"), "quarantined"),
        ("hollow", t("Refused"), "rejected"),
    )
    parts = [part for part in every if any(getattr(landing, part[2]) for landing in landings)]
    return BarChart(
        id="deliveries",
        title=t("What became of the records of each delivery, oldest first"),
        bars=tuple(
            Bar(
                tuple(getattr(n, field) for _, _, field in parts),
                _bar_label(n, parts, speech),
                under=speech.day(n.at),
                above=_kept_back(n, speech),
            )
            for n in landings
        ),
        parts=tuple((part, name) for part, name, _ in parts),
        language=speech.tag,
    )


def _kept_back(landing: LandingView, speech: Speech) -> str:
    """How many records of a delivery were not accepted, for the figure over its bar; empty for none."""
    count = landing.quarantined + landing.rejected
    return f"−{speech.num(count)}" if count else ""


def _chart_span(source: SourceView, speech: Speech) -> str:
    """From the oldest to the newest delivery of the chart."""
    charted = source.landings[:MOST_BARS]
    return f"{speech.day(charted[-1].at)} – {speech.day(charted[0].at)}" if charted else ""


def _bar_label(landing: LandingView, parts: list[tuple[Part, str, str]], speech: Speech) -> str:
    told = [f"{name} {speech.num(count)}" for _, name, field in parts if (count := getattr(landing, field))]
    return f"{speech.day(landing.at)}: {', '.join(told) or speech.num(0)}"


def _came(landing: LandingView | None, speech: Speech) -> str:
    """What the portal said there is, and what came; empty where it said nothing."""
    if landing is None or (landing.declared is None and landing.pages is None and landing.whole):
        return ""
    t, said = speech.gettext, []
    if not landing.whole:
        said.append(t("Only what was new was asked for."))
    if landing.declared is not None:
        told = {"declared": speech.num(landing.declared), "received": speech.num(landing.received)}
        said.append(t("The portal said %(declared)s records; %(received)s came.") % told)
    if landing.pages is not None:
        pages = speech.translator.ngettext("It took %(count)s request.", "It took %(count)s requests.", landing.pages)
        said.append(pages % {"count": speech.num(landing.pages)})
    return " ".join(said)


def _rhythm(source: SourceView, speech: Speech) -> str:
    """How often something new was promised and how often it came; empty for too few deliveries to tell."""
    if source.rhythm is None:
        return ""
    t = speech.gettext
    came = t("Something new came every %(span)s, as a rule.") % {"span": speech.span(source.rhythm)}
    promise = next((one for one in source.promises if one.name == "frequency"), None)
    if promise is None:
        return came
    return t("Promised: %(span)s.") % {"span": speech.words.promised(promise)} + " " + came


def _held(column: ShapeColumnView, speech: Speech) -> Held:
    if column.empty is None:
        empty = numbers.NO_FIGURE
    else:
        empty = (
            numbers.percent(0, speech.tag) if column.empty == 0 else speech.share(round(column.empty * 10_000), 10_000)
        )
    distinct = speech.num(column.distinct)
    return Held(
        column=column,
        kind=speech.words.kind_of_value({"string": "text", "integer": "INT"}.get(column.type, column.type)),
        empty=empty,
        distinct=speech.gettext("at least %(count)s") % {"count": distinct} if column.at_least else distinct,
        values=_values(column, speech),
    )


def _values(column: ShapeColumnView, speech: Speech) -> str:
    """The values there are, with their shares; or the lowest and the highest."""
    t = speech.gettext
    if column.low is not None and column.high is not None:
        ends = {"low": _value(column.low, column.type, speech), "high": _value(column.high, column.type, speech)}
        return t("%(low)s to %(high)s") % ends
    if not column.shares:
        return t("values too rare to be told") if column.rare else ""
    told = [f"{one.value} {_percent(one.share, speech)}" for one in column.shares]
    if column.more:
        more = speech.translator.ngettext("%(count)s more", "%(count)s more", column.more)
        told.append(more % {"count": speech.num(column.more)})
    if column.rare:
        told.append(t("rare values"))
    return ", ".join(told)


def _percent(share: float, speech: Speech) -> str:
    """In whole per cent: a finer share of a known whole would tell how many records are left for the rare ones."""
    if share < 0.01:
        return "< " + numbers.percent(1, speech.tag)
    return numbers.percent(min(100 * share, 99) if share < 1 else 100, speech.tag)


def _value(value: Value, kind: str, speech: Speech) -> str:
    if kind == "timestamp":
        return speech.day(datetime.fromisoformat(str(value)))
    if kind == "date":
        return numbers.day(date.fromisoformat(str(value)), speech.tag)
    number = float(value)
    return speech.figure(number, 0 if number.is_integer() else 4)
