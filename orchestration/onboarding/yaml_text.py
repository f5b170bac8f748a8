"""Writing YAML by hand: values that the strict reader reads as they were meant, and comments.

Belongs here: one value or one comment as text. Does not belong here: what a file says (``contract_text``,
``city_skeleton``). Written by hand, so that a draft carries its reasons as comments beside the lines they explain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

LONGEST: Final = 700
"""Characters of a text taken over from a portal."""

_PLAIN = re.compile(r"[A-Za-z][\w ./()+&;!-]*(?<![\s])\Z", re.ASCII)
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan"})
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_TAGS = re.compile(r"<[^<>]{0,500}>")
_ENTITIES: Final = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&nbsp;": " "}
_QUERY = re.compile(r"(\bhttps?://[^\s?#]+)[?#][^\s)\]>\"']*")
_USER = re.compile(r"(://)[^\s/@]*@")


def value(thing: Any) -> str:
    """``thing`` as one YAML value on one line (flow style)."""
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if thing is None:
        return "null"
    if isinstance(thing, int | float):
        return json.dumps(thing)
    if isinstance(thing, str):
        return _text(thing)
    if isinstance(thing, Mapping):
        return "{" + ", ".join(f"{_text(str(k))}: {value(v)}" for k, v in thing.items()) + "}"
    if isinstance(thing, Sequence):
        return "[" + ", ".join(value(part) for part in thing) + "]"
    raise TypeError(f"no YAML form for {type(thing).__name__}")


def _text(text: str) -> str:
    if _PLAIN.match(text) and text.lower() not in _WORDS and ";" not in text and " #" not in text:
        return text
    return json.dumps(text, ensure_ascii=False)


def seen(text: str) -> str:
    """``text`` without characters that a reader cannot see."""
    return _SURROGATES.sub("\ufffd", _UNSEEN.sub("", text))


def plain(text: str, longest: int = LONGEST) -> str:
    """A text of a portal's in plain words, on one line: no markup, no address's query or user, not too long."""
    flat = _TAGS.sub(" ", text)
    for entity, sign in _ENTITIES.items():
        flat = flat.replace(entity, sign)
    flat = " ".join(seen(flat).split())
    flat = _USER.sub(r"\1", _QUERY.sub(r"\1", flat))
    return flat if len(flat) <= longest else flat[: longest - 1].rsplit(" ", 1)[0] + "…"


def comment(text: str, indent: int = 0) -> str:
    """``text`` as comment lines of at most some 110 characters."""
    words, lines, line = plain(text, 2000).split(), [], ""
    for word in words:
        if line and len(line) + len(word) + 1 > 110 - indent:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    lines.append(line)
    return "".join(f"{' ' * indent}# {one}\n" for one in lines)
