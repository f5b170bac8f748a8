"""Reading one model: what the readers of its parts share.

Belongs here: the refusals and misuses found so far, the check of each node against the allow-list, the note of what was
read. Does not belong here: what any node means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from sqlglot import exp

from contracts.flow.functions import INSTEAD as FUNCTION_INSTEAD
from contracts.flow.model import Misuse, ModelText, Need, Refusal, StepFunction
from contracts.flow.natures import Value
from contracts.flow.nodes import ANOTHER_WAY, INSTEAD, KNOWN
from contracts.flow.scopes import Rows, Scope

LONGEST: Final = 80
"""Characters of SQL quoted in a refusal."""

_MUST_BE_READ: Final = (exp.Column, exp.Table, exp.Query, exp.Func, exp.Star, exp.Subquery)


@dataclass
class Reading:
    """One model while it is read.

    Attributes:
        model: The model.
        relations: What it may read, by folded name.
        steps: The registered step functions, by folded name.
        places: Catalogue and schema under which relations may be named.
        refusals: What was refused.
        misuses: Steps that were called with what they do not take.
        lambdas: Parameters of the lambdas around the node being read, innermost last.
    """

    model: ModelText
    relations: Mapping[str, Rows]
    steps: Mapping[str, StepFunction]
    places: frozenset[tuple[str, str]]
    refusals: set[Refusal] = field(default_factory=set)
    misuses: set[Misuse] = field(default_factory=set)
    lambdas: list[dict[str, Value]] = field(default_factory=list)
    _read: set[int] = field(default_factory=set)

    def refuse(self, node: exp.Expr, construct: str, instead: str = ANOTHER_WAY) -> None:
        """Note a refusal; what is read goes on, so that one reading finds all."""
        self.refuse_line(line_of(node), construct, instead)

    def refuse_line(self, line: int, construct: str, instead: str) -> None:
        """Note a refusal of what stands in a line, or (0) of the model."""
        self.refusals.add(Refusal(self.model.name, line, construct, instead, self.model.place(line)))

    def misuse(self, node: exp.Expr, function: StepFunction, argument: str, found: str) -> None:
        """Note that a step was called with what it does not take."""
        line = line_of(node)
        need = function.needs.get(argument, Need.ANY).value
        place = self.model.place(line)
        self.misuses.add(Misuse(self.model.name, line, function.name, argument, need, found, place))

    def knows(self, node: exp.Expr) -> bool:
        """Whether the node and all it bears are on the allow-list; a refusal is noted where not."""
        self._read.add(id(node))
        words = KNOWN.get(type(node))
        if words is None:
            self.refuse(node, f"{_name(node)} is not known: {quoted(node)}", instead_of(node))
            return False
        known = True
        for word, value in node.args.items():
            if word not in words and value not in (None, False, []):
                self.refuse(node, f"{word.strip('_')} is not known in: {quoted(node)}", INSTEAD.get(word, ANOTHER_WAY))
                known = False
        return known

    def skip(self, node: exp.Expr) -> None:
        """Note that a refused part need not be read: its model is refused as a whole."""
        self._read.update(id(part) for part in node.walk())

    def unread(self, tree: exp.Expr) -> list[exp.Expr]:
        """The parts of the tree that were passed over, though something may flow through them."""
        return [node for node in tree.walk() if isinstance(node, _MUST_BE_READ) and id(node) not in self._read]


class Evaluator(Protocol):
    """What reads expressions, as its parts know it."""

    reading: Reading

    def value(self, node: exp.Expr, scope: Scope) -> Value:
        """What a node gives."""

    def values(self, nodes: Iterable[Any], scope: Scope) -> list[Value]:
        """What each of several nodes gives."""

    def refused(self, node: exp.Expr, construct: str, instead: str) -> Value:
        """Note a refusal; the value is unknown."""

    def parameter(self, name: str) -> Value | None:
        """What a lambda's parameter stands for."""

    def read_query(self, node: exp.Expr, scope: Scope, *, any_will_do: bool = False) -> Rows:
        """What a query inside an expression gives; ``any_will_do`` where only whether it gives something counts."""


def bare(node: exp.Expr) -> exp.Expr:
    """The node without the brackets around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def instead_of(node: exp.Expr) -> str:
    """How to write a refused node instead."""
    name = called(node) or type(node).__name__.lower()
    return FUNCTION_INSTEAD.get(name) or INSTEAD.get(name) or ANOTHER_WAY


def called(node: exp.Expr) -> str:
    """The name of a function that sqlglot knows by name only, in lower case; empty for another node."""
    return node.name.lower() if isinstance(node, exp.Anonymous) else ""


def line_of(node: exp.Expr) -> int:
    """The line on which a node stands, from 1; 0 where nothing tells."""
    found: exp.Expr | None = node
    while found is not None:
        lines = [line for part in found.walk() if isinstance(line := part.meta.get("line"), int)]
        if lines:
            return min(lines)
        found = found.parent
    return 0


def quoted(node: exp.Expr) -> str:
    """The node as SQL, shortened."""
    text = " ".join(node.sql(dialect="duckdb").split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _name(node: exp.Expr) -> str:
    return f"the function {node.name}" if isinstance(node, exp.Anonymous) else type(node).__name__
