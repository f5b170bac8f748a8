"""WHERE clauses as two protocols write them: parsed properly, judged with SQL's three values.

Belongs here: comparisons, AND, OR, NOT, parentheses, BETWEEN, IN, IS NULL, LIKE over columns and literals. Does not
belong here: functions, arithmetic, anything else; that is answered with a mistake, as the real server would answer
something it does not know.

Source: "Queries using SODA" and "Data types" of dev.socrata.com; "Standardized queries" of Esri's documentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

Holds = Callable[[Mapping[str, Any]], bool | None]
"""Whether a record, by column, satisfies it; None where SQL would say NULL."""

TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^']|'')*')
      | (?P<number>-?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?)
      | (?P<quoted>"[^"]+"|`[^`]+`)
      | (?P<word>:?@?[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign><>|!=|<=|>=|=|<|>|\(|\)|,)
      | (?P<other>\S)
    )""",
    re.VERBOSE,
)
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@dataclass
class Mistake(Exception):
    """What is wrong with a clause.

    Attributes:
        kind: ``malformed``, ``no-such-column`` or ``type-mismatch``.
        at: The place in the clause, from 0.
    """

    kind: str
    message: str
    at: int

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Grammar:
    """Which columns there are, by their type, and what the protocol does in its own way.

    Attributes:
        folds: Names are the same whatever the case of their letters.
        prefixes: Words that may stand before a text to make it a time, such as TIMESTAMP.
        times: Turns the text of a time into what is compared; it raises ``ValueError``.
        texts_only: Columns of text compare with texts alone, as in Socrata's strict types.
    """

    columns: Mapping[str, str]
    folds: bool = False
    prefixes: tuple[str, ...] = ()
    times: Callable[[str], Any] = str
    texts_only: bool = True

    @cached_property
    def _by_fold(self) -> Mapping[str, str]:
        return {name.casefold(): name for name in self.columns}

    def column(self, name: str) -> str | None:
        """The column that a name means."""
        return self._by_fold.get(name.casefold()) if self.folds else (name if name in self.columns else None)

    def comparable(self, column: str, value: Any) -> Any:
        """A record's value as it is compared."""
        kind = self.columns[column]
        if value is None:
            return None
        if kind in ("number", "integer"):
            return Decimal(str(value))
        if kind in ("timestamp", "date"):
            return self.times(str(value))
        if kind == "boolean":
            return str(value).casefold() == "true"
        return str(value)


@dataclass
class _Word:
    kind: str
    text: str
    at: int


