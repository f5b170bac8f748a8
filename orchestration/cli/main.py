"""``cauce``: the one command, its groups, and the border where errors become exit codes.

Each group lives in its own module. Modules import nothing heavy at their top, so that ``cauce --help``
answers at once.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated

import typer
from rich.console import Console

from contracts.errors import CauceError, OutsideError
from orchestration.cli import audit, catalog, city, contract, quarantine, release, run, source, status, ui

app = typer.Typer(
    name="cauce",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Raw city data in, governed data products out. [bold]cauce run[/bold] is the main job; "
    "[bold]cauce status[/bold] says what needs you.",
)


def version() -> str:
    """The installed version."""
    from importlib.metadata import version as installed

    return installed("cauce")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cauce {version()}")
        raise typer.Exit


@app.callback()
def main_options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Options of the command itself."""


app.command("run")(run.run)
app.command("status")(status.status)
app.command("ui")(ui.ui)
app.add_typer(city.app, name="city", help="The cities this installation knows.")
app.add_typer(source.app, name="source", help="Where raw data comes from, and fetching it.")
app.add_typer(contract.app, name="contract", help="What is promised about a dataset.")
app.add_typer(quarantine.app, name="quarantine", help="Records set aside, and why.")
app.add_typer(release.app, name="release", help="What was published, and going back.")
app.add_typer(audit.app, name="audit", help="Proof: quality reports, and every kept file against its hash.")
app.add_typer(catalog.app, name="catalog", help="The static sites.")


def main() -> None:
    """Run the command; turn every error of ours into its message and exit code."""
    wants_json = "json" in sys.argv and "--format" in sys.argv
    try:
        app()
    except CauceError as error:
        _fail(error, wants_json=wants_json)
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped. Nothing published was touched; run again to go on.")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        found = error.strerror or str(error)
        _fail(OutsideError("the disk refused", where=str(error.filename or ""), found=found), wants_json=wants_json)


def _fail(error: CauceError, *, wants_json: bool) -> None:
    if wants_json:
        typer.echo(json.dumps(error.as_dict(), ensure_ascii=False, indent=2))
    else:
        console = Console(stderr=True, soft_wrap=True, highlight=False)
        console.print(f"[bold red]{type(error).__name__}[/bold red]: ", end="")
        console.print(error.message, markup=False)
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
