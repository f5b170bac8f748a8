"""How many of a city's areas miss the target: the reading of the whole city.

Belongs here: that sentence. Does not belong here: judging one area (``figures``), the answer (``reply``).
"""

from __future__ import annotations

from catalog import numbers
from catalog.answer.reply import Answer
from catalog.answer.sentences import Wording
from catalog.language import Translator
from contracts.city import Problem


def spread(problem: Problem, answered: Answer, translator: Translator) -> str:
    """How many of the areas that the answer compares miss the target; empty without a target, or for a single area.

    "Near target" is a miss too. Areas that rest on few cases, or hide how many, are not compared, and not counted.
    """
    measure = problem.measure
    if measure is None or not answered.readings:
        return ""
    standing = answered.readings[0].standing
    judged = [r for r in answered.readings if r.standing == standing and r.status != "unknown"]
    if len(judged) < 2:
        return ""
    missed = sum(r.status != "on_target" for r in judged)
    wording = Wording(measure, translator, int(answered.evidence["digits"]))
    words = {
        "missed": numbers.integer(missed, translator.language),
        "count": numbers.integer(len(judged), translator.language),
        "target": wording.target(),
    }
    t = translator
    if not missed:
        return t.gettext("All %(count)s areas compared meet the target of %(target)s.") % words
    if missed == len(judged):
        return t.gettext("All %(count)s areas compared miss the target of %(target)s.") % words
    pattern = t.ngettext(
        "%(missed)s of the %(count)s areas compared misses the target of %(target)s.",
        "%(missed)s of the %(count)s areas compared miss the target of %(target)s.",
        missed,
    )
    return pattern % words
