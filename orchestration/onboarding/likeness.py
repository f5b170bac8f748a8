"""Which of a source's columns is which of an entity's: by their names, types and values.

Belongs here: the choice, with the reason and the others that came near. Does not belong here: writing SQL
(``staging_draft``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.model import Contract, Property
from orchestration.onboarding.column_types import TypedColumn
from orchestration.onboarding.contract_draft import ContractDraft
from orchestration.onboarding.sample import SeenColumn, words_of
from orchestration.onboarding.vocabulary import Words, compared

RESEMBLES: Final = 0.45
"""Share of an entity's weight from which a source resembles it."""
NEAR: Final = 0.1
"""Two entities nearer to each other than this are not told apart."""

_BY_KEY: Final = "it tells records apart"
"""Why a column without a telling name is taken for the key: it says nothing of which entity this is."""

_FITTING: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"string", "integer", "number"}),
    "integer": frozenset({"integer", "number"}),
    "number": frozenset({"number", "integer"}),
    "timestamp": frozenset({"timestamp", "date"}),
    "date": frozenset({"date", "timestamp"}),
    "boolean": frozenset({"boolean"}),
}


@dataclass(frozen=True)
class Candidate:
    """What an entity's column may be: a column of the source, or one value within its objects (``key``).

    ``is_shape``: it holds the shapes, which a sample may leave out.
    """

    typed: TypedColumn
    seen: SeenColumn
    title: str = ""
    key: str | None = None
    is_shape: bool = False

    @property
    def shown(self) -> str:
        """How it is told: ``request_type``, or ``request_type.title`` within it."""
        return self.typed.name if self.key is None else f"{self.typed.name}.{self.key}"

    @property
    def logical_type(self) -> str:
        """What it is read as."""
        return self.typed.logical_type if self.key is None else "string"


@dataclass(frozen=True)
class Match:
    """A source's column that is an entity's. ``others`` came near; ``because`` says why this one."""

    entity_column: str
    candidate: Candidate
    because: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Likeness:
    """How much of an entity a source has. ``share`` weighs what must be there twice."""

    entity: Contract
    matches: Mapping[str, Match]
    share: float

    @property
    def missing(self) -> tuple[Property, ...]:
        """The entity's columns that were not found."""
        return tuple(c for c in self.entity.columns if c.name not in self.matches)

    @property
    def lacks_required(self) -> tuple[Property, ...]:
        """Those among them without which the entity can't be delivered."""
        return tuple(c for c in self.missing if c.required)


def likenesses(draft: ContractDraft, entities: Mapping[str, Contract], words: Words) -> tuple[Likeness, ...]:
    """Every entity, the likeliest first."""
    found = [likeness(draft, entity, words) for entity in entities.values()]
    return tuple(sorted(found, key=lambda one: (-one.share, one.entity.name)))


def candidates(draft: ContractDraft) -> tuple[Candidate, ...]:
    """The source's columns, and the texts within its objects."""
    found: list[Candidate] = []
    for column in draft.columns:
        seen = draft.origin.sample.column(column.name) or SeenColumn(column.name, ())
        is_shape = column.name == draft.origin.settings.get("geometryColumn")
        found.append(Candidate(column.typed, seen, column.title, is_shape=is_shape))
        if column.typed.logical_type == "object":
            inner = [value for value in seen.values if isinstance(value, dict)]
            for key in dict.fromkeys(k for one in inner[:200] for k, v in one.items() if isinstance(v, str)):
                values = tuple(one.get(key) for one in inner)
                found.append(Candidate(column.typed, SeenColumn(f"{column.name} {key}", values), key=str(key)))
    return tuple(found)


