"""Timing a command as a whole: seconds, peak memory, and when each of its lines came.

Belongs here: starting processes and reading the system's own account of them. Does not belong here: what is
compared with what.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = Path(__file__).resolve().parent / "out"


@dataclass(frozen=True)
class Measured:
    """One finished command.

    Attributes:
        seconds: Wall time of the whole process, start-up included.
        peak_mb: Largest resident set of the process or of any process it started, in units of 10^6 bytes.
        cpu_seconds: User and system time of the process and of all it started: what other work on the machine
            changes least.
        exit_code: As the command ended.
        output: What it printed.
        lines: Lines of its standard error, each with the seconds since the start.
    """

    seconds: float
    peak_mb: float
    exit_code: int
    output: str
    lines: tuple[tuple[float, str], ...] = field(repr=False)
    cpu_seconds: float = 0.0

    def times(self) -> dict[str, float]:
        """What a result keeps of it."""
        return {
            "seconds": round(self.seconds, 3),
            "cpu_seconds": round(self.cpu_seconds, 3),
            "peak_mb": round(self.peak_mb, 1),
        }

    def json(self) -> dict[str, Any]:
        """The JSON object it printed.

        Raises:
            RuntimeError: It printed none.
        """
        try:
            value: dict[str, Any] = json.loads(self.output)
        except ValueError as error:
            raise RuntimeError(f"exit {self.exit_code}, no JSON: {self.output[:2000]} {self.errors()}") from error
        return value

    def errors(self) -> str:
        """The last lines of its standard error."""
        return "\n".join(text for _, text in self.lines[-20:])


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> Measured:
    """Run ``command`` in ``folder`` and measure it."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    lines: list[tuple[float, str]] = []

    def listen() -> None:
        assert process.stderr is not None
        lines.extend((time.perf_counter() - started, line.decode(errors="replace").rstrip()) for line in process.stderr)

    listener = threading.Thread(target=listen)
    listener.start()
    output = process.stdout.read().decode(errors="replace")
    listener.join()
    process.stdout.close()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    spent = usage.ru_utime + usage.ru_stime
    return Measured(seconds, usage.ru_maxrss * unit / 1e6, process.returncode, output, tuple(lines), spent)


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    import duckdb

    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _line("/proc/cpuinfo", "model name") or platform.processor(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load_before": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
        "system": f"{platform.system()} {platform.release()}",
        "measured": datetime.now(UTC).date().isoformat(),
    }


def _line(path: str, name: str) -> str:
    """The value of the first line of a text file that begins with ``name``; empty where there is none."""
    file = Path(path)
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def keep(name: str, result: Mapping[str, Any]) -> Path:
    """Write a result to ``bench/out/<name>.json``."""
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.json"
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as aligned text; the first column to the left, the others to the right."""
    texts = [[cell(value) for value in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in texts) for i in range(len(head))]
    lines = [
        "  ".join(t.ljust(w) if i == 0 else t.rjust(w) for i, (t, w) in enumerate(zip(row, widths, strict=True)))
        for row in texts
    ]
    return "\n".join([lines[0], "  ".join("-" * w for w in widths), *lines[1:]])


def cell(value: object) -> str:
    """A value as a table shows it."""
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
