"""The register of de-identifying steps: the only ways by which a column may fall to a lower class.

Belongs here: reading ``transforms/macros/steps/steps.yml`` strictly, and what it says of each step: its version, from
which class to which it lowers, the sentence for readers, the database functions that do it. Does not belong here:
making the functions in a warehouse (``orchestration.step_functions``), following classes through SQL (``flow``).

Each step stands in the register under the name of its dbt macro, which only writes a call of its functions. The
register is a file of dbt's macro properties, whose own keys (``version``, ``arguments``) are dbt's to read. A function
is SQL that stands in the warehouse, or a Python function that a Python model calls; that one's flow is declared in
``python_flows``, and its macro only says how it is called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from contracts.errors import InputError
from contracts.flow.model import Narrowing, Nature, Need, StepFunction
from contracts.model import Place, Text
from contracts.nodes import Node
from contracts.tiers import TIERS, rank
from contracts.yaml_places import read_yaml

REGISTER: Final = Path(__file__).resolve().parents[1] / "transforms" / "macros" / "steps" / "steps.yml"
"""The register that ships with Cauce."""

PREFIX: Final = "step_"
"""Beginning of the name of every registered function, and of no other."""

LANGUAGES: Final = ("en", "es", "pt")

HIDING_STEPS: Final = frozenset({"count_with_min_cell", "parts_with_min_cell", "hide_small_cells"})
"""Steps that give a count, or nothing where it is hidden."""

_KEYED: Final = "{keyed("
"""In the body of a function that makes a keyed hash."""

_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_DOTTED = re.compile(r"transforms(\.[a-z][a-z0-9_]*)+\Z")


@dataclass(frozen=True)
class RegisteredFunction:
    """One function that belongs to a step: a scalar function of the database, or one that Python models call.

    Attributes:
        flow: What following classes must know of it: name, arguments, what is lowered.
        body: Its SQL, with placeholders for what is put in where it is made; empty for one in Python.
        extension: The extension of DuckDB it needs; empty for none.
    """

    flow: StepFunction
    body: str
    extension: str = ""

    @property
    def name(self) -> str:
        """How SQL calls it, or the graph of flows names it; begins with ``step_``."""
        return self.flow.name

    @property
    def in_warehouse(self) -> bool:
        """Whether it is one of the warehouse's functions."""
        return not self.flow.python


@dataclass(frozen=True)
class RegisteredStep:
    """One step.

    Attributes:
        name: Its name, and that of the dbt macro that writes the call.
        version: Raised whenever what it does changes.
        description: What it does, for whoever writes a model.
        lowers_from: The highest class it lowers; it does nothing to what is above.
        lowers_to: The class that is left.
        functions: What a model calls.
        parameters: What a contract may say of a use, and the values it may take (any where none are listed).
        sentence: What a page says of a column made by it, with ``{parameter}`` where one stands.
        words: For a parameter, the words of its values.
        place: Where it is registered.
    """

    name: str
    version: str
    description: str
    lowers_from: str
    lowers_to: str
    functions: tuple[RegisteredFunction, ...]
    parameters: Mapping[str, tuple[Any, ...]]
    sentence: Text
    place: Place
    words: Mapping[str, Mapping[Any, Text]] = field(default_factory=dict)

    def says(self, language: str, parameters: Mapping[str, Any]) -> str:
        """The sentence for a use with these parameters; a parameter nobody gave is left as its name."""
        text = self.sentence.to(language)
        for name in self.parameters:
            given = parameters.get(name)
            word = self.words.get(name, {}).get(given)
            text = text.replace(f"{{{name}}}", word.to(language) if word else name if given is None else str(given))
        return text


@cache
def load_steps(path: Path = REGISTER) -> Mapping[str, RegisteredStep]:
    """The registered steps by name, sorted.

    Raises:
        InputError: The register is not as it should be; says where.
    """
    top = Node.root(read_yaml(path)).mapping(("version", "macros"))
    found: dict[str, RegisteredStep] = {}
    taken: set[str] = set()
    for node in top.need("macros").items():
        step = _step(node)
        if step.name in found:
            raise node.child("name").refuse("the step is registered twice", found=step.name)
        for function in step.functions:
            if function.name in taken:
                raise node.refuse("the function is registered twice", found=function.name)
            taken.add(function.name)
        found[step.name] = step
    return dict(sorted(found.items()))


def flow_functions(steps: Mapping[str, RegisteredStep] | None = None) -> Mapping[str, StepFunction]:
    """What the analysis of flows knows of each registered function, by its name, sorted."""
    chosen = load_steps() if steps is None else steps
    return dict(sorted((f.name, f.flow) for step in chosen.values() for f in step.functions))


