"""Damaged and invented inputs for every parser that meets foreign bytes: no crash, no hang, no silent loss."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

from tests.fuzz.parsers import PARSERS
from tests.fuzz.run import fuzz

SECONDS = 60.0
INPUTS = 40
"""Inputs of one parser at a time."""


def once(folder: Path, seed: int, shared: Path) -> int:
    """A minute of inputs, parser after parser in a drawn order; a finding's bytes are kept beside the story."""
    del shared
    rng = random.Random(seed)
    end, tried = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        for parser in rng.sample(PARSERS, len(PARSERS)):
            result = fuzz(parser, rng.randrange(10**9), INPUTS)
            tried += sum(result.outcomes.values())
            for finding in result.findings:
                shutil.copy(finding.kept, folder)
            assert not result.findings, str(result)
            if time.monotonic() > end:
                break
    return tried
