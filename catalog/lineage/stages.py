"""The stages of a release's making, in plain words.

Belongs here: what each stage is called and what happens there. Does not belong here: the graph (``model``), a drawing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.language import Translator
from catalog.lineage.model import KINDS, Graph, Node, read_graph
from contracts.model import EMPTY


@dataclass(frozen=True)
class Step:
    """One step on the way.

    Attributes:
        id: As in the file.
        title: For people, in English.
        name: The table's or source's own name; empty where the reader's tier may not know it.
        kind: One of ``KINDS``.
        tier: Who may see its records.
        made_from: Titles of the steps it reads, in the order of the table.
        opaque: Whether the reader's tier may know no more than the title.
        translations: The title in other languages.
    """

    id: str
    title: str
    name: str
    kind: str
    tier: str
    made_from: tuple[str, ...]
    opaque: bool
    translations: Mapping[str, str] = EMPTY


@dataclass(frozen=True)
class Stage:
    """Steps of one kind, with the kind's heading and a sentence on what happens there."""

    kind: str
    heading: str
    sentence: str
    steps: tuple[Step, ...]


def stages(lineage: Mapping[str, Any], translator: Translator) -> tuple[Stage, ...]:
    """The stages from sources to release that the lineage has, each with its steps in order of making.

    Raises:
        ArtefactError: The file is torn; see ``read_graph``.
    """
    graph = read_graph(lineage)
    found: list[Stage] = []
    for kind in KINDS:
        steps = tuple(_step(graph, node) for node in graph.of_kind(kind))
        if steps:
            heading, sentence = stage_words(kind, translator)
            found.append(Stage(kind, heading, sentence, steps))
    return tuple(found)


def _step(graph: Graph, node: Node) -> Step:
    return Step(
        id=node.id,
        title=node.title,
        name=node.name,
        kind=node.kind,
        tier=node.tier,
        made_from=tuple(parent.title for parent in graph.parents(node.id)),
        opaque=node.opaque,
        translations=node.translations,
    )


def stage_words(kind: str, translator: Translator) -> tuple[str, str]:
    """A stage's heading, and what happens there."""
    t = translator.gettext
    match kind:
        case "source":
            return t("Sources"), t("What arrived, kept as it came and checked at the door.")
        case "staging":
            return t("Same names"), t("The city's own columns, given the names and forms that all cities share.")
        case "intermediate":
            return t("Prepared"), t("Records joined and completed; nothing is left out here without a count.")
        case "mart":
            return t("Tables"), t("The finished tables, with every figure worked out.")
        case _:
            return t("Release"), t("The part of the table that this audience may see, checked and then published.")


def step_word(kind: str, translator: Translator) -> str:
    """What one step of a kind is called, for a drawing's box."""
    t = translator.gettext
    match kind:
        case "source":
            return t("Source")
        case "staging":
            return t("Same names")
        case "intermediate":
            return t("Prepared")
        case "mart":
            return t("Table")
        case _:
            return t("Release")


def manner_word(how: str, translator: Translator) -> str:
    """How a column takes part in another or in a step's records; empty where it is taken over, or nobody says how."""
    t = translator.gettext
    match how:
        case "TRANSFORMATION":
            return t("worked out")
        case "AGGREGATION":
            return t("over several records")
        case "JOIN":
            return t("a link between tables")
        case "GROUP_BY":
            return t("a grouping")
        case "FILTER":
            return t("a selection")
        case "SORT" | "WINDOW":
            return t("an order of records")
        case "CONDITIONAL":
            return t("a condition")
        case _:
            return ""
