"""Run the trials until the time is over, or until the first violation.

    python -m tests.soak --minutes 60
    python -m tests.soak --minutes 10 --only kills,readers --seed 7
    python -m tests.soak --one readers --seed 123456       # a single piece again
    python -m tests.soak --minutes 600 --jobs 8            # a night on a larger machine

A violation keeps the folder of its piece and tells the seed and the command that repeats it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure import keep, machine, table
from tests.integration.whole_city import ENGINE, copy_checkout

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = {"kills": 10, "runs": 5, "histories": 5, "readers": 4, "bytes": 3, "fuzz": 4}
"""How the time is shared among the kinds."""
LONGEST = 1_800
"""Seconds after which a piece counts as hanging."""
ROOM = 3_000_000_000
"""Bytes that must be free before a piece begins."""
TELL_EVERY = 120


@dataclass
class Tally:
    """What one kind came to."""

    begun: int = 0
    pieces: int = 0
    trials: int = 0
    violations: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    seeds: list[int] = field(default_factory=list)

    def add(self, seed: int, piece: Piece) -> None:
        """Count a finished piece."""
        self.pieces += 1
        self.trials += piece.trials
        self.violations += bool(piece.problem)
        self.seconds += piece.seconds
        self.cpu_seconds += piece.cpu_seconds
        self.peak_mb = max(self.peak_mb, piece.peak_mb)
        self.seeds.append(seed)


@dataclass(frozen=True)
class Piece:
    """One finished piece of a kind."""

    trials: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    problem: str = ""


def run_piece(kind: str, seed: int, folder: Path, shared: Path, checkout: Path) -> Piece:
    """One piece in a process of its own, over a copy of the checkout that stands still, with a time limit."""
    command = [sys.executable, "-m", "tests.soak", "--one", kind, "--seed", str(seed)]
    started = time.monotonic()
    with (folder / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            [*command, "--folder", str(folder), "--shared", str(shared)],
            cwd=checkout,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        hung = False
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            if time.monotonic() - started > LONGEST and not hung:
                os.killpg(process.pid, signal.SIGKILL)
                hung = True
            time.sleep(0.2)
    process.returncode = os.waitstatus_to_exitcode(status)
    text = (folder / "said.txt").read_text(encoding="utf-8", errors="replace").strip()
    last = text.splitlines()[-1] if text else ""
    ok = process.returncode == 0 and last.startswith("{")
    problem = "" if ok else f"hung for {LONGEST} s" if hung else f"exit {process.returncode}\n{text[-6000:]}"
    unit = 1 if sys.platform == "darwin" else 1024
    return Piece(
        trials=int(json.loads(last)["trials"]) if ok else 0,
        seconds=time.monotonic() - started,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_mb=usage.ru_maxrss * unit / 1e6,
        problem=problem,
    )


def one(kind: str, seed: int, folder: Path, shared: Path) -> None:
    """Be one piece; the last line printed tells how many trials it made."""
    for path in (folder, shared):
        path.mkdir(parents=True, exist_ok=True)
    trials = importlib.import_module(f"tests.soak.{kind}").once(folder, seed, shared)
    print(json.dumps({"trials": trials}))  # noqa: T201 - what the parent reads


def say(text: str) -> None:
    """A line to whoever watches."""
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
    sys.stdout.flush()


@dataclass
class Soak:
    """One soak under way: what is tried, what came of it, when it ends. Its methods are called by one thread each."""

    kinds: list[str]
    seed: int
    root: Path
    end: float
    tallies: dict[str, Tally] = field(default_factory=dict)
    story: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)
    told: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.tallies = {kind: Tally() for kind in self.kinds}

    def draw(self) -> tuple[str, int] | None:
        """The next piece: a kind not tried yet, or the one that had least of its share; None at the end."""
        with self.lock:
            fresh = [kind for kind in self.kinds if not self.tallies[kind].begun]
            if self.story or (not fresh and time.monotonic() >= self.end):
                return None
            if (free := shutil.disk_usage(self.root).free) < ROOM:
                self.story = f"only {free / 1e9:.1f} GB are free below {self.root}: nothing more was tried"
                return None
            kind = fresh[0] if fresh else min(self.kinds, key=self._had)
            tally = self.tallies[kind]
            tally.begun += 1
            return kind, random.Random(f"{self.seed} {kind} {tally.begun}").randrange(1, 10**9)

    def _had(self, kind: str) -> float:
        tally = self.tallies[kind]
        under_way = (tally.begun - tally.pieces) * tally.seconds / max(tally.pieces, 1)
        return (tally.seconds + under_way) / WEIGHTS[kind]

    def work(self) -> None:
        """Try piece after piece until the end, or until anybody met a violation."""
        while (drawn := self.draw()) is not None:
            kind, seed = drawn
            folder = Path(tempfile.mkdtemp(prefix=f"{kind}-{seed}-", dir=self.root))
            piece = run_piece(kind, seed, folder, self.root / "shared", self.root / "checkout")
            with self.lock:
                self.take(kind, seed, piece, folder)
            if not piece.problem:
                shutil.rmtree(folder, ignore_errors=True)

    def take(self, kind: str, seed: int, piece: Piece, folder: Path) -> None:
        """Count a finished piece; tell of it where it is time, or where it met a violation."""
        self.tallies[kind].add(seed, piece)
        if piece.problem:
            again = f"python -m tests.soak --one {kind} --seed {seed}"
            self.story += f"{kind}, seed {seed}: {piece.problem}\nkept: {folder}\nagain: {again}\n"
        elif time.monotonic() - self.told > TELL_EVERY:
            self.told = time.monotonic()
            left = max(0.0, self.end - self.told) / 60
            counts = "; ".join(f"{k} {t.trials:,}" for k, t in self.tallies.items())
            say(f"{counts}; no violation; {left:.0f} min left")


def soak(kinds: list[str], minutes: float, seed: int, root: Path, jobs: int) -> tuple[dict[str, Tally], str]:
    """Try until the time is over, at least each kind once; returns the tallies and the story of a violation."""
    copy_checkout(root / "checkout", (*ENGINE, "tests", "bench"))
    if {"bytes", "runs"} & set(kinds):
        from tests.soak.reference import reference

        reference(root / "shared")
    under_way = Soak(kinds, seed, root, time.monotonic() + minutes * 60)
    workers = [threading.Thread(target=under_way.work) for _ in range(jobs)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return under_way.tallies, under_way.story.strip()


def show(tallies: dict[str, Tally]) -> str:
    """The closing table."""
    head = ["kind", "pieces", "trials", "violations", "minutes", "CPU minutes", "peak MB"]
    rows = [
        [k, t.pieces, t.trials, t.violations, t.seconds / 60, t.cpu_seconds / 60, t.peak_mb] for k, t in tallies.items()
    ]
    return table(head, rows)


def main() -> None:
    """Try, tell, keep the result; the exit code is 1 after a violation."""
    parser = argparse.ArgumentParser(description="Long trials of the whole.")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to try; each kind is tried at least once")
    parser.add_argument("--only", default=",".join(WEIGHTS), help=f"kinds, separated by commas: {', '.join(WEIGHTS)}")
    parser.add_argument("--jobs", type=int, default=2, help="pieces at a time")
    parser.add_argument("--seed", type=int, default=None, help="decides everything; drawn and told if not given")
    parser.add_argument("--one", choices=sorted(WEIGHTS), help="a single piece of this kind, in this process")
    parser.add_argument("--folder", type=Path, help="where to work; a new temporary folder if not given")
    parser.add_argument("--shared", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(1, 10**6) if options.seed is None else options.seed
    root = options.folder or Path(tempfile.mkdtemp(prefix="cauce-soak-"))
    if options.one:
        one(options.one, seed, root, options.shared or root / "shared")
        return
    kinds = options.only.split(",")
    if unknown := sorted(set(kinds) - set(WEIGHTS)):
        parser.error(f"no such kind: {', '.join(unknown)}")
    root.mkdir(parents=True, exist_ok=True)
    os.nice(10)
    started = datetime.now(UTC)
    say(f"soak: {options.minutes:g} minutes of {', '.join(kinds)}; seed {seed}; working in {root}")
    tallies, violation = soak(kinds, options.minutes, seed, root, options.jobs)
    result: dict[str, Any] = {
        "machine": machine(),
        "started": started.isoformat(timespec="seconds"),
        "minutes": round((datetime.now(UTC) - started).total_seconds() / 60, 1),
        "seed": seed,
        "kinds": {kind: vars(tally) for kind, tally in tallies.items()},
        "violation": violation,
    }
    path = keep("soak", result)
    say(f"{'VIOLATION' if violation else 'nothing lost, nothing mixed'}; kept in {path.relative_to(ROOT)}")
    sys.stdout.write(f"{show(tallies)}\n")
    if violation:
        sys.stdout.write(f"\n{violation}\n")
        sys.exit(1)
    if options.folder is None:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
