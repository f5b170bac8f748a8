"""Designing a data service: what the answers make, tried on a copy of the city before a file is written.

Belongs here: from answers to files, that nothing there is overwritten, that the city loads with them. Does not belong
here: asking (``service_questions``), the form of the files (``service_text``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts import kept
from contracts.city import City
from contracts.city_load import CITY_FILE, SHARED_ROOT, load_city, load_shared
from contracts.errors import InputError
from contracts.formulas import FORMULA_KEYS
from contracts.measure import PRODUCT
from contracts.measures import MEASURE_KEYS
from contracts.problems import PROBLEM_KEYS
from contracts.vocabulary import one_of
from contracts.yaml_places import parse_yaml, read_bytes
from orchestration.onboarding.service_text import yaml_of

_ID = re.compile(r"[a-z][a-z0-9_]*\Z")
_MEASURE_ORDER: Final = (
    *("id", "version", "title", "definition", *FORMULA_KEYS),
    *(key for key in MEASURE_KEYS if key not in {"id", "version", "title", "definition", *FORMULA_KEYS}),
)
"""The keys of a measure as they are best read: what it is, how it is worked out, what is said of it."""
_READ: Final = {".yaml", ".yml", ".sql", ".py"}
"""The endings of the files that loading a city reads."""
_FOLDERS: Final = ("sources", "staging", "products", "problems", "measures")
_FLOW = re.compile(r"^products:[ \t]*\[([^\[\]#]*)\]", re.MULTILINE)
_BLOCK = re.compile(r"^products:[ \t]*\n((?:[ \t]+-[^\n]*\n)+)", re.MULTILINE)


@dataclass(frozen=True)
class Plan:
    """What will be written: new files by path, and files of which one line changes."""

    city: City
    new: Mapping[Path, str]
    changed: Mapping[Path, str]

    @property
    def files(self) -> dict[Path, str]:
        """All of them, by path."""
        return {**self.new, **self.changed}


def plan_problem(city: City, answers: Mapping[str, Any]) -> Plan:
    """The files of a problem and of the measures that are defined with it.

    Args:
        city: The city.
        answers: The keys of a problem's file. An entry of ``measures`` is the id of a measure the city has, or the
            keys of a new one's file.

    Raises:
        InputError: An unknown key, an id of another form, or a file that is there already.
    """
    _hold_keys(answers, PROBLEM_KEYS, "a problem")
    identity = _id(answers, "a problem")
    new: dict[Path, str] = {}
    named: list[str] = []
    for entry in answers.get("measures") or ():
        if isinstance(entry, str):
            named.append(entry)
            continue
        if not isinstance(entry, Mapping):
            raise InputError("a measure is neither an id nor a definition", where="measures", found=repr(entry))
        _hold_keys(entry, MEASURE_KEYS, "a measure")
        measure = _id(entry, "a measure")
        new[city.folder / "measures" / f"{measure}.yaml"] = yaml_of(_ordered(entry, _MEASURE_ORDER))
        named.append(measure)
    products = list(answers.get("products") or ())
    if named and PRODUCT not in products:
        products.append(PRODUCT)
    told = {**answers, "products": products, "measures": named or None}
    new[city.folder / "problems" / f"{identity}.yaml"] = yaml_of(_ordered(told, PROBLEM_KEYS))
    if named and PRODUCT not in city.products:
        holder = city.folder / "products" / f"{PRODUCT}.yaml"
        new[holder] = yaml_of({"product": PRODUCT, "enabled": True}, "# The figures of every measure in measures/.\n")
    return _hold_new(Plan(city, new, {}))


def plan_product(city: City, product: str, problem: str, owner: str | None) -> Plan:
    """The file that turns a shared product on, with room for rules of the city's own, bound to a problem.

    Args:
        city: The city.
        product: The shared product.
        problem: The problem it will serve.
        owner: The e-mail address of who answers for it; nobody of the city's own where None.

    Raises:
        InputError: There is no such product or problem, the product lacks an entity, or it serves the problem already.
    """
    shared = load_shared().products
    if product not in shared:
        raise InputError("no such product", where="PRODUCT", found=product, expected=one_of(shared, product))
    if problem not in city.problems:
        raise InputError(
            "a product serves a problem of the city",
            where="--problem",
            found=problem,
            expected=one_of(city.problems, problem) if city.problems else "a problem",
            hint=f"cauce problem new {problem} --city {city.id}" if not city.problems else None,
        )
    path = city.folder / "products" / f"{product}.yaml"
    lacking = [entity for entity in shared[product].needs if entity not in city.staging]
    if product not in city.products and lacking:
        raise InputError(
            f"the city cannot have {product}: no {' and no '.join(lacking)} is delivered",
            where=str(city.folder / "staging"),
            expected="a staging model of each",
            hint=f"cauce source add ADDRESS --city {city.id}",
        )
    if product in city.products and product in city.problems[problem].products:
        raise InputError("the product serves the problem already", where=str(path), found=product)
    new = {} if product in city.products else {path: _turned_on(product, owner)}
    if product in city.problems[problem].products:
        return _hold_new(Plan(city, new, {}))
    file = Path(city.problems[problem].place.file)
    return _hold_new(Plan(city, new, {file: _bound(file, product)}))


def _turned_on(product: str, owner: str | None) -> str:
    team = {"members": [{"username": owner, "role": "owner"}]} if owner else None
    return yaml_of({"product": product, "enabled": True, "team": team}) + (
        "# Rules of your own go here; they add to the shared ones and take none away. One to begin with:\n"
        "# quality:\n"
        "#   - id: enough_rows\n"
        "#     metric: rowCount\n"
        "#     mustBeGreaterThan: 100\n"
        "#     severity: error\n"
        "#     description: There are more than a hundred rows.\n"
    )


def _bound(path: Path, product: str) -> str:
    """A problem's file with the product named in it, and nothing else changed.

    Raises:
        InputError: Its form does not allow it.
    """
    text = read_bytes(path).decode("utf-8")
    before = parse_yaml(text.encode(), str(path)).value
    made = text
    if found := _FLOW.search(text):
        inner = found[1].strip().rstrip(",")
        made = f"{text[: found.start()]}products: [{inner}{', ' if inner else ''}{product}]{text[found.end() :]}"
    elif found := _BLOCK.search(text):
        lead = found[1][: len(found[1]) - len(found[1].lstrip())]
        made = f"{text[: found.end()]}{lead}- {product}\n{text[found.end() :]}"
    wanted = {**before, "products": [*before["products"], product]}
    if parse_yaml(made.encode(), str(path)).value != wanted:
        raise InputError(
            "a product can't be named in this problem without changing something else",
            where=str(path),
            expected=f"products: [..., {product}]",
            hint="write the line by hand.",
        )
    return made


def try_out(plan: Plan, work: Path) -> City:
    """The city as it would be, loaded from a copy below ``work``; the caller takes the folder away.

    Raises:
        InputError: It would not load; the place is that of the file that would be written.
    """
    folder = plan.city.folder
    copy = work / folder.name
    paths = [p for p in sorted(folder.iterdir()) if p.is_file()]
    paths += [p for name in _FOLDERS if (folder / name).is_dir() for p in sorted((folder / name).rglob("*"))]
    for path in paths:
        if path.is_file() and path.suffix in _READ:
            kept.copy(path, _made(copy / path.relative_to(folder)))
    for path, text in plan.files.items():
        kept.write(_made(copy / path.relative_to(folder)), text.encode())
    assert (copy / CITY_FILE).is_file(), "a city that was loaded has its file"
    try:
        return load_city(copy, SHARED_ROOT)
    except InputError as error:
        where = (error.where or "").replace(str(copy), str(folder))
        raise InputError(
            f"with these answers the city would not load: {error.what}",
            where=where or None,
            found=error.found,
            expected=error.expected,
            hint=error.hint,
        ) from error


def write_plan(plan: Plan) -> tuple[Path, ...]:
    """Write what was tried; the problem last, since it names the others. Returns the paths.

    Raises:
        InputError: Somebody wrote one of the files in between.
        OutsideError: The disk refused.
    """
    order = sorted(plan.new, key=lambda path: path.parent.name == "problems")
    for path in order:
        kept.make_folder(path.parent)
        if not kept.create_if_absent(path, plan.new[path].encode()):
            raise _there(path)
    for path, text in plan.changed.items():
        kept.replace(path, text.encode())
    return (*order, *plan.changed)


def _made(path: Path) -> Path:
    kept.make_folder(path.parent)
    return path


def _hold_new(plan: Plan) -> Plan:
    for path in plan.new:
        if path.exists():
            raise _there(path)
    return plan


def _there(path: Path) -> InputError:
    return InputError(
        "the file is there already, and nothing is overwritten",
        where=str(path),
        expected="another id" if path.parent.name != "products" else "a product that has no file yet",
        hint="edit it by hand: docs/how-to/problems-and-measures.md says what each line means.",
    )


def _id(answers: Mapping[str, Any], what: str) -> str:
    identity = answers.get("id")
    if not isinstance(identity, str) or not _ID.match(identity):
        raise InputError(
            f"{what} has an id of another form",
            where="id",
            found=repr(identity),
            expected="lower-case letters, digits and underscores, beginning with a letter",
        )
    return identity


def _hold_keys(answers: Mapping[str, Any], allowed: tuple[str, ...], what: str) -> None:
    for key in answers:
        if key not in allowed:
            raise InputError(f"{what} has no key {key!r}", where=key, expected=one_of(allowed, key))


def _ordered(answers: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The answers in the order in which a file is read."""
    return {key: answers[key] for key in keys if answers.get(key) is not None}
