"""``make demo``: run the invented city through the channel, twice, and check that exactly the planted things happened.

Belongs here: the order of the show, what the person reads, and the comparison with ``expected.yaml``. Does not
belong here: any of the work, which is the city's data (``generate``) and the command everybody uses (``cauce run``).
Each run starts afresh: what an earlier demo left under the city's state folder is removed, and nothing else.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if not __package__:  # run as a file: make the project's root importable, as `python -m` does
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import yaml
from rich.console import Console
from rich.markup import escape

from cities.demo.generate import FOLDER, Delivery, generate, read_deliveries
from contracts.errors import CauceError, InputError
from contracts.home import CityHome
from contracts.release import current
from orchestration.context import city_home
from orchestration.lock import city_lock
from orchestration.settings import load_settings

CITY = "demo"
MADE_HERE = "made-by-make-demo.txt"
DELIVERIES = FOLDER / "deliveries"


def start_afresh(home: CityHome, say: Console) -> None:
    """Remove what an earlier demo left; refuse to touch anything else.

    Raises:
        InputError: The state folder was not made by the demo.
        OutsideError: Another run holds the city.
    """
    marker = home.root / MADE_HERE
    there = [path for path in home.root.iterdir() if path != home.lock] if home.root.exists() else []
    if there and not marker.exists():
        raise InputError(
            "the demo's state folder holds something that the demo did not make",
            where=str(home.root),
            hint="move it away, or set CAUCE_HOME to another folder, then make demo.",
        )
    with city_lock(home, "make demo", datetime.now(UTC)):
        if marker.exists():
            say.print(f"Starting afresh: removing what the last demo left in {_short(home.root)}.")
            for path in sorted(home.root.iterdir()):
                if path in (marker, home.lock):
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        marker.write_text("make demo made this folder and may empty it.\n", encoding="utf-8")


def run_cauce(delivery: Delivery) -> dict[str, Any]:
    """``cauce run`` as a person would start it; its progress goes to the terminal.

    Raises:
        InputError: It did not print its result.
    """
    command = [sys.executable, "-m", "orchestration.cli.main", "run", "--city", CITY, "--format", "json"]
    done = subprocess.run(
        [*command, "--as-of", delivery.as_of_text], stdout=subprocess.PIPE, encoding="utf-8", check=False
    )
    try:
        result: dict[str, Any] = json.loads(done.stdout)
        if "held" not in result:
            raise KeyError("held")
    except (ValueError, KeyError) as error:
        raise InputError(
            "cauce run did not come to a result",
            where=f"delivery {delivery.number}",
            found=f"exit {done.returncode}: {done.stdout.strip()[:2000] or 'nothing printed'}",
        ) from error
    return result


def summarise(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a run did, in the form of ``expected.yaml``."""
    return {
        "published": {row["product"]: row["version"] for row in result["published"]},
        "unchanged": sorted(result["unchanged"]),
        "held": [{"product": product, "rule": rule} for product, rule in sorted(_holds(result))],
        "quarantined": {
            row["source"]: {"records": row["records"], "reasons": dict(row["reasons"])} for row in result["quarantined"]
        },
    }


def _holds(result: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Held products by product and rule, with a sentence; a rule that failed in two tiers is one hold."""
    return {(row["product"], row["rule"]): row["sentence"] for row in result["held"]}


def differences(expected: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    """How a run differs from what was planted, one sentence each; empty when it is exactly that."""
    happened = summarise(result)
    found = [
        f"{part}: expected {expected[part]}, happened {happened[part]}"
        for part in ("published", "unchanged", "held", "quarantined")
        if expected[part] != happened[part]
    ]
    for part in ("failed", "refused"):
        found += [f"{part}: {json.dumps(row, ensure_ascii=False)}" for row in result.get(part, [])]
    return found


def not_served(home: CityHome, expected: Mapping[str, int]) -> list[str]:
    """Products whose last good release is not the one served, in either tier."""
    found = []
    for product, version in expected.items():
        for tier in ("public", "internal"):
            release = current(home, tier, product)
            served = release.manifest.version if release else None
            if served != version:
                found.append(f"{product} ({tier}): expected release {version} still served, found {served}")
    return found


def play(say: Console) -> int:
    """The whole show; the exit code is 0 only if exactly the planted things happened."""
    home = city_home(CITY, load_settings())
    expected = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))
    start_afresh(home, say)
    findings: list[str] = []
    result: dict[str, Any] = {}
    for delivery, plan in zip(read_deliveries(), expected["deliveries"], strict=True):
        say.print(f"\n[bold]Delivery {delivery.number} of 2[/bold], as of {delivery.as_of:%d %B %Y}")
        records = generate(delivery, DELIVERIES)
        say.print(f"  {'write':<8} {records:,} requests of the invented city Puerto Alondra")
        result = run_cauce(delivery)
        findings = [f"delivery {delivery.number}: {finding}" for finding in differences(plan, result)]
        if findings:
            break
    else:
        findings = not_served(home, expected["still_served"])
    tell(say, result, findings)
    return 1 if findings else 0


def tell(say: Console, result: Mapping[str, Any], findings: list[str]) -> None:
    """The closing page: what was published, set aside and held, where to look, what to try next."""
    say.print()
    for row in result["published"]:
        say.print(f"[green]✓ published[/green]  {row['product']}, release {row['version']}")
    for name in result["unchanged"]:
        say.print(f"· unchanged  {name}")
    for (product, _), sentence in _holds(result).items():
        say.print(f"[red]▲ held[/red]       {product}: {escape(sentence)}", soft_wrap=True)
        say.print("             Its release 1 is still the one served: readers see September, whole.")
    for row in result["quarantined"]:
        kinds = len(row["reasons"])
        say.print(f"[yellow]◐ set aside[/yellow]  {row['records']} records of {row['source']}, for {kinds} reasons")
    for row in (*result["refused"], *result["failed"]):
        name = row.get("source") or row["what"]
        why = escape(row.get("error") or row["refusal"].get("message", ""))
        say.print(f"[red]✕ failed[/red]     {name}: {why}", soft_wrap=True)
    say.print("\n[bold]Look[/bold]")
    for tier, index in sorted(result["site"].items(), reverse=True):
        page = Path(index).parent / "en" / "index.html"
        say.print(f"  {tier:<9} {(page if page.exists() else Path(index)).as_uri()}", soft_wrap=True)
    say.print("\n[bold]Try next[/bold]")
    for command, why in (
        ("cauce status", "what needs you"),
        ("cauce quarantine show demo_service_requests", "the records set aside, and why"),
        ("cauce audit report service_requests_monthly", "why it is held, rule by rule"),
        ("cauce run", "nothing has changed, so nothing is done"),
        ("cauce audit verify", "every kept file against its hash"),
    ):
        say.print(f"  .venv/bin/{command:<45} {why}")
    if findings:
        say.print("\n[bold red]The demo did not go as planted:[/bold red]")
        for finding in findings:
            say.print(f"  {finding}", soft_wrap=True, markup=False)
    else:
        say.print(
            "\nAll as planted: one product held with what is made of it, the others published, bad records set aside."
        )


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def main() -> None:
    """Play, and turn an error of ours into its message."""
    say = Console(highlight=False)
    try:
        code = play(say)
    except CauceError as error:
        say.print(error.message, soft_wrap=True, markup=False)
        code = error.exit_code
    sys.exit(code)


if __name__ == "__main__":
    main()
