"""What the files of a release show by themselves, without any rule.

Belongs here: digests and marks of their records, whether a lower tier's files hold just the records of the highest
one's, order, agreement of the copies, columns, event times. Does not belong here: rules and engines (``judging``),
what a finding means (``file_rules``).

A lower tier's file is a projection of the highest tier's, and is read whole to show it: the same number of records
with the same marks over the same columns, file by file. What the engines then say of the highest tier's records they
say of these too.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts import tiers
from contracts.engines.sql import address, parquet, quoted, text_literal
from contracts.errors import OutsideError
from contracts.model import Contract
from orchestration.publish import content_hash
from orchestration.publish.job import PublishJob
from orchestration.publish.render import (
    CSV,
    GEOJSON,
    Rendition,
    class_of,
    geometry_column,
    prepare,
)
from orchestration.publish.standing import KnownPart, Pair, Standing

if TYPE_CHECKING:
    import duckdb

LINE = 2_097_152
LONGEST_LINE = 20_000_000
"""Bytes of one CSV record that reading back makes room for: DuckDB's own, and where it may hold a geometry."""

FILE = "cauce file"
"""Name of the column that says which file a record was read from."""


@dataclass(frozen=True)
class Seen:
    """What a look at one tier's files shows, without any rule.

    Attributes:
        content_sha256: Digest of the records.
        foreign: Columns in any of the files that the tier may not see or the contract does not declare.
        disorder: Records that do not come after the one before, file by file.
        differing: Copies (CSV, GeoJSON) that do not say the same as the Parquet file, with what differs.
        data_from: The oldest event time, ISO 8601; None where the tier may not see it.
        data_to: The newest event time not after the as-of instant.
        is_projection: Whether its records are the highest tier's; True of the highest tier itself.
    """

    content_sha256: str
    foreign: tuple[str, ...]
    disorder: int
    differing: tuple[str, ...]
    data_from: str | None
    data_to: str | None
    is_projection: bool = True


@dataclass(frozen=True)
class Look:
    """What all tiers' files show: by tier; and of each part of the highest tier's what is known now."""

    seen: Mapping[str, Seen]
    parts: Mapping[str, KnownPart]


def look(
    job: PublishJob,
    renditions: Sequence[Rendition],
    files: Mapping[str, Mapping[str, str]],
    earlier: tuple[Standing | None, Mapping[str, str]],
) -> Look:
    """Look at the files of every tier, from the highest to the lowest.

    Args:
        job: The job.
        renditions: The files.
        files: Their sha256, by tier and name.
        earlier: What is known of the parts of the release served, and digests of records by the sha256 of the
            Parquet file that holds them, so that the same bytes are not digested again.

    Raises:
        OutsideError: Memory ran out, or the disk refused.
    """
    import duckdb

    standing, known = earlier
    top = renditions[0]
    contents = {r.tier: known[d] for r in renditions if (d := files[r.tier].get(_only(r) or "", "")) in known}
    if len(contents) < len(renditions):
        contents = {}
    try:
        with duckdb.connect(":memory:") as connection:
            prepare(connection, job.threads, job.memory, top.folder.parent)
            parts = _parts(connection, renditions, files, standing, with_sums=not contents)
            for rendition in renditions:
                if not contents.get(rendition.tier):
                    sums = content_hash.total(part.sums_at(rendition.tier) for part in parts.values())
                    contents[rendition.tier] = sums.digest(rendition.typed)
            first, last = event_times(connection, parquet(top.data), job, top.names)
            seen: dict[str, Seen] = {}
            for rendition in renditions:
                same = rendition is top or _holds_the_same(connection, rendition, parts, standing)
                if not same:
                    contents[rendition.tier], _ = content_hash.digest(
                        connection, parquet(rendition.data), rendition.typed
                    )
                timed = job.contract.event_time in rendition.names
                seen[rendition.tier] = Seen(
                    content_sha256=contents[rendition.tier],
                    foreign=_foreign(connection, job.contract, rendition),
                    disorder=_disorder(connection, rendition),
                    differing=(
                        *(() if same else ("the files hold other records than those they were taken from",)),
                        *_differing(connection, rendition, geometry_column(job.contract)),
                    ),
                    data_from=first if timed else None,
                    data_to=last if timed else None,
                    is_projection=same,
                )
            return Look(seen, parts)
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise OutsideError(
            "a rendition could not be judged",
            where=f"product {job.product}",
            found=str(error).splitlines()[0],
            hint="free disk space or memory, then run again; nothing published was touched.",
        ) from error


