"""Hints that a column looks personal: told by values and names, with a share, and never with a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from orchestration.onboarding.personal import hints
from orchestration.onboarding.sample import Sample, SeenColumn, from_rows


def told(name: str, values: Sequence[Any]) -> list[str]:
    sample = from_rows([name], [[value] for value in values], whole=True)
    return [hint.sentence for hint in hints(sample.columns[0], sample)]


NAMES = ["Ana María Gómez", "João da Silva", "Peter O'Neil", "Lucía Fernández", "Mary Ann Smith"] * 3
FIRST, LAST = ("Ana", "João", "Lucía", "Peter"), ("Gómez", "da Silva", "O'Neil", "Fernández")
STREETS = [f"{n} MADISON AVENUE" for n in range(100, 130)]
CALLES = [f"Calle {n} # 12-{n}" for n in range(10, 40)]


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("contact", ["ana@example.org", "", "none", "x@y.co"] * 5, "e-mail addresses, in 6"),
        ("note", ["call me", "write to ana@example.org please"] * 10, "e-mail addresses, in 50 %"),
        ("c7", ["(555) 010-9999", "+57 301 555 0100", "555-010-1234"] * 4, "telephone numbers, in 100 %"),
        ("telefono", ["3015550100", "3015550101"] * 5, "telephone numbers, by its name"),
        ("x", [f"{n:03}.{n:03}" for n in range(20)], ""),
        ("incident_address", STREETS, "addresses, in 100 %"),
        ("where", CALLES, "addresses, in 100 %"),
        ("reporter_name", NAMES, "names of persons"),
        ("solicitante", [f"{first} {last}" for first in FIRST for last in LAST], "names of persons"),
        ("lat", ["40.774634", "40.669899"] * 5, "exact positions, in 100 %"),
        ("location", ["POINT (-73.96 40.77)"] * 9, "exact positions, in 100 %"),
        ("shape", ["(40.774634, -73.963367)"] * 9, "exact positions"),
        ("client_ip", ["192.0.2.7", "2001:db8::1"] * 4, "IP addresses, in 100 %"),
        ("placa", ["ABC123", "XYZ987", "JKL456"] * 4, "license plates"),
        ("fecha_nacimiento", ["1980-01-01"] * 9, "dates of birth, by its name"),
        ("sexo", ["F", "M"] * 9, "what a person is"),
        ("cedula", ["52123456", "79456123"] * 9, "national identity numbers, by its name"),
    ],
)
def test_what_looks_personal_is_said(name: str, values: list[str], kind: str) -> None:
    found = told(name, values)
    assert (any(kind in sentence for sentence in found)) if kind else found == []


def test_free_text_is_said() -> None:
    texts = [f"my neighbour in number {n} keeps a dog that barks all night long" for n in range(40)]
    assert any("free text" in sentence for sentence in told("descripcion", texts))
    assert told("descripcion", ["Pothole", "Noise"] * 20) == []


def test_a_national_number_is_known_by_its_check_digit_under_any_name() -> None:
    numbers = ["529.982.247-25", "111.444.777-35", "123.456.789-09", "987.654.321-00", "390.533.447-05"]
    assert any("CPF (Brazil), in 100 %" in sentence for sentence in told("campo_7", numbers))


def test_digits_by_chance_are_no_national_number() -> None:
    """One in a hundred random numbers keeps the rule of a CPF: a column of them says nothing."""
    assert told("total", [str(10_000_000_000 + n * 7_919) for n in range(500)]) == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("unique_key", [str(24_445_308 + n) for n in range(30)]),
        ("SRRecordID", [f"500t000000{n:05}XwzAAE" for n in range(30)]),
        ("amount", [f"{n}.5000" for n in range(30)]),
        ("agency_name", ["Department of Transportation", "Department of Buildings"] * 20),
        ("address_type", ["ADDRESS", "INTERSECTION"] * 20),
        ("hundred_block", ["3XX BLOCK OF PINE ST", "012XX N WESTERN AVE"] * 20),
        ("open_data_channel_type", ["PHONE", "ONLINE", "MOBILE"] * 20),
        ("created_date", ["2012-11-20T07:50:59.000"] * 20),
        ("owner_department", ["Parks"] * 20),
    ],
)
def test_what_is_not_personal_is_left_alone(name: str, values: list[str]) -> None:
    assert told(name, values) == []


def test_no_hint_holds_a_value() -> None:
    secret = ["ana.gomez@example.org", "529.982.247-25", "(555) 010-9999", "980 MADISON AVENUE", "40.774634"]
    for value in secret:
        for sentence in told("x", [value] * 20):
            assert value not in sentence


def test_an_empty_column_says_nothing() -> None:
    sample = Sample((SeenColumn("telefono", (None,) * 9),), 9, whole=True, typed=False)
    assert hints(sample.columns[0], sample) == ()
