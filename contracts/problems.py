"""Reading a city's problems: what it must answer, and for whom.

Belongs here: the form of ``problems/*.yaml``, and that what they name exists and may be seen. Does not belong here:
answering (``catalog.answer``), what people have ruled (``decisions``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from contracts.city import Decision, DecisionRecord, Followed, Person, Problem
from contracts.credentials import refuse_secrets
from contracts.formulas import Ground
from contracts.measure import Measure
from contracts.model import Contract, Text
from contracts.nodes import Node
from contracts.vocabulary import nearest
from contracts.yaml_places import read_yaml

PROBLEM_KEYS: Final = (
    *("id", "practice", "title", "question", "why", "decision", "users", "owner", "products", "measures"),
    *("notSaid", "reviewDate", "decided"),
)
PRACTICES: Final = ("performance", "evaluation", "procurement", "data_service")
EMAIL: Final = re.compile(r"[^@\s]+@(?:[^@\s.]+\.)+[^@\s.]+\Z")
_ID = re.compile(r"[a-z][a-z0-9_]*\Z")


def read_problem(path: Path, ground: Ground, measures: Mapping[str, Measure]) -> Problem:
    """One problem.

    Args:
        path: The file.
        ground: The products the city has, and why it lacks the others.
        measures: The city's measures.

    Raises:
        InputError: No users, no owner, a product or a measure that does not exist or is off.
    """
    document = read_yaml(path)
    refuse_secrets(document)
    node = Node.root(document).mapping(PROBLEM_KEYS)
    identity = read_id(node.need("id"))
    if path.stem != identity:
        raise node.child("id").refuse(
            "a problem's file is named like its id", found=path.name, expected=f"{identity}.yaml"
        )
    users = tuple(entry.texts() for entry in node.need("users").items())
    if not users:
        raise node.child("users").refuse(
            "a problem without users serves nobody", found="an empty list", expected="at least one group of people"
        )
    named = tuple(_product(entry, ground.products, ground.unavailable) for entry in node.need("products").items())
    if not named:
        raise node.child("products").refuse("a problem without products has no data", expected="at least one product")
    asked = _measures(node.child("measures"), measures) if node.has("measures") else ()
    return Problem(
        id=identity,
        practice=node.need("practice").choice(*PRACTICES),
        title=node.need("title").texts(),
        question=node.need("question").texts(),
        why=node.need("why").texts(),
        decision=_decision(node.need("decision").mapping(("what", "who", "when"))),
        users=users,
        owner=_owner(node.need("owner").mapping(("role", "name", "email"))),
        products=named,
        measure=measures[asked[0]].reading() if asked else None,
        not_said=node.need("notSaid").texts(),
        review_date=node.need("reviewDate").day(),
        place=node.place,
        measures=asked,
        decided=_decided(node.child("decided"), ground.products) if node.has("decided") else (),
    )


def read_id(node: Node) -> str:
    """An id of ours: lower case, digits, underscores.

    Raises:
        InputError: It is not.
    """
    if not _ID.match(node.text()):
        raise node.wrong("lower-case letters, digits and underscores, beginning with a letter")
    return node.text()


def read_email(node: Node) -> str:
    """An e-mail address.

    Raises:
        InputError: It is not.
    """
    if not EMAIL.match(node.text()):
        raise node.wrong("an e-mail address")
    return node.text()


def _product(node: Node, products: Mapping[str, Contract], unavailable: Mapping[str, Text]) -> str:
    name = node.text()
    if name in unavailable:
        raise node.refuse(
            f"the product {name} is not available in this city",
            found=unavailable[name].default,
            expected=f"one of {', '.join(products) or 'none'}",
            hint="take it out of the problem, or add what the city lacks: the staging model of that entity.",
        )
    if name not in products:
        close = nearest(name, products)
        raise node.refuse(
            "a problem names a product that does not exist",
            found=name,
            expected=close or f"one of {', '.join(products) or 'none'}",
        )
    return name


def _decision(node: Node) -> Decision:
    return Decision(node.need("what").texts(), node.need("who").texts(), node.need("when").day())


def _owner(node: Node) -> Person:
    return Person(
        node.need("role").texts(),
        node.child("name").text() if node.has("name") else None,
        read_email(node.child("email")) if node.has("email") else None,
    )


def _decided(node: Node, products: Mapping[str, Contract]) -> tuple[DecisionRecord, ...]:
    """The decisions taken so far, the newest first."""
    found = []
    for entry in node.items():
        entry.mapping(("what", "by", "on", "release", "after"))
        release = entry.need("release").mapping(("product", "version"))
        product = release.need("product").text()
        if product not in products:
            raise release.child("product").refuse(
                "a decision rests on a product that does not exist",
                found=product,
                expected=nearest(product, products) or f"one of {', '.join(products) or 'none'}",
            )
        version = release.need("version")
        if isinstance(version.value, bool) or not isinstance(version.value, int) or version.value < 1:
            raise version.wrong("the number of a release, such as 3")
        taken = entry.need("on").day()
        found.append(
            DecisionRecord(
                what=entry.need("what").texts(),
                by=entry.need("by").texts(),
                on=taken,
                product=product,
                version=version.value,
                after=_after(entry.child("after"), taken) if entry.has("after") else (),
            )
        )
    return tuple(sorted(found, key=lambda record: record.on, reverse=True))


def _after(node: Node, taken: date) -> tuple[Followed, ...]:
    found = []
    for entry in node.items():
        entry.mapping(("on", "what"))
        seen = entry.need("on").day()
        if seen < taken:
            raise entry.child("on").refuse(
                "what changed after a decision was seen before it", found=str(seen), expected=f"{taken} or later"
            )
        found.append(Followed(seen, entry.need("what").texts()))
    return tuple(sorted(found, key=lambda followed: followed.on))


def _measures(node: Node, measures: Mapping[str, Measure]) -> tuple[str, ...]:
    """The ids of the measures that answer the question; the first is the one the page opens with."""
    found: list[str] = []
    for entry in node.items():
        name = entry.text()
        if name not in measures:
            raise entry.refuse(
                "a problem names a measure that does not exist",
                found=name,
                expected=nearest(name, measures) or f"one of {', '.join(measures) or 'none'}",
                hint=f"a measure is a file of its own: measures/{name}.yaml",
            )
        if name in found:
            raise entry.refuse("a problem names a measure twice", found=name, expected="each once")
        found.append(name)
    if not found:
        raise node.wrong("at least one measure, or no key where there is none yet")
    return tuple(found)