def likeness(draft: ContractDraft, entity: Contract, words: Words) -> Likeness:
    """What ``draft`` has of ``entity``: each column of the source is given away once, the surest first."""
    names = words.columns.get(entity.name, {})
    offered = candidates(draft)
    scored: list[tuple[float, int, int, str]] = []
    for order, wanted in enumerate(entity.columns):
        for position, candidate in enumerate(offered):
            score, because = _score(wanted, names.get(wanted.name, ()), candidate)
            if entity.primary_key == (wanted.name,) and candidate.key is None and candidate.typed.name == draft.key:
                score, because = max((score, because), (0.5, _BY_KEY))
            if score > 0:
                scored.append((-score, order, position, because))
    scored.sort()
    matches: dict[str, Match] = {}
    given: set[int] = set()
    for minus, order, position, because in scored:
        wanted = entity.columns[order]
        if wanted.name in matches or position in given:
            continue
        others = tuple(
            offered[p].shown
            for score, o, p, _ in scored
            if o == order and p != position and score <= min(-0.45, minus / 2)
        )[:3]
        matches[wanted.name] = Match(wanted.name, offered[position], because, others)
        given.add(position)
    return Likeness(entity, matches, _share(entity, matches, words))


def _share(entity: Contract, matches: Mapping[str, Match], words: Words) -> float:
    """How much of an entity is there; half of it where what must tell its records apart repeats."""
    weights = {c.name: 2.0 if c.required else 0.5 if c.optional else 1.0 for c in entity.columns}
    stand_ins = words.stand_ins.get(entity.name, {})
    there = sum(
        weight
        for name, weight in weights.items()
        if (name in matches and matches[name].because != _BY_KEY)
        or (name in stand_ins and _can(stand_ins[name], matches))
    )
    share = there / sum(weights.values())
    unique = [c.name for c in entity.columns if c.unique or entity.primary_key == (c.name,)]
    values = [matches[name].candidate.seen.values for name in unique if name in matches]
    return share / 2 if any(len(set(map(str, v))) * 1.1 < len(v) for v in values) else share


def _can(stand_in: str, matches: Mapping[str, Match]) -> bool:
    """Whether a stand-in's own columns are there."""
    return all(name in matches for name in names_in(stand_in))


def names_in(stand_in: str) -> tuple[str, ...]:
    """The columns of the entity that a stand-in is made from."""
    return tuple(part.split("}", 1)[0] for part in stand_in.split("{")[1:])


def _score(wanted: Property, names: Sequence[str], candidate: Candidate) -> tuple[float, str]:
    """How surely a candidate is ``wanted``, from 0 to 1, and why."""
    if candidate.logical_type not in _FITTING.get(wanted.logical_type, frozenset({wanted.logical_type})):
        return 0.0, ""
    if candidate.key is not None:
        score, because = _inner_score(names, candidate)
    else:
        score, because = _name_score(wanted, names, candidate.typed.name, candidate.title)
    if not score:
        return 0.0, ""
    return (
        (score, because)
        if candidate.seen.filled or candidate.is_shape
        else (score * 0.5, f"{because}; empty in the sample")
    )


def _inner_score(names: Sequence[str], candidate: Candidate) -> tuple[float, str]:
    """Of a value within an object: the object's name tells and the key is "name" or its like, or the key tells."""
    folded = compared(candidate.key or "")
    if folded in _NAMING and compared(candidate.typed.name) in names:
        return 0.6, f"the {candidate.key} within {candidate.typed.name}, whose name is one of those files use for it"
    if folded in names:
        return 0.4, f"within {candidate.typed.name}: its name is one of those files use for it"
    return 0.0, ""


_NAMING: Final = frozenset({"title", "name", "label", "nombre", "nome", "titulo"})


def _name_score(wanted: Property, names: Sequence[str], name: str, title: str) -> tuple[float, str]:
    own = compared(wanted.name)
    if compared(name) == own:
        return 1.0, "the same name"
    for said, told in ((name, "its name"), (title, "its title")):
        folded = compared(said) if said else ""
        if folded and folded in names:
            return 0.95 - 0.4 * names.index(folded) / max(len(names), 1), f"{told} is one of those files use for it"
    words = [w for w in words_of(name) if w not in _FILLERS]
    best = 0.0
    for n, known in enumerate(names[:25]):
        if len(words) > 1 and known in ("".join(words[1:]), "".join(words[:-1])) and len(known) > 3:
            best = max(best, 0.45 - 0.2 * n / 25)
    return (best, "its name holds one that files use for it") if best else (0.0, "")


_FILLERS: Final = frozenset({"the", "of", "de", "del", "la", "el", "do", "da", "sr", "311"})
