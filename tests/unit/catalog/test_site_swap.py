from __future__ import annotations

from pathlib import Path

import pytest

from catalog.site import swap
from contracts.errors import OutsideError


def site(folder: Path, words: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "index.html").write_text(words)
    return folder


@pytest.mark.parametrize("in_one_step", [True, False])
def test_a_finished_site_and_the_old_one_change_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_one_step: bool
) -> None:
    if not in_one_step:
        monkeypatch.setattr(swap, "_exchange", lambda *_: False)
    place = tmp_path / "site" / "public"
    swap.exchange(site(tmp_path / "aside" / "a", "old"), place)
    assert (place / "index.html").read_text() == "old"
    assert list((tmp_path / "aside").iterdir()) == []
    newer = site(tmp_path / "aside" / "b", "new")
    swap.exchange(newer, place)
    assert (place / "index.html").read_text() == "new"
    assert (newer / "index.html").read_text() == "old"
    assert list((tmp_path / "aside").iterdir()) == [newer]


def test_a_site_that_cannot_be_shown_leaves_the_old_one(tmp_path: Path) -> None:
    place = site(tmp_path / "site" / "public", "old")
    (tmp_path / "aside").mkdir()
    with pytest.raises(OutsideError, match="refused a write"):
        swap.exchange(tmp_path / "aside" / "never_built", place)
    assert (place / "index.html").read_text() == "old"
