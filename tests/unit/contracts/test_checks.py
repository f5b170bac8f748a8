"""What every kind of check must have: a dimension, one place it is decided, a sentence in each language."""

from __future__ import annotations

import pytest

from contracts.checks import RECORD_KINDS, Check, Kind, Threshold, dimension_of
from contracts.engines.scan import record_predicate
from contracts.model import EMPTY, Place, Severity, Text
from contracts.rules import ARGUMENTS, KINDS

STANDARD = {"accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness"}
"""The seven dimensions of ODCS."""


def test_the_kinds_that_one_record_decides() -> None:
    assert set(Kind) - RECORD_KINDS == {Kind.COLUMN, Kind.UNIQUE, Kind.ROW_COUNT, Kind.SQL}


@pytest.mark.parametrize("kind", sorted(Kind))
def test_every_kind_has_a_dimension_of_the_standard(kind: Kind) -> None:
    assert dimension_of(kind) in STANDARD


def test_every_metric_becomes_a_kind_of_check() -> None:
    assert KINDS.keys() == ARGUMENTS.keys()


@pytest.mark.parametrize("kind", sorted(set(Kind) - RECORD_KINDS))
@pytest.mark.parametrize("columns", [(), ("a",)])
def test_no_record_is_asked_what_only_the_table_can_tell(kind: Kind, columns: tuple[str, ...]) -> None:
    place, text = Place("x.odcs.yaml", 1), Text("")
    check = Check("it", kind, columns, Threshold(), "file", "conformity", Severity.ERROR, text, place, EMPTY)
    with pytest.raises(ValueError, match="it is no record-local check"):
        record_predicate(check)
