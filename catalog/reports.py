"""Quality reports as views: the tier's own ``quality.json`` of a release, and the evidence of a refusal.

Belongs here: reading the two forms. Does not belong here: judging anything, finding releases.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from catalog.kept_releases import QUALITY
from catalog.views import Asks, Proof, QualityView, Reason, RuleView, SourceCount, instant
from contracts import kept
from contracts.checks import RECORD_KINDS, Kind
from contracts.errors import ArtefactError
from contracts.home import FORMAT_VERSION, CityHome
from contracts.model import EMPTY, Text
from contracts.release import Release
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


def cut(
    kept_evidence: Mapping[str, Any] | None,
    rendition: str,
    seen: Collection[str],
    told: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda report: report,
) -> Mapping[str, Any] | None:
    """The evidence with the report for ``rendition`` cut to rules that speak only of columns in ``seen``.

    The report was cut to what its tier could see when it was made; a column may have been closed since. ``told`` cuts
    the rest of it.
    """
    report = attempt_report(kept_evidence, rendition)
    if kept_evidence is None or report is None:
        return kept_evidence
    rules = {
        part: [r for r in report.get(part) or () if all(str(c) in seen for c in r.get("columns") or ())]
        for part in ("rules", "gate")
    }
    return {**kept_evidence, "tiers": {rendition: told({**report, **rules})}}


def attempt_report(kept_evidence: Mapping[str, Any] | None, rendition: str) -> Mapping[str, Any] | None:
    """The report that a refused attempt made for ``rendition``; None where it made none.

    The evidence keeps one report a tier, each cut to what that tier may see; no other part of it is read.
    """
    by_tier = (kept_evidence or {}).get("tiers")
    report = by_tier.get(rendition) if isinstance(by_tier, Mapping) else None
    return report if isinstance(report, Mapping) else None


def refused_files(kept_evidence: Mapping[str, Any] | None, rendition: str) -> tuple[tuple[str, str], ...]:
    """The files for ``rendition`` that an attempt made and that were refused: their names and fingerprints."""
    by_tier = (kept_evidence or {}).get("files")
    files = by_tier.get(rendition) if isinstance(by_tier, Mapping) else None
    return tuple((str(f["path"]), str(f["sha256"])) for f in files or ())


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
                threshold=_threshold(rule.get("threshold")),
            )
        )
    named = {reason.rule for reason in found}
    return tuple(found), any(reason.rule not in named for _, reason in known)


def quality(report: Mapping[str, Any], dating: Dating = "instant") -> QualityView:
    """A report as a view; ``dating`` says how finely its product's data is dated."""
    return _view(msgspec.convert(report, _Report), dating)


def read_quality(release: Release, dating: Dating) -> QualityView:
    """The report of a release as a view.

    Raises:
        ArtefactError: It is missing, torn, altered or of an unknown format.
    """
    data, where = release.read(QUALITY), f"{release.shown}/{QUALITY}"
    try:
        report = _DECODER.decode(data)
    except msgspec.DecodeError as error:
        raise ArtefactError("a quality report cannot be read", where=where, found=str(error)) from error
    kept.check_format({"format_version": report.format_version}, where, FORMAT_VERSION)
    return _view(report, dating)


# A report as it is kept: fields of no interest here are passed over, and may be of any kind.


class _Rule(msgspec.Struct):
    id: str = ""
    text: Any = None
    kind: str = ""
    columns: list[str] | None = None
    dimension: str = ""
    severity: str = "error"
    result: str = "not run"
    examined: int | None = None
    failed: int | bool | None = None
    nulls: int | None = None
    value: Any = None
    threshold: Any = None
    engines: dict[str, Any] | None = None
    query: str | None = None
    proof: dict[str, Any] | None = None
    detail: str | None = None
    counts: str | None = None
    parts: dict[str, int] | None = None


class _Source(msgspec.Struct):
    source: str = ""
    received: int | None = None
    accepted: int | None = None
    quarantined: int | None = None
    rejected: int | None = None


class _Reconciliation(msgspec.Struct):
    sources: list[_Source] | None = None
    previous_rows: int | None = None


class _Report(msgspec.Struct):
    format_version: int | None = None
    product: str = ""
    version: int | None = None
    outcome: str = ""
    as_of: str | None = None
    data_to: str | None = None
    rows: int | None = None
    contract: dict[str, Any] | None = None
    rules: list[_Rule] | None = None
    gate: list[_Rule] | None = None
    reconciliation: _Reconciliation | None = None


_DECODER = msgspec.json.Decoder(_Report)


def _view(report: _Report, dating: Dating) -> QualityView:
    reconciliation = report.reconciliation or _Reconciliation()
    return QualityView(
        product=report.product,
        version=report.version,
        outcome=report.outcome,
        as_of=instant(report.as_of),
        data_to=instant(report.data_to),
        rows=report.rows,
        contract={k: str(v) for k, v in (report.contract or {}).items()},
        rules=(
            *[_rule(rule, at_gate=False) for rule in report.rules or ()],
            *[_rule(rule, at_gate=True) for rule in report.gate or ()],
        ),
        counts=tuple(
            [
                SourceCount(s.source, s.received, s.accepted, s.quarantined, s.rejected)
                for s in reconciliation.sources or ()
            ]
        ),
        dating=dating,
        previous_rows=reconciliation.previous_rows,
    )


@lru_cache(maxsize=1 << 14)
def _asks(written: bytes, at_gate: bool) -> Asks:
    """What a rule asks, of its form in bytes: it is the same from release to release until its contract changes."""
    rule = _ASKED.decode(written)
    proof = rule.proof
    return Asks(
        id=rule.id,
        text=text_of(rule.text),
        kind=rule.kind,
        columns=tuple(rule.columns or ()),
        dimension=rule.dimension,
        severity=rule.severity,
        threshold=_threshold(rule.threshold),
        engines=rule.engines or {},
        query=rule.query or "",
        proof=Proof(text_of(proof.get("mutation")), bool(proof.get("caught"))) if proof else None,
        at_gate=at_gate,
        counts=rule.counts or ("" if at_gate else "records"),
    )


_ASKED = msgspec.msgpack.Decoder(_Rule)
_ENCODER = msgspec.msgpack.Encoder()


def _rule(rule: _Rule, *, at_gate: bool) -> RuleView:
    result, examined, failed, nulls = rule.result, rule.examined or 0, int(rule.failed or 0), rule.nulls
    value, detail, parts = _number(rule.value), rule.detail or "", rule.parts or EMPTY
    rule.result, rule.examined, rule.failed, rule.nulls, rule.value, rule.detail = "", None, None, None, None, None
    rule.parts = None
    return RuleView(_asks(_ENCODER.encode(rule), at_gate), result, examined, failed, nulls, value, detail, parts)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _threshold(threshold: object) -> Mapping[str, Any]:
    return threshold if isinstance(threshold, dict) else {}
