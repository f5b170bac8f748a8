"""The order in which a problem and its measures are asked, and the mapping that the answers make.

Belongs here: which question comes when, and what is offered. Does not belong here: the questions' words
(``service_questions``), putting them (``service_asking``), files (``service_plan``), what is right (``contracts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, cast

from contracts.city import City
from contracts.errors import InputError
from contracts.formulas import AREA, KINDS, month_column, telling_columns
from contracts.measure import POPULATION, PRODUCT, MeasureKind
from contracts.model import Contract
from contracts.problems import EMAIL, PRACTICES
from contracts.tiers import lowest, visible
from orchestration.onboarding import service_questions as asked
from orchestration.onboarding.service_asking import Asker, parts_of
from orchestration.onboarding.service_questions import Question

Answer = dict[str, Any]


def ask_problem(city: City, identity: str, asker: Asker) -> Answer:
    """The answers of a problem, in the form of its file; new measures stand in it whole."""
    languages = city.languages
    answers: Answer = {"id": identity}
    for question in (asked.TITLE, asked.QUESTION, asked.WHY):
        answers[question.key] = asker.texts(question, languages)
    answers["practice"] = asker.choose(asked.PRACTICE, PRACTICES, PRACTICES[0])
    answers["decision"] = {
        "what": asker.texts(asked.WHAT, languages),
        "who": asker.texts(asked.WHO, languages),
        "when": asker.line(asked.WHEN, check=_day),
    }
    answers["users"] = _users(asker, languages)
    answers["owner"] = owner = _owner(asker, languages)
    open_to = [name for name in city.products if name != PRODUCT]
    answers["products"] = asker.several(asked.PRODUCTS, open_to)
    answers["measures"] = _measures(city, asker, owner)
    answers["notSaid"] = asker.texts(asked.NOT_SAID, languages)
    answers["reviewDate"] = asker.line(asked.REVIEW, check=_day)
    return answers


def _users(asker: Asker, languages: Sequence[str]) -> list[Any]:
    asker.put(asked.USERS)
    found: list[Any] = []
    while True:
        group_asked = Question(f"group {len(found) + 1}", "", "", may_lack=bool(found))
        group = asker.translated(group_asked, languages)
        if group is None:
            return found
        found.append(group)


def _owner(asker: Asker, languages: Sequence[str]) -> Answer:
    role = asker.texts(asked.OWNER, languages)
    name = asker.line(asked.NAME)
    email = asker.line(asked.MAIL, check=lambda given: None if EMAIL.match(given) else "an e-mail address")
    return {"role": role, **({"name": name} if name else {}), **({"email": email} if email else {})}


def _measures(city: City, asker: Asker, owner: Answer) -> list[Any]:
    """Ids of measures the city has, and new ones."""
    for name, measure in city.measures.items():
        asker.say(f"  {name}: {measure.title.default}")
    names = [*city.measures, "new"]
    chosen = Question("measures", f"{asked.MEASURES.asked} (of these, or new)", asked.MEASURES.why, may_lack=True)
    found: list[Any] = [name for name in asker.several(chosen, names, "new" if not city.measures else None) if name]
    return [ask_measure(city, asker, owner) if name == "new" else name for name in found]


def ask_measure(city: City, asker: Asker, owner: Answer) -> Answer:
    """The answers of a measure, in the form of its file."""
    languages = city.languages
    identity = asker.line(asked.M_ID, check=lambda given: _new_id(given, city))
    answers: Answer = {"id": identity, "version": "1.0.0"}
    answers["title"] = asker.texts(asked.M_TITLE, languages)
    answers["definition"] = asker.texts(asked.M_DEFINITION, languages)
    for kind, words in asked.KIND_WORDS.items():
        asker.say(f"  {kind}: {words}")
    possible = [kind for kind in KINDS if _serving(city, kind)]
    if not possible:
        raise InputError(
            "no measure can be worked out from the products of the city",
            where=str(city.folder / "products"),
            found=", ".join(city.products) or "none",
            expected="a product by month and district, or one of single records with their days",
            hint=f"cauce product new --city {city.id}",
        )
    answers["kind"] = kind = cast(MeasureKind, asker.choose(asked.M_KIND, possible, possible[0]))
    serving = _serving(city, kind)
    answers["product"] = product = asker.choose(asked.M_PRODUCT, serving, serving[0])
    answers |= _formula(kind, city.products[product], asker)
    where = _where(kind, city.products[product], asker)
    answers |= {"where": where} if where else {}
    answers["unit"] = asker.texts(asked.M_UNIT, languages)
    answers["direction"] = direction = asker.choose(asked.M_DIRECTION, ("lower", "higher", "none"))
    if direction != "none" and (target := asker.line(asked.M_TARGET, check=_number)):
        by = asker.line(asked.M_BY, check=_day)
        answers["target"] = {"value": _as_number(target), "by": by} if by else _as_number(target)
    answers["gaming"] = asker.texts(asked.M_GAMING, languages)
    answers["owner"] = owner
    for question, places in ((asked.M_PHRASE, ("{area}", "{value}")), (asked.M_CITY, ("{value}",))):
        said = asker.texts(question, languages, partial(_phrase, places))
        answers |= {question.key: said} if said else {}
    return answers


def _formula(kind: MeasureKind, contract: Contract, asker: Asker) -> Answer:
    if kind == "days":
        days = _columns(contract, "date")
        quantile = asker.line(asked.M_QUANTILE, "0.5", _share)
        begin = asker.choose(asked.M_BEGIN, days, next((d for d in days if "open" in d or "begin" in d), None))
        left = [day for day in days if day != begin]
        return {
            "quantile": _as_number(quantile),
            "begin": begin,
            "end": asker.choose(asked.M_END, left, next((d for d in left if "close" in d or "end" in d), None)),
            **({"finished": {"status": "closed"}} if contract.object.column("status") is not None else {}),
        }
    counts = [name for name in _columns(contract, "integer") if name != POPULATION]
    found: Answer = {"numerator": asker.choose(asked.M_NUMERATOR, counts)}
    if kind in {"share", "ratio"}:
        found["denominator"] = asker.choose(asked.M_DENOMINATOR, [c for c in counts if c != found["numerator"]])
    if kind == "rate":
        found |= {"denominator": POPULATION, "per": 1000}
    if kind == "ratio":
        found["per"] = 100
    stock = asker.choose(asked.M_STOCK, ("yes", "no"), "no")
    return {**found, **({"stock": True} if stock == "yes" else {})}


def _where(kind: MeasureKind, contract: Contract, asker: Asker) -> Answer:
    """The values that count, by column; columns left empty choose nothing."""
    found: Answer = {}
    asker.put(asked.M_WHERE)
    for column in telling_columns(contract, kind):
        there = asker.values(contract.name, column)
        if there:
            asker.say(f"  in {column}: {'; '.join(there)}")
        given = parts_of(asker.again(asked.M_WHERE, f"{column} (; between several, empty for all)", None), ";")
        if given:
            found[column] = given[0] if len(given) == 1 else given
    return found


def _serving(city: City, kind: MeasureKind) -> list[str]:
    """The products from which a measure of a kind can be worked out."""
    found = []
    for name, contract in city.products.items():
        if name == PRODUCT or contract.object.column(AREA) is None:
            continue
        monthly = month_column(contract) is not None and contract.object.column("is_complete_month") is not None
        if kind == "days":
            fits = not monthly and len(_columns(contract, "date")) > 1
        else:
            fits = monthly and (kind != "rate" or contract.object.column(POPULATION) is not None)
        if fits:
            found.append(name)
    return found


def _columns(contract: Contract, kind: str) -> list[str]:
    widest = lowest(contract.renditions)
    return [c.name for c in contract.columns if c.logical_type == kind and visible(c.classification, widest)]


def _day(given: str) -> str | None:
    try:
        date.fromisoformat(given)
    except ValueError:
        return "a date such as 2026-12-31"
    return None if len(given) == 10 else "a date such as 2026-12-31"


def _number(given: str) -> str | None:
    try:
        number = float(given)
    except ValueError:
        return "a number"
    return None if 0 <= number < float("inf") else "a number of at least 0"


def _share(given: str) -> str | None:
    return _number(given) or (None if 0 < float(given) < 1 else "a share between 0 and 1")


def _as_number(given: str) -> int | float:
    number = float(given)
    return int(number) if number.is_integer() else number


def _new_id(given: str, city: City) -> str | None:
    if not given.isascii() or not given.replace("_", "a").isalnum() or not given[0].isalpha() or given != given.lower():
        return "lower-case letters, digits and underscores, beginning with a letter"
    return f"there is a measure {given}: choose it, or another id" if given in city.measures else None


def _phrase(places: Sequence[str], given: str) -> str | None:
    return None if all(place in given for place in places) else f"with {' and '.join(places)} in it"
