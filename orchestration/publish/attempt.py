"""One attempt at publishing one product: rendered, judged, then committed, held, or found unchanged.

Belongs here: the order of things and what is written down about them. A hold is an answer, not an error.
Does not belong here: how any step does its work.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contracts import failing_keys, kept, tiers
from contracts.engines.sql import parquet, quoted, text_literal
from contracts.evidence import Entry, EntryKind
from contracts.failing_keys import FailingKeys
from contracts.home import FORMAT_VERSION, CityHome
from contracts.release import InputRef, KeptFile, Manifest, ManifestColumn, Release, current, version_name
from orchestration.publish import commit, contract_change, evidence_files, gate, record, recover, standing, withdraw
from orchestration.publish.gate import Judgement
from orchestration.publish.job import Attempt, PublishJob, stamp
from orchestration.publish.judging import Judged
from orchestration.publish.lineage_view import inputs_for, lineage_for
from orchestration.publish.render import PARQUET, tiers_of

JSON = "application/json"
CODE_IN_RELEASES = ("engine_sha256", "sql_sha256", "lock_sha256", "git_commit")
"""What a manifest tells of the code; the rest (environment, authors) stands in the evidence alone."""


def attempt(job: PublishJob) -> Attempt:
    """Try to publish ``job``'s product.

    Returns:
        Published, unchanged (the same records, columns and contract are served already; or a rollback
        stands), held with its reasons, or withdrawn, which ``force`` does not change. What is served stays
        served in all but the first case.

    Raises:
        InputError: Somebody's file is wrong: an undeclared column, a tier without columns, a rule.
        OutsideError: The disk refused, or another process published at the same time.
        ArtefactError: A kept file is missing or altered.
    """
    for _ in recover.finish_intents(job.home, job.ledger, job.clock(), job.product):
        pass
    if (withdrawn := _kept_away(job)) is not None:
        return withdrawn
    served = served_now(job.home, job.product)
    known = record.of(job.ledger, job.product)
    fingerprint = record.fingerprint(job, served)
    if not job.force:
        if (refusal := known.still_refused(fingerprint)) is not None:
            return _still_held(job, refusal, served)
        if known.set_aside == job.inputs_sha256 and _is_same_contract(job, known):
            return _kept_back(job, known, served)
    with _work_folder(job.home, job.product) as folder:
        judgement = gate.judge(job, folder, served)
        if not judgement.is_open:
            return _refuse(job, judgement, served, fingerprint)
        if not job.force and _is_equal(judgement, served):
            return _unchanged(job, judgement, served, known)
        return _publish(job, judgement, served, folder)


def served_now(home: CityHome, product: str) -> dict[str, Release]:
    """The release served in each tier, from the highest tier to the lowest."""
    found = {tier: current(home, tier, product) for tier in commit.product_tiers(home, product)}
    return {tier: release for tier, release in found.items() if release is not None}


def _version(served: Mapping[str, Release]) -> int | None:
    return next((release.manifest.version for release in served.values()), None)


@contextmanager
def _work_folder(home: CityHome, product: str) -> Iterator[Path]:
    """A folder of this attempt's own.

    After an error it stays behind, empty: the mark that the next start must look for something cut short.
    """
    kept.make_folder(home.work)
    with kept.step("make_folder", home.work / f"publish-{product}-"):
        folder = Path(tempfile.mkdtemp(prefix=f"publish-{product}-", dir=home.work))
    try:
        yield folder
    except BaseException:
        for path in folder.iterdir():
            kept.discard(path)
        raise
    kept.remove(folder)


# Not published ------------------------------------------------------------------------------


def _kept_away(job: PublishJob) -> Attempt | None:
    """A withdrawal stands, on order or by a decision of the city, which is carried out here if it was not yet."""
    withdraw.carry_out(job.home, job.ledger, job.rulings, job.checked_at, job.product)
    standing = withdraw.in_force(job.home, job.ledger, job.product, job.rulings)
    note = f"{standing.sentence}; {standing.lift}" if standing else ""
    declared = withdraw.undecided(job.home, job.ledger, job.rulings, job.checked_at.date(), job.product)
    if standing is None and declared:
        note = f"withdrawn before it was ever published, by the decision in {declared[0].place}: {declared[0].reason}"
    return Attempt(job.product, "withdrawn", None, (), {}, None, note=note) if note else None


def _still_held(job: PublishJob, refusal: Entry, served: Mapping[str, Release]) -> Attempt:
    evidence = str(refusal.body["evidence_sha256"])
    told = evidence_files.read(job.home, evidence)
    return Attempt(
        product=job.product,
        outcome="held",
        version=_version(served),
        reasons=record.reasons_of(refusal),
        quality=told["quality"],
        evidence_sha256=evidence,
        qualities=told["tiers"],
        still=True,
        note="held already, for the same inputs, contract and code",
    )


def _is_same_contract(job: PublishJob, known: record.Record) -> bool:
    """Whether the contract is the one of the rollback: what was gone back to was held against no other."""
    return known.rollback is not None and known.rollback.body.get("contract_sha256") == job.contract.sha256


def _kept_back(job: PublishJob, known: record.Record, served: Mapping[str, Release]) -> Attempt:
    """A rollback stands until there is new input, or another contract."""
    quality: Mapping[str, Any] = {}
    served_version = _version(served)
    for entry in job.ledger.entries(EntryKind.PUBLICATION):
        if entry.body.get("product") == job.product and entry.body.get("version") == served_version:
            quality = evidence_files.read(job.home, str(entry.body["evidence_sha256"]))["quality"]
    why = known.rollback.body.get("reason", "") if known.rollback else ""
    until = "new input, another contract, or --force"
    note = f"version {served_version} was gone back to ({why}) and stays until there is {until}"
    return Attempt(job.product, "unchanged", served_version, (), quality, None, {}, note=note)


def _unchanged(job: PublishJob, judgement: Judgement, served: Mapping[str, Release], known: record.Record) -> Attempt:
    """What is served is what was made; after a refusal, that is said in the ledger, which else would end with it."""
    failing_keys.forget(job.home, job.product)
    version = _version(served)
    whole, by_tier = judgement.whole("published", version), judgement.by_tier("published", version)
    evidence = None
    if known.refusal_is_last:
        evidence = evidence_files.keep(job.home, _evidence(job, judgement, "confirmed", version, whole))
        body: dict[str, Any] = {
            "run": job.run_id,
            "product": job.product,
            "outcome": "confirmed",
            "version": version,
            "tiers": [],
            "checked_at": stamp(job.checked_at),
            "inputs_sha256": job.inputs_sha256,
            "evidence_sha256": evidence,
        }
        job.ledger.append(EntryKind.PUBLICATION, body, job.clock())
    return Attempt(job.product, "unchanged", version, (), whole, evidence, by_tier)


def _refuse(job: PublishJob, judgement: Judgement, served: Mapping[str, Release], fingerprint: str) -> Attempt:
    whole, by_tier = judgement.whole("held", None), judgement.by_tier("held", None)
    evidence = evidence_files.keep(job.home, {**_evidence(job, judgement, "held", None, whole), "tiers": by_tier})
    body = {
        "run": job.run_id,
        "product": job.product,
        "outcome": "held",
        "served_version": _version(served),
        "checked_at": stamp(job.checked_at),
        "fingerprint": fingerprint,
        "inputs_sha256": job.inputs_sha256,
        "evidence_sha256": evidence,
        "reasons": [reason.as_dict() for reason in judgement.reasons],
    }
    job.ledger.append(EntryKind.REFUSAL, body, job.clock())
    failing_keys.keep(job.home, job.product, evidence, _failing(job, judgement, whole))
    return Attempt(job.product, "held", _version(served), judgement.reasons, whole, evidence, by_tier)


def _failing(job: PublishJob, judgement: Judgement, whole: Mapping[str, Any]) -> Iterator[FailingKeys]:
    """Some of the records that broke each rule, where the product's key names them."""
    needs = {rule["id"]: tuple(rule["columns"]) for rule in whole["rules"]}
    for reason in judgement.reasons:
        named = [sample if isinstance(sample, tuple) else (sample,) for sample in reason.samples]
        if reason.sampled and set(reason.sampled) <= set(job.contract.primary_key):
            keys = tuple(tuple("" if part is None else str(part) for part in key) for key in named)
            names = {c: called for n, c in enumerate(reason.sampled) if (called := _names(judgement, c, keys, n))}
            yield FailingKeys(reason.rule, needs[reason.rule], reason.sampled, keys, names=names)


