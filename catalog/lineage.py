"""Where a release comes from, step by step, for people.

Belongs here: ordering a release's ``lineage.json`` and saying in plain words what each step is.
Does not belong here: working lineage out (``orchestration``), what a tier may see (the file already
holds only that).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from catalog.language import Translator
from contracts.errors import ArtefactError

KINDS = ("source", "staging", "intermediate", "mart", "release")
"""The stages, from what comes in to what goes out."""


@dataclass(frozen=True)
class Step:
    """One step on the way.

    Attributes:
        id: As in the file.
        title: For people.
        name: The table's or source's own name; empty where the reader's tier may not know it.
        kind: One of ``KINDS``.
        tier: Who may see its records.
        made_from: Titles of the steps it reads, in the order of the table.
        opaque: Whether the reader's tier may know no more than the title.
    """

    id: str
    title: str
    name: str
    kind: str
    tier: str
    made_from: tuple[str, ...]
    opaque: bool


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
        ArtefactError: The file lacks a field, an edge names a node that is not there, a kind is not
            known, or the steps go in a circle.
    """
    nodes = _nodes(lineage)
    parents = _parents(lineage, nodes)
    order = _order(parents)
    place = {identifier: i for i, identifier in enumerate(sorted(order, key=lambda n: KINDS.index(nodes[n]["kind"])))}
    found: list[Stage] = []
    for kind in KINDS:
        steps = tuple(
            _step(nodes[n], [nodes[p] for p in sorted(parents[n], key=place.__getitem__)])
            for n in order
            if nodes[n]["kind"] == kind
        )
        if steps:
            heading, sentence = _words(kind, translator)
            found.append(Stage(kind, heading, sentence, steps))
    return tuple(found)


def _nodes(lineage: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    try:
        nodes = {str(n["id"]): n for n in lineage["nodes"]}
        kinds = {str(n["kind"]) for n in nodes.values()}
    except (KeyError, TypeError) as error:
        raise ArtefactError("a lineage lacks a field", where="lineage.json", found=str(error)) from error
    unknown = sorted(kinds - set(KINDS))
    if unknown:
        raise ArtefactError(
            "a lineage has a step of an unknown kind",
            where="lineage.json",
            found=", ".join(unknown),
            expected=", ".join(KINDS),
        )
    return nodes


def _parents(lineage: Mapping[str, Any], nodes: Mapping[str, Any]) -> dict[str, set[str]]:
    parents: dict[str, set[str]] = {n: set() for n in nodes}
    for start, end in lineage.get("edges", ()):
        for name in (start, end):
            if name not in nodes:
                raise ArtefactError(
                    "a lineage leads to a step that is not there", where="lineage.json", found=str(name)
                )
        parents[end].add(start)
    return parents


def _order(parents: Mapping[str, set[str]]) -> list[str]:
    """Every step after those it reads; by id among equals, so that the table is always the same."""
    sorter = TopologicalSorter(parents)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " -> ".join(map(str, error.args[1]))
        raise ArtefactError("a lineage goes in a circle", where="lineage.json", found=circle) from error
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order.extend(ready)
        sorter.done(*ready)
    return order


def _step(node: Mapping[str, Any], parents: list[Mapping[str, Any]]) -> Step:
    name = str(node.get("name") or "")
    return Step(
        id=str(node["id"]),
        title=_title(node),
        name=name,
        kind=str(node["kind"]),
        tier=str(node.get("tier") or ""),
        made_from=tuple(_title(p) for p in parents),
        opaque=not name,
    )


def _title(node: Mapping[str, Any]) -> str:
    return str(node.get("title") or node.get("name") or node["id"])


def _words(kind: str, translator: Translator) -> tuple[str, str]:
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