def _only(rendition: Rendition) -> str | None:
    """Its Parquet file, where it has just one."""
    return next(iter(rendition.parts)) if len(rendition.parts) == 1 else None


# Records --------------------------------------------------------------------------------------


def _parts(
    connection: duckdb.DuckDBPyConnection,
    renditions: Sequence[Rendition],
    files: Mapping[str, Mapping[str, str]],
    standing: Standing | None,
    *,
    with_sums: bool,
) -> dict[str, KnownPart]:
    """Each Parquet file of the highest tier: what is on record of those taken over; the others are read now, once."""
    top = renditions[0]
    found = {name: standing.parts[name] for name in top.reused} if standing else {}
    fresh = [name for name in top.parts if name not in found]
    found |= _read(connection, renditions, fresh, with_sums=with_sums)
    named = {n: {r.tier: files[r.tier].get(n, "") for r in renditions} for n in top.parts}
    return {name: replace(found[name], files=named[name]) for name in top.parts}


def _read(
    connection: duckdb.DuckDBPyConnection, renditions: Sequence[Rendition], names: Sequence[str], *, with_sums: bool
) -> dict[str, KnownPart]:
    if not names:
        return {}
    top = renditions[0]
    numbers = range(len(renditions))
    inner = [f"{content_hash.mark_of(r.names)} AS {quoted(f'mark {i}')}" for i, r in enumerate(renditions)]
    outer = [content_hash.marks_of(quoted(f"mark {i}")) for i in numbers]
    if with_sums:
        inner += [f"{content_hash.record_number(r.typed)} AS {quoted(f'number {i}')}" for i, r in enumerate(renditions)]
        outer += [content_hash.sums_of(quoted(f"number {i}")) for i in numbers]
    nothing = [0] * (1 + 2 * len(outer) + len(top.names))
    outer += [f"count({quoted(n)})" for n in top.names]
    paths = {address(top.folder / name): name for name in names}
    rows = connection.execute(
        f"SELECT {quoted(FILE)}, count(*), {', '.join(outer)} FROM (SELECT *, {', '.join(inner)} "
        f"FROM read_parquet([{', '.join(map(text_literal, paths))}], filename = {text_literal(FILE)})) "
        f"GROUP BY {quoted(FILE)}"
    ).fetchall()
    found = {paths[str(row[0])]: _part([int(number) for number in row[1:]], renditions) for row in rows}
    return {name: found[name] if name in found else _part(nothing, renditions) for name in names}


def _part(numbers: Sequence[int], renditions: Sequence[Rendition]) -> KnownPart:
    """A part from the numbers read.

    They are its records; of each tier two sums of marks, and perhaps two of its records' numbers; of each column the
    records in which it is filled.
    """
    listed, names = [r.tier for r in renditions], renditions[0].names
    pairs: list[Pair] = list(zip(numbers[1 : -len(names) : 2], numbers[2 : -len(names) : 2], strict=False))
    return KnownPart(
        rows=numbers[0],
        files={},
        marks=dict(zip(listed, pairs, strict=False)),
        sums=dict(zip(listed, pairs[len(listed) :], strict=False)),
        filled=dict(zip(names, numbers[-len(names) :], strict=True)),
    )


def _holds_the_same(
    connection: duckdb.DuckDBPyConnection,
    rendition: Rendition,
    parts: Mapping[str, KnownPart],
    standing: Standing | None,
) -> bool:
    """Whether every file of a lower tier holds the records of the highest tier's file of that name.

    The marks of a file taken over are on record.
    """
    if list(rendition.parts) != list(parts):
        return False
    for name in rendition.parts:
        if standing is not None and name in rendition.reused:
            there = standing.parts[name]
            told = (there.rows, *there.marks[rendition.tier])
        else:
            told = content_hash.fingerprint(connection, parquet([rendition.folder / name]), rendition.names)
        if told != (parts[name].rows, *parts[name].marks[rendition.tier]):
            return False
    return True


