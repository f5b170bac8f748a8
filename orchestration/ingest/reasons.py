"""Why a record was set aside or a file checked, in plain words, English and Spanish.

Belongs here: the sentences of landing's own checks (types, fields, characters). The contract's checks
bring their own sentences. Does not belong here: values of records; no sentence holds one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contracts.checks import Check
from contracts.model import Contract, Property, Text
from orchestration.ingest.parse import default_zone, type_check_id

WORDS: Mapping[str, Text] = {
    "record.fields": Text(
        "The record has more or fewer fields than it should: a delimiter may stand in a value without quotes.",
        {
            "es": "El registro tiene más o menos campos de los debidos: puede haber un separador en un valor sin "
            "comillas."
        },
    ),
    "record.quotes": Text(
        "Quotes stand where they may not: programs would read this record in different ways.",
        {"es": "Hay comillas donde no deben estar: cada programa leería este registro de otra manera."},
    ),
    "record.characters": Text(
        "The record holds characters that cannot be seen: control characters, or marks that turn the direction.",
        {"es": "El registro contiene caracteres que no se ven: de control, o que invierten el sentido de lectura."},
    ),
    "record.encoding": Text(
        "The record holds bytes that are no letter in UTF-8; perhaps of a program that writes Latin-1.",
        {"es": "El registro contiene bytes que no son ninguna letra en UTF-8; quizá de un programa que usa Latin-1."},
    ),
    "record.size": Text(
        "The record is larger than any record may be.",
        {"es": "El registro es más grande de lo permitido."},
    ),
    "record.json": Text(
        "The record is not one JSON object.",
        {"es": "El registro no es un objeto JSON."},
    ),
    "record.keys": Text(
        "A key occurs twice in the JSON object.",
        {"es": "Una clave aparece dos veces en el objeto JSON."},
    ),
    "record.feature": Text(
        "The record is not a GeoJSON feature with properties.",
        {"es": "El registro no es un elemento GeoJSON (feature) con propiedades."},
    ),
    "record.cell": Text(
        "A cell holds an error value such as #REF! or #N/A instead of a value.",
        {"es": "Una celda contiene un error como #REF! o #N/A en lugar de un valor."},
    ),
    "record.number": Text(
        "A cell holds a number where text is declared: zeros in front are lost. Format the column as text.",
        {
            "es": "Una celda contiene un número donde se declara texto: se pierden los ceros iniciales. "
            "Dé a la columna formato de texto."
        },
    ),
    "geometry.form": Text(
        "The geometry is not a GeoJSON point, line or polygon, or its coordinates have not the form of its type.",
        {"es": "La geometría no es un punto, línea o polígono GeoJSON, o sus coordenadas no tienen esa forma."},
    ),
    "geometry.size": Text(
        "The geometry has too many positions: simplify it to some 100,000 at most.",
        {"es": "La geometría tiene demasiadas posiciones: simplifíquela a unas 100 000 como máximo."},
    ),
    "geometry.range": Text(
        "The geometry lies beyond 180 degrees of longitude or 90 of latitude.",
        {"es": "La geometría queda fuera de 180 grados de longitud o 90 de latitud."},
    ),
    "geometry.swapped": Text(
        "Longitude and latitude are swapped: the other way round the geometry would lie where it should.",
        {"es": "Longitud y latitud están invertidas: al revés, la geometría quedaría donde debe."},
    ),
    "geometry.outside": Text(
        "The geometry lies outside of the bounds declared for the source.",
        {"es": "La geometría queda fuera de los límites declarados para la fuente."},
    ),
    "geometry.ring": Text(
        "A ring of the polygon is not closed, or has fewer than four positions.",
        {"es": "Un anillo del polígono no está cerrado o tiene menos de cuatro posiciones."},
    ),
    "geometry.crossing": Text(
        "The polygon crosses itself, or covers no area.",
        {"es": "El polígono se cruza a sí mismo o no cubre ninguna superficie."},
    ),
}

KINDS: Mapping[str, Text] = {
    "string": Text("text", {"es": "texto"}),
    "integer": Text("a whole number", {"es": "un número entero"}),
    "number": Text("a number", {"es": "un número"}),
    "boolean": Text("true or false", {"es": "verdadero o falso"}),
    "date": Text("a date", {"es": "una fecha"}),
    "time": Text("a time of day", {"es": "una hora"}),
    "timestamp": Text("a date and time", {"es": "una fecha y hora"}),
    "object": Text("a JSON object", {"es": "un objeto JSON"}),
    "array": Text("a JSON array", {"es": "una lista JSON"}),
}


COUNTS: Mapping[str, Mapping[str, str]] = {
    "epoch_ms": {
        "en": "as a whole number of milliseconds since 1970 (UTC), from the year 1000 to 9999",
        "es": "como número entero de milisegundos desde 1970 (UTC), del año 1000 al 9999",
    },
    "epoch_s": {
        "en": "as a whole number of seconds since 1970 (UTC), from the year 1000 to 9999",
        "es": "como número entero de segundos desde 1970 (UTC), del año 1000 al 9999",
    },
}
"""How an instant is written that is counted from 1970, by the word of the contract (``contracts.columns.EPOCHS``)."""


def type_sentence(column: Property) -> Text:
    """What ``<column>.type`` demands."""
    kind = KINDS[column.logical_type]
    detail = _detail(column)
    return Text(
        f"{column.name} must be {kind.default}{detail['en']}.",
        {"es": f"{column.name} debe ser {kind.to('es')}{detail['es']}."},
    )


def _detail(column: Property) -> dict[str, str]:
    """How a value of the column must be written, or how long it may be to stay exact."""
    written = column.options.get("format")
    if column.logical_type == "timestamp" and written in COUNTS:
        return {language: f" {text}" for language, text in COUNTS[str(written)].items()}
    if column.logical_type in ("date", "time", "timestamp") and written:
        return {"en": f" written {written}", "es": f" con la forma {written}"}
    if column.logical_type == "integer":
        return {"en": " of at most 18 digits", "es": " de 18 dígitos como máximo"}
    if column.physical_type == "DOUBLE":
        return {"en": " that can be kept exactly", "es": " que se pueda guardar con exactitud"}
    return {"en": "", "es": ""}


def skipped_hour_sentence(column: Property) -> Text:
    """What is wrong with a local time in the hour that daylight saving skips."""
    zone = default_zone(column)
    return Text(
        f"{column.name} names a time that does not exist in {zone}: the clocks were set forward over it, "
        "or its year is not between 1900 and 2100.",
        {
            "es": f"{column.name} indica una hora que no existe en {zone}: los relojes se adelantaron, "
            "o su año no está entre 1900 y 2100."
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
