"""``python -m tests.reading [PATH]``: write docs/reference/one-line-answers.md, and the paper for a reader to PATH."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.reading.documents import PAGE, page, paper


def main(arguments: Sequence[str]) -> int:
    """Write the page of rules, and the paper where a path is given."""
    PAGE.write_text(page(), encoding="utf-8")
    if arguments:
        Path(arguments[0]).write_text(paper(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
