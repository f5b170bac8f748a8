"""One of two publishers that meet: ``python -m tests.faultlayer.racing ME OTHER MEETING ROOT [RELEASES_AT]``.

Each stops just before its first change of the shelf, until the other stands there too; then both go on at once.
Prints what came of it as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.faultlayer import faults

PATIENCE = 120.0


def meeting(folder: Path, me: str, other: str) -> faults.Witness:
    """A witness that waits for the other before the first change of the shelf."""
    met = False

    def wait(_moment: str, name: str, path: Path | str) -> None:
        nonlocal met
        if met or name not in ("put", "move_folder"):
            return
        met = True
        (folder / me).write_text(str(path))
        end = time.monotonic() + PATIENCE
        while not (folder / other).exists():
            assert time.monotonic() < end, "the other publisher never came"
            time.sleep(0.002)

    return wait


def main(me: str, other: str, folder: Path, root: Path, releases_at: str | None = None) -> dict[str, Any]:
    """Publish what waits, and say how it went."""
    from contracts import kept
    from contracts.errors import CauceError
    from tests.faultlayer.work import work

    kept.witness = meeting(folder, me, other)
    try:
        return {"outcome": work("publish", root, releases_at), "error": None}
    except CauceError as error:
        return {"outcome": None, "error": faults.told(error)}


if __name__ == "__main__":
    _, mine, others, place, city, *address = sys.argv
    sys.stdout.write(json.dumps(main(mine, others, Path(place), Path(city), *address)) + "\n")
