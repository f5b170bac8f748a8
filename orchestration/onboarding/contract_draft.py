"""The draft of a source's contract: what the portal says and the sample shows, put together.

Belongs here: key, delivery, titles and meanings of columns, and which hints stand at them. Does not belong here: the
file's form (``contract_text``), types (``column_types``), hints (``personal``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from contracts.city import City
from orchestration.ingest.delivery import Described, DescribedColumn
from orchestration.onboarding import personal, yaml_text
from orchestration.onboarding.column_types import TypedColumn, Where, type_columns
from orchestration.onboarding.number_forms import is_code
from orchestration.onboarding.rhythm import Rhythm, rhythm
from orchestration.onboarding.sample import Sample, SeenColumn, words_of
from orchestration.onboarding.trial import tried

ENOUGH: Final = 20
"""Records from which "no value twice" says something of a key."""
LONGEST_NAME: Final = 40

_OWN_KEYS: Final = frozenset({"id", "key", "uuid", "guid", "objectid", "fid", "gid", "radicado", "folio", "expediente"})
_ASIDE = re.compile(r"\([^()]*\)|[-–—,:]?\s*\b(?:from|since|desde|between|a partir d\w+)\s+\d{4}\b.*", re.IGNORECASE)
"""Of a title, what is said by the way: a part in brackets, the years."""
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class DraftColumn:
    """One column of the draft.

    Attributes:
        typed: How it is read.
        title: In plain words, where the portal gives it another name.
        description: What the portal says it means; empty where it says nothing.
        hints: What looks personal, as sentences.
    """

    typed: TypedColumn
    title: str
    description: str
    hints: tuple[str, ...]

    @property
    def name(self) -> str:
        """As the source names it."""
        return self.typed.name


@dataclass(frozen=True)
class Origin:
    """Where the source stands: the contract's one server, and what is known from there."""

    connector: str
    portal: str | None
    settings: Mapping[str, Any]
    described: Described
    sample: Sample
    records: int | None = None
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContractDraft:
    """Everything that stands in the draft. ``key_told``: from what the key was told; ``left_out``: columns, and why."""

    name: str
    city: City
    origin: Origin
    columns: tuple[DraftColumn, ...]
    key: str | None
    key_told: str
    rhythm: Rhythm
    markers: tuple[str, ...]
    comma: bool
    left_out: tuple[str, ...]

    def column(self, name: str) -> DraftColumn | None:
        """The column called ``name``, or None."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def holds_points(self) -> bool:
        """Whether the source's shapes are points."""
        return _holds_points(self.origin)

    @property
    def personal(self) -> tuple[DraftColumn, ...]:
        """Columns that look personal."""
        return tuple(c for c in self.columns if c.hints)


def draft_contract(name: str, city: City, origin: Origin, now: datetime) -> ContractDraft:
    """Put a draft together.

    Args:
        name: The source's name.
        city: The city.
        origin: What the portal says, and the sample.
        now: The time of asking.
    """
    told = {column.name: column for column in origin.described.columns}
    sample, left_out = _declarable(_in_order(origin.sample, told))
    where = Where(city.country, city.timezone)
    shape = origin.settings.get("geometryColumn")
    typed = tuple(
        replace(column, notes=()) if column.name == shape else column
        for column in tried(type_columns(sample, told, where), sample)
    )
    key, key_told = _key(typed, sample, told)
    columns = tuple(
        DraftColumn(
            column,
            _title(column.name, told.get(column.name)),
            yaml_text.plain(told[column.name].description) if column.name in told else "",
            _hints(seen, sample, is_point=column.name == shape and _holds_points(origin)),
        )
        for column, seen in zip(typed, sample.columns, strict=True)
    )
    described = origin.described
    return ContractDraft(
        name=name,
        city=city,
        origin=origin,
        columns=columns,
        key=key,
        key_told=key_told,
        rhythm=rhythm(
            typed,
            sample,
            (described.frequency, yaml_text.plain(described.description, 2000)),
            described.updated_at,
            now,
        ),
        markers=_markers(typed),
        comma=any(column.comma for column in typed),
        left_out=(*origin.unread, *left_out),
    )


def _hints(seen: SeenColumn, sample: Sample, *, is_point: bool) -> tuple[str, ...]:
    found = personal.hints(seen, sample)
    if is_point and not found:
        found = (personal.Hint("exact positions", None),)
    return tuple(hint.sentence for hint in found)