def _names(judgement: Judgement, column: str, keys: Sequence[tuple[str, ...]], place: int) -> dict[str, str]:
    """What the codes of a key's column are called in the very files that were judged, where each has one name."""
    import duckdb

    facts = judgement.facts
    name = failing_keys.name_column(column, facts.contract)
    judged = next((j for j in facts.judged if name in j.rendition.names and column in j.rendition.names), None)
    if name is None or judged is None:
        return {}
    codes = ", ".join(map(text_literal, sorted({key[place] for key in keys})))
    code, called = f"CAST({quoted(column)} AS VARCHAR)", quoted(name)
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT {code}, min({called}) FROM {parquet(judged.rendition.data)} WHERE {code} IN ({codes})"
            f" GROUP BY ALL HAVING min({called}) = max({called})"
        ).fetchall()
    return {str(key): str(one) for key, one in found if one}


def _is_equal(judgement: Judgement, served: Mapping[str, Release]) -> bool:
    """Whether what was rendered is what is served: the same tiers, records, columns, formats, contract."""
    judged = {j.tier: j for j in judgement.facts.judged}
    if set(judged) != set(served):
        return False
    contract = judgement.facts.contract
    return all(
        release.manifest.content_sha256 == judged[tier].seen.content_sha256
        and release.manifest.contract["sha256"] == contract.sha256
        and release.manifest.columns == _columns(judged[tier])
        and {f.path for f in release.manifest.files if f.rows is not None} == {f.path for f in judged[tier].files}
        for tier, release in served.items()
    )


