"""The second folder of a site: what is the same stays, what is not is written under a new inode, strangers go."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.site import memory
from catalog.site.aside import Aside, place_of
from catalog.site.looking import Look, Seen, look, walk
from catalog.site.memory import File, Made, Memory, files_of, made_of

MEMORY = "memory.json"


def aside(site: Path, remembered: dict[str, Made], *, apart: bool = False) -> Aside:
    memory.remember(site / MEMORY, Memory("", (), remembered))
    told = str(site / MEMORY) if remembered else ""
    return Aside(site, "public", Look(str(place_of(site, "public")), told, apart=apart))


def show(site: Path, pages: dict[str, bytes], remembered: dict[str, Made]) -> dict[str, Made]:
    """All pages are one unit, which is made again."""
    second = aside(site, remembered)
    second.renew(remembered)
    made = {address: second.put(address, data) for address, data in pages.items()}
    second.show(made)
    second.follow()
    return {"unit": made_of((), made)}


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
    assert files_of(again["unit"])["index.html"] == files_of(made["unit"])["index.html"]
    assert not (tmp_path / "public" / "en" / "b").exists()
    with open_page:
        assert open_page.read() == b"a", "a reader keeps what it opened"


def test_what_is_not_as_it_was_written_is_written_again(tmp_path: Path) -> None:
    made = show(tmp_path, PAGES, {})
    edited = place_of(tmp_path, "public") / "index.html"
    edited.write_bytes(b"edited")
    (edited.parent / "stray").write_bytes(b"")
    second = aside(tmp_path, made)
    assert second.torn == {"unit": ["index.html"]}
    second.renew(made)
    assert set(second.files) == set(PAGES) - {"index.html"}
    show(tmp_path, PAGES, made)
    assert standing(tmp_path / "public") == standing(place_of(tmp_path, "public")) == PAGES


def test_a_unit_that_is_taken_over_keeps_its_files_and_one_that_is_no_more_loses_them(tmp_path: Path) -> None:
    show(tmp_path, PAGES, {})
    stands = {a: File("", mark) for a, mark in walk(str(place_of(tmp_path, "public"))).items()}
    a, b = ({x: stands[x]} for x in ("en/a/index.html", "en/b/index.html"))
    units = {"a": made_of((), a), "b": made_of((), b), "root": made_of((), {"index.html": stands["index.html"]})}
    second = aside(tmp_path, units)
    second.renew({"b": units["b"]})
    second.show(set())
    second.follow()
    left = {address: data for address, data in PAGES.items() if address != "en/b/index.html"}
    assert standing(tmp_path / "public") == standing(place_of(tmp_path, "public")) == left


@pytest.mark.parametrize("apart", [True, False])
def test_a_look_tells_what_is_not_as_it_was_written_wherever_it_is_made(tmp_path: Path, apart: bool) -> None:
    folder = tmp_path / "folder"
    for name in ("a", "b/c", "b/d/e é\n.html", "stray"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    marks = walk(str(folder))
    told = (folder / "b" / "c").stat()
    assert marks["b/c"] == (told.st_ino, told.st_size, told.st_mtime_ns)
    files = {name: File("", mark) for name, mark in marks.items() if name != "stray"}
    units = {
        "whole": made_of((), {"a": files["a"]}),
        "edited": made_of((), {"b/c": File("", (1, 2, 3)), "b/d/e é\n.html": files["b/d/e é\n.html"]}),
        "lacking": made_of((), {"gone": files["a"]}),
    }
    memory.remember(tmp_path / MEMORY, Memory("", (), units))
    seen = Look(str(folder), str(tmp_path / MEMORY), apart=apart).seen()
    assert (seen.empty, seen.torn) == (False, {"edited": ["b/c"], "lacking": ["gone"]})
    assert set(seen.foreign) == {"b/c", "stray"}
    assert set(Look(str(folder), apart=apart).seen().foreign) == set(marks)
    assert Look(str(tmp_path / "none"), apart=apart).seen() == look(str(tmp_path / "none"), "") == Seen(empty=True)
