"""Reading Python models: what they give is made of all they read, unless they only call a declared function.

Belongs here: the flow of a Python model. Does not belong here: judging its code (``python_code``), running it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contracts.flow.edges import Flows, arranged, direct, indirect, union
from contracts.flow.model import (
    ANY,
    FlowColumn,
    FlowRelation,
    Nature,
    PythonFunction,
    PythonModel,
    Refusal,
    Subtype,
    fold,
)
from contracts.flow.python_code import Call, declared_call, foreign
from contracts.flow.scopes import Rows


def read_python_model(
    model: PythonModel, known: Mapping[str, Rows], functions: Mapping[str, PythonFunction]
) -> tuple[FlowRelation, frozenset[Refusal]]:
    """A Python model's flow, and what is refused of it.

    Args:
        model: The model.
        known: What it may read, by folded name.
        functions: The functions whose flow is declared, by dotted name.
    """
    call = declared_call(model.code, functions)
    inputs = sorted({*model.inputs, *(call.relations if call else ())}, key=fold)
    rows = [known[fold(name)] for name in inputs if fold(name) in known]
    refusals = frozenset(_refused(model, inputs, known, is_declared=call is not None))
    if call is not None and not refusals and {fold(name) for name in call.relations} == {fold(n) for n in inputs}:
        narrow = _narrow(model, call, rows)
        if narrow is not None:
            return narrow, refusals
    return _wide(model, rows, is_refused=bool(refusals)), refusals


def _refused(
    model: PythonModel, inputs: Iterable[str], known: Mapping[str, Rows], *, is_declared: bool
) -> Iterable[Refusal]:
    found = [
        (0, f"no model or source called {name}", "Read dbt.ref('…').") for name in inputs if fold(name) not in known
    ]
    if not list(inputs):
        found.append((0, "a Python model that reads no model", "Read dbt.ref('…')."))
    if not is_declared:
        found += [(line, words, "Work on dbt.ref('…') alone.") for line, words in foreign(model.code)]
    for line, construct, instead in found:
        place = model.path or model.name
        yield Refusal(model.name, line, construct, instead, f"{place}:{line}" if line else place)


def _wide(model: PythonModel, rows: list[Rows], *, is_refused: bool) -> FlowRelation:
    """Every column made of, and decided by, all that is read."""
    everything = union([part for r in rows for part in (r.everything(), r.presence, r.order)])
    presence = indirect(everything, Subtype.FILTER)
    edges = arranged(direct(union([r.everything() for r in rows]), Subtype.TRANSFORMATION))
    columns = {fold(name): FlowColumn(name, Nature.RECORD, edges) for name in model.columns or ()}
    rest = FlowColumn(ANY, Nature.RECORD, edges) if model.columns is None else None
    return FlowRelation(model.name, columns, arranged(presence), (), rest, is_refused)


def _narrow(model: PythonModel, call: Call, rows: list[Rows]) -> FlowRelation | None:
    """The flow the called function declares; None where a column it names is not read, or not given."""
    decides = _flows(call.function.presence, call, rows)
    if decides is None:
        return None
    presence = union([indirect(decides, Subtype.FILTER), *(r.presence for r in rows)])
    columns = {}
    for written, column in call.function.columns.items():
        made = _flows(column.made_of, call, rows)
        if made is None:
            return None
        name = _filled(written, call)
        edges = arranged(direct(made, Subtype.TRANSFORMATION) - presence)
        columns[fold(name)] = FlowColumn(name, column.nature, edges)
    if model.columns is not None and {fold(name) for name in model.columns} != set(columns):
        return None
    order = union([r.order for r in rows]) - presence
    return FlowRelation(model.name, columns, arranged(presence), arranged(order))


def _flows(names: Iterable[str], call: Call, rows: list[Rows]) -> Flows | None:
    """The edges of columns by name, in whatever input they are; None where one is in none."""
    found: list[Flows] = []
    for name in names:
        values = [value for r in rows if (value := r.column(_filled(name, call))) is not None]
        if not values:
            return None
        found += [value.flows for value in values]
    return union(found)


def _filled(name: str, call: Call) -> str:
    for argument, text in call.texts.items():
        name = name.replace(f"{{{argument}}}", text)
    return name
