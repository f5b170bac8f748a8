"""What there is to do, for the data team: products, sources, questions, measures; the most urgent first.

Belongs here: putting what the views say into a list, each thing with why, what to do and a command. Does not belong
here: finding it out (``contracts.condition`` judges, ``catalog.store`` finds), the page (``status_page``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from catalog.site.addresses import Addresses
from catalog.site.problem_pages import items
from catalog.site.review_words import review_todo
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.words import Standing
from catalog.views import ProductView, SourceView
from contracts.condition import Need, holding_up, review_need
from contracts.measure import PRODUCT as MEASURES
from contracts.model import Text


@dataclass(frozen=True)
class Todo:
    """One thing to do: what it is, why, and what to do about it.

    ``need`` is what a product or a source needs by ``contracts.condition``, where it is that; ``is_late`` says that
    newer data is due, whatever else it needs.
    """

    status: Standing
    title: str
    address: str | None
    sentence: str
    command: str = ""
    need: Need | None = None
    advice: str = ""
    is_late: bool = False

    @property
    def calls(self) -> bool:
        """Whether someone must act; the rest may wait."""
        return self.need is not None and self.need.calls


def to_do(site: Site, speech: Speech) -> list[Todo]:
    """Everything to do, the most urgent first."""
    return sorted(
        [
            *_products(site, speech),
            *_reviews(site, speech),
            *_sources(site, speech),
            *_problems(site, speech),
            *_measures(site, speech),
        ],
        key=_urgency,
    )


def _urgency(todo: Todo) -> int:
    return {"poor": 0, "fair": 1}.get(todo.status.tone, 2)


def _products(site: Site, speech: Speech) -> Iterator[Todo]:
    """One thing a product at most; a withdrawn one is told in the table, and is nothing to do."""
    at = Addresses(speech.language)
    t, words = speech.gettext, speech.words
    again, feeding = f"cauce run --city {site.city.id}", _feeding(site)
    for product in site.catalog.products.values():
        need, address = product.need, at.product(product.name)
        late = t("The next release was due %(span)s ago.") % {"span": speech.span(product.late_by or timedelta(0))}
        if need is None or not need.calls:
            continue
        command, sentence = again, late
        if need is Need.HELD and product.held is not None:
            told = [speech.hold_reason(r) for r in product.held.reasons]
            sentence = Markup(" ").join(told) or t("The reason concerns data above this page's tier.")
            sentence += f" {late}" if product.late_by else ""
            address = at.attempt(product.name, product.held.number)
            command = f"cauce audit report {product.name} --city {site.city.id}"
        elif need is Need.LATE and _waits_for(site, product, feeding):
            command = f"cauce source list --city {site.city.id}"
        elif need is Need.NEVER_PUBLISHED:
            sentence = t("No release has been made yet.")
        elif need is Need.CLOSED:
            sentence = t("The release served now holds a column that may no longer be seen here.")
        advice = _late_advice(site, product, feeding, speech) if need is Need.LATE else _advice(need, speech)
        yield Todo(words.state(need.value), speech.say(product.title), address, sentence, command, need, advice,
                   is_late=product.late_by is not None)  # fmt: skip


def _reviews(site: Site, speech: Speech) -> Iterator[Todo]:
    """Products whose privacy reviews are missing, end soon or are over."""
    at = Addresses(speech.language)
    for product in site.catalog.products.values():
        told = review_todo(product.privacy, speech) if product.privacy else None
        need = review_need(product.privacy.state) if product.privacy and product.privacy.state else None
        if told is None or need is None:
            continue
        over = need is Need.REVIEW_OVER
        status = Standing(speech.gettext("Privacy review"), "▲" if over else "◐", "poor" if over else "fair")
        yield Todo(status, speech.say(product.title), f"{at.product(product.name)}#withheld", told[0],
                   f"cauce city check {site.city.id}", need, told[1])  # fmt: skip


Feeding = Mapping[str, list[SourceView]]
"""The sources of each product, by its name."""


def _feeding(site: Site) -> Feeding:
    found: dict[str, list[SourceView]] = {}
    for source in site.catalog.sources.values():
        for name in source.feeds:
            found.setdefault(name, []).append(source)
    return found


def _feeds(feeding: Feeding, product: ProductView) -> list[SourceView] | None:
    """The sources of what is served; None where one of them may not be known here."""
    found = feeding.get(product.name, [])
    inputs = product.current.told_inputs if product.current else 0
    return found if found and len(found) == inputs else None


def _waits_for(site: Site, product: ProductView, feeding: Feeding) -> list[SourceView]:
    """The sources that hold a late product up, of which no run will get more."""
    found = _feeds(feeding, product)
    if found is None or product.current is None:
        return []
    run = next(iter(site.catalog.runs), None)
    whole = run is not None and not run.failed and run.exit_code in (None, 0, 1)
    tried_at = max(product.current.published_at, run.at if run and whole else product.current.published_at)
    names = [f.name for f in holding_up([s.feed for s in found if s.feed], tried_at, site.checked_at)]
    return [source for source in found if source.name in names]


def _late_advice(site: Site, product: ProductView, feeding: Feeding, speech: Speech) -> str:
    """Which sources brought nothing newer, and whom to ask; to run only where a run may bring something."""
    t = speech.gettext
    if _feeds(feeding, product) is None:
        return t("See whether one of its sources is late; if none is, run.")
    waits = _waits_for(site, product, feeding)
    if not waits:
        return t("Run: one of its sources has brought something since, or was not read for long.")
    said = [_brought_nothing(source, speech) for source in waits]
    asked = dict.fromkeys(s.steward or s.owner or site.city.publisher.email for s in waits)
    whom = t("Ask %(owner)s; until something newer comes, a run changes nothing.") % {"owner": ", ".join(asked)}
    return " ".join([*said, whom])


def _brought_nothing(source: SourceView, speech: Speech) -> str:
    """That a source brought nothing newer."""
    t, good, title = speech.gettext, source.newest_accepted, speech.plain(source.title)
    if source.feed is not None and source.feed.is_refused:
        return t("The last file of “%(source)s” was refused.") % {"source": title}
    if source.newest_event is not None:
        day = speech.dated(source.newest_event, source.dating)
        return t("“%(source)s” has sent nothing newer than %(day)s.") % {"source": title, "day": day}
    day = speech.day(good.at) if good else "–"
    return t("“%(source)s” has sent nothing new since %(day)s.") % {"source": title, "day": day}


def _advice(need: Need, speech: Speech) -> str:
    """What to do about a product that is not late."""
    t = speech.gettext
    return {
        Need.HELD: t("Read the report, mend the data or the rule, and run again. What was served before stays served."),
        Need.CLOSED: t("Run again: a release without that column takes its place."),
        Need.NEVER_PUBLISHED: t("Run, and read what holds it back."),
    }.get(need, "")


def _source_advice(source: SourceView, need: Need, speech: Speech) -> str:
    """What to do about a source."""
    t = speech.gettext
    if need is Need.LATE and source.newest_event is not None:
        return t("It was read, and holds nothing newer: ask whoever delivers it.")
    return {
        Need.REFUSED: t("Look at the file, or ask whoever delivers it; then fetch it again."),
        Need.NEVER_FETCHED: t("Run; if nothing comes, look at its address in the contract."),
        Need.LATE: t("Ask whoever delivers it; if it is there, run."),
        Need.SET_ASIDE: t("Export the records with their reasons and send them to whoever delivers them."),
        Need.CHANGED_FORM: t("Compare the file with the contract, and bring one of them in line."),
        Need.CHANGED_CONTENT: t("Look at what it holds now; ask whoever delivers it what changed."),
    }.get(need, "")


def _sources(site: Site, speech: Speech) -> Iterator[Todo]:
    at = Addresses(speech.language)
    for source in site.catalog.sources.values():
        for need in source.needs:
            status, sentence, command = _source_need(source, need, speech)
            title = speech.say(source.title)
            advice = speech.say(Text(source.newest.advice)) if need is Need.REFUSED and source.newest else ""
            yield Todo(status, title, at.source(source.name), sentence, f"{command} --city {site.city.id}", need,
                       advice or _source_advice(source, need, speech), is_late=source.late_by is not None)  # fmt: skip


def _source_need(source: SourceView, need: Need, speech: Speech) -> tuple[Standing, str, str]:
    """How one need of a source is told: its status, its sentence, and its command without the city."""
    t, words, last = speech.gettext, speech.words, source.newest
    if need is Need.REFUSED:
        said = speech.say(Text(last.refusal)) if last else ""
        sentence = said or t("Its last file was refused whole; the reason is above this page's tier.")
        return words.source_state("refused"), sentence, f"cauce source fetch {source.name}"
    if need is Need.NEVER_FETCHED:
        return words.source_state("never retrieved"), t("Nothing has been retrieved yet."), "cauce run"
    if need is Need.LATE:
        command = "cauce source list" if source.newest_event else "cauce run"
        return words.source_state("late"), speech.source_late(source), command
    if need is Need.SET_ASIDE:
        records = source.newest_accepted.quarantined if source.newest_accepted else 0
        sentence = speech.translator.ngettext(
            "%(count)s record waits to be mended.", "%(count)s records wait to be mended.", records
        ) % {"count": speech.num(records)}
        return Standing(t("Set aside"), "◐", "fair"), sentence, f"cauce quarantine export {source.name}"
    if need is Need.CHANGED_CONTENT:
        sentence = t("It changed since the delivery before in a way that chance does not explain.")
        return words.weight("warning"), sentence, f"cauce source profile {source.name}"
    sentence = t("The file has columns that its contract does not know, or lacks some.")
    return Standing(t("Changed form"), "◐", "fair"), sentence, f"cauce contract show {source.name}"


def _problems(site: Site, speech: Speech) -> Iterator[Todo]:
    """Questions that cannot be answered although their product is served."""
    at = Addresses(speech.language)
    t = speech.gettext
    for item in items(site, speech):
        if item.product and item.product.current and item.answer.focus_area is None:
            yield Todo(Standing(t("No answer"), "○", "quiet"), speech.say(item.problem.title),
                       at.problem(item.problem.id), item.answer.sentence)  # fmt: skip


def _measures(site: Site, speech: Speech) -> Iterator[Todo]:
    """Measures without a figure although their product is served, and measures that serve no question."""
    at = Addresses(speech.language)
    t = speech.gettext
    holding = site.catalog.products.get(MEASURES)
    for name, measure in site.city.measures.items():
        newest = site.newest.get(name)
        if holding and holding.current and newest is None:
            yield Todo(Standing(t("No figure"), "○", "quiet"), speech.say(measure.title), at.measure(name),
                       t("The newest release of measures holds no row of it."))  # fmt: skip
        if not site.asking.get(name):
            yield Todo(Standing(t("No question"), "○", "quiet"), speech.say(measure.title), at.measure(name),
                       t("No problem names this measure, so it serves no decision."))  # fmt: skip
