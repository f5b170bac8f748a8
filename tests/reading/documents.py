"""The two documents that are made of the situations.

Belongs here: the page of rules with its table, and the paper by which a fresh reader judges each sentence against the
figures. Does not belong here: the figures (``situations``), the rules (``catalog.answer``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from catalog import numbers
from catalog.answer import CITY, Answer, Observation, Reading, answer_measure
from catalog.answer.sentences import unanswered
from catalog.language import translator
from tests.reading.situations import SITUATIONS, Situation

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "one-line-answers.md"
RULES = Path(__file__).parent / "rules.md"
LANGUAGES = ("en", "es", "pt")
READ = ("en", "es")
REASONS = (
    *("no_measure", "no_release", "withdrawn", "no_figures", "none_over", "still_running", "all_withheld"),
    "ambiguous",
)
NAMES = {"en": "English", "es": "Spanish", "pt": "Portuguese"}


def said(situation: Situation, language: str) -> Answer:
    """The answer to a situation in one language."""
    return answer_measure(situation.measure, situation.figures, translator(language))


def page() -> str:
    """The page of rules: what the rules are, then each situation with its sentence in every language."""
    lines = [RULES.read_text(encoding="utf-8").rstrip(), "", "## Situations and sentences", ""]
    for situation in SITUATIONS:
        lines += [f"### {situation.id}", "", situation.about, ""]
        lines += [f"- {NAMES[tongue]}: {_plain(said(situation, tongue).sentence)}" for tongue in LANGUAGES]
        lines.append("")
    lines += ["## Where there is no answer", ""]
    for reason in REASONS:
        lines += [f"### {reason}", ""]
        lines += [f"- {NAMES[tongue]}: {_plain(unanswered(reason, translator(tongue)))}" for tongue in LANGUAGES]
        lines.append("")
    return "\n".join(lines)


def table() -> dict[tuple[str, str], str]:
    """The sentences that the written page gives, by situation and language."""
    found: dict[tuple[str, str], str] = {}
    situation, tongues = "", {name: tongue for tongue, name in NAMES.items()}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("### "):
            situation = line.removeprefix("### ")
        name, colon, sentence = line.removeprefix("- ").partition(": ")
        if line.startswith("- ") and colon and name in tongues and situation:
            found[situation, tongues[name]] = sentence
    return found


def _plain(sentence: str) -> str:
    """A sentence with ordinary blanks, as a page in a repository is searched and read."""
    return sentence.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


# the paper for a reader ---------------------------------------------------------------------


def paper() -> str:
    """For each situation the figures, then the sentence in two languages, and nothing of the rules' own workings."""
    lines = [
        "# Reading test",
        "",
        "For each situation: is every statement of the sentence borne out by the figures, and is none stronger than"
        " they allow? A month's cell is the figure, in brackets its 95 % interval, and after n= the cases behind it.",
        "",
        "Usual range: the mean of the months before the newest twelve (of the first twelve figures where there are"
        " fewer), plus and minus 2.66 times the mean step from one of those months to the next. A figure is unusual"
        " beyond that range; also when seven months in a row lie on one side of the mean, or rise, or fall.",
        "Figures with fewer than 16 cases behind them are unreliable and are not compared.",
        "",
    ]
    for number, situation in enumerate(SITUATIONS, start=1):
        lines += _situation(number, situation)
    return "\n".join(lines)


def _situation(number: int, situation: Situation) -> list[str]:
    measure = situation.measure
    reply = said(situation, "en")
    better = {"lower": "lower is better", "higher": "higher is better", "none": "neither side is better"}
    target = "no target" if measure.target is None else f"target {numbers.decimal(measure.target, 'en', 1)}"
    by = f", to be met by {measure.target_by}" if measure.target_by else ""
    lines = [
        f"## {number}. {measure.title.default} ({measure.unit.default})",
        "",
        f"{better[measure.direction].capitalize()}; {target}{by}.",
        "",
        *_figures(situation.figures),
        "",
    ]
    ranges = [_range(r) for r in (*([reply.city] if reply.city else []), *reply.readings) if r.xmr is not None]
    lines += ["Usual ranges: " + "; ".join(ranges) + ".", ""] if ranges else []
    for language in READ:
        lines += [f"**{NAMES[language]}**: {_plain(said(situation, language).sentence)}", ""]
    return lines


def _figures(figures: Sequence[Observation]) -> list[str]:
    areas = list(dict.fromkeys(f.area for f in figures))
    months = sorted({f.period for f in figures})
    by_place = {(f.area, f.period): f for f in figures}
    head = ["month", *("whole city" if a == CITY else a for a in areas)]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for month in months:
        cells = [f"{month:%Y-%m}", *(_cell(by_place.get((area, month))) for area in areas)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _cell(figure: Observation | None) -> str:
    if figure is None:
        return ""
    if figure.value is None:
        return "too many cases still open" if figure.unreached else "hidden"
    n = "" if figure.is_count else ", n hidden" if figure.n is None else f", n={figure.n:g}"
    if figure.low is None:
        return f"{figure.value:g}{n}"
    high = "no end" if figure.high is None else f"{figure.high:g}"
    return f"{figure.value:g} ({figure.low:g} to {high}){n}"


def _range(reading: Reading) -> str:
    assert reading.xmr is not None
    name = "whole city" if reading.area == CITY else reading.name
    return f"{name} {reading.xmr.lower:.2f} to {reading.xmr.upper:.2f}, mean {reading.xmr.centre:.2f}"
