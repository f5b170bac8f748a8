"""The code of Python models: what it may not touch, and the one form that is read narrower.

Belongs here: judging code by its syntax tree. Does not belong here: what flows through a model (``python_models``).

A model may read its inputs by ``dbt.ref("…")`` and nothing else. The narrow form is: imports, ``dbt.config(…)`` with
literals, and one ``return`` of one call of a declared function whose arguments are ``dbt.ref("…")`` and literals, or
lists of literals. Nothing else may run with it: no import of other modules, no default, no annotation but a name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.flow.model import PythonFunction

_MODULES: Final = ("__future__", "collections", "itertools", "math", "numpy", "pandas", "polars", "pyarrow", "typing")
"""Modules a model may import whole or in part, beside the statistics of the house; none of their submodules."""

_STATISTICS: Final = "transforms.statistics."

_BUILTINS: Final = frozenset(
    {"open", "eval", "exec", "compile", "globals", "locals", "vars", "getattr", "setattr", "delattr", "input"}
)
_REACHING: Final = (
    "_", "query", "sql", "execute", "from_query", "create", "insert", "read", "scan", "load", "open", "memory_map",
    "fromfile", "genfromtxt", "write", "to_", "save", "ctypeslib", "io", "lib", "compat",
)  # fmt: skip
"""Beginnings of the names of attributes by which files or other relations are reached."""

_KEPT: Final = frozenset({"to_numpy", "to_list", "to_pylist", "to_pydict", "to_pandas", "to_arrow", "to_arrow_table"})

_SQL: Final = re.compile(r"\b(select|from|read_\w+|query\w*|glob|attach|copy|install|load)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """A call of a declared function: the relations and the literals its arguments were given, and its line."""

    function: PythonFunction
    relations: tuple[str, ...]
    literals: Mapping[str, Any]
    line: int = 0


def foreign(code: str) -> Iterator[tuple[int, str]]:
    """What the code of a model touches beside its inputs: line and words."""
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        yield error.lineno or 0, "Python that cannot be read"
        return
    function = next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "model"), None)
    if function is None or len(function.args.args) != 2:
        yield 0, "no function model(dbt, session)"
        return
    dbt, session = (argument.arg for argument in function.args.args)
    whole = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is_dbt(node, dbt)}
    documents = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)}
    for node in ast.walk(tree):
        words = _foreign(node, (dbt, session), whole, documents)
        if words:
            yield getattr(node, "lineno", 0), words


def _foreign(node: ast.AST, names: tuple[str, str], whole: set[int], documents: set[int]) -> str:
    dbt, session = names
    match node:
        case ast.Import():
            bad = [alias.name for alias in node.names if alias.name not in _MODULES and not _is_ours(alias.name)]
            return f"import {bad[0]}" if bad else ""
        case ast.ImportFrom():
            module = node.module or ""
            return "" if node.level == 0 and (module in _MODULES or _is_ours(module)) else f"from {module} import"
        case ast.Name(id=name) if name == session:
            return f"the database itself, {name}"
        case ast.Name(id=name) if name == dbt and id(node) not in whole:
            return f"{name} for anything but ref and config"
        case ast.Name(id=name) if name in _BUILTINS or name.startswith("__"):
            return f"the function {name}"
        case ast.Attribute(attr=name) if name.startswith(_REACHING) and name not in _KEPT:
            return f"the method {name}"
        case ast.Constant(value=str(text)) if id(node) not in documents and _SQL.search(text):
            return "SQL in a text"
    return ""


def _is_ours(module: str) -> bool:
    return module.startswith(_STATISTICS) or module == _STATISTICS.rstrip(".")


def _is_dbt(node: ast.Attribute, dbt: str) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == dbt and node.attr in ("ref", "config")


def declared_call(code: str, functions: Mapping[str, PythonFunction]) -> Call | None:
    """The one call a model consists of; None where it is anything else."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    body = [node for node in tree.body if not _is_import(node) and not _is_text(node)]
    model = body[0] if len(body) == 1 else None
    if not isinstance(model, ast.FunctionDef) or model.name != "model":
        return None
    if model.decorator_list or not _is_plain(model):
        return None
    dbt = model.args.args[0].arg
    imports = [node for node in (*tree.body, *model.body) if isinstance(node, ast.Import | ast.ImportFrom)]
    if not all(_may_be_imported(node, functions) for node in imports):
        return None
    imported = _imports(imports)
    statements = [node for node in model.body if not _is_import(node) and not _is_text(node)]
    if not statements or not all(_is_config(node, dbt) for node in statements[:-1]):
        return None
    match statements[-1]:
        case ast.Return(value=ast.Call(func=ast.Name(id=name)) as call) if name in imported:
            function = functions.get(imported[name])
            return _arguments(call, function, dbt) if function is not None else None
    return None


def _arguments(call: ast.Call, function: PythonFunction, dbt: str) -> Call | None:
    if len(call.args) > len(function.arguments):
        return None
    given: dict[str, ast.expr] = dict(zip(function.arguments, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg not in function.arguments or keyword.arg in given:
            return None
        given[keyword.arg] = keyword.value
    relations: list[str] = []
    literals: dict[str, Any] = {}
    for name, node in given.items():
        if name in function.relations:
            relation = _ref(node, dbt)
            if relation is None:
                return None
            relations.append(relation)
        elif _is_literal(node):
            literals[name] = ast.literal_eval(node)
        else:
            return None
    return Call(function, tuple(relations), literals, call.lineno)


def _is_literal(node: ast.expr) -> bool:
    """A text, a number, True, False, None, or a list or tuple of such."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, str | int | float | None)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return True
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return all(_is_literal(part) for part in parts)
    return False


def _is_plain(model: ast.FunctionDef) -> bool:
    """Whether the function takes two arguments and runs nothing when it is made."""
    given = model.args
    if len(given.args) != 2 or given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or given.defaults:
        return False
    written = [model.returns, *(argument.annotation for argument in given.args)]
    return all(node is None or isinstance(node, ast.Name | ast.Constant) for node in written)


def _may_be_imported(node: ast.Import | ast.ImportFrom, functions: Mapping[str, PythonFunction]) -> bool:
    """Whether a module is one that any model may import, or that of a declared function."""
    if isinstance(node, ast.Import):
        return all(alias.name in _MODULES for alias in node.names)
    module = node.module or ""
    known = module in _MODULES or module in {name.rpartition(".")[0] for name in functions}
    return node.level == 0 and known


def _ref(node: ast.expr, dbt: str) -> str | None:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr="ref"), args=[ast.Constant(value=str(text))], keywords=[]
        ) if name == dbt:
            return text
    return None


def _is_config(node: ast.stmt, dbt: str) -> bool:
    match node:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="config"), args=[], keywords=keywords)
        ):
            return name == dbt and all(isinstance(keyword.value, ast.Constant) for keyword in keywords)
    return False


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _imports(nodes: Iterable[ast.Import | ast.ImportFrom]) -> dict[str, str]:
    """The dotted name behind each name imported from a module; one imported twice has none."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for node in nodes:
        for alias in node.names:
            name = alias.asname or alias.name
            dotted = f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) and node.level == 0 else ""
            if found.get(name, dotted) != dotted:
                twice.add(name)
            found[name] = dotted
    return {name: dotted for name, dotted in found.items() if name not in twice}
