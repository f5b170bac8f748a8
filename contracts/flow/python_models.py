"""Reading Python models: what they give is made of all they read, unless they only call a declared function.

Belongs here: the flow of a Python model; whether the columns it names are what a registered step needs. Does not belong
here: judging its code (``python_code``), running it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contracts.flow.edges import NOTHING, Flows, arranged, direct, indirect, through_step, union
from contracts.flow.model import (
    ANY,
    FlowColumn,
    FlowRelation,
    Misuse,
    Nature,
    Need,
    PythonColumn,
    PythonFlow,
    PythonFunction,
    PythonModel,
    Refusal,
    StepFunction,
    Subtype,
    UnfitArgument,
    fold,
)
from contracts.flow.natures import MANY, Value, described
from contracts.flow.python_code import Call, declared_call, foreign
from contracts.flow.scopes import Rows


@dataclass
class PythonReading:
    """One Python model while it is read.

    Attributes:
        model: The model.
        known: What it may read, by folded name.
        steps: The registered steps that are Python functions, by dotted name.
        refusals: What was refused.
        misuses: What a step was given that it does not take; it lowers nothing then.
    """

    model: PythonModel
    known: Mapping[str, Rows]
    steps: Mapping[str, StepFunction]
    refusals: set[Refusal] = field(default_factory=set)
    misuses: set[Misuse] = field(default_factory=set)

    def refuse(self, line: int, construct: str, instead: str) -> None:
        """Note a refusal of what stands in a line, or (0) of the model."""
        self.refusals.add(Refusal(self.model.name, line, construct, instead, self.place(line)))

    def misuse(self, call: Call, argument: str, need: str, found: str) -> None:
        """Note that a step, or another declared function, was called with what it does not take."""
        step = self.steps.get(call.function.name)
        name = step.name if step is not None else call.function.name
        self.misuses.add(Misuse(self.model.name, call.line, name, argument, need, found, self.place(call.line)))

    def place(self, line: int) -> str:
        """File and line of the model."""
        place = self.model.path or self.model.name
        return f"{place}:{line}" if line else place


def read_python_model(reading: PythonReading, functions: Mapping[str, PythonFunction]) -> FlowRelation:
    """A Python model's flow; what is refused or wrongly used of it is noted.

    Args:
        reading: The model.
        functions: The functions whose flow is declared, by dotted name.
    """
    model, known = reading.model, reading.known
    call = declared_call(model.code, functions)
    inputs = sorted({*model.inputs, *(call.relations if call else ())}, key=fold)
    rows = [known[fold(name)] for name in inputs if fold(name) in known]
    _refuse(reading, inputs)
    if call is None:
        _refuse_code(reading, functions)
    refused = bool(reading.refusals)
    if call is not None and not refused and {fold(name) for name in call.relations} == {fold(n) for n in inputs}:
        narrow = _narrow(reading, call, rows)
        if narrow is not None:
            return narrow
    return _wide(model, rows, is_refused=refused)


def _refuse(reading: PythonReading, inputs: Iterable[str]) -> None:
    for name in inputs:
        if fold(name) not in reading.known:
            reading.refuse(0, f"no model or source called {name}", "Read dbt.ref('…').")
    if not list(inputs):
        reading.refuse(0, "a Python model that reads no model", "Read dbt.ref('…').")


def _refuse_code(reading: PythonReading, functions: Mapping[str, PythonFunction]) -> None:
    declared = {f"from {name.rpartition('.')[0]} import" for name in functions}
    for line, words in foreign(reading.model.code):
        alone = "A model that calls a declared function is that one call, of dbt.ref('…') and literals."
        reading.refuse(line, words, alone if words in declared else "Work on dbt.ref('…') alone.")


def _wide(model: PythonModel, rows: list[Rows], *, is_refused: bool) -> FlowRelation:
    """Every column made of, and decided by, all that is read."""
    everything = union([part for r in rows for part in (r.everything(), r.presence, r.order)])
    presence = indirect(everything, Subtype.FILTER)
    edges = arranged(direct(union([r.everything() for r in rows]), Subtype.TRANSFORMATION))
    columns = {fold(name): FlowColumn(name, Nature.RECORD, edges) for name in model.columns or ()}
    rest = FlowColumn(ANY, Nature.RECORD, edges) if model.columns is None else None
    return FlowRelation(model.name, columns, arranged(presence), (), rest, is_refused)


def _narrow(reading: PythonReading, call: Call, rows: list[Rows]) -> FlowRelation | None:
    """The flow the called function declares; None where it takes other literals, or columns that are not read."""
    model = reading.model
    try:
        flow = call.function.flow(call.literals)
    except UnfitArgument as unfit:
        reading.misuse(call, unfit.argument, unfit.need, unfit.found)
        return None
    if model.columns is not None and {fold(n) for n in model.columns} != {fold(n) for n in flow.columns}:
        return None
    values = _values(flow, rows)
    if values is None:
        return None
    step = _fitting_step(reading, call, flow, values)
    decides = indirect(union([values[name].flows for name in flow.presence]), Subtype.FILTER)
    presence = union([decides, *(r.presence for r in rows)])
    columns = {
        fold(name): FlowColumn(
            name,
            Nature.RECORD if reading.misuses else column.nature,
            arranged(_edges(column, flow, values, step) - presence),
        )
        for name, column in flow.columns.items()
    }
    order = union([r.order for r in rows]) - presence
    return FlowRelation(model.name, columns, arranged(presence), arranged(order))


def _values(flow: PythonFlow, rows: list[Rows]) -> dict[str, Value] | None:
    """The columns it names, in whatever input they are; None where one is in none."""
    names = {
        *flow.presence,
        *(name for column in flow.columns.values() for name in (*column.made_of, *column.decided_by)),
    }
    found: dict[str, Value] = {}
    for name in sorted(names):
        values = [value for r in rows if (value := r.column(name)) is not None]
        if not values:
            return None
        one = values[0] if len(values) == 1 else Value()
        found[name] = one.plus(values)
    return found


def _fitting_step(
    reading: PythonReading, call: Call, flow: PythonFlow, values: Mapping[str, Value]
) -> StepFunction | None:
    """The registered step that the function is, if the columns are what it needs; misuses are noted."""
    step = reading.steps.get(call.function.name)
    if step is None:
        return None
    for name, argument in sorted(flow.named.items()):
        need = step.needs.get(argument, Need.ANY)
        nature = values[name].nature
        fits = {Need.COUNT: nature is Nature.COUNT, Need.AGGREGATE: nature in MANY}.get(need, True)
        if not fits:
            reading.misuse(call, argument, need.value, f"{described(values[name])}: {name}")
    return None if reading.misuses else step


def _edges(column: PythonColumn, flow: PythonFlow, values: Mapping[str, Value], step: StepFunction | None) -> Flows:
    """What one column is made of and decided by, with the step's name on what it lowers."""

    def after(name: str, edges: Flows) -> Flows:
        if step is None or flow.named.get(name) not in step.lowered:
            return edges
        return through_step(edges, step.name, with_conditions=True)

    made = [after(name, direct(values[name].flows, Subtype.TRANSFORMATION)) for name in column.made_of]
    decided = [after(name, indirect(values[name].flows, Subtype.CONDITIONAL)) for name in column.decided_by]
    return union([NOTHING, *made, *decided])
