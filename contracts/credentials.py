"""No secret stands in a file: credentials are references to the environment.

Belongs here: telling a written secret from a reference such as ``${PORTAL_TOKEN}``, in any value of a
contract or of a city's files. Does not belong here: resolving references. The secret itself is never
repeated in an error.
"""

from __future__ import annotations

import re
from typing import Any

from contracts.errors import InputError
from contracts.yaml_places import Document, Path_

REFERENCE = re.compile(r"\$\{[A-Z][A-Z0-9_]*\}\Z")
"""How a value names an environment variable."""

_NAMES = re.compile(
    r"(pass(word|wd|phrase)|secret|api[_-]?key|app[_-]?token|access[_-]?(key|token)|auth[_-]?token|private[_-]?key"
    r"|credential|bearer|connection[_-]?string|sas[_-]?token|^token$|^pwd$)",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"[?&]([\w$-]+)=(?!\$\{)[^&\s]")
_TELLING = re.compile(r"token|secret|password|api[_-]?key|signature|sig", re.IGNORECASE)
_FORMS = (
    re.compile(r"://[^/\s:@]*:(?!\$\{)[^/\s@]+@"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|xox[abprs]-[A-Za-z0-9-]{10})"),
    re.compile(r"(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]"),
)
"""Each needs time in proportion to the text: no two places of one text can begin the same stretch."""


def refuse_secrets(document: Document) -> None:
    """Refuse a file in which a secret is written out.

    Raises:
        InputError: A value under a secret's name is not a reference, or a value has the form of a secret;
            with file and line, without the value.
    """
    stack: list[tuple[Path_, str, Any]] = [((), "", document.value)]
    while stack:
        path, name, value = stack.pop()
        if isinstance(value, dict):
            named = value.get("property")
            for key, inner in value.items():
                label = named if key == "value" and isinstance(named, str) else key
                stack.append(((*path, key), label, inner))
        elif isinstance(value, list):
            stack.extend(((*path, i), name, inner) for i, inner in enumerate(value))
        elif isinstance(value, str) and _is_secret(name, value):
            raise InputError(
                "a secret is written out",
                where=str(document.place(*path)),
                found=f"a value for {name or 'an entry'} (not shown)",
                expected="a reference such as ${PORTAL_TOKEN}",
                hint="put the value in the environment, and change it: it may have been read.",
            )


def _is_secret(name: str, value: str) -> bool:
    if not value or REFERENCE.match(value):
        return False
    if _NAMES.search(name) or any(form.search(value) for form in _FORMS):
        return True
    return any(_TELLING.search(parameter[1]) for parameter in _PARAMETER.finditer(value))
