"""One pass over what was received: typed, judged record by record, and the good ones written.

Belongs here: the stream from DuckDB to the accepted Parquet file, and the numbers of the records that
do not pass. Does not belong here: why they don't (``door``).

DuckDB reads and types in one thread while another compresses and writes; the record numbers are added on the way. The
blocks are cut at fixed record counts, so that the file is the same whatever the number of threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any

import numpy as np

from contracts import kept
from contracts.engines.sql import ROW_GROUP
from orchestration.ingest.reading import RECORD, Piece
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.sample import Sample
from orchestration.ingest.workplace import ran_short

if TYPE_CHECKING:
    import duckdb

    from orchestration.ingest.record_index import Positions

REPEATS = 5
"""Text is kept as a dictionary where each value occurs so often on average in the first row group."""
FLAG = "__failed"
"""Name of the column that says whether a record does not pass."""
AHEAD = 2
"""Pieces, or batches of one, that may wait to be written."""
BATCH = 16_384
"""Records of a stream that are handed over at once: a row group's worth of wide ones would be held twice."""
SAMPLES = 16
"""Records of each row group that are read again by their bytes, to show that each stands under its own number."""
ORDERED = frozenset({"PROJECTION", "FILTER", "READ_CSV", "READ_JSON", "READ_PARQUET"})
"""Operators of a query plan that hand records on in the order in which they come."""


@dataclass(frozen=True)
class Passed:
    """What the pass counted.

    Attributes:
        read: Records that DuckDB read.
        failed: Numbers of the records that do not pass.
        samples: An Arrow table of some records as typed, with their numbers.
        held: Records among those that pass, for their shape.
    """

    read: int
    failed: Positions
    samples: Any
    held: Sample


def write_accepted(
    connection: duckdb.DuckDBPyConnection, pieces: Iterator[Piece], target: Path, tell: Callable[[int], None]
) -> Passed:
    """Run each piece's query and write what passes to ``target``.

    Args:
        connection: Where to run them.
        pieces: Queries for the typed columns and ``FLAG``, in the order of the file.
        target: The Parquet file to write.
        tell: Called with the number of records read so far.

    Raises:
        Refusal: DuckDB can't read the records, or reads another number of them than were counted.
        OutsideError: The disk refused, or the memory does not suffice.
    """
    import pyarrow as pa

    # The library's own pool gives each row group's memory back page by page and asks for it anew, or keeps it.
    pa.set_memory_pool(pa.system_memory_pool())
    with kept.step("write_accepted", target), closing(_Accepted(target)) as accepted:
        for table in _groups(_typed(connection, pieces)):
            accepted.take(table)
            del table  # it would be held while the next is read
            tell(accepted.read)
        return accepted.passed()


