"""``cauce``: the one command, its groups, and the border where errors become exit codes.

Each group lives in its own module. Modules import nothing heavy at their top, so that ``cauce --help``
answers at once.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import sys
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from contracts.errors import CauceError, OutsideError
from orchestration import stopping
from orchestration.cli import (
    audit,
    catalog,
    city,
    contract,
    history,
    lineage,
    problem,
    product,
    quarantine,
    release,
    run,
    source,
    status,
    tier,
    ui,
)

STOPPED = 130
"""What a stopped command answers, as shells do."""

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
app.command("history")(history.history)
app.command("ui")(ui.ui)
app.add_typer(city.app, name="city", help="The cities this installation knows.")
app.add_typer(problem.app, name="problem", help="What the city must answer, and the measures that answer it.")
app.add_typer(product.app, name="product", help="The shared products a city turns on.")
app.add_typer(source.app, name="source", help="Where raw data comes from, and fetching it.")
app.add_typer(contract.app, name="contract", help="What is promised about a dataset.")
app.add_typer(quarantine.app, name="quarantine", help="Records set aside, and why.")
app.add_typer(release.app, name="release", help="What was published, and going back.")
app.add_typer(lineage.app, name="lineage", help="What a product and its columns are made from.")
app.add_typer(tier.app, name="tier", help="Who may see what, and why.")
app.add_typer(audit.app, name="audit", help="Proof: quality reports, and every kept file against its hash.")
app.add_typer(catalog.app, name="catalog", help="The static sites.")


def main() -> None:
    """Run the command and end the process."""
    try:
        command()
    except SystemExit as end:
        _leave(end)


def _leave(end: SystemExit) -> NoReturn:
    """End the process at once, once all that is registered for its end has run and all output is out.

    What the engines have loaded, Python would take apart module by module for seconds, and nobody waits for that.
    """
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        os._exit(1)
    os._exit(end.code if isinstance(end.code, int) else int(end.code is not None))


def command() -> None:
    """Run the command; turn every error of ours into its message and exit code.

    Raises:
        SystemExit: In any case: with the exit code.
    """
    _speak_utf8()
    wants_json = "json" in sys.argv and "--format" in sys.argv
    stopping.listen()
    try:
        app()
    except CauceError as error:
        _fail(error, wants_json=wants_json)
    except SystemExit as end:
        if end.code == STOPPED:  # typer's answer to Ctrl-C, which it gives without a word
            _say_stopped()
        raise
    except KeyboardInterrupt:
        _say_stopped()
        sys.exit(STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # before anything of ours could say which
        found = error.strerror or str(error)
        _fail(OutsideError("the disk refused", where=str(error.filename or ""), found=found), wants_json=wants_json)
    except Exception as error:  # noqa: BLE001 - the border: no traceback, which could quote a record or an address
        from orchestration.quotations import told

        _fail(told(error), wants_json=wants_json)


def _say_stopped() -> None:
    sys.stderr.write(
        "Stopped. What was published before stays as it is; what was under way is finished or removed"
        " when the same command runs again.\n"
    )


def _speak_utf8() -> None:
    """Start anew in Python's UTF-8 mode where the locale's letters are others; never fail over a letter printed.

    In such a locale a folder's name would reach DuckDB as another name, and the signs of a table end the command.
    """
    if sys.getfilesystemencoding().lower() != "utf-8":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - ourselves again
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


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