# Published ----------------------------------------------------------------------------------


def _publish(job: PublishJob, judgement: Judgement, served: Mapping[str, Release], folder: Path) -> Attempt:
    version = commit.next_version(job.home, job.ledger, job.product)
    whole, by_tier = judgement.whole("published", version), judgement.by_tier("published", version)
    contract = {
        "id": job.contract.id,
        "version": job.contract.version,
        "sha256": job.contract.sha256,
        contract_change.KEPT: contract_change.keep_contract(job.home, job.contract),
    }
    manifests: dict[str, Manifest] = {}
    for judged in judgement.facts.judged:
        aside = folder / judged.tier
        written = (
            _write(aside, "quality.json", by_tier[judged.tier]),
            _write(aside, "lineage.json", lineage_for(job, judged.tier)),
        )
        manifest = _manifest(job, judgement, judged, (contract, version, served.get(judged.tier)), written)
        kept.replace(aside / "manifest.json", manifest.to_json())
        manifests[judged.tier] = manifest
    evidence = evidence_files.keep(
        job.home,
        {
            **_evidence(job, judgement, "published", version, whole),
            "manifests": {tier: kept.sha256_bytes(m.to_json()) for tier, m in manifests.items()},
        },
    )
    commit.place(job.home, job.product, version, {tier: folder / tier for tier in manifests})
    _commit(job, version, manifests, {"contract": contract, "evidence_sha256": evidence})
    failing_keys.forget(job.home, job.product)
    return Attempt(job.product, "published", version, (), whole, evidence, by_tier)


def _commit(job: PublishJob, version: int, manifests: Mapping[str, Manifest], facts: Mapping[str, Any]) -> None:
    """Declare the intent and carry it out; the commit numbers are read before other intents are looked for."""
    steps = _steps(job, version, manifests)
    for _ in recover.finish_intents(job.home, job.ledger, job.clock(), job.product):
        steps = _steps(job, version, manifests)
    plan = commit.Plan(
        product=job.product,
        action="publish",
        version=version,
        steps=steps,
        committed_at=stamp(job.checked_at),
        facts={
            **facts,
            "run": job.run_id,
            "inputs_sha256": job.inputs_sha256,
            "rows": next(iter(manifests.values())).rows,
            "content": {tier: m.content_sha256 for tier, m in manifests.items()},
        },
    )
    entry = commit.declare(job.ledger, plan, job.clock())
    if not commit.finish(job.home, job.ledger, entry, job.clock()):
        commit.abandon(job.ledger, entry, "another process published at the same time", job.clock())
        commit.take_back(job.home, [version_name(tier, job.product, version) for tier in manifests])
        raise commit.lost_race(job.product, version)


