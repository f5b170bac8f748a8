"""What a release was made from, as its pages tell it: the table of inputs, the stages from source to release.

Belongs here: inputs and stages in the page's language, with the pages that they lead to. Does not belong here: reading
a lineage (``catalog.lineage``), its own page (``lineage_pages``), what a tier may know (``catalog.store``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from catalog import lineage
from catalog.kept_releases import LINEAGE
from catalog.lineage import read_graph
from catalog.site.addresses import Addresses
from catalog.site.lineage_pages import place_of, seen_by
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import LandingView, ProductView, ReleaseView, SourceCount, SourceView, instant
from contracts.model import Text


@dataclass(frozen=True)
class Input:
    """One row of the table of inputs: a source's page or card where there is one.

    ``sha256`` is the fingerprint of what was received, told of a source whose records the tier may see: who may not see
    them could try guesses at it.
    """

    title: Text
    address: str | None
    at: datetime | None
    counts: SourceCount
    is_counted: bool = True
    sha256: str | None = None

    @property
    def is_told(self) -> bool:
        """Whether all of it is told; of a source without a count there is nothing to tell."""
        c = self.counts
        return not self.is_counted or None not in (self.at, c.received, c.accepted, c.quarantined, c.rejected)


@dataclass(frozen=True, eq=False)
class Way:
    """How a release was made: its stages in words, and the sources that its lineage names, with their pages.

    Releases that were made the same way share one, so that what is said of it may be kept by it.
    """

    stages: tuple[lineage.Stage, ...]
    sources: tuple[tuple[str, Text, str | None], ...]


class Ways:
    """How the releases of one product were made; mostly each as the one before it, so that every way is told once."""

    def __init__(self, site: Site, product: ProductView, speech: Speech) -> None:
        self._site = site
        self._product = product
        self._speech = speech
        self._told: dict[str, Way] = {}

    def of(self, release: ReleaseView) -> Way:
        """How a release was made; releases of one lineage, known by its digest, were made one way."""
        kept = next((file.sha256 for file in release.manifest.files if file.path == LINEAGE), None)
        if kept is None:
            return self._way(release)
        if kept not in self._told:
            self._told[kept] = self._way(release)
        return self._told[kept]

    def _way(self, release: ReleaseView) -> Way:
        sources = [
            (node.name, *named(self._site, node.name or node.title, self._speech))
            for node in read_graph(release.lineage).of_kind("source")
        ]
        return Way(_stages(self._site, self._product, release, self._speech), tuple(sources))


def inputs(site: Site, release: ReleaseView, way: Way, speech: Speech) -> list[Input]:
    """The table of inputs of a release: those it counts the records of, then the other sources of its lineage.

    What the release's own files leave out is told of the delivery that it was made from, where this site has a page of
    the source, which tells it as well.
    """
    found = []
    for ref in release.manifest.inputs:
        title, address = named(site, ref.name, speech)
        counts = SourceCount(ref.name, ref.received, ref.accepted, ref.quarantined, ref.rejected)
        at = instant(ref.retrieved_at)
        source = next((s for s in site.catalog.sources.values() if _is_called(s, ref.name, site)), None)
        digest = ref.sha256 if source is not None and source.is_open else None
        landing = None if at else delivery_of(site, ref.name, release, counts)
        found.append(
            _of_landing(title, address, landing) if landing else Input(title, address, at, counts, sha256=digest)
        )
    listed = {i.title.default for i in found}
    for name, title, address in way.sources:
        if title.default in listed:
            continue
        counts = SourceCount(name, None, None, None, None)
        landing = delivery_of(site, name, release, counts)
        told = _of_landing(title, address, landing) if landing else None
        found.append(told or Input(title, address, None, counts, is_counted=False))
    return found


def _of_landing(title: Text, address: str | None, landing: LandingView) -> Input:
    numbers = (landing.received, landing.accepted, landing.quarantined, landing.rejected)
    return Input(title, address, landing.at, SourceCount(title.default, *numbers))


def delivery_of(site: Site, name: str, release: ReleaseView, counts: SourceCount) -> LandingView | None:
    """The delivery of a source that a release was made from; None where it cannot be said for sure.

    It is the newest that was accepted before the release was published, and has the records that the release counted.
    Of a source whose deliveries are added up, it is said only by those counts.
    """
    called = next((s.name for s in site.catalog.sources.values() if _is_called(s, name, site)), None)
    if called is None:
        return None
    source = site.catalog.sources[called]
    before = [n for n in source.landings if n.outcome == "accepted" and n.at <= release.published_at]
    if counts.received is None:
        return before[0] if before and source.delivery == "snapshot" else None
    same = [n for n in before if (n.received, n.accepted) == (counts.received, counts.accepted)]
    return same[0] if len(same) == 1 or (same and same[0] is before[0]) else None


def _is_called(source: SourceView, name: str, site: Site) -> bool:
    return name in (source.name, f"{site.city.id}/{source.name}", source.title.default)


def named(site: Site, name: str, speech: Speech) -> tuple[Text, str | None]:
    """A source's title and address by its name, id or inventory title, as far as the tier may know it."""
    at = Addresses(speech.language)
    if name in site.catalog.sources:
        return site.catalog.sources[name].title, at.source(name)
    for source in site.catalog.sources.values():
        if _is_called(source, name, site):
            return source.title, at.source(source.name)
    for card in site.catalog.cards:
        if card.kind == "source" and name == card.title.default:
            return card.title, at.card(card.key)
    return Text(name, {speech.language: name}), None


def _stages(site: Site, product: ProductView, release: ReleaseView, speech: Speech) -> tuple[lineage.Stage, ...]:
    """The stages of a release in the page's language.

    Each step has its title as markup, and who may see its records as far as this site knows it elsewhere.
    """
    stages = lineage.stages(release.lineage, speech.translator)
    said = {s.title: speech.say(place_of(site, speech, product, s)[0]) for stage in stages for s in stage.steps}

    def told(step: lineage.Step) -> lineage.Step:
        made_from = tuple(said.get(title, title) for title in step.made_from)
        return replace(step, title=said[step.title], made_from=made_from, tier=seen_by(site, product, step))

    return tuple(replace(stage, steps=tuple(map(told, stage.steps))) for stage in stages)
