"""Writes the reference pages that are derived, never by hand: commands, settings, words, errors, faults, logs, cities.

Run by ``make docs``; with ``--check`` it writes nothing and fails where a page is out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

FOLDER = Path(__file__).parent / "reference"
HEAD = "<!-- Written by `make docs`. Do not edit. -->\n\n"


def _plain(text: str | None) -> str:
    """Help text on one line, without markup, safe in a table."""
    flat = " ".join(re.sub(r"\[/?(bold|italic)\]", "", text or "").split())
    return flat.replace("|", "\\|").replace("<", "&lt;")


def leaves(command: Any = None, name: str = "cauce") -> Iterator[tuple[str, Any]]:
    """Every command by its full name (typer carries its own click, which has no public types)."""
    if command is None:
        from orchestration.cli.main import app

        command = typer.main.get_command(app)
    children = getattr(command, "commands", None)
    if children is None:
        yield name, command
        return
    for child in sorted(children):
        yield from leaves(children[child], f"{name} {child}")


def is_option(parameter: Any) -> bool:
    """Whether a parameter of a command is an option, not an argument."""
    return str(parameter.param_type_name) == "option"


def commands() -> str:
    """Every command with its help and options."""
    lines = [
        "# Commands\n",
        "`--city` names the city; without it, `CAUCE_CITY` or the demo. Exit codes stand in errors.md.\n",
    ]
    for name, command in leaves():
        lines.append(f"## `{name}`\n\n{_plain(command.help)}\n")
        rows = []
        for parameter in command.params:
            if parameter.name == "help":
                continue
            if is_option(parameter):
                rows.append((", ".join(f"`{o}`" for o in (*parameter.opts, *parameter.secondary_opts)), parameter.help))
            else:
                rows.append((f"`{(parameter.metavar or parameter.name).upper()}`", getattr(parameter, "help", "")))
        if rows:
            lines.append(
                "| option or argument | meaning |\n|---|---|\n"
                + "\n".join(f"| {a} | {_plain(b)} |" for a, b in rows)
                + "\n"
            )
    return "\n".join(lines)


def settings() -> str:
    """Every setting in the environment."""
    from catalog.settings import CatalogSettings
    from orchestration.settings import PROJECT_ROOT, Settings

    lines = ["# Settings\n", "Read from the environment. What a city decides for itself stands in its `city.yaml`.\n"]
    lines.append("| variable | default | meaning |\n|---|---|---|")
    for model in (Settings, CatalogSettings):
        prefix = str(model.model_config.get("env_prefix", ""))
        for name, row in model.model_fields.items():
            default = str(row.default).replace(str(PROJECT_ROOT), ".")
            lines.append(f"| `{prefix.upper()}{name.upper()}` | `{default}` | {_plain(row.description)} |")
    return "\n".join(lines) + "\n"


def vocabulary() -> str:
    """Every ``customProperties`` word that a contract may use."""
    from contracts.vocabulary import WORDS

    lines = [
        "# Words in `customProperties`\n",
        "What ODCS 3.1 has no word for. Anything else is an error with file and line.\n",
    ]
    lines.append("| word | where | form | meaning |\n|---|---|---|---|")
    for word in WORDS:
        form = " or ".join(f"`{c}`" for c in word.choices) or word.form
        place = ", ".join(word.where) + (f" (connector {' or '.join(word.connectors)})" if word.connectors else "")
        place += f", format {' or '.join(word.formats)}" if word.formats else ""
        lines.append(f"| `{word.name}` | {place} | {form} | {_plain(word.meaning)} |")
    return "\n".join(lines) + "\n"


def errors() -> str:
    """The error tree with its exit codes."""
    from contracts.errors import ArtefactError, CauceError, InputError, OutsideError, PromiseBroken

    lines = ["# Errors and exit codes\n", "Of several outcomes the worst decides: 4, 3, 2, 1.\n"]
    lines.append("| exit | error | meaning |\n|---|---|---|\n| 0 | | everything stands |")
    rows: list[type[CauceError]] = [PromiseBroken, InputError, OutsideError, ArtefactError]
    lines += [f"| {row.exit_code} | `{row.__name__}` | {_plain((row.__doc__ or '').splitlines()[0])} |" for row in rows]
    lines.append("| 130 | | Somebody stopped it: Ctrl-C, or a signal to end. |")
    lines.append("\nAn error that Cauce does not know exits 4, like the worst that it knows.")
    return "\n".join(lines) + "\n"


def faults() -> str:
    """Bad input and faults, each with what Cauce does, the tests that show it, and the messages they were told."""
    from tests.faults.book import page

    return page()


def logs() -> str:
    """Every event and field that a log may hold."""
    from orchestration.logs import EVENTS, FIELDS

    lines = [
        "# Logs\n",
        "`var/<city>/logs/<start>-<run id>.jsonl`: one JSON object a line, one line a step, one file for each command"
        " that writes. Every line has `at` (UTC), `event`, `city` and `run`. Nothing else than the events and fields"
        " below is ever written: no value of a record, no credential, no content of a file, no message of an error.\n",
    ]
    lines.append("| event | meaning |\n|---|---|")
    lines += [f"| `{name}` | {_plain(meaning)} |" for name, meaning in EVENTS.items()]
    lines.append("\n| field | meaning |\n|---|---|")
    lines += [f"| `{name}` | {_plain(meaning)} |" for name, meaning in FIELDS.items()]
    return "\n".join(lines) + "\n"


def portal_trouble() -> str:
    """Every bad day of a portal that the tests play through, and what comes back."""
    from tests.portals.trouble import page

    return page()


def cities() -> str:
    """Every real city: what it is made of, and what it has."""
    from docs.city_table import page

    return page()


def steps() -> str:
    """Every registered de-identifying step, with what a model calls."""
    from contracts.steps import load_steps

    lines = [
        "# De-identifying steps\n",
        "The only ways by which a column may fall to a lower class (`transforms/macros/steps/steps.yml`). A model calls"
        " the macro; the macro writes a call of a function that stands in the warehouse. An argument in bold falls to"
        " the lower class; a word after a colon is what the argument must be, or the call lowers nothing.\n",
    ]
    for name, step in load_steps().items():
        lines.append(f"## `{name}` {step.version}\n\n{_plain(step.description)}\n")
        lines.append(f"From {step.lowers_from} to {step.lowers_to}. On pages: “{_plain(step.sentence.default)}”\n")
        for function in step.functions:
            flow = function.flow
            given = [
                f"**{a}**: {flow.needs[a]}" if a in flow.lowered else f"{a}: {flow.needs[a]}" for a in flow.arguments
            ]
            where = f", called in Python: `{flow.python}`" if flow.python else ""
            lines.append(f"- `{flow.name}` ({', '.join(given)}){where}")
        lines.append("")
    return "\n".join(lines)


def flows() -> str:
    """The cities whose products are followed column by column."""
    from docs.flows import index

    return index()


PAGES = {
    "commands.md": commands,
    "settings.md": settings,
    "vocabulary.md": vocabulary,
    "errors.md": errors,
    "faults.md": faults,
    "portal-trouble.md": portal_trouble,
    "logs.md": logs,
    "steps.md": steps,
    "cities.md": cities,
    "flows/README.md": flows,
}


def stale() -> list[str]:
    """Names of pages that differ from what the code says."""
    return [
        name
        for name, page in PAGES.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != HEAD + page()
    ]


def main() -> None:
    """Write the pages, or check them."""
    old = stale()
    if "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(old)}. Try: make docs" if old else 0)
    FOLDER.mkdir(exist_ok=True)
    for name in old:
        (FOLDER / name).write_text(HEAD + PAGES[name](), encoding="utf-8")
    sys.stdout.write(f"{len(old)} pages written, {len(PAGES) - len(old)} were current.\n")


if __name__ == "__main__":
    main()
