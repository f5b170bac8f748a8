"""National and tax identifiers of the Americas: whether a text can be one, by its form and its check digits.

Belongs here: one pure function for each identifier. Does not belong here: judging a column (``personal``).

Source: the issuing bodies' own rules: Social Security Administration (SSN), RENAPO (CURP), SAT (RFC), Receita Federal
(CPF), ANSES and AFIP (CUIT/CUIL), SII (RUT), Registro Civil del Ecuador (cédula), Dirección Nacional de Identificación
Civil of Uruguay (cédula), Junta Central Electoral of the Dominican Republic (cédula), SUNAT (RUC), DIAN (NIT).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

_SEPARATORS = re.compile(r"[.\-/ ]")
_SSN = re.compile(r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\Z")
_CURP = re.compile(
    r"[A-Z][AEIOUX][A-Z]{2}\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])[HMX][A-Z]{2}[B-DF-HJ-NP-TV-ZÑ]{3}[0-9A-Z]\d\Z"
)
_RFC = re.compile(r"[A-ZÑ&]{4}\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])[0-9A-Z]{3}\Z")
_CURP_LETTERS: Final = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_RFC_LETTERS: Final = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"


def bare(text: str) -> str:
    """``text`` without dots, hyphens, slashes and blanks, in capitals."""
    return _SEPARATORS.sub("", text).upper()


def is_ssn(text: str) -> bool:
    """United States: three, two and four digits with hyphens; it has no check digit, so the hyphens must be there."""
    return bool(_SSN.match(text))


def is_curp(text: str) -> bool:
    """México: 18 letters and digits, the last one a check digit."""
    value = bare(text)
    if not _CURP.match(value):
        return False
    total = sum(_CURP_LETTERS.index(letter) * (18 - n) for n, letter in enumerate(value[:17]))
    return (10 - total % 10) % 10 == int(value[17])


def is_rfc(text: str) -> bool:
    """México, of persons: 13 letters and digits, the last one a check digit."""
    value = bare(text)
    if not _RFC.match(value):
        return False
    total = sum(_RFC_LETTERS.index(letter) * (13 - n) for n, letter in enumerate(value[:12]))
    check = (11 - total % 11) % 11
    return value[12] == ("A" if check == 10 else str(check))


def is_cpf(text: str) -> bool:
    """Brasil: eleven digits, the last two check digits; eleven equal ones are none."""
    digits = _digits(text, 11)
    if digits is None or len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum(digit * (length + 1 - n) for n, digit in enumerate(digits[:length]))
        if total * 10 % 11 % 10 != digits[length]:
            return False
    return True


def is_cuit(text: str) -> bool:
    """Argentina, of persons (CUIT, CUIL): eleven digits beginning with 20, 23, 24 or 27."""
    digits = _digits(text, 11)
    if digits is None or digits[0] * 10 + digits[1] not in (20, 23, 24, 27):
        return False
    return _weighed(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11) == digits[10]


def is_rut(text: str) -> bool:
    """Chile: seven or eight digits and a check digit, which may be K; with its hyphen or dots."""
    if not re.search(r"[-.]", text):
        return False
    value = bare(text)
    if not re.fullmatch(r"\d{7,8}[0-9K]", value):
        return False
    total = sum(int(digit) * (2 + n % 6) for n, digit in enumerate(reversed(value[:-1])))
    check = 11 - total % 11
    return value[-1] == {11: "0", 10: "K"}.get(check, str(check))


def is_cedula_ecuador(text: str) -> bool:
    """Ecuador: ten digits, the first two a province, the last one a check digit."""
    digits = _digits(text, 10)
    if digits is None or not (1 <= digits[0] * 10 + digits[1] <= 24) or digits[2] > 5:
        return False
    doubled = [digit * 2 if n % 2 == 0 else digit for n, digit in enumerate(digits[:9])]
    total = sum(digit - 9 if digit > 9 else digit for digit in doubled)
    return (10 - total % 10) % 10 == digits[9]


def is_cedula_uruguay(text: str) -> bool:
    """Uruguay: seven digits and a check digit, written with its hyphen."""
    if "-" not in text:
        return False
    digits = _digits(text, 8)
    if digits is None:
        return False
    total = sum(digit * weight for digit, weight in zip(digits[:7], (2, 9, 8, 7, 6, 3, 4), strict=True))
    return (10 - total % 10) % 10 == digits[7]


def is_cedula_dominican(text: str) -> bool:
    """República Dominicana: three, seven and one digits; the last one checks by Luhn's rule."""
    digits = _digits(text, 11)
    return digits is not None and digits[0] in (0, 4) and _luhn(digits)


def is_ruc_peru(text: str) -> bool:
    """Perú, of persons (RUC 10): eleven digits beginning with 10."""
    digits = _digits(text, 11)
    if digits is None or digits[:2] != [1, 0]:
        return False
    total = sum(digit * weight for digit, weight in zip(digits[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True))
    return (11 - total % 11) % 10 == digits[10]


def is_card(text: str) -> bool:
    """A payment card: 13 to 19 digits beginning as cards do; the last one checks by Luhn's rule."""
    value = bare(text)
    if not re.fullmatch(r"(4|5[1-5]|2[2-7]|3[47]|6)\d{12,17}", value):
        return False
    return _luhn([int(digit) for digit in value])


NATIONAL_IDS: Final[Mapping[str, Callable[[str], bool]]] = {
    "SSN (United States)": is_ssn,
    "CURP (México)": is_curp,
    "RFC (México)": is_rfc,
    "CPF (Brasil)": is_cpf,
    "CUIT or CUIL (Argentina)": is_cuit,
    "RUT (Chile)": is_rut,
    "cédula (Ecuador)": is_cedula_ecuador,
    "cédula (Uruguay)": is_cedula_uruguay,
    "cédula (República Dominicana)": is_cedula_dominican,
    "RUC (Perú)": is_ruc_peru,
    "payment card": is_card,
}
"""Every identifier with a rule that a text must keep. Others (DNI, Colombia's cédula) a column's name tells."""


def _digits(text: str, length: int) -> list[int] | None:
    value = bare(text)
    return [int(digit) for digit in value] if len(value) == length and value.isascii() and value.isdigit() else None


def _weighed(digits: Sequence[int], weights: Sequence[int], modulus: int) -> int:
    total = sum(digit * weight for digit, weight in zip(digits, weights, strict=True))
    check = modulus - total % modulus
    return 0 if check == modulus else check


def _luhn(digits: Sequence[int]) -> bool:
    doubled = [digit * 2 if n % 2 else digit for n, digit in enumerate(reversed(digits))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0
