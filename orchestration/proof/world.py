"""Other contents of what stands above a tier, everything at or below it left as it is.

Belongs here: which columns of which sources are changed for a tier and how far, and the records of each world. Does not
belong here: how values are made (``values``), what a step does not tell apart (``bounds``), comparing (``comparison``).

Records are neither added nor taken away, unless even that a record is there stands above the tier. The record's number
in its delivery is exchanged among the records and never made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from contracts.flow.model import PRESENCE, Leaf, fold
from contracts.tiers import rank
from orchestration.proof import bounds
from orchestration.proof.bounds import Areas, Bound, Days
from orchestration.proof.literals import Literals
from orchestration.proof.lowering import Lowering
from orchestration.proof.values import Source, Way, changed

if TYPE_CHECKING:
    import duckdb

WAYS: Final[tuple[Way, ...]] = ("named", "anew", "exchanged", "aimed")
"""How columns are changed, one world after the other."""
RECORD: Final = "_record"
Records = Mapping[str, Any]
"""Arrow tables by source's relation (folded)."""
Column = tuple[str, str]


@dataclass(frozen=True)
class Ground:
    """What every world of a city begins with.

    Attributes:
        connection: A scratch warehouse whose sources hold ``records``.
        records: The records as sampled.
        leaves: The sources with their classes, by folded name.
        literals: What the SQL names.
        zone: The city's time zone.
    """

    connection: duckdb.DuckDBPyConnection
    records: Records
    leaves: Mapping[str, Leaf]
    literals: Literals
    zone: str

    @cached_property
    def shapes(self) -> list[str]:
        """SQL of the areas that the sources tell."""
        return bounds.shapes_in(self.connection, list(self.records))


@dataclass(frozen=True)
class Series:
    """Some worlds of a tier.

    Attributes:
        numbers: Their numbers.
        bound: How far each column changes in them.
        loosened: Columns that change at will though a step lets something of them through; what they so reach is not
            compared.
    """

    numbers: range
    bound: Mapping[Column, Bound]
    loosened: frozenset[Column]


