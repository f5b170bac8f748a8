"""Bodies: unpacked whatever the pieces, never more than is taken."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.ingest.caps import Caps
from orchestration.ingest.web.body import Body
from orchestration.ingest.web.failures import Failed

MANY = 1 << 30


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


def sent(data: bytes, size: int) -> Callable[[int], bytes]:
    """Gives ``data`` in pieces of at most ``size`` bytes."""
    source = io.BytesIO(data)
    return lambda most: source.read(min(size, most))


@given(st.binary(max_size=5_000), st.sampled_from(sorted(PACK)), st.integers(1, 700), st.integers(1, 900))
def test_the_same_bytes_come_out(data: bytes, encoding: str, piece: int, buffer_size: int) -> None:
    body = Body(sent(PACK[encoding](data), piece), encoding, MANY, Caps())
    buffer, out = memoryview(bytearray(buffer_size)), b""
    while read := body.readinto(buffer):
        out += buffer[:read]
    assert out == data


@given(st.binary(min_size=1, max_size=2_000), st.integers(2, 700))
def test_deflate_without_its_frame_is_unpacked_too(data: bytes, piece: int) -> None:
    assert Body(sent(bare(data), piece), "deflate", MANY, Caps()).whole() == data


def test_members_follow_each_other_and_zeros_the_last_one() -> None:
    data = gzip.compress(b"one ") + gzip.compress(b"") * 5_000 + gzip.compress(b"two") + b"\0" * 512
    assert Body(sent(data, 4_096), "gzip", MANY, Caps()).whole() == b"one two"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_packed_body_that_is_cut_short_is_no_body(encoding: str) -> None:
    data = PACK[encoding](b"a long text of many words" * 50)
    with pytest.raises(Failed, match="cut short") as told:
        Body(sent(data[:-5], 64), encoding, MANY, Caps()).whole()
    assert told.value.retry


def test_an_empty_body_is_empty_however_it_is_said_to_be_packed() -> None:
    assert Body(sent(b"", 64), "gzip", MANY, Caps()).whole() == b""


@pytest.mark.parametrize("data", [b"<html>not packed at all</html>", b"\x1f\x8b\x08\x00broken"])
def test_what_is_not_packed_as_it_says_is_refused(data: bytes) -> None:
    with pytest.raises(Failed):
        Body(sent(data, 64), "gzip", MANY, Caps()).whole()


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "gzip,br", "x"])
def test_only_what_was_asked_for_is_unpacked(encoding: str) -> None:
    with pytest.raises(Failed, match="a body packed as"):
        Body(sent(b"", 64), encoding, MANY, Caps())


def test_a_small_body_that_unpacks_to_something_enormous_is_stopped() -> None:
    bomb = gzip.compress(b" " * 4_000_000)
    caps = Caps(ratio=100, ratio_from=1 << 16)
    body = Body(sent(bomb, 512), "gzip", MANY, caps)
    with pytest.raises(Failed, match="a packed body of more than 100 times its size") as told:
        body.whole()
    assert told.value.kind == "large"
    assert body.given < 500_000


def test_a_body_is_stopped_at_its_absolute_size_packed_or_not() -> None:
    for encoding in ("", "gzip"):
        body = Body(sent(PACK[encoding](b" " * 200_000), 512), encoding, 100_000, Caps())
        with pytest.raises(Failed):
            body.whole()
        assert body.given < 100_000 + (256 << 10) + 1


def test_an_endless_body_is_stopped() -> None:
    body = Body(lambda most: b"x" * min(most, 1_000), "", 50_000, Caps())
    with pytest.raises(Failed, match="more than 50,000 bytes"):
        body.whole()


def test_memory_stays_small_while_a_large_body_is_unpacked() -> None:
    """A piece is never larger than the buffer it is for, however well it was packed."""
    body = Body(sent(gzip.compress(b"a" * 10_000_000), 1 << 20), "gzip", MANY, Caps())
    buffer = memoryview(bytearray(4_096))
    assert {body.readinto(buffer) for _ in range(2_000)} == {4_096}
