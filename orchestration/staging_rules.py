"""What a city's staging may do besides being one query: nothing that runs SQL nobody reads.

Belongs here: which names a staging model may call while dbt renders it, which settings of dbt it may have. Does not
belong here: what its query may say (``contracts.flow``), whether it runs (``shaping``).

The proof of what reaches which tier reads compiled SQL. A query that a template runs by itself, a hook, or a model that
takes another name would stand outside of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from contracts.errors import InputError
from orchestration.dbt_project import ProjectFile

DBT_NAMES: Final = frozenset({"config", "ref", "var", "execute", "loop", "range"})
"""Of dbt's own names, those that a staging model may call."""

PLAIN_NAMES: Final = frozenset({"execute", "loop"})
"""Of those, the ones that are no functions; any other is called where it stands, and handed to nobody."""

NOT_FOR_STAGING: Final = frozenset({"load_spatial", "needs_point_to_area", "staged"})
"""Macros that ask the warehouse, or that belong to the shared models."""

CONFIG: Final = ("materialized",)
"""What a staging model may set."""

MATERIALIZED: Final = ("view", "table")

_MACRO: Final = re.compile(r"{%-?\s*macro\s+(\w+)\(")
_RUNS_SQL: Final = ("pre-hook", "post-hook", "sql_header")
_RENAMES: Final = ("alias", "schema", "database")


def judge_templates(files: Mapping[str, ProjectFile]) -> None:
    """Hold each staging model of a project to the names it may call.

    A template that cannot be read is left to dbt, which says where and why.

    Args:
        files: The project's files by path within it.

    Raises:
        InputError: A model calls another name, or sets another setting.
    """
    allowed = DBT_NAMES | (_macros(files) - NOT_FOR_STAGING)
    for name, file in files.items():
        if name.startswith("staging/") and name.endswith(".sql") and ("{{" in file.text or "{%" in file.text):
            found = _first_strange(file.text, allowed)
            if found is not None:
                line, what, expected = found
                raise InputError(
                    "a staging model calls what it may not",
                    where=f"{file.origin}:{line}",
                    found=what,
                    expected=expected,
                    hint="write it as one query over raw() and the registered steps",
                )


def judge_settings(manifest: Mapping[str, Any], files: Mapping[str, ProjectFile]) -> None:
    """Hold each staging model to the settings it may have, wherever they were written.

    Args:
        manifest: dbt's manifest of the project.
        files: The project's files by path within it.

    Raises:
        InputError: A model runs SQL beside its query, or takes another name or place.
    """
    for node in manifest["nodes"].values():
        path = node["original_file_path"]
        if node["resource_type"] != "model" or not path.startswith("staging/"):
            continue
        config = node["config"]
        odd = [key for key in _RUNS_SQL if config.get(key)]
        odd += [key for key in _RENAMES if config.get(key) and not (key == "alias" and config[key] == node["name"])]
        odd += ["language"] if node["language"] != "sql" else []
        odd += ["materialized"] if config["materialized"] not in MATERIALIZED else []
        if odd:
            raise InputError(
                "a staging model has a setting it may not have",
                where=str(files[path].origin) if path in files else path,
                found=", ".join(odd),
                expected=f"no other than {', '.join(CONFIG)} ({' or '.join(MATERIALIZED)})",
            )


def _macros(files: Mapping[str, ProjectFile]) -> frozenset[str]:
    texts = (file.text for name, file in files.items() if name.startswith("macros/") and name.endswith(".sql"))
    return frozenset(name for text in texts for name in _MACRO.findall(text))


@cache
def _first_strange(text: str, allowed: frozenset[str]) -> tuple[int, str, str] | None:
    """Line, what was found and what is expected; None where nothing is strange."""
    from jinja2 import Environment, TemplateSyntaxError, meta, nodes

    try:
        template = Environment(extensions=["jinja2.ext.do"], autoescape=False).parse(text)  # noqa: S701 - SQL, no page
    except TemplateSyntaxError:
        return None
    strange = (meta.find_undeclared_variables(template) - allowed) | {"self"}
    called = {id(call.node) for call in template.find_all(nodes.Call)}
    for node in template.find_all(nodes.Name):
        if node.name in strange:
            return node.lineno, node.name, "a registered step, raw(), or another shared macro"
        if node.name in allowed - PLAIN_NAMES and id(node) not in called:
            return node.lineno, node.name, f"{node.name}(…), called where it stands"
    for other in template.find_all((nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends, nodes.Macro)):
        return other.lineno, type(other).__name__.lower(), "a model of one file, without macros of its own"
    for call in template.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "config":
            given = [keyword.key for keyword in call.kwargs]
            if call.args or call.dyn_args or call.dyn_kwargs or set(given) - set(CONFIG):
                return call.lineno, f"config({', '.join(given)})", f"config({', '.join(CONFIG)}=…)"
    return None
