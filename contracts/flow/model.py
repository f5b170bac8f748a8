"""What flows where: the data types of the flow analysis.

Belongs here: what goes into an analysis (``Leaf``, ``ModelText``, ``PythonModel``, ``StepFunction``) and what comes
out (``FlowGraph`` and its parts). Does not belong here: reading SQL (``analysis``), classes (``classes``), ways from
a column to its sources (``paths``), how a graph is kept (``document``).

A *relation* is a source as received (a leaf) or a model. Names of relations and columns are compared as DuckDB does:
without regard to the case of ASCII letters (``fold``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

from contracts.flow.traits import NONE, Traits
from contracts.tiers import LEAST_RESTRICTIVE, MOST_RESTRICTIVE, rank

PRESENCE: Final = "(presence)"
"""In place of a column's name: which records a relation has, and how often."""

ORDER: Final = "(order)"
"""In place of a column's name: the order in which a relation's records lie. Decides what a construct takes "first"."""

ANY: Final = "(any)"
"""In place of a column's name: a column of a relation whose columns are not known by name."""

PSEUDO_COLUMNS: Final = frozenset({PRESENCE, ORDER, ANY})

_UPPER_TO_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def fold(name: str) -> str:
    """The form in which DuckDB compares identifiers, quoted or not: ASCII letters in lower case, others as they are.

    Source: https://duckdb.org/docs/stable/sql/dialect/keywords_and_identifiers ("case-insensitive"); tried on 1.5.5:
    ``Ñ`` and ``ñ`` are two columns.
    """
    return name.translate(_UPPER_TO_LOWER)


class Kind(StrEnum):
    """Whether a value is made of a column, or only decided by it. OpenLineage's words."""

    DIRECT = "DIRECT"
    INDIRECT = "INDIRECT"


class Subtype(StrEnum):
    """How a column takes part. OpenLineage's words; the first three are DIRECT, the others INDIRECT.

    Source: OpenLineage, ColumnLineageDatasetFacet 1-2-0, ``transformations``.
    """

    IDENTITY = "IDENTITY"
    TRANSFORMATION = "TRANSFORMATION"
    AGGREGATION = "AGGREGATION"
    JOIN = "JOIN"
    GROUP_BY = "GROUP_BY"
    FILTER = "FILTER"
    SORT = "SORT"
    WINDOW = "WINDOW"
    CONDITIONAL = "CONDITIONAL"


class Nature(StrEnum):
    """What a value is, as far as a registered step must know it.

    CONSTANT: the same whatever the data. COUNT: a number of records, a sum or difference of such, never scaled or
    shifted. AGGREGATE: worked out from several records (a sum, mean, median, rate of two counts). RECORD: anything
    else, also one record's value that an aggregate picked (min, max, first, list), and what mixes in a record's own
    value (a count divided by a district's residents).
    """

    CONSTANT = "constant"
    COUNT = "count"
    AGGREGATE = "aggregate"
    RECORD = "record"


class Need(StrEnum):
    """What an argument of a registered step must be, or the step lowers nothing."""

    ANY = "any"
    LITERAL = "literal"
    """A literal, written in the call."""
    CONSTANT = "constant"
    """Of nature CONSTANT."""
    COUNT = "count"
    """Of nature COUNT."""
    AGGREGATE = "aggregate"
    """Of nature AGGREGATE or COUNT; what a record's own value adds to it (a rate's residents) is not lowered."""
    WINDOW = "window"
    """``row_number() over (… order by …)``, written in the call."""
    COMPARISON = "comparison"
    """``<``, ``<=``, ``>`` or ``>=`` between two moments, written in the call; ``=`` only between two columns."""
    MOMENT = "moment"
    """A column of type DATE or TIMESTAMP, a cast to one of such a column or of a text, or a choice among such (case,
    coalesce, greatest, least)."""
    TEXT = "text"
    """One text column as its source gives it, trimmed or in another case at most."""
    COORDINATE = "coordinate"
    """A number whose contract says unit: degrees, as it came."""
    POSITION = "position"
    """A COORDINATE that is not of the lowest class."""
    POINT = "point"
    """``st_point`` of two COORDINATEs."""
    YEARS = "years"
    """A number whose contract says unit: years, or the years between two moments (or days, divided by 365.25)."""
    CAPPED = "capped"
    """A number whose contract declares a maximum above the call's ``cap``."""
    NUMBERING = "numbering"
    """``row_number() over (order by …)`` without a partition; lowered is only what is ordered by as the stand-in of a
    key (a keyed step's), which tells nothing by its order."""


