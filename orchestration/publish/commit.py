"""The writer: how a release appears, all tiers of it or none, whoever else is writing and whatever crashes.

The steps, each safe to lose the power after:

1. every tier's version folder is written aside, on this disk, and brought to the disk (``fsync``);
2. the folders are put on the shelf as ``<tier>/<product>/<version>``, the highest tier first: on a disk by a rename,
   in an object store file by file, where the first one claims the version. Of two publishers with the same version
   one is refused, and that one stops; nobody reads a version that no commit names;
3. an INTENT entry in the ledger says what is about to be committed: number, version and manifest hash for
   every tier, and everything needed to finish without whoever began it;
4. from the highest tier to the lowest, ``commits/<n>.json`` is created if absent. The highest tier's commit
   decides: if that number is taken by another intent, this one is void. Where a later tier's number is taken,
   the carrying out stops, and recovery takes that tier's next free number;
5. ``current.json`` is refreshed, and a closing entry (PUBLICATION, ROLLBACK, WITHDRAWAL) ends the intent.

After a crash in 1 or 2 there is no intent, and what was written is swept. After a crash in 3 to 5 the intent
is carried out again: every step finds its own traces and goes on (``finish``); before its first commit every
file is hashed, and an intent whose files are no longer what it says is abandoned. Whoever publishes reads the
commit numbers first and then looks for open intents, so that what they missed they finish.

Belongs here: those steps. Does not belong here: judging, deciding, sweeping (``recover``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from contracts import kept, tiers
from contracts.errors import ArtefactError, OutsideError
from contracts.evidence import Entry, EntryKind, Ledger
from contracts.home import FORMAT_VERSION, CityHome
from contracts.release import Commit, Manifest, commit_name, commits, manifest_of, product_name, version_name

Action = Literal["publish", "rollback", "withdraw"]
CLOSING: Mapping[str, EntryKind] = {
    "publish": EntryKind.PUBLICATION,
    "rollback": EntryKind.ROLLBACK,
    "withdraw": EntryKind.WITHDRAWAL,
}
ENDING = (*CLOSING.values(), EntryKind.REFUSAL)
"""Entries that may end an intent: it was carried out, or (a refusal that names it) abandoned."""

CURRENT = "current.json"


@dataclass(frozen=True)
class TierStep:
    """One tier's commit as planned."""

    tier: str
    n: int
    action: Action
    version: int | None
    manifest_sha256: str | None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The step as the intent keeps it."""
        return dict(vars(self))


@dataclass(frozen=True)
class Plan:
    """What is about to be committed: the body of an INTENT entry.

    ``facts`` is what the closing entry tells beside it: evidence, contract, inputs, counts. ``version`` is None
    for a withdrawal.
    """

    product: str
    action: Action
    version: int | None
    steps: tuple[TierStep, ...]
    committed_at: str
    facts: Mapping[str, Any]

    @property
    def told(self) -> str:
        """What is about to be done, in a few words."""
        version = "" if self.version is None else f" version {self.version}"
        return f"{CLOSING[self.action].value} of {self.product}{version}"

    def body(self) -> dict[str, Any]:
        """The intent's body."""
        return {
            "product": self.product,
            "action": self.action,
            "version": self.version,
            "tiers": [step.as_dict() for step in self.steps],
            "committed_at": self.committed_at,
            "facts": dict(self.facts),
        }

    @classmethod
    def of(cls, entry: Entry) -> Plan:
        """The plan that an INTENT entry holds.

        Raises:
            ArtefactError: The entry's body is not an intent.
        """
        body = entry.body
        try:
            steps = tuple(TierStep(**step) for step in body["tiers"])
            return cls(body["product"], body["action"], body["version"], steps, body["committed_at"], body["facts"])
        except (KeyError, TypeError) as error:
            raise ArtefactError(
                "an intent in the ledger cannot be read", where=f"ledger entry {entry.n}", found=str(error)
            ) from error

    def commit(self, step: TierStep, intent: int) -> Commit:
        """The commit that ``step`` stands for: the same bytes whoever writes it."""
        return Commit(
            n=step.n,
            action=step.action,
            version=step.version,
            manifest_sha256=step.manifest_sha256,
            intent=str(intent),
            committed_at=self.committed_at,
            reason=step.reason,
        )


def product_tiers(home: CityHome, product: str) -> tuple[str, ...]:
    """The tiers in which the product has ever been committed, from the highest to the lowest."""
    there = {child.name for child in home.shelf.children("") if child.is_folder}
    found = [t for t in tiers.TIERS if t in there and home.shelf.children(f"{product_name(t, product)}/commits")]
    return tuple(sorted(found, key=tiers.rank, reverse=True))


