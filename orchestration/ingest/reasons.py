"""Why a record was set aside or a file checked, in plain words, in English, Spanish and Portuguese.

Belongs here: the sentences of landing's own checks (types, fields, characters). The contract's checks
bring their own sentences. Does not belong here: values of records; no sentence holds one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contracts.checks import Check
from contracts.model import Contract, Property, Text
from contracts.sentences import LANGUAGES
from orchestration.ingest.parse import default_zone, type_check_id

WORDS: Mapping[str, Text] = {
    "record.fields": Text(
        "The record has more or fewer fields than it should: a delimiter may stand in a value without quotes.",
        {
            "es": "El registro tiene más o menos campos de los debidos: puede haber un separador en un valor sin "
            "comillas.",
            "pt": "O registro tem mais ou menos campos do que deveria: pode haver um separador em um valor sem aspas.",
        },
    ),
    "record.quotes": Text(
        "Quotes stand where they may not: programs would read this record in different ways.",
        {
            "es": "Hay comillas donde no deben estar: cada programa leería este registro de otra manera.",
            "pt": "Há aspas onde não podem estar: cada programa leria este registro de outra maneira.",
        },
    ),
    "record.characters": Text(
        "The record holds characters that cannot be seen: control characters, or marks that turn the direction.",
        {
            "es": "El registro contiene caracteres que no se ven: de control, o que invierten el sentido de lectura.",
            "pt": "O registro contém caracteres que não se veem: de controle, ou que invertem o sentido da leitura.",
        },
    ),
    "record.encoding": Text(
        "The record holds bytes that are no letter in UTF-8; perhaps of a program that writes Latin-1.",
        {
            "es": "El registro contiene bytes que no son ninguna letra en UTF-8; quizá de un programa que usa Latin-1.",
            "pt": "O registro contém bytes que não são nenhuma letra em UTF-8; talvez de um programa que usa Latin-1.",
        },
    ),
    "record.size": Text(
        "The record is larger than any record may be.",
        {
            "es": "El registro es más grande de lo permitido.",
            "pt": "O registro é maior do que qualquer registro pode ser.",
        },
    ),
    "record.json": Text(
        "The record is not one JSON object.",
        {
            "es": "El registro no es un objeto JSON.",
            "pt": "O registro não é um objeto JSON.",
        },
    ),
    "record.keys": Text(
        "A key occurs twice in the JSON object.",
        {
            "es": "Una clave aparece dos veces en el objeto JSON.",
            "pt": "Uma chave aparece duas vezes no objeto JSON.",
        },
    ),
    "record.feature": Text(
        "The record is not a GeoJSON feature with properties.",
        {
            "es": "El registro no es un elemento GeoJSON (feature) con propiedades.",
            "pt": "O registro não é um elemento GeoJSON (feature) com propriedades.",
        },
    ),
    "record.cell": Text(
        "A cell holds an error value such as #REF! or #N/A instead of a value.",
        {
            "es": "Una celda contiene un error como #REF! o #N/A en lugar de un valor.",
            "pt": "Uma célula contém um erro como #REF! ou #N/A em vez de um valor.",
        },
    ),
    "record.number": Text(
        "A cell holds a number where text is declared: zeros in front are lost. Format the column as text.",
        {
            "es": "Una celda contiene un número donde se declara texto: se pierden los ceros iniciales. Dé a la "
            "columna formato de texto.",
            "pt": "Uma célula contém um número onde se declara texto: perdem-se os zeros à esquerda. Dê à coluna o "
            "formato de texto.",
        },
    ),
    "geometry.form": Text(
        "The geometry is not a GeoJSON point, line or polygon, or its coordinates have not the form of its type.",
        {
            "es": "La geometría no es un punto, línea o polígono GeoJSON, o sus coordenadas no tienen esa forma.",
            "pt": "A geometria não é um ponto, linha ou polígono GeoJSON, ou suas coordenadas não têm essa forma.",
        },
    ),
    "geometry.size": Text(
        "The geometry has too many positions: simplify it to some 100,000 at most.",
        {
            "es": "La geometría tiene demasiadas posiciones: simplifíquela a unas 100 000 como máximo.",
            "pt": "A geometria tem posições demais: simplifique-a para umas 100.000 no máximo.",
        },
    ),
    "geometry.range": Text(
        "The geometry lies beyond 180 degrees of longitude or 90 of latitude.",
        {
            "es": "La geometría queda fuera de 180 grados de longitud o 90 de latitud.",
            "pt": "A geometria fica além de 180 graus de longitude ou de 90 de latitude.",
        },
    ),
    "geometry.swapped": Text(
        "Longitude and latitude are swapped: the other way round the geometry would lie where it should.",
        {
            "es": "Longitud y latitud están invertidas: al revés, la geometría quedaría donde debe.",
            "pt": "Longitude e latitude estão trocadas: ao contrário, a geometria ficaria onde deve.",
        },
    ),
    "geometry.outside": Text(
        "The geometry lies outside of the bounds declared for the source.",
        {
            "es": "La geometría queda fuera de los límites declarados para la fuente.",
            "pt": "A geometria fica fora dos limites declarados para a fonte.",
        },
    ),
    "geometry.ring": Text(
        "A ring of the polygon is not closed, or has fewer than four positions.",
        {
            "es": "Un anillo del polígono no está cerrado o tiene menos de cuatro posiciones.",
            "pt": "Um anel do polígono não está fechado, ou tem menos de quatro posições.",
        },
    ),
    "geometry.crossing": Text(
        "The polygon crosses itself, or covers no area.",
        {
            "es": "El polígono se cruza a sí mismo o no cubre ninguna superficie.",
            "pt": "O polígono cruza a si mesmo, ou não cobre nenhuma superfície.",
        },
    ),
}

KINDS: Mapping[str, Text] = {
    "string": Text("text", {"es": "texto", "pt": "texto"}),
    "integer": Text("a whole number", {"es": "un número entero", "pt": "um número inteiro"}),
    "number": Text("a number", {"es": "un número", "pt": "um número"}),
    "boolean": Text("true or false", {"es": "verdadero o falso", "pt": "verdadeiro ou falso"}),
    "date": Text("a date", {"es": "una fecha", "pt": "uma data"}),
    "time": Text("a time of day", {"es": "una hora", "pt": "uma hora"}),
    "timestamp": Text("a date and time", {"es": "una fecha y hora", "pt": "uma data e hora"}),
    "object": Text("a JSON object", {"es": "un objeto JSON", "pt": "um objeto JSON"}),
    "array": Text("a JSON array", {"es": "una lista JSON", "pt": "uma lista JSON"}),
}


COUNTS: Mapping[str, Mapping[str, str]] = {
    "epoch_ms": {
        "en": "as a whole number of milliseconds since 1970 (UTC), from the year 1000 to 9999",
        "es": "como número entero de milisegundos desde 1970 (UTC), del año 1000 al 9999",
        "pt": "como número inteiro de milissegundos desde 1970 (UTC), do ano 1000 ao 9999",
    },
    "epoch_s": {
        "en": "as a whole number of seconds since 1970 (UTC), from the year 1000 to 9999",
        "es": "como número entero de segundos desde 1970 (UTC), del año 1000 al 9999",
        "pt": "como número inteiro de segundos desde 1970 (UTC), do ano 1000 ao 9999",
    },
}
"""How an instant is written that is counted from 1970, by the word of the contract (``contracts.columns.EPOCHS``)."""


def type_sentence(column: Property) -> Text:
    """What ``<column>.type`` demands."""
    kind = KINDS[column.logical_type]
    detail = _detail(column)
    return Text(
        f"{column.name} must be {kind.default}{detail['en']}.",
        {
            "es": f"{column.name} debe ser {kind.to('es')}{detail['es']}.",
            "pt": f"{column.name} deve ser {kind.to('pt')}{detail['pt']}.",
        },
    )


def _detail(column: Property) -> dict[str, str]:
    """How a value of the column must be written, or how long it may be to stay exact."""
    written = column.options.get("format")
    if column.logical_type == "timestamp" and written in COUNTS:
        return {language: f" {text}" for language, text in COUNTS[str(written)].items()}
    if column.logical_type in ("date", "time", "timestamp") and written:
        return {"en": f" written {written}", "es": f" con la forma {written}", "pt": f" na forma {written}"}
    if column.logical_type == "integer":
        return {"en": " of at most 18 digits", "es": " de 18 dígitos como máximo", "pt": " de no máximo 18 dígitos"}
    if column.physical_type == "DOUBLE":
        return {
            "en": " that can be kept exactly",
            "es": " que se pueda guardar con exactitud",
            "pt": " que se possa guardar com exatidão",
        }
    return dict.fromkeys(LANGUAGES, "")


def skipped_hour_sentence(column: Property) -> Text:
    """What is wrong with a local time in the hour that daylight saving skips."""
    zone = default_zone(column)
    return Text(
        f"{column.name} names a time that does not exist in {zone}: the clocks were set forward over it, "
        "or its year is not between 1900 and 2100.",
        {
            "es": f"{column.name} indica una hora que no existe en {zone}: los relojes se adelantaron, "
            "o su año no está entre 1900 y 2100.",
            "pt": f"{column.name} indica uma hora que não existe em {zone}: os relógios foram adiantados sobre ela, "
            "ou seu ano não está entre 1900 e 2100.",
        },
    )


def sentences(contract: Contract, checks: Iterable[Check]) -> dict[str, Text]:
    """Every reason's sentence by check id."""
    found = dict(WORDS)
    found |= {type_check_id(column.name): type_sentence(column) for column in contract.columns}
    found |= {check.id: check.text for check in checks}
    return found


def in_languages(text: Text) -> dict[str, str]:
    """A text as a mapping of languages, English first."""
    return {"en": text.default, **dict(text.translations)}
