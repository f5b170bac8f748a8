"""The word ``anonymity`` of a product's contract: by what somebody could be known again, and in how large a crowd.

    {quasiIdentifiers: [age_band, district_id], k: 11, sensitive: [diagnosis], l: 2}

Belongs here: reading the word, cutting it to a tier, what changed in it. Does not belong here: measuring
(``transforms.disclosure.anonymity``), what a find means for a release (``orchestration.publish.anonymity_rules``).

The promise is about every tier below the most restrictive, over those of its columns that the tier sees: records that
agree in all quasi-identifiers are k or more, and hold l or more different values of each sensitive column.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from contracts.changes import Change, breaking, compatible
from contracts.model import Contract
from contracts.nodes import Node
from contracts.tiers import MOST_RESTRICTIVE, rank, visible
from contracts.vocabulary import nearest

WORD: Final = "anonymity"
DEFAULT_K: Final = 11
"""Records that a class has where the contract does not say: the number from which counts are shown."""
DEFAULT_L: Final = 2
_KEYS: Final = ("quasiIdentifiers", "k", "sensitive", "l")
_LEAST: Final = 2


@dataclass(frozen=True)
class Declared:
    """What a contract promises.

    Attributes:
        quasi_identifiers: Columns by which a reader could know somebody again.
        k: Records that agree in all of them.
        sensitive: Columns that should not be learnt of a known person.
        least: Different values of each of them (the word's ``l``).
    """

    quasi_identifiers: tuple[str, ...]
    k: int = DEFAULT_K
    sensitive: tuple[str, ...] = ()
    least: int = DEFAULT_L

    def among(self, columns: Collection[str]) -> Declared | None:
        """The promise for readers who see no more than ``columns``; None where they see no quasi-identifier."""
        keys = tuple(name for name in self.quasi_identifiers if name in columns)
        return (
            replace(self, quasi_identifiers=keys, sensitive=tuple(n for n in self.sensitive if n in columns))
            if keys
            else None
        )

    def as_word(self) -> dict[str, Any]:
        """The promise as a contract writes it."""
        said: dict[str, Any] = {"quasiIdentifiers": list(self.quasi_identifiers), "k": self.k}
        return said | ({"sensitive": list(self.sensitive), "l": self.least} if self.sensitive else {})


def declared(contract: Contract) -> Declared | None:
    """What ``contract`` promises; None where it has no such word."""
    word: Mapping[str, Any] | None = contract.custom.get(WORD)
    if word is None:
        return None
    return Declared(
        quasi_identifiers=tuple(word["quasiIdentifiers"]),
        k=int(word.get("k", DEFAULT_K)),
        sensitive=tuple(word.get("sensitive", ())),
        least=int(word.get("l", DEFAULT_L)),
    )


def is_kept_for(tier: str) -> bool:
    """Whether the promise is about ``tier``: the few people of the most restrictive one may know who it is."""
    return rank(tier) < rank(MOST_RESTRICTIVE)


def hold_anonymity(node: Node, contract: Contract) -> None:
    """Refuse a declaration that means nothing, or that no release could keep.

    Args:
        node: The word's entry in ``customProperties``.
        contract: The contract, otherwise whole.

    Raises:
        InputError: It is so; the error points at the line.
    """
    if WORD not in contract.custom:
        return
    word = node.child("value").mapping(_KEYS)
    keys = _columns(word.need("quasiIdentifiers"), contract)
    sensitive = _columns(word.child("sensitive"), contract) if "sensitive" in word.value else []
    for name, belongs in (("k", True), ("l", bool(sensitive))):
        if name in word.value:
            _hold_number(word.child(name))
        if name in word.value and not belongs:
            raise word.child(name).refuse(
                "l counts the values of sensitive columns, and none is named",
                found=f"l: {word.value[name]}",
                expected="sensitive: [a column, ...], or no l",
            )
    for name in keys:
        if name in sensitive:
            raise word.child("sensitive").refuse(
                "a column is a quasi-identifier and sensitive: records that agree in it hold one value of it",
                found=name,
                expected="one of the two",
            )
    alone = [c.name for c in contract.columns if c.unique and c.name in keys]
    if alone or set(contract.primary_key) <= set(keys):
        raise word.child("quasiIdentifiers").refuse(
            "no two records could agree in these quasi-identifiers",
            found=", ".join(alone or contract.primary_key),
            expected="no column whose values never repeat, and not the whole key",
        )


def _columns(node: Node, contract: Contract) -> list[str]:
    """A list of columns that some tier below the most restrictive is shown, each once."""
    names = {c.name: c for c in contract.columns}
    below = [tier for tier in contract.renditions if is_kept_for(tier)]
    found: list[str] = []
    for entry in node.items():
        name = entry.text()
        if name not in names:
            raise entry.refuse(
                f"{WORD} names a column the contract does not have",
                found=name,
                expected=nearest(name, names) or f"one of {', '.join(names)}",
            )
        if name in found:
            raise entry.refuse(f"{WORD} names a column twice", found=name, expected="each once")
        if not any(visible(names[name].classification, tier) for tier in below):
            raise entry.refuse(
                f"no rendition below {MOST_RESTRICTIVE} shows this column, so nobody could be known again by it",
                found=f"{name}, {names[name].classification}",
                expected=f"a column that {' or '.join(below) or 'a lower rendition'} shows",
            )
        found.append(name)
    if not found:
        raise node.wrong("one column or more")
    return found


def _hold_number(node: Node) -> None:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int) or value < _LEAST:
        raise node.wrong(f"a whole number from {_LEAST}")


# what changed -------------------------------------------------------------------------------


def anonymity_changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Changes of the promise: asking less lets somebody be known again, and needs an approval like a lower class."""
    was, now, path = declared(old), declared(new), f"contract.{WORD}"
    if was is None or now is None:
        if was is not None:
            yield breaking("anonymity_dropped", path, "Nothing is asked of small classes any more.", approval=True)
        elif now is not None:
            said = f"Records that agree in {_listed(now.quasi_identifiers)} are {now.k} or more now."
            yield compatible("anonymity_declared", path, said)
        return
    yield from _number(f"{path}.k", "k", was.k, now.k)
    if was.sensitive and now.sensitive:
        yield from _number(f"{path}.l", "l", was.least, now.least)
    for word, before, after in (
        ("quasiIdentifiers", was.quasi_identifiers, now.quasi_identifiers),
        ("sensitive", was.sensitive, now.sensitive),
    ):
        for name in (n for n in before if n not in after):
            yield breaking(
                "anonymity_lowered",
                f"{path}.{word}",
                f"{name} is no longer among the {word} columns of {WORD}.",
                approval=_may_be_seen(old, new, name),
            )
        for name in (n for n in after if n not in before):
            yield compatible("anonymity_raised", f"{path}.{word}", f"{name} is among the {word} columns of {WORD} now.")


def _number(path: str, name: str, was: int, now: int) -> Iterator[Change]:
    sentence = f"{name} of {WORD} was {was} and is {now}."
    if now < was:
        yield breaking("anonymity_lowered", path, sentence, approval=True)
    elif now > was:
        yield compatible("anonymity_raised", path, sentence)


def _may_be_seen(old: Contract, new: Contract, name: str) -> bool:
    """Whether a tier that the promise is about may still see the column, if only under a new name."""
    column = new.object.column(name)
    if column is None:
        return any(old.object.column(c.name) is None for c in new.columns)
    return any(is_kept_for(tier) and visible(column.classification, tier) for tier in new.renditions)


def _listed(names: Collection[str]) -> str:
    return ", ".join(names)
