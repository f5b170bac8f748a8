"""What to mind before a packet's figures are relied on: what is held or late, left out, changed, not foretold.

Belongs here: finding it for a packet, each thing once. Does not belong here: what a series leaves out
(``catalog.packet.gaps``), the words for that (``packet_words``), what is wrong with a product (``notices``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from catalog.answer.outlook import year_of
from catalog.packet.findings import few_left_out, looked_at
from catalog.packet.gaps import gaps_of
from catalog.packet.standing import Standing
from catalog.site.notices import Notice, notices
from catalog.site.packet_words import PacketWords, wording_of
from catalog.site.performance_words import PerformanceWords
from catalog.site.site import Site
from catalog.site.speech import Speech
from contracts.measure import PRODUCT, Measure
from transforms.statistics.reasons import NotComputed

MANY_SERIES: Final = 20
"""With at least so many series looked at, it is said that some signals are chance."""


@dataclass(frozen=True)
class Caveat:
    """What is to be known of a measure before it is relied on."""

    measure: Measure
    sentences: tuple[str, ...]


def general(site: Site, standings: Sequence[Standing], speech: Speech, day: date) -> Iterator[str]:
    """What is to be known of the packet as a whole."""
    t = speech.translator
    product = site.catalog.products.get(PRODUCT)
    release = product.current if product else None
    if release is not None:
        words = {"n": str(release.version), "day": speech.day(release.published_at)}
        if speech.local(release.published_at) > day:
            yield (
                t.gettext(
                    "The figures are those of release %(n)s, published on %(day)s, after the day of this packet:"
                    " months that were over by then are shown as they are known now."
                )
                % words
            )
        else:
            yield t.gettext("The figures are those of release %(n)s, published on %(day)s.") % words
    series, few = looked_at(standings), few_left_out(standings)
    if series >= MANY_SERIES:
        yield t.gettext(
            "%(count)s series were looked at for signals. With so many, some signals are chance: look at the chart"
            " before you ask."
        ) % {"count": speech.num(series)}
    if few:
        yield t.ngettext(
            "%(count)s series was left out of the signals: too few cases stand behind its newest figure to rely on it.",
            "%(count)s series were left out of the signals: too few cases stand behind their newest figures to rely on"
            " them.",
            few,
        ) % {"count": speech.num(few)}


def caveats(standings: Sequence[Standing], words: PacketWords, speech: Speech) -> Iterator[Caveat]:
    """What each measure's figures leave out; nothing of those that leave out nothing."""
    for standing in standings:
        said = words.gaps(gaps_of(standing))
        unforetold = _unforetold(standing, speech)
        if unforetold:
            said.append(unforetold)
        if said:
            yield Caveat(standing.measure, tuple(said))


def _unforetold(standing: Standing, speech: Speech) -> str:
    """Why it cannot be said whether the year will meet the target; empty where it can, or there is no target."""
    measure, city = standing.measure, standing.city
    if city is None or measure.target is None or measure.direction == "none":
        return ""
    year = year_of(standing.measure, standing.of(city))
    if not isinstance(year, NotComputed):
        return ""
    cell = PerformanceWords(measure, wording_of(standing, speech), speech).year(year)
    return speech.gettext("Whether the year will meet the target: %(reason)s") % {"reason": cell.text}


def troubles(site: Site, standings: Sequence[Standing], speech: Speech) -> tuple[Notice, ...]:
    """What is wrong with the products behind the measures, each once."""
    found: dict[tuple[str, str], Notice] = {}
    for standing in standings:
        for notice in notices(site, standing.measure, speech):
            found.setdefault((notice.product.name, notice.said), notice)
    return tuple(found.values())
