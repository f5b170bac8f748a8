"""Quality reports as views: the tier's own ``quality.json`` of a release, and the evidence of a refusal.

Belongs here: reading the two forms. Does not belong here: judging anything, finding releases.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from catalog.ruling_views import RulingView
from catalog.views import Proof, QualityView, Reason, RuleView, SourceCount, instant
from contracts import kept
from contracts.checks import RECORD_KINDS, Kind
from contracts.home import FORMAT_VERSION, CityHome
from contracts.model import Text
from contracts.service_levels import Dating
from contracts.tiers import visible

_COUNTING = frozenset({Kind.UNIQUE.value, *(kind.value for kind in RECORD_KINDS)})
"""Kinds of rule whose failures are records, so that "3 of 200 records" says something."""


def text_of(value: object) -> Text:
    """A kept text, ``{"en": …, "es": …}`` or plain English, as a ``Text``."""
    if isinstance(value, Mapping):
        return _text(tuple([(str(k), str(v)) for k, v in value.items() if v]))
    return Text(str(value or ""))


@lru_cache(maxsize=1 << 14)
def _text(said: tuple[tuple[str, str], ...]) -> Text:
    """The text; a rule says the same in each release, so that one is made of it and kept."""
    named = dict(said)
    default = named.pop("en", "") or next(iter(named.values()), "")
    return Text(default, named)


def evidence(home: CityHome, sha256: str | None) -> Mapping[str, Any] | None:
    """The evidence of a refusal, checked against its name; None where none was kept.

    Raises:
        ArtefactError: It is missing, torn or altered.
    """
    if not sha256:
        return None
    path = home.ledger / "evidence" / f"{sha256}.json"
    value = kept.read_json(path, sha256=sha256)
    kept.check_format(value, path, FORMAT_VERSION)
    return value


def cut(kept_evidence: Mapping[str, Any] | None, rendition: str, seen: Collection[str]) -> Mapping[str, Any] | None:
    """The evidence with the report for ``rendition`` cut to rules that speak only of columns in ``seen``.

    The report was cut to what its tier could see when it was made; a column may have been closed since.
    """
    report = attempt_report(kept_evidence, rendition)
    if kept_evidence is None or report is None:
        return kept_evidence
    rules = {
        part: [r for r in report.get(part) or () if all(str(c) in seen for c in r.get("columns") or ())]
        for part in ("rules", "gate")
    }
    return {**kept_evidence, "tiers": {rendition: {**report, **rules}}}


def attempt_report(kept_evidence: Mapping[str, Any] | None, rendition: str) -> Mapping[str, Any] | None:
    """The report that a refused attempt made for ``rendition``; None where it made none.

    The evidence keeps one report a tier, each cut to what that tier may see; no other part of it is read.
    """
    by_tier = (kept_evidence or {}).get("tiers")
    report = by_tier.get(rendition) if isinstance(by_tier, Mapping) else None
    return report if isinstance(report, Mapping) else None


def attempt_reasons(
    kept_evidence: Mapping[str, Any] | None, rendition: str, known: Sequence[tuple[str, Reason]], tier: str
) -> tuple[tuple[Reason, ...], bool]:
    """Why an attempt was refused, as far as a tier may know, and whether there is more.

    The report made for the tier's rendition says what may be told; where there is none, the ledger's
    reasons (``known``, each with the tier of the file it failed on) are told up to the tier.
    """
    report = attempt_report(kept_evidence, rendition)
    if report is None:
        told = tuple(reason for at, reason in known if visible(at, tier))
        return told, len(told) < len(known)
    rules = {r["id"]: r for r in (*(report.get("rules") or ()), *(report.get("gate") or ()))}
    found = []
    for reason in report.get("reasons") or ():
        rule = rules.get(reason.get("rule"))
        if rule is None:
            continue
        found.append(
            Reason(
                rule=str(rule["id"]),
                sentence=text_of(rule.get("text") or reason.get("sentence")),
                failed=(rule.get("failed") or None) if rule.get("kind") in _COUNTING else None,
                examined=rule.get("examined") or None,
                result=str(rule.get("result", "")),
                value=_number(rule.get("value")),
                threshold=_threshold(rule),
            )
        )
    named = {reason.rule for reason in found}
    return tuple(found), any(reason.rule not in named for _, reason in known)


def quality(report: Mapping[str, Any], dating: Dating = "instant", rulings: tuple[RulingView, ...] = ()) -> QualityView:
    """A report as a view; ``dating`` says how finely its product's data is dated, ``rulings`` what it rests on."""
    reconciliation = report.get("reconciliation") or {}
    return QualityView(
        product=str(report.get("product", "")),
        version=report.get("version"),
        outcome=str(report.get("outcome", "")),
        as_of=instant(report.get("as_of")),
        data_to=instant(report.get("data_to")),
        rows=report.get("rows"),
        contract={str(k): str(v) for k, v in (report.get("contract") or {}).items()},
        rules=(
            *(_rule(rule, at_gate=False) for rule in report.get("rules") or ()),
            *(_rule(rule, at_gate=True) for rule in report.get("gate") or ()),
        ),
        counts=tuple(
            SourceCount(
                str(source.get("source", "")),
                source.get("received"),
                source.get("accepted"),
                source.get("quarantined"),
                source.get("rejected"),
            )
            for source in reconciliation.get("sources") or ()
        ),
        dating=dating,
        previous_rows=reconciliation.get("previous_rows"),
        rulings=rulings,
    )


def _rule(rule: Mapping[str, Any], *, at_gate: bool) -> RuleView:
    proof = rule.get("proof") or None
    return RuleView(
        id=str(rule.get("id", "")),
        text=text_of(rule.get("text")),
        kind=str(rule.get("kind", "")),
        columns=tuple(str(c) for c in rule.get("columns") or ()),
        dimension=str(rule.get("dimension", "")),
        severity=str(rule.get("severity", "error")),
        result=str(rule.get("result", "not run")),
        examined=int(rule.get("examined") or 0),
        failed=int(rule.get("failed") or 0),
        nulls=rule.get("nulls"),
        value=_number(rule.get("value")),
        threshold=_threshold(rule),
        engines=rule.get("engines") or {},
        query=str(rule.get("query") or ""),
        proof=Proof(text_of(proof.get("mutation")), bool(proof.get("caught"))) if proof else None,
        detail=str(rule.get("detail") or ""),
        at_gate=at_gate,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _threshold(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    threshold = rule.get("threshold")
    return threshold if type(threshold) is dict else {}
