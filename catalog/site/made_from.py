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
from catalog.views import ProductView, ReleaseView, SourceCount, instant
from contracts.model import Text


@dataclass(frozen=True)
class Input:
    """One row of the table of inputs: a source's page or card where there is one."""

    title: Text
    address: str | None
    at: datetime | None
    counts: SourceCount
    is_counted: bool = True

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
    """The table of inputs of a release: those it counts the records of, then the other sources of its lineage."""
    found = []
    for ref in release.manifest.inputs:
        title, address = named(site, ref.name, speech)
        counts = SourceCount(ref.name, ref.received, ref.accepted, ref.quarantined, ref.rejected)
        found.append(Input(title, address, instant(ref.retrieved_at), counts))
    listed = {i.title.default for i in found}
    for name, title, address in way.sources:
        if title.default not in listed:
            found.append(Input(title, address, None, SourceCount(name, None, None, None, None), is_counted=False))
    return found


def named(site: Site, name: str, speech: Speech) -> tuple[Text, str | None]:
    """A source's title and address by its name, id or inventory title, as far as the tier may know it."""
    at = Addresses(speech.language)
    if name in site.catalog.sources:
        return site.catalog.sources[name].title, at.source(name)
    for source in site.catalog.sources.values():
        if name in (f"{site.city.id}/{source.name}", source.title.default):
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
