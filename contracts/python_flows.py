"""Python functions that models may call and whose flow is declared: what each column they give is made of.

Belongs here: the declarations, for the analysis of flows. Does not belong here: the functions (``transforms``), reading
Python models (``flow.python_models``), which of them are registered steps and what those need (``steps``). A model that
does more than call one of them is made of all it reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from contracts.flow.model import Nature, PythonColumn, PythonFlow, PythonFunction, UnfitArgument

IS_SUPPRESSED: Final = "is_suppressed"
SUMMED_OVER: Final = "summed_over"


def python_functions(minimum_cell: int) -> Mapping[str, PythonFunction]:
    """The declared functions by dotted name, for a city whose minimum cell is this."""
    bounded = PythonFunction(
        name="transforms.statistics.intervals.bounded_counts",
        arguments=("relation", "column"),
        relations=("relation",),
        flow=_bounded_counts,
    )
    hidden = PythonFunction(
        name="transforms.disclosure.model_step.hide_small_cells",
        arguments=("relation", "dimensions", "count", "margins", "tells", "sums", "k", "zeros_shown"),
        relations=("relation",),
        flow=partial(_hide_small_cells, minimum_cell),
    )
    return {function.name: function for function in (bounded, hidden)}


def _bounded_counts(given: Mapping[str, Any]) -> PythonFlow:
    """Each distinct count with the two ends of its interval."""
    column = _column(given, "column")
    return PythonFlow(
        {
            column: PythonColumn((column,), Nature.COUNT),
            "low": PythonColumn((column,), Nature.AGGREGATE),
            "high": PythonColumn((column,), Nature.AGGREGATE),
        },
        (column,),
    )


def _hide_small_cells(minimum_cell: int, given: Mapping[str, Any]) -> PythonFlow:
    """A table and its totals: a combination that occurs has a row; a value is shown or not by the counts."""
    dimensions = _columns(given, "dimensions")
    count = _column(given, "count")
    tells, sums = (_columns(given, name) if name in given else () for name in ("tells", "sums"))
    named = (*dimensions, count, *tells, *sums, SUMMED_OVER, IS_SUPPRESSED)
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise UnfitArgument("dimensions", "columns that are each named once", ", ".join(twice))
    for margin in _list(given, "margins") if "margins" in given else ():
        if not isinstance(margin, list | tuple) or not set(margin) <= set(dimensions):
            raise UnfitArgument("margins", "lists of dimensions", repr(margin))
    k = given.get("k")
    if k is not None and (not isinstance(k, int) or isinstance(k, bool) or k < minimum_cell):
        raise UnfitArgument("k", f"{minimum_cell}, the minimum cell of the city, or more", repr(k))
    if not isinstance(given.get("zeros_shown", True), bool):
        raise UnfitArgument("zeros_shown", "True or False", repr(given["zeros_shown"]))
    columns = {name: PythonColumn((name,)) for name in dimensions}
    columns[SUMMED_OVER] = PythonColumn(())
    columns[count] = PythonColumn((count,), Nature.COUNT, (count,))
    columns[IS_SUPPRESSED] = PythonColumn((), Nature.RECORD, (count, *dimensions))
    for name in (*tells, *sums):
        columns[name] = PythonColumn((name,), Nature.AGGREGATE, (count,))
    arguments = {count: "count", **dict.fromkeys(tells, "tells"), **dict.fromkeys(sums, "sums")}
    return PythonFlow(columns, dimensions, arguments)


def _column(given: Mapping[str, Any], argument: str) -> str:
    value = given.get(argument)
    if not isinstance(value, str):
        raise UnfitArgument(argument, "the name of a column", repr(value))
    return value


def _columns(given: Mapping[str, Any], argument: str) -> tuple[str, ...]:
    values = _list(given, argument)
    if not all(isinstance(value, str) for value in values):
        raise UnfitArgument(argument, "a list of names of columns", repr(list(values)))
    return tuple(values)


def _list(given: Mapping[str, Any], argument: str) -> Sequence[Any]:
    value = given.get(argument)
    if not isinstance(value, list | tuple):
        raise UnfitArgument(argument, "a list", repr(value))
    return value