def _holds_points(origin: Origin) -> bool:
    """Whether the shapes are points: by the sample, or by what the portal says where its sample has none."""
    name = origin.settings.get("geometryColumn")
    seen = origin.sample.column(str(name)) if name else None
    if seen is not None and seen.filled:
        return any(text.startswith("POINT") for text in seen.texts)
    told = next((c for c in origin.described.columns if c.name == name), None)
    return told is not None and "point" in told.description.lower().split()


def source_name(city_id: str, title: str, taken: frozenset[str] = frozenset()) -> str:
    """``<publisher>_<dataset>`` from a data set's title, the city being the publisher."""
    own = slug(_ASIDE.sub(" ", title)) or slug(title) or "data"
    made = own if own == city_id or own.startswith(f"{city_id}_") else f"{city_id}_{own}"
    if len(made) > LONGEST_NAME:
        made = made[: LONGEST_NAME + 1].rpartition("_")[0] or made[:LONGEST_NAME]
    number, free = 2, made
    while free in taken:
        free = f"{made}_{number}"
        number += 1
    return free


def slug(text: str) -> str:
    """``text`` as lower-case letters, digits and underscores."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", flat.lower()).strip("_")


def _in_order(sample: Sample, told: Mapping[str, DescribedColumn]) -> Sample:
    """The portal's columns in the portal's order, those it does not speak of last."""
    seen = {column.name: column for column in sample.columns}
    nothing = (None,) * sample.records
    columns = [seen.get(name) or SeenColumn(name, nothing) for name in told]
    columns += [column for column in sample.columns if column.name not in told]
    return Sample(tuple(columns), sample.records, sample.whole, sample.typed)


def _declarable(sample: Sample) -> tuple[Sample, tuple[str, ...]]:
    """The columns whose names a contract can hold, and why the others are left out."""
    columns, left_out, folded = [], [], set()
    for column in sample.columns:
        name = column.name
        if not name.strip() or name.casefold() == "_record" or _UNSEEN.search(name):
            left_out.append(f"the column {yaml_text.plain(name, 60) or 'without a name'}: its name can't be declared")
        elif name.casefold() in folded:
            left_out.append(
                f"the column {yaml_text.plain(name, 60)}: another one has its name, but for upper and lower case"
            )
        else:
            folded.add(name.casefold())
            columns.append(column)
    return Sample(tuple(columns), sample.records, sample.whole, sample.typed), tuple(left_out)


def _title(name: str, told: DescribedColumn | None) -> str:
    """A column's name in plain words: the portal's, or its own words where they are not plain already."""
    if told is not None and told.title and told.title != name:
        return yaml_text.plain(told.title, 120)
    words = " ".join(words_of(name))
    return words.capitalize() if words and words != name.lower() else ""


def _markers(columns: tuple[TypedColumn, ...]) -> tuple[str, ...]:
    return tuple(sorted({marker for column in columns for marker in column.markers}))


def _key(
    columns: tuple[TypedColumn, ...], sample: Sample, told: Mapping[str, DescribedColumn]
) -> tuple[str | None, str]:
    """The column that tells records apart, and from what that was told."""
    keys = [name for name, column in told.items() if column.key]
    if len(keys) == 1 and (seen := sample.column(keys[0])) is not None:
        twice = _repeated(seen.values)
        if not twice:
            return keys[0], "the portal says that it tells records apart"
        return None, f"the portal says that {keys[0]} tells records apart, but {twice:,} values of the sample repeat"
    if sample.records < ENOUGH:
        return None, f"the sample of {sample.records:,} records is too small to tell"
    likely: list[tuple[int, int, str]] = []
    nearly: list[tuple[int, str]] = []
    for n, column in enumerate(columns):
        seen = sample.column(column.name)
        if seen is None or column.logical_type not in ("string", "integer"):
            continue
        words = set(seen.words)
        rank = 0 if words & _OWN_KEYS else 1 if is_code(seen.words) else 2 if n == 0 else 3
        if seen.filled == sample.records and not _repeated(seen.values):
            likely.append((rank, n, column.name))
        elif seen.filled * 50 > sample.records * 49 and rank < 2 and n < 3:
            twice = _repeated(seen.values)
            nearly += [(twice, column.name)] if twice * 50 < sample.records else []
    best = min(likely, default=(9, 0, ""))
    if best[0] < 3:
        among = f"all {sample.records:,} records" if sample.whole else f"the {sample.records:,} records of the sample"
        return best[2], f"looks like it: no value twice in {among}"
    if nearly:
        return None, f"{nearly[0][1]} looks like a key, but {nearly[0][0]:,} values of the sample repeat"
    return None, "no column of the sample tells records apart"


def _repeated(values: tuple[Any, ...]) -> int:
    there = [str(v) for v in values if v is not None and v != ""]
    return len(there) - len(set(there))