def last_commit(home: CityHome, tier: str, product: str) -> Commit | None:
    """The newest commit of a product in a tier."""
    history = commits(home, tier, product)
    return history[-1] if history else None


def next_version(home: CityHome, ledger: Ledger, product: str) -> int:
    """One more than any version the product ever had, on disk or in the ledger: no clock is asked."""
    highest = 0
    for tier in tiers.TIERS:
        there = home.shelf.children(product_name(tier, product))
        highest = max([highest, *(int(child.name) for child in there if child.name.isdigit())])
    for entry in ledger.entries(EntryKind.INTENT):
        if entry.body.get("product") == product and entry.body["version"] is not None:
            highest = max(highest, int(entry.body["version"]))
    return highest + 1


def next_number(home: CityHome, tier: str, product: str) -> int:
    """The number of the next commit of a product in a tier."""
    return len(commits(home, tier, product)) + 1


# 1 and 2: the folders -----------------------------------------------------------------------


def place(home: CityHome, product: str, version: int, folders: Mapping[str, Path]) -> None:
    """Put each tier's folder on the shelf, the highest tier first.

    Raises:
        OutsideError: Another publisher placed the same version first, or the disk or the store refused.
    """
    placed: list[str] = []
    for tier in sorted(folders, key=tiers.rank, reverse=True):
        name = version_name(tier, product, version)
        try:
            is_mine = home.shelf.put_folder(name, folders[tier])
        except OutsideError:
            take_back(home, placed)
            raise
        if not is_mine:
            take_back(home, placed)
            raise lost_race(product, version)
        placed.append(name)


def take_back(home: CityHome, placed: Iterable[str]) -> None:
    """Remove versions of ours that no commit and no intent names; what stays is swept at the next start."""
    with suppress(OutsideError):
        for name in placed:
            home.shelf.remove(name)


def lost_race(product: str, version: int | None) -> OutsideError:
    """What the one of two publishers says that did not win."""
    return OutsideError(
        "another process published at the same time, and won",
        where=f"product {product}" if version is None else f"product {product}, version {version}",
        hint="cauce run; nothing of this attempt was published.",
        retry=True,
    )


# 3 to 5: the intent and its carrying out ----------------------------------------------------


def declare(ledger: Ledger, plan: Plan, recorded_at: datetime) -> Entry:
    """Write the intent."""
    return ledger.append(EntryKind.INTENT, plan.body(), recorded_at)


def open_intents(ledger: Ledger, home: CityHome) -> Iterator[Entry]:
    """Intents that no closing entry ended and that are not void, oldest first."""
    closed: set[int] = set()
    intents: list[Entry] = []
    for entry in ledger.entries(EntryKind.INTENT, *ENDING):
        if entry.kind == EntryKind.INTENT.value:
            intents.append(entry)
        elif "intent" in entry.body:
            closed.add(int(entry.body["intent"]))
    for entry in intents:
        if entry.n not in closed and not is_void(home, entry):
            yield entry


def is_void(home: CityHome, entry: Entry) -> bool:
    """Whether another intent took this one's place: its deciding commit number is somebody else's."""
    plan = Plan.of(entry)
    first = plan.steps[0]
    found = _intent_at(home, first.tier, plan.product, first.n)
    return found not in (None, str(entry.n))


def _intent_at(home: CityHome, tier: str, product: str, n: int) -> str | None:
    """The intent that a commit names; None where there is no such commit."""
    name = commit_name(tier, product, n)
    data = home.shelf.look(name)
    return None if data is None else str(kept.parse_json(data, home.shelf.shown(name)).get("intent"))


def finish(home: CityHome, ledger: Ledger, entry: Entry, recorded_at: datetime, *, renumber: bool = False) -> bool:
    """Carry an intent out, from wherever it stands. Returns whether it is this intent that holds.

    False means that another intent took its deciding commit: nothing of this one is published.

    Args:
        home: The city's state.
        ledger: Its ledger.
        entry: The intent.
        recorded_at: The time written in the ledger.
        renumber: Whether a later tier whose number is taken gets its next free one (recovery).

    Raises:
        ArtefactError: A file the intent names is missing or altered. Where nothing was committed yet, the
            intent is abandoned.
        OutsideError: A later tier's number is taken by another intent, or the disk refused.
    """
    plan = Plan.of(entry)
    if is_void(home, entry):
        return False
    _hold_files(home, ledger, entry, recorded_at)
    made: list[TierStep] = []
    for step in plan.steps:
        done = _carry_out(home, plan, step, entry.n, renumber=renumber and bool(made))
        if done is None and not made:
            return False
        if done is None:
            _leave_trace(home, plan.product)
            raise _number_taken(home, plan, step)
        made.append(done)
    for step in made:
        refresh_hint(home, step.tier, plan.product)
    if not is_closed(ledger, entry):
        body = replace(plan, steps=tuple(made)).body()
        closing = {"intent": entry.n, **{k: v for k, v in body.items() if k != "facts"}, **plan.facts}
        ledger.append(CLOSING[plan.action], closing, recorded_at)
    return True


