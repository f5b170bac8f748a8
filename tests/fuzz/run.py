"""Fuzz of every parser that meets foreign bytes, with seeds, in a process of its own.

``python -m tests.fuzz.run PARSER SEED INPUTS`` tries them and prints what came of it; a finding is written to
``OUT`` and can be made again: the same parser, seed and number give the same bytes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.parsers import PARSERS, ROOT, input_of

OUT = Path(tempfile.gettempdir()) / "cauce-fuzz-findings"
MOST_MEMORY = 2_000_000
"""KiB that the process of the trials may take at most."""


@dataclass(frozen=True)
class Finding:
    """An input over which a parser stumbled: number, what happened (raised, crashed, hung, memory), detail."""

    n: int
    kind: str
    detail: str
    kept: Path


@dataclass
class FuzzResult:
    """What came of one parser's inputs. Units: CPU seconds of the process, KiB."""

    parser: str
    seed: int
    inputs: int
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    cpu_seconds: float = 0.0
    peak_kib: int = 0

    def __str__(self) -> str:
        told = ", ".join(f"{n:,} {name}" for name, n in sorted(self.outcomes.items()))
        lines = [f"{self.parser} seed {self.seed}: {told}; {self.cpu_seconds:.1f} CPU s, {self.peak_kib // 1024} MiB"]
        lines += [f"  input {f.n} {f.kind}: {f.detail} [{f.kept}]" for f in self.findings]
        return "\n".join(lines)


def fuzz(parser: str, seed: int, inputs: int) -> FuzzResult:
    """Try ``inputs`` inputs of one parser."""
    return fuzz_all([(parser, seed, inputs)])[0]


def fuzz_all(plan: Sequence[tuple[str, int, int]]) -> list[FuzzResult]:
    """Try several parsers one after the other in one process; where one ends it, another goes on behind it."""
    results = [FuzzResult(parser, seed, inputs) for parser, seed, inputs in plan]
    left = [(result, 0) for result in results]
    while left:
        left = _run(left)
    return results


def _run(left: list[tuple[FuzzResult, int]]) -> list[tuple[FuzzResult, int]]:
    """One process; what it left undone."""
    plan = [[result.parser, result.seed, first, result.inputs - first] for result, first in left]
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.child", json.dumps(plan)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as child:
            assert child.stdout is not None
            at, begun, spent = 0, -1, 0.0
            for line in child.stdout:
                said = json.loads(line)
                while said["parser"] != left[at][0].parser or said["n"] < left[at][1]:
                    at += 1
                result = left[at][0]
                begun = said["n"]
                if "outcome" in said:
                    spent = _take(result, said, spent)
                    begun = -1
        errors.seek(0)
        told = errors.read()[-4000:]
    if child.returncode == 0:
        return []
    result = left[at][0]
    number = max(begun, 0)
    kind = "hung" if "Timeout" in told else "crashed"
    _keep(result, number, kind, told)
    rest = [(result, number + 1)] if number + 1 < result.inputs else []
    return rest + left[at + 1 :]


def _take(result: FuzzResult, said: dict[str, object], spent: float) -> float:
    outcome, cpu = str(said["outcome"]), float(str(said["cpu"]))
    result.outcomes[outcome] += 1
    result.cpu_seconds += cpu - spent
    result.peak_kib = max(result.peak_kib, int(str(said["peak"])))
    if outcome == "raised":
        _keep(result, int(str(said["n"])), "raised", str(said["detail"]), count=False)
    if result.peak_kib > MOST_MEMORY:
        _keep(result, int(str(said["n"])), "memory", f"{result.peak_kib:,} KiB", count=False)
    return cpu


def _keep(result: FuzzResult, n: int, kind: str, detail: str, *, count: bool = True) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{result.parser}-{result.seed}-{n}"
    path.write_bytes(input_of(result.parser, result.seed, n).data)
    result.findings.append(Finding(n, kind, detail, path))
    if count:
        result.outcomes[kind] += 1


if __name__ == "__main__":
    named = PARSERS if sys.argv[1] == "all" else (sys.argv[1],)
    found = fuzz_all([(name, int(sys.argv[2]), int(sys.argv[3])) for name in named])
    sys.stdout.write("\n".join(map(str, found)) + "\n")
    sys.exit(1 if any(r.findings for r in found) else 0)
