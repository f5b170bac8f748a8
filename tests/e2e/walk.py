"""A page that shows commands with what they say, run again: the commands, and what is compared.

Belongs here: taking ``console`` blocks out of a page, running their commands in one folder, and holding what came
against what is shown. Does not belong here: which page (``test_walk``).

A line ``…`` in a page stands for any lines; ``…`` within a line for the rest of it. Ports of local portals, which
differ from run to run, are put in their places before.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LEFT_OUT = "…"


@dataclass(frozen=True)
class Step:
    """One command of a page, and what is shown of its output; ``line`` is the command's in the page."""

    line: int
    command: str
    shown: tuple[str, ...]


def steps_of(page: str) -> Iterator[Step]:
    """The commands of a page, in order."""
    for block in _BLOCK.finditer(page):
        first = page.count("\n", 0, block.start()) + 2
        lines = block[1].splitlines()
        starts = [n for n, line in enumerate(lines) if line.startswith("$ ")]
        for n, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            yield Step(first + n, lines[n][2:], tuple(lines[n + 1 : end]))


@dataclass
class Walker:
    """Runs commands in one folder, one after the other; what ``export`` sets stays."""

    folder: Path
    ports: Mapping[str, str]

    def __post_init__(self) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CAUCE_")}
        self.environment = {**kept, "PATH": path, "COLUMNS": "200", "LC_ALL": "C.UTF-8"}
        self.exports: list[str] = []

    def run(self, command: str) -> list[str]:
        """What a command says, line by line, without blanks at the ends."""
        if command.startswith("export "):
            self.exports.append(command)
            return []
        for shown, real in self.ports.items():
            command = command.replace(shown, real)
        script = "\n".join([*self.exports, command])
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        said = done.stdout + (done.stderr if done.returncode else "")
        for shown, real in self.ports.items():
            said = said.replace(real, shown)
        return [line.rstrip() for line in said.replace(f"{self.folder}/", "").splitlines()]


def differs(shown: tuple[str, ...], said: list[str]) -> str | None:
    """Where what was said is not what is shown; None where it is."""
    parts = [f"{re.escape(line.removesuffix(LEFT_OUT))}{'.*' if line.endswith(LEFT_OUT) else ''}" for line in shown]
    pattern = ""
    for line, part in zip(shown, parts, strict=True):
        pattern += r"(?:[^\n]*\n)*?" if line == LEFT_OUT else f"{part}\n"
    text = "".join(f"{line}\n" for line in said)
    return None if re.fullmatch(pattern, text) else f"shown:\n{chr(10).join(shown)}\nsaid:\n{text}"
