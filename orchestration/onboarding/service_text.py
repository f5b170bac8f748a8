"""A problem, a measure or a product's file as YAML that people keep: short values beside their key, long texts below.

Belongs here: the form of the text. Does not belong here: what it says (``service_plan``), reading it
(``contracts.problems``, ``contracts.measures``).
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from orchestration.onboarding.yaml_text import value

WIDTH: Final = 120
"""Characters of a line."""

_BARE = re.compile(r"\d{4}-\d{2}-\d{2}\Z|\d+\.\d+\.\d+\Z", re.ASCII)
"""Days and versions, which are texts without quotes too."""


def yaml_of(document: Mapping[str, Any], head: str = "") -> str:
    """``document`` as YAML that is read back as it was, below comment lines."""
    return head + "".join(_entry(key, thing, 0) for key, thing in document.items() if thing is not None)


def _entry(key: str, thing: Any, indent: int) -> str:
    lead = " " * indent
    line = f"{lead}{key}: {_flow(thing)}\n"
    if len(line) <= WIDTH:
        return line
    if isinstance(thing, str) and _folds(thing):
        return f"{lead}{key}: >-\n{_folded(thing, indent + 2)}"
    if isinstance(thing, Mapping):
        return f"{lead}{key}:\n" + "".join(_entry(str(k), v, indent + 2) for k, v in thing.items())
    if isinstance(thing, Sequence) and not isinstance(thing, str):
        return f"{lead}{key}:\n" + "".join(_item(one, indent + 2) for one in thing)
    return line


def _flow(thing: Any) -> str:
    """One value on one line."""
    if isinstance(thing, Mapping):
        return "{" + ", ".join(f"{value(str(k))}: {_flow(v)}" for k, v in thing.items()) + "}"
    if isinstance(thing, Sequence) and not isinstance(thing, str):
        return "[" + ", ".join(_flow(one) for one in thing) + "]"
    return thing if isinstance(thing, str) and _BARE.match(thing) else value(thing)


def _item(thing: Any, indent: int) -> str:
    lead = " " * indent
    line = f"{lead}- {_flow(thing)}\n"
    if len(line) <= WIDTH or not isinstance(thing, Mapping):
        return line
    below = "".join(_entry(str(k), v, indent + 2) for k, v in thing.items())
    return f"{lead}- {below.lstrip(' ')}"


def _folds(text: str) -> bool:
    """Whether a folded block gives back the text: words with one space between them, of letters that YAML prints."""
    return text == " ".join(text.split()) and text.isprintable()


def _folded(text: str, indent: int) -> str:
    lead = " " * indent
    lines = textwrap.wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{lead}{line}\n" for line in lines)
