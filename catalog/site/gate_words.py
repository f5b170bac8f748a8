"""Words of the gate's own rules: what each counted, how each looked, and the note beside its result.

Belongs here: sentences for the rules that are asked of every product alike, by the rule's name and the numbers that a
report keeps. Does not belong here: rules of contracts (``quality_words``), judging, results.

A report keeps the gate's notes in English. What can be said from the numbers beside a note is said in the page's
language; what cannot stays as it is written, marked as English.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from markupsafe import Markup, escape

from catalog import numbers
from catalog.quality_views import QualityView, RuleView
from catalog.site.speech import Speech


def counted(rule: RuleView, speech: Speech) -> str:
    """How much a rule looked at, with what it counts; of a report that does not say what, the number alone."""
    t, n, written = speech.translator, rule.examined, speech.num(rule.examined)
    said = {
        "changes": t.ngettext("%(count)s change", "%(count)s changes", n),
        "columns": t.ngettext("%(count)s column", "%(count)s columns", n),
        "commits": t.ngettext("%(count)s state of the code", "%(count)s states of the code", n),
        "copies": t.ngettext("%(count)s copy of it", "%(count)s copies of it", n),
        "definitions": t.ngettext("%(count)s definition", "%(count)s definitions", n),
        "files": t.ngettext("%(count)s file", "%(count)s files", n),
        "products": t.ngettext("%(count)s product", "%(count)s products", n),
        "records": t.ngettext("%(count)s record", "%(count)s records", n),
        "rules": t.ngettext("%(count)s rule", "%(count)s rules", n),
        "sets of files": t.ngettext("%(count)s set of files", "%(count)s sets of files", n),
        "sources": t.ngettext("%(count)s source", "%(count)s sources", n),
    }.get(rule.asks.counts)
    return said % {"count": written} if said else written


def how(rule_id: str, speech: Speech) -> str:
    """How a rule of the gate looks, in a sentence; empty for one that is not known here."""
    t = speech.gettext
    return {
        "rendered": t("Each file was written anew from the finished table, and writing it ended without an error."),
        "held_upstream": t("The products that it is made from were judged first; none of them may be held."),
        "tiers": t("The columns found in each file were compared with those that its readers may see."),
        "flows": t(
            "The queries that make it were read, and each column was followed back to the sources through every value"
            " and condition; one that rests on what its readers may not see needs a registered step."
        ),
        "non_interference": t(
            "It was made again several times with other contents in what its readers may not see, and compared."
        ),
        "differencing": t(
            "Hidden counts were worked out anew, as a reader could, from the records, the other products and the"
            " release before; none may come out."
        ),
        "identifiers": t(
            "The values of each column were searched for the forms of identity numbers, telephone numbers and"
            " addresses of e-mail."
        ),
        "anonymity": t(
            "Where the contract names columns by which somebody could be known again, the records that agree in all of"
            " them were counted; they may not be fewer than the contract says."
        ),
        "files_unchanged": t("The fingerprint of each file was taken before and after it was checked."),
        "order": t("Each record was compared with the one before it, by the key."),
        "copies_agree": t("Each file was read back and compared, record by record, with the one that was checked."),
        "engines_agree": t(
            "The results and the numbers of failed records of both engines were compared, rule by rule."
        ),
        "rules_can_fail": t("For each rule a copy of the data was broken on purpose; the rule had to notice."),
        "contract_change": t(
            "The contract was compared with the one of the release before: a change that breaks something needs a new"
            " main version and another person's approval."
        ),
        "privacy_review": t("The decisions on record were looked up for each column that a step made less exact."),
        "definitions": t(
            "How each measure is worked out was compared with the release before, version by version; another way needs"
            " another version."
        ),
        "row_count_change": t("The number of records was compared with that of the release before."),
        "reconciliation": t(
            "Records received were compared with those accepted, set aside and refused, source by source."
        ),
        "freshness": t("The newest event in the data was compared with the moment as of which it was made."),
        "code_known": t("The code was compared with its last recorded state."),
    }.get(rule_id, "")


def note(rule: RuleView, quality: QualityView, speech: Speech) -> Markup:
    """The note beside the result of one of the gate's rules, in the page's language where it can be said in it."""
    told = _TELLING[rule.id](rule, quality, speech) if rule.id in _TELLING else ""
    return escape(told) if told else _fixed(rule.detail, speech)


def in_english(said: str, speech: Speech) -> Markup:
    """A text of a report that is written in English, marked where the page is in another language."""
    if speech.interface.partition("-")[0] == "en":
        return escape(said)
    return Markup('<span lang="en">{}</span>').format(said) if said else Markup()


def _fixed(detail: str, speech: Speech) -> Markup:
    """A note without numbers or names, in the page's language; another one as the report has it."""
    t = speech.gettext
    said = {
        "a column stands above its tier": t("a column stands above its circle of readers"),
        "a file could not be written": t("a file could not be written"),
        "a review is missing or has ended": t("a review is missing or has ended"),
        "asked of production only": t("asked of production only"),
        "built on a product that is held": t("built on a product that is held"),
        "first release: there is no earlier contract": t("first release: there is no earlier contract"),
        "first release: there is no earlier number of records": t(
            "first release: there is no earlier number of records"
        ),
        "its sources are not told here": t("its sources are not told here"),
        "no column hides counts": t("no column hides counts"),
        "no column is named by which somebody could be known again": t(
            "no column is named by which somebody could be known again"
        ),
        "no column was made less exact by a step": t("no column was made less exact by a step"),
        "no file was searched": t("no file was searched"),
        "no other product stands behind it": t("no other product stands behind it"),
        "no review that stands allows this": t("no review that stands allows this"),
        "nothing in the contract changed since the release before": t(
            "nothing in the contract changed since the release before"
        ),
        "nothing is hidden": t("nothing is hidden"),
        "nothing that it is made of stands above those who read it": t(
            "nothing that it is made of stands above those who read it"
        ),
        "the contract changed in a way that needs approval or a new version": t(
            "the contract changed in a way that needs approval or a new version"
        ),
        "the contract promises no latency by event time": t("the contract promises no age of its newest data"),
        "the last release has no records": t("the last release has no records"),
        "the numbers of records do not add up": t("the numbers of records do not add up"),
        "the rules were judged on the records that these files were made of; read back, they hold just those": t(
            "the rules were judged on the records that these files were made of; read back, they hold just those"
        ),
        "there is no file to look at": t("there is no file to look at"),
        "there is nothing in it that the rule could look at": t("there is nothing in it that the rule could look at"),
        "what looks like an identifier of persons was found; where, and what it is, is told to the data team": t(
            "what looks like an identifier of persons was found; where, and what it is, is told to the data team"
        ),
        "what the columns are made from could not be followed whole": t(
            "what the columns are made from could not be followed whole"
        ),
    }.get(detail)
    return escape(said) if said else in_english(detail, speech)


