"""Reading a measure's formula, strictly, against the product it is worked out from.

Belongs here: the keys that a kind needs and those it cannot have, and that the columns exist, fit and may be seen. Does
not belong here: the rest of a measure's file (``measures``), the shape (``measure``), computing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from contracts.measure import MADE_OF_MEASURES, POPULATION, Formula, MeasureKind, Values
from contracts.model import Contract, Property, Text
from contracts.nodes import Node, shown
from contracts.tiers import lowest, visible
from contracts.vocabulary import nearest

FORMULA_KEYS: Final = (
    *("kind", "product", "where", "numerator", "denominator", "per", "quantile", "begin", "end", "finished", "stock"),
)
KINDS: Final[tuple[MeasureKind, ...]] = ("share", "rate", "ratio", "count", "days")
AREA: Final = "district_id"
"""The column of a product that tells the area."""
COMPLETE: Final = "is_complete_month"
"""The column by which a product of months says whether its data covers one whole."""
RATE_PER: Final = 1000.0
"""A rate is per so many residents unless it says otherwise."""

_VALUES: Mapping[str, tuple[type, str]] = {
    "string": (str, "a text (in quotes where it looks like a number)"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
}
NEEDED: Final[Mapping[MeasureKind, tuple[str, ...]]] = {
    "share": ("numerator", "denominator"),
    "rate": ("numerator",),
    "ratio": ("numerator", "denominator"),
    "count": ("numerator",),
    "days": ("quantile", "begin", "end"),
}
"""The keys that a kind needs."""
ALLOWED: Final[Mapping[MeasureKind, frozenset[str]]] = {
    "share": frozenset({"numerator", "denominator", "stock"}),
    "rate": frozenset({"numerator", "denominator", "per", "stock"}),
    "ratio": frozenset({"numerator", "denominator", "per", "stock"}),
    "count": frozenset({"numerator", "stock"}),
    "days": frozenset({"quantile", "begin", "end", "finished"}),
}
"""The keys of a formula that say something for a kind."""


@dataclass(frozen=True)
class Ground:
    """What measures are read against: the products of the city, and why it lacks the others."""

    products: Mapping[str, Contract]
    unavailable: Mapping[str, Text]


def read_formula(node: Node, ground: Ground) -> Formula:
    """How a measure's figures are worked out.

    Raises:
        InputError: A kind lacks a key or has one that says nothing; a product or a column does not exist, does not fit
            or is not in the product's widest rendition.
    """
    kind = cast(MeasureKind, node.need("kind").choice(*KINDS))
    contract = _product(node.need("product"), ground)
    for key in NEEDED[kind]:
        node.need(key)
    for key in sorted(set(FORMULA_KEYS) - {"kind", "product", "where"} - ALLOWED[kind]):
        if node.has(key):
            raise node.child(key).refuse(
                f"a measure of the kind {kind} has no {key}",
                found=shown(node.child(key).value),
                expected=f"one of {', '.join(sorted(ALLOWED[kind]))}, or another kind",
            )
    _hold_columns(node, contract, kind)
    where = _where(node.child("where"), contract, kind) if node.has("where") else {}
    if kind == "days":
        return _days(node, contract, where)
    numerator = read_column(node.child("numerator"), contract, ("integer",)).name
    denominator = _denominator(node, kind, contract)
    if numerator == denominator:
        raise node.child("denominator").refuse(
            "a measure sets a column against itself", found=numerator, expected="two columns"
        )
    return Formula(
        kind=kind,
        product=contract.name,
        where=where,
        numerator=numerator,
        denominator=denominator,
        per=_per(node, kind),
        is_stock=node.child("stock").flag() if node.has("stock") else False,
    )


def _days(node: Node, contract: Contract, where: Mapping[str, Values]) -> Formula:
    begin = read_column(node.child("begin"), contract, ("date",)).name
    end = read_column(node.child("end"), contract, ("date",)).name
    if begin == end:
        raise node.child("end").refuse("a measure sets a column against itself", found=end, expected="two columns")
    return Formula(
        kind="days",
        product=contract.name,
        where=where,
        quantile=_quantile(node.child("quantile")),
        begin=begin,
        end=end,
        finished=_where(node.child("finished"), contract, "days") if node.has("finished") else None,
    )


def _product(node: Node, ground: Ground) -> Contract:
    name = node.text()
    if name in ground.unavailable:
        raise node.refuse(
            f"a measure reads the product {name}, which is not available in this city",
            found=ground.unavailable[name].default,
            expected=f"one of {', '.join(ground.products) or 'none'}",
        )
    known = name in MADE_OF_MEASURES
    if name not in ground.products or known:
        others = [p for p in ground.products if p not in MADE_OF_MEASURES]
        raise node.refuse(
            "a measure is not made of measures" if known else "a measure reads a product that does not exist",
            found=name,
            expected=nearest(name, others) or f"one of {', '.join(others) or 'none'}",
        )
    return ground.products[name]


def strata(contract: Contract) -> tuple[str, ...]:
    """The text columns of a product's key beside the area: the kinds of its records, which a gap is adjusted for."""
    keys = [c for c in contract.columns if c.name in contract.primary_key]
    return tuple(c.name for c in keys if c.logical_type == "string" and c.name != AREA)