WANTED: Final = {
    Need.TEXT: "one column of text, as its source gives it",
    Need.COORDINATE: "a coordinate as its source gives it: a number whose contract says unit: degrees",
    Need.POSITION: "a coordinate above public, as its source gives it: a number whose contract says unit: degrees",
    Need.POINT: "st_point of two coordinates: numbers whose contract says unit: degrees",
    Need.YEARS: "an age in years: a number whose contract says unit: years, or the years between two moments",
    Need.CAPPED: "a number whose contract declares a maximum (logicalTypeOptions) above the cap, as it came",
    Need.NUMBERING: "row_number() over (order by …) without a partition",
}
"""What an argument must be, in words, where the need's own name does not say it."""


class Narrowing(StrEnum):
    """What makes two uses of a step on one column tell more than either.

    FORM: another form of its argument (shifted, scaled), since the edges fall elsewhere; the same form in wider or
    narrower bands tells no more than the narrowest. EACH: other literals too (two roundings, two distances).
    """

    FORM = "form"
    EACH = "each"


MARK: Final = "~"
"""Beginning of what stands after a step's name on an edge and tells two uses of the step apart (``Narrowing``)."""


@dataclass(frozen=True)
class StepFunction:
    """One SQL function of a registered step, ``step_<…>`` in compiled SQL.

    Lowered is what an argument is made of (its DIRECT edges), not what decided which value it has: a condition around
    it stays what it is. For COUNT and AGGREGATE it is all that went through an aggregate, its filters too; for WINDOW
    what the window partitions and orders by, where that is a moment or a column of a source's key. Where an argument
    must be an AGGREGATE and another a COUNT, both must be over the same records, as far as one model can tell.

    ``step`` and ``version`` are the registered step's. ``arguments`` are the function's in order; a call gives all,
    by position. ``lowered`` are those whose class the function lowers: what is at or below ``lowers_from`` to
    ``lowers_to`` at most; above ``lowers_from`` nothing changes. ``needs`` says what an argument must be (absent:
    any); where one is something else the call lowers nothing, and is a finding. ``gives`` is the nature of the
    result; None: what the arguments make it. ``python`` is the dotted name of the function where the step is one that
    a Python model calls: SQL cannot call it, and its arguments name columns. ``is_keyed``: what it gives tells nothing
    by its order. ``narrows``: what makes two uses of it on one column tell more than one.
    """

    name: str
    step: str
    version: str
    arguments: tuple[str, ...]
    lowered: tuple[str, ...]
    lowers_from: str
    lowers_to: str
    needs: Mapping[str, Need] = field(default_factory=dict)
    gives: Nature | None = None
    python: str = ""
    is_keyed: bool = False
    narrows: Narrowing | None = None

    def lower(self, classification: str) -> str:
        """The class of what the function gives, where its argument has ``classification``."""
        if rank(classification) > rank(self.lowers_from) or rank(classification) <= rank(self.lowers_to):
            return classification
        return self.lowers_to


@dataclass(frozen=True)
class LeafColumn:
    """A column as a source's contract declares it.

    ``type`` is DuckDB's. ``nature`` is COUNT where the source comes counted. ``is_key``: it belongs to the source's
    primary key, or is the record's number in its delivery; only by such columns and by moments may a step dedupe what
    is above the reader's class. ``unit`` and ``maximum`` are the contract's.
    """

    classification: str
    type: str
    nature: Nature = Nature.RECORD
    is_key: bool = False
    unit: str = ""
    maximum: float | None = None


