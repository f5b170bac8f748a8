"""A shape as it is kept, and what of a finding may be told anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts import kept
from contracts.errors import ArtefactError
from contracts.shapes import (
    KINDS,
    WEIGHTS,
    CameColumn,
    ColumnShape,
    Delivered,
    Finding,
    Shape,
    finding_of,
    newest_event,
    ordered,
    read_shape,
)

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


CAME = datetime(2026, 11, 1, 5, tzinfo=UTC)


def delivered(folder: Path, n: int, high: str, *, whole: bool = True, filled: int = 50) -> Delivered:
    """A delivery whose newest event is ``high``, the higher ``n`` the older."""
    held = ColumnShape(
        "day", "timestamp", filled, 0, high=high, quantiles=("2026-01-01T00:00:00", "2026-10-30T00:00:00")
    )
    data = replace(SHAPE, columns=(held,)).to_json()
    (folder / f"{n}.json").write_bytes(data)
    return Delivered(folder / f"{n}.json", kept.sha256_bytes(data), CAME - timedelta(days=n), whole)


def test_the_newest_event_is_that_of_the_deliveries_back_to_the_last_whole_one(tmp_path: Path) -> None:
    given = [
        delivered(tmp_path, 1, "2026-10-20T00:00:00", whole=False),
        delivered(tmp_path, 2, "2026-10-25T00:00:00"),
        delivered(tmp_path, 3, "2026-10-29T00:00:00"),
    ]
    assert newest_event(given, "day", 10) == (datetime(2026, 10, 25, tzinfo=UTC), CAME - timedelta(days=2))


def test_an_event_after_its_delivery_is_a_slip_and_does_not_make_a_source_recent(tmp_path: Path) -> None:
    slip = delivered(tmp_path, 1, "2099-01-01T00:00:00")
    assert newest_event([slip], "day", 10) == (datetime(2026, 10, 30, tzinfo=UTC), slip.at)


def test_of_too_few_records_of_another_column_or_without_a_shape_nothing_is_told(tmp_path: Path) -> None:
    one = delivered(tmp_path, 1, "2026-10-20T00:00:00", filled=9)
    assert newest_event([one], "day", 10) is None
    assert newest_event([one], "other", 1) is None
    assert newest_event([replace(one, path=tmp_path / "gone.json")], "day", 1) is None
