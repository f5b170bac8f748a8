"""What dbt and DuckDB say, in our one form of message: what, where, found, expected, try.

Belongs here: finding the file and the line, and the few mistakes people really make in a staging model. Does
not belong here: running dbt (``dbt_project``), what a failure means for a run (``shaping``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.errors import ArtefactError, CauceError, InputError, OutsideError
from contracts.model import Contract
from orchestration.dbt_project import ProjectFile
from orchestration.quotations import without_values

_HEAD = re.compile(r"^\s*(?:\w+ )+Error(?: in (?P<kind>\w+) (?P<name>\S+) \((?P<path>[^)]*)\))?:?\s*$")
_LINE = re.compile(r"^\s*LINE \d+:\s?(?P<text>.*)$", re.MULTILINE)
_JINJA_LINE = re.compile(r"^\s*line (?P<line>\d+)\s*$", re.MULTILINE)
_MISSING_COLUMN = re.compile(
    r"Binder Error: .*?(?:[Cc]olumn|column named) \"(?P<column>[A-Za-z_][\w.]*)\""
    r"(?: not found| referenced that exists|$)",
    re.MULTILINE,
)
_NO_DELIVERY = re.compile(r"the source '(?P<source>[^']+)' has no accepted delivery yet")
_NO_SOURCE = re.compile(r"no source called '(?P<source>[^']+)'\. Found: (?P<found>.*)")
_MISSING_FILE = re.compile(r"IO Error: (?:No files found that match the pattern|Cannot open file) \"(?P<path>[^\"]+)\"")
_QUOTED = re.compile(r"[\"']([A-Za-z_]\w*)[\"']")
_RESOURCES = ("Out of Memory Error", "No space left", "IO Error: Could not write", "Conflicting lock")


@dataclass(frozen=True)
class FailedNode:
    """A model that failed, with what is needed to say where.

    Attributes:
        name: The model's name.
        file: The file it is written in, None where dbt names none.
        message: What dbt says, whole.
        staging: Staging models by name, with the contract of the entity each must deliver.
        parents: Names of the models it reads.
        parent_files: The files of those models by name.
    """

    name: str
    file: ProjectFile | None
    message: str
    staging: Mapping[str, Contract] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    parent_files: Mapping[str, ProjectFile] = field(default_factory=dict)


def node_error(failed: FailedNode) -> CauceError:
    """The error of one model, in our form."""
    said = core_of(failed.message)
    if "actual differs from expected" in said:
        return InputError(
            f"the unit test {failed.name} does not hold",
            where=place(failed.file, f'"{failed.name}"'),
            found=f"other records:\n{said.split(':', 1)[-1].strip()}\n",
            expected="the records the test names",
        )
    if found := _NO_DELIVERY.search(said):
        return InputError(
            f"the model {failed.name} has nothing to read",
            where=place(failed.file, said),
            found=f"no accepted delivery of the source {found['source']}",
            expected="one at least",
            hint=f"cauce source fetch {found['source']}",
        )
    if found := _MISSING_FILE.search(said):
        return ArtefactError(
            f"a file the model {failed.name} reads is missing",
            where=found["path"],
            hint="cauce audit verify",
        )
    if any(sign in said for sign in _RESOURCES):
        return OutsideError(
            f"the model {failed.name} could not be built",
            where=place(failed.file, said),
            found=first_sentence(said),
            hint="cauce run again with more memory (CAUCE_MEMORY_LIMIT), disk, or no other run on this city",
            retry=True,
        )
    if (found := _MISSING_COLUMN.search(said)) and (lacking := _undelivered(failed, found["column"])):
        return lacking
    return InputError(
        f"the model {failed.name} does not run",
        where=place(failed.file, said),
        found=without_values(first_sentence(said)),
        expected=_candidates(said),
        hint="mend the SQL at that line, then: cauce run",
    )


def _undelivered(failed: FailedNode, column: str) -> InputError | None:
    """The column is the entity's and its staging model lacks it: say so of the staging model."""
    name = column.rsplit(".", 1)[-1]
    for parent in failed.parents:
        contract = failed.staging.get(parent)
        promised = contract.object.column(name) if contract else None
        if contract is None or promised is None:
            continue
        file = failed.parent_files.get(parent)
        absent = f"cast(null as {promised.physical_type.lower()}) as {name}"
        hint = f"add the column to its select list{', or ' + absent if promised.optional else ''}"
        return InputError(
            f"the staging model {parent} does not deliver the column {name}",
            where=str(file.origin) if file else parent,
            found="no such column",
            expected=f"{name} {promised.physical_type}, as the entity {contract.name} says",
            hint=hint,
        )
    return None


def project_error(message: str, files: Mapping[str, ProjectFile], city: str) -> CauceError:
    """The error of a project that dbt could not even read."""
    said = core_of(message)
    head = next((m for line in message.splitlines() if (m := _HEAD.match(line)) and m["path"]), None)
    named = re.search(r"(?:staging|models|macros)/[\w/.-]+\.(?:sql|ya?ml|py)", message)
    path = head["path"] if head else named[0] if named else None
    file = files.get(path) if path else None
    if found := _NO_SOURCE.search(said):
        return InputError(
            f"a staging model reads a source the city {city} does not have",
            where=place(file, f"raw('{found['source']}')"),
            found=found["source"],
            expected=f"one of {found['found']}",
        )
    return InputError(
        f"the SQL project of the city {city} cannot be read",
        where=place(file, said),
        found=first_sentence(said),
        hint="mend the file named, then: cauce run",
    )


def core_of(message: str) -> str:
    """Dbt's message without its heading, its trail of macros and empty lines."""
    kept = [
        line.rstrip()
        for line in message.splitlines()
        if line.strip() and not _HEAD.match(line) and not re.match(r"^\s*(> |compiled code at )", line)
    ]
    return "\n".join(kept) or message.strip()


def first_sentence(said: str) -> str:
    """The first line of what was said, in one piece and without a closing full stop."""
    line = said.splitlines()[0].strip() if said.strip() else "no reason given"
    return line.rstrip(".!") if line.startswith("Candidate") is False else line


def _candidates(said: str) -> str | None:
    found = re.search(r"Candidate bindings: (.+)", said) or re.search(r"Did you mean (.+?)\??$", said, re.MULTILINE)
    return f"one of {found[1].strip()}" if found else None


def place(file: ProjectFile | None, said: str) -> str | None:
    """``file:line`` as far as the message tells; the line of the file as written, not as compiled."""
    if file is None:
        return None
    line = _line_in(file.text, said)
    return f"{file.origin}:{line}" if line else str(file.origin)


def _line_in(text: str, said: str) -> int:
    """The one line of ``text`` that the message is about; 0 where it is not clear."""
    lines = text.splitlines()
    if found := _JINJA_LINE.search(said):
        return min(int(found["line"]), len(lines))
    if found := _LINE.search(said):
        part = found["text"].strip().removeprefix("...").removesuffix("...").strip()
        for sought in (part, part.split("{{")[0]):
            at = [n for n, line in enumerate(lines, start=1) if sought and sought in line]
            if len(at) == 1:
                return at[0]
    for word in _QUOTED.findall(said):
        at = [n for n, line in enumerate(lines, start=1) if re.search(rf"\b{re.escape(word)}\b", line)]
        if len(at) == 1:
            return at[0]
    return 0
