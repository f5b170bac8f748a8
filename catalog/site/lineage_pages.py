"""Pages of lineage: where one product comes from, from a figure's column to a source's address; and all of them.

Belongs here: what those pages are handed, and what each step leads to. Does not belong here: the graph and its drawing
(``catalog.lineage``), what a tier may know of it (``catalog.store``), the list of all (``lineage_overview``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from catalog.lineage import ColumnEdge, Graph, Node, RecordEdge, read_graph
from catalog.lineage.drawing import MOST_NARROW, Label, Picture, draw, legend_forms
from catalog.lineage.stages import manner_word, stage_words, step_word
from catalog.site.addresses import Addresses, between
from catalog.site.rendering import Page, drawing
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.site.ways_back import told_ways
from catalog.views import ProductView, ReleaseView, SourceView, instant
from contracts.model import Text
from contracts.tiers import LEAST_RESTRICTIVE


@dataclass(frozen=True)
class MadeFrom:
    """Columns of one of the steps before, that a column is made from or depends on in the same manner.

    ``said`` is that manner in words, and the registered step in between; empty where it is taken over as it is.
    """

    columns: tuple[str, ...]
    row: Row
    said: str


@dataclass(frozen=True)
class Column:
    """A column of a step: what its value is made from, and what only decides it; empty where nobody worked it out."""

    name: str
    made_from: tuple[MadeFrom, ...] = ()
    decided_by: tuple[MadeFrom, ...] = ()

    @property
    def is_taken_over(self) -> bool:
        """Whether it is a column of one step before, of the same name, as it is."""
        only = self.made_from[0] if len(self.made_from) == 1 and not self.decided_by else None
        return only is not None and only.columns == (self.name,) and not only.said


@dataclass(frozen=True)
class Row:
    """One step, as the table and the drawing both say it.

    Attributes:
        anchor: Its id on the page.
        node: The step.
        title: For people, in the city's languages where they are known.
        word: What a step of its kind is called.
        address: Its own page: a source's, a product's, a release's, a card's; None for none.
        made_from: The steps it reads.
        columns: Its columns; None where they were not kept.
        decided_by: What decides which records it has.
        source: The source, where it is one that the tier may see.
        tier: Who may see its records, as far as this site knows it.
    """

    anchor: str
    node: Node
    title: Text
    word: str
    address: str | None
    made_from: tuple[Row, ...]
    columns: tuple[Column, ...] | None
    source: SourceView | None
    tier: str = ""
    decided_by: tuple[MadeFrom, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Whether its title is all that is told, here or on a page of its own."""
        return self.node.opaque and self.source is None


def lineage_pages(site: Site, speech: Speech, product: ProductView) -> Iterator[Page]:
    """The page of where a product comes from."""
    at = Addresses(speech.language)
    t = speech.gettext
    title = speech.plain(product.title)
    heading = t("Where it comes from: %(title)s") % {"title": title}
    yield Page(
        address=at.lineage(product.name),
        template="lineage.html",
        title=heading,
        section="products",
        summary=t("Every step from the source's address to the figure, and what each is made from."),
        trail=((t("Products"), at.products()), (title, at.product(product.name)), (t("Where it comes from"), None)),
        names=(product.title,),
        context=_context(site, speech, product),
    )


def _context(site: Site, speech: Speech, product: ProductView) -> dict[str, Any]:
    release = product.current
    graph = read_graph(release.lineage) if release else Graph((), ())
    rows = _rows(site, speech, product, graph)
    picture = _picture(speech, product, graph, rows)
    return {
        "product": product,
        "release": release,
        "rows": [(stage_words(kind, speech.translator), found) for kind, found in _by_stage(rows)],
        "sources": [(row, _retrieved(release, row)) for row in rows if row.node.kind == "source"],
        "closed": sum(row.is_closed for row in rows),
        "steps": {row.node.id: row for row in rows},
        **told_ways(site, product, graph),
        "inner": sum(row.node.kind in ("staging", "intermediate") for row in rows),
        "marts": [row for row in rows if row.node.kind == "mart"],
        "wide": drawing(draw(picture, "wide")) if rows else "",
        "narrow": drawing(draw(picture, "narrow")) if 0 < len(rows) <= MOST_NARROW else "",
        "forms": {kind: drawing(form) for kind, form in legend_forms().items()},
        "has_columns": graph.column_edges is not None,
    }


def _rows(site: Site, speech: Speech, product: ProductView, graph: Graph) -> tuple[Row, ...]:
    """The graph's nodes as rows, in the order of making."""
    rows: dict[str, Row] = {}
    for number, node in enumerate(graph.nodes, start=1):
        title, address, source = place_of(site, speech, product, node)
        rows[node.id] = Row(
            anchor=f"step-{number}",
            node=node,
            title=title,
            word=step_word(node.kind, speech.translator),
            address=address,
            made_from=tuple(rows[p.id] for p in graph.parents(node.id) if p.id in rows),
            columns=None,
            source=source,
            tier=seen_by(site, product, node),
        )
    parts = _parts(graph, rows, speech)
    return tuple(
        replace(
            row, columns=_columns(site, product, row, parts), decided_by=parts.get((row.node.id, "", "condition"), ())
        )
        for row in rows.values()
    )


