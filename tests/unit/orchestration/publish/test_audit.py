"""Every kind of kept file: one byte flipped, the file removed, a file added; each is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from contracts import kept
from contracts.home import CityHome
from orchestration.publish.audit import Finding, inspect, verify
from orchestration.publish.rollback import rollback
from tests.unit.orchestration.publish.publish_world import AS_OF, World, rows

Place = Callable[[CityHome], Path]


def newest(folder: Path, pattern: str) -> Path:
    return sorted(folder.glob(pattern))[-1]


KEPT: dict[str, Place] = {
    "public parquet": lambda h: h.releases / "public/cases/1/data.parquet",
    "public csv": lambda h: h.releases / "public/cases/2/data.csv",
    "internal parquet": lambda h: h.releases / "internal/cases/2/data.parquet",
    "manifest": lambda h: h.releases / "public/cases/1/manifest.json",
    "quality": lambda h: h.releases / "internal/cases/1/quality.json",
    "lineage": lambda h: h.releases / "public/cases/2/lineage.json",
    "first commit": lambda h: h.releases / "public/cases/commits/000001.json",
    "newest commit": lambda h: h.releases / "internal/cases/commits/000003.json",
    "current": lambda h: h.releases / "public/cases/current.json",
    "first ledger entry": lambda h: h.ledger / "00000001.json",
    "ledger entry": lambda h: h.ledger / "00000004.json",
    "newest ledger entry": lambda h: newest(h.ledger, "0*.json"),
    "ledger head": lambda h: h.ledger / "head.json",
    "evidence": lambda h: newest(h.ledger / "evidence", "*.json"),
    "raw bytes": lambda h: newest(h.raw / "requests" / "bytes", "*"),
    "landing": lambda h: h.raw / "requests/landings/000001.json",
    "accepted": lambda h: h.raw / "requests/accepted/000002.parquet",
    "quarantined": lambda h: h.raw / "requests/quarantine/000001.parquet",
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Two releases, a refusal, a rollback."""
    world = World(tmp_path_factory.mktemp("audit"))
    world.deliver()
    world.publish()
    world.deliver(rows(45))
    world.publish()
    bad = rows(46)
    bad[0] = (bad[0][0], None, *bad[0][2:])
    world.deliver(bad)
    assert world.publish().outcome == "held"
    rollback(
        world.home,
        world.ledger,
        "cases",
        1,
        city=world.city,
        reason="wrong",
        by="a",
        at=AS_OF + timedelta(days=1),
    )
    return world


def test_a_whole_home_has_no_findings(published: World) -> None:
    assert verify(published.home) == []
    assert verify(published.home, published.ledger.head()) == []


def names(findings: tuple[Finding, ...], path: Path) -> bool:
    return any((path.name in str(f.path) and path.parent.name in str(f.path)) or path.name in f.found for f in findings)


@pytest.mark.fault(55)
@pytest.mark.parametrize("kind", KEPT)
@pytest.mark.parametrize("where", [0.0, 0.3, 0.5, 0.97])
def test_a_flipped_byte_is_found_and_named(published: World, kind: str, where: float) -> None:
    path = KEPT[kind](published.home)
    data = path.read_bytes()
    place = int(where * (len(data) - 1))
    try:
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x04]) + data[place + 1 :])
        found = inspect(published.home)
    finally:
        path.write_bytes(data)
    assert found, "no finding"
    if path.parent == published.home.ledger:
        assert any(
            path.name in str(f.path) or str(int(path.stem)) in f.found for f in found if path.stem.isdigit()
        ) or (path.name == "head.json" and any("head.json" in f.found for f in found))
    else:
        assert names(found, path), [str(f) for f in found]


@pytest.mark.fault(55)
@pytest.mark.parametrize("kind", KEPT)
def test_a_removed_file_is_found_and_named(published: World, kind: str) -> None:
    path = KEPT[kind](published.home)
    data = path.read_bytes()
    try:
        path.unlink()
        found = inspect(published.home)
    finally:
        path.write_bytes(data)
    assert any(path.name in str(f.path) or path.name in f.found or path.stem.lstrip("0") in f.found for f in found)


