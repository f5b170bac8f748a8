"""A small city whose every delivery carries its number in each record, and what may be done to it, each in a fork.

Belongs here: the acts (deliver, publish, roll back, withdraw, lift, retire, recover) and the look that a reader takes,
as plain answers. Every act happens in a forked child, so that a kill ends the child alone and no engine's thread
ever stands in the process that forks. Does not belong here: which act comes when, and what is expected of it.
"""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

from contracts import kept
from contracts.city import Retention
from contracts.errors import CauceError
from contracts.evidence import EntryKind
from contracts.release import current
from orchestration.ingest.manifest import landing_path, numbers, read
from orchestration.publish import recover, retention, rollback, withdraw
from orchestration.publish.audit import verify
from tests.unit.orchestration.publish.publish_world import AS_OF, World, rows, ruling, waiting

PRODUCT = "cases"
TIERS = ("internal", "public")
KEEP = 3
Answer = dict[str, Any]
Act = Callable[[World], Answer]
DISK_FAULTS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT)


@dataclass(frozen=True)
class Ended:
    """How a child ended: with an answer, by an error of ours, or killed."""

    answer: Answer | None
    error: str = ""
    kind: str = ""
    killed: bool = False


class Violation(AssertionError):
    """Something that must never be seen was seen."""


def open_world(root: Path, lifted: tuple[int, ...] = ()) -> World:
    """The city below ``root`` as the last process left it; ``lifted`` are withdrawals that a decision ended."""
    reviews = tuple(ruling("review", PRODUCT, lifts=entry, until=None) for entry in lifted)
    world = World(root, rulings=reviews)
    if numbers(world.home, "requests"):
        waiting(world)
        _tell_landings(world)
    return world


def _tell_landings(world: World) -> None:
    """Enter landings that a kill kept out of the ledger, as the job does at the start of a run."""
    told = {int(e.body["landing"]) for e in world.ledger.entries(EntryKind.LANDING)}
    for n in sorted(set(numbers(world.home, "requests")) - told):
        landing = read(landing_path(world.home, "requests", n))
        body = {
            "source": "requests",
            "landing": n,
            "landing_sha256": kept.sha256_bytes(landing.to_json()),
            "raw_sha256": landing.raw_sha256,
            "received": landing.received,
        }
        world.ledger.append(EntryKind.LANDING, body, AS_OF)


# Acts ---------------------------------------------------------------------------------------


def deliver(batch: int, *, bad: bool = False) -> Act:
    """A new delivery; each record carries ``batch``, and the number of records follows from it."""

    def act(world: World) -> Answer:
        table = [(r[0], f"batch {batch}", *r[2:]) for r in rows(records(batch))]
        if bad:
            table[0] = (*table[0][:6], "nobody", table[0][7])
        world.deliver(table)
        return {}

    return act


def records(batch: int) -> int:
    """How many records a batch has: few steps up and down, so that no change of count holds a release."""
    return 38 + batch % 5


def publish(world: World) -> Answer:
    """Try to publish what was delivered last."""
    attempt = world.publish()
    why = sorted({reason.rule for reason in attempt.reasons})
    return {"outcome": attempt.outcome, "version": attempt.version, "why": why}


def roll_back(version: int) -> Act:
    """Serve an older version again."""

    def act(world: World) -> Answer:
        done = rollback.rollback(
            world.home,
            world.ledger,
            PRODUCT,
            version,
            city=world.city,
            reason="a trial",
            by="soak@example.gov",
            at=AS_OF + timedelta(hours=3),
        )
        return {"version": done.version}

    return act


def take_away(world: World) -> Answer:
    """Withdraw the product; the answer names the entry that a review lifts."""
    order = withdraw.Order("a trial", "soak@example.gov", date(2026, 2, 1))
    return {"entry": withdraw.withdraw(world.home, world.ledger, PRODUCT, order, AS_OF + timedelta(hours=3)).entry}


