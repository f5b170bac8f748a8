"""The standard's own judgement of a contract: ODCS 3.1.0's JSON Schema, with the place of each mistake.

Belongs here: which versions of the standard are read, judging a parsed file by the vendored schema
(``schemas/odcs-3.1.0.schema.json``), and turning the validator's findings into one plain error with file,
line, what was found and what is allowed. Does not belong here: our own, stricter rules (``load``).

Which ``apiVersion`` is read:

==========  ======================================================================================
v3.1.0      yes
v3.0.x      yes, judged by the 3.1.0 schema, which is a superset but for what is said below; refused where
            the same words mean something else: a ``date`` that holds a time (3.1 has ``timestamp``), a
            library rule named by ``rule`` (3.1 has ``metric``), ``slaDefaultElement``
v2.2.x      no: another format under the same name
==========  ======================================================================================
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.errors import InputError
from contracts.vocabulary import nearest
from contracts.yaml_places import Document

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

SCHEMA = Path(__file__).parent / "schemas" / "odcs-3.1.0.schema.json"
API_VERSIONS = ("v3.1.0", "v3.0.2", "v3.0.1", "v3.0.0")
"""Versions of the standard that are read, newest first."""

_SHOWN = 80


def judge(document: Document) -> None:
    """Hold a parsed file against the standard.

    Raises:
        InputError: The first mistake by line: another version, an unknown or missing key, a value that is
            not allowed; with file, line, found and allowed.
    """
    value = document.value
    if not isinstance(value, dict):
        raise InputError(
            "a contract is a mapping of keys",
            where=str(document.place()),
            found=_show(value),
            expected="apiVersion, kind, id, ...",
        )
    version = value.get("apiVersion")
    if version is not None and version not in API_VERSIONS:
        raise InputError(
            "this version of the standard is not read",
            where=str(document.place("apiVersion")),
            found=_show(version),
            expected=f"one of {', '.join(API_VERSIONS)}",
        )
    if _is_valid(value):
        return
    findings = sorted(_findings(document, _explainer().iter_errors(value)), key=lambda pair: pair[0])
    raise findings[0][1]


def judge_part(document: Document, kind: str, path: tuple[str | int, ...], value: Any) -> None:
    """Hold one part of another file against the standard's definition ``kind`` (``DataQuality``, ``Team``).

    Raises:
        InputError: The first mistake by line, as for ``judge``.
    """
    fast = _fast(kind)
    if fast is not None and fast.is_valid(value):
        return
    errors = list(_explainer(kind).iter_errors(value))
    if errors:
        raise min(_findings(document, errors, path), key=lambda pair: pair[0])[1]


@cache
def schema() -> dict[str, Any]:
    """The vendored JSON Schema, read once a process."""
    loaded: dict[str, Any] = json.loads(SCHEMA.read_bytes())
    return loaded


def _part(kind: str | None) -> dict[str, Any]:
    """The whole schema, or the one that judges by the definition ``kind`` alone."""
    if kind is None:
        return schema()
    return {"$schema": schema()["$schema"], "$ref": f"#/$defs/{kind}", "$defs": schema()["$defs"]}


@cache
def _fast(kind: str | None = None) -> Any | None:
    """The compiled validator, where the package ``jsonschema-rs`` is installed.

    It gives only the yes or no; every explanation comes from ``jsonschema``.
    """
    try:
        module = importlib.import_module("jsonschema_rs")
    except ImportError:
        return None
    return module.Draft201909Validator(_part(kind))


@cache
def _explainer(kind: str | None = None) -> Validator:
    from jsonschema import Draft201909Validator

    return Draft201909Validator(_part(kind))


def _is_valid(value: Any) -> bool:
    fast = _fast()
    return bool(fast.is_valid(value) if fast is not None else _explainer().is_valid(value))


def _findings(
    document: Document, errors: Iterable[ValidationError], base: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[bool, int, int], InputError]]:
    """Each finding with its rank: real before derived, then by line, then the deepest first.

    Where part of a mapping fails, the standard's ``unevaluatedProperties`` calls all its keys unknown;
    such findings are derived, and come last.
    """
    for error in errors:
        cause = _relevant(error)
        path = (*base, *cause.absolute_path)
        keys = _unknown_keys(cause)
        if keys:
            path = (*path, keys[0])
        place = document.place(*path)
        yield (_derived(cause, keys), place.line, -len(path)), _say(cause, str(place), keys)


def _derived(error: ValidationError, keys: list[str]) -> bool:
    """Whether the keys are called unknown only because another part of their mapping failed."""
    return error.validator == "unevaluatedProperties" and bool(keys) and keys[0] in _known_keys(error.schema)


def _relevant(error: ValidationError) -> ValidationError:
    """The sub-error that says what is wrong, for a choice of which no branch fits."""
    while error.context and _operators(error) is None:
        error = max(
            error.context, key=lambda e: (len(e.path), e.validator not in ("type", "required", "unevaluatedProperties"))
        )
    return error


def _operators(error: ValidationError) -> tuple[list[str], list[str]] | None:
    """For the choice of one comparison in a rule: all comparisons, and those that were written."""
    branches = error.validator_value if error.validator == "oneOf" else None
    if not isinstance(branches, list) or not isinstance(error.instance, dict):
        return None
    names = [b["required"][0] for b in branches if isinstance(b, dict) and len(b.get("required", ())) == 1]
    if "mustBe" not in names:
        return None
    written = [n for n in names if n in error.instance]
    return (names, written) if len(written) != 1 else None


def _unknown_keys(error: ValidationError) -> list[str]:
    if error.validator not in ("additionalProperties", "unevaluatedProperties") or not isinstance(error.instance, dict):
        return []
    keys = [key for key in error.instance if repr(key) in error.message]
    known = _known_keys(error.schema)
    return sorted(keys, key=lambda key: key in known)


def _say(error: ValidationError, where: str, unknown: list[str]) -> InputError:
    """One finding in the one form of an error."""
    instance: Any = error.instance
    if unknown:
        allowed = sorted(_known_keys(error.schema))
        close = nearest(unknown[0], set(allowed) - set(instance))
        return InputError(
            f"the standard has no key {unknown[0]!r} here",
            where=where,
            found=unknown[0],
            expected=f"{close}" if close else f"one of {', '.join(allowed)}",
        )
    if operators := _operators(error):
        names, written = operators
        return InputError(
            "a rule needs one comparison",
            where=where,
            found=" and ".join(written) or "none",
            expected=f"one of {', '.join(names)}",
        )
    allowed_values: Any = error.validator_value
    match error.validator:
        case "required":
            missing = [k for k in allowed_values if k not in instance]
            return InputError(f"the key {missing[0]!r} is missing", where=where, expected=f"{missing[0]}: ...")
        case "enum":
            choices = [str(v) for v in allowed_values]
            close = nearest(str(instance), choices)
            expected = f"one of {', '.join(choices)}" + (f" (did you mean {close}?)" if close else "")
        case "type":
            expected = _type_words(allowed_values)
        case "pattern":
            expected = f"text like {allowed_values}"
        case "minimum" | "minItems" | "minLength":
            expected = f"at least {allowed_values}"
        case "maxItems":
            expected = f"at most {allowed_values}"
        case "exclusiveMinimum":
            expected = f"more than {allowed_values}"
        case "uniqueItems":
            expected = "values that differ"
        case _:
            expected = error.message[:200]
    subject = error.absolute_path[-1] if error.absolute_path else "the contract"
    what = (
        f"entry {subject + 1} is not as the standard says"
        if isinstance(subject, int)
        else f"{subject} is not as the standard says"
    )
    return InputError(what, where=where, found=_show(instance), expected=expected)


def _type_words(types: Any) -> str:
    words: Mapping[str, str] = {
        "object": "a mapping",
        "array": "a list",
        "string": "text (in quotes where it looks like a number)",
        "boolean": "true or false",
        "integer": "a whole number",
        "number": "a number",
        "null": "null",
    }
    names = [types] if isinstance(types, str) else types
    return " or ".join(words.get(n, n) for n in names)


def _known_keys(part: Any) -> set[str]:
    """Every key some branch of a schema part knows."""
    if not isinstance(part, dict):
        return set()
    keys = set(part.get("properties", ()))
    if "$ref" in part:
        target: Any = schema()
        for name in part["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        keys |= _known_keys(target)
    for word in ("allOf", "oneOf", "anyOf"):
        for branch in part.get(word, ()):
            keys |= _known_keys(branch)
    return keys | _known_keys(part.get("then"))


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
