"""Reading ``quality`` lists: each entry as a typed rule, or refused with the exact thing that is wrong.

Belongs here: the form of one rule, its comparison, its arguments, its failing example. Does not belong
here: what a rule demands of data (``compile_checks``). A contract and a city's tightening file share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, get_args

from contracts.checks import Kind, dimension_of
from contracts.model import Operator, QualityRule, Severity, Text
from contracts.nodes import Node, shown
from contracts.patterns import hold_pattern
from contracts.vocabulary import nearest, words_for
from contracts.word_forms import expectation

OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)

ARGUMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "nullValues": (),
    "missingValues": ("missingValues",),
    "invalidValues": ("validValues", "pattern"),
    "duplicateValues": ("properties",),
    "rowCount": (),
}
"""The arguments that each of the standard's metrics takes."""

KINDS: Final[Mapping[str, Kind]] = {
    "nullValues": Kind.REQUIRED,
    "missingValues": Kind.MISSING,
    "invalidValues": Kind.VALID,
    "duplicateValues": Kind.UNIQUE,
    "rowCount": Kind.ROW_COUNT,
}
"""The kind of check a metric becomes, whose dimension is the rule's where it names none."""


def read_rules(quality: Node, columns: Iterable[str], column: str | None) -> tuple[QualityRule, ...]:
    """The rules of one ``quality`` list.

    Args:
        quality: The list, already judged by the standard's schema; null where there is none.
        columns: Every column of the table.
        column: The column the list belongs to; None for the table's own list.

    Raises:
        InputError: A rule is of an unsupported type, compares with something that is no number, names an
            unknown column, or is sql without a failing example.
    """
    if quality.value is None:
        return ()
    known = tuple(columns)
    return tuple(read_rule(node, known, column) for node in quality.items())


def read_words(owner: Node, where: Literal["rule", "property"]) -> dict[str, Any]:
    """The ``customProperties`` of a rule or a column, by name.

    Raises:
        InputError: A name that is not in the vocabulary, or a value of another form.
    """
    return words_of(owner, words_for(where), where)


def words_of(owner: Node, allowed: Mapping[str, Any], where: Any) -> dict[str, Any]:
    """``customProperties`` of ``owner`` by name, each checked against its row of the vocabulary.

    Raises:
        InputError: An unknown name (the nearest allowed one is named), one that stands twice, or a value
            that is not of the word's form.
    """
    found: dict[str, Any] = {}
    if not owner.has("customProperties"):
        return found
    for entry in owner.child("customProperties").items():
        name = entry.value["property"]
        word = allowed.get(name)
        if word is None:
            close = nearest(name, set(allowed) - set(found))
            choices = f"one of {', '.join(sorted(allowed))}" if allowed else "no custom property here"
            raise entry.refuse(f"unknown custom property {name!r}", found=name, expected=close or choices)
        if name in found:
            raise entry.refuse(f"the custom property {name!r} stands twice", found=name, expected="it once")
        value = entry.child("value")
        if (expected := expectation(word, value.value, where)) is not None:
            raise value.refuse(f"{name} is not as it should be", found=shown(value.value), expected=expected)
        found[name] = value.value
    return found