def retire(world: World) -> Answer:
    """Let retention remove what is old: here everything but the newest few."""
    city = replace(world.city, retention=Retention(KEEP, 0))
    return {"said": list(retention.retire(world.home, world.ledger, city, AS_OF.replace(tzinfo=UTC, year=2031)))}


def mend(world: World) -> Answer:
    """What the next start does."""
    return {"said": list(recover.recover(world.home, world.ledger, AS_OF))}


def standing(world: World) -> Answer:
    """The entry of the withdrawal that stands, if one does."""
    found = withdraw.standing(world.home, world.ledger, PRODUCT)
    return {"entry": found.entry if found else None}


def look(world: World) -> Answer:
    """What a reader of each tier finds: version and batch, every file and record checked; None where nothing."""
    return {tier: see(world, tier) for tier in TIERS}


def see(world: World, tier: str) -> Answer | None:
    """One tier's release, whole.

    Raises:
        Violation: Its records are of several deliveries, or not as many as its manifest says.
    """
    import duckdb

    release = current(world.home, tier, PRODUCT)
    if release is None:
        return None
    paths = {file.path: release.local(file.path) for file in release.manifest.files}
    found: tuple[Any, ...] | None = None
    with duckdb.connect(config={"threads": 1, "memory_limit": "256MB"}) as connection:
        for name, reader in (("data.parquet", "read_parquet"), ("data.csv", "read_csv")):
            found = connection.execute(
                f"select count(*), count(distinct category), min(category) from {reader}('{paths[name]}')"
            ).fetchone()
            if found is None or found[:2] != (release.manifest.rows, 1):
                raise Violation(f"{tier} {name} of version {release.manifest.version}: {found}, {release.manifest}")
    assert found is not None
    return {
        "version": release.manifest.version,
        "commit": release.commit.n,
        "batch": int(found[2].removeprefix("batch ")),
    }


def audit(world: World) -> Answer:
    """All findings of the audit."""
    return {"findings": verify(world.home)}


# Children -----------------------------------------------------------------------------------


def in_child(root: Path, act: Act, lifted: tuple[int, ...] = (), fault: Callable[[], None] | None = None) -> Ended:
    """Do ``act`` in a forked child; ``fault`` prepares what will go wrong there.

    Raises:
        Violation: The child ended by what is no error of ours.
    """
    answer = root / "answer.json"
    answer.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        code = 70
        try:
            world = open_world(root, lifted)
            if fault is not None:
                fault()
            try:
                told: Answer = {"answer": act(world)}
            except CauceError as error:
                told = {"error": error.message, "kind": type(error).__name__}
            answer.write_text(json.dumps(told), encoding="utf-8")
            code = 0
        except BaseException:  # noqa: BLE001 - the border of a forked child: whatever it is, it is told and judged
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) != signal.SIGKILL or fault is None:
            raise Violation(f"an act died of signal {os.WTERMSIG(status)}")
        return Ended(None, killed=True)
    if os.WEXITSTATUS(status):
        raise Violation(f"an act ended with exit {os.WEXITSTATUS(status)} (its story stands above)")
    told = json.loads(answer.read_text(encoding="utf-8"))
    return Ended(told.get("answer"), told.get("error", ""), told.get("kind", ""))


def kill_at(moment: int) -> Callable[[], None]:
    """Kill the process at the ``moment``-th moment of its changes to the disk."""
    return _at(moment, lambda: os.kill(os.getpid(), signal.SIGKILL))


def refuse_from(moment: int, rng: random.Random) -> Callable[[], None]:
    """Let the disk refuse every change from the ``moment``-th moment on, or that one alone."""
    code, once = rng.choice(DISK_FAULTS), rng.random() < 0.5

    def refuse() -> None:
        raise OSError(code, os.strerror(code))

    return _at(moment, refuse, once=once)


def _at(moment: int, act: Callable[[], None], *, once: bool = True) -> Callable[[], None]:
    def prepare() -> None:
        counted = 0

        def witness(_moment: kept.Moment, _name: str, _path: Path | str) -> None:
            nonlocal counted
            counted += 1
            if counted == moment or (counted > moment and not once):
                act()

        kept.witness = witness

    return prepare
