"""Reading a city's measures: ``measures/<id>.yaml``, strictly, against the products they are worked out from.

Belongs here: the form of a measure's file, and what people say of its figures. Does not belong here: its formula
(``formulas``), the shape (``measure``), computing.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Final, cast

from contracts.city import BetterSide, Person
from contracts.credentials import refuse_secrets
from contracts.formulas import FORMULA_KEYS, Ground, read_column, read_formula, telling_columns
from contracts.measure import DEFAULT_NEAR, PRODUCT, Earlier, Formula, Measure
from contracts.model import Text
from contracts.nodes import Node, shown
from contracts.yaml_places import read_yaml

MEASURE_KEYS: Final = (
    *("id", "version", "title", "definition", "unit", "direction", "target", "bands", "groups", "gaming", "owner"),
    *("phrase", "cityPhrase", "earlier", *FORMULA_KEYS),
)
EARLIER_KEYS: Final = ("version", "until", "why", "definition", *FORMULA_KEYS)
_WHOLE: Final = 100
"""A share's greatest value, in per cent."""
_ID = re.compile(r"[a-z][a-z0-9_]*\Z")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)\Z")
_PLACES = re.compile(r"\{([^{}]*)\}")
_EMAIL = re.compile(r"[^@\s]+@(?:[^@\s.]+\.)+[^@\s.]+\Z")


def read_measure(path: Path, ground: Ground) -> Measure:
    """One measure.

    Args:
        path: The file, named like the measure's id.
        ground: The city's products.

    Raises:
        InputError: No owner, no definition, a product or column that does not exist, does not fit the kind or that the
            widest rendition does not carry, a version that is not newer than the one before.
    """
    document = read_yaml(path)
    refuse_secrets(document)
    node = Node.root(document).mapping(MEASURE_KEYS)
    identity = node.need("id").text()
    if not _ID.match(identity):
        raise node.child("id").wrong("lower-case letters, digits and underscores, beginning with a letter")
    if path.stem != identity:
        raise node.child("id").refuse(
            "a measure's file is named like its id", found=path.name, expected=f"{identity}.yaml"
        )
    if PRODUCT not in ground.products:
        raise node.refuse(
            "the city has measures, but not the product that holds their figures",
            found=str(ground.unavailable.get(PRODUCT, Text("no such product")).default),
            expected=f"a file products/{PRODUCT}.yaml",
            hint=f"write products/{PRODUCT}.yaml with `product: {PRODUCT}` and `enabled: true`.",
        )
    direction = cast(BetterSide, node.need("direction").choice("lower", "higher", "none"))
    formula = read_formula(node, ground)
    target, by = _target(node.child("target"), direction, formula) if node.has("target") else (None, None)
    version = _version(node.need("version"))
    earlier = _earlier(node.child("earlier"), version, formula, ground) if node.has("earlier") else ()
    return Measure(
        id=identity,
        version=version,
        title=node.need("title").texts(),
        definition=node.need("definition").texts(),
        formula=formula,
        unit=node.need("unit").texts(),
        direction=direction,
        owner=_owner(node.need("owner").mapping(("role", "name", "email"))),
        gaming=node.need("gaming").texts(),
        target=target,
        target_by=by,
        near=_near(node.child("bands").mapping(("near",))) if node.has("bands") else DEFAULT_NEAR,
        groups=_groups(node.child("groups"), (formula, *(old.formula for old in earlier)), ground)
        if node.has("groups")
        else (),
        phrase=_phrase(node.child("phrase"), {"area", "value"}) if node.has("phrase") else None,
        city_phrase=_phrase(node.child("cityPhrase"), {"value"}) if node.has("cityPhrase") else None,
        earlier=earlier,
        place=node.place,
    )


# what people say of it ----------------------------------------------------------------------


