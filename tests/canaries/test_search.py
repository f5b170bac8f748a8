"""The search finds a marker of every kind in every form and in every kind of file, and finds none where none is."""

from __future__ import annotations

import base64
import hashlib
import random
from datetime import date

import pytest

from tests.canaries.hunt import Hunt
from tests.canaries.markers import Draw, Marker
from tests.canaries.planting import FILES, FORMS, hashes, in_parquet, stored
from tests.canaries.renderings import Index

TIERS = {"day": "confidential"}
MARKERS = {kind: Draw(f"s.{kind}", TIERS.get(kind, "restricted"), kind).marker(7) for kind in FORMS}
OTHERS = [Draw(f"o.{kind}", "restricted", kind).marker(n) for kind in FORMS for n in range(50)]


def hunt() -> Hunt:
    index = Index()
    for marker in (*OTHERS, *MARKERS.values()):
        index.add(marker)
    return Hunt(index)


@pytest.mark.parametrize("kind", FORMS)
def test_every_form_is_found(kind: str) -> None:
    marker, search = MARKERS[kind], hunt()
    missed = [form for form in FORMS[kind](marker.text) if marker not in search.search(f"a {form} b".encode())]
    assert missed == []


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_is_opened(name: str) -> None:
    search = hunt()
    missed = [kind for kind, marker in MARKERS.items() if marker not in search.search(FILES[name](marker.text))]
    assert missed == []


@pytest.mark.parametrize("kind", FORMS)
def test_an_unsalted_hash_is_found(kind: str) -> None:
    marker, search = MARKERS[kind], hunt()
    missed = [digest for digest in hashes(marker.text) if marker not in search.search(b"[" + digest + b"]")]
    assert missed == []


def test_the_hash_of_a_whole_field_is_found() -> None:
    index, field = Index(), "Quay 14 # 3-20, Zqbcdfghjklmnp"
    marker = index.add(Marker("s.address", "restricted", "word", "Zqbcdfghjklmnp"), field)
    digest = hashlib.sha256(field.lower().encode()).hexdigest()
    assert Hunt(index).search(digest.encode()) == {marker}


@pytest.mark.parametrize("kind", ["whole", "amount", "latitude", "longitude"])
def test_a_stored_number_is_found(kind: str) -> None:
    marker, search = MARKERS[kind], hunt()
    assert [marker in search.search(data) for data in stored(kind, marker.text)] == [True] * 3


def test_statistics_of_a_column_are_read_where_its_values_are_gone() -> None:
    marker, search = MARKERS["day"], hunt()
    whole = in_parquet([date.fromisoformat(marker.text)], use_dictionary=False)
    end = len(whole) - int.from_bytes(whole[-8:-4], "little") - 8
    assert marker in search.search(whole)
    assert marker in search.search(whole[:4] + bytes(end - 4) + whole[end:])
    assert marker not in search.search(whole[:end])


def test_a_file_is_found_by_its_name() -> None:
    marker = MARKERS["word"]
    assert hunt().search(b"nothing", f"site/{marker.text.lower()}.html") == {marker}


@pytest.mark.parametrize("form", ["7.92712e+10", "7,92712e10", "did not hold: 7.92712E+10; mustBe 0"])
def test_a_figure_in_six_digits_is_found(form: str) -> None:
    index = Index()
    marker = index.add(Marker("s.amount in six digits", "record", "rounded", "7.92712e+10"))
    assert Hunt(index).search(form.encode()) == {marker}
    assert Hunt(index).search(form.replace("712", "713").encode()) == frozenset()


@pytest.mark.parametrize("kind", FORMS)
def test_a_value_beside_it_is_not_taken_for_it(kind: str) -> None:
    near = Draw(f"s.{kind}", TIERS.get(kind, "restricted"), kind).marker(8)
    assert near.text != MARKERS[kind].text
    for form in FORMS[kind](near.text):
        assert hunt().search(form.encode()) == frozenset(), form


def test_nothing_is_found_in_noise() -> None:
    """Two megabytes of digits, hexadecimal, base64, numbers and bytes from a seed hold none of 459 markers."""
    dice, search = random.Random(20260401), hunt()
    noise = dice.randbytes(200_000)
    numbers = " ".join(f"{dice.uniform(-180, 180):.6f}" for _ in range(20_000))
    clocks = " ".join(f"{dice.randrange(1_790_000_000, 1_990_000_000)}" for _ in range(20_000))
    digits = "".join(dice.choices("0123456789", k=400_000))
    for data in (
        noise,
        noise.hex().encode(),
        base64.b64encode(noise),
        numbers.encode(),
        clocks.encode(),
        digits.encode(),
    ):
        assert search.search(data) == frozenset()
