"""``cauce ui``: Dagster's own web interface over all cities. For the data team; it has no log-in."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated

import typer
from rich.console import Console


def ui(port: Annotated[int, typer.Option("--port", help="The port on this machine.")] = 3000) -> None:
    """Open Dagster on this machine only: assets, checks, runs, schedules.

    It has no log-in, so it listens on 127.0.0.1 and is never the door to data.
    """
    from orchestration import dagster_home
    from orchestration.settings import PROJECT_ROOT, load_settings

    home = dagster_home.prepare(load_settings())
    Console(stderr=True).print(f"Dagster: http://127.0.0.1:{port}  (Ctrl-C ends it)")
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    command = [sys.executable, "-m", "dagster", "dev", "-w", str(PROJECT_ROOT / "workspace.yaml"), "-h", "127.0.0.1"]
    try:
        ended = subprocess.run([*command, "-p", str(port)], cwd=PROJECT_ROOT, env=environment, check=False)  # noqa: S603
    except KeyboardInterrupt:
        raise typer.Exit(0) from None  # how this command is meant to end
    raise typer.Exit(ended.returncode)
