"""``cauce source add``, from an address to the files: asked, drafted, tried, written.

Belongs here: the order of steps, and what came of them. Does not belong here: any step's own work, the screen.
Nothing that is there is ever overwritten; what is written loads at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from contracts import kept
from contracts.city import City
from contracts.city_load import CITY_FILE, CONTRACT_SUFFIX, load_city, load_shared
from contracts.errors import CauceError, InputError
from contracts.load import load_contract
from contracts.model import Contract, Role
from contracts.vocabulary import one_of
from orchestration.onboarding.asking import Question, ask
from orchestration.onboarding.city_file import add_portal
from orchestration.onboarding.city_skeleton import CITY_ID
from orchestration.onboarding.contract_draft import ContractDraft, Origin, draft_contract, source_name
from orchestration.onboarding.contract_text import contract_text
from orchestration.onboarding.file_sample import Asked
from orchestration.onboarding.likeness import NEAR, RESEMBLES, Likeness, likenesses
from orchestration.onboarding.recognition import Named, Said, name_address
from orchestration.onboarding.staging_draft import StagingDraft, draft_staging, staging_sql
from orchestration.onboarding.vocabulary import read_words

PROPOSAL: Final = ".proposal"
_SAME: Final = ("dataset", "resource", "layer", "location", "jurisdiction")
"""Settings that tell two sources of one portal apart."""


@dataclass(frozen=True)
class Wish:
    """What the person wants.

    Attributes:
        url: The address.
        name: The source's name; from the data set's title where not said.
        entity: The entity it is to be staged as; the one it resembles where not said.
        portal_name: The portal's name in ``city.yaml``.
        form: The format of a file whose address does not tell it.
        asked: What the person said of the file.
        credential: A reference to a token in the environment.
        proposal: Write drafts beside files that are there.
    """

    url: str
    name: str | None = None
    entity: str | None = None
    portal_name: str | None = None
    form: str | None = None
    asked: Asked = Asked()  # noqa: RUF009 - frozen
    credential: str | None = None
    proposal: bool = False


@dataclass(frozen=True)
class Surroundings:
    """Where it happens: the city, the operator's portals, a folder for work, the time, the pace."""

    city: City
    given: Mapping[str, str]
    work: Path
    now: datetime
    pace: float


@dataclass(frozen=True)
class Added:
    """What came of it.

    Attributes:
        draft: The contract's draft.
        contract: Where it was written.
        portal: The portal's name and address, where it was written to ``city.yaml``.
        likely: The entities it resembles, the likeliest first.
        staging: The proposal, where it resembles one.
        staging_path: Where that was written.
        notes: What is worth telling.
    """

    draft: ContractDraft
    contract: Path
    portal: tuple[str, str] | None
    likely: tuple[Likeness, ...]
    staging: StagingDraft | None = None
    staging_path: Path | None = None
    notes: tuple[str, ...] = field(default=())


def add_source(wish: Wish, here: Surroundings) -> Added:
    """Draft and write a source's contract, and a staging model where it resembles an entity.

    Raises:
        InputError: The address is not known, the data set is added already, a name is taken, or it is no table.
        OutsideError: The portal can't be asked, or the disk refused.
    """
    city = here.city
    entities = dict(load_shared().entities)
    if wish.entity is not None and wish.entity not in entities:
        raise InputError("no such entity", where="--entity", found=wish.entity, expected=one_of(entities, wish.entity))
    if wish.name is not None:
        _hold_name(wish.name, city, proposal=wish.proposal)
    said = Said(wish.portal_name, wish.form)
    candidates = name_address(wish.url, city.folder, city.portals, here.given, said)
    if not wish.proposal:
        for candidate in candidates:
            _hold_new(candidate, city)
    try:
        named, origin = _asked(candidates, wish, here)
        name = wish.name or source_name(city.id, origin.described.title, frozenset(city.sources))
        draft = draft_contract(name, city, origin, here.now)
        if not draft.columns:
            raise InputError("the data set has no columns", where=wish.url, expected="a table")
        _try(draft, here.work)
    finally:
        kept.discard(here.work)
    portal = (named.portal, named.address) if named.portal and named.address else None
    if portal is not None:
        add_portal(city.folder / CITY_FILE, *portal)
    contract = _place(
        city.folder / "sources" / f"{name}{CONTRACT_SUFFIX}", contract_text(draft), proposal=wish.proposal
    )
    return _staged(wish, draft, contract, portal, entities)


def _asked(candidates: Sequence[Named], wish: Wish, here: Surroundings) -> tuple[Named, Origin]:
    """What the first candidate says that knows the data set; the likeliest one's refusal where none does."""
    refusal: InputError | None = None
    for named in candidates:
        own = {named.portal: named.address} if named.portal and named.address else {}
        portals = {**here.city.portals, **own, **here.given}
        shown = wish.url.split("?", 1)[0].split("#", 1)[0]
        question = Question(
            *(named, here.city, portals, here.given, here.work, here.now, here.pace, wish.asked),
            credential=wish.credential,
            shown=shown,
        )
        try:
            return named, ask(question)
        except InputError as error:
            refusal = refusal or error
    assert refusal is not None, "an address that nobody knows is refused before"
    raise refusal


