"""One file at a web address: fetched when it changed, gone on with where it broke, here or in an earlier process.

Belongs here: conditional requests, going on with what an earlier process left, what refusals usually mean. Does not
belong here: what an address is and what else is sent with a request (connectors), what the bytes are (``readers``).

Source: RFC 9110, 8.8 (validators), 13 (conditional requests), 14 (ranges).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from contracts.errors import OutsideError
from orchestration.ingest import fetch
from orchestration.ingest.delivery import Errand, Fetched, Location, Unchanged

if TYPE_CHECKING:
    from orchestration.ingest.web.client import Opened
    from orchestration.ingest.web.partial import Partial

ETAG, MODIFIED = "etag", "last-modified"
SENT_AS_IS = {"accept-encoding": "identity"}
"""A file is asked for as it is, since only then its parts can be asked for."""


def is_unchanged(errand: Errand, location: Location, headers: Mapping[str, str]) -> bool:
    """Whether the server says that the file is the one of ``errand.marks``; its body is not read.

    Raises:
        OutsideError: The server can't be asked.
    """
    conditions = _conditions(errand.marks)
    if not conditions:
        return False
    sent = {**SENT_AS_IS, **headers, **conditions}
    with errand.web().open(location.url, headers=sent, most=errand.caps.raw_bytes, tries=1) as answer:
        return answer.status == 304


def bring_file(errand: Errand, location: Location, asked: str, headers: Mapping[str, str]) -> Fetched | Unchanged:
    """Fetch a file, unless the server says that it is the one of ``errand.marks``.

    Args:
        errand: Its marks and where the bytes go.
        location: The file's address.
        asked: A hash of what is asked for: what an earlier process left of another request is of no use.
        headers: Sent with the request.

    Returns:
        With the server's validators as marks.

    Raises:
        OutsideError: It can't be fetched, whole; what came so far is kept where the server can give the rest.
    """
    from orchestration.ingest.web.partial import Partial

    partial = Partial(errand.unfinished, asked)
    brought = _bring(errand, location, partial, headers)
    if brought is None:  # what an earlier process left is of no use any more
        partial.abandon()
        brought = _bring(errand, location, partial, headers)
    if brought is None:
        raise AssertionError("a whole file was asked for, and a part was taken for the answer")
    return brought


def _bring(
    errand: Errand, location: Location, partial: Partial, headers: Mapping[str, str]
) -> Fetched | Unchanged | None:
    """Fetch the file or, of one that is partly here, the rest; None where there is no such rest."""
    from orchestration.ingest.web.transfer import length_of, part_of, strong

    caps = errand.caps
    packed = errand.server.settings.get("compression") == "gzip"
    sent = {**SENT_AS_IS, **headers, **_conditions(errand.marks), **partial.headers()}
    with errand.web().open(location.url, headers=sent, most=caps.raw_bytes, as_sent=packed) as answer:
        if answer.status == 304:
            partial.abandon()
            return Unchanged({**errand.marks, **validators(answer.headers)})
        if partial.size and answer.status == 416:
            return None
        if answer.status not in (200, 206):
            raise refused(answer)
        sign, part = strong(answer.headers), part_of(answer.headers)
        if answer.status == 206:
            if sign != partial.sign or part is None or part[0] != partial.size:
                return None
            errand.tell(f"going on with its file behind {partial.size / 1e6:,.0f} MB")
        elif sign and _in_parts(answer):
            partial.begin(sign, length_of(answer.headers))
        else:
            partial.abandon()
            return replace(fetch.keep(answer.stream, location, errand.folder, caps), marks=validators(answer.headers))
        sha256, size = partial.take(answer.stream, caps, location.shown)
        path = partial.settle(errand.folder, sha256, size)
        return Fetched(path, sha256, size, marks=validators(answer.headers))


def refused(answer: Opened) -> OutsideError:
    """What a status usually means, and what to do."""
    status = answer.status
    if status in (401, 403):
        means, hint = (
            "may not be read",
            "name a credential in the contract (credential: ${NAME}), or mend the one there",
        )
    elif status in (404, 410):
        means, hint = "is not there", "look for the file's new address on the portal and change the source's location"
    elif status >= 500:
        means, hint = "cannot be given just now", "run again later"
    else:
        means, hint = "was not given", "look at the address in a browser"
    return OutsideError(
        f"a source's file {means}",
        where=answer.shown,
        found=f"status {status}",
        hint=f"{hint}; the last accepted delivery stays in use.",
        retry=status >= 500,
    )


def validators(headers: Mapping[str, str]) -> dict[str, str]:
    """What tells at the next look that a file is still the same."""
    return {name: headers[name] for name in (ETAG, MODIFIED) if headers.get(name)}


def _conditions(marks: Mapping[str, str]) -> dict[str, str]:
    """What asks "only if it changed". A weak ETag will do: it is compared, not gone on with."""
    if ETAG in marks:
        return {"if-none-match": marks[ETAG]}
    return {"if-modified-since": marks[MODIFIED]} if MODIFIED in marks else {}


def _in_parts(answer: Opened) -> bool:
    headers = answer.headers
    return headers.get("accept-ranges", "").lower() == "bytes" and not headers.get("content-encoding")
