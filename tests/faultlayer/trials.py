"""Trials of one kind of work on one kind of store: the city it begins with, its points, one fault at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.faultlayer import object_store
from tests.faultlayer.faults import Fault, Point, recorded

Kind = Literal["publish", "land", "withdraw", "retire"]
Store = Literal["disk", "s3"]
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Trials:
    """Trials below ``folder``; each has a folder of its own, which ``clear`` removes."""

    kind: Kind
    store: Store
    folder: Path
    stage: subprocess.Popen[str]
    count: int = field(default=0)

    def _releases_at(self, name: str) -> str | None:
        return f"s3://{object_store.BUCKET}/{name}" if self.store == "s3" else None

    def prepare(self) -> None:
        """Make the city that every trial begins with."""
        from tests.faultlayer import work

        work.prepare(self.kind, self.folder / "base", self._releases_at("base"))

    def _copy(self, name: str) -> dict[str, Any]:
        shutil.copytree(self.folder / "base", self.folder / name)
        if self.store == "s3":
            object_store.copy("base", name)
        root = str(self.folder / name)
        return {"kind": self.kind, "store": self.store, "root": root, "releases_at": self._releases_at(name)}

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self.stage.stdin and self.stage.stdout
        self.stage.stdin.write(json.dumps(order) + "\n")
        self.stage.stdin.flush()
        answer: dict[str, Any] = json.loads(self.stage.stdout.readline())
        return answer

    def points(self) -> tuple[Point, ...]:
        """Every point of one whole piece of work, as recorded just now."""
        log = self.folder / f"points-{self.count}.jsonl"
        self.count += 1
        copy = self._copy(f"whole-{self.count}")
        said = self._ask({**copy, "record": str(log)})
        assert said["error"] is None, said["error"]
        assert said["signal"] == 0, said
        return recorded(log)

    def run(self, point: Point, fault: Fault) -> dict[str, Any]:
        """Let ``fault`` happen at ``point`` of the work on a copy of the city; what ``judge`` takes."""
        self.count += 1
        copy = self._copy(f"trial-{self.count}")
        said = self._ask({**copy, "at": point.n, "fault": fault})
        return {**copy, "point": asdict(point), "fault": fault, **said}

    def clear(self, row: dict[str, Any]) -> None:
        """Remove what a trial left on this disk."""
        shutil.rmtree(row["root"])


@contextmanager
def bench(kind: Kind, store: Store, folder: Path) -> Iterator[Trials]:
    """Trials of ``kind`` on ``store`` below ``folder``, with the process that forks, and the store."""
    with ExitStack() as stack:
        if store == "s3":
            stack.enter_context(object_store.environment(stack.enter_context(object_store.object_store())))
        stage = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.faultlayer.stage"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env={**os.environ, "TZ": "UTC"},
            )
        )
        trials = Trials(kind, store, folder, stage)
        trials.prepare()
        yield trials
        assert stage.stdin is not None
        stage.stdin.close()
