"""What was done to break a check, as a sentence in English, Spanish and Portuguese.

Belongs here: the words of a proof. Does not belong here: doing it (``mutations``), the rule's own sentence
(``sentences``).
"""

from __future__ import annotations

from collections.abc import Mapping

DONE: Mapping[str, tuple[str, str, str]] = {
    "column": (
        "the column was taken away",
        "se quitó la columna",
        "a coluna foi retirada",
    ),
    "null": (
        "the value was taken out of a record",
        "se quitó el valor de un registro",
        "o valor de um registro foi retirado",
    ),
    "missing": (
        "a word that stands for a missing value was put into a record",
        "se puso en un registro una palabra que significa valor ausente",
        "uma palavra que significa valor ausente foi posta em um registro",
    ),
    "valid": (
        "a value that is not among the valid ones was put into a record",
        "se puso en un registro un valor que no está entre los válidos",
        "um valor que não está entre os válidos foi posto em um registro",
    ),
    "pattern": (
        "a text of another form was put into a record",
        "se puso en un registro un texto de otra forma",
        "um texto de outra forma foi posto em um registro",
    ),
    "length": (
        "a text too long or too short was put into a record",
        "se puso en un registro un texto demasiado largo o corto",
        "um texto longo ou curto demais foi posto em um registro",
    ),
    "range": (
        "a value beyond the bounds was put into a record",
        "se puso en un registro un valor fuera de los límites",
        "um valor fora dos limites foi posto em um registro",
    ),
    "multiple": (
        "a value between two multiples was put into a record",
        "se puso en un registro un valor entre dos múltiplos",
        "um valor entre dois múltiplos foi posto em um registro",
    ),
    "finite": (
        "a value that is no number (NaN) was put into a record",
        "se puso en un registro un valor que no es un número (NaN)",
        "um valor que não é um número (NaN) foi posto em um registro",
    ),
    "unique": (
        "a record was put in a second time",
        "se repitió un registro",
        "um registro foi repetido",
    ),
    "row_count": (
        "records were taken out or put in until their number broke the rule",
        "se quitaron o añadieron registros hasta que su número incumplió la regla",
        "registros foram retirados ou acrescentados até que seu número quebrou a regra",
    ),
    "sql": (
        "the table was replaced by the rule's own failing example",
        "se puso en lugar de la tabla el ejemplo de fallo de la regla",
        "a tabela foi trocada pelo exemplo de falha da própria regra",
    ),
    "none": (
        "no way to break it was found",
        "no se encontró manera de incumplirla",
        "não se encontrou maneira de quebrá-la",
    ),
}
"""What was done, in English, Spanish and Portuguese."""
