"""Whether a text can be an identifier of a person: its form, its parts and its check digits.

Belongs here: one pure function for each kind of identifier, on the identifier alone, its separators included. Does not
belong here: finding it in a text (``kinds``), judging a column (``chance``).

The rules of national numbers are python-stdnum's; only the functions that look at the digits are called, never those
that ask a registry over the network. What it does not have (Uruguay's cédula, México's social security number, payment
cards, telephone numbers) stands here.

Source: https://arthurdejong.org/python-stdnum/ (2.2); Dirección Nacional de Identificación Civil of Uruguay (cédula);
IMSS (NSS); ISO/IEC 7812 and the card schemes' own ranges (cards); North American Numbering Plan (area codes).
"""

from __future__ import annotations

import re
from typing import Final

from stdnum import luhn
from stdnum.ar import cuit
from stdnum.br import cnpj, cpf
from stdnum.ca import bc_phn, sin
from stdnum.cl import rut
from stdnum.co import nit as nit_co
from stdnum.cu import ni
from stdnum.do import cedula
from stdnum.ec import ci
from stdnum.gt import nit as nit_gt
from stdnum.mx import curp, rfc
from stdnum.pe import cui, ruc
from stdnum.py import ruc as ruc_py
from stdnum.sv import nit as nit_sv
from stdnum.us import itin, ssn
from stdnum.ve import rif

_NOT_A_DIGIT = re.compile(r"[^0-9]")
_FIRST_COMPANY_RUT: Final = 50_000_000
"""From here on Chile numbers companies; below, persons."""
_COMPANY_NIT: Final = range(800_000_000, 1_000_000_000)
"""Nine digits that Colombia gives to companies; a person's number is their cédula."""
_CARD: Final = re.compile(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}|(?:5[1-5]|2(?:2[2-9]|[3-6][0-9]|7[01]))[0-9]{14}|3[47][0-9]{13}"
    r"|6(?:011|4[4-9][0-9]|5[0-9]{2})[0-9]{12}|3(?:0[0-5]|[689][0-9])[0-9]{11}|35(?:2[89]|[3-8][0-9])[0-9]{12}"
    r"|(?:50(?:41|67|90)|636[23]|4389|5067)[0-9]{12}"
)
"""Visa, Mastercard, American Express, Discover, Diners, JCB, Elo and Hipercard: first digits and length."""


def digits_of(text: str) -> str:
    """The digits alone."""
    return _NOT_A_DIGIT.sub("", text)


def is_always(text: str) -> bool:
    """The form alone decides."""
    return bool(text)


def _differs(text: str) -> bool:
    """Not one digit again and again: that is a placeholder."""
    return len(set(digits_of(text))) > 1


def is_ssn(text: str) -> bool:
    """United States: area, group and serial that are given out; it has no check digit."""
    return ssn.is_valid("-".join(_cut(text, 3, 2)))


def is_itin(text: str) -> bool:
    """United States, of taxpayers without a social security number."""
    return itin.is_valid("-".join(_cut(text, 3, 2)))


def _cut(text: str, *lengths: int) -> tuple[str, ...]:
    digits, parts = digits_of(text), []
    for length in lengths:
        parts.append(digits[:length])
        digits = digits[length:]
    return (*parts, digits)


def is_sin(text: str) -> bool:
    """Canada: nine digits by Luhn's rule."""
    return _differs(text) and sin.is_valid(text)


def is_phn(text: str) -> bool:
    """British Columbia's health number: ten digits beginning with 9."""
    return bc_phn.is_valid(text)


def is_curp(text: str) -> bool:
    """México: 18 letters and digits with a date of birth, a state and a check digit."""
    return curp.is_valid(text)


def is_rfc(text: str) -> bool:
    """México, of persons: 13 letters and digits with a date of birth and a check digit."""
    return len(rfc.compact(text)) == 13 and rfc.is_valid(text, validate_check_digits=True)


def is_rfc_company(text: str) -> bool:
    """México, of companies: 12 letters and digits with a date and a check digit."""
    return len(rfc.compact(text)) == 12 and rfc.is_valid(text, validate_check_digits=True)


def is_nss(text: str) -> bool:
    """México's social security number: eleven digits by Luhn's rule."""
    return _differs(text) and len(digits_of(text)) == 11 and luhn.is_valid(digits_of(text))


def is_cpf(text: str) -> bool:
    """Brasil: eleven digits, the last two check digits."""
    return _differs(text) and cpf.is_valid(text)


def is_cnpj(text: str) -> bool:
    """Brasil, of companies."""
    return _differs(text) and cnpj.is_valid(text)


