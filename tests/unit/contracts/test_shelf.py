"""Where releases stand: addresses, and a folder of this disk."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from contracts import kept
from contracts.errors import ArtefactError, InputError
from contracts.home import CityHome
from contracts.s3_shelf import S3Shelf
from contracts.shelf import Child, DiskShelf, open_shelf


@pytest.fixture
def shelf(tmp_path: Path) -> DiskShelf:
    return DiskShelf(tmp_path / "releases")


def folder(root: Path, **files: bytes) -> Path:
    root.mkdir(parents=True)
    for name, data in files.items():
        (root / name).write_bytes(data)
    return root


def test_an_address_chooses_the_shelf_and_the_city_is_its_last_part(tmp_path: Path) -> None:
    found = open_shelf("s3://bucket/a/", "town", tmp_path / "cache")
    assert isinstance(found, S3Shelf)
    assert found.shown("public/p/1") == "s3://bucket/a/town/public/p/1"
    assert open_shelf(f"file://{tmp_path}", "town", tmp_path) == DiskShelf(tmp_path / "town")
    assert open_shelf(str(tmp_path), "town", tmp_path) == DiskShelf(tmp_path / "town")


@pytest.mark.parametrize("address", ["gs://bucket/a", "releases", "s3://", "https://host/x", ""])
def test_an_address_without_create_if_absent_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"CAUCE_RELEASES.*expected s3://bucket/prefix"):
        open_shelf(address, "town", tmp_path)


def test_a_home_keeps_its_releases_in_its_own_folder_unless_told(tmp_path: Path) -> None:
    own = CityHome(tmp_path / "town")
    assert own.shelf == DiskShelf(tmp_path / "town" / "releases")
    told = CityHome(tmp_path / "town", str(tmp_path / "elsewhere"))
    assert told.releases == tmp_path / "elsewhere" / "town"
    assert told.shelf == DiskShelf(told.releases)


def test_names_are_read_listed_replaced_and_removed(shelf: DiskShelf) -> None:
    assert (shelf.children(""), shelf.names(""), shelf.look("public/a")) == ((), (), None)
    assert shelf.create_if_absent("public/p/commits/000001.json", b"{}")
    assert not shelf.create_if_absent("public/p/commits/000001.json", b"[]")
    shelf.replace("public/p/current.json", b"1")
    shelf.replace("public/p/current.json", b"2")
    assert shelf.children("public/p") == (Child("commits", True), Child("current.json", False))
    assert shelf.names("public") == ("public/p/commits/000001.json", "public/p/current.json")
    assert (shelf.read("public/p/current.json"), shelf.exists("public/p"), shelf.exists("public/q")) == (
        b"2",
        True,
        False,
    )
    shelf.remove("public/p")
    assert shelf.names("") == ()
    with pytest.raises(ArtefactError, match=r"cannot be read, .*public/p/current\.json"):
        shelf.read("public/p/current.json")


def test_of_many_folders_with_one_name_one_is_put(shelf: DiskShelf, tmp_path: Path) -> None:
    made = [folder(tmp_path / f"made-{n}", data=str(n).encode()) for n in range(8)]
    barrier, won = threading.Barrier(8), []

    def put(n: int) -> None:
        barrier.wait()
        if shelf.put_folder("public/p/1", made[n]):
            won.append(n)

    threads = [threading.Thread(target=put, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert shelf.read("public/p/1/data") == str(won[0]).encode()
    assert [p.exists() for p in made] == [n != won[0] for n in range(8)], "a loser's folder stays with the loser"


def test_a_folder_from_another_disk_is_copied_aside_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("this system has no second file system to copy from")
    seen: list[str] = []
    monkeypatch.setattr(kept, "witness", lambda moment, name, _path: seen.append(f"{moment} {name}"))
    made = folder(memory / f"cauce-{tmp_path.name}-made", data=b"x")
    shelf = DiskShelf(tmp_path / "releases")
    assert shelf.put_folder("public/p/1", made)
    assert shelf.names("") == ("public/p/1/data",)
    assert not made.exists()
    assert seen.index("before copy") < seen.index("before move_folder")
    assert shelf.unfinished() == ()


def test_a_local_file_is_hashed_once_and_again_when_it_changed(
    shelf: DiskShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.create_if_absent("public/p/1/data", b"one")
    digest = kept.sha256_bytes(b"one")
    hashed: list[Path] = []
    real = kept.sha256_file
    monkeypatch.setattr(kept, "sha256_file", lambda path: hashed.append(path) or real(path))  # type: ignore[func-returns-value]
    for _ in range(3):
        assert shelf.local("public/p/1/data", digest).read_bytes() == b"one"
    assert len(hashed) == 1
    shelf.path("public/p/1/data").write_bytes(b"two")
    with pytest.raises(ArtefactError, match=r"altered, .*public/p/1/data"):
        shelf.local("public/p/1/data", digest)
    with pytest.raises(ArtefactError, match="missing"):
        shelf.local("public/p/1/gone", digest)


def test_what_was_begun_is_named_and_forgotten(shelf: DiskShelf) -> None:
    shelf.create_if_absent("public/p/commits/000001.json", b"{}")
    (shelf.root / "public/p/commits/.tmp-x").write_bytes(b"half")
    assert shelf.unfinished() == ("public/p/commits/.tmp-x",)
    shelf.forget("public/p/commits/.tmp-x")
    assert shelf.unfinished() == ()
