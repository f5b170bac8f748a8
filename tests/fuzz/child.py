"""The process in which inputs are tried: a parser that crashes or hangs takes only this one with it.

Reads its plan from the command line and prints one JSON object a line: before each input its number, after it
what came of it. A watchdog ends the process, with the place of every thread, when one input takes too long.
"""

from __future__ import annotations

import faulthandler
import json
import resource
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

LIMIT_SECONDS = 60
"""What one input may take on a busy machine, by the clock."""


def main(plan: list[list[object]]) -> None:
    """Try all inputs of ``plan``: parser, seed, first input, how many."""
    warnings.simplefilter("ignore")
    from tests.fuzz.parsers import input_of, trial

    with tempfile.TemporaryDirectory(prefix="cauce-fuzz-") as folder:
        for parser, seed, first, count in plan:
            for n in range(int(str(first)), int(str(first)) + int(str(count))):
                _say(parser=parser, n=n)
                given = input_of(str(parser), int(str(seed)), n)
                faulthandler.dump_traceback_later(LIMIT_SECONDS, exit=True)
                detail, outcome = "", "raised"
                try:
                    outcome = trial(str(parser), given, Path(folder), n)
                except BaseException as error:
                    if isinstance(error, KeyboardInterrupt | SystemExit):
                        raise
                    detail = f"{type(error).__name__}: {error}"[:600] + "\n" + traceback.format_exc()[-2500:]
                faulthandler.cancel_dump_traceback_later()
                used = resource.getrusage(resource.RUSAGE_SELF)
                _say(
                    parser=parser,
                    n=n,
                    outcome=outcome,
                    detail=detail,
                    cpu=used.ru_utime + used.ru_stime,
                    peak=used.ru_maxrss,
                )


def _say(**said: object) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
