"""Reading a city's problems: what it must answer, and for whom.

Belongs here: the form of ``problems/*.yaml``, and that what they name exists and may be seen. Does not belong here:
answering (``catalog.answer``), what people have ruled (``decisions``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from contracts.city import BetterSide, Decision, Person, Problem, ProblemMeasure
from contracts.credentials import refuse_secrets
from contracts.model import Contract, Text
from contracts.nodes import Node, shown
from contracts.tiers import lowest, visible
from contracts.vocabulary import nearest
from contracts.yaml_places import read_yaml

PROBLEM_KEYS: Final = (
    *("id", "practice", "title", "question", "why", "decision", "users", "owner", "products", "measure"),
    *("notSaid", "reviewDate"),
)
MEASURE_KEYS: Final = (
    *("id", "title", "product", "value", "n", "period", "area", "areaName", "unit", "direction", "target"),
    *("where", "phrase"),
)
PRACTICES: Final = ("performance", "evaluation", "procurement", "data_service")
EMAIL: Final = re.compile(r"[^@\s]+@(?:[^@\s.]+\.)+[^@\s.]+\Z")
_PLACES = re.compile(r"\{([^{}]*)\}")
_ID = re.compile(r"[a-z][a-z0-9_]*\Z")
_NUMBERS = ("integer", "number")
_VALUES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "date": (str,),
    "timestamp": (str,),
    "time": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def read_problem(path: Path, products: Mapping[str, Contract], unavailable: Mapping[str, Text]) -> Problem:
    """One problem.

    Args:
        path: The file.
        products: The products the city has.
        unavailable: The shared products it does not have, and why.

    Raises:
        InputError: No users, no owner, a product that does not exist or is off, a measure over a column
            that does not exist or that the widest rendition does not carry.
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
    named = tuple(_product(entry, products, unavailable) for entry in node.need("products").items())
    if not named:
        raise node.child("products").refuse("a problem without products has no data", expected="at least one product")
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
        measure=_measure(node.child("measure"), named, products) if node.has("measure") else None,
        not_said=node.need("notSaid").texts(),
        review_date=node.need("reviewDate").day(),
        place=node.place,
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


def _measure(node: Node, named: tuple[str, ...], products: Mapping[str, Contract]) -> ProblemMeasure:
    node.mapping(MEASURE_KEYS)
    product = node.need("product").text()
    if product not in named:
        raise node.child("product").refuse(
            "a measure reads a product that its problem does not name",
            found=product,
            expected=f"one of {', '.join(named)}",
        )
    contract = products[product]
    where = dict(_where(node.child("where"), contract)) if node.has("where") else {}
    direction = cast(BetterSide, node.need("direction").choice("lower", "higher", "none"))
    return ProblemMeasure(
        id=read_id(node.need("id")),
        title=node.need("title").texts(),
        product=product,
        value=_column(node.need("value"), contract, _NUMBERS),
        n=_column(node.child("n"), contract, _NUMBERS) if node.has("n") else None,
        period=_column(node.need("period"), contract, ("date", "timestamp", "string")),
        area=_column(node.need("area"), contract, ("string", "integer")),
        area_name=_column(node.child("areaName") if node.has("areaName") else node.child("area"), contract, ()),
        unit=node.need("unit").texts(),
        direction=direction,
        target=_target(node.child("target"), direction) if node.has("target") else None,
        where=where,
        phrase=_phrase(node.child("phrase")) if node.has("phrase") else None,
    )


def _target(node: Node, direction: BetterSide) -> float:
    """The target in the measure's unit; a measure without a better side has none to reach."""
    if direction == "none":
        raise node.refuse(
            "a measure without a better side has no target",
            found=shown(node.value),
            expected="direction: lower or higher, or no target",
        )
    return node.number()


def _phrase(node: Node) -> Text:
    """The figure as a person would say it, with the places of area and value, in each language."""
    phrase = node.texts()
    for words in (phrase.default, *phrase.translations.values()):
        if _PLACES.findall(words) and set(_PLACES.findall(words)) == {"area", "value"}:
            continue
        raise node.refuse(
            "a phrase needs the places of area and value",
            found=shown(words),
            expected="{area} and {value} in each language",
        )
    return phrase


def _where(node: Node, contract: Contract) -> list[tuple[str, Any]]:
    fixed = []
    for name, value in node.entries():
        _hold_column(value, name, contract, ())
        column = contract.object.column(name)
        assert column is not None
        allowed = _VALUES.get(column.logical_type, ())
        if not isinstance(value.value, allowed) or (isinstance(value.value, bool) and bool not in allowed):
            raise value.wrong(f"a {column.logical_type}, as the column {name} holds")
        fixed.append((name, value.value))
    return fixed


def _column(node: Node, contract: Contract, types: tuple[str, ...]) -> str:
    name = node.text()
    _hold_column(node, name, contract, types)
    return name


def _hold_column(node: Node, name: str, contract: Contract, types: tuple[str, ...]) -> None:
    """The column exists, has one of ``types``, and stands in the product's widest rendition."""
    column = contract.object.column(name)
    if column is None:
        names = [c.name for c in contract.columns]
        raise node.refuse(
            f"a measure names a column that {contract.name} does not have",
            found=name,
            expected=nearest(name, names) or f"one of {', '.join(names)}",
        )
    if types and column.logical_type not in types:
        raise node.refuse(
            f"the column {name} cannot be a measure's {node.name}",
            found=column.logical_type,
            expected=" or ".join(types),
        )
    widest = lowest(contract.renditions)
    if not visible(column.classification, widest):
        raise node.refuse(
            f"a measure uses the column {name}, which the {widest} rendition of {contract.name} does not carry",
            found=f"class {column.classification}",
            expected=f"a column of class {widest}",
        )