def _groups(node: Node, formulas: tuple[Formula, ...], ground: Ground) -> tuple[str, ...]:
    """Columns by which the city's figure is told apart, in the product of every version."""
    names = []
    for entry in node.items():
        for formula in formulas:
            contract = ground.products[formula.product]
            name = read_column(entry, contract, ("string",)).name
            telling = telling_columns(contract, formula.kind)
            if name not in telling:
                raise entry.refuse(
                    f"a measure of the kind {formula.kind} cannot be told apart by {name}",
                    found=name,
                    expected=f"one of {', '.join(telling)}; every measure is told by area without being asked",
                )
            if formula is formulas[0] and len(formula.where.get(name, ())) == 1:
                raise entry.refuse(
                    "a measure is told apart by a column of which it counts one value", found=name, expected="another"
                )
        names.append(entry.text())
    if len(set(names)) != len(names):
        raise node.wrong("columns, each once")
    return tuple(names)


def _target(node: Node, direction: BetterSide, formula: Formula) -> tuple[float, date | None]:
    """The target in the measure's unit, and its day; a measure without a better side has none to reach."""
    if direction == "none":
        raise node.refuse(
            "a measure without a better side has no target",
            found=shown(node.value),
            expected="direction: lower or higher, or no target",
        )
    if not isinstance(node.value, dict):
        return _reachable(node, formula), None
    node.mapping(("value", "by"))
    return _reachable(node.need("value"), formula), node.child("by").day() if node.has("by") else None


def _reachable(node: Node, formula: Formula) -> float:
    """A target that a figure of this kind can have."""
    value = node.number()
    if value < 0:
        raise node.wrong("a number of at least 0")
    if formula.kind == "share" and value > _WHOLE:
        raise node.wrong("a number from 0 to 100: a share is in per cent")
    return value


def _near(node: Node) -> float:
    value = node.need("near").number()
    if not 0 <= value < 1:
        raise node.child("near").wrong("a share of the target from 0 to less than 1")
    return value


def _owner(node: Node) -> Person:
    email = node.child("email").text() if node.has("email") else None
    if email is not None and not _EMAIL.match(email):
        raise node.child("email").wrong("an e-mail address")
    return Person(node.need("role").texts(), node.child("name").text() if node.has("name") else None, email)


def _phrase(node: Node, places: set[str]) -> Text:
    """The figure as a person would say it, with its places, in each language."""
    phrase = node.texts()
    for words in (phrase.default, *phrase.translations.values()):
        if set(_PLACES.findall(words)) != places:
            raise node.refuse(
                f"a phrase needs the places of {' and '.join(sorted(places))}",
                found=shown(words),
                expected=" and ".join(f"{{{place}}}" for place in sorted(places)) + " in each language",
            )
    return phrase


def _version(node: Node) -> str:
    if not isinstance(node.value, str) or not _VERSION.match(node.value):
        raise node.wrong("a version such as 1.0.0")
    return node.value


def _earlier(node: Node, newest: str, formula: Formula, ground: Ground) -> tuple[Earlier, ...]:
    """The definitions that were replaced, the newest first."""
    found: list[Earlier] = []
    for entry in node.items():
        entry.mapping(EARLIER_KEYS)
        version = _version(entry.need("version"))
        after = found[-1].version if found else newest
        if _numbers(version) >= _numbers(after):
            raise entry.child("version").refuse(
                "an earlier definition has the version of a later one",
                found=version,
                expected=f"a version before {after}: the newest first",
            )
        until = entry.need("until").day()
        if until.day != 1 or (found and until >= found[-1].until):
            raise entry.child("until").wrong("the first day of a month, before that of the definition that follows it")
        old = read_formula(entry, ground)
        _hold_change(entry, old, found[-1].formula if found else formula)
        found.append(Earlier(version, until, entry.need("definition").texts(), old, entry.need("why").texts()))
    return tuple(found)


def _hold_change(node: Node, old: Formula, new: Formula) -> None:
    """Something was changed from one definition to the next, and not the unit: figures of both stand in one chart."""
    if (old.kind, old.per) != (new.kind, new.per):
        raise node.child("kind" if old.kind != new.kind else "per").refuse(
            "an earlier definition has figures of another unit",
            found=f"{old.kind} per {old.per:g}",
            expected=f"{new.kind} per {new.per:g}",
            hint="figures of another unit are another measure: give it a file and an id of its own.",
        )
    if old.digest == new.digest:
        raise node.child("version").refuse(
            "an earlier definition has the formula of the one that replaced it",
            found=node.child("version").text(),
            expected="one whose formula was changed",
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
