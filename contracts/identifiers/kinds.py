"""What is known of a kind of identifier: its forms, its rule, where each form is looked for.

Belongs here: the shape of a kind, and which of its forms count in a city's country. Does not belong here: the kinds
themselves (``table``), their rules (``validity``), what a number of finds means (``chance``).

A *form* is a way of writing that gives an identifier away among other text: separators, letters, the word before it.
A form that other codes share (eight digits, a hyphen, one more) counts in its own country alone (``home``). *Bare*
digits tell nothing one by one; a column of them is judged by its share. Every pattern reads the same to RE2 (DuckDB)
and to Python; the borders are added here, once for each of the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from contracts.model import Text

_BEFORE: Final = r"(?<![^\W_])(?<![0-9][.,/:-])"
_AFTER: Final = r"(?![^\W_])(?![.,/:-][0-9])"
SQL_BEFORE: Final = r"(?:^|[^0-9A-Za-z.,/:-]|(?:^|[^0-9])[.,/:-])"
SQL_AFTER: Final = r"(?:$|[^0-9A-Za-z.,/:-]|[.,/:-](?:$|[^0-9]))"

NUMBER: Final = "(?P<number>"
"""Begins the part of a form that is the identifier, where a word before it belongs to the form."""

FORM_DOUBT: Final = 25
RUN_DOUBT: Final = 5
"""From how many look-alikes on chance may explain those that keep a rule: of a form with separators, of mere digits."""


@dataclass(frozen=True, eq=False)
class Form:
    """A way of writing an identifier inside a text.

    Attributes:
        pattern: A regular expression without borders, for RE2 and Python alike. It has no group but ``NUMBER``.
        chance: The share of any values in this form that keep the kind's rule; 1 where the form alone decides.
        home: Whether it counts only in the kind's own countries, because codes of other kinds share it.
        doubt: See ``chance.are_marked``.
    """

    pattern: str
    chance: float
    home: bool = False
    doubt: int = FORM_DOUBT

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """With borders, for Python."""
        return re.compile(f"{_BEFORE}(?:{self.pattern}){_AFTER}")

    def number_of(self, match: re.Match[str]) -> str:
        """What of a match is the identifier: all of it, or what stands behind a word that names it."""
        return str(match["number"]) if self.regex.groups else match[0]


@dataclass(frozen=True, eq=False)
class Bare:
    """Digits alone, the whole of a value.

    Attributes:
        pattern: A regular expression of the whole value.
        chance: The share of any such values that keep the kind's rule; 1 where it has no check digit, and only the
            column's name can tell.
        home: Whether it counts only in the kind's own countries.
        digits: How many digits it has, so that zeros a number has lost are given back; 0 where it never has any.
    """

    pattern: str
    chance: float
    home: bool = False
    digits: int = 0

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """Of the whole value."""
        return re.compile(rf"(?:{self.pattern})\Z")


@dataclass(frozen=True, eq=False)
class Kind:
    """A kind of identifier.

    Attributes:
        id: A stable name, as evidence and waivers say it.
        title: For people.
        check: Whether a text in one of its forms keeps its rule.
        countries: Where it is given out.
        forms: How it is written inside a text.
        bare: How it stands alone.
        words: Words in a column's name that say that it is held there.
        of_company: It names a company, which is public: it is told, and holds nothing.
    """

    id: str
    title: Text
    check: Callable[[str], bool]
    countries: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    bare: tuple[Bare, ...] = ()
    words: frozenset[str] = frozenset()
    of_company: bool = False

    def forms_in(self, country: str) -> tuple[Form, ...]:
        """The forms that count in a city of ``country``."""
        return tuple(f for f in self.forms if not f.home or country in self.countries)

    def bare_in(self, country: str) -> tuple[Bare, ...]:
        """The bare digits that count in a city of ``country``."""
        return tuple(b for b in self.bare if not b.home or country in self.countries)

    def is_whole(self, value: str) -> bool:
        """Whether a value as a whole is one: written as it is written anywhere, and keeping its rule."""
        written = any(f.regex.fullmatch(value) for f in self.forms)
        return (written or any(b.chance < 1.0 and b.regex.match(value) for b in self.bare)) and self.check(value)
