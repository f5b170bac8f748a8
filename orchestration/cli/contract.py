"""``cauce contract``: hold contracts against their rules, read them in plain words, compare two versions.

Belongs here: options, finding the files meant, and what is said on the terminal. Does not belong here:
what a contract may say (``contracts``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from orchestration.cli.options import CityOption, Format, FormatOption

if TYPE_CHECKING:
    from contracts.changes import Change
    from contracts.checks import Check
    from contracts.model import Contract, Role

app = typer.Typer(no_args_is_help=True)

CONTRACT_SUFFIX = ".odcs.yaml"


class RoleName(StrEnum):
    """What a contract outside its usual folder is about."""

    SOURCE = "source"
    ENTITY = "entity"
    PRODUCT = "product"


RoleOption = Annotated[
    RoleName | None, typer.Option("--role", help="What the file is about, where its folder does not tell.")
]


@app.command("lint")
def lint(
    paths: Annotated[list[Path] | None, typer.Argument(help="Contract files or folders of them.")] = None,
    city: CityOption = None,
    role: RoleOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Hold contracts against the standard and our rules: every file is judged, every mistake is named.

    Without PATHS: the shared entities and products, and the city's whole folder.
    """
    from contracts.errors import InputError

    judged = _judge_paths(paths, role) if paths else _judge_city(city)
    results = list(judged)
    mistakes = [error for _, error in results if error is not None]
    if output is Format.JSON:
        rows = [{"file": name, "mistake": error.as_dict() if error else None} for name, error in results]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        if mistakes:
            raise typer.Exit(InputError.exit_code)
        return
    console = Console(highlight=False, soft_wrap=True)
    for name, error in results:
        console.print(Line(f"✗ {_clean(error.message)}" if error else f"✓ {name}", style="red" if error else ""))
    if len(mistakes) == 1:
        console.print(f"{len(results)} judged, 1 wrong.")
    elif results:
        console.print(f"{len(results)} judged, {len(mistakes) or 'none'} wrong.")
    if mistakes:
        raise typer.Exit(InputError.exit_code)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A contract's name, or its id where two share a name.")],
    city: CityOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """One contract in plain words: what it is, who may see it, its columns, and every check as a sentence."""
    from contracts.compile_checks import compile_checks

    contract = _find(name, city)
    checks = compile_checks(contract)
    if output is Format.JSON:
        typer.echo(json.dumps(_as_json(contract, checks), ensure_ascii=False, indent=2))
        return
    _print(contract, checks, Console(highlight=False))


@app.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(help="The older contract: a YAML file, or one kept with a release (JSON).")],
    new: Annotated[Path, typer.Argument(help="The newer contract.")],
    role: RoleOption = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """What changed between two versions, who may be hurt by it, and the version number it takes."""
    from contracts.diff import diff as compare
    from contracts.diff import is_sufficient, required_version_bump

    told = _role_in(new, role) or _role_in(old, role)
    before, after = _read(old, told), _read(new, told)
    changes = compare(before, after)
    bump = required_version_bump(changes)
    enough = is_sufficient(before.version, after.version, bump)
    if output is Format.JSON:
        facts = {
            "old": {"id": before.id, "version": before.version},
            "new": {"id": after.id, "version": after.version},
            "changes": [_change_row(c) for c in changes],
            "required": bump,
            "sufficient": enough,
        }
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    if not changes:
        console.print("Nothing changed.")
    for change in changes:
        mark = {"breaking": "!", "compatible": "+", "documentation": "·"}[change.impact]
        approval = " Needs an approval." if change.needs_approval else ""
        console.print(Line(f"{mark} {_clean(change.sentence)}{approval}", style="red" if change.breaking else ""))
    if bump:
        verdict = "is enough" if enough else "is not enough"
        console.print(f"Takes a {bump} version: {before.version} to {after.version} {verdict}.")