def _hold_name(name: str, city: City, *, proposal: bool) -> None:
    if not CITY_ID.match(name):
        raise InputError(
            "a source's name has another form",
            where="--name",
            found=repr(name),
            expected="<publisher>_<dataset>: lower-case letters, digits and underscores, at most 40",
        )
    if name in city.sources and not proposal:
        raise InputError(
            "the city has a source of this name",
            where=str(city.sources[name].path),
            found=name,
            expected="a new name",
            hint="--name with another one, or --proposal to write a new draft beside it.",
        )


def _hold_new(named: Named, city: City) -> None:
    """Refuse a data set that the city has already."""
    for source in city.sources.values():
        server = source.servers[0]
        if (server.connector, server.portal) != (named.connector, named.portal):
            continue
        mine = {word: named.settings[word] for word in _SAME if word in named.settings}
        theirs = {word: server.settings.get(word) for word in mine}
        if mine == theirs and (mine or not any(word in server.settings for word in _SAME)):
            raise InputError(
                "the city has this data set already",
                where=str(source.path),
                found=source.name,
                expected="one that is new",
                hint=f"cauce source fetch {source.name} --city {city.id}, or --proposal for a new draft beside it.",
            )


def _try(draft: ContractDraft, work: Path) -> None:
    """Load the draft strictly before it is written where it counts.

    Raises:
        InputError: It does not load: the draft is at fault, and says so.
    """
    path = work / f"{draft.name}{CONTRACT_SUFFIX}"
    kept.write(path, contract_text(draft).encode())
    try:
        load_contract(path, Role.SOURCE)
    except CauceError as error:
        raise InputError(
            "the draft of the contract does not load, which is a fault of the drafting",
            where=draft.name,
            found=error.message,
            hint="write the contract by hand (docs/how-to/first-city.md), and report the address.",
        ) from error


def _place(path: Path, text: str, *, proposal: bool) -> Path:
    """Write a new file; beside it, where one is there and that was asked for.

    Raises:
        InputError: There is one, and it was not asked for.
    """
    if kept.create_if_absent(path, text.encode()):
        return path
    if not proposal:
        raise InputError(
            "the file is there already",
            where=str(path),
            expected="a new file",
            hint="--proposal writes the draft beside it.",
        )
    beside = path.with_name(path.name + PROPOSAL)
    kept.replace(beside, text.encode())
    return beside


def _staged(
    wish: Wish, draft: ContractDraft, contract: Path, portal: tuple[str, str] | None, entities: Mapping[str, Contract]
) -> Added:
    words = read_words()
    likely = likenesses(draft, entities, words)
    notes: list[str] = []
    chosen = next((one for one in likely if one.entity.name == wish.entity), None) if wish.entity else likely[0]
    if chosen is None or (wish.entity is None and chosen.share < RESEMBLES):
        notes.append("It resembles no entity: it is kept and checked, and no product is made of it yet.")
        return Added(draft, contract, portal, likely, notes=tuple(notes))
    rivals = [o.entity.name for o in likely if o is not chosen and o.share >= max(RESEMBLES, chosen.share - NEAR)]
    if rivals and wish.entity is None:
        notes.append(
            f"It may also be {' or '.join(rivals)}: --entity says which; taken as {chosen.entity.name} until then."
        )
    staging = draft_staging(draft, chosen, words)
    path = draft.city.folder / "staging" / f"{staging.model}.sql"
    kept.make_folder(path.parent)
    text = staging_sql(staging)
    if not kept.create_if_absent(path, text.encode()):
        path = path.with_name(f"{path.name}.{draft.name}{PROPOSAL}")
        kept.replace(path, text.encode())
        notes.append(f"{staging.entity.name} has a staging model already: the proposal stands beside it.")
    if contract.suffix != PROPOSAL:
        load_city(draft.city.folder)
    return Added(draft, contract, portal, likely, staging, path, tuple(notes))


def as_dict(added: Added) -> dict[str, Any]:
    """For ``--format json``."""
    draft, staging = added.draft, added.staging
    origin: Origin = draft.origin
    return {
        "source": draft.name,
        "city": draft.city.id,
        "connector": origin.connector,
        "portal": origin.portal,
        "portal_added": None if added.portal is None else {"name": added.portal[0], "address": added.portal[1]},
        "contract": str(added.contract),
        "records": origin.records,
        "sample": origin.sample.records,
        "columns": len(draft.columns),
        "left_out": list(draft.left_out),
        "key": draft.key,
        "key_told": draft.key_told,
        "personal": {column.name: list(column.hints) for column in draft.personal},
        "entities": {one.entity.name: round(one.share, 2) for one in added.likely},
        "entity": None if staging is None else staging.entity.name,
        "staging": None if added.staging_path is None else str(added.staging_path),
        "found": None if staging is None else staging.found,
        "missing": None
        if staging is None
        else {c.name: {"required": c.required, "unlocks": list(c.unlocks)} for c in staging.missing},
        "deliverable": None if staging is None else staging.is_deliverable,
        "notes": list(added.notes),
    }