@dataclass(frozen=True)
class Worlds:
    """The worlds of one tier.

    Attributes:
        ground: What they begin with.
        tier: The tier; what is above it changes.
        lowering: Through which steps what may reach the tier.
    """

    ground: Ground
    tier: str
    lowering: Lowering
    _days: dict[str, Days] = field(default_factory=dict)
    _areas: dict[str, Areas | None] = field(default_factory=dict)

    @cached_property
    def above(self) -> tuple[Column, ...]:
        """The columns above the tier, by source, as they stand in it."""
        found = []
        for source, records in self.ground.records.items():
            leaf = self.ground.leaves[source]
            found += [(source, n) for n in records.column_names if rank(leaf.class_of(n)) > rank(self.tier)]
        return tuple(found)

    @cached_property
    def bound(self) -> Mapping[Column, Bound]:
        """How far each of them may be changed where all of the tier's columns are compared."""
        found: dict[Column, Bound] = {}
        for source, name in self.above:
            kind = self.ground.records[source].schema.field(name).type
            steps = self.lowering.steps.get((source, fold(name)), frozenset())
            found[source, name] = bounds.bound_of(kind, steps)
            if name == RECORD and found[source, name] != "free":
                found[source, name] = "left"
        for source in self.ground.records:
            self._hold_positions(source, found)
        return found

    def _hold_positions(self, source: str, found: dict[Column, Bound]) -> None:
        """Two numbers are a position where areas are known; one alone is none; of more nobody knows which."""
        names = [name for (of, name), bound in found.items() if of == source and bound == "position"]
        if len(names) == 1:
            found[source, names[0]] = "free"
        elif names:
            records, given = self.ground.records[source], self.ground
            areas = bounds.areas_of(given.connection, records, names, given.shapes) if len(names) == 2 else None
            self._areas[source] = areas
            if areas is None:
                found.update({(source, name): "left" for name in names})

    @cached_property
    def keeps_order(self) -> bool:
        """Whether moments keep their order among all records: a step picks by them, or they are several sources'."""
        moments = [column for column, bound in self.bound.items() if bound == "moment"]
        by_step = {s for of, name in moments for s in self.lowering.steps[of, fold(name)]}
        return bool(by_step & bounds.ORDERING) or len({of for of, _ in moments}) > 1

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """The worlds that are looked at.

        First those in which nothing changes that a step may tell; then, for each kind of bound, those in which what it
        binds changes at will, for the columns that it does not reach.
        """
        found = [Series(range(len(WAYS)), self.bound, frozenset())]
        for kind in dict.fromkeys(bound for bound in self.bound.values() if bound != "free"):
            loosened = frozenset(column for column, bound in self.bound.items() if bound == kind)
            bound = {column: "free" if column in loosened else one for column, one in self.bound.items()}
            found.append(Series(range(len(WAYS) - 1), bound, loosened))
        return tuple(found)

    def reached(self, relation: str, column: str, loosened: frozenset[Column]) -> bool:
        """Whether one of the loosened columns reaches a column of a relation through a step."""
        steps = self.lowering.by_step.get((fold(relation), fold(column)), frozenset())
        return any((source, fold(name)) in steps for source, name in loosened)

    def make(self, number: int, bound: Mapping[Column, Bound], *, thinned: bool = False) -> Records:
        """One world's sources that differ.

        Args:
            number: The world's.
            bound: The columns that change, each as far as it says.
            thinned: Whether records may go that are themselves above the tier.
        """
        made: dict[str, Any] = {}
        for source, records in self.ground.records.items():
            mine = {name: one for (of, name), one in bound.items() if of == source and one != "left"}
            found = records
            for name, column in self._columns(source, number, mine).items():
                place = found.schema.get_field_index(name)
                found = found.set_column(place, found.schema.field(name), column)
            if thinned and self._may_go(source, mine):
                found = self._thinned(source, number, found)
            if found is not records:
                made[source] = found
        return made

    def _columns(self, source: str, number: int, mine: Mapping[str, Bound]) -> Mapping[str, Any]:
        records, way = self.ground.records[source], WAYS[number]
        made: dict[str, Any] = {}
        for name, bound in mine.items():
            column, chance = records.column(name).combine_chunks(), _chance(source, name, number)
            beside = [records.column(n).combine_chunks() for n in records.column_names if n != name]
            drawn = Source(self.ground.literals, beside)
            if name == RECORD:
                made[name] = changed(column, "exchanged", drawn, chance)
            elif bound == "free":
                made[name] = changed(column, way, drawn, chance)
            elif bound in ("known", "written"):
                made[name] = bounds.known(column, way, drawn, chance, blank=bound == "written")
        if moments := [name for name, bound in mine.items() if bound == "moment"]:
            chance = _chance("" if self.keeps_order else source, "(moments)", number)
            moved = bounds.moved(self._days_of(source), chance, keeps_order=self.keeps_order)
            made |= {name: moved[name].cast(records.schema.field(name).type) for name in moments}
        if positions := [name for name, bound in mine.items() if bound == "position"]:
            areas = self._areas[source]
            assert areas is not None
            exchanged = bounds.exchanged(records, areas, _chance(source, "(positions)", number))
            made |= {name: exchanged[name].combine_chunks() for name in positions}
        return made

    def _days_of(self, source: str) -> Days:
        if source not in self._days:
            names = [name for (of, name), bound in self.bound.items() if of == source and bound == "moment"]
            given = self.ground
            fixed = list(self._fixed_moments())
            cuts = bounds.cuts_of(given.literals, fixed)
            self._days[source] = bounds.days_of(given.connection, given.records[source], names, given.zone, cuts)
        return self._days[source]

    def _fixed_moments(self) -> Iterator[Any]:
        """The moments that do not move, for a step may compare others with them."""
        import pyarrow as pa

        for source, records in self.ground.records.items():
            for entry in records.schema:
                moves = self.bound.get((source, entry.name)) in ("moment", "free")
                if (pa.types.is_timestamp(entry.type) or pa.types.is_date(entry.type)) and not moves:
                    yield records.column(entry.name).combine_chunks()

    def _may_go(self, source: str, mine: Mapping[str, Bound]) -> bool:
        """Whether even the presence of a record is above the tier, and no step tells of it."""
        leaf = self.ground.leaves[source]
        above = rank(leaf.presence_class) > rank(self.tier)
        return above and bool(mine) and (source, PRESENCE) not in self.lowering.steps

    def _thinned(self, source: str, number: int, records: Any) -> Any:
        """In one world some of the records, some of them twice; in another none."""
        import pyarrow as pa

        if WAYS[number] == "aimed":
            return records.slice(0, 0)
        if WAYS[number] != "anew" or records.num_rows == 0:
            return records
        chance = _chance(source, "(presence)", number)
        return records.take(pa.array(chance.integers(0, records.num_rows, records.num_rows * 2 // 3)))


def _chance(*of: object) -> Any:
    """A generator of its own for what is named: the same each time."""
    import hashlib

    import numpy as np

    seed = int.from_bytes(hashlib.sha256("\0".join(map(str, of)).encode()).digest()[:8], "big")
    return np.random.Generator(np.random.PCG64(seed))


def laid_otherwise(records: Records) -> dict[str, Any]:
    """The same records in another order: by chance, or the last first where chance leaves them as they lie."""
    import numpy as np
    import pyarrow as pa

    made = {}
    for source, one in records.items():
        order = _chance(source, "(order)").permutation(one.num_rows)
        order = order[::-1] if np.array_equal(order, np.arange(one.num_rows)) else order
        made[source] = one.take(pa.array(order))
    return made


def named(columns: Sequence[Column]) -> tuple[str, ...]:
    """Columns of sources as people read them, sorted."""
    from orchestration.raw_sources import PREFIX

    return tuple(sorted(f"{source.removeprefix(PREFIX)}.{name}" for source, name in columns))
