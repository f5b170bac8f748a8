"""Putting questions to a person, one line at a time, until each answer is right.

Belongs here: a line, a choice, a text in several languages. Does not belong here: the questions
(``service_questions``), their order (``service_answers``), the terminal itself (``cli``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.onboarding.service_questions import Question, asked_languages

Check = Callable[[str], str | None]
"""What is wrong with an answer; None where it is right."""
Values = Callable[[str, str], Sequence[str]]
"""The values in a column of a product's release, the most frequent first; none where nothing is published."""


@dataclass(frozen=True)
class Asker:
    """How the questions reach a person.

    Attributes:
        read: Asks one line; its arguments are what stands before it and what is proposed (None: nothing).
        say: Shows a line.
        values: The values of a column, to choose from.
    """

    read: Callable[[str, str | None], str]
    say: Callable[[str], None]
    values: Values

    def put(self, question: Question) -> None:
        """The question and its reason."""
        self.say("")
        self.say(question.asked)
        self.say(f"  ({question.why})")

    def line(self, question: Question, proposed: str | None = None, check: Check | None = None) -> str:
        """An answer that is right: it is asked again until it is, and may be empty where the question allows it."""
        self.put(question)
        return self.again(question, question.key, proposed, check)

    def again(self, question: Question, before: str, proposed: str | None, check: Check | None = None) -> str:
        """One line, until it is right."""
        while True:
            given = " ".join(self.read(before, "" if question.may_lack and proposed is None else proposed).split())
            if not given and question.may_lack:
                return ""
            fault = "an answer is needed" if not given else check(given) if check else None
            if fault is None:
                return given
            self.say(f"  {fault}")

    def texts(self, question: Question, languages: Sequence[str], check: Check | None = None) -> Any:
        """A text in the city's languages: the first is needed, the others may be left out."""
        self.put(question)
        return self.translated(question, languages, check)

    def translated(self, question: Question, languages: Sequence[str], check: Check | None = None) -> Any:
        """The text alone, where the question was put before."""
        found: dict[str, str] = {}
        for language in asked_languages(languages):
            optional = Question(question.key, "", "", may_lack=question.may_lack or bool(found))
            if given := self.again(optional, f"{question.key} [{language}]", None, check):
                found[language] = given
            if not found:
                return None
        return next(iter(found.values())) if len(found) == 1 else found

    def choose(self, question: Question, options: Sequence[str], proposed: str | None = None) -> str:
        """One of some."""
        return self.line(question, proposed, lambda given: None if given in options else f"one of {', '.join(options)}")

    def several(self, question: Question, options: Sequence[str], proposed: str | None = None) -> list[str]:
        """Some of some, with commas between them."""

        def fault(given: str) -> str | None:
            wrong = [name for name in parts_of(given) if name not in options]
            return f"{', '.join(wrong)}: one of {', '.join(options)}" if wrong else None

        return parts_of(self.line(question, proposed, fault))


def parts_of(given: str, between: str = ",") -> list[str]:
    """The words of an answer, each once, in the order given."""
    return list(dict.fromkeys(part.strip() for part in given.split(between) if part.strip()))
