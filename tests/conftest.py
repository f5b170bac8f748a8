"""What every test may use: the project's root and the real city data beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import kept
from tests.faults.saying import says

__all__ = ["says"]

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def project_root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real city data; tests that use it carry ``@pytest.mark.real_data``."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real city data is not beside this checkout (../shared/data)")
    return SHARED_DATA


@pytest.fixture(scope="session", autouse=True)
def unhurried_disk() -> Iterator[None]:
    """A site made in this process need not reach the disk: that would wait for all that the machine is writing."""

    def passed_over(folder: Path) -> None:
        kept.witness("before", "settle", folder)
        kept.witness("after", "settle", folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "settle_disk", passed_over)
        yield


OTHERS = "others"
ORDER = ("architecture", "unit", "faults", "fuzz", "integration", "portals", OTHERS, "e2e")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first; the browser's last, since its event loop lives as long as the session."""

    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(ROOT / "tests").parts[0]
        return ORDER.index(folder if folder in ORDER else OTHERS)

    items.sort(key=rank)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests ran over real data."""

    def count(outcome: str, marker: str) -> int:
        return sum(marker in getattr(r, "keywords", {}) for r in terminalreporter.stats.get(outcome, []))

    for marker in ("real_data", "browser"):
        terminalreporter.write_line(
            f"{marker} tests: {count('passed', marker)} passed, "
            f"{count('failed', marker)} failed, {count('skipped', marker)} skipped"
        )
