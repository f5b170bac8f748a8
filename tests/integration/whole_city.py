"""A whole city run by the real command, in chosen surroundings, from a copy of the checkout.

Belongs here: copying the checkout, starting ``cauce`` in it with a chosen environment, and the hashes of all that
a run keeps and shows. Does not belong here: what the hashes are compared with (``test_same_bytes_anywhere``,
``tests.soak``). A copy stands still while the trial lasts, and can stand anywhere.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.kept import sha256_file

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ("contracts", "catalog", "orchestration", "transforms", "cities", "requirements")
CITY = "demo"
REQUESTS = 6_000
AS_OF = "2026-11-01T05:00:00Z"
KEPT = ("raw", "releases", "site")
"""What must be the same anywhere. Times and environment stand in the ledger, beside these."""
OF_THIS_DISK = frozenset({"look.json", ".built", ".aside"})
"""What among them remembers inodes and times, so that nothing is hashed or made twice; and a site's second folder."""
LOCALES = (("tr_TR", "UTF-8"), ("es_CO", "ISO-8859-1"))
PLAIN = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "CAUCE_THREADS": "2", "GX_ANALYTICS_ENABLED": "false"}


@dataclass(frozen=True)
class Surroundings:
    """Where and how a run takes place.

    Attributes:
        name: What is different, in a few words.
        environment: Variables beside the plain ones; an empty value takes the variable away.
        folder: Where checkout and state stand, below the trial's folder.
        umask: The process's umask.
    """

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "here"
    umask: int = 0o022


@dataclass(frozen=True)
class Place:
    """A copy of the checkout with state of its own."""

    folder: Path
    surroundings: Surroundings

    @property
    def checkout(self) -> Path:
        """The copy of the project."""
        return self.folder / "checkout"

    @property
    def home(self) -> Path:
        """The city's state folder."""
        return self.folder / "var" / CITY

    def environment(self) -> dict[str, str]:
        """The whole environment of a command."""
        given = {**os.environ, **PLAIN, "CAUCE_HOME": str(self.folder / "var"), **self.surroundings.environment}
        return {name: value for name, value in given.items() if value != "" and name != "PYTHONPATH"}

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start ``cauce`` with ``arguments``; its result goes to a pipe, its progress to a file."""
        with (self.folder / "progress.txt").open("wb") as progress:
            return subprocess.Popen(
                [sys.executable, "-m", "orchestration.cli.main", *arguments],
                cwd=self.checkout,
                env=self.environment(),
                stdout=subprocess.PIPE,
                stderr=progress,
                umask=self.surroundings.umask,
                start_new_session=True,
            )

    def cauce(self, *arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[bytes]:
        """Run ``cauce`` to its end; ``stderr`` of the result holds its progress."""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=timeout)
        said = (self.folder / "progress.txt").read_bytes()
        return subprocess.CompletedProcess(process.args, process.returncode, output, said)

    def run(self, *more: str) -> dict[str, Any]:
        """``cauce run`` of the city; returns the object it printed.

        Raises:
            AssertionError: It printed none, or something failed.
        """
        done = self.cauce("run", "--city", CITY, "--as-of", AS_OF, "--format", "json", *more)
        assert done.returncode in (0, 1), f"{self.surroundings.name}: {_said(done)}"
        assert done.stdout, f"{self.surroundings.name}: {_said(done)}"
        result: dict[str, Any] = json.loads(done.stdout)
        assert not result["failed"], f"{self.surroundings.name}: {result['failed']}"
        return result


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    return f"exit {done.returncode}: {(done.stdout + done.stderr).decode(errors='replace')[-4000:]}"


def make_delivery(folder: Path, number: int = 2, requests: int = REQUESTS) -> Path:
    """Write a delivery of the demo city; the second one holds bad records of every kind."""
    command = [sys.executable, "-m", "cities.demo.generate", "--delivery", str(number), "--out", str(folder)]
    subprocess.run([*command, "--requests", str(requests)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return folder


def turn_records(delivery: Path) -> Path:
    """The register's records in the opposite order, beside the delivery itself; returns the new delivery."""
    turned = delivery.with_name(f"{delivery.name}-turned")
    shutil.copytree(delivery, turned)
    register = turned / "service_requests.csv"
    head, *records = register.read_bytes().splitlines(keepends=True)
    register.write_bytes(head + b"".join(reversed(records)))
    return turned


def make_locales(folder: Path) -> dict[str, str]:
    """Turkish (its i has another capital) and an 8-bit locale, compiled where the system can; variables that find them.

    Without ``localedef`` or its sources nothing is made, and nothing comes back.
    """
    compiler = shutil.which("localedef")
    if compiler is None:
        return {}
    folder.mkdir(parents=True, exist_ok=True)
    for name, letters in LOCALES:
        command = [compiler, "-f", letters, "-i", name, str(folder / f"{name}.{letters}")]
        if subprocess.run(command, capture_output=True, check=False).returncode > 1:
            return {}
    return {"LOCPATH": str(folder)}


def copy_checkout(target: Path, names: Sequence[str] = ENGINE) -> Path:
    """A copy of all that running needs, without what was generated in it."""
    for name in names:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("deliveries", "out"))
    return target


def settle(root: Path, surroundings: Surroundings, checkout: Path, delivery: Path) -> Place:
    """A place below ``root`` with a copy of ``checkout`` and the delivery waiting."""
    place = Place(root / surroundings.folder, surroundings)
    shutil.copytree(checkout, place.checkout)
    shutil.copytree(delivery, place.checkout / "cities" / CITY / "deliveries")
    return place


def hashes(home: Path, parts: Sequence[str] = KEPT) -> dict[str, str]:
    """sha256 of every file kept or shown, by its path within the city's state folder."""
    found = sorted(p for part in parts for p in (home / part).rglob("*") if p.is_file())
    files = [p for p in found if OF_THIS_DISK.isdisjoint(p.relative_to(home).parts)]
    return {path.relative_to(home).as_posix(): sha256_file(path) for path in files}


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Paths that only one of two states has, or that differ; sorted."""
    return sorted(path for path in {*one, *other} if one.get(path) != other.get(path))
