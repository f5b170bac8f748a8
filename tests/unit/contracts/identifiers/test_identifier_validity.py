"""Rules of identifiers: made by the issuers' rules they pass, chance gives few, and no rule asks a network."""

from __future__ import annotations

import ast
import random
import re
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.identifiers import validity
from contracts.identifiers.kinds import Bare, Form
from contracts.identifiers.table import BY_ID, KINDS

DIGIT = st.integers(0, 9)


def mod_eleven(digits: list[int], weights: tuple[int, ...]) -> int:
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
    assert validity.is_cpf(text) is is_one
    assert validity.is_cpf(f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}") is is_one
    assert not validity.is_cpf(text[:at] + str((int(text[at]) + more) % 10) + text[at + 1 :])


@given(st.sampled_from([20, 23, 24, 27]), st.lists(DIGIT, min_size=8, max_size=8), st.integers(2, 9), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_a_cuit_of_a_person_passes_and_with_another_digit_it_does_not(
    kind: int, middle: list[int], at: int, more: int
) -> None:
    digits = [kind // 10, kind % 10, *middle]
    check = mod_eleven(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))
    if check >= 9:
        return  # where ten would come out, a 9 stands
    text = "".join(map(str, [*digits, check]))
    assert validity.is_cuit(text)
    assert validity.is_cuit(f"{text[:2]}-{text[2:10]}-{text[10]}")
    assert not validity.is_cuit(text[:at] + str((int(text[at]) + more) % 10) + text[at + 1 :])


@given(st.lists(DIGIT, min_size=14, max_size=14), st.integers(0, 13), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_a_card_passes_and_with_another_digit_it_does_not(digits: list[int], at: int, more: int) -> None:
    start = [4, *digits]
    text = "".join(map(str, [*start, luhn(start)]))
    assert validity.is_card(text)
    assert not validity.is_card("4" + text[1 : at + 1] + str((int(text[at + 1]) + more) % 10) + text[at + 2 :])


@given(st.integers(1, 24), st.integers(0, 5), st.lists(DIGIT, min_size=6, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_cedula_of_ecuador_passes(province: int, third: int, rest: list[int]) -> None:
    digits = [province // 10, province % 10, third, *rest]
    text = "".join(map(str, [*digits, luhn(digits)]))
    assert validity.is_cedula_ecuador(text)
    assert not validity.is_cedula_ecuador(text[:9] + str((int(text[9]) + 1) % 10))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("us_ssn", ["536-90-4399", "123456788"], ["000-12-3456", "666-12-3456", "123-00-4567", "078-05-1120"]),
        ("us_itin", ["912-90-3456"], ["912-89-3456", "123-90-3456"]),
        ("ca_sin", ["123-456-782", "130692544"], ["123-456-783", "012345674", "999999998x"]),
        ("ca_phn", ["9698658215"], ["9698658214"]),
        ("mx_curp", ["BOXW310820HNERXN09"], ["BOXW310820HNERXN08", "BOXW311320HNERXN09"]),
        ("mx_rfc", ["GODE561231GR8"], ["GODE561231GR9", "GODE561331GR8"]),
        ("mx_nss", ["39015000233"], ["39015000231", "00000000000"]),
        ("br_cpf", ["390.533.447-05", "39053344705"], ["390.533.447-06", "111.111.111-11"]),
        ("ar_cuit", ["20-05536168-2"], ["20-05536168-3", "30-70308853-4"]),
        ("ar_cuit_company", ["30-50001091-2"], ["20-05536168-2"]),
        ("cl_rut", ["12.531.909-2", "125319092"], ["12.531.909-3", "76.086.428-5"]),
        ("cl_rut_company", ["76.086.428-5"], ["12.531.909-2"]),
        ("co_nit_company", ["900.373.913-4"], ["900.373.913-5"]),
        ("co_nit", ["79.945.211-0"], ["79.945.211-2", "900.373.913-4"]),
        ("pe_cui", ["10117410-2", "10117410-G"], ["10117410-3", "10117410"]),
        ("pe_ruc", ["10012345670"], ["20512333797"]),
        ("pe_ruc_company", ["20512333797"], ["20512333798"]),
        ("ec_ci", ["1714307103", "1714307103001"], ["1714307104", "9914307103", "1714307103002"]),
        ("uy_ci", ["1.234.567-2", "12345672"], ["1.234.567-3", "11111111"]),
        ("do_cedula", ["001-1391820-5", "22400022111"], ["001-1391820-6"]),
        ("gt_nit", ["576937-K", "7108-0"], ["576937-1"]),
        ("sv_nit", ["0614-050707-104-8"], ["0614-050707-104-7"]),
        ("py_ruc", ["4567890-1"], ["4567890-2", "80012345-0"]),
        ("ve_rif", ["V-11470283-4"], ["V-11470283-3", "J-30984132-7"]),
        ("card", ["4111 1111 1111 1111", "378282246310005", "5555-5555-5555-4444"], ["4111 1111 1111 1112", "0" * 16]),
        ("phone_north_america", ["212-736-5000", "1-604-873-7000"], ["211-736-5000", "212-911-5000"]),
        ("phone", ["+57 601 3820660", "(011) 4323-8000"], ["0000000000", "1234567"]),
    ],
)  # fmt: skip
def test_numbers_of_the_issuers_examples(kind: str, good: list[str], bad: list[str]) -> None:
    check = BY_ID[kind].check
    assert [text for text in good if not check(text)] == []
    assert [text for text in bad if check(text)] == []


def values_of(pattern: str, rng: random.Random, many: int) -> list[str]:
    """Random texts in a form of digits with separators."""
    classes = {"[0-9]": "0123456789", "[1-79]": "12345679", "[0-9Kk]": "0123456789K", "[0-9A-K]": "0123456789"}
    found = []
    for _ in range(many):
        text, rest = "", pattern.split("|", maxsplit=1)[0]
        while rest:
            match = re.match(r"(\[[^\]]+\]|\\?.)(?:\{(\d+)(?:,(\d+))?\})?", rest)
            assert match is not None
            part, low, high = match.groups()
            times = rng.randint(int(low), int(high)) if high else int(low or 1)
            letters = classes.get(part) or ("-" if part.startswith("[-") else " " if part == "[ \u00a0]" else part[-1])
            text += "".join(rng.choice(letters) for _ in range(times))
            rest = rest[match.end() :]
        found.append(text)
    return found


PLAIN = re.compile(r"(?:\[[^\]]*\]|\\[.]|[0-9/ -])(?:\{[0-9,]+\})?(?:(?:\[[^\]]*\]|\\[.]|[0-9/ -])(?:\{[0-9,]+\})?)*\Z")
WAYS: dict[str, list[Form | Bare]] = {kind.id: [*kind.forms, *kind.bare] for kind in KINDS}
CHANCES = [
    (kind.id, one.pattern.split("|")[0], one.chance)
    for kind in KINDS
    for one in WAYS[kind.id]
    if 0.0 < one.chance < 0.5 and PLAIN.match(one.pattern.split("|")[0])
]


@pytest.mark.parametrize(("kind", "pattern", "chance"), CHANCES)
def test_chance_gives_no_more_than_is_said(kind: str, pattern: str, chance: float) -> None:
    rng = random.Random(pattern)
    check, many = BY_ID[kind].check, 3_000
    share = sum(map(check, values_of(pattern, rng, many))) / many
    assert share <= chance * 1.15 + 0.008, "otherwise codes would be taken for identifiers"


def test_most_kinds_were_tried() -> None:
    assert len({kind for kind, _, _ in CHANCES}) > 20
    assert len(BY_ID) == len(KINDS)


def test_nothing_asks_a_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a rule asked the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    for kind in KINDS:
        for text in ("40200452735", "10012345671", "900.373.913-4", "001-1391820-5", "V-11470283-4", "x"):
            kind.check(text)
    called = {
        node.attr
        for node in ast.walk(ast.parse(Path(validity.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    assert not any(name.startswith("check_") or "search" in name or "dgii" in name for name in called)


@given(st.text(max_size=30))
@settings(max_examples=120, deadline=None)
def test_no_text_breaks_a_kind(text: str) -> None:
    assert {type(kind.is_whole(text)) for kind in KINDS} == {bool}


def test_a_whole_value_is_told_from_one_with_more_around_it() -> None:
    cpf_kind, ssn_kind = BY_ID["br_cpf"], BY_ID["us_ssn"]
    assert cpf_kind.is_whole("390.533.447-05")
    assert cpf_kind.is_whole("39053344705")
    assert not cpf_kind.is_whole("CPF 390.533.447-05, by phone")
    assert ssn_kind.is_whole("536-90-4399")
    assert not ssn_kind.is_whole("536904399"), "nine digits without a check digit tell nothing"
