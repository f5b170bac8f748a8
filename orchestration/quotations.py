"""What an engine says of an error, without the values it quotes.

DuckDB quotes the record that it could not convert, Python the key that it could not find. Such a message reaches
terminals, mails, Dagster's history, pages and the ledger, which can never be cleaned again. So a value is taken out
where the message enters our own words. Belongs here: that one cut. Does not belong here: the wording (``dbt_errors``).
"""

from __future__ import annotations

import re
from pathlib import Path

from contracts.errors import CauceError
from orchestration import logs

OF_THE_SQL = frozenset(
    [
        *("Binder Error", "Catalog Error", "Parser Error", "Syntax Error", "Permission Error", "Not implemented Error"),
        *("Out of Memory Error", "IO Error", "HTTP Error", "Missing Extension Error", "Dependency Error"),
        *("Compilation Error", "Database Error", "Runtime Error", "Parsing Error", "Dbt Error"),
    ]
)
"""Errors that quote the SQL, a file's name or a size, never a record; the last line are dbt's own headings."""

_NAMED = re.compile(r"\b([A-Z][a-z]+(?: [A-Za-z]+)* Error|[A-Z]\w+Error): ?")
_QUOTED = re.compile(r"'.*'|\".*\"|'[^']*$|\"[^\"]*$", re.DOTALL)
_TYPE = re.compile(r"\bto (?:type )?([A-Z][A-Z0-9_]+(?:\(\d+, ?\d+\))?)")
_COLUMN = re.compile(r"\bsource column (\w+)")


def without_values(said: str) -> str:
    """``said``, or where it may quote a value of the data: which error, to what type, of which column.

    Sentences about the SQL itself are left as they are: the names they quote stand in a file of the project.
    """
    named = next((found[1] for found in _NAMED.finditer(said) if found[1] not in OF_THE_SQL), None)
    if named is None:
        return said
    plain = _QUOTED.sub("", said)
    target, column = _TYPE.search(plain), _COLUMN.search(plain)
    to = f", to {target[1]}" if target else ""
    of = f", column {column[1]}" if column else ""
    return f"{named}{to}{of} (the value is not repeated here)"


class Unexpected(CauceError):
    """An error that Cauce does not know. Its message names the class and the line of our code, nothing else.

    It counts as the worst there is: nobody can say what it means for what is kept.
    """

    exit_code = 4


def told(error: Exception) -> CauceError:
    """The error as it may be told anywhere: ours as it is, any other without what it quotes."""
    if isinstance(error, CauceError):
        return error
    lines = logs.code_lines(error.__traceback__)
    engine = type(error).__module__.partition(".")[0].lstrip("_")
    found = type(error).__name__ if engine == "builtins" else f"{engine}'s {type(error).__name__}"
    if engine == "duckdb":
        found += f", {without_values(str(error).splitlines()[0] if str(error) else '')}"
    where = next((line for line in reversed(lines) if Path(line.partition(":")[0]).parts[0] != "tests"), None)
    return Unexpected(
        "something went wrong that Cauce does not know",
        where=where,
        found=found,
        hint="run it again; if it comes back, report it with cauce history last --format json, which holds no data.",
    )
