"""How a measure is worked out, in words and as a fraction.

Belongs here: the words for a formula, with the columns it names and where they are told. Does not belong here: working
it out (the dbt models), the rest of a measure's page (``measure_pages``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.site.addresses import Addresses
from catalog.site.site import Site
from catalog.site.speech import Speech
from contracts.measure import POPULATION, Formula, Values
from contracts.model import Text


@dataclass(frozen=True)
class Named:
    """A column that a formula names: its name, what people call it, and where it is told, if it is told here."""

    name: str
    title: Text
    address: str | None


@dataclass(frozen=True)
class FormulaWords:
    """A formula as a page says it.

    Attributes:
        said: In a sentence or two.
        texts: The columns' titles that are woven into it.
        factor: What the fraction is multiplied by; empty where by nothing.
        above: What is added up above the line; None for days.
        below: What is added up below it; None for days, counts and rates.
        by_residents: Whether residents stand below the line.
        where: Which rows count: columns with the values that count.
        left_out: Which cases are left out, since no day says when they ended.
        digest: What changes with anything that a figure depends on.
    """

    said: str
    texts: tuple[Text, ...]
    factor: str
    above: Named | None
    below: Named | None
    by_residents: bool
    where: tuple[tuple[Named, tuple[str, ...]], ...]
    left_out: tuple[tuple[Named, tuple[str, ...]], ...]
    digest: str


def formula_words(site: Site, formula: Formula, speech: Speech) -> FormulaWords | None:
    """How a formula is said, with its columns as the product that it reads tells them.

    None where the tier does not see the product or one of the columns: then nothing of the formula may be told.
    """
    product = site.catalog.products.get(formula.product)
    columns = {column.name: column for column in product.columns} if product else {}
    at = Addresses(speech.language)

    def named(name: str) -> Named:
        return Named(name, columns[name].title or Text(name), f"{at.product(formula.product)}#column-{name}")

    def listed(rows: Mapping[str, Values] | None) -> tuple[tuple[Named, tuple[str, ...]], ...]:
        return tuple((named(column), _values(values, speech)) for column, values in sorted((rows or {}).items()))

    below = None if formula.denominator == POPULATION else formula.denominator
    parts = {"above": formula.numerator, "below": below, "begin": formula.begin, "end": formula.end}
    if not {*filter(None, parts.values()), *formula.where, *(formula.finished or ())} <= columns.keys():
        return None
    told = {key: named(name) for key, name in parts.items() if name}
    words = {key: speech.plain(column.title) for key, column in told.items()}
    return FormulaWords(
        said=_said(formula, words, speech),
        texts=tuple(column.title for column in told.values()),
        factor=speech.figure(formula.per) if formula.per != 1 and formula.kind != "days" else "",
        above=told.get("above"),
        below=told.get("below"),
        by_residents=formula.kind == "rate",
        where=listed(formula.where),
        left_out=listed(formula.finished),
        digest=formula.digest,
    )


def _said(formula: Formula, words: dict[str, str], speech: Speech) -> str:
    t = speech.gettext
    per = speech.figure(formula.per)
    match formula.kind:
        case "share":
            said = t("Of all in “%(below)s”, the part in “%(above)s”, in per cent.")
        case "rate":
            said = t("“%(above)s” for every %(per)s residents of the area.")
        case "ratio":
            said = t("“%(above)s” divided by “%(below)s”.")
            if formula.per != 1:
                said = t("“%(above)s” for every %(per)s in “%(below)s”.")
        case "count":
            said = t("“%(above)s”, added up.")
        case "days":
            share = speech.figure(100 * (formula.quantile or 0.5))
            words = words | {"share": share}
            said = t(
                "The days from “%(begin)s” to “%(end)s” within which %(share)s in 100 of the cases begun in the month"
                " had ended. A case still open counts as lasting at least until the data was taken (Kaplan-Meier)."
            )
            if formula.quantile == 0.5:
                said = t(
                    "The days from “%(begin)s” to “%(end)s” within which half of the cases begun in the month had"
                    " ended. A case still open counts as lasting at least until the data was taken (Kaplan-Meier)."
                )
    said = said % {"per": per, **words}
    if formula.is_stock:
        said += " " + t("It is what there was at the end of the month, so that months do not add up.")
    return said


def _values(values: Values, speech: Speech) -> tuple[str, ...]:
    t = speech.gettext
    return tuple((t("yes") if v else t("no")) if isinstance(v, bool) else str(v) for v in values)
