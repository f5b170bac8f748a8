"""Each change between two deliveries as a sentence that a data officer understands: English, Spanish, Portuguese.

Belongs here: the words for the kinds of finding. Does not belong here: finding them
(``orchestration/ingest/drift.py``). A sentence names a column and tells shares and counts, never a value of a record:
it may stand in a log, a refusal and on a page.

Titles are quoted, so that no sentence has to guess an article or a gender.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.model import Contract, Text
from contracts.shapes import Finding

LANGUAGES = ("en", "es", "pt")
MOST = 0.5
"""Share of known values from which on it is told."""


@dataclass(frozen=True)
class _Words:
    """One language. Forms with ``_one`` are for a single value; ``known`` and ``like`` are of a missing column."""

    forms: Mapping[str, str]
    kinds: Mapping[str, str]
    short: Mapping[str, str]
    quote: str
    thousands: str
    decimal: str


ENGLISH = _Words(
    forms={
        "record_count": "The delivery holds {after} records; the last one held {before}.",
        "set_aside": "{after} of {count} records were set aside; of the delivery before it, {before}.",
        "column_missing": "The column {c} is gone.",
        "like": "The column {c} is gone; {like} looks like it.",
        "known": "The column {c} is gone; {like} looks like it: {known} of its values are known values.",
        "column_added": "There is a new column, {c}; it is kept as it came and not read.",
        "kind_changed": "{c} came as {before} and comes as {after} now.",
        "unreadable": "{after} of the values of {c} can't be read as its type; it was {before}.",
        "emptier": "{c} is empty in {after} of the records; it was in {before}.",
        "fuller": "{c} is empty in {after} of the records only; it was in {before}.",
        "new_values": "{c} has {count} values never seen before, in {after} records.",
        "new_values_one": "{c} has a value never seen before, in {after} records.",
        "new_values_many": "{c} has more than {count} values never seen before: it is a choice of few no longer.",
        "silent_values": "{count} values of {c} no longer occur; they stood in {before} records.",
        "silent_values_one": "A value of {c} no longer occurs; it stood in {before} records.",
        "too_early": "{c} reaches further back than it ever did.",
        "too_late": "{c} lies further in the future than it ever did.",
        "too_low": "{c} falls far below all that was seen.",
        "too_high": "{c} rises far above all that was seen.",
        "magnitude": "{c} is of another order of magnitude: its unit may have changed.",
    },
    kinds={
        "integer": "whole numbers",
        "number": "numbers with decimals",
        "boolean": "true or false",
        "date": "dates",
        "timestamp": "dates with a time",
        "time": "times of day",
        "shape": "shapes on the map",
        "object": "JSON objects",
        "array": "lists",
        "text": "text",
        "nothing": "nothing",
    },
    short={
        "record_count": "number of records",
        "set_aside": "more records set aside",
        "column_missing": "columns gone",
        "column_added": "new columns",
        "kind_changed": "another kind of value",
        "unreadable": "values that can't be read",
        "emptier": "emptier",
        "fuller": "fuller",
        "new_values": "values never seen",
        "silent_values": "values that no longer occur",
        "too_early": "dates too early",
        "too_late": "dates too late",
        "too_low": "numbers far too low",
        "too_high": "numbers far too high",
        "magnitude": "another order of magnitude",
    },
    quote="“{0}”",
    thousands=",",
    decimal=".",
)

SPANISH = _Words(
    forms={
        "record_count": "La entrega trae {after} registros; la anterior traía {before}.",
        "set_aside": "Se apartaron {after} de {count} registros; de la entrega anterior, {before}.",
        "column_missing": "Falta la columna {c}.",
        "like": "Falta la columna {c}; {like} se le parece.",
        "known": "Falta la columna {c}; {like} se le parece: el {known} de sus valores son valores conocidos.",
        "column_added": "Hay una columna nueva, {c}; se guarda como llegó y no se lee.",
        "kind_changed": "{c} venía como {before} y ahora viene como {after}.",
        "unreadable": "El {after} de los valores de {c} no se puede leer con su tipo; antes, el {before}.",
        "emptier": "{c} está vacía en el {after} de los registros; antes, en el {before}.",
        "fuller": "{c} está vacía solo en el {after} de los registros; antes, en el {before}.",
        "new_values": "{c} trae {count} valores nunca vistos, en {after} registros.",
        "new_values_one": "{c} trae un valor nunca visto, en {after} registros.",
        "new_values_many": "{c} trae más de {count} valores nunca vistos: ya no es una elección entre pocos.",
        "silent_values": "{count} valores de {c} ya no aparecen; estaban en {before} registros.",
        "silent_values_one": "Un valor de {c} ya no aparece; estaba en {before} registros.",
        "too_early": "{c} llega más atrás en el tiempo que nunca.",
        "too_late": "{c} llega más al futuro que nunca.",
        "too_low": "{c} cae muy por debajo de todo lo visto.",
        "too_high": "{c} sube muy por encima de todo lo visto.",
        "magnitude": "{c} tiene otro orden de magnitud: puede haber cambiado su unidad.",
    },
    kinds={
        "integer": "números enteros",
        "number": "números con decimales",
        "boolean": "verdadero o falso",
        "date": "fechas",
        "timestamp": "fechas con hora",
        "time": "horas",
        "shape": "formas en el mapa",
        "object": "objetos JSON",
        "array": "listas",
        "text": "texto",
        "nothing": "nada",
    },
    short={
        "record_count": "número de registros",
        "set_aside": "más registros apartados",
        "column_missing": "columnas que faltan",
        "column_added": "columnas nuevas",
        "kind_changed": "otro tipo de valor",
        "unreadable": "valores que no se pueden leer",
        "emptier": "más vacías",
        "fuller": "más llenas",
        "new_values": "valores nunca vistos",
        "silent_values": "valores que ya no aparecen",
        "too_early": "fechas demasiado tempranas",
        "too_late": "fechas demasiado tardías",
        "too_low": "números muy bajos",
        "too_high": "números muy altos",
        "magnitude": "otro orden de magnitud",
    },
    quote="“{0}”",
    thousands=".",
    decimal=",",
)

PORTUGUESE = _Words(
    forms={
        "record_count": "A entrega traz {after} registros; a anterior trazia {before}.",
        "set_aside": "Foram separados {after} de {count} registros; da entrega anterior, {before}.",
        "column_missing": "Falta a coluna {c}.",
        "like": "Falta a coluna {c}; {like} se parece com ela.",
        "known": "Falta a coluna {c}; {like} se parece com ela: {known} dos seus valores são valores conhecidos.",
        "column_added": "Há uma coluna nova, {c}; é guardada como veio e não é lida.",
        "kind_changed": "{c} vinha como {before} e agora vem como {after}.",
        "unreadable": "{after} dos valores de {c} não podem ser lidos com o seu tipo; antes, {before}.",
        "emptier": "{c} está vazia em {after} dos registros; antes, em {before}.",
        "fuller": "{c} está vazia só em {after} dos registros; antes, em {before}.",
        "new_values": "{c} traz {count} valores nunca vistos, em {after} registros.",
        "new_values_one": "{c} traz um valor nunca visto, em {after} registros.",
        "new_values_many": "{c} traz mais de {count} valores nunca vistos: já não é uma escolha entre poucos.",
        "silent_values": "{count} valores de {c} já não aparecem; estavam em {before} registros.",
        "silent_values_one": "Um valor de {c} já não aparece; estava em {before} registros.",
        "too_early": "{c} vai mais longe no passado do que nunca.",
        "too_late": "{c} vai mais longe no futuro do que nunca.",
        "too_low": "{c} cai muito abaixo de tudo o que foi visto.",
        "too_high": "{c} sobe muito acima de tudo o que foi visto.",
        "magnitude": "{c} tem outra ordem de grandeza: a sua unidade pode ter mudado.",
    },
    kinds={
        "integer": "números inteiros",
        "number": "números com decimais",
        "boolean": "verdadeiro ou falso",
        "date": "datas",
        "timestamp": "datas com hora",
        "time": "horas",
        "shape": "formas no mapa",
        "object": "objetos JSON",
        "array": "listas",
        "text": "texto",
        "nothing": "nada",
    },
    short={
        "record_count": "número de registros",
        "set_aside": "mais registros separados",
        "column_missing": "colunas que faltam",
        "column_added": "colunas novas",
        "kind_changed": "outro tipo de valor",
        "unreadable": "valores que não podem ser lidos",
        "emptier": "mais vazias",
        "fuller": "mais cheias",
        "new_values": "valores nunca vistos",
        "silent_values": "valores que já não aparecem",
        "too_early": "datas cedo demais",
        "too_late": "datas tarde demais",
        "too_low": "números muito baixos",
        "too_high": "números muito altos",
        "magnitude": "outra ordem de grandeza",
    },
    quote="“{0}”",
    thousands=".",
    decimal=",",
)

WORDS: Mapping[str, _Words] = {"en": ENGLISH, "es": SPANISH, "pt": PORTUGUESE}


def sentence(contract: Contract, finding: Finding) -> Text:
    """The finding in every language."""
    spoken = {language: _say(contract, finding, language) for language in LANGUAGES}
    return Text(spoken["en"], {language: said for language, said in spoken.items() if language != "en"})


def summary(contract: Contract, findings: Sequence[Finding]) -> Text:
    """All of ``findings`` in half a sentence: what kinds there are, and of which columns."""
    spoken = {language: _summary(contract, findings, language) for language in LANGUAGES}
    return Text(spoken["en"], {language: said for language, said in spoken.items() if language != "en"})


def _summary(contract: Contract, findings: Sequence[Finding], language: str) -> str:
    words = WORDS[language]
    told: dict[str, list[str]] = {}
    for finding in findings:
        title = words.quote.format(_title(contract, finding.column, language)) if finding.column else ""
        counted = finding.kind in ("new_values", "silent_values") and finding.count
        told.setdefault(words.short[finding.kind], []).append(f"{title} ({finding.count})" if counted else title)
    return "; ".join(f"{kind}: {', '.join(columns)}".rstrip(": ") for kind, columns in told.items())


def kind_of_value(kind: str) -> Text:
    """What a column's values look like, in plain words."""
    spoken = {language: WORDS[language].kinds.get(kind, kind) for language in LANGUAGES}
    return Text(spoken["en"], {language: said for language, said in spoken.items() if language != "en"})


