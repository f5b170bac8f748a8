"""Reading what was set aside: how many, why, and the records themselves for whoever must mend them.

Belongs here: lists and pages over the quarantine files, each checked against its landing's hash first.
Does not belong here: spreadsheets (``spreadsheet``), setting aside (``door``). What is read here may hold
restricted values: it is shown to whoever runs the command on the machine that keeps it, and goes nowhere else.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts import kept
from contracts.checks import Check
from contracts.errors import ArtefactError, InputError
from contracts.home import CityHome
from contracts.model import Contract, Text
from orchestration.ingest import manifest
from orchestration.ingest.manifest import Landing

PAGE = 1000
"""Records read at a time."""

COLUMNS = ("record", "reasons", "sentence", "raw")
"""Columns of a quarantine file."""

LINE = "record_as_received"
"""Name of the column that holds a record which could not be taken apart."""


@dataclass(frozen=True)
class SetAside:
    """What one landing set aside. ``refused``: the whole file was refused, these are the records to blame."""

    source: str
    landing: int
    retrieved_at: str
    records: int
    reasons: Mapping[str, int]
    refused: bool


@dataclass(frozen=True)
class Record:
    """One record that was set aside.

    ``number`` counts the records of the delivery from 1, the header not counted; of a spreadsheet it is the
    number of the row (``counted_in_rows``). ``values`` are the
    fields as received, by the source's own names; of a record that could not be taken apart, only ``LINE``.
    """

    number: int
    reasons: tuple[str, ...]
    sentence: str
    values: Mapping[str, str | None]


def counted_in_rows(contract: Contract) -> bool:
    """Whether the numbers of the source's records are rows of a spreadsheet."""
    return any(server.settings.get("format") == "xlsx" for server in contract.servers)


def set_aside(home: CityHome, sources: Sequence[str]) -> tuple[SetAside, ...]:
    """The last landing of each source that set something aside, by source."""
    found = []
    for source in sorted(sources):
        landing = manifest.latest(home, source)
        if landing is not None and landing.quarantine_file is not None:
            refused = landing.outcome == "refused"
            count = _kept_records(home, landing) if refused else landing.quarantined
            found.append(SetAside(source, landing.n, landing.retrieved_at, count, landing.reasons, refused))
    return tuple(found)


def landing_of(home: CityHome, source: str, n: int | None) -> Landing:
    """Landing ``n`` of ``source``, or the last one; it must have set something aside.

    Raises:
        InputError: There is no such landing, or it set nothing aside.
    """
    known = manifest.numbers(home, source)
    if not known or (n is not None and n not in known):
        raise InputError(
            "there is no such landing",
            where=f"source {source}",
            found=f"landing {n}" if n else "no landing yet",
            expected=f"1 to {known[-1]}" if known else "a source that was fetched",
            hint=f"cauce source fetch {source}",
        )
    landing = manifest.read(manifest.landing_path(home, source, n or known[-1]))
    if landing.quarantine_file is None:
        raise InputError(
            "nothing was set aside",
            where=f"source {source}, landing {landing.n}",
            hint="cauce quarantine list",
        )
    return landing


def records(
    home: CityHome, contract: Contract, landing: Landing, checks: Sequence[Check] = (), language: str = "en"
) -> Iterator[Record]:
    """The records a landing set aside, in order of their numbers.

    Args:
        home: The city's state.
        contract: The source's contract, for the names of fields.
        landing: A landing with a quarantine file.
        checks: The contract's checks, for sentences in another language than English.
        language: Of the sentences; English where a translation is missing.

    Raises:
        ArtefactError: The quarantine file is missing or was altered.
    """
    from orchestration.ingest import reasons

    words = reasons.sentences(contract, checks)
    for number, why, sentence, raw in _rows(home, landing):
        said = sentence if language == "en" else _translated(why, words, sentence, language)
        yield Record(number, tuple(why), said, _values(raw))


def _translated(why: Sequence[str], words: Mapping[str, Text], sentence: str, language: str) -> str:
    known = [words[reason].to(language) for reason in why if reason in words]
    return " ".join(known) if len(known) == len(why) else sentence


def _kept_records(home: CityHome, landing: Landing) -> int:
    import pyarrow.parquet as pq

    with pq.ParquetFile(_checked(home, landing)) as file:
        return int(file.metadata.num_rows)


def _rows(home: CityHome, landing: Landing) -> Iterator[tuple[int, list[str], str, str]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(_checked(home, landing)) as file:
        for batch in file.iter_batches(batch_size=PAGE):
            yield from zip(*(batch.column(name).to_pylist() for name in COLUMNS), strict=True)


def _checked(home: CityHome, landing: Landing) -> Path:
    """The quarantine file, if it still is what the landing says."""
    assert landing.quarantine_file is not None
    path = home.root / landing.quarantine_file.path
    if kept.sha256_file(path) != landing.quarantine_file.sha256:
        raise ArtefactError(
            "a quarantine file was altered",
            where=str(path),
            expected=f"sha256 {landing.quarantine_file.sha256[:12]}…",
            hint="cauce audit verify",
        )
    return path


def _values(raw: str) -> dict[str, str | None]:
    value = json.loads(raw)
    if not isinstance(value, dict):
        return {LINE: str(value)}
    return {str(key): _shown(field) for key, field in value.items()}


def _shown(field: object) -> str | None:
    return field if isinstance(field, str) or field is None else json.dumps(field, ensure_ascii=False)


def field_names(contract: Contract) -> list[str]:
    """Names of the fields of an export: the source's own names, then the place of records that stayed whole."""
    return [*(column.source_name for column in contract.columns), LINE]


def as_csv(contract: Contract, found: Iterator[Record]) -> Iterator[str]:
    """The records as CSV lines: number, what is wrong, the fields as received, byte for byte."""
    fields = field_names(contract)
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")

    def take() -> str:
        text = line.getvalue()
        line.seek(0)
        line.truncate()
        return text

    writer.writerow(["record", "reasons", "what_is_wrong", *fields])
    yield take()
    for record in found:
        values = [record.values.get(name) or "" for name in fields]
        writer.writerow([record.number, " ".join(record.reasons), record.sentence, *values])
        yield take()
