"""Lines of JSON that hold what the contract says, read by one parse: DuckDB's own reader of JSON, columns declared.

Belongs here: for which columns that gives the same as ``json_sql`` gives token by token, what a line must be like for
it, and the relation. Does not belong here: looking at lines (``json_walk``), lines that are otherwise (``json_sql``).

DuckDB's reader makes a text of any token and passes over names that were not declared. So a line is read by it only
where it was shown before that each of its names is one that is read here, that each column's token is one the column
may come from, and that no control character is hidden in an escape. A name that stands twice breaks the reading off:
for that, names that the contract does not have are read too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts.columns import EPOCHS
from contracts.engines.sql import quoted, text_literal
from contracts.model import Contract, Property
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.json_sql import Layout, acceptable, plain_layout
from orchestration.ingest.parse import raw_name, text_name

if TYPE_CHECKING:
    import msgspec

HIDDEN = re.compile(rb"\\(?:u00[01]|u007[fF]|u202[a-eA-E]|u206[6-9]|b|f)")
"""How JSON writes what ``CONTROL_CHARACTERS`` finds, and some more that is harmless."""
MOST_ADDED = 40
"""Names beside the contract's that are read as well."""
_ESCAPED = frozenset('"\\')
"""Characters that JSON has to escape: names with them are none for msgspec."""
LEAST_OBJECT = 1 << 20
"""Bytes of the longest object that DuckDB's reader is told of, at least."""


@dataclass(frozen=True)
class Quick:
    """How lines of one contract are read quickly. ``added`` are names that the contract does not have."""

    contract: Contract
    added: tuple[str, ...] = ()

    def with_names(self, names: Sequence[str]) -> Quick | None:
        """The same with more names; None where they are too many, or could be taken for another."""
        made = Quick(self.contract, (*self.added, *names))
        return made if len(made.added) <= MOST_ADDED and _told_apart(made.names()) else None

    def names(self) -> list[str]:
        """Every name that is read."""
        return [*(column.source_name for column in self.contract.columns), *self.added]

    def decoder(self) -> msgspec.json.Decoder[Any]:
        """Takes lines that can be read quickly, and no others; column n of the contract is field ``c<n>``."""
        import msgspec

        columns = self.contract.columns
        unset = msgspec.UNSET
        fields: list[Any] = [(f"c{n}", _token(column) | msgspec.UnsetType, unset) for n, column in enumerate(columns)]
        fields += [(f"a{n}", msgspec.Raw, msgspec.Raw()) for n in range(len(self.added))]
        rename = {field[0]: name for field, name in zip(fields, self.names(), strict=True)}
        kind = msgspec.defstruct("Line", fields, rename=rename, forbid_unknown_fields=True, gc=False)
        return msgspec.json.Decoder(kind)

    def relation(self, path: str, longest: int) -> str:
        """SQL: the columns that ``parse`` names, over lines at ``path`` that ``decoder`` takes."""
        columns = self.contract.columns
        kinds = ["JSON" if is_exact(column) else "VARCHAR" for column in columns]
        kinds += ["VARCHAR"] * len(self.added)
        declared = ", ".join(f"{text_literal(name)}: '{kind}'" for name, kind in zip(self.names(), kinds, strict=True))
        lines = (
            f"read_json({text_literal(path)}, format = 'newline_delimited', records = true, auto_detect = false, "
            f"compression = 'uncompressed', hive_partitioning = false, ignore_errors = false, "
            f"maximum_object_size = {max(LEAST_OBJECT, longest + 1024)}, columns = {{{declared}}})"
        )
        # Never true; but a column that nothing asks for is not read, and then nothing is said of it.
        twice = " OR ".join(f"coalesce(strlen({quoted(name)}) < 0, FALSE)" for name in self.added) or "FALSE"
        taken = ["'' AS __line", "TRUE AS __valid", f"({twice}) AS __twice"]
        for n, column in enumerate(columns):
            raw, text = self._column(column)
            taken += [f"{raw} AS {raw_name(n)}", f"{text} AS {text_name(n)}"]
        return f"SELECT {', '.join(taken)} FROM {lines}"

    def _column(self, column: Property) -> tuple[str, str]:
        """What was received, and the text to be read."""
        name = quoted(column.source_name)
        if not is_exact(column):
            return name, name
        raw = f"json_extract_string({name}, '$')"
        return raw, f"CASE WHEN {acceptable(column, raw, f'json_type({name})')} THEN {raw} END"


def quick(contract: Contract, dialect: Dialect, layout: Layout) -> Quick | None:
    """How to read lines quickly; None where a column is not simply a name of the line's object, or a text none."""
    found = Quick(contract)
    plain = layout == plain_layout(contract) and bool(contract.columns) and not dialect.missing
    return found if plain and _told_apart(found.names()) else None


def is_text(column: Property) -> bool:
    """Whether a column comes from texts alone."""
    return column.logical_type in ("string", "date", "time") or (
        column.logical_type == "timestamp" and column.options.get("format") not in EPOCHS
    )


def is_exact(column: Property) -> bool:
    """Whether a column's digits must all have come: that depends on the token, so it is read as it is."""
    return column.logical_type in ("integer", "number") and column.physical_type.upper().startswith(
        ("DECIMAL", "NUMERIC")
    )


def _told_apart(names: Sequence[str]) -> bool:
    """Whether both readers can have a column for each: DuckDB takes letters of either case for the same."""
    plain = all(name and name.isprintable() and _ESCAPED.isdisjoint(name) for name in names)
    return plain and len({name.casefold() for name in names}) == len(names)


def _token(column: Property) -> Any:
    """What a column's token may be, as ``json_sql.TOKENS`` has it."""
    import msgspec

    if is_text(column):
        return str | None
    match column.logical_type:
        case "boolean":
            return str | bool | None
        case "object":
            return dict[str, msgspec.Raw] | None
        case "array":
            return list[msgspec.Raw] | None
        case _:
            return str | int | float | None
