"""What changed in a list of quality rules: which are gone, new, stricter, laxer, or other.

Belongs here: pairing old and new rules, and telling whether a comparison allows less than before. Does
not belong here: everything else of a contract (``diff``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from contracts.changes import Change, breaking, compatible, documented
from contracts.model import QualityRule, Severity


def _signature(rule: QualityRule) -> tuple[str, ...]:
    return (rule.type, str(rule.metric), _squeezed(rule.query or ""), as_json(rule.arguments))


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def rule_changes(owner: str, old: tuple[QualityRule, ...], new: tuple[QualityRule, ...]) -> Iterator[Change]:
    """Rules matched by id, then by what they say, then by metric where one is left on each side."""
    pairs, removed, added = _matched(old, new)
    for was, now in pairs:
        yield from _rule(_rule_path(owner, was), was, now)
    for rule in removed:
        sentence = f"The rule is gone: {_rule_words(rule)}."
        if rule.type == "text":
            yield documented("rule_removed", _rule_path(owner, rule), sentence)
        else:
            yield breaking("rule_removed", _rule_path(owner, rule), sentence)
    for rule in added:
        sentence = f"There is a new rule: {_rule_words(rule)}."
        if rule.type == "text":
            yield documented("rule_added", _rule_path(owner, rule), sentence)
        else:
            yield compatible("rule_added", _rule_path(owner, rule), sentence)


Matched = tuple[list[tuple[QualityRule, QualityRule]], list[QualityRule], list[QualityRule]]


def _matched(old: tuple[QualityRule, ...], new: tuple[QualityRule, ...]) -> Matched:
    pairs: list[tuple[QualityRule, QualityRule]] = []
    removed, added = list(old), list(new)
    likenesses: tuple[Callable[[QualityRule], Any], ...] = (
        lambda r: r.id,
        lambda r: (_signature(r), r.operator, r.threshold),
        _signature,
        lambda r: r.metric,
    )
    for likeness in likenesses:
        for rule in list(removed):
            key = likeness(rule)
            twin = next((n for n in added if key is not None and likeness(n) == key and _ids_fit(rule, n)), None)
            if twin is not None:
                pairs.append((rule, twin))
                removed.remove(rule)
                added.remove(twin)
    return pairs, removed, added


def _ids_fit(old: QualityRule, new: QualityRule) -> bool:
    return old.id is None or new.id is None or old.id == new.id


def _rule_path(owner: str, rule: QualityRule) -> str:
    return f"rule.{rule.id}" if rule.id else f"{owner}.rule.{rule.metric or rule.type}"


def _rule_words(rule: QualityRule) -> str:
    return rule.description.default.rstrip(".") or f"{rule.metric or 'sql'} {rule.operator} {rule.threshold}"


_SEVERITY = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def _rule(path: str, old: QualityRule, new: QualityRule) -> Iterator[Change]:
    words = _rule_words(new)
    if _signature(old) != _signature(new):
        yield breaking("rule_changed", path, f"The rule asks for something else: {words}.")
    if _SEVERITY[new.severity] < _SEVERITY[old.severity]:
        yield breaking(
            "rule_loosened",
            path,
            f"The rule was of severity {old.severity.value} and is {new.severity.value}: {words}.",
        )
    elif _SEVERITY[new.severity] > _SEVERITY[old.severity]:
        yield compatible(
            "rule_tightened",
            path,
            f"The rule was of severity {old.severity.value} and is {new.severity.value}: {words}.",
        )
    if (old.operator, old.threshold, old.unit) != (new.operator, new.threshold, new.unit):
        was = f"{old.operator} {as_json(old.threshold)} {old.unit}"
        now = f"{new.operator} {as_json(new.threshold)} {new.unit}"
        if _allows_less(old, new):
            yield compatible("rule_tightened", path, f"The rule was {was} and is {now}: {words}.")
        else:
            yield breaking("rule_loosened", path, f"The rule was {was} and is {now}: {words}.")
    if old.description != new.description or old.name != new.name:
        yield documented("description_changed", path, f"The words of the rule changed: {words}.")
    if (old.dimension, list(old.failing_example)) != (new.dimension, list(new.failing_example)):
        yield documented("rule_documented", path, f"The dimension or the failing example of the rule changed: {words}.")


def _allowed(rule: QualityRule) -> tuple[float, bool, float, bool] | None:
    """The allowed range: low, whether low itself is allowed, high, and the same; None for 'anything but'."""
    infinity = float("inf")
    value = rule.threshold
    match rule.operator, value:
        case "mustBeBetween", (low, high):
            return low, True, high, True
        case "mustBe", int() | float():
            return value, True, value, True
        case "mustBeGreaterThan", int() | float():
            return value, False, infinity, True
        case "mustBeGreaterOrEqualTo", int() | float():
            return value, True, infinity, True
        case "mustBeLessThan", int() | float():
            return -infinity, True, value, False
        case "mustBeLessOrEqualTo", int() | float():
            return -infinity, True, value, True
        case _:
            return None


def _allows_less(old: QualityRule, new: QualityRule) -> bool:
    """Whether all that ``new`` allows was allowed before."""
    if old.unit != new.unit:
        zero = new.threshold == 0 and new.operator in ("mustBe", "mustBeLessOrEqualTo")
        return zero and _allows_less(old, replace(new, unit=old.unit))
    before, after = _allowed(old), _allowed(new)
    if before is None or after is None:
        return False
    low = after[0] > before[0] or (after[0] == before[0] and (before[1] or not after[1]))
    high = after[2] < before[2] or (after[2] == before[2] and (before[3] or not after[3]))
    return low and high


def as_json(value: Any) -> str:
    """A value as a sentence shows it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=_jsonable)


def _jsonable(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
