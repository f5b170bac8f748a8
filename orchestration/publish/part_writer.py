"""A large product written in parts: those that changed anew, the others taken over from the release served.

Belongs here: finding which parts changed, and writing them. Does not belong here: what a part is (``partition``),
what is known of earlier parts (``standing``), judging.

The mart is read once to count its parts and, where there are earlier ones, to take the marks of their records; a part
whose number and marks are those of the earlier file is that file, under a second name. What is left is sorted by part
and key in one stream, and each part is written for every tier as it comes by. The same records give the same bytes,
whatever was there before and whatever the number of threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from string import ascii_letters
from typing import TYPE_CHECKING, Any

from contracts import kept
from contracts.engines.sql import ROW_GROUP, text_literal
from orchestration.publish import content_hash
from orchestration.publish.job import PublishJob
from orchestration.publish.partition import MOST_PARTS, ROWS_IN_ONE_FILE, Partition, file_of, partition_of
from orchestration.publish.render import SAME_BYTES, Rendition, copy, listed, mart, ordered, prepare

if TYPE_CHECKING:
    import duckdb

    from orchestration.publish.standing import Standing

PART = "cauce part"
"""Name of the column that says which part a record belongs to; never written."""

PASSING = "cauce_passing"
"""Name under which the records of the part being written are read."""


@dataclass(frozen=True)
class Part:
    """One part of the mart: its records, and the earlier files that hold the same, by tier."""

    name: str
    rows: int
    earlier: Mapping[str, str]


@dataclass(frozen=True)
class Parts:
    """All parts of the mart, in order."""

    partition: Partition
    parts: tuple[Part, ...]
    standing: Standing | None


def parts_of_mart(
    connection: duckdb.DuckDBPyConnection, job: PublishJob, empty: Sequence[Rendition], standing: Standing | None
) -> Parts | None:
    """The parts in which the product is written; None where it is one file."""
    partition = partition_of(job.contract)
    if partition is None or partition.column not in empty[0].names:
        return None
    known = standing if standing is not None and standing.is_like(empty) else None
    marks = ", ".join(content_hash.marks_of(f"m{i}") for i, _ in enumerate(empty)) if known else ""
    taken = ", ".join(f"{content_hash.mark_of(r.names)} AS m{i}" for i, r in enumerate(empty)) if known else ""
    found = connection.execute(
        f"SELECT part, count(*){', ' if marks else ''}{marks} "
        f"FROM (SELECT {partition.part} AS part{', ' if taken else ''}{taken} FROM {mart(job.relation)}) "
        f"GROUP BY part ORDER BY part"
    ).fetchall()
    if sum(row[1] for row in found) <= ROWS_IN_ONE_FILE or len(found) > MOST_PARTS:
        return None
    return Parts(partition, tuple(_part(row, empty, known) for row in found), known)


def _part(row: tuple[Any, ...], empty: Sequence[Rendition], known: Standing | None) -> Part:
    name, rows, *marks = row
    earlier: dict[str, str] = {}
    there = known.parts.get(file_of(name)) if known else None
    if there is not None and there.rows == rows:
        for rendition, pair in zip(empty, zip(marks[::2], marks[1::2], strict=True), strict=True):
            if there.marks.get(rendition.tier) == pair:
                earlier[rendition.tier] = there.files[rendition.tier]
    return Part(name, int(rows), earlier)


def write(
    connection: duckdb.DuckDBPyConnection, job: PublishJob, empty: Sequence[Rendition], parts: Parts
) -> tuple[Rendition, ...]:
    """Write every rendition in parts.

    Raises:
        ArtefactError: An earlier file is missing or altered.
    """
    rows: dict[str, dict[str, int]] = {rendition.tier: {} for rendition in empty}
    reused: dict[str, set[str]] = {rendition.tier: set() for rendition in empty}
    for rendition in empty:
        kept.make_folder((rendition.folder / file_of("")).parent)
        for part in parts.parts:
            if rendition.tier in part.earlier:
                assert parts.standing is not None
                name = file_of(part.name)
                kept.share_file(parts.standing.local(rendition.tier, name), rendition.folder / name)
                reused[rendition.tier].add(name)
                rows[rendition.tier][name] = part.rows
    _write_changed(connection, job, empty, parts, rows)
    return tuple(replace(r, parts=dict(sorted(rows[r.tier].items())), reused=frozenset(reused[r.tier])) for r in empty)


def _write_changed(
    connection: duckdb.DuckDBPyConnection,
    job: PublishJob,
    empty: Sequence[Rendition],
    parts: Parts,
    rows: Mapping[str, dict[str, int]],
) -> None:
    """Write each part that changed, for every tier that does not have it already; ``rows`` takes what was written."""
    changed = {part.name: part for part in parts.parts if len(part.earlier) < len(empty)}
    if not changed:
        return
    top = empty[0]
    spill = top.folder.parent
    with connection.cursor() as reader, _writers(job, spill) as (writers, together):
        for setting in (f"memory_limit = {text_literal(_half(job.memory))}", *SAME_BYTES):
            reader.execute(f"SET {setting}")
        reader.execute("SET arrow_lossless_conversion = true")
        sorted_records = reader.execute(
            f'SELECT "{PART}", {listed(top.names)} '
            f'FROM (SELECT {parts.partition.part} AS "{PART}", {listed(top.names)} FROM {mart(job.relation)}) '
            f'{_only(changed, parts)}ORDER BY "{PART}", {ordered(top.order)}'
        ).to_arrow_reader(ROW_GROUP)
        begun: deque[Future[None]] = deque()
        for part, table in _split(sorted_records):
            wanted = [rendition for rendition in empty if rendition.tier not in changed[part].earlier]
            begun.append(writers.submit(_write_part, together, (part, table), (wanted, top), rows))
            if len(begun) > job.threads:
                begun.popleft().result()
        for done in begun:
            done.result()


def _half(memory: str) -> str:
    """Half of a memory limit such as ``1500MB``: sorting and writing share it, and a sort that spills is no slower."""
    number = memory.rstrip(ascii_letters).strip()
    return f"{float(number) / 2:.1f}{memory.removeprefix(number).strip()}"


@contextmanager
def _writers(job: PublishJob, spill: Path) -> Iterator[tuple[ThreadPoolExecutor, duckdb.DuckDBPyConnection]]:
    """As many writers as the job has threads, and the DuckDB they share.

    Each part is written by one thread: parts are small, and two threads on one cost more than they save.
    """
    import duckdb

    with duckdb.connect(":memory:") as together, ThreadPoolExecutor(job.threads) as writers:
        prepare(together, 1, _half(job.memory), spill)
        try:
            yield writers, together
        except BaseException:
            writers.shutdown(cancel_futures=True)
            raise


def _write_part(
    together: duckdb.DuckDBPyConnection,
    records: tuple[str, Any],
    given: tuple[Sequence[Rendition], Rendition],
    rows: Mapping[str, dict[str, int]],
) -> None:
    """Write one part's records for the tiers that want it."""
    part, table = records
    wanted, top = given
    name = file_of(part)
    with together.cursor() as writer:
        for setting in SAME_BYTES:
            writer.execute(f"SET {setting}")
        writer.register(PASSING, table)
        for rendition in wanted:
            order = "" if rendition.order == top.order else f" ORDER BY {ordered(rendition.order)}"
            query = f"SELECT {listed(rendition.names)} FROM {PASSING}{order}"
            rows[rendition.tier][name] = copy(writer, query, rendition.folder / name)
        writer.unregister(PASSING)


def _only(changed: Mapping[str, Part], parts: Parts) -> str:
    """SQL of the condition that leaves the parts that did not change out; nothing where all did."""
    if len(changed) == len(parts.parts):
        return ""
    return f'WHERE "{PART}" IN ({", ".join(text_literal(name) for name in changed)}) '


def _split(batches: Any) -> Iterator[tuple[str, Any]]:
    """The records of one part after the other, as Arrow tables; ``batches`` come ordered by part."""
    import pyarrow as pa
    import pyarrow.compute as pc

    name: str | None = None
    held: list[Any] = []
    for batch in batches:
        runs = pc.run_end_encode(batch.column(0))
        ends = [0, *runs.run_ends.to_pylist()]
        for value, (start, end) in zip(runs.values.to_pylist(), pairwise(ends), strict=True):
            if value != name and held:
                yield str(name), pa.Table.from_batches(held)
                held = []
            name = value
            held.append(batch.slice(start, end - start))
    if held:
        yield str(name), pa.Table.from_batches(held)
