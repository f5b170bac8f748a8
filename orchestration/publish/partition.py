"""What the parts of a large product are: by month or year of a date, one Parquet file each.

Belongs here: a contract's word for it, the SQL that says which part a record belongs to, the names of files. Does
not belong here: writing parts (``part_writer``), what is known of parts written earlier (``standing``).

A product is cut only where it holds more than ``ROWS_IN_ONE_FILE`` records, and into no more than ``MOST_PARTS``;
both depend on the records alone, so that the same records give the same files. A record without a date, or with one
outside the years 0000 to 9999, stands in the part ``none``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.engines.sql import quoted
from contracts.model import Contract

ROWS_IN_ONE_FILE = 1_000_000
"""Up to so many records a product is one file, whatever its contract says."""

MOST_PARTS = 1_000
"""A product that would fall into more parts stays one file: dates that nobody checked may be anything."""

FOLDER = "data"
NONE = "none"
FORMS: Mapping[str, tuple[str, str]] = {"month": ("%Y-%m", "[0-9]{4}-[0-9]{2}"), "year": ("%Y", "[0-9]{4}")}
"""How a part is written, and the form that all but ``none`` have."""


@dataclass(frozen=True)
class Partition:
    """The column whose date says which part a record belongs to, and how long a part lasts."""

    column: str
    every: str

    @property
    def part(self) -> str:
        """SQL of the part that a record belongs to."""
        written, form = FORMS[self.every]
        text = f"strftime({quoted(self.column)}, '{written}')"
        return f"CASE WHEN regexp_full_match({text}, '{form}') THEN {text} ELSE '{NONE}' END"


def partition_of(contract: Contract) -> Partition | None:
    """How the product is cut where it is large; None where its contract does not say."""
    declared: Mapping[str, Any] | None = contract.custom.get("partition")
    return Partition(declared["by"], declared["every"]) if declared else None


def file_of(part: str) -> str:
    """The name of a part's file, relative to the release."""
    return f"{FOLDER}/{part}.parquet"
