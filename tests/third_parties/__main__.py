"""Ask every third party about whole built sites, and write what they said: ``python -m tests.third_parties``.

    python -m tests.third_parties                          var/demo/site and var/nyc/site
    python -m tests.third_parties name=folder …            other built sites, each with its tiers below
    python -m tests.third_parties --dry                    without writing docs/reference/third-parties.md

Ends with 1 where one of them refuses anything, or agrees to a site that was spoiled for it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.third_parties.everyone import EVERYONE
from tests.third_parties.nu import NU_CHECKER
from tests.third_parties.verdict import Checker, Verdict

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "docs" / "reference" / "third-parties.md"
TIERS = ("public", "internal")

HEAD = """# Third parties that agree

<!-- Written by `python -m tests.third_parties`; do not edit. -->

Validators that others wrote, asked about whole built sites, each tier's own. *Judged* counts what one looked at
(datasets, files, pages, events with their facets); *refuses a spoiled copy* says that the same checker, asked about a
copy with one thing broken, refused it. Why these formats and versions: `docs/adr/0023-formats-for-machines.md`.

"""


@dataclass(frozen=True)
class Row:
    """One checker over one site."""

    site: str
    checker: Checker
    verdict: Verdict
    spoilt: str
    seconds: float


def main(arguments: list[str]) -> int:
    """Ask everyone; gives the exit code."""
    sites = dict(a.split("=", 1) for a in arguments if "=" in a) or {c: f"var/{c}/site" for c in ("demo", "nyc")}
    rows = []
    for name, place in sites.items():
        for tier in TIERS:
            folder = ROOT / place / tier
            if not folder.is_dir():
                _say(f"{name} {tier}: no built site at {folder}")
                return 1
            rows += [_asked(f"{name}, {tier}", folder, checker) for checker in EVERYONE]
    if "--dry" not in arguments:
        REPORT.write_text(report(rows), encoding="utf-8")
    bad = [r for r in rows if not r.verdict.skipped and (not r.verdict.agrees or r.spoilt == "NO")]
    _say(f"third parties: {len(rows) - len(bad)} agree or could not be asked, {len(bad)} do not")
    return 1 if bad else 0


def _asked(site: str, folder: Path, checker: Checker) -> Row:
    start = time.process_time()
    verdict = checker.check(folder)
    seconds = time.process_time() - start
    spoilt = "" if verdict.skipped else _spoilt(folder, checker)
    row = Row(site, checker, verdict, spoilt, seconds)
    state = verdict.skipped or ("agrees" if verdict.agrees else f"{len(verdict.problems)} problems")
    _say(f"{site}: {checker.name}: {verdict.looked_at} judged, {state}; refuses a spoiled copy: {spoilt}")
    for problem in (*verdict.problems[:12], *(f"(remark) {r}" for r in verdict.remarks[:4])):
        _say(f"    {problem[:300]}")
    return row


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _spoilt(folder: Path, checker: Checker) -> str:
    """Whether the checker refuses a copy of the site that was spoiled for it."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / folder.name
        shutil.copytree(folder, copy, ignore=lambda path, names: _unneeded(path, names, checker))
        if checker.spoil(copy) is None:
            return "nothing to spoil"
        return "yes" if checker.check(copy).problems else "NO"


def _unneeded(path: str, names: list[str], checker: Checker) -> list[str]:
    """Of a copy for the checker of every page, the root's own pages are enough to show that it can refuse."""
    return [n for n in names if checker is NU_CHECKER and Path(path, n).is_dir() and n != "assets"]


def report(rows: list[Row]) -> str:
    """The whole page, without times, which differ from machine to machine."""
    lines = ["| site | third party | version | judges | judged | refused | recommended | refuses a spoiled copy |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for row in rows:
        verdict = row.verdict
        said = [str(verdict.looked_at), str(len(verdict.problems)), str(len(verdict.remarks)), row.spoilt]
        if verdict.skipped:
            said = [f"not asked: {verdict.skipped}", "", "", ""]
        cells = [row.site, row.checker.name, row.checker.version(), f"`{row.checker.judges}`", *said]
        lines.append("| " + " | ".join(cells) + " |")
    remarks = sorted({f"- {r.checker.name}: {remark}" for r in rows for remark in r.verdict.remarks})
    shown = ["", "## What they recommend beyond", "", *remarks] if remarks else []
    return HEAD + "\n".join([*lines, *shown]) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
