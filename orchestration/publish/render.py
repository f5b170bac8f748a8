"""Renditions: one mart projected onto what each tier may see, written aside as the files of a release.

Belongs here: choosing a tier's columns by their class, ordering by the key, writing Parquet, CSV and
GeoJSON. Does not belong here: computing anything (a generalised value is a column of its own, made by a
registered step in the mart), judging (``gate``), moving files into place (``commit``).

The mart is sorted once, into the highest tier's Parquet file; every lower tier is a projection of that
file in its order. A tier that may not see the whole key is ordered by what it does see, so that the order
of its records tells nothing about a hidden column. The same records give the same bytes, whatever the
number of threads. A large product whose contract says so is written in parts (``part_writer``).

CSV: UTF-8, comma, double quotes where needed, line feeds, a header. An empty field is null, a quoted
empty field is the empty text: nothing is lost on the way back. Times are UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts import kept, tiers
from contracts.engines.sql import ROW_GROUP, parquet, quoted, text_literal
from contracts.errors import ArtefactError, InputError, OutsideError
from contracts.model import Contract, Property
from orchestration.publish import geojson
from orchestration.publish.job import PublishJob
from orchestration.quotations import without_values

if TYPE_CHECKING:
    import duckdb

    from orchestration.publish.standing import Standing

PARQUET = "data.parquet"
CSV = "data.csv"
GEOJSON = "data.geojson"
MEDIA_TYPES: Mapping[str, str] = {
    ".parquet": "application/vnd.apache.parquet",
    ".csv": "text/csv; charset=utf-8",
    ".geojson": "application/geo+json",
}
"""What a file is, by the end of its name."""

ROWS_FOR_COPIES = 1_000_000
"""CSV and GeoJSON are written up to so many records; larger ones on request."""

AS_PARQUET = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
"""DuckDB's options of every Parquet file of a release."""


@dataclass(frozen=True)
class Rendition:
    """One tier's files, aside.

    Attributes:
        tier: The tier.
        folder: Where the files are.
        columns: The contract's columns that the tier may see and the mart has, in the contract's order.
        types: DuckDB's type of each, as the mart has it.
        order: The columns the records are ordered by.
        keyed: Whether ``order`` is the whole primary key.
        parts: Number of records of each Parquet file, by its name, in the order of the names.
        copies: Names of the other files, which say the same.
        reused: Names of the Parquet files that are those of the release served.
    """

    tier: str
    folder: Path
    columns: tuple[Property, ...]
    types: tuple[str, ...]
    order: tuple[str, ...]
    keyed: bool
    parts: Mapping[str, int]
    copies: tuple[str, ...] = ()
    reused: frozenset[str] = frozenset()

    @property
    def rows(self) -> int:
        """Number of records."""
        return sum(self.parts.values())

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all files, sorted."""
        return tuple(sorted([*self.parts, *self.copies]))

    @property
    def data(self) -> tuple[Path, ...]:
        """The Parquet files, of which the others are copies."""
        return tuple(self.folder / name for name in self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(c.name for c in self.columns)

    @property
    def typed(self) -> tuple[tuple[str, str], ...]:
        """Names with types."""
        return tuple(zip(self.names, self.types, strict=True))


def class_of(column: Property) -> str:
    """The class a column counts as: what nobody classified is the most restrictive."""
    return column.classification if column.classified else tiers.MOST_RESTRICTIVE


def columns_for(contract: Contract, tier: str) -> tuple[Property, ...]:
    """The contract's columns that a reader of ``tier`` may see."""
    return tuple(c for c in contract.columns if tiers.visible(class_of(c), tier))


def tiers_of(contract: Contract) -> tuple[str, ...]:
    """The tiers rendered, from the highest to the lowest."""
    return tuple(sorted(contract.renditions, key=tiers.rank, reverse=True))


def media_type(name: str) -> str:
    """What a file of a release is, by its name."""
    return next(kind for ending, kind in MEDIA_TYPES.items() if name.endswith(ending))


