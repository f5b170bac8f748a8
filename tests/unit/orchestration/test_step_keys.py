"""The secret key of a city: made once, for its owner alone, and only where a model needs it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from contracts.errors import ArtefactError
from contracts.steps import REGISTER
from orchestration import step_keys
from orchestration.dbt_project import ProjectFile


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    key = step_keys.kept_key(folder)
    assert len(key) == step_keys.BYTES and step_keys.kept_key(folder) == key
    assert stat.S_IMODE((folder / step_keys.FILE).stat().st_mode) == 0o600
    assert step_keys.kept_key(tmp_path / "other") != key
    assert [p.name for p in folder.iterdir()] == [step_keys.FILE]


def test_a_torn_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / step_keys.FILE).write_bytes(b"short")
    with pytest.raises(ArtefactError) as raised:
        step_keys.kept_key(tmp_path)
    assert raised.value.found == "5 bytes" and "short" not in raised.value.message


@pytest.mark.parametrize(
    ("name", "text", "needs"),
    [
        ("staging/a.sql", "select {{ pseudonym('id', 'a') }}", True),
        ("models/a.sql", "select {{ geomask('longitude', 'x', 'y', 'z', 100, 500) }}", True),
        ("macros/steps/texts.sql", "{% macro pseudonym(identifier, purpose) %}", False),
        ("staging/a.sql", "select {{ dedupe_by_key('a', ['b'], 'c') }} -- a pseudonym", False),
    ],
)
def test_a_key_is_needed_where_a_model_calls_for_it(name: str, text: str, needs: bool) -> None:
    assert step_keys.calls_keyed_step({name: ProjectFile(Path(name), text)}, REGISTER) is needs
