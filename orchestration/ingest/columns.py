"""A file's columns against the contract's: what is read, what came, what went.

Belongs here: names and positions. Does not belong here: values and types.
"""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.model import Contract
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.refusal import Refusal

SHOWN_NAMES = 20
LONGEST_NAME = 60
"""So much of what a file calls its columns is repeated in messages."""


@dataclass(frozen=True)
class Drift:
    """Columns that came (kept raw, not read) and columns that went."""

    added: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """For each column of the contract, its position in the file (None: not there, and need not be)."""

    positions: tuple[int | None, ...]
    width: int
    drift: Drift


def header_names(header: bytes, dialect: Dialect) -> list[str]:
    """The names in a CSV header, as written."""
    text = header.decode("utf-8", errors="replace").rstrip("\r\n")
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE
    doubled = dialect.escape == dialect.quote
    rows = list(
        csv.reader(
            [text],
            delimiter=dialect.delimiter,
            quotechar=dialect.quote or None,
            quoting=quoting,
            doublequote=doubled,
            escapechar=None if doubled else dialect.escape,
        )
    )
    return rows[0] if rows else []


def match(names: Sequence[str], contract: Contract, dialect: Dialect) -> Columns:
    """Find the contract's columns among the file's ``names``. Their order is no matter.

    Raises:
        Refusal: Duplicate names (also by case), a declared column that is missing or renamed, or a
            header that looks as if another delimiter was used.
    """
    wanted = [column.source_name for column in contract.columns]
    _refuse_duplicates(names, wanted)
    missing = [name for name, column in zip(wanted, contract.columns, strict=True) if name not in names]
    gone = [name for name in missing if not _may_be_absent(contract, name)]
    added = [shown_name(name, n) for n, name in enumerate(names, start=1) if name not in wanted]
    if gone:
        # A first record with few declared names may be no header at all: its "names" would be values.
        folded = {plain_name(name) for name in names}
        known = sum(plain_name(name) in folded for name in wanted) >= len(wanted) / 2
        drift = Drift(tuple(added) if known else (), tuple(missing))
        raise MissingColumns(_missing_message(names, wanted, gone, dialect, named=known), drift)
    drift = Drift(tuple(added), tuple(missing))
    positions = tuple(names.index(name) if name in names else None for name in wanted)
    return Columns(positions, len(names), drift)


class MissingColumns(Refusal):
    """Declared columns are not in the file; ``drift`` is the report of what came and went."""

    def __init__(self, told: dict[str, str], drift: Drift) -> None:
        super().__init__(
            told["what"], where=told["where"], found=told["found"], expected=told["expected"], hint=told["hint"]
        )
        self.drift = drift


def _may_be_absent(contract: Contract, name: str) -> bool:
    column = next(c for c in contract.columns if c.source_name == name)
    return column.optional and not column.required


def _refuse_duplicates(names: Sequence[str], wanted: Sequence[str]) -> None:
    """A name is repeated in the message only where the contract declares it: the header may be a record."""
    first: dict[str, int] = {}
    declared = {name.casefold() for name in wanted}
    twins: list[str] = []
    for n, name in enumerate(names, start=1):
        folded = name.casefold()
        if name and folded in first:
            said = f" ({name})" if folded in declared else ""
            twins.append(f"columns {first[folded]} and {n}{said}")
        first.setdefault(folded, n)
    if twins:
        raise Refusal(
            "two columns of the file have the same name",
            where="header",
            found=", ".join(twins),
            expected="each name once, upper and lower case being the same",
            hint="ask the publisher which of them is meant; nothing was read.",
        )


def _missing_message(
    names: Sequence[str], wanted: Sequence[str], gone: Sequence[str], dialect: Dialect, *, named: bool
) -> dict[str, str]:
    other = _other_delimiter(names, wanted, dialect) if dialect.format == "csv" else None
    if other is not None:
        return {
            "what": "the file's delimiter is not the declared one",
            "where": "header",
            "found": _shown(other),
            "expected": _shown(dialect.delimiter),
            "hint": f"declare delimiter: {json.dumps(other)} in the source's server if this is how the publisher "
            "writes it now.",
        }
    if not named:
        there = sum(name in names for name in wanted)
        return {
            "what": "declared columns are missing from the file",
            "where": "header",
            "found": f"{there} of {len(wanted)} declared columns in a first record of {len(names)} fields",
            "expected": f"{len(wanted)} declared columns, in any order",
            "hint": "the header may stand further down: name its row in headerRow of the source's server."
            if dialect.format == "xlsx"
            else "the first record may be a title, or no header at all: declare header: false if there is none.",
        }
    added = [_shortened(name) for name in names if name and name not in wanted]
    unnamed = sum(not name for name in names)
    fresh = [*added[:SHOWN_NAMES], *([f"{unnamed} without a name"] if unnamed else [])]
    if len(added) > SHOWN_NAMES:
        fresh.append(f"and {len(added) - SHOWN_NAMES} more")
    told = []
    for name in gone:
        near = difflib.get_close_matches(name.casefold(), [a.casefold() for a in added], n=1, cutoff=0.6)
        like = next((a for a in added if near and a.casefold() == near[0]), None)
        told.append(f"{name} (renamed to {like}?)" if like else name)
    return {
        "what": "declared columns are missing from the file",
        "where": "header",
        "found": f"{len(names)} columns; missing: {', '.join(told)}; new: {', '.join(fresh) or 'none'}",
        "expected": f"{len(wanted)} declared columns, in any order",
        "hint": "correct the column's name in the contract, or say the file's in physicalName; or ask the publisher.",
    }


def plain_name(name: str) -> str:
    """A name as its letters and digits alone: "Complaint Type" and "complaint_type" are one."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def shown_name(name: str, position: int) -> str:
    """A column's name as it is told; its place, from 1, where it has none."""
    return _shortened(name) or f"(no name, column {position})"


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _other_delimiter(names: Sequence[str], wanted: Sequence[str], dialect: Dialect) -> str | None:
    """The delimiter that would find more declared columns in the header than the declared one."""
    line = dialect.delimiter.join(names)
    best, most = None, sum(name in names for name in wanted)
    for candidate in (",", ";", "\t", "|", ":"):
        if candidate == dialect.delimiter or candidate not in line:
            continue
        split = [part.strip('"') for part in line.split(candidate)]
        found = sum(name in split for name in wanted)
        if found > most:
            best, most = candidate, found
    return best


def _shown(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter
