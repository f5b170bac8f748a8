"""National identifiers: what is made by each rule passes, and one digit changed does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.onboarding import national_ids as ids

DIGIT = st.integers(0, 9)


def mod11(digits: list[int], weights: tuple[int, ...]) -> int:
    check = 11 - sum(d * w for d, w in zip(digits, weights, strict=True)) % 11
    return 0 if check == 11 else check


def cpf(digits: list[int]) -> str:
    made = list(digits)
    for length in (9, 10):
        total = sum(d * (length + 1 - n) for n, d in enumerate(made))
        made.append(total * 10 % 11 % 10)
    return "".join(map(str, made))


def luhn(digits: list[int]) -> int:
    doubled = [d * 2 if n % 2 == 0 else d for n, d in enumerate(reversed(digits))]
    return -sum(d - 9 if d > 9 else d for d in doubled) % 10


@given(st.lists(DIGIT, min_size=9, max_size=9), st.integers(9, 10), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_a_cpf_passes_and_with_another_check_digit_it_does_not(digits: list[int], at: int, more: int) -> None:
    text = cpf(digits)
    is_one = len(set(text)) > 1
    assert ids.is_cpf(text) is is_one
    assert ids.is_cpf(f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}") is is_one
    assert not ids.is_cpf(text[:at] + str((int(text[at]) + more) % 10) + text[at + 1 :])


@given(st.sampled_from([20, 23, 24, 27]), st.lists(DIGIT, min_size=8, max_size=8), st.integers(2, 9), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_a_cuit_of_a_person_passes_and_with_another_digit_it_does_not(
    kind: int, middle: list[int], at: int, more: int
) -> None:
    digits = [kind // 10, kind % 10, *middle]
    check = mod11(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    if check == 10:
        return
    text = "".join(map(str, [*digits, check]))
    assert ids.is_cuit(text)
    assert ids.is_cuit(f"{text[:2]}-{text[2:10]}-{text[10]}")
    assert not ids.is_cuit(text[:at] + str((int(text[at]) + more) % 10) + text[at + 1 :])


@given(st.lists(DIGIT, min_size=14, max_size=14), st.integers(0, 13), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_a_card_passes_and_with_another_digit_it_does_not(digits: list[int], at: int, more: int) -> None:
    start = [4, *digits]
    text = "".join(map(str, [*start, luhn(start)]))
    assert ids.is_card(text)
    assert not ids.is_card("4" + text[1 : at + 1] + str((int(text[at + 1]) + more) % 10) + text[at + 2 :])


@given(st.integers(1, 24), st.integers(0, 5), st.lists(DIGIT, min_size=6, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_cedula_of_ecuador_passes(province: int, third: int, rest: list[int]) -> None:
    digits = [province // 10, province % 10, third, *rest]
    text = "".join(map(str, [*digits, luhn(digits)]))
    assert ids.is_cedula_ecuador(text)
    assert not ids.is_cedula_ecuador(text[:9] + str((int(text[9]) + 1) % 10))


@pytest.mark.parametrize(
    ("test", "good", "bad"),
    [
        (ids.is_ssn, ["078-05-1120"], ["078051120", "000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567"]),
        (ids.is_curp, ["HEGG560427MVZRRL04"], ["HEGG560427MVZRRL05", "HEGG561327MVZRRL04", "unique"]),
        (ids.is_rfc, ["GODE561231GR8"], ["GODE561231GR9", "GODE561331GR8"]),
        (ids.is_rut, ["12.345.678-5", "7.654.321-6", "10.000.013-K"], ["12345678-4", "123456785", "12.345.678"]),
        (ids.is_cedula_uruguay, ["1.234.567-2"], ["1.234.567-3", "12345672"]),
        (ids.is_cedula_dominican, ["001-1391820-5"], ["001-1391820-6", "201-1391820-5"]),
        (ids.is_ruc_peru, ["10054152421"], ["10054152422", "20054152424"]),
        (ids.is_card, ["4111 1111 1111 1111", "5500000000000004"], ["4111111111111112", "9111111111111111"]),
        (ids.is_cpf, ["529.982.247-25"], ["529.982.247-26", "111.111.111-11", "52998224725 "[:5]]),
        (ids.is_cuit, ["20-12345678-6"], ["30-71234567-1", "20-12345678-7"]),
    ],
)
def test_known_ones(test: Callable[[str], bool], good: list[str], bad: list[str]) -> None:
    assert [text for text in good if not test(text)] == []
    assert [text for text in bad if test(text)] == []


@given(st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_a_rule(text: str) -> None:
    assert {type(test(text)) for test in ids.NATIONAL_IDS.values()} == {bool}
