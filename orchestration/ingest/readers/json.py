"""One JSON document: an array of objects, at the top or where the source's server says.

Belongs here: from the document to its records. Does not belong here: cutting it apart (``document``),
columns and types (``jsonl``, which reads the records one to a line).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from contracts.model import Contract
from orchestration.ingest.accept import Miscounted
from orchestration.ingest.caps import Caps
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.document import take_apart
from orchestration.ingest.readers.jsonl import JsonlReading, read_lines

if TYPE_CHECKING:
    from orchestration.ingest.workplace import Workplace


def read(path: Path, contract: Contract, dialect: Dialect, place: Workplace, caps: Caps) -> JsonlReading:
    """Take the document at ``path`` apart and index its records.

    Raises:
        Refusal: Not one JSON document with an array of objects where it was declared, or declared keys are missing.
    """
    lines = place.folder / "records.jsonl"
    document = take_apart(path, dialect.records, lines, caps)
    reading = read_lines(lines, contract, dialect, place.folder, caps, quickly=True)
    if reading.received != document.records:
        raise Miscounted(reading.received, document.records)
    reading.find_drift()
    return reading
