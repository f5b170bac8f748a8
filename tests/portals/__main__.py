"""``python -m tests.portals``: start the portals of the cities on this machine, for a person.

    python -m tests.portals --city nyc
    python -m tests.portals --city nyc --misbehave throttled --misbehave cut
    python -m tests.portals --list

It prints the ``--portal`` arguments to paste, then a line for each request, until Ctrl-C.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.portals.misbehaviour import (
    Misbehaviour,
    cut,
    duplicate_page,
    error_with_200,
    hanging,
    html,
    no_validators,
    slow,
    throttled,
    unavailable,
    wrong_count,
)
from tests.portals.serving import Asked, Portal

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data"
BAD_DAYS: Mapping[str, tuple[str, Callable[[], Misbehaviour]]] = {
    "throttled": ("429 twice, with Retry-After: 1", lambda: throttled(times=2, retry_after=1)),
    "unavailable": ("503 for ever from the second page on", lambda: unavailable(after=1)),
    "recovering": ("503 twice at the second page", lambda: unavailable(after=1, times=2)),
    "cut": ("the first answer breaks off in the middle", lambda: cut(times=1)),
    "slow": ("bodies come in drips", lambda: slow(pause=0.2)),
    "hanging": ("the second page never comes", lambda: hanging(after=1)),
    "html": ("a page for people with status 200", html),
    "error200": ("the protocol's own error with status 200", error_with_200),
    "duplicate": ("the second page is the first one again", duplicate_page),
    "miscounting": ("100 records more are claimed than there are", lambda: wrong_count(100)),
    "no-validators": ("neither ETag nor Last-Modified", no_validators),
}


def cities() -> list[str]:
    """Cities whose portals can be started: the modules beside this one that have ``portals``."""
    return sorted(path.stem for path in HERE.glob("*.py") if "\ndef portals(" in path.read_text(encoding="utf-8"))


def portals_of(city: str, data: Path) -> dict[str, Portal]:
    """A city's portals by their name in city.yaml, not started yet."""
    found: dict[str, Portal] = importlib.import_module(f"tests.portals.{city}").portals(data)
    return found


def main(arguments: list[str]) -> int:
    """Start, print, wait; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.portals", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--city", action="append", choices=cities(), help="all of them where not said")
    parser.add_argument("--misbehave", action="append", choices=list(BAD_DAYS), default=[], metavar="NAME")
    parser.add_argument("--port-base", type=int, metavar="N", help="take the ports N, N+1, …; free ones where not said")
    parser.add_argument("--data", type=Path, default=DATA, help="the shared data (default: ../shared/data)")
    parser.add_argument("--list", action="store_true", help="list the cities and the misbehaviours, and end")
    options = parser.parse_args(arguments)
    if options.list:
        _say(f"cities: {', '.join(cities())}")
        for name, (told, _) in BAD_DAYS.items():
            _say(f"  --misbehave {name:<14} {told}")
        return 0
    if not options.data.is_dir():
        sys.stderr.write(
            f"The real city data is not there: {options.data}\n"
            "The portals serve real records, which are not part of this checkout. "
            "Try: --data FOLDER, or put the data beside the checkout as ../shared/data.\n"
        )
        return 2
    with ExitStack() as running:
        _start(options, running)
        _say("Ctrl-C ends it.")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            _say("")
    return 0


def _start(options: argparse.Namespace, running: ExitStack) -> None:
    port = options.port_base
    for city in options.city or cities():
        started = {}
        for name, portal in portals_of(city, options.data).items():
            portal.port = port or 0
            port = port and port + 1
            portal.log = _teller(city, name)
            portal.misbehave(*(BAD_DAYS[one][1]() for one in options.misbehave))
            started[name] = running.enter_context(portal)
        _say(f"cauce run --city {city} " + " ".join(f"--portal {n}={p.url}" for n, p in started.items()))


def _teller(city: str, name: str) -> Callable[[Asked], None]:
    return lambda asked: _say(f"{city} {name}: {asked}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