def render(job: PublishJob, folder: Path, standing: Standing | None = None) -> tuple[Rendition, ...]:
    """Write every rendition of the mart below ``folder``, from the highest tier to the lowest.

    Args:
        job: The job.
        folder: An empty folder, for each tier's files.
        standing: What is known of the parts of the release served, to be used again where they did not change.

    Raises:
        InputError: The mart is missing, or has a column its contract does not declare; a tier would
            see no column at all.
        PromiseBroken: A geometry is not well-known text.
        OutsideError: The disk refused, or memory ran out.
    """
    from orchestration.publish import part_writer

    with open_warehouse(job, folder) as connection:
        present = columns_of_mart(connection, job)
        empty = tuple(_layout(job.contract, tier, folder / tier, present) for tier in tiers_of(job.contract))
        if (parts := part_writer.parts_of_mart(connection, job, empty, standing)) is not None:
            return part_writer.write(connection, job, empty, parts)
        done: list[Rendition] = []
        for rendition in empty:
            done.append(_whole(connection, job, rendition, done[:1]))
    return tuple(done)


@contextmanager
def open_warehouse(job: PublishJob, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, to read only, with settings under which the same records give the same bytes.

    Raises:
        ArtefactError: There is no warehouse.
        InputError: A value does not fit what a model that is a view makes of it.
        OutsideError: The disk refused, or memory ran out, while it was worked with.
    """
    import duckdb

    path = job.warehouse or job.home.warehouse
    if not path.is_file():
        raise ArtefactError("the warehouse is missing", where=str(path), hint="cauce run --force")
    connection = duckdb.connect(str(path), read_only=True)
    try:
        prepare(connection, job.threads, job.memory, spill)
        yield connection
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise OutsideError(
            "a product could not be read from the warehouse and written",
            where=f"product {job.product}",
            found=str(error).splitlines()[0],
            hint="free disk space, or raise CAUCE_MEMORY_LIMIT, then run again; nothing published was touched.",
            retry=True,
        ) from error
    except (duckdb.DataError, duckdb.InvalidInputException) as error:
        raise InputError(
            "a product's table cannot be worked out from its records",
            where=f"product {job.product}",
            found=without_values(str(error).splitlines()[0]),
            hint="a model it is made from is a view, which is worked out only now: mend its SQL (try_cast where a "
            "value may not convert), then: cauce run",
        ) from error
    finally:
        connection.close()


SAME_BYTES = (
    "TimeZone = 'UTC'",
    "preserve_insertion_order = true",
    "python_enable_replacements = false",
    "autoinstall_known_extensions = false",
    "default_collation = ''",
    "default_order = 'ASC'",
    "default_null_order = 'NULLS_LAST'",
)
"""Settings under which the same records give the same bytes."""


def prepare(connection: duckdb.DuckDBPyConnection, threads: int, memory: str, spill: Path) -> None:
    """What DuckDB may use, and settings under which the same records give the same bytes."""
    limits = (
        f"threads = {int(threads)}",
        f"memory_limit = {text_literal(memory)}",
        f"temp_directory = {text_literal(str(spill / '.spill'))}",
    )
    for setting in (*limits, *SAME_BYTES):
        connection.execute(f"SET {setting}")


def columns_of_mart(connection: duckdb.DuckDBPyConnection, job: PublishJob) -> dict[str, str]:
    """Columns and types of the mart.

    Raises:
        InputError: There is no such table, or it has a column the contract does not declare.
    """
    import duckdb

    try:
        rows = connection.execute(f"DESCRIBE {mart(job.relation)}").fetchall()
    except duckdb.CatalogException as error:
        raise InputError(
            "a product's mart is not in the warehouse",
            where=f"product {job.product}",
            found=f"no table {job.relation}",
            hint="look at why its model was not built: cauce run --force",
        ) from error
    present = {str(row[0]): str(row[1]) for row in rows}
    declared = {c.name for c in job.contract.columns}
    if undeclared := sorted(set(present) - declared):
        raise InputError(
            "a product's SQL gives a column its contract does not declare",
            where=f"model {job.relation}",
            found=", ".join(undeclared),
            expected=f"only what {job.contract.path} declares",
            hint="declare the column with its class, or remove it from the model.",
        )
    return present


def mart(relation: str) -> str:
    """``relation`` as SQL, its schema kept where one is given."""
    return ".".join(quoted(part) for part in relation.split("."))


def _layout(contract: Contract, tier: str, folder: Path, present: Mapping[str, str]) -> Rendition:
    """A rendition as it will be, before anything is written.

    Raises:
        InputError: The tier would see no column.
    """
    columns = tuple(c for c in columns_for(contract, tier) if c.name in present)
    if not columns:
        raise InputError(
            "a tier would see no column of a product",
            where=f"{contract.path}, rendition {tier}",
            hint=f"give a column the class {tier} or lower, or take {tier} out of renditions.",
        )
    names = tuple(c.name for c in columns)
    key = contract.primary_key
    keyed = bool(key) and set(key) <= set(names)
    return Rendition(tier, folder, columns, tuple(present[n] for n in names), key if keyed else names, keyed, {})


def _whole(
    connection: duckdb.DuckDBPyConnection, job: PublishJob, empty: Rendition, above: Sequence[Rendition]
) -> Rendition:
    """One tier's records in one Parquet file, with the copies of it that the contract offers."""
    folder, names = empty.folder, empty.names
    kept.make_folder(folder)
    if above and above[0].order == empty.order:
        query = f"SELECT {listed(names)} FROM {parquet(above[0].data)}"
    else:
        query = f"SELECT {listed(names)} FROM {mart(job.relation)} ORDER BY {ordered(empty.order)}"
    rows = copy(connection, query, folder / PARQUET)
    copies = []
    formats = job.contract.custom.get("formats") or ("parquet", "csv", "geojson")
    if rows <= ROWS_FOR_COPIES:
        source = parquet([folder / PARQUET])
        if "csv" in formats:
            copy(connection, f"SELECT * FROM {source}", folder / CSV, "FORMAT csv, HEADER true, NULLSTR ''")
            copies.append(CSV)
        shape = geometry_column(job.contract)
        if "geojson" in formats and shape in names:
            _write_geojson(connection, source, folder / GEOJSON, (str(shape), names))
            copies.append(GEOJSON)
    return replace(empty, parts={PARQUET: rows}, copies=tuple(copies))


def listed(names: Sequence[str]) -> str:
    """SQL of a list of columns."""
    return ", ".join(quoted(n) for n in names)


def ordered(names: Sequence[str]) -> str:
    """SQL of an order by columns."""
    return ", ".join(f"{quoted(n)} ASC NULLS LAST" for n in names)


def geometry_column(contract: Contract) -> str | None:
    """The column that holds the contract's geometry, if it has one."""
    declared: Mapping[str, Any] = contract.custom.get("geometry") or {}
    return declared.get("column")


def copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path, options: str = AS_PARQUET) -> int:
    """Write what ``query`` gives; returns the number of records."""
    with kept.step("copy", path):
        row = connection.execute(f"COPY ({query}) TO {text_literal(str(path))} ({options})").fetchone()
    assert row is not None
    return int(row[0])


def _write_geojson(
    connection: duckdb.DuckDBPyConnection, source: str, path: Path, shape: tuple[str, Sequence[str]]
) -> None:
    """One Feature a line; the properties are the tier's other columns."""
    column, names = shape
    fields = ", ".join(f"{quoted(n)} := {quoted(n)}" for n in names if n != column)
    properties = f"CAST(to_json(struct_pack({fields})) AS VARCHAR)" if fields else "'{}'"
    cursor = connection.execute(f"SELECT {quoted(column)}, {properties} FROM {source}")
    with kept.step("copy", path), path.open("w", encoding="utf-8", newline="\n") as file:
        file.write('{"type":"FeatureCollection","features":[')
        separator = "\n"
        while batch := cursor.fetchmany(10_000):
            for wkt, properties_text in batch:
                shape_text = "null" if wkt is None else geojson.geometry(wkt)
                file.write(f'{separator}{{"type":"Feature","geometry":{shape_text},"properties":{properties_text}}}')
                separator = ",\n"
        file.write("\n]}\n")
