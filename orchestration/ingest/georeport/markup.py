"""XML answers as JSON lines: each record an object of texts.

Belongs here: reading them, with document types and entities refused. Does not belong here: what the elements mean
(``answer``).

An element without anything in it is null: XML has no other word for that. One that holds elements is an object, and
one that stands twice in its record a list.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NoReturn
from xml.parsers import expat

DEEPEST = 16
"""Elements within elements that are read."""
TEXT = "#text"
"""Where a text stands that has elements beside it."""


class NotRead(Exception):
    """The document can't be taken: it is no XML, has a document type, or is nested too deeply."""


@dataclass
class _Element:
    name: str
    texts: list[str] = field(default_factory=list)
    parts: list[tuple[str, Any]] = field(default_factory=list)

    def value(self) -> Any:
        """The element as JSON."""
        text = "".join(self.texts)
        if not self.parts:
            return text if text.strip() else None
        found: dict[str, Any] = {}
        for name, value in [*self.parts, *([(TEXT, text.strip())] if text.strip() else [])]:
            if name not in found:
                found[name] = value
            elif isinstance(found[name], list):
                found[name].append(value)
            else:
                found[name] = [found[name], value]
        return found


def read_markup(body: bytes) -> tuple[str, list[bytes]]:
    """The name of the document's outermost element, and each element right below it as a JSON line.

    Raises:
        NotRead: It can't be taken.
    """
    # Entities are never expanded: a document that declares any is refused before its first element.
    parser = expat.ParserCreate(namespace_separator=" ")
    open_elements: list[_Element] = []
    records: list[bytes] = []
    outermost: list[str] = []

    def start(kind: str, _attributes: dict[str, str]) -> None:
        if len(open_elements) >= DEEPEST:
            raise NotRead(f"elements nested deeper than {DEEPEST}")
        open_elements.append(_Element(kind.rsplit(" ", 1)[-1]))

    def text(data: str) -> None:
        open_elements[-1].texts.append(data)

    def end(_kind: str) -> None:
        done = open_elements.pop()
        if not open_elements:
            outermost.append(done.name)
        elif len(open_elements) == 1:
            records.append(json.dumps(done.value(), ensure_ascii=False, separators=(",", ":")).encode())
        else:
            open_elements[-1].parts.append((done.name, done.value()))

    def refuse(*_told: Any) -> NoReturn:
        raise NotRead("a document type or an entity")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise NotRead("XML that is cut off or broken") from error
    except (UnicodeError, LookupError) as error:
        raise NotRead("XML in an encoding that is not read") from error
    return outermost[0], records
