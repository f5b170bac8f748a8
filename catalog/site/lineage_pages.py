"""Pages of lineage: where one product comes from, from a figure's column to a source's address; and all of them.

Belongs here: what those pages are handed, and what each step leads to. Does not belong here: the graph and its drawing
(``catalog.lineage``), what a tier may know of it (``catalog.store``), the list of all (``lineage_overview``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from catalog.lineage import Graph, Node, read_graph
from catalog.lineage.drawing import MOST_NARROW, Label, Picture, draw, legend_forms
from catalog.lineage.stages import stage_words, step_word
from catalog.site.addresses import Addresses, between
from catalog.site.rendering import Page, drawing
from catalog.site.site import Site
from catalog.site.speech import Speech
from catalog.views import ProductView, ReleaseView, SourceView, instant
from contracts.city import Problem, ProblemMeasure
from contracts.model import Text
from contracts.tiers import LEAST_RESTRICTIVE


@dataclass(frozen=True)
class MadeFrom:
    """A column of one of the steps before, that a column is made from or depends on."""

    column: str
    row: Row
    by: str
    step: str


@dataclass(frozen=True)
class Column:
    """A column of a step; ``made_from`` is empty where nobody has worked out what it is made from."""

    name: str
    made_from: tuple[MadeFrom, ...] = ()


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

    @property
    def is_closed(self) -> bool:
        """Whether its title is all that is told, here or on a page of its own."""
        return self.node.opaque and self.source is None


@dataclass(frozen=True)
class Figure:
    """A problem's figure that is a column of the product.

    ``columns`` are the columns it is made from, by step from the release back; empty where nobody has worked that out.
    """

    problem: Problem
    measure: ProblemMeasure
    columns: tuple[tuple[Row, tuple[str, ...]], ...]


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
        "figures": _figures(site, product, graph, rows),
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
    return tuple(Row(**{**row.__dict__, "columns": _columns(site, product, graph, row, rows)}) for row in rows.values())


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
    written = Text(node.title)
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
    site: Site, product: ProductView, graph: Graph, row: Row, rows: dict[str, Row]
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
        Column(
            name,
            tuple(
                MadeFrom(edge.start[1], rows[edge.start[0]], edge.by, edge.step)
                for edge in graph.column_edges or ()
                if edge.end == (node.id, name)
            ),
        )
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
    written = speech.base == "en" or speech.language in text.translations or speech.base in text.translations
    spoken = speech.language if written else "en"
    return "" if spoken.partition("-")[0] == speech.interface.partition("-")[0] else spoken


# from a figure back to its sources


def _figures(site: Site, product: ProductView, graph: Graph, rows: tuple[Row, ...]) -> list[Figure]:
    """The figures of problems that are columns of this product, as far as the tier may see them."""
    seen = {column.name for column in product.columns}
    found = []
    for problem in site.problems:
        measure = problem.measure
        if measure is None or measure.product != product.name or measure.value not in seen:
            continue
        leading = _leading(graph, measure.value)
        back = tuple((row, leading[row.node.id]) for row in reversed(rows) if row.node.id in leading)
        found.append(Figure(problem, measure, back))
    return found


def _leading(graph: Graph, column: str) -> dict[str, tuple[str, ...]]:
    """By step, the columns that a release's column is made from; empty where no release kept column edges."""
    ends = [(node.id, column) for node in graph.of_kind("release") if column in (node.columns or ())]
    edges = [edge for end in ends for edge in graph.upstream(end)]
    if not edges:
        return {}
    found: dict[str, dict[str, None]] = {end[0]: {end[1]: None} for end in ends}
    for edge in edges:
        found.setdefault(edge.start[0], {})[edge.start[1]] = None
    return {node: tuple(columns) for node, columns in found.items()}