@dataclass(frozen=True)
class Leaf:
    """A relation whose classes a contract declares: where the analysis begins.

    ``presence`` is the class of the fact that a record is there; None: the lowest among its columns. ``order`` is the
    class of the order in which the records lie, which decides between what an ORDER BY leaves tied; None: that of
    ``presence``.
    """

    name: str
    columns: Mapping[str, LeafColumn]
    presence: str | None = None
    order: str | None = None

    @property
    def presence_class(self) -> str:
        """The class of the fact that a record is there; the most restrictive where the leaf has no column."""
        if self.presence is not None:
            return self.presence
        classes = [column.classification for column in self.columns.values()]
        return min(classes, key=rank, default=MOST_RESTRICTIVE)

    def class_of(self, column: str) -> str:
        """The class of a column, of PRESENCE or of ORDER; the most restrictive for a name the leaf has not."""
        if column == PRESENCE:
            return self.presence_class
        if column == ORDER:
            return self.order or self.presence_class
        found = next((c for name, c in self.columns.items() if fold(name) == fold(column)), None)
        return found.classification if found is not None else MOST_RESTRICTIVE


@dataclass(frozen=True)
class ModelText:
    """A SQL model as dbt compiled it.

    ``path`` is the model's own file, ``source`` that file's text, from which a refusal's line is taken where the line
    stands in it once.
    """

    name: str
    sql: str
    path: str = ""
    source: str = ""

    def place(self, line: int) -> str:
        """Where line ``line`` (from 1) of the compiled SQL stands: file and line of the model, if it can be told."""
        where = self.path or self.name
        lines = self.sql.splitlines()
        if self.source and 1 <= line <= len(lines):
            wanted = lines[line - 1].strip()
            found = [n for n, text in enumerate(self.source.splitlines(), 1) if text.strip() == wanted]
            if wanted and len(found) == 1:
                return f"{where}:{found[0]}"
        return f"{where} (line {line} of the compiled SQL)" if line else where


@dataclass(frozen=True)
class PythonModel:
    """A Python model. ``inputs`` are the relations dbt says it reads; ``columns`` what it gives, where known."""

    name: str
    code: str
    inputs: tuple[str, ...]
    path: str = ""
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True)
class PythonColumn:
    """One column a declared Python function gives: made of ``made_of``, shown or not by ``decided_by``.

    Both name columns of its inputs.
    """

    made_of: tuple[str, ...]
    nature: Nature = Nature.RECORD
    decided_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class PythonFlow:
    """What one call gives: its columns, and the columns of its inputs that decide which records there are.

    ``named`` says of columns of its inputs by which argument they are named, for a function that is a registered step:
    what the step needs of that argument and whether it lowers it holds of the column.
    """

    columns: Mapping[str, PythonColumn]
    presence: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)


class UnfitArgument(ValueError):
    """A literal that the function does not take: the argument, what it must be, what was found."""

    def __init__(self, argument: str, need: str, found: str) -> None:
        super().__init__(f"{argument} must be {need}, found {found}")
        self.argument, self.need, self.found = argument, need, found


@dataclass(frozen=True)
class PythonFunction:
    """A Python function whose flow is declared, so that a model that only calls it is read narrower.

    ``name`` is the dotted name it is imported by. ``arguments`` are its own in order; those in ``relations`` are given
    ``dbt.ref("…")``, the others literals (lists of literals too). ``flow`` says what a call with these literals gives,
    and raises ``UnfitArgument`` where the function would not take them.
    """

    name: str
    arguments: tuple[str, ...]
    relations: tuple[str, ...]
    flow: Callable[[Mapping[str, Any]], PythonFlow]


class Edge(NamedTuple):
    """A column of a relation takes part in something. ``column`` may be PRESENCE or ORDER.

    ``steps`` are the names of the step functions it went through, the first first; adjacent repeats are one. A word
    that begins with MARK belongs to the step before it.
    """

    relation: str
    column: str
    kind: Kind
    subtype: Subtype
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class FlowColumn:
    """One column of a model: what it is made of or decided by, apart from its relation's ``presence``.

    ``traits`` and ``conditions`` (what decided, here or above, which value it has) count while models are read; they
    are not kept with a graph.
    """

    name: str
    nature: Nature
    edges: tuple[Edge, ...]
    is_moment: bool = False
    is_key: bool = False
    traits: Traits = field(default=NONE, compare=False)
    conditions: frozenset[Edge] = field(default=frozenset(), compare=False)


