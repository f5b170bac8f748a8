"""How the lines of a file end: one way throughout, or as declared.

Belongs here: the verdict on what the record index counted. Does not belong here: finding line ends.
"""

from __future__ import annotations

from orchestration.ingest.dialect import Dialect
from orchestration.ingest.record_index import RETURN, RecordIndex
from orchestration.ingest.refusal import Refusal


def line_end(index: RecordIndex, newline: int, dialect: Dialect) -> bytes:
    """The bytes that end every line of the file.

    Raises:
        Refusal: The file mixes line ends, or has others than declared.
    """
    if newline == RETURN:
        return b"\r"
    crlf, other = index.line_ends["crlf"], index.line_ends["other"]
    if crlf and other:
        raise Refusal(
            "the file mixes line ends",
            found=f"{crlf:,} lines end in CR LF, {other:,} in LF",
            expected="one kind throughout",
            hint="declare lineEnds: mixed in the source's server if the publisher writes it so.",
        )
    wanted = {"lf": False, "crlf": True}.get(dialect.line_ends or "")
    if wanted is not None and crlf + other and bool(crlf) is not wanted:
        found = "CR LF" if crlf else "LF"
        raise Refusal("the file's line ends are not the declared ones", found=found, expected=str(dialect.line_ends))
    return b"\r\n" if crlf else b"\n"
