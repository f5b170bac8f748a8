"""The city in a folder of its own, and the real command over it.

Belongs here: copying the content, writing deliveries, running ``cauce`` in this process and keeping all it says. Does
not belong here: what happens on which day (``story``).
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from unittest.mock import patch

ROOT: Final = Path(__file__).resolve().parents[2]
CITY: Final = "aviary"
AS_OF: Final = "2026-04-01T05:00:00Z"


@dataclass(frozen=True)
class Said:
    """What a command answered.

    Attributes:
        command: Its words.
        code: Its exit code.
        out: What it printed.
        errors: Progress and messages.
    """

    command: str
    code: int
    out: str
    errors: str


@dataclass
class Place:
    """A copy of the city's content and its state, and all that commands said so far."""

    root: Path
    said: list[Said] = field(default_factory=list)

    @property
    def content(self) -> Path:
        """The city's own folder."""
        return self.root / "cities" / CITY

    @property
    def var(self) -> Path:
        """State of all cities, Dagster's beside it."""
        return self.root / "var"

    @property
    def home(self) -> Path:
        """The city's state."""
        return self.var / CITY

    def settle(self) -> None:
        """Copy the content, and nothing else."""
        shutil.copytree(ROOT / "tests" / "content" / CITY, self.content)
        (self.content / "deliveries").mkdir()

    def deliver(self, name: str, data: bytes) -> None:
        """A new delivery in place of the one before."""
        (self.content / "deliveries" / name).write_bytes(data)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a text that stands in a file of the city's folder once."""
        path = self.content / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old, text.count(old))
        path.write_text(text.replace(old, new), encoding="utf-8")

    def add(self, name: str, text: str) -> None:
        """Add to a file of the city's folder, or make it."""
        with (self.content / name).open("a", encoding="utf-8") as file:
            file.write(text)

    @property
    def environment(self) -> Mapping[str, str]:
        """What the command reads of the environment."""
        return {
            "CAUCE_HOME": str(self.var),
            "CAUCE_CITIES": str(self.root / "cities"),
            "CAUCE_CITY": CITY,
            "GX_ANALYTICS_ENABLED": "false",
            "COLUMNS": "400",
        }

    def cauce(self, *words: str, code: int | None = None) -> Said:
        """Run the command in this process, border and all, and keep what it says; signals stay with the tests.

        Raises:
            AssertionError: It ended with another code than expected.
        """
        from orchestration.cli.main import command

        out, errors = io.StringIO(), io.StringIO()
        argv = ["cauce", *words]
        found = 0
        with (
            patch.dict(os.environ, self.environment),
            patch.object(sys, "argv", argv),
            patch("orchestration.stopping.listen"),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(errors),
        ):
            try:
                command()
            except SystemExit as end:
                found = end.code if isinstance(end.code, int) else int(end.code is not None)
        return self._keep(Said(" ".join(words), found, out.getvalue(), errors.getvalue()), code)

    def killed(self, moment: tuple[str, str, str], *words: str) -> Said:
        """Run the command in a process of its own, which is killed at a moment of its writing."""
        script = ROOT / "tests" / "faultlayer" / "killed_run.py"
        done = subprocess.run(
            [sys.executable, str(script), *moment, *words],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        return self._keep(Said(" ".join(words), done.returncode, done.stdout, done.stderr), -9)

    def _keep(self, said: Said, code: int | None) -> Said:
        self.said.append(said)
        assert code is None or said.code == code, f"{said.command}: exit {said.code}\n{said.out}\n{said.errors}"
        return said
