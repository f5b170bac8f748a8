"""Adding a portal to ``city.yaml`` without touching anything else in it: comments and form stay.

Belongs here: the one edit, and the proof that nothing else changed. Does not belong here: reading the file for what
it means (``contracts.city_load``).
"""

from __future__ import annotations

import re
from pathlib import Path

from contracts import kept
from contracts.errors import InputError
from contracts.yaml_places import parse_yaml, read_bytes, read_yaml
from orchestration.onboarding.yaml_text import value

_BLOCK = re.compile(r"^portals:[ \t]*(#.*)?$", re.MULTILINE)
_ENTRY = re.compile(r"(?:\r?\n(?:[ \t]*|[ \t]*#.*))*(?:\r?\n([ \t]+)[^\s#].*(?:\r?\n[ \t]+#.*)*)+")
"""The entries below ``portals:``, with the comments between them."""
_FLOW = re.compile(r"^portals:[ \t]*\{([^{}\n]*)\}", re.MULTILINE)
_COMMENTED = re.compile(r"^# portals:.*\n(?:#   .*\n)?", re.MULTILINE)


def add_portal(path: Path, name: str, address: str) -> bool:
    """Write ``name: address`` under ``portals``; returns whether it had to be written.

    Raises:
        InputError: The file's form does not allow it, or it names another address already.
        OutsideError: The disk refused.
    """
    before = read_yaml(path).value
    known = (before.get("portals") or {}).get(name)
    if known is not None:
        if known.rstrip("/") != address.rstrip("/"):
            raise InputError("the portal has another address", where=str(path), found=known, expected=address)
        return False
    text = read_bytes(path).decode("utf-8")
    made = _with_portal(text, f"{name}: {value(address)}")
    if _value(made, path) != {**before, "portals": {**(before.get("portals") or {}), name: address}}:
        raise InputError(
            "a portal can't be written into this file without changing something else",
            where=str(path),
            expected=f"portals: with a line {name}: {address}",
            hint="write the line by hand, then run the same command again.",
        )
    kept.replace(path, made.encode())
    return True


def _value(text: str, path: Path) -> object:
    """What a file would hold; nothing where it could not be read."""
    try:
        return parse_yaml(text.encode(), str(path)).value
    except InputError:
        return None


def _with_portal(text: str, entry: str) -> str:
    ends = "\r\n" if "\r\n" in text else "\n"
    if found := _FLOW.search(text):
        inner = found[1].strip().rstrip(",")
        return f"{text[: found.start()]}portals: {{{inner}{', ' if inner else ''}{entry}}}{text[found.end() :]}"
    if found := _BLOCK.search(text):
        entries = _ENTRY.match(text, found.end())
        end, lead = (entries.end(), entries[1]) if entries else (found.end(), "  ")
        return f"{text[:end]}{ends}{lead}{entry}{text[end:]}"
    block = f"portals:{ends}  {entry}{ends}"
    if found := _COMMENTED.search(text):
        return text[: found.start()] + block + text[found.end() :]
    return text.rstrip("\r\n") + ends + block