class _Accepted:
    """The accepted file being written, and what is noted on the way."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.read = 0
        self.failed: list[Positions] = []
        self.samples: list[Any] = []
        self.held = Sample()
        self.writer: Any = None

    def take(self, table: Any) -> None:
        """Write what passes of one group of typed records."""
        flags = table.column(FLAG).to_numpy()
        self.read += len(flags)
        block = table.drop_columns([FLAG])
        self.samples.append(block.take(np.linspace(0, len(flags) - 1, min(SAMPLES, len(flags)), dtype=np.int64)))
        if flags.any():
            self.failed.append(table.column(RECORD).to_numpy()[flags])
            block = block.filter(~flags)
        self.held.take(block)
        if self.writer is None:
            self.writer = _writer(self.target, block)
        if block.num_rows:
            self.writer.write_table(block, row_group_size=ROW_GROUP)

    def passed(self) -> Passed:
        """What was counted."""
        import pyarrow as pa

        failed = np.concatenate([*self.failed, np.empty(0, np.int64)])
        return Passed(self.read, failed, pa.concat_tables(self.samples), self.held)

    def close(self) -> None:
        """Finish the file."""
        if self.writer is not None:
            self.writer.close()


def _typed(connection: duckdb.DuckDBPyConnection, pieces: Iterator[Piece]) -> Iterator[Any]:
    """Typed records with their numbers as Arrow tables, computed ahead in a thread of their own."""
    queue: Queue[Any] = Queue(maxsize=AHEAD)
    stop = threading.Event()

    def produce() -> None:
        try:
            for table in _run(connection, pieces):
                if stop.is_set():
                    return
                queue.put(table)
        finally:
            queue.put(None)  # whatever ended it: nobody may wait for more

    with ThreadPoolExecutor(1, "landing-read") as reader:
        reading = reader.submit(produce)
        try:
            while (table := queue.get()) is not None:
                yield table
            reading.result()
        finally:
            stop.set()
            while not reading.done():
                with suppress(Empty):
                    queue.get(timeout=0.05)


def _run(connection: duckdb.DuckDBPyConnection, pieces: Iterator[Piece]) -> Iterator[Any]:
    """Each piece's records, typed and numbered.

    Raises:
        Refusal: DuckDB can't read them, or reads another number of them than were counted.
    """
    import duckdb
    import pyarrow as pa

    proven, total = "", 0
    for piece in pieces:
        read = 0
        try:
            if piece.relation != proven:
                _refuse_disorder(connection, piece.relation)
                proven = piece.relation
            for table in _tables(connection, piece):
                numbers = piece.numbers[read : read + table.num_rows]
                read += table.num_rows
                if len(numbers) != table.num_rows:
                    break
                yield table.append_column(RECORD, [numbers])
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            # In the midst of a stream Arrow tells DuckDB's errors as its own, with DuckDB's words.
            short = ran_short(str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}")
            if short or piece.trial is None:
                raise short or unreadable(error) from error
            total, piece.trial.left = total + read, len(piece.numbers) - read
            continue
        total += read
        if read != len(piece.numbers):
            raise Miscounted(total, total - read + len(piece.numbers))


def _tables(connection: duckdb.DuckDBPyConnection, piece: Piece) -> Iterator[Any]:
    """A small piece as one table, to which every thread adds its part in order; a large one as a stream."""
    import pyarrow as pa

    if piece.small:
        yield connection.sql(piece.relation).to_arrow_table(ROW_GROUP)
        return
    stream = connection.execute(piece.relation).to_arrow_reader(BATCH)
    yield stream.schema.empty_table()  # a piece may hold nothing, and its columns are asked for all the same
    for batch in stream:
        yield pa.Table.from_batches([batch])


class Miscounted(Refusal):
    """DuckDB read another number of records than the index counted in the same bytes."""

    def __init__(self, read: int, counted: int) -> None:
        super().__init__(
            "two counts of the file's records disagree",
            found=f"{read:,} records read by DuckDB",
            expected=f"{counted:,} records counted from the same bytes",
            hint="nothing was let in. Check delimiter, quote and escape of the source's server.",
        )


def _refuse_disorder(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Refuse to number the records of a query whose plan could change their order.

    DuckDB keeps the order of a file through projections and filters; a join, even one made of a long ``IN`` list,
    hands records on in any order, whatever ``preserve_insertion_order`` says.
    """
    import json

    row = connection.execute(f"EXPLAIN (FORMAT json) {query}").fetchone()
    assert row is not None
    waiting = list(json.loads(row[1]))
    found = set()
    while waiting:
        node = waiting.pop()
        name = str(node["name"]).strip()
        found.add(str(node["extra_info"].get("Function", name)) if name == "TABLE_SCAN" else name)
        waiting += node["children"]
    if not found <= ORDERED:
        raise Refusal(
            "the records' numbers could not be kept while reading",
            found=f"a query plan with {', '.join(sorted(found - ORDERED))}",
            expected=f"only {', '.join(sorted(ORDERED))}",
            hint="this is a fault of Cauce: report it with the contract; nothing was let in.",
        )


def _writer(target: Path, block: Any) -> Any:
    """A Parquet writer for tables like ``block``, the file's first.

    Text that repeats is kept as a dictionary, whole numbers and times as differences, the rest as it is: a third
    smaller than the library's choice, and faster to write and to read.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    schema = block.schema
    few = max(1, block.num_rows // REPEATS)
    texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    repeating = [name for name in texts if pc.count_distinct(block.column(name)).as_py() <= few]
    steps = {
        f.name: "DELTA_BINARY_PACKED"
        for f in schema
        if pa.types.is_timestamp(f.type) or f.type in (pa.int32(), pa.int64(), pa.date32())
    }
    return pq.ParquetWriter(
        target,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=repeating or False,
        column_encoding=steps or None,
        store_schema=False,
    )


def unreadable(error: Exception) -> Refusal:
    """The refusal of a file that DuckDB could not read to its end; what it said may quote values."""
    return Refusal(
        "the file can't be read to its end",
        found=type(error).__name__,
        expected="records that can be read as the source's server declares",
        hint="fetch it again; if it stays so, compare its dialect with the source's server.",
    )


def _groups(tables: Iterator[Any]) -> Iterator[Any]:
    """The records as tables of exactly ``ROW_GROUP`` (the last one shorter; an empty one if there is none)."""
    import pyarrow as pa

    held: Any = None
    given = False
    for table in tables:
        held = table if held is None or not held.num_rows else pa.concat_tables([held, table])
        del table  # what came is let go of before what is made of it is written
        # One chunk per column: pages would else be cut where DuckDB's threads happened to hand over.
        while held.num_rows >= ROW_GROUP:
            group, held = [held.slice(0, ROW_GROUP).combine_chunks()], held.slice(ROW_GROUP)
            yield group.pop()
            given = True
    if held is not None and (held.num_rows or not given):
        yield held.combine_chunks()