def read_rule(node: Node, columns: tuple[str, ...], column: str | None) -> QualityRule:
    """One entry of a ``quality`` list; see ``read_rules``."""
    kind: Literal["library", "sql", "text", "custom"] = node.value.get("type") or "library"
    if kind == "custom":
        raise node.refuse(
            f"not supported: custom rule of engine {node.value.get('engine')}",
            found="type: custom",
            expected="type library, sql or text",
            hint="say the rule as sql, or as text where no engine can check it.",
        )
    if "rule" in node.value:
        raise node.child("rule").refuse(
            "not supported: a library rule named by 'rule', as in ODCS 3.0",
            found=str(node.value["rule"]),
            expected=f"metric: one of {', '.join(ARGUMENTS)}",
        )
    words = read_words(node, "rule")
    operator, threshold = _comparison(node) if kind != "text" else (None, None)
    description = node.value.get("description") or ""
    if kind == "text" and not description.strip():
        raise node.refuse("a rule of type text says nothing", expected="description: the rule in plain words")
    metric = node.value.get("metric") if kind == "library" else None
    if kind == "library":
        _placed(node, str(metric), column)
        _arguments(node, str(metric), columns)
    examples = words.get("failingExample", [])
    if kind == "sql":
        _proven(node, examples, columns)
    translations = {lang: texts["description"] for lang, texts in words.get("translations", {}).items()}
    return QualityRule(
        type=kind,
        metric=metric,
        query=node.value.get("query") if kind == "sql" else None,
        arguments=node.value.get("arguments") or {},
        operator=operator,
        threshold=threshold,
        unit=_unit(node, kind, metric),
        dimension=node.value.get("dimension") or dimension_of(KINDS.get(str(metric), Kind.SQL)),
        severity=Severity(node.child("severity").choice(*Severity)) if node.has("severity") else Severity.ERROR,
        description=Text(description, translations),
        place=node.place,
        id=node.value.get("id"),
        name=node.value.get("name"),
        failing_example=tuple(examples),
    )


def _comparison(node: Node) -> tuple[Operator, int | float | tuple[float, float]]:
    written = [o for o in OPERATORS if o in node.value]
    if len(written) != 1:
        raise node.refuse(
            "a rule needs one comparison",
            found=" and ".join(written) or "none",
            expected=f"one of {', '.join(OPERATORS)}",
        )
    operator = written[0]
    value = node.child(operator)
    if operator in ("mustBeBetween", "mustNotBeBetween"):
        low, high = (entry.number() for entry in value.items())
        if low > high:
            raise value.refuse("a range is upside down", found=f"{low} to {high}", expected="the lower number first")
        return operator, (low, high)
    return operator, value.number()


def _unit(node: Node, kind: str, metric: str | None) -> Literal["rows", "percent"]:
    if not node.has("unit"):
        return "rows"
    unit = node.child("unit")
    if unit.choice("rows", "percent") == "rows":
        return "rows"
    if metric == "rowCount" or kind != "library":
        raise unit.refuse("a percentage of nothing", found="unit: percent", expected="unit: rows, or no unit")
    return "percent"


def _placed(node: Node, metric: str, column: str | None) -> None:
    if column is not None and metric == "rowCount":
        raise node.refuse(
            "rowCount has no meaning for one column",
            found=f"it on column {column}",
            hint="move the rule to the quality list of the schema object.",
        )
    if column is None and metric not in ("rowCount", "duplicateValues"):
        raise node.refuse(
            f"{metric} has no meaning for a whole table",
            found="it in the quality list of the schema object",
            hint="move the rule to the quality list of the column it is about.",
        )


def _arguments(node: Node, metric: str, columns: tuple[str, ...]) -> None:
    if not node.has("arguments"):
        return
    arguments = node.child("arguments")
    if not ARGUMENTS[metric] and arguments.value:
        raise arguments.refuse(f"{metric} takes no arguments", found=shown(arguments.value))
    arguments.mapping(ARGUMENTS[metric])
    if arguments.has("pattern"):
        hold_pattern(arguments.child("pattern"))
    if arguments.has("properties"):
        for entry in arguments.child("properties").items():
            _known(entry, entry.text(), columns)


def _proven(node: Node, examples: list[Mapping[str, Any]], columns: tuple[str, ...]) -> None:
    """An sql rule must show that it can fail."""
    if not examples:
        raise node.refuse(
            "an sql rule has no failing example",
            expected="customProperties: [{property: failingExample, value: [{column: value, ...}]}]",
            hint="write records that must make the rule fail; a rule that cannot fail proves nothing.",
        )
    entries = node.child("customProperties")
    for entry in entries.items():
        if entry.value["property"] == "failingExample":
            for record in entry.child("value").items():
                for name, value in record.entries():
                    _known(value, name, columns)


def _known(node: Node, name: str, columns: tuple[str, ...]) -> None:
    if name not in columns:
        close = nearest(name, columns)
        raise node.refuse(
            "a rule names a column the contract does not have",
            found=name,
            expected=close or f"one of {', '.join(columns)}",
        )
