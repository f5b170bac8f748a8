"""The page "When a portal misbehaves": every bad day, what Cauce does, and the very words that come back.

Belongs here: making the page from ``bad_days`` and the messages that the tests keep. Imports nothing of the test
tools, since the page is built without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.faults.book import kept_messages, plain_markdown
from tests.portals.bad_days import CHANGES, PASSES, STAYS, BadDay

KINDS = {"socrata": "Socrata", "ckan": "CKAN", "arcgis": "ArcGIS", "open311": "Open311", "http": "a file"}
BAD_DAYS = "integration/test_portals_bad_days.py"
CHANGING = "integration/test_portals_changes.py"
STAYING = f"{BAD_DAYS}::test_what_stays_is_told_and_nothing_is_lost"


def page() -> str:
    """The page, as Markdown."""
    lines = [
        "# When a portal misbehaves\n",
        "Each row is a test: a portal on this machine speaks the real protocol over New York's real requests and does "
        "what the row says, for each kind of portal in turn. Whatever it does, the last accepted delivery and the "
        "releases stand, and records received = accepted + set aside + rejected. The messages are taken from the "
        "tests, with short patience (4 tries) and `<port>` for the portal's port; a test fails where one of them "
        "changes. To see it happen: `python -m tests.portals --list`.\n",
        "## What passes\n",
        f"Shown by [test_portals_bad_days](../../tests/{BAD_DAYS}): the same bytes come in as on a good day.\n",
        *_table(PASSES),
        "\n## What stays\n",
        f"Shown by [test_portals_bad_days](../../tests/{BAD_DAYS}). A run that broke goes on at the page or the byte "
        "where it was, also where the process was killed "
        "([test_portals_killed](../../tests/integration/test_portals_killed.py)).\n",
        *_table(STAYS),
        "\n### What comes back\n",
    ]
    said = kept_messages().get(STAYING, {})
    for name, day in STAYS.items():
        lines += _messages(name, {kind: said.get(f"{kind}, {name}", "") for kind in day.portals})
    lines.append("## What changes, and what a portal may want\n")
    lines.append(f"Shown by [test_portals_changes](../../tests/{CHANGING}).\n")
    lines += ["| what the portal does | what Cauce does |\n|---|---|"]
    lines += [f"| {what} | {does} |" for what, does in CHANGES.values()]
    lines.append("\n### What comes back\n")
    for test, (what, _) in CHANGES.items():
        lines += _messages(what, kept_messages().get(f"{CHANGING}::{test}", {}))
    return "\n".join(lines).rstrip() + "\n"


def _table(days: Mapping[str, BadDay]) -> Iterator[str]:
    yield "| what the portal does | what Cauce does |\n|---|---|"
    for name, day in days.items():
        yield f"| {name[0].upper()}{name[1:]}. | {day.does} |"


def _messages(what: str, said: Mapping[str, str]) -> Iterator[str]:
    told = {label: text for label, text in said.items() if text}
    if not told:
        return
    yield f"**{what[0].upper()}{what[1:].rstrip('.')}**\n"
    for label, text in told.items():
        kind, _, rest = label.partition(", ")
        more = f", {rest}" if rest and rest != what else ""
        yield f"- {KINDS.get(kind, kind)}{more}:\n  > {plain_markdown(text)}\n"
