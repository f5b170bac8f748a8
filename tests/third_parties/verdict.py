"""What a third party said of one site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


@dataclass(frozen=True)
class Verdict:
    """One checker over one folder.

    Attributes:
        looked_at: How many files, pages or datasets it judged; a checker that looked at nothing has not agreed.
        problems: What it refuses, each with the file.
        remarks: What it recommends, without refusing.
        skipped: Why it was not run.
    """

    looked_at: int
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def agrees(self) -> bool:
        """Whether it judged something and refused nothing."""
        return not self.skipped and self.looked_at > 0 and not self.problems


@dataclass(frozen=True)
class Checker:
    """A third party: who it is, how to ask it, and how to spoil a site so that it must refuse.

    ``spoil`` changes a copy of a site and says what it did; None where the site has nothing it could spoil.
    """

    name: str
    judges: str
    version: Callable[[], str]
    check: Callable[[Path], Verdict]
    spoil: Callable[[Path], str | None]


def installed(package: str) -> str:
    """The version of a Python package; empty where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@contextmanager
def noise_aside() -> Iterator[None]:
    """Other people's warnings and log lines are not ours to fail on."""
    import logging
    import warnings

    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def put(path: Path, old: str, new: str) -> str | None:
    """Replace a text once in a file of a copy; None where it is not there."""
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    if old not in text:
        return None
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return f"{path.name}: {old!r} became {new!r}"
