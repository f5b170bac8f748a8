"""One trial: the whole story, and the search of everything after each day.

Belongs here: what is searched when, and what is counted. Does not belong here: what may be found where (``readers``).

What only grows (Dagster's history, logs, the ledger) and what may hold markers anyway is read after the last day;
everything else after each, since pages and artefacts are written anew. Bytes that were read once are not read again: a
file that is older than a marker does not hold it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.canaries.deliveries import Sources
from tests.canaries.hunt import Hunt
from tests.canaries.place import CITY
from tests.canaries.readers import ALLOWED, VALUES, Readable, Reader, readables
from tests.canaries.renderings import Index
from tests.canaries.story import DAYS, Story

AT_THE_END = frozenset({"Dagster's history", "logs", "ledger", "drafts of source add"})


@dataclass(frozen=True)
class Leak:
    """A marker where it may not be. Its value is not repeated: the column and the place say enough."""

    day: str
    group: str
    name: str
    column: str


@dataclass
class Group:
    """What was read of one group.

    Attributes:
        reader: Who may read it.
        names: Files and commands.
        contents: How many different contents of them were read.
        size: Their bytes.
        allowed: Columns of which a marker was found that may be there.
    """

    reader: Reader
    names: set[str] = field(default_factory=set)
    contents: int = 0
    size: int = 0
    allowed: set[str] = field(default_factory=set)


@dataclass
class Trial:
    """What came of it."""

    story: Story
    hunt: Hunt
    leaks: list[Leak] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    read_on: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def look(self, day: str, one: Readable) -> None:
        """Search one thing that can be read."""
        group = self.groups.setdefault(one.group, Group(one.reader))
        before = self.hunt.files, self.hunt.size
        found = self.hunt.search(one.data, one.name)
        group.names.add(one.name)
        group.contents += self.hunt.files - before[0]
        group.size += self.hunt.size - before[1]
        self.read_on[day].add(one.group)
        for marker in sorted(found, key=lambda m: m.column):
            if marker.tier in ALLOWED[one.reader]:
                group.allowed.add(marker.column)
            else:
                self.leaks.append(Leak(day, one.group, one.name, marker.column))

    def table(self) -> str:
        """The figures, as docs/security.md has them."""
        rows = ["| what is read | by | files | contents | MB |", "|---|---|--:|--:|--:|"]
        for name, group in self.groups.items():
            size = f"{group.size / 1e6:.1f}"
            rows.append(f"| {name} | {group.reader.value} | {len(group.names):,} | {group.contents:,} | {size} |")
        return "\n".join(rows)

    def sentence(self) -> str:
        """The figures in a line."""
        return (
            f"canaries: {self.markers()}; {self.hunt.files:,} contents ({self.hunt.size / 1e6:.0f} MB) read over "
            f"{len(DAYS)} days, {len(self.leaks)} markers found where they may not be"
        )

    def markers(self) -> str:
        """How many markers there are, of how many columns."""
        markers = self.story.sources.index.markers
        values = [m.column for m in markers if m.tier in VALUES and m.column.startswith(CITY)]
        return f"{len(values):,} markers in {len(set(values))} columns, {len(markers) - len(values):,} others"


def hold_trial(root: Path) -> Trial:
    """Play the story in a folder and search after each day."""
    index = Index()
    trial = Trial(Story.begin(root, Sources(index)), Hunt(index))
    said = 0
    for day in DAYS:
        day(trial.story)
        is_last = day is DAYS[-1]
        for one in readables(trial.story.place, 0 if is_last else said):
            if is_last or not (one.reader is Reader.TEAM or one.group in AT_THE_END):
                trial.look(day.__name__, one)
        said = len(trial.story.place.said)
    return trial