def _say(contract: Contract, finding: Finding, language: str) -> str:
    words = WORDS[language]
    said = words.forms[_form(finding)]
    return said.format(
        c=words.quote.format(_title(contract, finding.column or "", language)),
        like=words.quote.format(finding.like or ""),
        known=_share(finding.known or 0.0, words),
        count=_whole(finding.count or 0, words),
        before=_told(finding.before, words),
        after=_told(finding.after, words),
    )


def _form(finding: Finding) -> str:
    match finding.kind:
        case "column_missing":
            return "column_missing" if finding.like is None else "like" if (finding.known or 0) < MOST else "known"
        case "new_values" if finding.after is None:
            return "new_values_many"
        case "new_values" | "silent_values" if finding.count == 1:
            return f"{finding.kind}_one"
        case _:
            return finding.kind


def _title(contract: Contract, name: str, language: str) -> str:
    """The column as its source calls it where the contract reads it; a missing one is looked for under that name."""
    column = contract.object.column(name)
    if column is None:
        return name
    return column.title.to(language) if column.title else column.source_name


def _told(value: float | int | str | None, words: _Words) -> str:
    match value:
        case None:
            return "0"
        case str():
            return words.kinds.get(value, value)
        case float():
            return _share(value, words)
        case _:
            return _whole(value, words)


def _whole(value: int, words: _Words) -> str:
    return f"{value:,}".replace(",", words.thousands)


def _share(value: float, words: _Words) -> str:
    """A share of 0 to 1 in per cent: with a decimal where it is next to nothing or next to all."""
    percent = 100 * value
    digits = 0 if percent in (0.0, 100.0) or 1 <= percent <= 99 else 1
    return f"{percent:.{digits}f}".replace(".", words.decimal) + " %"