def _parts(graph: Graph, rows: Mapping[str, Row], speech: Speech) -> dict[tuple[str, str, str], tuple[MadeFrom, ...]]:
    """What takes part, by step, column (none for the step's records) and "value" or "condition"."""
    edges: list[tuple[str, str, str, ColumnEdge | RecordEdge]] = [
        (*edge.end, edge.by, edge) for edge in graph.column_edges or ()
    ]
    edges += [(edge.end, "", "condition", edge) for edge in graph.record_edges]
    found: dict[tuple[str, str, str], dict[tuple[str, str], list[str]]] = {}
    for node, column, by, edge in edges:
        said = "; ".join(word for word in (manner_word(edge.how, speech.translator), edge.step) if word)
        named = found.setdefault((node, column, by), {}).setdefault((edge.start[0], said), [])
        if edge.start[1] not in named:
            named.append(edge.start[1])
    return {
        end: tuple(MadeFrom(tuple(columns), rows[start], said) for (start, said), columns in parts.items())
        for end, parts in found.items()
    }


class _Made(Protocol):
    """A step, as a graph or a list of stages holds it."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def opaque(self) -> bool: ...
    @property
    def translations(self) -> Mapping[str, str]: ...


def seen_by(site: Site, product: ProductView, step: _Made) -> str:
    """Who may see a step's records; empty where this site may not know.

    A kept lineage tells a release as the lowest of its renditions; what is shown here is this site's own. It tells a
    source above the tier by its title alone; where that source has a page here, its page says who may see it.
    """
    if step.kind == "release":
        return product.rendition
    if step.tier or step.kind != "source":
        return step.tier
    known = site.catalog.sources.values()
    return next((s.tier for s in known if not step.name and s.title.default == step.title), "")


def place_of(
    site: Site, speech: Speech, product: ProductView, node: _Made
) -> tuple[Text, str | None, SourceView | None]:
    """A step's title in the city's languages, the page it leads to, and the source that it is."""
    at = Addresses(speech.language)
    catalog = site.catalog
    written = Text(node.title, node.translations)
    if node.kind == "source":
        source = catalog.sources.get(node.name) or next(
            (s for s in catalog.sources.values() if node.opaque and s.title.default == node.title), None
        )
        if source is not None:
            return source.title, at.source(source.name), source
    elif node.kind == "release" and product.current is not None:
        return product.title, at.release(product.name, product.current.version), None
    elif node.kind == "mart":
        other = catalog.products.get(node.name) or next(
            (p for p in catalog.products.values() if node.opaque and p.title.default == node.title), None
        )
        if other is not None:
            return other.title, at.product(other.name), None
    kind = "source" if node.kind == "source" else "product"
    card = next((c for c in catalog.cards if node.opaque and (c.kind, c.title.default) == (kind, node.title)), None)
    return (card.title, at.card(card.key), None) if card else (written, None, None)


def _columns(
    site: Site, product: ProductView, row: Row, parts: Mapping[tuple[str, str, str], tuple[MadeFrom, ...]]
) -> tuple[Column, ...] | None:
    """A step's columns: as its release kept them, otherwise as the contract in force tells them."""
    node = row.node
    names = node.columns
    if names is None and node.kind == "release" and product.current is not None:
        names = tuple(c.name for c in product.current.manifest.columns)
    elif names is None and row.source is not None and row.source.is_open:
        names = tuple(c.name for c in row.source.columns)
    elif names is None and node.kind == "mart" and node.name in site.catalog.products:
        names = tuple(c.name for c in site.catalog.products[node.name].columns)
    if names is None:
        return None
    return tuple(
        Column(name, parts.get((node.id, name, "value"), ()), parts.get((node.id, name, "condition"), ()))
        for name in names
    )


def _by_stage(rows: tuple[Row, ...]) -> list[tuple[str, tuple[Row, ...]]]:
    kinds = dict.fromkeys(row.node.kind for row in rows)
    return [(kind, tuple(row for row in rows if row.node.kind == kind)) for kind in kinds]


def _retrieved(release: ReleaseView | None, row: Row) -> Any:
    """When a source was read for a release; None where the tier may not know."""
    for given in release.manifest.inputs if release else ():
        if row.node.name and given.name.rpartition("/")[2] == row.node.name:
            return instant(given.retrieved_at)
    return None


def _picture(speech: Speech, product: ProductView, graph: Graph, rows: tuple[Row, ...]) -> Picture:
    t = speech.gettext
    here = Addresses(speech.language).lineage(product.name)
    return Picture(
        id="way",
        title=t("The steps from the sources to the release"),
        text=t("Each box is a step and each arrow leads to what is made from it. The table below says the same."),
        labels=tuple(
            Label(
                id=row.node.id,
                kind=row.node.kind,
                word=boxed_word(row.word, row.tier, speech),
                title=speech.plain(row.title),
                link=between(here, row.address) if row.address else f"#{row.anchor}",
                tier=row.tier,
                language=spoken_in(row.title, speech),
            )
            for row in rows
        ),
        edges=graph.edges,
    )


def boxed_word(word: str, tier: str, speech: Speech) -> str:
    """What stands over a box's title: the step's kind, and who may see it where that is not everybody."""
    if not tier:
        closed = speech.gettext("not open")
        return f"{word} · {closed}"
    return word if tier == LEAST_RESTRICTIVE else f"{word} · {speech.words.tier(tier)}"


def spoken_in(text: Text, speech: Speech) -> str:
    """The language a text falls back to; empty where it is said in the page's own."""
    return speech.other(text) or ""