@app.command("compile")
def compile_(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 and name what is stale.")] = False,
) -> None:
    """Write the files that are generated from the shared contracts (dbt's properties)."""
    from contracts.city_load import SHARED_ROOT
    from contracts.engines.dbt_properties import files_for
    from contracts.kept import replace
    from orchestration.settings import PROJECT_ROOT

    console = Console(highlight=False, soft_wrap=True)
    stale = {
        path: text
        for path, text in sorted((PROJECT_ROOT / p, t) for p, t in files_for(SHARED_ROOT).items())
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    }
    if not stale:
        console.print("Everything that is generated from the contracts is up to date.")
        return
    for path, text in stale.items():
        if not check:
            replace(path, text.encode("utf-8"))
        console.print(f"{'stale' if check else 'wrote'}: {path.relative_to(PROJECT_ROOT)}")
    if check:
        console.print("Try: cauce contract compile, and commit what it wrote.")
        raise typer.Exit(1)


# finding and judging ------------------------------------------------------------------------

Judged = Iterator[tuple[str, Any]]
"""A file's name, and its mistake or None."""


def _judge_paths(paths: Iterable[Path], role: RoleName | None) -> Judged:
    from contracts.errors import InputError

    for path in paths:
        files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
        contracts = [f for f in files if f.name.endswith(CONTRACT_SUFFIX) or f.parent.name == "products"]
        for file in contracts if path.is_dir() else files:
            try:
                _judge(file, role)
            except InputError as error:
                yield str(file), error
            else:
                yield str(file), None


def _judge(path: Path, role: RoleName | None) -> None:
    """Load one file and compile its checks, so that its rules are proven too."""
    from contracts.city_load import load_products
    from contracts.compile_checks import compile_checks
    from contracts.errors import InputError
    from contracts.load import load_contract
    from contracts.tightening import read_tightening, tighten

    if role is None and path.parent.name == "products" and not path.name.endswith(CONTRACT_SUFFIX):
        tightening = read_tightening(path)
        shared = load_products()
        if tightening.product not in shared:
            raise InputError(
                "a city turns on a product that does not exist",
                where=str(path),
                found=tightening.product,
                expected=f"one of {', '.join(shared)}",
            )
        compile_checks(tighten(shared[tightening.product], tightening))
        return
    compile_checks(load_contract(path, _role_of(path, role)))


def _judge_city(city: str | None) -> Judged:
    """The shared contracts and one city's: each by itself first, then how they meet."""
    from contracts.city_load import SHARED_ROOT, load_city, load_shared
    from contracts.errors import InputError
    from orchestration.context import city_folders
    from orchestration.settings import load_settings

    settings = load_settings()
    city_id = city or settings.city
    folders = city_folders(settings)
    if city_id not in folders:
        raise InputError(
            "no such city", where=f"--city {city_id}", found=f"{', '.join(folders) or 'none'}", hint="cauce city list"
        )
    folder = folders[city_id]
    parts = [SHARED_ROOT / "entities", SHARED_ROOT / "products", folder / "sources", folder / "products"]
    wrong = False
    for name, error in _judge_paths([p for p in parts if p.is_dir()], None):
        wrong = wrong or error is not None
        yield name, error
    if wrong:
        return
    try:
        load_shared()
        load_city(folder)
    except InputError as error:
        yield str(folder), error
    else:
        yield f"{folder} as a whole", None


def _role_in(path: Path, role: RoleName | None) -> Role | None:
    """The role a file has by its folder, or by the option; None where neither tells."""
    from contracts.model import Role

    if role is not None:
        return Role(role.value)
    by_folder = {"sources": Role.SOURCE, "entities": Role.ENTITY, "products": Role.PRODUCT}
    return by_folder.get(path.absolute().parent.name)


def _role_of(path: Path, role: RoleName | None) -> Role:
    """The role a file has by its folder, or by the option."""
    from contracts.errors import InputError

    found = _role_in(path, role)
    if found is None:
        raise InputError(
            "what a contract is about cannot be told from its folder",
            where=str(path),
            found=path.absolute().parent.name,
            expected="a folder called sources, entities or products",
            hint="--role source, entity or product.",
        )
    return found


