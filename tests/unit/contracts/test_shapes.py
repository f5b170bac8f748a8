"""A shape as it is kept, and what of a finding may be told anywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contracts import kept
from contracts.errors import ArtefactError
from contracts.shapes import KINDS, WEIGHTS, CameColumn, ColumnShape, Finding, Shape, finding_of, ordered, read_shape

SECRET = "Ana Pérez"
FOUND = Finding("new_values", "info", "name", after=3, count=1, values=(SECRET,))
SHAPE = Shape(
    source="things",
    landing=2,
    outcome="accepted",
    at="2026-01-31T06:00:00+00:00",
    received=10,
    accepted=9,
    came=(CameColumn("Name", 9, {"text": 9}, "name"), CameColumn("Extra", 9)),
    columns=(ColumnShape("name", "string", 8, 1, looked=8, distinct=2, categories={SECRET: 3, "Bo": 5}),),
).compared(1, [FOUND, Finding("emptier", "warning", "name", 0.0, 0.5, 4)])


def test_a_kept_shape_reads_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "1.json"
    path.write_bytes(SHAPE.to_json())
    assert read_shape(path, kept.sha256_file(path)) == SHAPE
    assert [f.kind for f in SHAPE.findings] == ["emptier", "new_values"]


@pytest.mark.parametrize("change", [{"columns": [{"nam": "x"}]}, {"came": None}, {"colour": 1}])
def test_a_shape_with_other_fields_is_told(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "1.json"
    path.write_bytes(kept.canonical_json({**kept.parse_json(SHAPE.to_json(), "x", None), **change}))
    with pytest.raises(ArtefactError):
        read_shape(path)


def test_an_altered_shape_is_told(tmp_path: Path) -> None:
    path = tmp_path / "1.json"
    path.write_bytes(SHAPE.to_json())
    digest = kept.sha256_file(path)
    path.write_bytes(replace(SHAPE, accepted=8).to_json())
    with pytest.raises(ArtefactError):
        read_shape(path, digest)


def test_what_is_told_of_a_finding_holds_no_value() -> None:
    assert FOUND.told() == {"kind": "new_values", "weight": "info", "column": "name", "after": 3, "count": 1}
    assert finding_of(FOUND.told()) == replace(FOUND, values=())


def test_the_worst_comes_first_and_every_kind_has_its_place() -> None:
    found = [Finding(kind, weight) for kind in KINDS for weight in reversed(WEIGHTS)]
    assert [f.weight for f in ordered(found)] == ["breaks"] * len(KINDS) + ["warning"] * len(KINDS) + ["info"] * len(
        KINDS
    )


@pytest.mark.parametrize(
    ("kinds", "kind"), [({}, "nothing"), ({"integer": 95, "text": 5}, "integer"), ({"integer": 94, "text": 6}, "text")]
)
def test_a_column_is_called_by_what_nearly_all_of_it_looks_like(kinds: dict[str, int], kind: str) -> None:
    assert CameColumn("x", 100, kinds).kind == kind
