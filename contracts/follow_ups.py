"""What people took on in a stat meeting: the form of ``followups.yaml``, which the team keeps.

Belongs here: reading the file strictly, who may read an entry, and how it stood on a day. Does not belong here: the
packet (``catalog.packet``), pages. The owner is somebody of the city's staff; of residents an entry holds nothing: no
key for a person besides the owner exists, and a text with an e-mail address or a telephone number is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final, cast

from contracts.city import FollowUp, FollowUpState, Person, Problem
from contracts.credentials import refuse_secrets
from contracts.measure import Measure
from contracts.nodes import Node
from contracts.problems import read_email
from contracts.requests import PERSONAL_KEYS, read_impersonal
from contracts.tiers import TIERS, is_tier, visible
from contracts.vocabulary import nearest
from contracts.yaml_places import read_yaml

FOLLOW_UP_KEYS: Final = (
    *("id", "what", "owner", "asked", "due", "status", "response", "closed", "problem", "measure", "tier"),
)
DEFAULT_TIER: Final = "internal"
"""An entry names staff: colleagues read it, nobody else, unless it says so."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")
_READERS = "a meeting reads"


def read_follow_ups(
    path: Path, problems: Mapping[str, Problem], measures: Mapping[str, Measure]
) -> tuple[FollowUp, ...]:
    """The entries of ``followups.yaml``, in the order written; none where the file is absent.

    Args:
        path: The file: a mapping with the one key ``followUps``.
        problems: The city's problems, by id.
        measures: The city's measures, by id.

    Raises:
        InputError: Something that does not exist, a state without its response or its day, days out of order, an id
            used twice, or anything by which a resident could be reached.
    """
    if not path.is_file():
        return ()
    document = read_yaml(path)
    refuse_secrets(document)
    found: dict[str, FollowUp] = {}
    for entry in Node.root(document).mapping(("followUps",)).need("followUps").items():
        follow_up = _follow_up(entry, problems, measures)
        if follow_up.id in found:
            raise entry.child("id").refuse(
                "an id is used twice",
                found=f"{follow_up.id}, also in line {found[follow_up.id].place.line}",
                expected="an id for each entry",
            )
        found[follow_up.id] = follow_up
    return tuple(found.values())


def _follow_up(entry: Node, problems: Mapping[str, Problem], measures: Mapping[str, Measure]) -> FollowUp:
    for key in entry.value if isinstance(entry.value, dict) else ():
        if key in PERSONAL_KEYS:
            raise entry.child(key).refuse(
                "an entry tells of a person besides its owner",
                found=str(key),
                expected="owner, and nobody else: what a resident wrote stays in the mailbox",
            )
    node = entry.mapping(FOLLOW_UP_KEYS)
    if not _ID.match(node.need("id").text()):
        raise node.child("id").wrong("lower-case letters, digits, _ and -")
    status = cast(FollowUpState, node.need("status").choice("open", "done", "dropped"))
    asked = node.need("asked").day()
    _hold_state(node, status)
    problem = _known(node.child("problem"), problems) if node.has("problem") else None
    measure = _known(node.child("measure"), measures) if node.has("measure") else None
    if problem is not None and measure is not None and measure not in problems[problem].measures:
        raise node.child("measure").refuse(
            f"a follow-up's measure is none of its problem {problem}",
            found=measure,
            expected=", ".join(problems[problem].measures) or "no measure: the problem has none",
        )
    return FollowUp(
        id=node.need("id").text(),
        what=read_impersonal(node.need("what"), _READERS),
        owner=_owner(node.need("owner").mapping(("role", "name", "email"))),
        asked=asked,
        due=_not_before(node.need("due"), asked, "a follow-up is due before it was asked"),
        status=status,
        response=read_impersonal(node.child("response"), _READERS) if node.has("response") else None,
        closed=_not_before(node.child("closed"), asked, "a follow-up is closed before it was asked")
        if node.has("closed")
        else None,
        problem=problem,
        measure=measure,
        tier=_tier(node.child("tier")) if node.has("tier") else DEFAULT_TIER,
        place=node.place,
    )


def _hold_state(node: Node, status: FollowUpState) -> None:
    """What is open has no day of its end; what is not says when it ended and what came of it."""
    if status == "open" and node.has("closed"):
        raise node.child("closed").refuse(
            "an open follow-up has its end written down", found="closed", expected="status: done or dropped"
        )
    for key in ("response", "closed"):
        if status != "open" and not node.has(key):
            raise node.refuse(f"a follow-up that is {status} lacks its {key}", expected=f"{key}: ...")


def _known(node: Node, known: Mapping[str, Problem] | Mapping[str, Measure]) -> str:
    name = node.text()
    if name not in known:
        raise node.refuse(
            f"a follow-up names a {node.name} that the city does not have",
            found=name,
            expected=nearest(name, known) or f"one of {', '.join(known) or 'none'}",
        )
    return name


def _owner(node: Node) -> Person:
    return Person(
        node.need("role").texts(),
        node.child("name").text() if node.has("name") else None,
        read_email(node.child("email")) if node.has("email") else None,
    )


def _not_before(node: Node, asked: date, what: str) -> date:
    day = node.day()
    if day < asked:
        raise node.refuse(what, found=str(day), expected=f"{asked} or later")
    return day


def _tier(node: Node) -> str:
    if not is_tier(node.text()):
        raise node.wrong(f"one of {', '.join(TIERS)}")
    return node.text()


def readable(entries: Iterable[FollowUp], tier: str) -> tuple[FollowUp, ...]:
    """The entries that readers of a tier may read, in the order given."""
    return tuple(entry for entry in entries if visible(entry.tier, tier))


def as_of(entries: Iterable[FollowUp], day: date) -> tuple[FollowUp, ...]:
    """The register as it stood at the end of a day: what was asked later is not in it, what was closed later is open.

    The response of an entry that was closed later is left out with its end: it is what came of it.
    """
    return tuple(
        replace(entry, status="open", closed=None, response=None)
        if entry.closed is not None and entry.closed > day
        else entry
        for entry in entries
        if entry.asked <= day
    )
