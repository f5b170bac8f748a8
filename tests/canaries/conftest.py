"""The trial, held once for all tests of it, and its figures at the end of the run."""

from __future__ import annotations

from typing import Final

import pytest

from tests.canaries.trial import Trial, hold_trial

FIGURES: Final = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Trial:
    """The whole story, searched after each day."""
    held = hold_trial(tmp_path_factory.mktemp("canaries"))
    pytestconfig.stash[FIGURES] = held.sentence()
    return held


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how much was searched, and for how many markers."""
    if FIGURES in config.stash:
        terminalreporter.write_line(config.stash[FIGURES])
