"""A reader that never rests: ``python -m tests.soak.reader CITY internal|public|pages STOP``.

Ends with exit 0 and the number of whole looks when told to stop, with a traceback at the first look that was not.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

from contracts.errors import ArtefactError
from contracts.release import commits
from tests.soak import town
from tests.soak.town import Violation
from tests.unit.orchestration.publish.publish_world import World

LINK = re.compile(r"""(?:href|src)="([^"#?]+)[^"]*\"""")
ELSEWHERE = ("http:", "https:", "mailto:", "data:", "//")


def read_releases(world: World, tier: str, stop: Path) -> int:
    """Look at one tier's release again and again; its commits only ever grow."""
    looks, newest = 0, 0
    while not stop.exists():
        before = len(commits(world.home, tier, town.PRODUCT))
        try:
            seen = town.see(world, tier)
        except (ArtefactError, FileNotFoundError) as error:
            # Retention removes what is no longer served: only a reader who began before a newer commit may meet it.
            if len(commits(world.home, tier, town.PRODUCT)) == before:
                raise Violation(f"the release served in {tier} is not whole: {error}") from error
            continue
        number = seen["commit"] if seen else before
        if number < newest:
            raise Violation(f"{tier} went back from commit {newest} to {number}")
        newest = number
        looks += 1
    return looks


def read_pages(world: World, stop: Path) -> int:
    """Read both sites whole, every link of every page, while they are exchanged for new ones."""
    looks = 0
    while not stop.exists():
        for tier in ("public", "internal"):
            looks += read_site(world.home.site / tier)
        time.sleep(0.05)
    return looks


def read_site(site: Path) -> bool:
    """Read one site whole. False where there is none, or another took its place meanwhile.

    Raises:
        Violation: A page is torn, or a link leads nowhere.
    """
    before = _identity(site)
    if before is None:
        return False
    try:
        problem = _problem(site)
    except FileNotFoundError as error:
        problem = f"{error.filename} is gone"
    if _identity(site) != before:
        return False
    if problem:
        raise Violation(f"{site}: {problem}")
    return True


def _identity(site: Path) -> tuple[int, int] | None:
    """Which folder is shown and since when: the two of a site take turns."""
    try:
        found = site.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_ctime_ns


def _problem(site: Path) -> str:
    """What is wrong with the site's pages; empty if nothing."""
    pages = sorted(site.rglob("*.html"))
    if not pages:
        return "no pages"
    for page in pages:
        text = page.read_text(encoding="utf-8")
        if not text.rstrip().endswith("</html>"):
            return f"{page.relative_to(site)} is torn"
        for link in LINK.findall(text):
            if page.name == "404.html" or link.startswith((*ELSEWHERE, "/")):
                continue
            if not (page.parent / link).exists():
                return f"{page.relative_to(site)} leads to {link}, which is not there"
    return ""


def main(root: Path, what: str, stop: Path) -> None:
    """Read until told to stop."""
    os.nice(5)  # on a small machine the publisher goes first: readers without releases see little
    world = World(root)
    looks = read_pages(world, stop) if what == "pages" else read_releases(world, what, stop)
    sys.stdout.write(f"{looks}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
