"""``python -m tests.flow``: judge the corpus and write docs/reference/flow-corpus.md."""

from __future__ import annotations

import sys

from tests.flow.dynamic import expected, open_prover
from tests.flow.report import PAGE, counts, page, rows


def main() -> int:
    """Write the page; where something is not as the corpus says, tell what, write nothing and end with 1."""
    found = rows()
    wrong = [row for row in found if row.static != row.query.static or row.shown.leaks != row.query.leaks]
    for row in wrong:
        sys.stdout.write(
            f"{row.query.family}: {row.query.id}: expected {row.query.static}, found {row.static} ({row.said}); "
            f"claimed leaks {row.query.leaks}, shown {row.shown.leaks} {row.shown.how}\n"
        )
    other = 0
    with open_prover() as prover:
        for row in found:
            state = prover.judge(row.query).state
            if state != expected()[row.query.id].state:
                other += 1
                sys.stdout.write(f"{row.query.id}: dynamic: expected {expected()[row.query.id].state}, found {state}\n")
    if wrong or other:
        return 1
    for line in counts(found):
        sys.stdout.write("  ".join(cell.rjust(12) for cell in line) + "\n")
    PAGE.write_text(page(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
