"""Releases in an object store: moto's server over HTTP, through s3fs, as an operator would use it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from catalog.settings import CatalogSettings
from catalog.site.build import build
from contracts import kept
from contracts.errors import ArtefactError, OutsideError
from contracts.release import current
from contracts.s3_shelf import PROBE, S3Shelf
from orchestration.publish import history, recover, rollback
from orchestration.publish.audit import verify
from tests.faultlayer import object_store
from tests.unit.orchestration.publish.publish_world import AS_OF, World, rows

PART = 5 << 20


@pytest.fixture(scope="module", autouse=True)
def store() -> Iterator[None]:
    with object_store.object_store() as found, object_store.environment(found):
        yield


@pytest.fixture
def shelf(tmp_path: Path) -> S3Shelf:
    return S3Shelf(f"{object_store.BUCKET}/{tmp_path.name}/town", tmp_path / "cache", chunk=PART)


def test_a_name_is_created_once_whatever_its_size(shelf: S3Shelf, tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"s")
    large.write_bytes(os.urandom(2 * PART + 7))
    for name, file in (("public/p/1/small", small), ("public/p/1/large", large)):
        assert shelf.put_file(name, file)
        assert not shelf.put_file(name, file), "in one request and in parts alike"
        assert shelf.sha256(name) == kept.sha256_file(file)
    assert shelf.create_if_absent("public/p/commits/000001.json", b"{}")
    assert not shelf.create_if_absent("public/p/commits/000001.json", b"[]")
    assert shelf.read("public/p/commits/000001.json") == b"{}"
    assert [c.name for c in shelf.children("public/p")] == ["1", "commits"]
    assert shelf.names("public/p/1") == ("public/p/1/large", "public/p/1/small")
    assert (shelf.exists("public/p/1"), shelf.exists("public/p"), shelf.exists("public/p/2")) == (True, True, False)
    shelf.remove("public/p/1")
    assert shelf.names("") == ("public/p/commits/000001.json",)
    assert shelf.unfinished() == (), "an upload in parts that lost was given up"


def test_a_store_that_overwrites_what_it_should_only_create_is_refused(
    shelf: S3Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(S3Shelf, "_created", lambda *_: True)
    with pytest.raises(OutsideError, match=r"overwrites what it should only create, s3://.*If-None-Match"):
        shelf.create_if_absent("public/p/commits/000001.json", b"{}")
    assert shelf.names("") == ()
    assert PROBE not in {c.name for c in shelf.children("")}


def test_a_copy_is_fetched_once_checked_and_fetched_again_when_damaged(shelf: S3Shelf, tmp_path: Path) -> None:
    digest = kept.sha256_bytes(b"data")
    shelf.create_if_absent("public/p/1/data.csv", b"data")
    copy = shelf.local("public/p/1/data.csv", digest)
    assert copy == tmp_path / "cache" / f"{digest}.csv"
    copy.write_bytes(b"dama")
    os.utime(copy, (1, 1))
    assert shelf.local("public/p/1/data.csv", digest).read_bytes() == b"data"
    shelf.replace("public/p/1/data.csv", b"changed")
    copy.unlink()
    with pytest.raises(ArtefactError, match=r"altered, s3://.*data\.csv"):
        shelf.local("public/p/1/data.csv", digest)
    with pytest.raises(ArtefactError, match=r"s3://.*gone\.csv\. Found no such object"):
        shelf.local("public/p/1/gone.csv", "0" * 64)
    assert [p.name for p in (tmp_path / "cache").iterdir()] == []


def test_a_bucket_that_is_not_there_is_an_error_and_not_an_empty_shelf(tmp_path: Path) -> None:
    wrong = S3Shelf("no-such-bucket/town", tmp_path / "cache")
    for ask in (lambda: wrong.children(""), lambda: wrong.look("public/p/current.json")):
        with pytest.raises(OutsideError, match=r"s3://no-such-bucket/town.*specified bucket does not exist"):
            ask()


def test_publishing_going_back_comparing_pages_and_audit_over_the_store(tmp_path: Path) -> None:
    world = World(tmp_path, releases_at=f"s3://{object_store.BUCKET}/{tmp_path.name}")
    world.deliver()
    assert world.publish().version == 1
    world.deliver(rows(42))
    assert world.publish().version == 2
    assert world.publish().outcome == "unchanged"
    assert not (world.home.root / "releases").exists(), "nothing of a release stands on this disk"
    found = history.compare(world.home, "cases", 1, 2, "public")
    assert (found["rows"]["before"], found["rows"]["after"], found["rows"]["added"]) == (40, 42, 2)
    rollback.rollback(world.home, world.ledger, "cases", 1, city=world.city, reason="a trial", by="a@b.c", at=AS_OF)
    release = current(world.home, "public", "cases")
    assert release is not None
    assert (release.manifest.version, len(release.history)) == (1, 3)
    built = build(world.city, world.home, checked_at=AS_OF + timedelta(hours=3), settings=CatalogSettings())
    assert built.tiers["public"].pages > 5
    downloads = list((world.home.site / "public").rglob("data.csv"))
    assert downloads
    assert {p.read_bytes() for p in downloads} >= {release.local("data.csv").read_bytes()}
    assert verify(world.home) == []
    world.home.shelf.replace("public/cases/2/data.csv", b"altered")
    world.home.shelf.remove("internal/cases/1/lineage.json")
    assert sorted(line.split(": ")[0] for line in verify(world.home)) == [
        "releases/internal/cases/1/lineage.json",
        "releases/public/cases/2/data.csv",
    ]


@pytest.mark.fault(54, "an upload of several files interrupted")
def test_half_a_version_and_an_open_upload_are_swept_and_said(tmp_path: Path) -> None:
    world = World(tmp_path, releases_at=f"s3://{object_store.BUCKET}/{tmp_path.name}")
    world.deliver()
    assert world.publish().version == 1
    shelf = world.home.shelf
    shelf.create_if_absent("internal/cases/2/quality.json", b"{}")
    key = f"{tmp_path.name}/town/internal/cases/2/data.parquet"
    object_store.client().create_multipart_upload(Bucket=object_store.BUCKET, Key=key)
    kept.make_folder(world.home.work / "publish-cases-x")
    release = current(world.home, "internal", "cases")
    assert release is not None
    assert release.manifest.version == 1, "half a version is nobody's release"
    swept = recover.recover(world.home, world.ledger, AS_OF)
    assert swept[0] == "removed releases/internal/cases/2, which was never published"
    assert any(
        s.startswith("removed the unfinished file releases/internal/cases/2/data.parquet, upload") for s in swept
    )
    assert shelf.unfinished() == ()
    assert verify(world.home) == []
    world.deliver(rows(42))
    assert world.publish().version == 2
