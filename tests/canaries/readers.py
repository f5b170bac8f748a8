"""Who may read which file of a city's state, as DESIGN.md and docs/ say it.

Belongs here: that table, with the sentence each line rests on. Does not belong here: the search.

``LAID_OUT`` is asked from the top; a file that no line knows counts as public, so that a new folder is searched for
every marker until somebody says whose it is.

- *Public*: releases and pages of the public tier, and files that nobody has placed. No marker at all.
- *Internal*: releases and pages of the internal tier. Values of internal columns, and names of what is internal.
- *On record*: what is told to hold no value of a record, and is kept, copied or sent to others for that reason. The
  ledger ("auditors see all evidence and no restricted record"), logs ("no data value ... stands in a log"), Dagster's
  history, dbt's compiled SQL, artefacts and results, the plan, the record of proofs. No value of any class; names from
  contracts, what rules measured in six digits, and reasons that people gave.
- *Evidence*: reports of attempts and releases, which hold what the highest tier's report holds: as internal, and
  what is on record.
- *The operator*: all that a command prints ("a terminal is copied from"). No value of any class; besides what is on
  record, a column's name as a file's header has it ("a message on the terminal may quote a header").
- *The data team's own*: what holds records by its nature. Raw bytes with what was accepted and set aside of them ("the
  same values as the raw bytes, and need the same permissions"), the warehouse, unfinished work, secret keys, ``held/``
  (keys of records, for staff), and of the commands ``quarantine show`` and ``export`` and ``source profile --values``
  alone ("treat what you see like the source itself").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tests.canaries.place import Place, Said


class Reader(StrEnum):
    """Who reads."""

    PUBLIC = "public"
    INTERNAL = "internal"
    RECORD = "record"
    EVIDENCE = "evidence"
    OPERATOR = "operator"
    TEAM = "team"


VALUES: Final = frozenset({"internal", "confidential", "restricted"})
"""Classes of markers that are values of records."""
ALLOWED: Final = {
    Reader.PUBLIC: frozenset[str](),
    Reader.INTERNAL: frozenset({"internal", "name"}),
    Reader.RECORD: frozenset({"name", "record"}),
    Reader.EVIDENCE: frozenset({"internal", "name", "record"}),
    Reader.OPERATOR: frozenset({"name", "record", "header"}),
    Reader.TEAM: VALUES | {"name", "record", "header"},
}
"""Classes of markers that each may see: of values; ``name``, what staff are told of, a withdrawal's reason among them;
``record``, names of what is restricted and reasons of a review; ``header``, a name in a restricted file."""

LAID_OUT: Final[tuple[tuple[str, str, Reader], ...]] = (
    ("releases, public", r"aviary/releases/public/", Reader.PUBLIC),
    ("releases, internal", r"aviary/releases/internal/", Reader.INTERNAL),
    ("pages, public", r"aviary/site/(\.aside/|\.built/)?public\b", Reader.PUBLIC),
    ("pages, internal", r"aviary/site/(\.aside/|\.built/)?internal\b", Reader.INTERNAL),
    ("evidence", r"aviary/ledger/evidence/", Reader.EVIDENCE),
    ("ledger", r"aviary/ledger/", Reader.RECORD),
    ("logs", r"aviary/logs/", Reader.RECORD),
    ("dbt: SQL, artefacts, results", r"aviary/dbt/", Reader.RECORD),
    ("plan, proofs, lock, templates", r"aviary/(plan\.json|proof\.json|lock|cache/)", Reader.RECORD),
    ("Dagster's history", r"dagster/", Reader.RECORD),
    ("drafts of source add", r"cities/aviary/(sources|staging)/", Reader.OPERATOR),
    ("raw, warehouse, work, keys", r"aviary/(raw/|warehouse\.duckdb|work/|keys/|held/)", Reader.TEAM),
)
THE_REST: Final = "whatever else stands there"
OF_THE_TEAM: Final = re.compile(r"quarantine (show|export)|source profile .*--values")
OF_THE_HIGHEST_TIER: Final = re.compile(r"(audit report|release (show|diff)) (?!.*--tier public)")
SAID: Final = "what commands say"


@dataclass(frozen=True)
class Readable:
    """Something that can be read.

    Attributes:
        group: A few words for the table.
        reader: Who may.
        name: Its path, or the command.
        data: Its bytes.
    """

    group: str
    reader: Reader
    name: str
    data: bytes


def readables(place: Place, since: int = 0) -> Iterator[Readable]:
    """Every file of the state and of the city's own sources, and what commands said since the one of that number."""
    for top in (place.var, place.content / "sources", place.content / "staging"):
        for path in sorted(p for p in top.rglob("*") if p.is_file()):
            name = path.relative_to(place.var if top == place.var else place.root).as_posix()
            group, reader = whose(name)
            yield Readable(group, reader, name, path.read_bytes())
    for said in place.said[since:]:
        yield Readable(SAID, whose_words(said), f"cauce {said.command}", f"{said.out}\n{said.errors}".encode())


def whose(name: str) -> tuple[str, Reader]:
    """Group and reader of a file, by its path below the state's folder."""
    return next(
        ((group, reader) for group, pattern, reader in LAID_OUT if re.match(pattern, name)), (THE_REST, Reader.PUBLIC)
    )


def whose_words(said: Said) -> Reader:
    """Who may read what a command printed."""
    if OF_THE_TEAM.match(said.command):
        return Reader.TEAM
    return Reader.EVIDENCE if OF_THE_HIGHEST_TIER.match(said.command) else Reader.OPERATOR
