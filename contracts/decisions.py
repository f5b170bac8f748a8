"""Reading ``decisions.yaml``: what people of the city have ruled about its data.

Belongs here: the form of an approval, a waiver, a withdrawal and a review, and that what they name exists. Does not
belong here: whether a decision is in force and what follows from it (``reviews``, the gate).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Final, Literal, cast

from contracts.city import PrivacyReview, ReviewDecision, Risk, Ruling
from contracts.credentials import refuse_secrets
from contracts.model import Contract
from contracts.nodes import Node
from contracts.reviews import lowered_columns
from contracts.vocabulary import nearest
from contracts.yaml_places import read_yaml

RULING_KEYS: Final = (
    *("kind", "subject", "reason", "by", "on", "until", "change", "publicNote", "instead", "lifts", "landing"),
    *("author", "covers", "risk", "value", "decision", "conditions"),
)
ONLY_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "publicNote": ("withdrawal",),
    "instead": ("withdrawal",),
    "lifts": ("review",),
    "landing": ("approval",),
    "author": ("approval", "review"),
    "covers": ("review", "waiver"),
    "risk": ("review",),
    "value": ("review",),
    "decision": ("review",),
    "conditions": ("review",),
}
"""Keys that say something in some kinds of decision alone."""
OF_A_PRIVACY_REVIEW: Final = ("author", "covers", "risk", "value", "decision", "conditions")
IDENTIFIERS: Final = "identifiers"
"""The gate's rule whose waiver must say which columns it is for."""
_VERSION = re.compile(r"\d+\.\d+\.\d+\Z")
_Kind = Literal["approval", "waiver", "withdrawal", "review"]


def read_rulings(path: Path, products: Mapping[str, Contract], sources: Collection[str]) -> tuple[Ruling, ...]:
    """The entries of ``decisions.yaml``, in the order written; none where the file is absent.

    Args:
        path: The file: a list, or a mapping with the one key ``decisions``.
        products: The products that a ruling may speak of; a withdrawal and a review speak of nothing else.
        sources: The sources that one may speak of.

    Raises:
        InputError: An unknown subject, a waiver without an end, an approval without the version it approves,
            two withdrawals of one product on one day, a privacy review that leaves something out or covers what is
            not lowered, a decision by its own author, a word that another kind of decision has.
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


def _ruling(node: Node, products: Mapping[str, Contract], sources: Collection[str]) -> Ruling:
    subjects = {*products, *sources}
    kind = cast(_Kind, node.need("kind").choice("approval", "waiver", "withdrawal", "review"))
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
        if node.has(key) and kind not in only:
            expected = " or ".join(f"kind: {one}" for one in only)
            raise node.child(key).refuse(f"{key} says nothing in this decision", found=kind, expected=expected)
    if kind in ("withdrawal", "review"):
        _hold_product(node, subject, products)
    is_privacy = kind == "review" and not node.has("lifts")
    if is_privacy and until is None:
        raise node.refuse("a privacy review has no end", expected="until: the day by which it is made again")
    if is_privacy or node.has("author"):
        _hold_apart(node)
    return Ruling(
        kind=kind,
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
        author=node.child("author").text() if node.has("author") else None,
        covers=_covers(node, products),
        review=_review(node) if is_privacy else None,
    )


def _hold_apart(node: Node) -> None:
    """Whoever decides is not whoever proposed it."""
    author, by = node.need("author"), node.need("by")
    if author.text().strip().casefold() == by.text().strip().casefold():
        raise by.refuse(
            "a decision is made by its own author", found=by.text(), expected="somebody other than who proposed it"
        )


def _review(node: Node) -> PrivacyReview:
    """What a privacy review found."""
    decision = cast(ReviewDecision, node.need("decision").choice("open", "limited", "withhold"))
    if decision == "limited" and not node.has("conditions"):
        raise node.refuse(
            "a limited publication says nothing of its limits", expected="conditions: under which it is published"
        )
    if decision != "limited" and node.has("conditions"):
        raise node.child("conditions").refuse(
            "conditions belong to a limited publication", found=decision, expected="decision: limited"
        )
    return PrivacyReview(
        risk=cast(Risk, node.need("risk").choice("low", "moderate", "high")),
        value=node.need("value").texts(),
        decision=decision,
        conditions=node.child("conditions").texts() if node.has("conditions") else None,
    )


def _covers(node: Node, products: Mapping[str, Contract]) -> tuple[str, ...]:
    """What a privacy review or a waiver of identifiers is for; nothing of any other decision."""
    product, _, rule = node.child("subject").text().partition(".")
    if node.value["kind"] == "review":
        if node.has("lifts"):
            for key in OF_A_PRIVACY_REVIEW:
                if node.has(key):
                    raise node.child(key).refuse(
                        f"{key} says nothing in a review that lifts a withdrawal",
                        expected="a privacy review of its own",
                    )
            return ()
        columns = lowered_columns(products[product])
        allowed = sorted({*columns, *columns.values()})
        return _listed(node, allowed, "a column of the product that a step made less exact, or the step's name")
    if node.value["kind"] != "waiver" or (rule != IDENTIFIERS and not node.has("covers")):
        return ()
    if rule != IDENTIFIERS:
        raise node.child("covers").refuse(
            "covers says nothing in a waiver of this rule", found=rule, expected=f"a waiver of {IDENTIFIERS}"
        )
    from contracts.identifiers.table import BY_ID

    names = [c.name for c in products[product].columns] if product in products else []
    return _listed(node, [*names, *(f"{n}.{kind}" for n in names for kind in BY_ID)], "a column, or column.kind")


def _listed(node: Node, allowed: Collection[str], expected: str) -> tuple[str, ...]:
    """The names under ``covers``, each allowed."""
    entries = tuple(node.need("covers").items())
    if not entries:
        raise node.child("covers").refuse("it covers nothing", found="an empty list", expected=expected)
    for entry in entries:
        if entry.text() not in allowed:
            raise entry.refuse(
                "it covers what is not there", found=entry.text(), expected=nearest(entry.text(), allowed) or expected
            )
    return tuple(entry.text() for entry in entries)


def _hold_product(node: Node, subject: str, products: Collection[str]) -> None:
    """A product as a whole is withdrawn, given back, and reviewed."""
    if subject not in products:
        raise node.child("subject").refuse(
            "only a whole product is withdrawn, given back, or reviewed",
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
