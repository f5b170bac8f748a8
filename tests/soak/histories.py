"""Random histories of one product beside a model of a few lines: what is served is what the model says, always.

Deliveries good and bad, publications, rollbacks, withdrawals, reviews, retention; any of them may be killed or meet a
disk that refuses. After a fault a reader sees the state before or after; the next start settles on one of them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak import town
from tests.soak.town import Act, Ended, Violation, in_child

ACTS = {"deliver": 6, "bad": 2, "publish": 8, "roll_back": 3, "withdraw": 1, "lift": 4, "retire": 1}
MOMENTS = 160
"""A publication passes some hundred moments of change; a fault is planted at one of so many."""
STEPS = 60


@dataclass
class Model:
    """What the city should serve.

    ``batches`` are the versions ever served, by number, with their delivery; ``sure`` are those of them that
    retention cannot have touched.
    """

    batches: dict[int, int] = field(default_factory=dict)
    sure: set[int] = field(default_factory=set)
    version: int | None = None
    delivered: int | None = None
    is_bad: bool = False
    published: int | None = None
    is_rolled_back: bool = False
    withdrawn: int | None = None
    lifted: tuple[int, ...] = ()

    @property
    def is_kept_away(self) -> bool:
        """Whether a withdrawal stands that no review lifted."""
        return self.withdrawn is not None and self.withdrawn not in self.lifted

    def outcome(self) -> str:
        """What publishing comes to now."""
        if self.is_kept_away:
            return "withdrawn"
        if self.version is not None and self.is_rolled_back and self.delivered == self.published:
            return "unchanged"
        if self.is_bad:
            return "held"
        if self.version is not None and self.batches[self.version] == self.delivered:
            return "unchanged"
        return "published"

    def serve(self, version: int, batch: int) -> None:
        """A version is served now."""
        self.batches[version] = batch
        self.sure.add(version)
        self.version, self.withdrawn = version, None


@dataclass
class History:
    """One city, its model, and the story told so far."""

    root: Path
    rng: random.Random
    model: Model = field(default_factory=Model)
    story: list[str] = field(default_factory=list)
    batch: int = 0

    def do(self, act: Act, what: str, *, faulty: bool = True) -> Ended:
        """Do an act, now and then with a fault; returns how it ended."""
        fault = None
        luck = self.rng.random()
        moment = self.rng.randint(1, MOMENTS)
        if faulty and luck < 0.15:
            fault, what = town.kill_at(moment), f"{what}, killed at {moment}"
        elif faulty and luck < 0.25:
            fault, what = town.refuse_from(moment, self.rng), f"{what}, disk refuses at {moment}"
        self.story.append(what)
        ended = in_child(self.root, act, self.model.lifted, fault)
        self.story[-1] += f": {'killed' if ended.killed else ended.error or ended.answer}"
        return ended

    def ask(self, act: Act) -> town.Answer:
        """An act that must succeed."""
        ended = in_child(self.root, act, self.model.lifted)
        if ended.answer is None:
            raise Violation(f"{ended.kind}: {ended.error}")
        return ended.answer

    # Single steps ---------------------------------------------------------------------------

    def deliver(self, *, bad: bool) -> None:
        """A new delivery; it changes nothing that is served."""
        self.batch += 1
        self.do(town.deliver(self.batch, bad=bad), f"deliver {self.batch}{' bad' if bad else ''}", faulty=False)
        self.model.delivered, self.model.is_bad = self.batch, bad
        self.settle({self.model.version})

    def publish(self) -> None:
        """Publish what was delivered."""
        expected, before = self.model.outcome(), self.model.version
        ended = self.do(town.publish, f"publish (expecting {expected})")
        if ended.answer is not None:
            if ended.answer["outcome"] != expected:
                raise Violation(f"publish came to {ended.answer}, the model says {expected}")
            if expected == "published":
                self._published(int(ended.answer["version"]))
        elif not ended.killed and ended.kind != "OutsideError":
            raise Violation(f"publish ended by {ended.kind}: {ended.error}")
        elif expected == "published":
            self.settle({before, "new"})
            return
        self.settle({self.model.version})

    def _published(self, version: int) -> None:
        if self.model.batches and version <= max(self.model.batches):
            raise Violation(f"version {version} came after {max(self.model.batches)}")
        assert self.model.delivered is not None
        self.model.serve(version, self.model.delivered)
        self.model.published, self.model.is_rolled_back = self.model.delivered, False

    def roll_back(self) -> None:
        """Back to a version that was served once, or to one that never was."""
        before = self.model.version
        choice = [*sorted(self.model.batches), 999]
        version = self.rng.choice(choice)
        can_serve = before is not None or (self.model.withdrawn is not None and not self.model.is_kept_away)
        allowed = can_serve and version in self.model.batches and version != before
        ended = self.do(town.roll_back(version), f"roll back to {version}")
        if ended.answer is not None:
            if not allowed:
                raise Violation(f"a rollback to {version} was done; served was {before}")
            self._rolled_back(version)
        elif ended.killed or ended.kind == "OutsideError":
            self.settle({before, version} if allowed else {before})
            return
        elif allowed and version in self.model.sure:
            raise Violation(f"a rollback to {version} was refused: {ended.error}")
        self.settle({self.model.version})

    def _rolled_back(self, version: int) -> None:
        self.model.version, self.model.is_rolled_back, self.model.withdrawn = version, True, None

    def withdraw(self) -> None:
        """Take the product away."""
        before = self.model.version
        ended = self.do(town.take_away, "withdraw")
        if ended.answer is not None:
            if before is None:
                raise Violation("what is not served was withdrawn")
            self._withdrawn(int(ended.answer["entry"]))
        elif ended.killed or ended.kind == "OutsideError":
            self.settle({before, None})
            return
        elif before is not None:
            raise Violation(f"a withdrawal was refused: {ended.error}")
        self.settle({self.model.version})

    def _withdrawn(self, entry: int) -> None:
        self.model.version, self.model.withdrawn, self.model.is_rolled_back = None, entry, False

    def lift(self) -> None:
        """A decision ends the withdrawal; the next publication may then publish."""
        if self.model.withdrawn is not None and self.model.withdrawn not in self.model.lifted:
            self.model.lifted = (*self.model.lifted, self.model.withdrawn)
            self.story.append(f"lift {self.model.withdrawn}")

    def retire(self) -> None:
        """Old data goes; what is served and the newest few stay."""
        newest = sorted(self.model.batches)[-town.KEEP :]
        ended = self.do(town.retire, "retire")
        if ended.answer is None and not ended.killed and ended.kind != "OutsideError":
            raise Violation(f"retention ended by {ended.kind}: {ended.error}")
        self.model.sure &= {*newest, self.model.version or 0}
        self.settle({self.model.version})

    # Judgement ------------------------------------------------------------------------------

    def settle(self, allowed: set[int | str | None]) -> None:
        """A reader sees old or new; the next start settles on one; the audit finds nothing.

        ``new`` stands for a version that the model cannot know yet: the delivery's.
        """
        first = self.ask(town.look)
        for tier in town.TIERS:
            if not self._is_allowed(first[tier], allowed):
                raise Violation(f"{tier} serves {first[tier]}, allowed is {allowed}")
        self.ask(town.mend)
        seen = self.ask(town.look)
        served = {(s["version"], s["batch"]) if s else None for s in seen.values()}
        if len(served) != 1 or not self._is_allowed(seen["internal"], allowed):
            raise Violation(f"after the next start {seen} is served, allowed is {allowed}")
        if first["internal"] and first["internal"]["version"] != self.model.version and seen != first:
            settled = seen["internal"]
            if settled is None or settled["version"] != first["internal"]["version"]:
                raise Violation(f"a release that was seen went back: {first}, then {seen}")
        self._take_over(seen["internal"])
        findings = self.ask(town.audit)["findings"]
        if findings:
            raise Violation(f"the audit finds {findings}")

    def _is_allowed(self, seen: town.Answer | None, allowed: set[int | str | None]) -> bool:
        if seen is None:
            return None in allowed
        if seen["version"] in self.model.batches:
            return seen["version"] in allowed and seen["batch"] == self.model.batches[seen["version"]]
        return "new" in allowed and seen["batch"] == self.model.delivered

    def _take_over(self, seen: town.Answer | None) -> None:
        """The model learns on which side of a fault the city came down."""
        version = seen["version"] if seen else None
        if version == self.model.version:
            return
        if version is None:
            self._withdrawn(int(self.ask(town.standing)["entry"]))
        elif version in self.model.batches:
            self._rolled_back(version)
        else:
            self._published(version)


def once(folder: Path, seed: int, shared: Path) -> int:
    """One history of some sixty steps; its story is kept beside the city."""
    del shared
    rng = random.Random(seed)
    history = History(folder / "city", rng)
    history.root.mkdir(parents=True)
    try:
        history.deliver(bad=False)
        for _ in range(STEPS):
            match rng.choices(list(ACTS), list(ACTS.values()))[0]:
                case "deliver":
                    history.deliver(bad=False)
                case "bad":
                    history.deliver(bad=True)
                case "publish":
                    history.publish()
                case "roll_back":
                    history.roll_back()
                case "withdraw":
                    history.withdraw()
                case "lift":
                    history.lift()
                case "retire":
                    history.retire()
    finally:
        (folder / "story.txt").write_text("\n".join(history.story) + "\n", encoding="utf-8")
    return STEPS
