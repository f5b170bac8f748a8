"""Words as they are compared: small letters, without accents.

Belongs here: folding a text, cutting it into words, words too common to tell anything apart. Does not belong here:
endings of words (the browser compares those, ``catalog/site/scripts/search.js``). The script folds what a reader types
in the same way; a test holds the two against each other.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

_WORD = re.compile(r"[^\W_]+")
_LETTERS: Final = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i"})
"""Letters that no decomposition takes apart."""

STOPS: Final[Mapping[str, Sequence[str]]] = json.loads(
    Path(__file__).with_name("stops.json").read_text(encoding="utf-8")
)
"""Words that stand nearly everywhere, by language, folded; they are not looked for beside other words."""


def fold(text: str) -> str:
    """``text`` in small letters without accents: "Información" and "informacion" are the same."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in apart if not unicodedata.category(c).startswith("M"))
    return unicodedata.normalize("NFKD", bare.lower()).translate(_LETTERS)


@lru_cache(maxsize=1 << 17)
def words(text: str) -> tuple[str, ...]:
    """The words of a text, folded, in their order; ``_`` and every other sign parts two words."""
    return tuple(_WORD.findall(fold(text)))


def stops(language: str) -> frozenset[str]:
    """The words of a language that are left out; none where the language is not known here."""
    return frozenset(STOPS.get(language.replace("_", "-").partition("-")[0], ()))
