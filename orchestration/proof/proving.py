"""The proof: models built over the sample, over the same records laid otherwise, and over other worlds of each tier.

Belongs here: the order of it, and the verdict on each product and tier. Does not belong here: each part of it, where
the records come from and where the verdict is kept (``of_city``).

Nothing here raises for what a model or a record does: what could not be built or compared is a verdict, and holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from contracts.flow.classes import Classes
from contracts.flow.model import ModelText, PythonModel, fold
from contracts.tiers import rank
from orchestration.proof import comparison, scratch
from orchestration.proof.bounds import Bound
from orchestration.proof.comparison import Marks, Shown
from orchestration.proof.literals import literals_of
from orchestration.proof.lowering import lowering
from orchestration.proof.outcome import TierProof
from orchestration.proof.reading import above, reads_of, sql_of
from orchestration.proof.scratch import Scratch, Unbuilt
from orchestration.proof.world import Column, Ground, Records, Series, Worlds, laid_otherwise, named
from orchestration.step_functions import StepSettings

if TYPE_CHECKING:
    import duckdb

SECONDS: Final = 300.0
"""After so long the proof gives up; what it has not come to by then holds."""
OTHER_THREADS: Final = 3
SPATIAL: Final = re.compile(r"\b(st_\w+|step_point_in_area)\(", re.IGNORECASE)


@dataclass(frozen=True)
class Given:
    """What a product gives a tier."""

    product: str
    tier: str
    shown: Shown


@dataclass(frozen=True)
class Setting:
    """What the models stand on beside records.

    Attributes:
        models: The models as dbt compiled them, in dependency order.
        classes: The flows with their classes; the sources are its leaves.
        settings: What the registered steps' functions are made with; the first of its zones is the city's.
        database: The name under which compiled SQL knows the warehouse.
        memory: The most memory the scratch warehouse may use.
        seconds: The longest it may take.
    """

    models: Sequence[ModelText | PythonModel]
    classes: Classes
    settings: StepSettings
    database: str = "warehouse"
    memory: str = "1GB"
    seconds: float = SECONDS


def prove(setting: Setting, records: Records, given: Sequence[Given]) -> dict[str, tuple[TierProof, ...]]:
    """The verdict on each product and tier above which something stands.

    Args:
        setting: What the models stand on.
        records: The sample, by source's relation (folded).
        given: What each product gives each tier.
    """
    spatial = any(SPATIAL.search(sql_of(model)) for model in setting.models)
    with scratch.opened(setting.database, setting.settings, spatial=spatial, memory=setting.memory) as connection:
        return prove_in(connection, setting, records, given)


def prove_in(
    connection: duckdb.DuckDBPyConnection, setting: Setting, records: Records, given: Sequence[Given]
) -> dict[str, tuple[TierProof, ...]]:
    """The verdicts, come to in a scratch warehouse that is open (``scratch.opened``)."""
    proof = _Proof(setting, records, given, connection)
    with scratch.stopped_after(connection, setting.seconds) as is_over:
        try:
            proof.prepare()
            proof.look(is_over)
        except scratch.failures() as error:
            proof.give_up(f"other contents could not be made or compared ({type(error).__name__})")
    return proof.verdicts()


@dataclass
class _Target:
    """A product at a tier, while it is looked at: what is compared in each series of worlds, and what it held."""

    given: Given
    columns: tuple[Column, ...]
    shown: list[Shown | None] = field(default_factory=list)
    marks: list[Marks] = field(default_factory=list)
    proof: TierProof = field(default_factory=lambda: TierProof("", "same"))

    @property
    def is_open(self) -> bool:
        return self.proof.state == "same"


class _Proof:
    """One proof under way."""

    def __init__(
        self, setting: Setting, records: Records, given: Sequence[Given], connection: duckdb.DuckDBPyConnection
    ) -> None:
        self._connection = connection
        self._reads = reads_of(setting.models, tuple(records))
        self._scratch = Scratch(connection, setting.models, self._reads)
        self._base = dict(records)
        self._filled: dict[str, Any] = {}
        self._given = given
        leaves = {fold(name): leaf for name, leaf in setting.classes.leaves.items()}
        literals = literals_of(map(sql_of, setting.models))
        ground = Ground(connection, self._base, leaves, literals, setting.settings.zones[0])
        self._worlds: list[Worlds] = []
        self._targets: dict[str, list[_Target]] = {}
        for tier in sorted({one.tier for one in given}, key=rank):
            mine = [one for one in given if one.tier == tier]
            lowered = lowering(setting.classes, tier, {one.shown.relation: one.shown.columns for one in mine})
            worlds = Worlds(ground, tier, lowered)
            self._worlds.append(worlds)
            self._targets[tier] = [_Target(one, found) for one in mine if (found := self._above(one, worlds))]

    def _above(self, given: Given, worlds: Worlds) -> tuple[Column, ...]:
        """What stands above the tier of all that a product is made of."""
        upstream = above(self._reads, given.shown.relation)
        return tuple(column for column in worlds.above if column[0] in upstream)

    def prepare(self) -> None:
        """Fill the sources, and choose what is compared in which worlds."""
        for source, records in self._base.items():
            self._scratch.fill(source, records)
            self._filled[source] = records
        for worlds in self._worlds:
            for target in self._targets[worlds.tier]:
                target.shown = [self._compared(target, worlds, one) for one in worlds.series]

    def _compared(self, target: _Target, worlds: Worlds, series: Series) -> Shown | None:
        """What is compared in a series of worlds; None where every column is reached by what changes at will."""
        shown = target.given.shown
        if series.loosened and not series.loosened & set(target.columns):
            return None
        names = tuple(n for n in shown.columns if not worlds.reached(shown.relation, n, series.loosened))
        return replace(shown, columns=names, key=shown.key if set(shown.key) <= set(names) else ()) if names else None

    def verdicts(self) -> dict[str, tuple[TierProof, ...]]:
        """The verdicts by product."""
        found: dict[str, list[TierProof]] = {one.product: [] for one in self._given}
        for worlds in self._worlds:
            for target in self._targets[worlds.tier]:
                found[target.given.product].append(target.proof)
        return {product: tuple(proofs) for product, proofs in found.items()}

    def give_up(self, why: str) -> None:
        """What nothing was found of is not proved."""
        for target in (t for targets in self._targets.values() for t in targets):
            if target.is_open:
                target.proof = replace(target.proof, tier=target.given.tier, state="error", said=why)

    def look(self, is_over: Any) -> None:
        """Come to the verdicts."""
        if not any(self._targets.values()):
            return
        if unbuilt := self._build(self._base):
            return self.give_up(_words(unbuilt))
        for worlds in self._worlds:
            for target in self._targets[worlds.tier]:
                self._begin(target, worlds)
        if unbuilt := self._build_otherwise():
            return self.give_up(_words(unbuilt))
        for target in (t for targets in self._targets.values() for t in targets):
            if changed := self._changed(target, 0):
                target.proof = replace(target.proof, state="unsteady", differing=changed)
        for worlds in self._worlds:
            self._look_at(worlds, is_over)
        if is_over():
            self.give_up("it took too long")

    def _begin(self, target: _Target, worlds: Worlds) -> None:
        """Note what the target holds, and what is done for it."""
        target.marks = [comparison.marks(self._connection, one) if one else {} for one in target.shown]
        bound = {column: worlds.bound[column] for column in target.columns}
        free = {name for one in target.shown[1:] if one for name in one.columns}
        target.proof = TierProof(
            tier=worlds.tier,
            state="same",
            columns=len(target.given.shown.columns),
            free_columns=len(free),
            varied=named([c for c, one in bound.items() if one != "left"]),
            bound=named([c for c, one in bound.items() if one not in ("left", "free")]),
            left=named([c for c, one in bound.items() if one == "left"]),
        )

    def _build(self, records: Records) -> Unbuilt | None:
        """Build over a world: the sources that differ in it, every other as sampled."""
        for source, base in self._base.items():
            wanted = records.get(source, base)
            if self._filled.get(source) is not wanted:
                self._scratch.fill(source, wanted)
                self._filled[source] = wanted
        return self._scratch.build()

    def _build_otherwise(self) -> Unbuilt | None:
        """Build everything from the same records in another order, with another number of threads."""
        self._connection.execute(f"SET threads = {OTHER_THREADS}; SET preserve_insertion_order = false")
        self._scratch.forget()
        unbuilt = self._build(laid_otherwise(self._base))
        self._connection.execute("SET threads = 1; SET preserve_insertion_order = true")
        return unbuilt

    def _look_at(self, worlds: Worlds, is_over: Any) -> None:
        """Every world of a tier, one after the other."""
        targets = self._targets[worlds.tier]
        for place, series in enumerate(worlds.series):
            for number in series.numbers:
                waiting = [t for t in targets if t.is_open and t.shown[place]]
                if not waiting or is_over():
                    break
                unbuilt = self._build(worlds.make(number, series.bound, thinned=True))
                for target in waiting:
                    self._note(target, unbuilt, place)
                for target in (t for t in waiting if not t.is_open):
                    self._accuse(target, worlds, number, place)
        for target in targets:
            if target.is_open and target.proof.unbuilt and not target.proof.worlds:
                target.proof = replace(target.proof, state="error", said="no other contents could be built")

    def _note(self, target: _Target, unbuilt: Unbuilt | None, place: int) -> None:
        """Compare what a target holds now with what it held."""
        proof = target.proof
        if unbuilt is not None:
            target.proof = replace(proof, unbuilt=proof.unbuilt + 1)
            return
        changed = self._changed(target, place)
        if place:
            proof = replace(proof, free_worlds=proof.free_worlds + 1)
        else:
            proof = replace(proof, worlds=proof.worlds + bool(proof.varied))
        target.proof = replace(proof, differing=changed, state="differs" if changed else "same")

    def _changed(self, target: _Target, place: int) -> tuple[str, ...]:
        shown, before = target.shown[place], target.marks[place]
        assert shown is not None
        if comparison.whole(self._connection, shown) == before[comparison.WHOLE]:
            return ()
        return comparison.differing(before, comparison.marks(self._connection, shown), shown.columns)

    def _accuse(self, target: _Target, worlds: Worlds, number: int, place: int) -> None:
        """Change one column alone, as in the world that told, to find which it is."""
        bound = worlds.series[place].bound
        guilty: list[Column] = []
        for together in _apart(target.columns, bound):
            unbuilt = self._build(worlds.make(number, {c: bound[c] for c in together}))
            if unbuilt is None and set(self._changed(target, place)) & set(target.proof.differing):
                guilty += together
        target.proof = replace(target.proof, guilty=named(guilty))


def _apart(columns: Sequence[Column], bound: Mapping[Column, Bound]) -> Iterator[tuple[Column, ...]]:
    """The columns one by one; the moments of a source go together, for a step may compare them, and so do positions."""
    for kind in ("moment", "position"):
        for source in sorted({of for of, _ in columns}):
            if together := tuple(c for c in columns if c[0] == source and bound[c] == kind):
                yield together
    for column in columns:
        if bound[column] not in ("moment", "position", "left"):
            yield (column,)


def _words(unbuilt: Unbuilt) -> str:
    return f"the model {unbuilt.model} could not be built over a sample ({unbuilt.why})"