def _change(rule: RuleView, quality: QualityView, speech: Speech) -> str:
    """How many records became how many, and what is allowed."""
    bounds = rule.asks.threshold.get("value")
    if rule.value is None or quality.previous_rows is None or not isinstance(bounds, (list, tuple)):
        return ""
    signed = numbers.percent(100 * rule.value, speech.tag, 1)
    return speech.gettext("%(before)s records became %(after)s (%(change)s); allowed is %(low)s to %(high)s") % {
        "before": speech.num(quality.previous_rows),
        "after": speech.num(rule.examined),
        "change": f"+{signed}" if rule.value > 0 else signed,
        "low": numbers.percent(100 * bounds[0], speech.tag),
        "high": f"+{numbers.percent(100 * bounds[1], speech.tag)}",
    }


def _age(rule: RuleView, quality: QualityView, speech: Speech) -> str:
    """How old the newest data was, and how old it may be."""
    if rule.value is None or quality.promised_age is None:
        return ""
    return speech.gettext("the newest data was %(age)s old; promised is at most %(promised)s") % {
        "age": speech.age(timedelta(days=rule.value)),
        "promised": speech.age(quality.promised_age),
    }


def _tried(rule: RuleView, quality: QualityView, speech: Speech) -> str:
    """Under how many other contents which columns came out the same."""
    del quality
    parts, t = rule.parts, speech.translator
    if not parts:
        return ""
    columns, worlds = parts.get("columns", 0), parts.get("worlds", 0)
    said = [
        t.ngettext(
            "%(columns)s, made again with %(worlds)s other content of what its readers may not see",
            "%(columns)s, made again with %(worlds)s other contents of what its readers may not see",
            worlds,
        )
        % {
            "columns": t.ngettext("%(count)s column", "%(count)s columns", columns) % {"count": speech.num(columns)},
            "worlds": speech.num(worlds),
        }
    ]
    if free := parts.get("free_worlds", 0):
        of_them = parts.get("free_columns", 0)
        said.append(
            t.ngettext(
                "%(columns)s of them with %(worlds)s more that no step bounds",
                "%(columns)s of them with %(worlds)s more that no step bounds",
                free,
            )
            % {"columns": speech.num(of_them), "worlds": speech.num(free)}
        )
    if left := parts.get("left", 0):
        said.append(
            t.ngettext(
                "%(count)s column of the sources was left to a step",
                "%(count)s columns of the sources were left to a step",
                left,
            )
            % {"count": speech.num(left)}
        )
    return "; ".join(said)


_TELLING: Mapping[str, Callable[[RuleView, QualityView, Speech], str]] = {
    "row_count_change": _change,
    "freshness": _age,
    "non_interference": _tried,
}