@pytest.mark.parametrize(
    "name",
    [
        "releases/public/cases/1/extra.csv",
        "releases/public/cases/9/data.parquet",
        "releases/public/cases/notes.txt",
        "releases/public/cases/commits/000009.json",
        "releases/public/stray.txt",
        "raw/requests/bytes/" + "0" * 64,
        "raw/requests/accepted/000009.parquet",
        "raw/requests/quarantine/000009.parquet",
        "ledger/evidence/" + "0" * 64 + ".json",
        "ledger/notes.txt",
        "releases/public/cases/commits/.tmp-abc",
        "releases/loose.csv",
        "releases/secret/data.csv",
        "raw/loose.csv",
        "raw/requests/quarantine/loose.csv",
        "ledger/evidence/notes.txt",
    ],
)
def test_a_file_that_nothing_accounts_for_is_named(published: World, name: str) -> None:
    path = published.home.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"{}")
    try:
        found = verify(published.home)
    finally:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    assert any(name in sentence or str(Path(name).parent) in sentence for sentence in found), found


@pytest.mark.parametrize(
    "name",
    [
        "releases/secret",
        "releases/public/other",
        "releases/public/cases/drafts",
        "releases/public/cases/1/parts",
        "releases/public/cases/commits/000009.json",
        "raw/other",
        "raw/requests/copies",
        "raw/requests/accepted/copies",
        "raw/requests/quarantine/copies",
        "ledger/copies",
        "ledger/evidence/copies",
    ],
)
def test_an_empty_folder_that_nothing_made_is_named(published: World, name: str) -> None:
    path = published.home.root / name
    path.mkdir()
    try:
        found = verify(published.home)
    finally:
        path.rmdir()
    assert any(sentence.startswith(f"{name}: ") for sentence in found), found


@pytest.mark.parametrize(
    "name",
    [
        "releases/link",
        "releases/public/link",
        "releases/public/cases/link",
        "releases/public/cases/1/link",
        "releases/public/cases/commits/link",
        "raw/link",
        "raw/requests/bytes/link",
        "raw/requests/quarantine/link",
        "ledger/link",
        "ledger/evidence/link",
    ],
)
@pytest.mark.parametrize("target", ["nowhere", "a folder", "a file"])
def test_a_symbolic_link_is_named(published: World, tmp_path: Path, name: str, target: str) -> None:
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a file").write_text("x", encoding="utf-8")
    path = published.home.root / name
    path.symlink_to(tmp_path / target)
    try:
        found = verify(published.home)
    finally:
        path.unlink()
    assert f"{name}: a symbolic link: nothing that is kept is one" in found


def test_a_kept_file_that_became_a_link_to_its_own_bytes_is_named(published: World, tmp_path: Path) -> None:
    path = published.home.releases / "public/cases/1/data.parquet"
    elsewhere = tmp_path / "data.parquet"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    try:
        found = verify(published.home)
    finally:
        path.unlink()
        elsewhere.rename(path)
    assert found == ["releases/public/cases/1/data.parquet: a symbolic link: nothing that is kept is one"]


def test_an_entry_edited_with_care_is_found(published: World) -> None:
    path = published.ledger.path(2)
    data = path.read_bytes()
    value = json.loads(data)
    value["body"]["version"] = 7
    try:
        path.write_bytes(kept.canonical_json(value))
        found = verify(published.home)
    finally:
        path.write_bytes(data)
    assert any("entry 3 does not follow from entry 2" in f for f in found)


def test_a_commit_edited_with_care_is_found(published: World) -> None:
    path = published.home.releases / "public/cases/commits/000002.json"
    data = path.read_bytes()
    value = json.loads(data)
    value["committed_at"] = "2020-01-01T00:00:00+00:00"
    try:
        path.write_bytes(kept.canonical_json(value))
        found = verify(published.home)
    finally:
        path.write_bytes(data)
    assert found == ["releases/public/cases/commits/000002.json: altered: it is not what the ledger's intent says"]


@pytest.mark.fault(55)
def test_a_cut_tail_is_shown_by_an_anchor(published: World) -> None:
    n, digest = published.ledger.head()
    path, head = published.ledger.path(n), published.ledger.folder / "head.json"
    data, head_data = path.read_bytes(), head.read_bytes()
    try:
        path.unlink()
        published.ledger.write_head()
        found = verify(published.home, (n, digest))
    finally:
        path.write_bytes(data)
        head.write_bytes(head_data)
    assert any("the tail was cut" in f for f in found)


def test_a_landing_whose_numbers_were_changed_is_found_without_its_digest(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.deliver()
    path = world.home.raw / "requests/landings/000001.json"
    value = json.loads(path.read_bytes())
    value["received"] = 1_000
    path.write_bytes(kept.canonical_json(value))
    assert any("landings/000001.json" in f for f in verify(world.home))


def test_an_empty_home_has_nothing_to_find(tmp_path: Path) -> None:
    assert verify(CityHome(tmp_path / "var")) == []
