"""Dagster's one configuration: written once, kept where an operator changed it, renewed where nobody did."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from orchestration import dagster_home
from orchestration.settings import Settings


def test_telemetry_is_off_and_nothing_printed_is_kept(tmp_path: Path) -> None:
    home = dagster_home.prepare(Settings(home=tmp_path))
    assert home == tmp_path / "dagster"
    config = yaml.safe_load((home / "dagster.yaml").read_text())
    assert config["telemetry"] == {"enabled": False}
    assert config["compute_logs"]["class"] == "NoOpComputeLogManager"


@pytest.mark.parametrize("earlier", dagster_home.EARLIER)
def test_what_an_earlier_version_wrote_is_renewed(tmp_path: Path, earlier: bytes) -> None:
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_bytes(earlier)
    dagster_home.prepare(Settings(home=tmp_path))
    assert (tmp_path / "dagster" / "dagster.yaml").read_bytes() == dagster_home.CONFIG


def test_what_an_operator_wrote_stays(tmp_path: Path) -> None:
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text("telemetry: {enabled: false}\nretention: {}\n")
    dagster_home.prepare(Settings(home=tmp_path))
    assert "retention" in (tmp_path / "dagster" / "dagster.yaml").read_text()