def functions(steps: Mapping[str, RegisteredStep]) -> tuple[RegisteredFunction, ...]:
    """Every function of the steps that stands in the warehouse, by name."""
    found = (f for step in steps.values() for f in step.functions if f.in_warehouse)
    return tuple(sorted(found, key=lambda f: f.name))


def _step(node: Node) -> RegisteredStep:
    node.mapping(("name", "description", "arguments", "config"))
    name = node.need("name").text()
    meta = node.need("config").mapping(("meta",)).need("meta").mapping(("step",)).need("step")
    meta.mapping(("version", "lowers", "parameters", "sentence", "words", "functions"))
    version = meta.need("version").text()
    if not _NAME.match(name) or not _VERSION.match(version):
        raise meta.refuse("a step's name or version is not as it should be", found=f"{name} {version}")
    lowers = meta.need("lowers").mapping(("from", "to"))
    above, below = (lowers.need(key).choice(*TIERS) for key in ("from", "to"))
    if rank(below) >= rank(above):
        raise lowers.refuse("the step lowers nothing", found=f"from {above} to {below}", expected="a lower class in to")
    parameters = {key: _values(value) for key, value in meta.need("parameters").entries()}
    return RegisteredStep(
        name=name,
        version=version,
        description=node.need("description").text(),
        lowers_from=above,
        lowers_to=below,
        functions=tuple(_function(one, (name, version, above, below)) for one in meta.need("functions").items()),
        parameters=parameters,
        sentence=_texts(meta.need("sentence")),
        place=meta.place,
        words=_words(meta.child("words"), parameters) if meta.has("words") else {},
    )


def _words(node: Node, parameters: Mapping[str, tuple[Any, ...]]) -> dict[str, dict[Any, Text]]:
    found: dict[str, dict[Any, Text]] = {}
    for name, values in node.mapping(tuple(parameters)).entries():
        written = {str(value): value for value in parameters[name]}
        found[name] = {written[key]: _texts(text) for key, text in values.mapping(tuple(written)).entries()}
    return found


def _function(node: Node, of: tuple[str, str, str, str]) -> RegisteredFunction:
    """A function of the step whose name, version, higher and lower class are ``of``."""
    python = _python(node) if node.has("python") else ""
    may = ("name", "arguments", "python") if python else ("name", "arguments", "gives", "narrows", "body", "extension")
    node.mapping(may)
    name = node.need("name").text()
    if not name.startswith(PREFIX) or not _NAME.match(name):
        raise node.child("name").wrong(f"a name that begins with {PREFIX}")
    given = [_argument(one) for one in node.need("arguments").items()]
    names = tuple(one[0] for one in given)
    if len(set(names)) != len(names):
        raise node.child("arguments").refuse("an argument stands twice", found=", ".join(names))
    flow = StepFunction(
        name=name,
        step=of[0],
        version=of[1],
        arguments=names,
        lowered=tuple(one[0] for one in given if one[2]),
        lowers_from=of[2],
        lowers_to=of[3],
        needs={one[0]: one[1] for one in given},
        gives=Nature(node.child("gives").choice(*Nature)) if node.has("gives") else None,
        python=python,
        is_keyed=not python and _KEYED in node.need("body").text(),
        narrows=Narrowing(node.child("narrows").choice(*Narrowing)) if node.has("narrows") else None,
    )
    if python:
        return RegisteredFunction(flow, "")
    extension = node.child("extension").choice("spatial") if node.has("extension") else ""
    return RegisteredFunction(flow, node.need("body").text().strip(), extension)


def _python(node: Node) -> str:
    """The dotted name of a function of the house that Python models call."""
    name = node.child("python").text()
    if not _DOTTED.match(name):
        raise node.child("python").wrong("a function's dotted name, such as transforms.disclosure.model_step.hide")
    return name


def _argument(node: Node) -> tuple[str, Need, bool]:
    """Its name, what it must be, whether its class falls."""
    node.mapping(("name", "needs", "lowered"))
    needs = Need(node.need("needs").choice(*Need))
    lowered = node.has("lowered") and node.child("lowered").flag()
    if lowered and needs is Need.LITERAL:
        raise node.refuse("a literal has no class to lower", found="lowered: true", expected="a literal that is not")
    return node.need("name").text(), needs, lowered


def _values(node: Node) -> tuple[Any, ...]:
    values = tuple(one.value for one in node.items())
    if not all(isinstance(value, str | int) and not isinstance(value, bool) for value in values):
        raise node.wrong("a list of words or whole numbers")
    return values


def _texts(node: Node) -> Text:
    text = node.texts()
    if missing := [language for language in LANGUAGES if not text.has(language)]:
        raise InputError(
            "a text lacks a language",
            where=str(node.place),
            found=f"nothing for {', '.join(missing)}",
            expected=", ".join(LANGUAGES),
        )
    return text
