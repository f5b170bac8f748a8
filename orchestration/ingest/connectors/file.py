"""The file connector: a path below the city's folder, an absolute path, or an fsspec address.

Belongs here: resolving the address (with the city's portals and the operator's ``--portal``), and
opening it as a stream. Does not belong here: keeping bytes (``fetch``), reading records, any protocol
that talks to a web server (a connector with its own rules for hosts and redirects does that).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit, urlunsplit

from contracts.errors import InputError, OutsideError
from contracts.model import Server
from contracts.vocabulary import nearest
from orchestration.ingest import fetch
from orchestration.ingest.delivery import Described, Errand, Fetched, Location, Recognised, Stream, Unchanged

PROTOCOLS = frozenset({"file", "memory", "s3", "gs", "gcs", "az", "abfs", "abfss", "sftp"})
"""Address schemes that are opened. Web addresses are not: they need a connector that checks hosts."""
FINGERPRINT = "fingerprint"


def locate(server: Server, folder: Path, portals: Mapping[str, str]) -> Location:
    """The address of ``server``'s file.

    Args:
        server: The contract's server; ``location`` is a path or an address.
        folder: The city's folder, for relative paths.
        portals: Base addresses by portal name, the operator's before the city's.

    Raises:
        InputError: No location, an unknown portal, or a scheme that is not opened.
    """
    location = str(server.settings.get("location") or "")
    if not location:
        raise InputError("a file source has no location", where=str(server.place), hint="add location to the server.")
    if server.portal is not None:
        if server.portal not in portals:
            raise InputError(
                "a portal has no address",
                where=str(server.place),
                found=server.portal,
                expected=f"one of {', '.join(sorted(portals)) or 'the portals of city.yaml (none yet)'}",
                hint=f"add {server.portal} under portals in city.yaml, or give --portal {server.portal}=ADDRESS.",
            )
        if "://" not in location and not Path(location).is_absolute():
            location = f"{portals[server.portal].rstrip('/')}/{location}"
    return _resolved(location, folder, server)


def _resolved(location: str, folder: Path, server: Server) -> Location:
    if "://" not in location:
        path = folder / location
        return Location(shown=location, url=str(path), path=path)
    parts = urlsplit(location)
    if "::" in location or parts.scheme not in PROTOCOLS:
        raise InputError(
            "the file connector does not open this kind of address",
            where=str(server.place),
            found=f"{'a chained address' if '::' in location else parts.scheme + '://'}",
            expected=f"a path, or one of {', '.join(sorted(PROTOCOLS))}",
        )
    if parts.scheme == "file":
        path = Path(parts.path)
        return Location(shown=f"file://{path}", url=str(path), path=path)
    shown = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return Location(shown=shown, url=location, path=None)


def recognise(_url: str) -> Recognised | None:
    """No web address is a file of this connector's."""
    return None


def still(errand: Errand) -> bool:
    """Whether the file is surely the one seen at the last look.

    Raises:
        OutsideError: The file is not there.
    """
    sign = fingerprint(errand.location)
    return sign is not None and errand.marks.get(FINGERPRINT) == sign


def bring(errand: Errand) -> Fetched | Unchanged:
    """Copy the file, unless it is surely the one seen at the last look.

    Raises:
        OutsideError: It can't be read, or it changed while it was read.
    """
    location = errand.location
    before = fingerprint(location)
    marks = {FINGERPRINT: before} if before is not None else {}
    if before is not None and errand.marks.get(FINGERPRINT) == before:
        return Unchanged(marks)

    def settled() -> None:
        if fingerprint(location) != before:
            raise OutsideError(
                "a source's file changed while it was read",
                where=location.shown,
                hint="wait until it has been written whole, then run again.",
                retry=True,
            )

    with opened(location) as stream:
        return replace(fetch.keep(stream, location, errand.folder, errand.caps, settled), marks=marks)


def describe(_errand: Errand) -> Described:
    """A file says nothing of itself."""
    return Described(settings={})


def fingerprint(location: Location) -> str | None:
    """Identity, size and times of a local file; None where there is no such cheap sign.

    The time of the last change of status (``ctime``) is among them: no program can set it back.

    Raises:
        OutsideError: The file is not there.
    """
    if location.path is None:
        return None
    try:
        status = location.path.stat()
    except OSError as error:
        raise _unreadable(location, error) from error
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


@contextmanager
def opened(location: Location) -> Iterator[Stream]:
    """The bytes at ``location``, as a stream.

    Raises:
        OutsideError: The address can't be read.
    """
    try:
        if location.path is not None:
            with location.path.open("rb", buffering=0) as file:
                yield file
            return
        import fsspec

        with fsspec.open(location.url, mode="rb") as remote:
            yield cast("Stream", remote)
    except (OSError, EOFError) as error:
        raise _unreadable(location, error) from error
    except (ImportError, ValueError) as error:
        raise OutsideError(
            "an address needs a driver that is not installed, or is malformed",
            where=location.shown,
            found=type(error).__name__,
            hint="install the fsspec driver of that store.",
        ) from error


def _unreadable(location: Location, error: OSError | EOFError) -> OutsideError:
    missing = isinstance(error, FileNotFoundError)
    reason = _missing(location) if missing else (getattr(error, "strerror", None) or type(error).__name__)
    return OutsideError(
        "a source's file cannot be read",
        where=location.shown,
        found=reason,
        hint="check the source's location and its portal; the last accepted delivery stays in use.",
        retry=not (missing or isinstance(error, PermissionError | IsADirectoryError | io.UnsupportedOperation)),
    )


def _missing(location: Location) -> str:
    """That the file is not there, and what there is that has nearly its name."""
    if location.path is None or not location.path.parent.is_dir():
        return "no such file"
    close = nearest(location.path.name, [p.name for p in location.path.parent.iterdir()])
    return f"no such file, but {close}" if close else "no such file"
