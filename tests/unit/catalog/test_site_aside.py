"""The second folder of a site: what is the same stays, what is not is written under a new inode, strangers go."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.site.aside import Aside, place_of
from catalog.site.looking import Look, walk
from catalog.site.memory import File


def aside(site: Path, remembered: dict[str, File], *, apart: bool = False) -> Aside:
    return Aside(site, "public", remembered, Look(str(place_of(site, "public")), apart=apart))


def show(site: Path, pages: dict[str, bytes], remembered: dict[str, File]) -> dict[str, File]:
    second = aside(site, remembered)
    made = {address: second.put(address, data) for address, data in pages.items()}
    second.show(made)
    second.follow()
    return made


def standing(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


PAGES = {"index.html": b"one", "en/a/index.html": b"a", "en/b/index.html": b"b"}


def test_both_folders_hold_the_same_files_under_two_names(tmp_path: Path) -> None:
    show(tmp_path, PAGES, {})
    shown, second = tmp_path / "public", place_of(tmp_path, "public")
    assert standing(shown) == standing(second) == PAGES
    assert walk(str(shown)) == walk(str(second))
    assert (shown / "index.html").stat().st_nlink == 2


def test_only_what_changed_is_written_and_the_other_folder_follows(tmp_path: Path) -> None:
    made = show(tmp_path, PAGES, {})
    newer = {**PAGES, "en/a/index.html": b"newer", "en/c/index.html": b"c"}
    del newer["en/b/index.html"]
    open_page = (tmp_path / "public" / "en" / "a" / "index.html").open("rb")
    again = show(tmp_path, newer, made)
    assert standing(tmp_path / "public") == standing(place_of(tmp_path, "public")) == newer
    assert again["index.html"] == made["index.html"]
    assert not (tmp_path / "public" / "en" / "b").exists()
    with open_page:
        assert open_page.read() == b"a", "a reader keeps what it opened"


def test_what_is_not_as_it_was_written_is_written_again(tmp_path: Path) -> None:
    made = show(tmp_path, PAGES, {})
    edited = place_of(tmp_path, "public") / "index.html"
    edited.write_bytes(b"edited")
    (edited.parent / "stray").write_bytes(b"")
    second = aside(tmp_path, made)
    assert "index.html" not in second.files
    assert set(second.files) == set(PAGES) - {"index.html"}
    show(tmp_path, PAGES, made)
    assert standing(tmp_path / "public") == standing(place_of(tmp_path, "public")) == PAGES


@pytest.mark.parametrize("apart", [True, False])
def test_a_look_finds_every_file_wherever_it_is_made(tmp_path: Path, apart: bool) -> None:
    for name in ("a", "b/c", "b/d/e é\n.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    found = Look(str(tmp_path), apart=apart).found()
    assert set(found) == {"a", "b/c", "b/d/e é\n.html"}
    told = (tmp_path / "b" / "c").stat()
    assert found["b/c"] == (told.st_ino, told.st_size, told.st_mtime_ns)
    assert Look(str(tmp_path / "none"), apart=apart).found() == {}
