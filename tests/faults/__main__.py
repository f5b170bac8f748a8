"""``python -m tests.faults [tests ...]``: run the tests of the fault book and keep what they were told.

Without arguments all of them run, and messages of tests that are gone go too.
"""

from __future__ import annotations

import sys

import pytest

from tests.faults import book, saying


def main(arguments: list[str]) -> int:
    """Run, and rewrite ``messages.json`` where every test passed."""
    saying.keeping = {}
    code = int(pytest.main(["-q", "-m", "fault", "-p", "no:cacheprovider", *(arguments or [str(book.TESTS)])]))
    if code != 0:
        sys.stderr.write("Nothing was kept: a test failed.\n")
        return code
    known = {one.key for one in book.shown()}
    before = {k: v for k, v in book.kept_messages().items() if arguments and k in known}
    book.keep({**before, **saying.keeping})
    sys.stdout.write(f"Kept what {len(saying.keeping)} tests were told. Now: make docs\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