def event_times(
    connection: duckdb.DuckDBPyConnection, source: str, job: PublishJob, names: Sequence[str]
) -> tuple[str | None, str | None]:
    """Oldest and newest event time not after the as-of instant; (None, None) where it is not among ``names``.

    A record dated in the future must not make old data look fresh, so it does not count.
    """
    column = job.contract.event_time
    if column is None or column not in names:
        return None, None
    as_of = text_literal(job.as_of.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" "))
    row = connection.execute(
        f"SELECT min({quoted(column)}), max({quoted(column)}) FROM {source} WHERE {quoted(column)} <= TIMESTAMP {as_of}"
    ).fetchone()
    assert row is not None
    return _iso(row[0]), _iso(row[1])


def _iso(value: Any) -> str | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else None


def _disorder(connection: duckdb.DuckDBPyConnection, rendition: Rendition) -> int:
    """Records that do not come after the one before them, in each file's own order.

    A file taken over was found in order when it was made: one that is not closes the gate.
    """
    fields = ", ".join(quoted(n) for n in rendition.order)
    sign = ">" if rendition.keyed else ">="
    found = 0
    for name in rendition.parts:
        if name in rendition.reused:
            continue
        row = connection.execute(
            f"SELECT count(*) FROM (SELECT row({fields}) AS this, lag(row({fields})) OVER () AS before "
            f"FROM {parquet([rendition.folder / name])}) WHERE before IS NOT NULL AND NOT (this {sign} before)"
        ).fetchone()
        assert row is not None
        found += int(row[0])
    return found


# Columns and copies ---------------------------------------------------------------------------


def _foreign(connection: duckdb.DuckDBPyConnection, contract: Contract, rendition: Rendition) -> tuple[str, ...]:
    """Columns that really stand in the files and should not."""
    found: set[str] = set()
    for name in rendition.files:
        path = rendition.folder / name
        if name == GEOJSON:
            found |= _geojson_names(path)
            continue
        if name == CSV:
            with path.open(encoding="utf-8", newline="") as file:
                found |= set(next(csv.reader(file)))
            continue
        described = connection.execute(f"DESCRIBE SELECT * FROM {parquet([path])}").fetchall()
        found |= {str(row[0]) for row in described}
    allowed = {c.name for c in contract.columns if tiers.visible(class_of(c), rendition.tier)}
    return tuple(sorted(found - allowed))


def _geojson_names(path: Path) -> set[str]:
    return {name for feature in _features(path) or () for name in feature["properties"]}


def _features(path: Path) -> list[dict[str, Any]] | None:
    """The features of a file, or None where it is not strictly JSON."""
    try:
        value = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except ValueError:
        return None
    features: list[dict[str, Any]] = value["features"]
    return features


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _csv(path: Path, rendition: Rendition, shape: str | None) -> str:
    """A CSV file read back exactly as it was written, each column in its own type."""
    columns = ", ".join(f"{text_literal(n)}: {text_literal(t)}" for n, t in rendition.typed)
    longest = LINE if shape not in rendition.names else max(LINE, min(path.stat().st_size, LONGEST_LINE))
    return (
        f"read_csv({text_literal(str(path))}, header = true, auto_detect = false, delim = ',', quote = '\"', "
        f"escape = '\"', nullstr = '', allow_quoted_nulls = false, max_line_size = {longest}, columns = {{{columns}}})"
    )


def _differing(connection: duckdb.DuckDBPyConnection, rendition: Rendition, shape: str | None) -> Iterable[str]:
    """What the copies say otherwise than the Parquet file, one sentence each."""
    import duckdb

    if CSV in rendition.files:
        try:
            read = content_hash.fingerprint(connection, _csv(rendition.folder / CSV, rendition, shape), rendition.names)
        except duckdb.Error as error:
            yield f"{CSV} cannot be read back: {type(error).__name__}"
        else:
            if read != content_hash.fingerprint(connection, parquet(rendition.data), rendition.names):
                yield f"{CSV} read back gives other records ({read[0]} against {rendition.rows})"
    if GEOJSON in rendition.files:
        features = _features(rendition.folder / GEOJSON)
        if features is None:
            yield f"{GEOJSON} is not JSON"
        elif len(features) != rendition.rows:
            yield f"{GEOJSON} holds {len(features)} features against {rendition.rows} records"
