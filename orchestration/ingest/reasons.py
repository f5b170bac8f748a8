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
        "The record has more or fewer fields than the header.",
        {"es": "El registro tiene más o menos campos que el encabezado."},
    ),
    "record.quotes": Text(
        "Quotes stand where they may not: programs would read this record in different ways.",
        {"es": "Hay comillas donde no deben estar: cada programa leería este registro de otra manera."},
    ),
    "record.characters": Text(
        "The record holds control characters or characters that turn the reading direction.",
        {"es": "El registro contiene caracteres de control o caracteres que invierten el sentido de lectura."},
    ),
    "record.encoding": Text(
        "The record holds bytes that are not UTF-8.",
        {"es": "El registro contiene bytes que no son UTF-8."},
    ),
    "record.size": Text(
        "The record is larger than any record may be.",
        {"es": "El registro es más grande de lo permitido."},
    ),
    "record.json": Text(
        "The line is not one JSON object.",
        {"es": "La línea no es un objeto JSON."},
    ),
    "record.keys": Text(
        "A key occurs twice in the JSON object.",
        {"es": "Una clave aparece dos veces en el objeto JSON."},
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


def type_sentence(column: Property) -> Text:
    """What ``<column>.type`` demands."""
    written = column.options.get("format") if column.logical_type in ("date", "time", "timestamp") else None
    kind = KINDS[column.logical_type]
    detail = {"en": f" written {written}" if written else "", "es": f" con la forma {written}" if written else ""}
    return Text(
        f"{column.name} must be {kind.default}{detail['en']}.",
        {"es": f"{column.name} debe ser {kind.to('es')}{detail['es']}."},
    )


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
