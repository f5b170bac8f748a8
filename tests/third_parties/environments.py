"""Checkers that cannot stand beside our locked packages, each in a folder of its own under tests/out.

Belongs here: fetching one by its registry's ordinary client, pinned, and where it then is. Does not belong here:
asking it anything. Where one can't be had, the reason is said and the check is skipped.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "tests" / "out" / "third_parties"
DATA_CONTRACT = "datacontract-cli==1.2.8"
"""It wants typer below 0.28, where Cauce has 0.29."""

NU = "vnu-jar@26.9.27"
NU_SHA512 = "TkQd5DFfOaWC9ebtvozTsrH2Vaod3jYg+vrOeREzIXxBexLz9+rS2DNtjn7+RPUiZhgli0SghgBX6RJRNea0KA=="
"""Of the package's archive, as the registry states it."""

_FETCH_SECONDS = 900


@cache
def data_contract() -> tuple[Path | None, str]:
    """The Data Contract CLI, or why it is not to be had."""
    folder = OUT / "datacontract"
    program = folder / "bin" / "datacontract"
    if program.exists():
        return program, ""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{ROOT / '.venv' / 'bin'}")
    if uv is None:
        return None, "uv is not installed"
    commands: tuple[list[str | Path], ...] = (
        [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder],
        [uv, "pip", "install", "--quiet", "--python", folder / "bin" / "python", DATA_CONTRACT],
    )
    for command in commands:
        why = _ran(command)
        if why:
            return None, why
    return program, ""


@cache
def nu_jar() -> tuple[Path | None, str]:
    """W3C's Nu Html Checker as a jar, or why it is not to be had; Java is asked for as well."""
    if shutil.which("java") is None:
        return None, "there is no Java"
    jar = OUT / "vnu" / "package" / "build" / "dist" / "vnu.jar"
    if jar.exists():
        return jar, ""
    npm = shutil.which("npm")
    if npm is None:
        return None, "there is no npm to fetch it"
    folder = OUT / "vnu"
    folder.mkdir(parents=True, exist_ok=True)
    why = _ran([npm, "pack", NU, "--pack-destination", folder])
    if why:
        return None, why
    archive = next(folder.glob("vnu-jar-*.tgz"))
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != NU_SHA512:
        return None, f"the archive of {NU} is not the one expected: sha512-{found}"
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return jar, ""


def _ran(command: list[str | Path]) -> str:
    """Run a registry's client; gives why it failed, or nothing."""
    environment = {**os.environ, "UV_SYSTEM_CERTS": os.environ.get("UV_SYSTEM_CERTS", "true")}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_SECONDS, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{Path(command[0]).name}: {error}"
    return "" if done.returncode == 0 else f"{Path(command[0]).name}: {done.stderr.strip()[-200:]}"
