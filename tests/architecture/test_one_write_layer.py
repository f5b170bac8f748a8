"""One layer under every write: our code changes a disk through ``contracts.kept`` alone, where faults are tried."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FLOORS = ("contracts", "orchestration", "catalog")
LAYER = "contracts/kept.py"
ALLOWED = {
    "orchestration/lock.py": "the lock is the system's; its text only says who holds it",
    "orchestration/cli/quarantine.py": "an export goes to a path that the user names",
    "catalog/messages.py": "translations are files of the checkout, written by a developer's command",
}
"""Files that may write for themselves, and why."""

OS_CALLS = frozenset({"link", "rename", "replace", "renames", "unlink", "remove", "rmdir", "removedirs"}) | frozenset(
    {"mkdir", "makedirs", "truncate", "symlink", "fsync", "chmod"}
)
PATH_CALLS = frozenset({"write_text", "write_bytes", "touch", "unlink", "rename", "mkdir", "rmdir"}) | frozenset(
    {"symlink_to", "hardlink_to", "chmod"}
)
SHUTIL_CALLS = frozenset({"copy", "copy2", "copyfile", "copyfileobj", "copytree", "move", "rmtree"})
TEMPFILE_CALLS = frozenset({"mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "TemporaryDirectory"})
WRITING = frozenset("wax+")


def _module(function: ast.expr) -> tuple[str, str]:
    """The module (or ``""``) and name of what is called."""
    if isinstance(function, ast.Attribute):
        owner = function.value.id if isinstance(function.value, ast.Name) else ""
        return owner, function.attr
    return "", function.id if isinstance(function, ast.Name) else ""


def _mode(call: ast.Call, position: int) -> str:
    given = [k.value for k in call.keywords if k.arg == "mode"]
    given += call.args[position : position + 1]
    return next((str(g.value) for g in given if isinstance(g, ast.Constant)), "r")


def writes(call: ast.Call) -> str:
    """What of the disk a call changes, in a word; empty where it changes nothing."""
    owner, name = _module(call.func)
    if (owner == "os" and name in OS_CALLS) or (owner == "shutil" and name in SHUTIL_CALLS):
        return f"{owner}.{name}"
    if name in TEMPFILE_CALLS:
        return name
    if owner not in ("os", "shutil", "kept") and isinstance(call.func, ast.Attribute) and name in PATH_CALLS:
        return f".{name}"
    if name == "open" and WRITING & set(_mode(call, 0 if isinstance(call.func, ast.Attribute) else 1)):
        return "open for writing"
    if name == "fdopen" and WRITING & set(_mode(call, 1)):
        return "fdopen for writing"
    return ""


def _is_step(node: ast.AST) -> bool:
    """A ``with kept.step(...)``: what stands in it counts as one change that the layer sees."""
    if not isinstance(node, ast.With):
        return False
    return any(
        isinstance(item.context_expr, ast.Call) and _module(item.context_expr.func)[1] == "step" for item in node.items
    )


def found(tree: ast.AST, *, seen: bool = False) -> Iterator[tuple[int, str]]:
    """Changes of the disk that no step of the layer surrounds: line and what."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call) and not seen and (what := writes(node)):
            yield node.lineno, what
        yield from found(node, seen=seen or _is_step(node))


def _files(root: Path) -> list[Path]:
    return [p for floor in FLOORS for p in sorted((root / floor).rglob("*.py"))]


def test_nothing_but_the_layer_changes_a_disk(project_root: Path) -> None:
    broken = []
    for path in _files(project_root):
        name = path.relative_to(project_root).as_posix()
        if name != LAYER and name not in ALLOWED:
            broken += [f"{name}:{line} {what}" for line, what in found(ast.parse(path.read_text(encoding="utf-8")))]
    assert broken == []


def test_every_exception_is_still_needed(project_root: Path) -> None:
    idle = [n for n in ALLOWED if not list(found(ast.parse((project_root / n).read_text(encoding="utf-8"))))]
    assert idle == []


@pytest.mark.parametrize(
    "line",
    [
        "os.link(a, b)",
        "path.write_text('x')",
        "shutil.rmtree(path)",
        "path.open('wb')",
        "open(path, 'a')",
        "path.open(mode='x')",
        "tempfile.mkstemp()",
        "path.parent.mkdir(parents=True)",
        "with path.open('w') as file: pass",
    ],
)
def test_a_write_is_found(line: str) -> None:
    assert [n for n, _ in found(ast.parse(line))] == [1]


@pytest.mark.parametrize(
    "line",
    [
        "path.open('rb')",
        "path.open()",
        "text.replace('a', 'b')",
        "kept.replace(path, data)",
        "os.open(path, os.O_RDONLY)",
        "with kept.step('copy', path): shutil.copyfile(a, path)",
    ],
)
def test_what_is_no_write_is_left_alone(line: str) -> None:
    assert list(found(ast.parse(line))) == []
