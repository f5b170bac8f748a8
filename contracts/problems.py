"""Reading a city's problems and decisions: what it must answer, for whom, and what people have ruled.

Belongs here: the form of ``problems/*.yaml`` and ``decisions.yaml``, and that what they name exists and
may be seen. Does not belong here: answering (``catalog.answer``), acting on a ruling (the gate).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, cast

from contracts.city import BetterSide, Decision, Person, Problem, ProblemMeasure, Ruling
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
RULING_KEYS: Final = (
    *("kind", "subject", "reason", "by", "on", "until", "change", "publicNote", "instead", "lifts", "landing"),
)
ONLY_FOR: Final = {"publicNote": "withdrawal", "instead": "withdrawal", "lifts": "review", "landing": "approval"}
"""Keys that say something in one kind of decision alone."""
PRACTICES: Final = ("performance", "evaluation", "procurement", "data_service")
EMAIL: Final = re.compile(r"[^@\s]+@(?:[^@\s.]+\.)+[^@\s.]+\Z")
_PLACES = re.compile(r"\{([^{}]*)\}")
_ID = re.compile(r"[a-z][a-z0-9_]*\Z")
_VERSION = re.compile(r"\d+\.\d+\.\d+\Z")
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


def read_rulings(path: Path, products: Collection[str], sources: Collection[str]) -> tuple[Ruling, ...]:
    """The entries of ``decisions.yaml``, in the order written; none where the file is absent.

    Args:
        path: The file: a list, or a mapping with the one key ``decisions``.
        products: The products that a ruling may speak of; a withdrawal speaks of nothing else.
        sources: The sources that one may speak of.

    Raises:
        InputError: An unknown subject, a waiver without an end, an approval without the version it approves,
            two withdrawals of one product on one day, a word that another kind of decision has.
    """
    if not path.is_file():
        return ()
    document = read_yaml(path)
    refuse_secrets(document)
    root = Node.root(document)
    if isinstance(root.value, dict):
        root = root.mapping(("decisions",)).need("decisions")
    found: dict[tuple[str, str, date], Ruling] = {}
    rulings = []
    for entry in root.items():
        node = entry.mapping(RULING_KEYS)
        ruling = _ruling(node, products, sources)
        first = found.setdefault((ruling.kind, ruling.subject, ruling.on), ruling)
        if ruling.kind == "withdrawal" and first is not ruling:
            raise node.refuse(
                "a withdrawal is written down twice",
                found=f"{ruling.subject} on {ruling.on}, also in line {first.place.line}",
                expected="one withdrawal of a product on one day",
            )
        rulings.append(ruling)
    return tuple(rulings)


def _ruling(node: Node, products: Collection[str], sources: Collection[str]) -> Ruling:
    subjects = {*products, *sources}
    kind = node.need("kind").choice("approval", "waiver", "withdrawal", "review")
    subject = node.need("subject").text()
    name, _, rule = subject.partition(".")
    if name not in subjects:
        raise node.child("subject").refuse(
            "a decision speaks of something the city does not have",
            found=name,
            expected=nearest(name, subjects) or f"one of {', '.join(sorted(subjects))}",
        )
    on = node.need("on").day()
    until = node.child("until").day() if node.has("until") else None
    if kind == "waiver" and (until is None or not rule):
        raise node.refuse(
            "a waiver needs a rule and an end",
            found=f"subject {subject}, until {until or 'nothing'}",
            expected="subject: product.rule and until: a date",
        )
    if until is not None and until < on:
        raise node.child("until").refuse(
            "a decision ends before it begins", found=str(until), expected=f"{on} or later"
        )
    change = node.child("change").text() if node.has("change") else None
    if change is not None and not _VERSION.match(change):
        raise node.child("change").wrong("the version of the contract it approves, such as 2.0.0")
    if kind == "approval" and change is None and not node.has("landing"):
        raise node.refuse("an approval does not say what it approves", expected="change: the contract's version")
    if node.has("landing") and name not in sources:
        raise node.child("landing").refuse(
            "only a source has landings",
            found=name,
            expected=nearest(name, sources) or f"one of {', '.join(sorted(sources)) or 'none'}",
        )
    for key, only in ONLY_FOR.items():
        if node.has(key) and kind != only:
            raise node.child(key).refuse(f"{key} says nothing in this decision", found=kind, expected=f"kind: {only}")
    if kind == "withdrawal" or node.has("lifts"):
        _hold_product(node, subject, products)
    return Ruling(
        kind=cast(Literal["approval", "waiver", "withdrawal", "review"], kind),
        subject=subject,
        reason=node.need("reason").text(),
        by=node.need("by").text(),
        on=on,
        until=until,
        change=change,
        place=node.place,
        public_note=node.child("publicNote").texts() if node.has("publicNote") else None,
        instead=_instead(node.child("instead"), subject, products) if node.has("instead") else None,
        lifts=_entry_number(node.child("lifts")) if node.has("lifts") else None,
        landing=_landing_number(node.child("landing")) if node.has("landing") else None,
    )


def _hold_product(node: Node, subject: str, products: Collection[str]) -> None:
    """A product as a whole is withdrawn, and given back."""
    if subject not in products:
        raise node.child("subject").refuse(
            "only a whole product is withdrawn, or given back",
            found=subject,
            expected=nearest(subject, products) or f"one of {', '.join(sorted(products))}",
        )


def _instead(node: Node, subject: str, products: Collection[str]) -> str:
    name = node.text()
    others = sorted(set(products) - {subject})
    if name not in others:
        raise node.refuse(
            "what to use instead is not another product of the city",
            found=name,
            expected=nearest(name, others) or another(others),
        )
    return name


def another(others: Collection[str]) -> str:
    """What may be named as the product to use instead."""
    return f"one of {', '.join(others)}" if others else "none: the city has no other product"


def _entry_number(node: Node) -> int:
    value: object = node.value
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise node.wrong("the number of the withdrawal's ledger entry, as cauce status shows it")
    return value


def _landing_number(node: Node) -> int:
    value: object = node.value
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise node.wrong("the number of the refused delivery's landing, as cauce source profile shows it")
    return value


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