def _read(path: Path, role: Role | None) -> Contract:
    """A contract from YAML, or one kept as JSON."""
    from contracts import kept
    from contracts.kept_contract import from_document
    from contracts.load import load_contract

    if path.suffix == ".json":
        return from_document(kept.read_json(path))
    return load_contract(path, role or _role_of(path, None))


def _find(name: str, city: str | None) -> Contract:
    """A contract of the city by its name or id: a product before a source before an entity."""
    from contracts.city_load import load_shared
    from contracts.errors import InputError
    from contracts.vocabulary import nearest
    from orchestration.context import open_city

    opened = open_city(city).city
    shared = load_shared()
    candidates = [*opened.products.values(), *shared.products.values(), *opened.sources.values()]
    candidates += shared.entities.values()
    for contract in candidates:
        if name in (contract.id, contract.name):
            return contract
    known = sorted({c.id for c in candidates})
    close = nearest(name, {c.name for c in candidates} | set(known))
    raise InputError(
        "no such contract",
        where=f"contract show {name}",
        found=name,
        expected=close or f"one of {', '.join(known)}",
    )


# what is said -------------------------------------------------------------------------------


def _clean(text: str) -> str:
    """A text without characters that could steer a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def _change_row(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "path": change.path,
        "sentence": change.sentence,
        "impact": change.impact,
        "needs_approval": change.needs_approval,
    }


def _as_json(contract: Contract, checks: Iterable[Check]) -> dict[str, Any]:
    from contracts.kept_contract import to_document

    rows = [
        {
            "id": c.id,
            "kind": c.kind.value,
            "columns": list(c.columns),
            "severity": c.severity.value,
            "dimension": c.dimension,
            "level": c.level,
            "text": {"en": c.text.default, **c.text.translations},
            "place": str(c.place),
        }
        for c in checks
    ]
    return {"contract": to_document(contract), "checks": rows}


def _print(contract: Contract, checks: Iterable[Check], console: Console) -> None:
    console.print(Line(_clean(contract.title.default), style="bold"))
    for label, words in _facts(contract):
        if words:
            console.print(Line(f"  {label}: {_clean(words)}"))
    table = Table(box=None, pad_edge=False, header_style="bold", title="Columns", title_justify="left")
    for heading in ("column", "type", "class", "in plain words"):
        table.add_column(heading)
    for column in contract.columns:
        unclassified = "" if column.classified else " (not classified)"
        words = column.description.default or column.title.default
        table.add_row(
            Line(_clean(column.name)),
            column.logical_type,
            f"{column.classification}{unclassified}",
            Line(_clean(f"{words} [{column.unit}]" if column.unit else words)),
        )
    console.print(table)
    console.print(Line("Checks", style="italic"))
    for check in checks:
        note = "" if check.severity.value == "error" else f" ({check.severity.value})"
        console.print(Line(f"  • {_clean(check.text.default)}{note}"), soft_wrap=True)
    texts = [r for r in contract.object.quality if r.type == "text"]
    for rule in texts:
        console.print(Line(f"  • {_clean(rule.description.default)} (documented, not checked)"), soft_wrap=True)


def _facts(contract: Contract) -> Iterator[tuple[str, str]]:
    yield "id", f"{contract.id}, version {contract.version}, {contract.status}"
    yield "purpose", contract.purpose.default
    yield "limits", contract.limitations.default
    yield "one row is", contract.object.grain or contract.object.description.default
    yield "tier", contract.tier
    yield "renditions", ", ".join(contract.renditions)
    yield "owner", contract.owner or ""
    yield "key", ", ".join(contract.primary_key)
    for level in contract.service_levels:
        words = f"{level.value} {level.unit or ''}".strip()
        yield level.property, words + (f", by {level.element}" if level.element else "")
    for server in contract.servers:
        yield "from", f"{server.connector}: {server.settings.get('location', '')}"
    yield "deliveries", contract.delivery.value if contract.servers else ""
