"""Each check as a sentence a resident understands, in English, Spanish and Portuguese.

Belongs here: the words for the kinds of check and for thresholds. Does not belong here: what a check
means to an engine. A rule's own description wins; where it is not translated, a library rule still
has its sentence in the other languages, and a sql rule falls back to the contract's own language.

Titles are quoted, so that no sentence has to guess an article or a gender.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, assert_never

from contracts.checks import Check, Kind, Threshold
from contracts.model import Contract, Property, Text

LANGUAGES = ("en", "es", "pt")


@dataclass(frozen=True)
class _Words:
    """One language. ``promise``: no record may fail; ``fault``: continues "records that ..."."""

    promise: Mapping[str, str]
    fault: Mapping[str, str]
    count: str
    share: str
    row_count: str
    sql: str
    compare: Mapping[str, str]
    bounds: Mapping[str, str]
    characters: tuple[str, str]
    types: Mapping[str, str]
    quote: str
    conjunction: str
    empty: str
    null: str


ENGLISH = _Words(
    promise={
        "column": "The column {c} is there and holds {type}.",
        "required": "Every record has a value for {c}.",
        "missing": "No record has {values} for {c}.",
        "valid_values": "Every {c} is one of {values}.",
        "valid_pattern": "Every {c} has the form {pattern}.",
        "valid_both": "Every {c} is one of {values} and has the form {pattern}.",
        "pattern": "Every {c} has the form {pattern}.",
        "length": "Every {c} has {bounds} {characters}.",
        "length_between": "Every {c} has {bounds} {characters}.",
        "range": "Every {c} is {bounds}.",
        "range_between": "Every {c} is {bounds}.",
        "multiple": "Every {c} is a multiple of {of}.",
        "finite": "Every {c} is a finite number.",
        "unique": "No two records share the same {c}.",
    },
    fault={
        "required": "lack a value for {c}",
        "missing": "have {values} for {c}",
        "valid_values": "have a {c} that is not one of {values}",
        "valid_pattern": "have a {c} that has not the form {pattern}",
        "valid_both": "have a {c} that is not one of {values} or has not the form {pattern}",
        "unique": "share their {c} with another record",
    },
    count="The number of records that {fault} {compare}.",
    share="The share of records that {fault} {compare} %.",
    row_count="The number of records {compare}.",
    sql="The number the rule's query gives {compare}.",
    compare={
        "mustBe": "is {0}",
        "mustNotBe": "is not {0}",
        "mustBeGreaterThan": "is more than {0}",
        "mustBeGreaterOrEqualTo": "is at least {0}",
        "mustBeLessThan": "is less than {0}",
        "mustBeLessOrEqualTo": "is at most {0}",
        "mustBeBetween": "is between {0} and {1}",
        "mustNotBeBetween": "is not between {0} and {1}",
    },
    bounds={
        "both": "between {low} and {high}",
        "minimum": "at least {low}",
        "maximum": "at most {high}",
        "exclusive_minimum": "more than {low}",
        "exclusive_maximum": "less than {high}",
        "and": "{0} and {1}",
    },
    characters=("character", "characters"),
    types={
        "string": "text",
        "integer": "whole numbers",
        "number": "numbers",
        "boolean": "yes or no",
        "date": "dates",
        "timestamp": "moments in time",
        "time": "times of day",
        "object": "structured values",
        "array": "lists",
    },
    quote="“{0}”",
    conjunction="{0} or {1}",
    empty="an empty text",
    null="no value",
)

SPANISH = _Words(
    promise={
        "column": "La columna {c} está y contiene {type}.",
        "required": "Todo registro tiene un valor para {c}.",
        "missing": "Ningún registro tiene {values} en {c}.",
        "valid_values": "El valor de {c} es siempre uno de {values}.",
        "valid_pattern": "El valor de {c} tiene siempre la forma {pattern}.",
        "valid_both": "El valor de {c} es siempre uno de {values} y tiene la forma {pattern}.",
        "pattern": "El valor de {c} tiene siempre la forma {pattern}.",
        "length": "El valor de {c} tiene siempre {bounds} {characters}.",
        "length_between": "El valor de {c} tiene siempre {bounds} {characters}.",
        "range": "El valor de {c} es siempre {bounds}.",
        "range_between": "El valor de {c} está siempre {bounds}.",
        "multiple": "El valor de {c} es siempre múltiplo de {of}.",
        "finite": "El valor de {c} es siempre un número finito.",
        "unique": "No hay dos registros con igual {c}.",
    },
    fault={
        "required": "carecen de valor para {c}",
        "missing": "tienen {values} en {c}",
        "valid_values": "tienen en {c} un valor que no es uno de {values}",
        "valid_pattern": "tienen en {c} un valor que no tiene la forma {pattern}",
        "valid_both": "tienen en {c} un valor que no es uno de {values} o no tiene la forma {pattern}",
        "unique": "comparten {c} con otro registro",
    },
    count="El número de registros que {fault} {compare}.",
    share="La proporción de registros que {fault} {compare} %.",
    row_count="El número de registros {compare}.",
    sql="El número que da la consulta de la regla {compare}.",
    compare={
        "mustBe": "es {0}",
        "mustNotBe": "no es {0}",
        "mustBeGreaterThan": "es mayor que {0}",
        "mustBeGreaterOrEqualTo": "es {0} como mínimo",
        "mustBeLessThan": "es menor que {0}",
        "mustBeLessOrEqualTo": "es {0} como máximo",
        "mustBeBetween": "está entre {0} y {1}",
        "mustNotBeBetween": "no está entre {0} y {1}",
    },
    bounds={
        "both": "entre {low} y {high}",
        "minimum": "al menos {low}",
        "maximum": "como máximo {high}",
        "exclusive_minimum": "más de {low}",
        "exclusive_maximum": "menos de {high}",
        "and": "{0} y {1}",
    },
    characters=("carácter", "caracteres"),
    types={
        "string": "texto",
        "integer": "números enteros",
        "number": "números",
        "boolean": "sí o no",
        "date": "fechas",
        "timestamp": "fechas con hora",
        "time": "horas del día",
        "object": "valores estructurados",
        "array": "listas",
    },
    quote="«{0}»",
    conjunction="{0} o {1}",
    empty="un texto vacío",
    null="ningún valor",
)

PORTUGUESE = _Words(
    promise={
        "column": "A coluna {c} existe e contém {type}.",
        "required": "Todo registro tem um valor para {c}.",
        "missing": "Nenhum registro tem {values} em {c}.",
        "valid_values": "O valor de {c} é sempre um de {values}.",
        "valid_pattern": "O valor de {c} tem sempre a forma {pattern}.",
        "valid_both": "O valor de {c} é sempre um de {values} e tem a forma {pattern}.",
        "pattern": "O valor de {c} tem sempre a forma {pattern}.",
        "length": "O valor de {c} tem sempre {bounds} {characters}.",
        "length_between": "O valor de {c} tem sempre {bounds} {characters}.",
        "range": "O valor de {c} é sempre {bounds}.",
        "range_between": "O valor de {c} está sempre {bounds}.",
        "multiple": "O valor de {c} é sempre múltiplo de {of}.",
        "finite": "O valor de {c} é sempre um número finito.",
        "unique": "Não há dois registros com igual {c}.",
    },
    fault={
        "required": "não têm valor para {c}",
        "missing": "têm {values} em {c}",
        "valid_values": "têm em {c} um valor que não é um de {values}",
        "valid_pattern": "têm em {c} um valor que não tem a forma {pattern}",
        "valid_both": "têm em {c} um valor que não é um de {values} ou não tem a forma {pattern}",
        "unique": "compartilham {c} com outro registro",
    },
    count="O número de registros que {fault} {compare}.",
    share="A proporção de registros que {fault} {compare} %.",
    row_count="O número de registros {compare}.",
    sql="O número dado pela consulta da regra {compare}.",
    compare={
        "mustBe": "é {0}",
        "mustNotBe": "não é {0}",
        "mustBeGreaterThan": "é maior que {0}",
        "mustBeGreaterOrEqualTo": "é no mínimo {0}",
        "mustBeLessThan": "é menor que {0}",
        "mustBeLessOrEqualTo": "é no máximo {0}",
        "mustBeBetween": "está entre {0} e {1}",
        "mustNotBeBetween": "não está entre {0} e {1}",
    },
    bounds={
        "both": "entre {low} e {high}",
        "minimum": "no mínimo {low}",
        "maximum": "no máximo {high}",
        "exclusive_minimum": "mais de {low}",
        "exclusive_maximum": "menos de {high}",
        "and": "{0} e {1}",
    },
    characters=("caractere", "caracteres"),
    types={
        "string": "texto",
        "integer": "números inteiros",
        "number": "números",
        "boolean": "sim ou não",
        "date": "datas",
        "timestamp": "datas com hora",
        "time": "horas do dia",
        "object": "valores estruturados",
        "array": "listas",
    },
    quote="“{0}”",
    conjunction="{0} ou {1}",
    empty="um texto vazio",
    null="nenhum valor",
)

WORDS: Mapping[str, _Words] = {"en": ENGLISH, "es": SPANISH, "pt": PORTUGUESE}


def sentence(contract: Contract, check: Check, description: Text | None = None) -> Text:
    """The check in every language; ``description`` (the rule's own words) wins where it has one."""
    spoken = {language: _say(contract, check, language) for language in LANGUAGES}
    if not description:
        return Text(spoken["en"], {k: v for k, v in spoken.items() if k != "en"})
    own = dict(description.translations)
    if check.kind is not Kind.SQL:
        for language in LANGUAGES[1:]:
            own.setdefault(language, spoken[language])
    return Text(description.default, own)


def _say(contract: Contract, check: Check, language: str) -> str:
    words = WORDS[language]
    compare = _compare(check.threshold, words)
    if check.kind is Kind.ROW_COUNT:
        return words.row_count.format(compare=compare)
    if check.kind is Kind.SQL:
        return words.sql.format(compare=compare)
    form = _form(check)
    parts = _parts(contract, check, language)
    if check.threshold == Threshold() or form not in words.fault:
        return words.promise[form].format(**parts)
    fault = words.fault[form].format(**parts)
    frame = words.share if check.threshold.unit == "percent" else words.count
    return frame.format(fault=fault, compare=compare)


def _form(check: Check) -> str:
    """Which of the words for a kind fit the check."""
    match check.kind:
        case Kind.RANGE | Kind.LENGTH:
            both = {"minimum", "maximum"} <= set(check.arguments)
            return f"{check.kind.value}_between" if both else check.kind.value
        case Kind.VALID:
            both = "values" in check.arguments and "pattern" in check.arguments
            return "valid_both" if both else "valid_values" if "values" in check.arguments else "valid_pattern"
        case Kind.COLUMN | Kind.REQUIRED | Kind.MISSING | Kind.PATTERN | Kind.MULTIPLE | Kind.FINITE | Kind.UNIQUE:
            return check.kind.value
        case Kind.ROW_COUNT | Kind.SQL:
            raise ValueError(f"{check.kind.value} has a sentence of its own")
        case _:
            assert_never(check.kind)


def _parts(contract: Contract, check: Check, language: str) -> dict[str, str]:
    words = WORDS[language]
    columns = [contract.object.column(name) for name in check.columns]
    titles = [words.quote.format(_title(c, language)) for c in columns if c is not None]
    last = columns[-1] if columns else None
    arguments = check.arguments
    return {
        "c": " + ".join(titles),
        "type": words.types.get(last.logical_type, last.logical_type) if last else "",
        "values": _list([_value(v, words) for v in arguments.get("values", ())], words),
        "pattern": str(arguments.get("pattern", "")),
        "of": str(arguments.get("of", "")),
        "bounds": _bounds(arguments, words),
        "characters": words.characters[_last_bound(arguments) != 1],
    }


def _title(column: Property, language: str) -> str:
    return column.title.to(language) if column.title else column.name.replace("_", " ")


def _value(value: Any, words: _Words) -> str:
    if value is None:
        return words.null
    if value == "":
        return words.empty
    return words.quote.format(value) if isinstance(value, str) else _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ") + " UTC"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _list(items: Sequence[str], words: _Words) -> str:
    if len(items) < 2:
        return "".join(items)
    return words.conjunction.format(", ".join(items[:-1]), items[-1])


def _bounds(arguments: Mapping[str, Any], words: _Words) -> str:
    if {"minimum", "maximum"} <= set(arguments):
        return words.bounds["both"].format(low=_plain(arguments["minimum"]), high=_plain(arguments["maximum"]))
    said = [
        words.bounds[name].format(low=_plain(arguments[name]), high=_plain(arguments[name]))
        for name in ("minimum", "exclusive_minimum", "maximum", "exclusive_maximum")
        if name in arguments
    ]
    return words.bounds["and"].format(*said) if len(said) == 2 else ", ".join(said)


def _last_bound(arguments: Mapping[str, Any]) -> Any:
    """The number that stands last in what ``_bounds`` says, which decides the form of the word after it."""
    return next((arguments[name] for name in ("maximum", "exclusive_maximum", "minimum") if name in arguments), None)


def _compare(threshold: Threshold, words: _Words) -> str:
    value = threshold.value
    numbers = [_plain(v) for v in (value if isinstance(value, tuple) else (value,))]
    return words.compare[threshold.operator].format(*numbers)