def _hold_files(home: CityHome, ledger: Ledger, entry: Entry, recorded_at: datetime) -> None:
    """What the intent names is there and whole: every file before its first commit, the manifests after it."""
    plan = Plan.of(entry)
    begun = is_begun(home, entry)
    try:
        for step in plan.steps:
            if step.version is not None:
                place = version_name(step.tier, plan.product, step.version)
                manifest = manifest_of(home, place, step.manifest_sha256)
                if not begun:
                    hold_files(home, place, manifest)
    except ArtefactError as error:
        if not begun:
            where = (error.where or "").removeprefix(f"{home.root}/")
            abandon(ledger, entry, f"{error.what}: {where}", recorded_at)
            _leave_trace(home, plan.product)
        raise


def hold_files(home: CityHome, place: str, manifest: Manifest) -> None:
    """Every file of a release against its manifest.

    Raises:
        ArtefactError: One is missing or altered.
    """
    for file in manifest.files:
        name = f"{place}/{file.path}"
        if (digest := home.shelf.sha256(name)) != file.sha256:
            raise kept.altered(home.shelf.shown(name), digest, file.sha256)


def _carry_out(home: CityHome, plan: Plan, step: TierStep, intent: int, *, renumber: bool) -> TierStep | None:
    """Make one tier's commit, or find it made. Returns the step as it stands; None where its number is taken."""
    while True:
        data = plan.commit(step, intent).to_json()
        name = commit_name(step.tier, plan.product, step.n)
        if home.shelf.create_if_absent(name, data) or home.shelf.read(name) == data:
            return step
        for known in commits(home, step.tier, plan.product):
            if known == plan.commit(replace(step, n=known.n), intent):
                return replace(step, n=known.n)
            if known.intent == str(intent):
                raise ArtefactError(
                    "a commit is not what its intent says",
                    where=home.shelf.shown(commit_name(step.tier, plan.product, known.n)),
                    hint="cauce audit verify",
                )
        if not renumber:
            return None
        step = replace(step, n=next_number(home, step.tier, plan.product))


def _number_taken(home: CityHome, plan: Plan, step: TierStep) -> OutsideError:
    return OutsideError(
        "another process took the number of a tier's commit",
        where=home.shelf.shown(commit_name(step.tier, plan.product, step.n)),
        found=f"a commit that is not of the {plan.told}",
        hint="cauce run; it finishes this release in that tier with the next free number.",
        retry=True,
    )


def _leave_trace(home: CityHome, product: str) -> None:
    """Let the next recovery see that something was cut short."""
    kept.make_folder(home.work / f"unfinished-{product}")


def is_begun(home: CityHome, entry: Entry) -> bool:
    """Whether the deciding commit of this intent stands."""
    plan = Plan.of(entry)
    first = plan.steps[0]
    return _intent_at(home, first.tier, plan.product, first.n) == str(entry.n)


def abandon(ledger: Ledger, entry: Entry, why: str, recorded_at: datetime) -> None:
    """End an intent of which nothing is committed and nothing can be."""
    plan = Plan.of(entry)
    body = {"intent": entry.n, "product": plan.product, "version": plan.version, "outcome": "abandoned", "why": why}
    ledger.append(EntryKind.REFUSAL, body, recorded_at)


def is_closed(ledger: Ledger, entry: Entry) -> bool:
    """Whether a closing entry ends this intent; only entries after it can."""
    newest, _ = ledger.head()
    closing = {kind.value for kind in ENDING}
    for n in range(entry.n + 1, newest + 1):
        later = ledger.read(n)
        if later.kind in closing and later.body.get("intent") == entry.n:
            return True
    return False


def hint(commit: Commit, tier: str, product: str) -> bytes:
    """The bytes of ``current.json`` for the newest commit."""
    return kept.canonical_json(
        {
            "format_version": FORMAT_VERSION,
            "product": product,
            "tier": tier,
            "commit": commit.n,
            "action": commit.action,
            "version": commit.version,
            "manifest_sha256": commit.manifest_sha256,
        }
    )


def refresh_hint(home: CityHome, tier: str, product: str) -> None:
    """Write ``current.json`` anew if it does not tell of the newest commit."""
    newest = last_commit(home, tier, product)
    if newest is None:
        return
    name = f"{product_name(tier, product)}/{CURRENT}"
    data = hint(newest, tier, product)
    if home.shelf.look(name) != data:
        home.shelf.replace(name, data)
