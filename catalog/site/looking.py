"""What stands in a folder: every file by address, with inode, size and time of change.

Belongs here: looking, and letting another process look at a large folder while this one reads other things. Does not
belong here: what is made of it (``aside``). Run as a program it needs nothing but Python's own modules, so that it
starts at once.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys

Mark = tuple[int, int, int]


def walk(folder: str) -> dict[str, Mark]:
    """Every file below a folder, by address; nothing where there is no folder."""
    found: dict[str, Mark] = {}
    waiting = [""] if os.path.isdir(folder) else []  # noqa: PTH112 - see above
    while waiting:
        below = waiting.pop()
        with os.scandir(f"{folder}/{below}") as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{below}{entry.name}/")
                else:
                    told = entry.stat(follow_symlinks=False)
                    found[below + entry.name] = (told.st_ino, told.st_size, told.st_mtime_ns)
    return found


class Look:
    """A look at a folder, begun before its result is needed.

    Args:
        folder: Where.
        apart: Whether it is worth a process of its own: of some ten thousand files.
    """

    def __init__(self, folder: str, *, apart: bool) -> None:
        self._folder = folder
        self._process = (
            subprocess.Popen([sys.executable, "-I", "-S", __file__, folder], stdout=subprocess.PIPE) if apart else None  # noqa: S603 - this very Python, and this file
        )

    def found(self) -> dict[str, Mark]:
        """What there is."""
        process, self._process = self._process, None
        if process is None:
            return walk(self._folder)
        seen, _ = process.communicate()
        return marshal.loads(seen) if process.returncode == 0 else walk(self._folder)  # noqa: S302 - from a process started here


if __name__ == "__main__":
    marshal.dump(walk(sys.argv[1]), sys.stdout.buffer)