def is_cuit(text: str) -> bool:
    """Argentina, of persons (CUIT, CUIL)."""
    return digits_of(text)[:2] in {"20", "23", "24", "27"} and cuit.is_valid(text)


def is_cuit_company(text: str) -> bool:
    """Argentina, of companies."""
    return digits_of(text)[:2] in {"30", "33", "34"} and cuit.is_valid(text)


def is_rut(text: str) -> bool:
    """Chile, of persons."""
    return _differs(text) and rut.is_valid(text) and int(rut.compact(text)[:-1]) < _FIRST_COMPANY_RUT


def is_rut_company(text: str) -> bool:
    """Chile, of companies."""
    return rut.is_valid(text) and int(rut.compact(text)[:-1]) >= _FIRST_COMPANY_RUT


def is_nit_colombia(text: str) -> bool:
    """Colombia, of persons: the cédula with its check digit."""
    return _differs(text) and nit_co.is_valid(text) and int(digits_of(text)[:-1]) not in _COMPANY_NIT


def is_nit_colombia_company(text: str) -> bool:
    """Colombia, of companies."""
    return nit_co.is_valid(text) and int(digits_of(text)[:-1]) in _COMPANY_NIT


def is_cui_peru(text: str) -> bool:
    """Perú: the DNI with its check digit or letter."""
    return len(cui.compact(text)) == 9 and _differs(text) and cui.is_valid(text)


def is_ruc_peru(text: str) -> bool:
    """Perú, of persons: eleven digits beginning with 10, 15 or 17."""
    return digits_of(text)[:2] in {"10", "15", "17"} and ruc.is_valid(text)


def is_ruc_peru_company(text: str) -> bool:
    """Perú, of companies."""
    return digits_of(text)[:2] == "20" and ruc.is_valid(text)


def is_cedula_ecuador(text: str) -> bool:
    """Ecuador: ten digits, the first two a province, the last one a check digit; with 001 it is a person's RUC."""
    digits = digits_of(text)
    return len(digits) in {10, 13} and digits[10:] in {"", "001"} and digits[2] < "6" and ci.is_valid(digits[:10])


def is_cedula_uruguay(text: str) -> bool:
    """Uruguay: seven digits and a check digit."""
    digits = digits_of(text)
    if len(digits) != 8 or not _differs(digits):
        return False
    total = sum(int(d) * w for d, w in zip(digits[:7], (2, 9, 8, 7, 6, 3, 4), strict=True))
    return (10 - total % 10) % 10 == int(digits[7])


def is_cedula_dominican(text: str) -> bool:
    """República Dominicana: eleven digits by Luhn's rule."""
    return _differs(text) and cedula.is_valid(digits_of(text))


def is_ni_cuba(text: str) -> bool:
    """Cuba: eleven digits that begin with a date of birth."""
    return _differs(text) and ni.is_valid(digits_of(text))


def is_nit_guatemala(text: str) -> bool:
    """Guatemala: a number and its check digit, which may be K."""
    return _differs(text) and nit_gt.is_valid(text)


def is_nit_salvador(text: str) -> bool:
    """El Salvador: fourteen digits with a date and a check digit."""
    return _differs(text) and nit_sv.is_valid(text)


def is_ruc_paraguay(text: str) -> bool:
    """Paraguay, of persons: the cédula with its check digit; companies begin with 80 and have eight digits."""
    digits = digits_of(text)
    is_company = len(digits) == 9 and digits.startswith("80")
    return _differs(text) and not is_company and ruc_py.is_valid(text)


def is_rif(text: str) -> bool:
    """Venezuela, of persons: V, E or P, nine digits."""
    return text[:1].upper() in {"V", "E", "P"} and rif.is_valid(text.replace(".", ""))


def is_card(text: str) -> bool:
    """A payment card: first digits and length of an issuer, by Luhn's rule."""
    digits = digits_of(text)
    return bool(_CARD.fullmatch(digits)) and _differs(digits) and luhn.is_valid(digits)


def is_phone_north(text: str) -> bool:
    """A telephone number of the United States, Canada and the Caribbean: neither part ends in 11."""
    digits = digits_of(text)[-10:]
    return len(digits) == 10 and digits[1:3] != "11" and digits[4:6] != "11" and digits[0] > "1" and digits[3] > "1"


def is_phone(text: str) -> bool:
    """A telephone number of any country: eight to fifteen digits that differ."""
    digits = digits_of(text)
    return 8 <= len(digits) <= 15 and len(set(digits)) > 2
