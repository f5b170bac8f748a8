"""The scratch warehouse: the models built again, in memory, from records that are given.

Belongs here: opening it so that nothing outside it can be reached, filling its sources, building each model from its
compiled SQL, building again only what depends on what changed. Does not belong here: which records (``sample``,
``world``), what the products hold (``comparison``).

Compiled SQL names relations with the warehouse's own name; the scratch database is attached under that name, so that
the SQL is run as dbt compiled it and not rewritten, and any other database is not there. No file can be read: access
to files is off, and cannot be put on again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Timer
from typing import TYPE_CHECKING, Any, Final

from contracts.engines.spatial import spatial_extension
from contracts.engines.sql import quoted, text_literal
from contracts.errors import CauceError
from contracts.flow.model import ModelText, PythonModel, fold
from orchestration import step_functions, step_keys
from orchestration.step_functions import StepSettings

if TYPE_CHECKING:
    import duckdb

KEY: Final = bytes(range(step_keys.BYTES))
"""The key of keyed steps here; no secret, and never the city's."""

Models = Sequence[ModelText | PythonModel]


@dataclass(frozen=True)
class Unbuilt:
    """A model could not be built. ``why`` is the kind of error, for its words may quote a record."""

    model: str
    why: str


class Scratch:
    """The models of a city over records that are given, built again as often as asked."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, models: Models, reads: Mapping[str, frozenset[str]]):
        """``reads`` says what each model reads (both folded)."""
        self.connection = connection
        self._models = models
        self._reads = reads
        self._marks: dict[str, tuple[int, int]] = {}
        self._made_of: dict[str, dict[str, tuple[int, int]]] = {}

    def fill(self, relation: str, records: Any) -> None:
        """Put records, an Arrow table, in the place of a source's."""
        name = fold(relation)
        self.connection.register("given", records)
        try:
            self.connection.execute(f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT * FROM given")
        finally:
            self.connection.unregister("given")
        self._mark(name)

    def forget(self) -> None:
        """Whatever was built is built again next time."""
        self._made_of.clear()

    def build(self) -> Unbuilt | None:
        """Build what depends on records that changed.

        A model whose inputs hold the same records as when it was built is left as it is: whether the order in which
        they lie decides anything is asked by building everything anew from records laid in another order (``forget``).

        Returns:
            The first model that does not run over these records; None where all do.
        """
        for model in self._models:
            name = fold(model.name)
            inputs = {one: self._marks.get(one, (0, 0)) for one in self._reads[name]}
            if self._made_of.get(name) == inputs:
                continue
            self._made_of.pop(name, None)
            try:
                if isinstance(model, PythonModel):
                    self.fill(name, self._run(model))
                else:
                    self.connection.execute(f"CREATE OR REPLACE TABLE {quoted(name)} AS\n{model.sql}")
                    self._mark(name)
            except failures() as error:
                return Unbuilt(model.name, type(error).__name__)
            self._made_of[name] = inputs
        return None

    def _mark(self, name: str) -> None:
        """Note which records a relation holds, whatever their order."""
        found = self.connection.execute(
            f"SELECT count(*), coalesce(sum(CAST(hash(one) AS HUGEINT)), 0) FROM {quoted(name)} AS one"
        ).fetchone()
        assert found is not None
        self._marks[name] = (int(found[0]), int(found[1]))

    def _run(self, model: PythonModel) -> Any:
        """What a Python model gives, by the little of dbt that it is handed."""
        names: dict[str, Any] = {"__name__": model.name}
        exec(compile(model.code, model.path or model.name, "exec"), names)  # noqa: S102 - as dbt runs it
        return names["model"](_Dbt(self.connection), self.connection)


class _Dbt:
    """What a Python model is handed in the place of dbt."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def ref(self, name: str) -> Any:
        """The relation of a model."""
        return self._connection.table(quoted(fold(name)))

    def config(self, **_settings: object) -> None:
        """How a model is kept says nothing here."""


def failures() -> tuple[type[Exception], ...]:
    """What a model or a record may make fail: the engines, and whatever a Python model's own code meets."""
    import duckdb
    import pyarrow as pa

    return (
        duckdb.Error,
        pa.ArrowException,
        CauceError,
        ArithmeticError,
        AttributeError,
        ImportError,
        LookupError,
        TypeError,
        ValueError,
    )


@contextmanager
def opened(database: str, settings: StepSettings, *, spatial: bool, memory: str) -> Iterator[Any]:
    """A connection to an empty database in memory, with the registered steps' functions.

    Args:
        database: The name under which compiled SQL knows the warehouse.
        settings: What the functions are made with.
        spatial: Whether a model needs the spatial extension.
        memory: The most memory it may use.
    """
    import duckdb

    with duckdb.connect(config={"threads": 1, "python_enable_replacements": False}) as connection:
        connection.execute(f"ATTACH ':memory:' AS {quoted(database)}; USE {quoted(database)}")
        connection.execute(f"SET memory_limit = {text_literal(memory)}; SET TimeZone = 'UTC'")
        if spatial:
            connection.execute(f"LOAD {text_literal(spatial_extension())}")
        step_functions.make(connection, settings)
        step_keys.give_key(connection, KEY)
        connection.execute("SET enable_external_access = false")
        yield connection


@contextmanager
def stopped_after(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[Callable[[], bool]]:
    """What runs in the connection is interrupted once so many seconds have gone by; hands out whether they have."""
    over = Event()

    def stop() -> None:
        over.set()
        connection.interrupt()

    timer = Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield over.is_set
    finally:
        timer.cancel()
