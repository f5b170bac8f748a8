"""What the fault book's tests share: a town with one source to land, a world with one product to publish."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.orchestration.ingest.conftest import Town, make_town, town
from tests.unit.orchestration.publish.publish_world import World

__all__ = ["Town", "make_town", "town", "world"]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A city with one product, delivered and ready to publish."""
    made = World(tmp_path)
    made.deliver()
    return made
