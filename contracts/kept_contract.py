"""A contract as one JSON object and back, so that a release keeps the contract it was made under.

Belongs here: the complete, reversible form. Does not belong here: the YAML that people write (``load``).
Paths are reduced to the file's own name, so that the same contract gives the same bytes on any machine.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from contracts.errors import ArtefactError
from contracts.home import FORMAT_VERSION
from contracts.model import Contract, Place


def to_document(contract: Contract) -> dict[str, Any]:
    """The whole contract in JSON's own types; ``from_document`` gives it back."""
    plain = _plain(contract)
    assert isinstance(plain, dict)
    return {"format_version": FORMAT_VERSION, **plain}


def from_document(document: Mapping[str, Any]) -> Contract:
    """The contract that ``to_document`` wrote. Its path and places name files without their folders.

    Raises:
        ArtefactError: A newer format, or a part that is missing, unknown or of another type.
    """
    version = document.get("format_version")
    if not isinstance(version, int) or version > FORMAT_VERSION:
        raise ArtefactError(
            "a kept contract has a format this Cauce does not know",
            found=f"format_version {version}",
            expected=f"{FORMAT_VERSION} or lower",
        )
    body = {k: v for k, v in document.items() if k != "format_version"}
    try:
        contract = _typed(Contract, body)
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError("a kept contract is not whole", found=str(error)) from error
    assert isinstance(contract, Contract)
    return contract


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case Path():
            return value.name
        case Place():
            return [Path(value.file).name, value.line, value.column]
        case Mapping():
            return {str(k): _plain(v) for k, v in value.items()}
        case tuple() | list():
            return [_plain(v) for v in value]
        case _ if dataclasses.is_dataclass(value):
            return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        case _:
            return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(kind: Any, value: Any) -> Any:
    """``value`` as the type ``kind`` says."""
    origin = get_origin(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), value)
    if origin is Literal:
        if value not in get_args(kind):
            raise ValueError(f"{value!r} is none of {get_args(kind)}")
        return value
    if origin is tuple:
        return _tuple(get_args(kind), value)
    if origin is not None and issubclass(origin, Mapping):
        return {k: _typed(get_args(kind)[1], v) for k, v in value.items()}
    if kind is Place:
        return Place(*value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{k: _typed(hints[k], v) for k, v in value.items()})
    if isinstance(kind, type) and issubclass(kind, Enum | Path):
        return kind(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _tuple(arguments: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_typed(arguments[0], v) for v in value)
    return tuple(_typed(a, v) for a, v in zip(arguments, value, strict=True))


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in kinds:
        return None
    problems = []
    for kind in kinds:
        if kind is type(None):
            continue
        try:
            return _typed(kind, value)
        except (KeyError, TypeError, ValueError) as error:
            problems.append(str(error))
    raise TypeError("; ".join(problems))