@dataclass(frozen=True)
class FlowRelation:
    """One model.

    ``columns`` are in their order, by folded name. ``presence`` decides which records are there or how often,
    ``order`` in which order they lie. ``rest`` stands for columns whose names are not known (a refused construct,
    a Python model); None where all are. A column without a known name may bear the name of a known one, so that
    ``rest`` counts for each. ``is_refused``: something was not understood, so every column is of the
    most restrictive class.
    """

    name: str
    columns: Mapping[str, FlowColumn]
    presence: tuple[Edge, ...] = ()
    order: tuple[Edge, ...] = ()
    rest: FlowColumn | None = None
    is_refused: bool = False

    def column(self, name: str) -> FlowColumn | None:
        """The column called ``name``; ``rest`` for an unknown name; None where there is none."""
        return self.columns.get(fold(name), self.rest)

    def edges_of(self, name: str) -> tuple[Edge, ...]:
        """All that takes part in a column (its own edges and the relation's presence), in PRESENCE or in ORDER."""
        if name == PRESENCE:
            return self.presence
        if name == ORDER:
            return (*self.order, *self.presence)
        column = self.column(name)
        if column is None:
            return ()
        unknown = self.rest.edges if self.rest is not None and self.rest is not column else ()
        return (*column.edges, *unknown, *self.presence)

    @property
    def reads(self) -> tuple[str, ...]:
        """The relations it reads, sorted."""
        edges = [*self.presence, *self.order, *(self.rest.edges if self.rest else ())]
        edges += [edge for column in self.columns.values() for edge in column.edges]
        return tuple(sorted({edge.relation for edge in edges}))


@dataclass(frozen=True, order=True)
class Refusal:
    """A construct that the analysis does not know, or will not let pass. ``instead`` says how to write it."""

    model: str
    line: int
    construct: str
    instead: str
    place: str

    def __str__(self) -> str:
        return f"{self.place}: {self.construct}. {self.instead}"


@dataclass(frozen=True, order=True)
class Misuse:
    """A call of a step with an argument that is not what the step needs, so that it lowers nothing."""

    model: str
    line: int
    function: str
    argument: str
    need: str
    found: str
    place: str

    @property
    def wanted(self) -> str:
        """What the argument must be, in words."""
        return WANTED[Need(self.need)] if self.need in {need.value for need in WANTED} else self.need

    def __str__(self) -> str:
        return (
            f"{self.place}: {self.function} needs its argument {self.argument!r} to be {self.wanted},"
            f" found {self.found}; it lowers nothing"
        )


@dataclass(frozen=True)
class FlowGraph:
    """What flows where, over all models of a city, in dependency order."""

    relations: Mapping[str, FlowRelation]
    refusals: tuple[Refusal, ...] = ()
    misuses: tuple[Misuse, ...] = ()

    def relation(self, name: str) -> FlowRelation | None:
        """The model called ``name``, or None (a leaf, or unknown)."""
        return self.relations.get(fold(name))

    def column_names(self) -> Iterator[tuple[str, str]]:
        """Relation and name of every column, models in order."""
        for relation in self.relations.values():
            for column in relation.columns.values():
                yield relation.name, column.name

    def as_dict(self) -> dict[str, Any]:
        """The graph as plain values; equal graphs give equal ones."""
        from contracts.flow.document import graph_as_dict

        return graph_as_dict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> FlowGraph:
        """The graph that ``as_dict`` gave.

        Raises:
            ArtefactError: The values are not such a graph.
        """
        from contracts.flow.document import graph_from_dict

        return graph_from_dict(document)


NO_CLASS: Final = LEAST_RESTRICTIVE
"""The class of what depends on nothing."""