def _steps(job: PublishJob, version: int, manifests: Mapping[str, Manifest]) -> tuple[commit.TierStep, ...]:
    """A commit for every tier rendered, and a withdrawal where a tier is no longer rendered but still served."""
    gone = [t for t in served_now(job.home, job.product) if t not in manifests]
    steps = []
    for tier in sorted([*manifests, *gone], key=tiers.rank, reverse=True):
        n = commit.next_number(job.home, tier, job.product)
        if tier in manifests:
            digest = kept.sha256_bytes(manifests[tier].to_json())
            steps.append(commit.TierStep(tier, n, "publish", version, digest))
        else:
            steps.append(commit.TierStep(tier, n, "withdraw", None, None, "no longer rendered for this tier"))
    return tuple(steps)


def _write(folder: Path, name: str, value: Mapping[str, Any]) -> KeptFile:
    data = kept.canonical_json(value)
    kept.replace(folder / name, data)
    return KeptFile(name, kept.sha256_bytes(data), len(data), None, JSON)


def _columns(judged: Judged) -> tuple[ManifestColumn, ...]:
    rendition = judged.rendition
    return tuple(
        ManifestColumn(
            name=column.name,
            type=kind,
            description=column.description.default,
            unit=column.unit,
            step=f"{column.step.name} {column.step.version}" if column.step else None,
        )
        for column, kind in zip(rendition.columns, rendition.types, strict=True)
    )


def _manifest(
    job: PublishJob,
    judgement: Judgement,
    judged: Judged,
    subject: tuple[Mapping[str, str], int, Release | None],
    written: tuple[KeptFile, ...],
) -> Manifest:
    contract, version, previous = subject
    change = judgement.facts.change
    return Manifest(
        city=job.city.id,
        product=job.product,
        tier=judged.tier,
        version=version,
        contract=contract,
        as_of=stamp(job.as_of),
        data_to=judged.seen.data_to,
        rows=judged.rendition.rows,
        content_sha256=judged.seen.content_sha256,
        files=(*judged.files, *written),
        columns=_columns(judged),
        inputs=inputs_for(job.city, job.inputs, judged.tier),
        code={k: job.code[k] for k in CODE_IN_RELEASES if k in job.code},
        changes=tuple(change.told(judged.tier)) if change else (),
        previous=previous.manifest.version if previous else None,
        withheld_columns=0 if judged.tier == tiers_of(job.contract)[0] else None,
    )


# Evidence -----------------------------------------------------------------------------------


def _evidence(
    job: PublishJob, judgement: Judgement, outcome: str, version: int | None, whole: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything an auditor may ask of one attempt: counts and hashes, no value of any record."""
    facts = judgement.facts
    return {
        "format_version": FORMAT_VERSION,
        "city": job.city.id,
        "product": job.product,
        "outcome": outcome,
        "version": version,
        "run": job.run_id,
        "as_of": stamp(job.as_of),
        "checked_at": stamp(job.checked_at),
        "contract": {"id": job.contract.id, "version": job.contract.version, "sha256": job.contract.sha256},
        "changes": [
            {"kind": c.kind, "path": c.path, "sentence": c.sentence, "breaking": c.breaking}
            for c in (facts.change.changes if facts.change else ())
        ],
        "approved_by": facts.change.approved_by if facts.change else None,
        "inputs": [_input(i) for i in sorted(job.inputs, key=lambda i: i.name)],
        "code": dict(job.code),
        "environment": _environment(),
        "files": {j.tier: [asdict(f) for f in j.files] for j in facts.judged},
        "content": {j.tier: j.seen.content_sha256 for j in facts.judged},
        "parts": _parts(judgement, version),
        "lineage": lineage_for(job, None),
        "quality": whole,
    }


def _parts(judgement: Judgement, version: int | None) -> dict[str, Any] | None:
    """What is known of a large product's parts; None of a product in one file."""
    facts = judgement.facts
    if not facts.judged or not judgement.is_open or PARQUET in facts.top.rendition.parts:
        return None
    renditions = [j.rendition for j in facts.judged]
    return standing.as_evidence(facts.top.parts, renditions, facts.judged_by, version)


def _input(given: InputRef) -> dict[str, Any]:
    return asdict(given)


def _environment() -> dict[str, str]:
    """What ran it: versions, the time zone of the engine, the locale."""
    import locale
    import platform

    import duckdb

    return {
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "system": f"{platform.system()} {platform.machine()}",
        "time_zone": "UTC",
        "locale": ".".join(part for part in locale.getlocale() if part) or "C",
    }
