"""SIGKILL at every few changes a publication makes to the disk: old or new, never a mix, and mended after."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.kill_trial import judge, kill_at

EVERY = 7


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return kill_at(tmp_path_factory.mktemp("kill"), EVERY)


def test_enough_moments_were_tried_and_each_ended_by_the_kill(killed: list[dict[str, Any]]) -> None:
    assert len(killed) >= 20
    assert {k["signal"] for k in killed} == {9}
    assert len({k["call"] for k in killed}) >= 8


def test_readers_see_the_old_release_or_the_new_one_and_the_next_start_mends(killed: list[dict[str, Any]]) -> None:
    seen = {judge(moment) for moment in killed}
    assert seen == {(1, 1), (2, 1), (2, 2)}, "the moments tried missed a phase of the commit"
