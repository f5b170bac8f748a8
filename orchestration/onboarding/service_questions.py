"""The questions by which a team designs a data service, each with the reason why it is asked.

Belongs here: the questions of a problem and of a measure, and the file in which they can be answered. Does not belong
here: putting them to a person (``service_asking``), what the answers make (``service_answers``, ``service_plan``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.city import City
from contracts.problems import PRACTICES
from orchestration.onboarding.marks import todo
from orchestration.onboarding.yaml_text import value


@dataclass(frozen=True)
class Question:
    """What is asked, and why. ``may_lack``: an empty answer is one."""

    key: str
    asked: str
    why: str
    may_lack: bool = False


TITLE: Final = Question("title", "What is the problem called?", "People find the page by these words.")
QUESTION: Final = Question(
    "question", "Which question must the city answer?", "The catalogue opens on it, and one sentence answers it."
)
WHY: Final = Question("why", "Why does it matter, and to whom?", "Whoever reads it must see what hangs on the answer.")
PRACTICE: Final = Question("practice", "To which practice does it belong?", "The catalogue sorts its shelves by it.")
WHAT: Final = Question("what", "Which decision waits for the answer?", "Figures that serve no decision help nobody.")
WHO: Final = Question("who", "Who takes it?", "Somebody must be able to act on what the figures show.")
WHEN: Final = Question("when", "On which day is it taken?", "Figures that come later are too late.")
USERS: Final = Question(
    "users", "Who uses the answer? One group at a time", "Whom to ask whether it helps; without users nothing is made."
)
OWNER: Final = Question("role", "Who answers for it, by office?", "Questions go there, and somebody keeps it up.")
NAME: Final = Question("name", "What is that person's name?", "It stands on the page.", may_lack=True)
MAIL: Final = Question("email", "At which e-mail address?", "It stands on the page.", may_lack=True)
PRODUCTS: Final = Question("products", "Which products serve it?", "They are what readers may take away and check.")
NOT_SAID: Final = Question("notSaid", "What will the figures not say?", "Who knows the limits may rely on the rest.")
REVIEW: Final = Question(
    "reviewDate", "On which day is the problem looked at again?", "What nobody reviews goes stale."
)
PROBLEM: Final = (
    *(TITLE, QUESTION, WHY, PRACTICE, WHAT, WHO, WHEN, USERS, OWNER, NAME, MAIL, PRODUCTS, NOT_SAID, REVIEW),
)

MEASURES: Final = Question(
    "measures", "Which measures answer it? The first opens the page", "Each is defined once, for every page and table."
)
M_ID: Final = Question("id", "What is the new measure's id?", "It stands in addresses, and never changes.")
M_TITLE: Final = Question("title", "What is it called?", "It heads the figure.")
M_DEFINITION: Final = Question(
    "definition", "What is counted, and what is not?", "A resident must understand it without asking."
)
M_KIND: Final = Question("kind", "What kind of figure is it?", "It decides how it is worked out, and how sure it is.")
M_PRODUCT: Final = Question("product", "From which product?", "A figure rests on what everybody may check.")
M_NUMERATOR: Final = Question("numerator", "Which column is counted?", "Its sum stands above the line.")
M_DENOMINATOR: Final = Question("denominator", "Out of which column?", "Its sum stands below the line.")
M_STOCK: Final = Question(
    "stock", "Is it what there is at a month's end, such as a backlog?", "Such numbers never add up over months."
)
M_QUANTILE: Final = Question("quantile", "Within how many days, for which share of the cases?", "0.5 is the median.")
M_BEGIN: Final = Question("begin", "On which day does a case begin?", "The days are counted from it.")
M_END: Final = Question("end", "On which day does it end?", "It is empty while the case lasts, which counts too.")
M_WHERE: Final = Question("where", "Which values count?", "The others are left out.", may_lack=True)
M_UNIT: Final = Question("unit", "In which unit?", "A number without one says nothing.")
M_DIRECTION: Final = Question("direction", "Which way is better?", "It decides what is praised; none where neither is.")
M_TARGET: Final = Question("target", "What is the target?", "Without one the page shows no promise.", may_lack=True)
M_BY: Final = Question("by", "By which day?", "A target without a day holds always.", may_lack=True)
M_GAMING: Final = Question(
    "gaming", "How could it look better than things are?", "Said beforehand, it is looked for in time."
)
M_PHRASE: Final = Question(
    "phrase",
    "How would you say one area's figure? With {area} and {value} in their places",
    "The answer opens with it: In {area} it took {value}.",
    may_lack=True,
)
M_CITY: Final = Question(
    "cityPhrase",
    "And the whole city's? With {value} in its place",
    "The answer for the whole city opens with it.",
    may_lack=True,
)

KIND_WORDS: Final[Mapping[str, str]] = {
    "share": "a part of a whole, in per cent",
    "rate": "a number per 1,000 residents",
    "ratio": "one number for every 100 of another, such as closed for every 100 opened",
    "count": "a number",
    "days": "the days within which a share of the cases ended",
}


def asked_languages(languages: Sequence[str]) -> tuple[str, ...]:
    """The languages a text is asked in: English first where there are several, since every text has it."""
    return tuple(languages) if len(languages) == 1 else ("en", *(word for word in languages if word != "en"))


def template(city: City) -> str:
    """The questions as a file to fill in: what ``--from`` reads."""
    lines = [f"# The answers that `cauce problem new ID --city {city.id} --from FILE` reads."]
    place: dict[str, str] = {"what": "decision", "role": "owner"}
    for question in PROBLEM:
        if (opens := place.get(question.key)) is not None:
            lines.append(f"{opens}:")
        lead = "  " if question.key in {"what", "who", "when", "role", "name", "email"} else ""
        lines += [f"{lead}# {question.asked} ({question.why})", f"{lead}{question.key}: {_blank(question, city)}"]
    lines += [
        f"# {MEASURES.asked} ({MEASURES.why})",
        f"measures: {_blank(MEASURES, city)}",
        "# A new one:",
        "#  - id: one",
    ]
    asked = (M_TITLE, M_DEFINITION, M_KIND, M_PRODUCT, M_NUMERATOR, M_DENOMINATOR, M_QUANTILE, M_BEGIN, M_END, M_WHERE)
    for question in (*asked, M_UNIT, M_DIRECTION, M_TARGET, M_GAMING, OWNER, M_PHRASE, M_CITY):
        key = "owner" if question is OWNER else question.key
        lines.append(f"#    {key}:  # {question.asked} ({question.why})")
    return "\n".join(lines) + "\n"


def _blank(question: Question, city: City) -> str:
    """What stands where the answer will: a mark, which the checklist finds, wherever a text may stand."""
    blanks = {"users": "[]", "products": "[]", "practice": PRACTICES[0], "name": "null", "email": "null"}
    blanks["measures"] = f"[]    # of {', '.join(city.measures)}" if city.measures else "[]"
    if question.key in blanks:
        return blanks[question.key]
    if question.key in {"when", "reviewDate"}:
        return value(todo("a date such as 2027-01-31"))
    mark = todo(question.asked)
    return value(mark if len(city.languages) == 1 else dict.fromkeys(asked_languages(city.languages), mark))
