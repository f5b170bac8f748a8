"""A real command, killed at one moment: ``python killed_run.py MOMENT NAME PATH-PATTERN cauce-arguments…``.

Run by its path from a checkout, which is where the packages are taken from. The witness is set here, before the
command begins: nothing in the command itself knows of it.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path


def main() -> None:
    """Set the witness, then be the command."""
    wanted, name, pattern = sys.argv[1:4]
    sys.path[0] = str(Path.cwd())
    from contracts import kept
    from orchestration.cli.main import command

    def kill(moment: str, change: str, path: Path | str) -> None:
        if (moment, change) == (wanted, name) and re.search(pattern, str(path)):
            os.kill(os.getpid(), signal.SIGKILL)

    kept.witness = kill
    sys.argv = ["cauce", *sys.argv[4:]]
    command()


if __name__ == "__main__":
    main()
