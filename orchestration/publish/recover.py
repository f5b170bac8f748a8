"""What a crash left behind: finished where an intent was declared, swept where none was.

Belongs here: rolling intents forward, removing unfinished work. Runs at the start of every run, under the
city's lock: sweeping while somebody publishes would take their work away. Does not belong here: repairing
a kept file that was altered (``audit`` names it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts import kept, tiers
from contracts.errors import ArtefactError, OutsideError
from contracts.evidence import Ledger
from contracts.home import CityHome
from contracts.release import commits, product_name
from orchestration import logs
from orchestration.ingest.web.unfinished import forget_old
from orchestration.publish import commit, evidence_files, removal

_DIGEST = re.compile(r"[0-9a-f]{64}")


def recover(home: CityHome, ledger: Ledger, at: datetime) -> tuple[str, ...]:
    """Finish or sweep what the last process left; one sentence for each thing done, empty if nothing.

    A city without ``plan.json`` was never run, or restored from a copy that says nothing of unfinished work: there
    everything is looked at.

    Args:
        home: The city's state.
        ledger: Its ledger.
        at: The time written in the ledger.

    Raises:
        ArtefactError: An intent cannot be finished, because what it names is missing or altered.
        OutsideError: The disk refused.
    """
    done: list[str] = []
    try:
        if leftovers(home) or not home.plan.exists():
            done += finish_intents(home, ledger, at)
            done += [*removal.finish(home, ledger), *_sweep_releases(home, ledger)]
        done += _sweep_files(home)
        _mend_head(ledger)
    except OSError as error:
        raise OutsideError(
            "what a crash left behind cannot be removed", where=str(error.filename), found=error.strerror
        ) from error
    return tuple(done)


def _mend_head(ledger: Ledger) -> None:
    """Let the ledger's head catch up with an entry after which a crash came; never with an edited one."""
    newest, _ = ledger.head()
    named, _ = ledger.named()
    if newest and named == newest - 1:
        ledger.write_head()


def leftovers(home: CityHome) -> tuple[Path, ...]:
    """What stands in the work folder.

    Whoever commits keeps something there until the end, so that nothing there means that nothing was cut short.
    """
    return tuple(sorted(home.work.iterdir())) if home.work.is_dir() else ()


def finish_intents(home: CityHome, ledger: Ledger, at: datetime, product: str | None = None) -> Iterator[str]:
    """Carry out every open intent (of ``product``, if given); safe beside other publishers.

    An intent of which nothing is committed yet, and whose files are no longer what it says, is abandoned.
    """
    for entry in list(commit.open_intents(ledger, home)):
        plan = commit.Plan.of(entry)
        if product not in (None, plan.product):
            continue
        try:
            finished = commit.finish(home, ledger, entry, at, renumber=True)
        except ArtefactError as error:
            if commit.is_begun(home, entry):
                raise
            yield f"abandoned the {plan.told}: {error.what}"
            continue
        if finished:
            yield f"finished the {plan.told} that a crash had cut short"


def _sweep_files(home: CityHome) -> Iterator[str]:
    for path in leftovers(home):
        kept.remove(path)
        yield f"removed unfinished work {path.name}"
    for path in unfinished_files(home):
        kept.remove(path)
        yield f"removed the unfinished file {path.relative_to(home.root)}"
    for fetch in forget_old(home, logs.now()):
        yield f"removed {fetch.sentence}: too old to be gone on with"
    for begun in home.shelf.unfinished():
        home.shelf.forget(begun)
        yield f"removed the unfinished file releases/{begun}"


def _sweep_releases(home: CityHome, ledger: Ledger) -> Iterator[str]:
    for name in stray_versions(home):
        home.shelf.remove(name)
        yield f"removed releases/{name}, which was never published"
    for path in stray_evidence(home, ledger):
        kept.remove(path)
        yield f"removed {path.relative_to(home.root)}, which no entry names"
    for tier, product in list(released(home)):
        if not home.shelf.children(product_name(tier, product)):
            home.shelf.remove(product_name(tier, product))
    for tier, product in released(home):
        commit.refresh_hint(home, tier, product)


def released(home: CityHome) -> Iterator[tuple[str, str]]:
    """Tier and product of every release folder, sorted."""
    for tier in tiers.TIERS:
        yield from ((tier, child.name) for child in home.shelf.children(tier) if child.is_folder)


def unfinished_files(home: CityHome) -> tuple[Path, ...]:
    """Temporary files in the folders that are kept, beside those on the shelf."""
    roots = (home.ledger, home.raw)
    found = [p for root in roots if root.is_dir() for p in root.rglob(f"{kept.TEMPORARY_PREFIX}*")]
    return tuple(sorted(found))


def stray_versions(home: CityHome) -> tuple[str, ...]:
    """Names of versions that no commit names."""
    found: list[str] = []
    for tier, product in released(home):
        folder = product_name(tier, product)
        named = {str(c.version) for c in commits(home, tier, product)}
        there = [c.name for c in home.shelf.children(folder) if c.is_folder and c.name.isdigit()]
        found += [f"{folder}/{name}" for name in there if name not in named]
    return tuple(found)


def stray_evidence(home: CityHome, ledger: Ledger) -> tuple[Path, ...]:
    """Evidence files whose digest stands nowhere in the ledger."""
    folder = evidence_files.folder(home)
    if not folder.is_dir():
        return ()
    there = {p.stem: p for p in sorted(folder.glob("*.json"))}
    if not there:
        return ()
    for entry in ledger.entries():
        for digest in digests(entry.body):
            there.pop(digest, None)
    return tuple(there.values())


def is_digest(text: str) -> bool:
    """Whether ``text`` has the form of a SHA-256."""
    return _DIGEST.fullmatch(text) is not None


def digests(value: Any) -> Iterator[str]:
    """Every SHA-256 that stands anywhere in ``value``."""
    if isinstance(value, str):
        if is_digest(value):
            yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from digests(item)
    elif isinstance(value, list):
        for item in value:
            yield from digests(item)