def _hold_columns(node: Node, contract: Contract, kind: MeasureKind) -> None:
    """The product has an area, and months where the measure adds them up."""
    needed = [AREA] if kind == "days" else [AREA, "district_name", COMPLETE]
    for name in needed:
        if contract.object.column(name) is None:
            raise node.child("product").refuse(
                f"a measure of the kind {kind} cannot be worked out from {contract.name}",
                found=f"no column {name}",
                expected=f"a product with the columns {', '.join(needed)}",
            )
    if kind != "days" and month_column(contract) is None:
        raise node.child("product").refuse(
            f"a measure of the kind {kind} needs a product of months",
            found=f"{contract.name}, whose key holds no date",
            expected="a product with one row per month and district, such as service_requests_monthly",
        )


def month_column(contract: Contract) -> str | None:
    """The column of a product's key that holds the month; None where none does."""
    found = [c.name for c in contract.columns if c.name in contract.primary_key and c.logical_type == "date"]
    return found[0] if len(found) == 1 else None


def telling_columns(contract: Contract, kind: MeasureKind) -> tuple[str, ...]:
    """Columns whose values may choose the rows of a measure or tell its groups, in the contract's order.

    Of a product of months only words of its key tell one row from another; of single records any word everybody sees
    but the key, which tells one record alone. The area is never among them, since every measure is told by it.
    """
    widest = lowest(contract.renditions)
    return tuple(
        c.name
        for c in contract.columns
        if c.logical_type == "string"
        and c.name != AREA
        and visible(c.classification, widest)
        and (c.name in contract.primary_key) is (kind != "days")
    )


def _denominator(node: Node, kind: MeasureKind, contract: Contract) -> str | None:
    if kind == "count":
        return None
    if kind == "rate":
        written = node.child("denominator").text() if node.has("denominator") else POPULATION
        if written != POPULATION or contract.object.column(POPULATION) is None:
            raise node.child("denominator" if node.has("denominator") else "kind").refuse(
                "a rate is per residents",
                found=written if written != POPULATION else f"{contract.name} has no column {POPULATION}",
                expected=f"denominator: {POPULATION}, of a product that has it; otherwise kind: ratio",
            )
        return POPULATION
    if node.child("denominator").value == POPULATION:
        raise node.child("denominator").refuse(
            f"a measure of the kind {kind} is not per residents", found=POPULATION, expected="kind: rate"
        )
    return read_column(node.child("denominator"), contract, ("integer",)).name


def _per(node: Node, kind: MeasureKind) -> float:
    if kind == "share":
        return 100.0
    if kind == "count":
        return 1.0
    if not node.has("per"):
        return RATE_PER if kind == "rate" else 1.0
    value = node.child("per").number()
    if value <= 0:
        raise node.child("per").wrong("a number above 0")
    return value


def _quantile(node: Node) -> float:
    value = node.number()
    if not 0 < value < 1:
        raise node.wrong("a share between 0 and 1: 0.5 is the median, 0.9 nine cases in ten")
    return value


def _where(node: Node, contract: Contract, kind: MeasureKind) -> dict[str, Values]:
    """The values that count, by column."""
    found: dict[str, Values] = {}
    for name, entry in node.entries():
        column = read_column(entry, contract, tuple(_VALUES), name)
        telling = telling_columns(contract, kind)
        if name == AREA:
            raise entry.refuse(
                "a measure is told by area, and chooses none",
                found=name,
                expected=f"one of {', '.join(telling)}",
                hint="a page of one area shows that area's figure beside the city's.",
            )
        if name not in telling and (kind != "days" or name in contract.primary_key):
            raise entry.refuse(
                f"the column {name} does not tell the rows of {contract.name} apart"
                if kind != "days"
                else f"the column {name} tells single records of {contract.name}",
                found=name,
                expected=f"one of {', '.join(telling)}",
            )
        written = list(entry.items()) if isinstance(entry.value, list) else [entry]
        values = [_value(one, column) for one in written]
        if not values or len(set(values)) != len(values):
            raise entry.wrong("at least one value, each once")
        found[name] = tuple(values)
    return found


def _value(node: Node, column: Property) -> Any:
    kind, expected = _VALUES[column.logical_type]
    value = node.value
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise node.refuse(f"the column {column.name} holds no such value", found=shown(value), expected=expected)
    return value


def read_column(node: Node, contract: Contract, types: tuple[str, ...], named: str | None = None) -> Property:
    """A column that exists, has one of ``types``, and stands in the product's widest rendition.

    Args:
        node: Where it is named.
        contract: The product.
        types: The logical types it may have.
        named: Its name, where the node holds something else.

    Raises:
        InputError: It is none of these.
    """
    name = named or node.text()
    column = contract.object.column(name)
    if column is None:
        names = [c.name for c in contract.columns]
        raise node.refuse(
            f"a measure names a column that {contract.name} does not have",
            found=name,
            expected=nearest(name, names) or f"one of {', '.join(names)}",
        )
    if column.logical_type not in types:
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
    return column
