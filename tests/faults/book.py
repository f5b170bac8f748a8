"""The fault book: every kind of bad input and every fault that Cauce holds, and where that is shown.

Belongs here: the rows in plain words, finding the tests that show them, the kept messages, the page made
of all three. Does not belong here: provoking a fault (the ``test_*`` files), recording what was said
(``saying``). Imports nothing of the test tools, since the page is built without them.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).resolve().parents[1]
MESSAGES: Final = Path(__file__).with_name("messages.json")
PORTALS: Final = "integration/test_portals_"
"""Tests whose messages stand on a page of their own: ``tests/portals/trouble``."""


@dataclass(frozen=True)
class Row:
    """One kind of bad input or fault: what happens to Cauce, and what Cauce does about it."""

    happens: str
    does: str


@dataclass(frozen=True)
class Shown:
    """One test that shows a row: its file below ``tests/`` and its name."""

    number: int
    file: str
    name: str

    @property
    def key(self) -> str:
        """The name the kept messages stand under."""
        return f"{self.file}::{self.name}"


INPUTS: Final[Mapping[int, Row]] = {
    1: Row("The file is empty.", "Refuses the file; the last accepted delivery stays in use."),
    2: Row(
        "The file has a header and no record.",
        "Refuses it, unless the contract says that the source may be empty.",
    ),
    3: Row(
        "A portal answers with a page of HTML, XML, JSON or an archive where a table was promised.",
        "Looks at the first bytes, says what it really is, and refuses it before any record is read.",
    ),
    4: Row(
        "The file is cut off inside a record, or a quote is opened and never closed.",
        "Refuses the file and names record and line, since an open quote swallows whatever follows it.",
    ),
    5: Row(
        "Some records have too few or too many fields.",
        "Sets those records aside with their number and their own bytes; the others come in.",
    ),
    6: Row("Two columns have the same name, or names that differ by case alone.", "Refuses the file and names them."),
    7: Row(
        "The file is in another encoding than its contract says.",
        "Refuses it and names the likely encoding; a byte order mark is no fault; one broken byte among many "
        "good ones is one record set aside.",
    ),
    8: Row(
        "A value holds NUL, control characters or marks that turn the direction of writing.",
        "Sets the record aside, for they hide text from people who look at it.",
    ),
    9: Row(
        "Another delimiter, a decimal comma, or line ends of several kinds.",
        "Reads what the contract declares, and otherwise refuses the file and says which word to declare.",
    ),
    10: Row(
        "Dates such as 01/02/2026, which may mean January or February.",
        "Refuses the file until the contract declares the format; nothing is guessed.",
    ),
    11: Row("Ids begin with zeros.", "Keeps them as the text they are."),
    12: Row(
        "A whole number of twenty digits.",
        "Keeps it exact where the column is text and sets the record aside where the type cannot hold it exactly.",
    ),
    13: Row("NaN or infinity in a column with a range.", "Counts it as outside the range and sets the record aside."),
    14: Row(
        "Values such as NA, null or an empty quoted text.", "Takes them as missing only where the contract says so."
    ),
    15: Row("One wrong value, three hundred thousand records down.", "Sets that one record aside, by its number."),
    16: Row(
        "A column appears, disappears, is renamed or moves.",
        "Keeps a new one unread and reports it, refuses the file where a declared one is missing and names the "
        "likely new name; the order does not matter.",
    ),
    17: Row(
        "A key stands twice.",
        "Refuses the file and keeps the records concerned, with their keys, in the quarantine.",
    ),
    18: Row(
        "A delivery or a product suddenly has half or twice as many records.",
        "Refuses the delivery, holds the product; what was good stays in use until someone looks, approves it, or the "
        "contract allows it.",
    ),
    19: Row(
        "Dates in the future or in 1900, hours that summer time skipped, latitude and longitude swapped, shapes "
        "that cross themselves, coordinates in metres.",
        "Sets the records aside, each with the reason; a file in another coordinate system is refused.",
    ),
    20: Row(
        "A Parquet file is cut off, or one of its bits has flipped.",
        "Refuses the cut file by name; a flipped bit in a kept file is found by its hash before anything is read "
        "from it.",
    ),
    21: Row(
        "A small packed file unpacks to something enormous.",
        "Stops unpacking at a ratio and at an absolute size, and refuses the file.",
    ),
    22: Row(
        "A ZIP archive holds paths that lead out of it, links, absolute paths or further archives.",
        "Refuses the archive; nothing is written outside its own working folder.",
    ),
    23: Row(
        "A spreadsheet with macros, links to other files, or XML that reads files from outside.",
        "Refuses it; no macro is run, no link is followed, no outside entity is read.",
    ),
    31: Row(
        "Someone writes scripts, event handlers or javascript: links into titles, descriptions or problems.",
        "Shows them as the text they are: no page runs, loads or links to what a text says.",
    ),
    32: Row(
        "A YAML file with bombs of aliases, tags, keys that stand twice, or values that read as something else.",
        "Refuses it with file, line and column, without building any object.",
    ),
    33: Row(
        "A regular expression that could take for ever.",
        "Matches only with an engine that needs time in proportion to the text; what that engine cannot do is "
        "refused when the contract is read.",
    ),
    34: Row(
        "SQL in a quality rule that writes, attaches, copies, reads files or asks for the time.",
        "Refuses it when the contract is read; and runs what is allowed on a connection that can open nothing "
        "but the files being judged.",
    ),
    35: Row(
        "Someone lowers the tier of a product or of a column.",
        "Holds the product until a named person who did not write the change has approved it, with a day of review.",
    ),
    36: Row(
        "A new column that nobody has classified.",
        "Treats it as restricted: a product that carries it below that tier does not load.",
    ),
}
"""Bad input, by number."""

SOURCES: Final[Mapping[int, Row]] = {
    24: Row(
        "A source's address is this machine, the city's own network or where cloud machines keep their keys, "
        "written in whatever way.",
        "Refuses it before anything connects, unless the operator allowed that very host and port with `--portal`.",
    ),
    25: Row(
        "A portal sends the request on to such an address, to a file, or from https to http.",
        "Judges every hop like the first one, and drops credentials where the host changes.",
    ),
    26: Row(
        "A name has a public address when it is judged and an inner one when it is connected to.",
        "Looks it up once, judges every address it has, and connects to one of those.",
    ),
    27: Row(
        "A portal sends a byte now and then, headers without end, or a body without end.",
        "Stops at limits of time and of size; what stands stays.",
    ),
    28: Row(
        "A portal is busy, asks to wait, fails, or breaks off in the middle.",
        "Tries a few times, waits as it is asked to, goes on where it broke, and otherwise says when to come back; "
        "the last accepted delivery stays in use.",
    ),
    29: Row(
        "A server's certificate has expired, is of another name, or nobody vouches for it.",
        "Sends nothing and names what is wrong with it; verification is never switched off.",
    ),
    30: Row(
        "A request that carries a credential fails, is sent on, or is written down.",
        "Shows the address without its query, and the credential nowhere.",
    ),
}
"""What portals and addresses do, by number."""

FAULTS: Final[Mapping[int, Row]] = {
    49: Row(
        "The process is killed in the middle of a publication.",
        "Readers see the old release or the new one, in every tier the same; the next start finishes or sweeps it.",
    ),
    50: Row(
        "The disk is full, read-only or broken, or memory runs out.",
        "Says what the disk refused; what is served stays as it was, and the next start sweeps what was left.",
    ),
    51: Row(
        "Two processes work on one city at the same time.",
        "One goes on; the other is told who holds the city, or that another release came first.",
    ),
    52: Row("Someone reads while a release is replaced.", "Hands out one whole release, the old or the new."),
    53: Row("The clock jumps back.", "Goes on counting: versions never depend on the clock."),
    54: Row(
        "A release of several files is interrupted while its files are being put in place.",
        "Shows nothing of it: only a commit that names a manifest with every hash makes a release visible.",
    ),
    55: Row(
        "Someone edits, cuts, reorders or replaces the evidence.",
        "`cauce audit verify` names the entry or the file; a cut end is found with an anchor kept elsewhere.",
    ),
    56: Row(
        "A check engine crashes, takes too long, skips a rule, or says something else than the other engine.",
        "Keeps the gate closed: what could not be run does not count as kept.",
    ),
    57: Row(
        "A product is withdrawn after it was published.",
        "Takes it from every page and from the releases on offer, and leaves a page that says so and why.",
    ),
    58: Row(
        "The same run happens again, in another time zone, locale, folder, or with another number of threads.",
        "Makes the same bytes.",
    ),
}
"""Faults of the machine, of the moment and of people with access to the disk, by number."""

ROWS: Final[Mapping[int, Row]] = {**INPUTS, **SOURCES, **FAULTS}


def shown() -> tuple[Shown, ...]:
    """Every test that carries the marker ``fault``, by number, file and place in the file."""
    found = dict.fromkeys(one for path in sorted(TESTS.rglob("test_*.py")) for one in _marked(path))
    return tuple(sorted(found, key=lambda one: (one.number, one.file)))


def _marked(path: Path) -> Iterator[Shown]:
    text = path.read_text(encoding="utf-8")
    if "mark.fault(" not in text:
        return
    file = path.relative_to(TESTS).as_posix()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.fault":
                    yield Shown(int(ast.literal_eval(decorator.args[0])), file, node.name)


@cache
def kept_messages() -> Mapping[str, Mapping[str, str]]:
    """What each test was told, by test and label."""
    found: dict[str, dict[str, str]] = json.loads(MESSAGES.read_text(encoding="utf-8")) if MESSAGES.exists() else {}
    return found


def keep(messages: Mapping[str, Mapping[str, str]]) -> None:
    """Write the messages down, sorted by test; labels stay in the order they were said."""
    text = json.dumps(dict(sorted(messages.items())), ensure_ascii=False, indent=1)
    MESSAGES.write_text(text + "\n", encoding="utf-8")


def page() -> str:
    """The page of the reference: a table for each kind, and below each what the user reads."""
    by_number: dict[int, list[Shown]] = {}
    for one in shown():
        by_number.setdefault(one.number, []).append(one)
    lines = [
        "# Bad input and faults\n",
        "What goes wrong in a city's data, on its machines and in its files, what Cauce does then, which test "
        "shows it, and the very words that come back. The messages are taken from the tests; a test fails where "
        "one of them changes. `<folder>` stands for the folder of the test. Rows about the API follow with it, which "
        "is why numbers are missing.\n",
    ]
    for title, rows in (("Bad input", INPUTS), ("Sources", SOURCES), ("Faults", FAULTS)):
        lines += [f"## {title}\n", *_table(rows, by_number), "", f"### What comes back: {title.lower()}\n"]
        for number, row in rows.items():
            lines += _section(number, row, by_number.get(number, []))
    return "\n".join(lines).rstrip() + "\n"


def _table(rows: Mapping[int, Row], tests: Mapping[int, list[Shown]]) -> Iterator[str]:
    yield "| | what happens | what Cauce does | shown by |\n|---|---|---|---|"
    for number, row in rows.items():
        listed = tests.get(number, ())
        names = "<br>".join(f"[`{t.name}`](../../tests/{t.file})" for t in listed)
        said = any(kept_messages().get(t.key) for t in listed)
        head = f"[{number}](#fault-{number})" if said else str(number)
        yield f"| {head} | {row.happens} | {row.does} | {names} |"


def _section(number: int, row: Row, tests: list[Shown]) -> Iterator[str]:
    elsewhere = any(t.file.startswith(PORTALS) and kept_messages().get(t.key) for t in tests)
    here = [t for t in tests if not t.file.startswith(PORTALS)]
    said = [(t, label, text) for t in here for label, text in kept_messages().get(t.key, {}).items()]
    if not said and not elsewhere:
        return
    yield f'<a id="fault-{number}"></a>**{number}. {row.happens}**\n'
    for _, label, text in said:
        yield f"- {plain_markdown(label)}:\n  > {plain_markdown(text)}\n"
    if elsewhere:
        yield "- What each kind of portal's reader says: [when a portal misbehaves](portal-trouble.md)\n"


def plain_markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", text)
    return escaped.replace("\n", "<br>")