@dataclass
class Parser:
    """Reads one clause."""

    text: str
    grammar: Grammar
    words: list[_Word] = field(init=False)
    place: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.words = list(self._tokens())

    def parse(self) -> Holds:
        """The clause as a function of a record.

        Raises:
            Mistake: It can't be read.
        """
        holds = self._either()
        if self._peek().kind != "end":
            raise self._unexpected()
        return holds

    def _tokens(self) -> Iterator[_Word]:
        at = 0
        while match := TOKEN.match(self.text, at):
            assert match.lastgroup is not None
            yield _Word(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
            at = match.end()
        yield _Word("end", "", len(self.text))

    def _peek(self, ahead: int = 0) -> _Word:
        return self.words[min(self.place + ahead, len(self.words) - 1)]

    def _next(self) -> _Word:
        word = self._peek()
        self.place += 1
        return word

    def _is(self, *texts: str) -> bool:
        word = self._peek()
        return word.kind in ("word", "sign") and word.text.upper() in texts

    def _took(self, text: str) -> bool:
        if not self._is(text):
            return False
        self.place += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._took(text):
            raise self._unexpected(text)

    def _unexpected(self, expected: str = "an expression") -> Mistake:
        word = self._peek()
        found = f"'{word.text}'" if word.text else "end of input"
        return Mistake("malformed", f"Expected {expected}, but got {found}", word.at)

    def _either(self) -> Holds:
        sides = [self._both()]
        while self._took("OR"):
            sides.append(self._both())
        return sides[0] if len(sides) == 1 else lambda row: _any(side(row) for side in sides)

    def _both(self) -> Holds:
        sides = [self._one()]
        while self._took("AND"):
            sides.append(self._one())
        return sides[0] if len(sides) == 1 else lambda row: _all(side(row) for side in sides)

    def _one(self) -> Holds:
        if self._took("NOT"):
            inner = self._one()
            return lambda row: None if (held := inner(row)) is None else not held
        if self._took("("):
            holds = self._either()
            self._expect(")")
            return holds
        if self._peek().kind in ("number", "string"):
            return self._constants()
        return self._of_column()

    def _constants(self) -> Holds:
        """Such as 1=1."""
        left, sign, right = self._next(), self._next(), self._next()
        if sign.text not in COMPARISONS or right.kind != left.kind:
            self.place -= 2
            raise self._unexpected("a comparison of two constants")
        kind: Callable[[str], Any] = Decimal if left.kind == "number" else str
        held = COMPARISONS[sign.text](kind(left.text), kind(right.text))
        return lambda _row: held

    def _of_column(self) -> Holds:
        word = self._next()
        if word.kind not in ("word", "quoted"):
            self.place -= 1
            raise self._unexpected()
        name = word.text.strip('"`')
        if self._is("("):
            raise Mistake("malformed", f"Expected an expression, but got the function '{name}'", word.at)
        column = self.grammar.column(name)
        if column is None:
            raise Mistake("no-such-column", f"No such column: {name}", word.at)
        return self._said_of(column)

    def _said_of(self, column: str) -> Holds:
        if self._took("IS"):
            negated = self._took("NOT")
            self._expect("NULL")
            return lambda row: (row.get(column) is None) != negated
        negated = self._took("NOT")
        if self._took("BETWEEN"):
            low = self._literal(column)
            self._expect("AND")
            high = self._literal(column)
            return self._test(column, lambda value: (low <= value <= high) != negated)
        if self._took("IN"):
            self._expect("(")
            among = [self._literal(column)]
            while self._took(","):
                among.append(self._literal(column))
            self._expect(")")
            return self._test(column, lambda value: (value in among) != negated)
        if self._took("LIKE"):
            pattern = re.compile(_like(str(self._literal(column))), re.DOTALL)
            return self._test(column, lambda value: (pattern.fullmatch(str(value)) is not None) != negated)
        if negated or self._peek().text not in COMPARISONS:
            raise self._unexpected("a comparison")
        compare = COMPARISONS[self._next().text]
        wanted = self._literal(column)
        return self._test(column, lambda value: compare(value, wanted))

    def _test(self, column: str, told: Callable[[Any], bool]) -> Holds:
        def holds(row: Mapping[str, Any]) -> bool | None:
            value = self.grammar.comparable(column, row.get(column))
            return None if value is None else told(value)

        return holds

    def _literal(self, column: str) -> Any:
        kind, word = self.grammar.columns[column], self._next()
        if word.kind == "word" and word.text.upper() in self.grammar.prefixes and self._peek().kind == "string":
            word = self._next()
        if kind == "boolean" and word.text.casefold() in ("true", "false", "1", "0"):
            return word.text.casefold() in ("true", "1")
        if word.kind not in ("string", "number"):
            self.place -= 1
            raise self._unexpected("a value")
        text = word.text[1:-1].replace("''", "'") if word.kind == "string" else word.text
        wrong = Mistake("type-mismatch", f"Type mismatch: {column} is a {kind}, the value is a {word.kind}", word.at)
        try:
            if kind in ("number", "integer"):
                return Decimal(text)
            if kind in ("timestamp", "date"):
                return self.grammar.times(text)
        except (ValueError, InvalidOperation):
            raise wrong from None
        if word.kind == "number" and self.grammar.texts_only:
            raise wrong
        return text


def parse(text: str, grammar: Grammar) -> Holds:
    """A WHERE clause as a function of a record.

    Raises:
        Mistake: It can't be read, names a column that is not there, or compares what can't be compared.
    """
    return Parser(text, grammar).parse()


def _all(held: Iterator[bool | None]) -> bool | None:
    unknown = False
    for one in held:
        if one is False:
            return False
        unknown = unknown or one is None
    return None if unknown else True


def _any(held: Iterator[bool | None]) -> bool | None:
    unknown = False
    for one in held:
        if one is True:
            return True
        unknown = unknown or one is None
    return None if unknown else False


def _like(pattern: str) -> str:
    return "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
